#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Netlink messages of all kinds, made of the specification, from several processes at once.
#
# NFHA_SEED is the seed, NFHA_OPERATIONS the number of messages; NFHA_FUZZ_SECONDS is how
# long, in place of that.
. "$(dirname "$0")/lib.sh"
FUZZ=$O/netfuzz/netfuzz
[ -x "$FUZZ" ] || skip_all "no $FUZZ; make check-vm builds it"
load_module

said=$(mktemp)

# It makes its devices, and they go with the namespace.
fuzz()
{
	setup_ns host
	quiet_ipv6 "$host"
	ip netns exec "$host" "$FUZZ" "$@"
	cleanup_ns
}

# TEXT: the run in which much was wrong says so of this.
found()
{
	grep -qx "not ok $1" "$said" || { cat "$said"; false; }
}

can_be_unloaded()
{
	rmmod nfha && ! grep -q '^nfha_' /proc/slabinfo
}

seed=${NFHA_SEED:-$RANDOM}
how=(--operations "${NFHA_OPERATIONS:-15000}")
[ -z "${NFHA_FUZZ_SECONDS-}" ] || how=(--seconds "$NFHA_FUZZ_SECONDS")

plan 16
sysctl -qw kernel.unprivileged_userns_clone=1 2>/dev/null
results < <(fuzz --seed "$seed" "${how[@]}" 2>&1)
fuzz --seed "$seed" --operations 1000 --control >"$said" 2>&1
check "strangers who are root are found (control)" \
	found "nobody is obeyed without rights"
check "a range that is not there is found (control)" \
	found "ranges tile R, and each has an owner that is there"
check "a flow that is not there is found (control)" \
	found "all that is counted twice is the same"
check "an answer too many is found (control)" found "each message has one answer"
check "services that are not removed are found (control)" \
	found "without services there is no memory of theirs"
check "the module can be unloaded, and leaves nothing" can_be_unloaded
rm "$said"
finish
