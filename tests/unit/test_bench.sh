#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What the benchmark makes of records: the report, tables and plots. Nothing is measured.
. "$(dirname "$0")/../kselftest/lib.sh"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir "$WORK/bench"

# WORD... with tabs between
tabs()
{
	local IFS=$'\t'

	echo "$*"
}

{
	tabs row 6.1 null 10000 instructions_per_packet 0 "" ""
	tabs row 6.1 mirred 10000 instructions_per_packet 1200 "" ""
	tabs row 6.1 nfha_hit 10 instructions_per_packet 1000 "" ""
	tabs row 6.1 nfha_hit 10000 instructions_per_packet 1010 "" ""
	tabs row 6.1 nfha_hit 10000 bytes_per_flow 77 "" ""
	tabs row 6.1 nfha_hit 10000 instructions_per_packet 1500 instances 2
	tabs row 6.1 nfha_hit 10000 instructions_per_packet 1600 instances 10
	tabs row 6.1 nfha_split 10 microseconds 4000 "" ""
	tabs row 6.1 nfha_split 10000 microseconds 4001 "" ""
} >"$WORK/bench/records-6.1-packets"
tabs broken 6.1 nft_jhash add 400 125 20.1 new=26 >"$WORK/bench/records-6.1-broken"
# Without what the last columns are.
tabs row 6.1 conntrack 0 nfhad_ms 4.5 >"$WORK/bench/records-6.1-protection"

told=$(O=$WORK KERNELS=6.1 "$TOP/scripts/bench" --report 2>&1)

says() { grep -qE "$1" <<<"$told"; }
has() { jq -e "[.[] | select($1)] | length == 1" "$WORK/bench/report.json"; }
refuses() { ! "$TOP/scripts/bench" "$@" 2>/dev/null; }

plan 8
check "what is of one point is one row" has \
	'.name == "nfha_hit" and .flows == 10000 and .instances == null and
	 .instructions_per_packet == 1010 and .bytes_per_flow == 77'
check "points of another curve are rows of their own" has \
	'.name == "nfha_hit" and .instances == 10 and .instructions_per_packet == 1600'
check "flows that break have their peer and event, and what else was counted" has \
	'.name == "broken" and .peer == "nft_jhash" and .event == "add" and
	 .flows == 400 and .broken == 125 and .ms == 20.1 and .new == 26'
check "a figure without flows is there" has '.name == "conntrack" and .nfhad_ms == 4.5'
check "targets look at the curve by flows only" says "hit, from fewest .* 1\.00, at most .* met"
check "there is a table for each" says "^nft_jhash +add +400 +125"
check "and a plot of each curve that has points" \
	test -s "$WORK/bench/cost-by-instances.png" -a ! -e "$WORK/bench/cost-by-cpus.png"
check "a row that there is not is refused" refuses no_such_row
finish
