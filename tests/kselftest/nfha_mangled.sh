#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Thousands of mangled packets in all roles, beside flows that must not notice.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/mangled.py"
