#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What the benchmark makes of records: the report, tables and plots. Nothing is measured.
. "$(dirname "$0")/../kselftest/lib.sh"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir "$WORK/bench"

# WORD... with tabs between
tabs()
{
	local IFS=$'\t'

	echo "$*"
}

{
	tabs row 6.1 null 10000 instructions_per_packet 0 "" ""
	tabs row 6.1 mirred 10000 instructions_per_packet 1200 "" ""
	tabs row 6.1 nfha_hit 10 instructions_per_packet 1000 "" ""
	tabs row 6.1 nfha_hit 10000 instructions_per_packet 1010 "" ""
	tabs row 6.1 nfha_hit 10000 bytes_per_flow 77 "" ""
	tabs row 6.1 nfha_hit 10000 instructions_per_packet 1500 instances 2
	tabs row 6.1 nfha_hit 10000 instructions_per_packet 1600 instances 10
	tabs row 6.1 nfha_split 10 microseconds 4000 "" ""
	tabs row 6.1 nfha_split 10000 microseconds 4001 "" ""
} >"$WORK/bench/records-6.1-packets"
tabs broken 6.1 nft_jhash add 400 125 20.1 new=26 >"$WORK/bench/records-6.1-broken"
# Without what the last columns are.
tabs row 6.1 conntrack 0 nfhad_ms 4.5 >"$WORK/bench/records-6.1-protection"

told=$(O=$WORK KERNELS=6.1 "$TOP/scripts/bench" --report 2>&1)

says() { grep -qE "$1" <<<"$told"; }
has() { jq -e "[.[] | select($1)] | length == 1" "$WORK/bench/report.json"; }
refuses() { ! "$TOP/scripts/bench" "$@" 2>/dev/null; }

nothing_is_reported()
{
	! KERNELS=6.12 O=$WORK "$TOP/scripts/bench" --report 2>"$WORK/refused" &&
		grep -qF "nothing of Linux 6.12 was measured in $WORK/bench" "$WORK/refused"
}

# A tree in which a machine only says what it was told to.
TREE=$WORK/tree
mkdir -p "$TREE/scripts" "$WORK/made/bench"
cp "$TOP/scripts/bench" "$TREE/scripts/"
printf 'module-%%:\n\t@true\n' >"$TREE/Makefile"
ln -s /bin/true "$TREE/scripts/servers"
cat >"$TREE/scripts/vm" <<'VM'
#!/bin/bash
case $* in
*tests/bench/broken*)
	printf 'broken\tplain\tfailover_nat\t400\t399\t19.0\tyoung=1\n'
	printf 'failed\tconntrackd (nat)\tnobody knows them\n'
	exit 1 ;;
*tests/bench/protection*)
	printf 'row\tconntrack\t0\tnfhad_ms\t4.5\n'
	echo "vm: the kernel complains"
	exit 99 ;;
*" mirred "*)
	printf 'row\tmirred\t10000\tinstructions_per_packet\t1200\t\t\n' ;;
*)
	printf 'row\tnft_map\t10000\tinstructions_per_packet\t2000\t\t\n' ;;
esac
VM
chmod +x "$TREE/scripts/vm"
status=0
O=$WORK/made KERNELS=6.1 "$TREE/scripts/bench" >"$WORK/said" 2>&1 || status=$?

tells() { grep -qE "$1" "$WORK/said"; }

# Each function that is a row is in a part.
rows_asked_for()
{
	local names row

	names=" $("$TOP/scripts/bench" no_such_row 2>&1) "
	while read -r row; do
		[ "$row" = null ] || [[ $names == *" $row "* ]] || return
	done < <(sed -n 's/^row_\(.*\)()$/\1/p' "$TOP"/tests/bench/*.sh)
}

# A program, a link to it beside it, and a link to their directory.
mkdir "$WORK/lib"
touch "$WORK/lib/it.1"
ln -s it.1 "$WORK/lib/it"
ln -s lib "$WORK/short"
# shellcheck source=tests/vm/libraries.sh
. "$TOP/tests/vm/libraries.sh"

has_links()
{
	[ "$(links_of "$WORK/short/it" | grep "^$WORK")" = "$WORK/short"$'\n'"$WORK/short/it" ] &&
		! links_of "$WORK/lib/it.1" | grep -q "^$WORK"
}

# A machine that goes on until it is told to end, and says that it was.
cat >"$TREE/scripts/vm" <<'VM'
#!/bin/bash
echo $$ >"$O/machine"
exec sleep 600
VM
rm -f "$WORK/made/machine"
O=$WORK/made KERNELS=6.1 "$TREE/scripts/bench" cpus >/dev/null 2>&1 &
bench=$!
wait_for 20 test -s "$WORK/made/machine"
kill $bench
wait $bench || true
is_gone() { ! kill -0 "$(cat "$WORK/made/machine")"; }

# What another kernel was measured for.
with_cpus()
{
	{
		tabs row 6.12 mirred 10000 instructions_per_packet 1401 cpus 1
		tabs row 6.12 mirred 10000 instructions_per_packet 1409 cpus 2
	} >"$WORK/bench/records-6.12-cpus"
	told=$(O=$WORK KERNELS=6.1 "$TOP/scripts/bench" --report 2>&1) &&
		says "^Linux 6\.12, the same on one processor" && says "^mirred +1401 +1409$" &&
		test -s "$WORK/bench/cost-by-cpus.png"
}

plan 19
check "what is of one point is one row" has \
	'.name == "nfha_hit" and .flows == 10000 and .instances == null and
	 .instructions_per_packet == 1010 and .bytes_per_flow == 77'
check "points of another curve are rows of their own" has \
	'.name == "nfha_hit" and .instances == 10 and .instructions_per_packet == 1600'
check "flows that break have their peer and event, and what else was counted" has \
	'.name == "broken" and .peer == "nft_jhash" and .event == "add" and
	 .flows == 400 and .broken == 125 and .ms == 20.1 and .new == 26'
check "a figure without flows is there" has '.name == "conntrack" and .nfhad_ms == 4.5'
check "targets look at the curve by flows only" says "hit, from fewest .* 1\.00, at most .* met"
check "there is a table for each" says "^nft_jhash +add +400 +125"
check "and a plot of each curve that has points" \
	test -s "$WORK/bench/cost-by-instances.png" -a ! -e "$WORK/bench/cost-by-cpus.png"
check "a row that there is not is refused" refuses no_such_row
check "what was not measured is not reported" nothing_is_reported
check "and what was reported stays" has '.name == "conntrack" and .nfhad_ms == 4.5'
check "processors are on a curve of their own kernel's" with_cpus
check "and those that there are can be asked for" rows_asked_for
check "what fails is in the status" test "$status" = 1
check "and named: a row" tells "Linux 6\.1, broken, conntrackd \(nat\): nobody knows them"
check "a machine" tells "Linux 6\.1, protection, its machine: the kernel complained"
check "who is told to end ends its machines" wait_for 20 is_gone
check "links on the way to a file are known to who copies it" has_links
check "all else is in the report: of parts that fail" tells "^plain +failover_nat +400 +399"
check "and of the others" tells "^nft_map +10000 +2000 +1\.67"
finish
