#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# All instances work, and what one that fails has left is shared by the others.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/respread.py"
