# SPDX-License-Identifier: GPL-2.0-or-later
"""
How long a failure lasts, as the world outside sees it. Nothing is asserted: figures
are of use in virtual time only, where a nanosecond is an instruction. All times are of
packets, as the kernel stamps them when they pass a device.

    scripts/vm --module --virtual-time --timeout 3000 -- tests/bench/recovery

fenced    the kernel has told that the master is fenced
handled   the backup has sent its first packet
outside   that packet has left: with mode buffer a checkpoint has to cover it first

Each from the kill. NFHA_ROUNDS are the kills of each row, NFHA_SEED chooses their
instants.
"""

import os
import re
import socket
import struct
import sys
import time

from bench import PACKET_OUTGOING, SO_RCVBUFFORCE, TOP, run, seed, setting, wait_for
from rollback import SEQUENCER, Killer, Rig, Witness, percentile

KILLS = setting("NFHA_ROUNDS", 50)
MEGABYTES = 64
ROWS = [(mode, scheme) for mode in ("checkpoint", "buffer")
        for scheme in ("cold", "standby")]
RATE = 1000
# One CPU has all to do, and a checkpoint of this size is work.
INTERVAL = "1s"
SO_TIMESTAMPNS = 35
# Ethernet, IPv4 and UDP before the stamp of tests/vnf/stamp.h.
STAMP_AT, MAGIC = 14 + 20 + 8, 0x6e666861736571
GENL_CMD_AT = 16


def clock_ns():
    """The one that packets are stamped with."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME)


def command(name):
    """Its number in the netlink contract."""
    path = os.path.join(TOP, "include/uapi/linux/nfha.h")
    with open(path, encoding="ascii") as file:
        commands = re.search(r"NFHA_CMD_SERVICE_NEW = 1,.*?__NFHA_CMD_MAX",
                             file.read(), re.S).group()
    return re.findall(r"NFHA_CMD_\w+", commands).index(name) + 1


class Tap:
    """What passes a device, with the time when it did."""

    def __init__(self, namespace, dev):
        with namespace.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                        socket.htons(3))
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
            self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self.socket.bind((dev, 0))
        self.socket.setblocking(False)

    def read(self):
        """[(time, direction, bytes)] since the last time."""
        got = []
        while True:
            try:
                data, ancillary, _, address = self.socket.recvmsg(512, 64)
            except BlockingIOError:
                return got
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            got.append((seconds * 10**9 + nanoseconds, address[2], data))

    def stamps(self):
        """[(time, stamp)] of packets of the witness that came in there."""
        found = [(at, data[STAMP_AT:]) for at, way, data in self.read()
                 if way != PACKET_OUTGOING]
        return [(at, stamp) for at, stamp in found
                if stamp[:8] == struct.pack("Q", MAGIC)]

    def close(self):
        self.socket.close()


class Observer:
    """Taps at the VNFs' ports, at the ends, and on what the kernel tells."""

    def __init__(self, rig):
        run("modprobe", "nlmon")
        run("ip", "-n", rig.host.name, "link", "add", "told", "type", "nlmon")
        run("ip", "-n", rig.host.name, "link", "set", "told", "up")
        self.told = Tap(rig.host, "told")
        self.ports = {name: [Tap(rig.host, f"v{name}{side[0]}") for side in rig.sides]
                      for name in rig.places}
        self.ends = [Tap(namespace, side) for side, namespace in rig.ends.items()]
        self.fenced = command("NFHA_CMD_FENCED_NTF")
        self.service = rig.service.encode() + b"\0"

    def forget(self):
        """What has been before now."""
        for tap in [self.told, *self.ends, *sum(self.ports.values(), [])]:
            tap.read()

    def fence_after(self, kill):
        return min((at for at, _, data in self.told.read()
                    if at > kill and data[GENL_CMD_AT] == self.fenced and
                    self.service in data), default=None)

    def look(self, kill, dead):
        """(fenced, handled, outside) in milliseconds after the kill."""
        first = min(((at, stamp) for name, taps in self.ports.items() if name != dead
                     for tap in taps for at, stamp in tap.stamps() if at > kill),
                    default=(None, None))
        outside = min((at for tap in self.ends for at, stamp in tap.stamps()
                       if stamp == first[1]), default=None)
        for tap in self.ports[dead]:
            tap.read()
        times = self.fence_after(kill), first[0], outside
        return None if None in times else tuple((t - kill) / 1e6 for t in times)

    def close(self):
        for tap in [self.told, *self.ends, *sum(self.ports.values(), [])]:
            tap.close()


def is_settled(rig, kills):
    """
    Has the last of so many backups checkpoints of its own, and is there nothing more
    to clean? With scheme standby, a checkpoint counts when a backup has it loaded.
    """
    instances = rig.json("instance", "show", rig.service)
    return len(rig.daemon.said("has taken over")) >= kills and \
        rig.epoch(rig.active())["committed"] > 1 and \
        sum("standby" in i["state"] for i in instances) == len(instances) - 1


def kill_once(rig, killer, observer, kills):
    """Times of one kill, when all is as it was again; None if it never is."""
    observer.forget()
    if not killer.kill("any"):
        return None
    # Whoever looks on the only CPU is in the way of those who work.
    time.sleep(0.5)
    if not wait_for(lambda: is_settled(rig, kills), 60):
        return None
    kill = killer.kills[-1]
    times = observer.look(kill["at"] + clock_ns() - time.monotonic_ns(), kill["place"])
    print(f"# kill {kills}: {times}", file=sys.stderr, flush=True)
    return times


def measure(mode, scheme):
    """A kill, then as long as it takes until all is as it was."""
    rig = Rig(mode, "ABC", command=[SEQUENCER, "-m", str(MEGABYTES), "left", "right"],
              scheme=scheme, interval=INTERVAL)
    if not rig.start():
        sys.exit(rig.daemon.log())
    observer = Observer(rig)
    killer = Killer(rig, "sequencer")
    killer.measure()
    witness = Witness(rig, rate=RATE)
    times = []
    for n in range(KILLS):
        times.append(kill_once(rig, killer, observer, n + 1))
        if not times[-1]:
            sys.exit(rig.daemon.log())
    verdict = witness.verdict()
    observer.close()
    rig.close()
    return times, killer.period, verdict


def row(mode, scheme, times, period, verdict):
    """Of the table."""
    cells = [f"{mode:10}", f"{scheme:8}"]
    for values in zip(*times):
        values = sorted(values)
        cells.append(" ".join(f"{v:6.1f}" for v in (
            percentile(values, 50), percentile(values, 99), values[-1])))
    cells += [f"{len(times):5}", f"{period * 1000:6.0f}",
              f"{verdict['latency_p50_ns'] / 1e6:6.1f} "
              f"{verdict['latency_p99_ns'] / 1e6:7.1f}",
              f"{verdict['contradictions']:5}"]
    return " | ".join(cells)


HEAD = " | ".join([
    "mode      ", "scheme  ",
    *(f"{what:7}  p99    max" for what in ("fenced", "handled", "outside")),
    "kills", "period", "  latency  p99", "contr"])


def main():
    seed()
    print(f"# a VNF of {MEGABYTES} MB, {RATE} packets each second; milliseconds, the "
          "median first")
    print(HEAD, flush=True)
    for mode, scheme in ROWS:
        print(row(mode, scheme, *measure(mode, scheme)), flush=True)


if __name__ == "__main__":
    main()
