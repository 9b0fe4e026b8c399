# SPDX-License-Identifier: GPL-2.0-or-later
"""
Scheme active-active (NHAM; OPNFV HA, 3.1, case 1): all instances work, and what one that
fails has left is shared by the others until it is back.

    clients ---l0  host  r0--- server
                   |  |
     10.0.0.1 left[ A, B, C ]right 192.0.2.10

The instances are firewalls that take no connection up in the middle.
"""

import json
import os
import tempfile

from bench import CTL, Tap, run, seed, wait_for
from kernel_vnf import PATIENCE, WALL, start_server, talk_of, wire
from rollback import Rig, exec_check

FLOWS = 30
# A look at the load, and never anything to do.
SCALED = {"scale": {"interval": "1s"}}


class Trio(Rig):
    """Three instances that work, and are sick when a file by their name is there."""

    def __init__(self, scheme, **more):
        self.ward = tempfile.mkdtemp(dir="/run")
        check = exec_check("/bin/sh", "-c", f'test ! -e "{self.ward}/$NFHA_INSTANCE"')
        super().__init__("none", "ABC", driver="none", others="active",
                         extra="timeout tcp-closing=1s", checks=[check],
                         scheme=scheme, **more)
        wire(self, WALL)
        self.ctl("range", "set", self.service, "0-21845=A", "21846-43690=B",
                 "43691-65535=C")

    def begin(self):
        self.daemon.start()
        return all(self.daemon.waits(f"{name}: started") for name in "ABC")

    def fall_sick(self, name):
        open(f"{self.ward}/{name}", "x", encoding="ascii").close()
        return wait_for(lambda: not self.widths()[name], PATIENCE)

    def recover(self, name):
        os.unlink(f"{self.ward}/{name}")
        return wait_for(lambda: self.widths()[name], PATIENCE)

    def widths(self):
        return {name: i["width"] for name, i in self.instances().items()}

    def flows(self):
        return {name: i["flows"] for name, i in self.instances().items()}

    def are_even(self, *names):
        """Has each the same share of R, within one?"""
        widths = self.widths()
        return all(abs(widths[n] - 65536 / len(names)) < 1 for n in names)

    def tail(self):
        return (self.instances(), self.daemon.log().splitlines()[-15:])

    def close(self):
        super().close()
        for name in os.listdir(self.ward):
            os.unlink(f"{self.ward}/{name}")
        os.rmdir(self.ward)


def goes_on(talk, ports=None):
    """Is there an answer on each connection from these ports, to what is said from here on?"""
    some = [t for s, t in talk.talks.items()
            if ports is None or s.getsockname()[1] in ports]
    want = [t["rounds"] + 2 for t in some]
    return wait_for(lambda: all(t["rounds"] >= w for t, w in zip(some, want)), PATIENCE)


def ports_of(rig, *names):
    """Ports of the clients whose connections are these instances'."""
    flows = run(CTL, "-j", "-n", rig.host.name, "flow", "show", rig.service).stdout
    return {f["sport"] for f in map(json.loads, flows.splitlines())
            if f["instance"] in names}


def shares(tap, rig, talk):
    stay = ports_of(rig, "A", "C")
    before = rig.flows()
    sick = rig.fall_sick("B")
    tap.check(sick and rig.are_even("A", "C"),
              "what one that fails has left is divided evenly", rig.tail())
    new = talk_of(rig, FLOWS)
    after = rig.flows()
    more = {n: after[n] - before[n] for n in "AC"}
    tap.check(goes_on(new) and not new.errors and not after["B"] and
              min(more.values()) >= FLOWS // 5,
              "new connections reach each of the two others", (more, new.errors[:3]))
    tap.check(stay and goes_on(talk, stay),
              "no connection of theirs breaks", (len(stay), rig.tail()))
    return new, stay


def returns(tap, rig, talk, new, stay):
    back = rig.recover("B")
    tap.check(back and rig.are_even("A", "B", "C"),
              "when it is back and healthy it gets its share", rig.tail())
    tap.check(goes_on(talk, stay) and goes_on(new) and not new.errors,
              "and no connection breaks by that", (new.errors[:3], rig.tail()))
    newest = talk_of(rig, FLOWS)
    tap.check(goes_on(newest) and rig.flows()["B"] > 0,
              "of new ones it gets some again", rig.tail())
    newest.close()


def active_active(tap):
    rig = Trio("active-active")
    server = start_server(rig)
    begun = rig.begin()
    talk = talk_of(rig, FLOWS)
    tap.check(begun and goes_on(talk) and all(rig.flows().values()),
              "connections go through three instances", rig.tail())
    new, stay = shares(tap, rig, talk)
    returns(tap, rig, talk, new, stay)
    for some in (talk, new):
        some.close()
    server.kill()
    server.wait()
    rig.close()


def scaled(tap):
    rig = Trio("active-active", **SCALED)
    rig.begin()
    tap.check(rig.fall_sick("B") and rig.are_even("A", "C") and rig.recover("B") and
              rig.are_even("A", "B", "C"),
              "in a service that is scaled it is the same", rig.tail())
    rig.close()


def control(tap):
    rig = Trio("cold", **SCALED)
    rig.begin()
    tap.check(rig.fall_sick("B") and
              sorted(rig.widths().values()) in ([0, 21845, 43691], [0, 21846, 43690]),
              "with another scheme one gets all of it (control)", rig.tail())
    rig.close()


def main():
    tap = Tap(9)
    seed()
    active_active(tap)
    scaled(tap)
    control(tap)
    tap.finish()


if __name__ == "__main__":
    main()
