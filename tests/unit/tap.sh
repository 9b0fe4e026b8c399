# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What tests that are scripts share: $work, a directory that goes at the end, and checks.
# What the last command has said is in $work/said.

work=$(mktemp -d)
number=0
# shellcheck disable=SC2034 # for the tests
failed=0
trap 'rm -rf "$work"' EXIT

# check TEXT COMMAND...: the command has to succeed.
check()
{
	local text=$1

	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number - $text"
	else
		# shellcheck disable=SC2034
		failed=1
		echo "not ok $number - $text"
		sed 's/^/# /' "$work/said"
	fi
}
