# SPDX-License-Identifier: GPL-2.0-or-later
"""Rollback recovery: instances on standby, and the fence alone."""

import ctypes
import os
import sys
import time

from bench import BUILD, Bench, Tap, seed, wait_for
from failover import cut_off
from recovery import (Recovery, SILENCE, Sender, by_flow, decode, inputs, is_run,
                      outputs, packet, series)
from steer import Monitor

FENCE_MS = 5


def state(bench, name):
    return bench.json("instance", "show", "s", "instance", name)[0]["state"]


def refused(tap, bench, text, *words):
    done = bench.ctl(*words, check=False)
    tap.check(done.returncode == 1 and text in done.stderr,
              f"{' '.join(words)}: {text}", done)


def enter(tap):
    """What an instance has to have got rid of, and what it cannot do."""
    r = Recovery("buffer", "learn on")
    b = r.b
    to_standby = ("instance", "set", "B", "service", "s", "state", "standby")
    r.send("B-left", *outputs(1, 3))
    tap.check(wait_for(lambda: r.show("B")["hold"]["packets"] == 3) and
              b.stat("learned") == 1,
              "an active instance is held, and teaches (control)", r.show("B"))
    refused(tap, b, "live flows", *to_standby)
    b.ctl("flow", "delete", "s", "instance", "B")
    refused(tap, b, "packets that wait", *to_standby)
    r.commit(r.checkpoint("B"), "B")
    tap.check(r.seen("left", 3) == series(1, 3), "its output is seen (control)")
    refused(tap, b, "owns ranges", "instance", "set", "A", "service", "s",
            "state", "standby")
    b.ctl(*to_standby)
    b.ctl(*to_standby)
    tap.check(state(b, "B") == "standby", "then it is on standby")
    r.send("B-left", *outputs(1, 20))
    r.send("B-right", *inputs(1, 20))
    tap.check(wait_for(lambda: b.stat("drop-standby") == 40) and
              not r.seen("left") and not r.seen("right") and
              r.show("B")["hold"]["packets"] == 0,
              "what it sends is dropped and counted, on both sides", r.show("B"))
    tap.check(b.stat("learned") == 1 and b.service()["flows"] == 0,
              "and teaches nothing", b.json("stats", "s"))
    refused(tap, b, "standby takes no range", "range", "set", "s", "0-65535=B")
    refused(tap, b, "not active", "split", "s", "from", "A", "to", "B", "at", "9")
    refused(tap, b, "standby takes no flow", "flow", "add", "s", "instance", "B",
            "proto", "udp", "from", "10.1.0.1:5", "to", "10.2.0.1:6")
    b.ctl("instance", "set", "B", "service", "s", "state", "active")
    r.send("B-left", *outputs(1, 3))
    wait_for(lambda: r.show("B")["hold"]["packets"] == 3)
    r.commit(r.checkpoint("B"), "B")
    tap.check(r.seen("left", 3) == series(1, 3) and b.stat("drop-standby") == 40,
              "back in active, its output is seen")
    r.close()

    b = Bench()
    b.instance("D", "standby")
    b.ctl("range", "set", "s", "0-65535=A")
    b.send("D-left", packet(0, 1, back=True))
    b.send("A-left", packet(0, 2, back=True))
    got = [decode(f) for w, f in b.receive(5) if w == "left"]
    tap.check(got == series(2, 2) and b.stat("drop-standby") == 1,
              "without recovery, and from the beginning", got)
    b.ctl("instance", "set", "D", "service", "s", "state", "active")
    b.send("D-left", packet(0, 3, back=True))
    got = [decode(f) for w, f in b.receive(5) if w == "left"]
    tap.check(got == series(3, 3), "until it is active", got)
    b.close()


def plugged(tap, verb):
    """A backup whose state is loaded after it has taken over."""
    r = Recovery("buffer", instances=("A",))
    r.b.instance("B", "standby")
    r.send("left", *inputs(1, 10))
    r.seen("A-left", 10)
    tap.check(r.epoch("begin", "B") == 1 and r.show("B")["flags"] == ["plugged"],
              f"{verb}: on standby an instance can be plugged", r.show("B"))
    done = r.failover("to", "B")
    tap.check(done["replayed"] == 10 and state(r.b, "B") == "active",
              f"{verb}: a failover makes it active", done)
    r.send("left", *inputs(11, 20))
    tap.check(wait_for(lambda: r.show("B")["waiting"] == 20) and
              not r.seen("B-left"),
              f"{verb}: what it has to get waits", r.show("B"))
    r.send("B-left", *outputs(1, 5))
    tap.check(wait_for(lambda: r.show("B")["hold"]["packets"] == 5) and
              not r.seen("left") and r.b.stat("drop-standby") == 0,
              f"{verb}: what it sends is held", r.show("B"))
    tap.check(r.epoch(verb, "B") == 1 and r.seen("B-left", 20) == series(1, 20),
              f"{verb}: unplugged, it gets it all in order")
    if verb == "abort":
        r.epoch("cut", "B")
    r.commit(1, "B")
    tap.check(r.seen("left", 5) == series(1, 5),
              f"{verb}: and its first commit lets out what it has sent")
    r.close()


def afresh(tap):
    """What an instance has got before it was on standby is nobody's any more."""
    r = Recovery("buffer", "log-max 65536 hold-policy release hold-max 65536")
    r.b.instance("D")
    r.b.ctl("range", "set", "s", "0-65535=B")
    r.send("left", *inputs(1, 1000))
    r.send("B-left", *outputs(1, 300))
    flags = wait_for(lambda: {"exposed", "incomplete"} <= set(r.show("B")["flags"]))
    r.seen("left", 300)
    r.b.ctl("range", "set", "s", "0-65535=A")
    r.b.ctl("flow", "delete", "s", "instance", "B")
    r.b.ctl("instance", "set", "B", "service", "s", "state", "standby")
    shown = r.show("B")
    tap.check(flags and shown["flags"] == [] and shown["log"]["packets"] == 0,
              "on standby, log and lost guarantees are forgotten", shown)
    r.seen("B-left")
    r.send("left", *inputs(1001, 1010))
    r.seen("A-left", 10)
    r.failover("to", "B")
    r.seen("B-left", 10)
    done = r.b.json("failover", "s", "instance", "B", "to", "D")
    got = r.seen("D-left", 10)
    tap.check(done["complete"] and got == series(1001, 1010),
              "who takes over from it later gets the master's input only", (done, got))
    r.close()


def successor(tap):
    r = Recovery("checkpoint", instances=("A",))
    m = Monitor(r.b)
    r.b.instance("B", "standby")
    r.b.ctl("instance", "set", "A", "service", "s", "successor", "B")
    r.send("left", *inputs(1, 10))
    r.seen("A-left", 10)
    talker = Sender(r.b, "B-right", 0, pause=0.001)
    time.sleep(SILENCE)
    silent = not r.seen("right")
    said = talker.sent
    cut_off(r.b, "A-right")
    tap.check(m.wait("failover", instance="A", backup="B", replayed=10) and
              m.wait("instance-set", instance="B", state="active"),
              "a successor on standby takes over at carrier loss", m.events)
    got = r.seen("B-left", 10)
    tap.check(got == series(1, 10), "and gets it all", got)
    talked = talker.stop()
    heard = by_flow(r.seen("right")).get(0, [])
    tap.check(silent and heard and heard[0] > said and
              is_run(heard, heard[0], talked),
              "nothing that it had sent as standby is seen, and all that it sends then",
              (said, heard[:1], heard[-1:], talked))
    tap.check(r.b.stat("drop-standby") == heard[0] - 1, "what was dropped is counted",
              (r.b.stat("drop-standby"), heard[0]))
    m.close()
    r.close()


def fence(tap):
    r = Recovery("buffer", instances=("A",))
    b = r.b
    m = Monitor(b)
    r.send("left", *inputs(1, 10))
    r.seen("A-left", 10)
    r.send("A-left", *outputs(1, 5))
    wait_for(lambda: r.show()["hold"]["packets"] == 5)
    e = r.checkpoint()
    r.send("A-left", *outputs(6, 9))
    wait_for(lambda: r.show()["hold"]["packets"] == 9)
    done = r.failover("fence")
    tap.check(done == {"committed": 0, "replayed": 0, "complete": True} and
              m.wait("fenced", instance="A", reason="request"),
              "an instance is fenced without a backup", (done, m.events))
    r.send("left", *inputs(11, 20))
    r.send("A-left", *outputs(10, 19))
    tap.check(wait_for(lambda: b.stat("drop-fenced") == 10) and
              wait_for(lambda: r.show()["waiting"] == 10) and
              not r.seen("left") and not r.seen("A-left"),
              "its input waits, and what it sends is dropped", r.show())
    r.commit(e)
    got = r.seen("left", 5)
    tap.check(got == series(1, 5) and r.show()["hold"]["packets"] == 4,
              "what it has cut can be committed, and goes out", got)
    r.failover("fence")
    tap.check(len(m.wait("fenced")) == 1, "to fence it again changes nothing",
              m.events)
    both = b.ctl("failover", "s", "instance", "A", "to", "A", "fence", check=False)
    tap.check(both.returncode == 2 and "one of them" in both.stderr,
              "a fence alone has no backup", both)
    b.instance("B", "standby")
    done = r.failover("to", "B")
    got = r.seen("B-left", 10)
    tap.check(done == {"backup": "B", "committed": e, "replayed": 10, "complete": True}
              and got == series(11, 20) and r.show()["uncommitted"] == 4,
              "a failover later gives a backup what has waited", (done, got))
    refused(tap, b, "replaced already", "failover", "s", "instance", "A", "fence")
    m.close()
    r.close()

    r = Recovery("checkpoint")
    talker = Sender(r.b, "A-right", 0, pause=0.001)
    time.sleep(SILENCE)
    r.failover("fence")
    said = talker.sent
    time.sleep(SILENCE)
    talked = talker.stop()
    heard = [n for _, n, _ in r.seen("right")]
    tap.check(heard and is_run(heard, 1, len(heard)) and heard[-1] <= said < talked,
              "nothing that is sent after the fence is seen", (heard[-1:], said, talked))
    r.close()

    b = Bench()
    refused(tap, b, "set it to checkpoint or buffer", "failover", "s", "instance",
            "A", "fence")
    b.close()


def fence_time(tap):
    """From the call to the answer, the quickest of some."""
    library = ctypes.CDLL(os.path.join(BUILD, "libnfha", "libnfha.so.1"))
    names = [f"I{i}" for i in range(8)]
    r = Recovery("buffer", instances=["A"] + names)
    handle = ctypes.c_void_p()
    times = []
    library.nfha_open(ctypes.byref(handle), r.b.host.name.encode())
    for name in names:
        begin = time.monotonic()
        failed = library.nfha_fence(handle, b"s", name.encode(), None)
        times.append((time.monotonic() - begin) * 1000)
        if failed:
            times.append(float("inf"))
    library.nfha_close(handle)
    tap.check(min(times) < FENCE_MS and len(times) == len(names),
              f"a fence takes less than {FENCE_MS} ms", times)
    print(f"# fence: {min(times):.3f} ms at least, {max(times):.3f} ms at most")
    r.close()


def main():
    tap = Tap(42)
    seed()
    enter(tap)
    plugged(tap, "abort")
    plugged(tap, "cut")
    afresh(tap)
    successor(tap)
    fence(tap)
    fence_time(tap)
    tap.finish()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()
