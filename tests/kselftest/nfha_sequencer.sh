#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Rollback recovery: a VNF with aggregate state is killed hundreds of times, and the
# world outside sees one single history.
. "$(dirname "$0")/lib.sh"
load_module
command -v criu >/dev/null || skip_all "needs criu"
exec $PYTHON "$HERE/lib/sequencer.py"
