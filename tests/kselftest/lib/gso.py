# SPDX-License-Identifier: GPL-2.0-or-later
"""
GSO packets arrive as they were sent, or in pieces where the device wants them
so; what is longer than a device's MTU does not pass, one packet or many.
"""

import collections
import ctypes
import fcntl
import os
import random
import select
import socket
import struct
import time

from bench import (Bench, CTL, SOL_PACKET, Tap, checksum, ether, ip4, ip6, run, seed,
                   tcp, wait_for)
from recovery import Recovery

PACKET_VNET_HDR = 15
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17
TUNSETIFF = 0x400454ca
TAP_VNET = 0x5002
NEEDS_CSUM = 1
GSO_TCPV4, GSO_TCPV6 = 1, 4
L, R, L6, R6 = "10.1.0.1", "10.2.0.1", "2001:db8::1", "2001:db8::2"
SEQ = 1000

# flags, type, header length, size, where the checksum starts, where it goes
Header = collections.namedtuple("Header", "flags kind hdr_len size start offset")
PLAIN = Header(0, 0, 0, 0, 0, 0)
FORMAT = "=BBHHHH"


def vnet(bench, name):
    """Lets a socket of the bench tell, and be told, of GSO."""
    bench.sockets[name].setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)


def send(bench, packet, name="left"):
    header, frame = packet
    bench.sockets[name].send(struct.pack(FORMAT, *header) + frame)


def receive(bench, name, done, seconds=10):
    """[(header, frame)] that come in at a socket until done(them)."""
    s, got, end = bench.sockets[name], [], time.monotonic() + seconds
    while not done(got) and time.monotonic() < end:
        if select.select([s], [], [], 0.1)[0]:
            data = s.recv(1 << 17)
            got.append((Header(*struct.unpack_from(FORMAT, data)), data[10:]))
    return got


def pseudo(ip, length):
    """The sum over addresses, protocol and length, not inverted."""
    addresses = ip[12:20] if ip[0] >> 4 == 4 else ip[8:40]
    return ~checksum(addresses + struct.pack("!HH", 6, length)) & 0xffff


def gso(port, data, size, six=False):
    """A TCP packet that is to be cut at size, as a driver gets it."""
    segment = bytearray(tcp(port, 80, "A", SEQ, 1, data))
    ip = ip6(L6, R6, 6, bytes(segment)) if six else ip4(L, R, 6, bytes(segment))
    at = len(ip) - len(segment)
    struct.pack_into("!H", segment, 16, pseudo(ip, len(segment)))
    frame = ether(0x86dd if six else 0x0800, ip[:at] + bytes(segment))
    return (Header(NEEDS_CSUM, GSO_TCPV6 if six else GSO_TCPV4, 14 + at + 20,
                   size, 14 + at, 16), frame)


def single(port, length, six=False):
    """One packet, that long from the network header on."""
    rest = length - 20 - (40 if six else 20)
    segment = tcp(port, 80, "A", SEQ, 1, os.urandom(rest))
    ip = ip6(L6, R6, 6, segment) if six else ip4(L, R, 6, segment)
    return PLAIN, ether(0x86dd if six else 0x0800, ip)


def payload_at(frame):
    """Where TCP begins, and its data."""
    tcp_at = 14 + (40 if frame[14] >> 4 == 6 else 20)
    return tcp_at, tcp_at + (frame[tcp_at + 12] >> 4) * 4


def is_sound(frame):
    """A frame whose TCP checksum is right as it stands."""
    at, _ = payload_at(frame)
    ip, segment = frame[14:at], frame[at:]
    return checksum(struct.pack("!H", pseudo(ip, len(segment))) + segment) == 0


def joined(packets):
    """The bytes that packets carry, in order, or None where some are missing."""
    out = b""
    for _, frame in sorted(packets, key=lambda p: p[1][payload_at(p[1])[0] + 4:][:4]):
        at, data = payload_at(frame)
        if struct.unpack_from("!I", frame, at + 4)[0] != SEQ + len(out):
            return None
        out += frame[data:]
    return out


def checksums(bench, dev, on):
    """Without them, a device wants every packet cut and summed before."""
    value = (ctypes.c_uint32 * 2)(ETHTOOL_STXCSUM, on)
    request = struct.pack("16sP16x", dev.encode(), ctypes.addressof(value))
    with bench.host.inside(), socket.socket() as s:
        fcntl.ioctl(s, SIOCETHTOOL, request)


def mtu(bench, dev, size):
    run("ip", "-n", bench.host.name, "link", "set", dev, "mtu", str(size))


def arrives(bench, packet, text=b""):
    """What arrives at A of a packet: whole, or in pieces that make it up."""
    bench.drain()
    send(bench, packet)
    want = text or packet[1][payload_at(packet[1])[1]:]
    return receive(bench, "A-left",
                   lambda got: len(joined(got) or b"") >= len(want))


def whole(tap, b):
    for six in (False, True):
        version = "IPv6" if six else "IPv4"
        data = random.randbytes(40001)
        packet = gso(1000, data, 1400, six)
        got = arrives(b, packet)
        tap.check(len(got) == 1 and got[0][1] == packet[1],
                  f"{version}: a GSO packet arrives whole, byte by byte",
                  [(h, len(f)) for h, f in got])
        tap.check(got and got[0][0][:2] == packet[0][:2] and
                  got[0][0].size == 1400,
                  f"{version}: and is still one to be cut there", got and got[0][0])
        before = b.json("stats", "s")[0]
        arrives(b, packet)
        after = b.json("stats", "s")[0]
        tap.check(after["hit"] - before["hit"] == -(-len(data) // 1400),
                  f"{version}: it counts as the packets that it is",
                  after["hit"] - before["hit"])
    got = arrives(b, (PLAIN, single(1000, 1500)[1]))
    tap.check(len(got) == 1 and got[0][0].size == 0,
              "another packet is none (control)", got)


def cut(tap, b):
    checksums(b, "Al", False)
    for six in (False, True):
        version = "IPv6" if six else "IPv4"
        data = random.randbytes(40001)
        packet = gso(1100, data, 1400, six)
        got = arrives(b, packet)
        tap.check(len(got) == -(-len(data) // 1400) and joined(got) == data,
                  f"{version}: a device that cannot cut gets the pieces",
                  ([(h, len(f)) for h, f in got][:3], b.stat("drop-xmit")))
        tap.check(got and all(is_sound(f) and h.size == 0 for h, f in got),
                  f"{version}: with checksums that are right", len(got))
    tap.check(not is_sound(packet[1]), "as the one that was sent was not (control)")
    checksums(b, "Al", True)


def lost(b, packets, counter, number):
    """True if they arrive nowhere and are counted as so many."""
    b.drain()
    before = b.stat(counter)
    for packet in packets:
        send(b, packet)
    counted = wait_for(lambda: b.stat(counter) >= before + number)
    # A packet behind them has overtaken none.
    send(b, single(1000, 100))
    got = receive(b, "A-left", lambda got: got)
    return (counted and b.stat(counter) == before + number and
            [len(f) for _, f in got] == [14 + 100])


def too_big(tap, b):
    data = random.randbytes(20000)
    for six in (False, True):
        version = "IPv6" if six else "IPv4"
        head = 60 if six else 40
        long = single(1000, 1400, six)
        # One byte over what the device takes, a tag included.
        over, most = single(1000, 1005, six), single(1000, 1004, six)
        long_gso = gso(1000, data, 1400 - head, six)
        over_gso, most_gso = (gso(1000, data, n - head, six) for n in (1005, 1004))
        tap.check(all(arrives(b, p)[:1] == [p] for p in (long, over)) and
                  all(joined(arrives(b, p)) == data for p in (long_gso, over_gso)),
                  f"{version}: with a large MTU all of them pass (control)")
        mtu(b, "Al", 1000)
        tap.check(lost(b, [long, over], "drop-too-big", 2),
                  f"{version}: with a small one long packets are dropped and counted",
                  b.json("stats", "s"))
        got = arrives(b, most)
        tap.check(got[:1] == [most], f"{version}: what just fits passes", got)
        segments = -(-len(data) // (1400 - head)) + -(-len(data) // (1005 - head))
        tap.check(lost(b, [long_gso, over_gso], "drop-too-big", segments),
                  f"{version}: so are GSO packets of long segments",
                  (segments, b.json("stats", "s")))
        got = arrives(b, most_gso)
        tap.check(joined(got) == data, f"{version}: with shorter ones they pass",
                  [(h, len(f)) for h, f in got])
        mtu(b, "Al", 1500)


def dropped(tap, b):
    """Other reasons to drop count packets, too."""
    data = random.randbytes(14000)
    packet = gso(1000, data, 1400)
    b.ctl("instance", "set", "A", "service", "s", "state", "down")
    before = b.stat("drop-down")
    send(b, packet)
    tap.check(wait_for(lambda: b.stat("drop-down") - before == 10),
              "for an instance that is down it is lost, as the packets that it is",
              b.stat("drop-down") - before)
    b.ctl("instance", "set", "A", "service", "s", "state", "active")


def cable(host, dev):
    """A tap, whose driver believes what it is told; to be written to."""
    with host.inside():
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH14x", dev.encode(), TAP_VNET))
    run("ip", "-n", host.name, "link", "set", dev, "up")
    return fd


def far(data):
    """A GSO packet whose TCP header is said to be 40,000 bytes from its beginning."""
    header, frame = gso(1001, data, 1400)
    return header._replace(start=40000, hdr_len=40018), frame


def kept(tap):
    """
    What a log has, it gives back; what it cannot have nobody gets. What a tap lets in has
    a size only, from which follows how many packets it is.
    """
    r = Recovery("checkpoint")
    b = r.b
    fd = cable(b.host, "t0")
    b.ctl("service", "set", "s", "left", "t0", "right", "r0")
    for name in ("A-left", "B-left"):
        vnet(b, name)
    data = random.randbytes(58000)
    good, bad = gso(1000, data, 1400), far(data)
    each = -(-(len(good[1]) - 14) // 1400)

    def put(*packets):
        for header, frame in packets:
            os.write(fd, struct.pack(FORMAT, *header) + frame)

    def arrive(name, want):
        return [f for _, f in receive(b, name, lambda got: len(got) >= want)]

    r.epoch("begin")
    put(bad, good, bad, good)
    lost = wait_for(lambda: b.stat("plugged") == 2 * each)
    tap.check(lost and b.stat("drop-malformed") == 2 * each,
              "of those that wait, one with its headers far behind is dropped, and counted",
              b.json("stats", "s"))
    r.epoch("cut")
    got = arrive("A-left", 2)
    tap.check(got == [good[1]] * 2, "the others arrive as they were", [len(f) for f in got])
    put(bad, good)
    got = arrive("A-left", 1)
    tap.check(got == [good[1]] and b.stat("drop-malformed") == 3 * each and
              not b.stat("unlogged") and "incomplete" not in r.show()["flags"],
              "where none has to wait, too, and the log stays complete",
              (b.json("stats", "s"), r.show(), [len(f) for f in got]))
    r.failover("to", "B")
    got = arrive("B-left", 3)
    tap.check(got == [good[1]] * 3, "a replay has what was logged, as it was",
              [len(f) for f in got])
    tap.check(not b.stat("drop-too-big"), "and nothing else", b.json("stats", "s"))
    os.close(fd)
    r.close()


def untaught(tap):
    """What an instance sends, and nothing is learned from, counts as the packets that it is."""
    b = Bench(extra="control host learn on")
    for name in b.sockets:
        vnet(b, name)
    b.ctl("range", "set", "s", "0-65535=A")
    data = random.randbytes(14000)
    arrives(b, (PLAIN, single(1000, 100)[1]))
    send(b, gso(1000, data, 1400), "B-right")
    tap.check(wait_for(lambda: b.stat("learn-conflict") == 10),
              "in a flow of another instance", b.stat("learn-conflict"))
    b.ctl("flow", "delete", "s", "instance", "A")
    b.ctl("service", "set", "s", "flows-max", "20")
    run(CTL, "-n", b.host.name, "flow", "import", "s", "instance", "A",
        text="".join(f"udp left 10.9.0.1:{1000 + i} 10.2.0.1:53\n" for i in range(20)))
    send(b, gso(2000, data, 1400), "B-right")
    tap.check(wait_for(lambda: b.stat("no-room") == 10) and b.stat("learned") == 0,
              "with a full table", b.json("stats", "s"))
    b.close()


def main():
    tap = Tap(30)
    seed()
    b = Bench(instances=("A",), extra="control host")
    for name in b.sockets:
        vnet(b, name)
    b.ctl("range", "set", "s", "0-65535=A")
    whole(tap, b)
    cut(tap, b)
    too_big(tap, b)
    dropped(tap, b)
    b.close()
    kept(tap)
    untaught(tap)
    tap.finish()


if __name__ == "__main__":
    main()
