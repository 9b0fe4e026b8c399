# SPDX-License-Identifier: GPL-2.0-or-later
"""
VNFs that live clients talk to are killed, and those clients judge what they see of it:
without protection, with checkpoints, and with checkpoints that output waits for.

usage: failover.py REDIS OUT [--short] [--control]
    --control lets the one that should be protected fully go without
"""

import contextlib
import fcntl
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../kselftest/lib"))
# pylint: disable=wrong-import-position
from bench import SIOCSIFFLAGS, seed, wait_for  # noqa: E402
from customer import Clock, Customer  # noqa: E402
from driver import dump_stats  # noqa: E402
from kernel_vnf import RULES, Nat, inside, repair  # noqa: E402
from rollback import Killer, Rig, now_ns, percentile  # noqa: E402
from servers import COMMANDS  # noqa: E402
from talks import HANGS, Talks  # noqa: E402

MODES = ("none", "checkpoint", "buffer")
SHORT = "--short" in sys.argv
CONTROL = "--control" in sys.argv
KILLS = {"none": 1, "checkpoint": 1 if SHORT else 2, "buffer": 1 if SHORT else 3}
STEADY = 1 if SHORT else 2
PATIENCE = 60
CUSTOMERS = 8
LAST_WORDS = 6000
UDP_RULE = 'add rule inet wall forward iifname "left" udp dport 7000 accept\n'
WORDS = {"none": "no protection", "checkpoint": "checkpoints only",
         "buffer": "output waits for its checkpoint"}


def say(text):
    print(f"[{time.monotonic():6.1f} s] {text}", flush=True)


def middle_and_end(values):
    values = sorted(values)
    return {f"p{p}": round(percentile(values, p), 3) if values else None
            for p in (50, 99)}


def set_down(namespace, dev):
    """At once, where a program would have to be started first."""
    with namespace.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", dev.encode(), 0))


def first_after(at, times):
    """Milliseconds from then until the first of them, or None."""
    return next(((t - at) / 1e6 for t in sorted(times) if t > at), None)


class Act:
    """A VNF with its clients, in one mode; what differs is in those below."""
    name = None

    def __init__(self, mode, protection):
        self.mode = mode
        self.words = WORDS[protection]
        self.protected = protection != "none"
        self.rig = self.make(protection)
        self.killer = Killer(self.rig, "redis-server")
        self.events = self.rig.listen() if self.protected else None
        if not self.ready():
            raise RuntimeError(self.rig.daemon.log())

    def ready(self):
        return self.rig.start() if self.protected else True

    def epochs(self):
        return self.rig.epoch(self.rig.active())["committed"] if self.protected else 0

    def images(self):
        """Directories of what counts as a checkpoint now."""
        with contextlib.suppress(FileNotFoundError):
            for path, directories, _ in os.walk(self.rig.store):
                for name in directories:
                    if name.isdigit():
                        yield os.path.join(path, name)

    def watch(self):
        """In peace: how late things are, and how long a checkpoint stops the VNF."""
        stops, begin, before = {}, now_ns(), self.epochs()
        while now_ns() - begin < STEADY * 1e9:
            for path in self.images():
                with contextlib.suppress(FileNotFoundError):
                    stops[path] = dump_stats(path)["frozen"] / 1e3
            time.sleep(0.05)
        end, made = now_ns(), self.epochs() - before
        late = [(at - sent) / 1e6 for at, sent in self.arrivals() if begin < sent and at < end]
        self.late = sorted(late)
        return {"latency_ms": middle_and_end(late), "stop_ms": middle_and_end(stops.values()),
                "epoch_ms": round((end - begin) / 1e6 / made, 1) if made else None}

    def kill_all(self):
        for n in range(KILLS[self.mode]):
            self.kill()
            self.recover(n)
            took = self.outages()[-1]
            seen = f"somebody was answered after {took:.0f} ms" if took else "nobody is answered"
            say(f"{self.name}, {self.words}: killed, and {seen}; {self.resets()} "
                "connections broken so far")
            if self.protected and (not took or self.mode == "buffer" and self.resets()):
                say("nfhad's last words:\n" + self.rig.daemon.log()[-LAST_WORDS:])

    def distribution(self, out):
        """For figure A.3: milliseconds, and per cent that took no longer."""
        with open(os.path.join(out, f"cdf-{self.name}-{self.mode}"), "w",
                  encoding="ascii") as file:
            for n in range(1, 1001):
                at = self.late[(len(self.late) * n + 999) // 1000 - 1]
                file.write(f"{at:.4f} {n / 10}\n")

    def detected(self):
        """From each kill until the kernel tells that it is fenced."""
        told = [e["at"] for e in self.events.of("fenced")] if self.protected else []
        return [first_after(k["at"], told) for k in self.killer.kills]

    def outages(self):
        """From each kill until somebody got what he had asked for after it."""
        arrivals = self.arrivals()
        return [first_after(k["at"], [at for at, sent in arrivals if sent > k["at"]])
                for k in self.killer.kills]

    def report(self, seen):
        took = [o for o in self.outages() if o]
        return {"kills": len(self.killer.kills), "recovered": len(took), **self.judge(),
                "detect_ms": middle_and_end(d for d in self.detected() if d),
                "recover_ms": middle_and_end(took), **seen}

    def play(self, out):
        self.begin()
        seen = self.watch()
        self.distribution(out)
        say(f"{self.name}, {self.words}: half of all is there after "
            f"{seen['latency_ms']['p50']:.2f} ms")
        self.kill_all()
        self.end()
        result = self.report(seen)
        self.rig.close()
        say(f"{self.name}, {self.words}: {result['kills']} kills, connections "
            f"broken {result['resets']}, lost {result['lost']}, contradictions "
            f"{result['contradictions']}")
        return result


class Redis(Act):
    """Who restarts it without protection is quick: a service manager, say."""
    name = "redis"

    def make(self, protection):
        self.command = COMMANDS["redis-server"][0](sys.argv[1], None)
        self.process = None
        return Rig(protection, "ABC" if self.protected else "A", one_armed=True,
                   extra="learn on", command=self.command)

    def begin(self):
        if not self.protected:
            self.start()
        self.clock = Clock(self.rig)
        self.customers = [Customer(self.rig) for _ in range(CUSTOMERS)]
        for c in (self.clock, *self.customers):
            c.start()
        wait_for(lambda: self.clock.count and all(c.answers > 1 for c in self.customers),
                 PATIENCE)
        if self.protected:
            self.killer.measure()

    def start(self):
        with self.rig.places["A"].namespace.inside():
            self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)

    def kill(self):
        if self.protected:
            self.killer.kill("any")
            return
        self.killer.kills.append({"at": now_ns()})
        self.process.kill()
        self.process.wait()
        self.start()

    def recover(self, n):
        at = self.killer.kills[-1]["at"]
        wait_for(lambda: self.clock.arrivals[-1][1] > at and
                 all(c.answered > at for c in self.customers), PATIENCE)
        if self.protected:
            wait_for(lambda: len(self.rig.daemon.said("has taken over")) > n, PATIENCE)
            self.rig.settled()

    def end(self):
        for c in (self.clock, *self.customers):
            c.stopped = True
        for c in (self.clock, *self.customers):
            c.close()
        if self.process:
            self.process.kill()
            self.process.wait()

    def arrivals(self):
        return list(self.clock.arrivals)

    def resets(self):
        return sum(c.resets for c in (self.clock, *self.customers))

    def judge(self):
        return {"resets": self.resets(),
                "lost": sum(c.lost_writes for c in self.customers),
                "contradictions": sum(c.contradictions
                                      for c in (self.clock, *self.customers))}


class Gateway(Act):
    """Without protection its host comes back with the rules, and no connection."""
    name = "nat"

    def make(self, protection):
        rig = Nat(mode=protection, interval="10ms")
        self.rules_add(rig.master)
        return rig

    @staticmethod
    def rules_add(place):
        """Beside TCP, which the rules of the test allow."""
        inside(place.namespace, "nft", "-f", "-", text=RULES + UDP_RULE)

    def begin(self):
        self.talks = Talks(self.rig)
        self.talks.start()
        wait_for(lambda: len(self.talks.arrivals) > 500, PATIENCE)

    def kill(self):
        place = self.rig.master
        at = now_ns()
        for side in ("left", "right"):
            set_down(place.namespace, side)
        self.killer.kills.append({"at": at, "gone": now_ns()})
        self.lost_place = self.rig.lose()
        if self.protected:
            return
        self.rules_add(self.lost_place)
        repair(self.lost_place)
        self.rig.master = self.lost_place

    def recover(self, n):
        if not self.protected:
            # Until those that hang are given up.
            time.sleep(HANGS + 1)
            return
        rig, place = self.rig, self.lost_place
        wait_for(lambda: rig.takeovers() > n, PATIENCE)
        repair(place)
        wait_for(lambda: not rig.epoch(place.name)["flags"], PATIENCE)
        rig.settled()
        time.sleep(random.uniform(0.2, 0.5))

    def end(self):
        self.talks.quiet = True
        wait_for(lambda: not self.talks.sent, HANGS)
        self.talks.close()

    def arrivals(self):
        """But what may have come through just before it was gone."""
        kills = self.killer.kills
        return [a for a in list(self.talks.arrivals)
                if not any(k["at"] < a[1] <= k["gone"] for k in kills)]

    def resets(self):
        return self.talks.resets

    def judge(self):
        return {"resets": self.talks.resets, "lost": len(self.talks.sent),
                "contradictions": self.talks.contradictions}


def main():
    out = sys.argv[2]
    seed()
    results = {act.name: {mode: act(mode, "none" if CONTROL else mode).play(out)
                          for mode in (MODES[2:] if CONTROL else MODES)}
               for act in (Redis, Gateway)}
    with open(os.path.join(out, "failover.json"), "w", encoding="ascii") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main()
