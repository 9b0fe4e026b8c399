# SPDX-License-Identifier: GPL-2.0-or-later
"""
How long packets take through an instance. The test is the instance: it knows for how long
it has kept a packet, and for how long the outside has waited for it.
"""

import os
import random
import time

from bench import Bench, Tap, ether, ip6, run, seed, tcp, tcp4, udp, udp4, wait_for

IN, OUT, NAT = "10.1.0.1", "10.2.0.1", "10.3.0.1"
IN6, OUT6 = "2001:db8::1", "2001:db8::2"
WORK = 0.02
# Half a second until one is given up, two seconds until the next one is taken.
LIMIT = 0.5
ROUNDS = 100


class Meter:
    """What the module tells of instance A."""

    def __init__(self, bench):
        self.bench = bench
        self.read()

    def read(self):
        answer = self.bench.json("instance", "show", "s")[0]
        self.us = answer.get("latency_us", 0)
        self.samples = answer["latency_samples"]
        self.lost = answer["latency_lost"]
        return self


def arrive(bench, name, frame):
    got = bench.receive(5, 1)
    if got != [(name, frame)]:
        raise RuntimeError(f"not at {name} alone: {got}")


def through(bench, source, there, answers, target):
    """
    One packet from a socket of the outside to one of the instance, WORK later what the
    instance sends, and where that arrives. How long both have taken, in microseconds.
    """
    went, frame = source
    bench.drain()
    begin = time.monotonic_ns()
    bench.send(went, frame)
    arrive(bench, there, frame)
    got = time.monotonic_ns()
    time.sleep(WORK)
    sent = time.monotonic_ns()
    for answer in answers:
        bench.send(target.replace("right", "A-right") if target == "right" else "A-left",
                   answer)
        arrive(bench, target, answer)
    return (sent - got) / 1000, (time.monotonic_ns() - begin) / 1000


def measure(tap, bench, text, make, there="A-left", target="right"):
    """
    Packets until one was a sample. Smoothed: a quarter of it, and three quarters of what
    was known before.
    """
    before = Meter(bench)
    for _ in range(ROUNDS):
        frame, answers = make()
        least, most = through(bench, ("left", frame), there, answers, target)
        after = Meter(bench)
        if after.samples > before.samples:
            break
    old, part = (before.us * 3 / 4, 4) if before.samples else (0, 1)
    tap.check(after.samples == before.samples + 1 and after.lost == before.lost and
              old + least / part - 2 <= after.us <= old + most / part + 2,
              text, (vars(before), vars(after), least, most))


def number():
    return random.randrange(1 << 32)


def port():
    return random.randrange(1024, 65536)


def forwarded_tcp():
    frame = tcp4(IN, port(), OUT, 80, "S", number())
    return frame, [frame]


def translated():
    seq, ack = number(), number()
    return (tcp4(IN, port(), OUT, 80, "A", seq, ack, b"GET"),
            [tcp4(NAT, port(), OUT, 80, "A", seq, ack, b"GET")])


def joined():
    """With what came before it in one segment, which is less of them to count."""
    seq, ack, sport = number(), number(), port()
    return (tcp4(IN, sport, OUT, 80, "A", seq, ack, b"second"),
            [tcp4(IN, sport, OUT, 80, "A", seq - 5, ack, b"firstsecond")])


def forwarded_udp():
    frame = udp4(IN, port(), OUT, 53)
    return frame, [frame]


def forwarded_tcp6():
    frame = ether(0x86dd, ip6(IN6, OUT6, 6, tcp(port(), 80, "S", number())))
    return frame, [frame]


def others_first():
    """What came in before, another flow, and another length are not it."""
    seq, ack, sport = number(), number(), port()
    frame = tcp4(IN, sport, OUT, 80, "A", seq, ack, b"data")
    return frame, [tcp4(IN, sport, OUT, 80, "A", seq - 4, ack, b"dat0"),
                   tcp4(IN, port(), OUT, 80, "A", number(), ack, b"data"),
                   udp4(IN, sport, OUT, 80), frame]


def give_up(tap, bench, begin):
    """A firewall drops packets, and that says nothing of how long others take."""
    before = Meter(bench)

    def one_more():
        bench.drain()
        bench.send("left", tcp4(IN, port(), OUT, 80, "S", number()))
        arrive_any(bench)
        return Meter(bench).lost > before.lost

    tap.check(wait_for(one_more, 10) and time.monotonic() - begin >= LIMIT,
              "one that does not come out is given up after half a second")
    after = Meter(bench)
    tap.check(after.us == before.us and after.samples == before.samples,
              "and changes nothing of what was measured", (vars(before), vars(after)))


def arrive_any(bench):
    if not bench.receive(5, 1):
        raise RuntimeError("nothing arrives")


def early(tap, bench):
    """Control: with nothing that comes out, nothing is measured. When it began."""
    before = Meter(bench)
    begin = time.monotonic()
    for _ in range(5):
        frame = tcp4(IN, port(), OUT, 80, "S", number())
        bench.drain()
        bench.send("left", frame)
        arrive(bench, "A-left", frame)
        bench.send("A-right", tcp4(IN, port(), OUT, 80, "S", number()))
        arrive_any(bench)
    after = Meter(bench)
    tap.check(not before.samples and not after.samples and not after.us,
              "what was not looked for says nothing (control)", vars(after))
    return begin


def in_path(tap):
    b = Bench(["A"])
    b.ctl("range", "set", "s", "0-65535=A")
    give_up(tap, b, early(tap, b))
    for text, make in (("a segment that is forwarded is known again", forwarded_tcp),
                       ("and one whose addresses are rewritten", translated),
                       ("and one that has become part of another one", joined),
                       ("others that come out before it are not taken for it", others_first),
                       ("a datagram is known again", forwarded_udp),
                       ("and IPv6 is no different", forwarded_tcp6)):
        measure(tap, b, text, make)
    dropped(tap, b)
    b.close()


def dropped(tap, bench):
    """What the other end of a cable does not take is lost behind the module."""
    def count():
        return bench.json("instance", "show", "s")[0]["ports"][0]["tx_dropped"]

    before = count()
    run("ip", "-n", bench.inside.name, "link", "set", "p-Al", "mtu", "600")
    for _ in range(7):
        bench.send("left", tcp4(IN, port(), OUT, 80, "A", 1, 1, os.urandom(1000)))
    tap.check(wait_for(lambda: count() == before + 7),
              "what the device could not get rid of is told", (before, count()))


def request():
    seq, ack, sport = number(), number(), port()
    frame = tcp4(IN, sport, OUT, 80, "A", seq, ack, b"GET /")
    return frame, [tcp4(OUT, 80, IN, sport, "A", ack, seq + 5),
                   tcp4(OUT, 80, IN, sport, "A", ack, seq, b"of before"),
                   tcp4(OUT, 80, IN, sport, "A", ack + 9, seq + 5, b"200")]


def query():
    sport = port()
    return udp4(IN, sport, OUT, 53), [udp4(OUT, 53, IN, sport, ident=7)]


def one_armed(tap):
    b = Bench(["A"], one_armed=True)
    b.ctl("range", "set", "s", "0-65535=A")
    before = Meter(b)
    for _ in range(3):
        sport, seq = port(), number()
        through(b, ("left", tcp4(IN, sport, OUT, 80, "S", seq)), "A-left",
                [tcp4(OUT, 80, IN, sport, "SA", number(), seq + 1)], "left")
    tap.check(Meter(b).samples == before.samples,
              "a handshake is the kernel's, and says nothing of a server")
    measure(tap, b, "a server has answered when data comes that acknowledges the request",
            request, target="left")
    measure(tap, b, "and one of datagrams with the next one", query, target="left")
    b.close()


def main():
    tap = Tap(13)
    seed()
    in_path(tap)
    one_armed(tap)
    tap.finish()


if __name__ == "__main__":
    main()
