# SPDX-License-Identifier: GPL-2.0-or-later
"""
A program that is loaded once and called many times, see ../resident.c: each call is
a process of its own, with its own words, files and status, and does not load anything.
"""

import array
import os
import socket
import struct
import subprocess
import threading

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
PRELOAD = os.path.join(os.environ.get("O") or os.path.join(TOP, "build"),
                       "kselftest", "resident.so")

CALL_MAX = 65536


class Resident:
    def __init__(self, program):
        self.program = program
        self.lock = threading.Lock()
        self.socket = None

    def start(self):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        os.set_inheritable(theirs.fileno(), True)
        environment = {**os.environ, "LD_PRELOAD": PRELOAD,
                       "NFHA_RESIDENT": str(theirs.fileno())}
        with theirs:
            # It ends when the socket is closed, so when the test ends.
            # pylint: disable-next=consider-using-with
            subprocess.Popen([self.program], env=environment, close_fds=False,
                             stdin=subprocess.DEVNULL)

    def call(self, words, text):
        files = [os.memfd_create(name, os.MFD_CLOEXEC) for name in ("in", "out", "err")]
        try:
            os.pwrite(files[0], text.encode(), 0)
            message = b"".join(word.encode() + b"\0" for word in words)
            self.socket.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                             array.array("i", files))])
            answer = self.socket.recv(4)
            if not answer:
                raise RuntimeError(f"{self.program} that was to stay is gone")
            status = os.waitstatus_to_exitcode(struct.unpack("i", answer)[0])
            return subprocess.CompletedProcess(words, status, *map(contents, files[1:]))
        finally:
            for file in files:
                os.close(file)

    def run(self, words, text=""):
        """
        As subprocess.run() does. None if somebody else's call is under way, or this one
        is too long.
        """
        if sum(len(word.encode()) + 1 for word in words) > CALL_MAX or \
           not self.lock.acquire(blocking=False):
            return None
        try:
            if not self.socket:
                self.start()
            return self.call(words, text)
        except BaseException:
            # An answer that comes later is not the next call's.
            self.socket = None
            raise
        finally:
            self.lock.release()


def contents(file):
    with os.fdopen(os.dup(file), encoding="utf-8") as stream:
        stream.seek(0)
        return stream.read()
