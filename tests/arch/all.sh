#!/bin/sh
# SPDX-License-Identifier: MIT
# The checks of tests/arch that need no build.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)

python3 "$here/layers.py" "$root"
python3 "$here/sockets.py" "$root"
"$here/sources.sh" "$root"
