# SPDX-License-Identifier: GPL-2.0-or-later
"""
Step 6 of ETSI GS NFV-REL 002, clause 6.2, by the daemon alone: the switch before a service
is told, and new flows need not take the way by the first host any more.

    clients ---left  tor  right--- server
               |  |       |  |
               s1  s2     s1  s2        two hosts, with a cable between them on each side
               |   |
               A   B                    the daemon is on s1

The instances are the firewalls of scale.py: a flow whose packets go to the other one breaks.
"""

import json
import os

from bench import CTL, KEY, Namespace, Tap, run, seed, wait_for
from kernel_vnf import all_well, start_server, talk_of
from rollback import MAC, Place, batch
from scale import FEW, MANY, PATIENCE, Wall

KEEP, NEW = 20, 40


class Behind(Wall):
    """A on the host of the daemon, B on another one, and a switch before both."""
    spares = "B"
    # All that is kept are few enough, and what is split off is not.
    threshold = KEEP + 4

    def __init__(self, tracking="flows", exceptions="switch", **scale):
        self.tor, self.other = Namespace.several("tor", "s2")
        self.exceptions = exceptions
        super().__init__(underload={}, upstream={
            "netns": self.tor.name, "service": "tor", "exceptions": exceptions}, **scale)
        self.socket = os.path.join(self.daemon.directory, "socket")
        self.config["api"] = {"socket": self.socket}
        self.daemon.write(self.config)
        self.ctl_at(self.tor, "service", "add", "tor", "key", KEY.hex(), "left", "tl",
                    "right", "tr", "tracking", tracking, "timeout", "tcp-closing=1s")
        self.ctl_at(self.tor, "instance", "add", "S1", "service", "tor", "left", "s1l",
                    "right", "s1r")
        self.ctl_at(self.tor, "range", "set", "tor", "0-65535=S1")

    def add_other(self):
        """The switch gets to know the way to the other host."""
        self.ctl_at(self.tor, "instance", "add", "S2", "service", "tor", "left", "s2l",
                    "right", "s2r")

    @staticmethod
    def ctl_at(namespace, *words):
        return run(CTL, "-n", namespace.name, *words)

    def drain(self, name, *words, check=True):
        return run(CTL, "-s", self.socket, "drain", self.service, "instance", name,
                   *words, check=check)

    def cable(self, dev, namespace, peer, mac):
        """The ends are at the switch, and it has a cable to each host."""
        if dev not in ("l0", "r0"):
            super().cable(dev, namespace, peer, mac)
            return
        side = peer[0]
        cables = [(self.tor, f"t{side}", namespace, f"{peer} address {mac}"),
                  (self.tor, f"s1{side}", self.host, f"{side}0"),
                  (self.tor, f"s2{side}", self.other, f"up{side}"),
                  (self.host, f"d{side}", self.other, f"d{side}")]
        for one, name, other, its_name in cables:
            batch(one, f"link add dev {name} type veth peer name {its_name} "
                  f"netns {other.name}\nlink set {name} up\n")
            batch(other, f"link set {its_name.split()[0]} up\nlink set lo up\n")

    def place(self, name):
        if name == "A":
            self.ctl("service", "set", self.service, "left", "l0", "right", "r0",
                     "detour-left", "dl", "detour-right", "dr")
            return super().place(name)
        namespace = Namespace(f"vnf-{name}")
        for side in self.sides:
            batch(self.other, f"link add dev v{side[0]} type veth peer name {side} "
                  f"address {MAC[side]} netns {namespace.name}\nlink set v{side[0]} up\n")
            batch(namespace, f"link set {side} up\nlink set lo up\n")
        self.ctl_at(self.other, "service", "add", self.service, "key", KEY.hex(),
                    "left", "upl", "right", "upr", "detour-left", "dl",
                    "detour-right", "dr", "timeout", "tcp-closing=1s")
        self.ctl_at(self.other, "instance", "add", name, "service", self.service,
                    "left", "vl", "right", "vr")
        self.ctl_at(self.other, "range", "set", self.service, f"0-65535={name}")
        ways = ["left", f"dl/{MAC['left']}", "right", f"dr/{MAC['right']}"]
        self.ctl("instance", "add", name, "service", self.service, *ways, "remote")
        self.ctl_at(self.other, "instance", "add", "A", "service", self.service, *ways,
                    "remote")
        return Place(name, namespace)

    def configuration(self, more, service):
        config = super().configuration(more, service)
        a, b = config["services"][0]["instances"]
        a["upstream"], b["upstream"] = "S1", "S2"
        if self.exceptions == "host":
            b["steering"] = {"netns": self.other.name, "service": self.service}
        return config

    def ranges(self):
        """Who has ranges at the switch."""
        text = run(CTL, "-j", "-n", self.tor.name, "range", "show", "tor").stdout
        return {r["instance"] for r in json.loads(text)[0]["ranges"]}

    def told(self, *names):
        return wait_for(lambda: self.ranges() == set(names), PATIENCE)

    @staticmethod
    def sent(namespace, dev):
        """Packets that have left by a device, as the kernel counts them."""
        text = run("ip", "-j", "-s", "-n", namespace.name, "link", "show", "dev", dev).stdout
        return json.loads(text)[0]["stats64"]["tx"]["packets"]

    def ways(self):
        """Packets from the switch to B's host, from A's host to B's, and back."""
        return (self.sent(self.tor, "s2l"), self.sent(self.host, "dl"),
                self.sent(self.other, "dl"))

    def close(self):
        super().close()
        Namespace.remove_several(self.tor, self.other)


def split(rig):
    """Many flows, of which some stay when the rest has ended."""
    rig.start()
    keep = talk_of(rig, KEEP)
    rest = talk_of(rig, MANY + FEW - KEEP)
    done = rig.becomes(2)
    return keep, rest, done


def again(rig):
    """Killed, and another one comes."""
    rig.daemon.kill()
    rig.daemon.start()


def pushed(tap):
    rig = Behind()
    server = start_server(rig)
    keep, rest, done = split(rig)
    tap.check(done and rig.ranges() == {"S1"} and all_well(keep, rest),
              "until exceptions are few the switch knows nothing", rig.tail())
    rest.close()
    tap.check(rig.daemon.waits("the switch does not take the ranges") and all_well(keep),
              "a switch that refuses breaks nothing", rig.tail())
    again(rig)
    rig.add_other()
    tap.check(rig.told("S1", "S2") and all_well(keep),
              "and gets ranges and exceptions as soon as it takes them", rig.tail())
    before = rig.ways()
    new = talk_of(rig, NEW)
    well, after = all_well(keep, new), rig.ways()
    short, detour, _ = (b - a for a, b in zip(before, after))
    tap.check(well and short > NEW, "new flows go straight to the new instance",
              (before, after, keep.errors[:3], new.errors[:3]))
    tap.check(detour < short, "and not by the first one", (before, after))
    merged(tap, rig, keep, new)
    rig.end(server)


def merged(tap, rig, keep, new):
    rig.drain("B")
    tap.check(rig.told("S1") and rig.becomes(1),
              "a merge begins at the switch", rig.tail())
    again(rig)
    more = talk_of(rig, FEW)
    tap.check(all_well(keep, new, more), "and no connection breaks", rig.tail())
    tap.check(rig.instances()["B"]["state"] == "draining",
              "who leaves waits for flows that go past its host", rig.tail())
    new.close()
    keep.close()
    tap.check(rig.at_rest("B") and all_well(more), "and is at rest without them", rig.tail())
    more.close()


def figure_6(tap):
    rig = Behind("imported", "host")
    rig.add_other()
    server = start_server(rig)
    keep, rest, _ = split(rig)
    rest.close()
    told = rig.told("S1", "S2")
    before = rig.ways()
    well, after = all_well(keep), rig.ways()
    tap.check(told and well, "old flows live on behind a switch with ranges only",
              (keep.errors[:3], rig.tail()))
    tap.check(after[2] > before[2], "for the other host sends them back", (before, after))
    new = talk_of(rig, NEW)
    tap.check(all_well(keep, new), "and new ones stay there", rig.tail())
    no = rig.drain("B", check=False)
    tap.check(no.returncode == 1 and "does not know the flows" in no.stderr,
              "a merge is refused if nobody knows the flows", no)
    rig.ctl_at(rig.other, "flow", "delete", rig.service, "imported")
    slow = keep.all_go_on(5)
    tap.check(slow or keep.errors, "without the exceptions they break (control)",
              (len(slow), keep.errors[:3]))
    for talk in (keep, new):
        talk.close()
    rig.end(server)


def main():
    tap = Tap(14)
    seed()
    pushed(tap)
    figure_6(tap)
    tap.finish()


if __name__ == "__main__":
    main()
