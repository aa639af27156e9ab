#!/bin/sh
# SPDX-License-Identifier: MIT
# Everything compiles for 64-bit ARM without a warning, and nothing is missing
# when the command is linked but libseccomp, whose header serves every machine
# and whose library is there for one. Where QEMU runs ARM's programs, the demo
# (two stacks, fibers, virtual time) says what it says here.
# Usage: arm64.sh REPOSITORY OSTIA
set -eu
cc=aarch64-linux-gnu-gcc
for need in $cc meson ninja; do
	command -v "$need" >/dev/null || {
		echo "$need is not installed"
		exit 77
	}
done
echo '#include <stdio.h>' | $cc -E - >/dev/null 2>&1 || {
	echo "$cc has no C library (libc6-dev-arm64-cross)"
	exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

cat >"$dir/libseccomp.pc" <<EOF
Name: libseccomp
Description: its header
Version: $(pkg-config --modversion libseccomp)
Cflags: -idirafter $(pkg-config --variable=includedir libseccomp)
EOF
cat >"$dir/more.ini" <<EOF
[properties]
pkg_config_libdir = '$dir'
[built-in options]
c_link_args = ['-Wl,--warn-unresolved-symbols']
EOF
{
	meson setup "$dir/build" "$1" --cross-file "$1/tools/aarch64.ini" \
		--cross-file "$dir/more.ini" -Doptimization=0 \
		-Dtests=false -Dman=disabled -Dresolv=disabled &&
		ninja -C "$dir/build" -j 2
} >"$dir/log" 2>&1 || {
	tail -n 60 "$dir/log"
	exit 1
}
if grep 'undefined reference' "$dir/log" | grep -v '`seccomp_'; then
	echo "this is nowhere to be found on ARM"
	exit 1
fi
echo "$(grep -c 'Compiling C object' "$dir/log") files compile for ARM"

command -v qemu-aarch64 >/dev/null || exit 0
"$2" demo >"$dir/here"
qemu-aarch64 -L /usr/aarch64-linux-gnu "$dir/build/src/cli/ostia" demo \
	>"$dir/there"
diff "$dir/here" "$dir/there"
echo "the demo is the same there"
