#!/bin/sh
# SPDX-License-Identifier: MIT
# README's commands, so that what it says stays true. A fenced block whose
# first line is "sh test" is run here, each line by itself; one marked "sh
# fresh" is for ./do fresh, one marked "sh test fresh" is for both.
# Usage: commands.sh list TAG | commands.sh test
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"

list() {
	awk -v tag="$1" '
		/^```/ { if (inside) { inside = 0; wanted = 0; next }
			 inside = 1
			 wanted = $0 ~ "^```sh( [a-z]+)*" && (" " $0 " ") ~ " " tag " "
			 next }
		wanted && NF && $1 !~ /^#/ { print }' README.md
}

run_all() {
	list test >"$tmp/commands"
	[ -s "$tmp/commands" ] || { echo 'README has no block "sh test"'; exit 1; }
	while IFS= read -r command <&3; do
		echo "\$ $command"
		sh -euc "$command" >"$tmp/said" 2>&1 </dev/null || {
			cat "$tmp/said"
			echo "README's command fails: $command"
			exit 1
		}
		[ -s "$tmp/said" ] || {
			echo "README's command shows nothing: $command"
			exit 1
		}
	done 3<"$tmp/commands"
}

case ${1-} in
list) list "$2" ;;
test)
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	run_all
	;;
*)
	echo 'usage: commands.sh list TAG | commands.sh test' >&2
	exit 2
	;;
esac
