# SPDX-License-Identifier: GPL-2.0-or-later
"""Things are taken away under traffic from both sides."""

import os
import subprocess
import sys
import threading

from bench import Bench, Tap, run, seed, setting, tcp4, udp4, wait_for
from states import C, S

ROUNDS = setting("NFHA_ROUNDS", 3)


class Flood:
    """Packets of many flows from both sides until it is told to stop."""

    def __init__(self, bench):
        self.stopped = False
        self.sent = 0
        self.frames = {
            "left": [udp4(C, 1000 + i, S, 53) for i in range(500)] +
                    [tcp4(C, 1000 + i, S, 80, "S") for i in range(100)],
            "right": [udp4(S, 53, C, 1000 + i) for i in range(500)],
        }
        self.threads = [threading.Thread(target=self.run, args=(bench.sockets[s], f))
                        for s, f in self.frames.items()]
        for thread in self.threads:
            thread.start()

    def run(self, s, frames):
        while not self.stopped:
            for frame in frames:
                try:
                    s.send(frame)
                    self.sent += 1
                except OSError:
                    pass

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def flooded(action):
    b = Bench()
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    flood = Flood(b)
    wait_for(lambda: b.service()["flows"] > 300)
    try:
        result = action(b)
    finally:
        flood.stop()
        b.close()
    return result


def device(b):
    run("ip", "-n", b.host.name, "link", "del", "Al")
    lost = wait_for(lambda: b.stat("drop-no-port") > 0)
    run("ip", "-n", b.host.name, "link", "del", "l0")
    ports = b.service()["ports"]
    return lost and [p["side"] for p in ports] == ["right"]


def moved(b):
    """A device that goes to another namespace is no port any more."""
    run("ip", "-n", b.host.name, "link", "set", "Bl", "netns", b.inside.name)
    return wait_for(lambda: b.stat("drop-no-port") > 0)


def instance(b):
    b.ctl("instance", "delete", "A", "service", "s", "force")
    gone = all(f["instance"] != "A" for f in b.flows())
    b.instance("D")
    b.ctl("range", "set", "s", "0-65535=D")
    return gone and wait_for(lambda: [i for i in b.json("instance", "show", "s")
                                      if i["name"] == "D" and i["flows"]])


def service(b):
    b.ctl("service", "delete", "s", "force")
    return b.json("service", "show") == []


def namespace(b):
    b.host.remove()
    return wait_for(lambda: not os.path.exists(f"/run/netns/{b.host.name}"))


def module(_):
    run("rmmod", "nfha")
    gone = not os.path.exists("/sys/module/nfha")
    with open("/proc/slabinfo", encoding="ascii") as file:
        return gone and not any(l.startswith("nfha_") for l in file)


def load():
    if not os.path.exists("/sys/module/nfha"):
        if os.environ.get("NFHA_MODULE"):
            run("insmod", os.environ["NFHA_MODULE"])
        else:
            run("modprobe", "nfha")


def no_stuck_device():
    done = subprocess.run(["dmesg"], capture_output=True, text=True)
    return "unregister_netdevice: waiting" not in done.stdout


def main():
    actions = [
        (device, "devices are removed"), (moved, "a device moves away"),
        (instance, "an instance is removed by force"),
        (service, "a service is removed by force"),
        (namespace, "the namespace is removed"),
        (module, "the module is unloaded"),
    ]
    tap = Tap(len(actions) * ROUNDS + 1)
    seed()
    for n in range(ROUNDS):
        for action, text in actions:
            load()
            tap.check(flooded(action), f"{text} under traffic ({n + 1})")
    load()
    tap.check(no_stuck_device(), "no device is waited for")
    tap.finish()


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    main()
