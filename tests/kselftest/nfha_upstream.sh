#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The switch before a service is told of a split and a merge; no connection through it breaks.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/upstream.py"
