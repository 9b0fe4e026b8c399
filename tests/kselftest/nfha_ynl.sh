#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The family is what its specification says: the kernel tree's own client drives
# it, events and all.
. "$(dirname "$0")/lib.sh"
YNL=$O/kernels/source/tools/net/ynl
SPEC=$TOP/Documentation/netlink/specs/nfha.yaml
[ -e "$YNL/cli.py" ] || skip_all "no YNL client; scripts/kernel --source fetches it"
load_module

ynl()
{
	ip netns exec "$host" $PYTHON "$YNL/cli.py" --no-schema --spec "$SPEC" "$@"
}

# Says what is looked for, on whichever stream.
answers()
{
	local want=$1

	shift
	ynl "$@" 2>&1 | grep -q "$want"
}

listens()
{
	ip netns exec "$host" cat /proc/net/netlink |
		awk '$2 == 16 && $4 != "00000000"' | grep -q .
}

# Once, and with these attributes and no others.
overload_came()
{
	jq -e --argjson message "$1" \
		'map(select(.name == "overload-ntf" and .msg == $message)) | length == 1' \
		"/tmp/nfha-events-$$"
}

plan 23
setup_ns host peer
connect_all "$host" "$peer" l0 r0 xal xar xbl xbr xt
check "cli.py: service-new" ynl --do service-new --json '{"name": "s", "key": "000102030405060708090a0b0c0d0e0f", "port": [{"side": "left", "ifname": "l0"}, {"side": "right", "ifname": "r0"}]}'
check "cli.py: service-get, all" answers "'name': 's'" --dump service-get
check "cli.py: refusals come with words" answers "name the instance" \
	--do instance-new --json '{"service": "s"}'
ynl --subscribe events --sleep 20 --output-json >"/tmp/nfha-events-$$" 2>&1 &
listener=$!
wait_for 60 listens
# The rest in one process, for reading the specification takes seconds.
results < <(ip netns exec "$host" $PYTHON "$HERE/lib/ynl.py" "$YNL" "$SPEC" 2>&1)
wait $listener
check "cli.py: events came" grep -q "map-set-ntf" "/tmp/nfha-events-$$"
check "cli.py: of instances, too" grep -q "instance-set-ntf" "/tmp/nfha-events-$$"
check "cli.py: without a level an instance is overloaded" overload_came \
	'{"service": "s", "instance": "A", "overload-level": "overloaded"}'
check "cli.py: level and reason are passed on" overload_came \
	'{"service": "s", "instance": "B", "overload-level": "normal", "overload-reason": "idle"}'
finish
