# SPDX-License-Identifier: GPL-2.0-or-later
"""
Allocations on a packet's way fail, many for a while and then one after the other. Sockets
at the ends of the cables see what becomes of each packet: it comes out once and
unaltered, or has been counted as lost, and afterwards all goes on.
"""

import collections
import contextlib
import os
import select
import socket
import struct
import time

import injection
from bench import Bench, KEY, MAC_OUT, SOL_PACKET, ether, ip4, ip6, ip_batch, siphash, udp
from gso import FORMAT, PLAIN, gso, vnet
from inject_commands import OUT_OF_MEMORY

C, S, C6, S6 = "10.1.0.1", "10.2.0.1", "2001:db8::1", "2001:db8::2"
MAGIC = b"nfha-inject"
SILENCE, PATIENCE = 0.15, 10
PACKET_STATISTICS = 6
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
MAC_REMOTE = bytes.fromhex("020000000099")
VNF, OUTSIDE = "10.3.0.2", "10.3.0.1"
# Of a stripe of the flow table, which has two chains for its first two flows.
STRIPE_BITS = 10

Sent = collections.namedtuple("Sent", "weight frame")


def ident(n):
    return MAGIC + struct.pack("!I", n)


def ports_of(remote=False):
    more = {"mac": MAC_REMOTE.hex()} if remote else {}
    return {name: [{"side": side, "ifname": f"{name}{side[0]}", **more}
                   for side in ("left", "right")] for name in "AB"}


class World:
    """A bench whose service is made anew for each round, and the book of its packets."""

    def __init__(self, client):
        self.b = Bench()
        for name in self.b.sockets:
            vnet(self.b, name)
        self.client = client
        self.host, client.host = client.host, self.b.host
        client.sockets()
        self.number = 0

    def close(self):
        self.client.host = self.host
        self.client.sockets()
        self.b.close()

    def begin(self, remote=False, **config):
        """A has everything."""
        self.client.clear()
        self.b.drain()
        self.sent, self.got, self.altered = {}, collections.defaultdict(list), []
        self.order = collections.defaultdict(list)
        self.blind = 0
        self.look_for_blind()
        self.blind = 0
        side = [{"side": "left", "ifname": "l0"}, {"side": "right", "ifname": "r0"}]
        self.client.do("service-new", {"name": "s", "key": KEY.hex(), "port": side, **config})
        for name, ports in ports_of(remote).items():
            self.client.do("instance-new", {"service": "s", "name": name, "port": ports,
                                            **({"remote": 1} if remote else {})})
        self.client.do("map-set", {"service": "s", "range": [
            {"first": 0, "last": 65535, "instance": "A"}]})

    def ask(self, operation, **request):
        """One that has no memory has changed nothing, and is asked for again."""
        for _ in range(1000):
            code = self.client.ask("do", operation, {"service": "s", **request})[0].errno
            if code not in OUT_OF_MEMORY:
                break
        if code:
            raise RuntimeError(f"{operation} {request}: {os.strerror(code)}")

    def lost(self):
        """Packets that the service says are lost."""
        stats = self.client.ynl.do("service-get", {"name": "s"})["stats"]
        return sum(n for name, n in stats.items() if name.startswith("drop-"))

    def stat(self, *names):
        stats = self.client.ynl.do("service-get", {"name": "s"})["stats"]
        return sum(stats[name] for name in names)

    def next(self):
        self.number += 1
        return self.number

    def note(self, number, frame, weight=1):
        self.sent[number] = Sent(weight, frame)

    def send(self, name, frame, number, header=PLAIN, weight=1):
        self.note(number, frame, weight)
        self.b.sockets[name].send(struct.pack(FORMAT, *header) + frame)

    def udp(self, name, sport, six=False, size=0, ends=None):
        """A packet of a flow from the left, or of another one's ends."""
        n = self.next()
        data = ident(n) + bytes(size)
        ends = ends or ((C6, S6) if six else (C, S))
        ip = ip6(*ends, 17, udp(sport, 53, data)) if six else \
            ip4(*ends, 17, udp(sport, 53, data))
        self.send(name, ether(0x86dd if six else 0x0800, ip), n)
        return n

    def gso(self, sport, size=40000, mss=1400):
        n = self.next()
        header, frame = gso(sport, ident(n) + os.urandom(size), mss)
        self.send("left", frame, n, header, -(-(size + len(ident(n))) // mss))

    def fragments(self, later_first):
        """One packet in two pieces; each is a packet by itself here."""
        first, later = self.next(), self.next()
        whole = udp(1000, 53, (ident(first) + bytes(64))[:40] + ident(later) + bytes(17))
        frames = [(first, ip4(C, S, 17, whole[:48], ident=first, frag=0x2000)),
                  (later, ip4(C, S, 17, whole[48:], ident=first, frag=6))]
        for n, ip in reversed(frames) if later_first else frames:
            self.send("left", ether(0x0800, ip), n)

    def take(self, seconds):
        """What has come in at the sockets until they are silent for that long."""
        names = {s: name for name, s in self.b.sockets.items()}
        while ready := select.select(list(names), [], [], seconds)[0]:
            for s in ready:
                with contextlib.suppress(BlockingIOError):
                    while True:
                        data, _, _, address = s.recvmsg(1 << 17, 256)
                        if address[2] != socket.PACKET_OUTGOING:
                            self.arrived(names[s], data[10:])

    def arrived(self, name, frame):
        at = frame.find(MAGIC)
        if at < 0:
            return
        number = struct.unpack_from("!I", frame, at + len(MAGIC))[0]
        self.got[number].append(name)
        self.order[name].append(number)
        sent = self.sent.get(number)
        if sent and sent.frame and not is_same(sent.frame, frame):
            self.altered.append((number, len(sent.frame), len(frame)))

    def missing(self):
        return [s.weight for n, s in self.sent.items() if not self.got[n]]

    def look_for_blind(self):
        """
        Packets that a socket of ours had no memory for. A command lets softirqs run on its
        stack, and what these ask for others is then asked for below the module.
        """
        for s in self.b.sockets.values():
            self.blind += struct.unpack("II", s.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def is_accounted(self):
        """Has each packet come, or is it counted as lost, or one that a socket has lost?"""
        self.look_for_blind()
        return sum(self.missing()) - self.lost() in sums(self.missing(), self.blind)

    def settle(self):
        end = time.monotonic() + PATIENCE
        self.take(SILENCE)
        while not self.is_accounted() and time.monotonic() < end:
            self.take(SILENCE)

    def wrong(self, ordered):
        """What is not as it has to be, in words."""
        twice = {n: where for n, where in self.got.items() if len(set(where)) < len(where)}
        words = []
        if twice:
            words.append(f"came twice: {dict(list(twice.items())[:5])}")
        if ordered and any(numbers != sorted(numbers) for numbers in self.order.values()):
            words.append(f"out of order: {dict(self.order)}")
        if self.altered:
            words.append(f"altered: {self.altered[:5]}")
        if not self.is_accounted():
            words.append(f"{self.missing()} are missing, {self.lost()} counted as lost, "
                         f"{self.blind} by us")
        return words


def sums(weights, count):
    """What so many of the weights can add up to."""
    reached = [{0}] + [set() for _ in range(count)]
    for weight in weights:
        for n in range(count, 0, -1):
            reached[n] |= {have + weight for have in reached[n - 1]}
    return reached[count]


def is_same(sent, got):
    """But for whom a port with an address of its own sends it to."""
    return got[6:] == sent[6:] and got[:6] in (sent[:6], MAC_REMOTE)


def same_stripe(count):
    """Source ports of as many flows that share a stripe of the flow table."""
    stripes = collections.defaultdict(list)
    for port in range(20000, 65536):
        ends = sorted([(socket.inet_aton(C), struct.pack("!H", port)),
                       (socket.inet_aton(S), struct.pack("!H", 53))])
        data = ends[0][1] + ends[1][1] + bytes([17, 4, 0, 0]) + ends[0][0] + ends[1][0]
        found = stripes[siphash(KEY, data) >> (64 - STRIPE_BITS)]
        found.append(port)
        if len(found) == count:
            return found
    return []


class Scenario:
    """begin() and prepare() without failures, act() with them, finish() without."""

    name = ""
    config = {}
    # Each packet is counted by how it was steered, too.
    steered = False
    # Each socket gets packets in the order in which they were sent.
    ordered = True
    # Of a command that has no memory, as many as it needs must have some.
    share = 100

    def __init__(self, world):
        self.w = world

    def begin(self):
        self.w.begin(**self.config)

    def prepare(self):
        pass

    def act(self):
        raise NotImplementedError

    def finish(self):
        """What is still kept may leave; afterwards packets have to pass."""


class NewFlows(Scenario):
    name = "flows that begin"
    steered = True
    together = []

    def act(self):
        if not self.together:
            NewFlows.together = same_stripe(4)
        for port in (1001, 1002, *self.together):
            self.w.udp("left", port)
        for port in (1001, 1002):
            self.w.udp("left", port, six=True)


class Exceptions(Scenario):
    name = "exceptions"
    steered = True

    def prepare(self):
        for port in range(1001, 1009):
            self.w.udp("left", port)
        self.w.take(SILENCE)
        self.w.ask("split", **{"from": "A", "to": "B", "at": 1})

    def act(self):
        for port in range(1001, 1011):
            self.w.udp("left", port)


class Fragments(Scenario):
    name = "fragments"
    config = {"timeouts": {"fragment": 1}}
    ordered = False

    def act(self):
        self.w.fragments(later_first=True)
        self.w.fragments(later_first=False)


class Watched(Scenario):
    """A sniffer shares the packet, and a port has an address to write into it."""
    name = "packets that somebody watches, to another host"

    def begin(self):
        self.w.begin(remote=True)

    def act(self):
        with self.w.b.host.inside():
            sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        sniffer.bind(("l0", 0))
        for port in (1001, 1002, 1001):
            self.w.udp("left", port)
        self.w.take(SILENCE)
        sniffer.close()


class Logged(Scenario):
    name = "input that is logged"
    config = {"recovery": "checkpoint"}

    def act(self):
        for _ in range(4):
            self.w.udp("left", 1001, size=1300)
        self.w.gso(1002, 20000)
        self.w.gso(1002, 40000)


class Plugged(Logged):
    name = "input that waits"
    share = 50

    def prepare(self):
        self.w.gso(1002, 100)
        self.w.take(SILENCE)
        self.w.ask("epoch-begin", instance="A")

    def act(self):
        super().act()
        self.w.ask("epoch-cut", instance="A")


class Replayed(Logged):
    """A has had some of it before."""
    name = "a replay"
    share = 50

    def prepare(self):
        super().act()
        self.w.take(SILENCE)
        self.w.got.clear()

    def act(self):
        self.w.ask("failover", instance="A", backup="B")
        self.w.udp("left", 1001)


class Moved(Logged):
    name = "flows that move while input waits"
    config = {"recovery": "checkpoint", "policy": "always"}
    share = 50

    def prepare(self):
        for port in range(1001, 1009):
            self.w.udp("left", port)
        self.w.take(SILENCE)
        self.w.ask("epoch-begin", instance="A")
        for port in range(1001, 1009):
            self.w.udp("left", port, size=1300)
        self.w.take(SILENCE)
        self.w.ask("split", **{"from": "A", "to": "B", "at": 1})

    def act(self):
        for port in range(1001, 1009):
            self.w.udp("left", port, size=1300)
        self.w.ask("epoch-abort", instance="A")


class Held(Scenario):
    """Some of it has pages of the sender's."""
    name = "output that is held"
    config = {"recovery": "buffer"}

    def begin(self):
        super().begin()
        ip_batch([f"addr replace {VNF}/24 dev p-Al",
                  f"neigh replace {OUTSIDE} lladdr {MAC_OUT.hex(':')} dev p-Al nud permanent"],
                 "-n", self.w.b.inside.name)

    def act(self):
        with self.w.b.inside.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
            s.bind((VNF, 0))
            for _ in range(3):
                n = self.w.next()
                self.w.note(n, b"")
                s.sendto(ident(n) + bytes(1200), MSG_ZEROCOPY, (OUTSIDE, 53))
            time.sleep(0.05)
        for port in (1001, 1002):
            self.w.udp("A-left", port, ends=(S, C))
        self.w.take(SILENCE)

    def finish(self):
        self.w.ask("epoch-cut", instance="A")
        self.w.ask("epoch-commit", instance="A", epoch=1)


class Learned(Scenario):
    name = "flows that are learned"
    config = {"learn": 1}

    def act(self):
        for port in (1001, 1002, *NewFlows.together):
            self.w.udp("A-left", port, ends=(S, C))


class Told(Scenario):
    """Worker threads tell of limits."""
    name = "events of a queue that is full"
    config = {"recovery": "checkpoint", "log-max": 65536}
    events = 2

    def prepare(self):
        self.w.ask("epoch-begin", instance="A")
        self.w.client.heard()

    def act(self):
        for _ in range(60):
            self.w.udp("left", 1001, size=1300)
        time.sleep(0.2)

    def finish(self):
        came, missed = self.w.client.heard()
        if came != self.events and not missed:
            self.w.altered.append((f"{came} events came of {self.events}, and nobody knows",
                                   0, 0))
        self.w.ask("epoch-abort", instance="A")


SCENARIOS = (NewFlows, Exceptions, Fragments, Watched, Logged, Plugged, Replayed, Moved,
             Held, Learned, Told)
PLAN = len(SCENARIOS)


class Round:
    """One scenario with one failure, or all for a while."""

    def __init__(self, world, scenario, injected):
        self.w, self.it, self.injected = world, scenario(world), injected

    def allocate(self):
        """Something that the module needs memory for."""
        with contextlib.suppress(self.w.client.refusal):
            self.w.client.ynl.do("service-get", {"name": "s"})

    def act(self, n):
        self.injected.arm(n, self.it.share)
        self.it.act()
        self.w.take(SILENCE)
        if not n:
            self.injected.pause()
            return True
        return self.injected.end(self.allocate)

    def run(self, n):
        """(whether something has failed, what was wrong)"""
        self.it.begin()
        self.it.prepare()
        fired = self.act(n)
        self.it.finish()
        self.w.settle()
        words = self.w.wrong(self.it.ordered)
        steered = self.w.stat("hit", "new", "range", "no-room")
        if self.it.steered and steered != len(self.w.sent):
            words.append(f"of {len(self.w.sent)} packets {steered} are said to be steered")
        return fired, [f"{n}: {word}" for word in words + self.goes_on()]

    def goes_on(self):
        """A packet of each flow behind all of it."""
        lost = self.w.lost()
        numbers = [self.w.udp("left", port) for port in (1001, 1002)]
        end = time.monotonic() + PATIENCE
        while not all(self.w.got[n] for n in numbers) and time.monotonic() < end:
            self.w.take(SILENCE)
        came = [self.w.got[n] for n in numbers]
        if self.w.lost() == lost and all(len(where) == 1 for where in came):
            return []
        return [f"afterwards packets do not pass: {came}"]


def kind_of(tap, world, scenario, kind):
    injected = injection.Anybody(kind)
    wrong, fired, n = [], 0, 0
    while True:
        failed, words = Round(world, scenario, injected).run(n)
        wrong += words
        if n and not failed:
            break
        fired += n > 0
        n += 1
    return fired, wrong


def run(tap, client):
    world = World(client)
    where = injection.Symbols().nfha()
    with injection.within(where):
        for scenario in SCENARIOS:
            fired, wrong = 0, []
            for kind in injection.KINDS:
                more = kind_of(tap, world, scenario, kind)
                fired += more[0]
                wrong += [f"{kind} {w}" for w in more[1]]
            tap.check(fired and not wrong,
                      f"{scenario.name}: {fired} allocations fail, each packet comes once or "
                      "is counted as lost", "\n".join(wrong[:10]) or "nothing has failed")
    client.clear()
    world.close()
