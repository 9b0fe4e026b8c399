#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Devices, instances, services, namespaces and the module go under traffic.
. "$(dirname "$0")/lib.sh"
load_module
exec $PYTHON "$HERE/lib/teardown.py"
