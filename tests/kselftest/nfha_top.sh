#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# nfhactl top on a terminal.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/top.py"
