# SPDX-License-Identifier: GPL-2.0-or-later
"""Operations on epochs, fences and failovers, and what a carrier that is lost sets off."""

import errno as e

from churn_choice import epoch_names, missing, some_name, some_slot
from churn_model import PENDING_MAX
from churn_netlink import N, attr, u64
from churn_world import Violation


def epoch_choose(world, rng):
    slots = [slot for slot, service in sorted(world.services.items())
             if any(i.epoch for i in service.instances.values())]
    slot = rng.choice(slots) if slots and rng.random() < 0.95 else some_slot(world, rng)
    service = world.services.get(slot)
    name = some_name(service, rng)
    allow = missing(service, name)
    epoch = None
    if not allow:
        epoch = service.instances[name].epoch
        allow = set() if epoch else {e.EOPNOTSUPP}
    return slot, service, name, epoch, allow


def has_dead_man(service):
    return bool(service.settings["dead_man_ms"])


def epoch_begin(world, rng):
    slot, service, name, epoch, allow = epoch_choose(world, rng)
    if not allow:
        allow = {e.EBUSY} if epoch.fenced else {e.EALREADY} if epoch.plugged else \
            {e.ENOSPC} if len(epoch.pending) == PENDING_MAX else {0}
        if allow == {e.EALREADY} and epoch.loose:
            allow |= {0, e.ENOSPC}
    done, got = world.do(slot, "EPOCH_BEGIN", f"{name} of s{slot}", *epoch_names(slot, name),
                         allow=allow)
    if done:
        epoch.plugged = True
        epoch.loose = has_dead_man(service)
        number_check(got, epoch.open)
    world.forbid(slot)


def number_check(got, number):
    if got.number(N["A_EPOCH_EPOCH"]) != number:
        raise Violation(f"epoch {got.number(N['A_EPOCH_EPOCH'])}, not {number}")


def epoch_cut(world, rng):
    slot, _, name, epoch, allow = epoch_choose(world, rng)
    if not allow:
        allow = {e.EBUSY} if epoch.fenced else \
            {e.ENOSPC} if len(epoch.pending) == PENDING_MAX and not epoch.plugged else {0}
        if epoch.loose and not epoch.fenced:
            allow |= {e.ECANCELED}
        world.allow(slot, name)
    done, got = world.do(slot, "EPOCH_CUT", f"{name} of s{slot}", *epoch_names(slot, name),
                         allow=allow)
    if done:
        number_check(got, epoch.open)
        epoch.cut()
        epoch.loose = False
    world.forbid(slot)


def epoch_commit(world, rng):
    slot, _, name, epoch, allow = epoch_choose(world, rng)
    number = rng.randint(1, 5)
    if epoch and epoch.pending and rng.random() < 0.9:
        number = rng.choice(epoch.pending)
    if not allow:
        allow = {e.EBUSY} if epoch.backup else {0} if number in epoch.pending else {e.ENOENT}
    done, _ = world.do(slot, "EPOCH_COMMIT", f"{number} of {name} of s{slot}",
                       *epoch_names(slot, name), u64(N["A_EPOCH_EPOCH"], number), allow=allow)
    if done:
        epoch.commit(number)


def epoch_abort(world, rng):
    slot, _, name, epoch, allow = epoch_choose(world, rng)
    number = 0
    if epoch and rng.random() < 0.5:
        number = rng.choice(epoch.pending + [epoch.open])
    begun = epoch and number in (0, epoch.open)
    if not allow and begun:
        allow = {e.EBUSY} if epoch.fenced else {0} if epoch.plugged else {e.EINVAL}
        world.allow(slot, name)
    done, _ = world.do(slot, "EPOCH_ABORT", f"{number} of {name} of s{slot}",
                       *epoch_names(slot, name), u64(N["A_EPOCH_EPOCH"], number),
                       allow=allow or {0})
    if done and begun:
        epoch.plugged = epoch.loose = False
    elif done:
        epoch.pending.remove(number)
    world.forbid(slot)


def epoch_alive(world, rng):
    slot = some_slot(world, rng)
    world.do(slot, "EPOCH_ALIVE", f"s{slot}", attr(N["A_EPOCH_SERVICE"], f"s{slot}"),
             allow={0} if slot in world.services else {e.ENOENT})


def fence(world, rng):
    slot, _, name, epoch, allow = epoch_choose(world, rng)
    if not allow:
        allow = {e.EALREADY} if epoch.backup else {0}
    done, _ = world.do(slot, "FAILOVER", f"fence {name} of s{slot}", *epoch_names(slot, name),
                       attr(N["A_EPOCH_FENCE_ONLY"], b""), allow=allow)
    if done:
        epoch.fenced = True
    world.forbid(slot)


def failover(world, rng):
    slot, service, name, epoch, allow = epoch_choose(world, rng)
    named = some_name(service, rng) if rng.random() < 0.8 else None
    backup = named
    if service and name in service.instances and not backup:
        backup = service.instances[name].successor
    if service and name in service.instances:
        if not backup:
            allow = {e.EINVAL}
        else:
            allow = missing(service, backup) or allow
    if not allow:
        other = service.instances[backup]
        allow = {e.EINVAL} if backup == name else {e.EALREADY} if epoch.backup else \
            {e.EBUSY} if not service.may_fail_over(name, backup) else {0}
        world.allow(slot, name, other.name)
    done, _ = world.do(slot, "FAILOVER", f"{name} of s{slot} to {backup}",
                       *epoch_names(slot, name),
                       *([attr(N["A_EPOCH_BACKUP"], named)] if named else []), allow=allow)
    if done:
        service.failover(name, backup)
    world.forbid(slot)


def carrier_lost(world, slot, name, gone=None):
    """What the kernel does by itself; gone is the side of a port that is no more."""
    service = world.services[slot]
    instance = service.instances[name]
    succeeds = None
    if instance.epoch and not instance.epoch.fenced:
        instance.epoch.fenced = True
        succeeds = instance.successor
    if gone:
        instance.sides.discard(gone)
    if not succeeds:
        return
    other = service.instances[succeeds]
    if other.sides and all(world.up[f"i{slot}{succeeds}{side}"] for side in other.sides) and \
            succeeds != name and service.may_fail_over(name, succeeds):
        service.failover(name, succeeds)
