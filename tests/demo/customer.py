# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of a redis that keep what they were told, and see what has become of it."""

import collections
import contextlib
import random
import select
import time

from rollback import now_ns
from servers import PORT, Redis

# Who gets no answer for so long counts his connection as broken.
HANGS = 5
PAUSE = 0.02
TICK = 0.01


class Disappointed(Exception):
    """An answer that cannot be, after what was answered before."""


class Customer(Redis):
    """
    Writes, and expects that what is acknowledged stays. After a surprise it looks on a
    new connection what is left, and begins a new life.
    """

    def __init__(self, rig):
        super().__init__(rig, PORT["redis-server"])
        self.answered = 0
        self.resets = self.lost_writes = self.contradictions = 0
        self.pending = None

    def connect(self):
        s = super().connect()
        s.settimeout(HANGS)
        return s

    def ask(self):
        key, value = f"{self.name}.{self.count % 50}", random.randbytes(100)
        self.pending = key, value
        asked = now_ns()
        self.say("INCR", self.name)
        self.say("SET", key, value)
        self.file.flush()
        count, done = self.hear(), self.hear()
        self.answered = asked
        if count != self.count + 1 or done != "OK":
            raise Disappointed
        self.count = count
        self.written[key] = value
        self.answers += 1

    def connect_again(self):
        end = time.monotonic() + 4 * HANGS
        while time.monotonic() < end:
            try:
                return self.open()
            except OSError:
                time.sleep(PAUSE)
        raise TimeoutError("nobody listens")

    def look(self):
        """What was not acknowledged may have been done, or not."""
        self.say("MGET", self.name, *self.written)
        self.file.flush()
        count, *values = self.hear()
        count = int(count or 0)
        self.lost_writes += count < self.count
        self.contradictions += count - self.count not in (0, bool(self.pending))
        for (key, value), got in zip(self.written.items(), values):
            self.lost_writes += got != value and (key, got) != self.pending
        self.name = f"client{next(Redis.names)}"
        self.count, self.written, self.pending = 0, {}, None

    def live(self):
        """Until it is disappointed, or stopped."""
        while not self.stopped:
            self.ask()
            self.pending = None
            time.sleep(PAUSE)

    def run(self):
        self.connect_again()
        while not self.stopped:
            try:
                self.live()
            except OSError:
                self.resets += 1
            except Disappointed:
                pass
            self.look_again()

    def look_again(self):
        """Not each connection that is made after a failure lasts until it is of use."""
        while True:
            self.connect_again()
            with contextlib.suppress(OSError):
                return self.look()

    def close(self):
        self.stopped = True
        self.join()


class Clock(Redis):
    """
    Asks again and again, whether there has been an answer or not: what it measures does not
    depend on how fast answers are.
    """

    def __init__(self, rig):
        super().__init__(rig, PORT["redis-server"])
        self.arrivals = []
        self.resets = self.contradictions = 0
        self.asked = collections.deque()
        self.text = b""
        self.socket = None

    def open(self):
        self.asked.clear()
        self.text = b""
        self.name = f"clock{next(Redis.names)}"
        self.count = 0
        self.socket = self.connect()

    def tick(self, due):
        """Asks, and hears what comes until the next one is due."""
        self.asked.append(now_ns())
        self.socket.sendall(b"INCR %s\r\n" % self.name.encode())
        while (left := due - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0]:
                self.hear_all()
        if self.asked and now_ns() - self.asked[0] > HANGS * 1e9:
            raise TimeoutError("no answer")

    def hear_all(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed by the server")
        *lines, self.text = (self.text + data).split(b"\r\n")
        for line in lines:
            self.count += 1
            self.contradictions += line != b":%d" % self.count
            self.arrivals.append((now_ns(), self.asked.popleft()))

    def live(self):
        self.open()
        while not self.stopped:
            # What keeps time with the checkpoints meets them all alike.
            self.tick(time.monotonic() + random.uniform(0, 2 * TICK))

    def run(self):
        while not self.stopped:
            try:
                self.live()
            except OSError:
                # One that never was of use has not been broken.
                self.resets += self.count > 0
                time.sleep(PAUSE)

    def close(self):
        self.stopped = True
        self.join()
