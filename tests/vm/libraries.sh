# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# libraries_of PROGRAM...: the libraries that they name, each in a line of its own.
libraries_of()
{
	local program

	for program; do
		ldd "$program" 2>/dev/null | sed -n 's:.*[[:space:]]\(/[^ ]*\) .*:\1:p'
	done | sort -u
}
