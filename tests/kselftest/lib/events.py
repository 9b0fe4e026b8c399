# SPDX-License-Identifier: GPL-2.0-or-later
"""
Events, each once and with what it should say, and nothing else between them;
and what is shown of ports at the same time.
"""

import ctypes
import errno
import fcntl
import socket
import struct
import subprocess

from bench import (BUILD, Bench, CTL, IFF_UP, SIOCSIFFLAGS, Tap, run, seed, wait_for)
from steer import Monitor, forth, ids, owners

SIOCGIFFLAGS = 0x8913


def link(namespace, *words):
    run("ip", "-n", namespace.name, "link", *words)


def set_up(namespace, dev, up):
    with namespace.inside(), socket.socket() as s:
        request = struct.pack("16sH14x", dev.encode(), 0)
        flags = struct.unpack_from("H", fcntl.ioctl(s, SIOCGIFFLAGS, request), 16)[0]
        flags = flags | IFF_UP if up else flags & ~IFF_UP
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", dev.encode(), flags))


def ports(bench, name):
    """{side: carrier} of an instance, or of the service itself."""
    if name == "s":
        shown = bench.service()
    else:
        shown = bench.json("instance", "show", "s", "instance", name)[0]
    return {p["side"]: p["carrier"] for p in shown["ports"]}


def since(monitor, bench):
    """
    What has come since the last time, but for when it came. A change of the
    mark is the last of it, for the kernel keeps the order.
    """
    bench.ctl("instance", "set", "mark", "service", "s", "state", "active")
    if not monitor.wait("instance-set", instance="mark"):
        return None
    events, monitor.events[:] = list(monitor.events), []
    for event in events:
        event.pop("time_ms")
    return events[:-1]


def port(what, ifname, instance=None):
    event = {"event": "port", "service": "s", "ifname": ifname,
             "side": "right" if "r" in ifname else "left", "what": what}
    if instance:
        event["instance"] = instance
    return event


def changed(bench, monitor, count, *words):
    """Events after a change of a link, at least as many as that."""
    if words[1] == "set" and words[3] in ("up", "down"):
        set_up(words[0], words[2], words[3] == "up")
    else:
        link(*words)
    wait_for(lambda: len(monitor.events) >= count, 20 if count else 0)
    return since(monitor, bench)


def carrier(tap, b, m):
    got = changed(b, m, 1, b.inside, "set", "p-Al", "down")
    tap.check(got == [port("carrier-lost", "Al", "A")],
              "the far end of an instance's port goes down: one event", got)
    tap.check(ports(b, "A") == {"left": False, "right": True} and
              ports(b, "B") == {"left": True, "right": True},
              "that port is shown without carrier, and no other", ports(b, "A"))
    got = changed(b, m, 1, b.inside, "set", "p-Al", "up")
    tap.check(got == [port("carrier-back", "Al", "A")] and
              ports(b, "A") == {"left": True, "right": True},
              "and comes back", got)
    got = changed(b, m, 1, b.host, "set", "Br", "down")
    tap.check(got == [port("carrier-lost", "Br", "B")] and
              ports(b, "B") == {"left": True, "right": False},
              "the port's own device goes down: the same", got)
    got = changed(b, m, 1, b.host, "set", "Br", "up")
    tap.check(got == [port("carrier-back", "Br", "B")], "and comes back", got)
    got = changed(b, m, 1, b.outside, "set", "p-l0", "down")
    tap.check(got == [port("carrier-lost", "l0")] and
              ports(b, "s") == {"left": False, "right": True},
              "an external port's event names no instance", got)

    # Devices that are no ports, or not any more, are nobody's business.
    b.cable(b.inside, "other", "x0")
    got = changed(b, m, 0, b.inside, "set", "p-x0", "down")
    tap.check(got == [], "a device that is no port makes no event (control)", got)
    b.ctl("service", "set", "s", "left", "l0,x0", "right", "r0")
    tap.check(ports(b, "s")["left"] is False and
              [p["carrier"] for p in b.service()["ports"]].count(False) == 2,
              "a port without carrier from the beginning is shown so",
              b.service()["ports"])
    since(m, b)
    got = changed(b, m, 1, b.inside, "set", "p-x0", "up")
    tap.check(got == [port("carrier-back", "x0")], "and gets it later", got)
    text = run(CTL, "-n", b.host.name, "service", "show", "s").stdout
    tap.check([l.split()[1] for l in text.splitlines() if "no carrier" in l] == ["l0"],
              "text says it, too", text)
    changed(b, m, 1, b.outside, "set", "p-l0", "up")


def administration(tap, b, m):
    """A device that has its carrier always, whether it is up or down."""
    link(b.host, "add", "zd", "type", "dummy")
    b.ctl("instance", "add", "D", "service", "s", "left", "zd")
    tap.check(ports(b, "D") == {"left": False},
              "a device that is down is shown without carrier", ports(b, "D"))
    since(m, b)
    for what, word in (("carrier-back", "up"), ("carrier-lost", "down"),
                       ("carrier-back", "up")):
        got = changed(b, m, 1, b.host, "set", "zd", word)
        tap.check(got == [port(what, "zd", "D")] and
                  ports(b, "D") == {"left": what == "carrier-back"},
                  f"{word}: {what}, said and shown", (got, ports(b, "D")))


def shared(tap, b, m):
    b.cable(b.inside, "shared", "dl")
    for n in (1, 2):
        b.ctl("instance", "add", f"R{n}", "service", "s", "left",
              f"dl/02:00:00:00:00:0{n}", "remote")
    since(m, b)
    got = changed(b, m, 2, b.inside, "set", "p-dl", "down")
    tap.check(got == [port("carrier-lost", "dl", f"R{n}") for n in (1, 2)],
              "each port of a shared device has its event", got)
    got = changed(b, m, 2, b.host, "del", "dl")
    tap.check(got == [port("gone", "dl", f"R{n}") for n in (1, 2)],
              "also when the device is removed", got)
    b.sockets.pop("shared").close()


def removal(tap, b, m):
    got = [e for e in changed(b, m, 1, b.inside, "del", "p-Al")
           if e["what"] != "carrier-lost"]
    tap.check(got == [port("gone", "Al", "A")], "a removed device is said to be gone", got)
    tap.check(ports(b, "A") == {"right": True}, "its port is shown no more", ports(b, "A"))
    b.sockets.pop("A-left").close()
    b.cable(b.inside, "A-left", "Al")
    got = since(m, b)
    tap.check(got == [] and ports(b, "A") == {"right": True},
              "a new device of the same name is no port by itself", got)
    b.ctl("instance", "set", "A", "service", "s", "left", "Al")
    for s in b.sockets.values():
        s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # was down, is not now
    tap.check(ports(b, "A") == {"left": True, "right": True} and
              owners(b, [forth(0)]) == ["A"], "and becomes one by command",
              ports(b, "A"))
    since(m, b)
    b.ctl("service", "set", "s", "left", "l0", "right", "r0")
    since(m, b)
    got = [e for e in changed(b, m, 1, b.host, "set", "r0", "netns", b.inside.name)
           if e["what"] != "carrier-lost"]
    tap.check(got == [port("gone", "r0")] and list(ports(b, "s")) == ["left"],
              "a device that moves away is gone, too", (got, ports(b, "s")))


def objects(tap, b, m):
    """Every change that a command makes, in order, to those who may hear it."""
    deaf = Monitor(Elsewhere(b.outside))
    for words in (["service", "add", "t", "key", "random", "left", "zl"],
                  ["instance", "add", "X", "service", "t"],
                  ["instance", "add", "Y", "service", "t"],
                  ["range", "set", "t", "0-65535=X"],
                  ["split", "t", "from", "X", "to", "Y", "at", "9"],
                  ["merge", "t", "from", "X", "to", "Y"],
                  ["instance", "set", "X", "service", "t", "state", "down"],
                  ["instance", "delete", "X", "service", "t"],
                  ["service", "set", "t", "threshold", "7"],
                  ["instance", "delete", "Y", "service", "t", "force"],
                  ["service", "delete", "t"]):
        if words[:2] == ["service", "add"]:
            link(b.host, "add", "zl", "type", "dummy")
        b.ctl(*words)
    got = since(m, b)
    # Ends of splits and drains come on their own time.
    named = [(e["event"], e.get("instance"), e.get("state", e.get("generation")))
             for e in got if e["event"] not in ("threshold", "drain")]
    tap.check(named == [
        ("service-new", None, 0), ("instance-new", "X", "active"),
        ("instance-new", "Y", "active"), ("map-set", None, 1),
        ("map-set", None, 2), ("map-set", None, 3),
        ("instance-set", "X", "draining"), ("instance-set", "X", "down"),
        ("instance-del", "X", "down"), ("service-set", None, 3),
        ("map-set", None, 4), ("instance-del", "Y", "active"),
        ("service-del", None, 4)],
              "each change by command is said, once and in order", got)
    tap.check(all(e["service"] == "t" for e in got), "with the service's name", got)
    tap.check(deaf.events == [], "and not in another namespace (control)", deaf.events)
    deaf.close()
    done = b.ctl("monitor", "until", "threshold", "timeout", "100ms", check=False)
    tap.check(done.returncode == 1 and "no threshold within 100 ms" in done.stderr,
              "what does not come is not waited for for ever", done)
    waiting = subprocess.Popen(
        [CTL, "-n", b.host.name, "monitor", "s", "until", "map-set", "timeout", "60s"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    waiting.stderr.readline()
    b.ctl("range", "set", "s", "0-65535=B")
    out = waiting.communicate()[0]
    tap.check(waiting.returncode == 0 and out.endswith("map-set service s generation 2\n"),
              "and what comes ends the waiting", out)
    # The last flow became an exception with that: the worker says its end.
    tap.check(m.wait("threshold", service="s"),
              "the end of that split is said when the worker has been there", m.events)


class Elsewhere:
    """What a monitor needs to know of a bench."""

    def __init__(self, namespace):
        self.host = namespace


class Library:
    """Says what nfhactl would not send."""

    def __init__(self, namespace):
        self.lib = ctypes.CDLL(f"{BUILD}/libnfha/libnfha.so.1")
        self.lib.nfha_error.restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p()
        if self.lib.nfha_open(ctypes.byref(self.handle), namespace.name.encode()):
            raise OSError("no connection to the module")

    def overload(self, service, instance, level, reason):
        """The errno, or 0, and the kernel's words."""
        ret = self.lib.nfha_instance_overload(self.handle, service, instance, level, reason)
        return -ret, self.lib.nfha_error(self.handle).decode()

    def close(self):
        self.lib.nfha_close(self.handle)


def overload(tap, b, m):
    """What somebody says of the load of an instance, as it was said, or not at all."""
    since(m, b)
    text = '9 "cores" of \\10, 90% '.ljust(63, "~")
    b.ctl("instance", "overload", "A", "service", "s")
    b.ctl("instance", "overload", "B", "service", "s", "level", "underloaded", "reason", text)
    b.ctl("instance", "overload", "B", "service", "s", "level", "underloaded")
    b.ctl("instance", "overload", "A", "service", "s", "level", "normal", "reason", "x")
    got = since(m, b)
    said = {"event": "overload", "service": "s"}
    tap.check(got == [
        {**said, "instance": "A", "level": "overloaded"},
        {**said, "instance": "B", "level": "underloaded", "reason": text},
        {**said, "instance": "B", "level": "underloaded"},
        {**said, "instance": "A", "level": "normal", "reason": "x"}],
              "who says that an instance is overloaded is heard, each time", got)
    library = Library(b.host)
    for service, instance, level, reason, error, words in (
            (b"t", b"A", 0, None, errno.ENOENT, "service t: no such service"),
            (b"s", b"C", 0, None, errno.ENOENT, "name C: the service has no such instance"),
            (None, b"A", 0, None, errno.EINVAL, "name the service"),
            (b"s", None, 0, None, errno.EINVAL, "name the instance"),
            (b"s", b"A", 3, None, errno.ERANGE, "level: integer out of range"),
            (b"s", b"A", 0, b"", errno.EINVAL, "reason: not a reason; 1 to 63"),
            (b"s", b"A", 0, b"two\nlines", errno.EINVAL, "reason: not a reason"),
            (b"s", b"A", 0, b"caf\xc3\xa9", errno.EINVAL, "reason: not a reason"),
            (b"s", b"A", 0, b"\x7f", errno.EINVAL, "reason: not a reason"),
            (b"s", b"A", 0, 64 * b"x", errno.EINVAL, "reason: Attribute failed"),
            (b"s", b"A", 0, 100000 * b"x", errno.EINVAL, "reason: Attribute failed")):
        no = library.overload(service, instance, level, reason)
        tap.check(no[0] == error and no[1].startswith(words),
                  f"refused, and named: {words} ({str(reason)[:16]})", no)
    tap.check(library.overload(b"s", b"A", 0, b" ") == (0, ""), "a blank is printable (control)")
    library.close()
    got = since(m, b)
    tap.check(got == [{**said, "instance": "A", "level": "overloaded", "reason": " "}],
              "what is refused is not passed on", got)


def threshold(tap, b, m):
    b.ctl("service", "set", "s", "threshold", "3")
    high = [i for i in range(100) if ids(i) >= 32768][:6]
    low = [i for i in range(100) if 1 <= ids(i) < 32767][:6]
    owners(b, [forth(i) for i in high + low])
    b.ctl("instance", "add", "C", "service", "s")
    b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
    b.ctl("split", "s", "from", "A", "to", "C", "at", "32767")
    # What else happens to the map meanwhile leaves the end of the split to be
    # said.
    b.ctl("split", "s", "from", "B", "to", "C", "at", "65535", "policy", "never")
    b.ctl("instance", "delete", "C", "service", "s", "force")
    tap.check(b.service()["exceptions"] == 6 and
              not [e for e in since(m, b) if e["event"] == "threshold"],
              "with six exceptions nothing is said (control)")
    ends = b.flows("exceptions")
    for f in ends[:-4]:
        delete(b, f)
    tap.check(not [e for e in since(m, b) if e["event"] == "threshold"],
              "nor with one more than the threshold", b.service())
    delete(b, ends[-4])
    m.wait("threshold")
    delete(b, ends[-3])
    # The next split says its own end, and nothing came between.
    b.ctl("split", "s", "from", "A", "to", "B", "at", "1")
    b.ctl("service", "set", "s", "timeout", "udp=1s")
    wait_for(lambda: count(m, "threshold") == 2)
    got = [(e["exceptions"] <= 3, e["threshold"]) for e in m.events
           if e["event"] == "threshold"]
    tap.check(got == [(True, 3)] * 2, "the threshold is said once for each split",
              m.events)
    b.ctl("service", "set", "s", "timeout", "udp=300s")
    first = [e["exceptions"] for e in m.events if e["event"] == "threshold"][:1]
    tap.check(first == [3], "as soon as it is reached", first)


def delete(bench, f):
    bench.ctl("flow", "delete", "s", "from", f"{f['saddr']}:{f['sport']}",
              "to", f"{f['daddr']}:{f['dport']}", "proto", f["proto"])


def count(monitor, name):
    return len([e for e in monitor.events if e["event"] == name])


def drains(tap, b, m):
    b.ctl("flow", "delete", "s", "instance", "A")
    b.ctl("range", "set", "s", "0-65535=A")
    owners(b, [forth(i) for i in range(9)])
    b.ctl("merge", "s", "from", "A", "to", "B", "deadline", "200ms")
    tap.check(m.wait("drain", instance="A", end="deadline", flows=9, service="s"),
              "the deadline says how many flows are left", m.events)
    tap.check(b.json("instance", "show", "s", "instance", "A")[0]["state"] == "draining",
              "and the instance goes on draining")
    # Another drain's end comes later than anything that this one may say.
    b.ctl("instance", "set", "mark", "service", "s", "state", "draining")
    tap.check(m.wait("drain", instance="mark", end="empty", flows=0),
              "the end of a drain without flows is said at once")
    tap.check(count(m, "drain") == 2, "and the deadline was said once", m.events)
    b.ctl("flow", "delete", "s", "instance", "A")
    tap.check(m.wait("drain", instance="A", end="empty", flows=0),
              "as is the end of the first", m.events)
    b.ctl("instance", "set", "A", "service", "s", "state", "draining", "deadline", "1s")
    b.ctl("instance", "set", "A", "service", "s", "state", "active")
    shown = b.json("instance", "show", "s", "instance", "A")[0]
    tap.check(shown["state"] == "active" and shown["deadline_ms"] == 0,
              "an instance that is active again has no deadline", shown)


def full(tap, b, m):
    limit = 20
    b.ctl("service", "set", "s", "flows-max", str(limit))
    b.ctl("range", "set", "s", "0-65535=A")
    since(m, b)
    # Imported flows never give way.
    lines = "".join(f"udp left 10.9.0.1:{1000 + i} 10.2.0.1:53\n"
                    for i in range(limit))

    def fill():
        run(CTL, "-n", b.host.name, "flow", "import", "s", "instance", "A", text=lines)
        before = b.stat("no-room")
        owners(b, [forth(i) for i in range(9)])
        return b.stat("no-room") - before

    owners(b, [forth(0)])
    tap.check(b.stat("no-room") == 0, "there is room at first (control)")
    b.ctl("flow", "delete", "s", "instance", "A")
    tap.check(fill() == 9, "what finds no room is counted", b.json("stats", "s"))
    tap.check(m.wait("table-full", service="s", flows=limit),
              "that the table is full is said", m.events)
    owners(b, [forth(i) for i in range(9)])
    wait_for(lambda: b.stat("no-room") == 18)

    def again():
        """Until the worker has seen that there was room in between."""
        b.ctl("flow", "delete", "s", "imported")
        fill()
        return count(m, "table-full") > 1
    tap.check(wait_for(again), "and again, when there was room meanwhile", m.events)
    got = since(m, b)
    tap.check(len([e for e in got if e["event"] == "table-full"]) == 2,
              "but once each time", got)


def main():
    tap = Tap(56)
    seed()
    for topics in ((carrier, administration, shared, removal, objects, overload),
                   (threshold, drains, full)):
        b = Bench()
        b.ctl("instance", "add", "mark", "service", "s")
        b.ctl("range", "set", "s", "0-65535=A")
        m = Monitor(b)
        for topic in topics:
            topic(tap, b, m)
        m.close()
        b.close()
    tap.finish()


if __name__ == "__main__":
    main()
