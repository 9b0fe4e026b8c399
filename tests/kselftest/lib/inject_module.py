# SPDX-License-Identifier: GPL-2.0-or-later
"""
The module's own beginning, and that of a network namespace, with each allocation
failing. What the kernel says of a slab cache that it cannot make is a stack, so it is
looked at here instead of by the machine.
"""

import ctypes
import errno
import os
import re
import subprocess

import injection

SYS_FINIT_MODULE = 313
CLONE_NEWNET = 0x40000000
SLABS = "/sys/kernel/slab"
# The last allocations of a new namespace: that of the module is behind those of the kernel.
LAST = 8
LIBC = ctypes.CDLL(None, use_errno=True)
# What is said of a cache, to the end of its stack.
EXPECTED = re.compile(r"kmem_cache_create\w*\(nfha_\w+\) failed with error -12.*?</TASK>",
                      re.S)
COMPLAINTS = re.compile(r"BUG:|WARNING:|Oops|KASAN|UBSAN|general protection|leak|Call Trace|"
                        r"possible circular|inconsistent lock|suspicious RCU|"
                        r"sleeping function|still has objects|Objects remaining|refcount_t:")
# What asks for memory when the module is loaded, and whether it has to have all of it. For the
# number of a family there is room most of the time; who listens is told of it, or not.
FUNCTIONS = {"__kmem_cache_create_args": True, "alloc_workqueue": True,
             "register_pernet_subsys": True, "genl_register_family": False}
# A debug build has it; in this kernel its self-tests take ten times as long as all the rest.
PARAMETERS = b"selftest=0"
MANY, FEW, PART = 1 << 20, 12, 5
PLAN = len(FUNCTIONS) + 4


class Log:
    """What the kernel says from now on, which the machine does not get to see."""

    def __init__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)
        self.level = injection.get(injection.PRINTK).split()[0]
        injection.put(injection.PRINTK, 1)

    def end(self):
        """Complaints that are not expected."""
        injection.put(injection.PRINTK, self.level)
        lines = []
        while True:
            try:
                record = os.read(self.file, 8192).decode(errors="replace")
            except BlockingIOError:
                break
            except BrokenPipeError:
                return "the kernel has said more than its log has room for"
            lines.append(record.split(";", 1)[-1].split("\n")[0])
        os.close(self.file)
        rest = EXPECTED.sub("", "\n".join(lines))
        found = COMPLAINTS.search(rest)
        return rest[found.start():][:2000] if found else ""


def module_path():
    name = os.environ.get("NFHA_MODULE")
    return name or subprocess.run(["modinfo", "-n", "nfha"], capture_output=True, text=True,
                                  check=True).stdout.strip()


def load(thread, n):
    """(errno or 0, how many were left until the n-th)"""
    file = os.open(module_path(), os.O_RDONLY | os.O_CLOEXEC)
    thread.arm(n)
    code = LIBC.syscall(SYS_FINIT_MODULE, file, PARAMETERS, 0)
    code = ctypes.get_errno() if code else 0
    left = thread.left()
    os.close(file)
    return code, left


def is_clean():
    return not os.path.exists("/sys/module/nfha") and \
        not [s for s in os.listdir(SLABS) if s.startswith("nfha_")]


def unload():
    subprocess.run(["rmmod", "nfha"], check=True)


def some(count):
    """All of a few; of many, which are alike, the first and the last, and a part."""
    return [n for n in range(1, count + 1) if count <= FEW or n in (1, count) or not n % PART]


def loads_with(thread, where):
    """(how many fail, errors of the load, those after which something was left) of a function's."""
    fired, codes, dirty = 0, set(), []
    with injection.within(where):
        code, left = load(thread, MANY)
        count = MANY - left
        if code:
            codes.add(code)
        else:
            unload()
        for n in some(count):
            code, left = load(thread, n)
            fired += not left
            if code:
                codes.add(code)
            else:
                unload()
            if not is_clean():
                dirty.append(n)
    return fired, codes, dirty


def loads(tap, thread, symbols):
    """What nfha_init() asks for."""
    for name, needed in FUNCTIONS.items():
        fired, codes, dirty = loads_with(thread, symbols.function(name))
        wanted = {errno.ENOMEM} if needed else set()
        tap.check(fired and wanted <= codes <= {errno.ENOMEM} and not dirty,
                  f"{name}: {fired} fail, the module is loaded or not, and nothing is left",
                  (fired, codes, dirty))
    tap.check(load(thread, 0)[0] == 0, "and then it is")


def in_child(act):
    """What act() returns there, a number."""
    ends = os.pipe()
    child = os.fork()
    if not child:
        os.write(ends[1], str(act()).encode())
        os._exit(0)  # pylint: disable=protected-access
    os.waitpid(child, 0)
    answer = int(os.read(ends[0], 32) or b"-1")
    for end in ends:
        os.close(end)
    return answer


def unshare(n):
    """In a child: how many were left of n; -1 if there is no namespace without a reason."""
    thread = injection.Thread()
    thread.arm(n)
    code = LIBC.unshare(CLONE_NEWNET)
    left = thread.left()
    return -1 if code and (left or not n) else left


def namespaces(tap, where):
    with injection.within(where):
        count = MANY - in_child(lambda: unshare(MANY))
        failed = [in_child(lambda n=n: unshare(n))
                  for n in range(count - LAST + 1, count + 1)]
    tap.check(count > LAST and not any(failed),
              "the last allocations of a new namespace fail", (count, failed))
    tap.check(in_child(lambda: unshare(0)) == 0, "and then there is a new one")


def run(tap):
    """Without the module; afterwards it is there."""
    symbols = injection.Symbols()
    thread = injection.Thread()
    log = Log()
    loads(tap, thread, symbols)
    namespaces(tap, symbols.function("ops_init"))
    said = log.end()
    tap.check(not said, "the kernel complains of nothing but slab caches", said)
