# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the oracle of the churn finds what is wrong: it is shown some of each."""

import copy
import errno
import time

from bench import KEY
from churn_choice import instance_names, service_name
from churn_model import IDS
from churn_netlink import N, attr
from churn_oracle import View, balance_wrong, flows_wrong, state_wrong, tiling
from churn_world import Violation, ports, ranges_parts

TRIES = 40


def begin(world):
    """A service of which the model knows nothing."""
    world.nfha[0].command("SERVICE_DEL", service_name(0), attr(N["A_SERVICE_FORCE"], b""))
    world.service_ends(0)
    nfha = world.nfha[0]
    done = [nfha.command("SERVICE_NEW", service_name(0), attr(N["A_SERVICE_KEY"], KEY),
                         *ports(0, "lr"))[0]]
    for name in "AB":
        done.append(nfha.command("INSTANCE_NEW", *instance_names(0, name),
                                 *ports(0, "lr", name))[0])
    done.append(nfha.command("MAP_SET", attr(N["A_MAP_SERVICE"], "s0"),
                             *ranges_parts([(0, 999, "A"), (1000, IDS - 1, "B")]))[0])
    if any(done):
        raise OSError(max(done), "a service for the controls")


def leak(world):
    return state_wrong(None, View(world, 0))


def hole(world):
    view = View(world, 0)
    first, last, owner = view.ranges[1]
    holes = [(0, first - 2, "A"), (first, last, owner)]
    overlap = [(0, first, "A"), (first, last, owner)]
    short = [(0, first - 1, "A"), (first, last - 1, owner)]
    foreign = [(0, first - 1, "C"), (first, last, owner)]
    return not tiling(view.ranges, view.instances) and \
        all(tiling(ranges, view.instances) for ranges in (holes, overlap, short, foreign))


class Balance:
    """An account of nothing."""

    service = type("Service", (), {"slot": 0, "moved": False, "joins": 0})
    missing = lost = stock = waiting = twice = overrun = 0
    stats, epochs = {}, {}


def vanished(_):
    before, after = Balance(), Balance()
    after.missing, after.lost, after.stock = 10, 7, 2
    one_too_few = balance_wrong(before, after, 0)
    after.lost = 9
    one_too_many = balance_wrong(before, after, 0)
    after.lost = 8
    return one_too_few and one_too_many and not balance_wrong(before, after, 0)


def miscounted(world):
    """A flow in the wrong place, and one that is not counted."""
    service = type("Service", (), {"owner": staticmethod(lambda flow_id:
                                                         "A" if flow_id < 1000 else "B")})
    view = View(world, 0)
    view.flows, view.exceptions = 2, 1
    view.instances["A"]["flows"] = view.instances["B"]["flows"] = 1
    right = [("A", 5, False, False), ("B", 6, True, False)]
    unsaid = [("A", 5, False, False), ("B", 6, False, False)]
    less = copy.deepcopy(view)
    less.flows = 1
    return not flows_wrong(service, view, right) and flows_wrong(service, view, unsaid) and \
        flows_wrong(service, less, right)


def refused(world):
    try:
        world.do(0, "INSTANCE_DEL", "Z of s0", *instance_names(0, "Z"), allow={0})
    except Violation as violation:
        return "No such" in str(violation) and errno.ENOENT
    return False


def complaint(world, device, frames, text):
    """What is sent by a device of the host, somebody at its other end sees."""
    world.crowd.board.wrong = world.crowd.board.said = 0
    with world.hosts[0].socket(device) as s:
        for frame in frames:
            s.send(frame)
    for _ in range(TRIES):
        world.crowd.look()
        if world.crowd.board.wrong:
            break
        time.sleep(0.05)
    return text in world.crowd.board.complaint.decode()


def doubled(world, probes):
    world.crowd.board.slot[0].may_double = 0
    frame = probes.frame(0, ("10.9.9.9", 9))
    return not complaint(world, "x0l", [probes.frame(0, ("10.9.9.9", 9)), frame], "twice") and \
        complaint(world, "x0l", [frame], "twice")


def forbidden(world, probes):
    world.vnf_of(0, "A").forbidden = 0
    allowed = complaint(world, "i0Al", [probes.frame(0, ("10.9.9.9", 9))], "was to get none")
    world.vnf_of(0, "A").forbidden = time.monotonic_ns()
    return not allowed and \
        complaint(world, "i0Al", [probes.frame(0, ("10.9.9.9", 9))], "was to get none")


def elsewhere(world, probes):
    return complaint(world, "x0l", [probes.frame(1, ("10.9.9.9", 9))], "left by 0")


def controls(world, probes):
    """[(text, whether it was found)]."""
    begin(world)
    return [
        ("a service that nobody knows of is found (control)", leak(world)),
        ("a hole in the ranges, and what overlaps, is found (control)", hole(world)),
        ("a packet that vanishes is found (control)", vanished(world)),
        ("a flow that is not counted is found (control)", miscounted(world)),
        ("an answer that the model does not allow is found (control)", refused(world)),
        ("a packet that is seen twice is found (control)", doubled(world, probes)),
        ("a packet for who is to get none is found (control)", forbidden(world, probes)),
        ("a packet of another service is found (control)", elsewhere(world, probes)),
    ]
