# SPDX-License-Identifier: GPL-2.0-or-later
"""
How many connections through a firewall break when it dies, and how long nobody is served:
with nfhad, with conntrackd, with a backup that has the rules only.

    clients ---l0  host  r0--- server
                   |  |
          left[ A, B ]right          with conntrackd, A sync--sync B

A and B take no connection up in the middle, and the NAT chooses ports by chance. Until the
failure new connections keep coming; whoever is told by connect() that he has one counts. The
peers learn of a failure at once, for what finds it out is not what is compared.
"""

import contextlib
import fcntl
import os
import signal
import socket
import statistics
import struct
import threading
import time

from bench import BUILD, IFF_UP, SIOCSIFFLAGS, ip_batch, run, wait_for
from kernel_vnf import MASQUERADE, SERVER, inside, wire
from rollback import CLIENT, Rig
from talk import Talk

PORT = 7000
# New connections in each step of 5 ms before the failure.
STEPS, EACH = 40, 4
PROBE = 0.001
# So many answers after the failure, and the stream has said what it can.
ENOUGH = 50
WALL = """flush ruleset
table inet wall {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established accept
		iifname "left" ct state new accept
	}
}
"""
RULES = {"firewall": WALL, "nat": WALL + MASQUERADE}
KINDS = tuple(RULES)


def cut(place):
    """Its carriers, at once."""
    with place.namespace.inside(), socket.socket() as s:
        for dev in ("left", "right"):
            flags = struct.unpack("16xH", fcntl.ioctl(
                s, 0x8913, struct.pack("16sH14x", dev.encode(), 0))[:18])[0]
            fcntl.ioctl(s, SIOCSIFFLAGS,
                        struct.pack("16sH14x", dev.encode(), flags & ~IFF_UP))


class Probe(threading.Thread):
    """A datagram each millisecond, and when its answer comes."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.rig = rig
        with rig.ends["right"].inside():
            self.server = socket.socket(type=socket.SOCK_DGRAM)
        self.server.bind((SERVER, PORT))
        with rig.ends["left"].inside():
            self.client = socket.socket(type=socket.SOCK_DGRAM)
        self.client.connect((SERVER, PORT))
        for s in (self.server, self.client):
            s.setblocking(False)
        self.sent, self.heard, self.numbers = 0, [], set()
        self.failed = None
        self.stopped = False

    def turn(self):
        with contextlib.suppress(OSError):
            while True:
                data, address = self.server.recvfrom(64)
                self.server.sendto(data, address)
        with contextlib.suppress(OSError):
            while True:
                self.numbers.add(self.client.recv(64))
                self.heard.append(time.monotonic())

    def is_done(self):
        """It would only keep the processor from those who wait for their last retry."""
        return self.failed is not None and len(self.heard) >= ENOUGH and \
            self.heard[-ENOUGH] > self.failed

    def run(self):
        while not self.stopped and not self.is_done():
            with contextlib.suppress(OSError):
                self.client.send(str(self.sent).encode())
                self.sent += 1
            self.turn()
            time.sleep(PROBE)
        if not self.stopped:
            self.rig.rest()

    def stop(self):
        """Longest time without an answer, in milliseconds, and datagrams without one."""
        self.stopped = True
        self.join()
        self.turn()
        gap = max((b - a for a, b in zip(self.heard, self.heard[1:])), default=0)
        lost = self.sent - len(self.numbers)
        for s in (self.server, self.client):
            s.close()
        return 1000 * gap, lost


class Nfhad(Rig):
    """
    Whatever has been seen outside is in a checkpoint. It is loaded at the failure: a backup
    that loads each one, hundreds of connections anew, is later, for the next one waits for it.
    """
    kinds = KINDS

    def __init__(self, rules, mode="buffer"):
        super().__init__(mode, driver="conntrack", extra="learn on", interval="10ms",
                         scheme="cold")
        wire(self, rules)
        inside(self.places["B"].namespace, "nft", "flush", "ruleset")
        if not self.start():
            raise RuntimeError(self.daemon.log())

    def ready(self, _):
        """Is there a checkpoint of what there is now?"""
        before = self.epoch("A")["committed"]
        return wait_for(lambda: self.epoch("A")["committed"] > before + 1)

    def fall_silent(self):
        """Nobody says anything in A."""

    def rest(self):
        """What the clients get waits for checkpoints."""

    def take_over(self):
        """The daemon does it."""


class NfhadCheckpoint(Nfhad):
    def __init__(self, rules):
        super().__init__(rules, "checkpoint")

    def rest(self):
        self.daemon.process.send_signal(signal.SIGSTOP)

    def close(self):
        self.daemon.process.send_signal(signal.SIGCONT)
        super().close()


class Plain(Rig):
    """Without the module: tc joins the clients with A, or with B."""
    kinds = KINDS

    def __init__(self, rules):
        super().__init__("none")
        self.ctl("service", "delete", self.service, "force")
        devices = ("l0", "r0", "vAl", "vAr", "vBl", "vBr")
        self.tc(*(f"qdisc add dev {d} clsact" for d in devices),
                *(f"filter add dev v{n}{s} ingress matchall action mirred egress redirect "
                  f"dev {s}0" for n in "AB" for s in "lr"))
        self.join("A")
        wire(self, rules)

    def tc(self, *lines):
        with self.host.inside():
            run("tc", "-batch", "-", text="".join(f"{l}\n" for l in lines))

    def join(self, name):
        """The backup's filter comes before the master's."""
        self.tc(*(f"filter add dev {s}0 ingress pref {2 if name == 'A' else 1} matchall "
                  f"action mirred egress redirect dev v{name}{s}" for s in "lr"))

    def ready(self, _):
        return True

    def rest(self):
        """
        The stream has its answers again, and others wait for theirs: whoever has nothing to
        do for them stands still, for it would only cost real time.
        """

    def fall_silent(self):
        """
        Whatever in A talks to others. It ends first: a NAT whose devices go down forgets
        the connections that it masquerades, and a host that is dead tells nobody.
        """

    def take_over(self):
        self.join("B")


CONNTRACKD = os.path.join(BUILD, "servers/bin/conntrackd")
# What is the example of its package for this mode, and what its manual recommends to
# those who must not lose a message.
CONFIG = """Sync {
	Mode FTFW {
		DisableExternalCache %(direct)s
		StartupResync yes
	}
	UDP {
		IPv4_address %(own)s
		IPv4_Destination_Address %(other)s
		Port 3780
		Interface sync
		SndSocketBuffer 1249280
		RcvSocketBuffer 1249280
		Checksum on
	}
}
General {
	HashSize 32768
	HashLimit 131072
	LogFile %(path)s.log
	LockFile %(path)s.lock
	UNIX { Path %(path)s.ctl }
	NetlinkBufferSize 2097152
	NetlinkBufferSizeMaxGrowth 8388608
	NetlinkEventsReliable yes
	NetlinkOverrunResync no
	Filter From Kernelspace {
		Protocol Accept { TCP UDP }
		Address Ignore { IPv4_address 127.0.0.1 IPv4_address 192.168.9.1 IPv4_address 192.168.9.2 }
	}
}
"""


class Conntrackd(Plain):
    """The backup's daemon holds the states, and commits them when it is told to."""
    direct = "no"

    def __init__(self, rules):
        super().__init__(rules)
        a, b = (p.namespace for p in self.places.values())
        ip_batch([f"link add sync type veth peer name sync netns {b.name}"], "-n", a.name)
        for n, (name, place) in enumerate(self.places.items(), 1):
            ip_batch([f"addr add 192.168.9.{n}/24 dev sync", "link set sync up"],
                     "-n", place.namespace.name)
            path = self.path(name)
            with open(path, "w", encoding="ascii") as file:
                file.write(CONFIG % {"direct": self.direct, "path": path,
                                     "own": f"192.168.9.{n}",
                                     "other": f"192.168.9.{3 - n}"})
            inside(place.namespace, CONNTRACKD, "-d", "-C", path)
        self.pids = [int(pid) for pid in
                     run("ip", "netns", "pids", a.name).stdout.split()]
        self.command("B", "-n")

    def path(self, name):
        return os.path.join(self.daemon.directory, f"conntrackd-{name}")

    def command(self, name, word):
        return inside(self.places[name].namespace, CONNTRACKD, "-C", self.path(name), word)

    def ready(self, count):
        """Does the backup know all of them?"""
        return wait_for(lambda: self.known() >= count)

    def known(self):
        return len(self.command("B", "-e").stdout.splitlines())

    def fall_silent(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)

    def take_over(self):
        """State first, address second, as primary-backup.sh of the package."""
        self.command("B", "-c")
        self.join("B")
        for word in ("-f", "-R"):
            self.command("B", word)


class ConntrackdDirect(Conntrackd):
    """The backup's kernel has the states all the time."""
    direct = "yes"

    def known(self):
        return int(inside(self.places["B"].namespace, "conntrack", "-C").stdout)

    def take_over(self):
        self.join("B")


PEERS = {"plain": Plain, "conntrackd": Conntrackd, "conntrackd_direct": ConntrackdDirect,
         "nfhad_checkpoint": NfhadCheckpoint, "nfhad_buffer": Nfhad}


def fail(rig, talk, young):
    """
    A is gone: nobody hears of it any more. Returns those of the young connections that
    their clients had by then.
    """
    rig.fall_silent()
    cut(rig.places["A"])
    while talk.turn(0):
        pass
    living = [f for f in young if f.connected]
    rig.take_over()
    return living


def once(kind, peer, count):
    """(connections, broken ones, of those that were young, ms, datagrams lost)"""
    rig = PEERS[peer](RULES[kind])
    talk = Talk(rig.ends["left"], [CLIENT])
    try:
        return failure(rig, talk, count)
    finally:
        talk.close()
        rig.close()


def failure(rig, talk, count):
    talk.serve(rig.ends["right"], 1, SERVER, PORT)
    old = talk.open(count, (SERVER, PORT))
    lost = sum(f.broken for f in old)
    if lost:
        raise RuntimeError(f"{lost} of {count} connections did not come about")
    if not rig.ready(count):
        raise RuntimeError(f"the backup does not know all of {count} connections")
    probe = Probe(rig)
    probe.start()
    young = []
    for _ in range(STEPS):
        young += talk.begin(EACH, (SERVER, PORT))
        talk.turn(0.005)
    probe.failed = time.monotonic()
    young = fail(rig, talk, young)
    broken, _ = talk.ask(old + young)
    gap, lost = probe.stop()
    return len(old) + len(young), broken, sum(f.broken for f in young), gap, lost


def measure(kind, peer, count, rounds, record):
    results = [once(kind, peer, count) for _ in range(rounds)]
    flows, broken, young, gaps, lost = zip(*results)
    record(peer, f"failover_{kind}", sum(flows), sum(broken), statistics.median(gaps),
           young=sum(young), datagrams=sum(lost), rounds=rounds)
