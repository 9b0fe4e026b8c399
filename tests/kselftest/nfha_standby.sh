#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: instances on standby, and the fence alone.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/standby.py"
