#!/bin/sh
# SPDX-License-Identifier: MIT
# One door to the repository: ./do WORD, see ./do --help.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$root"
PATH=$PATH:/usr/sbin:/sbin
export PATH

usage() {
	cat <<'EOF'
Usage: ./do WORD [ARGUMENT...]

  demo [ARG...]     build the command and show a conversation, call by call
  test [PART...]    build and test everything; the last line counts
                    PART: plain san tsan clang release lint readme user
  test --as-user [PART...]
                    the same as an ordinary user, in a copy of the tree
  build [TARGET...] build/plain: gcc, -O2, assertions on
  bench [ARG...]    measure ours beside the kernel and lwIP
  soak [SEED]       the tests that take hours, and the mutants; conversations
                    by seed begin with this one, else with the time of day
  mutants [NAME...] remove one defence at a time; a named test must fail
  fuzz [SECONDS] [TARGET...] [--parallel N]
                    libFuzzer on each target, 300 s each unless told
  lint [PART...]    PART: arch format shell cppcheck tidy
  format            put every C file into the project's layout
  docs              manual pages, and the tables of docs/
  install [ARG...]  meson install (--destdir DIR, ...)
  fresh [COMMAND]   a newcomer's machine: minimal Debian in a folder, then
                    README's commands in it (needs root)
  deps [build|test|fresh]
                    install what is missing and nothing else
  clean             remove build/

What is missing is installed by apt-get when root; otherwise the command to
type is printed. Environment: JOBS (default: number of processors), CC.
EOF
}

say() { printf '== %s\n' "$*" >&2; }
die() {
	printf 'do: %s\n' "$*" >&2
	exit 1
}
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN)}

# ---------------------------------------------------------------- packages --
# One a line: Debian's package, then how to tell that it is there: a command,
# cmd:NAME, a pkg-config module, pc:NAME, a file or glob, file:PATH, or a
# module of Debian's python, py:NAME.

build_deps='
gcc			cmd:gcc
libc6-dev		file:/usr/include/stdio.h
binutils		cmd:objcopy
meson			cmd:meson
ninja-build		cmd:ninja
pkg-config		cmd:pkg-config
libc-ares-dev		pc:libcares
libseccomp-dev		pc:libseccomp
'
test_deps='
libcmocka-dev		pc:cmocka
clang			cmd:clang
libclang-rt-dev		file:/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer*.a
llvm			cmd:llvm-cov
clang-format		cmd:clang-format
clang-tidy		cmd:clang-tidy
cppcheck		cmd:cppcheck
shellcheck		cmd:shellcheck
valgrind		cmd:valgrind
patch			cmd:patch
python3			cmd:python3
python3-scapy		py:scapy
scdoc			cmd:scdoc
tshark			cmd:tshark
chromium		cmd:chromium
chromium-driver		cmd:chromedriver
nginx			cmd:nginx
curl			cmd:curl
iproute2		cmd:ip
iptables		cmd:iptables
ethtool			cmd:ethtool
util-linux		cmd:setpriv
liblwip-dev		pc:lwip
radvd			cmd:radvd
dnsmasq-base		cmd:dnsmasq
netbase			file:/etc/services
bind9-dnsutils		cmd:dig
traceroute		cmd:traceroute
iputils-ping		cmd:ping
iputils-tracepath	cmd:tracepath
redis-server		cmd:redis-server
redis-tools		cmd:redis-cli
memcached		cmd:memcached
iperf3			cmd:iperf3
socat			cmd:socat
openssl			cmd:openssl
openssh-server		file:/usr/sbin/sshd
openssh-client		cmd:ssh
rsync			cmd:rsync
git			cmd:git
wget			cmd:wget
haproxy			cmd:haproxy
php-fpm			file:/usr/sbin/php-fpm*
postgresql		file:/usr/lib/postgresql/*/bin/postgres
unbound			cmd:unbound
nodejs			cmd:node
default-jdk-headless	cmd:javac
caddy			cmd:caddy
hey			cmd:hey
wrk			cmd:wrk
musl-tools		cmd:musl-gcc
libpython3.11-testsuite	file:/usr/lib/python3.11/test/test_socket.py
gcc-aarch64-linux-gnu	cmd:aarch64-linux-gnu-gcc
libc6-dev-arm64-cross	file:/usr/aarch64-linux-gnu/include/stdio.h
'
fresh_deps='
debootstrap		cmd:debootstrap
debian-archive-keyring	file:/usr/share/keyrings/debian-archive-keyring.gpg
util-linux		cmd:unshare
'

system_python() {
	if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else echo python3; fi
}

present() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	py:*) "$(system_python)" -c "import ${1#py:}" >/dev/null 2>&1 ;;
	file:*)
		for f in ${1#file:}; do # the glob is meant to expand
			[ -e "$f" ] && return 0
		done
		return 1
		;;
	*) die "no such kind of probe: $1" ;;
	esac
}

missing() {
	printf '%s' "$1" | while read -r package probe; do
		[ -n "$package" ] || continue
		present "$probe" || printf ' %s' "$package"
	done
}

# Packages such as nginx start a service when they arrive: not here. The
# policy stands while apt-get runs and goes whatever happens.
policy=/usr/sbin/policy-rc.d
policy_is_ours=
lists_are_new=
forget_policy() { [ -z "$policy_is_ours" ] || rm -f "$policy"; }
apt_install() {
	if [ ! -e "$policy" ]; then
		trap 'forget_policy' EXIT
		trap 'exit 130' INT TERM HUP
		policy_is_ours=yes
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	[ -n "$lists_are_new" ] || apt-get -q update >&2
	lists_are_new=yes
	apt-get -q -y --no-install-recommends install "$@" >&2
	forget_policy
	policy_is_ours=
}

need() {
	for list in "$@"; do
		want=
		case $list in
		build) want=$(missing "$build_deps") ;;
		test) want=$(missing "$test_deps") ;;
		fresh) want=$(missing "$fresh_deps") ;;
		*) die "deps: build, test or fresh, not $list" ;;
		esac
		[ -n "$want" ] || continue
		if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
			say "installing:$want"
			# shellcheck disable=SC2086 # a list of words
			apt_install $want
		else
			printf 'do: missing for %s:%s\n' "$list" "$want" >&2
			printf 'do: as root: apt-get install --no-install-recommends%s\n' \
				"$want" >&2
			exit 1
		fi
	done
}

# ------------------------------------------------------------------ builds --

# Meson's long answer matters only when it is no.
meson_setup() {
	mkdir -p build
	meson setup "$@" >build/setup.log 2>&1 || {
		cat build/setup.log >&2
		return 1
	}
}

# setup NAME ARG...: build/NAME configured with exactly these arguments.
setup() {
	dir=build/$1
	shift
	if [ ! -e "$dir/build.ninja" ]; then
		rm -rf "$dir"
		meson_setup "$dir" "$@" || return
	elif [ "$(cat "$dir/.do-arguments" 2>/dev/null)" != "$*" ]; then
		meson_setup --reconfigure "$dir" "$@" || return
	fi
	printf '%s\n' "$*" >"$dir/.do-arguments"
}

setup_named() {
	case $1 in
	plain) setup plain -Dtests=true ;;
	san) setup san -Db_sanitize=address,undefined -Db_lundef=false ;;
	clang) CC=clang setup clang ;;
	release) setup release -Dbuildtype=release ;;
	tsan) setup tsan -Db_sanitize=thread -Db_lundef=false ;;
	# One translation unit in effect: calls between rooms cost a quarter.
	bench) setup bench -Dbuildtype=release -Doptimization=2 \
		-Db_lto=true -Dtests=false -Dexamples=false ;;
	fuzz) CC=clang setup fuzz -Dfuzz=true -Dtests=true -Dexamples=false \
		-Db_sanitize=address,undefined -Db_lundef=false ;;
	*) die "no such build: $1" ;;
	esac
}

# A newcomer needs no test library to see the demo.
setup_plain_for_use() {
	[ -e build/plain/build.ninja ] || setup plain -Dtests=false
}

compile() {
	name=$1
	shift
	ninja -C "build/$name" -j "$jobs" "$@" >&2
}

word_build() {
	need build
	setup_plain_for_use
	compile plain "$@"
}

word_demo() {
	need build
	setup_plain_for_use
	compile plain src/cli/ostia
	exec build/plain/src/cli/ostia demo "$@"
}

word_bench() {
	need build test
	setup_named bench
	compile bench src/cli/ostia
	if grep -q '^build src/cli/bench-lwip:' build/bench/build.ninja; then
		compile bench src/cli/bench-lwip
	fi
	exec build/bench/src/cli/ostia bench "$@"
}

word_docs() {
	need build test
	setup_named plain
	compile plain pages docs/tables src/cli/ostia \
		examples/puzzles/nagle examples/puzzles/backlog \
		examples/puzzles/leak examples/puzzles/reset \
		examples/puzzles/window examples/puzzles/timewait
	build/plain/docs/tables options >docs/socket-options.md
	build/plain/docs/tables settings >docs/settings.md
	build/plain/docs/tables counters >docs/counters.md
	tools/console.py write build/plain/src/cli/ostia docs/sockets.md
	"$(system_python)" tools/rfc9293.py --write build/plain/src/cli/ostia .
	"$(system_python)" tests/see/page.py write build/plain/src/cli/ostia \
		build/plain/examples/puzzles .
	"$(system_python)" tests/run/table.py write .
	ls docs/*.md build/plain/docs/man/*.[0-9]
}

word_install() {
	need build
	setup_plain_for_use
	compile plain
	exec meson install -C build/plain --no-rebuild "$@"
}

# ------------------------------------------------------------------- tests --
# Every part appends one line "PASSED FAILED SKIPPED" to the tally; what ends
# early counts as a failure. What failed is told again at the very end: who
# reads a long log from its end shall not have to search.

tally=
notes=
start_counting() {
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"; forget_policy' EXIT
	trap 'exit 130' INT TERM HUP
	tally=$scratch/tally
	notes=$scratch/notes
	mkdir "$notes"
	: >"$tally"
	: >"$notes/details"
	: >"$notes/names"
	: >"$notes/times"
}

fail() { # fail WHAT [FILE]: one failure, and the end of what it said
	say "FAILED: $1"
	echo 0 1 0 >>"$tally"
	printf 'failed: %s\n' "$1" >>"$notes/names"
	[ $# = 2 ] || return 0
	{
		printf -- '--- %s\n' "$1"
		tail -n 20 "$2" | sed 's/^/    /'
	} >>"$notes/details"
}

count_parts() {
	cat "$notes/details" "$notes/times" "$notes/names"
	awk '{ p += $1; f += $2; s += $3 }
	     END { printf "%d passed, %d failed, %d skipped\n", p, f, s
		   exit f > 0 || p == 0 }' "$tally"
}

one_test() { # one_test NAME COMMAND...: a check that counts as one test
	what=$1
	shift
	say "$what"
	rm -f "$scratch/good"
	if "$@" 2>&1; then : >"$scratch/good"; fi | tee "$scratch/said" >&2
	if [ -e "$scratch/good" ]; then
		echo 1 0 0 >>"$tally"
	else
		fail "$what" "$scratch/said"
	fi
}

meson_tests() { # meson_tests BUILD [ARG...]
	b=$1
	shift
	say "$b: building"
	# shellcheck disable=SC2086 # a list of words
	if ! { setup_named "$b" && compile "$b" ${only_targets-}; }; then
		fail "build/$b does not build"
		return 0
	fi
	say "$b: testing"
	logs=build/$b/meson-logs
	rm -f "$logs"/testlog*
	rc=0
	UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1} \
		meson test -C "build/$b" --no-rebuild --num-processes "$jobs" \
		--print-errorlogs "$@" >&2 || rc=$?
	"$(system_python)" tests/count.py "build/$b" "$rc" "$notes" \
		>>"$tally" || fail "build/$b: its tests could not be counted"
}

# timed WHAT COMMAND...: how long it took stands before the count, as does
# each test of a minute and more (tests/count.py).
timed() {
	what_part=$1 began=$(date +%s)
	shift
	"$@"
	printf 'took %s s: %s\n' "$(($(date +%s) - began))" "$what_part" \
		>>"$notes/times"
}

part() {
	case $1 in
	plain) meson_tests plain ;;
	san) meson_tests san --timeout-multiplier 4 ;;
	# Threads are the runtime's: these programs alone are built.
	tsan)
		only_targets='tests/unit/unit_os_runtime tests/unit/unit_os_threads
			tests/unit/unit_os_local_threads'
		meson_tests tsan --timeout-multiplier 4 unit/os/runtime \
			unit/os/threads unit/os/local_threads
		only_targets=
		;;
	clang) meson_tests clang --suite unit ;;
	release) meson_tests release --suite unit ;;
	lint) for check in $lint_checks; do
		one_test "lint: $check" lint_"$check"
	done ;;
	readme)
		setup_plain_for_use && compile plain # what its program links with
		one_test 'README: its commands do what it says' \
			tests/readme/commands.sh test
		;;
	user)
		if [ "$(id -u)" = 0 ]; then
			as_user plain
		else
			say 'already an ordinary user: no second run as one'
		fi
		;;
	*) die "test: no such part: $1 (plain san tsan clang release lint readme user)" ;;
	esac
}

parts='lint plain san tsan clang release readme user'

word_test() {
	need build test
	start_counting
	if [ "${1-}" = --as-user ]; then
		shift
		if [ "$(id -u)" = 0 ]; then
			as_user "$@"
			count_parts
			return
		fi
	fi
	if [ $# = 0 ]; then
		# shellcheck disable=SC2086 # a list of words
		set -- $parts
	fi
	for p in "$@"; do
		part "$p"
	done
	count_parts
}

# The same suite with no privilege at all, where nobody owns the tree. What
# needs root or a namespace says so and is skipped by name.
as_user() {
	say "as an ordinary user: ${*:-everything}"
	home=$scratch/as-user
	mkdir -p "$home/tree"
	tools/files.sh | tar -cf - -T - | tar -xf - -C "$home/tree"
	chmod 755 "$scratch"
	chown -R 65534:65534 "$home"
	rc=0
	(cd "$home/tree" && env -i PATH="$PATH" HOME="$home" LANG=C.UTF-8 \
		JOBS="$jobs" TMPDIR="$home" \
		setpriv --reuid 65534 --regid 65534 --clear-groups \
		./do test "$@" >"$home/last") || rc=$?
	cat "$home/last" >&2
	line=$(tail -n 1 "$home/last" | sed -n \
		's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
	sed -n 's/^failed: /failed: as user: /p' "$home/last" >>"$notes/names"
	sed -n -e 's/^--- /--- as user: /p' -e '/^    /p' "$home/last" \
		>>"$notes/details"
	case $line in
	'') fail "as user: it ended with $rc and counted nothing" "$home/last" ;;
	*) echo "$line" >>"$tally" ;;
	esac
	[ "$rc" = 0 ] || case $line in
	*' 0 '*) fail "as user: it ended with $rc and no test failed" ;;
	esac
}

word_soak() {
	OSTIA_SOAK_FROM=${1-$(date +%s)}
	case $OSTIA_SOAK_FROM in
	'' | *[!0-9]*) die "soak: the first seed is a number" ;;
	esac
	export OSTIA_SOAK_FROM
	need build test
	say "soak: seeds from $OSTIA_SOAK_FROM; ./do soak $OSTIA_SOAK_FROM repeats it"
	start_counting
	timed 'release' meson_tests release --setup soak
	timed 'ASan and UBSan' meson_tests san --setup soak \
		--timeout-multiplier 80
	timed 'mutants' one_test 'mutants: each must be caught' \
		tests/mutants/run.py
	count_parts
}

word_mutants() {
	need build test
	exec "$(system_python)" tests/mutants/run.py "$@"
}

# -------------------------------------------------------------------- fuzz --

word_fuzz() {
	need build test
	seconds=300 parallel=1 targets=
	while [ $# -gt 0 ]; do
		case $1 in
		--parallel)
			[ $# -gt 1 ] || die 'fuzz: --parallel needs a number'
			parallel=$2
			shift
			;;
		*[!0-9]*) targets="$targets $1" ;;
		*) seconds=$1 ;;
		esac
		shift
	done
	setup_named fuzz
	compile fuzz fuzz_targets
	[ -n "$targets" ] || targets=$(
		find build/fuzz/tests/fuzz -maxdepth 1 -type f -name '*_fuzz' \
			-perm -u+x -exec basename {} _fuzz \; 2>/dev/null | sort
	)
	[ -n "$targets" ] || die 'fuzz: no target in tests/fuzz'
	mkdir -p build/fuzz/new build/fuzz/crashes
	# shellcheck disable=SC2086 # a list of words
	printf '%s\n' $targets |
		xargs -P "$parallel" -I '{}' "$root/tests/fuzz/one.sh" '{}' "$seconds"
}

# -------------------------------------------------------------------- lint --

lint_checks='arch format shell cppcheck tidy'

c_files() { tools/files.sh | grep '\.[ch]$' || true; }

lint_arch() { tests/arch/all.sh; }

lint_format() {
	c_files | xargs -r -n 20 -P "$jobs" clang-format --dry-run -Werror
}

lint_shell() {
	tools/files.sh | while IFS= read -r f; do
		case $f in
		*.sh | do | .ci/run) printf '%s\n' "$f" ;;
		esac
	done | xargs -r shellcheck -x
}

lint_cppcheck() {
	c_files | grep '\.c$' | cppcheck --quiet --file-list=- -j "$jobs" \
		--std=c11 --language=c --max-configs=2 -Iinclude -Isrc \
		--enable=warning,performance,portability --inline-suppr \
		--suppressions-list=tools/cppcheck.suppressions \
		--error-exitcode=1
}

# Files that did not change since they were last found clean are not read
# again: the stamp is a hash of the preprocessed text and the settings.
lint_tidy() {
	setup_named clang &&
		compile clang build.ninja src/cli/report_parts.h &&
		"$(system_python)" tools/tidy.py build/clang "$jobs"
}

word_lint() {
	need build test
	# shellcheck disable=SC2086 # a list of words
	[ $# -gt 0 ] || set -- $lint_checks
	bad=
	for check in "$@"; do
		case " $lint_checks " in
		*" $check "*) ;;
		*) die "lint: no such part: $check ($lint_checks)" ;;
		esac
		say "lint: $check"
		lint_"$check" >&2 || bad="$bad $check"
	done
	[ -z "$bad" ] || die "lint failed:$bad"
	say 'lint: clean'
}

word_format() {
	need build test
	c_files | xargs -r clang-format -i
}

# ------------------------------------------------------------------- fresh --

word_fresh() {
	need fresh
	exec tools/fresh.sh "$@"
}

word_clean() { rm -rf build; }

word_deps() {
	[ $# -gt 0 ] || set -- build test
	need "$@"
}

word=${1-}
[ $# = 0 ] || shift
case $word in
demo | test | build | bench | soak | mutants | fuzz | format | lint | docs | \
	install | clean | fresh | deps) "word_$word" "$@" ;;
-h | --help | help) usage ;;
'') usage >&2; exit 2 ;;
*) die "unknown word '$word'; ./do --help lists them" ;;
esac
