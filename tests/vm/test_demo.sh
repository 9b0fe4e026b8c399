#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
#
# The main job in its short form: load rises and falls, and nfhad splits a firewall in
# two and merges it again, in virtual time, and a redis and a NAT are killed. The observer
# outside judges, and the clients. In the control the split moves flows away from their
# state, and of what is killed the demo itself has one that nothing protects: that has
# to be seen.
#
# usage: tests/vm/test_demo.sh     KERNEL is the one to boot (6.1)
. "$(dirname "$0")/../kselftest/lib.sh"
KERNEL=${KERNEL:-6.1}

command -v qemu-system-x86_64 >/dev/null ||
	skip_all "no qemu; scripts/bootstrap test demo installs it"

work=$(mktemp -d)

remove_work()
{
	rm -rf "$work"
}
trap remove_work EXIT

# demo NAME OPTION...
demo()
{
	local name=$1

	shift
	"$TOP/scripts/demo" --kernel "$KERNEL" --debug --out "$work/$name" \
		--short "$@" >"$work/$name.log" 2>&1
	echo $? >"$work/$name.status"
}

# says NAME CONDITION: of the report
says()
{
	jq -e "$2" "$work/$1/report.json" ||
		{ cat "$work/$1.log"; jq -c . "$work/$1/report.json"; return 1; }
}

# The report and what was said are as good as nothing if the demo ended before.
succeeds()
{
	grep -qx 0 "$work/$1.status" || { tail -n 100 "$work/$1.log"; return 1; }
}

# altered FILE MISSED COMMAND...: what the report misses if a command has been at a file
# of the proof
altered()
{
	local file=$1 missed=$2

	shift 2
	rm -rf "$work/altered"
	cp -r "$work/proof" "$work/altered" &&
		"$@" <"$work/proof/$file" >"$work/altered/$file" || return
	if $PYTHON "$TOP/tests/demo/report.py" "$work/altered" >"$work/altered.log" ||
	   ! grep -q "MISSED: $missed" "$work/altered.log"; then
		cat "$work/altered.log"
		return 1
	fi
}

# Of 100 new flows 10 go to the one where they should not.
says_wrong_share()
{
	local share

	share=$(jq '.new_flows_expected_pct / 100 - .1' "$work/proof/report.json")
	# shellcheck disable=SC2016
	altered series new_flows_z awk -v share="$share" \
		'{ n = $5 + $6; $6 = n * share; $5 = n - $6; print }'
}

# The range is cut where one gets 40 of 100 flows, and the other one 60.
says_wrong_cut()
{
	local exceptions

	exceptions=$(jq '.exceptions_at_split / .split_share_pct * 40 | floor' \
		"$work/proof/report.json")
	# shellcheck disable=SC2016
	altered decisions split_share_pct awk -F '\t' -v n="$exceptions" \
		'$2 == "split" { sub(/[0-9]+ exceptions/, n " exceptions") } { print }'
}

# One reset more than there was.
says_reset()
{
	altered failover.json "redis, buffer: resets is 1" jq '.redis.buffer.resets = 1'
}

plan 18
echo "# Linux $KERNEL, seed ${NFHA_SEED:=$RANDOM}"
export NFHA_SEED
demo proof &
demo control --control --first
wait
check "the demo succeeds" succeeds proof
check "it had traffic" says proof \
	".flows_total > 1000 and .exceptions_at_split > 50"
check "no flow breaks" says proof ".flows_broken == 0"
check "no flow changes the instance" says proof ".affinity_violations == 0"
# shellcheck disable=SC2016
check "nfhad splits by overload alone, and merges when the load has fallen" says proof \
	'.decisions as $d | [$d[].action] | index("overload") < index("split") and
	 index("split") < index("push") and index("push") < index("drain") and
	 index("drain") < index("merge") and
	 ($d | map(select(.action == "split" or .action == "drain").cause) |
	  all(test("flows [0-9]+, threshold [0-9]+, for ")))'
check "the split halves what A has" says proof \
	".split_share_pct > 45 and .split_share_pct < 55"
check "new flows follow the ranges" says proof \
	".new_flows > 500 and (.new_flows_z | fabs) < 3.89"
check "of a range that is cut at 40 to 60 the demo says so (control)" says_wrong_cut
check "and of flows that do not follow it (control)" says_wrong_share
check "the switch takes over what is left" says proof \
	".exceptions_at_push > 0 and .upstream_rules_max <= 2048"
check "the detour costs less than 10 us" says proof \
	".detour_added_latency_us > 0 and .detour_added_latency_us < 10"
check "control: flows that are moved away from their state break" \
	says control ".flows_broken > 0 and .affinity_violations > 0"
check "control: and the demo says so" grep -q "MISSED: flows_broken" "$work/control.log"
check "who is protected is killed, and no client sees it" says proof \
	"[.failover.redis.buffer, .failover.nat.buffer] | all(.kills > 0 and
	 .resets == 0 and .lost == 0 and .contradictions == 0)"
check "who is not is killed, and clients see it (control)" says proof \
	"[.failover.redis.none, .failover.nat.none] |
	 all(.kills > 0 and .resets > 0 and .lost > 0 and .contradictions > 0)"
check "failures are detected, and come to their end" says proof \
	"[.failover[][\"buffer\", \"checkpoint\"] | .detect_ms.p50, .recover_ms.p50,
	  .epoch_ms] | all(. > 0)"
check "what waits for a checkpoint is later than what does not" says proof \
	"[.failover[] | .buffer.latency_ms.p50 > .none.latency_ms.p50] | all"
check "and the demo says so if a client sees it (control)" says_reset
finish
