# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The topology that all rows are measured on:
#
#      gen               dut               out
#   +--------+       +---------+       +---------+
#   |     g0 |-------| d0   d1 |-------| o0  drop|
#   |     g1 |-------| d2   d3 |-------| o1  drop|
#   |        |       |      d4 |-------| o2  drop|
#   +--------+       +---------+       +---------+
#
# What a row adds is in dut alone. Everything ends in the same drop, in out or,
# for the reference "null", already at d0.

GENERATE=$BENCH_BIN/generate
# Why a row has failed.
REASON=$BENCH_BIN/reason
# shellcheck disable=SC2034 # for the rows
SERVER=192.0.2.1
# shellcheck disable=SC2034 # for the rows
STRANGER=198.51.100.1
SERVICE_PORT=80

# Flows of the peers' rows, and packets in a round.
FLOWS=10000
PACKETS=20000
ROUNDS=3

# Points of the curves. The last one by flows takes a table that a peer needs some
# minutes to fill; NFHA_FLOWS_MAX leaves out what is beyond.
# shellcheck disable=SC2034 # for the rows
BY_INSTANCES="2 10 100 1000"
# shellcheck disable=SC2034 # for the rows
BY_CPUS="1 2"
FLOWS_MAX=${NFHA_FLOWS_MAX:-1000000}

# What a figure is a point of, if not of a curve by flows.
BY=
AT=

NULL_NS=
# shellcheck disable=SC2034 # for the rows
NULL_TCP_NS=
NULL_CPUS=()

gen() { ip netns exec gen "$@"; }
dut() { ip netns exec dut "$@"; }
out() { ip netns exec out "$@"; }

say()
{
	echo "# $*"
}

fail()
{
	echo "bench: $*" >&2
	echo "$*" >"$REASON"
	exit 1
}

# One record for the host: name, flows, what it is, value; and of a curve that does not go
# by flows, by what and where on it.
record()
{
	printf 'row\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$BY" "$AT"
}

drop_everything()
{
	local ns=$1 device

	shift
	{
		echo "table netdev bench {"
		for device; do
			echo "chain $device {"
			# After whatever else is hooked there.
			echo "type filter hook ingress device $device priority 500;"
			echo "policy drop; }"
		done
		echo "}"
	} | ip netns exec "$ns" nft -f -
}

pair()
{
	ip link add "$2" netns "$1" numtxqueues 1 numrxqueues 1 type veth \
		peer name "$4" netns "$3" numtxqueues 1 numrxqueues 1
}

topology_up()
{
	local ns device

	for ns in gen dut out; do
		ip netns add $ns
		ip netns exec $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0
	done
	pair gen g0 dut d0
	pair gen g1 dut d2
	pair dut d1 out o0
	pair dut d3 out o1
	pair dut d4 out o2
	for device in gen:g0 gen:g1 dut:d0 dut:d1 dut:d2 dut:d3 dut:d4 \
		      out:o0 out:o1 out:o2; do
		ip -n "${device%:*}" link set "${device#*:}" up
	done
	drop_everything out o0 o1 o2
}

topology_down()
{
	local ns

	for ns in gen dut out; do
		ip netns del $ns
	done
	# Sees to it that the memory of one row is not in the next one's figure.
	busybox sleep 0.2
	echo 3 >/proc/sys/vm/drop_caches
}

mac_of()
{
	ip netns exec "$1" cat "/sys/class/net/$2/address"
}

# Address and neighbours for the rows that route.
route_to_out()
{
	local mac server

	mac=$(mac_of out o0)
	ip -n dut addr add 10.99.0.1/24 dev d1
	for server in 10.99.0.2 10.99.0.3; do
		ip -n dut neigh add "$server" lladdr "$mac" dev d1 nud permanent
	done
	dut sysctl -qw net.ipv4.ip_forward=1
	ip -n dut route add 198.51.100.0/24 via 10.99.0.2
	# The clients are somewhere beyond d0.
	ip -n dut route add 10.0.0.0/10 dev d0
}

# Sends from g0. ADDRESS and then options of the generator.
traffic()
{
	local address=$1

	shift
	gen "$GENERATE" "$@" g0 "$(mac_of dut d0)" "$address" $SERVICE_PORT
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

mean()
{
	awk '{ sum += $1 } END { print sum / NR }'
}

# A row whose generator costs something else gives a NULL_NS of its own.
above_null()
{
	awk -v ns="$1" -v null="$NULL_NS" 'BEGIN {
		above = sprintf("%.0f", ns - null) + 0
		# There is no -0 to report.
		print above == 0 ? 0 : above }'
}

# Cost of a packet of known flows: NAME FLOWS ADDRESS OPTION...
measure_hit()
{
	local name=$1 flows=$2 address=$3 ns

	shift 3
	traffic "$address" "$@" -n "$flows" >/dev/null || fail "$name: no traffic"
	ns=$(traffic "$address" "$@" -n "$flows" -c $PACKETS -r $ROUNDS) ||
		fail "$name: cannot be measured"
	ns=$(median <<<"$ns")
	record "$name" "$flows" instructions_per_packet "$(above_null "$ns")"
	say "$name, $flows flows${BY:+, $AT $BY}: $(above_null "$ns")"
}

# Cost of the first packet of a flow: NAME ADDRESS OPTION...
# The flows come on top of FLOWS ones. A table that grows meanwhile does it for
# all of them, so each round counts.
measure_new()
{
	local name=$1 address=$2 ns

	shift 2
	ns=$(traffic "$address" "$@" -a $FLOWS -n $PACKETS -r $ROUNDS -s) ||
		fail "$name: cannot be measured"
	ns=$(mean <<<"$ns")
	record "$name" "$FLOWS" instructions_per_packet "$(above_null "$ns")"
	say "$name: $(above_null "$ns")"
}

# Memory of the kernel that a flow can be in, bytes. What other slabs do not
# use any more is given back first.
memory()
{
	busybox sleep 0.2
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(Slab|VmallocUsed|Percpu):/ { sum += $2 } END { print sum * 1024 }' \
		/proc/meminfo
}

# NAME FLOWS BEFORE FIXED: FIXED is a table that was there before.
record_memory()
{
	local bytes

	bytes=$(($(memory) - $3 + $4))
	record "$1" "$2" bytes "$bytes"
	record "$1" "$2" bytes_per_flow "$((bytes / $2))"
	say "$1, $2 flows: $((bytes / $2)) bytes each"
}

# Whether so many flows are to be measured: FLOWS
is_wanted()
{
	[ "$1" -le "$FLOWS_MAX" ]
}

# Points of a curve by flows: NAME ADDRESS BEFORE FIXED FLOWS...
measure_flows()
{
	local name=$1 address=$2 before=$3 fixed=$4 count

	shift 4
	for count; do
		is_wanted "$count" || continue
		measure_hit "$name" "$count" "$address"
		# Fewer are lost in what else a kernel does.
		[ "$count" -lt 1000 ] ||
			record_memory "$name" "$count" "$before" "$fixed"
	done
}

# Points of a curve by processors, of what is set up: NAME ADDRESS
measure_cpus()
{
	local cpus

	BY=cpus
	for cpus in $BY_CPUS; do
		AT=$cpus
		local NULL_NS=${NULL_CPUS[$cpus]}
		measure_hit "$1" "$FLOWS" "$2" -j "$cpus"
	done
	BY='' AT=''
}
