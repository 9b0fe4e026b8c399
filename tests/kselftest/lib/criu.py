# SPDX-License-Identifier: GPL-2.0-or-later
"""
Process trees: launched, checkpointed, loaded in another namespace; what is refused; and
what becomes of a VNF when CRIU fails.
"""

import contextlib
import errno
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from bench import BUILD, Namespace, Tap, run, wait_for
from driver import Driver, dump_stats

COUNTER = (f"{BUILD}/vnf/counter", 8, 50)
REDIS = f"{BUILD}/servers/bin/redis-server"
REFLECTOR_TYPE = 0x88b5
CLIENT = "02:00:00:00:00:01"
SERVER = "02:00:00:00:00:09"


@contextlib.contextmanager
def driver(launch=None, attach=True, **more):
    """A driver with a VNF in the first of two namespaces."""
    a, b = Namespace("A"), Namespace("B")
    d = Driver(a.name, b.name, **more)
    d.a, d.b = a, b
    try:
        if launch:
            d.pid = int(d.do("launch", *launch)[1]["pid"])
        if launch and attach and d.do("attach", "master")[0]:
            raise RuntimeError(d.log)
        yield d
    finally:
        if d.process.poll() is None:
            d.close()
        else:
            shutil.rmtree(d.dir)
        a.remove()
        b.remove()


def status(pid, key):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith(key + ":"):
                    return line.split(":", 1)[1].strip()
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def alive(pid):
    return status(pid, "State") not in (None, "Z (zombie)")


def inside(namespace):
    """The processes of a namespace."""
    return run("ip", "netns", "pids", namespace.name).stdout.split()


def counts(d):
    return [int(line.split()[0]) for line in d.lines() if line[0].isdigit()]


def goes_on(d):
    """The counter counts, nothing is stopped, and it has what it wrote."""
    last = wait_for(lambda: counts(d))[-1]
    return (wait_for(lambda: counts(d)[-1] > last + 20) and
            "torn" not in d.lines())


def launching(tap):
    with driver(COUNTER) as d:
        wait_for(lambda: counts(d))
        tap.check(status(d.pid, "NSpid").split()[-1] == "1" and
                  status(d.pid, "NSsid").split()[-1] == "1",
                  "launch: process 1 of its namespace, leader of its session",
                  (status(d.pid, "NSpid"), status(d.pid, "NSsid")))
        fds = {fd: os.readlink(f"/proc/{d.pid}/fd/{fd}")
               for fd in os.listdir(f"/proc/{d.pid}/fd")}
        tap.check(fds == {"0": "/dev/null", "1": d.output, "2": d.output},
                  "launch: no descriptors but 0 to 2", fds)
        with open(f"/proc/{d.pid}/fdinfo/1", encoding="ascii") as file:
            flags = int(file.read().split()[3], 8)
        tap.check(flags & os.O_APPEND, "launch: output is appended", flags)
        tap.check(status(d.pid, "THP_enabled") == "0",
                  "launch: no transparent huge pages")
        tap.check(str(d.pid) in inside(d.a), "launch: in its namespace")
        tap.check(int(status(d.pid, "SigBlk"), 16) == 0 and
                  int(status(d.pid, "SigIgn"), 16) == 0,
                  "launch: no signal is blocked or ignored")
        d.process.kill()
        d.process.wait()
        tap.check(goes_on(d), "launch: outlives who launched it")
        os.kill(d.pid, signal.SIGKILL)
        tap.check(wait_for(lambda: not os.path.exists(f"/proc/{d.pid}")),
                  "launch: no zombie is left")
    with driver() as d:
        result, _ = d.do("launch", "/nowhere/vnf")
        tap.check(result == -errno.ENOENT and d.said("/nowhere/vnf"),
                  "launch: a program that is not there is an error", d.log)
        tap.check(not inside(d.a), "launch: which leaves nothing")


def counting(tap):
    with driver(COUNTER) as d:
        results = [d.save() for _ in range(4)]
        tap.check(not any(result for result, _ in results),
                  "counter: four checkpoints", (results, d.log))
        stats = [dump_stats(d.path(n)) for n in (1, 2, 3, 4)]
        tap.check(stats[0]["written"] > 2000 and
                  all(s["written"] < 200 and s["skipped"] for s in stats[1:]),
                  "counter: the first is full, the others incremental", stats)
        tap.check(not os.path.lexists(d.path(4) + "/parent") and
                  os.path.getsize(d.path(4) + "/pages-1.img") > 8 << 20,
                  "counter: which are merged")
        tap.check(goes_on(d), "counter: goes on")
        for n in (1, 2, 3):
            shutil.rmtree(d.path(n))
        d.do("kill", "master")
        tap.check(d.wait_said("exit master"), "counter: its end is heard of")
        seen = counts(d)[-1]
        result, _ = d.do("load", d.path(4))
        tap.check(result == 0, "counter: loaded from a merged image", d.log)
        wait_for(lambda: counts(d)[-1] > seen + 100)
        again = counts(d)
        turn = next((i for i in range(1, len(again))
                     if again[i] <= again[i - 1]), 0)
        tap.check(turn and 4 < again[turn] <= seen and
                  "torn" not in d.lines(),
                  "counter: counts from the cut, its memory is whole",
                  (seen, again[turn - 1:turn + 2]))
        os.kill(int(inside(d.b)[0]), signal.SIGKILL)
        tap.check(d.wait_said("exit backup"),
                  "counter: the end of what was loaded is heard of")


def standby(tap):
    with driver(COUNTER) as d:
        d.save()
        d.do("kill", "master")
        d.wait_said("exit master")
        files = sorted(os.listdir(d.path()))
        result, more = d.do("load", d.path(), "stop")
        pid = int(more.get("pid", 0))
        tap.check(result == 0 and
                  wait_for(lambda: status(pid, "State") == "T (stopped)"),
                  "standby: loaded and stopped", (d.log, status(pid, "State")))
        tap.check(sorted(os.listdir(d.path())) == files,
                  "standby: a load leaves the image as it is")
        before = len(d.lines())
        tap.check(d.do("resume")[0] == 0 and
                  wait_for(lambda: len(d.lines()) > before + 5) and
                  "torn" not in d.lines(), "standby: resumed")
        tap.check(d.do("unload", "backup")[0] == 0 and not inside(d.b),
                  "standby: unloaded, nothing is left", inside(d.b))
        d.start("load", d.path())
        d.do("load_cancel")
        tap.check(wait_for(lambda: not inside(d.b)) and
                  not any(a[0] == "load" for a in d.answers),
                  "standby: a load that is cancelled leaves nothing")
        result, _ = d.do("load", d.path())
        tap.check(result == 0 and goes_on(d), "standby: and can be repeated")
        d.do("unload", "backup")
        os.unlink(d.path() + "/mm-1.img")
        result, _ = d.do("load", d.path())
        tap.check(result < 0 and not inside(d.b) and d.said("criu: "),
                  "standby: a broken image is an error, and leaves nothing",
                  (result, d.log))


def refusal(tap, thing, text, name):
    with driver((f"{BUILD}/vnf/misfit", thing), attach=False) as d:
        if not wait_for(lambda: "ready" in d.lines() or not alive(d.pid)) or \
                "ready" not in d.lines():
            tap.check(False, f"refused: {name}", d.lines())
            return
        result, _ = d.do("attach", "master")
        mine = [line for line in d.log if "cannot be checkpointed" in line]
        tap.check(result == -errno.EOPNOTSUPP and len(mine) == 1 and
                  text in mine[0] and "(misfit)" in mine[0] and
                  alive(d.pid), f"refused: {name}", (result, d.log))


def refusals(tap):
    outside = []
    for kind, name in ((socket.SOCK_DGRAM, "datagram"),
                       (socket.SOCK_STREAM, "stream")):
        s = socket.socket(socket.AF_UNIX, kind)
        s.bind(f"/tmp/nfha-misfit-{name}")
        if kind == socket.SOCK_STREAM:
            s.listen()
            threading.Thread(target=lambda s=s: outside.append(s.accept()[0]),
                             daemon=True).start()
        outside.append(s)
    run("modprobe", "tun", check=False)
    refusal(tap, "packet_ring", "packet socket with a ring", "a packet ring")
    refusal(tap, "xdp", "AF_XDP", "AF_XDP")
    refusal(tap, "uring", "io_uring", "io_uring")
    refusal(tap, "tap", "tap", "a tap")
    refusal(tap, "nfqueue", "NFQUEUE", "an NFQUEUE")
    refusal(tap, "unix_datagram", "datagram socket", "syslog")
    refusal(tap, "unix_stream", "stream socket", "a Unix stream to outside")
    refusal(tap, "namespace", "net:[", "an open namespace")
    refusal(tap, "mounts", "mount namespace", "a mount namespace")
    refusal(tap, "child", "AF_XDP", "something in a child")
    for s in outside:
        s.close()
    for name in ("datagram", "stream"):
        os.unlink(f"/tmp/nfha-misfit-{name}")
    for thing in ("nothing", "unix_pair"):
        with driver((f"{BUILD}/vnf/misfit", thing)) as d:
            tap.check(d.save()[0] == 0 and not d.said("huge pages"),
                      f"not refused: {thing}", d.log)
    with driver((f"{BUILD}/vnf/misfit", "huge_pages"), attach=False) as d:
        wait_for(lambda: "ready" in d.lines())
        tap.check(d.do("attach", "master")[0] == 0 and d.said("huge pages"),
                  "huge pages: a warning", d.log)
    adopted(tap)


def start_inside(d, *words):
    """As an operator would; not the leader of a session."""
    with d.a.inside(), open(d.output, "a", encoding="ascii") as out:
        return subprocess.Popen([str(word) for word in words], stdout=out,
                                stderr=out, stdin=subprocess.DEVNULL)


def adopted(tap):
    with driver() as d:
        p = start_inside(d, f"{BUILD}/vnf/misfit", "nothing")
        d.do("adopt", p.pid)
        result, _ = d.do("attach", "master")
        tap.check(result == -errno.EOPNOTSUPP and d.said("session"),
                  "refused: not the leader of a session", d.log)
        p.kill()
        p.wait()
        tap.check(d.wait_said("exit master"), "adopted: its end is heard of")
        p = start_inside(d, "setsid", "sh", "-c",
                         f"{COUNTER[0]} 8 50 & wait")
        wait_for(lambda: counts(d))
        d.do("adopt", p.pid)
        tap.check(d.do("attach", "master")[0] == 0 and d.save()[0] == 0 and
                  goes_on(d), "adopted: a tree is checkpointed", d.log)
        tap.check(len(inside(d.a)) == 2, "adopted: of two processes")
        d.do("kill", "master")
        p.wait()
        tap.check(wait_for(lambda: not inside(d.a)), "adopted: all are killed",
                  inside(d.a))
        seen = len(d.lines())
        result, _ = d.do("load", d.path())
        tap.check(result == 0 and wait_for(lambda: len(d.lines()) > seen + 5)
                  and "torn" not in d.lines() and len(inside(d.b)) == 2,
                  "adopted: and loaded", d.log)


def failures(tap):
    with driver(COUNTER) as d:
        for point in ("begin", "cut"):
            d.save()
            d.do("when", point, "fail")
            result, _ = d.save()
            tap.check(result < 0 and result != -errno.EOWNERDEAD and
                      d.said(f"fail at {point}") and goes_on(d),
                      f"failure: {point} refused, the VNF goes on",
                      (result, d.log))
            d.save()
            tap.check(dump_stats(d.path())["skipped"] == 0,
                      "failure: the next one is full", dump_stats(d.path()))
        d.do("when", "begin", "kill")
        result, _ = d.save()
        tap.check(result == -errno.EPIPE and d.said("kill at begin") and
                  goes_on(d), "failure: criu dies at the freeze, the VNF goes on",
                  (result, d.log))
        tap.check(d.save()[0] == 0, "failure: the next save is good", d.log)
        tap.check(d.do("save", "/proc/1")[0] < 0 and d.said("criu: ") and
                  goes_on(d), "failure: a directory that cannot be written to",
                  d.log)
        tap.check(d.save()[0] == 0, "failure: the save after it is good", d.log)
    for action in ("kill", "cancel"):
        with driver(COUNTER) as d:
            d.do("when", "cut", action)
            result, more = d.save()
            code = int(more.get("cancel", result))
            tap.check(code == -errno.EOWNERDEAD,
                      f"failure: {action} of criu in the dump is told",
                      (result, more, d.log))
    with driver(COUNTER, criu="/nowhere/criu") as d:
        result, _ = d.save()
        tap.check(result < 0 and d.said("/nowhere/criu") and goes_on(d),
                  "failure: no criu", (result, d.log))
    with driver(COUNTER) as d:
        for point in ("begin", "cut"):
            d.do("when", point, "detach")
            d.save()
            tap.check(d.said(f"detach at {point}") and goes_on(d) and
                      d.do("attach", "master")[0] == 0 and
                      d.save(full=True)[0] == 0 and goes_on(d),
                      f"failure: detached at {point}, the VNF goes on", d.log)
    for point in ("begin", "cut"):
        with driver(COUNTER) as d:
            wait_for(lambda: counts(d))
            d.do("when", point, "die")
            d.start("save", d.path(1))
            d.process.wait(60)
            tap.check(goes_on(d), f"failure: the daemon dies at {point}, "
                      "the VNF goes on", d.log)
            os.kill(d.pid, signal.SIGKILL)


def bridge(d):
    """A client with a cable to each; the same addresses behind both."""
    c = Namespace("C")
    run("ip", "-n", c.name, "link", "add", "br0", "address", CLIENT, "type",
        "bridge")
    run("ip", "-n", c.name, "addr", "add", "10.9.0.1/24", "dev", "br0")
    run("ip", "-n", c.name, "link", "set", "br0", "up")
    for namespace, port in ((d.a, "pa"), (d.b, "pb")):
        run("ip", "-n", namespace.name, "link", "add", "eth0", "index", "10",
            "address", SERVER, "type", "veth", "peer", "name",
            port, "netns", c.name)
        run("ip", "-n", namespace.name, "link", "set", "lo", "up")
        run("ip", "-n", namespace.name, "addr", "add", "10.9.0.2/24", "dev",
            "eth0")
        run("ip", "-n", namespace.name, "link", "set", "eth0", "up")
        run("ip", "-n", c.name, "link", "set", port, "master", "br0")
    run("ip", "-n", c.name, "link", "set", "pa", "up")
    return c


def fail_over(d, c, image):
    """Nothing of the end of the master gets out, and state comes before address."""
    run("ip", "-n", c.name, "link", "set", "pa", "down")
    d.do("kill", "master")
    d.wait_said("exit master")
    result, _ = d.do("load", image)
    run("ip", "-n", c.name, "link", "set", "pb", "up")
    return result


def connect(c):
    with c.inside():
        s = socket.socket()
    s.settimeout(1)
    wait_for(lambda: s.connect_ex(("10.9.0.2", 6379)) == 0)
    s.settimeout(20)
    return s


def ask(s, text):
    s.sendall(text.encode() + b"\r\n")
    return s.recv(1000)


def save_redis(d):
    """
    Ten times a second it has a file of its own below /proc open for a moment, and what is
    saved then does not count. The next one has no parent.
    """
    for attempt in range(20):
        said = len(d.log)
        result = d.save(full=attempt > 0)[0]
        if not any("which is gone with the process" in line for line in d.log[said:]):
            break
    return result


def redis(tap):
    with driver() as d:
        c = bridge(d)
        d.pid = int(d.do("launch", REDIS, "--save", "''", "--bind", "10.9.0.2",
                         "--protected-mode", "no")[1]["pid"])
        s = connect(c)
        tap.check(d.do("attach", "master")[0] == 0, "redis: protected", d.log)
        ask(s, "SET kept yes")
        saved = [save_redis(d) for _ in range(2)]
        tap.check(saved == [0, 0] and ask(s, "INCR n") == b":1\r\n",
                  "redis: two checkpoints, the connection goes on",
                  (saved, d.log))
        tap.check(save_redis(d) == 0, "redis: and one more", d.log)
        tap.check("drop" not in run("ip", "netns", "exec", d.a.name, "nft",
                                    "list", "ruleset").stdout,
                  "redis: CRIU leaves no rules")
        tap.check(fail_over(d, c, d.path()) == 0,
                  "redis: loaded behind the same address", d.log)
        said = ask(s, "INCR n"), ask(s, "GET kept")
        tap.check(said == (b":2\r\n", b"$3\r\nyes\r\n"),
                  "redis: the connection goes on there", said)
        s.close()
        c.remove()


class Frames:
    """Frames for the reflector, and what comes back."""

    def __init__(self, c):
        self.me = bytes.fromhex(CLIENT.replace(":", ""))
        self.head = (bytes.fromhex(SERVER.replace(":", "")) + self.me +
                     struct.pack("!H", REFLECTOR_TYPE))
        self.socket = c.socket("br0")
        self.socket.setblocking(True)
        self.socket.settimeout(20)

    def send(self):
        self.socket.send(self.head + bytes(46))

    def count(self):
        """One there and back: which one it is for the reflector."""
        self.send()
        while True:
            frame = self.socket.recv(2048)
            if frame[:6] == self.me and frame[12:14] == self.head[12:]:
                return struct.unpack_from("!I", frame, 14)[0]


@contextlib.contextmanager
def reflector(**more):
    with driver(**more) as d:
        c = bridge(d)
        d.pid = int(d.do("launch", f"{BUILD}/vnf/reflector",
                         "eth0")[1]["pid"])
        wait_for(lambda: "ready" in d.lines())
        if d.do("attach", "master")[0]:
            raise RuntimeError(d.log)
        frames = Frames(c)
        yield d, c, frames
        frames.socket.close()
        c.remove()


def packets(tap):
    with reflector(drain_us=200000) as (d, c, frames):
        first = [frames.count() for _ in range(3)]
        saved = d.save()[0]
        tap.check(first == [1, 2, 3] and saved == 0 and frames.count() == 4,
                  "packets: a checkpoint, and it goes on", (first, d.log))
        tap.check(fail_over(d, c, d.path()) == 0 and frames.count() == 4,
                  "packets: loaded, and counts from the cut", d.log)


def draining(tap):
    """A VNF that is slow: what it has got it answers before the freeze."""
    with reflector(drain_us=2000000) as (d, c, frames):
        os.kill(d.pid, signal.SIGSTOP)
        for _ in range(20):
            frames.send()
        d.start("save", d.path(1))
        time.sleep(0.3)
        waits = not any(a[0] == "save" for a in d.answers)
        os.kill(d.pid, signal.SIGCONT)
        result, _ = d.answer("save")
        tap.check(waits and result == 0, "draining: waits for the VNF",
                  (result, d.log))
        frames.socket.close()
        fail_over(d, c, d.path(1))
        frames.socket = Frames(c).socket
        number = frames.count()
        tap.check(number == 21, "draining: all of it is in the image", number)
    with reflector(drain_us=5000000) as (d, c, frames):
        os.kill(d.pid, signal.SIGSTOP)
        frames.send()
        d.do("when", "begin", "cancel")
        result, more = d.save()
        os.kill(d.pid, signal.SIGCONT)
        tap.check(result == -errno.ECANCELED and more["cancel"] == "0" and
                  frames.count() and d.save()[0] == 0,
                  "draining: can be cancelled", (result, more, d.log))
    with reflector(drain_us=1000) as (d, c, frames):
        os.kill(d.pid, signal.SIGSTOP)
        frames.send()
        result, _ = d.save()
        tap.check(result == 0, "draining: not for ever", (result, d.log))


def main():
    tap = Tap(71)
    launching(tap)
    counting(tap)
    standby(tap)
    redis(tap)
    packets(tap)
    draining(tap)
    refusals(tap)
    failures(tap)
    tap.finish()


if __name__ == "__main__":
    main()
