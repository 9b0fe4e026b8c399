# SPDX-License-Identifier: GPL-2.0-or-later
#
# bash completion: nfhactl itself knows what can come next.

_nfhactl()
{
	local i words=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-n) ((i++)) ;;
		-*) ;;
		*) words+=("${COMP_WORDS[i]}") ;;
		esac
	done
	mapfile -t COMPREPLY < <(compgen -W \
		"$(nfhactl --complete "${words[@]}" 2>/dev/null)" -- \
		"${COMP_WORDS[COMP_CWORD]}")
}

complete -F _nfhactl nfhactl
