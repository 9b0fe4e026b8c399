# SPDX-License-Identifier: GPL-2.0-or-later
"""
Dumps in parts, between which services come and go: what is there throughout comes once, and
who reads is told that the parts do not belong together.

usage: dump.py HEADER, in a namespace with devices l0 and l1; HEADER is linux/nfha.h
"""

import re
import socket
import struct
import sys

# So many that their maps take three parts: the second one is made when the first is read.
SERVICES = 250
# What is asked for at once; the first part of a dump is as large as what was read before.
PART = 4096
NETLINK_GENERIC = 16
REQUEST, ACK, DUMP = 1, 4, 0x300
DUMP_INTR = 16
ERROR, DONE = 2, 3
NESTED = 0x8000
GET_FAMILY, FAMILY_NAME, FAMILY_ID = 3, 2, 1


def constants(path):
    """Numbers of the enumerations of a header."""
    found, number = {}, 0
    with open(path, encoding="ascii") as file:
        for line in file:
            if re.match(r"enum\b.*{", line):
                number = 0
            entry = re.match(r"\t(NFHA_\w+)(?: = (\d+))?,", line)
            if entry:
                number = int(entry[2]) if entry[2] else number
                found[entry[1]] = number
                number += 1
    return found


def attr(kind, data):
    head = struct.pack("=HH", 4 + len(data), kind)
    return head + data + b"\0" * (-len(data) % 4)


def text(kind, words):
    return attr(kind, words.encode() + b"\0")


class Family:
    """A connection to the module."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.settimeout(60)
        self.seq = 0
        self.family = NETLINK_GENERIC
        self.send(GET_FAMILY, text(FAMILY_NAME, name), ACK)
        for _, _, attrs in self.messages(self.socket.recv(PART)):
            self.family = struct.unpack("=H", attrs[FAMILY_ID][:2])[0]
        self.socket.recv(PART)

    def send(self, cmd, attrs, flags):
        self.seq += 1
        body = struct.pack("=BBH", cmd, 1, 0) + attrs
        self.socket.send(struct.pack("=IHHII", 16 + len(body), self.family,
                                     REQUEST | flags, self.seq, 0) + body)

    @staticmethod
    def messages(data):
        """Type, flags and attributes of each message."""
        while data:
            length, kind, flags, _, _ = struct.unpack("=IHHII", data[:16])
            attrs, at = {}, 20
            while kind not in (ERROR, DONE) and at + 4 <= length:
                size, number = struct.unpack("=HH", data[at:at + 4])
                attrs[number] = data[at + 4:at + size]
                at += size + 3 & ~3
            yield kind, flags, attrs if kind != ERROR else data[16:20]
            data = data[length + 3 & ~3:]

    def do(self, cmd, attrs):
        self.send(cmd, attrs, ACK)
        for kind, _, answer in self.messages(self.socket.recv(PART)):
            if kind == ERROR and struct.unpack("=i", answer)[0]:
                sys.exit(f"command {cmd}: {struct.unpack('=i', answer)[0]}")

    def dump(self, cmd, key, between):
        """Names, and whether the dump was interrupted. After the first part between() runs."""
        names, interrupted, ended = [], False, False
        self.send(cmd, b"", ACK | DUMP)
        while not ended:
            for kind, flags, attrs in self.messages(self.socket.recv(PART)):
                interrupted |= bool(flags & DUMP_INTR)
                ended |= kind in (ERROR, DONE)
                if kind == self.family:
                    names.append(attrs[key].rstrip(b"\0").decode())
            between()
            between = int
        return names, interrupted


class Bed:
    """Services s0 and so on, each with an instance, on shared devices."""

    def __init__(self, number):
        self.number = number
        self.order = []
        self.commands = Family("nfha")
        self.reader = Family("nfha")

    def port(self, kind, device, mac):
        n = self.number
        return attr(kind | NESTED,
                    attr(n["NFHA_A_PORT_SIDE"], struct.pack("=I", 0)) +
                    text(n["NFHA_A_PORT_IFNAME"], device) +
                    attr(n["NFHA_A_PORT_MAC"], b"\2\0\0\0\0" + bytes([mac])))

    def make(self, name):
        n, mac = self.number, int(name[1:])
        self.order.append(name)
        self.commands.do(n["NFHA_CMD_SERVICE_NEW"],
                         text(n["NFHA_A_SERVICE_NAME"], name) +
                         attr(n["NFHA_A_SERVICE_KEY"], bytes(16)) +
                         self.port(n["NFHA_A_SERVICE_PORT"], "l0", mac))
        self.commands.do(n["NFHA_CMD_INSTANCE_NEW"],
                         text(n["NFHA_A_INSTANCE_SERVICE"], name) +
                         text(n["NFHA_A_INSTANCE_NAME"], "A") +
                         self.port(n["NFHA_A_INSTANCE_PORT"], "l1", mac))

    def remove(self, name):
        n = self.number
        self.order.remove(name)
        self.commands.do(n["NFHA_CMD_SERVICE_DEL"],
                         text(n["NFHA_A_SERVICE_NAME"], name) +
                         attr(n["NFHA_A_SERVICE_FORCE"], b""))

    def make_again(self):
        """The first is removed, and is the last one then."""
        first = self.order[0]
        self.remove(first)
        self.make(first)

    def judge(self, what, cmd, key):
        """A dump of something of each service, alone and with services that go and come."""
        got = self.reader.dump(cmd, key, int)
        check(got == (self.order, False),
              f"{what}: nothing changes, and nothing is said (control)", got)
        before = self.order[:]
        got = self.reader.dump(cmd, key, lambda: self.remove(before[0]))
        check(got == (before, True),
              f"{what}: when one has gone each other one comes once, and that is said", got)
        before = self.order[:]
        names, interrupted = self.reader.dump(cmd, key, self.make_again)
        check(names == before + before[:1] and interrupted,
              f"{what}: one that is made again is another one", (names, interrupted))


def check(good, words, detail):
    print(("ok " if good else "not ok ") + words)
    if not good:
        print(detail)


def main():
    number = constants(sys.argv[1])
    bed = Bed(number)
    for i in range(SERVICES):
        bed.make(f"s{i}")
    bed.judge("services", number["NFHA_CMD_SERVICE_GET"], number["NFHA_A_SERVICE_NAME"])
    bed.judge("instances", number["NFHA_CMD_INSTANCE_GET"],
              number["NFHA_A_INSTANCE_SERVICE"])
    bed.judge("range maps", number["NFHA_CMD_MAP_GET"], number["NFHA_A_MAP_SERVICE"])


main()
