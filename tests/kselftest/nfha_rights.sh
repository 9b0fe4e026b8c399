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

plan 11
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
rm -r "$bin"
finish
