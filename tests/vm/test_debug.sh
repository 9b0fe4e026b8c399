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

# NAME...: one machine for these faults, one after the other, the last of which stays
# loaded; what is said of them is in $report. A namespace ends with each.
machine()
{
	status=0
	# shellcheck disable=SC2016 # a variable of the machine
	report=$(with_planted bash -c 'for name; do
		rmmod nfha 2>/dev/null
		unshare -n insmod "$NFHA_MODULE" "wrong=$name"
	done; exit 0' bash "$@" 2>&1) || status=$?
}

says()
{
	printf 'status %s\n%s\n' "$status" "$report"
	[ "$status" = 99 ] && [[ $report == *"$1"* ]]
}

# What says that it has seen something once and then no more comes late.
memory_and_locks()
{
	machine no-rcu-lock may-sleep active-timer put-device-twice keep-tracker keep-device \
		lock-order use-after-free out-of-bounds
	check "a pointer of RCU without its lock is seen" says "suspicious RCU usage"
	check "what may sleep where it must not" says \
		"sleeping function called from invalid context"
	check "a timer that is freed while it runs" says debug_print_object
	check "a device that is let go twice" says ref_tracker_free
	check "one that is never let go" says "unregister_netdevice: waiting"
	check "a namespace's tracker that is left" says ref_tracker_dir_exit
	check "two locks in two orders" says "possible circular locking dependency"
	check "memory that was freed" says "KASAN: slab-use-after-free in use_after_free"
	check "and what is behind its end" says "KASAN: slab-out-of-bounds in out_of_bounds"
}

# Nothing complains of these but who looks for them at the end.
leaks()
{
	machine keep-namespace leak-memory
	check "memory that nothing points to is seen" says "unreferenced object"
	check "with who had it, for the module is still there" says "leak_memory"
	check "and a namespace that is never let go" says "network namespaces, of which"
}

case $KERNEL in
6.12-kasan) plan 14 ;;
6.12-kcsan) plan 3 ;;
*) echo "KERNEL=$KERNEL: expected 6.12-kasan or 6.12-kcsan" >&2; exit 2 ;;
esac
cd "$TOP" || exit
check "a planted module builds" build_planted
check "one that does nothing passes" gives 0 "" planted nothing
if [ "$KERNEL" = 6.12-kasan ]; then
	memory_and_locks
	leaks
else
	check "two who write at once are seen" gives 99 "KCSAN: data-race in count" planted race
fi
finish
