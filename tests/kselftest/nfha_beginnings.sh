#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: what cannot begin, and what fails before it has a checkpoint.
. "$(dirname "$0")/lib.sh"
load_module
command -v criu >/dev/null || skip_all "needs criu"
exec $PYTHON "$HERE/lib/beginnings.py"
