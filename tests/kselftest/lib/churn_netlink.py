# SPDX-License-Identifier: GPL-2.0-or-later
"""
The netlink of a test that sends thousands of commands: nfha's, by the numbers of the uapi
header, and as much of rtnetlink as devices need. No program is started for a command.
"""

import ctypes
import os
import re
import socket
import struct

from bench import TOP, inside

NETLINK_ROUTE, NETLINK_GENERIC = 0, 16
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_ADD_MEMBERSHIP = 270, 10, 1
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_CREATE, NLM_F_EXCL = 0x400, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NESTED = 0x8000
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
CTRL_ATTR_MCAST_GRP_ID = 2
RTM_NEWLINK, RTM_DELLINK = 16, 17
IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_NET_NS_FD = 1, 3, 18, 28
IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER = 1, 2, 1
IFF_UP = 1

SYS_FINIT_MODULE, SYS_DELETE_MODULE = 313, 176
LIBC = ctypes.CDLL(None, use_errno=True)


def numbers():
    """What the uapi header calls NFHA_..., each with its number."""
    with open(os.path.join(TOP, "include/uapi/linux/nfha.h"), encoding="ascii") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    found = {}
    for body in re.findall(r"enum[^{;]*\{(.*?)\}", text, re.S):
        value = -1
        for entry in filter(None, (e.strip() for e in body.split(","))):
            name, _, given = (part.strip() for part in entry.partition("="))
            value = int(given, 0) if given else value + 1
            found[name.removeprefix("NFHA_")] = value
    return found


N = numbers()


def attr(kind, data):
    if isinstance(data, str):
        data = data.encode() + b"\0"
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def u8(kind, value):
    return attr(kind, struct.pack("B", value))


def u16(kind, value):
    return attr(kind, struct.pack("H", value))


def u32(kind, value):
    return attr(kind, struct.pack("I", value))


def u64(kind, value):
    return attr(kind, struct.pack("Q", value))


def nest(kind, *parts):
    return attr(kind | NESTED, b"".join(parts))


class Attrs:
    """The attributes of a message, or of one nest."""

    def __init__(self, data):
        self.found = {}
        at = 0
        while at + 4 <= len(data):
            size, kind = struct.unpack_from("HH", data, at)
            self.found.setdefault(kind & 0x3fff, []).append(data[at + 4:at + size])
            at += (size + 3) & ~3

    def number(self, kind):
        """Of any width; None if it is not there."""
        value = self.found.get(kind)
        return int.from_bytes(value[0], "little") if value else None

    def text(self, kind):
        value = self.found.get(kind)
        return value[0].rstrip(b"\0").decode() if value else None

    def nests(self, kind):
        return [Attrs(data) for data in self.found.get(kind, [])]

    def nest(self, kind):
        return self.nests(kind)[0]


class Netlink:
    """A socket in a namespace."""

    def __init__(self, protocol, netns):
        with inside(netns):
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.socket.settimeout(60)
        self.number = 0

    def close(self):
        self.socket.close()

    def ask(self, kind, body, flags=0):
        """Returns an errno, 0 for success, and the bodies of the answers."""
        self.number += 1
        self.socket.send(struct.pack("IHHII", 16 + len(body), kind,
                                     NLM_F_REQUEST | flags | NLM_F_ACK, self.number, 0) +
                         body)
        got = []
        while True:
            data = self.socket.recv(1 << 18)
            at = 0
            while at < len(data):
                size, what, _, number, _ = struct.unpack_from("IHHII", data, at)
                if number == self.number and what in (NLMSG_ERROR, NLMSG_DONE):
                    status = struct.unpack_from("i", data, at + 16)[0]
                    return -min(status, 0), got
                if number == self.number:
                    got.append(data[at + 16:at + size])
                at += (size + 3) & ~3


class Nfha(Netlink):
    """Commands to the module, in a namespace."""

    family = group = None

    def __init__(self, netns):
        super().__init__(NETLINK_GENERIC, netns)
        with inside(netns):
            self.events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.events.setblocking(False)
        if not Nfha.family:
            self.resolve()
        self.listen()

    def listen(self):
        self.events.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, Nfha.group)

    def heard(self):
        """How many events have come, or 0 if they were too many."""
        count = 0
        try:
            while self.events.recv(65536):
                count += 1
        except BlockingIOError:
            return count
        except OSError:
            return 0

    def close(self):
        super().close()
        self.events.close()

    def resolve(self):
        """Each time that the module is loaded, its family has another number."""
        body = struct.pack("BBH", CTRL_CMD_GETFAMILY, 1, 0) + \
            attr(CTRL_ATTR_FAMILY_NAME, "nfha")
        _, (answer,) = self.ask(GENL_ID_CTRL, body)
        attrs = Attrs(answer[4:])
        Nfha.family = attrs.number(CTRL_ATTR_FAMILY_ID)
        (Nfha.group,) = [g.number(CTRL_ATTR_MCAST_GRP_ID) for groups in
                         attrs.nests(CTRL_ATTR_MCAST_GROUPS) for g in groups.nests(1)]

    def command(self, name, *parts, dump=False):
        body = struct.pack("BBH", N["CMD_" + name], 1, 0) + b"".join(parts)
        status, got = self.ask(Nfha.family, body, NLM_F_DUMP if dump else 0)
        return status, [Attrs(answer[4:]) for answer in got]


class Links(Netlink):
    """Devices of a namespace."""

    def __init__(self, netns):
        super().__init__(NETLINK_ROUTE, netns)

    @staticmethod
    def message(flags=0, change=0):
        return struct.pack("BBHiII", 0, 0, 0, 0, flags, change)

    def must(self, kind, body, flags=0):
        status, _ = self.ask(kind, body, flags)
        if status:
            raise OSError(status, os.strerror(status))

    def cable(self, name, peer, netns):
        """A pair of devices, one of them in another namespace."""
        with open(f"/run/netns/{netns}", "rb") as file:
            end = self.message() + attr(IFLA_IFNAME, peer) + \
                u32(IFLA_NET_NS_FD, file.fileno())
            body = self.message() + attr(IFLA_IFNAME, name) + nest(
                IFLA_LINKINFO, attr(IFLA_INFO_KIND, "veth"),
                nest(IFLA_INFO_DATA, attr(VETH_INFO_PEER, end)))
            self.must(RTM_NEWLINK, body, NLM_F_CREATE | NLM_F_EXCL)

    def set_up(self, name, up):
        self.must(RTM_NEWLINK, self.message(IFF_UP if up else 0, IFF_UP) +
                  attr(IFLA_IFNAME, name))

    def remove(self, name):
        self.must(RTM_DELLINK, self.message() + attr(IFLA_IFNAME, name))


def module_remove():
    """Returns an errno: somebody may be in the middle of a command."""
    status = LIBC.syscall(SYS_DELETE_MODULE, b"nfha", os.O_NONBLOCK)
    return ctypes.get_errno() if status else 0


def module_load(path):
    with open(path, "rb") as file:
        if LIBC.syscall(SYS_FINIT_MODULE, file.fileno(), b"", 0):
            status = ctypes.get_errno()
            raise OSError(status, os.strerror(status))
    Nfha.family = None
