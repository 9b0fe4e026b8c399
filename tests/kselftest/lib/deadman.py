# SPDX-License-Identifier: GPL-2.0-or-later
"""Rollback recovery: whoever commands epochs dies, and comes back."""

import sys
import threading
import time

from bench import Tap, run, seed, wait_for, CTL
from recovery import Recovery, inputs, outputs, series
from steer import Monitor

TIME = 3


class Keeper:
    """Says that somebody looks after epochs, until it dies."""

    def __init__(self, bench, *which):
        self.words = (CTL, "-n", bench.host.name, "epoch", "alive", "s", *which)
        self.dead = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.dead.wait(0.3):
            run(*self.words)

    def die(self):
        """When it did."""
        self.dead.set()
        self.thread.join()
        return time.monotonic()


class Failing(Keeper):
    """Begins epochs, cuts them and gives them up, and never commits one."""

    def __init__(self, r):
        self.r = r
        super().__init__(r.b)

    def run(self):
        while not self.dead.wait(0.1):
            try:
                self.r.epoch("abort", number=self.r.checkpoint())
            except RuntimeError:
                # The plug was opened right before the cut.
                self.r.epoch("abort")


def flags(r, name="A"):
    return set(r.show(name)["flags"])


def arm(r, policy):
    """The time of all instances begins."""
    r.b.ctl("service", "set", "s", "dead-man", f"{TIME}s", "dead-man-policy", policy)


def release(tap):
    r = Recovery("buffer")
    m = Monitor(r.b)
    r.b.instance("D", "standby")
    keeper = Keeper(r.b)
    arm(r, "release")
    shown = r.b.service()
    tap.check(shown["dead_man_ms"] == TIME * 1000 and
              shown["dead_man_policy"] == "release", "it is set, and shown", shown)
    r.epoch("begin")
    r.send("left", *inputs(1, 10))
    r.send("A-left", *outputs(1, 10))
    tap.check(not m.wait("unattended", 1.5 * TIME) and flags(r) == {"plugged"} and
              r.show()["waiting"] == 10 and not r.seen("left"),
              "as long as somebody is there, plug and hold stay (control)", r.show())
    died = keeper.die()
    tap.check(m.wait("unattended", instance="A", policy="release", epoch=1) and
              time.monotonic() - died > TIME - 1, "when nobody is, that is said", m.events)
    tap.check(r.seen("A-left", 10) == series(1, 10) and
              r.seen("left", 10) == series(1, 10),
              "the plug opens, and what was held goes out")
    tap.check(flags(r) == {"exposed", "unattended"} and r.b.stat("exposed") == 10,
              "the guarantee is lost: that is shown, and counted", r.show())
    r.send("A-left", *outputs(11, 15))
    tap.check(r.seen("left", 5) == series(11, 15) and r.b.stat("exposed") == 15,
              "what comes passes, and is counted")
    time.sleep(1.5 * TIME)
    tap.check(len(m.wait("unattended", instance="A")) == 1 and
              m.wait("unattended", instance="B"),
              "it is said once, of each instance", m.events)
    tap.check(not m.wait("unattended", 0, instance="D") and
              flags(r, "D") == set(), "but not of one on standby", r.show("D"))

    keeper = Keeper(r.b)
    late = r.b.ctl("epoch", "cut", "s", "instance", "A", check=False)
    tap.check(late.returncode == 1 and "abort the epoch" in late.stderr and
              r.show()["pending"] == 0,
              "the epoch that had begun cannot be cut any more", late)
    tap.check(r.epoch("abort") == 1 and wait_for(lambda: flags(r) == {"exposed"}),
              "it is aborted", r.show())
    r.send("A-left", *outputs(16, 20))
    tap.check(r.seen("left", 5) == series(16, 20), "and goes on exposed")
    e = r.checkpoint()
    r.send("A-left", *outputs(21, 25))
    tap.check(not r.seen("left") and flags(r) == {"exposed"},
              "after the next cut output is held again", r.show())
    r.commit(e)
    tap.check(flags(r) == set() and not r.seen("left") and
              r.b.stat("exposed") == 20,
              "after the next commit all is normal", r.show())
    r.commit(r.checkpoint())
    tap.check(r.seen("left", 5) == series(21, 25) and r.b.stat("exposed") == 20,
              "and output is seen when it is committed")
    keeper.die()
    tap.check(wait_for(lambda: len(m.wait("unattended", 0, instance="A")) == 2),
              "the next time, it is said again", m.events)
    m.close()
    r.close()


def hold(tap):
    r = Recovery("buffer")
    m = Monitor(r.b)
    keeper = Keeper(r.b, "instance", "A")
    arm(r, "hold")
    r.send("A-left", *outputs(1, 10))
    tap.check(m.wait("unattended", instance="B", policy="hold"),
              "each instance has its own time (control)", m.events)
    r.epoch("begin")
    r.send("left", *inputs(1, 10))
    tap.check(not m.wait("unattended", 0, instance="A"), "and A has had commands")
    keeper.die()
    tap.check(m.wait("unattended", instance="A", policy="hold", epoch=1),
              "policy hold: it is said", m.events)
    time.sleep(1.5 * TIME)
    tap.check(flags(r) == {"plugged", "unattended"} and r.show()["waiting"] == 10 and
              not r.seen("left") and not r.seen("A-left") and
              len(m.wait("unattended", instance="A")) == 1 and
              r.b.stat("exposed") == 0,
              "policy hold: once, and nothing is let out", r.show())
    e = r.epoch("cut")
    tap.check("unattended" in flags(r) and r.seen("A-left", 10) == series(1, 10),
              "policy hold: the next cut is as good as ever", r.show())
    r.commit(e)
    tap.check("unattended" not in flags(r) and r.seen("left", 10) == series(1, 10),
              "policy hold: nothing is lost", r.show())
    m.close()
    r.close()


def others(tap):
    r = Recovery("buffer")
    m = Monitor(r.b)
    r.send("left", *inputs(1, 5))
    r.seen("A-left", 5)
    r.send("A-left", *outputs(1, 5))
    wait_for(lambda: r.show()["hold"]["packets"] == 5)
    r.failover("fence")
    arm(r, "release")
    r.send("left", *inputs(6, 10))
    tap.check(m.wait("unattended", instance="B"), "B is left alone (control)", m.events)
    time.sleep(TIME / 2)
    tap.check(flags(r) == {"fenced"} and r.show()["hold"]["packets"] == 5 and
              r.show()["waiting"] == 5 and not r.seen("left") and
              not m.wait("unattended", 0, instance="A"),
              "who is fenced stays so, and nothing of it is let out", r.show())
    r.b.ctl("epoch", "begin", "s", "instance", "B")
    r.failover("to", "B")
    tap.check(wait_for(lambda: "unattended" in flags(r, "B")) and
              r.seen("B-left", 10) == series(1, 10),
              "a backup that nobody unplugs gets its input late, and not never", r.show("B"))
    m.close()
    r.close()

    r = Recovery("checkpoint")
    r.epoch("begin")
    arm(r, "release")
    r.send("left", *inputs(1, 10))
    got = r.seen("A-left", 10)
    tap.check(got == series(1, 10) and flags(r) == {"unattended"} and
              r.b.stat("exposed") == 0,
              "in mode checkpoint only the plug opens", (got, r.show()))
    r.b.ctl("service", "set", "s", "dead-man", "0")
    r.epoch("begin")
    r.send("left", *inputs(11, 20))
    time.sleep(1.5 * TIME)
    tap.check(flags(r) == {"plugged"} and not r.seen("A-left"),
              "with time 0 it stays for ever (control)", r.show())
    r.b.ctl("service", "set", "s", "dead-man", "100ms")
    tap.check(r.seen("A-left", 10) == series(11, 20), "until a time is set")
    late = r.b.ctl("service", "set", "s", "dead-man", "8d", check=False)
    tap.check(late.returncode == 2, "a time has to be one", late)
    r.close()


def vain(tap, policy):
    """Somebody is there, and no checkpoint of his counts."""
    r = Recovery("buffer")
    m = Monitor(r.b)
    arm(r, policy)
    failing = Failing(r)
    r.send("A-left", *outputs(1, 10))
    said = m.wait("unattended", instance="A", policy=policy)
    got = r.seen("left", 10, 2 * TIME)
    r.send("A-left", *outputs(11, 20))
    more = r.seen("left", 10, 2 * TIME)
    tap.check(said and (got, more) == ((series(1, 10), series(11, 20)) if
                                       policy == "release" else ([], [])),
              f"whose checkpoints all fail gives no sign of life; policy {policy} decides",
              (said, got, more, r.show()))
    failing.die()
    r.epoch("begin")
    r.send("left", *inputs(1, 10))
    got = r.seen("A-left", 10, 2 * TIME)
    tap.check(got == (series(1, 10) if policy == "release" else []) and
              len(m.wait("unattended", 0, instance="A")) == 1,
              f"policy {policy}: a plug of his as well", (got, r.show()))
    if policy == "release":
        r.epoch("abort")
        r.commit(r.checkpoint())
        r.commit(r.checkpoint())
        r.send("A-left", *outputs(21, 30))
        tap.check(not r.seen("left") and flags(r) == set(),
                  "after a commit output is held again", r.show())
    m.close()
    r.close()


def main():
    tap = Tap(33)
    seed()
    release(tap)
    hold(tap)
    vain(tap, "release")
    vain(tap, "hold")
    others(tap)
    tap.finish()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()
