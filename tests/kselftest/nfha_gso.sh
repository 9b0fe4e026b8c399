#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Packets that are many, and packets that are too long.
. "$(dirname "$0")/lib.sh"
modprobe -q tun || skip_all "the kernel has no tun"
load_module
exec $PYTHON "$HERE/lib/gso.py"
