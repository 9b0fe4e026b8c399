#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What runs the tests says what is wrong with how it was called, before it does anything, and never
# takes what an earlier run has left for its own.
TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/tests/unit/tap.sh"
unset NFHA_SEED NFHA_OPERATIONS MAKEFLAGS MFLAGS

# TEXT COMMAND...: ends with 2, and says so
refuses()
{
	local text=$1

	shift
	"$@" >"$work/said" 2>&1
	[ $? = 2 ] && grep -qF -- "$text" "$work/said"
}

refuses_numbers()
{
	local value

	for value in x -5 0 1e5 100k 08 ""; do
		refuses "NFHA_OPERATIONS=$value: expected a number" \
			env O="$work" NFHA_OPERATIONS="$value" "$TOP/scripts/check" --vm \
			nfha_churn.sh || return
	done
}

# A good end of a run that was, and a module that is not built.
earlier_run()
{
	printf 'ok 1 - good\n1..1\n### nfha_steer.sh 0 1\n' >"$work/tests-6.1"
	echo 0 >"$work/status-6.1"
	KERNELS=6.1 O=$work "$TOP/scripts/check" --vm nfha_load.sh >"$work/said" 2>&1
	[ $? = 1 ] && ! grep -q nfha_steer "$work/said"
}

check "numbers for tests are numbers" refuses_numbers
check "kernels are those that there are" refuses 'no kernel "6.1,6.12"' \
	env KERNELS=6.1,6.12 O="$work" "$TOP/scripts/check" nfha_load.sh
check "an option comes first" refuses "comes first" \
	"$TOP/scripts/check" nfha_load.sh --vm
check "tests are named without a directory" refuses "no test" \
	"$TOP/scripts/check" --vm ../kselftest/nfha_load.sh
check "a build without unit tests is no good one" refuses "no test" \
	env O="$work" "$TOP/scripts/check" --programs test_nothing
check "what an earlier run has left is not counted" earlier_run
check "models without a case are no proof" refuses 'no case has "nosuch"' \
	"$TOP/tests/models" nosuch
check "nor is one with a word too many" refuses "one word too many" \
	"$TOP/tests/models" a b
check "a fuzzer's seed is a number" refuses "NFHA_SEED=abc: expected a number" \
	env O="$work" NFHA_SEED=abc "$TOP/scripts/fuzz" idl
check "and so are its seconds" refuses '--seconds "1e3": expected a number' \
	"$TOP/scripts/fuzz" --seconds 1e3 idl
check "make says so before it builds" refuses "HOURS=1.5: expected a number" \
	make -C "$TOP" O="$work" fuzz HOURS=1.5
check "and of seconds" refuses "SECONDS=abc: expected a number" \
	make -C "$TOP" O="$work" fuzz SECONDS=abc
check "and of a limit for lines" refuses "COVERAGE=abc: expected percents" \
	make -C "$TOP" O="$work" coverage COVERAGE=abc
echo "1..$number"
exit $failed
