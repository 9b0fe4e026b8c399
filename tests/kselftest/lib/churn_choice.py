# SPDX-License-Identifier: GPL-2.0-or-later
"""What the operations of the churn choose among, and what their commands have in common."""

import errno as e

from churn_netlink import N, attr
from churn_world import NAMES, SLOTS

POLICIES = [0, 0, 1, 2]


def service_name(slot):
    return attr(N["A_SERVICE_NAME"], f"s{slot}")


def instance_names(slot, name):
    return [attr(N["A_INSTANCE_SERVICE"], f"s{slot}"), attr(N["A_INSTANCE_NAME"], name)]


def epoch_names(slot, name):
    return [attr(N["A_EPOCH_SERVICE"], f"s{slot}"), attr(N["A_EPOCH_INSTANCE"], name)]


def some_slot(world, rng, living=0.97):
    """Nearly always a service that there is."""
    slots = sorted(world.services)
    return rng.choice(slots) if slots and rng.random() < living else rng.randrange(SLOTS)


def some_name(service, rng, living=0.95):
    names = sorted(service.instances) if service else []
    return rng.choice(names) if names and rng.random() < living else rng.choice(NAMES)


def missing(service, *names):
    """What a command says if something it names is not there; empty if all is."""
    return {e.ENOENT} if not service or any(n not in service.instances for n in names) else set()
