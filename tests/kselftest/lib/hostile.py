# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody sends or asks for who means no good, or does not know better."""

from bench import (Bench, Tap, ether, ip4, run, seed, udp, udp4,
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
    tap = Tap(11)
    seed()
    blind(tap)
    fragments(tap)
    queue(tap)
    requests(tap)
    tap.finish()


if __name__ == "__main__":
    main()
