# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# libraries_of PROGRAM...: the libraries that they name, each in a line of its own. A script
# names none.
libraries_of()
{
	local program

	for program; do
		{ ldd "$program" 2>/dev/null || true; } | sed -n 's:.*[[:space:]]\(/[^ ]*\) .*:\1:p'
	done | sort -u
}

# A file, with the libraries that it names if it is a program, is written to by name
# only: the machine has a copy of its own then.
own()
{
	local file files=()

	for file; do
		[ ! -f "$file" ] || files+=("$file")
	done
	touch -c "${files[@]}"
	libraries_of "${files[@]}" | xargs -r touch -c
}
