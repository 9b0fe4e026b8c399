# SPDX-License-Identifier: GPL-2.0-or-later
"""
Instances that the daemon makes of a template, from nothing, and removes again.

    clients ---l0  host  r0--- server
                   |  |
     10.0.0.1 left[ A, B, C ]right 192.0.2.10

The instances are firewalls of a shell command; all that they need is in the template.
"""

import json
import os
import random
import signal
import subprocess
import time

from bench import CTL, KEY, Namespace, Tap, run, seed, wait_for
from kernel_vnf import (CLIENT, GATEWAY, PUBLIC, SERVER, WALL, all_well, inside, start_server,
                        talk_of, wire_ends)
from rollback import CLIENT_MAC, MAC, SEQUENCER, VNF, Daemon, Rig, batch, exec_check, read

PATIENCE = 60
CGROUP = "/nfha-test"


class Factory(Rig):
    """A service without an instance, and a template to make some of."""

    def __init__(self, names="AB", scale=True, mode="none", driver="none", others="spare",
                 **template):
        Rig.made += 1
        self.service = f"s{os.getpid()}x{Rig.made}"
        self.sides = ["left", "right"]
        self.host = Namespace("host")
        batch(self.host, "link set dev lo up\n")
        self.ends = {side: Namespace(side) for side in self.sides}
        words = ["service", "add", self.service, "key", KEY.hex()]
        for side, namespace in self.ends.items():
            self.cable(side[0] + "0", namespace, side, CLIENT_MAC[side])
            words += [side, side[0] + "0"]
        self.ctl(*words, *f"recovery {mode} timeout tcp-closing=1s".split())
        wire_ends(self)
        self.places = {}
        self.monitor = None
        self.daemon = Daemon(self, {})
        self.rules = os.path.join(self.daemon.directory, "rules")
        with open(self.rules, "w", encoding="ascii") as file:
            file.write(WALL)
        self.template = {**self.wall(), **template}
        self.wanted = {name: {"name": name, "role": others if n else "active",
                              "template": "wall"}
                       for n, name in enumerate(names)}
        self.scale = {"interval": "100ms", "hold-down": "0"} if scale else None
        self.driver = driver
        self.write()

    def port(self, side, own, other):
        return {"device": f"w${{instance}}{side[0]}", "mac": MAC[side],
                "addresses": [f"{own}/24"], "neighbours":
                [{"address": other, "mac": CLIENT_MAC[side]}]}

    def wall(self):
        return {"name": "wall", "sysctls": {"net.ipv4.ip_forward": "1"},
                "left": self.port("left", GATEWAY, CLIENT),
                "right": self.port("right", PUBLIC, SERVER),
                "output": f"{self.daemon.directory}/${{instance}}.out",
                "environment": {"RANGE": "${ports.first}..${ports.last}"},
                "command": ["/bin/sh", "-c",
                            f"env; nft -f {self.rules} && exec sleep 1000000"]}

    def write(self):
        instances = list(self.wanted.values())
        for n, instance in enumerate(instances):
            instance.setdefault("ports", f"{40000 + 1000 * n}-{40999 + 1000 * n}")
        service = {"name": self.service, "driver": self.driver, "timeout": "20s",
                   "instances": instances}
        if self.scale:
            service["scale"] = self.scale
        self.daemon.write({"store": {"directory": f"{self.daemon.directory}/store",
                                     "sync": "none"},
                           "cgroup": CGROUP, "templates": [self.template],
                           "services": [service] if instances else []})

    def netns(self, name):
        return f"{self.service}-{name}"

    def devices(self):
        """Those of the host that are nobody's but an instance's."""
        links = inside(self.host, "ip", "-br", "link").stdout.splitlines()
        return sorted(line.split("@")[0].split()[0] for line in links
                      if line.startswith("w"))

    def left_of(self, name):
        """All that there is of an instance, wherever."""
        found = [f"module: {name}"] if name in self.instances() else []
        found += [d for d in self.devices() if d in (f"w{name}l", f"w{name}r")]
        if os.path.exists(f"/run/netns/{self.netns(name)}"):
            found.append(self.netns(name))
        if os.path.isdir(f"/sys/fs/cgroup{CGROUP}/{self.service}@{name}"):
            found.append("cgroup")
        return found

    def all_of(self, name):
        group = ["cgroup"] if "limits" in self.template else []
        return [f"module: {name}", f"w{name}l", f"w{name}r", self.netns(name), *group]

    def inventory(self):
        """Numbers by which one would see that something is made anew."""
        links = json.loads(inside(self.host, "ip", "-j", "link").stdout)
        return (sorted((i["ifname"], i["ifindex"]) for i in links if i["ifname"][0] == "w"),
                [os.stat(f"/run/netns/{self.netns(n)}").st_ino for n in self.wanted])

    def processes(self, name):
        return run("ip", "netns", "pids", self.netns(name), check=False).stdout.split()

    def explained(self, name):
        return run(CTL, "explain", name, "service", self.service, check=False).stdout

    def reload(self):
        said = r"has been read again|is not taken over"
        times = len(self.daemon.said(said))
        self.write()
        self.daemon.process.send_signal(signal.SIGHUP)
        return self.daemon.waits(said, times + 1)

    def scale_out(self):
        """It is refused as long as what is going on has not ended."""
        def accepted():
            done = run(CTL, "scale", "out", self.service, check=False)
            return done if not done.returncode else None
        return wait_for(accepted, PATIENCE)

    def starts(self, name="A"):
        self.daemon.start()
        return self.daemon.waits(f"{name}: started|{name}: taken up", seconds=PATIENCE)

    def tail(self):
        return (self.instances(), self.daemon.log()[-3000:])

    def close(self):
        self.daemon.kill(signal.SIGTERM)
        for name in self.wanted:
            pids = run("ip", "netns", "pids", self.netns(name), check=False).stdout
            for pid in pids.split():
                os.kill(int(pid), signal.SIGKILL)
            run("ip", "netns", "del", self.netns(name), check=False)
        super().close()


def comes_up(tap):
    """Two of them, one after the other, and traffic through both."""
    rig = Factory(limits={"memory": "64M", "cpu": 50, "processes": 32})
    server = start_server(rig)
    tap.check(rig.starts() and rig.working() == ["A"],
              "an instance comes up from nothing, and gets all there is", rig.tail())
    tap.check(not rig.left_of("B"), "a spare one has nothing as long as it is at rest",
              rig.left_of("B"))
    first = talk_of(rig, 20)
    tap.check(all_well(first), "connections go through it", (first.errors[:3], rig.tail()))
    out = rig.scale_out()
    tap.check(wait_for(lambda: len(rig.working()) == 2, PATIENCE),
              "a second one comes up when it is needed", (out, rig.tail()))
    second = talk_of(rig, 20)
    tap.check(all_well(first, second) and rig.instances()["B"]["flows"],
              "connections go through both", (first.errors[:3], second.errors[:3], rig.tail()))
    limits(tap, rig)
    again(tap, rig, first, second)
    goes(tap, rig)
    server.kill()
    server.wait()
    rig.close()


def limits(tap, rig):
    group = f"/sys/fs/cgroup{CGROUP}/{rig.service}@B"
    found = [read(f"{group}/{name}").strip()
             for name in ("memory.max", "cpu.max", "pids.max")]
    tap.check(found == [str(64 << 20), "50000 100000", "32"],
              "it has the limits of its template", found)
    pid = rig.processes("B")
    tap.check(pid and pid[0] in read(f"{group}/cgroup.procs").split(),
              "and they are those of its process", (pid, read(f"{group}/cgroup.procs")))
    said = dict(line.split("=", 1) for line in read(f"{rig.daemon.directory}/B.out").splitlines()
                if "=" in line)
    wanted = {"NFHA_SERVICE": rig.service, "NFHA_INSTANCE": "B", "NFHA_NETNS": rig.netns("B"),
              "NFHA_LEFT_ADDRESS": GATEWAY, "NFHA_RIGHT_ADDRESS": PUBLIC,
              "NFHA_PORT_FIRST": "41000", "NFHA_PORT_LAST": "41999", "RANGE": "41000..41999"}
    tap.check(wanted.items() <= said.items() and "PWD" in said,
              "and knows who it is, and its addresses and ports", said)


def again(tap, rig, *talk):
    """Another daemon, and a VNF that dies; the connections end between the two."""
    before = (rig.inventory(), rig.processes("A"), rig.processes("B"))
    rig.daemon.kill()
    rig.daemon.start()
    up = rig.daemon.waits("taken up", 2, PATIENCE)
    after = (rig.inventory(), rig.processes("A"), rig.processes("B"))
    tap.check(up and before == after and all_well(*talk),
              "another daemon makes nothing twice, and all goes on", (before, after, rig.tail()))
    # Connections that lose their state would linger for as long as their ends try.
    for t in talk:
        t.close()
    wait_for(lambda: not rig.instances()["B"]["flows"], PATIENCE)
    os.kill(int(rig.processes("B")[0]), signal.SIGKILL)
    # Its ranges go to the other one, and it is at rest.
    rests = rig.at_rest("B")
    times = len(rig.daemon.said("B: started"))
    rig.scale_out()
    tap.check(rests and rig.daemon.waits("B: started", times + 1, PATIENCE) and
              wait_for(lambda: len(rig.working()) == 2, PATIENCE) and
              rig.inventory() == before[0],
              "one that was killed is started again in what was made for it", rig.tail())


def goes(tap, rig):
    """It is taken out of the configuration."""
    left = rig.wanted.pop("B")
    rig.reload()
    tap.check(rig.daemon.said("B: cannot be removed: it has ranges") and
              len(rig.working()) == 2, "one that has ranges is not removed", rig.tail())
    rig.wanted["B"] = left
    run(CTL, "scale", "in", rig.service, "instance", "B", check=False)
    rests = rig.at_rest("B")
    del rig.wanted["B"]
    rig.reload()
    tap.check(rests and wait_for(lambda: not rig.left_of("B") and not rig.processes("B"),
                                 PATIENCE),
              "of one that the configuration leaves out nothing is left",
              (rig.left_of("B"), rig.processes("B"), rig.tail()))
    talk = talk_of(rig, 20)
    tap.check(all_well(talk) and rig.left_of("A") == rig.all_of("A"),
              "and all of the others is", (talk.errors[:3], rig.left_of("A")))
    talk.close()


def fails(tap):
    """Spare ones of which each cannot be started for another reason, but for the last."""
    rig = Factory("ABCDE", limits={"processes": 32})
    rig.scale["placement"] = "prio"
    for n, name in enumerate("EDCB"):
        rig.wanted[name]["priority"] = n
    rig.wanted["B"]["command"] = ["/nonexistent/vnf"]
    rig.wanted["C"]["addresses"] = {"left": "ff02::1/64"}
    batch(rig.host, "link add wDr type veth peer name other\n")
    rig.write()
    rig.starts()
    wait_for(lambda: rig.are_idle(*"BCDE"), PATIENCE)
    rig.scale_out()
    tap.check(wait_for(lambda: rig.working() == ["A", "E"], PATIENCE),
              "with three that cannot be started the fourth one is", rig.tail())
    tap.check(wait_for(lambda: [rig.left_of(n) for n in "BCD"] == [[], [], ["wDr"]], PATIENCE),
              "nothing is left of them, and what is somebody else's is",
              ([rig.left_of(n) for n in "BCD"], rig.tail()))
    why = {name: rig.explained(name) for name in "BCD"}
    tap.check("No such file" in why["B"] and "address ff02::1/64" in why["C"] and
              "wDr is there, and not made" in why["D"], "each says why", why)
    batch(rig.host, "link del wDr\n")
    rig.wanted["B"].pop("command")
    rig.wanted["C"].pop("addresses")
    rig.write()
    rig.daemon.kill()
    rig.daemon.start()
    rig.daemon.waits("taken up", 2)
    wait_for(lambda: rig.are_idle(*"BCD"), PATIENCE)
    out = rig.scale_out()
    tap.check(out and wait_for(lambda: rig.working() == ["A", "B", "E"], PATIENCE),
              "and is started when the reason is gone", rig.tail())
    # What was made and is not wanted any more when a daemon begins.
    rig.daemon.kill()
    del rig.wanted["B"]
    rig.write()
    rig.daemon.start()
    tap.check(wait_for(lambda: not rig.left_of("B") and not rig.processes("B"), PATIENCE) and
              rig.left_of("E") == rig.all_of("E"),
              "what a daemon before it has made for one that is gone goes",
              (rig.left_of("B"), rig.tail()))
    rig.close()


def changes(tap):
    """Another name, MAC address and mtu of a port of one that has all ranges."""
    rig = Factory("A", scale=False)
    up = rig.starts()
    before = rig.inventory()
    rig.template["left"].update({"name": "outer", "mac": "02:00:00:00:02:0a", "mtu": 1400})
    rig.template["right"]["mtu"] = 1300
    rig.reload()
    os.kill(int(rig.processes("A")[0]), signal.SIGKILL)
    again = rig.daemon.waits("A: started", 2, PATIENCE)
    with_name = {i["ifname"]: i for i in json.loads(
        run("ip", "-n", rig.netns("A"), "-j", "address", "show").stdout)}
    outer, right = with_name.get("outer", {}), with_name["right"]
    found = [outer.get("address"), outer.get("mtu"), right["mtu"], right["address"],
             [a["local"] for a in outer.get("addr_info", [])][:1], "left" in with_name]
    tap.check(up and again and found == ["02:00:00:00:02:0a", 1400, 1300, MAC["right"],
                                         [GATEWAY], False],
              "ports are what a changed template says when it is started again",
              (found, rig.tail()))
    outside = [i["mtu"] for i in json.loads(inside(rig.host, "ip", "-j", "link").stdout)
               if i["ifname"][0] == "w"]
    tap.check(rig.inventory() == before and rig.working() == ["A"] and
              sorted(outside) == [1300, 1400] and not rig.daemon.said("cannot be made"),
              "nothing was made anew, and it has its ranges", (outside, rig.tail()))
    rig.close()


def nested(tap):
    """A VNF that makes control groups below its own, and shares its limits out to them."""
    rig = Factory("A", scale=False, limits={"processes": 32}, command=[
        "/bin/sh", "-c", "g=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); "
        "mkdir -p $g/own/deeper && echo $$ >$g/own/cgroup.procs && "
        "echo +pids >$g/cgroup.subtree_control && exec sleep 1000000"])
    group = f"/sys/fs/cgroup{CGROUP}/{rig.service}@A"

    def is_nested():
        return (set(rig.processes("A")) & set(read(f"{group}/own/cgroup.procs").split()) and
                "pids" in read(f"{group}/cgroup.subtree_control"))
    up = rig.starts() and wait_for(is_nested, PATIENCE)
    os.kill(int(rig.processes("A")[0]), signal.SIGKILL)
    again = rig.daemon.waits("A: started", 2, PATIENCE) and wait_for(is_nested, PATIENCE)
    tap.check(up and again and not rig.daemon.said("cannot be"),
              "one that has made control groups of its own is started again", rig.tail())
    rig.daemon.kill()
    rig.wanted = {"Z": {**rig.wanted["A"], "name": "Z"}}
    foreign = f"/sys/fs/cgroup{CGROUP}/{rig.service}@Q"
    os.mkdir(foreign)
    rig.write()
    rig.daemon.start()
    tap.check(wait_for(lambda: not rig.left_of("A"), PATIENCE),
              "and goes with all of them", (rig.left_of("A"), rig.tail()))
    # Whichever is first, its end or the other one's start.
    tap.check(rig.daemon.waits("Z: started", 1, PATIENCE) and
              wait_for(lambda: rig.working() == ["Z"], PATIENCE),
              "the one in its place gets its ranges", rig.tail())
    tap.check(os.path.isdir(foreign), "what has no mark is somebody else's", rig.tail())
    os.rmdir(foreign)
    before = rig.processes("Z")
    rig.daemon.kill()
    rig.template["left"]["device"] = "wx${instance}l"
    rig.write()
    rig.daemon.start()
    kept = rig.daemon.waits("keeps wZl, which has another name now", 1, PATIENCE)
    tap.check(kept and rig.devices() == ["wZl", "wZr"] and rig.working() == ["Z"] and
              rig.processes("Z") == before,
              "a daemon that begins with another name for a device leaves one with ranges alone",
              (rig.devices(), rig.tail()))
    rig.close()


def own_namespace(tap):
    """The daemon's own is nobody's: what is in it is the host's."""
    rig = Factory("A", scale=False)
    rig.wanted["A"]["netns"] = rig.host.name
    rig.write()
    rig.daemon.start()
    refused = rig.daemon.waits("expected one of its own, got the daemon's", 2, PATIENCE)
    links = inside(rig.host, "ip", "-br", "link").stdout
    tap.check(refused and "l0@" in links and "r0@" in links and not rig.left_of("A") and
              os.path.exists(f"/run/netns/{rig.host.name}") and
              rig.daemon.process.poll() is None,
              "the daemon's own namespace is neither used nor removed", (links, rig.tail()))
    rig.close()


def killed(tap):
    """The daemon, while it makes or removes an instance."""
    rig = Factory(scale=False, others="backup")
    other = rig.wanted["B"]
    for n in range(12):
        if n % 2:
            rig.wanted["B"] = other
        else:
            del rig.wanted["B"]
        rig.write()
        rig.daemon.start()
        time.sleep(random.uniform(0, 0.3))
        rig.daemon.kill()
    up = rig.starts()
    tap.check(up and rig.working() == ["A"] and
              wait_for(lambda: all(rig.left_of(n) == rig.all_of(n) for n in "AB"), PATIENCE),
              "whenever a daemon is killed, the next one brings it to its end",
              (rig.left_of("A"), rig.left_of("B"), rig.tail()))
    rig.close()


def recovers(tap):
    """Master and backup of a template, with checkpoints of criu."""
    quiet = {f"net.ipv6.conf.{name}.disable_ipv6": 1 for name in ("all", "default")}
    ends = {side: {"device": f"w${{instance}}{side[0]}", "mac": MAC[side]}
            for side in ("left", "right")}
    rig = Factory(scale=False, mode="buffer", driver="criu", others="backup", sysctls=quiet,
                  command=[SEQUENCER, "left", "right"], **ends)
    up = rig.starts()
    tap.check(up and wait_for(lambda: rig.epoch("A")["committed"], PATIENCE) and
              wait_for(lambda: rig.left_of("B") == rig.all_of("B"), PATIENCE),
              "a backup is made at the beginning, and a checkpoint for it", rig.tail())
    os.kill(int(rig.processes("A")[0]), signal.SIGKILL)
    tap.check(rig.daemon.waits("has taken over", 1, PATIENCE) and
              wait_for(lambda: rig.epoch("B")["committed"], PATIENCE) and
              rig.working() == ["B"] and rig.processes("B"),
              "and it takes over", rig.tail())
    rig.close()


class Adopter(Rig):
    """An instance that somebody else has made, and a process in a file."""

    def __init__(self, there):
        super().__init__("none", "A", driver="none")
        self.pidfile = os.path.join(self.daemon.directory, "pid")
        instance = self.config["services"][0]["instances"][0]
        del instance["netns"]
        instance["pidfile"] = self.pidfile
        self.config["services"][0]["checks"] = [
            exec_check("/bin/sh", "-c", f"test -e /proc/sys/net/ipv4/conf/{there}")]
        self.daemon.write(self.config)
        for side, other in (("left", "right"), ("right", "left")):
            own, peer = (CLIENT, "10.0.0.3") if side == "left" else ("10.0.0.3", CLIENT)
            batch(self.ends[side], f"addr add {own}/24 dev {side}\n"
                  f"neigh add {peer} lladdr {CLIENT_MAC[other]} dev {side} nud permanent\n")

    def is_there(self, process):
        pid = process.pid
        children = read(f"/proc/{pid}/task/{pid}/children").split()
        with open(self.pidfile, "w", encoding="ascii") as file:
            file.write(children[0] if children else str(pid))
        return children[0] if children else str(pid)

    def answers(self):
        return wait_for(lambda: not subprocess.run(
            ["ip", "netns", "exec", self.ends["left"].name, "ping", "-c1", "-W1", "10.0.0.3"],
            capture_output=True, check=False).returncode, PATIENCE)

    def adopts(self, times):
        return self.daemon.waits("A: started", times, PATIENCE) and self.answers()


def replace_ports(rig, left, right):
    rig.ctl("instance", "set", "A", "service", rig.service, "left", left, "right", right)


def container(tap):
    """A process tree with namespaces of its own; it passes on by itself."""
    rig = Adopter("left")

    def run_one():
        with rig.host.inside():
            process = subprocess.Popen(
                ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child",
                 "sleep", "1000000"])
        wait_for(lambda: read(f"/proc/{process.pid}/task/{process.pid}/children"))
        pid = rig.is_there(process)
        for side in ("left", "right"):
            run("ip", "-n", rig.host.name, "-batch", "-", text=(
                f"link add c{side[0]} type veth peer name {side} netns {pid}\n"
                f"link set c{side[0]} up\n"))
            run("nsenter", "-t", pid, "-n", "ip", "link", "set", side, "up")
        run("nsenter", "-t", pid, "-n", "tc", "qdisc", "add", "dev", "left", "clsact")
        run("nsenter", "-t", pid, "-n", "tc", "qdisc", "add", "dev", "right", "clsact")
        for side, other in (("left", "right"), ("right", "left")):
            run("nsenter", "-t", pid, "-n", "tc", "filter", "add", "dev", side, "ingress",
                "matchall", "action", "mirred", "egress", "redirect", "dev", other)
        replace_ports(rig, "cl", "cr")
        return process, pid

    first, pid = run_one()
    rig.daemon.start()
    name = f"/run/netns/nfhad@{rig.service}@A"
    tap.check(rig.adopts(1) and os.stat(name).st_ino == os.stat(f"/proc/{pid}/ns/net").st_ino,
              "a container is adopted, and found by its process", rig.daemon.log())
    first.kill()
    first.wait()
    failed = rig.daemon.waits("A: has failed", 1, PATIENCE)
    gone = wait_for(lambda: "cl@" not in inside(rig.host, "ip", "-br", "link").stdout, PATIENCE)
    tap.check(failed and gone, "when it ends nothing keeps its namespace", rig.daemon.log())
    second, pid = run_one()
    tap.check(rig.adopts(2) and
              os.stat(name).st_ino == os.stat(f"/proc/{pid}/ns/net").st_ino,
              "and the one that comes in its place", rig.daemon.log())
    tap.check(not rig.daemon.said("unhealthy"), "its checks are done in its namespace",
              rig.daemon.log())
    second.kill()
    second.wait()
    rig.close()
    run("ip", "netns", "del", f"nfhad@{rig.service}@A", check=False)


def machine(tap):
    """A process with taps in the namespace of the daemon itself."""
    rig = Adopter("tl")

    def run_one():
        with rig.host.inside():
            process = subprocess.Popen([f"{VNF}/machine", "tl", "tr"], stdout=subprocess.PIPE)
        process.stdout.readline()
        batch(rig.host, "link set tl up\nlink set tr up\n")
        replace_ports(rig, "tl", "tr")
        rig.is_there(process)
        return process

    first = run_one()
    rig.daemon.start()
    tap.check(rig.adopts(1) and not os.path.exists(f"/run/netns/nfhad@{rig.service}@A"),
              "a virtual machine is adopted, where the daemon is", rig.daemon.log())
    first.kill()
    first.wait()
    failed = rig.daemon.waits("A: has failed", 1, PATIENCE)
    second = run_one()
    tap.check(failed and rig.adopts(2), "and the one that comes in its place",
              rig.daemon.log())
    tap.check(not rig.daemon.said("unhealthy") and second.poll() is None,
              "its checks are done there, and nothing else there is touched", rig.daemon.log())
    second.kill()
    second.wait()
    rig.close()


def main():
    tap = Tap(36)
    seed()
    comes_up(tap)
    fails(tap)
    changes(tap)
    nested(tap)
    own_namespace(tap)
    killed(tap)
    recovers(tap)
    container(tap)
    machine(tap)
    tap.finish()


if __name__ == "__main__":
    main()
