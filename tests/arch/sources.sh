#!/bin/sh
# SPDX-License-Identifier: MIT
# Every file says its license in its first lines, none knows the machine that
# it was written on, and none lies in the top folder but what belongs there.
# Usage: sources.sh [REPOSITORY]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "${1:-.}"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$here/../../tools/files.sh" | while IFS= read -r f; do
	case $f in
	LICENSE) ;;
	tests/fuzz/corpus/*) ;; # bytes, as a peer would send them
	*.pcap | *.pcapng | *.bin) ;;
	*) printf '%s\n' "$f" ;;
	esac
done >"$tmp/files"

# [x] keeps these patterns from finding themselves.
machine='/[h]ome/[a-z]|/[r]oot/|/[w]ork/(main|wt|shared|[.]lib)'
registry='[d]eb[.]debian[.]org|[r]egistry[.]npmjs|[p]roxy[.]golang'

bad=
tr '\n' '\0' <"$tmp/files" | xargs -0 awk '
	FNR == 1 { if (NR > 1 && !said) print last
		   said = 0; last = FILENAME }
	FNR <= 2 && /SPDX-License-Identifier: MIT/ { said = 1 }
	FNR == 2 { nextfile }
	END { if (!said) print last }' >"$tmp/bare"
while IFS= read -r f; do
	[ -s "$f" ] || printf '%s\n' "$f" # awk sees no line of it
done <"$tmp/files" >>"$tmp/bare"
while IFS= read -r f; do
	echo "$f: no SPDX-License-Identifier: MIT in its first lines"
	bad=yes
done <"$tmp/bare"
tr '\n' '\0' <"$tmp/files" |
	xargs -0 grep -HIE "$machine|$registry" >"$tmp/knows" || :
while IFS= read -r line; do
	echo "${line%%:*}: names the machine or the registry it was made with:"
	echo "  ${line#*:}"
	bad=yes
done <"$tmp/knows"

top='^([.][^/]*|LICENSE|README[.]md|do|meson[.]build|meson_options[.]txt)$'
grep -v / "$tmp/files" | grep -Ev "$top" >"$tmp/strays" || :
while IFS= read -r f; do
	echo "$f: what is it doing in the top folder?"
	bad=yes
done <"$tmp/strays"

[ -s "$tmp/files" ] || { echo 'no files found'; exit 1; }
[ -z "$bad" ] || exit 1
echo "sources ok: $(wc -l <"$tmp/files") files"
