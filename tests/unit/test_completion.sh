#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What the shell offers after a beginning of a command, as bash asks for it.
. "$(dirname "$0")/../kselftest/lib.sh"
COMPLETION=$TOP/daemon/nfhactl.bash

# As readline cuts a line into words: at blanks, and before and after each run
# of = and :, which stay.
cut_line()
{
	local line=$1

	COMP_LINE=$line
	COMP_POINT=${#line}
	mapfile -t COMP_WORDS < <(grep -oE '[=:]+|[^ =:]+' <<<"$line")
	[[ $line != *[\ =:] ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

# offered LINE: what is offered at the end of the line, in one line.
offered()
{
	COMPREPLY=()
	cut_line "$1"
	_nfhactl
	echo "${COMPREPLY[*]}"
}

# offers LINE WORD...: these and no others, in any order.
offers()
{
	local line=$1

	shift
	diff <(printf '%s\n' "$@" | sort) \
		<(offered "$line" | tr ' ' '\n' | sort)
}

among()
{
	[[ " $(offered "$1") " == *" $2 "* ]]
}

nothing()
{
	[ -z "$(offered "$1")" ]
}

is_registered()
{
	complete -p nfhactl | grep -q -e '-F _nfhactl'
}

# A word in the tables is a word of the help, so none is offered in vain.
objects_are_all()
{
	diff <(offered "nfhactl " | tr ' ' '\n' | sort) \
		<(nfhactl help | sed -n 's/^  \([a-z]\+\) .*/\1/p' | sort -u)
}

# The function asks ls which there are.
namespaces_offered()
{
	(
		ls() { printf '%s\n' black blue red; }
		offers "nfhactl -n bl" blue black
	)
}

wrong_is_seen()
{
	! offers "nfhactl serv" services && ! offers "nfhactl s" service &&
		! nothing "nfhactl serv" && ! among "nfhactl s" top
}

plan 33
# shellcheck source=../../daemon/nfhactl.bash
. "$COMPLETION"
check "the shell knows the function" is_registered
check "an object" offers "nfhactl serv" service
check "all objects" objects_are_all
check "several that begin alike" offers "nfhactl s" service split stats save status scale
check "commands of an object" offers "nfhactl service " add set delete show
check "one of them" offers "nfhactl service d" delete
check "of an abbreviated object" offers "nfhactl inst a" add
check "a service's name is the user's" nothing "nfhactl split f"
check "after it come keywords" offers "nfhactl split s f" from first
check "choices of a keyword" offers "nfhactl split s by " flows packets
check "one of the choices" offers "nfhactl service set s affinity three" three-tuple
check "what is free is not guessed" nothing "nfhactl split s from "
check "a keyword once" nothing "nfhactl split s from A fr"
check "one that may come again, again" among "nfhactl service set s timeout x ti" timeout
check "behind an option" offers "nfhactl -j serv" service
check "behind a namespace" offers "nfhactl -n other serv" service
check "a namespace's name is no object" offers "nfhactl -n service serv" service
check "names of namespaces" namespaces_offered
check "behind a value with =" among "nfhactl service set s timeout udp=1s thr" threshold
check "behind ranges" nothing "nfhactl range set s 0-65535=A xyz"
check "behind a value with :" among "nfhactl flow get s from 10.0.0.1:1 t" to
check "behind a MAC address" offers "nfhactl instance add A service s left d/02:00:00:00:00:01 ri" right
check "nothing after nonsense" nothing "nfhactl srevice "
check "nor inside it" nothing "nfhactl service make "
check "an event to wait for" offers "nfhactl monitor until th" threshold
check "levels of overload" offers "nfhactl instance overload A service s level " overloaded underloaded normal
check "a reason is the user's" nothing "nfhactl instance overload A service s reason "
check "modes of recovery" offers "nfhactl service set s recovery " none checkpoint buffer
check "commands of an epoch" offers "nfhactl epoch " begin cut commit abort alive show
check "directions of scaling" offers "nfhactl scale " out in
check "behind a socket" offers "nfhactl -s /run/x serv" service
check "who does a failover" offers "nfhactl failover s instance A by " kernel daemon
check "a wrong expectation is seen (control)" wrong_is_seen
finish
