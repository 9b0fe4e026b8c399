#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What Prometheus' own tool says of the metrics that the daemon's web server gives.

set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
export O=${O:-$TOP/build}
PORT=9640
# shellcheck source=tests/unit/tap.sh
. "$TOP/tests/unit/tap.sh"

# In a namespace of its own the port is free, and nothing can be downloaded.
if [ $# = 0 ]; then
	servers=$("$TOP/scripts/servers") ||
		{ echo "1..0 # SKIP no promtool"; exit 4; }
	unshare --map-root-user --net "$0" "$servers"
	exit
fi
ip link set lo up
promtool=$1/bin/promtool

get()
{
	exec 3<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3
	sed '1,/^\r$/d' <&3 >"$work/metrics"
	exec 3>&-
}

is_silent()
{
	"$promtool" check metrics <"$1" >"$work/said" 2>&1 &&
		[ ! -s "$work/said" ]
}

complains()
{
	! is_silent "$1" && grep -q "$2" "$work/said"
}

is_large()
{
	wc -l <"$work/metrics" >"$work/said"
	[ "$(cat "$work/said")" -gt 5000 ]
}

echo '{}' >"$work/status"
mkfifo "$work/input"
"$O/nfhad-test/watch" 127.0.0.1 $PORT "$work/status" <"$work/input" \
	>"$work/output" &
exec 4>"$work/input"
while ! grep -q ready "$work/output"; do
	sleep 0.05
	kill -0 $! || exit 1
done
get
exec 4>&-
wait $!
check "metrics of 100 instances" is_large
check "promtool has nothing to say about them" is_silent "$work/metrics"
sed 's/^# HELP nfha_service_flows .*//' "$work/metrics" >"$work/helpless"
check "it would of one without help (control)" complains "$work/helpless" \
	"nfha_service_flows no help text"
cat "$work/metrics" "$work/metrics" >"$work/twice"
check "and of one that is there twice (control)" complains "$work/twice" \
	"second HELP line"
echo "1..$number"
exit $failed
