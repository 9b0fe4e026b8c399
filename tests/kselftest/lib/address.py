# SPDX-License-Identifier: GPL-2.0-or-later
"""
Addresses that the active instance has, on devices that are not nfha's, with MAC addresses
of their own (OPNFV HA, 3.1; RFC 5227, RFC 4861 7.2.6).

    client --lan-- bridge --lan-- A, B --right-- host --r0-- server

A NAT forwards what comes to a port of the shared address to the server. Who has the address
and not the state answers to a living connection that it knows of none: a reset.
"""

import errno
import select
import signal
import socket
import struct
import threading
import time

from bench import Namespace, Tap, seed, wait_for
from kernel_vnf import PATIENCE, PORT, SERVER, SETTINGS, Nat, Talk, inside, start_server
from rollback import batch

FLOWS = 20
SHARED4, SHARED6 = "198.51.100.1", "2001:db8:5::1"
CLIENT4, CLIENT6 = "198.51.100.2", "2001:db8:5::2"
MACS = {"A": "02:00:00:00:05:0a", "B": "02:00:00:00:05:0b"}
RULES = f"""flush ruleset
table ip nat {{
	chain pre {{
		type nat hook prerouting priority -100;
		iifname "lan" tcp dport {PORT} dnat to {SERVER}
	}}
	chain post {{
		type nat hook postrouting priority 100;
		oifname "right" masquerade random
	}}
}}
"""
RTMGRP_IPV4_IFADDR, RTM_NEWADDR = 0x10, 20


class Lan(Nat):
    """The NAT of kernel_vnf.py, reached beside nfha by those on a LAN."""

    def __init__(self):
        super().__init__(addresses=[{"address": f"{SHARED4}/24", "device": "lan"},
                                    {"address": f"{SHARED6}/64", "device": "lan"}])
        self.lan = Namespace("lan")
        batch(self.lan, "link add br0 type bridge\nlink set br0 up\n")
        self.client = self.ends["left"]
        self.plug("c", self.client, "02:00:00:00:05:01")
        batch(self.client, f"addr add {CLIENT4}/24 dev lan\n"
              f"addr add {CLIENT6}/64 dev lan nodad\n")
        for name, place in self.places.items():
            self.plug(name, place.namespace, MACS[name])
        inside(self.master.namespace, "nft", "-f", "-", text=RULES)
        for place in self.places.values():
            inside(place.namespace, "sysctl", "-qw", *SETTINGS)

    def plug(self, name, namespace, mac):
        batch(self.lan, f"link add dev {name} type veth peer name lan address {mac} "
              f"netns {namespace.name}\nlink set dev {name} master br0 up\n")
        inside(namespace, "sysctl", "-qw", "net.ipv6.conf.lan.disable_ipv6=0")
        batch(namespace, "link set dev lan up\n")

    def lose(self):
        """
        Also the cable to the LAN, or a host that has the address and no state any more
        resets connections until it is fenced.
        """
        batch(self.lan, f"link set dev {self.master.name} down\n")
        return super().lose()

    def mend(self, place):
        """The cable: who has kept the address is heard again."""
        batch(self.lan, f"link set dev {place.name} up\n")

    def has(self, name):
        """Addresses of the service that a namespace has."""
        text = inside(self.places[name].namespace, "ip", "-o", "addr", "show", "dev",
                      "lan").stdout
        return [a for a in (SHARED4, SHARED6) if f" {a}/" in text]

    def neighbour(self, address):
        """Its MAC address as the client has it."""
        words = inside(self.client, "ip", "neigh", "show", address, "dev",
                       "lan").stdout.split()
        return words[words.index("lladdr") + 1] if "lladdr" in words else None

    def reaches(self, address, seconds=1.0):
        """Does its kernel answer, be it that nobody listens there?"""
        with self.client.inside():
            s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        s.settimeout(seconds)
        try:
            return s.connect_ex((address, PORT + 1)) == errno.ECONNREFUSED
        finally:
            s.close()

    def tail(self):
        return ({n: self.has(n) for n in self.places}, self.neighbour(SHARED4),
                self.neighbour(SHARED6), self.daemon.log().splitlines()[-15:])

    def close(self):
        super().close()
        self.lan.remove()


class Watch(threading.Thread):
    """How many connections a namespace tracks when it gets an address."""

    def __init__(self, namespace):
        super().__init__(daemon=True)
        self.counts = []
        self.namespace = namespace
        with namespace.inside():
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.socket.bind((0, RTMGRP_IPV4_IFADDR))
        self.start()

    def run(self):
        with self.namespace.inside():
            while True:
                kind = struct.unpack_from("=IH", self.socket.recv(65536))[1]
                if kind == RTM_NEWADDR:
                    with open("/proc/sys/net/netfilter/nf_conntrack_count",
                              encoding="ascii") as file:
                        self.counts.append(int(file.read()))


class Listener:
    """Announcements that arrive at the client."""

    def __init__(self, rig):
        self.socket = rig.client.socket("lan")

    def heard(self, mac, seconds=4):
        """(of IPv4, of IPv6) from a MAC address, in this time at most."""
        mac = bytes.fromhex(mac.replace(":", ""))
        arp = mac + b"\x08\x06\0\1\x08\0\6\4\0\1" + mac + socket.inet_aton(SHARED4)
        na = mac + b"\x86\xdd\x60"
        got = [0, 0]
        end = time.monotonic() + seconds
        while min(got) < 3 and time.monotonic() < end:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            frame = self.socket.recv(65536)
            got[0] += frame[6:].startswith(arp) and \
                frame[38:42] == socket.inet_aton(SHARED4)
            got[1] += frame[6:].startswith(na) and frame[54] == 136 and \
                frame[62:78] == socket.inet_pton(socket.AF_INET6, SHARED6)
        return got


def begins(tap, rig):
    tap.check(rig.start() and wait_for(lambda: len(rig.has("A")) == 2, PATIENCE) and
              not rig.has("B"), "the active instance has the addresses", rig.tail())
    tap.check(rig.reaches(SHARED4) and rig.reaches(SHARED6) and
              rig.neighbour(SHARED4) == rig.neighbour(SHARED6) == MACS["A"],
              "the client finds it there", rig.tail())


def fails_over(tap, rig, talk):
    watch, listener = Watch(rig.places["B"].namespace), Listener(rig)
    lost = rig.lose()
    taken = wait_for(lambda: rig.takeovers() > 0, PATIENCE)
    rig.mend(lost)
    reached = rig.reaches(SHARED4), rig.reaches(SHARED6)
    tap.check(taken and all(reached) and
              rig.neighbour(SHARED4) == rig.neighbour(SHARED6) == MACS["B"],
              "after a failover the client reaches the backup at once",
              (reached, rig.tail()))
    tap.check(not rig.has("A") and len(rig.has("B")) == 2,
              "and the one that was fenced has lost the addresses", rig.tail())
    tap.check(watch.counts and watch.counts[0] >= FLOWS,
              "the state was there before the address", watch.counts)
    heard = listener.heard(MACS["B"])
    tap.check(heard == [3, 3], "it was announced three times, by ARP and NA", heard)
    slow = talk.all_go_on()
    tap.check(not slow and not talk.errors, "no connection breaks",
              (len(slow), talk.errors[:5], rig.tail()))


def control(tap, rig):
    """The addresses move by hand, and nobody is told."""
    rig.daemon.kill(signal.SIGTERM)
    known = rig.reaches(SHARED4) and rig.reaches(SHARED6)
    for verb, name in (("del", "B"), ("add", "A")):
        batch(rig.places[name].namespace, f"addr {verb} {SHARED4}/24 dev lan\n"
              f"addr {verb} {SHARED6}/64 dev lan{' nodad' if verb == 'add' else ''}\n")
    tap.check(known and not rig.reaches(SHARED4) and not rig.reaches(SHARED6),
              "without an announcement the client is lost (control)", rig.tail())
    tap.check(wait_for(lambda: rig.reaches(SHARED4) and rig.reaches(SHARED6), PATIENCE),
              "until its neighbour entry ages", rig.tail())


def main():
    tap = Tap(9)
    seed()
    rig = Lan()
    server = start_server(rig)
    begins(tap, rig)
    talk = Talk(rig, FLOWS, SHARED4)
    talk.open()
    talk.start()
    talk.all_go_on()
    fails_over(tap, rig, talk)
    talk.close()
    control(tap, rig)
    server.kill()
    server.wait()
    rig.close()
    tap.finish()


if __name__ == "__main__":
    main()
