#!/bin/sh
# SPDX-License-Identifier: MIT
# facts.sh ROOMS FACTS - a program's view of TCP's sockets: the kernel's lines
# and ours are the same.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$2" >"$dir/kernel"
"$1" a "$2" >"$dir/ours"
lines=$(wc -l <"$dir/kernel")
[ "$lines" -ge 200 ]
diff -u "$dir/kernel" "$dir/ours"
echo "same: $lines lines"
