#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: a connection that is half open when its server dies.
. "$(dirname "$0")/lib.sh"
load_module
command -v criu >/dev/null || skip_all "needs criu"
[ -e "$O/servers/bin/redis-server" ] || skip_all "needs scripts/servers"
exec $PYTHON "$HERE/lib/halfopen.py" "$O/servers/bin"
