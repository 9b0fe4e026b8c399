# SPDX-License-Identifier: GPL-2.0-or-later
"""
The daemon's socket, from outside: nfhactl, and bare messages. The numbers are the module's.
"""

import json
import os
import signal
import socket
import stat
import subprocess

from bench import CTL, Tap, run, seed, wait_for
from faults import PATIENCE, Bed


class Asked(Bed):
    """A sequencer whose daemon is asked."""

    def __init__(self):
        super().__init__("AB", timeout="20s")
        self.socket = os.path.join(self.daemon.directory, "socket")
        self.config["api"] = {"socket": self.socket}
        self.daemon.write(self.config)

    def ask(self, *words, check=True):
        return run(CTL, "-j", "-s", self.socket, *words, check=check)

    def answer(self, *words):
        return json.loads(self.ask(*words).stdout)

    def state(self, name):
        service = self.answer("status", self.service)["services"][0]
        return next(i for i in service["instances"] if i["name"] == name)

    def follow(self):
        """nfhactl events, after it listens."""
        process = subprocess.Popen([CTL, "-j", "-s", self.socket, "events"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stderr.readline()
        return process


def nobody(bed):
    done = bed.ask("status", check=False)
    return done.returncode == 1 and \
        f"no nfhad answers at {bed.socket}: No such file or directory" in done.stderr


def status(bed):
    mode = os.stat(bed.socket)
    a, b = bed.state("A"), bed.state("B")
    return stat.S_IMODE(mode.st_mode) == 0o600 and a["state"] == "active" and \
        a["module"]["width"] == 65536 and a["epoch"]["recovery"] == "buffer" and \
        a["epoch"]["committed"] > 0 and a["pid"] > 0 and \
        [p["side"] for p in a["module"]["ports"]] == ["left", "right"] and \
        wait_for(lambda: bed.state("B")["state"] == "idle", PATIENCE) and \
        b["role"] == "backup" and b["module"]["width"] == 0


def checkpoint(bed):
    before = bed.epoch("A")["committed"]
    epoch = bed.answer("checkpoint", bed.service, "instance", "A")["epoch"]
    return before < epoch <= bed.epoch("A")["committed"]


def refused(bed):
    done = bed.ask("failover", bed.service, "instance", "B", "by", "daemon", check=False)
    return done.returncode == 1 and "instance B is idle, expected active" in done.stderr


def failover(bed, events):
    """By the socket, for nobody says which backup."""
    bed.ask("failover", bed.service, "instance", "A")
    taken = wait_for(lambda: bed.state("B")["state"] == "active", PATIENCE)
    told = [(d["instance"], d["action"]) for d in
            (json.loads(events.stdout.readline()) for _ in range(2))]
    why = bed.answer("explain", "A")["decisions"]
    return taken and told == [("A", "fail"), ("B", "take_over")] and \
        any(d["action"] == "fail" and d["cause"] == "asked for by uid 0" for d in why) and \
        bed.active() == "B" and bed.goes_on()


def by_kernel(bed):
    """Without a successor the module knows of nobody."""
    done = run(CTL, "-n", bed.host.name, "-s", bed.socket, "failover", bed.service,
               "instance", "B", "by", "kernel", check=False)
    return done.returncode == 1 and bed.active() == "B"


def hostile(bed):
    """Whoever sends nonsense, or only connects, is in nobody's way."""
    clients = []
    for n in range(80):
        client = socket.socket(socket.AF_UNIX)
        client.connect(bed.socket)
        clients.append(client)
        try:
            client.send((b"{", b"\0", b"x" * 70000, b"[]\0")[n % 4])
        except OSError:
            pass
    for client in clients:
        client.close()
    return wait_for(lambda: bed.answer("status")["connections"]["malformed"] > 0,
                    PATIENCE) and bed.goes_on()


def ended(bed):
    bed.daemon.kill(signal.SIGTERM)
    return not os.path.exists(bed.socket)


def stale(bed):
    """What one that was killed has left is no hindrance."""
    bed.daemon.start()
    first = wait_for(lambda: os.path.exists(bed.socket), PATIENCE) and bed.goes_on()
    bed.daemon.kill()
    there = os.path.exists(bed.socket)
    bed.daemon.start()
    return first and there and bed.goes_on() and bed.state("B")["state"] == "active"


def main():
    tap = Tap(10)
    seed()
    bed = Asked()
    tap.check(nobody(bed), "without a daemon it is said where one was looked for")
    bed.start()
    tap.check(status(bed), "what there is", bed.ask("status", check=False))
    tap.check(checkpoint(bed), "a checkpoint that was asked for counts", bed.tail())
    tap.check(refused(bed), "a failover of one that does not work is refused", bed.tail())
    events = bed.follow()
    tap.check(failover(bed, events), "one that works fails over, and it is known why",
              bed.tail())
    events.kill()
    events.wait()
    tap.check(by_kernel(bed), "the module can be asked in place of the daemon", bed.tail())
    tap.check(hostile(bed), "hostile clients are in nobody's way", bed.tail())
    tap.check(bed.goes_on(), "and checkpoints go on", bed.tail())
    tap.check(ended(bed), "the socket ends with the daemon")
    tap.check(stale(bed), "a socket that was left behind is replaced", bed.tail())
    bed.close()


if __name__ == "__main__":
    main()
