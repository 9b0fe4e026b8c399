# SPDX-License-Identifier: GPL-2.0-or-later
#
# bash completion: nfhactl itself knows what can come next.

# COMP_WORDS is cut at = and : as well, which are inside words of nfhactl.
_nfhactl()
{
	local line=${COMP_LINE:0:COMP_POINT} all words=() current="" i

	read -ra all <<<"$line"
	if [[ $line != *[[:blank:]] ]]; then
		current=${all[-1]}
		unset "all[-1]"
	fi
	if [ "${all[-1]}" = -n ]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(ls /run/netns 2>/dev/null)" -- "$current")
		return
	fi
	if [[ ${all[-1]} == -s || ${all[-1]} == --socket ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	fi
	for ((i = 1; i < ${#all[@]}; i++)); do
		case ${all[i]} in
		-n | -s | --socket) ((i++)) ;;
		-*) ;;
		*) words+=("${all[i]}") ;;
		esac
	done
	mapfile -t COMPREPLY < <(compgen -W \
		"$(nfhactl --complete "${words[@]}" 2>/dev/null)" -- "$current")
}

complete -F _nfhactl nfhactl
