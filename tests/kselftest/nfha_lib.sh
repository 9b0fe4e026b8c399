#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154 # setup_ns makes the variables
# The library against the kernel: its example programs, imports that fail half
# way, the longest range map, the name of what was refused.
#
#   host: service s, instances A and B        other: service u, instance X
. "$(dirname "$0")/lib.sh"
load_module
EXAMPLES=$O/examples
A=instance-A-of-the-longest-name-x
A=${A:0:31}
B=${A/-A-/-B-}
FLOWS=600

lines()
{
	local i

	for ((i = 0; i < $1; i++)); do
		echo "udp left 10.0.0.1:$((1000 + i)) 192.0.2.1:53"
	done
}

other()
{
	nfhactl -n "$other" "$@"
}

exceptions()
{
	ctl -j service show s | jq -e ".[0].exceptions $1"
}

# Two instances in turn, in as many ranges as a map may have.
long_map()
{
	local ranges=() i

	for ((i = 0; i < 4096; i += 2)); do
		ranges+=("$((i * 16))-$((i * 16 + 15))=$A")
		ranges+=("$((i * 16 + 16))-$((i * 16 + 31))=$B")
	done
	ctl range set s "${ranges[@]}" &&
		[ "$(ctl -j range show s | jq '.[0].ranges | length')" = 4096 ]
}

# What example split says, and that it ends when exceptions have.
split_follows()
{
	ctl flow delete s exceptions && wait_for 60 grep -q "^status" "$work/split" &&
		grep -q "^at [0-9]" "$work/split" &&
		grep -qx "exceptions [0-5]" "$work/split" &&
		grep -qx "status 0" "$work/split"
}

gives_exceptions()
{
	local n

	n=$(ctl -j flow show s exceptions count | jq .flows)
	[ "$n" -gt 100 ] &&
		[ "$("$EXAMPLES/exceptions" "$host" s "$other" u X)" = "$n exceptions" ] &&
		[ "$(other -j flow show u count | jq .flows)" = "$n" ]
}

import_stops()
{
	other flow delete u imported && other service set u imported-max 300 &&
		! lines "$FLOWS" | other flow import u instance X 2>"$work/error" &&
		grep -q "300 of $FLOWS flows imported: imported-max is reached" \
			"$work/error" && [ "$(wc -l <"$work/error")" = 1 ] &&
		[ "$(other flow show u count)" = 300 ]
}

as_json()
{
	other service set u imported-max 1000 && other flow delete u imported &&
		ctl -j flow export s | other flow import u instance X &&
		ctl flow export s | sort >"$work/s" &&
		other flow export u | sort >"$work/u" &&
		diff "$work/s" "$work/u"
}

# The namespace of the caller stays what it was.
namespace_stays()
{
	[ "$(ip netns exec "$other" "$O/nfhactl" -n "$host" -j service show |
		jq -r '.[0].name')" = s ] &&
		[ "$(ip netns exec "$other" "$O/nfhactl" -j service show |
			jq -r '.[0].name')" = u ]
}

[ -x "$EXAMPLES/split" ] || skip_all "the examples are not built: make user"
plan 12
work=$(mktemp -d)
trap 'cleanup_ns; rm -rf "$work"' EXIT
setup_ns host other peer
connect_all "$host" "$peer" l0 a0 b0
connect "$other" l0 "$peer" q-l0
connect "$other" x0 "$peer" q-x0
ctl service add s key $KEY left l0 threshold 5 timeout udp=3600s
ctl instance add "$A" service s left a0
ctl instance add "$B" service s left b0
ctl range set s 0-65535="$A"
other service add u key $KEY left l0 tracking imported timeout udp=3600s
other instance add X service u left x0
other range set u 0-65535=X

check "the longest map goes in and comes out" long_map
check "and back to one range" ctl range set s 0-65535="$A"
check "both namespaces are seen from each" namespace_stays
refuse "the refused attribute is named" "port ifname nodev: no such device" \
	ctl instance add C service s left nodev
refuse "also in a map" "range instance C: " ctl range set s 0-65535=C

lines "$FLOWS" | ctl flow import s instance "$A" >"$work/import"
check "batches of flows go in" grep -qx "imported $FLOWS" "$work/import"
{
	"$EXAMPLES/split" "$host" s "$A" "$B"
	echo "status $?"
} >"$work/split" 2>&1 &
check "example split splits" wait_for 10 exceptions "> 100"
check "example exceptions gives them away" gives_exceptions
check "example split follows them until the threshold" split_follows
check "JSON of an export is imported" as_json
check "an import stops where it failed" import_stops
refuse "a line that is no flow" "line 2 is not valid" \
	bash -c "printf '%s\n' 'udp left 10.0.0.9:1 10.0.0.8:2' 'udp left x' |
		nfhactl -n $other flow import u instance X"
finish
