# SPDX-License-Identifier: GPL-2.0-or-later
"""
Both ends of what goes through a NAT, in one thread and with one clock: connections of
TCP that last, and flows of UDP that come and go. Each record says when it was sent.
"""

import contextlib
import heapq
import itertools
import random
import resource
import selectors
import socket
import struct
import threading
import time

from kernel_vnf import PORT, SERVER
from rollback import now_ns

# Kind, flow, number in the flow, and when it was sent; back it is the same with an
# instant of the way back.
RECORD = struct.Struct("!IIIQ")
TCP, UDP = range(2)
CONNECTIONS = 20
# On the average: what keeps time with the checkpoints meets them all alike.
TCP_PAUSE = 0.2
UDP_PAUSE = 0.04    # between new flows
UDP_NEXT = 0.1      # between records of one
UDP_RECORDS = 5
# Who gets no answer for so long counts his connection as broken.
HANGS = 5


class Connection:
    """The client's end of one."""

    def __init__(self, number):
        self.number = number
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex((SERVER, PORT))
        self.text = b""
        self.sent = 0
        self.heard = 0
        self.since = time.monotonic()


class Talks(threading.Thread):
    """Says something on each of them, and keeps what comes of it."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.rig = rig
        self.select = selectors.DefaultSelector()
        self.timers = []
        self.turns = itertools.count()
        self.flows = 0
        self.sent = set()
        self.public = {}
        self.arrivals = []
        self.resets = self.contradictions = 0
        self.quiet = self.stopped = False
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with rig.ends["right"].inside():
            self.listener = socket.create_server((SERVER, PORT), backlog=128)
            self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.datagrams.bind((SERVER, PORT))
        for s, call in ((self.listener, self.accept), (self.datagrams, self.serve)):
            s.setblocking(False)
            self.select.register(s, selectors.EVENT_READ, (call, None))

    def soon(self, seconds, call, *words):
        seconds = random.uniform(0, 2 * seconds)
        heapq.heappush(self.timers,
                       (time.monotonic() + seconds, next(self.turns), call, words))

    # The server's side.

    def accept(self, _):
        s, _ = self.listener.accept()
        s.setblocking(False)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.select.register(s, selectors.EVENT_READ, (self.serve_stream, [s, b""]))

    def serve_stream(self, state):
        s, text = state
        try:
            data = s.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.select.unregister(s)
            s.close()
            return
        answers, state[1] = self.take(text + data)
        with contextlib.suppress(OSError):
            s.send(b"".join(self.answer(*r) for r in answers))

    def serve(self, _):
        with contextlib.suppress(BlockingIOError):
            while True:
                data, peer = self.datagrams.recvfrom(2048)
                kind, flow, n, sent = RECORD.unpack(data)
                known = self.public.setdefault(flow, peer)
                if known != peer:
                    self.contradictions += 1
                    self.public[flow] = peer
                self.datagrams.sendto(self.answer(kind, flow, n, sent), peer)

    def answer(self, kind, flow, n, sent):
        now = now_ns()
        self.arrivals.append((now, sent))
        return RECORD.pack(kind, flow, n, now)

    # The clients' side.

    @staticmethod
    def take(text):
        """Whole records of a stream, and what is left."""
        whole = len(text) // RECORD.size * RECORD.size
        return list(RECORD.iter_unpack(text[:whole])), text[whole:]

    def record(self, kind, flow, n):
        self.sent.add((kind, flow, n))
        return RECORD.pack(kind, flow, n, now_ns())

    def hear(self, kind, flow, n, sent):
        """An answer, to what was said."""
        self.arrivals.append((now_ns(), sent))
        self.sent.discard((kind, flow, n))

    def connect(self):
        self.flows += 1
        c = Connection(self.flows)
        self.select.register(c.socket, selectors.EVENT_READ, (self.hear_stream, c))
        self.soon(TCP_PAUSE, self.say, c)

    def lose(self, c):
        self.resets += 1
        self.select.unregister(c.socket)
        c.socket.close()
        c.socket = None
        self.connect()

    def hear_stream(self, c):
        try:
            data = c.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.lose(c)
            return
        records, c.text = self.take(c.text + data)
        for kind, flow, n, sent in records:
            self.contradictions += (flow, n) != (c.number, c.heard)
            c.heard += 1
            self.hear(kind, flow, n, sent)
        c.since = time.monotonic()

    def say(self, c):
        if not c.socket:
            return
        now = time.monotonic()
        if c.heard < c.sent and now - c.since > HANGS:
            self.lose(c)
            return
        if c.heard == c.sent:
            c.since = now
        if not self.quiet:
            self.send(c)
        if c.socket:
            self.soon(TCP_PAUSE, self.say, c)

    def send(self, c):
        try:
            c.socket.send(self.record(TCP, c.number, c.sent))
            c.sent += 1
        except OSError as error:
            self.sent.discard((TCP, c.number, c.sent))
            # It is not connected yet.
            if not isinstance(error, BlockingIOError):
                self.lose(c)

    def flow(self):
        if self.quiet:
            return
        self.flows += 1
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setblocking(False)
        s.connect((SERVER, PORT))
        self.select.register(s, selectors.EVENT_READ, (self.hear_datagram, s))
        self.send_datagram(s, self.flows, 0)
        self.soon(UDP_PAUSE, self.flow)

    def send_datagram(self, s, flow, n):
        s.send(self.record(UDP, flow, n))
        if n + 1 < UDP_RECORDS:
            self.soon(UDP_NEXT, self.send_datagram, s, flow, n + 1)

    def hear_datagram(self, s):
        with contextlib.suppress(OSError):
            while True:
                self.hear(*RECORD.unpack(s.recv(2048)))

    def run(self):
        with self.rig.ends["left"].inside():
            for _ in range(CONNECTIONS):
                self.connect()
            self.soon(0, self.flow)
            while not self.stopped:
                self.turn()

    def turn(self):
        while self.timers and self.timers[0][0] <= time.monotonic():
            _, _, call, words = heapq.heappop(self.timers)
            call(*words)
        wait = self.timers[0][0] - time.monotonic() if self.timers else 0.1
        for key, _ in self.select.select(max(0, min(wait, 0.1))):
            call, what = key.data
            call(what)

    def close(self):
        self.stopped = True
        self.join()
        for key in list(self.select.get_map().values()):
            key.fileobj.close()
