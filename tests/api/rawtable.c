/* SPDX-License-Identifier: MIT */
/*
 * tests/api/rawtable.c - tests/api/table.c for raw, ping and packet sockets:
 * every call in every state, on the kernel's loopback and on ours
 *
 * A line's key is kind/state/mode/call. Kinds: raw4 and raw6 speak ICMP, raw4x
 * and raw6x protocol 253, raw4r is IPPROTO_RAW; pin4 and pin6 are ping sockets;
 * pktr and pktd packet sockets with and without the link's header. The kernel's
 * side runs in a network namespace of its own; where it may not make one it
 * says so, and the test is skipped.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LO = 1, PROTO_X = 253, SKIPPED = 77, BIG = 70000 };

#define SOL_RAW_ 255
#define ICMP_FILTER_ 1
#define ICMP6_FILTER_ 1
#define IPV6_HDRINCL_ 36

static char big[BIG];

static bool is_packet(const struct room *r)
{
	return r->family == AF_PACKET;
}

static bool is6(const struct room *r)
{
	return r->family == AF_INET6;
}

static bool is_ping(const struct room *r)
{
	return r->type == SOCK_DGRAM && !is_packet(r);
}

/*
 * --- addresses and messages ----------------------------------------------
 */

union addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_ll ll;
	struct sockaddr_storage ss;
};

static socklen_t here(const struct room *r, union addr *a)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = (sa_family_t)r->family;
	if (is_packet(r)) {
		a->ll.sll_ifindex = LO;
		a->ll.sll_protocol = htons(ETH_P_IP);
		a->ll.sll_halen = 6;
		return sizeof(a->ll);
	}
	if (is6(r)) {
		a->in6.sin6_addr = in6addr_loopback;
		return sizeof(a->in6);
	}
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(a->in);
}

static uint16_t fold(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? b[i] : (uint32_t)b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static const uint8_t *loopback4(void)
{
	static const uint8_t a[4] = { 127, 0, 0, 1 };

	return a;
}

/* An IPv4 packet of protocol 253 with 4 bytes in it. */
static size_t ip_packet(const struct room *r, uint8_t *p)
{
	memset(p, 0, 24);
	p[0] = 0x45;
	put16(p + 2, 24);
	put16(p + 4, 0x1234);
	p[8] = 64;
	p[9] = PROTO_X;
	memcpy(p + 12, loopback4(), 4);
	memcpy(p + 16, loopback4(), 4);
	if (is_packet(r)) /* what comes in unasked is for nobody */
		memcpy(p + 16, "\xc6\x33\x64\x01", 4);
	put16(p + 10, fold(p, 20));
	memcpy(p + 20, "data", 4);
	return 24;
}

static size_t echo(const struct room *r, uint8_t *p)
{
	memset(p, 0, 8);
	p[0] = is6(r) ? 128 : ICMP_ECHO;
	put16(p + 4, 0x4242);
	p[7] = 7;
	memcpy(p + 8, "data", 4);
	if (!is6(r))
		put16(p + 2, fold(p, 12));
	return 12;
}

/* What the kind's socket may send. */
static size_t message(const struct room *r, uint8_t p[64])
{
	if (is_packet(r) && r->type == SOCK_RAW) {
		memset(p, 0, 12);
		put16(p + 12, ETH_P_IP);
		return 14 + ip_packet(r, p + 14);
	}
	if (is_packet(r) || r->protocol == IPPROTO_RAW)
		return ip_packet(r, p);
	if (r->protocol == PROTO_X) {
		memcpy(p, "protocol 253", 12);
		return 12;
	}
	return echo(r, p);
}

static long say(struct room *r, int fd, int flags)
{
	uint8_t p[64];
	union addr a;
	socklen_t len = here(r, &a);

	return sendto(fd, p, message(r, p), flags, &a.sa, len);
}

/*
 * --- states --------------------------------------------------------------
 */

static void bound(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	fresh(r);
	if (bind(r->fd, &a.sa, len))
		die("bind");
}

/* A packet socket has no peer: it is bound instead. */
static void connected(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	if (is_packet(r)) {
		bound(r);
		return;
	}
	fresh(r);
	if (connect(r->fd, &a.sa, len))
		die("connect");
}

static void readable(struct room *r)
{
	bound(r);
	say(r, r->fd, 0);
	table_settle();
	if (is_packet(r) || !strcmp(r->kind, "raw4x"))
		say(r, r->fd, 0);
	table_settle();
}

static void connected_readable(struct room *r)
{
	connected(r);
	say(r, r->fd, 0);
	table_settle();
}

static void shut_wr(struct room *r)
{
	connected(r);
	shutdown(r->fd, SHUT_WR);
}

static void shut_both(struct room *r)
{
	connected(r);
	shutdown(r->fd, SHUT_RDWR);
}

static void dissolved(struct room *r)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	connected(r);
	(void)connect(r->fd, &none, sizeof(none));
}

static const struct state states[] = {
	STATE(fresh),
	STATE(bound),
	STATE(connected),
	STATE(readable),
	STATE(connected_readable),
	STATE(shut_wr),
	STATE(shut_both),
	STATE(dissolved),
};

/*
 * --- calls: names --------------------------------------------------------
 */

static long bind_good(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	return bind(r->fd, &a.sa, len);
}

static long bind_any(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	if (is_packet(r))
		a.ll.sll_ifindex = 0;
	else if (is6(r))
		a.in6.sin6_addr = in6addr_any;
	else
		a.in.sin_addr.s_addr = 0;
	return bind(r->fd, &a.sa, len);
}

static long bind_short(struct room *r)
{
	union addr a;

	here(r, &a);
	return bind(r->fd, &a.sa, 8);
}

static long bind_family(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	a.sa.sa_family = AF_UNIX;
	return bind(r->fd, &a.sa, len);
}

static long bind_foreign(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	if (is_packet(r))
		a.ll.sll_ifindex = 99;
	else if (is6(r))
		a.in6.sin6_addr.s6_addr[0] = 0x3f;
	else
		a.in.sin_addr.s_addr = htonl(0xc6336401);
	return bind(r->fd, &a.sa, len);
}

/* A ping socket's identifier. */
static long bind_port(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	a.in.sin_port = htons(4711);
	return bind(r->fd, &a.sa, len);
}

static long connect_good(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	return connect(r->fd, &a.sa, len);
}

static long connect_short(struct room *r)
{
	union addr a;

	here(r, &a);
	return connect(r->fd, &a.sa, 8);
}

static long connect_family(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);

	a.sa.sa_family = AF_UNIX;
	return connect(r->fd, &a.sa, len);
}

static long connect_port(struct room *r)
{
	union addr a;
	socklen_t len = here(r, &a);
	int err;

	a.in.sin_port = htons(4711);
	err = connect(r->fd, &a.sa, len);
	if (!err && !is_packet(r)) {
		len = sizeof(a);
		if (!getpeername(r->fd, &a.sa, &len))
			NOTE(" port=%d", ntohs(a.in.sin_port));
	}
	return err;
}

static void note_name(const struct room *r, const union addr *a, socklen_t len)
{
	if (is_packet(r))
		NOTE(" %u family=%d proto=%#x if=%d ha=%d type=%d alen=%d", len,
		     a->sa.sa_family, ntohs(a->ll.sll_protocol),
		     a->ll.sll_ifindex, a->ll.sll_hatype, a->ll.sll_pkttype,
		     a->ll.sll_halen);
	else if (is_ping(r))
		NOTE(" %u family=%d named=%d any=%d", len, a->sa.sa_family,
		     a->in.sin_port != 0,
		     is6(r) ? IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr)
			    : a->in.sin_addr.s_addr == 0);
	else
		NOTE(" %u family=%d port=%d any=%d", len, a->sa.sa_family,
		     ntohs(a->in.sin_port),
		     is6(r) ? IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr)
			    : a->in.sin_addr.s_addr == 0);
}

static long getsockname_room(struct room *r)
{
	union addr a;
	socklen_t len = sizeof(a);
	int err;

	memset(&a, 0, sizeof(a));
	err = getsockname(r->fd, &a.sa, &len);
	if (!err)
		note_name(r, &a, len);
	return err;
}

static long getpeername_room(struct room *r)
{
	union addr a;
	socklen_t len = sizeof(a);
	int err;

	memset(&a, 0, sizeof(a));
	err = getpeername(r->fd, &a.sa, &len);
	if (!err)
		note_name(r, &a, len);
	return err;
}

/*
 * --- calls: out ----------------------------------------------------------
 */

static long send_good(struct room *r)
{
	uint8_t p[64];

	return send(r->fd, p, message(r, p), 0);
}

static long say_with(struct room *r, int flags, int unused)
{
	(void)unused;
	return say(r, r->fd, flags);
}

static long send_none(struct room *r)
{
	return send(r->fd, "", 0, 0);
}

static long send_one(struct room *r)
{
	return send(r->fd, "\x08", 1, 0);
}

static long send_seven(struct room *r)
{
	return send(r->fd, "\x08\0\0\0\0\0\0", 7, 0);
}

/* No echo request. */
static long send_reply(struct room *r)
{
	return send(r->fd, "\0\0\0\0\0\0\0\0", 8, 0);
}

static long send_code(struct room *r)
{
	uint8_t p[64];
	size_t n = message(r, p);

	p[1] = 1;
	return send(r->fd, p, n, 0);
}

static long send_long(struct room *r)
{
	return send(r->fd, big, BIG, 0);
}

static long send_65508(struct room *r)
{
	memset(big, 0, 8);
	big[0] = is6(r) ? (char)128 : ICMP_ECHO;
	return send(r->fd, big, 65508, 0);
}

static long send_2000(struct room *r)
{
	memset(big, 0, 8);
	big[0] = is6(r) ? (char)128 : ICMP_ECHO;
	return send(r->fd, big, 2000, 0);
}

static long sendto_short(struct room *r)
{
	uint8_t p[64];
	union addr a;

	here(r, &a);
	return sendto(r->fd, p, message(r, p), 0, &a.sa, 8);
}

static long sendto_family(struct room *r)
{
	uint8_t p[64];
	union addr a;
	socklen_t len = here(r, &a);

	a.sa.sa_family = AF_UNIX;
	return sendto(r->fd, p, message(r, p), 0, &a.sa, len);
}

static long sendto_port(struct room *r)
{
	uint8_t p[64];
	union addr a;
	socklen_t len = here(r, &a);

	if (!is_packet(r))
		a.in.sin_port = htons(4711);
	return sendto(r->fd, p, message(r, p), 0, &a.sa, len);
}

static long sendto_nowhere(struct room *r)
{
	uint8_t p[64];
	union addr a;
	socklen_t len = here(r, &a);

	if (is_packet(r))
		a.ll.sll_ifindex = 99;
	else if (is6(r))
		a.in6.sin6_addr.s6_addr[0] = 0x3f;
	else
		a.in.sin_addr.s_addr = htonl(0xc6336401);
	return sendto(r->fd, p, message(r, p), 0, &a.sa, len);
}

static long sendmsg_with(struct room *r, int level, int type, int v)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr h;
	} control = { .h = { CMSG_LEN(sizeof(int)), level, type } };
	uint8_t p[64];
	union addr a;
	socklen_t len = here(r, &a);
	struct iovec iov = { p, message(r, p) };
	struct msghdr m = { .msg_name = &a,
			    .msg_namelen = len,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.h), &v, sizeof(v));
	return sendmsg(r->fd, &m, 0);
}

static long sendmsg_ttl(struct room *r)
{
	return is6(r) ? sendmsg_with(r, IPPROTO_IPV6, IPV6_HOPLIMIT, 9)
		      : sendmsg_with(r, IPPROTO_IP, IP_TTL, 9);
}

static long sendmsg_ttl_bad(struct room *r)
{
	return is6(r) ? sendmsg_with(r, IPPROTO_IPV6, IPV6_HOPLIMIT, 256)
		      : sendmsg_with(r, IPPROTO_IP, IP_TTL, 0);
}

static long sendmsg_unknown(struct room *r)
{
	return is6(r) ? sendmsg_with(r, IPPROTO_IPV6, 999, 9)
		      : sendmsg_with(r, IPPROTO_IP, 999, 9);
}

static long sendmsg_level(struct room *r)
{
	return sendmsg_with(r, SOL_SOCKET, 999, 9);
}

/*
 * --- calls: in -----------------------------------------------------------
 */

/* Of a whole message: what it is, and nothing that a run chooses. */
static void note_bytes(const struct room *r, const uint8_t *p, long n)
{
	unsigned sum = 0;
	long at = 0;

	if (n <= 0)
		return;
	if (r->family == AF_INET && !is_ping(r) && n >= 20) {
		NOTE(" ip=%02x len=%d df=%d ttl=%d proto=%d sum=%d", p[0],
		     p[2] << 8 | p[3], p[6] >> 6 & 1, p[8], p[9],
		     fold(p, 20) == 0);
		at = 20;
	}
	if (is_ping(r)) { /* its checksum depends on the identifier */
		if (n < 8)
			return;
		NOTE(" type=%d code=%d seq=%d", p[0], p[1], p[6] << 8 | p[7]);
		at = 8;
	}
	for (; at < n; at++)
		sum = sum * 31 + p[at];
	snprintf(note + strlen(note), sizeof(note) - strlen(note), " bytes=%u",
		 sum);
}

static long recv_with(struct room *r, int room, int flags)
{
	static uint8_t p[66000];
	long n = recv(r->fd, p, (size_t)room, flags);

	note_bytes(r, p, n < room ? n : room);
	return n;
}

static long recv_twice(struct room *r)
{
	recv_with(r, 64, MSG_DONTWAIT);
	note[0] = 0;
	return recv_with(r, 64, MSG_DONTWAIT);
}

static long recvfrom_name(struct room *r)
{
	uint8_t p[64];
	union addr a;
	socklen_t len = sizeof(a);
	long n;

	memset(&a, 0, sizeof(a));
	n = recvfrom(r->fd, p, sizeof(p), 0, &a.sa, &len);
	if (n >= 0)
		note_name(r, &a, len);
	return n;
}

static long recvmsg_cut(struct room *r)
{
	uint8_t p[4];
	struct iovec iov = { p, sizeof(p) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	long n = recvmsg(r->fd, &m, 0);

	if (n >= 0)
		NOTE(" flags=%#x", m.msg_flags);
	return n;
}

/* Every control message that there may be; a new packet comes for it. */
static long recvmsg_control(struct room *r)
{
	union {
		char buf[512];
		struct cmsghdr align;
	} control;
	uint8_t p[64];
	struct iovec iov = { p, sizeof(p) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	long n;

	set_int(r, IPPROTO_IP, IP_PKTINFO, 1);
	set_int(r, IPPROTO_IP, IP_RECVTTL, 1);
	set_int(r, IPPROTO_IP, IP_RECVTOS, 1);
	set_int(r, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	set_int(r, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	set_int(r, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	set_int(r, SOL_PACKET, PACKET_AUXDATA, 1);
	say(r, r->fd, 0);
	table_settle();
	n = recvmsg(r->fd, &m, 0);
	if (n < 0)
		return n;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		snprintf(note + strlen(note), sizeof(note) - strlen(note),
			 " %d.%d:%zu", h->cmsg_level, h->cmsg_type,
			 (size_t)h->cmsg_len);
	return n;
}

/*
 * --- calls: options ------------------------------------------------------
 */

/* What it is then is noted. */
static long set_seen(struct room *r, int level, int opt, int v)
{
	long err = set_int(r, level, opt, v);

	if (!err)
		get_int(r, level, opt);
	return err;
}

static long bytes_of(struct room *r, int level, int name, size_t room)
{
	uint8_t p[64] = { 0 };
	socklen_t len = (socklen_t)room;
	int err = getsockopt(r->fd, level, name, p, &len);
	unsigned sum = 0;

	for (unsigned i = 0; i < sizeof(p); i++)
		sum = sum * 31 + p[i];
	if (!err)
		NOTE(" %u: %u", len, sum);
	return err;
}

static long get_filter4(struct room *r)
{
	return bytes_of(r, SOL_RAW_, ICMP_FILTER_, 4);
}

static long get_filter4_room(struct room *r)
{
	return bytes_of(r, SOL_RAW_, ICMP_FILTER_, 64);
}

static long get_filter6(struct room *r)
{
	return bytes_of(r, IPPROTO_ICMPV6, ICMP6_FILTER_, 32);
}

static long get_stats(struct room *r)
{
	return bytes_of(r, SOL_PACKET, PACKET_STATISTICS, 8);
}

static long get_stats_cut(struct room *r)
{
	return bytes_of(r, SOL_PACKET, PACKET_STATISTICS, 4);
}

static long put_bytes(struct room *r, int level, int name, size_t n)
{
	uint8_t p[64];

	memset(p, 0xff, sizeof(p));
	return setsockopt(r->fd, level, name, p, (socklen_t)n);
}

/* Nothing of ICMP is wanted any more; then a message comes. */
static long filter_all(struct room *r)
{
	put_bytes(r, SOL_RAW_, ICMP_FILTER_, 4);
	put_bytes(r, IPPROTO_ICMPV6, ICMP6_FILTER_, 32);
	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	say(r, r->fd, 0);
	table_settle();
	return recv_with(r, 64, MSG_DONTWAIT);
}

static long set_filter4(struct room *r)
{
	return put_bytes(r, SOL_RAW_, ICMP_FILTER_, 4);
}

static long set_filter4_short(struct room *r)
{
	return put_bytes(r, SOL_RAW_, ICMP_FILTER_, 2);
}

static long set_filter4_long(struct room *r)
{
	return put_bytes(r, SOL_RAW_, ICMP_FILTER_, 8);
}

static long set_filter6(struct room *r)
{
	return put_bytes(r, IPPROTO_ICMPV6, ICMP6_FILTER_, 32);
}

static long set_filter6_short(struct room *r)
{
	return put_bytes(r, IPPROTO_ICMPV6, ICMP6_FILTER_, 16);
}

static int attach(struct room *r, uint32_t n)
{
	struct sock_filter ret = { BPF_RET | BPF_K, 0, 0, n };
	const struct sock_fprog prog = { 1, &ret };

	return setsockopt(r->fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static long set_attach(struct room *r)
{
	return attach(r, 1);
}

static long set_attach_short(struct room *r)
{
	return put_bytes(r, SOL_SOCKET, SO_ATTACH_FILTER, 8);
}

static long set_detach_some(struct room *r)
{
	return attach(r, 1) ? -1 : set_seen(r, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

static long get_program(struct room *r)
{
	attach(r, 1);
	return bytes_of(r, SOL_SOCKET, SO_GET_FILTER, 1);
}

static long get_program_length(struct room *r)
{
	attach(r, 1);
	return bytes_of(r, SOL_SOCKET, SO_GET_FILTER, 0);
}

/* What is left of the next one under a program that wants @n bytes. */
static long filtered(struct room *r, uint32_t n)
{
	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	attach(r, n);
	say(r, r->fd, 0);
	table_settle();
	return recv(r->fd, big, 64, MSG_DONTWAIT);
}

static long filtered_none(struct room *r)
{
	return filtered(r, 0);
}

static long filtered_one(struct room *r)
{
	return filtered(r, 1);
}

static long filtered_ten(struct room *r)
{
	return filtered(r, 10);
}

/* What the first bytes are to a program: of this socket's first byte. */
static long filtered_load(struct room *r)
{
	struct sock_filter load[] = { { BPF_LD | BPF_B | BPF_ABS, 0, 0, 0 },
				      { BPF_ALU | BPF_AND | BPF_K, 0, 0, 15 },
				      { BPF_RET | BPF_A, 0, 0, 0 } };
	const struct sock_fprog prog = { 3, load };

	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	setsockopt(r->fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	say(r, r->fd, 0);
	table_settle();
	return recv(r->fd, big, 64, MSG_DONTWAIT);
}

static long member(struct room *r, int name, int type, int alen, int index)
{
	const struct packet_mreq m = { .mr_ifindex = index,
				       .mr_type = (unsigned short)type,
				       .mr_alen = (unsigned short)alen };

	return setsockopt(r->fd, SOL_PACKET, name, &m, sizeof(m));
}

static long join_promisc(struct room *r)
{
	return member(r, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, 0, LO);
}

static long join_group(struct room *r)
{
	return member(r, PACKET_ADD_MEMBERSHIP, PACKET_MR_MULTICAST, 6, LO);
}

static long join_group_bad(struct room *r)
{
	return member(r, PACKET_ADD_MEMBERSHIP, PACKET_MR_MULTICAST, 5, LO);
}

static long join_nowhere(struct room *r)
{
	return member(r, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, 0, 99);
}

static long join_leave(struct room *r)
{
	member(r, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, 0, LO);
	return member(r, PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC, 0, LO);
}

static long leave_none(struct room *r)
{
	return member(r, PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC, 0, LO);
}

static long join_short(struct room *r)
{
	return put_bytes(r, SOL_PACKET, PACKET_ADD_MEMBERSHIP, 15);
}

/*
 * --- calls: a header of one's own ----------------------------------------
 */

/* Sent with IP_HDRINCL; raw4x and packet sockets see what became of it. */
static long own(struct room *r, void (*spoil)(uint8_t *p), size_t n)
{
	uint8_t p[64];
	union addr a;
	socklen_t len = here(r, &a);
	long sent;

	set_int(r, IPPROTO_IP, IP_HDRINCL, 1);
	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	recv(r->fd, big, sizeof(big), MSG_DONTWAIT);
	ip_packet(r, p);
	if (spoil)
		spoil(p);
	sent = sendto(r->fd, p, n, 0, &a.sa, len);
	table_settle();
	if (sent >= 0) {
		int err = errno;

		if (recv(r->fd, p, sizeof(p), MSG_DONTWAIT) >= 20)
			NOTE(" ip=%02x len=%d id=%d,%d df=%d ttl=%d src=%d "
			     "sum=%d",
			     p[0], p[2] << 8 | p[3], p[4] << 8 | p[5] ? 1 : 0,
			     (p[4] << 8 | p[5]) == 0x1234, p[6] >> 6 & 1, p[8],
			     p[12], fold(p, 20) == 0);
		errno = err;
	}
	return sent;
}

static long own_good(struct room *r)
{
	return own(r, NULL, 24);
}

static void no_fields(uint8_t *p)
{
	put16(p + 2, 0);
	put16(p + 4, 0);
	put16(p + 10, 0);
	memset(p + 12, 0, 4);
}

static long own_filled(struct room *r)
{
	return own(r, no_fields, 24);
}

static void wrong_fields(uint8_t *p)
{
	put16(p + 2, 999);
	put16(p + 10, 0x1111);
}

static long own_corrected(struct room *r)
{
	return own(r, wrong_fields, 24);
}

static void version6(uint8_t *p)
{
	p[0] = 0x65;
}

static long own_version(struct room *r)
{
	return own(r, version6, 24);
}

static void ihl15(uint8_t *p)
{
	p[0] = 0x4f;
}

static long own_ihl(struct room *r)
{
	return own(r, ihl15, 24);
}

static void ihl4(uint8_t *p)
{
	p[0] = 0x44;
}

static long own_ihl_less(struct room *r)
{
	return own(r, ihl4, 24);
}

static long own_short(struct room *r)
{
	return own(r, NULL, 19);
}

static long own_bare(struct room *r)
{
	return own(r, NULL, 20);
}

static void ttl0(uint8_t *p)
{
	p[8] = 0;
}

static long own_ttl(struct room *r)
{
	return own(r, ttl0, 24);
}

/*
 * --- calls: the rest -----------------------------------------------------
 */

#define SAY(f, flags) CALL2(f, say_with, flags, 0)

static const struct call calls[] = {
	CALL(bind_good),
	CALL(bind_any),
	CALL(bind_short),
	CALL(bind_family),
	CALL(bind_foreign),
	CALL(bind_port),
	CALL(connect_good),
	CALL(connect_short),
	CALL(connect_family),
	CALL(connect_unspec),
	CALL(connect_port),
	CALL(listen_some),
	CALL(accept_plain),
	SHUTDOWN(shutdown_rd, SHUT_RD),
	SHUTDOWN(shutdown_wr, SHUT_WR),
	SHUTDOWN(shutdown_both, SHUT_RDWR),
	SHUTDOWN(shutdown_bad, 3),
	CALL(getsockname_room),
	CALL(getpeername_room),
	CALL(send_good),
	SAY(sendto_good, 0),
	SAY(sendto_oob, MSG_OOB),
	SAY(sendto_confirm, MSG_CONFIRM),
	CALL(send_none),
	CALL(send_one),
	CALL(send_seven),
	CALL(send_reply),
	CALL(send_code),
	CALL(send_long),
	CALL(send_65508),
	CALL(send_2000),
	CALL(sendto_short),
	CALL(sendto_family),
	CALL(sendto_port),
	CALL(sendto_nowhere),
	CALL(sendmsg_ttl),
	CALL(sendmsg_ttl_bad),
	CALL(sendmsg_unknown),
	CALL(sendmsg_level),
	RECV(recv_some, 64, 0),
	RECV(recv_cut, 3, 0),
	RECV(recv_none, 0, 0),
	RECV(recv_peek, 64, MSG_PEEK),
	RECV(recv_trunc, 3, MSG_TRUNC),
	RECV(recv_oob, 64, MSG_OOB),
	RECV(recv_errqueue, 64, MSG_ERRQUEUE),
	RECV(recv_waitall, 64, MSG_WAITALL),
	RECV(recv_dontwait, 64, MSG_DONTWAIT),
	CALL(recv_twice),
	CALL(recvfrom_name),
	CALL(recvmsg_cut),
	CALL(recvmsg_control),
	GET(get_type, SOL_SOCKET, SO_TYPE),
	GET(get_domain, SOL_SOCKET, SO_DOMAIN),
	GET(get_protocol, SOL_SOCKET, SO_PROTOCOL),
	GET(get_error, SOL_SOCKET, SO_ERROR),
	GET(get_accepting, SOL_SOCKET, SO_ACCEPTCONN),
	GET(get_hdrincl, IPPROTO_IP, IP_HDRINCL),
	CALL3(set_hdrincl, set_seen, IPPROTO_IP, IP_HDRINCL, 1),
	CALL3(set_hdrincl_off, set_seen, IPPROTO_IP, IP_HDRINCL, 0),
	GET(get_nodefrag, IPPROTO_IP, IP_NODEFRAG),
	GET(get_hdrincl6, IPPROTO_IPV6, IPV6_HDRINCL_),
	CALL3(set_hdrincl6, set_seen, IPPROTO_IPV6, IPV6_HDRINCL_, 1),
	GET(get_checksum, IPPROTO_IPV6, IPV6_CHECKSUM),
	GET(get_checksum_raw, SOL_RAW_, IPV6_CHECKSUM),
	CALL3(set_checksum, set_seen, IPPROTO_IPV6, IPV6_CHECKSUM, 2),
	CALL3(set_checksum_odd, set_seen, IPPROTO_IPV6, IPV6_CHECKSUM, 3),
	CALL3(set_checksum_none, set_seen, IPPROTO_IPV6, IPV6_CHECKSUM, -1),
	CALL3(set_checksum_less, set_seen, IPPROTO_IPV6, IPV6_CHECKSUM, -2),
	CALL3(set_checksum_far, set_seen, IPPROTO_IPV6, IPV6_CHECKSUM, 40000),
	CALL3(set_checksum_raw, set_seen, SOL_RAW_, IPV6_CHECKSUM, 4),
	CALL3(set_ttl, set_seen, IPPROTO_IP, IP_TTL, 7),
	CALL3(set_ttl_bad, set_seen, IPPROTO_IP, IP_TTL, 256),
	CALL3(set_recverr, set_seen, IPPROTO_IP, IP_RECVERR, 1),
	CALL3(set_recverr6, set_seen, IPPROTO_IPV6, IPV6_RECVERR, 1),
	CALL3(set_broadcast, set_seen, SOL_SOCKET, SO_BROADCAST, 1),
	CALL3(set_auxdata, set_seen, SOL_PACKET, PACKET_AUXDATA, 1),
	CALL3(set_ignore, set_seen, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1),
	CALL3(set_ignore_bad, set_seen, SOL_PACKET, PACKET_IGNORE_OUTGOING, 2),
	CALL3(set_origdev, set_seen, SOL_PACKET, PACKET_ORIGDEV, 1),
	GET(get_packet_unknown, SOL_PACKET, 99),
	CALL3(set_detach, set_seen, SOL_SOCKET, SO_DETACH_FILTER, 0),
	CALL3(set_lock, set_seen, SOL_SOCKET, SO_LOCK_FILTER, 1),
	CALL(get_filter4),
	CALL(get_filter4_room),
	CALL(get_filter6),
	CALL(get_stats),
	CALL(get_stats_cut),
	CALL(set_filter4),
	CALL(set_filter4_short),
	CALL(set_filter4_long),
	CALL(set_filter6),
	CALL(set_filter6_short),
	CALL(filter_all),
	CALL(set_attach),
	CALL(set_attach_short),
	CALL(set_detach_some),
	CALL(get_program),
	CALL(get_program_length),
	CALL(filtered_none),
	CALL(filtered_one),
	CALL(filtered_ten),
	CALL(filtered_load),
	CALL(join_promisc),
	CALL(join_group),
	CALL(join_group_bad),
	CALL(join_nowhere),
	CALL(join_leave),
	CALL(leave_none),
	CALL(join_short),
	CALL(own_good),
	CALL(own_filled),
	CALL(own_corrected),
	CALL(own_version),
	CALL(own_ihl),
	CALL(own_ihl_less),
	CALL(own_short),
	CALL(own_bare),
	CALL(own_ttl),
	IOCTL(fionread, FIONREAD),
	IOCTL(outq, SIOCOUTQ),
	CALL(close_it),
};

#define KIND(name, family, type, protocol)                           \
	{                                                            \
		name, family, type, protocol, states, LENGTH(states) \
	}

static const struct kind kinds[] = {
	KIND("raw4", AF_INET, SOCK_RAW, IPPROTO_ICMP),
	KIND("raw4x", AF_INET, SOCK_RAW, PROTO_X),
	KIND("raw4r", AF_INET, SOCK_RAW, IPPROTO_RAW),
	KIND("raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
	KIND("raw6x", AF_INET6, SOCK_RAW, PROTO_X),
	KIND("pin4", AF_INET, SOCK_DGRAM, IPPROTO_ICMP),
	KIND("pin6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6),
	KIND("pktr", AF_PACKET, SOCK_RAW, ETH_P_IP << 8),
	KIND("pktd", AF_PACKET, SOCK_DGRAM, ETH_P_IP << 8),
};

const struct table table = { kinds, LENGTH(kinds), calls, LENGTH(calls), NULL };

#ifndef OSTIA_POSIX_H
#include <net/if.h>

/* A loopback of our own, where anybody may ping. */
static void own_network(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	FILE *f;
	int fd;

	if (unshare(CLONE_NEWNET)) {
		fprintf(stderr, "no network namespace: %s\n", strerror(errno));
		exit(SKIPPED);
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("lo");
	close(fd);
	f = fopen("/proc/sys/net/ipv4/ping_group_range", "w");
	if (!f || fprintf(f, "0 2147483647\n") < 0 || fclose(f))
		die("ping_group_range");
}
#else
static void own_network(void)
{
}
#endif

int table_main(void)
{
	own_network();
	rows();
	return 0;
}
