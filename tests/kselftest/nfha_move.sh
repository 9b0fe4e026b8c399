#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A firewall that is protected gets more instances, and less, and the state of its
# connections goes along; one of them fails at any time.
. "$(dirname "$0")/lib.sh"
load_module
for command in nft conntrack; do
	command -v $command >/dev/null || skip_all "needs $command"
done
for module in nf_tables nft_ct nf_conntrack_netlink; do
	modprobe -q $module || skip_all "the kernel has no $module"
done
exec $PYTHON "$HERE/lib/move.py"
