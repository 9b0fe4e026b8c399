#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Ranges, splits, policies, merges and states, seen from outside.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/steer.py"
