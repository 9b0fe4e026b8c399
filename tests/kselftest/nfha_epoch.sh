#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: plug, hold, epochs, limits, refusals.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/epoch.py"
