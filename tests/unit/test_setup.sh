#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What the documents give for an installation: the unit that makes a set-up again at boot, and
# make, which says what is wrong with how it was called.
. "$(dirname "$0")/../kselftest/lib.sh"
UNIT=$TOP/Documentation/examples/nfha-setup.service

# The file that the unit types is the one that operations.md has written.
types_what_is_saved()
{
	local file

	file=$(sed -n 's/^ExecStart=.*sh //p' "$UNIT")
	[ -n "$file" ] &&
		grep -qF "nfhactl save >$file" "$TOP/Documentation/operations.md" &&
		grep -qx "ConditionPathExists=$file" "$UNIT"
}

comes_before_the_daemon()
{
	grep -qx "Before=nfhad.service" "$UNIT"
}

# make_says TEXT WORD...: make fails, and says so
make_says()
{
	local text=$1 output

	shift
	! output=$(env -u MAKEFLAGS -u MFLAGS make -C "$TOP" "$@" 2>&1) && grep -qF "$text" <<<"$output"
}

plan 8
if command -v systemd-analyze >/dev/null; then
	check "the unit is a good one" systemd-analyze verify --man=no "$UNIT"
else
	ok "the unit is a good one # SKIP no systemd-analyze"
fi
check "it types what is saved" types_what_is_saved
check "before the daemon begins" comes_before_the_daemon
check "make says that there is no such target, and where they are" \
	make_says "make help" dmeo
check "and that there is no compiler, and how to get one" \
	make_says "scripts/bootstrap build" CC=no-such-compiler user
check "and that O is empty" make_says "O is empty" O= clean
check "and that PREFIX is a relative path" make_says "absolute" PREFIX=here install
check "what it does know it does (control)" env -u MAKEFLAGS make -C "$TOP" help
finish
