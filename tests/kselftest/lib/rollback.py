# SPDX-License-Identifier: GPL-2.0-or-later
"""
A service that nfhad protects, and what is done to it. The VNF is a process in a
namespace with devices of its own; whoever judges it sits at the other ends.

              witness                          clients
        left |        | right                    | left
           l0|  host  |r0                      l0|  host
             +--------+                          +--------+
              |  |  |                              |    |
           left/right: A, B, ...                 left: A, B, ...
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time

from bench import BUILD, CTL, KEY, LIBC, Namespace, run, wait_for
from injection import LEAKS

NFHAD = os.path.join(BUILD, "nfhad")
VNF = os.path.join(BUILD, "vnf")
SEQUENCER = os.path.join(VNF, "sequencer")
WITNESS = os.path.join(VNF, "witness")
# Packet sockets are restored by the number of their device.
INDEX = {"left": 10, "right": 11}
MAC = {"left": "02:00:00:00:02:01", "right": "02:00:00:00:02:02"}
CLIENT_MAC = {"left": "02:00:00:00:01:01", "right": "02:00:00:00:01:02"}
# Of a one-armed VNF, and of those who use it.
SERVER, CLIENT = "10.0.0.1", "10.0.0.2"
# Letters of /proc/PID/stat: it runs, sleeps, waits for a disk, or is being dumped. "T" is
# a standby that is stopped, or what is being restored.
RUNS = "RSDt"
IS_SHORT = bool(os.environ.get("NFHA_SHORT"))
# In a kernel with all checks a recovery takes as long as ten checkpoints, not half of one.
IS_SLOW = os.path.exists(LEAKS)
PACE = 20 if IS_SLOW else 2
# Of linux/prctl.h.
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """A daemon that is left would be found by the next test."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def now_ns():
    return time.monotonic_ns()


def exec_check(*words):
    """
    A health check that starts a program, which takes half a second in a kernel with all
    checks. Being late is not what these tests are about.
    """
    return {"kind": "exec", "interval": "100ms", "timeout": "20s", "failures": 2,
            "command": words}


def rounds(long, short):
    """How often: NFHA_ROUNDS says it, or NFHA_SHORT that a few are enough."""
    return int(os.environ.get("NFHA_ROUNDS") or (short if IS_SHORT else long))


def percentile(values, percent):
    """Of sorted ones."""
    return values[min(len(values) - 1, len(values) * percent // 100)]


def batch(namespace, text):
    run("ip", "-n", namespace.name, "-batch", "-", text=text)


def address(namespace, own, other, mac):
    """With a neighbour that is known, so that nobody asks for it."""
    batch(namespace, f"addr add {own}/24 dev left\n"
          f"neigh add {other} lladdr {mac} dev left nud permanent\n")


def read(path):
    """A file of a process that may be gone meanwhile."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def is_first(pid):
    """Is it process 1 of a namespace of processes?"""
    ids = re.search(r"^NSpid:\s(.*)$", read(f"/proc/{pid}/status"), re.M)
    return bool(ids) and ids.group(1).split()[-1] == "1"


class Place:
    """Where an instance lives, or may live."""

    def __init__(self, name, namespace):
        self.name = name
        self.namespace = namespace
        self.inode = os.stat(f"/run/netns/{namespace.name}").st_ino

    def processes(self, program, known=()):
        """
        [(process, when it began, state letter)] of those in the namespace that run a
        program, and are process 1 to themselves.
        """
        found = []
        for pid in os.listdir("/proc"):
            if pid in known or not pid.isdigit() or \
               read(f"/proc/{pid}/comm").strip() != program:
                continue
            try:
                inode = os.stat(f"/proc/{pid}/ns/net").st_ino
            except OSError:
                continue
            stat = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            if inode == self.inode and stat and stat[0] not in "ZX" and is_first(pid):
                found.append((int(pid), stat[19], stat[0]))
        return found


class Daemon:
    """nfhad, its configuration and what it says."""

    def __init__(self, rig, config):
        self.rig = rig
        self.directory = f"/run/nfha-test-{os.getpid()}-{rig.service}"
        os.makedirs(self.directory, mode=0o700)
        self.path = os.path.join(self.directory, "nfhad.yaml")
        self.log_path = os.path.join(self.directory, "log")
        self.process = None
        self.write(config)

    def write(self, config):
        # YAML has JSON in it.
        with open(self.path, "w", encoding="ascii") as file:
            json.dump(config, file, indent=1)

    def start(self):
        with open(self.log_path, "ab") as log, self.rig.host.inside():
            self.process = subprocess.Popen(
                [NFHAD, "--debug", "--config", self.path], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, preexec_fn=end_with_parent)

    def log(self):
        return read(self.log_path)

    def said(self, pattern):
        return re.findall(pattern, self.log())

    def waits(self, pattern, times=1, seconds=60):
        """Until it has said it so many times."""
        return wait_for(lambda: len(self.said(pattern)) >= times, seconds)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self, with_signal=signal.SIGKILL):
        if self.alive():
            self.process.send_signal(with_signal)
            self.process.wait()
        self.process = None


class Rig:
    """A service, its places, a daemon."""
    made = 0
    # The daemon's, if it is not the usual one.
    socket = None

    def __init__(self, mode="buffer", places="AB", one_armed=False, extra="",
                 config=None, **service):
        Rig.made += 1
        self.service = f"s{os.getpid()}x{Rig.made}"
        self.sides = ["left"] if one_armed else ["left", "right"]
        self.host = Namespace("host")
        # criu looks into what the kernel can do with sockets there.
        batch(self.host, "link set dev lo up\n")
        self.ends = {side: Namespace(side) for side in self.sides}
        self.outside = self.ends["left"]
        for side, namespace in self.ends.items():
            self.cable(side[0] + "0", namespace, side, CLIENT_MAC[side])
        if one_armed:
            address(self.outside, CLIENT, SERVER, MAC["left"])
        words = ["service", "add", self.service, "key", KEY.hex()]
        for side in self.sides:
            words += [side, side[0] + "0"]
        self.ctl(*words, "recovery", mode, *extra.split())
        self.places = {name: self.place(name) for name in places}
        self.ctl("range", "set", self.service, f"0-65535={places[0]}")
        self.daemon = Daemon(self, {})
        self.store = os.path.join(self.daemon.directory, "store")
        self.config = self.configuration(config or {}, service)
        self.daemon.write(self.config)
        self.monitor = None

    def cable(self, dev, namespace, peer, mac):
        index = f"index {INDEX[peer]}" if peer in INDEX else ""
        run("ip", "-n", self.host.name, "-batch", "-", text=(
            f"link add dev {dev} type veth peer name {peer} address {mac} "
            f"netns {namespace.name} {index}\nlink set dev {dev} up\n"))
        batch(namespace, f"link set dev {peer} up\nlink set dev lo up\n")

    def place(self, name):
        namespace = Namespace(f"vnf-{name}")
        words = ["instance", "add", name, "service", self.service]
        for side in self.sides:
            dev = f"v{name}{side[0]}"
            self.cable(dev, namespace, side, MAC[side])
            words += [side, dev]
        if self.sides == ["left"]:
            address(namespace, SERVER, CLIENT, CLIENT_MAC["left"])
        self.ctl(*words)
        return Place(name, namespace)

    def configuration(self, more, service):
        command = service.pop("command", None)
        others = service.pop("others", "backup")
        instances = []
        for n, place in enumerate(self.places.values()):
            instance = {"name": place.name, "netns": place.namespace.name,
                        "role": others if n else "active"}
            if command:
                instance["command"] = command
            instances.append(instance)
        service = {"name": self.service, "driver": "criu", "interval": "100ms",
                   "drain": "50ms", **service}
        return {"store": {"directory": self.store, "sync": "none"},
                "dead-man": {"time": "0"},
                **more, "services": [{**service, "instances": instances}]}

    def ctl(self, *words, check=True):
        return run(CTL, "-n", self.host.name, *words, check=check)

    def json(self, *words):
        return json.loads(run(CTL, "-j", "-n", self.host.name, *words).stdout)

    def epoch(self, name):
        return self.json("epoch", "show", self.service, "instance", name)[0]

    def stats(self):
        return self.json("stats", self.service)[0]

    def listen(self):
        """Events of the kernel from here on, see Monitor."""
        self.monitor = Monitor(self)
        return self.monitor

    def start(self, seconds=60):
        """nfhad, and until the first checkpoint counts."""
        self.daemon.start()
        first = next(iter(self.places))
        return wait_for(lambda: self.epoch(first)["committed"] > 0, seconds)

    def instances(self):
        return {i["name"]: i for i in self.json("instance", "show", self.service)}

    def working(self):
        """Those that have a range."""
        return sorted(n for n, i in self.instances().items() if i["width"])

    def at_rest(self, *names, seconds=90):
        """Is each of them there to be used? One that is made again is away for a moment."""
        def rests():
            there = self.instances()
            return all(n in there and there[n]["state"] == "standby" for n in names)
        return wait_for(rests, seconds)

    def states(self):
        """As the daemon has them; nothing before it answers."""
        socket = ["-s", self.socket] if self.socket else []
        done = run(CTL, "-j", *socket, "status", self.service, check=False)
        service = json.loads(done.stdout)["services"][0] if done.stdout else {}
        return {i["name"]: i["state"] for i in service.get("instances", [])}

    def are_idle(self, *names):
        """Can the daemon start them? It cleans first what was there before it."""
        states = self.states()
        return all(states.get(name) == "idle" for name in names)

    def active(self):
        """Name of the instance that has the traffic."""
        return next((n for n, i in self.instances().items() if i["width"]), None)

    def settled(self, seconds=60):
        """Has whoever is active now a checkpoint of its own?"""
        def committed():
            name = self.active()
            return name and self.epoch(name)["committed"] > 0
        return wait_for(committed, seconds)

    def close(self):
        self.daemon.kill(signal.SIGTERM)
        if self.monitor:
            self.monitor.close()
        for place in self.places.values():
            self.sweep(place)
        for namespace in (self.host, *self.ends.values(),
                          *(p.namespace for p in self.places.values())):
            namespace.remove()
        shutil.rmtree(self.daemon.directory, ignore_errors=True)

    @staticmethod
    def sweep(place):
        """nfhad leaves running what it protects."""
        pids = run("ip", "netns", "pids", place.namespace.name,
                   check=False).stdout.split()
        for pid in pids:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except OSError:
                pass


class Monitor:
    """The kernel's events, with the time when they were read."""

    def __init__(self, rig):
        self.events = []
        self.process = subprocess.Popen(
            [CTL, "-j", "-n", rig.host.name, "monitor", rig.service],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.process.stderr.readline()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.events.append({"at": now_ns(), **json.loads(line)})

    def of(self, name, **fields):
        return [e for e in list(self.events) if e["event"] == name and
                all(e.get(k) == v for k, v in fields.items())]

    def wait(self, name, times=1, seconds=60, **fields):
        return wait_for(lambda: len(self.of(name, **fields)) >= times, seconds)

    def close(self):
        self.process.kill()
        self.process.wait()


class Witness:
    """The program that judges; see tests/vnf/witness.c."""

    def __init__(self, rig, rate=100, flows=64, quiet_ms=4000):
        self.trace_path = os.path.join(rig.daemon.directory, "trace")
        ends = [f"{namespace.name}:{side}" for side, namespace in rig.ends.items()]
        self.process = subprocess.Popen(
            [WITNESS, "-b", "-r", str(rate), "-f", str(flows), "-q",
             str(quiet_ms), "-t", self.trace_path, *ends],
            stdout=subprocess.PIPE, text=True)

    def verdict(self):
        """Ends it when all is quiet; its report, or None if it was blind."""
        self.process.send_signal(signal.SIGTERM)
        text = self.process.communicate()[0]
        return json.loads(text) if self.process.returncode == 0 else None

    def arrivals(self):
        """[(arrived, sent)] in nanoseconds, as they came."""
        return [tuple(int(n) for n in line.split()[:2])
                for line in read(self.trace_path).splitlines()]


class Killer:
    """Kills the VNF wherever it runs, at instants of many kinds."""

    # any: whenever, PACE checkpoints on at most. frozen: while it is dumped. thawed: when
    # that is over, while the checkpoint is stored and committed. born: while it is
    # restored, or just after it, so right after the failure before.
    KINDS = ("any", "frozen", "thawed", "born")

    def __init__(self, rig, program):
        self.rig = rig
        self.program = program
        self.period, self.freeze = 0.2, 0.02
        self.kills = []
        self.dead = set()
        # What runs already is none of them, and need not be looked at.
        self.known = {p for p in os.listdir("/proc") if read(f"/proc/{p}/comm").strip() != program}

    def candidates(self, letters):
        for place in self.rig.places.values():
            for pid, began, state in place.processes(self.program, self.known):
                if (pid, began) not in self.dead and state in letters:
                    yield place, pid, began

    def find(self, letters=RUNS, seconds=90):
        """(place, process, ...) of a VNF that lives, in one of some states."""
        return wait_for(lambda: next(self.candidates(letters), None), seconds)

    @staticmethod
    def is_frozen(pid):
        """Is it being dumped, or restored?"""
        return re.search(r"^TracerPid:\s+[1-9]", read(f"/proc/{pid}/status"), re.M)

    def spin(self, pid, frozen, seconds=10):
        """Until it is being dumped, or is not any more, or is no more."""
        end = time.monotonic() + seconds
        while bool(self.is_frozen(pid)) != frozen and time.monotonic() < end and \
                os.path.exists(f"/proc/{pid}"):
            time.sleep(0.001)

    def measure(self):
        """How long it is from one checkpoint to the next, and stops, here and today."""
        found = self.find()
        if not found:
            return
        self.spin(found[1], True)
        began = time.monotonic()
        self.spin(found[1], False)
        self.freeze = time.monotonic() - began
        self.spin(found[1], True)
        self.period = time.monotonic() - began

    def moment(self, kind, pid):
        """Waits for an instant of that kind."""
        if kind == "any":
            time.sleep(random.uniform(0, PACE * self.period))
        elif kind == "frozen":
            self.spin(pid, True)
            time.sleep(random.uniform(0, self.freeze))
        elif kind == "thawed":
            self.spin(pid, True)
            self.spin(pid, False)
            time.sleep(random.uniform(0, self.period / 4))

    def kill(self, kind):
        """One kill; False if nobody lives."""
        found = self.find(RUNS + "T" if kind == "born" else RUNS)
        if not found:
            return False
        place, pid, began = found
        self.moment(kind, pid)
        frozen, at = bool(self.is_frozen(pid)), now_ns()
        os.kill(pid, signal.SIGKILL)
        self.dead.add((pid, began))
        self.kills.append({"at": at, "kind": kind, "frozen": frozen,
                           "place": place.name})
        return True

    def kinds(self, times):
        """As many of each, in any order."""
        kinds = [self.KINDS[n % len(self.KINDS)] for n in range(times)]
        random.shuffle(kinds)
        return kinds

    def run(self, times, between=lambda: True):
        """
        True if somebody lived to be killed each time, and at the end. Whatever has to
        be true between two kills is not asked of those that come one right after the
        other.
        """
        self.measure()
        for n, kind in enumerate(self.kinds(times)):
            if not (kind == "born" or between()) or not self.kill(kind):
                return False
            if n % 10 == 9:
                print(f"# {n + 1} kills", flush=True)
        return self.find() is not None

    def outages(self, arrivals):
        """
        For each kill, milliseconds until somebody outside got what he had sent after it;
        of kills one right after the other only the last counts.
        """
        arrivals = sorted(arrivals)
        got, found = 0, []
        ends = [k["at"] for k in self.kills[1:]] + [float("inf")]
        for kill, end in zip(self.kills, ends):
            while got < len(arrivals) and arrivals[got][1] <= kill["at"]:
                got += 1
            if got < len(arrivals) and arrivals[got][0] < end:
                found.append((arrivals[got][0] - kill["at"]) / 1e6)
        return sorted(found)
