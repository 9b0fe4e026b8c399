# SPDX-License-Identifier: GPL-2.0-or-later
"""
What nfhad takes of a machine on which nothing happens, and how long it is at the
beginning. Only in virtual time, where a second of a processor is 10^9 instructions: so
these are counted, and a busy machine changes nothing.
"""

import fcntl
import glob
import os
import re
import select
import selectors
import signal
import socket
import struct
import subprocess
import threading
import time
import types

from bench import BUILD, IFF_UP, SIOCSIFFLAGS, Namespace, Tap, inside, ip_batch, run
from rollback import NFHAD, Daemon, read

MANY = os.path.join(BUILD, "nfhad-test", "many")
PATIENCE = 60
# Percent of a processor, KiB, seconds.
CPU_MAX, RSS_MAX, START_MAX = 0.1, 20 * 1024, 1.0
# Percent of a processor for a hundred checks a second.
CHECK_MAX = {"tcp": 1.5, "icmp": 1.2}
PORT = 80
# Thresholds of all measures, which nobody reaches.
EVERY = {"packets": "1G", "bits": "1G", "new-flows": 10**6, "flows": 10**6,
         "cpu": 1000, "pressure": 100, "drops": 10**6, "latency": "60s"}
SLEEPER = ["/bin/sleep", "infinity"]


class World:
    """Services in the module, and a daemon that is to have them."""
    made = 0

    def __init__(self, services, instances):
        World.made += 1
        self.services, self.instances = services, instances
        self.host = Namespace("host")
        ip_batch((f"link add {dev} up type dummy" for dev in
                  ["shared", *(f"l{s}" for s in range(services))]),
                 "-n", self.host.name)
        with self.host.inside():
            run(MANY, str(services), str(instances))
        self.daemon = Daemon(types.SimpleNamespace(
            service=f"idle{World.made}", host=self.host), {})

    def configure(self, command=None, **service):
        def instance(s, i):
            one = {"name": f"i{i}", "role": "active", "netns": f"many-{s}-{i}"}
            return {**one, "command": command} if command else one
        self.daemon.write({
            "store": {"directory": os.path.join(self.daemon.directory, "store")},
            "services": [{"name": f"s{s}", "driver": "none", **service,
                          "instances": [instance(s, i) for i in range(self.instances)]}
                         for s in range(self.services)]})

    def start(self):
        """
        Seconds of a processor until the daemon is ready, with all services begun. Time
        that passes has some of the host's in it, which reads the program's files.
        """
        path = os.path.join(self.daemon.directory, "notice")
        notice = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notice.bind(path)
        with open(self.daemon.log_path, "ab") as log, self.host.inside():
            self.daemon.process = subprocess.Popen(
                [NFHAD, "--config", self.daemon.path], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "NOTIFY_SOCKET": path})
        self.becomes_ready(notice)
        notice.close()
        os.unlink(path)
        return sum(self.spent())

    def becomes_ready(self, notice):
        """
        Until it is ready, or has ended. There is no limit: while the host reads a file,
        and nothing else has anything to do here, minutes pass at once.
        """
        end = os.pidfd_open(self.daemon.process.pid)
        while True:
            if end in select.select([notice, end], [], [])[0]:
                raise RuntimeError(f"the daemon ended: {self.daemon.log()[-2000:]}")
            if b"READY=1" in notice.recv(4096):
                break
        os.close(end)

    def lives(self, times=1):
        """Until all instances have been started, or taken up, so many times."""
        return self.daemon.waits(r"/i\d+: (?:started|taken up)\n",
                                 times * self.services * self.instances, PATIENCE)

    def spent(self):
        """Seconds of a processor so far: the daemon's own, and its children's."""
        pid = self.daemon.process.pid
        fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        children = sum(int(ticks) for ticks in fields[13:15])
        return (int(read(f"/proc/{pid}/schedstat").split()[0]) / 1e9,
                children / os.sysconf("SC_CLK_TCK"))

    def share(self, seconds):
        """Percent of a processor that it takes, and its children do."""
        time.sleep(2)
        before = self.spent()
        time.sleep(seconds)
        return [(now - then) / seconds * 100 for now, then in zip(self.spent(), before)]

    def memory(self):
        status = read(f"/proc/{self.daemon.process.pid}/status")
        return {key: int(size) for key, size in
                re.findall(r"^(VmRSS|RssAnon|VmHWM):\s+(\d+) kB$", status, re.M)}

    def again(self, **service):
        """With another configuration; what runs goes on."""
        self.daemon.kill(signal.SIGTERM)
        self.configure(**service)
        return self.start()

    def close(self):
        self.daemon.kill(signal.SIGTERM)
        for path in glob.glob("/run/netns/many-*"):
            # Whatever runs there ends.
            for pid in run("ip", "netns", "pids", os.path.basename(path),
                           check=False).stdout.split():
                os.kill(int(pid), signal.SIGKILL)
        Namespace.remove_several(self.host, *(
            types.SimpleNamespace(name=os.path.basename(path))
            for path in glob.glob("/run/netns/many-*")))


class Servers:
    """One in each namespace of the instances, which says goodbye at once."""
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        for path in glob.glob("/run/netns/many-*"):
            with inside(os.path.basename(path)):
                server = socket.socket()
                fcntl.ioctl(server, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
                server.bind(("127.0.0.1", PORT))
            server.listen()
            self.selector.register(server, selectors.EVENT_READ)
        self.asked = 0
        self.end, wake = socket.socketpair()
        self.selector.register(wake, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj.family == socket.AF_UNIX:
                    return
                key.fileobj.accept()[0].close()
                self.asked += 1

    def close(self):
        self.end.send(b"x")
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


def say(what, value, unit):
    print(f"# {what}: {value} {unit}", flush=True)


def scaled(interval):
    return {"command": SLEEPER, "scale": {"interval": interval, "overload": EVERY}}


def idle(tap):
    world = World(10, 10)
    world.configure(**scaled("1s"))
    world.start()
    tap.check(world.lives(), "a hundred instances live", world.daemon.log()[-2000:])
    share, memory = world.share(60), world.memory()
    say("100 instances in 10 services, all measured each second",
        f"{share[0]:.4f}", f"% of a processor, {memory}")
    tap.check(0 < share[0] < CPU_MAX and share[1] == 0,
              f"they take less than {CPU_MAX} % of a processor", share)
    tap.check(memory["VmRSS"] < RSS_MAX, f"and less than {RSS_MAX} KiB", memory)
    world.again(**scaled("10ms"))
    share = world.share(2)
    tap.check(share[0] > CPU_MAX, "looked at a hundred times as often, they take more (control)",
              share)
    world.again(command=SLEEPER)
    share = world.share(60)
    say("the same, not scaled", f"{share[0]:.4f}", "% of a processor")
    tap.check(share[0] < CPU_MAX / 10 and share[1] == 0,
              "and without scaling next to nothing", share)
    checked(tap, world)
    world.close()


def checked(tap, world):
    """
    By the network, each second. The least is what the kernel does for a connection on one
    machine, and for a socket in another namespace; more if it leaves that to a thread.
    """
    servers = Servers()
    for check in ({"kind": "icmp"}, {"kind": "tcp", "port": PORT}):
        kind = check["kind"]
        world.again(command=SLEEPER, checks=[{**check, "address": "127.0.0.1"}])
        asked = servers.asked
        share = world.share(20)
        say(f"each of them checked by {kind} each second", f"{share[0]:.4f}", "% of a processor")
        tap.check(share[0] < CHECK_MAX[kind] and share[1] == 0,
                  f"with {kind} checks they take less than {CHECK_MAX[kind]} %, and no child",
                  share)
    asked = servers.asked - asked
    tap.check(asked >= 20 * 100, "and each server is asked each second", asked)
    servers.close()
    tap.check(world.daemon.waits(r"has failed: tcp .*: connect: Connection refused, 3 in a row",
                                 100, PATIENCE),
              "when no server is there, each of them fails (control)",
              world.daemon.log()[-2000:])


def begin(tap):
    world = World(100, 10)
    world.configure()
    first = world.start()
    began = time.monotonic()
    tap.check(world.lives(), "a thousand instances in a hundred services live",
              world.daemon.log()[-2000:])
    say("ready with 1,000 instances in 100 services", f"{first:.3f}",
        f"s, memory {world.memory()}, all live {time.monotonic() - began:.3f} s later")
    tap.check(first < START_MAX, f"the daemon is ready with them in {START_MAX} s", first)
    second = world.again()
    tap.check(world.lives(2), "a second daemon takes them up", world.daemon.log()[-2000:])
    say("and a second time", f"{second:.3f}", "s")
    tap.check(second < START_MAX, f"in {START_MAX} s, too", second)
    tap.check(world.memory()["VmRSS"] < RSS_MAX, f"in less than {RSS_MAX} KiB",
              world.memory())
    world.close()


def main():
    tap = Tap(14)
    idle(tap)
    begin(tap)
    tap.finish()


if __name__ == "__main__":
    main()
