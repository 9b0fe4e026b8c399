#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What the daemon says of itself and of its services, over HTTP.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/metrics.py"
