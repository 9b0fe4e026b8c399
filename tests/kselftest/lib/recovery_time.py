# SPDX-License-Identifier: GPL-2.0-or-later
"""
How long a failure lasts, as the world outside sees it. Nothing is asserted: figures
are of use in virtual time only, where a nanosecond is an instruction.

    scripts/vm --module --virtual-time -- tests/bench/recovery

NFHA_ROUNDS are the kills of each row.
"""

import os
import sys
import time

from bench import wait_for
from rollback import SEQUENCER, Killer, Rig, Witness, percentile

KILLS = int(os.environ.get("NFHA_ROUNDS", "10"))
ROWS = [(mode, scheme) for mode in ("checkpoint", "buffer")
        for scheme in ("cold", "standby")]
RATE = 1000


def fences(killer, events):
    """Milliseconds from each kill until the kernel told of the fence."""
    told = sorted(e["at"] for e in events.of("fenced"))
    found = [next((t - k["at"] for t in told if t > k["at"]), None)
             for k in killer.kills]
    return sorted(f / 1e6 for f in found if f is not None)


def measure(mode, scheme):
    """A kill, then as long as it takes until all is as it was."""
    rig = Rig(mode, "ABC", command=[SEQUENCER, "left", "right"], scheme=scheme)
    events = rig.listen()
    if not rig.start():
        sys.exit(rig.daemon.log())
    killer = Killer(rig, "sequencer")
    killer.measure()
    witness = Witness(rig, rate=RATE)
    for n in range(KILLS):
        if not killer.kill("any"):
            sys.exit(rig.daemon.log())
        wait_for(lambda n=n: len(rig.daemon.said("has taken over")) > n, 60)
        rig.settled()
        time.sleep(4 * killer.period)
    verdict = witness.verdict()
    row = {"fence": fences(killer, events),
           "first packet": killer.outages(witness.arrivals())}
    rig.close()
    for what, times in row.items():
        print(f"{mode:10} {scheme:8} kill to {what:12} ms: "
              f"p50 {percentile(times, 50):7.1f}  max {times[-1]:7.1f}  "
              f"of {len(times)}", flush=True)
    print(f"{mode:10} {scheme:8} checkpoints {killer.period * 1000:.0f} ms apart, "
          f"latency ms: p50 {verdict['latency_p50_ns'] / 1e6:.1f} "
          f"p99 {verdict['latency_p99_ns'] / 1e6:.1f}, lost {verdict['lost']} of "
          f"{verdict['sent']}", flush=True)


def main():
    for mode, scheme in ROWS:
        measure(mode, scheme)


if __name__ == "__main__":
    main()
