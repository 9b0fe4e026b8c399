# SPDX-License-Identifier: GPL-2.0-or-later
"""Operations on range maps and on flows: what may be asked for, and what the model makes of it."""

import errno as e

from churn_choice import POLICIES, missing, some_name, some_slot
from churn_model import ACTIVE, ALWAYS, DOWN, DRAINING, IDS, STANDBY
from churn_netlink import N, attr, u8, u16, u32
from churn_world import Violation, cut_at_random, ranges_parts


def generation_choose(service, rng):
    """Attributes, and whether it is the one that there is."""
    right = rng.random() < 0.9
    if rng.random() < 0.5 or not service:
        return [], True
    value = service.generation if right else service.generation + 7
    return [u32(N["A_MAP_GENERATION"], value)], right


def map_set(world, rng, slot=None, wrong=0.1):
    if slot is None:
        slot = some_slot(world, rng)
    service = world.services.get(slot)
    names = sorted(service.instances) if service else []
    if rng.random() < 0.85 and service:
        names = [n for n in names if service.instances[n].state == ACTIVE] or names
    ranges = cut_at_random(names or ["A"], rng)
    tiles = not wrong or rng.random() > wrong or len(ranges) < 2
    if not tiles:
        ranges[1:2] = [] if rng.random() < 0.5 else \
            [(max(ranges[1][0] - 1, 0), ranges[1][1], ranges[1][2])]
    policy = rng.choice(POLICIES)
    generation, fresh = generation_choose(service, rng)
    allow = missing(service, *(owner for _, _, owner in ranges))
    if not allow and not tiles:
        allow = {e.EINVAL}
    elif not allow and not fresh:
        allow = {e.ESTALE}
    elif not allow and any(service.instances[owner].state in (DRAINING, STANDBY)
                           for _, _, owner in ranges):
        allow = {e.EBUSY}
    done, got = world.do(slot, "MAP_SET", f"s{slot} {ranges} policy {policy}",
                         attr(N["A_MAP_SERVICE"], f"s{slot}"), *generation,
                         *ranges_parts(ranges), u32(N["A_MAP_POLICY"], policy),
                         allow=allow or {0})
    if done:
        service.set_map(ranges)
        if policy == ALWAYS:
            service.moved = True
            service.move_flows(lambda number, _: service.owner(number))
        generation_check(service, got)


def generation_check(service, got):
    if got.number(N["A_MAP_GENERATION"]) != service.generation:
        raise Violation(f"generation {got.number(N['A_MAP_GENERATION'])}, "
                             f"not {service.generation}")


def change_allow(service, source, to, policy, fresh):
    """What a split and a merge have in common."""
    allow = missing(service, source, to)
    if allow:
        return allow
    if not service.map:
        return {e.ENOENT}
    if source == to:
        return {e.EINVAL}
    taker = service.instances[to]
    if taker.is_fenced() or taker.state != ACTIVE:
        return {e.EBUSY}
    refused = {e.EBUSY} if policy == ALWAYS and taker.epoch else set()
    return refused | {0 if fresh else e.ESTALE}


def ends_choose(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    owners = service.owners() if service else []
    source = rng.choice(owners) if owners and rng.random() < 0.95 else some_name(service, rng)
    fit = [n for n, i in sorted(service.instances.items())
           if n != source and i.state == ACTIVE] if service else []
    to = rng.choice(fit) if fit and rng.random() < 0.95 else some_name(service, rng)
    return slot, service, source, to


def split(world, rng):
    slot, service, source, to = ends_choose(world, rng)
    policy = rng.choice(POLICIES)
    generation, fresh = generation_choose(service, rng)
    at = rng.randrange(IDS) if rng.random() < 0.3 else None
    allow = change_allow(service, source, to, policy, fresh)
    if 0 in allow:
        meant = service.range_of(source, at)
        wrong = e.ENOENT if not meant else \
            e.EINVAL if meant[0] == meant[1] or at == meant[0] else 0
        allow = (allow - {0}) | {wrong}
    where = [u16(N["A_MAP_AT"], at)] if at is not None else \
        [u32(N["A_MAP_MEASURE"], rng.randrange(2))]
    done, got = world.do(slot, "SPLIT", f"s{slot} from {source} to {to} at {at} policy {policy}",
                         attr(N["A_MAP_SERVICE"], f"s{slot}"), *generation,
                         attr(N["A_MAP_FROM"], source), attr(N["A_MAP_TO"], to),
                         u32(N["A_MAP_POLICY"], policy), *where, allow=allow)
    if not done:
        return
    chosen = got.number(N["A_MAP_AT"])
    if not meant[0] <= chosen <= meant[1] or (at is not None and at != chosen):
        raise Violation(f"the split is at {chosen}, in {meant}")
    service.split(source, to, chosen)
    generation_check(service, got)
    if policy == ALWAYS:
        service.moved = True
        service.move_flows(lambda number, owner: to if owner == source and
                           service.owner(number) == to else owner)


def merge(world, rng):
    slot, service, source, to = ends_choose(world, rng)
    policy = rng.choice(POLICIES)
    generation, fresh = generation_choose(service, rng)
    allow = change_allow(service, source, to, policy, fresh)
    if 0 in allow and not service.width(source):
        allow = (allow - {0}) | {e.ENOENT}
    done, got = world.do(slot, "MERGE", f"s{slot} from {source} to {to} policy {policy}",
                         attr(N["A_MAP_SERVICE"], f"s{slot}"), *generation,
                         attr(N["A_MAP_FROM"], source), attr(N["A_MAP_TO"], to),
                         u32(N["A_MAP_POLICY"], policy),
                         u32(N["A_MAP_DEADLINE_MS"], rng.choice([0, 1, 300])), allow=allow)
    if not done:
        return
    service.give(source, to)
    generation_check(service, got)
    if policy == ALWAYS:
        service.moved = True
        service.move_flows(lambda _, owner: to if owner == source else owner)
    if service.instances[source].state != DOWN:
        service.drains(source)
    world.forbid(slot)


def flow_parts(slot, rng):
    client = bytes([10, 201, slot, rng.randrange(8)])
    return [attr(N["A_FLOW_SADDR"], client), attr(N["A_FLOW_DADDR"], bytes([198, 51, 100, 1])),
            u8(N["A_FLOW_PROTO"], 17), attr(N["A_FLOW_SPORT"], b"\4\0"),
            attr(N["A_FLOW_DPORT"], b"\0\x50")]


def flow_add(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    name = some_name(service, rng)
    allow = missing(service, name)
    if not allow:
        allow = {e.EBUSY} if service.instances[name].state == STANDBY else \
            {0, e.ENOBUFS} if service.settings["flows_max"] < 1000 else {0}
    world.do(slot, "FLOW_NEW", f"of {name} of s{slot}", attr(N["A_FLOW_SERVICE"], f"s{slot}"),
             attr(N["A_FLOW_INSTANCE"], name), *flow_parts(slot, rng), allow=allow or {0})


def flow_del(world, rng):
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    done, _ = world.do(slot, "FLOW_DEL", f"one of s{slot}",
                       attr(N["A_FLOW_SERVICE"], f"s{slot}"), *flow_parts(slot, rng),
                       allow={0, e.ENOENT} if service else {e.ENOENT})
    return done


def flow_forget(world, rng):
    """All flows of an instance, or all that were imported."""
    slot = some_slot(world, rng)
    service = world.services.get(slot)
    name = some_name(service, rng) if rng.random() < 0.7 else None
    which = attr(N["A_FLOW_INSTANCE"], name) if name else \
        u32(N["A_FLOW_FLAGS"], N["FLOW_FLAGS_IMPORTED"])
    done, _ = world.do(slot, "FLOW_DEL", f"all of {name or 'imported'} of s{slot}",
                       attr(N["A_FLOW_SERVICE"], f"s{slot}"), which,
                       allow=missing(service, *([name] if name else [])) or {0})
    if done and name:
        service.forget_flows(name)
