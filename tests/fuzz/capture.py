# SPDX-License-Identifier: GPL-2.0-or-later
"""
Inputs for fuzz targets, from what goes over a cable, from the module to nfhactl, and into
a checkpoint. Behind each are the bytes that its target decides by.
"""

import contextlib
import errno
import os
import select
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../kselftest/lib"))

from bench import (KEY, Bench, ETH_P_ALL, Namespace, PACKET_AUXDATA, SO_RCVBUFFORCE,
                   SOL_PACKET, ip_batch, run, udp4, with_tag)

OUT = sys.argv[1]
FRAME_MAX = 700
NO_CHANCE = bytes(7)
NLMSG_HEADER, NLMSG_ERROR, NLMSG_DONE, NLM_F_REQUEST = 16, 2, 3, 1
NETLINK_GENERIC, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 16, 270, 1
# Of one call; a target takes so much, and not more.
MESSAGES_MAX = 20
IPPROTO_SCTP, IPPROTO_UDPLITE = 132, 136
IPV6_HOPOPTS, IPV6_RTHDR, IPV6_DSTOPTS = 54, 57, 59
# Places in calls[] of message.c.
CALLS = {"service": 1, "instance": 3, "range": 5, "flow": 7, "import": 9, "load": 10,
         "epoch": 12, "cut": 13, "failover": 14, "split": 15, "refused": 16,
         "family": 17, "event": 18}


def keep(target, name, data, chance=b""):
    """With the bytes that the target decides by."""
    if not data:
        raise RuntimeError(f"{target}: {name} is empty, nothing was recorded")
    os.makedirs(f"{OUT}/{target}", exist_ok=True)
    with open(f"{OUT}/{target}/{name}", "wb") as file:
        file.write(data + chance)


class Tap:
    """All that a device receives and sends."""

    def __init__(self, namespace, dev):
        with namespace.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                        socket.htons(ETH_P_ALL))
            self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            # All of a test waits in it.
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
            self.socket.bind((dev, 0))

    def take(self, seconds=0.5):
        """
        All until there is nothing for so long. A super-packet of SCTP consists of packets
        that the kernel does not copy for those who look on.
        """
        got = []
        while select.select([self.socket], [], [], seconds)[0]:
            try:
                data, aux, _, _ = self.socket.recvmsg(1 << 17, 256)
                got.append(with_tag(data, aux))
            except OSError as e:
                if e.errno != errno.EFAULT:
                    raise
        return got


def shape(frame):
    """Frames that are alike for the parser have the same."""
    kind, at = frame[12:14], 14
    tags = b""
    while kind in (b"\x81\x00", b"\x88\xa8") and len(tags) < 8:
        tags += kind
        kind, at = frame[at + 2:at + 4], at + 4
    ip = frame[at:at + 80]
    if kind == b"\x08\x00":
        inner = ip[(ip[0] & 15) * 4:]
        return tags, ip[0], ip[9], bool(ip[6] & 0x20), ip[6:8] > b"\x20\x00", \
            inner[12:14] if ip[9] == 6 else inner[:2] if ip[9] == 1 else b"", len(frame) > 200
    if kind == b"\x86\xdd":
        return tags, ip[6], ip[40], len(frame) > 200
    return tags, kind


def settings(namespace, *words):
    with namespace.inside():
        for word in words:
            name, value = word.split("=")
            with contextlib.suppress(OSError), \
                    open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as f:
                f.write(value)


class Cable:
    """client --- router --- server, IPv4 and IPv6, with tags and a tunnel."""

    def __init__(self):
        self.client, self.router, self.server = Namespace.several("c", "r", "s")
        for namespace in (self.client, self.router, self.server):
            settings(namespace, *(f"net.ipv6.conf.{which}.disable_ipv6=0"
                                  for which in ("all", "default")),
                     "net.ipv6.conf.default.accept_dad=0", "net.ipv4.ip_forward=1",
                     "net.ipv6.conf.all.forwarding=1", "net.ipv6.icmp.ratelimit=0",
                     "net.ipv4.icmp_ratelimit=0")
        for n, (end, far) in enumerate(((self.client, 1), (self.server, 2))):
            ip_batch([f"link add e{n} type veth peer name e netns {end.name}",
                      f"addr add 10.0.{far}.1/24 dev e{n}",
                      f"addr add 2001:db8:{far}::1/64 dev e{n}", f"link set e{n} up"],
                     "-n", self.router.name)
            ip_batch(["link set lo up", f"addr add 10.0.{far}.2/24 dev e",
                      f"addr add 2001:db8:{far}::2/64 dev e", "link set e up",
                      f"route add default via 10.0.{far}.1",
                      f"route add ::/0 via 2001:db8:{far}::1"], "-n", end.name)
        self.tags(self.client, "e", 2)
        self.tags(self.router, "e0", 1)
        self.tap = Tap(self.client, "e")

    @staticmethod
    def tags(namespace, dev, host):
        ip_batch([f"link add link {dev} name v type vlan id 10",
                  f"link add link {dev} name q type vlan protocol 802.1ad id 20",
                  "link add link q name qv type vlan id 30", "link set v up",
                  "link set q up", "link set qv up", f"addr add 10.1.0.{host}/24 dev v",
                  f"addr add 10.2.0.{host}/24 dev qv",
                  f"link add gre1 type gre local 10.0.1.{host} remote 10.0.1.{3 - host}",
                  "link set gre1 up", f"addr add 10.3.0.{host}/24 dev gre1"],
                 "-n", namespace.name)

    def remove(self):
        Namespace.remove_several(self.client, self.router, self.server)


def pings(cable):
    for words in ("10.0.2.2", "-s 3000 10.0.2.2", "-t 1 10.0.2.2", "-R 10.0.2.2",
                  "-T tsonly 10.0.2.2", "10.1.0.1", "10.2.0.1", "-s 2000 10.1.0.1",
                  "10.3.0.1", "-6 2001:db8:2::2", "-6 -s 3000 2001:db8:2::2",
                  "-6 -t 1 2001:db8:2::2", "10.0.9.9", "-6 2001:db8:2::9"):
        with cable.client.inside():
            subprocess.run(["ping", "-c", "1", "-W", "1", *words.split()],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def listener(cable, family, proto):
    with cable.server.inside():
        s = socket.socket(family, socket.SOCK_STREAM, proto)
        s.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 7000))
        s.listen()
    return s


def stream(cable, family, proto, address):
    """A connection with some data, one that is refused, and one that is reset."""
    with contextlib.suppress(OSError), listener(cable, family, proto) as listening:
        with cable.client.inside():
            one = socket.socket(family, socket.SOCK_STREAM, proto)
            refused = socket.socket(family, socket.SOCK_STREAM, proto)
        one.connect((address, 7000))
        other, _ = listening.accept()
        one.sendall(b"x" * 20000)
        while len(other.recv(65536)) == 65536:
            pass
        other.sendall(b"y" * 50)
        one.recv(100)
        with contextlib.suppress(OSError):
            refused.connect((address, 7001))
        other.close()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()


def datagrams(cable):
    """To nobody, so that errors come back; and with extension headers."""
    pad = bytes([0, 0, 1, 4, 0, 0, 0, 0])
    with cable.client.inside():
        for proto in (0, IPPROTO_UDPLITE):
            for family, address in ((socket.AF_INET, "10.0.2.2"),
                                    (socket.AF_INET6, "2001:db8:2::2")):
                with socket.socket(family, socket.SOCK_DGRAM, proto) as s:
                    for size in (0, 30, 3000):
                        with contextlib.suppress(OSError):
                            s.sendto(b"z" * size, (address, 9))
        for option in ((IPV6_HOPOPTS,), (IPV6_DSTOPTS,), (IPV6_HOPOPTS, IPV6_DSTOPTS)):
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
                for one in option:
                    s.setsockopt(socket.IPPROTO_IPV6, one, pad)
                for size in (30, 3000):
                    s.sendto(b"z" * size, ("2001:db8:2::2", 9))


def frames():
    for module in ("8021q", "ip_gre", "sctp", "nlmon"):
        run("modprobe", module, check=False)
    cable = Cable()
    pings(cable)
    for family, address in ((socket.AF_INET, "10.0.2.2"), (socket.AF_INET6, "2001:db8:2::2")):
        for proto in (0, IPPROTO_SCTP):
            stream(cable, family, proto, address)
    datagrams(cable)
    seen = {}
    for frame in cable.tap.take():
        seen.setdefault(shape(frame), frame[:FRAME_MAX])
    for n, frame in enumerate(seen.values()):
        keep("parser", f"frame-{n:02}", frame, NO_CHANCE)
    cable.remove()
    return len(seen)


def each_message(datagrams):
    """(type, flags, what follows the header, all of it), one behind the other."""
    for datagram in datagrams:
        while datagram:
            size, kind, flags = struct.unpack_from("=IHH", datagram)
            yield kind, flags, datagram[NLMSG_HEADER:size], datagram[:(size + 3) & ~3]
            datagram = datagram[(size + 3) & ~3:]


def answers(tap, family):
    """
    What the module has said since the last time: the first of many, and the last. An error
    quotes what it is about; those of others are about the number of the family.
    """
    said = [message for kind, flags, body, message in each_message(tap.take())
            if not flags & NLM_F_REQUEST and
            (kind in (family, NLMSG_DONE) or
             kind == NLMSG_ERROR and struct.unpack_from("=H", body, 8)[0] == family)]
    return b"".join(said[:MESSAGES_MAX - 1] + said[MESSAGES_MAX - 1:][-1:])


def family_of():
    """(number of the family, number of its group of listeners)"""
    text = run("genl", "ctrl", "get", "name", "nfha").stdout
    return (int(text.split("ID:")[1].split()[0], 16),
            int(text.split("multicast groups:")[1].split("ID-")[1].split()[0], 16))


def listen(namespace, group):
    with namespace.inside():
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    s.bind((0, 0))
    s.settimeout(20)
    s.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
    return s


def keep_answer(call, data):
    keep("message", call, data, bytes(3) + bytes([CALLS[call]]))


def messages():
    b = Bench(extra="recovery buffer match 10.0.0.0/8,udp")
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    run("ip", "-n", b.host.name, "link", "add", "told", "type", "nlmon")
    run("ip", "-n", b.host.name, "link", "set", "told", "up")
    tap = Tap(b.host, "told")
    for n in range(5):
        b.send("left", udp4("10.1.0.1", 1000 + n, "10.2.0.1", 53))
    family, group = family_of()
    tap.take()
    for name, words, wrong in (
            ("service", "service show", False), ("instance", "instance show s", False),
            ("range", "range show s", False), ("flow", "flow show s", False),
            ("load", "load s", False), ("epoch", "epoch show s", False),
            ("import", "flow add s instance A from 10.9.0.1:1 to 10.9.0.2:2 proto udp "
                       "side left", False),
            ("split", "split s from A to B at 16384", False),
            ("refused", f"service add s key {KEY.hex()} left l0 right r0", True)):
        b.ctl(*words.split(), check=not wrong)
        keep_answer(name, answers(tap, family))
    b.ctl("epoch", "begin", "s", "instance", "A")
    tap.take()
    b.ctl("epoch", "cut", "s", "instance", "A")
    keep_answer("cut", answers(tap, family))
    with listen(b.host, group) as listener:
        b.ctl("failover", "s", "instance", "A", "to", "B")
        keep_answer("failover", answers(tap, family))
        keep_answer("event", listener.recv(65536))
    b.close()


def connections():
    # pylint: disable=import-outside-toplevel
    from conntrack import Test
    t = Test(None)
    streams = t.world.streams(3)
    t.world.talk(streams)
    t.drive("attach", t.a.name)
    t.save(t.a)
    streams += t.world.streams(2)
    t.world.talk(streams)
    streams[0].close()
    path, saved = t.save(t.a)
    if saved[0]:
        raise RuntimeError(f"no checkpoint: {t.drive.said()}")
    parts = []
    for name in ("base", "delta"):
        with open(f"{path}/connections.{name}", "rb") as file:
            parts.append(file.read())
    keep("connections", "both", parts[0] + parts[1], struct.pack("<H", len(parts[0])))
    t.close()


def main():
    print(f"frames: {frames()}", flush=True)
    messages()
    print("messages", flush=True)
    connections()
    print("connections", flush=True)


if __name__ == "__main__":
    main()
