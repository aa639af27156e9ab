#!/bin/sh
# SPDX-License-Identifier: MIT
# Each mutant still fits the tree that it mutates, and names tests that there
# are: code moves, and a mutant that no longer applies proves nothing.
# Usage: apply_test.sh REPOSITORY BUILD; speaks TAP.
set -u
cd "$1" || exit 1
known=$(meson introspect --tests "$2" |
	sed 's/"name": "/\n&/g' | sed -n 's/^"name": "\([^"]*\)".*/\1/p')
n=0 failed=0

say() { # say OK-OR-NOT NAME
	n=$((n + 1))
	[ "$1" = ok ] || failed=1
	echo "$1 $n - $2"
}

for patch in tests/mutants/*.patch; do
	name=${patch##*/}
	if patch -p1 --dry-run --silent --force --fuzz 0 <"$patch" >/dev/null 2>&1; then
		say ok "$name applies"
	else
		say 'not ok' "$name applies"
	fi
	tests=$(sed -n '/^--- /q; s/^#* *Tests*://p' "$patch")
	for t in $tests; do
		printf '%s\n' "$known" | grep -qx "$t" ||
			say 'not ok' "$name names $t, which is a test"
	done
done
echo "1..$n"
exit $failed
