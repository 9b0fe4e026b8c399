#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The driver that runs an operator's programs.
# shellcheck disable=SC2016 # programs are written here, and expand later

TOP=$(cd "$(dirname "$0")/../.." && pwd)
DRIVE=${O:-$TOP/build}/nfhad-test/drive
# shellcheck source=tests/unit/tap.sh
. "$TOP/tests/unit/tap.sh"

# drive LINE: the answer, without the time that it took, and what was logged
drive()
{
	echo "$1" | "$DRIVE" exec "$work/save" "$work/restore" 2>"$work/said" |
		cut -d' ' -f1,3,4 >"$work/answer"
}

answers()
{
	[ "$(cat "$work/answer")" = "$1" ]
}

said()
{
	grep -q -- "$1" "$work/said"
}

# gone PID: or dead, and nobody has asked for its status yet.
gone()
{
	! grep -q '^State:.*[RSD] ' "/proc/$1/status" 2>/dev/null
}

runs()
{
	grep -q '^State:.*[RSD] ' "/proc/$1/status"
}

program()
{
	printf '#!/bin/sh\n%s\n' "$2" >"$work/$1"
	chmod 755 "$work/$1"
}

echo "TAP version 13"
echo "1..24"

program save 'echo "$NFHA_SERVICE $NFHA_INSTANCE $NFHA_NETNS" >state
echo "$NFHA_DIRECTORY" >>state; pwd >>state; cat >>state
ls -l /proc/$$/fd >../fds'
program restore 'cat state >"../restored-$NFHA_STOP"; echo 4711 >&"$NFHA_PID_FD"'
drive "save vnf $work/1"
check "a program saves; input waits, and there is one cut" answers "0 1 1"
check "it is told whose state it is" \
	grep -qx "s vnf /run/netns/vnf" "$work/1/state"
check "and where to put it" \
	[ "$(sed -n 2p "$work/1/state")" = "$work/1" ]
check "where it is already" [ "$(sed -n 3p "$work/1/state")" = "$work/1" ]
check "it has no descriptor of the daemon's" \
	eval '[ -s "$work/fds" ] && ! grep -E "anon_inode|memfd|$work/1" "$work/fds"'
drive "load vnf $work/1"
check "another one restores" answers "0 0 0"
check "from the same directory" cmp -s "$work/1/state" "$work/restored-0"
check "and its process is followed" said "vnf follows 4711"

program restore 'exit 0'
drive "load vnf $work/1"
check "there may be no process" answers "0 0 0"
check "and then none is followed" eval '! said follows'
program restore 'echo 12x >&"$NFHA_PID_FD"'
drive "load vnf $work/1"
check "what is no number is refused" answers "-22 0 0"

program save 'exit 5'
drive "save vnf $work/2"
check "a save that fails makes no cut" answers "-5 1 0"
program save 'kill -SEGV $$'
drive "save vnf $work/3"
check "nor does one that crashes" answers "-10 1 0"
rm "$work/save"
drive "save vnf $work/4"
check "nor one that is not there" answers "-2 1 0"
program save 'sleep 100 & echo $! >../sleeps; wait'
DRIVE_TIMEOUT_MS=200 drive "save vnf $work/5"
check "nor one that takes too long" answers "-110 1 0"
check "what it has started ends with it" gone "$(cat "$work/sleeps")"
program save 'exit 130'
drive "save vnf $work/6"
check "a shell's status after a signal says no more than that" answers "-10 1 0"

sleep 1000 >/dev/null &
disown
export DRIVE_PID=$!
stop='kill -STOP $NFHA_PID; until grep -q "^State:.*T" /proc/$NFHA_PID/status; do :; done'
program save "$stop; kill -CONT \$NFHA_PID"
drive "save vnf $work/7"
check "a program may stop what it saves" answers "0 1 1"
program save "$stop; exit 5"
drive "save vnf $work/8"
check "what a program that fails has stopped" answers "-5 1 0"
check "goes on" runs "$DRIVE_PID"
program save "$stop; sleep 100"
DRIVE_TIMEOUT_MS=200 drive "save vnf $work/9"
check "what one has stopped that takes too long" answers "-110 1 0"
check "goes on" runs "$DRIVE_PID"
kill -STOP "$DRIVE_PID"
while runs "$DRIVE_PID"; do :; done
drive "attach vnf"
check "and what was stopped when the daemon died" answers "0 0 0"
check "goes on" runs "$DRIVE_PID"
kill -KILL "$DRIVE_PID"
exit $failed
