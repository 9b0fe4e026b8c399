# SPDX-License-Identifier: GPL-2.0-or-later
"""Split and merge that wait, nfhactl save, and hints, as an operator types them."""

import subprocess

from bench import CTL, Bench, Tap, run, seed, wait_for
from steer import FLOWS, forth, ids, owners

SHELL = ("/bin/sh",)
WANTED = 20
VOLATILE = ("generation", "flows", "exceptions", "imported", "learned")


def typed(b, *words):
    """A process of its own, so that it can wait beside us."""
    return subprocess.Popen([CTL, "-n", b.host.name, *words], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process, seconds=WANTED):
    """Status and what was said; None if it goes on."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return process.returncode, out, err


def goes_on(process):
    """It has said what it has changed, and waits."""
    line = process.stdout.readline()
    return "moved" in line and ended(process, 1) is None


def waiting(tap):
    b = Bench()
    b.ctl("range", "set", "s", "0-65535=A")
    owners(b, [forth(i) for i in range(FLOWS)])
    moved = sum(ids(i) >= 30000 for i in range(FLOWS))
    b.ctl("service", "set", "s", "threshold", "1")
    split = typed(b, "split", "s", "from", "A", "to", "B", "at", "30000", "wait",
                  "timeout", "60s")
    tap.check(moved > 1 and goes_on(split), "a split that waits goes on while flows live")
    b.ctl("flow", "delete", "s", "exceptions")
    done = ended(split)
    tap.check(done and done[0] == 0 and "threshold service s exceptions 0" in done[1],
              "and ends when exceptions have fallen to the threshold", done)

    # One that has nothing to wait for: the event comes at once, and nobody misses it.
    b.ctl("flow", "delete", "s", "instance", "A")
    misses = 0
    for turn in range(12):
        pair = ("B", "A") if turn % 2 else ("A", "B")
        b.ctl("range", "set", "s", f"0-65535={pair[0]}")
        done = ended(typed(b, "split", "s", "from", pair[0], "to", pair[1], "at",
                           "30000", "wait", "timeout", "10s"))
        misses += not done or done[0] != 0
    tap.check(misses == 0, "an event that comes at once is missed by none of 12", misses)

    b.ctl("range", "set", "s", "0-65535=A", "policy", "always")
    owners(b, [forth(i) for i in range(FLOWS)])
    late = ended(typed(b, "split", "s", "from", "A", "to", "B", "at", "30000", "wait",
                       "timeout", "300ms"))
    tap.check(late and late[0] == 1 and "no threshold of service s within 300 ms" in late[2],
              "one that does not come is said, with status 1", late)
    never = ended(typed(b, "split", "s", "from", "A", "to", "B", "at", "100", "policy",
                        "never", "wait"))
    tap.check(never and never[0] == 1 and "expected policy avoid" in never[2],
              "with policy never it does not begin", never)

    merge = typed(b, "merge", "s", "from", "A", "to", "B", "deadline", "500ms", "wait")
    done = ended(merge)
    left = b.json("instance", "show", "s", "instance", "A")[0]
    tap.check(done and done[0] == 1 and "drain service s instance A deadline" in done[1] and
              f'{left["flows"]} flows are left' in done[2] and left["flows"] > 0 and
              left["state"] == "draining",
              "a merge whose deadline ends it says how many flows are left, and leaves them",
              (done, left))
    refused = b.ctl("instance", "delete", "A", "service", "s", check=False)
    tap.check(refused.returncode == 1, "and they are in the way of a delete", refused)
    b.ctl("flow", "delete", "s", "instance", "A")
    b.ctl("instance", "set", "A", "service", "s", "state", "active")
    b.ctl("range", "set", "s", "0-65535=A", "policy", "always")
    done = ended(typed(b, "merge", "s", "from", "A", "to", "B", "policy", "always", "wait"))
    tap.check(done and done[0] == 0 and "empty" in done[1],
              "one without flows ends at once, with status 0", done)
    b.ctl("instance", "set", "A", "service", "s", "state", "active")
    b.ctl("range", "set", "s", "0-65535=A")
    owners(b, [forth(i) for i in range(FLOWS, 2 * FLOWS)])
    gone = typed(b, "merge", "s", "from", "A", "to", "B", "wait")
    alone = goes_on(gone)
    b.ctl("instance", "delete", "A", "service", "s", "force")
    done = ended(gone)
    tap.check(alone and done and done[0] == 1 and "removed meanwhile" in done[2],
              "and of an instance that is removed nobody waits for the end", done)
    b.close()


def without(o):
    """What does not come again with a set-up: what has happened since."""
    if isinstance(o, list):
        return [without(x) for x in o]
    if not isinstance(o, dict):
        return o
    return {k: without(v) for k, v in o.items()
            if k not in VOLATILE and not k.startswith(("rx_", "tx_", "latency", "deadline"))}


def shown(b):
    return without([b.json("service", "show", "s", "key"), b.json("instance", "show", "s"),
                    b.json("range", "show", "s")])


def replay(b, text):
    """As root would: the file, with a shell."""
    del b
    return subprocess.run([*SHELL, "-c", f'PATH="{CTL.rsplit("/", 1)[0]}:$PATH"\n{text}'],
                          text=True, capture_output=True, check=False)


def saved(tap):
    b = Bench()
    fresh = b.ctl("save").stdout
    tap.check("range set" not in fresh and "instance add A" in fresh,
              "a service without ranges is saved without", fresh)
    odd = "a'b$x;&"
    b.cable(b.inside, "odd", "odd0")
    for words in (("odd0", "down"), ("odd0", "name", odd), (odd, "up")):
        run("ip", "-n", b.host.name, "link", "set", *words)
    b.ctl("service", "set", "s", "left", f"l0,{odd}", "right", "r0", "threshold", "77",
          "policy", "never", "control", "bypass", "timeout", "udp=77s", "recovery",
          "checkpoint", "dead-man", "1500ms", "dead-man-policy", "hold", "log-max",
          "1000000", "watermark", "33", "match", "10.2.0.0/16,udp:53")
    for name in ("C", "D"):
        b.cable(b.inside, f"{name}-left", f"{name}l")
    b.ctl("instance", "add", "C", "service", "s", "left", "Cl", "standby")
    b.ctl("instance", "add", "D", "service", "s", "left", "Dl/02:00:00:00:00:0d", "remote")
    b.ctl("range", "set", "s", "0-29999=A", "30000-40000=D", "40001-65535=A")
    b.ctl("instance", "set", "A", "service", "s", "successor", "C")
    b.ctl("instance", "set", "B", "service", "s", "state", "down")
    before, text = shown(b), b.ctl("save", "s").stdout
    tap.check(b.ctl("save").stdout == text, "save of one, and of all, if there is one")
    again = replay(b, text)
    tap.check(again.returncode == 1 and "of this name" in again.stderr,
              "what is there is not made again, and left alone", again)
    b.ctl("service", "delete", "s", "force")
    again = replay(b, text)
    tap.check(again.returncode == 0 and shown(b) == before,
              "what was saved makes the same again, with its key",
              (again, text, shown(b), before))
    tap.check(b.ctl("save").stdout == text, "and saves the same", b.ctl("save").stdout)
    b.ctl("service", "set", "s", "threshold", "78")
    tap.check(shown(b) != before, "another setting would have been seen (control)")
    b.ctl("instance", "delete", "D", "service", "s", "force")
    refused = b.ctl("save", check=False)
    tap.check(refused.returncode == 1 and "nobody has flow IDs 30000 to 40000" in refused.stderr,
              "ranges that nobody has cannot be made again, and it says so", refused)
    b.close()


def hints(tap):
    b = Bench()
    text = b.ctl("service", "show", "s").stdout
    tap.check("dead-man never" in text, "no dead man is shown", text)
    said = b.ctl("service", "set", "s", "recovery", "checkpoint").stderr
    tap.check(said == "", "checkpoints hold nothing: no hint", said)
    said = b.ctl("service", "set", "s", "recovery", "buffer").stderr
    tap.check(said.count("\n") == 1 and '"dead-man 5s"' in said,
              "without one, output that is held is a hint's worth", said)
    said = b.ctl("service", "set", "s", "recovery", "buffer", "dead-man", "5s").stderr
    text = b.ctl("service", "show", "s").stdout
    tap.check(said == "" and "dead-man 5.000s" in text, "with one it is not", (said, text))
    top = ended(typed(b, "top", "count", "2"))
    tap.check(top and top[0] == 0 and top[1].count("SERVICE") == 2,
              "top in a pipe ends after as many as it was asked for", top)
    tap.check(wait_for(lambda: b.ctl("help", "split").stdout.count("  split ") == 1),
              "help about an object is about that one")
    b.close()


def main():
    tap = Tap(22)
    seed()
    waiting(tap)
    saved(tap)
    hints(tap)
    tap.finish()


if __name__ == "__main__":
    main()
