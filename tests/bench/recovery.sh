# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rows of rollback recovery: what the log costs a packet on its way in, by d0,
# and the hold one on its way out, by d1, each above the same way without them.
# An epoch has 1,024 packets; four are pending, one with the plug queue.

HELD=20000

# Sends from o0, which is the VNF: options of the generator.
answers()
{
	out "$GENERATE" -b "$@" o0 "$(mac_of dut d1)" "$SERVER" "$SERVICE_PORT"
}

# Instructions for each packet: COMMAND...
cost()
{
	"$@" -n "$FLOWS" -c "$PACKETS" -r "$ROUNDS" | median
}

# NAME COST UNPROTECTED
record_protection()
{
	local name=$1 above=

	[ -n "$2" ] || fail "$name: cannot be measured"
	above=$(awk -v ns="$2" -v without="$3" \
		'BEGIN { printf "%.0f", ns - without }')
	record "$name" "$FLOWS" instructions_per_packet "$(above_null "$2")"
	record "$name" "$FLOWS" above_unprotected "$above"
	say "$name: $above above no protection"
}

row_nfha_recovery()
{
	local input output

	service_up
	drop_everything gen g0
	traffic "$SERVER" -n "$FLOWS" >/dev/null
	input=$(cost traffic "$SERVER")
	output=$(cost answers)
	[ -n "$input" ] || fail "nfha_recovery: no input"
	[ -n "$output" ] || fail "nfha_recovery: no output"
	record nfha_output "$FLOWS" instructions_per_packet \
		"$(above_null "$output")"
	say "nfha_output: $(above_null "$output")"
	ctl service set S recovery checkpoint
	record_protection nfha_checkpoint \
		"$(cost traffic "$SERVER" -e nfha:dut:S:A)" "$input"
	ctl service set S recovery buffer
	record_protection nfha_hold "$(cost answers -e nfha:dut:S:A)" "$output"
	ctl service set S recovery checkpoint
	ctl service set S recovery none
	tc -n dut qdisc add dev d0 root plug
	record_protection sch_plug "$(cost answers -e plug:dut:d0)" "$output"
	tc -n dut qdisc del dev d0 root
	service_down
}

# Longest delay of a packet of another stream while a command runs:
# FROM DEVICE TO DUT_DEVICE COMMAND...
stall_beside()
{
	local from=$1 device=$2 to=$3 mac

	mac=$(mac_of dut "$4")
	shift 4
	"$BENCH_BIN/stall" "$from" "$device" "$to" "$mac" "$SERVER" \
		"$SERVICE_PORT" 1000 "$STALL_PACKETS" "$STALL_INTERVAL" \
		ip netns exec dut "$NFHACTL" "$@"
}

# All that is held goes out at once, beside packets on their way in.
release_stall()
{
	answers -n "$FLOWS" -c $HELD -i 1 >/dev/null
	ctl epoch cut S instance A
	stall_beside gen g0 out d0 epoch commit S instance A epoch "$1"
}

# All that has waited goes in at once, beside packets on their way out.
replay_stall()
{
	ctl epoch begin S instance A
	traffic "$SERVER" -n "$FLOWS" -c $HELD -i 1 >/dev/null
	stall_beside out o0 gen d1 epoch cut S instance A
	ctl epoch commit S instance A epoch "$1"
}

# NAME COMMAND...: gets the number of an epoch
record_stall_beside()
{
	local name=$1 epoch ns=

	shift
	for epoch in 1 2 3; do
		ns+=$("$@" "$epoch")$'\n' || fail "$name: cannot be measured"
	done
	ns=$(median <<<"${ns%$'\n'}")
	record "$name" $HELD nanoseconds "$ns"
	say "$name: longest delay $ns ns"
}

row_nfha_recovery_stall()
{
	local queues="log-max 67108864 hold-max 67108864"

	# As with the stall of a split.
	chrt -f -p 50 "$(pgrep -o ksoftirqd)"
	tc -n gen qdisc add dev g0 root netem rate "$STALL_RATE" limit 1000000
	tc -n out qdisc add dev o0 root netem rate "$STALL_RATE" limit 1000000
	# shellcheck disable=SC2086 # two arguments each
	service_up recovery buffer $queues
	ctl epoch show
	record_stall_beside nfha_release_stall release_stall
	service_down
	# shellcheck disable=SC2086
	service_up recovery checkpoint $queues
	record_stall_beside nfha_replay_stall replay_stall
	service_down
}
