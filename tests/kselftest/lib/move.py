# SPDX-License-Identifier: GPL-2.0-or-later
"""
Scaling of a firewall that is protected (driver conntrack), with policy "always": the state
of connections goes where their range goes.

    clients ---l0  host  r0--- server
                   |  |
     10.0.0.1 left[ A, B, C ]right 192.0.2.10

A works, B is its backup, C is spare. The firewalls take no connection up in the middle, so
one whose packets go to an instance that does not know it breaks. What an instance forwards
is counted at its own device. With translation the answers have a flow ID that tells nothing
of the questions', and the NAT chooses ports by chance.
"""

import json
import sys

from bench import CTL, Tap, run, seed, wait_for
import kernel_vnf
from kernel_vnf import (PATIENCE, PORT, RULES, WALL, all_well, inside, lose, repair, start_server,
                        talk_of, wire)
from rollback import Rig

FLOWS = 200
SCALE = {"interval": "100ms", "hold-down": "0", "policy": "always"}


class Walls(Rig):
    """Three places; steps are asked for."""

    def __init__(self, rules=WALL, extra="", **service):
        super().__init__("buffer", "ABC", driver="conntrack",
                         extra=f"threshold 4 timeout tcp-closing=1s {extra}",
                         **{"interval": "20ms", "scale": SCALE, **service})
        self.config["services"][0]["instances"][2]["role"] = "spare"
        self.config["api"] = {"socket": f"{self.daemon.directory}/socket"}
        self.daemon.write(self.config)
        wire(self, rules)
        self.server = start_server(self)

    def begin(self):
        good = self.start(PATIENCE) and self.at_rest("C")
        return talk_of(self, FLOWS), good

    def step(self, verb, *words):
        """
        What the daemon is asked for, by its socket. It refuses as long as it is in the step
        before, whose ranges have changed before its end.
        """
        def taken():
            nonlocal done
            done = run(CTL, "-s", self.config["api"]["socket"], "scale", verb, self.service,
                       *words, check=False)
            return not done.returncode
        done = None
        wait_for(taken, PATIENCE)
        return done

    def packets(self, name, side="left"):
        """That the kernel of its namespace has received on one side."""
        text = run("ip", "-n", self.places[name].namespace.name, "-j", "-s", "link", "show",
                   side).stdout
        return json.loads(text)[0]["stats64"]["rx"]["packets"]

    def exceptions(self):
        return self.json("service", "show", self.service)[0]["exceptions"]

    def plugged(self):
        return [n for n, i in self.instances().items()
                if i["state"] == "active" and "plugged" in self.epoch(n)["flags"]]

    def learned(self, name):
        """How many flows are its because it has sent their packets."""
        text = run(CTL, "-j", "-n", self.host.name, "flow", "show", self.service,
                   "instance", name).stdout
        return sum("learned" in json.loads(line)["flags"] for line in text.splitlines())

    def seen(self):
        """Where the server has its connections from."""
        text = inside(self.ends["right"], "ss", "-Htn", "state", "established", "sport",
                      "=", f":{PORT}").stdout
        return sorted(line.split()[-1] for line in text.splitlines())

    def tail(self):
        return (self.instances(), self.daemon.log().splitlines()[-25:])

    def close(self):
        self.server.kill()
        self.server.wait()
        super().close()


def moves(tap):
    """A split, the failure of the one that is new, and a merge, under traffic."""
    rig = Walls()
    talk, good = rig.begin()
    tap.check(good and all_well(talk) and rig.working() == ["A"],
              f"{FLOWS} connections go through one, and a spare one is at rest", rig.tail())
    done = rig.step("out")
    grown = wait_for(lambda: rig.working() == ["A", "C"], PATIENCE)
    tap.check(grown and all_well(talk), "always: a split breaks no connection",
              (done, talk.errors[:3], rig.tail()))
    tap.check(rig.daemon.waits("C has its flows") and not rig.exceptions() and
              not rig.plugged(), "there is no exception, and nothing waits", rig.tail())
    before = {n: rig.packets(n) for n in "AC"}
    flows = {n: rig.instances()[n]["flows"] for n in "AC"}
    good = all_well(talk)
    passed = {n: rig.packets(n) - before[n] for n in "AC"}
    tap.check(good and FLOWS // 4 < flows["C"] < FLOWS and
              passed["C"] > flows["C"] and passed["A"] > flows["A"],
              "what has moved goes through the new one", (flows, passed))
    lose(rig.places["C"])
    tap.check(rig.daemon.waits("B: has taken over from C") and all_well(talk) and
              rig.working() == ["A", "B"],
              "the backup takes over from the new one, and no connection breaks",
              (talk.errors[:3], rig.tail()))
    rig.settled()
    done = rig.step("in", "instance", "B")
    tap.check(rig.daemon.waits("B: has left") and rig.working() == ["A"] and all_well(talk),
              "a merge breaks none either, and who leaves does so at once",
              (done, talk.errors[:3], rig.tail()))
    tap.check(rig.at_rest("B") and not rig.plugged() and not rig.exceptions(),
              "and is at rest", rig.tail())
    talk.close()
    rig.close()


def in_the_middle(tap):
    """A move that takes a second, in which input of A waits; somebody fails then."""
    rig = Walls(drain="1s")
    talk, _ = rig.begin()
    rig.step("out")
    plugged = wait_for(rig.plugged, PATIENCE)
    lose(rig.places["C"])
    gone = rig.daemon.waits("nothing goes to C", seconds=PATIENCE)
    tap.check(plugged and gone and all_well(talk) and rig.working() == ["A"] and
              not rig.plugged(), "the new one fails in the middle: the old one goes on",
              (plugged, talk.errors[:3], rig.tail()))
    repair(rig.places["C"])
    rig.at_rest("C")
    rig.step("out")
    plugged = wait_for(rig.plugged, PATIENCE)
    rig.daemon.kill()
    rig.daemon.start()
    tap.check(plugged and rig.daemon.waits("A: taken up") and all_well(talk) and
              rig.at_rest("C") and rig.working() == ["A"] and not rig.plugged(),
              "the daemon is killed in the middle: the next one opens the plug",
              (plugged, talk.errors[:3], rig.tail()))
    rig.settled()
    rig.step("out")
    plugged = wait_for(rig.plugged, PATIENCE)
    lose(rig.places["A"])
    tap.check(plugged and rig.daemon.waits("B: has taken over from A") and all_well(talk) and
              rig.working() == ["B"] and rig.at_rest("C"),
              "the old one fails in the middle: its backup has all, and nothing is split",
              (plugged, talk.errors[:3], rig.tail()))
    rig.settled()
    control(tap, rig, talk)
    rig.close()


def forced(tap):
    """Who is told to leave at once while its state moves leaves without it."""
    rig = Walls(drain="10s")
    talk, _ = rig.begin()
    rig.step("out")
    grown = wait_for(lambda: rig.working() == ["A", "C"], PATIENCE) and rig.settled()
    rig.step("in", "instance", "C")
    plugged = wait_for(lambda: "C" in rig.plugged(), PATIENCE)
    done = run(CTL, "-s", rig.config["api"]["socket"], "drain", rig.service, "instance", "C",
               "force", check=False)
    left = rig.daemon.waits("C: has left: it had to leave at once, by force", seconds=5)
    tap.check(grown and plugged and left and rig.working() == ["A"] and
              rig.at_rest("C") and not rig.plugged(),
              "by force, an instance leaves while its state moves, and gives its ranges away",
              (plugged, done, rig.tail()))
    talk.close()
    rig.settled()
    other = talk_of(rig, 20)
    tap.check(all_well(other) and rig.daemon.process.poll() is None,
              "who has got them works", (other.errors[:3], rig.tail()))
    other.close()
    rig.close()


def translated(tap):
    """All of that behind a NAT: questions and answers have to go the same way."""
    rig = Walls(RULES, "learn on")
    talk, good = rig.begin()
    good = good and all_well(talk)
    seen = rig.seen()
    tap.check(good and len(set(seen)) == FLOWS,
              f"{FLOWS} connections go through a NAT", (seen[:3], talk.errors[:3]))
    done = rig.step("out")
    grown = wait_for(lambda: rig.working() == ["A", "C"], PATIENCE)
    tap.check(grown and rig.daemon.waits("C has its flows") and all_well(talk) and
              not rig.plugged(), "always: a split breaks no connection that is translated",
              (done, talk.errors[:3], rig.tail()))
    tap.check(rig.seen() == seen, "from outside they have the same addresses and ports",
              (seen[:3], rig.seen()[:3]))
    learned = {n: rig.learned(n) for n in "AC"}
    before = {n: rig.packets(n, "right") for n in "AC"}
    good = all_well(talk)
    passed = {n: rig.packets(n, "right") - before[n] for n in "AC"}
    tap.check(good and learned["C"] > FLOWS // 4 and sum(learned.values()) == FLOWS and
              passed["C"] > learned["C"] and not rig.exceptions(),
              "answers go by the new one, too", (learned, passed))
    lose(rig.places["C"])
    tap.check(rig.daemon.waits("B: has taken over from C") and all_well(talk) and
              rig.seen() == seen,
              "the backup takes over from the new one, and no connection breaks",
              (talk.errors[:3], rig.tail()))
    repair(rig.places["C"])
    rig.at_rest("C")
    rig.settled()
    control(tap, rig, talk, RULES)
    rig.close()


def control(tap, rig, talk, rules=WALL):
    """By hand, to an instance that has the rules only."""
    rig.daemon.kill()
    inside(rig.places["C"].namespace, "nft", "-f", "-", text=rules)
    rig.ctl("instance", "set", "C", "service", rig.service, "state", "active")
    rig.ctl("service", "set", rig.service, "recovery", "checkpoint")
    rig.ctl("split", rig.service, "from", "B", "to", "C", "policy", "always")
    slow = talk.all_go_on(5)
    tap.check(len(slow) > FLOWS // 8 or talk.errors,
              "flows that go without their state break (control)",
              (len(slow), talk.errors[:3]))
    talk.close()


def main():
    tap = Tap(19)
    seed()
    moves(tap)
    in_the_middle(tap)
    forced(tap)
    translated(tap)
    tap.finish()


if __name__ == "__main__":
    kernel_vnf.PAUSE = 1.0
    sys.setswitchinterval(0.001)
    main()
