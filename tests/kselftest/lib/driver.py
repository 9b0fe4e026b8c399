# SPDX-License-Identifier: GPL-2.0-or-later
"""
The driver for process trees, run by tests/driver/criu.c: commands, answers, and what
the images say about themselves.
"""

import os
import shutil
import struct
import subprocess
import tempfile
import threading

from bench import BUILD, wait_for

CRIU = "/usr/sbin/criu"


class Driver:
    """A master and a backup namespace, and images."""

    def __init__(self, netns, backup, criu=CRIU, drain_us=0, directory=None):
        self.dir = directory or tempfile.mkdtemp(prefix="nfha-criu-")
        self.output = os.path.join(self.dir, "output")
        self.log = []
        self.answers = []
        self.number = 0
        self.ready = threading.Condition()
        self.process = subprocess.Popen(
            [f"{BUILD}/driver/criu", criu, str(drain_us), netns, backup],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, OUTPUT=self.output))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.ready:
                if line.startswith("# "):
                    self.log.append(line[2:].rstrip())
                else:
                    name, result, *more = line.split()
                    more = dict(word.split("=") for word in more)
                    self.answers.append((name, int(result), more))
                self.ready.notify_all()

    def start(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def answer(self, name, seconds=60):
        """The result of a command that was started, and what comes with it."""
        def mine():
            return next((a for a in self.answers if a[0] == name), None)

        with self.ready:
            self.ready.wait_for(mine, seconds)
            answer = mine()
            if not answer:
                raise RuntimeError(f"no answer to {name}: {self.log[-10:]}")
            self.answers.remove(answer)
        return answer[1:]

    def do(self, *words):
        self.start(*words)
        return self.answer(words[0])

    def said(self, text):
        return any(text in line for line in self.log)

    def wait_said(self, text, seconds=20):
        return wait_for(lambda: self.said(text), seconds)

    def path(self, number=None):
        return f"{self.dir}/{self.number if number is None else number}"

    def save(self, full=False):
        """One more image, as the daemon makes them: merged, the older ones gone."""
        parent = [self.path()] if self.number and not full else []
        self.number += 1
        result, more = self.do("save", self.path(), *parent)
        if not result:
            self.do("prepare", self.path(), *parent)
        return result, more

    def lines(self):
        """What the VNF has put out, whole lines only."""
        try:
            with open(self.output, encoding="ascii") as file:
                return file.read().split("\n")[:-1]
        except FileNotFoundError:
            return []

    def close(self):
        self.do("unload", "master")
        self.do("unload", "backup")
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
        shutil.rmtree(self.dir)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """A protobuf message of numbers and messages, as a dictionary."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        found[key >> 3] = value
    return found


def dump_stats(directory):
    """What CRIU has measured: frozen (us), pages written, pages left out."""
    with open(f"{directory}/stats-dump", "rb") as file:
        data = file.read()
    size, = struct.unpack_from("<I", data, 8)
    stats = fields(fields(data[12:12 + size])[1])
    return {"frozen": stats[2], "skipped": stats.get(6, 0),
            "written": stats.get(7, 0)}
