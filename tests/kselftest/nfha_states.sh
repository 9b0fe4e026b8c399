#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# TCP states, timeouts, a full table, import and export.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/states.py"
