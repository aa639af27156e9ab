#!/bin/sh
# SPDX-License-Identifier: MIT
# The core may call nothing but plain memory and string functions, may own no
# writable storage, and computes without floating point.
# For the plain build: sanitizers call out.
# Usage: core_is_pure.sh libostia-core.a
set -eu

allowed='^(mem(cpy|move|set|cmp|chr)|bcmp|str(len|cmp|ncmp|nlen)|__mem(cpy|move|set)_chk|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$'

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nm -u "$1" >"$tmp/undefined"
nm --defined-only "$1" >"$tmp/defined"
nm -f sysv --defined-only "$1" >"$tmp/sections"
objdump -d --no-show-raw-insn "$1" >"$tmp/code"

awk '$1 == "U" {print $2}' "$tmp/undefined" | sort -u >"$tmp/calls"
awk 'NF == 3 {print $3}' "$tmp/defined" | sort -u >"$tmp/own"
alien=$(comm -23 "$tmp/calls" "$tmp/own" | grep -Ev "$allowed" || true)

# .data.rel.ro holds constant tables of pointers: written once by the loader.
state=$(tr -d ' ' <"$tmp/sections" | awk -F'|' \
	'$7 ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*|COMMON)/ &&
	 $7 !~ /^\.data\.rel\.ro/ {print $1}')

# Scalar and packed arithmetic and conversions of x86, then of arm64. Moves
# and integer vectors (a checksum, a copy) are no floating point.
floats=$(awk '
	/^[0-9a-f]+ <.*>:$/ { f = $2 }
	$2 ~ /^v?(add|sub|mul|div|sqrt|min|max|round|u?comi)[sp][sd]$/ ||
	$2 ~ /^v?cvt/ ||
	$2 ~ /^f(add|sub|mul|div|sqrt|cmp|cvt|ild|st|ld)[a-z]*$/ ||
	$2 ~ /^[su]cvtf$/ { print f, $2 }' "$tmp/code" | sort -u)

[ -z "$alien" ] || { echo "core calls out: $alien"; exit 1; }
[ -z "$state" ] || { echo "core keeps state: $state"; exit 1; }
[ -z "$floats" ] || { echo "core computes with floats: $floats"; exit 1; }
echo "core is pure"
