#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A service gets more instances when one is overloaded, and less when there is little to do;
# no connection through it breaks.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/scale.py"
