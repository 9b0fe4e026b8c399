# SPDX-License-Identifier: GPL-2.0-or-later
"""
A bench for tests of steering: namespaces with raw sockets at the ends of a
service's devices. The test itself is the outside, and it is the VNFs.

    left ---l0  host  r0--- right
                 | |
        A-left, A-right, B-left, B-right: sockets of the test

Nothing here asks nfha where a packet went: the sockets have it or not.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

from resident import Resident

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
BUILD = os.environ.get("O") or os.path.join(TOP, "build")
CTL = os.path.join(BUILD, "nfhactl")
NFHACTL = Resident(CTL)
KEY = bytes(range(16))
MAC_OUT = bytes.fromhex("020000000001")
MAC_IN = bytes.fromhex("020000000002")
ETH_P_ALL = 3
PACKET_OUTGOING = 4
IFF_UP = 1
SIOCSIFFLAGS = 0x8914
SO_RCVBUFFORCE = 33
SOL_PACKET = 263
PACKET_AUXDATA = 8
LIBC = ctypes.CDLL(None, use_errno=True)


class Tap:
    """KTAP output and the exit status that goes with it."""

    def __init__(self, plan):
        self.plan = plan
        self.number = 0
        self.failed = 0
        print(f"TAP version 13\n1..{plan}", flush=True)

    def check(self, good, text, detail=""):
        self.number += 1
        if not good:
            self.failed += 1
        print(f"{'ok' if good else 'not ok'} {self.number} - {text}")
        if not good and detail != "":
            print("# " + str(detail).replace("\n", "\n# "))
        sys.stdout.flush()
        return good

    def finish(self):
        sys.exit(1 if self.failed or self.number != self.plan else 0)


def run(*words, check=True, text=None):
    done = NFHACTL.run(words, text or "") if words[0] == CTL else None
    if not done:
        done = subprocess.run(words, capture_output=True, text=True, input=text)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done


def wait_for(condition, seconds=20):
    """The first true value of condition(), or its last after the time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def ip_batch(lines, *options, check=True):
    """Commands for one ip: to start it takes longer than what it does."""
    run("ip", *options, "-batch", "-", check=check, text="".join(f"{l}\n" for l in lines))


@contextlib.contextmanager
def inside(name):
    """What the thread does meanwhile, it does in this namespace."""
    mine = os.open("/proc/self/ns/net", os.O_RDONLY)
    theirs = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if LIBC.setns(theirs, 0):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        LIBC.setns(mine, 0)
        os.close(mine)
        os.close(theirs)


class Namespace:
    made = 0

    def __init__(self, name, add=True):
        Namespace.made += 1
        self.name = f"nfha-{name}-{os.getpid()}-{Namespace.made}"
        if add:
            ip_batch([f"netns add {self.name}"])
            self.begin()

    @classmethod
    def several(cls, *names):
        """As many, in less time."""
        made = [cls(name, add=False) for name in names]
        ip_batch(f"netns add {n.name}" for n in made)
        for namespace in made:
            namespace.begin()
        return made

    @staticmethod
    def remove_several(*namespaces):
        """Also if some of them are gone."""
        ip_batch((f"netns del {n.name}" for n in namespaces), "-force", check=False)

    def begin(self):
        with self.inside():
            for what in ("all", "default"):
                with open(f"/proc/sys/net/ipv6/conf/{what}/disable_ipv6", "w",
                          encoding="ascii") as file:
                    file.write("1")

    def remove(self):
        run("ip", "netns", "del", self.name, check=False)

    def inside(self):
        return inside(self.name)

    def socket(self, dev):
        """A raw socket on a device of the namespace, which is set up."""
        with self.inside():
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                              socket.htons(ETH_P_ALL))
            request = struct.pack("16sH14x", dev.encode(), IFF_UP)
            fcntl.ioctl(s, SIOCSIFFLAGS, request)
            s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
            # A tag that was taken off the frame is told there.
            s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            s.bind((dev, 0))
        s.setblocking(False)
        return s


class Bench:
    """One service with instances whose devices end in the test."""

    def __init__(self, instances=("A", "B"), one_armed=False, extra=""):
        self.host, self.outside, self.inside = Namespace.several("host", "out", "in")
        self.sockets = {}
        self.one_armed = one_armed
        self.sides = ["left"] if one_armed else ["left", "right"]
        self.cables([(self.outside, side, f"{side[0]}0") for side in self.sides] +
                    [end for name in instances for end in self.ends(name)])
        words = ["service", "add", "s", "key", KEY.hex()]
        for side in self.sides:
            words += [side, f"{side[0]}0"]
        self.ctl(*words, *extra.split())
        for name in instances:
            self.add(name)

    def cables(self, ends):
        """A cable from the host for each (namespace, name of its socket, device)."""
        ip_batch((f"link add {dev} type veth peer name p-{dev} "
                  f"netns {namespace.name}\nlink set {dev} up"
                  for namespace, _, dev in ends), "-n", self.host.name)
        for namespace, name, dev in ends:
            self.sockets[name] = namespace.socket(f"p-{dev}")

    def cable(self, namespace, name, dev):
        self.cables([(namespace, name, dev)])

    def ends(self, name):
        """Where the cables of an instance end."""
        return [(self.inside, f"{name}-{side}", f"{name}{side[0]}")
                for side in self.sides]

    def instance(self, name, *more):
        self.cables(self.ends(name))
        self.add(name, *more)

    def add(self, name, *more):
        words = ["instance", "add", name, "service", "s"]
        for side in self.sides:
            words += [side, f"{name}{side[0]}"]
        self.ctl(*words, *more)

    def ctl(self, *words, check=True):
        return run(CTL, "-n", self.host.name, *words, check=check)

    def json(self, *words):
        text = run(CTL, "-j", "-n", self.host.name, *words).stdout
        return json.loads(text) if text else None

    def service(self):
        return self.json("service", "show", "s")[0]

    def stat(self, name):
        return self.json("stats", "s")[0][name]

    def flows(self, *words):
        text = run(CTL, "-j", "-n", self.host.name, "flow", "show", "s",
                   *words).stdout
        return [json.loads(line) for line in text.splitlines()]

    def send(self, name, frame):
        s = self.sockets[name]
        while True:
            try:
                return s.send(frame)
            except BlockingIOError:
                select.select([], [s], [])

    def drain(self):
        """Throw away what has come in so far."""
        for s in self.sockets.values():
            while True:
                try:
                    s.recv(65536)
                except BlockingIOError:
                    break

    def receive(self, seconds=10, want=1):
        """[(socket, frame)] that arrive, until want of them have."""
        names = {s: name for name, s in self.sockets.items()}
        got = []
        end = time.monotonic() + seconds
        while len(got) < want and time.monotonic() < end:
            ready, _, _ = select.select(list(names), [], [], 0.1)
            for s in ready:
                while True:
                    try:
                        frame, aux, _, address = s.recvmsg(65536, 256)
                    except BlockingIOError:
                        break
                    if address[2] != PACKET_OUTGOING:
                        got.append((names[s], with_tag(frame, aux)))
        return got

    def where(self, name, *frames):
        """
        Names of the sockets that each of the frames sent from one arrives at.
        A last frame behind them tells that nothing more will come: one
        device keeps the order, and the last is to go wherever flow ID 0 goes.
        """
        self.drain()
        for frame in frames:
            self.send(name, frame)
        mark = ether(0x88b5, os.urandom(46))
        self.send(name, mark)
        got = []
        end = time.monotonic() + 20
        while time.monotonic() < end:
            new = self.receive(0.5)
            got += [g for g in new if g[1][14:] != mark[14:]]
            if any(g[1][14:] == mark[14:] for g in new):
                got += [g for g in self.receive(0.05)
                        if g[1][14:] != mark[14:]]
                break
        return got

    def close(self):
        for s in self.sockets.values():
            s.close()
        Namespace.remove_several(self.host, self.outside, self.inside)


def with_tag(frame, aux):
    """Puts back a tag that the kernel took off."""
    for level, kind, data in aux:
        if level == SOL_PACKET and kind == PACKET_AUXDATA and len(data) >= 20:
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data[:20])
            if status & 0x10:
                tpid = tpid if status & 0x40 else 0x8100
                return frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


def ether(kind, payload, dst=MAC_IN, src=MAC_OUT):
    return dst + src + struct.pack("!H", kind) + payload


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(src, dst, proto, payload, ident=0, frag=0, options=b"", length=None):
    ihl = 5 + len(options) // 4
    total = length if length is not None else ihl * 4 + len(payload)
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | ihl, 0, total, ident, frag, 64,
                       proto, 0, socket.inet_aton(src), socket.inet_aton(dst))
    head += options
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return head + payload


def ip6(src, dst, next_header, payload, length=None):
    return struct.pack("!IHBB", 6 << 28,
                       len(payload) if length is None else length,
                       next_header, 64) + \
        socket.inet_pton(socket.AF_INET6, src) + \
        socket.inet_pton(socket.AF_INET6, dst) + payload


def udp(sport, dport, data=b"x" * 18):
    return struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data


def tcp(sport, dport, flags, seq=0, ack=0, data=b""):
    bits = sum({"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}[f] for f in flags)
    return struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff,
                       ack & 0xffffffff, 0x50, bits, 8192, 0, 0) + data


def udp4(src, sport, dst, dport, **more):
    return ether(0x0800, ip4(src, dst, 17, udp(sport, dport), **more))


def tcp4(src, sport, dst, dport, flags, seq=0, ack=0, data=b""):
    return ether(0x0800, ip4(src, dst, 6,
                             tcp(sport, dport, flags, seq, ack, data)))


def siphash(key, data):
    """SipHash-2-4, from the paper."""
    mask = (1 << 64) - 1
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
         k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]

    def rotate(x, n):
        return (x << n | x >> (64 - n)) & mask

    def sip_round():
        v[0] = (v[0] + v[1]) & mask
        v[2] = (v[2] + v[3]) & mask
        v[1] = rotate(v[1], 13) ^ v[0]
        v[3] = rotate(v[3], 16) ^ v[2]
        v[0] = rotate(v[0], 32)
        v[2] = (v[2] + v[1]) & mask
        v[0] = (v[0] + v[3]) & mask
        v[1] = rotate(v[1], 17) ^ v[2]
        v[3] = rotate(v[3], 21) ^ v[0]
        v[2] = rotate(v[2], 32)

    whole = len(data) // 8 * 8
    words = list(struct.unpack(f"<{whole // 8}Q", data[:whole]))
    rest = data[whole:] + bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for word in words + [struct.unpack("<Q", rest)[0]]:
        v[3] ^= word
        sip_round()
        sip_round()
        v[0] ^= word
    v[2] ^= 0xff
    for _ in range(4):
        sip_round()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def flow_id(src, sport, dst, dport, proto, key=KEY):
    """The flow ID with affinity five-tuple, as the documentation has it."""
    family = socket.AF_INET6 if ":" in src else socket.AF_INET
    ends = sorted([(socket.inet_pton(family, src), struct.pack("!H", sport)),
                   (socket.inet_pton(family, dst), struct.pack("!H", dport))])
    data = ends[0][1] + ends[1][1] + \
        bytes([proto, 6 if ":" in src else 4, 0, 0]) + ends[0][0] + ends[1][0]
    h = siphash(key, data)
    return (h ^ h >> 16 ^ h >> 32 ^ h >> 48) & 0xffff


def setting(name, default, least=1):
    """A number of the environment."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or int(text) < least:
        sys.exit(f"{name}={text}: expected a number from {least} on")
    return int(text)


def seed():
    """A seed that is printed, so that a run can be had again."""
    value = setting("NFHA_SEED", random.randrange(1 << 32), 0)
    print(f"# NFHA_SEED={value}")
    random.seed(value)
    return value
