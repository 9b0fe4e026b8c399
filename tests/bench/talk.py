# SPDX-License-Identifier: GPL-2.0-or-later
"""
Clients and servers, kernel sockets in namespaces, that one process holds. A server says who
it is on each connection that it is asked on: whoever gets a packet of a connection that he
does not know answers with a reset, and the client has the connection no more.
"""

import contextlib
import resource
import selectors
import socket
import time

# Clients, each with an address of its own.
CLIENTS = [f"10.1.0.{n}" for n in range(1, 21)]
FIRST_PORT = 20000
# Seconds in which TCP has repeated five times what did not arrive.
PATIENCE = 10
FILES = 65536


class Flow:
    """A connection, as its client sees it."""

    def __init__(self, sock):
        self.socket = sock
        # Who has answered last.
        self.server = None
        self.connected = False
        self.asked = self.answered = None
        self.broken = False

    def waits(self):
        """Is there a question without an answer?"""
        return not self.broken and self.answered is None


class Talk:
    """All connections of a run. Who is called reads what there is for everybody."""

    def __init__(self, client, addresses=CLIENTS):
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
        self.client = client
        self.addresses = addresses
        self.select = selectors.DefaultSelector()
        self.served = []
        self.opened = 0

    def serve(self, namespace, server, address, port):
        with namespace.inside():
            listener = socket.create_server((address, port), backlog=4096)
        listener.setblocking(False)
        self.select.register(listener, selectors.EVENT_READ,
                             lambda _: self.take(listener, server))
        self.served.append(listener)

    def take(self, listener, server):
        with contextlib.suppress(BlockingIOError):
            while True:
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.served.append(sock)
                self.select.register(sock, selectors.EVENT_READ,
                                     lambda _, s=sock: self.answer(s, server))

    def answer(self, sock, server):
        with contextlib.suppress(OSError):
            data = sock.recv(4096)
            if data:
                sock.send(bytes([server]) * len(data))
                return
        self.select.unregister(sock)
        sock.close()

    def begin(self, count, to):
        """Connections, each asked once as soon as it is there."""
        flows = []
        with self.client.inside():
            sockets = [socket.socket() for _ in range(count)]
        for sock in sockets:
            n, self.opened = self.opened, self.opened + 1
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            at, port = n % len(self.addresses), FIRST_PORT + n // len(self.addresses)
            sock.bind((self.addresses[at], port))
            flow = Flow(sock)
            flow.asked = time.monotonic()
            sock.connect_ex(to)
            self.select.register(sock, selectors.EVENT_WRITE | selectors.EVENT_READ,
                                 lambda events, f=flow: self.hear(f, events))
            flows.append(flow)
        return flows

    def open(self, count, to):
        """The same, until they have answers; those that have none are broken."""
        flows = self.begin(count, to)
        self.wait(flows)
        return flows

    def hear(self, flow, events):
        try:
            if events & selectors.EVENT_WRITE and not flow.connected:
                flow.connected = True
                self.select.modify(flow.socket, selectors.EVENT_READ,
                                   lambda events: self.hear(flow, events))
                flow.socket.send(b"?")
            if events & selectors.EVENT_READ:
                data = flow.socket.recv(64)
                if data:
                    flow.server = data[-1]
                    flow.answered = time.monotonic()
                    return
                self.lose(flow)
        except BlockingIOError:
            pass
        except OSError:
            self.lose(flow)

    def lose(self, flow):
        flow.broken = True
        self.select.unregister(flow.socket)
        flow.socket.close()

    def turn(self, seconds):
        """False if nothing was to be done."""
        ready = self.select.select(seconds)
        for key, events in ready:
            key.data(events)
        return bool(ready)

    def wait(self, flows, seconds=PATIENCE):
        """Until all have an answer; those that have none after the time are broken."""
        end = time.monotonic() + seconds
        # Whoever has an answer, or is lost, need not be looked at again.
        waiting = list(flows)
        while waiting and time.monotonic() < end:
            if waiting[-1].waits():
                self.turn(0.05)
            else:
                waiting.pop()
        for flow in flows:
            if flow.waits():
                self.lose(flow)

    def ask(self, flows):
        """
        A question on each: how many break by it, and the longest time, in milliseconds,
        until one of the others is answered.
        """
        alive = [f for f in flows if not f.broken]
        for flow in alive:
            flow.asked, flow.answered = time.monotonic(), None
            try:
                flow.socket.send(b"?")
            except OSError:
                self.lose(flow)
        self.wait(alive)
        times = [f.answered - f.asked for f in alive if not f.broken]
        return sum(f.broken for f in alive), 1000 * max(times, default=0)

    def end(self, flows):
        """Both ends have closed when this returns."""
        for flow in flows:
            if not flow.broken:
                self.select.unregister(flow.socket)
                flow.socket.close()
                flow.broken = True
        end = time.monotonic() + 1
        while time.monotonic() < end:
            self.turn(0.1)

    def close(self):
        for sock in self.served:
            sock.close()
        self.select.close()
