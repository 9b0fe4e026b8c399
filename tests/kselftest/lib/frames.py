# SPDX-License-Identifier: GPL-2.0-or-later
"""A packet of each kind that the parser knows."""

import random
import struct

from bench import ether, ip4, ip6, tcp, udp

A, B, A6, B6 = "192.0.2.1", "198.51.100.1", "2001:db8:1::1", "2001:db8:2::1"
ROUTER = "203.0.113.9"


def icmp(kind, code, rest, version=4):
    return struct.pack("!BBHI", kind + (127 if version == 6 else 0), code, 0, 0) + rest


def extensions(following, *kinds):
    """Extension headers of eight bytes, one behind the other: (first, bytes)."""
    out, first = b"", following
    for kind in reversed(kinds):
        out = struct.pack("!BB6s", first, 0, bytes([1, 4, 0, 0, 0, 0])) + out
        first = kind
    return first, out


def generated():
    """One of each kind."""
    data = bytes(range(64))
    bodies = {6: tcp(1000, 80, "PA", 1, 2, data), 17: udp(1000, 53, data),
              136: udp(1000, 53, data), 132: struct.pack("!HHII", 1000, 80, 7, 0) + data,
              33: struct.pack("!HHI", 1000, 80, 0) + data,
              47: struct.pack("!HH", 0, 0x0800) + data, 50: struct.pack("!II", 1, 2) + data}
    out = []
    for proto, body in bodies.items():
        four, six = ip4(A, B, proto, body), ip6(A6, B6, proto, body)
        first, more = extensions(proto, 0, 60, 43)
        out += [ether(0x0800, four), ether(0x86dd, six),
                ether(0x0800, ip4(A, B, proto, body, options=bytes([7, 7, 4]) + bytes(5))),
                ether(0x86dd, ip6(A6, B6, first, more + body)),
                ether(0x8100, struct.pack("!HH", 5, 0x0800) + four),
                ether(0x88a8, struct.pack("!HHHH", 5, 0x8100, 6, 0x86dd) + six),
                ether(0x0800, ip4(ROUTER, A, 1, icmp(3, 1, four))),
                ether(0x86dd, ip6(B6, A6, 58, icmp(-126, 1, six, 6)))]
        whole = bytes(random.choices(range(256), k=200))
        for at in (0, 64, 128):
            out.append(ether(0x0800, ip4(A, B, proto, (body + whole)[at:at + 64], ident=proto,
                                         frag=at // 8 | (0x2000 if at < 128 else 0))))
            part = struct.pack("!BBHI", proto, 0, at | (at < 128), proto)
            out.append(ether(0x86dd, ip6(A6, B6, 44, part + (body + whole)[at:at + 64])))
    for kind in (0, 8, 13):
        out.append(ether(0x0800, ip4(A, B, 1, icmp(kind, 0, data))))
    return out + [ether(0x0806, data), ether(0x88b5, data)]
