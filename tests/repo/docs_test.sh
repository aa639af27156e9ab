#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages that are made from tables say what the tables say now.
# Usage: docs_test.sh TABLES-PROGRAM REPOSITORY; speaks TAP.
set -u
n=0 failed=0
for pair in options:socket-options settings:settings counters:counters; do
	n=$((n + 1)) page=docs/${pair#*:}.md
	if "$1" "${pair%%:*}" | diff -u "$2/$page" - >/dev/null; then
		echo "ok $n - $page is what ./do docs makes"
	else
		failed=1
		echo "not ok $n - $page is what ./do docs makes"
		"$1" "${pair%%:*}" | diff -u "$2/$page" - | sed 's/^/# /'
	fi
done
echo "1..$n"
exit $failed
