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

# links_of FILE...: the symbolic links on the way to each.
links_of()
{
	local file way target

	for file; do
		while [ -n "$file" ]; do
			way=$file target=
			[ ! -L "$file" ] || target=$(readlink "$file")
			while [[ $way == */* ]]; do
				[ ! -L "$way" ] || echo "$way"
				way=${way%/*}
			done
			[[ $target == /* || -z $target ]] || target=${file%/*}/$target
			file=$target
		done
	done | sort -u
}

# A file, with the libraries that it names if it is a program, is given another time of
# access: the machine has a copy of its own then. So it is with links on the way there:
# the outside would be asked where they lead each time.
own()
{
	local file files=() links

	for file; do
		[ ! -f "$file" ] || files+=("$file")
	done
	mapfile -t -O ${#files[@]} files < <(libraries_of "${files[@]}")
	mapfile -t links < <(links_of "${files[@]}" /bin /sbin /lib /lib64)
	touch -ca "${files[@]}"
	touch -cha "${links[@]}"
}

# To open a file of the outside takes as long as the outside likes. Where time is
# virtual nobody waits for that: the clock goes to the next timer, and to the next, and on a
# busy host a program that is started would be minutes late. So what tests run is in
# memory. What Python has compiled stays good, for it knows the other time of its source.
own_files()
{
	local name names=()

	for name in bash basename cat conntrack criu dirname head ip ipvsadm ldd mkdir \
		    modprobe mount nft python3 rm sed setpriv sleep sort ss sysctl tc \
		    timeout touch umount xargs; do
		names+=("$(command -v "$name" || true)")
	done
	own "${names[@]}" /etc/ld.so.cache "$O"/{nfhad,nfhactl} \
		"$O"/{vnf,driver,nfhad-test,kselftest,libnfha}/* \
		"$O"/servers/bin/{conntrackd,haproxy,nginx,redis-server} \
		/etc/{nsswitch.conf,protocols,services,localtime,iproute2/*,modprobe.d/*} \
		"$NFHA_MODULES"/modules.*
	find /usr/lib/python3.* "$NFHA_TREE"/tests/{kselftest,bench} \
		\( -name test -o -name lib2to3 -o -name 'config-*' \) -prune -o \
		-type f -exec touch -ca {} +
}
