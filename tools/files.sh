#!/bin/sh
# SPDX-License-Identifier: MIT
# The files of the project, one a line: what git knows or would add; outside
# of a git repository, all but build/.
# Usage: files.sh [FOLDER]
set -eu
cd "${1:-.}"

list() {
	if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
		git ls-files -co --exclude-standard
	else
		find . -type f ! -path './build/*' ! -path './.git/*' \
			! -name '*.pyc' | sed 's,^\./,,'
	fi
}

list | sort -u | while IFS= read -r f; do
	[ ! -f "$f" ] || printf '%s\n' "$f" # removed, but not yet committed
done
