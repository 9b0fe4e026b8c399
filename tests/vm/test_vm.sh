#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR disable=SC2016 # variables of the machine
#
# The test machines themselves: what a command says gets out, what is wrong in
# their kernel cannot pass, and nothing stays behind.
#
# usage: tests/vm/test_vm.sh     KERNEL is the one to boot (6.1)
KERNEL=${KERNEL:-6.1}
# shellcheck source=tests/vm/planted.sh
. "$(dirname "$0")/planted.sh"

# One machine for all that a command may do. The variables are the machine's.
ordinary_run()
{
	vm --out "$work/out" --preload "$TOP/tests/vm" --preload /bin/busybox \
		-- bash -c '
		uname -r; echo "arguments: $1|$2"; echo error >&2
		echo result >"$NFHA_OUT/file"
		mkdir "$NFHA_OUT/dir"; echo more >"$NFHA_OUT/dir/file"
		rm -f README.md; echo changed >>Makefile; echo new >planted-file
		[ ! -t 0 ] && [ -c /dev/ptmx ] && [ -d /sys/kernel/debug/tracing ] &&
			ip netns add x && echo "all there"
		[ "$(stat -f -c %T "$NFHA_TMPFS")" = tmpfs ] &&
			cmp "$NFHA_TMPFS/bin/busybox" /bin/busybox &&
			[ -x "$NFHA_TMPFS$PWD/tests/vm/init" ] && echo preloaded
		exit 7' bash 'two words' "quote'd"
}

said()
{
	grep -qF "$1" <<<"$ordinary"
}

files_came_back()
{
	[ "$(cat "$work/out/file")" = result ] &&
		[ "$(cat "$work/out/dir/file")" = more ]
}

tree_is_untouched()
{
	[ -e "$TOP/README.md" ] && [ ! -e "$TOP/planted-file" ] &&
		! grep -q '^changed$' "$TOP/Makefile"
}

nothing_is_left()
{
	! find "$TMPDIR" -mindepth 1 | grep . &&
		! pgrep -af "qemu-system.*$TMPDIR/"
}

# SIGNAL: ends a run from outside, once the command is at work; its status is in $ended.
end_by()
{
	local pid output=$work/terminated status=0

	"$TOP/scripts/vm" --kernel "$KERNEL" -- \
		bash -c 'echo at work; sleep 100' >"$output" 2>&1 &
	pid=$!
	wait_for 300 grep -q "at work" "$output" || status=1
	kill "-$1" "$pid"
	[ "$status" = 0 ] || { cat "$output"; return 1; }
	ended=0
	wait "$pid" || ended=$?
}

terminate()
{
	end_by TERM && [ "$ended" = 130 ]
}

no_machine()
{
	! pgrep -f "qemu-system.*$TMPDIR/"
}

# It cannot tidy up, but its machine ends with it.
kill_off()
{
	end_by KILL && wait_for 20 no_machine && rm -rf "${TMPDIR:?}"/*
}

# Hundredths of a second that a fixed piece of work takes, idle waiting included.
# The program is in memory, for reading files would let real time in.
virtual_time()
{
	vm --virtual-time --preload /bin/busybox -- bash -c '
		exec "$NFHA_TMPFS/bin/busybox" sh -c "$0"' '
		work() {
			i=0
			while [ $i -lt 20000 ]; do i=$((i + 1)); done
			"$NFHA_TMPFS/bin/busybox" sleep 1
		}
		work
		read -r start _ </proc/uptime
		work
		read -r end _ </proc/uptime
		echo "took $start $end"' |
		awk '$1 == "took" { printf "%.0f\n", ($3 - $2) * 100 }'
}

# But for rounding, though the two machines are in each other's way.
virtual_time_repeats()
{
	local first second

	virtual_time >"$work/first" &
	second=$(virtual_time)
	wait
	first=$(cat "$work/first")
	echo "first $first, second $second"
	[ -n "$first" ] && [ -n "$second" ] &&
		[ $((first - second)) -le 2 ] && [ $((second - first)) -le 2 ]
}

plan 23
cd "$TOP" || exit
ordinary=$(ordinary_run 2>&1)
status=$?
check "the command's status is the run's" [ "$status" = 7 ]
check "it is the kernel asked for" said "$KERNEL."
check "arguments arrive whole" said "arguments: two words|quote'd"
check "errors come out, too" said error
check "the machine has what tests need" said "all there"
check "files come back" files_came_back
check "the tree is untouched" tree_is_untouched
check "nothing is left" nothing_is_left
check "preloaded files are in memory" said preloaded
check "a planted module builds" build_planted
check "one that does nothing passes" gives 0 "" \
	planted nothing
check "a warning fails the run" gives 99 "WARNING:" \
	planted warn
check "sleeping while atomic fails it" gives 99 "scheduling while atomic" \
	planted atomic
check "a leaked slab fails it" gives 99 "nfha_planted" \
	planted leak
check "a panic fails it" gives 99 "Kernel panic" \
	vm -- bash -c 'echo c >/proc/sysrq-trigger'
check "the time limit ends it" gives 124 "time limit" \
	vm --timeout 15 -- sleep 1000
check "so does a signal" terminate
check "so does one that nobody can catch" kill_off
check "and nothing is left of all that" nothing_is_left
check "virtual time repeats itself" virtual_time_repeats
refuse "a wrong option is refused" "unknown option" vm --wrong
refuse "too little memory is" "256M or more" vm --mem 1K true
refuse "and a place that the machine does not have" "not in the machine" \
	env -C /tmp "$TOP/scripts/vm" true
finish
