# SPDX-License-Identifier: GPL-2.0-or-later
"""
Each allocation of each command, of a device that goes, of a packet's way, and of the
module's own beginning fails once.

usage: inject.py DIRECTORY-OF-YNL SPECIFICATION
"""

import os
import subprocess
import sys
import time

import inject_commands
import inject_module
import inject_packets
import injection
from bench import Tap

# Younger objects are no leaks to kmemleak.
MATURE = 6


def no_leaks(tap, where):
    if not os.path.exists(injection.LEAKS):
        print("# the kernel has no kmemleak")
        return
    time.sleep(MATURE)
    injection.look_for_leaks()
    found = injection.leaks(where)
    tap.check(not found, "kmemleak finds nothing of it", "\n".join(found[:5]))


def main():
    leak_checks = 2 if os.path.exists(injection.LEAKS) else 0
    client = inject_commands.Client(sys.argv[1], sys.argv[2])
    tap = Tap(inject_commands.PLAN + inject_packets.PLAN + inject_module.PLAN +
              leak_checks)
    if leak_checks:
        # What others have left is theirs, and nobody but the test looks.
        injection.put(injection.LEAKS, "clear")
        injection.put(injection.LEAKS, "scan=off")
    injection.begin()
    where = injection.Symbols().nfha()
    inject_commands.run(tap, client)
    inject_packets.run(tap, client)
    client.close()
    no_leaks(tap, where)
    subprocess.run(["rmmod", "nfha"], check=True)
    inject_module.run(tap)
    no_leaks(tap, where)
    tap.finish()


if __name__ == "__main__":
    main()
