#!/bin/sh
# SPDX-License-Identifier: MIT
# Every file says its license in its first lines, and none knows the machine
# that it was written on.
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
while IFS= read -r f; do
	head -n 2 "$f" | grep -q 'SPDX-License-Identifier: MIT' || {
		echo "$f: no SPDX-License-Identifier: MIT in its first lines"
		bad=yes
	}
	if grep -nHIE "$machine|$registry" "$f"; then
		echo "$f: names the machine or the registry it was made with"
		bad=yes
	fi
done <"$tmp/files"

[ -s "$tmp/files" ] || { echo 'no files found'; exit 1; }
[ -z "$bad" ] || exit 1
echo "sources ok: $(wc -l <"$tmp/files") files"
