#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Several masters share one backup, and none of them loses a connection.
. "$(dirname "$0")/lib.sh"
load_module
for command in nft conntrack; do
	command -v $command >/dev/null || skip_all "needs $command"
done
for module in nf_tables nft_chain_nat nft_masq nft_ct nf_conntrack_netlink; do
	modprobe -q $module || skip_all "the kernel has no $module"
done
exec $PYTHON "$HERE/lib/pool.py"
