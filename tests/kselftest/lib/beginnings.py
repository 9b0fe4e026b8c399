# SPDX-License-Identifier: GPL-2.0-or-later
"""
The first seconds of a VNF: it cannot be started, it fails before it has a checkpoint, and
nobody remembers that it was started.
"""

import copy
import glob
import os
import signal

from bench import Tap, seed, wait_for
from faults import PATIENCE, Bed
from rollback import SEQUENCER, Witness


class Beginning(Bed):
    """A sequencer whose program is not there yet."""

    def __init__(self):
        super().__init__("ABC", timeout="8s")
        self.program = os.path.join(self.daemon.directory, "sequencer")
        for instance in self.config["services"][0]["instances"]:
            instance["command"] = [self.program, "left", "right"]
        self.daemon.write(self.config)

    def reload(self, config):
        self.daemon.write(config)
        self.daemon.process.send_signal(signal.SIGHUP)

    def living(self):
        """How many VNFs there are."""
        return sum(len(place.processes("sequencer")) for place in self.places.values())


def no_program(bed):
    bed.mode("fail")
    return bed.told("cannot be started, tried again in 2 s", bed.daemon.start) and \
        bed.daemon.said(f"{bed.service}/A: launch: program {bed.program}: No such file") and \
        bed.told("no checkpoint, ", lambda: os.symlink(SEQUENCER, bed.program))


def no_checkpoint(bed):
    """What comes meanwhile is in the log, and what it sends in the hold."""
    asked = wait_for(lambda: bed.epoch("A")["log"]["packets"] > 0, PATIENCE)
    return asked and bed.told("nobody has seen anything of it", bed.kill_vnf) and \
        wait_for(lambda: bed.takeovers() == 1, PATIENCE)


def priorities(bed):
    """What is restored has its own again, though it was made in a hurry."""
    _, pid, _ = bed.killer.find()
    os.setpriority(os.PRIO_PROCESS, pid, 3)
    recovered = bed.goes_on() and bed.told("has taken over", bed.kill_vnf) and bed.goes_on()
    _, pid, _ = bed.killer.find()
    first = os.sched_getscheduler(bed.daemon.process.pid)
    return recovered and first & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO and \
        os.sched_getscheduler(pid) == os.SCHED_OTHER and \
        os.getpriority(os.PRIO_PROCESS, pid) == 3


def left_out(bed):
    config = copy.deepcopy(bed.config)
    instances = config["services"][0]["instances"]
    gone = next(i for i in instances if i["name"] == bed.active())
    instances.remove(gone)
    instances[0]["role"] = "active"
    refused = bed.told("cannot be left: .*recovery of its service", lambda: bed.reload(config))
    return bed.told("has been read again", lambda: bed.reload(bed.config)) and \
        refused and bed.goes_on()


def changed(bed):
    """A service that is taken up anew may be in a dump, and nothing is wrong with that."""
    config = copy.deepcopy(bed.config)
    good = True
    for n in range(6):
        config["services"][0]["interval"] = f"{101 - n % 2}ms"
        good = good and bed.told("has been read again", lambda: bed.reload(config)) and \
            bed.goes_on()
    return good and not bed.daemon.said("traces it|is not protected, . tries")


def unknown(bed):
    """A name that the module does not know does not cost the protection of the others."""
    config = copy.deepcopy(bed.config)
    instances = config["services"][0]["instances"]
    next(i for i in instances if i["name"] != bed.active())["name"] = "X"
    return bed.told("X: is not in the module with recovery", lambda: bed.reload(config)) and \
        bed.daemon.waits("is not taken over, all stays as it was") and bed.goes_on()


def forgotten(bed):
    """What nobody remembers is ended, and there is one VNF as before, and where it was."""
    bed.daemon.kill()
    for path in glob.glob("/run/nfhad/*.json"):
        os.unlink(path)
    where = bed.active()
    return bed.told(f"{where}: started", bed.daemon.start) and bed.goes_on() and \
        bed.living() == 1 and bed.active() == where


def main():
    tap = Tap(9)
    seed()
    bed = Beginning()
    bed.listen()
    tap.check(no_program(bed), "a program that is not there is started when it is", bed.tail())
    witness = Witness(bed)
    tap.check(no_checkpoint(bed),
              "a VNF that fails before its first checkpoint begins afresh", bed.tail())
    bed.mode("ok")
    tap.check(bed.goes_on(), "and goes on when there are checkpoints", bed.tail())
    tap.check(priorities(bed), "the daemon comes first, what it restores does not", bed.tail())
    tap.check(left_out(bed), "a reload that leaves it out is refused", bed.tail())
    tap.check(unknown(bed), "and one that names who is not in the module", bed.tail())
    tap.check(changed(bed), "a reload that changes the service disturbs nobody", bed.tail())
    verdict = witness.verdict() or {}
    tap.check(verdict.get("contradictions") == 0 and verdict.get("seen", 0) > 0,
              "nobody has seen two histories", verdict)
    tap.check(forgotten(bed), "a backup that nobody remembers is started once", bed.tail())
    bed.close()


if __name__ == "__main__":
    main()
