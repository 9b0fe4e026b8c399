# SPDX-License-Identifier: GPL-2.0-or-later
"""
A firewall with NAT in two namespaces that are clones, one of them in the path, and
what goes through it.

    client --- bridge --- A or B --- bridge --- server
    10.0.0.2      10.0.0.1  192.0.2.10     192.0.2.1

Who is in the path is moved by hand: this is about what a driver saves and loads, and
nothing of the kernel module's takes part.
"""

import hashlib
import os
import random
import selectors
import socket
import struct
import subprocess
import time
import xml.etree.ElementTree as xml

from bench import BUILD, Namespace, checksum, run

CLIENT, GATEWAY, PUBLIC, SERVER = "10.0.0.2", "10.0.0.1", "192.0.2.10", "192.0.2.1"
WEB, FTP = 80, 21
UDPS, PINGS = 24, 4
MAC = {"client": "02:00:00:00:01:01", "server": "02:00:00:00:01:02",
       "left": "02:00:00:00:02:01", "right": "02:00:00:00:02:02"}
NEIGHBOUR = "neigh add {address} lladdr {mac} dev {dev} nud permanent\n"
# Ports are translated at random, so that none is the same by chance.
RULES = """table inet fw {
	ct helper ftp {
		type "ftp" protocol tcp
	}
	chain early {
		type filter hook prerouting priority -150; policy accept;
		tcp dport 21 ct helper set "ftp"
		udp dport 5000-5010 ct mark set 0x1234
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		iifname "left" tcp dport { 21, 80 } tcp flags & (syn | ack) == syn ct state new accept
		iifname "left" meta l4proto { udp, icmp } ct state new accept
	}
}
table ip nat {
	chain post {
		type nat hook postrouting priority 100;
		oifname "right" masquerade fully-random
	}
}
"""


def ip(namespace, text):
    run("ip", "-n", namespace.name, "-batch", "-", text=text)


def sysctl(namespace, **values):
    with namespace.inside():
        for name, value in values.items():
            path = "/proc/sys/net/" + name.replace("__", "/")
            with open(path, "w", encoding="ascii") as file:
                file.write(str(value))


class Network:
    def __init__(self):
        self.host = Namespace("host")
        self.client = Namespace("client")
        self.server = Namespace("server")
        ip(self.host, "link add left type bridge\nlink set left up\n"
                      "link add right type bridge\nlink set right up\n")
        self.end(self.client, "client", "left", CLIENT,
                 f"route add default via {GATEWAY}\n" + NEIGHBOUR.format(
                     address=GATEWAY, mac=MAC["left"], dev="eth0"))
        self.end(self.server, "server", "right", SERVER, NEIGHBOUR.format(
            address=PUBLIC, mac=MAC["right"], dev="eth0"))
        self.firewalls = {name: self.firewall(name) for name in "AB"}

    def end(self, namespace, name, bridge, address, more):
        ip(self.host, f"link add {name} type veth peer name eth0 netns "
                      f"{namespace.name}\nlink set {name} master {bridge} up\n")
        ip(namespace, f"link set eth0 address {MAC[name]} up\n"
                      f"addr add {address}/24 dev eth0\n" + more)

    def firewall(self, name):
        namespace = Namespace(name)
        for side, address, far, mac in (
                ("left", GATEWAY, CLIENT, MAC["client"]),
                ("right", PUBLIC, SERVER, MAC["server"])):
            ip(self.host, f"link add {name}{side} type veth peer name {side} "
                          f"netns {namespace.name}\nlink set {name}{side} up\n")
            ip(namespace, f"link set {side} address {MAC[side]} up\n"
                          f"addr add {address}/24 dev {side}\n" +
               NEIGHBOUR.format(address=far, mac=mac, dev=side))
        sysctl(namespace, ipv4__ip_forward=1)
        return namespace

    def plug(self, name):
        """Who is in the path; nobody with None."""
        for other in "AB":
            for side in ("left", "right"):
                ip(self.host, f"link set {other}{side} nomaster\n")
        if name:
            for side in ("left", "right"):
                ip(self.host, f"link set {name}{side} master {side}\n")

    def remove(self):
        for namespace in (self.host, self.client, self.server,
                          *self.firewalls.values()):
            namespace.remove()


class Drive:
    """The driver, in a program that stands for the daemon."""

    def __init__(self, *words, **environment):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "nfhad-test/drive"), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env=os.environ | environment)
        os.set_blocking(self.process.stderr.fileno(), False)

    def send(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """(error, nanoseconds, begun, cut)"""
        return tuple(int(word) for word in self.process.stdout.readline().split())

    def __call__(self, *words):
        self.send(*words)
        return self.answer()

    def said(self):
        """What it has logged since it was asked last."""
        text = b""
        try:
            while part := os.read(self.process.stderr.fileno(), 65536):
                text += part
        except BlockingIOError:
            pass
        return text.decode()

    def close(self):
        self.process.stdin.close()
        if self.process.wait(10):
            raise RuntimeError(f"drive ends with {self.process.returncode}: "
                               f"{self.said()}")
        self.process.stdout.close()
        self.process.stderr.close()


class Loop:
    """Everything at both ends, in one thread."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()

    def add(self, s, fn, events=selectors.EVENT_READ):
        s.setblocking(False)
        self.selector.register(s, events, fn)

    def remove(self, s):
        self.selector.unregister(s)
        s.close()

    def run(self, condition, seconds=30):
        """Until the condition holds; what it was at last."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return condition()
            for key, events in self.selector.select(0.05):
                key.data(events)
        return True


class Stream:
    """One end of a TCP connection; sums up what goes each way."""

    def __init__(self, loop, s, heard=None):
        self.loop, self.socket, self.heard = loop, s, heard
        self.out = bytearray()
        self.sums = {"in": hashlib.sha1(), "out": hashlib.sha1()}
        self.count = {"in": 0, "out": 0}
        self.up = self.down = False
        loop.add(s, self.event, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def event(self, events):
        try:
            if events & selectors.EVENT_WRITE:
                self.up = True
                self.flush()
            if events & selectors.EVENT_READ:
                self.read()
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def read(self):
        data = self.socket.recv(65536)
        if not data:
            self.close()
            return
        self.sums["in"].update(data)
        self.count["in"] += len(data)
        if self.heard:
            self.heard(self, data)

    def flush(self):
        if self.out:
            sent = self.socket.send(self.out[:65536])
            del self.out[:sent]
        self.loop.selector.modify(
            self.socket, selectors.EVENT_READ |
            (selectors.EVENT_WRITE if self.out else 0), self.event)

    def say(self, data):
        self.sums["out"].update(data)
        self.count["out"] += len(data)
        self.out += data
        if self.up and not self.down:
            self.event(selectors.EVENT_WRITE)

    def close(self):
        if not self.down:
            self.down = True
            self.loop.remove(self.socket)

    def digest(self):
        return [(self.count[way], self.sums[way].hexdigest())
                for way in ("in", "out")]


class World:
    """Client and server, and connections between them."""

    def __init__(self, network):
        self.network, self.loop = network, Loop()
        self.served = {}
        self.web = self.listen(WEB, lambda s, data: s.say(data))
        # A helper takes a line seriously that follows another one.
        self.ftp = self.listen(FTP, self.serve_ftp, b"220 Hello.\r\n")
        self.passive = None
        self.udp_seen = {}
        with network.server.inside():
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind((SERVER, 5000))
        self.loop.add(self.udp, self.serve_udp)
        self.udps, self.pings = [], []

    def listen(self, port, heard, greeting=None):
        with self.network.server.inside():
            s = socket.create_server((SERVER, port), backlog=1024)

        def accept(_):
            peer, address = s.accept()
            self.served[address] = Stream(self.loop, peer, heard)
            if greeting:
                self.served[address].say(greeting)
        self.loop.add(s, accept)
        return s

    def serve_udp(self, _):
        data, address = self.udp.recvfrom(2048)
        self.udp_seen.setdefault(data[:4], set()).add(address)
        self.udp.sendto(data, address)

    def connect(self, port, heard=None):
        with self.network.client.inside():
            s = socket.socket()
        s.setblocking(False)
        s.connect_ex((SERVER, port))
        return Stream(self.loop, s, heard)

    def streams(self, number):
        made = [self.connect(WEB) for _ in range(number)]
        self.loop.run(lambda: all(s.up for s in made))
        return made

    def talk(self, streams, rounds=1, seconds=40):
        """The streams that say and hear everything whole."""
        for _ in range(rounds):
            for s in streams:
                if not s.down:
                    s.say(random.randbytes(random.randrange(1, 4000)))
        self.loop.run(lambda: all(s.down or s.count["in"] == s.count["out"]
                                  for s in streams), seconds)
        return [s for s in streams if not s.down and
                s.digest()[0] == s.digest()[1]]

    def both_ways(self, streams):
        """The server has heard what the clients said, and said what they heard."""
        here = sorted(s.digest() for s in streams)
        there = sorted([d[1], d[0]] for d in
                       (s.digest() for s in self.served.values()
                        if not s.down and s.count["in"]))
        return all(d in there for d in here)

    # UDP and echo requests

    def open_datagrams(self):
        for _ in range(UDPS):
            with self.network.client.inside():
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.connect((SERVER, 5000))
            s.setblocking(False)
            self.udps.append(s)
        with self.network.client.inside():
            self.ping_socket = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                             socket.IPPROTO_ICMP)
        self.ping_socket.setblocking(False)
        self.pings = random.sample(range(1, 65536), PINGS)

    def datagrams(self, tries=3):
        """How many of them come back; each says who it is."""
        back = set()
        for _ in range(tries):
            for number, s in enumerate(self.udps):
                s.send(struct.pack("!I", number) + random.randbytes(100))
            end = time.monotonic() + 2
            while time.monotonic() < end and len(back) < len(self.udps):
                self.loop.run(lambda: True)
                for key, events in self.loop.selector.select(0.02):
                    key.data(events)
                for number, s in enumerate(self.udps):
                    try:
                        if s.recv(2048)[:4] == struct.pack("!I", number):
                            back.add(number)
                    except OSError:
                        pass
            if len(back) == len(self.udps):
                break
        return len(back)

    def echoes(self):
        """How many echo requests with old numbers are answered."""
        back = set()
        for number in self.pings:
            packet = struct.pack("!BBHHH", 8, 0, 0, number, 1) + b"x" * 56
            packet = packet[:2] + struct.pack("!H", checksum(packet)) + packet[4:]
            self.ping_socket.sendto(packet, (SERVER, 0))
        end = time.monotonic() + 3
        while time.monotonic() < end and len(back) < len(self.pings):
            try:
                packet = self.ping_socket.recv(2048)
            except BlockingIOError:
                time.sleep(0.01)
                continue
            kind, number = packet[20], struct.unpack("!H", packet[24:26])[0]
            if kind == 0 and number in self.pings:
                back.add(number)
        return len(back)

    # FTP, as far as a helper listens

    def serve_ftp(self, stream, data):
        for line in data.decode().splitlines():
            word = line.split(" ")[0]
            if word == "PASV":
                with self.network.server.inside():
                    self.passive = socket.create_server((SERVER, 0))
                port = self.passive.getsockname()[1]
                where = SERVER.replace(".", ",") + f",{port >> 8},{port & 255}"
                stream.say(f"227 Entering Passive Mode ({where}).\r\n".encode())
            elif word == "PORT":
                part = line.split(" ")[1].split(",")
                self.active = (".".join(part[:4]),
                               int(part[4]) * 256 + int(part[5]))
                stream.say(b"200 PORT command successful.\r\n")
            else:
                stream.say(f"200 {line}\r\n".encode())

    def ftp_say(self, stream, lines, line, seconds=20):
        """The answer to a line."""
        del lines[:]
        stream.say(line.encode() + b"\r\n")
        self.loop.run(lambda: b"\n" in lines, seconds)
        return lines.decode(errors="replace").strip()

    def ftp_connect(self):
        lines = bytearray()
        stream = self.connect(FTP, lambda s, data: lines.extend(data))
        self.loop.run(lambda: b"\n" in lines)
        self.ftp_say(stream, lines, "USER anonymous")
        return stream, lines

    def accepts(self, listener, seconds=10):
        listener.settimeout(seconds)
        try:
            s, _ = listener.accept()
        except OSError:
            return False
        s.close()
        return True


def dial(namespace, address, seconds=5):
    """Does a connection come about?"""
    with namespace.inside():
        s = socket.socket()
    s.settimeout(seconds)
    try:
        s.connect(address)
    except OSError:
        return False
    finally:
        s.close()
    return True


# What an independent tool says of connections

def table(namespace):
    """{connection: everything that has to be the same}, {connection: timeout}"""
    with namespace.inside():
        text = run("conntrack", "-L", "-o", "xml").stdout
    known, timeouts = {}, {}
    for flow in xml.fromstring(text) if text.strip() else []:
        metas = {meta.get("direction"): meta for meta in flow}
        key = xml.tostring(metas["original"]).decode().strip() + \
            f" zone {metas['independent'].findtext('zone')}"
        timeouts[key] = int(metas["independent"].findtext("timeout", "0"))
        known[key] = sorted(
            (str(way), leaf.tag, leaf.text or "") for way, meta in metas.items()
            for leaf in meta.iter() if len(leaf) == 0 and
            leaf.tag not in ("timeout", "id", "use", "when", "meta"))
    return known, timeouts


def expectations(namespace):
    """Lines, but for how long they stay."""
    with namespace.inside():
        text = run("conntrack", "-L", "expect").stdout
    return sorted(line.split(" ", 1)[1] for line in text.splitlines())


def rules(namespace):
    with namespace.inside():
        return run("nft", "list", "ruleset").stdout


def differences(a, b):
    known_a, times_a = table(a)
    known_b, times_b = table(b)
    wrong = [(key, known_a.get(key), known_b.get(key))
             for key in known_a.keys() | known_b.keys()
             if known_a.get(key) != known_b.get(key)]
    late = [(key, t, times_b[key]) for key, t in times_a.items()
            if key in times_b and abs(t - times_b[key]) > max(15, t / 7)]
    return len(known_a), wrong, late
