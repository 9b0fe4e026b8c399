#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The daemon's driver for process trees, without the daemon and without the module.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -x /usr/sbin/criu ] || skip_all "needs criu"
[ -e "$O/servers/bin/redis-server" ] || skip_all "needs scripts/servers"
exec $PYTHON "$HERE/lib/criu.py"
