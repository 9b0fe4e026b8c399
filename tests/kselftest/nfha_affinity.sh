#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Which packets share an owner, by every affinity; the library agrees.
. "$(dirname "$0")/lib.sh"
load_module
[ -x "$O/examples/owner" ] ||
	skip_all "the examples are not built: make user"
exec $PYTHON "$HERE/lib/affinity.py"
