#!/bin/sh
# SPDX-License-Identifier: MIT
# A checker that cannot fail proves nothing: each one passes a good example
# and refuses a bad one, for the reason that it gives.
# Usage: checkers_test.sh; speaks TAP. CC names the compiler.
# shellcheck disable=SC2317 # the checks are called by name
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cc=${CC:-cc}
n=0 failed=0

answer() { # answer yes|no SENTENCE
	n=$((n + 1))
	if [ "$1" = yes ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/said"
	fi
}

passes() { # passes SENTENCE COMMAND...
	sentence=$1
	shift
	if "$@" >"$tmp/said" 2>&1; then answer yes "$sentence"; else answer no "$sentence"; fi
}

refuses() { # refuses SENTENCE REASON COMMAND...
	sentence=$1 reason=$2
	shift 2
	if ! "$@" >"$tmp/said" 2>&1 && grep -q -- "$reason" "$tmp/said"; then
		answer yes "$sentence"
	else
		answer no "$sentence"
	fi
}

# A small tree: tree NAME, then file NAME PATH TEXT.
tree() {
	mkdir -p "$tmp/$1/src/base" "$tmp/$1/src/udp" "$tmp/$1/src/tcp" \
		"$tmp/$1/src/api" "$tmp/$1/include/ostia"
	printf '# SPDX-License-Identifier: MIT\nbase\nudp tcp\napi\n' \
		>"$tmp/$1/src/LAYERS"
	file "$1" include/ostia/types.h '#include <stdint.h>'
	file "$1" src/base/seq.h '#include <ostia/types.h>'
	file "$1" src/tcp/rtt.h '#include "base/seq.h"'
	file "$1" src/tcp/rtt.c '#include "tcp/rtt.h"'
}
file() {
	mkdir -p "$(dirname "$tmp/$1/$2")"
	printf '/* SPDX-License-Identifier: MIT */\n%s\n' "$3" >"$tmp/$1/$2"
}
layers() { python3 "$here/layers.py" "$tmp/$1"; }

tree good
passes 'layers: a good tree passes' layers good
tree up
file up src/base/seq.c '#include "tcp/rtt.h"'
refuses 'layers: including upwards fails' 'base/ may not include tcp/rtt.h' layers up
tree side
file side src/udp/udp.c '#include "tcp/rtt.h"'
refuses 'layers: including a sibling fails' 'udp/ may not include tcp/rtt.h' layers side
tree public
file public include/ostia/stack.h '#include "base/seq.h"'
refuses 'layers: a public header includes no inner one' \
	'ostia/ may not include base/seq.h' layers public
tree cycle
file cycle src/tcp/rtt.h '#include "tcp/rtx.h"'
file cycle src/tcp/rtx.h '#include "tcp/rtt.h"'
refuses 'layers: a circle of includes fails' 'cycle: tcp/rtt.h -> tcp/rtx.h' layers cycle
tree self
file self src/tcp/rtt.h '#include "tcp/rtt.h"'
refuses 'layers: a header that includes itself fails' 'cycle: tcp/rtt.h' layers self
tree crooked
file crooked src/tcp/rtt.c '#include "rtt.h"'
refuses 'layers: a path that does not start at src fails' 'from src/' layers crooked
tree stray
file stray src/misc/x.c ''
refuses 'layers: a folder that LAYERS does not name fails' 'LAYERS names' layers stray

sources() { "$here/sources.sh" "$tmp/$1"; }
passes 'sources: a good tree passes' sources good
tree bare
echo 'int x;' >"$tmp/bare/src/tcp/bare.c"
refuses 'sources: a file without a license fails' 'bare.c: no SPDX' sources bare
tree path
file path src/tcp/path.c "/* see /""root/notes */"
refuses 'sources: a path of the machine fails' 'path.c: names the machine' sources path
tree host
file host src/tcp/host.c "/* from deb"".debian.org */"
refuses 'sources: the host of a registry fails' 'host.c: names the machine' sources host

tree stray
file stray notes.c '/* by mistake */'
refuses 'sources: a stray in the top folder fails' 'notes.c: what is it' sources stray

# contract NAME TEXT: a tree with two sentences, and a test of this text.
contract() {
	mkdir -p "$tmp/$1/tests/arch" "$tmp/$1/tests/api"
	printf 'S1 They exist.\nS2 open They talk.\n' >"$tmp/$1/tests/arch/sockets.ids"
	printf '%s\n' "$2" >"$tmp/$1/tests/api/x_test.c"
}
sockets() { python3 "$here/sockets.py" "$tmp/$1"; }
contract kept 'TEST(S1_they_exist)'
passes 'sockets: a test that begins with the id names it' sockets kept
contract told '/* What [S1] says. */'
passes 'sockets: so does a comment' sockets told
contract broken 'x[S1] = 1;'
refuses 'sockets: a sentence without a test fails' 'S1: no test names it' sockets broken
contract ahead '/* [S1, S2] */'
refuses 'sockets: an open sentence that has a test fails' 'S2: open, but api/x_test.c' \
	sockets ahead
contract more '/* [S1] [S9] */'
refuses 'sockets: an id that nothing stands for fails' 'S9: no such sentence' sockets more
contract twice '/* [S1] */'
echo 'S1 Again.' >>"$tmp/twice/tests/arch/sockets.ids"
refuses 'sockets: an id with two sentences fails' 'S1 a second time' sockets twice

# archive NAME CODE [MEMBER]: an archive of one object.
archive() {
	mkdir -p "$tmp/$1"
	printf '%s\n' "$2" >"$tmp/$1/x.c"
	rm -f "$tmp/$1.a"
	$cc -std=gnu17 -O2 -fno-builtin -fno-pie -c "$tmp/$1/x.c" \
		-o "$tmp/$1/${3:-tcp_rtt.c.o}" &&
		ar rc "$tmp/$1.a" "$tmp/$1/${3:-tcp_rtt.c.o}"
}
pure() { "$here/core_is_pure.sh" "$tmp/$1.a"; }

archive pure '#include <string.h>
static const char *const names[] = { "a", "b" };
const char *tcp_rtt_name(unsigned i) { return names[i & 1]; }
void tcp_rtt_copy(void *a, const void *b) { memcpy(a, b, 100); }'
passes 'purity: memory functions and constant tables pass' pure pure
archive calls '#include <stdlib.h>
void *tcp_rtt_new(void) { return malloc(8); }'
refuses 'purity: calling malloc fails' 'core calls out: malloc' pure calls
archive clock '#include <time.h>
long tcp_rtt_now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_nsec; }'
refuses 'purity: reading a clock fails' 'core calls out: clock_gettime' pure clock
archive wide 'typedef unsigned __int128 u128;
u128 tcp_rtt_div(u128 a, u128 b) { return a / b; }'
refuses 'purity: dividing 128 bits fails' 'core calls out: __udivti3' pure wide
archive bss 'static int n; int tcp_rtt_count(void) { return n++; }'
refuses 'purity: a counter in static storage fails' 'core keeps state: n' pure bss
archive data 'static int n = 7; int *tcp_rtt_where(void) { return &n; }'
refuses 'purity: an initialised variable fails' 'core keeps state: n' pure data
archive tls 'static __thread int n; int tcp_rtt_mine(void) { return n++; }'
refuses 'purity: a thread-local variable fails' 'core keeps state: n' pure tls
archive float 'unsigned tcp_rtt_half(unsigned x) { return (unsigned)(x * 0.7); }'
refuses 'purity: floating point fails' 'core computes with floats' pure float
refuses 'purity: an archive that is not there fails' '' pure nowhere

exports() { "$here/exports.sh" "$tmp/$1"; }
archive shown 'int ostia_x(void) { return 1; }'
passes 'exports: ostia_* alone passes' exports shown.a
archive alien 'int ostia_x(void) { return 1; } int helper(void) { return 2; }'
refuses 'exports: another global name in the archive fails' 'helper' exports alien.a
archive nothing 'static int x(void) { return 1; } int (*const ostia_p)(void) = x;
#define ostia_p' && objcopy -L ostia_p "$tmp/nothing.a"
refuses 'exports: a library that shows nothing fails' 'shows nothing' exports nothing.a
printf 'int ostia_x(void) { return 1; }\nint helper(void) { return 2; }\n' >"$tmp/so.c"
$cc -shared -fPIC "$tmp/so.c" -o "$tmp/alien.so"
refuses 'exports: another dynamic symbol fails' 'helper' exports alien.so

addresses() { python3 "$here/addresses.py" "$tmp/good/src" "$tmp/$1.a"; }
archive lives 'int tcp_rtt_sample(void) { return 1; }'
passes 'addresses: tcp_rtt_ in tcp/rtt.c passes' addresses lives
archive once 'int udp_send(void) { return 1; }' udp_udp.c.o
passes 'addresses: udp/udp.c says udp once' addresses once
archive base 'int wheel_arm(void) { return 1; }' base_wheel.c.o
passes 'addresses: base is not spelled' addresses base
archive family 'int wire_quote6(void) { return 1; }' wire_quote.c.o
passes 'addresses: a family may follow the room' addresses family
archive lent 'int pool_get(void) { return 1; }' base_block.c.o
refuses 'addresses: another name than the room fails' \
	'pool_get should begin with block_' addresses lent
file good src/base/block.h 'struct ostia_pool {
	int n;
};'
passes 'addresses: a struct of the room lends its name' addresses lent
archive face 'int tcp_send(void) { return 1; }' tcp_usr.c.o
refuses 'addresses: the folder alone fails' 'tcp_send should begin' addresses face
file good src/tcp/tcp.h 'int tcp_send(void);'
passes 'addresses: what the face declares stands behind any door' addresses face
archive short 'int rtt_sample(void) { return 1; }'
passes 'addresses: a room alone may be the whole address' addresses short
mkdir "$tmp/second" && objcopy "$tmp/short/tcp_rtt.c.o" "$tmp/second/udp_rtt.c.o" &&
	ar rc "$tmp/short.a" "$tmp/second/udp_rtt.c.o"
refuses 'addresses: of two folders it may not' \
	'rtt_ is a short name of tcp and udp' addresses short
archive moved 'int tcp_rtx_arm(void) { return 1; }'
refuses 'addresses: a name of another room fails' \
	'tcp_rtx_arm should begin with' addresses moved

echo "1..$n"
exit $failed
