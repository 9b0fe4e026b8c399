# SPDX-License-Identifier: GPL-2.0-or-later
"""
Rollback recovery, seen by others: sockets of the test are the VNFs and the world
outside. Packets carry a flow and a number, so that what is lost, what comes
twice and what is out of order shows.
"""

import collections
import os
import struct
import threading
import time

from bench import Bench, MAC_IN, MAC_OUT, ether, ip4, udp

C, S = "10.1.0.1", "10.2.0.1"
MAGIC = b"nfha-epoch"
SILENCE = 0.3


def packet(flow, n, tag=0, back=False):
    data = MAGIC + struct.pack("!III", flow, n, tag)
    ends = (S, C, udp(53, 1000 + flow, data)) if back else \
           (C, S, udp(1000 + flow, 53, data))
    return ether(0x0800, ip4(ends[0], ends[1], 17, ends[2]))


def decode(frame):
    """(flow, number, tag) of a frame of ours, or None."""
    at = frame.find(MAGIC)
    if at < 0 or frame[:12] != MAC_IN + MAC_OUT:
        return None
    return struct.unpack_from("!III", frame, at + len(MAGIC))


class Recovery:
    """A bench whose service has recovery; A owns everything."""

    def __init__(self, mode="buffer", extra="", **more):
        self.b = Bench(extra=f"recovery {mode} {extra}", **more)
        self.b.ctl("range", "set", "s", "0-65535=A")
        self.inbox = collections.defaultdict(list)

    def epoch(self, verb, instance="A", number=None):
        words = ["epoch", verb, "s", "instance", instance]
        if number:
            words += ["epoch", str(number)]
        return self.b.json(*words)["epoch"]

    def checkpoint(self, instance="A"):
        self.epoch("begin", instance)
        return self.epoch("cut", instance)

    def commit(self, number, instance="A"):
        return self.epoch("commit", instance, number)

    def show(self, instance="A"):
        return self.b.json("epoch", "show", "s", "instance", instance)[0]

    def failover(self, *words):
        return self.b.json("failover", "s", "instance", "A", *words)

    def send(self, name, *packets):
        for p in packets:
            self.b.send(name, p)

    def seen(self, name, want=0, seconds=20):
        """
        All that has arrived at a socket since the last time. Waits for as many as
        are wanted, and then for a time in which more would come.
        """
        end = time.monotonic() + seconds
        while len(self.inbox[name]) < want and time.monotonic() < end:
            self.take(0.1)
        self.take(SILENCE)
        got, self.inbox[name] = self.inbox[name], []
        return got

    def take(self, seconds):
        for where, frame in self.b.receive(seconds, want=1 << 30):
            what = decode(frame)
            if what:
                self.inbox[where].append(what)

    def close(self):
        self.b.close()


class Sender:
    """Packets of one flow, one after the other, from one CPU."""

    def __init__(self, bench, name, flow, back=False, pause=0.0005):
        self.b, self.name, self.flow, self.back = bench, name, flow, back
        self.pause, self.sent, self.stopped = pause, 0, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        os.sched_setaffinity(0, {self.flow % os.cpu_count()})
        while not self.stopped:
            self.sent += 1
            self.b.send(self.name, packet(self.flow, self.sent, back=self.back))
            time.sleep(self.pause)

    def stop(self):
        self.stopped = True
        self.thread.join()
        return self.sent


def by_flow(got):
    """{flow: its numbers, as they came}"""
    flows = {}
    for flow, n, _ in got:
        flows.setdefault(flow, []).append(n)
    return flows


def is_run(numbers, first, last):
    return numbers == list(range(first, last + 1))


def series(first, last, flows=1):
    return [(n % flows, n, 0) for n in range(first, last + 1)]


def inputs(first, last, flows=1):
    return [packet(f, n) for f, n, _ in series(first, last, flows)]


def outputs(first, last, flows=1):
    """What the VNF sends on its left side."""
    return [packet(f, n, back=True) for f, n, _ in series(first, last, flows)]
