# SPDX-License-Identifier: GPL-2.0-or-later
"""
Metrics of a daemon that runs, beside what was sent and what nfhactl says; and when it does
not get its port.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import types

from bench import Bench, Namespace, Tap, ip_batch, udp4, wait_for
from rollback import Daemon

ADDRESS, PORT = "127.0.0.1", 9640
PATIENCE = 60
# Those of the module, so that there are a hundred.
MORE = 97
SCRAPES = 20
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
PROMTOOL = os.path.join(os.environ.get("O", os.path.join(TOP, "build")),
                        "servers/bin/promtool")


class Watched:
    """A service with two instances of the daemon's, and one that only the module knows."""

    def __init__(self):
        self.bench = Bench("ABC", one_armed=True, extra="recovery checkpoint")
        self.bench.ctl("range", "set", "s", "0-32767=A", "32768-65535=C")
        ip_batch(["link set lo up"], "-n", self.bench.host.name)
        self.places = Namespace.several("vA", "vB")
        self.daemon = Daemon(types.SimpleNamespace(
            service="s", host=self.bench.host), {})
        self.config = {
            "store": {"directory": os.path.join(self.daemon.directory, "store")},
            "http": {"address": ADDRESS, "port": PORT},
            "services": [{
                "name": "s", "driver": "conntrack", "instances": [
                    {"name": "A", "role": "active", "netns": self.places[0].name},
                    {"name": "B", "role": "backup", "netns": self.places[1].name}]}]}
        self.daemon.write(self.config)

    def text(self, path="/metrics"):
        """What is there, or None."""
        try:
            with self.bench.host.inside():
                link = http.client.HTTPConnection(ADDRESS, PORT, timeout=PATIENCE)
                link.connect()
            link.request("GET", path)
            answer = link.getresponse()
            text = answer.read().decode("utf-8")
            link.close()
        except OSError:
            return None
        return text if answer.status == 200 else None

    def value(self, name, **labels):
        """Of a sample, or None."""
        label = ",".join(f'{key}="{is_}"' for key, is_ in labels.items())
        found = re.search(rf"^{name}{{{re.escape(label)}}} (\S+)$",
                          self.text() or "", re.M)
        return float(found[1]) if found else None

    def becomes(self, is_so, name, **labels):
        """Until the value of a sample is so; the value is not None then."""
        def look():
            value = self.value(name, service="s", **labels)
            return value is not None and is_so(value)
        return wait_for(look, PATIENCE)

    def close(self):
        self.daemon.kill(signal.SIGTERM)
        self.bench.close()
        Namespace.remove_several(*self.places)


def packets_are_counted(watched):
    """As many as were sent, wherever they go; and as many flows."""
    for port in range(1000, 1040):
        watched.bench.send("left", udp4("10.1.0.1", port, "10.2.0.1", 53))
    def received(instance):
        return watched.value("nfha_instance_received_packets_total",
                             service="s", instance=instance, side="left") or 0
    return wait_for(lambda: received("A") + received("C") == 40, PATIENCE) and \
        received("A") > 0 and received("C") > 0 and \
        watched.becomes(lambda n: n == 40, "nfha_service_flows") and \
        watched.value("nfha_service_flow_changes_total", service="s", change="new") == 40


def ranges_have_widths(watched):
    """Also those of an instance that is not configured."""
    widths = [watched.value("nfha_instance_range_width", service="s", instance=i)
              for i in "ABC"]
    return widths == [32768, 0, 32768] and \
        watched.value("nfha_instance_condition", service="s", instance="C",
                      condition="active") is None


def checkpoints_are_counted(watched):
    """And the module's epochs with them."""
    return watched.becomes(lambda n: n >= 2, "nfha_instance_checkpoints_total",
                           instance="A") and \
        watched.becomes(lambda n: n >= 2, "nfha_instance_epoch_committed", instance="A") and \
        watched.value("nfha_instance_last_checkpoint_duration_seconds", service="s",
                      instance="A") > 0


def failures_are_counted(watched):
    """A loses its carrier, and B takes over."""
    ip_batch(["link set p-Al down"], "-n", watched.bench.inside.name)
    return watched.becomes(lambda n: n == 1, "nfha_instance_failures_total",
                           instance="A") and \
        watched.becomes(lambda n: n == 1, "nfha_instance_takeovers_total",
                        instance="B") and \
        watched.becomes(lambda n: n == 1, "nfha_instance_condition", instance="B",
                        condition="active") and \
        watched.value("nfha_instance_range_width", service="s", instance="B") == 32768


def promtool_is_silent(watched):
    """Or there is none."""
    if not os.path.exists(PROMTOOL):
        return True
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=watched.text(),
                          capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout + done.stderr == ""


def reload_is_refused(watched):
    """It goes on where it was."""
    other = {**watched.config, "http": {"address": ADDRESS, "port": PORT + 1}}
    watched.daemon.write(other)
    watched.daemon.process.send_signal(signal.SIGHUP)
    refused = watched.daemon.waits("http cannot be changed without a restart")
    del other["http"]
    watched.daemon.write(other)
    watched.daemon.process.send_signal(signal.SIGHUP)
    refused &= watched.daemon.waits("http cannot be changed without a restart", 2)
    watched.daemon.write(watched.config)
    return refused and watched.text() is not None


# Files that are wrong, and what is said of them: with the line, the key, and what was
# expected.
WRONG = (
    ("services: [\n", r"nfhad\.yaml:\d+: "),
    ("", r"nfhad\.yaml:1: file: expected a map, got nothing"),
    ("services:\n- name: s\n  driver: none\n  intervals: 1s\n", r"nfhad\.yaml:4: \S*intervals: "
     "unknown key; .*interval"),
    ("services:\n- name: s\n  driver: conntrack\n  interval: 0\n  instances:\n"
     "  - {name: A, role: active, netns: v}\n",
     r"nfhad\.yaml:4: \S*interval: expected .*, got"),
    ("services:\n- name: s\n  driver: conntrack\n  instances:\n"
     "  - {name: A, role: backup, netns: v}\n",
     r"nfhad\.yaml:\d+: \S*instances: expected one with role active, got none"),
)


def standing(watched):
    """What there is of services that only a decision changes."""
    services = json.loads(watched.text("/status.json"))["services"]
    return [(s["name"], s["driver"], s["module"]["ranges"],
             [(i["name"], i["role"], i["state"], i["sinceUs"]) for i in s["instances"]])
            for s in services]


def wrong_files_change_nothing(watched):
    """Each is refused, and all stays as it was."""
    before = standing(watched)
    for times, (text, said) in enumerate(WRONG, 1):
        with open(watched.daemon.path, "w", encoding="ascii") as file:
            file.write(text)
        watched.daemon.process.send_signal(signal.SIGHUP)
        if not watched.daemon.waits("is not taken over, all stays as it was", times) or \
           not watched.daemon.said(said) or standing(watched) != before:
            return False
    os.unlink(watched.daemon.path)
    watched.daemon.process.send_signal(signal.SIGHUP)
    gone = watched.daemon.waits("is not taken over, all stays as it was", len(WRONG) + 1)
    watched.daemon.write(watched.config)
    watched.daemon.process.send_signal(signal.SIGHUP)
    return gone and watched.daemon.waits("has been read again") and \
        standing(watched) == before


def cost(watched):
    """Said, not judged: in a test machine it is of no use, but in virtual time."""
    ip_batch((f"link add m{n} type dummy\nlink set m{n} up" for n in range(MORE)),
             "-n", watched.bench.host.name)
    for n in range(MORE):
        watched.bench.ctl("instance", "add", f"m{n}", "service", "s", "left", f"m{n}")
    def spent():
        return float(re.search(r"^process_cpu_seconds_total (\S+)$",
                               watched.text(), re.M)[1])
    wait_for(lambda: f'instance="m{MORE - 1}"' in (watched.text() or ""), PATIENCE)
    size = len(watched.text())
    idle, busy = [], []
    for some, scrape in ((idle, False), (busy, True)):
        before = spent()
        for _ in range(SCRAPES):
            wait_for(lambda: False, 0.12)
            if scrape:
                watched.text()
        some.append(spent() - before)
    print(f"# a scrape of {MORE + 3} instances, {size} bytes, takes "
          f"{(busy[0] - idle[0]) / SCRAPES * 1e6:.0f} us of a processor", flush=True)
    return f'nfha_instance_state{{service="s",instance="m{MORE - 1}"' in watched.text()


def taken_port(watched):
    """It says which, and does not begin; nor does it go on as if nothing were."""
    watched.daemon.kill(signal.SIGTERM)
    with watched.bench.host.inside():
        other = socket.create_server((ADDRESS, PORT))
    watched.daemon.start()
    status = watched.daemon.process.wait(PATIENCE)
    said = watched.daemon.waits(f"http: address {ADDRESS}, port {PORT}: "
                                "Address already in use")
    other.close()
    return said and status == 1


def main():
    tap = Tap(10)
    watched = Watched()
    daemon = watched.daemon
    daemon.start()
    tap.check(wait_for(watched.text, PATIENCE) and
              watched.value("nfha_service_up", service="s") == 1,
              "there are metrics of a daemon that runs", daemon.log())
    tap.check(packets_are_counted(watched), "packets and flows are counted", watched.text())
    tap.check(ranges_have_widths(watched), "ranges have their widths", watched.text())
    tap.check(checkpoints_are_counted(watched), "checkpoints are counted", watched.text())
    tap.check(wrong_files_change_nothing(watched),
              "a file that is wrong is refused, with its line, and nothing changes", daemon.log())
    tap.check(reload_is_refused(watched), "a reload cannot change where", daemon.log())
    tap.check(failures_are_counted(watched), "a failover is counted",
              f"{watched.text()}\n{daemon.log()}")
    tap.check(cost(watched), "a hundred instances", watched.text())
    tap.check(promtool_is_silent(watched), "promtool has nothing to say")
    tap.check(taken_port(watched), "a port that is taken is said", daemon.log())
    watched.close()
    tap.finish()


if __name__ == "__main__":
    main()
