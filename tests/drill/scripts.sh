#!/bin/sh
# SPDX-License-Identifier: MIT
# Run the drill scripts of a folder one by one; speaks TAP.
# Usage: scripts.sh good|bad OSTIA FOLDER
#
# A good script must pass without a word. A bad one must fail with status 1
# and a first line that has the text of its `// expect:` comment.
set -u
kind=$1 ostia=$2 folder=$3
said=$(mktemp)
trap 'rm -f "$said"' EXIT
n=0 failed=0

passes() { # passes SCRIPT
	"$ostia" drill "$1" >"$said" 2>&1 && [ ! -s "$said" ]
}

refused() { # refused SCRIPT
	want=$(sed -n 's,^// expect: ,,p' "$1")
	"$ostia" drill "$1" >"$said" 2>&1
	[ $? -eq 1 ] && [ -n "$want" ] && head -n 1 "$said" | grep -qF -- "$1$want"
}

for script in "$folder"/*.pkt "$folder"/*/*.pkt; do
	[ -e "$script" ] || continue # no folder below
	n=$((n + 1))
	name=${script#"$folder"/}
	name=${name%.pkt}
	if { [ "$kind" = good ] && passes "$script"; } ||
		{ [ "$kind" = bad ] && refused "$script"; }; then
		echo "ok $n - $name"
	else
		failed=1
		echo "not ok $n - $name"
		sed 's/^/# /' "$said"
	fi
done
echo "1..$n"
exit $failed
