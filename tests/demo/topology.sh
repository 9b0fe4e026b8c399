# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The machines of ETSI GS NFV-REL 002, figure 4, each a network namespace:
#
#   src ------ tor ------ sink        traffic source, switch, traffic sink
#             |   |
#           s1     s2                 servers, with a cable between them on each
#           |       |                 side for the detour
#         vnfA     vnfA2              the firewall and its copy
#
# Everything has a left and a right side. Clones have the same addresses, so
# neighbours are set by hand.

MAC_SRC=02:00:00:00:00:01
MAC_SINK=02:00:00:00:00:02
MAC_LEFT=02:00:00:00:00:0a
MAC_RIGHT=02:00:00:00:00:0b
SOURCES=$(seq 1 8)
KEY=5b0d7f3c9a1e482696d4c1b7e8f0a235

ns()
{
	local name=$1

	shift
	ip netns exec "$name" "$@"
}

# All at once: a process costs more here than a cable.
cables()
{
	while [ $# -gt 0 ]; do
		echo "link add $2 netns $1 type veth peer name $4 netns $3"
		shift 4
	done | ip -batch -
}

up()
{
	local name=$1

	shift
	printf 'link set %s up\n' "$@" | ip -n "$name" -batch -
}

module_load()
{
	[ -e /sys/module/nfha ] || modprobe -q nfha ||
		insmod "${NFHA_MODULE:?the module is not installed}"
}

machines_make()
{
	local name side

	modprobe nf_conntrack
	sysctl -qw net.netfilter.nf_conntrack_max=262144
	set --
	for name in src sink tor s1 s2 vnfA vnfA2; do
		ip netns add $name
		ns $name sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
	done
	for side in left right; do
		set -- "$@" tor s1$side s1 up$side tor s2$side s2 up$side \
			s1 detour$side s2 detour$side \
			s1 vnf$side vnfA $side s2 vnf$side vnfA2 $side
	done
	cables src s0 tor left sink k0 tor right "$@"
	up src lo s0
	up sink lo k0
	up tor lo left right s1left s1right s2left s2right
	for name in s1 s2; do
		up $name lo upleft upright detourleft detourright vnfleft vnfright
	done
	up vnfA lo left right
	up vnfA2 lo left right
}

ends_make()
{
	local i

	{
		echo "link set s0 address $MAC_SRC"
		for i in $SOURCES; do
			echo "addr add 10.1.0.$i/16 dev s0"
		done
		echo "route add 10.2.0.0/16 via 10.1.255.1"
		echo "neigh add 10.1.255.1 lladdr $MAC_LEFT dev s0 nud permanent"
	} | ip -n src -batch -
	ip -n sink -batch - <<-END
		link set k0 address $MAC_SINK
		addr add 10.2.0.1/16 dev k0
		route add 10.1.0.0/16 via 10.2.255.1
		neigh add 10.2.255.1 lladdr $MAC_RIGHT dev k0 nud permanent
	END
	ns src sysctl -qw net.ipv4.ip_local_port_range="1024 65000" \
		net.ipv4.tcp_tw_reuse=0
	ns sink sysctl -qw net.core.somaxconn=4096 \
		net.ipv4.tcp_max_syn_backlog=4096
}

# A stateful firewall: only connections from the left that it has seen begin.
# Whatever is a stranger to it is lost.
firewall_make()
{
	local name=$1 i

	{
		echo "link set left address $MAC_LEFT"
		echo "link set right address $MAC_RIGHT"
		echo "addr add 10.1.255.1/16 dev left"
		echo "addr add 10.2.255.1/16 dev right"
		for i in $SOURCES; do
			echo "neigh add 10.1.0.$i lladdr $MAC_SRC dev left nud permanent"
		done
		echo "neigh add 10.2.0.1 lladdr $MAC_SINK dev right nud permanent"
	} | ip -n "$name" -batch -
	ns "$name" nft -f - <<-'RULES'
	table ip firewall {
		chain forward {
			type filter hook forward priority filter; policy drop
			ct state invalid counter drop
			ct state established counter accept
			iifname left tcp flags & (fin|syn|rst|ack) == syn ct state new counter accept
			iifname left udp dport 7000-7003 ct state new counter accept
			counter drop
		}
	}
	RULES
	ns "$name" sysctl -qw net.ipv4.ip_forward=1 \
		net.netfilter.nf_conntrack_tcp_loose=0
}

ctl()
{
	nfhactl "$@"
}

# Steering: the switch keeps ranges and exceptions, the servers keep flows.
services_make()
{
	local threshold=$1

	ctl -n tor service add fw key $KEY left left right right \
		tracking imported imported-max 2048 timeout tcp-closing=4s \
		timeout tcp-established=30s timeout udp=15s
	ctl -n tor instance add S1 service fw left s1left right s1right
	ctl -n tor instance add S2 service fw left s2left right s2right
	ctl -n tor range set fw 0-65535=S1
	ctl -n s1 service add fw key $KEY left upleft right upright \
		threshold "$threshold" timeout tcp-closing=4s \
		timeout tcp-established=60s timeout udp=15s
	ctl -n s1 instance add A service fw left vnfleft right vnfright
	ctl -n s1 range set fw 0-65535=A
}

# The copy of the firewall, and the way to it.
copy_make()
{
	firewall_make vnfA2
	ctl -n s2 service add fw key $KEY left upleft right upright \
		detour-left detourleft detour-right detourright \
		timeout tcp-closing=4s timeout tcp-established=60s \
		timeout udp=15s
	ctl -n s2 instance add A2 service fw left vnfleft right vnfright
	ctl -n s2 range set fw 0-65535=A2
	ctl -n s1 instance add A2 service fw remote \
		left detourleft/$MAC_LEFT right detourright/$MAC_RIGHT
}

machines_remove()
{
	local name

	for name in src sink tor s1 s2 vnfA vnfA2; do
		ip netns pids $name 2>/dev/null | xargs -r kill -KILL
		ip netns del $name 2>/dev/null
	done
	return 0
}
