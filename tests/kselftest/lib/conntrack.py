# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the driver for connection tracking saves and loads, judged by the ends of the
connections and by another tool that looks at both firewalls.
"""

import os
import socket

from bench import Tap, run, seed, wait_for
from ctworld import (CLIENT, PINGS, PUBLIC, RULES, SERVER, UDPS, Drive, Network,
                     World, dial, differences, expectations, rules, sysctl, table)

MANY = 300


class Test:
    def __init__(self, tap):
        self.tap = tap
        self.network = Network()
        self.world = World(self.network)
        self.a, self.b = (self.network.firewalls[name] for name in "AB")
        with self.a.inside():
            run("nft", "-f", "-", text=RULES)
        for namespace in (self.a, self.b):
            sysctl(namespace, netfilter__nf_conntrack_events=1,
                   netfilter__nf_conntrack_tcp_loose=0,
                   netfilter__nf_conntrack_tcp_be_liberal=0)
        self.network.plug("A")
        self.where = f"/tmp/nfha-conntrack-{os.getpid()}"
        os.mkdir(self.where, 0o700)
        self.images = 0
        self.drive = Drive("conntrack")

    def image(self):
        self.images += 1
        return f"{self.where}/{self.images}"

    def save(self, namespace):
        path = self.image()
        return path, self.drive("save", namespace.name, path)

    def fail_over(self, source, target, loaded=True):
        """The path goes from one to the other; nothing passes meanwhile."""
        path, saved = self.save(source)
        self.network.plug(None)
        got = None
        if loaded:
            got = self.drive("load", target.name, path)
        self.network.plug("A" if target is self.a else "B")
        return saved, got

    def close(self):
        self.drive.close()
        self.network.remove()
        run("rm", "-rf", self.where)


def opened(t):
    w, tap = t.world, t.tap
    early = w.streams(MANY // 3)
    # Before anybody listens.
    tap.check(len(w.talk(early)) == len(early), "connections go through A")
    tap.check(t.drive("attach", t.a.name)[0] == 0, "it can be protected", t.drive.said())
    path, saved = t.save(t.a)
    tap.check(saved[0] == 0 and saved[2:] == (0, 1),
              "a checkpoint does not stop its input, and cuts once",
              (saved, t.drive.said()))
    streams = early + w.streams(MANY - len(early))
    w.open_datagrams()
    tap.check(len(w.talk(streams)) == MANY and w.datagrams() == UDPS and
              w.echoes() == PINGS, f"{MANY} connections, UDP and echoes go through A")
    gone = streams[:20]
    for s in gone:
        s.close()
    return streams[20:], path


def compared(t, first):
    """Nothing moves while somebody else looks at both."""
    w, tap = t.world, t.tap
    control, lines = w.ftp_connect()
    helped = "227" in w.ftp_say(control, lines, "PASV")
    # A connection that waits for an acknowledgement stays for minutes only.
    wait_for(lambda: not any(t < 1000 for key, t in table(t.a)[1].items()
                             if "<dport>21<" in key))
    path, saved = t.save(t.a)
    tap.check(saved[0] == 0, "the next checkpoint", (saved, t.drive.said()))
    same = os.stat(f"{first}/connections.base").st_ino == \
        os.stat(f"{path}/connections.base").st_ino
    tap.check(same and os.stat(f"{path}/connections.delta").st_size > 0,
              "writes what has changed, and has the rest in common with the first")
    loaded = t.drive("load", t.b.name, path)
    tap.check(loaded[0] == 0, "is loaded in B", (loaded, t.drive.said()))
    number, wrong, late = differences(t.a, t.b)
    tap.check(number >= MANY and not wrong,
              f"{number} connections are the same there, field by field", wrong[:5])
    tap.check(not late, "and stay as long", late[:5])
    tap.check(helped and expectations(t.a) and
              expectations(t.a) == expectations(t.b),
              "and so are expectations", (expectations(t.a), expectations(t.b)))
    tap.check(rules(t.a) == rules(t.b), "and rules", (rules(t.a), rules(t.b)))
    control.close()


def moved(t, streams):
    w, tap = t.world, t.tap
    # A connection can expect one other at a time.
    passive_control, lines = w.ftp_connect()
    w.ftp_say(passive_control, lines, "PASV")
    passive = w.passive.getsockname()
    control, lines = w.ftp_connect()
    with t.network.client.inside():
        active = socket.create_server((CLIENT, 0))
    port = active.getsockname()[1]
    w.ftp_say(control, lines, f"PORT {CLIENT.replace('.', ',')},{port >> 8},{port & 255}")
    translated = w.active
    w.talk(streams, 1, 0.3)
    saved, loaded = t.fail_over(t.a, t.b)
    tap.check(saved[0] == 0 and loaded[0] == 0, "A fails while all talk",
              (saved, loaded, t.drive.said()))
    alive = w.talk(streams, 2)
    tap.check(len(alive) == len(streams),
              f"{len(streams)} connections go on through B",
              f"{len(alive)} do")
    tap.check(w.both_ways(streams), "and every byte has arrived, in both directions")
    tap.check(w.datagrams() == UDPS and
              all(len(seen) == 1 for seen in w.udp_seen.values()),
              "UDP goes on from the same ports", w.udp_seen)
    tap.check(w.echoes() == PINGS, "echoes come back")
    tap.check(translated[0] == PUBLIC and
              "NOOP" in w.ftp_say(control, lines, "NOOP"),
              "a stream whose length was changed goes on", (translated, lines))
    tap.check(not dial(t.network.client, (SERVER, passive[1] ^ 1), 1) and
              dial(t.network.client, passive),
              "what A expected is let in by B, and nothing else")
    tap.check(dial(t.network.server, translated) and w.accepts(active),
              "and translated", translated)
    control.close()
    passive_control.close()


def back(t, streams):
    """B is protected now, and A takes over."""
    w, tap = t.world, t.tap
    t.drive("detach", t.a.name)
    tap.check(t.drive("unload", t.a.name)[0] == 0 and table(t.a)[0] == {} and
              rules(t.a) == "", "nothing is left in A", t.drive.said())
    tap.check(t.drive("attach", t.b.name)[0] == 0, "B is protected", t.drive.said())
    more = w.streams(20)
    saved, loaded = t.fail_over(t.b, t.a)
    tap.check(saved[0] == 0 and loaded[0] == 0, "and fails",
              (saved, loaded, t.drive.said()))
    alive = w.talk(streams + more, 2)
    tap.check(len(alive) == len(streams) + 20 and w.both_ways(streams + more),
              "connections of A's and of its own go on in A",
              f"{len(alive)} of {len(streams) + 20}")
    t.drive("detach", t.b.name)
    return streams + more


def lost(t, streams):
    """Events are lost, since nobody reads them."""
    w, tap = t.world, t.tap
    small = Drive("conntrack", DRIVE_RECEIVE_BUFFER="65536")
    t.drive, big = small, t.drive
    t.drive("attach", t.a.name)
    t.save(t.a)
    small("pause", t.a.name)
    with t.network.client.inside():
        flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for number in range(1000):
            flood.sendto(b"x", (SERVER, 6000 + number))
    new = w.streams(20)
    t.drive("unload", t.b.name)
    path, saved = t.save(t.a)
    said = t.drive.said()
    loaded = t.drive("load", t.b.name, path)
    number, wrong, _ = differences(t.a, t.b)
    tap.check("events of connections were lost" in said and saved[0] == 0 and
              loaded[0] == 0 and not wrong and number > 1000,
              f"{number} connections are the same after events were lost",
              (saved, loaded, said, wrong[:3]))
    t.drive("detach", t.a.name)
    t.drive, _ = big, small.close()
    return streams + new


# Of each: what `conntrack -I` takes. Zone and status are in their names.
KINDS = {
    "TCP with both ends translated": "-p tcp -s 10.0.0.9 -d 192.0.2.99 --sport 1000 "
    "--dport 80 --src-nat 192.0.2.10:2000 --dst-nat 192.0.2.98:8080 --state "
    "ESTABLISHED -u ASSURED,SEEN_REPLY -t 5000 --mark 0x77",
    "TCP half open": "-p tcp -s 10.0.0.9 -d 192.0.2.99 --sport 1001 --dport 80 "
    "--state SYN_SENT -u UNSET -t 100",
    "TCP half closed, of a zone": "-p tcp -s 10.0.0.9 -d 192.0.2.99 --sport 1000 "
    "--dport 80 --state CLOSE_WAIT -u SEEN_REPLY -t 50 -w 5",
    "UDP, of a zone of one direction": "-p udp -s 10.0.0.9 -d 192.0.2.99 --sport 1000 "
    "--dport 53 -t 100 --orig-zone 6",
    "UDP, of a zone of the other": "-p udp -s 10.0.0.9 -d 192.0.2.99 --sport 1002 "
    "--dport 53 -t 100 --reply-zone 7",
    "UDP with a fixed timeout": "-p udp -s 10.0.0.9 -d 192.0.2.99 --sport 1003 "
    "--dport 53 -t 9000 -u FIXED_TIMEOUT,SEEN_REPLY",
    "TCP over IPv6, translated": "-p tcp -s 2001:db8::9 -d 2001:db8:1::1 "
    "--sport 1000 --dport 80 --src-nat 2001:db8:2::2 --state ESTABLISHED "
    "-u ASSURED,SEEN_REPLY -t 5000",
    "ICMP": "-p icmp -s 10.0.0.9 -d 192.0.2.99 --icmp-type 8 --icmp-code 0 "
    "--icmp-id 77 -t 100",
    "ICMPv6": "-p icmpv6 -s 2001:db8::9 -d 2001:db8:1::1 --icmpv6-type 128 "
    "--icmpv6-code 0 --icmpv6-id 78 -t 100",
    "SCTP": "-p sctp -s 10.0.0.9 -d 192.0.2.99 --sport 1000 --dport 2905 --state "
    "ESTABLISHED --orig-vtag 1 --reply-vtag 2 -u ASSURED,SEEN_REPLY -t 5000",
    "GRE": "-p gre -s 10.0.0.9 -d 192.0.2.99 --srckey 5 --dstkey 6 -t 500",
    "another protocol": "-p 50 -s 10.0.0.9 -d 192.0.2.99 -t 500",
}


def kinds(t):
    """One of each, as another tool makes them."""
    tap = t.tap
    t.drive("unload", t.b.name)
    t.drive("attach", t.a.name)
    t.save(t.a)
    refused_by = []
    with t.a.inside():
        before = int(run("conntrack", "-C").stdout)
        for name, words in KINDS.items():
            done = run("conntrack", "-I", *words.split(), check=False)
            if done.returncode:
                refused_by.append((name, done.stderr))
        made = int(run("conntrack", "-C").stdout) - before
    tap.check(not refused_by and made == len(KINDS), "one of each kind is made",
              (made, refused_by))
    path, saved = t.save(t.a)
    loaded = t.drive("load", t.b.name, path)
    number, wrong, late = differences(t.a, t.b)
    six = sum("ipv6" in key for key in table(t.b)[0])
    tap.check(saved[0] == 0 and loaded[0] == 0 and number > len(KINDS) and
              six == 2 and not wrong and not late,
              "connections of each kind are the same: " + ", ".join(KINDS),
              (saved, loaded, six, t.drive.said(), wrong, late))
    with t.a.inside():
        run("conntrack", "-D", "-p", "gre")
        run("conntrack", "-D", "-s", "10.0.0.9", "-p", "udp", "--dport", "53")
    path, _ = t.save(t.a)
    loaded = t.drive("load", t.b.name, path)
    left, wrong, _ = differences(t.a, t.b)
    tap.check(loaded[0] == 0 and left <= number - 4 and not wrong,
              f"{number - left} that have ended are not there", wrong)
    t.drive("detach", t.a.name)


def refused(t):
    """What is not an image leaves no trace."""
    tap = t.tap
    t.drive("attach", t.a.name)
    path, _ = t.save(t.a)
    t.drive("unload", t.b.name)
    with t.b.inside():
        run("nft", "add", "table", "inet", "stays")
    before = rules(t.b)
    good = {}
    for name in os.listdir(path):
        with open(f"{path}/{name}", "rb") as file:
            good[name] = file.read()
    bad = {
        "cut": {"connections.base": good["connections.base"][:-4]},
        "longer": {"connections.delta": good["connections.delta"] + b"1234"},
        "empty": {"connections.base": b""},
        "foreign": {"connections.delta": b"#!/bin/sh\n" * 20},
        "mixed": {"connections.delta": good["connections.delta"][:16] +
                  bytes(8) + good["connections.delta"][24:]},
    }
    for what, files in bad.items():
        where = t.image()
        os.mkdir(where)
        for name, data in (good | files).items():
            with open(f"{where}/{name}", "wb") as file:
                file.write(data)
        got = t.drive("load", t.b.name, where)
        tap.check(got[0] < 0 and rules(t.b) == before and table(t.b)[0] == {},
                  f"an image that is {what} is refused, and nothing changes", got)
    where = t.image()
    os.mkdir(where)
    for name, data in good.items():
        with open(f"{where}/{name}", "wb") as file:
            file.write(b"table inet {" if name == "ruleset.nft" else data)
    got = t.drive("load", t.b.name, where)
    tap.check(got[0] < 0 and table(t.b)[0] == {} and rules(t.b) == "",
              "a ruleset that is none leaves nothing half loaded", got)
    t.drive("detach", t.a.name)
    sysctl(t.b, netfilter__nf_conntrack_events=0)
    got = t.drive("attach", t.b.name)
    tap.check(got[0] < 0 and "nf_conntrack_events is 0" in t.drive.said(),
              "without events it is refused", got)
    sysctl(t.b, netfilter__nf_conntrack_events=1)


def changed_rules(t):
    tap = t.tap
    t.drive("attach", t.a.name)
    t.save(t.a)
    with t.a.inside():
        run("nft", "add", "rule", "inet", "fw", "forward", "counter", "comment",
            '"later"')
    path, saved = t.save(t.a)
    with open(f"{path}/ruleset.nft", encoding="utf-8") as file:
        text = file.read()
    tap.check(saved[0] == 0 and "later" in text,
              "a rule that was added is in the next checkpoint", text)
    t.drive("detach", t.a.name)


def control(t, streams):
    """The same rules, and no connections."""
    w, tap = t.world, t.tap
    t.drive("unload", t.b.name)
    with t.b.inside():
        run("nft", "-f", "-", text=rules(t.a))
    t.network.plug("B")
    some = streams[:30]
    tap.check(not w.talk(some, 1, 5),
              "without what A knows they break (control)")


def main():
    tap = Tap(36)
    seed()
    t = Test(tap)
    streams, first = opened(t)
    compared(t, first)
    moved(t, streams)
    streams = back(t, streams)
    streams = lost(t, streams)
    kinds(t)
    refused(t)
    changed_rules(t)
    control(t, streams)
    t.close()
    tap.finish()


if __name__ == "__main__":
    main()
