#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# VNFs with a mount namespace of their own, without the daemon and without the module.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -x /usr/sbin/criu ] || skip_all "needs criu"
# As systemd has them: what is mounted shows wherever it is not kept from it.
exec unshare --mount --propagation shared $PYTHON "$HERE/lib/mounts.py"
