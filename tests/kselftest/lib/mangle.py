# SPDX-License-Identifier: GPL-2.0-or-later
"""What a hostile or broken sender may make of a packet."""

import glob
import os
import random
import struct

from bench import TOP

CHANCE = 7	# Behind each capture; tests/fuzz/capture.py has it.
LONGEST = 1514
LENGTHS = (0, 1, 19, 20, 21, 28, 40, 60, 576, 1500, 0x7fff, 0xffff)
KINDS = (0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x8847, 0x05dc, 0x0000, 0xffff)
PROTOCOLS = (0, 1, 2, 4, 6, 17, 33, 41, 43, 44, 47, 50, 51, 58, 59, 60, 132, 135, 136, 255)


def captured():
    """Of real tools, if they are here."""
    out = []
    for path in sorted(glob.glob(os.path.join(TOP, "tests/fuzz/corpus/parser/frame-*"))):
        with open(path, "rb") as file:
            out.append(file.read()[:-CHANCE])
    return out


def ip_at(frame):
    """Where the IP header is."""
    at = 14
    while frame[at - 2:at] in (b"\x81\x00", b"\x88\xa8") and at < 22:
        at += 4
    return at


def put(frame, at, data):
    if at + len(data) <= len(frame):
        frame[at:at + len(data)] = data


def flip(frame):
    for _ in range(random.choice((1, 1, 2, 8))):
        bit = random.randrange(12 * 8, len(frame) * 8)
        frame[bit // 8] ^= 1 << bit % 8


def flip_head(frame):
    at = ip_at(frame)
    for _ in range(random.choice((1, 2, 3))):
        where = at + random.randrange(60)
        if where < len(frame):
            frame[where] ^= 1 << random.randrange(8)


def truncate(frame):
    del frame[random.randrange(14, len(frame) + 1):]


def lengthen(frame):
    frame += random.randbytes(random.choice((1, 2, 8, 40, 200)))


def lie(frame):
    """About the length, of IPv4 or IPv6, or of UDP, TCP or an option."""
    at = ip_at(frame)
    length = random.choice(LENGTHS + (len(frame) - at + random.randrange(-3, 4),)) & 0xffff
    put(frame, at + random.choice((2, 4, 24, 32)), struct.pack("!H", length))


def lie_small(frame):
    """About the length of a header: IHL, data offset, extension headers."""
    at = ip_at(frame)
    where = random.choice((0, 32, 41, 49, 57))
    put(frame, at + where, bytes([random.randrange(256) if where else
                                  0x40 | random.randrange(16)]))


def protocol(frame):
    at = ip_at(frame)
    put(frame, at + random.choice((6, 9, 40, 48)), bytes([random.choice(PROTOCOLS)]))


def kind(frame):
    put(frame, 12, struct.pack("!H", random.choice(KINDS)))


def fragment(frame):
    """Overlapping pieces of few packets."""
    put(frame, ip_at(frame) + 4, struct.pack("!HH", random.randrange(4),
                                             random.choice((0, 0x2000, 0x4000, 0x8000)) |
                                             random.choice((0, 0, 1, 2, 8, 8189, 8191))))


def tag(frame):
    for _ in range(random.choice((1, 2, 3, 4))):
        frame[12:12] = struct.pack("!HH", random.choice((0x8100, 0x88a8)),
                                   random.randrange(1 << 16))


def destination(frame):
    frame[:6] = random.choice((b"\xff" * 6, bytes.fromhex("01005e000001"),
                               bytes.fromhex("333300000001"), bytes(6), random.randbytes(6)))


WAYS = (flip, flip_head, flip_head, truncate, lengthen, lie, lie, lie_small, protocol,
        kind, fragment, tag, destination)


def mangled(seeds):
    """One frame, with one to three things wrong."""
    frame = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 2, 3))):
        random.choice(WAYS)(frame)
    return bytes(frame[:LONGEST])


def truncations(seeds):
    """Each of some frames, cut off behind each byte of its headers."""
    return [seed[:n] for seed in seeds for n in range(14, min(len(seed), 120))]
