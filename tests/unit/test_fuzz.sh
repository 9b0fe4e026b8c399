#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Each fuzz target over what it begins with, and a bounded number of mutations; a target with
# a mistake in it has to fail. scripts/fuzz runs them for as long as one likes.

TOP=$(cd "$(dirname "$0")/../.." && pwd)
FUZZ=${O:-$TOP/build}/fuzz
# shellcheck source=tests/unit/tap.sh
. "$TOP/tests/unit/tap.sh"
SEED=${NFHA_SEED:-$((RANDOM * 32768 + RANDOM + 1))}

# How many inputs each target gets: for a second or two of each.
declare -A RUNS=(
	[parser]=25000 [message]=20000 [args]=4000 [yaml]=400 [varlink]=700 [idl]=4000
	[image]=2000 [connections]=2500 [record]=3000
)
TARGETS=(parser message args yaml varlink idl image connections record)
declare -A LONGEST=([parser]=1500 [message]=2000 [args]=500 [yaml]=4000 [varlink]=2000)

# run PROGRAM TARGET RUNS: what it says is in $work/said
run()
{
	local options=("-runs=$3" "-seed=$SEED" "-artifact_prefix=$work/$1-"
		"-max_len=${LONGEST[$2]-8192}" -timeout=60)

	[ ! -e "$FUZZ/seeds/$2.dict" ] || options+=("-dict=$FUZZ/seeds/$2.dict")
	mkdir -p "$work/$1"
	"$FUZZ/$1" "${options[@]}" "$work/$1" "$FUZZ/seeds/$2" >"$work/$1.said" 2>&1
}

# Two at a time, as many as there are processors to count on.
run_all()
{
	local target

	for target in "${TARGETS[@]}"; do
		[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
		(run "$target" "$target" "${RUNS[$target]}"; echo $? >"$work/$target.status") &
	done
	wait
}

# All the inputs that it was to have, and no finding.
is_good()
{
	grep -v -e NEW -e REDUCE -e pulse "$work/$1.said" | tail -40 >"$work/said"
	[ "$(cat "$work/$1.status")" = 0 ] &&
		grep -q "^Done ${RUNS[$1]} runs" "$work/$1.said"
}

# finds PROGRAM TARGET WORDS: it fails, and says this.
finds()
{
	! run "$1" "$2" 20000 && cp "$work/$1.said" "$work/said" && grep -q -- "$3" "$work/said"
}

echo "TAP version 13"
echo "# NFHA_SEED=$SEED"
if [ ! -x "$FUZZ/parser" ]; then
	echo "1..0 # SKIP not built: make fuzz-check"
	exit 4
fi
echo "1..$((${#TARGETS[@]} + 3))"
run_all
for target in "${TARGETS[@]}"; do
	check "$target: ${RUNS[$target]} inputs break no promise" is_good "$target"
done
check "a byte that is not the packet's is found (control)" \
	finds planted-memory parser heap-buffer-overflow
check "so is an answer that depends on where the packet is in memory (control)" \
	finds planted-promise parser "not so: view_same"
check "and memory that is not freed (control)" \
	finds planted-leak yaml "detected memory leaks"
# shellcheck disable=SC2154 # tap.sh has it
exit "$failed"
