# SPDX-License-Identifier: GPL-2.0-or-later
"""
What a stock kernel has to spread connections over servers, each as its documentation has
it at its best, and nfha.

                     +-p1-- server 1
    clients --c  lb  +-p2-- server 2
                     +-p3-- server 3

Two servers work, and a third one comes and goes. Those that hand frames on ("bridged") have
servers with one address and one MAC address; those that route have servers with addresses
of their own, which answer through the balancer.
"""

import json

from bench import CTL, KEY, Namespace, ip_batch, run, wait_for
from talk import CLIENTS, Talk

ADDRESS, PORT = "192.0.2.1", 80
GATEWAY = "192.0.2.254"
CLIENT_MAC, SERVER_MAC = "02:00:00:00:01:01", "02:00:00:00:02:01"
THIRD = 3
# Parts in which those without a memory of flows give connections away.
BUCKETS = 48
# Of a number of servers: to whom each bucket belongs. A third one gets only what it
# needs, so that no more than that moves.
OWNERS = {2: [1, 2] * (BUCKETS // 2), 3: [1, 2, 1, 2, 3, 3] * (BUCKETS // 6)}


class Balancer:
    """What all have in common: namespaces, cables, servers."""
    name = None
    routed = False

    def __init__(self):
        names = ("clients", "lb", "s1", "s2", "s3")
        self.clients, self.lb, *self.servers = Namespace.several(*names)
        self.cable("c", self.clients, CLIENT_MAC, SERVER_MAC)
        lines = [f"addr add {c}/24 dev eth" for c in CLIENTS]
        lines += [f"route add {ADDRESS}/32 dev eth",
                  f"neigh add {ADDRESS} lladdr {SERVER_MAC} dev eth nud permanent"]
        ip_batch(lines, "-n", self.clients.name)
        self.talk = Talk(self.clients)
        for n, server in enumerate(self.servers, 1):
            self.cable(f"p{n}", server, SERVER_MAC, f"02:00:00:00:03:0{n}")
            self.wire_routed(n, server) if self.routed else self.wire_bridged(server)
            self.talk.serve(server, n, "", PORT)
        if self.routed:
            self.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
            ip_batch([f"addr add {ADDRESS}/32 dev lo", "route add 10.1.0.0/24 dev c"],
                     "-n", self.lb.name)
        self.up()

    def cable(self, dev, namespace, mac, own_mac):
        ip_batch([f"link add {dev} address {own_mac} type veth peer name eth address {mac} "
                  f"netns {namespace.name}", f"link set {dev} up", "link set lo up"],
                 "-n", self.lb.name)
        ip_batch(["link set eth up", "link set lo up"], "-n", namespace.name)

    @staticmethod
    def wire_bridged(server):
        ip_batch([f"addr add {ADDRESS}/24 dev eth",
                  f"neigh add {GATEWAY} lladdr {CLIENT_MAC} dev eth nud permanent",
                  f"route add default via {GATEWAY}"], "-n", server.name)

    def wire_routed(self, n, server):
        ip_batch([f"addr add 10.2.{n}.1/24 dev p{n}"], "-n", self.lb.name)
        ip_batch([f"addr add 10.2.{n}.2/24 dev eth", f"route add default via 10.2.{n}.1"],
                 "-n", server.name)

    def inside(self, *words, text=None):
        with self.lb.inside():
            return run(*words, text=text)

    def up(self):
        """Servers 1 and 2."""
        raise NotImplementedError

    def add(self):
        """The third one."""
        raise NotImplementedError

    def drain(self):
        """The third one gets no more connections."""
        raise NotImplementedError

    def take_away(self):
        """The third one, which has no connection any more."""
        raise NotImplementedError

    def bury(self):
        """The third one, which is dead."""
        self.take_away()

    def die(self):
        """The third one, without a word."""
        ip_batch(["link set p3 down"], "-n", self.lb.name)

    def close(self):
        self.talk.close()
        Namespace.remove_several(self.clients, self.lb, *self.servers)


class Nfha(Balancer):
    name = "nfha"

    def ctl(self, *words, check=True):
        return run(CTL, "-n", self.lb.name, *words, check=check)

    def json(self, *words):
        return json.loads(run(CTL, "-j", "-n", self.lb.name, *words).stdout)

    def up(self):
        self.ctl("service", "add", "s", "key", KEY.hex(), "left", "c")
        for n in (1, 2):
            self.ctl("instance", "add", f"i{n}", "service", "s", "left", f"p{n}")
        self.ctl("range", "set", "s", "0-32767=i1", "32768-65535=i2")

    def add(self):
        self.ctl("instance", "add", "i3", "service", "s", "left", "p3")
        self.ctl("range", "set", "s", "0-21844=i1", "21845-32767=i3", "32768-54612=i2",
                 "54613-65535=i3")

    def drain(self):
        self.ctl("merge", "s", "from", "i3", "to", "i1")

    def take_away(self, *force):
        """It is refused while there is a flow."""
        words = ("instance", "delete", "i3", "service", "s", *force)
        wait_for(lambda: not self.ctl(*words, check=False).returncode)
        if len(self.json("instance", "show", "s")) != 2:
            raise RuntimeError("the third instance cannot be taken away")

    def bury(self):
        self.drain()
        self.take_away("force")


class Ipvs(Balancer):
    """With network address translation, for its replies come through it."""
    routed = True
    scheduler = ()

    def admin(self, *words):
        self.inside("ipvsadm", words[0], "-t", f"{ADDRESS}:{PORT}", *words[1:])

    def server(self, n):
        return ("-r", f"10.2.{n}.2:{PORT}")

    def up(self):
        self.inside("sysctl", "-qw", "net.ipv4.vs.expire_nodest_conn=1")
        self.admin("-A", *self.scheduler)
        for n in (1, 2):
            self.admin("-a", *self.server(n), "-m")

    def add(self):
        self.admin("-a", *self.server(THIRD), "-m")

    def drain(self):
        self.admin("-e", *self.server(THIRD), "-m", "-w", "0")

    def take_away(self):
        self.admin("-d", *self.server(THIRD))


class IpvsRr(Ipvs):
    name, scheduler = "ipvs_rr", ("-s", "rr")


class IpvsMh(Ipvs):
    name, scheduler = "ipvs_mh", ("-s", "mh", "-b", "mh-port,mh-fallback")


class Spread(Balancer):
    """Those that are told to whom each of many buckets belongs."""

    def spread(self, count):
        raise NotImplementedError

    def up(self):
        self.spread(2)

    def add(self):
        self.spread(3)

    def drain(self):
        self.spread(2)

    def take_away(self):
        self.spread(2)


class NftHash(Spread):
    """A hash and no memory."""
    name = "nft_jhash"
    keyed = "ip saddr . tcp sport"

    def table(self, rules, more=""):
        back = "".join(
            f'chain from{n} {{ type filter hook ingress device p{n} priority 0; '
            'fwd to "c"; }\n' for n in (1, 2, 3))
        self.inside("nft", "-f", "-", text=(
            f"table netdev peer {{\n{more}\nchain in {{ type filter hook ingress device "
            f"c priority 0; }}\n{back}}}\nflush chain netdev peer in\n"
            + "".join(f"add rule netdev peer in {rule}\n" for rule in rules)))

    def choice(self, count):
        owners = ", ".join(f'{b} : "p{o}"' for b, o in enumerate(OWNERS[count]))
        return f"jhash {self.keyed} mod {BUCKETS} seed 0x5eed map {{ {owners} }}"

    def spread(self, count):
        self.table([f"fwd to {self.choice(count)}"])


class NftMap(NftHash):
    """A flow is in a map from its first packet on."""
    name = "nft_map"
    key = "ip saddr . ip daddr . tcp sport . tcp dport"

    def spread(self, count):
        rules = [f"fwd to {self.key} map @flows",
                 f"meta mark set jhash {self.keyed} mod {BUCKETS} seed 0x5eed"]
        for n in sorted(set(OWNERS[count])):
            own = ", ".join(str(b) for b, o in enumerate(OWNERS[count]) if o == n)
            rules.append(f'meta mark {{ {own} }} add @flows {{ {self.key} : "p{n}" }} '
                         f'fwd to "p{n}"')
        self.table(rules,
                   "map flows { type ipv4_addr . ipv4_addr . inet_service . inet_service "
                   ": iface_index; size 65536; flags dynamic,timeout; timeout 1h; }")


class NftConntrack(Spread):
    """A connection keeps the server that it was translated to first."""
    name = "nft_conntrack"
    routed = True

    def spread(self, count):
        owners = ", ".join(f"{b} : 10.2.{o}.2" for b, o in enumerate(OWNERS[count]))
        self.inside("nft", "-f", "-", text=(
            "table ip peer {\nchain in { type nat hook prerouting priority dstnat; }\n}\n"
            "flush chain ip peer in\n"
            f"add rule ip peer in ip daddr {ADDRESS} tcp dport {PORT} dnat to "
            f"jhash ip saddr . tcp sport mod {BUCKETS} seed 0x5eed map {{ {owners} }}\n"))


class Tc(Spread):
    """A bucket is the source port's last bits, the only hash that tc has for this."""
    name = "tc_mirred"
    # Of the filters that are at work; the next ones come before them.
    preference = 1000

    def up(self):
        lines = ["qdisc add dev c clsact"]
        for n in (1, 2, 3):
            lines += [f"qdisc add dev p{n} clsact",
                      f"filter add dev p{n} ingress matchall action mirred egress "
                      "redirect dev c"]
        self.batch(lines)
        super().up()

    def batch(self, lines):
        self.inside("tc", "-batch", "-", text="".join(f"{l}\n" for l in lines))

    def spread(self, count):
        old, self.preference = self.preference, self.preference - 1
        self.batch(f"filter add dev c ingress protocol ip pref {self.preference} flower "
                   f"ip_proto tcp src_port {b}/0xf action mirred egress redirect dev p{owner}"
                   for b, owner in enumerate(OWNERS[count][:16]))
        if old < Tc.preference:
            self.batch([f"filter del dev c ingress protocol ip pref {old}"])


PEERS = (Nfha, IpvsRr, IpvsMh, NftHash, NftMap, NftConntrack, Tc)

