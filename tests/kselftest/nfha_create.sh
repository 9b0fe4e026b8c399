#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The daemon makes instances of a template from nothing, removes what it has made and no
# more, and adopts what somebody else has made.
. "$(dirname "$0")/lib.sh"
load_module
modprobe -q tun || skip_all "the kernel has no tun"
exec $PYTHON "$HERE/lib/create.py"
