#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Each allocation of each command and on a packet's way fails once, and nothing is wrong
# afterwards. Needs a kernel with fault injection.
. "$(dirname "$0")/lib.sh"
YNL=$O/kernels/source/tools/net/ynl
for file in /proc/self/fail-nth /sys/kernel/debug/{failslab,fail_page_alloc}/require-start; do
	[ -e "$file" ] || skip_all "the kernel cannot make allocations fail: no $file"
done
[ -e "$YNL/lib" ] || skip_all "no YNL client; scripts/kernel --source fetches it"
load_module
exec $PYTHON "$HERE/lib/inject.py" "$YNL" \
	"$TOP/Documentation/netlink/specs/nfha.yaml"
