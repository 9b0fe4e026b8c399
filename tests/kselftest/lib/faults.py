# SPDX-License-Identifier: GPL-2.0-or-later
"""
Whatever rollback recovery stands on fails: criu, the store, the daemon, the backup.
The sequencer goes on, or does not; the witness never sees two histories.
"""

import ctypes
import glob
import os
import random
import re
import signal
import time

from bench import Tap, run, seed, wait_for
from rollback import IS_SHORT, SEQUENCER, Killer, Rig, Witness, now_ns, read

CRIU = "/usr/sbin/criu"
STORE_BYTES = 16 << 20
QUEUE = 65536
PATIENCE = 60
# In the working directory of the VNF, as criu calls it.
LEFTOVER = "/proc.crtools"

# What nfhad takes for criu. It does what the file beside it says.
WRAPPER = """#!/bin/sh
case "$(cat {dir}/mode)" in
fail) exit 1 ;;
hang) exec sleep 1000 ;;
no-restore) case "$*" in *--leave-stopped*) exit 1 ;; esac ;;
no-dump) case "$*" in *--leave-stopped*) ;; *) exit 1 ;; esac ;;
esac
exec {criu} "$@"
"""


class Bed(Rig):
    """A sequencer whose supports can be taken away."""

    def __init__(self, places="ABC", **service):
        super().__init__("buffer", places, command=[SEQUENCER, "left", "right"],
                         config={"criu": "/nowhere"}, **service)
        self.mode_path = os.path.join(self.daemon.directory, "mode")
        self.mode("ok")
        wrapper = os.path.join(self.daemon.directory, "criu")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(WRAPPER.format(dir=self.daemon.directory, criu=CRIU))
        os.chmod(wrapper, 0o755)
        self.config["criu"] = wrapper
        self.daemon.write(self.config)
        os.mkdir(self.store, 0o700)
        run("mount", "-t", "tmpfs", "-o", f"size={STORE_BYTES},mode=0700", "store",
            self.store)
        # Its checkpoints are in a mount of their own, which can be made read-only; in
        # the other one the daemon has its lock open.
        self.checkpoints = os.path.join(self.store, self.service)
        os.mkdir(self.checkpoints, 0o700)
        run("mount", "--bind", self.checkpoints, self.checkpoints)
        self.killer = Killer(self, "sequencer")

    def mode(self, word):
        with open(self.mode_path, "w", encoding="ascii") as file:
            file.write(word)

    def takeovers(self):
        return len(self.daemon.said("has taken over"))

    def goes_on(self, seconds=PATIENCE):
        """Are two more checkpoints committed, whoever makes them?"""
        name, done = self.active(), None

        def enough():
            nonlocal name, done
            now = self.active()
            if now is None:
                return False
            epoch = self.epoch(now)["committed"]
            if now != name or done is None:
                name, done = now, epoch
            return epoch >= done + 2
        return wait_for(enough, seconds)

    def told(self, pattern, action, seconds=PATIENCE):
        """Does the daemon say something more that matches, after the action?"""
        before = len(self.daemon.said(pattern))
        action()
        return wait_for(lambda: len(self.daemon.said(pattern)) > before, seconds)

    def kill_vnf(self):
        """Its place; None if nobody lives."""
        return self.killer.kill("any") and self.killer.kills[-1]["place"]

    def newest(self):
        """The largest file of the newest checkpoint that counts."""
        files = [f for f in glob.glob(f"{self.store}/**/pages-*.img", recursive=True)
                 if "/." not in f]
        return max(files, key=os.path.getmtime, default=None)

    def tail(self):
        return "\n".join(self.daemon.log().splitlines()[-25:])

    def close(self):
        super().close()
        run("umount", "-l", self.store, check=False)


def criu_fails(bed):
    bad = bed.told("no checkpoint, ", lambda: bed.mode("fail"))
    return bad and bed.told("succeed again", lambda: bed.mode("ok")) and bed.goes_on()


def criu_hangs(bed):
    bad = bed.told("no checkpoint, .*timed out", lambda: bed.mode("hang"))
    return bad and bed.told("succeed again", lambda: bed.mode("ok")) and bed.goes_on()


def waiting_criu():
    """Each criu that waits for a recovery."""
    return [int(pid) for pid in os.listdir("/proc")
            if pid.isdigit() and "--leave-stopped" in read(f"/proc/{pid}/cmdline")]


def end_waiting():
    """True if there was one."""
    pids = waiting_criu()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return bool(pids)


def waiting_dies(bed):
    """The one that is to make the backup, just before that."""
    return wait_for(end_waiting, PATIENCE) and \
        bed.told("has taken over", bed.kill_vnf) and bed.goes_on()


def mount_is_left(bed):
    """A VNF that was killed in a dump has left what criu had made it mount."""
    def leave():
        os.mkdir(LEFTOVER)
        # At once, or a dump fails in between and it is removed.
        if ctypes.CDLL(None).mount(b"proc", LEFTOVER.encode(), b"proc", 0, None):
            raise OSError("mount")
    return bed.told("had left proc.crtools", leave) and bed.goes_on() and \
        not os.path.exists(LEFTOVER)


def kill_criu(bed):
    """In a dump, at any instant of it. The daemon says what has become of it."""
    _, pid, _ = bed.killer.find()
    bed.killer.spin(pid, True)
    time.sleep(random.uniform(0, bed.killer.period / 4))
    tracer = re.search(r"^TracerPid:\s+([1-9]\d*)", read(f"/proc/{pid}/status"), re.M)
    return not tracer or bed.told(
        "no checkpoint, |has taken over",
        lambda: os.kill(int(tracer.group(1)), signal.SIGKILL)) and bed.goes_on()


def criu_dies(bed):
    """
    Before it is inside of the VNF, the VNF goes on; when it is, the VNF cannot be trusted
    any more, and there is a failover. Until there was one.
    """
    before = bed.takeovers()
    for _ in range(20):
        if not kill_criu(bed) or bed.takeovers() > before:
            break
    return bed.takeovers() > before


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            pass


def storage_full(bed):
    path = os.path.join(bed.store, "ballast")
    bad = bed.told("No space left", lambda: fill(path)) and bed.told(
        "no checkpoint, ", lambda: None)
    os.unlink(path)
    return bad and bed.goes_on()


def storage_read_only(bed):
    """For those who have it open, too; not while a file is being written."""
    def remount(how):
        return not run("mount", "-o", f"remount,bind,{how}", bed.checkpoints,
                       check=False).returncode
    bad = bed.told("no checkpoint.*Read-only",
                   lambda: wait_for(lambda: remount("ro"), PATIENCE))
    return remount("rw") and bad and bed.goes_on()


def set_limit(bed, name, size):
    bed.ctl("service", "set", bed.service, name, str(size))


def hold_full(bed):
    """Nothing is committed, and what has no room is dropped and counted."""
    bed.mode("fail")
    set_limit(bed, "hold-max", QUEUE)
    dropped = wait_for(lambda: bed.stats()["drop-hold"] > 0, PATIENCE)
    told = bed.monitor.wait("overflow", overflow="output-dropped")
    set_limit(bed, "hold-max", 16 << 20)
    bed.mode("ok")
    return dropped and told and bed.goes_on()


def log_full(bed):
    """A replay misses input, and says so; what was seen is remembered nevertheless."""
    # No checkpoint that makes the log whole comes before the kill.
    bed.mode("no-dump")
    set_limit(bed, "log-max", QUEUE)
    full = wait_for(lambda: "incomplete" in bed.epoch(bed.active())["flags"], PATIENCE)
    told = bed.monitor.wait("overflow", overflow="unlogged")
    taken = bed.told("which is incomplete", bed.kill_vnf)
    bed.mode("ok")
    set_limit(bed, "log-max", 16 << 20)
    return full and told and taken and bed.goes_on()


def daemon_dies(bed, kind):
    _, pid, _ = bed.killer.find()
    bed.killer.moment(kind, pid)
    bed.daemon.kill()
    return bed.told("taken up|has taken over", bed.daemon.start) and bed.goes_on()


def daemon_dies_restoring(bed):
    """After the fence, while the backup is made."""
    if not bed.kill_vnf() or not bed.killer.find(seconds=PATIENCE):
        return False
    bed.daemon.kill()
    return bed.told("was about to take over|taken up|has taken over",
                    bed.daemon.start) and bed.goes_on()


def both_die(bed):
    bed.daemon.kill()
    return bed.kill_vnf() and bed.told("has failed while no daemon", bed.daemon.start) \
        and bed.goes_on()


def backup_dies(bed):
    """Two failures, one right after the other."""
    before = bed.takeovers()
    return bed.killer.kill("any") and bed.killer.kill("born") and \
        wait_for(lambda: bed.takeovers() > before, PATIENCE) and bed.goes_on()


def restore_fails(bed):
    """Of each backup, until there is none left; the log waits for better times."""
    bed.mode("no-restore")
    end_waiting()
    bad = bed.told("cannot take over", bed.kill_vnf)
    left = wait_for(lambda: len(bed.daemon.said("cannot take over")) >= 3, PATIENCE)
    return bad and left and bed.told("has taken over", lambda: bed.mode("ok")) and \
        bed.goes_on()


# In this order: what can go wrong at all comes first.
FAULTS = (
    (criu_fails, "criu fails"),
    (criu_hangs, "criu hangs"),
    (criu_dies, "criu is killed in a dump"),
    (mount_is_left, "a VNF was killed while it had proc mounted for criu"),
    (waiting_dies, "the criu that waits for a recovery is killed"),
    (storage_full, "the store is full"),
    (storage_read_only, "the store is read-only"),
    (hold_full, "the hold is full, and counts what it drops"),
    (log_full, "the log is full, and the VNF is killed"),
    (lambda bed: daemon_dies(bed, "any"), "nfhad is killed at any time"),
    (lambda bed: daemon_dies(bed, "frozen"), "nfhad is killed in a dump"),
    (lambda bed: daemon_dies(bed, "thawed"), "nfhad is killed while it stores"),
    (daemon_dies_restoring, "nfhad is killed in a recovery"),
    (both_die, "nfhad and the VNF are killed"),
    (backup_dies, "the VNF and its backup are killed"),
    (restore_fails, "no backup can be restored"),
)
# One of each kind.
SHORT = ("criu is killed in a dump",
         "a VNF was killed while it had proc mounted for criu",
         "the criu that waits for a recovery is killed",
         "the store is full", "nfhad is killed in a dump",
         "nfhad and the VNF are killed", "the VNF and its backup are killed",
         "no backup can be restored")


def chosen():
    return [fault for fault in FAULTS if not IS_SHORT or fault[1] in SHORT]


def survived(tap):
    bed = Bed(timeout="8s")
    bed.listen()
    ready = bed.start()
    bed.killer.measure()
    witness = Witness(bed)
    for fault, text in chosen():
        began = time.monotonic()
        good = ready and fault(bed)
        print(f"# {text}: {time.monotonic() - began:.1f} s", flush=True)
        tap.check(good, f"{text}: and it goes on", bed.tail())
        bed.mode("ok")
    verdict = witness.verdict() or {}
    print(f"# {verdict}")
    tap.check(verdict.get("contradictions") == 0,
              "nobody has seen two histories in all this", verdict)
    tap.check(verdict.get("seen", 0) > verdict.get("sent", 1) // 4,
              "and much was seen", verdict)
    bed.close()


def corrupted(tap):
    """A checkpoint that is not what was stored is never made a VNF of."""
    bed = Bed("AB")
    bed.start()
    witness = Witness(bed)
    time.sleep(1)
    # No newer one takes its place before the kill.
    bed.told("no checkpoint, ", lambda: bed.mode("no-dump"))
    path = bed.newest()
    with open(path, "r+b") as file:
        at = random.randrange(os.path.getsize(path))
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))
    before = bed.takeovers()
    said = bed.told("cannot take over", bed.kill_vnf)
    tap.check(said and bed.takeovers() == before,
              "a checkpoint with one bit changed is refused", bed.tail())
    tap.check(wait_for(lambda: bed.daemon.said("there is no checkpoint to recover from"), 30),
              "and somebody is told that nothing is left", bed.tail())
    waiting = sum(bed.epoch(n)["log"]["packets"] for n in bed.places)
    tap.check(waiting > 0, "what comes waits in the log", waiting)
    verdict = witness.verdict() or {}
    tap.check(verdict.get("contradictions") == 0 and bed.takeovers() == before,
              "nobody has seen two histories, or any that was made up", verdict)
    bed.close()


def unprotected(tap, policy):
    """Checkpoints fail and fail: who is outside waits for the dead man's time at most."""
    bed = Bed("AB")
    bed.config["dead-man"] = {"time": "3s", "policy": policy}
    bed.daemon.write(bed.config)
    bed.listen()
    ready = bed.start()
    witness = Witness(bed)
    time.sleep(1)
    ready = ready and bed.told("no checkpoint, ", lambda: bed.mode("fail"))
    failed = now_ns()
    told = bed.told("is not protected, no checkpoint has counted", lambda: None)
    tap.check(ready and told and bed.monitor.wait("unattended", instance="A", policy=policy),
              f"no checkpoint succeeds: it is unprotected, and nobody's (policy {policy})",
              bed.tail())
    # So long the witness goes on asking.
    time.sleep(4)
    until = now_ns()
    if policy == "release":
        tap.check(bed.told("checkpoints succeed again", lambda: bed.mode("ok")) and
                  bed.goes_on(), "it is protected again when one succeeds", bed.tail())
    witness.verdict()
    served = [sent for arrived, sent in witness.arrivals()
              if sent > failed + 4_000_000_000 and arrived < until]
    tap.check(bool(served) == (policy == "release"),
              f"policy {policy} decides whether anybody is served meanwhile", len(served))
    bed.close()


def fleeting(tap):
    """A file that goes with its process is open in a VNF, as in redis for an instant."""
    bed = Bed("AB")
    busy = os.path.join(bed.daemon.directory, "busy")
    with open(busy, "w", encoding="ascii"):
        pass
    command = ["/bin/sh", "-c", f"(exec 9</proc/self/stat; while [ -e {busy} ]; "
               f"do sleep 0.1; done) & exec {SEQUENCER} left right"]
    for instance in bed.config["services"][0]["instances"]:
        instance["command"] = command
    bed.daemon.write(bed.config)
    refused = bed.told("the checkpoint is not used: /proc/[0-9]+/stat is open in it",
                       bed.daemon.start)
    tap.check(refused and not bed.epoch("A")["committed"],
              "a checkpoint that cannot be restored does not count", bed.tail())
    os.unlink(busy)
    tap.check(wait_for(lambda: bed.epoch("A")["committed"], PATIENCE) and
              bed.told("has taken over", bed.kill_vnf) and bed.goes_on(),
              "and one that can does, as soon as there is one", bed.tail())
    bed.close()


def released(tap):
    """A namespace that somebody removes goes, whoever waits to be at work there."""
    bed = Bed("AB")
    bed.start()
    waits = wait_for(waiting_criu, PATIENCE)
    bed.places["B"].namespace.remove()
    gone = wait_for(lambda: run("ip", "-n", bed.host.name, "link", "show", "vBl",
                                check=False).returncode, PATIENCE)
    tap.check(waits and gone, "the namespace of a backup goes when it is removed",
              (waits, gone, bed.tail()))
    bed.close()


def main():
    tap = Tap(len(chosen()) + 14)
    seed()
    survived(tap)
    corrupted(tap)
    unprotected(tap, "release")
    unprotected(tap, "hold")
    fleeting(tap)
    released(tap)
    tap.finish()


if __name__ == "__main__":
    main()
