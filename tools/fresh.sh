#!/bin/sh
# SPDX-License-Identifier: MIT
# README's first commands on a newcomer's machine: a minimal Debian in a
# folder, a copy of what is committed, and nothing else of this machine.
# Usage: fresh.sh [COMMAND...]; without a command, README's blocks "fresh".
#
# Where packages come from is asked of this machine's own apt, with its
# proxies and certificates. All mounts live in a mount namespace of their own:
# they are gone when the script is, however it ends.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
suite=bookworm

die() {
	printf 'fresh: %s\n' "$*" >&2
	exit 1
}
say() { printf '== fresh: %s\n' "$*" >&2; }

[ "$(id -u)" = 0 ] || die 'debootstrap and chroot need root'

if [ "${OSTIA_FRESH-}" = '' ]; then
	# The folder outlives the namespace, so it is removed from outside it,
	# where nothing is mounted in it.
	OSTIA_FRESH=$(mktemp -d "${TMPDIR:-/var/tmp}/ostia-fresh.XXXXXX")
	export OSTIA_FRESH
	trap 'rm -rf --one-file-system "$OSTIA_FRESH"' EXIT
	trap 'exit 130' INT TERM HUP
	unshare --mount --propagation private --pid --fork --kill-child \
		--mount-proc "$0" "$@"
	exit
fi
new=$OSTIA_FRESH

# One line "URI RELEASE COMPONENT" for each archive of this Debian release
# that apt knows; $(...) are apt's own names.
archives() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		awk -v s="$suite" '$2 == s || $2 == s "-updates" ||
			$2 == s "-security"' | sort -u
}

mirror=$(archives | awk -v s="$suite" '$2 == s && $3 == "main" {print $1; exit}')
[ -n "$mirror" ] || die "apt's sources name no archive of Debian $suite"

# apt's proxy is not in debootstrap's environment.
eval "$(apt-config shell http_proxy Acquire::http::Proxy \
	https_proxy Acquire::https::Proxy)"
for proxy in http_proxy https_proxy; do
	eval "value=\${$proxy-}"
	# shellcheck disable=SC2154 # set by the eval above
	case $value in
	'' | DIRECT) ;;
	*) export "${proxy?}" ;;
	esac
done

say "a minimal Debian $suite in $new"
debootstrap --variant=minbase --include=ca-certificates "$suite" "$new" \
	"$mirror" >"$new.log" 2>&1 || {
	tail -n 20 "$new.log" >&2
	rm -f "$new.log"
	die 'debootstrap failed'
}
rm -f "$new.log"

say 'network settings of this machine'
archives | sed 's/^/deb /' >"$new/etc/apt/sources.list"
apt-config dump | grep '^Acquire::' >"$new/etc/apt/apt.conf.d/90host" || :
for f in /etc/resolv.conf /etc/hosts; do
	[ ! -e "$f" ] || cat "$f" >"$new$f"
done
if [ -d /usr/local/share/ca-certificates ]; then
	cp -R /usr/local/share/ca-certificates "$new/usr/local/share/"
fi
[ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
	cat /etc/ssl/certs/ca-certificates.crt \
		>"$new/etc/ssl/certs/ca-certificates.crt"

say 'a copy of what is committed'
mkdir -p "$new/srv/ostia"
git archive HEAD | tar -xf - -C "$new/srv/ostia"

chmod 755 "$new" # mktemp made it ours alone; a root folder is everybody's
commands=
[ $# -gt 0 ] || commands=$(tests/readme/commands.sh list fresh)

# A real root folder and not a chroot: user namespaces refuse to start there.
mount --bind "$new" "$new"
mount -t proc proc "$new/proc"
mount -t sysfs -o ro sysfs "$new/sys"
mount --rbind /dev "$new/dev"
mount -t tmpfs tmpfs "$new/run"
mount -t tmpfs tmpfs "$new/tmp"
mkdir "$new/old-root"
cd "$new"
pivot_root . old-root
cd /srv/ostia
umount -l /old-root
rmdir /old-root

run() {
	say "\$ $*"
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/srv LANG=C.UTF-8 TERM="${TERM:-dumb}" \
		/bin/sh -c "$*" </dev/null
}

if [ $# -gt 0 ]; then
	run "$*"
else
	[ -n "$commands" ] || die 'README has no block "sh fresh"'
	while IFS= read -r command <&3; do
		run "$command"
	done 3<<EOF
$commands
EOF
fi
say 'passed'
