#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: redis, nginx and haproxy as Debian has them are killed while
# clients are connected.
. "$(dirname "$0")/lib.sh"
load_module
command -v criu >/dev/null || skip_all "needs criu"
[ -e "$O/servers/bin/haproxy" ] || skip_all "needs scripts/servers"
exec $PYTHON "$HERE/lib/servers.py" "$O/servers/bin"
