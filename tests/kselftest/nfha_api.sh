#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The daemon's socket: what there is, why, and what is asked for, with a real module.
. "$(dirname "$0")/lib.sh"
load_module
command -v criu >/dev/null || skip_all "needs criu"
exec $PYTHON "$HERE/lib/api.py"
