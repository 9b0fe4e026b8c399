# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium, by its DevTools protocol over two pipes."""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium")
# Of one command; it has to load a program of 200 MB first.
PATIENCE_S = 120


def find():
    """The path of the program, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Failure(Exception):
    """What the browser says is wrong."""


class Browser:
    """One browser with one page. Keeps what the page asks for, and its errors."""

    def __init__(self, path):
        self.home = tempfile.mkdtemp(prefix="browser.")
        theirs_in, self.out = os.pipe()
        self.inn, theirs_out = os.pipe()
        # The protocol is on descriptors 3 and 4, which Popen() itself may have in use.
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20)
                for fd in (theirs_in, theirs_out)]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "bash", path,
             "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--remote-debugging-pipe",
             f"--user-data-dir={self.home}", "about:blank"],
            pass_fds=ends, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.home})
        for fd in (theirs_in, theirs_out, *ends):
            os.close(fd)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.requests = []
        self.errors = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility"):
            self.call(f"{domain}.enable")

    def close(self):
        """Ends it."""
        os.close(self.out)
        os.close(self.inn)
        # It has started others, and may be one of them itself.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def _event(self, message):
        what = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            self.requests.append(what["request"]["url"])
        elif message["method"] == "Log.entryAdded":
            self.errors.append(what["entry"])
        elif message["method"] == "Runtime.exceptionThrown":
            self.errors.append(what["exceptionDetails"])

    def _read(self, end):
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.inn], [], [], left)[0]:
                raise Failure("the browser does not answer")
            some = os.read(self.inn, 65536)
            if not some:
                raise Failure("the browser has ended")
            self.buffer += some
        one, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **params):
        """A command of the protocol; what it gives."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = self._read(end)
            if answer.get("id") == self.number:
                break
            if "method" in answer:
                self._event(answer)
        if "error" in answer:
            raise Failure(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def evaluate(self, script):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script,
                           returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failure(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, script, seconds=30):
        """Until an expression is true; False if it is not in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.evaluate(script):
                return True
            time.sleep(0.05)
        return False

    def screen(self, width, height, dark=False):
        """How large it is, and how light."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setScrollbarsHidden", hidden=True)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])

    def picture(self, path):
        """Of the whole page, as a PNG file."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data["data"]))

    def names(self):
        """Role and name of all that a reader of the screen would say."""
        tree = self.call("Accessibility.getFullAXTree")
        return [(node["role"]["value"], node["name"]["value"])
                for node in tree["nodes"]
                if not node["ignored"] and "name" in node and "role" in node]
