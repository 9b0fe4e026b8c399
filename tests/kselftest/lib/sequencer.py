# SPDX-License-Identifier: GPL-2.0-or-later
"""
The proof of rollback recovery: a VNF that remembers every packet is killed again and
again, and a witness outside asks whether it has ever forgotten one that was seen.

NFHA_ROUNDS are the kills in mode buffer; with NFHA_SHORT there are 10.
"""

from bench import Tap, seed
from rollback import IS_SLOW, SEQUENCER, Killer, Rig, Witness, percentile, rounds

KILLS = rounds(200, 10)
CONTROL_KILLS = min(8, rounds(8, 4))


def say(mode, killer, verdict, outages, seconds):
    kinds = {k: sum(x["kind"] == k for x in killer.kills) for k in Killer.KINDS}
    frozen = sum(x["frozen"] for x in killer.kills)
    print(f"# {mode}: {len(killer.kills)} kills in {seconds:.0f} s, {kinds}, "
          f"{frozen} of them frozen", flush=True)
    print(f"# {mode}: {killer.period * 1000:.0f} ms from checkpoint to checkpoint")
    print(f"# {mode}: {verdict}")
    if outages:
        print(f"# {mode}: kill to first packet of the backup, ms: "
              f"p50 {percentile(outages, 50):.0f} p99 {percentile(outages, 99):.0f} "
              f"max {outages[-1]:.0f}, of {len(outages)}")


class Campaign:
    """Kills in one mode, and what the witness made of them."""

    def __init__(self, mode, kills, **service):
        self.mode = mode
        self.rig = rig = Rig(mode, "ABC", command=[SEQUENCER, "left", "right"],
                             **service)
        self.events = rig.listen()
        self.ready = rig.start()
        self.killer = Killer(rig, "sequencer")
        witness = Witness(rig)
        self.lived = self.ready and self.killer.run(kills)
        self.settled = self.lived and rig.settled()
        self.active = rig.active()
        self.verdict = witness.verdict()
        self.outages = self.killer.outages(witness.arrivals())
        self.log = rig.daemon.log()
        say(mode, self.killer, self.verdict, self.outages,
            (self.killer.kills[-1]["at"] - self.killer.kills[0]["at"]) / 1e9
            if self.killer.kills else 0)

    def tail(self):
        """What the daemon said last, for a failure."""
        return "\n".join(self.log.splitlines()[-25:])

    def close(self):
        self.rig.close()


def buffer(tap):
    c = Campaign("buffer", KILLS)
    v = c.verdict or {}
    tap.check(c.ready, "buffer: nfhad protects the sequencer", c.tail())
    tap.check(c.settled and len(c.killer.kills) == KILLS,
              f"buffer: after each of {KILLS} kills a backup lives",
              f"{len(c.killer.kills)} kills\n{c.tail()}")
    tap.check(v.get("contradictions") == 0,
              "buffer: one single history explains all that was seen", v)
    tap.check([v.get(k) for k in ("duplicates", "foreign", "reordered")] == [0, 0, 0],
              "buffer: nothing came twice, altered, or out of order", v)
    tap.check(v.get("seen", 0) > v.get("sent", 1) * 0.8,
              "buffer: and most of what was sent was seen", v)
    # One that dies while it is loaded is loaded again where it was, if nobody else is idle.
    places = [k["place"] for k in c.killer.kills] + [c.active]
    moves = sum(a != b for a, b in zip(places, places[1:]))
    tap.check(len(c.events.of("failover")) >= moves >= KILLS // 2,
              "buffer: the kernel tells of a failover whenever another one is to live",
              (len(c.events.of("failover")), places))
    early = c.log.count("has failed: its first process ends")
    tap.check(early >= KILLS // 4, "buffer: the fence does not wait for the end of a process",
              (early, c.log.count("has failed: its first process has ended")))
    frozen = [k["frozen"] for k in c.killer.kills]
    tap.check(frozen.count(True) >= KILLS // 10 and frozen.count(False) >= KILLS // 10,
              "buffer: some of the kills were in a dump, and some were not (control)",
              frozen)
    tap.check(len(c.outages) >= (1 if IS_SLOW else KILLS // 4),
              "buffer: packets pass again before the next kill, as a rule",
              len(c.outages))
    c.close()


def control(tap):
    c = Campaign("checkpoint", CONTROL_KILLS)
    v = c.verdict or {}
    tap.check(c.lived, f"checkpoint: after each of {CONTROL_KILLS} kills a backup lives",
              c.tail())
    tap.check(v.get("contradictions", 0) > 0,
              "checkpoint: the witness sees contradictions (control)", v)
    tap.check(v.get("duplicates") == 0 and v.get("foreign") == 0,
              "checkpoint: and nothing else", v)
    c.close()


def main():
    tap = Tap(12)
    seed()
    buffer(tap)
    control(tap)
    tap.finish()


if __name__ == "__main__":
    main()
