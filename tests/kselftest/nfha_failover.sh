#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: failover, and removal with full queues.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/failover.py"
