# SPDX-License-Identifier: GPL-2.0-or-later
"""Rollback recovery: plug, hold, epochs, limits, refusals."""

import os
import struct
import sys
import time

import gso
from bench import Tap, ether, ip4, seed, udp, wait_for
from recovery import (C, MAGIC, Recovery, S, SILENCE, Sender, by_flow, inputs,
                      is_run, outputs, series)
from steer import Monitor


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


def many(tap):
    """More than the queue between two devices takes (netdev_max_backlog)."""
    r = Recovery("buffer")
    r.epoch("begin")
    r.send("left", *inputs(1, 5000, 3))
    r.send("A-left", *outputs(1, 5000, 3))
    full = wait_for(lambda: r.show()["waiting"] == 5000 and
                    r.show()["hold"]["packets"] == 5000)
    r.commit(r.epoch("cut"))
    left, right = r.seen("left", 5000), r.seen("A-left", 5000)
    tap.check(full and left == series(1, 5000, 3),
              "5,000 packets at once are let out without a loss", len(left))
    tap.check(right == series(1, 5000, 3), "and delivered, too", len(right))
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


def unplugged(tap):
    """Epochs that are cut and have not begun, for a VNF that does not stop."""
    r = Recovery("buffer")
    r.send("left", *inputs(1, 20))
    r.seen("A-left", 20)
    r.send("A-left", *outputs(1, 10))
    wait_for(lambda: r.show()["hold"]["packets"] == 10)
    e = r.epoch("cut")
    shown = r.show()
    tap.check(e == 1 and shown["flags"] == [] and shown["pending"] == 1 and
              shown["epoch"] == 2, "a cut alone closes the epoch", shown)
    r.send("left", *inputs(21, 30))
    r.send("A-left", *outputs(11, 15))
    tap.check(r.seen("A-left", 10) == series(21, 30) and not r.seen("left"),
              "input goes on, output is held")
    r.commit(e)
    got = r.seen("left", 10)
    tap.check(got == series(1, 10) and r.show()["log"]["packets"] == 10,
              "the commit is for what was before the cut, and no more", (got, r.show()))

    senders = [Sender(r.b, "left", flow) for flow in (0, 1)]
    talkers = [Sender(r.b, "A-right", flow) for flow in (0, 1)]
    for _ in range(8):
        time.sleep(0.05)
        r.commit(r.epoch("cut"))
    r.failover("to", "B")
    sent = [s.stop() for s in senders]
    for s in talkers:
        s.stop()
    got = by_flow(r.seen("A-left"))
    again = by_flow(r.seen("B-left", 2))
    said = by_flow(r.seen("right"))
    tap.check(all(is_run(got.get(f, []), 1, len(got.get(f, []))) and
                  again.get(f, [0])[0] <= len(got[f]) + 1 and
                  is_run(again[f], again[f][0], sent[f]) for f in (0, 1)),
              "under traffic, what the master's cuts have not is the backup's",
              (sent, {f: (n[0], n[-1], len(n)) for f, n in got.items()},
               {f: (n[0], n[-1], len(n)) for f, n in again.items()}))
    tap.check(all(is_run(n, 1, len(n)) for n in said.values()) and len(said) == 2,
              "and what was let out has no hole",
              {f: (n[0], n[-1], len(n)) for f, n in said.items()})
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


def large_limits(tap):
    """Of which so many percent are 2^32."""
    r = Recovery("buffer", f"hold-max {1 << 26} log-max {1 << 26} watermark 64")
    m = Monitor(r.b)
    r.send("A-left", *outputs(1, 20))
    r.send("left", *inputs(1, 20))
    wait_for(lambda: r.show()["hold"]["packets"] == 20)
    tap.check(not m.wait("watermark", 0.5), "a large limit has its watermark where it is",
              r.show())
    m.close()
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

    r.send("left", *inputs(1, 1000))
    got = r.seen("A-left", 1000)
    tap.check(got == series(1, 1000) and "incomplete" in r.show()["flags"] and
              r.show()["log"]["bytes"] <= 65536,
              "past the limit of the log input is delivered, and not logged",
              r.show())
    tap.check(m.wait("watermark", queue="log") and
              m.wait("overflow", overflow="unlogged") and
              r.b.stat("unlogged") == r.show()["unlogged"] > 100,
              "that is said and counted", m.events)
    r.epoch("begin")
    r.send("left", *inputs(1001, 1010))
    tap.check(m.wait("overflow", overflow="input-dropped") and
              wait_for(lambda: r.b.stat("drop-plugged") == 10) and
              not r.seen("A-left"),
              "plugged, the newest is dropped, said and counted", r.show())
    r.commit(r.epoch("cut"))
    r.epoch("begin")
    tap.check("incomplete" not in r.show()["flags"],
              "a commit makes the log complete again", r.show())
    r.send("left", *inputs(1, 1000))
    wait_for(lambda: r.show()["log"]["dropped"] > 500)
    time.sleep(SILENCE)
    r.epoch("cut")
    got = r.seen("A-left")
    tap.check(300 < len(got) < 500 and got == series(1, len(got)),
              "plugged, the log keeps the oldest", len(got))
    m.close()
    r.close()


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
    no("neither active nor on standby", "failover", *one, "to", "B")
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
    no("64 epochs", "epoch", "cut", "s", "instance", "B")
    r.close()


def main():
    tap = Tap(89)
    seed()
    plug(tap)
    kinds(tap)
    hold(tap)
    many(tap)
    abort(tap)
    unplugged(tap)
    trim(tap)
    limits(tap)
    large_limits(tap)
    refused(tap)
    tap.finish()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()
