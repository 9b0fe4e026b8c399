# SPDX-License-Identifier: GPL-2.0-or-later
"""One-armed services, learning, remote instances, detours."""

from bench import Bench, Tap, flow_id, seed, tcp4, udp4, wait_for
from states import C, S, Connection
from steer import owners

MAC = bytes.fromhex("0200000000aa")


def one_armed(tap):
    b = Bench(one_armed=True)
    b.ctl("range", "set", "s", "0-32767=A", "32768-65535=B")
    ask = [udp4(C, 1000 + i, S, 53) for i in range(40)]
    want = ["A" if flow_id(C, 1000 + i, S, 53, 17) < 32768 else "B"
            for i in range(40)]
    tap.check(owners(b, ask) == want, "a one-armed service steers by range")
    answer = udp4(S, 53, C, 1000)
    got = b.where(f"{want[0]}-left", answer)
    tap.check([g[0] for g in got] == ["left"], "answers leave where requests came in", got)
    states = {f["sport"]: f["state"] for f in b.flows()}
    tap.check(states[1000] == "established" and states[1001] == "embryonic",
              "and count as the other direction", states)
    b.close()


def learning(tap):
    for learn in ("on", "off"):
        b = Bench(extra=f"learn {learn}")
        b.ctl("range", "set", "s", "0-65535=A")
        # B is a NAT: what it sends has an address of its own.
        port = next(p for p in range(5000, 6000)
                    if flow_id("192.0.2.1", p, S, 80, 6) < 65535)
        b.where("B-right", tcp4("192.0.2.1", port, S, 80, "S", 1))
        got = owners(b, [tcp4(S, 80, "192.0.2.1", port, "SA", 1, 2)], "right")
        if learn == "on":
            tap.check(got == ["B"], "the answer goes to the NAT that has the mapping", got)
            flow = [f for f in b.flows() if f["instance"] == "B"][0]
            tap.check(flow["flags"] == ["learned"] and
                      b.service()["exceptions"] == 0,
                      "a learned flow is pinned, and no exception", flow)
            b.ctl("range", "set", "s", "0-65535=B")
            b.ctl("range", "set", "s", "0-65535=A")
            got = owners(b, [tcp4(S, 80, "192.0.2.1", port, "A", 2, 2)], "right")
            tap.check(got == ["B"], "whatever becomes of its range", got)
        else:
            tap.check(got == ["A"], "without learning it would not (control)", got)
        b.close()


def remote(tap):
    b = Bench(instances=("A",))
    b.cable(b.inside, "R-left", "dl")
    b.cable(b.inside, "R-right", "dr")
    mac = ":".join(f"{x:02x}" for x in MAC)
    no = b.ctl("instance", "add", "R", "service", "s", "left", "dl", "right",
               "dr", "remote", check=False)
    tap.check(no.returncode == 1 and "MAC" in no.stderr,
              "a remote instance needs a MAC address", no)
    b.ctl("instance", "add", "R", "service", "s", "left", f"dl/{mac}",
          "right", f"dr/{mac}", "remote")
    b.ctl("range", "set", "s", "0-65535=R")
    frame = udp4(C, 1000, S, 53)
    got = b.where("left", frame)
    tap.check(got == [("R-left", MAC + frame[6:])],
              "frames to it have its host's address", got)
    reply = udp4(S, 53, C, 1000)
    got = b.where("R-left", reply)
    tap.check([g[0] for g in got] == ["left"], "what it sends leaves the service", got)

    # A second remote instance behind the same device, told apart by address.
    b.ctl("instance", "add", "R2", "service", "s", "left",
          "dl/02:00:00:00:00:bb", "right", "dr/02:00:00:00:00:bb", "remote")
    b.ctl("range", "set", "s", "0-65535=R2")
    got = b.where("left", udp4(C, 1001, S, 53))
    tap.check(got and got[0][0] == "R-left" and
              got[0][1][:6] == bytes.fromhex("0200000000bb"),
              "two remote instances share a device", got)
    b.close()


def figure_6(tap):
    """
    The upstream has ranges only: what is old arrives at the wrong host, S2, which
    has it as exceptions and sends it back to A.
    """
    b = Bench(instances=("A2",))
    b.cable(b.inside, "A-left", "xl")
    b.cable(b.inside, "A-right", "xr")
    b.cable(b.outside, "detour", "dt")
    b.ctl("instance", "add", "A", "service", "s", "left",
          "xl/02:00:00:00:00:0a", "right", "xr/02:00:00:00:00:0a", "remote")
    b.ctl("range", "set", "s", "0-65535=A2")
    b.ctl("flow", "add", "s", "instance", "A", "from", f"{C}:1000", "to",
          f"{S}:80", "proto", "tcp")
    old = tcp4(C, 1000, S, 80, "A", 5, 5)
    got = b.where("left", old)
    tap.check([g[0] for g in got] == ["A-left"],
              "an old flow that comes to A' is sent back to A", got)
    tap.check(Connection(b, 2000).client("S") == "A2", "a new one stays")
    # The same from a host that has steered it already would go in circles.
    b.ctl("service", "set", "s", "left", "l0", "right", "r0", "detour-left", "dt")
    before = b.stat("drop-loop")
    b.drain()
    b.send("detour", old)
    tap.check(wait_for(lambda: b.stat("drop-loop") == before + 1),
              "what came by a detour is not sent on to a third host, and counted")
    got = b.where("detour", tcp4(C, 2001, S, 80, "S", 5))
    tap.check([g[0] for g in got] == ["A2-left"] or
              [g[0] for g in got][:1] == ["A2-left"],
              "but goes to an instance of this one", got)
    b.close()


def main():
    tap = Tap(15)
    seed()
    one_armed(tap)
    learning(tap)
    remote(tap)
    figure_6(tap)
    tap.finish()


if __name__ == "__main__":
    main()
