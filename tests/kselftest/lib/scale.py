# SPDX-License-Identifier: GPL-2.0-or-later
"""
Dynamic scaling with migration avoidance (ETSI GS NFV-REL 002, 6.2), by the daemon alone.

    clients ---l0  host  r0--- server
                   |  |
     10.0.0.1 left[ A, B, C ]right 192.0.2.10

The instances are firewalls that take no connection up in the middle: one whose packets go
to an instance that has not seen its beginning is broken, and its ends see that.
"""


import os
import tempfile

from bench import Tap, seed, wait_for
from kernel_vnf import WALL, all_well, start_server, talk_of, wire
from rollback import Rig, exec_check

# Flows that one instance may have, and so few that it is not worth while. Where a flow
# goes is chance: whatever the chance, half of one's flows and those that come then are
# fewer than MANY.
MANY, FEW = 80, 15
PATIENCE = 60
SCALE = {"interval": "100ms", "overload": {"flows": MANY}, "underload": {"flows": FEW},
         "overload-for": "500ms", "underload-for": "1s", "hold-down": "1s"}


class Wall(Rig):
    """One instance of a firewall at work, and spare ones."""
    spares = "BC"
    threshold = 4

    def __init__(self, checks=None, timeout="10s", **scale):
        super().__init__("none", "A" + self.spares, driver="none", others="spare",
                         extra=f"threshold {self.threshold} timeout tcp-closing=1s",
                         checks=checks or [], timeout=timeout,
                         scale={**SCALE, **scale})
        wire(self, WALL)

    def start(self, seconds=PATIENCE):
        self.daemon.start()
        return self.daemon.waits("A: started|A: taken up", seconds=seconds) and \
            self.at_rest(*self.spares)

    def becomes(self, count, seconds=PATIENCE):
        """Do so many have a range?"""
        return wait_for(lambda: len(self.working()) == count, seconds)

    def tail(self):
        return (self.instances(), self.daemon.log().splitlines()[-15:])

    def end(self, server):
        server.kill()
        server.wait()
        self.close()


def check_of(directory):
    """Whoever has a file there is sick."""
    return exec_check("/bin/bash", "-c", f'[ ! -e "{directory}/$NFHA_INSTANCE" ]')


def make_sick(directory, name):
    open(f"{directory}/{name}", "x", encoding="ascii").close()


def grows_and_shrinks(tap):
    rig = Wall()
    server = start_server(rig)
    tap.check(rig.start(), "one instance works, and two are at rest", rig.tail())
    old = talk_of(rig, MANY // 2)
    tap.check(all_well(old) and rig.working() == ["A"],
              "a load that one can bear stays with one (control)", rig.tail())
    more = talk_of(rig, MANY * 3 // 4)
    grown = rig.becomes(2)
    tap.check(grown, "overload splits its range", rig.tail())
    new = talk_of(rig, MANY // 4)
    tap.check(all_well(old, more, new), "no connection breaks, old or new",
              [t.errors[:3] for t in (old, more, new)])
    other = next(n for n in rig.working() if n != "A")
    tap.check(rig.instances()[other]["flows"] > 0,
              "and new ones go to the new instance, too", rig.tail())
    for talk in (more, new):
        talk.close()
    tap.check(rig.becomes(1), "with little to do, one of them gives its ranges back",
              rig.tail())
    left = rig.working()
    tap.check(all_well(old), "and still no connection breaks", old.errors[:3])
    old.close()
    tap.check(rig.at_rest(*(n for n in rig.places if n not in left)),
              "when its flows have ended it is at rest", rig.tail())
    rig.end(server)


def killed(tap):
    """The daemon, after the split and in the drain."""
    rig = Wall()
    server = start_server(rig)
    rig.start()
    old = talk_of(rig, MANY + FEW)
    rig.becomes(2)
    rig.daemon.kill()
    rig.daemon.start()
    tap.check(rig.daemon.waits("taken up", 2) and all_well(old) and
              len(rig.working()) == 2,
              "a daemon that comes back after the split goes on with both", rig.tail())
    keep = talk_of(rig, FEW - 3)
    old.close()
    drains = wait_for(lambda: any(i["state"] == "draining"
                                  for i in rig.instances().values()), PATIENCE)
    rig.daemon.kill()
    rig.daemon.start()
    tap.check(drains and all_well(keep), "one that is killed in a drain breaks nothing",
              (drains, keep.errors[:3], rig.tail()))
    keep.close()
    tap.check(wait_for(lambda: sum(i["state"] == "standby"
                                   for i in rig.instances().values()) == 2, PATIENCE),
              "and the next one brings the drain to its end", rig.tail())
    rig.end(server)


def fails(tap):
    """One of two, while exceptions are left: its flows are lost, and nothing else is."""
    with tempfile.TemporaryDirectory() as sick:
        rig = Wall([check_of(sick)], underload={})
        server = start_server(rig)
        rig.start()
        old = talk_of(rig, MANY + FEW)
        rig.becomes(2)
        other = next((n for n in rig.working() if n != "A"), "nobody")
        make_sick(sick, other)
        tap.check(rig.daemon.waits(f"{other}: has failed") and rig.becomes(1) and
                  rig.working() == ["A"],
                  "the ranges of one that fails go to another one", rig.tail())
        new = talk_of(rig, FEW)
        tap.check(all_well(new), "where new flows find their way", (new.errors[:3], rig.tail()))
        os.unlink(f"{sick}/{other}")
        tap.check(rig.at_rest(other), "it is at rest when it is clean", rig.tail())
        old.close()
        new.close()
        rig.end(server)


def unready(tap):
    """Whoever is not healthy gets nothing, and the next one is tried at once."""
    with tempfile.TemporaryDirectory() as sick:
        rig = Wall([check_of(sick)], timeout="2s", underload={})
        make_sick(sick, "B")
        make_sick(sick, "C")
        server = start_server(rig)
        rig.start()
        old = talk_of(rig, MANY + FEW)
        tap.check(rig.daemon.waits("nobody is left to be started") and
                  rig.working() == ["A"] and all_well(old),
                  "nobody who is not healthy gets a range", rig.tail())
        os.unlink(f"{sick}/C")
        tap.check(rig.becomes(2) and "C" in rig.working() and all_well(old),
                  "it goes to the one that gets healthy", rig.tail())
        old.close()
        rig.end(server)


def control(tap):
    """Without exceptions the flows go with their range, to who does not know them."""
    rig = Wall(policy="always")
    server = start_server(rig)
    rig.start()
    old = talk_of(rig, MANY + FEW)
    rig.becomes(2)
    slow = old.all_go_on(5)
    tap.check(slow or old.errors, "flows that move with their range break (control)",
              (len(slow), old.errors[:3]))
    old.close()
    rig.end(server)


def main():
    tap = Tap(17)
    seed()
    grows_and_shrinks(tap)
    killed(tap)
    fails(tap)
    unready(tap)
    control(tap)
    tap.finish()


if __name__ == "__main__":
    main()
