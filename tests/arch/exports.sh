#!/bin/sh
# SPDX-License-Identifier: MIT
# A library shows ostia_* and nothing else, and shows something.
# Usage: exports.sh libostia.so|libostia.a
set -eu

tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
case $1 in
*.so*) nm -D --defined-only "$1" >"$tmp" ;;
*) nm -g --defined-only "$1" >"$tmp" ;;
esac
# A version node (type A, OSTIA_0) is the library's own name, not a symbol.
names=$(awk 'NF == 3 && $2 != "A" {sub(/@.*/, "", $3); print $3}' "$tmp")
alien=$(printf '%s\n' "$names" | grep -v '^ostia_' || true)

[ -n "$names" ] || { echo "$1 shows nothing"; exit 1; }
[ -z "$alien" ] || { echo "$1 shows: $alien"; exit 1; }
echo "$1 shows $(printf '%s\n' "$names" | wc -l) names, all ostia_*"
