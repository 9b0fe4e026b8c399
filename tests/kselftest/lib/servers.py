# SPDX-License-Identifier: GPL-2.0-or-later
"""
Servers as Debian has them, that know nothing of checkpoints, are killed again and
again while clients talk to them on connections that were opened once.

usage: servers.py DIRECTORY-OF-SERVERS
NFHA_ROUNDS are the kills of each server; with NFHA_SHORT there are 3, of redis alone.
"""

import hashlib
import http.client
import http.server
import os
import random
import socket
import sys
import threading

from bench import Tap, run, seed, wait_for
from rollback import CLIENT, IS_SHORT, SERVER, Killer, Rig, rounds

KILLS = rounds(50, 3)
CONTROL_KILLS = 3
CLIENTS = 6
# Nobody waits so long for an answer unless something is wrong.
PATIENCE = 120
PORT = {"redis-server": 6379, "nginx": 80, "haproxy": 8080}
BACKEND = 9000
LARGE, SMALL = 1 << 18, 20000

NGINX = """daemon off;
worker_processes 1;
error_log {dir}/error.log warn;
pid {dir}/nginx.pid;
events {{ worker_connections 128; }}
http {{
	access_log off;
	keepalive_requests 1000000;
	keepalive_timeout 1h;
	send_timeout 1h;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	server {{ listen {server}:80; root {dir}/html; }}
}}
"""

HAPROXY = """global
	nbthread 1
	maxconn 100
defaults
	mode http
	option http-keep-alive
	timeout connect 1h
	timeout client 1h
	timeout server 1h
	timeout http-keep-alive 1h
listen front
	bind {server}:8080
	server back {client}:{backend}
"""


class Client(threading.Thread):
    """One connection, on which it asks and asks; any surprise ends it."""

    def __init__(self, rig, port):
        super().__init__(daemon=True)
        self.rig, self.port = rig, port
        self.answers = 0
        self.error = None
        self.stopped = False

    def connect(self):
        with self.rig.outside.inside():
            s = socket.create_connection((SERVER, self.port), PATIENCE)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def open(self):
        raise NotImplementedError

    def ask(self):
        """Asks once; the answer, or what is wrong with it."""
        raise NotImplementedError

    def run(self):
        try:
            self.open()
            while not self.stopped and not self.error:
                self.error = self.ask()
                self.answers += not self.error
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.error = repr(error)

    def stop(self):
        self.stopped = True
        self.join(PATIENCE)
        if self.is_alive():
            self.error = "hangs"


class Redis(Client):
    """Counts, and keeps what it has been told was written."""

    names = iter(range(1 << 30))

    def __init__(self, rig, port):
        super().__init__(rig, port)
        self.name = f"client{next(Redis.names)}"
        self.written = {}
        self.count = 0
        self.file = None

    def open(self):
        self.file = self.connect().makefile("rwb")

    def say(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.file.write(b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%s\r\n" % (len(w), w) for w in words))

    def hear(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed by the server")
        kind, text = line[:1], line[1:-2]
        if kind == b"*":
            return [self.hear() for _ in range(int(text))]
        if kind == b"$" and int(text) >= 0:
            return self.file.read(int(text) + 2)[:-2]
        return int(text) if kind == b":" else text.decode()

    def ask(self):
        """Writes twice and reads, at once, for each answer takes a checkpoint."""
        key, value = f"{self.name}.{self.count % 50}", random.randbytes(1500)
        known = random.choice(list(self.written) or [key])
        self.say("INCR", self.name)
        self.say("SET", key, value)
        self.say("GET", known)
        self.file.flush()
        count, done, read = self.hear(), self.hear(), self.hear()
        if count != self.count + 1 or done != "OK":
            return f"INCR gave {count} after {self.count}, SET {done}"
        self.count = count
        self.written[key] = value
        return None if read == self.written[known] else f"{known} is altered"

    def lost(self):
        """Acknowledged writes that a new connection does not find."""
        reader = Redis(self.rig, self.port)
        reader.open()
        want = {self.name: str(self.count).encode(), **self.written}
        reader.say("MGET", *want)
        reader.file.flush()
        return [k for (k, v), got in zip(want.items(), reader.hear()) if got != v]


class Http(Client):
    """Keep-alive; the connection is opened once and never again."""

    connection = None

    def open(self):
        self.connection = http.client.HTTPConnection(SERVER, self.port)
        self.connection.sock = self.connect()
        self.connection.auto_open = 0

    def request(self, method, path, body=None):
        self.connection.request(method, path, body)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def lost(self):
        """It writes nothing."""
        return []


class Files(Http):
    """Files of nginx, small ones and a large one in turn."""

    digests = {}

    def ask(self):
        name = "large" if self.answers % 4 == 1 else random.choice(["a", "b"])
        status, data = self.request("GET", f"/{name}")
        good = status == 200 and hashlib.sha256(data).digest() == Files.digests[name]
        return None if good else f"{name}: {status}, {len(data)} bytes"


class Echo(Http):
    """Data that goes through haproxy to the backend and back."""

    def ask(self):
        data = random.randbytes(random.randrange(1, SMALL))
        status, got = self.request("POST", "/", data)
        return None if (status, got) == (200, data) else f"{status}, {len(got)} bytes"


class Backend(http.server.BaseHTTPRequestHandler):
    """Gives back what it gets."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def start_backend(rig):
    with rig.outside.inside():
        server = http.server.ThreadingHTTPServer((CLIENT, BACKEND), Backend)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def redis_command(program, _):
    return [program, "--port", str(PORT["redis-server"]), "--bind", SERVER,
            "--save", "", "--appendonly", "no", "--protected-mode", "no"]


def nginx_command(program, directory):
    os.makedirs(f"{directory}/html")
    for name, size in (("large", LARGE), ("a", SMALL), ("b", SMALL)):
        data = random.randbytes(size)
        Files.digests[name] = hashlib.sha256(data).digest()
        write(f"{directory}/html/{name}", data)
    config = NGINX.format(dir=directory, server=SERVER)
    write(f"{directory}/nginx.conf", config.encode())
    # Its worker is not root.
    os.chmod(directory, 0o755)
    return [program, "-e", f"{directory}/error.log", "-p", directory, "-c",
            f"{directory}/nginx.conf"]


def haproxy_command(program, directory):
    config = HAPROXY.format(server=SERVER, client=CLIENT, backend=BACKEND)
    write(f"{directory}/haproxy.cfg", config.encode())
    return [program, "-db", "-f", f"{directory}/haproxy.cfg"]


COMMANDS = {"redis-server": (redis_command, Redis),
            "nginx": (nginx_command, Files),
            "haproxy": (haproxy_command, Echo)}


class Campaign:
    """A server, its clients, and kills."""

    def __init__(self, directory, name, mode, kills):
        make, client = COMMANDS[name]
        work = f"/run/nfha-test-{os.getpid()}-{name}-{mode}"
        os.makedirs(work)
        program = os.path.join(directory, name)
        self.rig = rig = Rig(mode, "ABC", one_armed=True, extra="learn on",
                             command=make(program, work))
        start_backend(rig)
        self.ready = rig.start() and wait_for(lambda: self.listens(PORT[name]), PATIENCE)
        self.clients = [client(rig, PORT[name]) for _ in range(CLIENTS)]
        for c in self.clients:
            c.start()
        self.all_answered()
        killer = Killer(rig, name)
        self.lived = self.ready and killer.run(kills, self.all_answered)
        self.went_on = self.all_answered()
        for c in self.clients:
            c.stop()
        self.errors = [c.error for c in self.clients if c.error]
        self.log = rig.daemon.log()
        print(f"# {name}, {mode}: {len(killer.kills)} kills, "
              f"{sum(c.answers for c in self.clients)} answers, {self.errors}")

    def listens(self, port):
        with self.rig.places["A"].namespace.inside():
            return f":{port} " in run("ss", "-Hltn").stdout

    def all_answered(self):
        """
        Once more, or broken. Requests that take several checkpoints each are not
        answered if nobody lives so long.
        """
        before = [c.answers for c in self.clients]
        return wait_for(lambda: all(c.answers > n or c.error for c, n in
                                    zip(self.clients, before)), PATIENCE)

    def tail(self):
        return "\n".join(self.log.splitlines()[-25:])

    def lost(self):
        """Writes that are, or why nobody can say so."""
        try:
            return [k for c in self.clients for k in c.lost()]
        except OSError as error:
            return [repr(error), self.rig.daemon.log()[len(self.log):]]


def protect(tap, directory, name):
    c = Campaign(directory, name, "buffer", KILLS)
    tap.check(c.ready, f"{name}: nfhad protects it", c.tail())
    tap.check(c.lived, f"{name}: after each of {KILLS} kills a backup lives", c.tail())
    tap.check(not c.errors and c.went_on,
              f"{name}: no connection of {CLIENTS} breaks, no answer is wrong", c.errors)
    lost = c.lost() if not c.errors else ["not asked"]
    if name == "redis-server":
        tap.check(not lost, f"{name}: no acknowledged write is lost",
                  "\n".join([*lost, c.tail()]))
    c.rig.close()


def control(tap, directory):
    c = Campaign(directory, "redis-server", "checkpoint", CONTROL_KILLS)
    tap.check(c.ready and c.errors,
              "redis-server: without output commit clients see it die (control)",
              c.tail())
    c.rig.close()


def main():
    names = ["redis-server"] if IS_SHORT else list(COMMANDS)
    # One more for redis, and the control.
    tap = Tap(3 * len(names) + 2)
    seed()
    for name in names:
        protect(tap, sys.argv[1], name)
    control(tap, sys.argv[1])
    tap.finish()


if __name__ == "__main__":
    main()
