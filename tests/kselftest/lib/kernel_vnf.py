# SPDX-License-Identifier: GPL-2.0-or-later
"""
A firewall and masquerading NAT of nftables, the kernel's own, loses all it has in its
namespace again and again while hundreds of connections go through it.

    clients ---l0  host  r0--- server
                   |  |
     10.0.0.1 left[ A, B ]right 192.0.2.10

The firewall takes no connection up in the middle, and the NAT chooses ports by
chance: who does not have the state cannot guess it.

NFHA_ROUNDS are the kills, NFHA_FLOWS the connections; with NFHA_SHORT 2 and 100.
"""

import os
import random
import selectors
import signal
import socket
import subprocess
import threading
import time

from bench import Tap, run, seed, setting, wait_for
from rollback import CLIENT_MAC, IS_SHORT, MAC, VNF, Rig, batch, now_ns, rounds

KILLS = rounds(10, 2)
FLOWS = min(setting("NFHA_FLOWS", 100 if IS_SHORT else 300), 2000)
CLIENT, GATEWAY = "10.0.0.2", "10.0.0.1"
SERVER, PUBLIC, PORT = "192.0.2.1", "192.0.2.10", 7000
# Between two questions on a connection, at least.
PAUSE = 2.0
PATIENCE = 90

WALL = """flush ruleset
table inet wall {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established accept
		iifname "left" ct state new tcp dport 7000 accept
	}
}
"""
MASQUERADE = """table ip nat {
	chain post {
		type nat hook postrouting priority 100;
		oifname "right" masquerade random
	}
}
"""
RULES = WALL + MASQUERADE
SETTINGS = ("net.ipv4.ip_forward=1", "net.netfilter.nf_conntrack_tcp_loose=0")


def inside(namespace, *words, text=None):
    with namespace.inside():
        return run(*words, text=text)


def neighbours(place):
    batch(place.namespace,
          f"neigh replace {CLIENT} lladdr {CLIENT_MAC['left']} dev left "
          "nud permanent\n"
          f"neigh replace {SERVER} lladdr {CLIENT_MAC['right']} dev right "
          "nud permanent\n")


def lose(place):
    """All that an instance has, and its carriers first of all."""
    batch(place.namespace, "link set dev left down\nlink set dev right down\n")
    inside(place.namespace, "nft", "flush", "ruleset")
    inside(place.namespace, "conntrack", "-F")


def repair(place):
    """What somebody does who repairs a host: it is empty, and connected."""
    batch(place.namespace, "link set dev left up\nlink set dev right up\n")
    neighbours(place)


def wire_ends(rig):
    """Addresses and ways for clients and a server."""
    batch(rig.ends["left"], f"addr add {CLIENT}/24 dev left\n"
          f"neigh add {GATEWAY} lladdr {MAC['left']} dev left nud permanent\n"
          f"route add default via {GATEWAY}\n")
    batch(rig.ends["right"], f"addr add {SERVER}/24 dev right\n"
          f"neigh add {PUBLIC} lladdr {MAC['right']} dev right nud permanent\n"
          f"route add default via {PUBLIC}\n")


def wire(rig, rules):
    """The same, and for a firewall in each place."""
    wire_ends(rig)
    for place in rig.places.values():
        batch(place.namespace, f"addr add {GATEWAY}/24 dev left\n"
              f"addr add {PUBLIC}/24 dev right\n")
        neighbours(place)
        # The rules come first, for with them comes the connection tracking.
        inside(place.namespace, "nft", "-f", "-", text=rules)
        inside(place.namespace, "sysctl", "-qw", *SETTINGS)


class Nat(Rig):
    """Two instances of the NAT between clients and a server."""

    def __init__(self, **service):
        super().__init__(driver="conntrack", extra="learn on", **service)
        wire(self, RULES)
        for place in list(self.places.values())[1:]:
            inside(place.namespace, "nft", "flush", "ruleset")
        self.master = next(iter(self.places.values()))

    def connections(self, place):
        """Connections that a namespace tracks."""
        return int(inside(place.namespace, "conntrack", "-C").stdout)

    def lose(self):
        """The active one, which is told."""
        place = self.master
        lose(place)
        self.master = next(p for p in self.places.values() if p is not place)
        return place

    def takeovers(self):
        return len(self.daemon.said(r"has taken over"))


class Talk(threading.Thread):
    """Connections on each of which something is said and has to come back."""

    def __init__(self, rig, flows=FLOWS, server=SERVER):
        super().__init__(daemon=True)
        self.rig = rig
        self.server = server
        self.flows = flows
        self.select = selectors.DefaultSelector()
        self.talks = {}
        self.errors = []
        self.stopped = False

    def open(self):
        with self.rig.ends["left"].inside():
            sockets = [socket.socket() for _ in range(self.flows)]
        waiting = selectors.DefaultSelector()
        for s in sockets:
            s.setblocking(False)
            s.connect_ex((self.server, PORT))
            waiting.register(s, selectors.EVENT_WRITE)
        end = time.monotonic() + PATIENCE
        while waiting.get_map() and time.monotonic() < end:
            for key, _ in waiting.select(1):
                waiting.unregister(key.fileobj)
        self.errors += ["not connected"] * len(waiting.get_map())
        for s in sockets:
            self.talks[s] = {"said": b"", "heard": b"", "rounds": 0,
                             "next": time.monotonic() + random.uniform(0, PAUSE)}
            self.select.register(s, selectors.EVENT_READ)

    def hear(self, s):
        talk = self.talks[s]
        try:
            data = s.recv(65536)
        except OSError as error:
            data = b""
            self.errors.append(repr(error))
        talk["heard"] += data
        if not data or not talk["said"].startswith(talk["heard"]):
            self.errors.append("closed" if not data else "altered")
            self.select.unregister(s)
            talk["next"] = float("inf")
        elif talk["heard"] == talk["said"]:
            talk.update(said=b"", heard=b"", rounds=talk["rounds"] + 1)

    def say(self):
        now = time.monotonic()
        for s, talk in self.talks.items():
            if talk["next"] <= now and not talk["said"]:
                talk["said"] = random.randbytes(random.randrange(1, 1000))
                talk["next"] = now + PAUSE
                try:
                    s.send(talk["said"])
                except OSError as error:
                    self.errors.append(repr(error))

    def run(self):
        while not self.stopped:
            for key, _ in self.select.select(0.1):
                self.hear(key.fileobj)
            self.say()

    def rounds(self):
        return [t["rounds"] for t in self.talks.values()]

    def all_go_on(self, seconds=PATIENCE):
        """Is there an answer on each connection to what is said from here on?"""
        want = [n + 2 for n in self.rounds()]
        wait_for(lambda: self.errors or
                 all(n >= w for n, w in zip(self.rounds(), want)), seconds)
        return [w - n for n, w in zip(self.rounds(), want) if n < w]

    def close(self):
        self.stopped = True
        self.join()
        for s in self.talks:
            s.close()


def talk_of(rig, flows=FLOWS):
    """Connections, on which something is said already."""
    talk = Talk(rig, flows)
    talk.open()
    talk.start()
    return talk


def all_well(*talks):
    """On every connection something comes back, and none has broken."""
    return not any(t.all_go_on() or t.errors for t in talks)


def start_server(rig):
    with rig.ends["right"].inside():
        process = subprocess.Popen([os.path.join(VNF, "sink")])
    wait_for(lambda: f":{PORT} " in inside(rig.ends["right"], "ss", "-Hltn").stdout)
    return process


def is_back(rig, place):
    """A daemon that has lost an instance makes it again, so it may be away."""
    return any(one["instance"] == place.name and not one["flags"]
               for one in rig.json("epoch", "show", rig.service))


def kills(rig):
    """
    False if one of them was not survived. Waits for the backup, and repairs what was
    killed; the next one comes at random.
    """
    times = []
    for n in range(KILLS):
        time.sleep(random.uniform(0, 1))
        at = now_ns()
        place = rig.lose()
        if not wait_for(lambda n=n: rig.takeovers() > n, PATIENCE):
            return False
        times.append((now_ns() - at) / 1e6)
        repair(place)
        if not wait_for(lambda p=place: is_back(rig, p), PATIENCE):
            return False
        wait_for(lambda: rig.epoch(rig.master.name)["committed"] > 0, PATIENCE)
    print(f"# kill to takeover as seen by a poll of 20 ms, ms: {sorted(times)}")
    return True


def protect(tap):
    rig = Nat()
    server = start_server(rig)
    ready = rig.start()
    tap.check(ready, "nfhad protects the NAT", rig.daemon.log())
    talk = talk_of(rig)
    slow = talk.all_go_on()
    tap.check(not slow and not talk.errors and rig.connections(rig.master) >= FLOWS,
              f"{FLOWS} connections go through it", (slow, talk.errors[:5]))
    lived = kills(rig)
    tap.check(lived, f"after each of {KILLS} kills of its namespace a backup is there",
              "\n".join(rig.daemon.log().splitlines()[-25:]))
    slow = talk.all_go_on()
    tap.check(not talk.errors and not slow,
              "no connection breaks, and all go on",
              (len(slow), talk.errors[:5], rig.connections(rig.master)))
    rules = inside(rig.master.namespace, "nft", "list", "ruleset").stdout
    tap.check("masquerade" in rules and "policy drop" in rules,
              "the backup has the rules of its master", rules)
    with rig.ends["left"].inside():
        s = socket.socket()
        s.settimeout(3)
        refused = s.connect_ex((SERVER, PORT + 1))
        s.close()
    tap.check(refused, "and they drop what they dropped")
    return rig, talk, server


def control(tap, rig, talk, server):
    """A failover by hand, to an instance that has the rules only."""
    rig.daemon.kill(signal.SIGTERM)
    place = rig.master
    other = next(p for p in rig.places.values() if p is not place)
    inside(other.namespace, "nft", "-f", "-", text=RULES)
    inside(other.namespace, "conntrack", "-F")
    rig.ctl("service", "set", rig.service, "recovery", "checkpoint")
    rig.ctl("failover", rig.service, "instance", place.name, "to", other.name)
    slow = talk.all_go_on(5)
    tap.check(len(slow) > FLOWS // 2 or talk.errors,
              "without the state of the connections they break (control)",
              (len(slow), talk.errors[:5]))
    talk.close()
    server.kill()
    server.wait()
    rig.close()


def main():
    tap = Tap(7)
    seed()
    control(tap, *protect(tap))
    tap.finish()


if __name__ == "__main__":
    main()
