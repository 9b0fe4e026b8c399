# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module's rows. The service S has its left side at d0 and its right side
# at d2; of its instances A is behind d1 and d3, B behind d4.

NFHACTL=${NFHACTL:-$BENCH_BIN/nfhactl}

# A packet of 64 bytes every 20 us.
STALL_RATE=25600kbit
STALL_INTERVAL=20000
STALL_PACKETS=20000

ctl() { "$NFHACTL" -n dut "$@" >/dev/null; }

# OPTION... of the service
service_up()
{
	[ -e /sys/module/nfha ] || insmod "$NFHA_MODULE"
	ctl service add S key 000102030405060708090a0b0c0d0e0f \
		left d0 right d2 flows-max 2000000 "$@"
	ctl instance add A service S left d1 right d3
	ctl range set S 0-65535=A
}

service_down()
{
	ctl service del S force
}

# The empty table is part of what a flow costs.
row_nfha()
{
	local before

	[ -e /sys/module/nfha ] || insmod "$NFHA_MODULE"
	before=$(memory)
	service_up
	measure_flows nfha_hit "$SERVER" "$before" 0 10 100 1000 "$FLOWS"
	measure_new nfha_new "$SERVER"
	measure_flows nfha_hit "$SERVER" "$before" 0 100000 1000000
	! is_wanted 1000000 || measure_stall 1000000 1m
	service_down
}

# Connections are opened by both ends; then the left one goes on.
row_nfha_tcp()
{
	local syn=0x02 syn_ack=0x12 ack=0x10
	# shellcheck disable=SC2034 # for above_null()
	local NULL_NS=$NULL_TCP_NS

	service_up
	traffic "$SERVER" -n "$FLOWS" -t $syn >/dev/null
	gen "$GENERATE" -n "$FLOWS" -t $syn_ack -b g1 "$(mac_of dut d2)" \
		"$SERVER" "$SERVICE_PORT" >/dev/null
	measure_hit nfha_hit_tcp "$FLOWS" "$SERVER" -t $ack
	service_down
}

row_nfha_range()
{
	service_up tracking imported
	measure_hit nfha_range "$FLOWS" "$SERVER"
	service_down
}

# What the service leaves to the host ends where "null" ends.
row_nfha_unmatched()
{
	service_up match "$SERVER/32,udp:$SERVICE_PORT"
	drop_everything dut d0
	measure_hit nfha_unmatched "$FLOWS" "$STRANGER" -i 1
	service_down
}

row_nfha_other_device()
{
	[ -e /sys/module/nfha ] || insmod "$NFHA_MODULE"
	ctl service add S key random left d2
	ctl instance add A service S left d3
	ctl range set S 0-65535=A
	drop_everything dut d0
	measure_hit nfha_other_device "$FLOWS" "$SERVER" -i 1
	service_down
}

# Longest delay of a packet while a command runs: COMMAND...
stall()
{
	"$BENCH_BIN/stall" gen g0 out "$(mac_of dut d0)" "$SERVER" \
		"$SERVICE_PORT" 1000 $STALL_PACKETS $STALL_INTERVAL "$@"
}

# NAME FLOWS COMMAND...: what comes by chance is not in the median.
record_stall()
{
	local name=$1 count=$2 at ns=

	shift 2
	for at in 60000 50000 40000 30000 20000; do
		ns+=$(stall "${@//AT/$at}")$'\n' ||
			fail "$name: cannot be measured"
	done
	ns=$(median <<<"${ns%$'\n'}")
	record "$name" "$count" nanoseconds "$ns"
	say "$name: longest delay $ns ns"
}

# FLOWS SUFFIX: the split beside a request that changes nothing.
measure_stall()
{
	# A packet is late when the kernel keeps it, not when a process is served first.
	chrt -f -p 50 "$(pgrep -o ksoftirqd)"
	tc -n gen qdisc add dev g0 root netem rate $STALL_RATE limit 1000000
	ctl instance add B service S left d4
	# Once before, so that the programs are in memory.
	ctl service show
	record_stall "nfha_no_split_stall_$2" "$1" \
		ip netns exec dut "$NFHACTL" service show
	record_stall "nfha_split_stall_$2" "$1" \
		ip netns exec dut "$NFHACTL" split S from A to B at AT
}

row_nfha_stall()
{
	service_up
	traffic "$SERVER" -n 1000 >/dev/null
	measure_stall 1000 1k
	service_down
}
