#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Addresses move with the active instance: state first, address second, and those beside it
# are told.
. "$(dirname "$0")/lib.sh"
load_module
for command in nft conntrack; do
	command -v $command >/dev/null || skip_all "needs $command"
done
for module in bridge nf_tables nft_chain_nat nft_masq nft_nat nft_ct \
		nf_conntrack_netlink; do
	modprobe -q $module || skip_all "the kernel has no $module"
done
exec $PYTHON "$HERE/lib/address.py"
