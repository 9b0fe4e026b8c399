# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What else a stock kernel has for the same job. Each row gets its best: tables
# with room, no entry that times out meanwhile.

# nft has registers for four fields of a key, so a table is of one protocol.
KEY="ip saddr . ip daddr . udp sport . udp dport"

row_null()
{
	local cpus

	drop_everything dut d0
	traffic "$SERVER" -i 1 -n "$FLOWS" >/dev/null
	NULL_NS=$(traffic "$SERVER" -i 1 -n "$FLOWS" -c "$PACKETS" -r "$ROUNDS" | median)
	[ -n "$NULL_NS" ] || fail "null: cannot be measured"
	# The generator has a checksum more to work out for TCP.
	NULL_TCP_NS=$(traffic "$SERVER" -i 1 -t 0x10 -n "$FLOWS" -c "$PACKETS" \
		-r "$ROUNDS" | median)
	[ -n "$NULL_TCP_NS" ] || fail "null: cannot be measured"
	for cpus in $([ "$(nproc)" = 1 ] || echo "$BY_CPUS"); do
		# shellcheck disable=SC2034 # for measure_cpus()
		NULL_CPUS[cpus]=$(traffic "$SERVER" -i 1 -n "$FLOWS" -c "$PACKETS" \
			-r "$ROUNDS" -j "$cpus" | median)
	done
	record null "$FLOWS" instructions_per_packet 0
	record null "$FLOWS" absolute "$NULL_NS"
	say "null, with the generator: $NULL_NS"
}

row_mirred()
{
	tc -n dut qdisc add dev d0 clsact
	tc -n dut filter add dev d0 ingress matchall \
		action mirred egress redirect dev d1
	measure_hit mirred "$FLOWS" "$SERVER"
}

row_nft_jhash()
{
	dut nft -f - <<-RULES
	table netdev peer {
		chain in {
			type filter hook ingress device d0 priority 0;
			fwd to jhash $KEY mod 2 seed 0x5eed map { 0 : "d1", 1 : "d1" }
		}
	}
	RULES
	measure_hit nft_jhash "$FLOWS" "$SERVER"
}

# SIZE of the map
nft_map_up()
{
	dut nft -f - <<-RULES
	table netdev peer {
		map flows {
			type ipv4_addr . ipv4_addr . inet_service . inet_service : iface_index
			size $1
			flags dynamic,timeout
			timeout 10m
		}
		chain in {
			type filter hook ingress device d0 priority 0;
			fwd to $KEY map @flows
			add @flows { $KEY : "d1" }
			fwd to "d1"
		}
	}
	RULES
}

row_nft_map()
{
	local before

	traffic "$SERVER" -i 1 -n 10 >/dev/null
	before=$(memory)
	nft_map_up 200000
	measure_flows nft_map "$SERVER" "$before" 0 10 100 1000 "$FLOWS"
	measure_new nft_map_new "$SERVER"
	measure_flows nft_map "$SERVER" "$before" 0 100000
	dut nft delete table netdev peer
	is_wanted 1000000 || return 0
	before=$(memory)
	nft_map_up 1100000
	measure_flows nft_map "$SERVER" "$before" 0 1000000
}

# Addresses are translated, so that a flow keeps the server that it got from the hash.
row_nft_conntrack()
{
	ct_up
	dut nft -f - <<-RULES
	table ip peer {
		chain in {
			type nat hook prerouting priority dstnat;
			ip daddr $SERVER dnat to jhash ip saddr . udp sport mod 2 seed 0x5eed \
				map { 0 : 10.99.0.2, 1 : 10.99.0.3 }
		}
	}
	RULES
	measure_hit nft_conntrack "$FLOWS" "$SERVER"
	measure_new nft_conntrack_new "$SERVER"
}

# Namespaces that have used it go a little later than they are removed.
ipvs_unload()
{
	local turn

	for turn in {1..50}; do
		[ -e /sys/module/ip_vs ] || return 0
		modprobe -qr ip_vs_rr ip_vs_mh ip_vs 2>/dev/null || busybox sleep 0.1
	done
	fail "ip_vs is in use after $turn turns"
}

# Real servers on the other side of d1, reached directly: TABLE_BITS SERVER... and the
# scheduler in SCHEDULER.
ipvs_up()
{
	local bits=$1 real

	shift
	ipvs_unload
	modprobe ip_vs conn_tab_bits="$bits"
	route_to_out
	ip -n dut addr add "$SERVER/32" dev lo
	{
		echo "-A -u $SERVER:$SERVICE_PORT $SCHEDULER"
		for real; do
			echo "-a -u $SERVER:$SERVICE_PORT -r $real:$SERVICE_PORT -g"
		done
	} | dut ipvsadm -R
}

# The hash of packets of one client differs with its port only if that is in it.
row_ipvs()
{
	local before SCHEDULER="-s mh -b mh-port"

	ipvs_up 17 10.99.0.2 10.99.0.3
	traffic "$SERVER" -n 10 >/dev/null
	before=$(memory)
	measure_flows ipvs_mh "$SERVER" "$before" $((8 << 17)) 10 100 1000 "$FLOWS"
	measure_new ipvs_mh_new "$SERVER"
	measure_flows ipvs_mh "$SERVER" "$before" $((8 << 17)) 100000
}

# With the largest table that there is.
row_ipvs_million()
{
	local before SCHEDULER="-s mh -b mh-port"

	is_wanted 1000000 || return 0
	ipvs_up 20 10.99.0.2 10.99.0.3
	traffic "$SERVER" -n 10 >/dev/null
	before=$(memory)
	measure_flows ipvs_mh "$SERVER" "$before" $((8 << 20)) 1000000
}

row_ipvs_rr()
{
	local SCHEDULER="-s rr"

	ipvs_up 17 10.99.0.2 10.99.0.3
	measure_hit ipvs_rr "$FLOWS" "$SERVER"
	measure_new ipvs_rr_new "$SERVER"
}

# Tables with room for a million.
ct_up()
{
	modprobe nf_conntrack
	sysctl -qw net.netfilter.nf_conntrack_max=2000000
	ct_buckets $((1 << 17))
	route_to_out
	dut sysctl -qw net.netfilter.nf_conntrack_udp_timeout=600
}

ct_buckets()
{
	echo "$1" >/sys/module/nf_conntrack/parameters/hashsize
}

# Forwarding, with a rule that looks at the state of the connection.
row_ct()
{
	local before buckets=$((1 << 17))

	ct_up
	dut nft -f - <<-RULES
	table ip peer {
		chain forward {
			type filter hook forward priority 0;
			ct state new,established accept
		}
	}
	RULES
	traffic "$STRANGER" -n 10 >/dev/null
	before=$(memory)
	measure_flows ct_forward "$STRANGER" "$before" $((8 * buckets)) 10 100 1000 "$FLOWS"
	measure_new ct_forward_new "$STRANGER"
	measure_flows ct_forward "$STRANGER" "$before" $((8 * buckets)) 100000
	is_wanted 1000000 || return 0
	ct_buckets $((1 << 20))
	# That it is larger now is in the memory.
	measure_flows ct_forward "$STRANGER" "$before" $((8 * buckets)) 1000000
	ct_buckets $buckets
}
