#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
#
# The kernels with checks: each sees what it is there for, and nothing else.
#
# usage: tests/vm/test_debug.sh     KERNEL is the one to boot (6.12-kasan)
KERNEL=${KERNEL:-6.12-kasan}
# shellcheck source=tests/vm/planted.sh
. "$(dirname "$0")/planted.sh"

# fault TEXT WORDS NAME: the machine sees it, and says what it is.
fault()
{
	check "$1" gives 99 "$2" planted "$3"
}

memory_and_locks()
{
	fault "KASAN sees memory that was freed" \
		"KASAN: slab-use-after-free in use_after_free" use-after-free
	fault "and what is behind the end" \
		"KASAN: slab-out-of-bounds in out_of_bounds" out-of-bounds
	fault "kmemleak sees what nobody points to" "unreferenced object" leak-memory
	fault "lockdep sees two orders of two locks" \
		"possible circular locking dependency" lock-order
	fault "and a pointer of RCU without its lock" "suspicious RCU usage" no-rcu-lock
	fault "what may sleep is seen where it must not" \
		"sleeping function called from invalid context" may-sleep
	fault "a timer that is freed while it runs is seen" "ODEBUG: free active" active-timer
	fault "so is a device that is let go twice" "reference already released" \
		put-device-twice
	fault "one that is never let go" "unregister_netdevice: waiting" keep-device
	fault "a namespace's tracker that is left" "leaked reference" keep-tracker
	fault "and a namespace that is never let go" "network namespaces, of which" \
		keep-namespace
}

data_races()
{
	fault "KCSAN sees two who write at once" "KCSAN: data-race in count" race
}

case $KERNEL in
6.12-kasan) plan 13 ;;
6.12-kcsan) plan 3 ;;
*) echo "KERNEL=$KERNEL: expected 6.12-kasan or 6.12-kcsan" >&2; exit 2 ;;
esac
cd "$TOP" || exit
check "a planted module builds" build_planted
check "one that does nothing passes" gives 0 "" planted nothing
if [ "$KERNEL" = 6.12-kasan ]; then
	memory_and_locks
else
	data_races
fi
finish
