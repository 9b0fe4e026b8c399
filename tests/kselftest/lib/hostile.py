# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody sends or asks for who means no good, or does not know better."""

from bench import (Bench, Tap, ether, ip4, run, seed, tcp4, udp, udp4,
                   wait_for)
from states import Connection, fresh, owners, ports

C, S = "10.1.0.1", "10.2.0.1"
PIECES_AT_ONCE = 500
FRAGMENTED = 6000
RANGES_MAX = 4096


def blind(tap):
    """Who knows the addresses and ports, but has not seen the connection."""
    b = fresh()
    c = Connection(b, next(ports(False)))
    c.handshake()
    b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")

    def attack(ahead):
        at = c.seq[0] + ahead
        c.client("A", b"forged", seq=at)
        c.client("R", seq=at + 6)
        return c.client("S", seq=7)

    got = [attack(ahead) for ahead in (1 << 30, 0x50000000, (1 << 31) - 10,
                                       1 << 21, -(1 << 21))]
    tap.check(set(got) == {"A"} and c.state() == "established",
              "data far ahead, a RST behind it and a SYN move nothing", got)
    tap.check(c.client("PA", b"true") == "A" and c.server("PA", b"true") == "A",
              "the connection goes on")
    # What the hook has not seen, such as what another path took meanwhile.
    c.seq[0] += 8 << 20
    c.client("PA", b"after a gap")
    c.client("R", seq=c.seq[0])
    tap.check(c.state() == "established", "a gap is not believed at once")
    c.server("A")
    c.client("R", seq=c.seq[0])
    tap.check(c.state() == "closing",
              "but once the other end has acknowledged it")
    b.close()

    b = fresh()
    c = Connection(b, next(ports(False)))
    c.handshake()
    b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    tap.check(attack(1000) == "B",
              "who hits the window moves the connection (control)")
    b.close()


def both_ends(port, seq=(100, 500)):
    """A connection as one sender makes it up, under the addresses of both ends."""
    there, back = (C, port, S, 80), (S, 80, C, port)
    return [tcp4(*there, "S", seq[0]), tcp4(*back, "SA", seq[1], seq[0] + 1),
            tcp4(*there, "A", seq[0] + 1, seq[1] + 1),
            tcp4(*back, "PA", seq[1] + 1, seq[0] + 1, b"answer"),
            tcp4(*there, "PA", seq[0] + 1, seq[1] + 7, b"more")]


def one_side(tap):
    """Who is on the left only, and sends what those on the right would send."""
    b = fresh()
    high = ports(False)
    c = Connection(b, next(high))
    got = owners(b, both_ends(c.sport))
    tap.check(set(got) == {"A"} and c.state() == "embryonic",
              "one sender alone makes no established connection", (got, c.state()))
    b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    tap.check(c.handshake() == {"A"} and c.state() == "established",
              "the real one goes on where that was begun", c.state())
    reset = tcp4(S, 80, C, c.sport, "R", c.seq[1])
    got = owners(b, [reset])
    tap.check(got == ["A"] and c.state() == "established",
              "a RST that fits ends nothing if it comes from the wrong side", got)
    owners(b, [reset], "right")
    tap.check(c.state() == "closing", "from the right one it does (control)")

    there, back = udp4(C, 7, S, 53), udp4(S, 53, C, 7)
    u = Connection(b, 7)
    owners(b, [there, back, there])
    tap.check(u.state() == "embryonic", "nor do datagrams both ways", u.state())
    owners(b, [there])
    owners(b, [back], "right")
    tap.check(u.state() == "established", "with an answer they do (control)", u.state())
    b.ctl("service", "set", "s", "timeout", "udp=1s")

    def still(name):
        owners(b, [back], name)
        return u.state() == "established"

    tap.check(not wait_for(lambda: not still("right"), 2.5), "and keep it alive (control)")
    tap.check(wait_for(lambda: not still("left")),
              "what comes from the wrong side does not keep a flow alive", u.state())
    b.close()


def flood(b, name, frames):
    for frame in frames:
        b.send(name, frame)
    b.drain()


def entered(b, first):
    """How many of 40 new flows have an entry."""
    owners(b, [udp4("10.5.0.1", first + n, S, 53) for n in range(40)])
    return sum("10.5.0.1" in (f["saddr"], f["daddr"]) for f in b.flows())


def full(tap):
    """A table is full of flows that nobody has answered."""
    b = Bench(instances=("A",), extra="flows-max 2048 learn on")
    b.ctl("range", "set", "s", "0-65535=A")
    flood(b, "left", (frame for n in range(2200) for frame in
                      (udp4(C, 1000 + n, S, 53), udp4(S, 53, C, 1000 + n))))
    tap.check(wait_for(lambda: b.service()["flows"] == 2048) and entered(b, 1000) > 20,
              "flows of which one side alone was seen give way", b.json("stats", "s"))
    b.ctl("flow", "delete", "s", "instance", "A")
    flood(b, "A-right", (udp4(C, 1000 + n, S, 53) for n in range(2200)))
    tap.check(b.stat("learned") >= 2048 and b.service()["flows"] == 2048 and
              entered(b, 2000) > 20, "so do those that were learned", b.json("stats", "s"))
    b.ctl("flow", "delete", "s", "instance", "A")
    for n in range(2200):
        b.send("A-right", udp4(C, 1000 + n, S, 53))
        b.send("right", udp4(S, 53, C, 1000 + n))
    b.drain()
    tap.check(b.service()["flows"] == 2048 and entered(b, 3000) < 20,
              "those that have had an answer do not (control)", b.json("stats", "s"))
    b.close()


def fragments(tap):
    b = Bench(instances=("A",))
    b.ctl("range", "set", "s", "0-65535=A")
    whole = udp(1000, 53, b"x" * 100)
    lost = 0
    for start in range(0, FRAGMENTED, PIECES_AT_ONCE):
        frames = []
        for n in range(start, start + PIECES_AT_ONCE):
            frames += [
                ether(0x0800, ip4(C, S, 17, whole[:56], ident=n, frag=0x2000)),
                ether(0x0800, ip4(C, S, 17, whole[56:], ident=n, frag=7))]
        b.drain()
        for frame in frames:
            b.send("left", frame)
        lost += len(frames) - len(b.receive(5, want=len(frames)))
    tap.check(lost == 0, f"{FRAGMENTED} fragmented packets in a row all arrive",
              lost)
    b.close()


def queue(tap):
    b = Bench(instances=("A",))
    b.ctl("range", "set", "s", "0-65535=A")
    run("tc", "-n", b.host.name, "qdisc", "add", "dev", "Al", "root", "pfifo")
    got = owners(b, [udp4(C, 1000 + i, S, 53) for i in range(10)])
    text = run("tc", "-n", b.host.name, "-s", "-j", "qdisc", "show", "dev",
               "Al").stdout
    tap.check(got == ["A"] * 10 and '"packets":1' in text,
              "a queue that a device was given is used", (got, text))
    run("tc", "-n", b.host.name, "qdisc", "replace", "dev", "Al", "root",
        "netem", "loss", "100%")
    b.drain()
    b.send("left", udp4(C, 1, S, 53))
    tap.check(not b.receive(0.5), "and what it drops is dropped (control)")
    b.close()


def requests(tap):
    b = Bench()
    before = b.service()
    no = b.ctl("service", "set", "s", "left", "l0,l0", "right", "r0", check=False)
    if no.returncode == 0:
        no = b.ctl("service", "set", "s", "left", "l0", "left", "l0", "right",
                   "r0", check=False)
    tap.check(no.returncode and len(no.stderr.splitlines()) == 1 and
              b.service() == before,
              "a port given twice is refused, and all is as it was", no)
    words = []
    step = 65536 // RANGES_MAX
    for i in range(RANGES_MAX):
        words.append(f"{i * step}-{(i + 1) * step - 1}={'AB'[i % 2]}")
    b.ctl("range", "set", "s", *words)
    ranges = b.json("range", "show", "s")
    no = b.ctl("split", "s", "from", "B", "to", "A", "at", "65528",
               check=False)
    tap.check(no.returncode and len(no.stderr.splitlines()) == 1 and
              b.json("range", "show", "s") == ranges,
              "a split that would make too many ranges is refused", no)
    b.close()

    b = Bench(extra="affinity source")
    for i in range(1, 21):
        for name, side in (("A", "left"), ("B", "right")):
            b.ctl("flow", "add", "s", "instance", name, "from",
                  f"10.0.0.{i}:1", "to", f"10.1.0.{i}:2", "proto", "udp",
                  "side", side)
    counts = [i["flows"] for i in b.json("instance", "show", "s")]
    tap.check(wait_for(lambda: b.service()["flows"] == 20) and
              sum(counts) == 20,
              "a flow added again from its other side is the same flow", counts)
    b.close()


def main():
    tap = Tap(22)
    seed()
    blind(tap)
    one_side(tap)
    full(tap)
    fragments(tap)
    queue(tap)
    requests(tap)
    tap.finish()


if __name__ == "__main__":
    main()
