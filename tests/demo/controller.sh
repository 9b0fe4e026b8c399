# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# nfhad at S1: what it is told, what it decides, and waiting for that. OUT and pids are
# the caller's.

SOCKET=/run/nfhad.socket

uptime_us()
{
	local up

	read -r up _ </proc/uptime
	# It has hundredths of a second.
	echo "${up/./}0000"
}

# configure POLICY OVERLOAD UNDERLOAD [SWITCH]: with flows that are too many for one
# firewall, and too few; with a switch nfhad tells it of each step, and does not merge: the
# switch knows its exceptions only, and nobody the flows that it sends past S1.
# A2 is first: of two that have little to do it is the one that leaves.
configure()
{
	local far=("" "") also="underload: {flows: $3}"

	if [ -n "${4-}" ]; then
		far=(", upstream: S1" ", upstream: S2")
		also="upstream: {netns: $4, service: fw}"
	fi
	cat >"$OUT/nfhad.yaml" <<-END
		store: {directory: /run/nfhad/store, sync: none}
		services:
		  - name: fw
		    driver: none
		    scale:
		      interval: 200ms
		      overload: {flows: $2}
		      overload-for: 1s
		      underload-for: 2s
		      hold-down: 2s
		      policy: $1
		      $also
		    instances:
		      - {name: A2, role: spare, netns: vnfA2${far[1]}}
		      - {name: A, role: active, netns: vnfA${far[0]}}
	END
	echo "$2 $3" >"$OUT/thresholds"
}

# Have all come so far? A works, A2 is at rest, and the switch has been told at the start.
is_begun()
{
	grep -q "the switch has the ranges" "$OUT/nfhad.log" &&
	nfhactl -j -s $SOCKET status fw 2>/dev/null | jq -e '
		.services[0].instances |
		map({(.name): .state}) | add | .A == "active" and .A2 == "idle"
	' >/dev/null
}

# What it decides goes to $OUT/decisions, to the screen, and to the marks.
decisions_follow()
{
	local time action instance cause

	while IFS=$'\t' read -r time action instance cause; do
		printf '%s\t%s\t%s\t%s\n' "$time" "$action" "$instance" "$cause" \
			>>"$OUT/decisions"
		fold -s -w 76 <<<"[$time s] nfhad: $action ${instance/#-/fw}: $cause"
		case $action in
		overload | start | split | push | drain | merge)
			echo "$time $action" >>"$OUT/marks" ;;
		esac
	done
}

controller_start()
{
	ip netns exec s1 nfhad --config "$OUT/nfhad.yaml" >"$OUT/nfhad.log" 2>&1 &
	nfhad=$!
	pids+=("$nfhad")
	until is_begun; do
		kill -0 "$nfhad" || { cat "$OUT/nfhad.log"; return 1; }
		sleep 0.1
	done
}

# controller_watch START: from now on; START is when the demo's clock was 0, milliseconds
# of CLOCK_MONOTONIC
controller_watch()
{
	local zero

	# The same, since 1970.
	zero=$((${EPOCHREALTIME/./} - $(uptime_us) + $1 * 1000))
	: >"$OUT/decisions"
	nfhactl -j -s $SOCKET events service fw 2>"$OUT/listening" |
		jq --unbuffered -r "[((.timeUs - $zero) / 10000 | round / 100),
			.action, .instance // \"-\", .cause] | @tsv" |
		decisions_follow &
	until grep -q listening "$OUT/listening"; do
		kill -0 "$nfhad" || { cat "$OUT/nfhad.log"; return 1; }
		sleep 0.1
	done
}

# decided MARK SECONDS: waits for what nfhad does
decided()
{
	local end=$((SECONDS + $2))

	until grep -q " $1\$" "$OUT/marks"; do
		if [ $SECONDS -ge $end ] || ! kill -0 "$nfhad"; then
			echo "scaleout: within $2 s there is no $1; nfhad says" >&2
			cat "$OUT/nfhad.log" >&2
			return 1
		fi
		sleep 0.25
	done
}

controller_stop()
{
	kill "$nfhad"
	wait "$nfhad"
}
