#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# One-armed services, learning, remote instances, detours.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/roles.py"
