#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Checkpoints of a namespace's connections: what a firewall with NAT knows goes to
# another one, and its connections do not notice.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in nft conntrack; do
	command -v $tool >/dev/null || skip_all "needs $tool"
done
[ -x "$O/nfhad-test/drive" ] || skip_all "needs $O/nfhad-test/drive"
# A kernel may have them built in.
modprobe -qa nf_tables nft_ct nft_chain_nat nft_masq nf_conntrack_netlink \
	nf_nat_ftp
exec $PYTHON "$HERE/lib/conntrack.py"
