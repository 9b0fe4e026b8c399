#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What the kernel says by itself: carriers, devices, ends of drains and splits.
. "$(dirname "$0")/lib.sh"
load_module
modprobe -q dummy
exec $PYTHON "$HERE/lib/events.py"
