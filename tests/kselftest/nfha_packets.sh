#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Fragments, errors, tags, options, extension headers, control, malformed.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/packets.py"
