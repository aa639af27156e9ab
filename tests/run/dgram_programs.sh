#!/bin/sh
# SPDX-License-Identifier: MIT
# dgram_programs.sh ROOMS - programs of others that speak in datagrams, raw or
# netlink packets. Those that are not installed are passed over; without any
# the test is skipped.
set -eu
rooms=$1
tried=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

has() {
	command -v "$1" >/dev/null && tried=$((tried + 1))
}

# What a guest on host a says, as the last thing it prints.
on_a() {
	timeout 30 "$rooms" a "$1" 2>"$dir/errors"
}

fail() {
	echo "$1"
	cat "$dir/errors"
	exit 1
}

if has dnsmasq && has dig; then
	got=$(timeout 30 "$rooms" b "dnsmasq -k -C /dev/null --no-resolv \
--no-hosts --user=root --pid-file= --address=/x.test/10.9.9.9" \
		a "dig +short +tries=1 @10.77.0.2 a.x.test
dig +short +tries=1 +tcp @fd77::2 b.x.test" 2>"$dir/errors") ||
		fail "dig: exit code"
	[ "$got" = "10.9.9.9
10.9.9.9" ] || fail "dig: $got"
	got=$(on_a "dig +short +tries=1 +time=9 @10.77.0.2 x.test") && fail "dig: nobody"
	case $got in
	*refused*) ;;
	*) fail "dig does not hear of the refusal: $got" ;;
	esac
fi
if has ping; then
	for to in "10.77.0.2" "-6 fd77::2" "127.0.0.1"; do
		got=$(on_a "ping -c3 -i0.1 $to") || fail "ping $to: $got"
		case $got in
		*"3 received, 0% packet loss"*) ;;
		*) fail "ping $to: $got" ;;
		esac
	done
	got=$(on_a "ping -c1 -W3 10.77.0.9") && fail "ping of nobody: $got"
fi
if has traceroute; then
	got=$(on_a "traceroute -I -n -q1 10.77.0.2" | tail -1)
	case $got in
	" 1  10.77.0.2 "*) ;;
	*) fail "traceroute: $got" ;;
	esac
fi
if has socat; then
	got=$(timeout 30 "$rooms" b "socat -T5 UDP6-RECVFROM:99 EXEC:cat & \
socat -u TCP-LISTEN:98 /dev/null" \
		a "echo hello | socat -t5 - UDP:10.77.0.2:99; \
socat -u /dev/null TCP:10.77.0.2:98" 2>"$dir/errors") || true
	[ "$got" = hello ] || fail "socat: $got"
fi
if has node; then
	got=$(on_a "node -e \"console.log(
Object.keys(require('os').networkInterfaces()).join());
const d = require('dgram').createSocket('udp4');
d.bind(0, () => {
	d.on('message', (m, r) => { console.log(m + r.address); d.close(); });
	d.send('x', d.address().port, '127.0.0.1');
});\"") || fail "node: $got"
	[ "$got" = "lo,eth0
x127.0.0.1" ] || fail "node: $got"
fi
[ "$tried" -gt 0 ] || { echo "none of the programs is installed"; exit 77; }
echo "$tried programs"
