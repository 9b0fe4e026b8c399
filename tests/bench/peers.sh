# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What else a stock kernel has for the same job. Each row gets its best: tables
# with room, no entry that times out meanwhile.

# nft has registers for four fields of a key, so a table is of one protocol.
KEY="ip saddr . ip daddr . udp sport . udp dport"

row_null()
{
	drop_everything dut d0
	traffic "$SERVER" -i 1 -n "$FLOWS" >/dev/null
	NULL_NS=$(traffic "$SERVER" -i 1 -n "$FLOWS" -c "$PACKETS" -r "$ROUNDS" | median)
	[ -n "$NULL_NS" ] || fail "null: cannot be measured"
	# The generator has a checksum more to work out for TCP.
	NULL_TCP_NS=$(traffic "$SERVER" -i 1 -t 0x10 -n "$FLOWS" -c "$PACKETS" \
		-r "$ROUNDS" | median)
	[ -n "$NULL_TCP_NS" ] || fail "null: cannot be measured"
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

row_nft_map()
{
	dut nft -f - <<-RULES
	table netdev peer {
		map flows {
			type ipv4_addr . ipv4_addr . inet_service . inet_service : iface_index
			size 200000
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
	measure_hit nft_map 10 "$SERVER"
	measure_hit nft_map "$FLOWS" "$SERVER"
	measure_new nft_map_new "$SERVER"
	measure_hit nft_map 100000 "$SERVER"
}

# Real servers on the other side of d1, reached directly.
ipvs_up()
{
	local real

	modprobe ip_vs conn_tab_bits=17
	route_to_out
	ip -n dut addr add "$SERVER/32" dev lo
	dut ipvsadm -A -u "$SERVER:$SERVICE_PORT" -s mh
	for real in 10.99.0.2 10.99.0.3; do
		dut ipvsadm -a -u "$SERVER:$SERVICE_PORT" -r "$real:$SERVICE_PORT" -g
	done
}

row_ipvs()
{
	local before

	ipvs_up
	traffic "$SERVER" -n 10 >/dev/null
	before=$(memory)
	measure_hit ipvs_mh 10 "$SERVER"
	measure_hit ipvs_mh "$FLOWS" "$SERVER"
	measure_new ipvs_mh_new "$SERVER"
	measure_hit ipvs_mh 100000 "$SERVER"
	record_memory ipvs_mh 100000 "$before" $((8 << 17))
}

# Forwarding, with a rule that looks at the state of the connection.
row_ct()
{
	local before buckets=131072

	modprobe nf_conntrack
	echo $buckets >/sys/module/nf_conntrack/parameters/hashsize
	sysctl -qw net.netfilter.nf_conntrack_max=1000000
	route_to_out
	dut sysctl -qw net.netfilter.nf_conntrack_udp_timeout=600
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
	measure_hit ct_forward 10 "$STRANGER"
	measure_hit ct_forward "$FLOWS" "$STRANGER"
	measure_new ct_forward_new "$STRANGER"
	measure_hit ct_forward 100000 "$STRANGER"
	record_memory ct_forward 100000 "$before" $((8 * buckets))
}
