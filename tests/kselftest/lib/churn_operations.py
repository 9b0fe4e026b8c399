# SPDX-License-Identifier: GPL-2.0-or-later
"""
What may happen at any time, each with what the model makes of it. An operation has a
generator of its own, of the seed and its number, so that a run can be had again.
"""

import errno as e
import random

from bench import KEY
from churn_choice import (POLICIES, instance_names, missing, service_name, some_name,
                          some_slot)
from churn_epochs import (carrier_lost, epoch_abort, epoch_alive, epoch_begin, epoch_commit,
                          epoch_cut, failover, fence)
from churn_model import (ACTIVE, BUFFER, CHECKPOINT, DOWN, DRAINING, NONE, STANDBY, Instance)
from churn_netlink import N, attr, u32
from churn_ranges import flow_add, flow_del, flow_forget, map_set, merge, split
from churn_world import NAMES, SLOTS, ports, settings_parts

STATE_NAMES = ["active", "draining", "down", "standby"]


# Services

def settings_choose(rng):
    recovery = rng.choice([NONE] * 4 + [CHECKPOINT] * 2 + [BUFFER] * 4)
    short = rng.random() < 0.3
    return {
        "policy": rng.choice(POLICIES), "control": rng.choice([0] * 8 + [1, 2]),
        "tracking": int(rng.random() < 0.1), "learn": int(rng.random() < 0.1),
        "threshold": rng.choice([0, 10, 1024]),
        "flows_max": rng.choice([40, 1 << 16, 1 << 16, 1 << 16]),
        "recovery": recovery, "log_max": rng.choice([65536, 1 << 18, 1 << 24]),
        "hold_max": rng.choice([65536, 1 << 18, 1 << 24]),
        "watermark": rng.choice([1, 50, 75, 100]),
        "hold_policy": int(rng.random() < 0.15),
        "dead_man_ms": rng.choice([0] * 7 + [100]), "dead_man_policy": rng.randrange(2),
        "affinity": rng.choice([0, 0, 0, 0, 1, 2, 3]),
        "timeouts": {"TCP_EMBRYONIC": 1 if short else 30, "UDP": 1 if short else 300,
                     "FRAGMENT": 30},
    }


def learns_without_flows(settings):
    return {e.EINVAL} if settings["learn"] and settings["tracking"] else set()


def service_add(world, rng, slot=None):
    if slot is None:
        slot = some_slot(world, rng, living=0.2)
    settings = settings_choose(rng)
    sides = rng.choice(["lr", "lr", "l"])
    service = world.services.get(slot)
    done, _ = world.do(slot, "SERVICE_NEW", f"s{slot} {sides} {settings}", service_name(slot),
                       attr(N["A_SERVICE_KEY"], KEY), *settings_parts(settings),
                       *ports(slot, sides),
                       allow=({e.EEXIST} if service else learns_without_flows(settings)) or {0})
    if done:
        world.service_begins(slot, settings, sides)
    return done


def service_build(world, rng):
    """A service with all that it needs, if there is one missing."""
    free = [slot for slot in range(SLOTS) if slot not in world.services]
    if not free:
        return
    slot = rng.choice(free)
    if not service_add(world, rng, slot):
        return
    for name in NAMES[:rng.randint(2, 4)]:
        instance_add(world, rng, slot, name, None)
    map_set(world, rng, slot, None)


def service_del(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    force = rng.random() < 0.5
    allow = {0} if service and (force or not service.instances) else \
        {e.EBUSY} if service else {e.ENOENT}
    done, _ = world.do(slot, "SERVICE_DEL", f"s{slot}{' force' * force}", service_name(slot),
                       *([attr(N["A_SERVICE_FORCE"], b"")] if force else []), allow=allow)
    if done:
        world.service_ends(slot)
        world.forbid(slot)


def recovery_refused(service, recovery):
    """May the recovery of a service become none?"""
    epochs = [i.epoch for i in service.instances.values() if i.epoch]
    if recovery != NONE or not epochs:
        return {0}
    if service.settings["recovery"] == BUFFER or any(ep.fenced for ep in epochs):
        return {e.EBUSY}
    if any(ep.plugged and not ep.loose for ep in epochs):
        return {e.EBUSY}
    return {0, e.EBUSY}


def service_set(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    chosen = settings_choose(rng)
    keys = rng.sample(["policy", "control", "learn", "threshold", "flows_max", "recovery",
                       "log_max", "hold_max", "watermark", "hold_policy", "dead_man_ms",
                       "timeouts", "affinity"], rng.randint(1, 3))
    change = {key: chosen[key] for key in keys}
    if not service:
        allow, merged = {e.ENOENT}, {}
    else:
        merged = {**service.settings, **change}
        allow = learns_without_flows(merged)
        if not allow and merged["affinity"] != service.settings["affinity"]:
            allow = {e.EBUSY} if service.map else {e.EBUSY, 0}
            if 0 in allow:
                allow |= recovery_refused(service, merged["recovery"])
        allow = allow or recovery_refused(service, merged["recovery"])
        world.allow(slot)
        if 0 in allow:
            world.may_double(service, merged)
    done, _ = world.do(slot, "SERVICE_SET", f"s{slot} {change}", service_name(slot),
                       *settings_parts(change), allow=allow)
    if done:
        service.set_recovery(merged["recovery"])
        service.settings = merged
        for instance in service.instances.values():
            if instance.epoch and instance.epoch.plugged and merged["dead_man_ms"]:
                instance.epoch.loose = True
        service.log_max = max(service.log_max, merged["log_max"])
        service.hold_max = max(service.hold_max, merged["hold_max"])
        if "flows_max" in change or "timeouts" in change:
            service.forget_flows()
    world.forbid(slot)


def service_repair(world, rng):
    """Ports whose device went away, and came back, are given again."""
    broken = [slot for slot, service in sorted(world.services.items())
              if service.sides != set("l" if service.one_armed else "lr")]
    if not broken:
        return
    slot = rng.choice(broken)
    service = world.services[slot]
    sides = "l" if service.one_armed else "lr"
    world.inexact.add(slot)
    done, _ = world.do(slot, "SERVICE_SET", f"s{slot} ports {sides}", service_name(slot),
                       *ports(slot, sides), allow={0})
    if done:
        service.sides = set(sides)


# Instances

def instance_add(world, rng, slot=None, name=None, state=None):
    if slot is None:
        slot = some_slot(world, rng)
        state = rng.choice([None, None, None, STANDBY, STANDBY, DRAINING])
    service = world.services.get(slot)
    name = name or some_name(service, rng, living=0.1)
    sides = "lr" if not service or not service.one_armed or rng.random() < 0.05 else "l"
    if not service:
        allow = {e.ENOENT}
    elif name in service.instances:
        allow = {e.EEXIST}
    elif state == DRAINING or (service.one_armed and "r" in sides):
        allow = {e.EINVAL}
    else:
        allow = {0}
    given = [u32(N["A_INSTANCE_STATE"], state)] if state is not None else []
    if allow == {0}:
        world.allow(slot, name)
    done, _ = world.do(slot, "INSTANCE_NEW", f"{name} of s{slot} state {state}",
                       *instance_names(slot, name), *given, *ports(slot, sides, name),
                       allow=allow)
    if done:
        service.instances[name] = Instance(name, state or ACTIVE, sides,
                                           service.settings["recovery"])
        if any(not world.up[f"i{slot}{name}{side}"] for side in sides):
            world.inexact.add(slot)
    world.forbid(slot)


def instance_del(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    name = some_name(service, rng)
    force = rng.random() < 0.6
    allow = missing(service, name)
    if not allow:
        allow = {0} if force else {e.EBUSY} if service.width(name) else {0, e.EBUSY}
        world.leaves(slot, name)
    done, _ = world.do(slot, "INSTANCE_DEL", f"{name} of s{slot}{' force' * force}",
                       *instance_names(slot, name),
                       *([attr(N["A_INSTANCE_FORCE"], b"")] if force else []), allow=allow)
    if done:
        service.remove(name)
    elif service and name in service.instances:
        world.leavers[slot].pop()
    world.forbid(slot)


def instance_state(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    name = some_name(service, rng)
    state = rng.choice([ACTIVE] * 4 + [DRAINING, DOWN, STANDBY])
    allow = missing(service, name)
    if not allow:
        instance = service.instances[name]
        if state in (DRAINING, STANDBY) and service.width(name):
            allow = {e.EBUSY}
        elif state != DOWN and instance.is_fenced():
            allow = {e.EBUSY}
        elif state == STANDBY and instance.state != STANDBY:
            allow = {0, e.EBUSY}
        else:
            allow = {0}
        world.allow(slot, name)
    done, _ = world.do(slot, "INSTANCE_SET", f"{name} of s{slot} {STATE_NAMES[state]}",
                       *instance_names(slot, name), u32(N["A_INSTANCE_STATE"], state),
                       *([u32(N["A_INSTANCE_DEADLINE_MS"], 500)] if state == DRAINING else []),
                       allow=allow)
    if done:
        if state == STANDBY and instance.state != STANDBY and instance.epoch:
            instance.epoch.pending = []
        instance.state = state
    world.forbid(slot)


def instance_successor(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    name, other = some_name(service, rng), some_name(service, rng)
    other = other if rng.random() < 0.9 else ""
    allow = missing(service, name, *([other] if other else []))
    if not allow and other:
        allow = {e.EOPNOTSUPP} if not service.instances[name].epoch else \
            {e.EINVAL} if name == other else {0}
    done, _ = world.do(slot, "INSTANCE_SET", f"{name} of s{slot} successor '{other}'",
                       *instance_names(slot, name), attr(N["A_INSTANCE_SUCCESSOR"], other),
                       allow=allow or {0})
    if done:
        service.instances[name].successor = other or None


def instance_repair(world, rng):
    broken = [(slot, name) for slot, service in sorted(world.services.items())
              for name, instance in sorted(service.instances.items())
              if instance.sides != set("l" if service.one_armed else "lr")]
    if not broken:
        return
    slot, name = rng.choice(broken)
    service = world.services[slot]
    instance = service.instances[name]
    world.inexact.add(slot)
    # A right side that the service has got since is none of an instance before it.
    sides = "l" if service.one_armed else "lr"
    done, _ = world.do(slot, "INSTANCE_SET", f"{name} of s{slot} ports {sides}",
                       *instance_names(slot, name), *ports(slot, sides, name), allow={0})
    if done:
        instance.sides = set(sides)


def instance_overload(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    name = some_name(service, rng)
    world.do(slot, "INSTANCE_OVERLOAD", f"{name} of s{slot}", *instance_names(slot, name),
             attr(N["A_INSTANCE_OVERLOAD_REASON"], "churn"),
             allow=missing(service, name) or {0})


# Devices, namespaces, the module

def device_choose(world, rng, up):
    devices = [d for d in sorted(world.up) if world.up[d] == up]
    instances = [d for d in devices if d[0] == "i"]
    return rng.choice(instances if rng.random() < 0.8 and instances else devices) \
        if devices else None


def device_lost(world, device, gone):
    slot = int(device[1])
    service = world.services.get(slot)
    world.inexact.add(slot)
    if service and device[0] == "i" and device[2] in service.instances and \
            device[3] in service.instances[device[2]].sides:
        carrier_lost(world, slot, device[2], device[3] if gone else None)
    elif service and device[0] == "x" and gone:
        service.sides.discard(device[2])


def device_fails(world, rng, gone):
    """
    It goes down; or it is removed, and another one of its name comes at once, which is no
    port until somebody says so.
    """
    device = device_choose(world, rng, True)
    if not device:
        return
    slot = int(device[1])
    links = world.links[world.host_of(slot)]
    world.say(f"{device} is removed" if gone else f"{device} down")
    world.allow(slot)
    world.up[device] = False
    if gone:
        links.remove(device)
    else:
        links.set_up(device, False)
    device_lost(world, device, gone)
    if gone:
        world.cable(device)
        world.crowd.look()
    world.forbid(slot)


def device_down(world, rng):
    device_fails(world, rng, False)


def device_del(world, rng):
    device_fails(world, rng, True)


def device_up(world, rng):
    device = device_choose(world, rng, False)
    if not device:
        return
    world.say(f"{device} up")
    world.inexact.add(int(device[1]))
    world.links[world.host_of(int(device[1]))].set_up(device, True)
    world.up[device] = True


def netns_del(world, rng):
    host = rng.randrange(2)
    world.say(f"the namespace of {world.slots_of(host)} is removed")
    world.host_end(host)
    world.host_forgets(host)
    world.host_begin(host)
    world.crowd.look()


def module_reload(world, _):
    world.say("the module is unloaded, and loaded again")
    world.module_reload()


WEIGHTS = {
    service_build: 8, service_add: 2, service_del: 2, service_set: 6, service_repair: 3,
    instance_add: 10, instance_del: 4, instance_state: 6, instance_successor: 3,
    instance_repair: 5, instance_overload: 1,
    map_set: 6, split: 9, merge: 6, flow_add: 3, flow_del: 2, flow_forget: 2,
    epoch_begin: 7, epoch_cut: 14, epoch_commit: 10, epoch_abort: 3, epoch_alive: 1,
    fence: 1, failover: 6, device_down: 1.5, device_up: 3, device_del: 1, netns_del: 0.4,
    module_reload: 0.25,
}


def perform(world, number):
    """One operation, by its number. Where there is nothing, all is refused: that ends soon."""
    rng = random.Random(world.seed << 32 | number)
    operation = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    if len(world.services) < SLOTS - 1 and rng.random() < 0.5:
        operation = service_build
    operation(world, rng)
    return operation.__name__
