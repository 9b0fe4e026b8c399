#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: whoever commands epochs dies, and comes back.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/deadman.py"
