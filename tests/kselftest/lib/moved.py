# SPDX-License-Identifier: GPL-2.0-or-later
"""
Flows move from one instance to another while input waits in the log of the first (policy
"always"). Sockets are the VNFs: whoever gets a packet, it comes once and in its turn.
"""

import sys
import time

from bench import Tap, seed, wait_for
from recovery import SILENCE, Recovery, Sender, by_flow, inputs, is_run, series

FLOWS = 16
SENDERS = (0, 1)


class Move:
    """
    A has all and is plugged; flows have begun, and others go on from two CPUs. What is
    sent by hand while it is plugged waits.
    """

    def __init__(self, policy="always"):
        self.r = Recovery("checkpoint", extra=f"policy {policy}")
        self.got = {"A": {}, "B": {}}
        self.sent = 2 * FLOWS
        self.r.send("left", *inputs(1, self.sent, FLOWS))
        self.collect(self.sent)
        self.senders = [Sender(self.r.b, "left", FLOWS + n) for n in SENDERS]
        time.sleep(0.05)
        self.r.epoch("begin")
        self.more()

    def more(self, count=200):
        self.r.send("left", *inputs(self.sent + 1, self.sent + count, FLOWS))
        self.sent += count

    def count(self, names="AB"):
        return sum(len(n) for name in names for n in self.got[name].values())

    def collect(self, want, seconds=20, names="AB"):
        """All that both get, until some of them have so much."""
        end = time.monotonic() + seconds
        while self.count(names) < want and time.monotonic() < end:
            self.r.take(SILENCE)
            for name, flows in self.got.items():
                for flow, numbers in by_flow(self.r.inbox.pop(f"{name}-left", [])).items():
                    flows.setdefault(flow, []).extend(numbers)

    def end(self, names="AB"):
        """
        The flows of B, and those that have lost or reordered something: first what A got
        of each, and then what B got.
        """
        ran = [s.stop() for s in self.senders]
        self.collect(self.sent + sum(ran), names=names)
        want = by_flow(series(1, self.sent, FLOWS))
        wrong = []
        for flow in range(FLOWS + len(ran)):
            numbers = sum((self.got[n].get(flow, []) for n in names), [])
            good = is_run(numbers, 1, ran[flow - FLOWS]) if flow >= FLOWS else \
                numbers == want[flow]
            if not good:
                wrong.append((flow, len(numbers), numbers[:20]))
        return sorted(self.got["B"]), wrong

    def instances(self):
        return {i["name"]: i for i in self.r.b.json("instance", "show", "s")}

    def flows_of(self, name):
        return sorted(f["sport"] - 1000 for f in self.r.b.flows("instance", name))


def split(tap, policy):
    m = Move(policy)
    m.r.b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    m.more()
    m.collect(m.sent, 1)
    tap.check(policy == "avoid" or not m.got["B"], f"{policy}: all waits", m.got["B"])
    moved, exceptions = m.flows_of("B"), m.r.b.service()["exceptions"]
    m.r.epoch("abort")
    has_b, wrong = m.end()
    if policy == "always":
        tap.check(moved and has_b == moved and not exceptions,
                  "always: what waited goes to whoever has the flow now",
                  (has_b, moved, exceptions))
    else:
        tap.check(not has_b and exceptions,
                  "avoid: it goes to whoever had the flow, who has it still (control)",
                  (has_b, exceptions))
    tap.check(not wrong, f"{policy}: under traffic nothing is lost, comes twice or overtakes",
              wrong)
    again = wait_for(lambda: not m.r.show()["flags"])
    m.r.epoch("begin", "A")
    before = len(m.r.seen("B-left"))
    m.r.send("left", *inputs(m.sent + 1, m.sent + FLOWS, FLOWS))
    got = {f for f, _, _ in m.r.seen("B-left", len(moved))}
    tap.check(again and not before and sorted(got) == [f for f in moved if f < FLOWS],
              f"{policy}: then another plug is no affair of those that have left",
              (before, got, moved))
    m.r.epoch("abort", "A")
    m.r.close()


def merge(tap):
    """A leaves, and has a flow outside its ranges."""
    m = Move("avoid")
    m.r.b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    m.r.b.ctl("merge", "s", "from", "A", "to", "B", "policy", "always")
    m.more()
    left = m.instances()["A"]
    m.r.epoch("abort")
    has_b, wrong = m.end()
    tap.check(not left["flows"] and has_b == list(range(FLOWS + len(SENDERS))) and not wrong,
              "always: who leaves has no flow any more, and its input reaches the heir",
              (left, has_b, wrong))
    m.r.close()


def replaced(tap):
    """
    Whoever the flows have come from fails before its plug is opened. There was no
    checkpoint, so all is repeated.
    """
    m = Move()
    m.r.b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    m.more()
    m.r.failover("to", "B")
    _, wrong = m.end("B")
    tap.check(not wrong,
              "the new owner takes over from it, and the order is the same", wrong)
    m.r.close()


def beside(tap):
    """B has flows of its own, which were never anybody else's."""
    r = Recovery("checkpoint", extra="policy always")
    r.b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    r.send("left", *inputs(1, FLOWS, FLOWS))
    own = sorted(f for f, _, _ in r.seen("B-left", 1))
    r.seen("A-left")
    r.epoch("begin")
    r.b.ctl("split", "s", "from", "A", "to", "B", "at", "1")
    r.send("left", *inputs(FLOWS + 1, 2 * FLOWS, FLOWS))
    got = sorted(f for f, _, _ in r.seen("B-left", len(own)))
    tap.check(own and len(own) < FLOWS and got == own,
              "while flows of another one wait for its plug, those of its own pass", (got, own))
    r.epoch("abort")
    got = sorted(f for f, _, _ in r.seen("B-left", FLOWS - len(own)))
    tap.check(got == [f for f in range(FLOWS) if f not in own],
              "and then the others come, each once", (got, own))
    r.close()


def inherited(tap):
    """
    Flows have moved, and their input of before is in the log of the first one still, when
    a third one takes over from it: it is in the state that has moved with them.
    """
    r = Recovery("checkpoint", extra="policy always")
    r.b.instance("C")
    r.send("left", *inputs(1, FLOWS, FLOWS))
    r.seen("A-left", FLOWS)
    r.epoch("begin")
    r.b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    r.send("left", *inputs(FLOWS + 1, 2 * FLOWS, FLOWS))
    r.epoch("abort")
    moved = sorted(f for f, _, _ in r.seen("B-left", 1))
    r.seen("A-left")
    r.failover("to", "C")
    stay = [f for f in range(FLOWS) if f not in moved]
    got = by_flow(r.seen("C-left", 2 * len(stay)))
    tap.check(moved and got == by_flow(e for e in series(1, 2 * FLOWS, FLOWS) if e[0] in stay),
              "a third one that takes over gets the input of those that have stayed",
              (got, moved))
    again = r.seen("B-left")
    tap.check(not again, "and of those that have moved nothing is repeated to anybody", again)
    r.close()


def main():
    tap = Tap(14)
    seed()
    split(tap, "always")
    split(tap, "avoid")
    merge(tap)
    replaced(tap)
    beside(tap)
    inherited(tap)
    tap.finish()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()
