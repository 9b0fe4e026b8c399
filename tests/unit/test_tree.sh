#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What can be said of the tree without a kernel.
. "$(dirname "$0")/../kselftest/lib.sh"
cd "$TOP" || exit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

generated_is_fresh()
{
	scripts/regen --check
}

stale_is_seen()
{
	cp -r Documentation scripts include kmod "$work/"
	sed -i 's/name: flows-max/name: flows-most/' \
		"$work/Documentation/netlink/specs/nfha.yaml"
	! O=$TOP/build "$work/scripts/regen" --check
}

# Each function of the header is exported, and nothing else is.
symbols_agree()
{
	diff <(grep -oE '^(int|void|const char \*|uint16_t) ?nfha_[a-z_]+\(' \
		libnfha/include/libnfha/nfha.h | grep -oE 'nfha_[a-z_]+' | sort) \
	     <(nm -D --defined-only build/libnfha/libnfha.so.1 |
		awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort)
}

header_is_cplusplus()
{
	echo '#include <libnfha/nfha.h>' | g++ -Wall -Wextra -Werror -x c++ \
		-Iinclude/uapi -Ilibnfha/include -fsyntax-only -
}

installs()
{
	make install DESTDIR="$work/root" PREFIX=/usr >/dev/null &&
		[ -x "$work/root/usr/sbin/nfhactl" ] &&
		[ -e "$work/root/usr/lib/libnfha.so.1" ] &&
		grep -q '^prefix=/usr$' "$work/root/usr/lib/pkgconfig/libnfha.pc"
}

uninstalls()
{
	make uninstall DESTDIR="$work/root" PREFIX=/usr >/dev/null &&
		! find "$work/root" -type f -o -type l | grep -q .
}

completes()
{
	[ "$(nfhactl --complete split s by | tr '\n' ' ')" = "flows packets " ] &&
		nfhactl --complete | grep -qx service &&
		nfhactl --complete service add x | grep -qx threshold
}

# Not in the jobserver of a make that runs this.
without_headers()
{
	env -u MAKEFLAGS make -s "$@" KDIR=/nonexistent
}

symbols_are_in_the_manual()
{
	diff <(grep -oE 'nfha_[a-z_]+;' libnfha/libnfha.map | tr -d ';' | sort) \
	     <(sed -n 's/^\.Fn \(nfha_[a-z_]*\).*/\1/p' \
		Documentation/man/libnfha.3 | sort -u)
}

# make clean must not take the sources, nor somebody's home, for a build.
keeps_what_is_no_build()
{
	local o

	for o in . .. / "$TOP" /etc; do
		! make -s -n -C "$TOP" clean "O=$o" && ! make -s -n -C "$TOP" distclean "O=$o" ||
			return
	done 2>&1
}

# What runs and nobody says why, or is said and does not run.
tests_are_in_the_page()
{
	diff <(printf '%s\n' tests/unit/* tests/kselftest/* |
		sed -nE 's:.*/((test|nfha)_[a-z_]+)\.(c|sh)$:\1:p' | sort -u) \
	     <(grep -oE '\b(test|nfha)_[a-z_]+(\.c|\.sh)\b' Documentation/testing.md |
		sed -E 's/\..*//' | grep -vE '^(nfha|test)_x$|^test_(vm|demo|debug)$' | sort -u)
}

# all makes the rest, and says the same.
all_does_without()
{
	without_headers -n all | grep -q "SKIP.*install linux-headers-"
}

plan 14
check "what is generated is not stale" generated_is_fresh
check "and would be seen if it were (control)" stale_is_seen
check "the library exports its header's functions and no more" symbols_agree
check "and each of them is in the manual" symbols_are_in_the_manual
check "each test is in the page of tests, and no other" tests_are_in_the_page
check "the header is C++, too" header_is_cplusplus
check "make install" installs
check "make uninstall leaves nothing" uninstalls
for target in modules modules_install; do
	refuse "make $target says which headers are missing" \
		"install linux-headers-$(uname -r)" without_headers $target
done
check "make all says so, and does without" all_does_without
check "make clean removes nothing but a build" keeps_what_is_no_build
check "completion comes from the tables" completes
refuse "without the module nfhactl says so" "modprobe nfha" nfhactl service show
finish
