#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What Prometheus' own tool says of the metrics that the daemon's web server gives, and of
# the alerts in Documentation/examples.

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

# The alerts, as they are or as a program of sed makes them, behave as tests/unit/alerts.yml
# says.
alerts_behave()
{
	sed "${1-}" "$TOP/Documentation/examples/nfha-alerts.yml" \
		>"$work/nfha-alerts.yml"
	cp "$TOP/tests/unit/alerts.yml" "$work/alerts.yml"
	"$promtool" check rules "$work/nfha-alerts.yml" >"$work/said" 2>&1 &&
		"$promtool" test rules "$work/alerts.yml" >>"$work/said" 2>&1
}

alerts_misbehave()
{
	! alerts_behave "$1" && grep -q "$2" "$work/said"
}

# Each metric that is asked for in FILE is one that there is.
asks_for_what_is_there()
{
	grep -oE '(nfha|process)_[a-z_]+' "$1" | sort -u >"$work/asked"
	grep -oE '^(nfha|process)_[a-z_]+' "$work/metrics" | sort -u >"$work/there"
	comm -23 "$work/asked" "$work/there" >"$work/said"
	[ -s "$work/asked" ] && [ ! -s "$work/said" ]
}

asks_for_more()
{
	sed 's/nfha_service_up/nfha_service_upp/' "$1" >"$work/more"
	! asks_for_what_is_there "$work/more" && grep -q upp "$work/said"
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
alerts=$TOP/Documentation/examples/nfha-alerts.yml
check "the alerts come when they should, and only then" alerts_behave
check "one that comes too early is found (control)" alerts_misbehave \
	'/NfhadDown/,/for:/s/30s/5s/' NfhadDown
check "and one that does not come (control)" alerts_misbehave \
	's/flag="exposed"/flag="plugged"/; s/kind="exposed"/kind="held"/' \
	NfhaGuaranteeLost
check "the alerts ask for metrics that there are" asks_for_what_is_there "$alerts"
check "others would be found (control)" asks_for_more "$alerts"
echo "1..$number"
exit $failed
