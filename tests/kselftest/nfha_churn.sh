#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Everything at random under traffic from two processors, with a model that says what must be.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/churn.py"
