#!/bin/sh
# SPDX-License-Identifier: MIT
# What a program finds after `./do install`: headers that stand alone,
# pkg-config that knows, a shared and a static library that link and run, and
# pages.
# Usage: install_test.sh BUILD-DIR; speaks TAP. CC names the compiler.
set -u
build=$1
cc=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0

check() { # check SENTENCE COMMAND...
	n=$((n + 1)) sentence=$1
	shift
	if "$@" >"$tmp/said" 2>&1; then
		echo "ok $n - $sentence"
	else
		failed=1
		echo "not ok $n - $sentence"
		sed 's/^/# /' "$tmp/said"
	fi
}

check 'meson installs into a folder' \
	meson install -C "$build" --no-rebuild --quiet --destdir "$tmp/dest"

pc=$(find "$tmp/dest" -name ostia.pc)
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$tmp/dest"
flags() { pkg-config "$@" ostia; }
strict='-std=gnu17 -Wall -Wextra -Werror'

for header in "$(find "$tmp/dest" -type d -path '*/include/ostia')"/*.h; do
	name=ostia/${header##*/}
	printf '#include <%s>\n' "$name" >"$tmp/alone.c"
	# shellcheck disable=SC2046,SC2086 # lists of flags
	check "<$name> stands alone" $cc $strict $(flags --cflags) \
		-fsyntax-only "$tmp/alone.c"
done

cat >"$tmp/program.c" <<'EOF'
#include <ostia/ostia.h>
#include <stdio.h>

int main(void)
{
	return puts(ostia_version()) < 0;
}
EOF
lib=$(pkg-config --variable=libdir ostia)
lib=$tmp/dest${lib#"$tmp/dest"}
# shellcheck disable=SC2046,SC2086 # lists of flags
check 'a program links with the shared library' $cc $strict -o "$tmp/shared" \
	"$tmp/program.c" $(flags --cflags --libs)
check 'and runs' env LD_LIBRARY_PATH="$lib" "$tmp/shared"
# shellcheck disable=SC2046,SC2086 # lists of flags
check 'a program links with the static library' $cc $strict -o "$tmp/static" \
	"$tmp/program.c" $(flags --cflags) "$lib/libostia.a" -pthread
check 'and runs alone' "$tmp/static"
check 'pkg-config tells the version of the library' \
	test "$("$tmp/static")" = "$(pkg-config --modversion ostia)"
resolv=$(find "$tmp/dest" -name ostia-resolv.pc)
if [ -n "$resolv" ]; then
	cat >"$tmp/names.c" <<'EOF'
#include <ostia/resolv.h>
#include <ostia/runtime.h>

int main(void)
{
	return ostia_runtime_resolver(NULL) == &ostia_stub;
}
EOF
	# shellcheck disable=SC2046,SC2086 # lists of flags
	check 'a program that asks for names by c-ares links' $cc $strict \
		-o "$tmp/names" "$tmp/names.c" \
		$(pkg-config --cflags --libs ostia-resolv ostia) -Wl,--as-needed
	check 'and c-ares it is, although nobody calls it by name' \
		env LD_LIBRARY_PATH="$lib" "$tmp/names"
	# shellcheck disable=SC2046,SC2086 # lists of flags
	check 'so it is with the static libraries' $cc $strict -o "$tmp/names-a" \
		"$tmp/names.c" $(flags --cflags) -Wl,-u,ostia_resolv \
		"$lib/libostia-resolv.a" "$lib/libostia.a" -lcares -pthread
	check 'and they run' "$tmp/names-a"
fi
if command -v scdoc >/dev/null; then
	check 'a manual page is there' \
		test -s "$(find "$tmp/dest" -name 'ostia.7*')"
fi

echo "1..$n"
exit $failed
