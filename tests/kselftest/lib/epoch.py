# SPDX-License-Identifier: GPL-2.0-or-later
"""
Rollback recovery, seen by others: sockets of the test are the VNFs and the world
outside. Packets carry a flow and a number, so that what is lost, what comes
twice and what is out of order shows.
"""

import collections
import os
import socket
import struct
import sys
import threading
import time

import gso
from bench import (Bench, MAC_IN, MAC_OUT, Tap, ether, ip4, run, seed, udp,
                   wait_for)
from events import set_up
from steer import Monitor
from teardown import load

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


def plug(tap):
    r = Recovery("checkpoint")
    r.send("left", *inputs(1, 20, 4))
    got = r.seen("A-left", 20)
    tap.check(got == series(1, 20, 4), "input is delivered (control)", got)
    begun = r.epoch("begin")
    r.send("left", *inputs(21, 320, 7))
    r.send("right", *outputs(1, 3))
    tap.check(wait_for(lambda: r.show()["waiting"] == 303) and
              not r.seen("A-left") and not r.seen("A-right"),
              "plugged, input waits, on both sides", r.show())
    tap.check(r.show()["flags"] == ["plugged"] and
              r.show()["log"]["oldest_ms"] >= 2 * SILENCE * 1000,
              "and that is shown, with its age", r.show())
    tap.check(r.epoch("cut") == begun == 1, "the first epoch is number 1")
    left, right = r.seen("A-left", 300), r.seen("A-right", 3)
    tap.check(left == series(21, 320, 7) and right == series(1, 3),
              "the cut delivers it all, in order", (left, right))
    tap.check(r.show()["flags"] == [] and r.show()["waiting"] == 0,
              "then nothing waits", r.show())
    r.b.drain()
    senders = [Sender(r.b, "left", flow) for flow in (0, 1)]
    for _ in range(5):
        time.sleep(0.05)
        r.commit(r.checkpoint())
    sent = [s.stop() for s in senders]
    got = by_flow(r.seen("A-left", sum(sent)))
    tap.check(all(is_run(got.get(f, []), 1, sent[f]) for f in (0, 1)),
              "under traffic from two CPUs plugs lose and reorder nothing",
              (sent, {f: len(n) for f, n in got.items()}))
    r.close()


def kinds(tap):
    """GSO packets and fragments wait as they are; both are what they were."""
    r = Recovery("buffer")
    for name in ("left", "A-left", "A-right", "right"):
        gso.vnet(r.b, name)
    data = os.urandom(30000)
    r.epoch("begin")
    gso.send(r.b, gso.gso(7, data, 1000))
    tap.check(wait_for(lambda: r.show()["log"]["packets"] == 30) and
              not gso.receive(r.b, "A-left", bool, SILENCE),
              "a GSO packet waits, and counts for as many as it is", r.show())
    r.epoch("cut")
    got = gso.receive(r.b, "A-left", lambda g: gso.joined(g) == data)
    tap.check(gso.joined(got) == data, "and is delivered whole",
              [(h, len(f), f[:80].hex()) for h, f in got])
    gso.send(r.b, gso.gso(7, data, 1000), "A-right")
    tap.check(wait_for(lambda: r.show()["hold"]["packets"] == 30) and
              not gso.receive(r.b, "right", bool, SILENCE),
              "it is held", r.show())
    r.commit(r.checkpoint())
    got = gso.receive(r.b, "right", lambda g: gso.joined(g) == data)
    tap.check(gso.joined(got) == data, "and released whole")
    r.close()

    r = Recovery("checkpoint")
    whole = udp(1000, 53, MAGIC + struct.pack("!III", 0, 1, 0) + os.urandom(2000))
    parts = [ether(0x0800, ip4(C, S, 17, whole[at:at + 800], ident=7,
                               frag=at // 8 | (0x2000 if at + 800 < len(whole) else 0)))
             for at in range(0, len(whole), 800)]
    r.epoch("begin")
    r.b.drain()
    for at in (1, 0, 2):
        r.b.send("left", parts[at])
    held = wait_for(lambda: r.show()["waiting"] == 3)
    tap.check(held and not r.b.receive(SILENCE), "fragments wait, too", r.show())
    r.epoch("cut")
    got = [frame for where, frame in r.b.receive(5, want=3) if where == "A-left"]
    tap.check(sorted(got) == sorted(parts), "and are all delivered",
              [g.hex() for g in got])
    r.close()


def hold(tap):
    r = Recovery("checkpoint")
    r.send("A-left", *outputs(1, 50, 3))
    tap.check(r.seen("left", 50) == series(1, 50, 3),
              "in mode checkpoint output passes (control)")
    r.b.ctl("service", "set", "s", "recovery", "buffer")
    r.send("A-left", *outputs(1, 100, 5))
    r.send("A-right", *inputs(1, 7))
    tap.check(not r.seen("left") and not r.seen("right") and
              r.show()["hold"]["packets"] == 107,
              "in mode buffer it is held, on both sides", r.show())
    e = r.checkpoint()
    tap.check(not r.seen("left"), "a cut releases nothing")
    r.send("A-left", *outputs(101, 150, 5))
    r.commit(e)
    left, right = r.seen("left", 100), r.seen("right", 7)
    tap.check(left == series(1, 100, 5) and right == series(1, 7),
              "the commit releases what is older than the cut, in order",
              (left, right))
    first = r.checkpoint()
    r.send("A-left", *outputs(151, 170, 5))
    second = r.checkpoint()
    r.send("A-left", *outputs(171, 190, 5))
    third = r.checkpoint()
    tap.check([first, second, third] == [2, 3, 4] and r.show()["pending"] == 3,
              "several epochs are pending", r.show())
    r.commit(second)
    got = r.seen("left", 70)
    tap.check(got == series(101, 170, 5) and r.show()["pending"] == 1,
              "a commit releases the older ones with it, not the younger", got)
    r.commit(third)
    got = r.seen("left", 20)
    tap.check(got == series(171, 190, 5), "those come with their own", got)
    high = r.show()["hold"]
    tap.check(high["packets"] == 0 and high["bytes"] == 0 and
              high["packets_high"] == 157 and high["total"] == 197,
              "the hold's statistics", high)

    r.b.drain()
    senders = [Sender(r.b, "A-left", flow, back=True) for flow in (0, 1)]
    for _ in range(8):
        time.sleep(0.05)
        r.commit(r.checkpoint())
    sent = [s.stop() for s in senders]
    time.sleep(SILENCE)
    r.commit(r.checkpoint())
    got = by_flow(r.seen("left", sum(sent)))
    tap.check(all(is_run(got.get(f, []), 1, sent[f]) for f in (0, 1)),
              "under traffic from two CPUs commits lose and reorder nothing",
              (sent, {f: len(n) for f, n in got.items()}))
    r.send("A-left", *outputs(1, 10))
    wait_for(lambda: r.show()["hold"]["packets"] == 10)
    r.b.ctl("service", "set", "s", "recovery", "checkpoint")
    tap.check(r.seen("left", 10) == series(1, 10),
              "back in mode checkpoint what was held goes out")
    r.b.ctl("service", "set", "s", "recovery", "none")
    r.send("A-left", *outputs(11, 20))
    tap.check(r.seen("left", 10) == series(11, 20) and
              r.b.json("epoch", "show", "s") == [],
              "without recovery nothing is left of it")
    r.close()


def abort(tap):
    r = Recovery("buffer")
    r.send("A-left", *outputs(1, 10))
    r.epoch("begin")
    r.send("left", *inputs(1, 10))
    tap.check(not r.seen("A-left"), "plugged (control)")
    tap.check(r.epoch("abort") == 1 and r.seen("A-left", 10) == series(1, 10),
              "an abort delivers the input")
    tap.check(not r.seen("left") and r.show()["hold"]["packets"] == 10,
              "and the output stays held", r.show())
    tap.check(r.checkpoint() == 1, "the epoch goes on")
    r.send("A-left", *outputs(11, 20))
    two = r.checkpoint()
    tap.check(r.epoch("abort", number=1) == 1 and r.show()["pending"] == 1,
              "a pending epoch is aborted", r.show())
    refused = r.b.ctl("epoch", "commit", "s", "instance", "A", "epoch", "1",
                      check=False)
    tap.check(refused.returncode == 1 and "aborted" in refused.stderr and
              not r.seen("left"), "it cannot be committed", refused)
    r.commit(two)
    got = r.seen("left", 20)
    tap.check(got == series(1, 20), "its output comes with the next one's", got)
    r.close()


def trim(tap):
    r = Recovery("buffer")
    r.send("left", *inputs(1, 30))
    r.seen("A-left", 30)
    r.epoch("begin")
    r.send("left", *inputs(31, 40))
    wait_for(lambda: r.show()["waiting"] == 10)
    e = r.epoch("cut")
    r.seen("A-left", 10)
    r.send("left", *inputs(41, 45))
    r.seen("A-left", 5)
    tap.check(r.show()["log"]["packets"] == 45, "the log has all input", r.show())
    r.commit(e)
    log = r.show()["log"]
    tap.check(log["packets"] == 15 and log["packets_high"] == 45 and
              log["bytes"] < log["bytes_high"],
              "a commit forgets what came before the cut, and no more", log)
    r.close()


def limits(tap):
    r = Recovery("buffer", "hold-max 65536 log-max 65536 watermark 50")
    m = Monitor(r.b)
    r.send("A-left", *outputs(1, 20))
    wait_for(lambda: r.show()["hold"]["packets"] == 20)
    tap.check(not m.wait("watermark", 0.5), "below the watermark nothing is said (control)")
    r.send("A-left", *outputs(21, 300))
    tap.check(m.wait("watermark", queue="hold", instance="A") and
              m.wait("overflow", overflow="output-dropped"),
              "watermark and limit of the hold are said", m.events)
    wait_for(lambda: r.show()["hold"]["total"] + r.show()["hold"]["dropped"] == 300)
    dropped = r.show()["hold"]["dropped"]
    tap.check(r.b.stat("drop-hold") == dropped and
              r.show()["hold"]["bytes"] <= 65536 and not r.seen("left"),
              "the newest are dropped and counted", r.show())
    r.commit(r.checkpoint())
    got = r.seen("left", 300 - dropped)
    tap.check(got == series(1, 300 - dropped), "the oldest are what is left", got)
    says = len(m.wait("overflow", overflow="output-dropped"))
    r.send("A-left", *outputs(1, 300))
    tap.check(says == 1 and
              wait_for(lambda: len(m.wait("overflow", overflow="output-dropped")) == 2),
              "it is said once, and after a commit again", m.events)
    r.commit(r.checkpoint())
    r.seen("left", 50)

    r.b.ctl("service", "set", "s", "hold-policy", "release")
    e = r.checkpoint()
    r.commit(e)
    r.send("A-left", *outputs(1, 20))
    tap.check(not r.seen("left") and r.show()["flags"] == [],
              "with policy release output is held, too (control)", r.show())
    r.send("A-left", *outputs(21, 300))
    got = r.seen("left", 300)
    tap.check(got == series(1, 300), "past the limit all of it goes out, in order", got)
    tap.check("exposed" in r.show()["flags"] and
              m.wait("overflow", overflow="output-released", epoch=e + 1),
              "the guarantee is lost, and that is said", r.show())
    r.send("A-left", *outputs(301, 310))
    tap.check(r.seen("left", 10) == series(301, 310), "the rest of the epoch passes")
    e = r.checkpoint()
    r.send("A-left", *outputs(1, 10))
    tap.check(not r.seen("left") and "exposed" in r.show()["flags"],
              "after the cut output is held again", r.show())
    r.commit(e)
    tap.check(r.show()["flags"] == [] and not r.seen("left"),
              "the commit restores the guarantee", r.show())
    r.commit(r.checkpoint())
    r.seen("left", 10)

    r.send("left", *inputs(1, 300))
    got = r.seen("A-left", 300)
    tap.check(got == series(1, 300) and "incomplete" in r.show()["flags"] and
              r.show()["log"]["bytes"] <= 65536,
              "past the limit of the log input is delivered, and not logged",
              r.show())
    tap.check(m.wait("watermark", queue="log") and
              m.wait("overflow", overflow="unlogged") and
              r.b.stat("unlogged") == r.show()["unlogged"] > 100,
              "that is said and counted", m.events)
    r.epoch("begin")
    r.send("left", *inputs(301, 310))
    tap.check(m.wait("overflow", overflow="input-dropped") and
              wait_for(lambda: r.b.stat("drop-plugged") == 10) and
              not r.seen("A-left"),
              "plugged, the newest is dropped, said and counted", r.show())
    r.commit(r.epoch("cut"))
    r.epoch("begin")
    tap.check("incomplete" not in r.show()["flags"],
              "a commit makes the log complete again", r.show())
    r.send("left", *inputs(1, 300))
    wait_for(lambda: r.show()["log"]["dropped"] > 200)
    time.sleep(SILENCE)
    r.epoch("cut")
    got = r.seen("A-left")
    tap.check(50 < len(got) < 100 and got == series(1, len(got)),
              "plugged, the log keeps the oldest", len(got))
    m.close()
    r.close()


class Vnf:
    """
    Answers every input with what nobody can foretell. What it answers goes out
    on the side where it came in.
    """

    def __init__(self, recovery, name):
        self.r, self.name, self.got = recovery, name, []

    def serve(self, want):
        new = self.r.seen(f"{self.name}-left", want)
        for flow, n, _ in new:
            tag = struct.unpack("!I", os.urandom(4))[0]
            self.r.send(f"{self.name}-left", packet(flow, n, tag, back=True))
        self.got += new
        return new


def contradictions(answers):
    """Inputs that an observer has seen two different answers to."""
    told = {}
    return {n for _, n, tag in answers if told.setdefault(n, tag) != tag}


def takeover(tap, mode):
    """
    A is checkpointed after 20 packets, and lost after 50, and everyone outside
    has seen what was let out. B starts from the checkpoint.
    """
    r = Recovery(mode)
    m = Monitor(r.b)
    a, b = Vnf(r, "A"), Vnf(r, "B")
    r.send("left", *inputs(1, 20, 4))
    a.serve(20)
    e = r.checkpoint()
    r.commit(e)
    answers = r.seen("left", 20)
    r.send("left", *inputs(21, 40, 4))
    a.serve(20)
    uncut = r.checkpoint()
    r.send("left", *inputs(41, 50, 4))
    a.serve(10)
    answers += r.seen("left")
    done = r.failover("to", "B")
    tap.check(done == {"backup": "B", "committed": e, "replayed": 30, "complete": True},
              f"{mode}: a failover says what it did", done)
    r.send("left", *inputs(51, 60, 4))
    b.serve(40)
    tap.check(b.got == series(21, 60, 4),
              f"{mode}: the backup gets what came since the committed cut, "
              "in order, and then what comes", b.got)
    r.send("A-left", *outputs(1000, 1020))
    tap.check(wait_for(lambda: r.b.stat("drop-fenced") == 21),
              f"{mode}: what the old master still sends is counted")
    answers += r.seen("left")
    r.commit(r.checkpoint("B"), "B")
    answers += r.seen("left", 40)
    tap.check(not [n for _, n, _ in answers if n >= 1000],
              f"{mode}: and never seen", answers)
    if mode == "buffer":
        tap.check(not contradictions(answers) and
                  [n for _, n, _ in answers] == list(range(1, 61)),
                  "buffer: outside, there is one answer to everything", answers)
        tap.check(r.b.stat("drop-uncommitted") == r.show()["uncommitted"] == 30,
                  "buffer: what was not committed is discarded and counted", r.show())
    else:
        tap.check(contradictions(answers) == set(range(21, 51)),
                  "checkpoint: outside, there are contradictions (control)", answers)
    shown = {i["name"]: i for i in r.b.json("instance", "show", "s")}
    tap.check(shown["A"]["state"] == "down" and shown["A"]["fenced"] and
              shown["A"]["flows"] == shown["A"]["width"] == 0 and
              shown["B"]["flows"] == 4 and shown["B"]["width"] == 65536 and
              shown["B"]["exceptions"] == 0,
              f"{mode}: ranges and flows are the backup's", shown)
    tap.check(m.wait("fenced", instance="A", reason="failover") and
              m.wait("failover", instance="A", backup="B", epoch=e,
                     replayed=30, complete=True),
              f"{mode}: events say so", m.events)
    late = r.b.ctl("epoch", "commit", "s", "instance", "A", "epoch", str(uncut),
                   check=False)
    tap.check(late.returncode == 1 and "replaced" in late.stderr,
              f"{mode}: a commit that comes too late is refused", late)
    m.close()
    r.close()


def chain(tap):
    """A second failure, before the first backup has a checkpoint of its own."""
    r = Recovery("buffer")
    r.b.instance("D")
    r.send("left", *inputs(1, 10))
    r.seen("A-left", 10)
    r.failover("to", "B")
    tap.check(r.seen("B-left", 10) == series(1, 10), "a first backup gets it all")
    r.send("left", *inputs(11, 20))
    r.seen("B-left", 10)
    r.b.ctl("failover", "s", "instance", "B", "to", "D")
    r.send("left", *inputs(21, 30))
    got = r.seen("D-left", 30)
    tap.check(got == series(1, 30), "a second one gets it all again", got)
    r.b.ctl("instance", "delete", "A", "service", "s")
    r.b.ctl("instance", "delete", "B", "service", "s")
    r.send("left", *inputs(31, 40))
    tap.check(r.seen("D-left", 10) == series(31, 40),
              "and keeps it when those that it has replaced are removed")
    r.close()


def storm(tap):
    """Failover under traffic from two CPUs, to the master and from it."""
    r = Recovery("checkpoint")
    senders = [Sender(r.b, "left", flow) for flow in (0, 1)]
    talker = Sender(r.b, "A-right", 0, pause=0.001)
    time.sleep(0.3)
    r.epoch("begin")
    before = by_flow(r.seen("A-left"))
    r.commit(r.epoch("cut"))
    time.sleep(0.5)
    done = r.failover("to", "B")
    said = talker.sent
    time.sleep(0.5)
    sent = [s.stop() for s in senders]
    talked = talker.stop()
    got = by_flow(r.seen("B-left", sum(sent) - sum(len(n) for n in before.values())))
    tap.check(all(is_run(got.get(f, []), len(before.get(f, [])) + 1, sent[f])
                  for f in (0, 1)),
              "under traffic the backup gets exactly what came since the cut, in order",
              (sent, {f: (n[0], n[-1], len(n)) for f, n in got.items()},
               {f: (n[0], n[-1], len(n)) for f, n in before.items()}))
    after = by_flow(r.seen("A-left")).get(0, [])
    tap.check(done["replayed"] > 0 and is_run(before[0] + after, 1, len(before[0] + after)),
              "and the master has had what was replayed (control)",
              (done, before[0][-1], after[:1]))
    heard = [n for _, n, _ in r.seen("right")]
    tap.check(heard and is_run(heard, 1, len(heard)) and heard[-1] <= said < talked,
              "nothing that the master sends afterwards is seen",
              (heard[-1:], said, talked))
    tap.check(wait_for(lambda: r.b.stat("drop-fenced") == talked - len(heard)),
              "it is all counted", (r.b.stat("drop-fenced"), talked, len(heard)))
    r.close()


def cut_off(bench, name):
    """The far end of a cable goes down; the socket there is told so once."""
    set_up(bench.inside, f"p-{name[0]}{name[2]}", False)
    bench.sockets[name].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def carrier(tap):
    r = Recovery("buffer")
    m = Monitor(r.b)
    r.send("left", *inputs(1, 10))
    r.seen("A-left", 10)
    cut_off(r.b, "A-right")
    tap.check(m.wait("fenced", instance="A", reason="carrier") and
              r.show()["flags"] == ["fenced"],
              "an instance that loses a carrier is fenced", r.show())
    r.send("left", *inputs(11, 20))
    r.send("A-left", *outputs(1, 10))
    tap.check(wait_for(lambda: r.b.stat("drop-fenced") == 10) and
              wait_for(lambda: r.show()["waiting"] == 10) and not r.seen("A-left"),
              "without a successor its input waits", r.show())
    set_up(r.b.inside, "p-Ar", True)
    m.wait("port", what="carrier-back")
    tap.check(r.show()["flags"] == ["fenced"], "for good, whatever the carrier does")
    r.failover("to", "B")
    got = r.seen("B-left", 20)
    tap.check(got == series(1, 20), "until somebody fails over", got)

    r.b.ctl("instance", "delete", "A", "service", "s")
    r.b.sockets.pop("A-left").close()
    r.b.sockets.pop("A-right").close()
    r.b.instance("D")
    r.b.ctl("instance", "set", "B", "service", "s", "successor", "D")
    tap.check(r.show("B")["successor"] == "D", "a successor is named", r.show("B"))
    r.send("left", *inputs(21, 30))
    r.seen("B-left", 10)
    cut_off(r.b, "B-left")
    tap.check(m.wait("failover", instance="B", backup="D", replayed=30) and
              m.wait("fenced", instance="B", reason="carrier"),
              "with a successor a lost carrier fails over", m.events)
    r.send("left", *inputs(31, 40))
    got = r.seen("D-left", 40)
    tap.check(got == series(1, 40), "and the successor has it all", got)

    r.b.instance("E")
    r.b.ctl("instance", "set", "D", "service", "s", "successor", "E")
    run("ip", "-n", r.b.host.name, "link", "del", "Dl")
    r.b.sockets.pop("D-left").close()
    got = r.seen("E-left", 40)
    tap.check(got == series(1, 40), "a device that is removed counts as well", got)
    m.close()
    r.close()

    b = Bench()
    b.ctl("range", "set", "s", "0-65535=A")
    cut_off(b, "A-right")
    b.send("A-left", packet(0, 1, back=True))
    got = [decode(f) for w, f in b.receive(5) if w == "left"]
    tap.check(got == series(1, 1), "without recovery nobody is fenced (control)", got)
    b.close()


def refused(tap):
    r = Recovery("buffer")
    b = r.b
    b.ctl("service", "set", "s", "recovery", "checkpoint")
    b.ctl("service", "set", "s", "recovery", "none")

    def state():
        return [b.json(what, "show") for what in ("epoch", "instance")]

    def no(text, *words):
        done = b.ctl(*words, check=False)
        tap.check(done.returncode == 1 and len(done.stderr.splitlines()) == 1 and
                  text in done.stderr, f"{' '.join(words)}: {text}", done)

    def unchanged(when):
        tap.check(state() == before, f"{when}, requests that are refused change nothing",
                  (before, state()))

    one = ("s", "instance", "A")
    before = state()
    no("set it to checkpoint or buffer", "epoch", "begin", *one)
    no("set it to checkpoint or buffer", "epoch", "show", *one)
    no("set it to checkpoint or buffer", "failover", *one, "to", "B")
    no("set it to checkpoint or buffer", "instance", "set", "A", "service", "s",
       "successor", "B")
    unchanged("without recovery")
    b.ctl("service", "set", "s", "recovery", "buffer")
    before = state()
    no("no such instance", "epoch", "begin", "s", "instance", "X")
    no("no such service", "epoch", "begin", "x", "instance", "A")
    no("begin one first", "epoch", "cut", *one)
    no("begin one first", "epoch", "abort", *one)
    no("cut it first", "epoch", "commit", *one, "epoch", "1")
    no("cut it first", "epoch", "abort", *one, "epoch", "7")
    unchanged("at first")
    r.epoch("begin")
    before = state()
    no("cut or abort it first", "epoch", "begin", *one)
    no("cut it first", "epoch", "commit", *one, "epoch", "1")
    no("packets that wait", "service", "set", "s", "recovery", "none")
    unchanged("in an epoch")
    r.commit(r.epoch("cut"))
    before = state()
    no("committed already", "epoch", "commit", *one, "epoch", "1")
    no("committed already", "epoch", "abort", *one, "epoch", "1")
    no("no such instance", "failover", *one, "to", "X")
    no("name another one", "failover", *one, "to", "A")
    no("name the backup", "failover", *one)
    no("name another one", "instance", "set", "A", "service", "s", "successor", "A")
    no("no such instance", "instance", "set", "A", "service", "s", "successor", "X")
    unchanged("after an epoch")
    b.ctl("instance", "set", "B", "service", "s", "state", "down")
    no("not active", "failover", *one, "to", "B")
    b.ctl("instance", "set", "B", "service", "s", "state", "active")
    r.failover("to", "B")
    before = state()
    no("replaced already", "failover", *one, "to", "B")
    no("fenced", "epoch", "begin", *one)
    no("fenced", "failover", "s", "instance", "B", "to", "A")
    no("fenced", "instance", "set", "A", "service", "s", "state", "active")
    no("fenced", "split", "s", "from", "B", "to", "A")
    unchanged("after a failover")
    for _ in range(64):
        r.checkpoint("B")
    no("64 epochs", "epoch", "begin", "s", "instance", "B")
    r.close()


def slab_objects():
    """Buffers of packets that are in use."""
    with open("/proc/slabinfo", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file
                   if line.startswith("skbuff_head_cache"))


def full():
    """A service with much in every queue."""
    r = Recovery("buffer")
    r.send("left", *inputs(1, 1500, 9))
    r.epoch("begin")
    r.send("left", *inputs(1501, 3000, 9))
    r.send("A-left", *outputs(1, 2000, 9))
    good = wait_for(lambda: r.show()["waiting"] == 1500 and
                    r.show()["hold"]["packets"] == 2000)
    return r if good else None


def removal(tap):
    def device(b):
        run("ip", "-n", b.host.name, "link", "del", "l0")
        run("ip", "-n", b.host.name, "link", "del", "Al")
        return wait_for(lambda: b.json("epoch", "show", "s")[0]["flags"] == ["plugged", "fenced"])

    def instance(b):
        b.ctl("instance", "delete", "A", "service", "s", "force")
        return b.stat("drop-plugged") == 1500 and b.stat("drop-hold") == 2000

    def service(b):
        b.ctl("service", "delete", "s", "force")
        return b.json("service", "show") == []

    def namespace(b):
        b.host.remove()
        return True

    def module(_):
        run("rmmod", "nfha")
        return not os.path.exists("/sys/module/nfha")

    for action in (device, instance, service, namespace, module):
        load()
        r = full()
        most = slab_objects()
        good = r and action(r.b)
        r.close()
        left = wait_for(lambda m=most: slab_objects() < m - 4000)
        tap.check(good and left, f"with full queues: {action.__name__} removed, "
                  "and the packets freed", (good, most, slab_objects()))
    load()


def main():
    tap = Tap(119)
    seed()
    plug(tap)
    kinds(tap)
    hold(tap)
    abort(tap)
    trim(tap)
    limits(tap)
    takeover(tap, "buffer")
    takeover(tap, "checkpoint")
    chain(tap)
    storm(tap)
    carrier(tap)
    refused(tap)
    removal(tap)
    tap.finish()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()
