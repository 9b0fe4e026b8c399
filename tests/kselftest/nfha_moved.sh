#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Flows move to another instance while input waits: each packet comes once, in order.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/moved.py"
