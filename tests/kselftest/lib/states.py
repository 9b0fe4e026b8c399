# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP states, timeouts, a full table, import and export."""

from bench import (Bench, Tap, flow_id, run, seed, tcp4, udp4,
                   wait_for, CTL, KEY)
from steer import Monitor, owners

C, S = "10.1.0.1", "10.2.0.1"


class Connection:
    """A TCP connection that the test plays both ends of."""

    def __init__(self, bench, sport, seq=1000):
        self.bench, self.sport = bench, sport
        self.seq = [seq, 5000]

    def client(self, flags, data=b"", seq=None):
        return self.packet(0, flags, data, seq)

    def server(self, flags, data=b"", seq=None):
        return self.packet(1, flags, data, seq)

    def packet(self, side, flags, data, seq):
        at = self.seq[side] if seq is None else seq
        ends = (C, self.sport, S, 80) if not side else (S, 80, C, self.sport)
        frame = tcp4(*ends, flags, at, self.seq[1 - side], data)
        if seq is None:
            self.seq[side] += len(data) + ("S" in flags) + ("F" in flags)
        return owners(self.bench, [frame], "right" if side else "left")[0]

    def handshake(self):
        return {self.client("S"), self.server("SA"), self.client("A"),
                self.client("PA", b"hello"), self.server("PA", b"world")}

    def close(self):
        self.client("FA")
        self.server("FA")
        self.client("A")

    def state(self):
        for f in self.bench.flows():
            if self.sport in (f["sport"], f["dport"]):
                return f["state"]
        return None


def ports(low):
    """Source ports of flows below, or from, the middle of R."""
    return (p for p in range(2000, 60000)
            if (flow_id(C, p, S, 80, 6) < 32768) == low)


def fresh():
    b = Bench()
    b.ctl("range", "set", "s", "0-65535=A")
    return b


def tracking(tap):
    b = fresh()
    high = ports(False)
    c = Connection(b, next(high))
    c.client("S")
    tap.check(c.state() == "embryonic", "a SYN makes an embryonic flow")
    c.server("SA")
    c.client("A")
    tap.check(c.state() == "established", "a handshake establishes it")
    c.close()
    tap.check(c.state() == "closing", "FIN both ways closes it")

    old = Connection(b, next(high))
    live = Connection(b, next(high))
    tap.check(old.handshake() | live.handshake() == {"A"}, "two connections to A")
    old.close()
    b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    again = Connection(b, old.sport, 77777)
    tap.check(again.client("S") == "B", "a reused port goes to the new instance")
    tap.check(again.server("SA") == "B" and again.client("A") == "B",
              "and stays there")

    # What others can send without having seen the connection.
    tap.check(live.client("S", seq=4242) == "A" and live.state() == "established",
              "a forged SYN moves nothing")
    for seq in (0, live.seq[0] + 1, live.seq[0] - 1, 1 << 31):
        live.client("R", seq=seq)
        live.server("R", seq=seq)
    tap.check(live.state() == "established", "forged RSTs close nothing")
    live.client("FA", seq=live.seq[0] + 0x40000000)
    live.server("FA", seq=live.seq[1] + 0x40000000)
    tap.check(live.state() == "established", "nor do forged FINs")
    tap.check(live.client("S", seq=1) == "A" and
              live.client("PA", b"more") == "A" and
              live.server("PA", b"more") == "A",
              "the connection has lost nothing")
    live.client("R")
    tap.check(live.state() == "closing", "the real RST closes it (control)")
    live.server("PA", b"still here")
    tap.check(live.state() == "established",
              "data after it, and it is established again")
    live.client("R")
    tap.check(Connection(b, live.sport, 9).client("S") == "B",
              "a SYN after the real RST begins a new flow (control)")
    b.close()


def timeouts(tap):
    b = fresh()
    b.ctl("service", "set", "s", "timeout", "tcp-embryonic=1s", "timeout",
          "tcp-closing=2s", "timeout", "udp=1s")
    first = ports(True)
    half, whole, closed = (Connection(b, next(first)) for _ in range(3))
    half.client("S")
    whole.handshake()
    closed.handshake()
    closed.close()
    owners(b, [udp4(C, 5, S, 6)])
    tap.check(wait_for(lambda: half.state() is None and closed.state() is None and
                       b.service()["flows"] == 1),
              "embryonic, closing and UDP flows end by their timeouts",
              b.flows())
    tap.check(whole.state() == "established", "an established one does not")
    b.close()


def full(tap):
    b = Bench(extra="flows-max 64")
    m = Monitor(b)
    b.ctl("range", "set", "s", "0-65535=A")
    first = ports(False)
    lives = [Connection(b, next(first)) for _ in range(8)]
    for c in lives:
        c.handshake()
    b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    # As with a SYN flood: more half-open flows than there is room.
    flood = [tcp4("10.3.0.1", 1000 + i, S, 80, "S") for i in range(400)]
    got = owners(b, flood)
    want = ["B" if flow_id("10.3.0.1", 1000 + i, S, 80, 6) >= 32768 else "A"
            for i in range(400)]
    tap.check(got == want, "with a full table packets still follow the ranges")
    tap.check(b.service()["flows"] <= 64, "the limit holds", b.service())
    tap.check(b.stat("no-room") + b.stat("evicted") >= 400 - 56,
              "what found no room, and what gave way, is counted", b.json("stats", "s"))
    tap.check(all(c.client("PA", b"x") == "A" for c in lives),
              "no exception has given way to the flood")
    tap.check(m.wait("table-full"), "an event says that the table is full")
    m.close()
    b.close()


def transfer(tap):
    """Step 6 of ETSI 6.2 between two namespaces, and its limit."""
    b = fresh()
    first = ports(False)
    olds = [Connection(b, next(first)) for _ in range(5)]
    for c in olds:
        c.handshake()
    b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")

    up = Bench(instances=("S1", "S2"),
               extra="tracking imported imported-max 4")
    up.ctl("range", "set", "s", "0-65535=S1")
    full_push = run(CTL, "-n", b.host.name, "flow", "push", "s", "exceptions",
                    "to-netns", up.host.name, "to-service", "s", "instance",
                    "S1", check=False)
    tap.check(full_push.returncode == 1 and "imported-max" in full_push.stderr,
              "past its limit the switch refuses an exception", full_push)
    up.ctl("flow", "delete", "s", "imported")
    up.ctl("service", "set", "s", "imported-max", "2048")
    pushed = run(CTL, "-n", b.host.name, "flow", "push", "s", "exceptions",
                 "to-netns", up.host.name, "to-service", "s", "instance", "S1")
    tap.check("imported 5" in pushed.stdout and up.service()["imported"] == 5,
              "five exceptions go to the switch", pushed)
    up.ctl("range", "set", "s", "0-32767=S1", "32768-65535=S2")
    got = owners(up, [tcp4(C, c.sport, S, 80, "A") for c in olds])
    tap.check(set(got) == {"S1"}, "old flows go to S1", got)
    got = owners(up, [tcp4(S, 80, C, c.sport, "A") for c in olds], "right")
    tap.check(set(got) == {"S1"}, "in both directions", got)
    new = Connection(up, next(first))
    tap.check(new.handshake() == {"S2"}, "new ones to S2")
    tap.check(up.service()["flows"] == 5, "and the switch keeps nothing of those")
    text = run(CTL, "-n", b.host.name, "flow", "export", "s", "exceptions").stdout
    up.ctl("flow", "delete", "s", "imported")
    got = owners(up, [tcp4(C, c.sport, S, 80, "A") for c in olds])
    tap.check(set(got) == {"S2"}, "without the exceptions they would go wrong (control)", got)
    path = f"/tmp/nfha-export-{up.host.name}"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    up.ctl("flow", "import", "s", "instance", "S1", "file", path)
    got = owners(up, [tcp4(C, c.sport, S, 80, "A") for c in olds])
    tap.check(set(got) == {"S1"}, "export and import by file do the same", got)
    up.close()
    b.close()


def main():
    tap = Tap(28)
    seed()
    assert KEY == bytes(range(16))
    tracking(tap)
    timeouts(tap)
    full(tap)
    transfer(tap)
    tap.finish()


if __name__ == "__main__":
    main()
