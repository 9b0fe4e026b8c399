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

plan 5
check "the module answers" family_is_there
check "it can be unloaded" rmmod nfha
check "and leaves no slab" no_slabs
refuse "without it nfhactl says what to do" "modprobe nfha" nfhactl service show
load_module
check "it can be loaded again" family_is_there
finish
