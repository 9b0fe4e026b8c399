#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: a firewall and NAT of nftables loses its namespace's state, and
# hundreds of connections through it do not notice.
. "$(dirname "$0")/lib.sh"
load_module
for command in nft conntrack; do
	command -v $command >/dev/null || skip_all "needs $command"
done
for module in nf_tables nft_chain_nat nft_masq nft_ct nf_conntrack_netlink; do
	modprobe -q $module || skip_all "the kernel has no $module"
done
exec $PYTHON "$HERE/lib/kernel_vnf.py"
