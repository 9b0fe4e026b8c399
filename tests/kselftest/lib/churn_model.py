# SPDX-License-Identifier: GPL-2.0-or-later
"""
What must be after each command that was accepted, as far as commands decide it: a model
that does what the documentation says, and shares nothing with the module.
"""

IDS = 65536
PENDING_MAX = 64
ACTIVE, DRAINING, DOWN, STANDBY = range(4)
NONE, CHECKPOINT, BUFFER = range(3)
AVOID, NEVER, ALWAYS = range(3)


class Epoch:
    """Rollback recovery of an instance. If it is loose, a dead man may open the plug."""

    def __init__(self):
        self.open = 1
        self.committed = 0
        self.pending = []
        self.plugged = False
        self.loose = False
        self.fenced = False
        self.backup = None

    def cut(self):
        self.pending.append(self.open)
        self.open += 1
        self.plugged = False

    def commit(self, number):
        self.committed = number
        self.pending = [n for n in self.pending if n > number]


class Instance:
    def __init__(self, name, state, sides, recovery):
        self.name = name
        self.state = state
        self.sides = set(sides)
        self.successor = None
        self.epoch = Epoch() if recovery != NONE else None

    def is_fenced(self):
        return bool(self.epoch and self.epoch.fenced)


class Service:
    def __init__(self, slot, settings, sides):
        self.slot = slot
        self.name = f"s{slot}"
        self.settings = settings
        self.sides = set(sides)
        self.one_armed = "r" not in sides
        self.instances = {}
        self.map = None
        self.generation = 0
        # Most that a log or a hold may ever have had.
        self.log_max = settings["log_max"]
        self.hold_max = settings["hold_max"]
        self.joins = 0
        # What it has been once, it may still show.
        self.doubled = self.moved = False
        # Flows that the test has begun: who has to get them.
        self.flows = {}

    def owners(self):
        return sorted({owner for _, _, owner in self.map or [] if owner})

    def owner(self, flow_id):
        for first, last, owner in self.map or []:
            if first <= flow_id <= last:
                return owner
        return None

    def width(self, name):
        return sum(last - first + 1 for first, last, owner in self.map or []
                   if owner == name)

    def range_of(self, name, at=None):
        """Which range of an instance a split means."""
        own = [r for r in self.map or [] if r[2] == name and
               (at is None or r[0] <= at <= r[1])]
        return max(own, key=lambda r: (r[1] - r[0], -r[0])) if own else None

    def set_map(self, ranges):
        joined = []
        for first, last, owner in sorted(ranges):
            if joined and joined[-1][2] == owner:
                joined[-1] = (joined[-1][0], last, owner)
            else:
                joined.append((first, last, owner))
        self.map = joined
        self.generation += 1

    def give(self, name, to):
        self.set_map([(f, l, to if o == name else o) for f, l, o in self.map])

    def split(self, name, to, at):
        first, last, _ = self.range_of(name, at)
        rest = [r for r in self.map if r[0] != first]
        self.set_map(rest + ([(first, at - 1, name)] if at > first else []) +
                     [(at, last, to)])

    def drains(self, name):
        self.instances[name].state = DRAINING

    def move_flows(self, become):
        """become(flow ID, owner) is the new owner."""
        self.flows = {flow: (number, become(number, owner))
                      for flow, (number, owner) in self.flows.items()}

    def forget_flows(self, name=None):
        self.flows = {flow: it for flow, it in self.flows.items()
                      if name and it[1] != name}

    def set_recovery(self, recovery):
        if recovery == self.settings["recovery"]:
            return
        for instance in self.instances.values():
            if recovery == NONE:
                instance.epoch = None
                instance.successor = None
            elif not instance.epoch:
                instance.epoch = Epoch()

    def remove(self, name):
        if self.width(name):
            self.give(name, None)
        del self.instances[name]
        self.forget_flows(name)
        for other in self.instances.values():
            if other.successor == name:
                other.successor = None
            if other.epoch and other.epoch.backup == name:
                other.epoch.backup = None

    def failover(self, name, backup):
        master, other = self.instances[name], self.instances[backup]
        self.joins += 1
        master.epoch.fenced = True
        master.epoch.plugged = master.epoch.loose = False
        master.epoch.pending = []
        master.epoch.backup = backup
        master.state = DOWN
        other.state = ACTIVE
        if self.width(name):
            self.give(name, backup)
        self.move_flows(lambda _, owner: backup if owner == name else owner)

    def may_fail_over(self, name, backup):
        """For a carrier that is lost: the successor is not asked for, it is there or not."""
        other = self.instances[backup]
        return other.epoch and not other.epoch.fenced and \
            not self.instances[name].epoch.backup and other.state in (ACTIVE, STANDBY)

    def gets_nothing(self, instance):
        """Is nothing that comes now delivered to an instance, until a command says so?"""
        if instance.state in (DOWN, STANDBY) or instance.is_fenced():
            return True
        return bool(instance.epoch and instance.epoch.plugged and not instance.epoch.loose)

    @staticmethod
    def may_double(settings):
        """May somebody outside see a packet twice? Only checkpoints can be behind."""
        releases = settings["hold_policy"] == 1 or \
            (settings["dead_man_ms"] and settings["dead_man_policy"] == 0)
        return settings["recovery"] == CHECKPOINT or \
            (settings["recovery"] == BUFFER and releases)
