# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Curves that do not go by flows, and how long a split takes.
#
# shellcheck disable=SC2034 # the functions of lib.sh and peers.sh read BY, AT and SCHEDULER

# FORMAT, of a number in two parts: as many addresses, one in a line.
numbered()
{
	local n

	for ((n = 0; n < $2; n++)); do
		# shellcheck disable=SC2059 # it is the caller's
		printf "$1\n" $((n >> 8)) $((n & 255))
	done
}

# Instances on other machines beyond d1, told apart by their MAC addresses; R is divided
# evenly: COUNT
instances_up()
{
	local count=$1 ranges=() n=0 first=0 last mac

	[ -e /sys/module/nfha ] || insmod "$NFHA_MODULE"
	ctl service add S key 000102030405060708090a0b0c0d0e0f left d0 flows-max 2000000
	while read -r mac; do
		n=$((n + 1))
		ctl instance add "i$n" service S left "d1/$mac" remote
		last=$((65536 * n / count - 1))
		ranges+=("$first-$last=i$n")
		first=$((last + 1))
	done < <(numbered 02:00:00:01:%02x:%02x "$count")
	ctl range set S "${ranges[@]}"
}

row_nfha_instances()
{
	BY=instances
	for AT in $BY_INSTANCES; do
		instances_up "$AT"
		measure_hit nfha_hit "$FLOWS" "$SERVER"
		measure_new nfha_new "$SERVER"
		service_down
	done
	BY='' AT=''
}

row_nft_jhash_instances()
{
	local n owners

	BY=instances
	for AT in $BY_INSTANCES; do
		owners=
		for ((n = 0; n < AT; n++)); do
			owners+="${owners:+, }$n : \"d1\""
		done
		dut nft -f - <<-RULES
		table netdev peer {
			chain in {
				type filter hook ingress device d0 priority 0;
				fwd to jhash $KEY mod $AT seed 0x5eed map { $owners }
			}
		}
		RULES
		measure_hit nft_jhash "$FLOWS" "$SERVER"
		dut nft delete table netdev peer
	done
	BY='' AT=''
}

row_ipvs_instances()
{
	local count servers mac SCHEDULER="-s mh -b mh-port"

	BY=instances
	for count in $BY_INSTANCES; do
		mapfile -t servers < <(numbered 10.98.%d.%d "$count")
		ipvs_up 17 "${servers[@]}"
		ip -n dut route add 10.98.0.0/16 dev d1
		mac=$(mac_of out o0)
		printf "neigh replace %s lladdr $mac dev d1 nud permanent\n" "${servers[@]}" |
			ip -n dut -batch -
		AT=$count
		measure_hit ipvs_mh "$FLOWS" "$SERVER"
		measure_new ipvs_mh_new "$SERVER"
		topology_down
		topology_up
	done
	BY='' AT=''
}

# The same on one processor and on two that send all flows both; in a machine with two.
row_cpus()
{
	local SCHEDULER="-s mh -b mh-port"

	tc -n dut qdisc add dev d0 clsact
	tc -n dut filter add dev d0 ingress matchall \
		action mirred egress redirect dev d1
	measure_cpus mirred "$SERVER"
	tc -n dut qdisc del dev d0 clsact
	nft_map_up 200000
	measure_cpus nft_map "$SERVER"
	dut nft delete table netdev peer
	service_up
	measure_cpus nfha_hit "$SERVER"
	service_down
	ipvs_up 17 10.99.0.2 10.99.0.3
	measure_cpus ipvs_mh "$SERVER"
}

now_us()
{
	echo "${EPOCHREALTIME/./}"
}

# Microseconds of a command: COMMAND...
duration()
{
	local start

	start=$(now_us)
	"$@"
	echo $(($(now_us) - start))
}

# Median of a few: NAME FLOWS COMMAND...
record_duration()
{
	local name=$1 count=$2 n us=

	shift 2
	for n in 1 2 3 4 5; do
		us+=$(duration "$@")$'\n'
		ctl range set S 0-65535=A policy always
	done
	us=$(median <<<"${us%$'\n'}")
	record "$name" "$count" microseconds "$us"
	say "$name, $count flows: $us us"
}

# The whole command, beside a request that changes nothing. Half of all flows are
# exceptions after it; "told" is when the module's worker has counted them, and said that
# they are no more than the threshold; with "always" they have moved.
row_nfha_split()
{
	local count

	service_up threshold 4294967295
	ctl instance add B service S left d4
	ctl service show
	for count in 10 100 1000 10000 100000 1000000; do
		is_wanted "$count" || continue
		traffic "$SERVER" -n "$count" >/dev/null
		record_duration nfha_no_split "$count" ctl service show
		record_duration nfha_split "$count" \
			ctl split S from A to B at 32768 policy avoid
		record_duration nfha_split_told "$count" \
			ctl split S from A to B at 32768 policy avoid wait
		record_duration nfha_split_always "$count" \
			ctl split S from A to B at 32768 policy always
	done
	service_down
}
