#!/bin/sh
# SPDX-License-Identifier: MIT
# facts.sh ROOMS FACTS [-d] - a program's view of TCP's sockets: the kernel's lines
# and ours are the same. With -d, where pidfd_getfd is denied, SO_ERROR leaves
# the descriptor's POLLERR, and MSG_TRUNC finds no way to the bytes: that is
# said, and nothing else differs.
#
# A socket that is not connected is an AF_UNIX socket that is not: what read()
# and write() of it say is meant to differ (run/loose.h).
set -eu

# Titles of what may differ; the others do not.
denied() {
	for f in kernel ours; do
		awk '/^#/ { skip = /^# (linger 0|flags)$/ }
			!skip' "$dir/$f" >"$dir/$f.rest"
	done
	diff -u "$dir/kernel.rest" "$dir/ours.rest"
	grep -q '^trunc throws away: EPERM' "$dir/ours"
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$2" | sed -e 's/^\(loose re.*\): ENOTCONN$/\1: EINVAL/' \
	-e 's/^\(loose write\|loose send\): EPIPE$/\1: ENOTCONN/' \
	-e 's/^loose signals: 1$/loose signals: 0/' >"$dir/kernel"
# shellcheck disable=SC2086
"$1" ${3-} a "$2" >"$dir/ours"
lines=$(wc -l <"$dir/kernel")
[ "$lines" -ge 450 ]
if [ "${3-}" = -d ]; then
	denied
else
	diff -u "$dir/kernel" "$dir/ours"
fi
echo "same: $lines lines"
