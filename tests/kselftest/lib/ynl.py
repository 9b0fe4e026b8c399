# SPDX-License-Identifier: GPL-2.0-or-later
"""
The family as the kernel tree's YNL library sees it.

usage: ynl.py DIRECTORY-OF-YNL SPECIFICATION
"""

import sys

sys.path.insert(0, sys.argv[1])
from lib import NlError, YnlFamily  # pylint: disable=wrong-import-position


def check(good, text, detail=""):
    print(("ok " if good else "not ok ") + text)
    if not good:
        print(detail)


def refused(ynl, errno, words, operation, request):
    """True if the kernel says no, with this error and these words."""
    try:
        ynl.do(operation, request)
    except NlError as error:
        text = str(error.nl_msg.extack)
        return error.nl_msg.error == -errno and words in text or text
    return False


def ports(left, right):
    return [{"side": "left", "ifname": left}, {"side": "right", "ifname": right}]


def names(answers, key="name"):
    return [a[key] for a in answers]


def main():
    ynl = YnlFamily(sys.argv[2], "")
    ynl.do("instance-new", {"service": "s", "name": "A",
                            "port": ports("xal", "xar")})
    ynl.do("instance-new", {"service": "s", "name": "B",
                            "port": ports("xbl", "xbr")})
    check(names(ynl.dump("instance-get", {})) == ["A", "B"],
          "instance-new, and a dump of them")
    got = ynl.do("map-set", {"service": "s", "range": [
        {"first": 0, "last": 65535, "instance": "A"}]})
    check(got["moved"] == 65536, "map-set", got)
    got = ynl.do("split", {"service": "s", "from": "A", "to": "B"})
    check(got["at"] == 32768, "split", got)
    got = ynl.do("map-get", {"service": "s"})
    check(names(got["range"], "instance") == ["A", "B"], "map-get", got)
    ynl.do("service-new", {"name": "t", "key": bytes(range(16)).hex(),
                           "port": [{"side": "left", "ifname": "xt"}]})
    check(names(ynl.dump("service-get", {})) == ["s", "t"] and
          names(ynl.dump("service-get", {"name": "t"})) == ["t"],
          "a dump of one service has no other")
    got = ynl.dump("instance-get", {"service": "s", "name": "B"})
    check(names(got) == ["B"], "a dump of one instance has no other", got)
    got = ynl.dump("map-get", {"service": "s"})
    check(names(got, "service") == ["s"], "a dump of one map has no other", got)
    got = ynl.do("instance-set", {"service": "s", "name": "A", "state": "down"})
    got = ynl.do("instance-get", {"service": "s", "name": "A"})
    check(got["state"] == "down", "instance-set and instance-get", got)
    ynl.do("instance-overload", {"service": "s", "name": "A"})
    ynl.do("instance-overload", {"service": "s", "name": "B", "overload-level": "normal",
                                 "overload-reason": "idle"})
    for reason in ("x" * 64, "a\tb"):
        answer = refused(ynl, 22, "'bad-attr': '.overload-reason'", "instance-overload",
                         {"service": "s", "name": "A", "overload-reason": reason})
        check(answer is True, f"a reason of {len(reason)} that is none is refused", answer)
    ynl.do("flow-new", {"service": "s", "instance": "A", "saddr": "0a000001",
                        "daddr": "0a000002", "sport": 1, "dport": 2,
                        "proto": 17})
    got = ynl.dump("flow-get", {"service": "s"})
    check(len(got) == 1 and got[0]["sport"] == 1, "flow-new and flow-get", got)
    answer = refused(ynl, 22, "but not both", "flow-del",
                     {"service": "s", "instance": "A", "proto": 6})
    check(answer is True, "flow-del takes a flow or a kind, not both", answer)
    answer = refused(ynl, 22, "", "instance-new",
                     {"service": "s", "name": "C", "port": [{"side": "left"}]})
    check(answer is True, "a port needs a device", answer)
    answer = refused(ynl, 22, "letters, digits", "instance-new",
                     {"service": "s", "name": "a b"})
    check(answer is True, "a name has no blank", answer)
    answer = refused(ynl, 16, "has instances", "service-del", {"name": "s"})
    check(answer is True, "a service with instances stays", answer)
    ynl.do("service-del", {"name": "s", "force": True})
    check(names(ynl.dump("service-get", {})) == ["t"], "unless one forces it")


if __name__ == "__main__":
    main()
