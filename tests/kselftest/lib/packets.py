# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kind of packet goes to the instance of its flow, or is counted."""

import itertools
import os
import struct

from bench import (Bench, Tap, ether, flow_id, ip4, ip6, seed, tcp, tcp4, udp,
                   udp4, wait_for, MAC_IN, MAC_OUT)

A, B = "10.1.0.1", "10.2.0.1"
A6, B6 = "2001:db8::1", "2001:db8::2"


def places(bench, name, *frames):
    """Sockets that each frame arrives at; the frames must differ."""
    got = bench.where(name, *frames)
    return [[p for p, f in got if f == frame] for frame in frames]


def port_of(want, proto=17, src=A, dst=B):
    """A source port that makes the flow A's (below 32768) or B's."""
    return next(p for p in range(2000, 9000)
                if (flow_id(src, p, dst, 53, proto) < 32768) == (want == "A"))


def two(extra=""):
    b = Bench(extra=extra)
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    return b


def fragments(tap):
    b = two()
    for want in "AB":
        sport = port_of(want)
        whole = udp(sport, 53, os.urandom(2000))
        for n, order in enumerate(itertools.permutations(range(3))):
            cut = [(0, 800), (800, 1600), (1600, len(whole))]
            frames = [ether(0x0800, ip4(A, B, 17, whole[s:e],
                                        ident=100 + n + 50 * (want == "B"),
                                        frag=s // 8 | (0x2000 if e < len(whole) else 0)))
                      for s, e in (cut[i] for i in order)]
            got = places(b, "left", *frames)
            tap.check(got == [[f"{want}-left"]] * 3,
                      f"fragments in order {order} all go to {want}", got)
    before = b.stat("drop-fragment")
    b.ctl("service", "set", "s", "timeout", "fragment=1s")
    late = ether(0x0800, ip4(A, B, 17, os.urandom(100), ident=9, frag=100))
    tap.check(places(b, "left", late) == [[]], "without a first one a fragment waits")
    tap.check(wait_for(lambda: b.stat("drop-fragment") > before),
              "and is dropped and counted in the end")
    many = [ether(0x0800, ip4(A, B, 17, os.urandom(1000), ident=i, frag=100))
            for i in range(3000)]
    before = b.stat("drop-fragment")
    for frame in many:
        b.send("left", frame)
    tap.check(wait_for(lambda: b.stat("drop-fragment") - before > 1000),
              "held fragments have a limit")
    b.close()


def icmp(kind, code, quote, rest=b"\0\0\0\0"):
    from bench import checksum
    body = struct.pack("!BBH", kind, code, 0) + rest + quote
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def errors(tap):
    b = two()
    for want in "AB":
        sport = port_of(want)
        sent = ip4(A, B, 17, udp(sport, 53))
        tap.check(places(b, "left", ether(0x0800, sent)) == [[f"{want}-left"]],
                  f"a flow of {want}")
        # From a router in between, of another address.
        frame = ether(0x0800, ip4("10.9.9.9", A, 1, icmp(3, 4, sent[:28])))
        got = places(b, "right", frame)
        tap.check(got == [[f"{want}-right"]],
                  f"an ICMP error follows the flow of {want} that it quotes", got)
        # The flow keeps its owner when the range has another one.
        b.ctl("range", "set", "s", f"0-65535={'B' if want == 'A' else 'A'}")
        got = places(b, "right", frame)
        tap.check(got == [[f"{want}-right"]], "also as an exception", got)
        b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    flows = b.service()["flows"]
    junk = ether(0x0800, ip4("10.9.9.9", A, 1,
                             icmp(3, 1, ip4(A, B, 17, udp(7, 7)))))
    places(b, "right", junk)
    tap.check(b.service()["flows"] == flows, "an error makes no entry")
    counted = [b.stat(kind) for kind in ("new", "hit", "icmp-error", "range", "no-room")]
    tap.check(counted == [2, 0, 5, 0, 0], "and each packet counts once", counted)
    b.close()


def echo(tap):
    b = two()
    ident = next(i for i in range(1, 999) if flow_id(A, i, B, i, 1) >= 32768)
    request = ether(0x0800, ip4(A, B, 1, icmp(8, 0, b"x" * 32,
                                              struct.pack("!HH", ident, 1))))
    reply = ether(0x0800, ip4(B, A, 1, icmp(0, 0, b"x" * 32,
                                            struct.pack("!HH", ident, 1))))
    tap.check(places(b, "left", request) == [["B-left"]] and
              places(b, "right", reply) == [["B-right"]],
              "echo request and reply are one flow, by their identifier")
    b.close()


def tags(tap):
    b = two()
    for want in "AB":
        inner = ip4(A, B, 17, udp(port_of(want), 53))
        tagged = MAC_IN + MAC_OUT + struct.pack("!HHH", 0x8100, 10, 0x0800) + inner
        qinq = MAC_IN + MAC_OUT + struct.pack("!HHHHH", 0x88a8, 20, 0x8100, 10,
                                              0x0800) + inner
        got = places(b, "left", tagged, qinq)
        tap.check(got == [[f"{want}-left"]] * 2,
                  f"VLAN and QinQ go to {want}, and keep their tags", got)
    b.close()


def headers(tap):
    b = two()
    options = bytes([7, 39, 4]) + bytes(37)
    for want in "AB":
        sport = port_of(want)
        plain = udp4(A, sport, B, 53)
        with_options = ether(0x0800, ip4(A, B, 17, udp(sport, 53, b"y" * 20),
                                         options=options))
        got = places(b, "left", plain, with_options)
        tap.check(got == [[f"{want}-left"]] * 2, f"IPv4 options: {want}", got)

        six = next(p for p in range(2000, 9000)
                   if (flow_id(A6, p, B6, 53, 17) < 32768) == (want == "A"))
        body = udp(six, 53)
        hop = struct.pack("!BB6s", 17, 0, bytes([1, 4, 0, 0, 0, 0]))
        both = struct.pack("!BB6s", 60, 0, bytes([1, 4, 0, 0, 0, 0])) + hop
        frames = [ether(0x86dd, ip6(A6, B6, 17, body)),
                  ether(0x86dd, ip6(A6, B6, 0, hop + body)),
                  ether(0x86dd, ip6(A6, B6, 0, both + body))]
        got = places(b, "left", *frames)
        tap.check(got == [[f"{want}-left"]] * 3,
                  f"IPv6, also with extension headers: {want}", got)
        first = struct.pack("!BBHI", 17, 0, 1, 4711 + six) + body[:16]
        later = struct.pack("!BBHI", 17, 0, 16, 4711 + six) + body[16:]
        got = places(b, "left", ether(0x86dd, ip6(A6, B6, 44, later)),
                     ether(0x86dd, ip6(A6, B6, 44, first)))
        tap.check(got == [[f"{want}-left"]] * 2, f"IPv6 fragments: {want}", got)
    b.close()


def control(tap):
    arp = ether(0x0806, os.urandom(28), dst=b"\xff" * 6)
    group = ether(0x0800, ip4(A, "224.0.0.5", 89, b"z" * 40),
                  dst=bytes.fromhex("01005e000005"))
    b = two()
    got = places(b, "left", arp, group)
    tap.check(got == [["A-left"]] * 2,
              "non-IP and multicast go to the owner of flow ID 0", got)
    b.ctl("range", "set", "s", "0-9=B", "10-65535=A")
    got = places(b, "left", arp, group)
    tap.check(got == [["B-left"]] * 2, "whoever that is (control)", got)
    b.ctl("service", "set", "s", "control", "bypass")
    got = places(b, "left", arp, group) + places(b, "right", arp)
    tap.check(got == [["right"], ["right"], ["left"]], "or past the instances", got)
    b.ctl("service", "set", "s", "control", "host")
    before = b.stat("unmatched")
    b.drain()
    b.send("left", arp)
    tap.check(wait_for(lambda: b.stat("unmatched") == before + 1) and
              not [g for g in b.receive(0.2) if g[1] == arp], "or to the host")
    b.close()


def malformed(tap):
    b = two()
    good = ip4(A, B, 6, tcp(1234, 80, "A", 1, 1, b"data"))
    bad = [ether(0x0800, good[:n]) for n in range(len(good))]
    bad += [ether(0x0800, bytes([v]) + good[1:]) for v in (0x35, 0x44, 0x4f, 0x65)]
    bad += [ether(0x0800, ip4(A, B, 6, tcp(1, 2, "A"), length=n))
            for n in (0, 19, 41, 1500, 65535)]
    bad += [ether(0x86dd, ip6(A6, B6, 17, udp(1, 2), length=2000)),
            ether(0x86dd, ip6(A6, B6, 0, bytes([17, 200]) + bytes(14)))]
    before = b.stat("drop-malformed")
    b.drain()
    for frame in bad:
        b.send("left", frame)
    # veth gives a frame as it is: nothing pads it.
    tap.check(wait_for(lambda: b.stat("drop-malformed") == before + len(bad)),
              f"{len(bad)} truncated and lying packets are dropped and counted",
              b.stat("drop-malformed") - before)
    tap.check(not [g for g in b.receive(0.2) if g[1] in bad],
              "and arrive nowhere")
    rubbish = [ether(0x0800 if i % 2 else 0x86dd,
                     bytes([0x45 if i % 2 else 0x60]) + os.urandom(60 + i % 60))
               for i in range(500)]
    for frame in rubbish:
        b.send("left", frame)
    got = places(b, "left", udp4(A, port_of("A"), B, 53))
    tap.check(got == [["A-left"]], "and after 500 random ones all works", got)
    b.close()


def match(tap):
    b = Bench(extra=f"match {B}/32,udp:53 control host")
    b.ctl("range", "set", "s", "0-65535=A")
    mine = [udp4(A, 1000, B, 53)]
    other = [udp4(A, 1000, B, 54), udp4(A, 1000, "10.2.0.2", 53),
             tcp4(A, 1000, B, 53, "S")]
    before = b.stat("unmatched")
    b.drain()
    for frame in other + mine:
        b.send("left", frame)
    got = b.receive(5, 1)
    tap.check(got == [("A-left", mine[0])] and
              wait_for(lambda: b.stat("unmatched") == before + 3),
              "with a match only the service's packets are steered", got)
    b.send("right", udp4(B, 53, A, 1000))
    got = b.receive(5, 1)
    tap.check([g[0] for g in got] == ["A-right"], "in both directions", got)
    b.close()


def main():
    tap = Tap(41)
    seed()
    fragments(tap)
    errors(tap)
    echo(tap)
    tags(tap)
    headers(tap)
    control(tap)
    malformed(tap)
    match(tap)
    tap.finish()


if __name__ == "__main__":
    main()
