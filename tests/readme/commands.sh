#!/bin/sh
# SPDX-License-Identifier: MIT
# README's commands and programs, so that what it says stays true. Of a block
# that is fenced with "sh test" each line is run by itself; one fenced with
# "sh fresh" is for ./do fresh, "sh test fresh" is for both. "c test" is a
# program, compiled with what build/plain made, and run.
# Usage: commands.sh list TAG | commands.sh test
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"

list() { # list LANGUAGE TAG: the lines of such blocks
	awk -v language="$1" -v tag="$2" '
		/^```/ { if (inside) { inside = wanted = 0; next }
			 inside = 1
			 wanted = $1 == "```" language && (" " $0 " ") ~ " " tag " "
			 if (wanted && language == "c") print "/* a block */"
			 next }
		wanted && (language == "c" || NF && $1 !~ /^#/) { print }' README.md
}

shows_something() { # shows_something WHAT COMMAND...
	what=$1
	shift
	"$@" >"$tmp/said" 2>&1 </dev/null || {
		cat "$tmp/said"
		echo "README: this fails: $what"
		exit 1
	}
	[ -s "$tmp/said" ] || {
		echo "README: this shows nothing: $what"
		exit 1
	}
}

run_commands() {
	list sh test >"$tmp/commands"
	[ -s "$tmp/commands" ] || { echo 'README has no block "sh test"'; exit 1; }
	while IFS= read -r command <&3; do
		echo "\$ $command"
		shows_something "$command" sh -euc "$command"
	done 3<"$tmp/commands"
}

run_program() {
	list c test >"$tmp/program.c"
	[ "$(grep -c '^/\* a block \*/$' "$tmp/program.c")" = 1 ] ||
		{ echo 'README should have one block "c test"'; exit 1; }
	echo '$ cc program.c && ./program'
	# shellcheck disable=SC2086 # CC may be two words
	${CC:-cc} -std=gnu17 -Wall -Werror -Iinclude "$tmp/program.c" \
		-o "$tmp/program" build/plain/lib/libostia.a -pthread
	shows_something 'the program' "$tmp/program"
	cat "$tmp/said"
}

case ${1-} in
list) list sh "$2" ;;
test)
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	run_commands
	run_program
	;;
*)
	echo 'usage: commands.sh list TAG | commands.sh test' >&2
	exit 2
	;;
esac
