#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The family is what its specification says: the kernel tree's own client drives
# it, events and all.
. "$(dirname "$0")/lib.sh"
CLI=$TOP/build/kernels/source/tools/net/ynl/cli.py
SPEC=$TOP/Documentation/netlink/specs/nfha.yaml
[ -e "$CLI" ] || skip_all "no YNL client; scripts/kernel --source fetches it"
load_module

ynl()
{
	ip netns exec "$host" $PYTHON "$CLI" --no-schema --spec "$SPEC" "$@"
}

# Says what is looked for, on whichever stream.
answers()
{
	local want=$1

	shift
	ynl "$@" 2>&1 | grep -q "$want"
}

plan 9
setup_ns host peer
for dev in l0 r0 xal xar xbl xbr; do
	connect "$host" $dev "$peer" p-$dev
done
listens()
{
	ip netns exec "$host" cat /proc/net/netlink |
		awk '$2 == 16 && $4 != "00000000"' | grep -q .
}
check "service-new" ynl --do service-new --json '{"name": "s", "key": "000102030405060708090a0b0c0d0e0f", "port": [{"side": "left", "ifname": "l0"}, {"side": "right", "ifname": "r0"}]}'
check "instance-new" ynl --do instance-new --json '{"service": "s", "name": "A", "port": [{"side": "left", "ifname": "xal"}, {"side": "right", "ifname": "xar"}]}'
check "instance-new again" ynl --do instance-new --json '{"service": "s", "name": "B", "port": [{"side": "left", "ifname": "xbl"}, {"side": "right", "ifname": "xbr"}]}'
check "map-set" answers "'moved': 65536" --do map-set --json '{"service": "s", "range": [{"first": 0, "last": 65535, "instance": "A"}]}'
check "split" answers "'at': 32768" --do split --json '{"service": "s", "from": "A", "to": "B"}'
check "dumps" answers "'name': 'B'" --dump instance-get
check "refusals come with words" answers "it has instances\|the service has instances" --do service-del --json '{"name": "s"}'
ynl --subscribe events --sleep 8 >"/tmp/nfha-events-$$" 2>&1 &
listener=$!
wait_for 60 listens
ctl range set s 0-65535=B
ctl instance set A service s state down
wait $listener
check "events came" grep -q "map-set-ntf" "/tmp/nfha-events-$$"
check "of instances, too" grep -q "instance-set-ntf" "/tmp/nfha-events-$$"
finish
