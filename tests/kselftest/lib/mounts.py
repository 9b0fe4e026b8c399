# SPDX-License-Identifier: GPL-2.0-or-later
"""
A VNF with a mount namespace of its own: what it sees, that it is carried over, that it
takes part in what nfhad gives it, and that no mount is left of it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile

from bench import BUILD, Tap, run, wait_for
from criu import alive, bridge, connect, driver, fail_over, inside
from driver import CRIU, Driver

PORT = 6379
TENANT = (f"{BUILD}/vnf/tenant", PORT)
# Its root, /dev, /proc and /tmp, and what the test has put in.
MOUNTS = 5


def mounts():
    """What is mounted here but network namespaces, as (source, place)."""
    with open("/proc/self/mounts", encoding="ascii") as file:
        all_of_them = [tuple(line.split()[:2]) for line in file]
    return [mount for mount in all_of_them if "/run/netns" not in mount[1]]


class Places:
    """Directories of the machine; the VNF's files are outside /tmp, which it has own."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="nfha-mounts-", dir="/var/tmp")
        self.work = os.path.join(self.base, "work")
        self.shown = os.path.join(self.base, "shown")
        self.hidden = os.path.join(self.base, "hidden")
        for path in (self.work, self.shown, self.hidden):
            os.mkdir(path)
        for path in (self.shown, self.hidden):
            run("mount", "-t", "tmpfs", "machine", path)
            self.write(f"{path}/machine", "yes")

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def remove(self):
        for path in (self.shown, self.hidden):
            run("umount", path)
        shutil.rmtree(self.base)


@contextlib.contextmanager
def tenant(places, launch=TENANT):
    directory = tempfile.mkdtemp(dir=places.work)
    with driver(directory=directory) as d:
        d.do("mounts", places.shown)
        d.pid = int(d.do("launch", *launch)[1]["pid"])
        yield d


class Client:
    """A line there, a line back: count, size of the notes, own process, mounts."""

    def __init__(self, c):
        self.socket = connect(c)
        self.file = self.socket.makefile("rw", encoding="ascii", newline="\n")

    def ask(self, text="x"):
        self.file.write(text + "\n")
        self.file.flush()
        return tuple(int(word) for word in self.file.readline().split())

    def close(self):
        self.file.close()
        self.socket.close()


def of(pid, path):
    """A path as a process has it."""
    return f"/proc/{pid}/root{path}"


def namespace_of(pid):
    return os.readlink(f"/proc/{pid}/ns/mnt")


def looking(tap, places):
    before = mounts()
    with tenant(places) as d:
        wait_for(lambda: "ready" in d.lines())
        root = of(d.pid, "")
        tap.check(namespace_of(d.pid) != namespace_of("self"),
                  "launched: in a mount namespace of its own")
        tap.check(mounts() == before, "launched: nothing of it is mounted here",
                  set(mounts()) - set(before))
        tap.check(os.listdir(root + "/tmp") == ["notes"] and
                  not os.path.exists("/tmp/notes"),
                  "launched: /tmp is its own", os.listdir(root + "/tmp"))
        tap.check(os.path.exists(root + places.shown + "/machine") and
                  not os.listdir(root + places.hidden),
                  "launched: it has what is listed and nothing else")
        tap.check(os.path.samefile(root + "/etc/passwd", "/etc/passwd") and
                  os.path.exists(root + "/dev/null") and
                  os.path.exists(root + "/proc/1"),
                  "launched: it has the root file system, /dev and /proc")
        tap.check(run("touch", root + "/dev/shm/x", check=False).returncode,
                  "launched: it can make no files in /dev")
        places.write(root + places.shown + "/its", "yes")
        tap.check(os.path.exists(places.shown + "/its"),
                  "launched: what is listed is the machine's")
        os.kill(d.pid, signal.SIGKILL)
        d.wait_said("exit master")
    tap.check(mounts() == before, "killed: no mount is left",
              set(mounts()) ^ set(before))


def failing(tap, places):
    with driver(directory=tempfile.mkdtemp(dir=places.work)) as d:
        before = mounts()
        d.do("mounts", "/nowhere/at/all")
        result, _ = d.do("launch", *TENANT)
        tap.check(result < 0 and d.said("mount namespace /nowhere/at/all: ") and
                  not inside(d.a) and mounts() == before,
                  "launched: a path that is not there is an error, and told",
                  (result, d.log))


def plain_restore(d, image, *more):
    """CRIU without the daemon, with all that the daemon says but of mounts."""
    with tempfile.TemporaryDirectory(dir="/run") as work, \
            open(f"/run/netns/{d.b.name}", "rb") as netns:
        fd = netns.fileno()
        done = subprocess.run(
            [CRIU, "restore", "-d", "-D", image, "-W", work, "-o", "log",
             "--tcp-established", "--file-locks", "--manage-cgroups=ignore",
             "--inherit-fd", f"fd[{fd}]:vnf", *more],
            pass_fds=[fd], capture_output=True, check=False)
        with open(f"{work}/log", encoding="ascii", errors="replace") as log:
            errors = [line for line in log if "Error" in line]
    return done.returncode, errors


def carrying(tap, places):
    before = mounts()
    tmp = sorted(os.listdir("/tmp"))
    with tenant(places) as d:
        c = bridge(d)
        client = Client(c)
        told = client.ask("hello")
        tap.check(told == (1, 6, 1, MOUNTS), "carried: it works", told)
        tap.check(d.do("attach", "master")[0] == 0, "carried: not refused",
                  d.log)
        saved = [d.save()[0], client.ask("two"), d.save()[0]]
        tap.check(saved == [0, (2, 10, 1, MOUNTS), 0],
                  "carried: two checkpoints, and it goes on", (saved, d.log))
        images = os.listdir(d.path())
        tap.check(any(name.startswith("mountpoints-") for name in images) and
                  len([n for n in images if n.startswith("tmpfs-")]) == 1,
                  "carried: its /tmp is in the image, the machine's is not",
                  images)
        places.write(of(d.pid, "/tmp/later"), "lost")
        tap.check(mounts() == before, "carried: dumps mount nothing here",
                  set(mounts()) ^ set(before))
        tap.check(fail_over(d, c, d.path()) == 0, "carried: loaded", d.log)
        pid = int(inside(d.b)[0])
        told = client.ask("three")
        tap.check(told == (3, 16, 1, MOUNTS),
                  "carried: its open file, /proc and connection are whole", told)
        with open(of(pid, "/tmp/notes"), encoding="ascii") as notes:
            text = notes.read()
        tap.check(text == "hello\ntwo\nthree\n" and
                  os.listdir(of(pid, "/tmp")) == ["notes"],
                  "carried: /tmp is as it was at the cut",
                  (text, os.listdir(of(pid, "/tmp"))))
        tap.check(os.path.exists(of(pid, places.shown) + "/machine") and
                  not os.listdir(of(pid, places.hidden)),
                  "carried: it has what was listed and nothing else")
        tap.check(mounts() == before and sorted(os.listdir("/tmp")) == tmp,
                  "carried: a load leaves nothing here",
                  (set(mounts()) ^ set(before), os.listdir("/tmp")))
        again(tap, d, client)
        os.kill(pid, signal.SIGKILL)
        d.wait_said("exit backup")
        tap.check(mounts() == before, "killed: no mount is left of a loaded one",
                  set(mounts()) ^ set(before))
        control(tap, d)
        cancelled(tap, d)
        tap.check(mounts() == before and sorted(os.listdir("/tmp")) == tmp,
                  "cancelled: nor a mount, nor a directory",
                  (set(mounts()) ^ set(before), os.listdir("/tmp")))
        client.close()
        c.remove()


def again(tap, d, client):
    """What was loaded becomes a master, and can be checkpointed in its turn."""
    other = Driver(d.b.name, d.a.name, directory=tempfile.mkdtemp(dir=d.dir))
    other.do("adopt", inside(d.b)[0])
    result = other.do("attach", "master")[0] or other.save()[0]
    tap.check(result == 0 and client.ask()[0] == 4,
              "carried: and can be checkpointed again", other.log)
    other.process.kill()
    other.process.wait()


def control(tap, d):
    result, errors = plain_restore(d, d.path())
    tap.check(result and errors and not inside(d.b),
              "control: without the daemon's part CRIU cannot",
              (result, errors))


def cancelled(tap, d):
    d.start("load", d.path())
    d.do("load_cancel")
    tap.check(wait_for(lambda: not inside(d.b)), "cancelled: no process is left")


def refusing(tap, places):
    with driver((f"{BUILD}/vnf/misfit", "mounts"), attach=False) as d:
        wait_for(lambda: "ready" in d.lines())
        result, _ = d.do("attach", "master")
        tap.check(result < 0 and d.said("nfhad has not made") and alive(d.pid),
                  "refused: a mount namespace that somebody else has made", d.log)
    with tenant(places, (f"{BUILD}/vnf/misfit", "mounts")) as d:
        wait_for(lambda: "ready" in d.lines())
        d.do("attach", "master")
        tap.check(d.save()[0] < 0 and d.said("lookup mount") and alive(d.pid),
                  "refused: files that are open from another one", d.log)


def main():
    tap = Tap(26)
    places = Places()
    # What CRIU runs is read once, as a dump in a test has not all the time.
    run("tar", "--create", "--gzip", "--file", "/dev/null", "-C", places.work, ".")
    looking(tap, places)
    failing(tap, places)
    carrying(tap, places)
    refusing(tap, places)
    places.remove()
    tap.finish()


if __name__ == "__main__":
    main()
