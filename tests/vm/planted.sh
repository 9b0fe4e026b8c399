# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source-path=SCRIPTDIR
#
# What the tests of test machines share: a machine, and one with a module that does
# wrong what it is told to. KERNEL is the one to boot.
. "$(dirname "${BASH_SOURCE[0]}")/../kselftest/lib.sh"
O=$(realpath -m "${O:-$TOP/build}")

command -v qemu-system-x86_64 >/dev/null ||
	skip_all "no qemu; scripts/bootstrap test installs it"

work=$(mktemp -d)
# Everything that scripts/vm makes for a run is in here.
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

remove_work()
{
	rm -rf "$work"
}
trap remove_work EXIT

vm()
{
	"$TOP/scripts/vm" --kernel "$KERNEL" --timeout 400 "$@"
}

# gives STATUS TEXT COMMAND...: ends so, and says so.
gives()
{
	local want=$1 text=$2 output status=0

	shift 2
	output=$("$@" 2>&1) || status=$?
	printf 'status %s\n%s\n' "$status" "$output"
	[ "$status" = "$want" ] && [[ $output == *"$text"* ]]
}

# The planted module takes the place of the real one.
build_planted()
{
	local kdir

	kdir=$("$TOP/scripts/kernel" --headers "$KERNEL") || return
	mkdir -p "$work/build/kmod-$KERNEL"
	ln -s "$O/kernels" "$O/downloads" "$work/build/"
	cp -r "$TOP/tests/vm/planted" "$work/"
	make -s -C "$kdir" O= M="$work/planted" modules &&
		cp "$work/planted/nfha.ko" "$work/build/kmod-$KERNEL/"
}

with_planted()
{
	O=$work/build vm --module -- "$@"
}

# In a namespace that ends with who loads the module.
# shellcheck disable=SC2016 # a variable of the machine
planted()
{
	with_planted unshare -n bash -c 'insmod "$NFHA_MODULE" "wrong=$0"' "$1"
}
