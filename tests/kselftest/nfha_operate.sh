#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What an operator types by hand: steps that wait for their end, what there is as commands
# that make it again, and what is said of settings that are dangerous alone.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/operate.py"
