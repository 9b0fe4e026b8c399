# SPDX-License-Identifier: GPL-2.0-or-later
"""
How many live connections break when a server is added, drained, or dies: beside the peers,
in one run. Nothing is asserted; the figures are records for scripts/bench.

    scripts/vm --module --virtual-time --timeout 3000 -- tests/bench/broken [PEER...]

NFHA_FLOWS are the connections, 400 by default, and NFHA_ROUNDS the failures of each row.
A row that fails is said, and makes the exit status 1.
"""

import os
import sys
import time
import traceback

import outage
from balancers import ADDRESS, PEERS, PORT, THIRD

FLOWS = int(os.environ.get("NFHA_FLOWS", "400"))
NEW = FLOWS // 4
ROUNDS = int(os.environ.get("NFHA_ROUNDS", "3"))


def record(peer, event, flows, broken, milliseconds, **more):
    cells = [peer, event, flows, broken, f"{milliseconds:.1f}"]
    cells += [f"{key}={value}" for key, value in more.items()]
    print("broken", *cells, sep="\t", flush=True)
    print(f"# {peer}, {event}: {broken} of {flows} broken {more or ''}", flush=True)


def begin(balancer, count=FLOWS):
    flows = balancer.talk.open(count, (ADDRESS, PORT))
    lost = sum(f.broken for f in flows)
    if lost:
        raise RuntimeError(f"{lost} of {count} connections did not come about")
    return flows


def new_ones(balancer):
    """Percent of new connections that go to the third server."""
    flows = begin(balancer, NEW)
    share = 100 * sum(f.server == THIRD for f in flows) // NEW
    balancer.talk.end(flows)
    return share


def added(balancer):
    flows = begin(balancer)
    balancer.add()
    broken, longest = balancer.talk.ask(flows)
    record(balancer.name, "add", FLOWS, broken, longest, new=new_ones(balancer))
    balancer.talk.end(flows)


def drained(balancer):
    """Its connections go on, and when they have ended it is taken away."""
    flows = begin(balancer)
    balancer.drain()
    broken, longest = balancer.talk.ask(flows)
    share = new_ones(balancer)
    balancer.talk.end([f for f in flows if f.server == THIRD])
    balancer.take_away()
    more, _ = balancer.talk.ask(flows)
    record(balancer.name, "drain", FLOWS, broken + more, longest, new=share)
    balancer.talk.end(flows)


def died(balancer):
    """Its own connections are lost, and those of others should not be."""
    balancer.add()
    flows = begin(balancer)
    own = [f for f in flows if f.server == THIRD]
    others = [f for f in flows if f.server != THIRD]
    balancer.die()
    balancer.bury()
    broken, longest = balancer.talk.ask(others)
    lost, _ = balancer.talk.ask(own)
    record(balancer.name, "dead", len(others), broken, longest, own=len(own), lost=lost,
           new=new_ones(balancer))
    balancer.talk.end(flows)


def balance(peer):
    balancer = peer()
    try:
        added(balancer)
        drained(balancer)
        died(balancer)
    finally:
        balancer.close()


def attempt(what, measure, *arguments):
    """Whatever does not come about is said, and the others go on."""
    began = time.monotonic()
    try:
        measure(*arguments)
    # pylint: disable-next=broad-except
    except Exception as error:
        print(f"# {traceback.format_exc()}".rstrip().replace("\n", "\n# "))
        text = " ".join(str(error).split()) or type(error).__name__
        print("failed", what, text[:200], sep="\t", flush=True)
        return False
    print(f"# {what}: {time.monotonic() - began:.1f} s of virtual time", flush=True)
    return True


def main():
    names = sys.argv[1:] or [p.name for p in PEERS] + list(outage.PEERS)
    good = [attempt(p.name, balance, p) for p in PEERS if p.name in names]
    good += [attempt(f"{name} ({kind})", outage.measure, kind, name, FLOWS, ROUNDS, record)
             for kind in outage.RULES for name, peer in outage.PEERS.items()
             if name in names and kind in peer.kinds]
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
