#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The driver for connection tracking on real namespaces: what one knows is stored and comes to
# be in another one, exactly; on the connections of this kernel, with no packet.
# shellcheck disable=SC2016 # commands are written here, and expand later

TOP=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$TOP/build}

# In a world of its own nothing is left behind, and nobody is disturbed.
if [ $# = 0 ]; then
	unshare --net --mount sh -c 'mount -t tmpfs none /run && nft add table ip probe &&
		conntrack -L' >/dev/null 2>&1 ||
		{ echo "1..0 # SKIP no namespaces with nftables and connection tracking"; exit 4; }
	exec unshare --net --mount "$0" inside
fi
mount -t tmpfs none /run || exit
# shellcheck source=tests/unit/tap.sh
. "$TOP/tests/unit/tap.sh"
for name in A B; do
	ip netns add $name && ip -n $name link set lo up &&
		ip netns exec $name sysctl -qw net.netfilter.nf_conntrack_events=1 || exit
done

in_ns()
{
	ip netns exec "$@" 2>>"$work/said"
}

# The driver is asked a line at a time; drive() keeps its answer without the time.
coproc DRIVE { exec "$O/nfhad-test/drive" conntrack 2>>"$work/said"; }
drive()
{
	local answer

	: >"$work/said"
	echo "$*" >&"${DRIVE[1]}"
	read -r answer <&"${DRIVE[0]}"
	read -r error _ begun cut <<<"$answer"
	[ "$error" = 0 ]
}

refused()
{
	! drive "$@"
}

# connections NAMESPACE: without what time changes, in any order
connections()
{
	in_ns "$1" conntrack -L -o extended,id | sed -E 's/ id=[0-9]+//; s/^(\S+ +\S+ +\S+ +[0-9]+) +[0-9]+/\1/' |
		sed -E 's/ use=[0-9]+//' | sort
}

rules()
{
	in_ns "$1" nft -n list ruleset
}

alike()
{
	connections A >"$work/a"
	connections B >"$work/b"
	diff "$work/a" "$work/b" >"$work/said"
}

differ()
{
	! alike
}

rules_alike()
{
	diff <(rules A) <(rules B) >"$work/said"
}

has()
{
	connections "$1" | grep -q -- "$2"
}

nothing_in()
{
	[ -z "$(connections "$1")" ] && [ -z "$(rules "$1")" ]
}

# Of client 10.0.0.2, translated to 192.0.2.10.
tcp()
{
	in_ns A conntrack -I -p tcp -s 10.0.0.2 -d 192.0.2.1 --sport "$1" --dport 80 -r 192.0.2.1 \
		-q 192.0.2.10 --reply-port-src 80 --reply-port-dst "$2" --state ESTABLISHED -t 1000 \
		-u ASSURED,SEEN_REPLY -n 192.0.2.10 >/dev/null
}

udp()
{
	in_ns A conntrack -I -p udp -s "$1" -d "$2" --sport "$3" --dport 53 -t 500 \
		-u SEEN_REPLY >/dev/null
}

begin()
{
	local port

	in_ns A nft -f - <<'RULES' || return
table inet fw {
	set known {
		type ipv4_addr
		elements = { 10.0.0.2, 10.0.0.3 }
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		ip saddr @known counter accept
	}
}
table ip nat {
	chain post {
		type nat hook postrouting priority 100;
		oifname "right" masquerade
	}
}
RULES
	for port in 1001 1002 1003; do
		tcp "$port" $((port + 1000)) || return
	done
	udp 10.0.0.2 192.0.2.1 5000 && udp 2001:db8::2 2001:db8::1 5001
}

changes()
{
	tcp 1004 2004 && in_ns A conntrack -D -p tcp --sport 1002 >/dev/null &&
		in_ns A conntrack -D -p tcp --sport 1003 >/dev/null && tcp 1003 2999 &&
		in_ns A nft add element inet fw known '{ 10.0.0.9 }'
}

# Hundreds come at once, as after the start of a firewall.
many()
{
	local port

	for port in $(seq 20000 20299); do
		echo "-I -p udp -s 10.0.0.2 -d 192.0.2.1 --sport $port --dport 53 -t 500 -u SEEN_REPLY"
	done >"$work/many"
	in_ns A conntrack -R "$work/many" >/dev/null 2>&1
	[ "$(in_ns A conntrack -C)" -gt 300 ]
}

damage()
{
	local file

	for file in "$1"/*; do
		[ ! -s "$file" ] || truncate -s -3 "$file"
	done
}

echo "TAP version 13"
echo "1..21"
check "a firewall with NAT has connections" begin
check "it can be protected" drive attach A
check "a checkpoint" drive save A "$work/1"
check "is cut once, and stops no input" [ "$begun $cut" = "0 1" ]
check "another one gets them" drive load B "$work/1"
check "all of them, with their addresses and states" alike
check "and the rules" rules_alike
check "a translated one is among them (control)" has B "dst=192.0.2.10 sport=80 dport=2001"
check "connections come, end, and come otherwise" changes
check "which is seen (control)" differ
check "the next checkpoint has what has changed" drive save A "$work/2"
check "another one gets that" drive load B "$work/2"
check "and has nothing that has ended" alike
check "nor rules of before" rules_alike
check "hundreds more" many
check "are saved" eval 'drive save A "$work/3" && drive load B "$work/3" && alike'
cp -r "$work/3" "$work/4"
damage "$work/4"
check "a checkpoint that is not whole is refused" refused load B "$work/4"
check "and leaves nothing half" drive unload B
check "that is, nothing at all" nothing_in B
check "one that is whole still is loaded" eval 'drive load B "$work/3" && alike && rules_alike'
check "nobody is protected who has no namespace" refused attach nowhere
exit $failed
