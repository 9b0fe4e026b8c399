# SPDX-License-Identifier: GPL-2.0-or-later
"""nfhactl top as somebody at a terminal sees it."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from bench import Bench, CTL, Tap, seed
from steer import forth, owners

FLOWS = 8


class Terminal:
    """nfhactl top on a terminal of its own."""

    def __init__(self, bench, *words):
        self.master, self.slave = pty.openpty()
        self.seen = ""
        self.process = subprocess.Popen(
            [CTL, "-n", bench.host.name, "top", *words], stdin=self.slave,
            stdout=self.slave, stderr=self.slave, start_new_session=True)

    def wait(self, condition, seconds=20):
        """Reads on until what was seen since the last screen is as wanted."""
        end = time.monotonic() + seconds
        while not condition(self) and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536).decode()
        return condition(self)

    def screens(self):
        """What was on the screen, one after the other, of those that are complete."""
        return [s for s in self.seen.split("\033[H\033[J") if "q quits" in s]

    def rows(self):
        """{(service, instance): words} of the last screen."""
        lines = self.screens()[-1].splitlines() if self.screens() else []
        words = [re.split(r"\s+", line.strip()) for line in lines[1:]]
        return {(w[0], w[1]): w[2:] for w in words if len(w) > 2}

    def keys(self):
        """True if the terminal echoes and waits for whole lines."""
        flags = termios.tcgetattr(self.slave)[3]
        return bool(flags & termios.ECHO) and bool(flags & termios.ICANON)

    def press(self, text):
        os.write(self.master, text.encode())

    def status(self, seconds=10):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def screen(tap, b):
    t = Terminal(b)
    tap.check(t.wait(lambda t: ("s", "A") in t.rows() and ("s", "B") in t.rows()),
              "the screen has the service and its instances", t.seen)
    rows = t.rows()
    tap.check(rows.get(("s", "A"), [])[:4] == ["active", "75.0%", str(FLOWS), "0"] and
              rows.get(("s", "B"), [])[:4] == ["active", "25.0%", "0", "0"],
              "with their states, ranges and flows", rows)
    tap.check(not t.keys(), "keys are taken as they are pressed")
    b.ctl("instance", "set", "B", "service", "s", "state", "down")
    tap.check(t.wait(lambda t: t.rows().get(("s", "B"), [""])[0] == "down"),
              "what changes is shown by itself", t.rows())
    b.ctl("instance", "delete", "B", "service", "s", "force")
    tap.check(t.wait(lambda t: ("s", "B") not in t.rows()),
              "what is gone is shown no more", t.rows())
    shown = len(t.screens())
    t.press("x")
    tap.check(t.wait(lambda t: len(t.screens()) > shown) and t.status(0) is None,
              "another key does not end it (control)")
    t.press("q")
    tap.check(t.status() == 0, "q ends it, with status 0", t.process.returncode)
    tap.check(t.keys(), "and the terminal is as it was")
    t.close()


def limits(tap, b):
    t = Terminal(b, "nothing")
    tap.check(t.status() == 1, "a service that there is not is refused",
              t.process.returncode)
    t.wait(lambda t: "no such service" in t.seen)
    tap.check("no such service" in t.seen and t.keys(),
              "with a word, and the terminal is as it was", t.seen)
    t.close()
    t = Terminal(b)
    t.wait(lambda t: t.screens())
    os.killpg(t.process.pid, signal.SIGINT)
    tap.check(t.status() == 0, "an interrupt ends it", t.process.returncode)
    tap.check(t.keys(), "and the terminal is as it was", t.keys())
    t.close()
    text = b.ctl("top", "once").stdout
    tap.check("\033" not in text and len(text.splitlines()) == 2 and "s " in text,
              "once, and not on a terminal: a table and no more", text)


def main():
    tap = Tap(13)
    seed()
    b = Bench()
    b.ctl("range", "set", "s", "0-49151=A", "49152-65535=B")
    low = [forth(i) for i in range(100)]
    flows = [frame for frame, name in zip(low, owners(b, low)) if name == "A"]
    b.ctl("flow", "delete", "s", "instance", "A")
    b.ctl("flow", "delete", "s", "instance", "B")
    owners(b, flows[:FLOWS])
    screen(tap, b)
    limits(tap, b)
    b.close()
    tap.finish()


if __name__ == "__main__":
    main()
