#!/bin/sh
# SPDX-License-Identifier: MIT
# Make one archive of one relocatable object from static libraries, with the
# names of hidden visibility made local.
# Usage: one_object.sh OUT.a SCRATCH-DIR OBJCOPY AR IN.a... -- COMPILER...
set -eu

out=$1 scratch=$2 objcopy=$3 ar=$4
shift 4
libs=
while [ "$1" != -- ]; do
	libs="$libs $1"
	shift
done
shift

mkdir -p "$scratch"
# shellcheck disable=SC2086 # a list of file names without blanks
"$@" -r -nostdlib -o "$scratch/ostia.o" \
	-Wl,--whole-archive $libs -Wl,--no-whole-archive
"$objcopy" --localize-hidden "$scratch/ostia.o"
rm -f "$out"
"$ar" rcsD "$out" "$scratch/ostia.o"
