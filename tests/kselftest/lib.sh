# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests share: KTAP, namespaces that go away again, and waiting for a
# condition. A test is: . lib.sh; plan N; check "what is so" command...; finish

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
O=${O:-$TOP/build}
PATH=$O:$PATH
PYTHON=/usr/bin/python3
[ -x $PYTHON ] || PYTHON=python3

KSFT_PASS=0
KSFT_FAIL=1
KSFT_SKIP=4

test_number=0
test_failed=0
namespaces=()
# The two that most tests have; setup_ns() says what they are called.
host=
# shellcheck disable=SC2034 # for the tests
peer=
# shellcheck disable=SC2034 # for the tests
KEY=000102030405060708090a0b0c0d0e0f

plan()
{
	echo "TAP version 13"
	echo "1..$1"
}

ok()
{
	test_number=$((test_number + 1))
	echo "ok $test_number - $1"
}

not_ok()
{
	test_number=$((test_number + 1))
	test_failed=$((test_failed + 1))
	echo "not ok $test_number - $1"
}

# check TEXT COMMAND...: the command has to succeed.
check()
{
	local text=$1 output

	shift
	if output=$("$@" 2>&1); then
		ok "$text"
	else
		not_ok "$text"
		printf '%s\n' "command: $*" "$output" | sed 's/^/# /'
	fi
}

# refuse TEXT MESSAGE COMMAND...: the command has to fail and say one line that
# has MESSAGE in it.
refuse()
{
	local text=$1 message=$2 output status=0

	shift 2
	output=$("$@" 2>&1) || status=$?
	if [ $status -ne 0 ] && [ $status -lt 126 ] &&
	   [ "$(wc -l <<<"$output")" = 1 ] && [[ $output == *"$message"* ]]; then
		ok "$text"
	else
		not_ok "$text"
		printf '%s\n' "command: $*" "status $status, expected: $message" \
			"$output" | sed 's/^/# /'
	fi
}

# results <OUTPUT: what a program has found: "ok TEXT", "not ok TEXT", and words about it.
results()
{
	local line

	while read -r line; do
		case $line in
		"ok "*) ok "${line#ok }" ;;
		"not ok "*) not_ok "${line#not ok }" ;;
		"# "*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done
}

skip_all()
{
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit $KSFT_SKIP
}

finish()
{
	[ $test_failed -eq 0 ] && exit $KSFT_PASS
	exit $KSFT_FAIL
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

is_loaded()
{
	[ -e /sys/module/nfha ]
}

load_module()
{
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	is_loaded && return
	if [ -n "${NFHA_MODULE-}" ]; then
		insmod "$NFHA_MODULE"
	else
		modprobe -q nfha
	fi || skip_all "the module cannot be loaded"
}

# setup_ns NAME...: namespaces nfha-NAME-PID, and variables NAME with that.
setup_ns()
{
	local name

	for name; do
		local full=nfha-$name-$$

		ip netns add "$full" || return
		namespaces+=("$full")
		ip -n "$full" link set lo up
		declare -g "$name=$full"
	done
}

cleanup_ns()
{
	local name

	for name in "${namespaces[@]}"; do
		ip netns pids "$name" 2>/dev/null | xargs -r kill -KILL
		ip netns del "$name" 2>/dev/null
	done
	namespaces=()
}

# connect NS1 DEV1 NS2 DEV2: a cable, up at both ends.
connect()
{
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$3" &&
		ip -n "$1" link set "$2" up && ip -n "$3" link set "$4" up
}

# connect_all NS1 NS2 DEV...: from each device of the first, which is made, to p-DEV of the
# second, by as few ip as can be: in an emulated machine each takes long to start.
connect_all()
{
	local ns1=$1 ns2=$2 dev

	shift 2
	for dev; do
		echo "link add $dev type veth peer name p-$dev netns $ns2"
		echo "link set $dev up"
	done | ip -n "$ns1" -batch - &&
		for dev; do
			echo "link set p-$dev up"
		done | ip -n "$ns2" -batch -
}

quiet_ipv6()
{
	local ns

	for ns; do
		ip netns exec "$ns" sysctl -qw \
			net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
	done
}

ctl()
{
	nfhactl -n "$host" "$@"
}

trap cleanup_ns EXIT
