# SPDX-License-Identifier: GPL-2.0-or-later
"""
Anything may happen at any time, under traffic from two processors; and each time that the
traffic stands still for a moment, all of it adds up.
"""

import os
import random
import struct
import time
import traceback

from bench import KEY, Tap, ether, flow_id, ip4, seed, setting, udp, wait_for
from churn_controls import controls
from churn_netlink import module_load, module_remove
from churn_operations import perform
from churn_oracle import (Account, View, balance_wrong, counts_wrong, flows_of, flows_wrong,
                          state_wrong)
from churn_world import NAMES, PROBES, SENDERS, Violation, World, slabs
from injection import LEAKS

OPERATIONS = setting("NFHA_OPERATIONS", 200)
# So many between two moments of rest.
EVERY = 20
# After so many there was a service that was whole at two moments of rest.
ENOUGH = 100
MAGIC = 0x6e666861
SERVER = "198.51.100.1"
# What slabs that nobody can take back, and memory of each processor, may have grown by.
LEFT_MAX_KB = 8192
CONTROLS = 8


class Probes:
    """Packets of the test's own: of each it is known who has to get it."""

    def __init__(self, world):
        self.world = world
        self.board = world.crowd.board
        self.number = 0

    def frame(self, slot, flow):
        """The next one."""
        self.number += 1
        mark = struct.pack("<IBBBBIIQ", MAGIC, slot, SENDERS - 1, 0, 0, self.number, 0,
                           time.monotonic_ns())
        self.board.probe[self.number % PROBES] = 0
        return ether(0x0800, ip4(flow[0], SERVER, 17, udp(flow[1], 80, mark + bytes(16))))

    def send(self, s, slot, flow):
        s.send(self.frame(slot, flow))
        self.board.slot[slot].sent[SENDERS - 1] += 1
        return self.number

    def got(self, number):
        """The slot and the name of the instance that has it."""
        place = self.board.probe[number % PROBES]
        return (place - 1) // len(NAMES), NAMES[(place - 1) % len(NAMES)] if place else None

    def who(self, service, owner):
        """Who may get a packet now; None is nobody. What is for one that was replaced goes on."""
        instance = service.instances.get(owner)
        while instance and instance.epoch and instance.epoch.backup:
            owner = instance.epoch.backup
            instance = service.instances[owner]
        if not instance or service.gets_nothing(instance) or "l" not in instance.sides or \
                not self.world.up[f"i{service.slot}{owner}l"]:
            return {None}
        loose = instance.epoch and (instance.epoch.loose or service.moved)
        return {owner, None} if loose else {owner}

    @staticmethod
    def remembers(service):
        """Does a flow that has begun stay with whom it began with?"""
        settings = service.settings
        return not settings["tracking"] and not settings["learn"] and \
            settings["flows_max"] > 1000 and settings["timeouts"]["UDP"] > 10

    def flows(self, service, rng):
        """{flow: owner}: some that are known, and some that nobody has seen."""
        known = sorted(service.flows) if self.remembers(service) else []
        chosen = {flow: service.flows[flow][1]
                  for flow in rng.sample(known, min(4, len(known)))}
        for _ in range(3):
            flow = (f"10.200.{rng.randrange(250)}.{rng.randrange(250)}",
                    rng.randrange(1024, 65536))
            number = flow_id(*flow, SERVER, 80, 17, KEY)
            owner = service.owner(number)
            if flow not in service.flows:
                chosen[flow] = owner
                if owner and len(service.flows) < 30:
                    service.flows[flow] = (number, owner)
        return chosen

    def check(self, service, rng):
        slot = service.slot
        if not service.map or service.settings["affinity"] or service.sides < {"l"} or \
                not self.world.up[f"x{slot}l"]:
            return
        sent = {}
        with self.world.out.socket(f"o{slot}l") as s:
            for flow, owner in self.flows(service, rng).items():
                sent[self.send(s, slot, flow)] = flow, self.who(service, owner)
        if not wait_for(lambda: all(None in may or self.got(n)[1]
                                    for n, (_, may) in sent.items()), 20):
            self.complain(service, sent)
        self.world.crowd.look()
        if any(self.got(n)[1] not in may or (self.got(n)[1] and self.got(n)[0] != slot)
               for n, (_, may) in sent.items()):
            self.complain(service, sent)

    def complain(self, service, sent):
        raise Violation(f"s{service.slot}: " + "; ".join(
            f"{flow[0]}:{flow[1]} came to {self.got(n)[1]}, not to "
            f"{' or '.join(sorted(map(str, may)))}" for n, (flow, may) in sent.items()
            if self.got(n)[1] not in may or self.got(n)[0] != service.slot))


class Oracle:
    def __init__(self, world):
        self.world = world
        self.probes = Probes(world)
        self.accounts = {}
        self.exact = 0

    def must(self, wrong):
        if wrong:
            raise Violation("\n".join(wrong[:10]))

    def state(self, slot):
        """Also under traffic."""
        self.must(state_wrong(self.world.services.get(slot), View(self.world, slot)))

    def leaving(self, slot):
        return sum(self.world.vnf_of(slot, name).sent - sent
                   for name, sent in self.world.leavers.get(slot, []))

    def is_whole(self, service):
        """Whatever is sent into one of its devices reaches it."""
        sides = set("l" if service.one_armed else "lr")
        return service.sides == sides and \
            all(i.sides == sides for i in service.instances.values()) and \
            all(self.world.up[d] for d in self.world.devices_of(service.slot))

    def at_rest(self, slot):
        """An account that does not change any more, or None."""
        before = Account(self.world, slot, View(self.world, slot))
        self.world.crowd.look()
        view = View(self.world, slot)
        after = Account(self.world, slot, view)
        if any(e["busy"] for e in view.epochs.values()) or \
                vars(before) != vars(after) or counts_wrong(view):
            return None
        return after

    def balance(self, slot):
        last = self.accounts.get(slot)
        exact = slot not in self.world.inexact and last and \
            last.service is self.world.services[slot]

        def settled():
            account = self.at_rest(slot)
            if account and exact and balance_wrong(last, account, self.leaving(slot)):
                return None
            return account

        account = wait_for(settled, 20)
        if not account:
            view = View(self.world, slot)
            account = Account(self.world, slot, view)
            wrong = counts_wrong(view)
            if exact:
                wrong += balance_wrong(last, account, self.leaving(slot))
            raise Violation("\n".join(wrong) or f"s{slot} does not come to rest: {vars(view)}")
        # Of what a socket had no room for nobody knows which service's it was.
        self.exact += bool(exact and last.overrun == account.overrun)
        self.world.leavers[slot] = []
        if self.is_whole(self.world.services[slot]):
            self.world.inexact.discard(slot)
        else:
            self.world.inexact.add(slot)

    def begin(self, slot):
        """What the next sum begins with: by now nothing can be under way that adds up later."""
        account = wait_for(lambda: self.at_rest(slot), 20)
        if account:
            self.accounts[slot] = account
            self.world.rested[slot] = {n: self.world.vnf_of(slot, n).sent for n in NAMES}
        else:
            self.world.inexact.add(slot)

    def flows(self, slot):
        """They may end at any time by themselves, so one time out of several is right."""
        service = self.world.services[slot]

        def wrong():
            before = View(self.world, slot)
            if before.flows > 3000:
                return []
            return flows_wrong(service, before, flows_of(self.world, slot))
        if not wait_for(lambda: not wrong(), 20):
            self.must([f"s{slot}: {w}" for w in wrong()])

    def rest(self, number):
        """All stands still, and has to add up."""
        world, rng = self.world, random.Random(number)
        world.crowd.pause(1)
        world.crowd.look()
        for slot in range(4):
            self.state(slot)
        for slot, service in sorted(world.services.items()):
            self.balance(slot)
            if not service.doubled:
                world.crowd.board.slot[slot].may_double = 0
        if world.services:
            self.flows(rng.choice(sorted(world.services)))
        for slot, service in sorted(world.services.items()):
            self.probes.check(service, rng)
        for slot in world.services:
            self.begin(slot)
        for nfha in world.nfha:
            nfha.heard()
        self.must([world.crowd.complaints()] if world.crowd.board.wrong else [])
        world.crowd.pause(0)


def churn(world, oracle):
    for number in range(OPERATIONS):
        if number % EVERY == 0:
            oracle.rest(number)
        perform(world, number)
        for slot in world.refused:
            oracle.state(slot)
        world.refused.clear()
        if world.crowd.board.wrong:
            raise Violation(world.crowd.complaints())
    oracle.rest(OPERATIONS)
    if OPERATIONS >= ENOUGH and not oracle.exact:
        raise Violation("no sum was exact: nothing has been shown of packets")


def memory_kb():
    """
    A kernel that looks for leaks itself, as its machine asks it to at the end, has notes of
    all that there is in its slabs, and keeps there what was freed.
    """
    keys = ["Percpu:"] if os.path.exists(LEAKS) else ["Percpu:", "SUnreclaim:"]
    with open("/proc/meminfo", encoding="ascii") as file:
        found = dict(line.split()[:2] for line in file)
    return sum(int(found[key]) for key in keys)


def removed():
    """The module goes, and comes back."""
    if not wait_for(lambda: not module_remove(), 60):
        return False
    return not slabs()


def control(world, oracle):
    """If they cannot be made, each is missed."""
    world.crowd.pause(1)
    found = []
    try:
        found = controls(world, oracle.probes)
    except (OSError, Violation) as error:
        print(f"# {error}")
    return found


def main():
    tap = Tap(4 + CONTROLS)
    number = seed()
    removed()
    before = memory_kb()
    module_load(os.environ["NFHA_MODULE"])
    world = World(number)
    oracle = Oracle(world)
    said = ""
    try:
        churn(world, oracle)
    # Whatever it is, it is to be known what led to it, and nothing is to stay.
    # pylint: disable-next=broad-except
    except Exception as error:
        said = "\n".join([str(error) if isinstance(error, Violation) else
                          traceback.format_exc(), f"seed {number}; the last operations:",
                          *world.history])
    tap.check(not said, f"{OPERATIONS} operations: each answer, each state and each sum", said)
    print(f"# accepted: {dict(world.done)}\n# refused: {dict(world.refusals)}\n# packets sent, "
          f"at VNFs, and outside: {world.crowd.totals()}; {oracle.exact} sums were exact")
    for text, found in control(world, oracle):
        tap.check(found, text)
    status = world.close()
    tap.check(status == 0, "who sends and who reads all the time had no trouble", status)
    tap.check(removed(), "all of the module goes when it is unloaded")
    tap.check(wait_for(lambda: memory_kb() < before + LEFT_MAX_KB, 30), "no memory is lost",
              f"{memory_kb() - before} KB")
    print(f"# {memory_kb() - before} KB")
    module_load(os.environ["NFHA_MODULE"])
    tap.finish()


if __name__ == "__main__":
    main()
