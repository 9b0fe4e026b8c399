#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The module loads, its self-tests have passed, and it goes without a trace.
. "$(dirname "$0")/lib.sh"
load_module

no_slabs()
{
	! grep -q '^nfha_' /proc/slabinfo
}

family_is_there()
{
	"$O/nfhactl" service show
}

# A daemon that has a service to wait for.
nfhad_start()
{
	directory=$(mktemp -d /run/nfha-load-XXXXXX)
	cat >"$directory/nfhad.yaml" <<-CONFIG
	store: {directory: $directory/store}
	services:
	  - name: load
	    driver: conntrack
	    instances: [{name: A, role: active, netns: nfha-load}]
	CONFIG
	(
		timeout 120 "$O/nfhad" --config "$directory/nfhad.yaml" \
			>"$directory/log" 2>&1
		echo $? >"$directory/status"
	) &
}

said()
{
	grep -q -- "$1" "$directory/log"
}

has_ended()
{
	[ "$(cat "$directory/status")" = "$1" ]
}

nfhad_start
plan 8
check "the module answers" family_is_there
check "nfhad waits for what it is to protect" \
	wait_for 60 said "has begun 0 of 1 services"
check "it can be unloaded" rmmod nfha
check "and leaves no slab" no_slabs
check "nfhad ends with an error, for it has to begin anew" \
	wait_for 60 has_ended 1
check "and says why" said "the module has been unloaded"
refuse "without it nfhactl says what to do" "modprobe nfha" nfhactl service show
load_module
check "it can be loaded again" family_is_there
wait
rm -r "$directory"
finish
