#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# nfhad is small when nothing happens, and quick at the beginning.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/idle.py"
