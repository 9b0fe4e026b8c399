#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
#
# The main job in its short form: a firewall is split in two and merged again
# under live traffic, in virtual time, and a redis and a NAT are killed. The observer
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

# What the report says of one reset more than there was.
says_reset()
{
	cp -r "$work/proof" "$work/altered" &&
		jq '.redis.buffer.resets = 1' "$work/proof/failover.json" \
			>"$work/altered/failover.json" || return
	! $PYTHON "$TOP/tests/demo/report.py" "$work/altered" >"$work/altered.log" &&
		grep -q "MISSED: redis, buffer: resets is 1" "$work/altered.log"
}

plan 14
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
# With so few flows at a time chance alone makes several per cent.
check "the load is shared afterwards" says proof ".imbalance_pct < 25"
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
check "and the demo says so if a client sees it" says_reset
finish
