# SPDX-License-Identifier: GPL-2.0-or-later
"""
Mangled packets through the module in all its roles: each comes out once, as it was, where
it may come out, or is counted as dropped; and good flows do not notice.

Each frame has a number of its own in its source address, which nothing changes.
NFHA_OPERATIONS is how many frames there are in all.
"""

import contextlib
import random
import struct

import gso
from bench import Bench, Tap, flow_id, seed, setting, wait_for
from frames import generated
from mangle import captured, mangled, truncations
from recovery import C, Recovery, S, Sender, decode, packet

OPERATIONS = setting("NFHA_OPERATIONS", 4000)
AT_ONCE = 150
MARK = b"\x02\x4d"
SEEDS = []
GOOD = 3
# So many packets at least a good flow has.
LEAST = 50
# In a piece that is not longer a checksum may be among the last bytes.
SHORT = 100


class Observer:
    """Knows what was sent, and judges what comes."""

    def __init__(self, bench, exact=True):
        self.b = bench
        self.exact = exact
        self.sent, self.seen = {}, {}
        self.wrong = []
        self.good = []
        self.refused = 0

    def outlets(self, name):
        """Where a frame from there may come out."""
        if "-" in name:
            return (name.split("-")[1],)
        return tuple(n for n in self.b.sockets if n.endswith("-" + name))

    def send(self, name, frame, header=b""):
        number = len(self.sent)
        frame = frame[:6] + MARK + struct.pack("!I", number) + frame[12:]
        try:
            self.b.send(name, header + frame)
        except OSError:
            self.refused += 1
            return
        self.sent[number] = (name, frame)

    def judge(self, where, frame):
        number = struct.unpack_from("!I", frame, 8)[0] if len(frame) >= 14 else -1
        if frame[6:8] != MARK or number not in self.sent:
            # Others' flows; their own test looks at them.
            what = decode(frame)
            self.good += [(where, what)] if what else []
            return
        name, was = self.sent[number]
        self.seen[number] = self.seen.get(number, 0) + 1
        if where not in self.outlets(name):
            self.wrong.append(f"{number} from {name} came out at {where}")
        elif self.exact and frame != was:
            self.wrong.append(f"{number} was {was.hex()} and is {frame.hex()}")
        elif self.exact and self.seen[number] > 1:
            self.wrong.append(f"{number} came {self.seen[number]} times")
        elif not self.exact and len(frame) > SHORT and frame[-8:] not in was:
            self.wrong.append(f"{number} is no part of what it was")

    def receive(self, seconds=0.05):
        for where, frame in self.b.receive(seconds, want=AT_ONCE):
            self.judge(where, frame)

    def settle(self, done, seconds=20):
        """Until done() is so, and nothing comes any more."""
        def look():
            self.receive()
            return done()
        good = wait_for(look, seconds)
        self.receive(0.2)
        return good


class Accounts:
    """What the module says of packets, to be compared with what others have seen."""

    def __init__(self, bench):
        self.b = bench
        self.before = self.read()

    def read(self):
        objects = self.b.json("service", "show", "s") + self.b.json("instance", "show", "s")
        stats = self.b.json("stats", "s")[0]
        ports = [port for o in objects for port in o["ports"]]
        return {"in": sum(p["rx_packets"] for p in ports),
                "out": sum(p["tx_packets"] for p in ports),
                "malformed": stats["drop-malformed"],
                "lost": sum(n for name, n in stats.items() if name.startswith("drop-"))}

    def since(self):
        now = self.read()
        return {name: now[name] - self.before[name] for name in now}

    def agree(self):
        """All that came in went out or was dropped."""
        n = self.since()
        return n["in"] == n["out"] + n["lost"]


def good_flow(want):
    """A flow of Sender's that is A's by range, or B's."""
    return next(f for f in range(GOOD, 999)
                if (flow_id(C, 1000 + f, S, 53, 17) < 32768) == (want == "A"))


def flood(observer, names, frames, between=lambda: None):
    """All of them, by turns; what comes is taken as one goes."""
    for start in range(0, len(frames), AT_ONCE):
        for n, frame in enumerate(frames[start:start + AT_ONCE]):
            observer.send(names[n % len(names)], frame)
        between()
        observer.receive(0)


def is_tagged(frame):
    return frame[12:14] in (b"\x81\x00", b"\x88\xa8")


def judged(tap, name, observer, accounts, before=0):
    """The checks that all have in common; @before were sent and belong to others."""
    settled = observer.settle(accounts.agree)
    n = accounts.since()
    sent = len(observer.sent) + before
    tap.check(not observer.wrong, f"{name}: what comes out is as it was, once, and there "
              f"where it may", "\n".join(observer.wrong[:5]))
    # The kernel itself takes outer tags off, and drops what is too short for one.
    tagged = sum(is_tagged(f) for _, f in observer.sent.values())
    tap.check(settled and sent - tagged <= n["in"] <= sent and
              n["out"] == len(observer.seen) + before,
              f"{name}: all else is counted as dropped",
              (n, sent, tagged, len(observer.seen), before))
    tap.check(n["malformed"] > len(observer.sent) / 50 and
              len(observer.seen) > len(observer.sent) / 10,
              f"{name}: there was some of both (control)", (n, len(observer.seen)))


def good_ones(tap, name, observer, senders, wants):
    """Everything, in order, at its owner."""
    wait_for(lambda: all(s.sent >= LEAST for s in senders))
    sent = [s.stop() for s in senders]
    observer.settle(lambda: len(observer.good) >= sum(sent))
    for sender, total, want in zip(senders, sent, wants):
        got = [what[1] for where, what in observer.good
               if what[0] == sender.flow and where == want]
        tap.check(got == list(range(1, total + 1)) and total >= LEAST,
                  f"{name}: a good flow of {want} has lost nothing", (total, len(got)))
    return sum(sent)


def steered(tap, operations):
    """Both sides, and what instances send, with exceptions in the table."""
    b = Bench(extra="learn on timeout fragment=1s")
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    old, new = good_flow("A"), good_flow("B")
    b.where("left", packet(old, 0))
    b.ctl("range", "set", "s", "0-65535=B")
    observer, accounts = Observer(b), Accounts(b)
    senders = [Sender(b, "left", old), Sender(b, "left", new)]
    few = random.sample(SEEDS, max(1, operations // 400))
    frames = [mangled(SEEDS) for _ in range(operations)] + truncations(few)
    flood(observer, ["left", "right", "left", "A-left", "right", "B-right"], frames)
    good = good_ones(tap, "two-armed", observer, senders, ("A-left", "B-left"))
    tap.check(b.service()["exceptions"] == 1, "two-armed: the exception is one still",
              b.service())
    judged(tap, "two-armed", observer, accounts, good)
    b.close()


def one_armed(tap, operations):
    b = Bench(one_armed=True, extra="timeout fragment=1s")
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    observer, accounts = Observer(b), Accounts(b)
    flow = good_flow("B")
    senders = [Sender(b, "left", flow)]
    flood(observer, ["left", "A-left", "left", "B-left"],
          [mangled(SEEDS) for _ in range(operations)])
    good = good_ones(tap, "one-armed", observer, senders, ("B-left",))
    judged(tap, "one-armed", observer, accounts, good)
    b.close()


def recovered(tap, operations):
    """Input waits at plugs, output for commits; then the log is replayed."""
    r = Recovery("buffer", extra="timeout fragment=1s")
    observer, accounts = Observer(r.b), Accounts(r.b)
    senders = [Sender(r.b, "left", good_flow("A"))]
    epochs = [0]

    def checkpoint():
        r.epoch("begin")
        flood(observer, ["left"], [mangled(SEEDS) for _ in range(10)])
        r.commit(r.epoch("cut"))
        epochs[0] += 1

    flood(observer, ["left", "right", "A-left", "A-right"],
          [mangled(SEEDS) for _ in range(operations)], checkpoint)
    good = good_ones(tap, "buffered", observer, senders, ("A-left",))
    r.commit(r.checkpoint())
    judged(tap, "buffered", observer, accounts, good)
    tap.check(epochs[0] > 2, "buffered: epochs were cut and committed meanwhile", epochs)

    first = len(observer.sent)
    flood(observer, ["left", "right"], [mangled(SEEDS) for _ in range(operations // 4)])
    observer.settle(accounts.agree)
    delivered = {n for n in observer.seen if n >= first}
    observer.seen = {}
    # Of what was sent before the last cut nothing is replayed.
    r.failover("to", "B")
    observer.settle(lambda: set(observer.seen) >= delivered)
    tap.check(set(observer.seen) == delivered and not observer.wrong,
              "replayed: what A has had since the cut, and nothing else, as it was",
              (len(observer.seen), len(delivered), observer.wrong[:3]))
    r.close()


def lying_header():
    """What a sender says of a packet that is to be cut into several."""
    return gso.Header(random.choice((0, 1, 1, 2, 3)),
                      random.choice((0, 1, 3, 4, 5, 0x81, 0x84, random.randrange(256))),
                      random.choice((0, 14, 54, 74, 66, 1000, random.randrange(1 << 16))),
                      random.choice((0, 8, 500, 1400, 0xffff)),
                      random.choice((0, 14, 34, 54, 1500, random.randrange(1 << 16))),
                      random.choice((0, 6, 16, 2000)))


def lying_gso(operations):
    """(header, frame), half of them mangled, half of them sound but for the header."""
    for n in range(operations):
        data = random.randbytes(random.choice((0, 10, 3000, 20000)))
        header, frame = gso.gso(1000 + n % 50, data, random.choice((8, 500, 1400)),
                                bool(n % 2))
        if n % 3:
            header = lying_header()
        if n % 4 == 0:
            frame = mangled([frame[:1500]]) if n % 8 else frame
        yield struct.pack(gso.FORMAT, *header), frame


def segmented(tap, operations):
    b = Bench(extra="timeout fragment=1s")
    b.ctl("range", "set", "s", "0-65535=A")
    observer, accounts = Observer(b, exact=False), Accounts(b)
    for name in ("left", "right"):
        gso.vnet(b, name)
    for n, (header, frame) in enumerate(lying_gso(operations)):
        observer.send(("left", "right")[n % 2], frame, header)
        if n % 20 == 19:
            observer.receive(0)
    settled = observer.settle(accounts.agree)
    tap.check(settled, "GSO: all that came in went out or was counted as dropped",
              accounts.since())
    tap.check(not observer.wrong, "GSO: what comes out is what it was, or a piece of it",
              "\n".join(observer.wrong[:5]))
    tap.check(len(observer.seen) > operations / 20 and observer.refused,
              "GSO: some are refused at once, and some pass (control)",
              (observer.refused, len(observer.seen)))
    data = random.randbytes(30000)
    sound = gso.gso(999, data, 1400)
    gso.vnet(b, "A-left")
    tap.check(gso.joined(gso.arrives(b, sound)) == data, "GSO: a sound one passes after that")
    b.close()


def blind(tap):
    """An observer that has an altered packet and a packet twice before its eyes."""
    b = Bench(instances=("A",))
    b.ctl("range", "set", "s", "0-65535=A")
    observer = Observer(b)
    for _ in range(2):
        observer.send("left", packet(1, 1))
    observer.sent[1] = (observer.sent[1][0], observer.sent[1][1] + b"x")
    observer.settle(lambda: len(observer.seen) == 2)
    observer.judge("A-left", observer.sent[0][1])
    observer.judge("left", observer.sent[0][1])
    with contextlib.suppress(IndexError):
        tap.check("and is" in observer.wrong[0] and "2 times" in observer.wrong[1] and
                  "came out at left" in observer.wrong[2],
                  "what is altered, comes twice or elsewhere is seen (control)", observer.wrong)
    b.close()


def main():
    tap = Tap(21)
    seed()
    SEEDS.extend(generated() + captured())
    blind(tap)
    steered(tap, OPERATIONS * 2 // 5)
    one_armed(tap, OPERATIONS // 5)
    recovered(tap, OPERATIONS // 5)
    segmented(tap, OPERATIONS // 10)
    tap.finish()


if __name__ == "__main__":
    main()
