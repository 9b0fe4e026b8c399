#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# How long packets take through an instance.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/latency.py"
