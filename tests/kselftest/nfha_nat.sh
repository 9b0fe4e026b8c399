#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A NAT of nftables in two instances with an address each: what it translates
# comes back to the one that knows of it.
. "$(dirname "$0")/lib.sh"
load_module
command -v nft >/dev/null || skip_all "needs nft"
for module in nf_tables nft_chain_nat nft_masq; do
	modprobe -q $module || skip_all "the kernel has no $module"
done
exec $PYTHON "$HERE/lib/nat.py"
