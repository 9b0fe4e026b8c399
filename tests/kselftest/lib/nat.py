# SPDX-License-Identifier: GPL-2.0-or-later
"""
TCP through two instances of a masquerading NAT that are clones but for their
public address.

    client ---l0  host  r0--- server
                  |  |
       10.0.0.1 [ A, B ] 192.0.2.10, 192.0.2.11

The server tells each client which address it came from.
"""

import errno
import random
import select
import socket
import threading
import time

from bench import CTL, KEY, Namespace, Tap, flow_id, json, run, seed

CLIENT, GATEWAY, SERVER, PORT = "10.0.0.2", "10.0.0.1", "192.0.2.1", 80
PUBLIC = {"192.0.2.10": "A", "192.0.2.11": "B"}
MAC = {"client": "02:00:00:00:01:01", "server": "02:00:00:00:01:02",
       "left": "02:00:00:00:02:01", "right": "02:00:00:00:02:02"}
MANY = 24

# Every neighbour is known, so that no ARP goes to the owner of flow ID 0 alone.
END = """link set eth0 address {mac} up
addr add {own}/24 dev eth0
"""
NEIGHBOUR = "neigh add {address} lladdr {mac} dev {dev} nud permanent\n"
INSTANCE = """link set left address {left} up
link set right address {right} up
addr add 10.0.0.1/24 dev left
addr add {public}/24 dev right
"""
RULES = """table ip nat {
	chain post {
		type nat hook postrouting priority 100;
		oifname "right" masquerade
	}
}
"""


def ip(namespace, text):
    run("ip", "-n", namespace.name, "-batch", "-", text=text)


class Network:
    def __init__(self):
        self.host = Namespace("host")
        self.client = Namespace("client")
        self.server = Namespace("server")
        self.instances = {name: Namespace(name) for name in "AB"}
        self.cable("l0", "eth0", self.client)
        self.cable("r0", "eth0", self.server)
        ip(self.client, END.format(mac=MAC["client"], own=CLIENT) +
           f"route add default via {GATEWAY}\n" +
           NEIGHBOUR.format(address=GATEWAY, mac=MAC["left"], dev="eth0"))
        ip(self.server, END.format(mac=MAC["server"], own=SERVER) +
           "".join(NEIGHBOUR.format(address=a, mac=MAC["right"], dev="eth0")
                   for a in PUBLIC))
        for public, name in PUBLIC.items():
            self.nat(name, public)

    def cable(self, dev, peer, namespace):
        ip(self.host, f"link add {dev} type veth peer name {peer} "
                      f"netns {namespace.name}\nlink set {dev} up\n")

    def nat(self, name, public):
        namespace = self.instances[name]
        self.cable(f"{name}l", "left", namespace)
        self.cable(f"{name}r", "right", namespace)
        ip(namespace, INSTANCE.format(public=public, **MAC) +
           NEIGHBOUR.format(address=CLIENT, mac=MAC["client"], dev="left") +
           NEIGHBOUR.format(address=SERVER, mac=MAC["server"], dev="right"))
        with namespace.inside():
            with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
                file.write("1")
            run("nft", "-f", "-", text=RULES)

    def ctl(self, *words):
        return run(CTL, "-n", self.host.name, *words)

    def json(self, *words):
        return json.loads(run(CTL, "-j", "-n", self.host.name, *words).stdout)

    def service(self, learn):
        self.ctl("service", "add", "s", "key", KEY.hex(), "left", "l0", "right",
                 "r0", "learn", learn)
        for name in self.instances:
            self.ctl("instance", "add", name, "service", "s", "left", f"{name}l",
                     "right", f"{name}r")

    def remove(self):
        for namespace in (self.host, self.client, self.server,
                          *self.instances.values()):
            namespace.remove()


class Server:
    """Says to each client where it comes from, and then what it says."""

    def __init__(self, namespace):
        with namespace.inside():
            self.socket = socket.create_server((SERVER, PORT), backlog=128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            s, peer = self.socket.accept()
            threading.Thread(target=self.serve, args=(s, peer), daemon=True).start()

    @staticmethod
    def serve(s, peer):
        try:
            s.sendall(f"{peer[0]} {peer[1]}".ljust(32).encode())
            while data := s.recv(65536):
                s.sendall(data)
        except OSError:
            pass
        s.close()


class Client:
    """A connection, from a port that no other one has."""
    ports = iter(())

    def __init__(self, network):
        self.port = next(Client.ports)
        with network.client.inside():
            self.socket = socket.socket()
        s = self.socket
        # Gives up after two SYNs, three seconds.
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
        s.bind((CLIENT, self.port))
        s.setblocking(False)
        s.connect_ex((SERVER, PORT))
        self.error = None
        self.public = None

    def owner(self):
        """The owner of its range, with ranges cut in the middle."""
        return "AB"[flow_id(CLIENT, self.port, SERVER, PORT, 6) >= 32768]

    def answers_to(self, public):
        """Who gets answers to it, if only ranges tell."""
        return "AB"[flow_id(SERVER, PORT, public, self.port, 6) >= 32768]

    def echo(self, data, seconds=20):
        """True if what is said comes back; sends and receives at once."""
        s, out, got = self.socket, memoryview(data), bytearray()
        end = time.monotonic() + seconds
        while len(got) < len(data) and time.monotonic() < end:
            read, write, _ = select.select([s], [s] if out else [], [], 0.1)
            try:
                if write:
                    out = out[s.send(out[:65536]):]
                if read:
                    new = s.recv(65536)
                    if not new:
                        break
                    got += new
            except OSError:
                break
        return bytes(got) == data


def connect(network, number):
    """Clients, each connected and told its address, or with an error."""
    clients = [Client(network) for _ in range(number)]
    waiting, end = {c.socket: c for c in clients}, time.monotonic() + 30
    while waiting and time.monotonic() < end:
        ready, _, _ = select.select(list(waiting), [], [], 0.1)
        for s in ready:
            client = waiting.pop(s)
            try:
                client.public = s.recv(32).decode().split()
            except OSError as error:
                client.error = error.errno
    return clients


def instance(client):
    return PUBLIC.get(client.public[0]) if client.public else None


def alive(clients):
    return [c.echo(random.randbytes(3000)) for c in clients]


def close(clients):
    for c in clients:
        c.socket.close()


def learning(tap, n):
    n.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    clients = connect(n, MANY)
    got = [instance(c) for c in clients]
    tap.check(got == [c.owner() for c in clients] and set(got) == {"A", "B"},
              "connections go out by the instances of their ranges",
              [(c.port, c.public, c.error) for c in clients])
    tap.check(all(alive(clients)), "and answers come back to them")
    crossed = [c for c in clients if c.public and
               c.answers_to(c.public[0]) != instance(c)]
    tap.check(len(crossed) >= 3, f"{len(crossed)} of them against the ranges (control)")
    tap.check(n.json("service", "show", "s")[0]["exceptions"] == 0 and
              n.json("stats", "s")[0]["learned"] == MANY,
              "learned flows are one for each, and no exceptions",
              n.json("stats", "s"))
    first = crossed[0] if crossed else clients[0]
    tap.check(first.echo(random.randbytes(1 << 20)),
              "a megabyte goes there and back whole")
    close(clients)


def split(tap, n):
    n.ctl("range", "set", "s", "0-65535=A")
    n.ctl("flow", "delete", "s", "instance", "A")
    n.ctl("flow", "delete", "s", "instance", "B")
    clients = connect(n, MANY)
    tap.check({instance(c) for c in clients} == {"A"} and all(alive(clients)),
              "with one range all go out by A")
    done = n.json("split", "s", "from", "A", "to", "B", "at", "32768")
    moved = [c for c in clients if c.owner() == "B"]
    tap.check(done["exceptions"] == len(moved) > 0,
              f"{len(moved)} of them are exceptions after a split", done)
    tap.check(all(alive(clients)), "and all go on", alive(clients))
    new = connect(n, MANY)
    tap.check([instance(c) for c in new] == [c.owner() for c in new] and
              {instance(c) for c in new} == {"A", "B"} and all(alive(new)),
              "new ones go out by both")
    tap.check(all(alive(clients)), "and old ones still go on")
    return clients, new


def control(tap, n, clients):
    """What the split would have done to them, had they moved."""
    n.ctl("service", "set", "s", "policy", "always")
    n.ctl("range", "set", "s", "0-65535=B")
    before = [c for c in clients if c.owner() == "A"][:3]
    tap.check(before and not any(c.echo(b"x" * 100, 1) for c in before),
              "connections that are moved without their state break (control)")
    close(clients)


def without(tap, n):
    n.ctl("service", "delete", "s", "force")
    n.service("off")
    n.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    clients = connect(n, MANY)
    public = {name: address for address, name in PUBLIC.items()}
    want = [c.answers_to(public[c.owner()]) == c.owner() for c in clients]
    got = [c.public is not None for c in clients]
    tap.check(got == want and set(want) == {True, False},
              f"without learning {want.count(False)} of {MANY} get no answer (control)",
              list(zip(got, want)))
    tap.check({c.error for c in clients if not c.public} == {errno.ETIMEDOUT},
              "they time out", [c.error for c in clients])
    close(clients)


def main():
    tap = Tap(13)
    seed()
    Client.ports = iter(random.sample(range(20000, 30000), 5 * MANY))
    n = Network()
    server = Server(n.server)
    n.service("on")
    learning(tap, n)
    old, new = split(tap, n)
    control(tap, n, old + new)
    without(tap, n)
    server.socket.close()
    n.remove()
    tap.finish()


if __name__ == "__main__":
    main()
