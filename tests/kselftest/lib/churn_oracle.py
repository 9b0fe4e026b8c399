# SPDX-License-Identifier: GPL-2.0-or-later
"""
Whether what the module says agrees with the model and with itself. A view is what a dump
has, in plain numbers: so the checks can be given one that is wrong, too.
"""

from churn_model import IDS, PENDING_MAX
from churn_netlink import N, attr

SIDES = "lr"
PLUGGED, BUSY, FENCED = (N["RECOVERY_FLAGS_PLUGGED"],
                         N["RECOVERY_FLAGS_REPLAYING"] | N["RECOVERY_FLAGS_RELEASING"],
                         N["RECOVERY_FLAGS_FENCED"])
SETTINGS = ("policy", "control", "tracking", "learn", "threshold", "flows_max", "recovery",
            "log_max", "hold_max", "watermark", "hold_policy", "dead_man_ms",
            "dead_man_policy", "affinity")
# Each packet that is gone is in one of these.
LOST = ("UNMATCHED", "DROP_FRAGMENT", "DROP_MALFORMED", "DROP_NO_OWNER", "DROP_DOWN",
        "DROP_NO_PORT", "DROP_LOOP", "DROP_TOO_BIG", "DROP_XMIT", "DROP_PLUGGED",
        "DROP_HOLD", "DROP_FENCED", "DROP_UNCOMMITTED", "DROP_STANDBY")


def sides_of(attrs, kind):
    return {SIDES[p.number(N["A_PORT_SIDE"])] for p in attrs.nests(kind)}


class View:
    """All that there is to be seen of a service."""

    def __init__(self, world, slot):
        name = f"s{slot}"
        services = [a for a in world.dump(slot, "SERVICE_GET")
                    if a.text(N["A_SERVICE_NAME"]) == name]
        self.there = bool(services)
        if not self.there:
            return
        self.service(services[0])
        maps = world.dump(slot, "MAP_GET", attr(N["A_MAP_SERVICE"], name))
        self.ranges = [(r.number(N["A_RANGE_FIRST"]), r.number(N["A_RANGE_LAST"]),
                        r.text(N["A_RANGE_INSTANCE"]))
                       for r in maps[0].nests(N["A_MAP_RANGE"])]
        self.instances = {a.text(N["A_INSTANCE_NAME"]): self.instance(a) for a in
                          world.dump(slot, "INSTANCE_GET", attr(N["A_INSTANCE_SERVICE"], name))}
        self.epochs = {a.text(N["A_EPOCH_INSTANCE"]): self.epoch(a) for a in
                       world.dump(slot, "EPOCH_GET", attr(N["A_EPOCH_SERVICE"], name))}

    def service(self, a):
        self.settings = {key: a.number(N["A_SERVICE_" + key.upper()]) for key in SETTINGS}
        self.sides = sides_of(a, N["A_SERVICE_PORT"])
        self.generation = a.number(N["A_SERVICE_GENERATION"])
        self.flows = a.number(N["A_SERVICE_FLOWS"])
        self.exceptions = a.number(N["A_SERVICE_EXCEPTIONS"])
        stats = a.nest(N["A_SERVICE_STATS"])
        self.stats = {key: stats.number(N["A_SERVICE_STATS_" + key])
                      for key in (*LOST, "REPLAYED", "FRAGMENT_HELD")}

    @staticmethod
    def instance(a):
        return {"state": a.number(N["A_INSTANCE_STATE"]),
                "sides": sides_of(a, N["A_INSTANCE_PORT"]),
                "flows": a.number(N["A_INSTANCE_FLOWS"]),
                "exceptions": a.number(N["A_INSTANCE_EXCEPTIONS"]),
                "width": a.number(N["A_INSTANCE_WIDTH"]),
                "successor": a.text(N["A_INSTANCE_SUCCESSOR"]),
                "fenced": bool(a.number(N["A_INSTANCE_FENCED"]))}

    @staticmethod
    def epoch(a):
        flags = a.number(N["A_EPOCH_FLAGS"])
        log, hold = a.nest(N["A_EPOCH_LOG"]), a.nest(N["A_EPOCH_HOLD"])
        return {"open": a.number(N["A_EPOCH_EPOCH"]),
                "committed": a.number(N["A_EPOCH_COMMITTED"]),
                "pending": a.number(N["A_EPOCH_PENDING"]),
                "plugged": bool(flags & PLUGGED), "fenced": bool(flags & FENCED),
                "busy": bool(flags & BUSY), "backup": a.text(N["A_EPOCH_BACKUP"]),
                "log": log.number(N["A_QUEUE_BYTES"]), "hold": hold.number(N["A_QUEUE_BYTES"]),
                "held": hold.number(N["A_QUEUE_PACKETS"]),
                "waiting": a.number(N["A_EPOCH_WAITING"])}

    def lost(self):
        return sum(self.stats[key] for key in LOST)

    def stock(self):
        """Packets that are neither here nor there."""
        return sum(e["waiting"] + e["held"] for e in self.epochs.values())


def differ(what, is_, ought):
    return [] if is_ == ought else [f"{what} is {is_}, and ought to be {ought}"]


def tiling(ranges, names):
    """Each flow ID is in one range, whose owner there is."""
    wrong = []
    following = 0
    for first, last, owner in ranges:
        if first != following or last < first:
            wrong.append(f"a range begins at {first}, and not at {following}")
        if owner is not None and owner not in names:
            wrong.append(f"range {first}-{last} is of {owner}, who is not there")
        following = last + 1
    if ranges and following != IDS:
        wrong.append(f"the last range ends at {following - 1}")
    return wrong


def instances_wrong(service, view):
    wrong = differ("the set of instances", set(view.instances), set(service.instances))
    for name, is_ in view.instances.items():
        ought = service.instances.get(name)
        if not ought:
            continue
        for key, value in (("state", ought.state), ("sides", ought.sides),
                           ("successor", ought.successor), ("fenced", ought.is_fenced()),
                           ("width", service.width(name))):
            wrong += differ(f"{key} of {name}", is_[key], value)
    return wrong


def epoch_wrong(name, service, ought, is_):
    pairs = [("open", ought.open), ("committed", ought.committed),
             ("pending", len(ought.pending)), ("fenced", ought.fenced),
             ("backup", ought.backup)]
    if not ought.loose:
        pairs.append(("plugged", ought.plugged))
    wrong = [w for key, value in pairs for w in differ(f"{key} of {name}", is_[key], value)]
    if is_["pending"] > PENDING_MAX or is_["committed"] >= is_["open"]:
        wrong.append(f"epochs of {name} are {is_}")
    if is_["log"] > service.log_max * (1 + service.joins):
        wrong.append(f"the log of {name} has {is_['log']} bytes")
    if is_["hold"] > 2 * service.hold_max:
        wrong.append(f"the hold of {name} has {is_['hold']} bytes")
    return wrong


def state_wrong(service, view):
    """Everything that commands decide."""
    if not service or not view.there:
        return differ("whether there is a service", view.there, bool(service))
    wrong = differ("generation", view.generation, service.generation)
    wrong += differ("ranges", view.ranges, service.map or [])
    wrong += tiling(view.ranges, view.instances)
    for key in SETTINGS:
        wrong += differ(key, view.settings[key], service.settings[key])
    wrong += differ("external sides", view.sides, service.sides)
    wrong += instances_wrong(service, view)
    with_epoch = {n for n, i in service.instances.items() if i.epoch}
    wrong += differ("who has epochs", set(view.epochs), with_epoch)
    for name in with_epoch & set(view.epochs):
        wrong += epoch_wrong(name, service, service.instances[name].epoch, view.epochs[name])
    return [f"s{service.slot}: {w}" for w in wrong]


def counts_wrong(view):
    """For a service that nothing passes now."""
    wrong = differ("the sum of all instances' flows",
                   sum(i["flows"] for i in view.instances.values()), view.flows)
    return wrong + differ("the sum of all instances' exceptions",
                          sum(i["exceptions"] for i in view.instances.values()),
                          view.exceptions)


def flows_of(world, slot):
    """[(owner, flow ID, whether it is learned, or said to be an exception)]."""
    flags = N["FLOW_FLAGS_EXCEPTION"], N["FLOW_FLAGS_LEARNED"]
    return [(a.text(N["A_FLOW_INSTANCE"]), a.number(N["A_FLOW_FLOW_ID"]),
             *(bool(a.number(N["A_FLOW_FLAGS"]) & flag) for flag in flags))
            for a in world.dump(slot, "FLOW_GET", attr(N["A_FLOW_SERVICE"], f"s{slot}"))]


def flows_wrong(service, view, flows):
    """Each flow is counted, and is an exception if its owner is not its range's."""
    wrong = differ("the number of flows in a dump", len(flows), view.flows)
    for name, is_ in view.instances.items():
        wrong += differ(f"flows of {name}", sum(f[0] == name for f in flows), is_["flows"])
    out = [(owner, flow_id) for owner, flow_id, _, learned in flows
           if not learned and owner != service.owner(flow_id)]
    said = [(owner, flow_id) for owner, flow_id, exception, _ in flows if exception]
    wrong += differ("the list of exceptions", sorted(said, key=str), sorted(out, key=str))
    return wrong + differ("exceptions", view.exceptions, len(out))


class Account:
    """What has gone into a service, and what became of it, at one instant."""

    def __init__(self, world, slot, view):
        board = world.crowd.board.slot[slot]
        self.service = world.services[slot]
        self.missing = sum(board.sent) - board.seen_vnf + \
            board.sent_vnf - board.unsent_vnf - board.seen_out
        self.overrun = sum(world.crowd.board.overrun)
        self.lost = view.lost()
        self.stats, self.epochs = view.stats, view.epochs
        self.stock = view.stock()
        self.waiting = sum(e["waiting"] for e in view.epochs.values())
        # A piece may have waited since before anybody counted.
        self.twice = view.stats["REPLAYED"] + view.stats["DROP_FRAGMENT"]


def changes(before, after):
    return {key: after[key] - before[key] for key in after if after[key] != before[key]}


def balance_wrong(before, after, leaving):
    """
    Whatever was sent and not seen is lost and counted, or waits. What was replayed may be
    known twice, and what an instance sends after it was removed is nobody's. What waits to be
    replayed, and is of a flow that has moved with its state, goes without a word: whoever has
    had it has been counted.
    """
    if after.overrun != before.overrun:
        return []
    missing = after.missing - before.missing
    known = after.lost - before.lost + after.stock - before.stock
    twice = after.twice - before.twice
    service = after.service
    replays = before.waiting if service.moved and service.joins else 0
    if -leaving - replays <= known - missing <= twice:
        return []
    return [f"s{after.service.slot}: {missing} packets are missing; {known} are known of, "
            f"{twice} may be known twice, and {leaving} came from who had left; counters "
            f"{changes(before.stats, after.stats)}, epochs {before.epochs} and now {after.epochs}"]
