#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Who may do what: CAP_NET_ADMIN in the namespace's own user namespace.
. "$(dirname "$0")/lib.sh"
load_module

# Where others may go: the tree may be in a directory of root's own.
bin=$(mktemp -d)
chmod 755 "$bin"
mkdir "$bin/libnfha"
cp "$O/nfhactl" "$bin/"
cp "$O/libnfha/libnfha.so.1" "$bin/libnfha/"

as_nobody()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all "$@"
}

# In a user namespace of one's own one is root of one's own network.
in_own_namespace()
{
	as_nobody unshare -Urn bash -c '
		ip link add l0 type veth peer name l1 && ip link set l0 up &&
		'"$bin"'/nfhactl service add mine key random left l0 '"$*"' &&
		'"$bin"'/nfhactl service show mine'
}

# shellcheck disable=SC2016 # i is the other shell's
many_in_own_namespace()
{
	as_nobody unshare -Urn bash -c '
		for i in {1..17}; do
			echo "link add l$i type veth peer name p$i"
		done | ip -batch - &&
		for i in {1..17}; do
			'"$bin"'/nfhactl service add s$i key random left l$i ||
				exit
		done'
}

# Each instance gets a flow of every 256th part of R. The last of them is one too many.
cat >"$bin/parts" <<'EOF'
set -e
ip -batch - <<'END'
link add l0 type veth peer name l1 address 02:00:00:00:00:01
link add a0 type veth peer name a1
link set l0 up
link set a0 up
link set l1 up
link set a1 up
addr add 10.9.0.1/24 dev l1
neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev l1 nud permanent
END
nfhactl service add mine key $KEY affinity source control host left l0
for i in {1..17}; do
	nfhactl instance add i$i service mine
done
nfhactl instance set i17 service mine left a0
nfhactl range set mine 0-65535=i17
for i in {1..17}; do
	sed "s/$/$i/" "$flows" | nfhactl flow import mine instance i$i >/dev/null || break
	echo "imported $i"
done
echo >/dev/udp/10.9.0.2/53
for i in {1..100}; do
	nfhactl -j instance show mine | grep -q '"tx_packets": *1' && break
	sleep 0.1
done
[ $i = 100 ] || echo passed
nfhactl -j stats mine
EOF

# flows, so that the ID is the source's: a line for each part, without the last port.
parts()
{
	$PYTHON - "$HERE/lib" <<-'EOF'
		import socket
		import struct
		import sys
		sys.path.insert(0, sys.argv[1])
		from bench import KEY, siphash

		found = {}
		n = 0
		while len(found) < 256:
		    n += 1
		    source = struct.pack("!I", 0x0a000000 + n)
		    h = siphash(KEY, bytes([0, 0, 0, 0, 0, 4, 0, 0]) + source + bytes(4))
		    found[(h ^ h >> 16 ^ h >> 32 ^ h >> 48) >> 8 & 255] = socket.inet_ntoa(source)
		for source in found.values():
		    print(f"udp left {source}:1000 10.8.0.1:100")
	EOF
}

fills()
{
	local words=$1

	shift
	PATH=$bin:$PATH KEY=$KEY flows=$bin/flows "$@" bash "$bin/parts" \
		>"$bin/out" 2>"$bin/err"
	cat "$bin/out" "$bin/err"
	[ "$(grep -c "^imported .*" "$bin/out")" = "$words" ]
}

steered()
{
	cat "$bin/out"
	grep -q "^passed$" "$bin/out" && grep -q "\"no-room\": *$1" "$bin/out"
}

plan 15
setup_ns host
ip -n "$host" link add l0 type veth peer name l1
ip -n "$host" link set l0 up
check "root may create a service" ctl service add s key $KEY left l0
refuse "others may not look at it" "is needed" \
	nsenter --net="/run/netns/$host" setpriv --reuid 65534 --regid 65534 \
	--clear-groups --inh-caps=-all --bounding-set=-all \
	"$bin/nfhactl" service show
refuse "nor listen to its events" "is needed" \
	nsenter --net="/run/netns/$host" setpriv --reuid 65534 --regid 65534 \
	--clear-groups --inh-caps=-all --bounding-set=-all \
	"$bin/nfhactl" monitor timeout 1s
ctl instance add A service s
refuse "nor say that an instance is overloaded" "is needed" \
	nsenter --net="/run/netns/$host" setpriv --reuid 65534 --regid 65534 \
	--clear-groups --inh-caps=-all --bounding-set=-all \
	"$bin/nfhactl" instance overload A service s
check "root may (control)" ctl instance overload A service s
sysctl -qw kernel.unprivileged_userns_clone=1 2>/dev/null
check "in a user namespace of their own they may" in_own_namespace
not_there()
{
	! nfhactl service show mine
}
check "and nobody else sees that" not_there
refuse "but not take as much memory as they like" "take CAP_NET_ADMIN" \
	in_own_namespace flows-max 10000000
refuse "nor log and hold packets" "recovery takes CAP_NET_ADMIN" \
	in_own_namespace recovery checkpoint
refuse "nor by many services" "more services take CAP_NET_ADMIN" \
	many_in_own_namespace
check "root may (control)" ctl service set s flows-max 10000000
parts >"$bin/flows"
says_why()
{
	cat "$bin/err"
	false
}

check "nor by flows in all parts of R, for each instance" \
	fills 16 as_nobody unshare -Urn
refuse "of which the last is told why" "too many instances" \
	says_why
check "a packet for which nothing is left is steered by its range" steered 1
unlimited()
{
	fills 17 unshare -n && steered 0
}

check "root may, and its packet has a flow (control)" unlimited
rm -r "$bin"
finish
