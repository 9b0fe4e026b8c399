#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A million flows: every one is in a dump once, also when the dump is taken up
# again, and a split does not walk them. Services come and go between the parts of a dump.
. "$(dirname "$0")/lib.sh"
load_module
FLOWS=${NFHA_FLOWS:-1000000}

lines()
{
	awk -v n="$FLOWS" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "udp left 10.%d.%d.%d:%d 192.0.2.1:53\n",
				i / 65536 % 256, i / 256 % 256, i % 256, 1024 + i % 60000
	}'
}

all_imported()
{
	lines | ctl flow import s instance A | grep -qx "imported $FLOWS"
}

shown_once()
{
	local all

	all=$(mktemp)
	ctl flow show s | awk '{ print $3 }' >"$all"
	[ "$(wc -l <"$all")" = "$FLOWS" ] &&
		[ "$(LC_ALL=C sort -u "$all" | wc -l)" = "$FLOWS" ]
}

counted()
{
	[ "$(ctl flow show s count)" = "$FLOWS" ]
}

# A dump in two: up to some flow, and from its place on.
resumed()
{
	local cursor first from to

	first=$(mktemp)
	ctl flow show s limit $((FLOWS / 3)) >"$first"
	read -r _ _ from _ to _ <<<"$(tail -n 1 "$first")"
	cursor=$(ctl -j flow get s from "$from" to "$to" proto udp | jq .cursor)
	{
		cat "$first"
		ctl flow show s cursor "$cursor"
	} | awk '{ print $3 }' | LC_ALL=C sort -u | wc -l | grep -qx "$FLOWS"
}

halved()
{
	local e

	e=$(ctl -j split s from A to B by flows | jq .exceptions)
	[ $((e - FLOWS / 2)) -lt 200 ] && [ $((FLOWS / 2 - e)) -lt 200 ]
}

# The longest map that there may be: each range and its neighbours have other owners.
RANGES=4096
LONGEST=instance-whose-name-is-longest

longest_set()
{
	local i ranges=()

	for ((i = 0; i < RANGES; i++)); do
		ranges+=("$((i * 16))-$((i * 16 + 15))=$LONGEST$((i % 2))")
	done
	ctl range set b "${ranges[@]}"
}

# Those before it and after it are shown, too.
longest_shown()
{
	local all

	all=$(ctl range show) &&
		[ "$(awk '/^service/ { printf "%s ", $2 }' <<<"$all")" = "a b c " ] &&
		[ "$(grep -c '^  ' <<<"$all")" = $((RANGES + 2)) ]
}

plan 17
setup_ns host peer
connect_all "$host" "$peer" l0 r0 xal xar xbl xbr
ctl service add s key $KEY left l0 right r0 flows-max 2000000 \
	imported-max 2000000 timeout udp=3600s
ctl instance add A service s left xal right xar
ctl instance add B service s left xbl right xbr
ctl range set s 0-65535=A
check "$FLOWS flows are imported" all_imported
check "all are counted in a dump" counted
check "each is in it once" shown_once
check "a dump can be taken up again" resumed
check "a split by flows halves them" halved
check "all can be removed" ctl flow delete s imported
cleanup_ns
setup_ns host
ip -n "$host" link add l0 type veth peer name l1
results < <(ip netns exec "$host" $PYTHON "$HERE/lib/dump.py" \
	"$TOP/include/uapi/linux/nfha.h" 2>&1)
cleanup_ns
setup_ns host
ip -n "$host" link add l0 type veth peer name l1
for s in 1a 2b 3c; do
	ctl service add "${s#?}" key $KEY left "l0/02:00:00:00:00:0${s%?}"
	for i in 0 1; do
		ctl instance add $LONGEST$i service "${s#?}" left "l1/02:00:00:00:0$i:0${s%?}"
	done
	ctl range set "${s#?}" 0-65535=${LONGEST}0
done
check "a map of $RANGES ranges can be set" longest_set
check "it is in a dump, as are those before and after it" longest_shown
finish
