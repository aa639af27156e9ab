#!/bin/sh
# SPDX-License-Identifier: MIT
# How many lines of src/wire the kept corpus runs through; fails below 95 %.
# The wire's rooms need no other folder, so its targets are built here and
# now, apart from the library. Exits 77 without clang and llvm.
# Usage: coverage.sh [PERCENT]; started in the repository's top folder.
set -eu
percent=${1:-95}
for tool in clang llvm-cov llvm-profdata python3; do
	command -v "$tool" >/dev/null || {
		echo "skipped: no $tool here"
		exit 77
	}
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/tests/fuzz"

for target in tests/fuzz/wire_*_fuzz.c; do
	name=$(basename "$target" .c)
	LLVM_PROFILE_FILE=/dev/null clang -std=gnu17 -g -O0 -Isrc -Iinclude \
		-fprofile-instr-generate -fcoverage-mapping \
		"$target" tests/fuzz/replay.c src/wire/*.c \
		-o "$tmp/tests/fuzz/$name"
done
python3 tests/fuzz/coverage.py "$tmp" src/wire "$percent"
