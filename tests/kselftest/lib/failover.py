# SPDX-License-Identifier: GPL-2.0-or-later
"""Rollback recovery: a backup takes over, and what goes away with full queues."""

import os
import socket
import struct
import sys
import time

from bench import Bench, Tap, run, seed, wait_for
from events import set_up
from recovery import (Recovery, Sender, by_flow, decode, inputs, is_run,
                      outputs, packet, series)
from steer import Monitor
from teardown import load


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


def together(tap):
    """Nobody is taken for alive who goes in the same instant."""
    def begin():
        r = Recovery("buffer")
        r.b.ctl("instance", "set", "A", "service", "s", "successor", "B")
        r.send("left", *inputs(1, 10))
        return r, r.seen("A-left", 10)

    def flags(r):
        return [e["flags"] for e in r.b.json("epoch", "show", "s")]

    r, had = begin()
    for dev in ("Al", "Bl"):
        run("ip", "-n", r.b.host.name, "link", "set", dev, "group", "77")
    run("ip", "-n", r.b.host.name, "link", "del", "group", "77")
    fenced = wait_for(lambda: flags(r) == [["fenced"], ["fenced"]])
    states = [i["state"] for i in r.b.json("instance", "show", "s")]
    tap.check(had == series(1, 10) and fenced and states == ["active", "active"],
              "a successor whose device goes in the same instant does not take over",
              (had, flags(r), states))
    for name in ("A-left", "B-left"):
        r.b.sockets.pop(name).close()
    r.close()

    r, had = begin()
    run("rmmod", "nfha")
    got = r.seen("B-left")
    tap.check(had == series(1, 10) and not got,
              "the module goes, and nobody takes over from a master that lives", (had, got))
    r.close()
    load()


def slab_objects():
    """Buffers of packets that are in use, without those that a kernel with KASAN keeps back."""
    with open("/sys/kernel/slab/skbuff_head_cache/shrink", "w", encoding="ascii") as file:
        file.write("1")
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
        left = wait_for(lambda m=most: slab_objects() < m - 1500)
        tap.check(good and left, f"with full queues: {action.__name__} removed, "
                  "and the packets freed", (good, most, slab_objects()))
    load()


def main():
    tap = Tap(40)
    seed()
    takeover(tap, "buffer")
    takeover(tap, "checkpoint")
    chain(tap)
    storm(tap)
    carrier(tap)
    together(tap)
    removal(tap)
    tap.finish()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()
