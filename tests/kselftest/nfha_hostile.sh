#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Forged, malicious and foolish input.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/hostile.py"
