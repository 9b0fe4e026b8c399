# SPDX-License-Identifier: GPL-2.0-or-later
"""
A connection that is half open when its server dies: the client has got the answer to
its SYN, which a checkpoint has let out, and the server has not heard from it since. It
is in no checkpoint, for it belongs to no process yet.

usage: halfopen.py DIRECTORY-OF-SERVERS
"""

import os
import socket
import sys

from bench import Tap, run, wait_for
from rollback import SERVER, Killer, Rig

PORT = 6379
PATIENCE = 60
# The client's acknowledgements without data, the last part of the handshake among them.
DEAF = f"""table ip deaf {{
	chain out {{
		type filter hook output priority 0;
		tcp dport {PORT} tcp flags & (syn|rst|psh|ack) == ack drop
	}}
}}
"""


def inside(rig, *words, text=None):
    with rig.outside.inside():
        return run(*words, text=text)


def cookies(rig, value):
    for place in rig.places.values():
        with place.namespace.inside(), \
             open("/proc/sys/net/ipv4/tcp_syncookies", "w", encoding="ascii") as file:
            file.write(value)


def talk(rig, s):
    """What comes of a question on the connection."""
    inside(rig, "nft", "flush", "ruleset")
    s.settimeout(PATIENCE)
    try:
        s.sendall(b"PING\r\n")
        return s.recv(100)
    except OSError as error:
        return repr(error)


def attempt(program, before_kill=lambda rig: None):
    """A connection is half open when the server is killed; what is heard on it."""
    rig = Rig("buffer", "AB", one_armed=True, command=[
        program, "--port", str(PORT), "--bind", SERVER, "--save", "",
        "--appendonly", "no", "--protected-mode", "no"])
    heard = None
    if rig.start():
        inside(rig, "nft", "-f", "-", text=DEAF)
        with rig.outside.inside():
            s = socket.create_connection((SERVER, PORT), PATIENCE)
        before_kill(rig)
        Killer(rig, "redis-server").kill("thawed")
        if wait_for(lambda: rig.active() == "B", PATIENCE) and rig.settled(PATIENCE):
            heard = talk(rig, s)
    log = rig.daemon.log()
    rig.close()
    return heard, "\n".join([str(heard), *log.splitlines()[-20:]])


def main():
    tap = Tap(2)
    program = os.path.join(sys.argv[1], "redis-server")
    heard, why = attempt(program)
    tap.check(heard == b"+PONG\r\n",
              "a connection that is half open goes on with the backup", why)
    heard, why = attempt(program, lambda rig: cookies(rig, "0"))
    tap.check("reset" in str(heard),
              "without cookies the backup does not know it (control)", why)
    tap.finish()


if __name__ == "__main__":
    main()
