# SPDX-License-Identifier: GPL-2.0-or-later
"""
Commands whose allocations fail, one after the other. One that says no has changed
nothing; one that says yes has done all of it, and has told those who listen, or they know
that they have missed something.
"""

import collections
import contextlib
import errno
import fcntl
import os
import socket
import struct
import sys

import injection
from bench import KEY, Namespace, ip_batch, run as command, wait_for

OUT_OF_MEMORY = (errno.ENOMEM, errno.ENOBUFS)
NAMES = ("l0", "r0", "d0", "xt", "Al", "Ar", "Bl", "Br", "Cl", "Cr")
# What passes by itself, or is said by others than the command.
MOVING = {"idle-ms", "expires-ms", "oldest-ms", "rate", "cursor"}
OTHERS_SAY = ("threshold-ntf", "drain-ntf")
NETLINK_ROUTE, NETLINK_GENERIC = 0, 16
RTM_NEWLINK, RTM_DELLINK = 16, 17
REQUEST_ACK = 5
SOL_NETLINK, ADD_MEMBERSHIP, CAP_ACK, EXT_ACK = 270, 1, 10, 11
IFF_UP, IFF_RUNNING, SIOCGIFFLAGS = 1, 0x40, 0x8913
# Of a thousand allocations that are alike, the stripes of a flow table, one in so many
# fails; so many at the beginning and at the end all do.
EACH, THINNED = 24, 101
MANY = 1 << 20

# What is asked for: an operation of the specification with its request, or a change of a
# device. name: in the test's words. world: requests before it, behind those of world().
Case = collections.namedtuple("Case", "name kind operation request world")
Outcome = collections.namedtuple("Outcome", "errno answer events missed")


def ports(*names):
    return [{"side": "left" if n[1] in "l0t" and n != "r0" else "right", "ifname": n}
            for n in names]


def case(operation, request, *world, name="", kind="do"):
    return Case(f"{operation}{', ' if name else ''}{name}", kind, operation, request, world)


def of(instance, **more):
    return {"service": "s", "instance": instance, **more}


def flow(sport, **more):
    return {"service": "s", "saddr": "0a000001", "daddr": "0a000002", "proto": 17,
            "sport": sport, "dport": 53, **more}


def cut(first, last):
    return [{"first": 0, "last": last, "instance": first},
            {"first": last + 1, "last": 65535, "instance": "B" if first == "A" else "A"}]


WORLD = [
    ("service-new", {"name": "s", "key": KEY.hex(), "recovery": "buffer",
                     "port": ports("l0", "r0")}),
    ("instance-new", {"service": "s", "name": "A", "port": ports("Al", "Ar")}),
    ("instance-new", {"service": "s", "name": "B", "port": ports("Bl", "Br")}),
    ("map-set", {"service": "s", "range": cut("A", 32767)}),
    *(("flow-new", flow(n, instance="A")) for n in (1, 2, 3)),
    ("flow-new", flow(4, instance="B")),
    ("epoch-cut", of("A")),
]
SUCCESSOR = ("instance-set", {"service": "s", "name": "A", "successor": "B"})
WITHOUT = ("service-set", {"name": "s", "recovery": "none"})
RELEASED = ("service-set", {"name": "s", "recovery": "checkpoint"})

CASES = [
    case("service-new", {"name": "t", "key": KEY.hex(), "recovery": "checkpoint",
                         "match": {"address": "0a000000", "prefix-len": 8},
                         "port": ports("xt")}),
    case("service-set", {"name": "s", "threshold": 5, "recovery": "buffer",
                         "match": {"address": "0a000000", "prefix-len": 8},
                         "port": ports("l0", "r0") +
                         [{"side": "left", "ifname": "d0", "detour": 1}]},
         RELEASED, WITHOUT),
    case("service-del", {"name": "s", "force": True}),
    case("service-get", {"name": "s"}),
    case("service-get", {}, kind="dump"),
    case("instance-new", {"service": "s", "name": "C", "port": ports("Cl", "Cr")}),
    case("instance-set", {"service": "s", "name": "B", "state": "draining", "deadline-ms": 0,
                          "port": ports("Cl", "Cr")},
         ("map-set", {"service": "s", "range": [{"first": 0, "last": 65535,
                                                 "instance": "A"}]})),
    case("instance-set", {"service": "s", "name": "C", "state": "standby"},
         ("instance-new", {"service": "s", "name": "C", "port": ports("Cl", "Cr")}),
         name="standby"),
    case("instance-set", SUCCESSOR[1], name="successor"),
    case("instance-del", {"service": "s", "name": "A", "force": True}),
    case("instance-get", {"service": "s", "name": "A"}),
    case("instance-get", {"service": "s"}, kind="dump"),
    case("instance-overload", {"service": "s", "name": "A", "overload-reason": "much"}),
    case("map-set", {"service": "s", "range": cut("B", 16383)}),
    case("map-set", {"service": "s", "range": cut("B", 32767), "policy": "always"},
         name="always"),
    case("map-get", {"service": "s"}),
    case("map-get", {}, kind="dump"),
    case("split", {"service": "s", "from": "A", "to": "B"}),
    case("split", {"service": "s", "from": "A", "to": "B", "at": 1, "policy": "always"},
         name="always"),
    case("merge", {"service": "s", "from": "A", "to": "B"}),
    case("merge", {"service": "s", "from": "A", "to": "B", "policy": "always"},
         name="always"),
    case("flow-new", flow(5, instance="A")),
    case("flow-new", flow(1, instance="B"), name="one that there is"),
    case("flow-del", flow(1)),
    case("flow-del", {"service": "s", "instance": "A"}, name="several"),
    case("flow-get", flow(1)),
    case("flow-get", {"service": "s"}, kind="dump"),
    case("load-get", {"service": "s", "first": 0}),
    case("load-get", {"service": "s"}, kind="dump"),
    case("epoch-begin", of("A")),
    case("epoch-cut", of("A"), ("epoch-begin", of("A"))),
    case("epoch-commit", of("A", epoch=1)),
    case("epoch-abort", of("A"), ("epoch-begin", of("A"))),
    case("epoch-get", of("A")),
    case("epoch-get", {"service": "s"}, kind="dump"),
    case("epoch-alive", {"service": "s"}),
    case("failover", of("A", backup="B")),
    case("failover", {"service": "s", "instance": "A", "fence-only": True}, name="fence-only"),
    case("a device goes", "Al", SUCCESSOR, kind="device"),
    case("a device is set down", "Al", SUCCESSOR, kind="device"),
]


class Client:
    """A socket of the family that stays open, one that listens, and devices for ports."""

    def __init__(self, directory, spec):
        sys.path.insert(0, directory)
        # pylint: disable-next=import-outside-toplevel,import-error
        from lib import NlError, YnlFamily
        self.refusal = NlError
        self.host = Namespace("inject")
        self.thread = injection.Thread()
        self.links(NAMES)
        self.ynl = YnlFamily(spec, "")
        self.others_say = {self.ynl.msgs[name].rsp_value for name in OTHERS_SAY}
        self.ear = self.route = None
        self.sockets()

    def netlink(self, protocol):
        with self.host.inside():
            return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)

    def sockets(self):
        """In the namespace, in place of those that there are."""
        self.renew()
        self.ear, self.route = self.netlink(NETLINK_GENERIC), self.netlink(NETLINK_ROUTE)
        # Without an address it would get nothing.
        self.ear.bind((0, 0))
        self.ear.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP,
                            self.ynl.nlproto.get_mcast_id("events", None))
        self.ear.setblocking(False)

    def renew(self):
        self.ynl.sock.close()
        self.ynl.sock = self.netlink(NETLINK_GENERIC)
        for option in (CAP_ACK, EXT_ACK):
            self.ynl.sock.setsockopt(SOL_NETLINK, option, 1)

    def operations(self):
        """All that the specification knows, as (name, do or dump)."""
        return {(op.name, kind) for op in self.ynl.ops.values() for kind in ("do", "dump")
                if kind in op.yaml}

    def links(self, names):
        ip_batch((f"link add {n} type veth peer name p-{n}\nlink set {n} up\n"
                  f"link set p-{n} up" for n in names), "-n", self.host.name)
        wait_for(lambda: all(self.runs(n) for n in names))

    def runs(self, name):
        with self.host.inside(), socket.socket() as s:
            request = struct.pack("16sH14x", name.encode(), 0)
            flags = struct.unpack_from("H", fcntl.ioctl(s, SIOCGIFFLAGS, request), 16)[0]
        return flags & IFF_RUNNING

    def family_ask(self, kind, operation, request):
        try:
            if kind == "dump":
                return 0, self.ynl.dump(operation, request)
            return 0, self.ynl.do(operation, request)
        except self.refusal as error:
            return -error.nl_msg.error, None
        except OSError as error:
            return error.errno, None

    def device_ask(self, operation, name):
        """In this thread, which no ip is."""
        with self.host.inside():
            index = socket.if_nametoindex(name)
        kind = RTM_DELLINK if operation == "a device goes" else RTM_NEWLINK
        self.route.send(struct.pack("=IHHIIBxHiII", 32, kind, REQUEST_ACK, 1, 0, 0, 0, index,
                                    0, IFF_UP if kind == RTM_NEWLINK else 0))
        return -struct.unpack_from("=i", self.route.recv(4096), 16)[0], None

    def ask(self, kind, operation, request, n=0):
        """(Outcome, how many allocations were left of n)"""
        self.heard()
        self.thread.arm(n)
        code, answer = self.device_ask(operation, request) if kind == "device" else \
            self.family_ask(kind, operation, request)
        left = self.thread.left()
        self.ynl.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self.ynl.sock.recv(1 << 17):
                pass
        self.ynl.sock.setblocking(True)
        if code and kind == "dump":
            # The core has not ended it, and takes no other one.
            self.renew()
        return Outcome(code, scrub(answer), *self.heard()), left

    def do(self, operation, request):
        done, _ = self.ask("do", operation, request)
        if done.errno:
            raise RuntimeError(f"{operation} {request}: {os.strerror(done.errno)}")
        return done.answer

    def heard(self):
        """How many events have come, and whether some are known to be missing."""
        events, missed = 0, False
        while True:
            try:
                message = self.ear.recv(1 << 17)
            except BlockingIOError:
                return events, missed
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                missed = True
                continue
            events += message[16] not in self.others_say

    def state(self):
        """All that can be seen of the namespace, but for what moves by itself."""
        def dump(operation, request):
            code, answer = self.family_ask("dump", operation, request)
            if code:
                raise RuntimeError(f"{operation}: {os.strerror(code)}")
            return [scrub(a) for a in answer]

        services = dump("service-get", {})
        state = {"services": services, "instances": dump("instance-get", {}),
                 "maps": [joined(m) for m in dump("map-get", {})],
                 "epochs": dump("epoch-get", {})}
        for service in services:
            name = {"service": service["name"]}
            state[service["name"]] = sorted(dump("flow-get", name), key=str)
        return state

    def clear(self):
        for service in self.ynl.dump("service-get", {}):
            self.do("service-del", {"name": service["name"], "force": True})

    def world(self, steps):
        """Everything anew."""
        self.clear()
        with self.host.inside():
            there = {name for _, name in socket.if_nameindex()}
        missing = [n for n in NAMES if n not in there]
        if missing:
            self.links(missing)
        for name in NAMES:
            if not self.runs(name):
                ip_batch([f"link set {name} up"], "-n", self.host.name)
                wait_for(lambda name=name: self.runs(name))
        for operation, request in (*WORLD, *steps):
            self.do(operation, request)

    def promiscuous(self):
        """Devices that are still made to take everything."""
        text = command("ip", "-n", self.host.name, "-d", "link", "show").stdout
        return [line.strip() for line in text.splitlines()
                if "promiscuity" in line and "promiscuity 0" not in line]

    def close(self):
        for s in (self.ynl.sock, self.ear, self.route):
            s.close()
        self.host.remove()


def scrub(what):
    """Without what moves by itself."""
    if isinstance(what, dict):
        return {k: scrub(v) for k, v in what.items() if k not in MOVING}
    if isinstance(what, list):
        return [scrub(v) for v in what]
    return what


def joined(map_):
    """Neighbours with one owner are one range; it makes no difference to a packet."""
    ranges = []
    for r in map_.get("range", []):
        if ranges and ranges[-1].get("instance") == r.get("instance"):
            ranges[-1] = {**ranges[-1], "last": r["last"]}
        else:
            ranges.append(r)
    return {**map_, "range": ranges}


class Trial:
    """One case, with each of its allocations failing in turn."""

    def __init__(self, client, it):
        self.client, self.it = client, it
        self.fired, self.wrong = 0, []
        client.world(it.world)
        self.before = client.state()
        self.clean, left = self.ask(MANY)
        self.count = MANY - left
        self.wanted = client.state()
        if self.clean.errno:
            self.wrong.append(f"without a failure: {os.strerror(self.clean.errno)}")

    def ask(self, n=0):
        return self.client.ask(self.it.kind, self.it.operation, self.it.request, n)

    def compare(self, n, want, what):
        now = self.client.state()
        if now != want:
            self.wrong.append(f"{n}: {what}: {differences(want, now)}")

    def restore(self):
        if self.wanted != self.before or self.it.kind == "device":
            self.client.world(self.it.world)

    def judge(self, n, got):
        if got.errno and self.it.kind == "device":
            self.wrong.append(f"{n}: a device cannot stay: {os.strerror(got.errno)}")
        if got.errno:
            if got.errno not in OUT_OF_MEMORY:
                self.wrong.append(f"{n}: says {os.strerror(got.errno)}")
            if got.events:
                self.wrong.append(f"{n}: says no, and tells that it is done")
            self.compare(n, self.before, "says no, and all is not as it was")
            return
        if got.answer != self.clean.answer:
            self.wrong.append(f"{n}: answers {got.answer}, not {self.clean.answer}")
        if got.events != self.clean.events and not got.missed:
            self.wrong.append(f"{n}: of {self.clean.events} events {got.events} came, "
                              "and nobody knows")
        self.compare(n, self.wanted, "says yes, and it is not done")
        self.restore()

    def run(self):
        """Until there is no n-th allocation."""
        self.restore()
        n = 0
        while n < MANY:
            n += 1
            while EACH < n < self.count - EACH and n % THINNED:
                n += 1
            got, left = self.ask(n)
            if left:
                # Each failure has left it so that it goes on.
                if got.errno:
                    self.wrong.append(f"after all: {os.strerror(got.errno)}")
                self.compare(n, self.wanted, "after all")
                break
            self.fired += 1
            self.judge(n, got)
        return self


def differences(want, now, path=""):
    """Where two states differ, briefly."""
    if isinstance(want, dict) and isinstance(now, dict):
        return "; ".join(differences(want.get(k), now.get(k), f"{path}.{k}")
                         for k in sorted({*want, *now}) if want.get(k) != now.get(k))
    if isinstance(want, (list, tuple)) and isinstance(now, (list, tuple)) and \
       len(want) == len(now):
        return "; ".join(differences(w, n, f"{path}[{i}]")
                         for i, (w, n) in enumerate(zip(want, now)) if w != n)
    return f"{path}: {str(want)[:200]} became {str(now)[:200]}"


# Answers that take no memory of the module's: the core sends the acknowledgement, or has
# allocated the message.
WITHOUT_MEMORY = {"epoch-alive"}


def one(tap, client, it, where):
    """Of what changes nothing, also those of the core that serves it."""
    reads = it.operation.endswith("-get")
    with injection.within(where["genl_rcv"] if reads else where["nfha"]):
        trial = Trial(client, it).run()
    enough = trial.fired or it.operation in WITHOUT_MEMORY
    kind = ", dump" if it.kind == "dump" else ""
    tap.check(enough and not trial.wrong,
              f"{it.name}{kind}: fails {trial.fired} times, and leaves all as it was or does it",
              "\n".join(trial.wrong[:10]) or "nothing has failed")


def controls(tap, client, where):
    it = case("instance-new", {"service": "s", "name": "C", "port": ports("Cl", "Cr")})
    with injection.within((0, 1)):
        trial = Trial(client, it).run()
    tap.check(not trial.fired, "outside the module, nothing of it fails (control)", trial.fired)
    with injection.within(where["nfha"]):
        trial = Trial(client, it)
        # As if something had been left behind.
        trial.before["instances"].append("left")
        trial.run()
    tap.check(trial.wrong, "what is left behind is found (control)")


PLAN = len(CASES) + 4


def run(tap, client):
    symbols = injection.Symbols()
    where = {"nfha": symbols.nfha(), "genl_rcv": symbols.function("genl_rcv")}
    have = {(it.operation, it.kind) for it in CASES}
    tap.check(client.operations() <= have, "there is a case for each command",
              client.operations() - have)
    for it in CASES:
        one(tap, client, it, where)
    controls(tap, client, where)
    client.clear()
    tap.check(not client.promiscuous(), "no device is made to take everything any more",
              client.promiscuous())
