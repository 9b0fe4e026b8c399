# SPDX-License-Identifier: GPL-2.0-or-later
"""
Masters that share one backup (ETSI GS NFV-REL 002, 6.3.1, point 4, passive operation).

    clients ---l0  host  r0--- server
                   |  |
     10.0.0.1 left[ A, B, C: masters; D ]right 192.0.2.10

The instances are firewalls that take no connection up in the middle: connections that
went through one that has failed end, unless whoever has taken over has their state.
"""

import json
import os

from bench import CTL, Tap, run, seed, wait_for
from kernel_vnf import (PATIENCE, WALL, all_well, inside, lose, repair, start_server, talk_of,
                        wire)
from rollback import Rig

# Of those at each side, and of a new one at each master with near certainty.
FLOWS = 24


class Pool(Rig):
    """Masters at work, and one backup."""

    def __init__(self, masters="ABC", **service):
        super().__init__("buffer", masters + "D", driver="conntrack", **service)
        wire(self, WALL)
        inside(self.places["D"].namespace, "nft", "flush", "ruleset")
        self.tile(masters)
        self.socket = os.path.join(self.daemon.directory, "socket")
        self.config["api"] = {"socket": self.socket}
        for instance in self.config["services"][0]["instances"]:
            instance["role"] = "backup" if instance["name"] == "D" else "active"
        self.daemon.write(self.config)

    def tile(self, masters):
        """The same width for each."""
        cuts = [n * 65536 // len(masters) for n in range(len(masters) + 1)]
        self.ctl("range", "set", self.service,
                 *(f"{first}-{end - 1}={name}"
                   for name, first, end in zip(masters, cuts, cuts[1:])))

    def begin(self):
        self.daemon.start()
        return wait_for(lambda: len(self.working()) == len(self.places) - 1 and
                        all(self.epoch(n)["committed"] for n in self.working()),
                        PATIENCE)

    def working(self):
        return [n for n, state in self.states().items() if state == "active"]

    def causes(self, name, action):
        done = run(CTL, "-j", "-s", self.socket, "explain", name)
        return [d["cause"] for d in json.loads(done.stdout)["decisions"]
                if d["action"] == action]

    def takes_over(self, times):
        return self.daemon.waits("has taken over from", times, PATIENCE)

    def tail(self):
        return (self.states(), self.daemon.log().splitlines()[-25:])


def in_turn(tap, rig, talk):
    """Each master fails once, and whoever has failed before is the backup of the next."""
    came = []
    for n, name in enumerate("ABC"):
        lose(rig.places[name])
        came.append(rig.takes_over(n + 1))
        repair(rig.places[name])
        came.append(wait_for(lambda name=name: rig.are_idle(name), PATIENCE))
        came.append(wait_for(lambda: all(rig.epoch(m)["committed"]
                                         for m in rig.working()), PATIENCE))
    tap.check(all(came) and sorted(rig.working()) == ["A", "B", "D"],
              "one backup for three: each failure makes the next backup",
              (came, rig.tail()))
    tap.check(all_well(talk), "no connection breaks, whoever has failed",
              (talk.errors[:5], rig.tail()))
    tap.check(any("from A, " in c and "; lu: host D" in c
                  for c in rig.causes("D", "take_over")),
              "and who is the backup has a reason", rig.causes("D", "take_over"))


def two_at_once(tap, rig, talk):
    lose(rig.places["A"])
    lose(rig.places["B"])
    said = rig.daemon.waits(r"(A|B): there is no backup left \((no instance is idle|"
                            r". is idle, and has no carrier)\)", seconds=PATIENCE)
    first = "B" if rig.daemon.said(r"A: there is no backup left") else "A"
    second = "A" if first == "B" else "B"
    taken = rig.takes_over(4)
    tap.check(said and taken, "of two at once one has the backup, and of the other it is said loudly",
              (said, taken, rig.tail()))
    kept = wait_for(lambda: rig.epoch(second)["log"]["packets"] > 0, PATIENCE)
    tap.check(kept and rig.states().get(second) == "failed" and
              any("nobody takes over" in c for c in rig.causes(second, "refuse")),
              "whose input is kept", (kept, rig.epoch(second), rig.tail()))
    repair(rig.places[first])
    tap.check(rig.takes_over(5) and first in rig.working(),
              "until the one that failed first is clean, and takes over", rig.tail())
    tap.check(all_well(talk), "and no connection breaks", (talk.errors[:5], rig.tail()))


def cold(tap):
    rig = Pool()
    server = start_server(rig)
    tap.check(rig.begin() and wait_for(lambda: rig.are_idle("D"), PATIENCE),
              "three masters are protected, and one is idle", rig.tail())
    talk = talk_of(rig, FLOWS)
    flows = {n: i["flows"] for n, i in rig.instances().items()}
    tap.check(all_well(talk) and all(flows[n] for n in "ABC") and not flows["D"],
              "connections go through each of them", (talk.errors[:5], flows))
    in_turn(tap, rig, talk)
    two_at_once(tap, rig, talk)
    talk.close()
    server.kill()
    server.wait()
    rig.close()


def standby(tap):
    """The backup has the checkpoint of one of two loaded, and the other one fails."""
    rig = Pool("AB", scheme="standby")
    server = start_server(rig)
    rig.begin()
    talk = talk_of(rig, FLOWS)
    whose = wait_for(lambda: {c.split(";")[0] for c in rig.causes("D", "start")}, PATIENCE)
    tap.check(whose in ({"stands by for A"}, {"stands by for B"}) and all_well(talk),
              "a standby stands by for one of its masters", (whose, rig.tail()))
    lose(rig.places["B" if whose == {"stands by for A"} else "A"])
    taken = rig.takes_over(1)
    tap.check(taken and "D" in rig.working() and
              rig.daemon.said("a standby is given up for it") and all_well(talk),
              "and is given up for the other one, when that fails",
              (talk.errors[:5], rig.tail()))
    talk.close()
    server.kill()
    server.wait()
    rig.close()


def main():
    tap = Tap(11)
    seed()
    cold(tap)
    standby(tap)
    tap.finish()


if __name__ == "__main__":
    main()
