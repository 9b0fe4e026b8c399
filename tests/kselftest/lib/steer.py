# SPDX-License-Identifier: GPL-2.0-or-later
"""Ranges, splits and merges, seen from outside."""

import threading

from bench import (Bench, Tap, flow_id, json, run, seed, subprocess, udp4, wait_for,
                   CTL)

FLOWS = 120


def flow(i):
    """The i-th flow: source, port, destination, port."""
    return f"10.1.{i // 250}.{1 + i % 250}", 1000 + i, "10.2.0.1", 53


def forth(i):
    return udp4(*flow(i))


def back(i):
    src, sport, dst, dport = flow(i)
    return udp4(dst, dport, src, sport)


def ids(i):
    return flow_id(*flow(i), 17)


def arrivals(bench, name, frames):
    """Where each frame arrives, a list of names, by index."""
    got = bench.where(name, *frames)
    index = {frame: i for i, frame in enumerate(frames)}
    places = [[] for _ in frames]
    for place, frame in got:
        if frame in index:
            places[index[frame]].append(place)
    return places


def owners(bench, frames, name="left"):
    """Instances that frames from one side arrive at; each at one, on that side."""
    out = []
    for place in arrivals(bench, name, frames):
        side = place[0].split("-")[1] if place and "-" in place[0] else None
        out.append(place[0].split("-")[0]
                   if len(place) == 1 and side == name else str(place))
    return out


def lost(bench, frames, counter):
    """True if the frames arrive nowhere and the counter has them all."""
    before = bench.stat(counter)
    bench.drain()
    for frame in frames:
        bench.send("left", frame)
    counted = wait_for(lambda: bench.stat(counter) >= before + len(frames))
    return counted and not [g for g in bench.receive(0.2) if g[1] in frames]


class Monitor:
    """Events, as they come."""

    def __init__(self, bench):
        self.events = []
        self.process = subprocess.Popen(
            [CTL, "-j", "-n", bench.host.name, "monitor"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.process.stderr.readline()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def wait(self, name, seconds=20, **fields):
        def found():
            return [e for e in self.events if e["event"] == name and
                    all(e.get(k) == v for k, v in fields.items())]
        return wait_for(found, seconds)

    def close(self):
        self.process.kill()
        self.process.wait()


def basics(tap):
    b = Bench()
    every = range(FLOWS)
    tap.check(lost(b, [forth(0)], "drop-no-owner"),
              "without ranges a packet goes nowhere, and is counted")
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    want = ["A" if ids(i) < 32768 else "B" for i in every]
    got = owners(b, [forth(i) for i in every])
    tap.check(got == want, f"{FLOWS} flows go to the owners of their ranges",
              list(zip(got, want)))
    got = owners(b, [back(i) for i in every], "right")
    tap.check(got == want, "and the other direction to the same instances")
    shown = {(f["saddr"], f["sport"]): f["flow_id"] for f in b.flows()}
    tap.check(all(shown.get(flow(i)[:2]) == ids(i) for i in every),
              "flow IDs are those of an independent SipHash")
    out = b.where("A-left", back(0))
    tap.check(out == [("left", back(0))],
              "what an instance sends on the left leaves on the left", out)
    out = b.where("B-right", forth(1))
    tap.check(out == [("right", forth(1))], "and on the right, on the right", out)
    run("ip", "-n", b.host.name, "link", "set", "Al", "down")
    tap.check(lost(b, [forth(i) for i in every if want[i] == "A"], "drop-xmit"),
              "what a port without carrier gets is counted, too")
    run("ip", "-n", b.host.name, "link", "set", "Al", "up")
    tap.check(wait_for(lambda: owners(b, [forth(i) for i in every]) == want),
              "and all goes there again with its carrier")
    b.close()


def split(tap):
    b = Bench()
    m = Monitor(b)
    b.ctl("range", "set", "s", "0-65535=A")
    old = range(FLOWS)
    owners(b, [forth(i) for i in old])
    done = b.json("split", "s", "from", "A", "to", "B", "at", "20000")
    want = sum(ids(i) >= 20000 for i in old)
    tap.check(done["exceptions"] == want == b.service()["exceptions"],
              f"exceptions are exact at once: {want}", done)
    got = owners(b, [forth(i) for i in old])
    tap.check(set(got) == {"A"}, "living flows stay with A", got)
    got = owners(b, [back(i) for i in old], "right")
    tap.check(set(got) == {"A"}, "in both directions", got)
    new = range(FLOWS, 2 * FLOWS)
    got = owners(b, [forth(i) for i in new])
    tap.check(got == ["B" if ids(i) >= 20000 else "A" for i in new],
              "new flows follow the ranges", got)
    tap.check(b.service()["exceptions"] == want, "and are no exceptions")
    refused = b.ctl("split", "s", "from", "A", "to", "B", "generation", "1",
                    check=False)
    tap.check(refused.returncode == 1 and "read it again" in refused.stderr and
              b.json("range", "show", "s")[0]["generation"] == 2,
              "a change based on an old generation is refused", refused)

    # A second split before the first is over.
    b.instance("C")
    b.ctl("split", "s", "from", "A", "to", "C", "at", "10000")
    want2 = want + sum(10000 <= ids(i) < 20000 for i in [*old, *new])
    tap.check(b.service()["exceptions"] == want2,
              "splits may overlap in time, and the count stays exact",
              (b.service()["exceptions"], want2))
    got = owners(b, [forth(i) for i in [*old, *new]])
    tap.check(got == ["A"] * FLOWS +
              ["B" if ids(i) >= 20000 else "A" for i in new],
              "and no flow moves")

    # The end of it: flows end, exceptions fall, an event says so.
    b.ctl("service", "set", "s", "threshold", "3", "timeout", "udp=1s")
    tap.check(m.wait("threshold"), "exceptions fall to T by themselves, and an event says so",
              b.service())
    tap.check(wait_for(lambda: b.service()["exceptions"] == 0),
              "and then to zero")
    m.close()
    b.close()


def policies(tap):
    for policy in ("always", "never"):
        b = Bench(extra=f"policy {policy} threshold 1000")
        m = Monitor(b)
        b.ctl("range", "set", "s", "0-65535=A")
        owners(b, [forth(i) for i in range(FLOWS)])
        b.ctl("split", "s", "from", "A", "to", "B", "at", "32768")
        got = owners(b, [forth(i) for i in range(FLOWS)])
        if policy == "always":
            tap.check(got == ["B" if ids(i) >= 32768 else "A"
                              for i in range(FLOWS)] and
                      b.service()["exceptions"] == 0,
                      "policy always moves flows with their range (control)",
                      got)
        else:
            tap.check(set(got) == {"A"}, "policy never keeps exceptions")
            b.ctl("instance", "add", "Z", "service", "s")
            m.wait("instance-new", instance="Z")
            tap.check(not m.wait("threshold", 1),
                      "and has no threshold that they fall to")
        m.close()
        b.close()


def by_load(tap):
    b = Bench()
    b.ctl("range", "set", "s", "0-65535=A")
    # Flows of the lower quarter only: half of R would not halve the load.
    low = [i for i in range(4 * FLOWS) if ids(i) < 16384]
    owners(b, [forth(i) for i in low])
    at = b.json("split", "s", "from", "A", "to", "B", "by", "flows")["at"]
    above = sum(ids(i) >= at for i in low)
    tap.check(abs(2 * above - len(low)) <= 2,
              f"split by flows halves them: {above} of {len(low)} above {at}")
    b.close()

    b = Bench()
    b.ctl("range", "set", "s", "0-65535=A")
    heavy = [forth(i) for i in low for _ in range(3)]
    parts = {ids(i) // 256 for i in low}

    def measured():
        owners(b, heavy)
        seen = {p["first"] // 256 for p in b.json("load", "s") if p["rate"]}
        return len(seen & parts) > 0.95 * len(parts)
    wait_for(measured)
    at = b.json("split", "s", "from", "A", "to", "B", "by", "packets")["at"]
    above = sum(ids(i) >= at for i in low)
    tap.check(0.3 < above / len(low) < 0.7,
              f"split by packets halves the load: {above} of {len(low)} above {at}")
    b.close()


def merge(tap):
    b = Bench()
    m = Monitor(b)
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    every = range(FLOWS)
    before = owners(b, [forth(i) for i in every])
    want = before.count("B")
    done = b.json("merge", "s", "from", "B", "to", "A", "deadline", "1s")
    tap.check(done["exceptions"] == want, "a merge leaves B its flows as exceptions",
              done)
    tap.check(owners(b, [forth(i) for i in every]) == before,
              "and none of them moves")
    new = owners(b, [forth(i) for i in range(FLOWS, 2 * FLOWS)])
    tap.check(set(new) == {"A"}, "new flows all go to A")
    tap.check(m.wait("drain", instance="B", end="deadline"),
              "the deadline of the drain is said")
    busy = b.ctl("instance", "delete", "B", "service", "s", check=False)
    tap.check(busy.returncode == 1 and "live flows" in busy.stderr,
              "B cannot be removed while it has flows", busy)
    b.ctl("service", "set", "s", "timeout", "udp=1s")
    tap.check(m.wait("drain", instance="B", end="empty"),
              "the end of the drain is said")
    tap.check(b.ctl("instance", "delete", "B", "service", "s",
                    check=False).returncode == 0, "and then B can go")
    m.close()
    b.close()


def states(tap):
    b = Bench()
    b.ctl("range", "set", "s", "0-65535=A")
    owners(b, [forth(0)])
    b.ctl("instance", "set", "A", "service", "s", "state", "down")
    tap.check(lost(b, [forth(0)], "drop-down"),
              "an instance that is down gets nothing, and it is counted")
    b.ctl("instance", "set", "A", "service", "s", "state", "active")
    tap.check(owners(b, [forth(0)]) == ["A"], "and gets it again when it is up")
    no = b.ctl("instance", "set", "A", "service", "s", "state", "draining",
               check=False)
    tap.check(no.returncode == 1 and "merge" in no.stderr,
              "an instance with ranges cannot drain", no)
    b.ctl("instance", "delete", "A", "service", "s", "force")
    tap.check(lost(b, [forth(0), forth(1)], "drop-no-owner"),
              "after a forced removal its ranges are nobody's, and it is counted")
    b.ctl("range", "set", "s", "0-65535=B")
    tap.check(owners(b, [forth(0)]) == ["B"],
              "and another instance can have them")
    b.close()


def main():
    tap = Tap(35)
    seed()
    basics(tap)
    split(tap)
    policies(tap)
    by_load(tap)
    merge(tap)
    states(tap)
    tap.finish()


if __name__ == "__main__":
    main()
