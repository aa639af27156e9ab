#!/bin/sh
# SPDX-License-Identifier: MIT
# One libFuzzer target for so many seconds; what it finds new joins
# build/fuzz/new/NAME, a crash is kept in build/fuzz/crashes.
# Usage: one.sh NAME SECONDS; started by ./do fuzz from the top folder.
set -eu
name=$1 seconds=$2
program=build/fuzz/tests/fuzz/${name}_fuzz
corpus=tests/fuzz/corpus/$name
log=build/fuzz/$name.log

[ -x "$program" ] || { echo "fuzz: no target $name" >&2; exit 1; }
mkdir -p "build/fuzz/new/$name"
set -- "build/fuzz/new/$name"
[ ! -d "$corpus" ] || set -- "$@" "$corpus"
[ ! -f "tests/fuzz/$name.dict" ] || set -- "-dict=tests/fuzz/$name.dict" "$@"

echo "== fuzz: $name for $seconds s" >&2
if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
	-artifact_prefix="build/fuzz/crashes/$name-" \
	-print_final_stats=1 "$@" >"$log" 2>&1; then
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	echo "fuzz: $name: ok, $runs runs, $edges edges," \
		"$(find "build/fuzz/new/$name" -type f | wc -l) new inputs" >&2
else
	tail -n 60 "$log" >&2
	echo "fuzz: $name: FAILED; the whole log is $log" >&2
	exit 1
fi
