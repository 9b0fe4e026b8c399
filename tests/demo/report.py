# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes build/demo/report.json of what the demo left, and judges it."""

import json
import math
import os
import re
import sys
import textwrap

CONVERGED = 10.0    # per cent: ETSI GS NFV-REL 002, A.1
# Chance is farther away once in 10,000.
Z_MAX = 3.89
# As far as the flows of the last look may be others than those at the split.
HALF = (45, 55)
FLOW_IDS = 65536
LIMITS = [
    ("flows_broken", "is 0", lambda v: v == 0),
    ("affinity_violations", "is 0", lambda v: v == 0),
    ("upstream_rules_max", "is at most 2048", lambda v: v <= 2048),
    ("detour_added_latency_us", "is under 10", lambda v: v < 10),
    ("split_share_pct", f"is {HALF[0]} to {HALF[1]}",
     lambda v: v is None or HALF[0] <= v <= HALF[1]),
    ("new_flows_z", f"is at most {Z_MAX} either way", lambda v: abs(v) <= Z_MAX),
]
# What clients of a VNF may see of a failure.
SEEN = ("resets", "lost", "contradictions")
COLUMNS = [("kills", "kills"), ("resets", "resets"), ("lost", "lost"),
           ("contradictions", "contradictions"), ("detect/ms", "detect_ms"),
           ("recover/ms", "recover_ms"), ("added/ms", "added_latency_ms"),
           ("stop/ms", "stop_ms"), ("epoch/ms", "epoch_ms")]


def words(out, name):
    with open(os.path.join(out, name), encoding="ascii") as file:
        return file.read().split()


def lines(out, name):
    with open(os.path.join(out, name), encoding="ascii") as file:
        return [line.split() for line in file]


def imbalance(rows):
    """Difference of the loads, in per cent of both."""
    a = sum(r[1] for r in rows)
    b = sum(r[2] for r in rows)
    return 100 * abs(a - b) / (a + b) if a + b else 100.0


def window(series, start, end):
    return [r for r in series if start <= r[0] < end]


def convergence(series, split, end):
    """Seconds from the split until five seconds' load is balanced."""
    for row in window(series, split, end):
        if imbalance(window(series, row[0], row[0] + 5)) < CONVERGED:
            return round(row[0] - split, 1)
    return None


def decisions(out):
    """What nfhad decided."""
    with open(os.path.join(out, "decisions"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [{"time": float(time), "cause": cause, "action": action,
             "instance": None if instance == "-" else instance}
            for time, action, instance, cause in rows]


def exceptions_at_split(made):
    """As nfhad says it of the first one."""
    split = next(d for d in made if d["action"] == "split")
    return int(re.search(r" (\d+) exceptions", split["cause"]).group(1))


def split_share(out, split, exceptions):
    """Of A's flows, how many are in the half that is given away, per cent."""
    flows = [[float(x) for x in row] for row in lines(out, "flows")]
    nearest = min(flows, key=lambda row: abs(row[0] - split))
    return round(100 * exceptions / (nearest[1] + nearest[2]), 2)


def copy_share(out):
    """Of all flow IDs, how many are the copy's after the split."""
    with open(os.path.join(out, "ranges"), encoding="ascii") as file:
        ranges = json.load(file)[0]["ranges"]
    return sum(r["last"] - r["first"] + 1 for r in ranges
               if r["instance"] == "A2") / FLOW_IDS


def new_flows(series, split, end, share):
    """
    Where flows went that began after the split. Each is at the copy with a
    probability of @share, whatever became of the others.
    """
    begun = [r for r in series if split <= r[0] <= end - 0.5]
    n = sum(r[4] + r[5] for r in begun)
    at_copy = sum(r[5] for r in begun)
    deviation = math.sqrt(n * share * (1 - share))
    return {
        "new_flows": round(n),
        "new_flows_share_pct": round(100 * at_copy / n, 2),
        "new_flows_expected_pct": round(100 * share, 2),
        "new_flows_z": round((at_copy - n * share) / deviation, 2),
    }


def make(out):
    series = [[float(x) for x in row] for row in lines(out, "series")]
    marks = {row[1]: float(row[0]) for row in lines(out, "marks")}
    latency = {row[0]: int(row[1]) for row in lines(out, "latency")}
    source = words(out, "source")
    observer = words(out, "observer.status")
    one = {name: words(out, name)[0] for name in
           ("exceptions_at_push", "upstream_rules_max", "scale_factor",
            "kernel", "seed")}
    made = decisions(out)
    exceptions = exceptions_at_split(made)
    end = marks.get("drain", series[-1][0])
    settled = window(series, marks.get("push", marks["split"]) + 2, end)
    report = {
        "flows_total": int(source[0]),
        "flows_broken": int(source[1]),
        "affinity_violations": int(observer[3]),
        "imbalance_pct": round(imbalance(settled), 2),
        "convergence_s": convergence(series, marks["split"], end),
        # There and back the packet takes the detour: half is for one way.
        "detour_added_latency_us":
            round((latency["detour"] - latency["direct"]) / 2000, 2),
        "exceptions_at_split": exceptions,
        "exceptions_at_push": int(one["exceptions_at_push"]),
        "upstream_rules_max": int(one["upstream_rules_max"]),
        "scale_factor": float(one["scale_factor"]),
        "kernel": one["kernel"],
        "seed": int(one["seed"]),
        "udp_records_sent_again": int(source[2]),
        "observer_drops": int(observer[4]),
        # Without exceptions flows that have moved are not counted.
        "split_share_pct": split_share(out, marks["split"], exceptions)
                           if exceptions else None,
        **new_flows(series, marks["split"], end, copy_share(out)),
        "decisions": made,
    }
    if os.path.exists(os.path.join(out, "failover.json")):
        report["failover"] = failover(out)
    return report


def failover(out):
    """What clients of VNFs that were killed have seen, by VNF and protection."""
    with open(os.path.join(out, "failover.json"), encoding="ascii") as file:
        vnfs = json.load(file)
    for modes in vnfs.values():
        for row in modes.values():
            row["added_latency_ms"] = added(row, modes.get("none"))
    return vnfs


def added(row, reference):
    """Above the one without protection."""
    if not reference or row is reference:
        return {"p50": None, "p99": None}
    return {p: round(late - reference["latency_ms"][p], 3)
            for p, late in row["latency_ms"].items()}


def failover_missed(vnfs):
    """Nothing is to be seen of a failure, but without protection all of it is."""
    missed = []
    for vnf, modes in vnfs.items():
        row = modes["buffer"]
        missed += [f"{vnf}, buffer: {what} is {row[what]}, but the aim is 0"
                   for what in SEEN if row[what]]
        if not row["kills"] or row["recovered"] != row["kills"]:
            missed.append(f"{vnf}, buffer: it came back after {row['recovered']} of "
                          f"{row['kills']} kills")
        row = modes.get("none")
        missed += [f"{vnf}, none: {what} is 0, so the control shows nothing"
                   for what in SEEN if row and not row[what]]
    return missed


def cell(value):
    """A figure, or the middle and the end of several."""
    if isinstance(value, dict):
        return "-" if value["p50"] is None else f"{value['p50']:.1f} {value['p99']:.1f}"
    return "-" if value is None else str(value)


def failover_print(vnfs):
    table = [["failover"] + [head for head, _ in COLUMNS]]
    table += [[f"{vnf}, {mode}"] + [cell(row[key]) for _, key in COLUMNS]
              for vnf, modes in vnfs.items() for mode, row in modes.items()]
    first, *others = [max(map(len, column)) for column in zip(*table)]
    for name, *cells in table:
        print(f"{name:{first}}" + "".join(f"{text:>{width + 1}}"
                                          for text, width in zip(cells, others)))
    print("Of two figures the first is the median; 99 of 100 are not above the second.")
    if any("checkpoint" in modes for modes in vnfs.values()):
        print("With checkpoints only, connections of redis do not go on: recover/ms is the "
              "five seconds\nafter which its clients give up and connect anew.")
    print()


def main():
    out = sys.argv[1]
    report = make(out)
    with open(os.path.join(out, "report.json"), "w", encoding="ascii") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
    print()
    for name, value in report.items():
        if name not in ("failover", "decisions"):
            print(f"{name:26} {value}")
    print("decisions")
    for d in report["decisions"]:
        print(textwrap.fill(f"{d['time']:9.2f} s  {d['action']:9} {d['instance'] or 'fw':3} "
                            f"{d['cause']}", 79, subsequent_indent=" " * 26))
    print()
    if "failover" in report:
        failover_print(report["failover"])
    missed = [f"{name} is {report[name]}, but the aim {text}"
              for name, text, good in LIMITS if not good(report[name])]
    if report["observer_drops"]:
        missed.append("the observer has lost packets, so it cannot judge")
    missed += failover_missed(report.get("failover", {}))
    for text in missed:
        print(f"MISSED: {text}")
    if not missed:
        print("All aims are met.")
    plots = [f"{out}/{name}.png" for name in ("load", "latency", "failover")]
    print("Plots:", *filter(os.path.exists, plots))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
