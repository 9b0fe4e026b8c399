# SPDX-License-Identifier: GPL-2.0-or-later
"""
The kernel's fault injection, for allocations whose stack has a given function in it: the
n-th of a thread (fail-nth), or the n-th of all (failslab, fail_page_alloc), as packets
and tasklets need it. Nothing is said of a failure; a stack would look like a complaint.
"""

import bisect
import contextlib
import os
import re

DEBUG = "/sys/kernel/debug"
KINDS = ("failslab", "fail_page_alloc")
# How far "the n-th of all" has counted is in the kernel, and cannot be read there.
COUNTED = "/run/nfha-injection"
LEAKS = f"{DEBUG}/kmemleak"
PRINTK = "/proc/sys/kernel/printk"


def put(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def get(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


class Symbols:
    """Where functions are."""

    def __init__(self):
        self.address, self.module = {}, []
        with open("/proc/kallsyms", encoding="ascii") as file:
            for line in file:
                words = line.split()
                if words[1] not in "tT":
                    continue
                if len(words) == 3:
                    self.address.setdefault(words[2], int(words[0], 16))
                elif words[3] == "[nfha]":
                    self.module.append(int(words[0], 16))
        self.sorted = sorted(self.address.values())

    def function(self, name):
        start = self.address[name]
        return start, self.sorted[bisect.bisect_right(self.sorted, start)]

    def nfha(self):
        """All of the module, from its first function to the end of its last."""
        return min(self.module), (max(self.module) | 0xfff) + 1


def set_all(name, value):
    for kind in KINDS:
        if os.path.exists(f"{DEBUG}/{kind}/{name}"):
            put(f"{DEBUG}/{kind}/{name}", value)


def begin():
    """Every allocation may fail, whoever waits for it and however small."""
    # What kmemleak notes of each is none of the module's.
    symbols = Symbols()
    if "__create_object" in symbols.address:
        note = symbols.function("__create_object")
        set_all("reject-start", hex(note[0]))
        set_all("reject-end", hex(note[1]))
    for name, value in (("probability", 0), ("interval", 1), ("times", -1), ("space", 0),
                        ("verbose", 0), ("task-filter", "N"), ("ignore-gfp-wait", "N"),
                        ("ignore-gfp-highmem", "N"), ("min-order", 0),
                        ("stacktrace-depth", 32)):
        set_all(name, value)


@contextlib.contextmanager
def within(where):
    """Those that functions between two addresses ask for, themselves or by others."""
    set_all("require-end", hex(where[1]))
    set_all("require-start", hex(where[0]))
    try:
        yield
    finally:
        set_all("probability", 0)
        set_all("require-start", 0)
        set_all("require-end", hex((1 << 64) - 1))


class Thread:
    """The n-th allocation of the thread that has made this."""

    def __init__(self):
        self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def arm(self, n):
        os.pwrite(self.file, str(n).encode(), 0)

    def left(self):
        """How many are left until it would fail; 0 if it has. Ends it."""
        left = int(os.pread(self.file, 32, 0))
        self.arm(0)
        return left


class Anybody:
    """
    The n-th allocation of a kind, whoever asks for it. The kernel lets each fail whose
    number, from boot on, can be divided by the interval.
    """

    def __init__(self, kind):
        self.dir = f"{DEBUG}/{kind}"
        self.store = f"{COUNTED}-{kind}"
        self.counted = int(get(self.store)) if os.path.exists(self.store) else 0
        self.interval = 1

    def arm(self, n, share=100):
        """The n-th from now on, or with 0 so many of a hundred."""
        self.interval = self.counted + n if n else 1
        put(f"{self.dir}/interval", self.interval)
        put(f"{self.dir}/times", 1 if n else -1)
        put(f"{self.dir}/probability", 100 if n else share)

    def pause(self):
        put(f"{self.dir}/probability", 0)

    def fired(self):
        return get(f"{self.dir}/times") == "0"

    def end(self, allocate):
        """
        True if it has fired. If not, allocate() has to be called until it has: only then
        is known how far the kernel has counted.
        """
        fired = self.fired()
        for _ in range(10000):
            if self.fired():
                break
            allocate()
        self.pause()
        if self.interval > 1:
            self.counted = self.interval
            put(self.store, self.counted)
        return fired


def look_for_leaks():
    """
    Twice, for an object that has changed since the last time is none. How many there are the
    kernel says aloud, its own among them; the machine is not to take these for ours.
    """
    level = get(PRINTK).split()[0]
    put(PRINTK, 1)
    for _ in range(2):
        put(LEAKS, "scan")
    put(PRINTK, level)


def is_foreign(record):
    """Linux 6.12 itself loses the name of a slab cache that it cannot show in sysfs."""
    return "sysfs_slab_add" in record and "kobject_set_name" in record


def leaks(where):
    """
    What kmemleak says of memory that was asked for between two addresses. If all that it
    says is the kernel's own, it is forgotten.
    """
    records = re.findall(r"^unreferenced object.*?(?=^unreferenced object|\Z)", get(LEAKS),
                         re.M | re.S)
    found = []
    for record in records:
        stack = [int(a, 16) for a in re.findall(r"\[<([0-9a-f]+)>\]|\b0x([0-9a-f]{16})\b",
                                                record) for a in a if a]
        if not is_foreign(record) and \
           ("[nfha]" in record or any(where[0] <= a < where[1] for a in stack)):
            found.append(record)
    if all(map(is_foreign, records)):
        put(LEAKS, "clear")
    return found
