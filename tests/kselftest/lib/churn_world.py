# SPDX-License-Identifier: GPL-2.0-or-later
"""
Where the churn happens: two hosts with two services each, the traffic through them, and
the commands, each with what the model says that it may answer.

    out   o0l  o0r  ...          the crowd's outside
           |    |
    host  x0l  x0r  i0Al i0Ar ... i0Dr   ports of service s0 and its instances A to D
                     |    |
    vnf             v0Al v0Ar ...        the crowd's VNFs
"""

import ctypes
import mmap
import os
import random
import select
import socket
import subprocess
import time
from collections import Counter

from bench import BUILD, CTL, Namespace, ip_batch, run, wait_for
from churn_model import IDS, Service
from churn_netlink import (N, Links, Nfha, attr, module_load, module_remove, nest, u8, u16,
                           u32)

SLOTS, NAMES, SIDES = 4, "ABCD", "lr"
SENDERS, PROBES, COMPLAINTS = 3, 4096, 4096
SIDE = {"l": 0, "r": 1}


class Violation(Exception):
    """Something was not as it has to be."""


class Slot(ctypes.Structure):
    _fields_ = [("on", ctypes.c_uint64), ("one_armed", ctypes.c_uint64),
                ("may_double", ctypes.c_uint64), ("sent", ctypes.c_uint64 * SENDERS),
                ("unsent", ctypes.c_uint64), ("seen_vnf", ctypes.c_uint64),
                ("sent_vnf", ctypes.c_uint64), ("unsent_vnf", ctypes.c_uint64),
                ("seen_out", ctypes.c_uint64), ("doubled_vnf", ctypes.c_uint64),
                ("doubled_out", ctypes.c_uint64)]


class Vnf(ctypes.Structure):
    _fields_ = [("forbidden", ctypes.c_uint64), ("seen", ctypes.c_uint64),
                ("sent", ctypes.c_uint64)]


class Board(ctypes.Structure):
    """As struct board in tests/vnf/crowd.c."""

    _fields_ = [("paused", ctypes.c_uint64), ("quit", ctypes.c_uint64),
                ("devices", ctypes.c_uint64), ("pace", ctypes.c_uint64),
                ("is_paused", ctypes.c_uint64 * 2), ("knows", ctypes.c_uint64 * 4),
                ("overrun", ctypes.c_uint64 * 2), ("wrong", ctypes.c_uint64),
                ("slot", Slot * SLOTS), ("vnf", Vnf * len(NAMES) * SLOTS),
                ("probe", ctypes.c_uint64 * PROBES), ("said", ctypes.c_uint64),
                ("complaint", ctypes.c_char * COMPLAINTS)]


class Crowd:
    """The traffic, and what it counts."""

    def __init__(self, out, vnf, seed):
        self.path = f"/dev/shm/nfha-churn-{os.getpid()}"
        self.size = ctypes.sizeof(Board)
        with open(self.path, "w+b") as file:
            file.truncate(self.size)
            self.memory = mmap.mmap(file.fileno(), self.size)
        self.board = Board.from_buffer(self.memory)
        self.board.paused = 1
        self.board.pace = 2000
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([os.path.join(BUILD, "vnf", "crowd"), self.path,
                                         out, vnf, str(seed)])

    def look(self):
        """All of it knows the devices that there are now."""
        self.board.devices += 1
        if not wait_for(lambda: all(k == self.board.devices for k in self.board.knows), 60):
            raise Violation("the crowd does not know its devices")

    def pause(self, paused):
        self.board.paused = paused
        if not wait_for(lambda: all(p == paused for p in self.board.is_paused), 60):
            raise Violation("the crowd does not stop")

    def complaints(self):
        return self.board.complaint.decode() if self.board.wrong else ""

    def totals(self):
        """What was sent, what came to VNFs, and what came out."""
        slots = self.board.slot
        return (sum(sum(s.sent) for s in slots), sum(s.seen_vnf for s in slots),
                sum(s.seen_out for s in slots))

    def close(self):
        self.board.quit = 1
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        os.unlink(self.path)
        return status


class Reader:
    """Somebody who looks at everything all the time, in a process of its own."""

    def __init__(self, hosts):
        self.hosts = hosts
        ends, self.lives = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(ends)
            return
        os.close(self.lives)
        status = 1
        try:
            status = self.read(ends)
        finally:
            os._exit(status)

    def read(self, ends):
        """What it asks for may not be there; it must not fail in any other way."""
        rng = random.Random()
        while not select.select([ends], [], [], 0.05)[0]:
            name = rng.choice(["s0", "s1", "s2", "s3"])
            words = rng.choice([["service", "show"], ["instance", "show"], ["range", "show"],
                                ["flow", "show", name], ["flow", "show", name, "exceptions"],
                                ["epoch", "show"], ["stats", name], ["load", name], ["save"]])
            done = run(CTL, "-n", rng.choice(self.hosts), *words, check=False)
            if done.returncode not in (0, 1):
                print(f"# {' '.join(words)}: status {done.returncode}: {done.stderr}",
                      flush=True)
                return 1
        return 0

    def close(self):
        os.close(self.lives)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class World:
    def __init__(self, seed):
        self.seed = seed
        self.hosts = [Namespace("h0", add=False), Namespace("h1", add=False)]
        # Before there is anything that it could inherit.
        self.reader = Reader([host.name for host in self.hosts])
        self.out, self.vnf = Namespace.several("out", "vnf")
        self.nfha, self.links = [None, None], [None, None]
        self.ends = Links(self.out.name), Links(self.vnf.name)
        self.services = {}
        self.up = {}
        self.history = []
        # Commands that were accepted, and those that were not.
        self.done, self.refusals = Counter(), Counter()
        # What is not exact of a slot until the next check, and what may leave unseen.
        self.inexact = set(range(SLOTS))
        self.leavers = {}
        self.rested = {}
        self.refused = set()
        for host in (0, 1):
            self.host_begin(host)
        self.crowd = Crowd(self.out.name, self.vnf.name, seed)
        self.crowd.look()
        for slot in self.crowd.board.slot:
            slot.on = 1

    # Hosts and devices

    @staticmethod
    def host_of(slot):
        return slot // 2

    @staticmethod
    def slots_of(host):
        return (2 * host, 2 * host + 1)

    @staticmethod
    def devices_of(slot):
        return [f"x{slot}{side}" for side in SIDES] + \
            [f"i{slot}{name}{side}" for name in NAMES for side in SIDES]

    def cable(self, device):
        """Makes a device with its other end."""
        slot = int(device[1])
        links = self.links[self.host_of(slot)]
        peer, end, ends = ("o", self.out, self.ends[0]) if device[0] == "x" else \
            ("v", self.vnf, self.ends[1])
        links.cable(device, peer + device[1:], end.name)
        ends.set_up(peer + device[1:], True)
        links.set_up(device, True)
        self.up[device] = True

    def host_begin(self, host):
        name = self.hosts[host].name
        ip_batch([f"netns add {name}"])
        self.hosts[host].begin()
        self.links[host], self.nfha[host] = Links(name), Nfha(name)
        for slot in self.slots_of(host):
            for device in self.devices_of(slot):
                self.cable(device)

    def host_end(self, host):
        """Nothing of ours keeps the namespace: all that runs in it goes with it."""
        self.nfha[host].close()
        self.links[host].close()
        self.hosts[host].remove()
        if not wait_for(lambda: not self.remains(host), 60):
            raise Violation(f"devices of a namespace that was removed are left: "
                            f"{self.remains(host)}")

    def remains(self, host):
        """Ends of cables whose other end was in a host."""
        with self.out.inside():
            return [d for _, d in socket.if_nameindex()
                    if d[0] == "o" and int(d[1]) in self.slots_of(host)]

    # Commands

    def say(self, text):
        self.history.append(text)
        del self.history[:-40]

    def do(self, slot, command, words, *parts, allow):
        """
        One command, whose errno has to be one of those that the model allows. Returns
        whether it was accepted, and the answer.
        """
        status, got = self.nfha[self.host_of(slot)].command(command, *parts)
        name = os.strerror(status) if status else "accepted"
        self.say(f"{command.lower()} {words}: {name}")
        (self.refusals if status else self.done)[command.lower()] += 1
        if status not in allow:
            raise Violation(f"{command.lower()} {words}: {name}; the model allows " +
                            ", ".join(os.strerror(a) if a else "accepted"
                                      for a in sorted(allow)))
        if status:
            self.refused.add(slot)
        return not status, got[0] if got else None

    def dump(self, slot, command, *parts):
        status, got = self.nfha[self.host_of(slot)].command(command, *parts, dump=True)
        if status:
            raise Violation(f"{command.lower()} of s{slot}: {os.strerror(status)}")
        return got

    # Who gets nothing

    def vnf_of(self, slot, name):
        return self.crowd.board.vnf[slot][NAMES.index(name)]

    def allow(self, slot, *names):
        """They may get packets while a command is under way."""
        for name in names or NAMES:
            self.vnf_of(slot, name).forbidden = 0

    def forbid(self, slot):
        """Who gets nothing, now that the command is done."""
        service = self.services.get(slot)
        for name in NAMES:
            instance = service.instances.get(name) if service else None
            vnf = self.vnf_of(slot, name)
            if instance and not service.gets_nothing(instance):
                vnf.forbidden = 0
            elif not vnf.forbidden:
                vnf.forbidden = time.monotonic_ns()

    def leaves(self, slot, name):
        """
        What an instance still sends from now on comes to a device that is no port. So does
        what it has sent and nobody has received yet: nobody knows how much that is, but it
        was all sent since the last moment of rest.
        """
        sent = self.rested.get(slot, {}).get(name, 0)
        self.leavers.setdefault(slot, []).append((name, sent))

    # What the model is told

    def service_begins(self, slot, settings, sides):
        self.services[slot] = service = Service(slot, settings, sides)
        self.inexact.add(slot)
        board = self.crowd.board.slot[slot]
        board.one_armed = service.one_armed
        self.may_double(service, settings)

    def may_double(self, service, settings):
        """Before a service gets settings with which a packet may be seen twice."""
        if service.may_double(settings):
            service.doubled = True
            self.crowd.board.slot[service.slot].may_double = 1

    def service_ends(self, slot):
        self.services.pop(slot, None)
        self.inexact.add(slot)

    def host_forgets(self, host):
        for slot in self.slots_of(host):
            self.service_ends(slot)
            self.forbid(slot)

    def module_reload(self):
        """Whoever is in the middle of a command keeps the module for so long."""
        def gone():
            status = module_remove()
            return not status
        if not wait_for(gone, 60):
            raise Violation("the module cannot be unloaded")
        for host in (0, 1):
            self.host_forgets(host)
        left = slabs()
        if left:
            raise Violation(f"after the module is gone there is {left}")
        module_load(os.environ["NFHA_MODULE"])
        self.nfha[0].resolve()
        for nfha in self.nfha:
            nfha.listen()

    def close(self):
        status = self.crowd.close() or self.reader.close()
        for netlink in (*self.nfha, *self.links, *self.ends):
            netlink.close()
        Namespace.remove_several(*self.hosts, self.out, self.vnf)
        return status


def slabs():
    """Those of the module that there are."""
    with open("/proc/slabinfo", encoding="ascii") as file:
        return [line.split()[0] for line in file if line.startswith("nfha_")]


def ports(slot, sides, name=None):
    """Attributes of the ports of a service, or of an instance."""
    kind = N["A_INSTANCE_PORT"] if name else N["A_SERVICE_PORT"]
    device = f"i{slot}{name}" if name else f"x{slot}"
    return [nest(kind, u32(N["A_PORT_SIDE"], SIDE[side]),
                 attr(N["A_PORT_IFNAME"], device + side)) for side in sides]


def settings_parts(settings):
    """Attributes of a service, without its name and key."""
    wide = [u32(N["A_SERVICE_" + key.upper()], value) for key, value in settings.items()
            if key not in ("learn", "watermark", "timeouts")]
    narrow = [u8(N["A_SERVICE_" + key.upper()], settings[key])
              for key in ("learn", "watermark") if key in settings]
    times = [u32(N["A_TIMEOUTS_" + key], value)
             for key, value in settings.get("timeouts", {}).items()]
    return wide + narrow + ([nest(N["A_SERVICE_TIMEOUTS"], *times)] if times else [])


def ranges_parts(ranges):
    return [nest(N["A_MAP_RANGE"], u16(N["A_RANGE_FIRST"], first),
                 u16(N["A_RANGE_LAST"], last), attr(N["A_RANGE_INSTANCE"], name))
            for first, last, name in ranges]


def cut_at_random(names, rng):
    """R in as many ranges, or one more, as there are names."""
    cuts = sorted(rng.sample(range(1, IDS), rng.randint(0, len(names))))
    begins, ends = [0] + cuts, [c - 1 for c in cuts] + [IDS - 1]
    return [(first, last, rng.choice(names)) for first, last in zip(begins, ends)]


