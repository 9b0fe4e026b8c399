#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon's page in a browser, in a network namespace where nobody else is.

TOP=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$TOP/build}

# shellcheck disable=SC2016 # it is the inner shell's
exec timeout 300 unshare --map-root-user --net sh -c \
	'ip link set lo up && exec "$0" "$@"' \
	"$TOP/tests/nfhad/page" "$O/nfhad-test/watch" "$@"
