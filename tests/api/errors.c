/* SPDX-License-Identifier: MIT */
/*
 * tests/api/errors.c - IP_RECVERR, IPV6_RECVERR and MSG_ERRQUEUE of raw and
 * ping sockets: one program for the kernel and for a stack, which print the
 * same
 *
 * Errors are forged: an ICMP message over the loopback that quotes what the
 * socket might have sent. Source quench is nobody's here (RFC 6633).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <time.h> /* errqueue.h has a struct of it */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IDENT = 4242, PROTO = 253, TEXT = 24, SENT = 2000 };

struct kind {
	const char *name;
	int family, type, proto;
};

static const struct kind kinds[] = {
	{ "raw4", AF_INET, SOCK_RAW, PROTO },
	{ "icmp4", AF_INET, SOCK_RAW, IPPROTO_ICMP },
	{ "ping4", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
	{ "raw6", AF_INET6, SOCK_RAW, PROTO },
	{ "icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
};

/* How the socket is when it hears of it. */
enum { RECVERR = 1, CONNECTED = 2, RFC4884 = 4, TELLER = 8, HOWS = 16 };

static int on(const struct kind *k, int fd, int name4, int name6)
{
	const int yes = 1;

	return k->family == AF_INET
		       ? setsockopt(fd, IPPROTO_IP, name4, &yes, sizeof(yes))
		       : setsockopt(fd, IPPROTO_IPV6, name6, &yes, sizeof(yes));
}

static socklen_t address(int family, int port, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		in->sin_port = htons((uint16_t)port);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*in);
	}
	in6->sin6_port = htons((uint16_t)port);
	in6->sin6_addr = in6addr_loopback;
	return sizeof(*in6);
}

static int victim(const struct kind *k, int how)
{
	int fd = socket(k->family, k->type | SOCK_NONBLOCK, k->proto);
	struct sockaddr_storage a;
	socklen_t n = address(k->family, IDENT, &a);

	if (fd < 0 ||
	    (k->type == SOCK_DGRAM && bind(fd, (struct sockaddr *)&a, n)))
		table_die();
	n = address(k->family, 0, &a);
	if ((how & CONNECTED) && connect(fd, (struct sockaddr *)&a, n))
		table_die();
	if (how & RECVERR)
		on(k, fd, IP_RECVERR, IPV6_RECVERR);
	if (how & RFC4884)
		on(k, fd, 26, 31); /* IP_, IPV6_RECVERR_RFC4884 */
	if (how & TELLER) {
		on(k, fd, IP_RECVTTL, IPV6_RECVHOPLIMIT);
		on(k, fd, IP_RECVTOS, IPV6_RECVTCLASS);
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &(int) { 1 },
			   sizeof(int));
	}
	return fd;
}

/* --- forging ------------------------------------------------------------- */

static uint16_t sum(const uint8_t *b, size_t n)
{
	uint32_t s = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		s += (uint32_t)b[i] << 8 | b[i + 1];
	s = (s & 0xffff) + (s >> 16);
	return htons((uint16_t) ~(s + (s >> 16)));
}

/* What the victim would have sent: an echo request, or a text. */
static size_t put_text(const struct kind *k, uint8_t *b)
{
	for (int i = 0; i < TEXT; i++)
		b[i] = (uint8_t)('a' + i);
	if (k->proto == PROTO)
		return TEXT;
	memset(b, 0, 8);
	b[0] = k->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	b[4] = IDENT >> 8;
	b[5] = IDENT & 0xff;
	b[7] = 1;
	return TEXT;
}

static size_t quote4(const struct kind *k, uint8_t *b)
{
	struct ip ip = { .ip_hl = 5,
			 .ip_v = 4,
			 .ip_len = htons(SENT),
			 .ip_ttl = 1,
			 .ip_p = (uint8_t)k->proto };

	ip.ip_src.s_addr = ip.ip_dst.s_addr = htonl(INADDR_LOOPBACK);
	memcpy(b, &ip, sizeof(ip));
	ip.ip_sum = sum(b, sizeof(ip));
	memcpy(b, &ip, sizeof(ip));
	return sizeof(ip) + put_text(k, b + sizeof(ip));
}

static size_t quote6(const struct kind *k, uint8_t *b)
{
	struct ip6_hdr ip = { .ip6_src = in6addr_loopback,
			      .ip6_dst = in6addr_loopback };

	ip.ip6_flow = htonl(6u << 28);
	ip.ip6_plen = htons(SENT - 40);
	ip.ip6_nxt = (uint8_t)k->proto;
	ip.ip6_hlim = 1;
	memcpy(b, &ip, sizeof(ip));
	return sizeof(ip) + put_text(k, b + sizeof(ip));
}

static void forge(const struct kind *k, int type, int code, uint32_t word)
{
	bool v4 = k->family == AF_INET;
	int fd =
		socket(k->family, SOCK_RAW, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	uint8_t b[200] = { (uint8_t)type, (uint8_t)code };
	struct sockaddr_storage a;
	socklen_t len = address(k->family, 0, &a);
	uint16_t check;
	size_t n;

	word = htonl(word);
	memcpy(b + 4, &word, 4);
	n = 8 + (v4 ? quote4(k, b + 8) : quote6(k, b + 8));
	check = sum(b, n);
	if (v4)
		memcpy(b + 2, &check, 2);
	if (sendto(fd, b, n, 0, (struct sockaddr *)&a, len) != (ssize_t)n)
		table_die();
	close(fd);
	table_settle();
}

/* --- what is heard ------------------------------------------------------- */

static void show_address(const char *what, const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	char text[INET6_ADDRSTRLEN] = "";

	if (sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	else if (sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	printf(" %s %d %s port %u", what, sa->sa_family, text,
	       sa->sa_family ? ntohs(in->sin_port) : 0);
}

static void show_error(const struct cmsghdr *h)
{
	struct {
		struct sock_extended_err ee;
		struct sockaddr_storage from;
	} e = { 0 };

	memcpy(&e, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
	printf(" [%d/%d/%zu errno %u origin %u type %u code %u info %u data %u",
	       h->cmsg_level, h->cmsg_type, (size_t)h->cmsg_len, e.ee.ee_errno,
	       e.ee.ee_origin, e.ee.ee_type, e.ee.ee_code, e.ee.ee_info,
	       e.ee.ee_data);
	show_address("by", (struct sockaddr *)&e.from);
	printf("]");
}

static bool is_error(const struct cmsghdr *h)
{
	return (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVERR) ||
	       (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_RECVERR);
}

/* How the packet came that told; when it did is nobody's to compare. */
static void show_teller(const struct cmsghdr *h)
{
	const size_t n = h->cmsg_len - CMSG_LEN(0);
	int v = 0;

	if (n <= sizeof(v))
		memcpy(&v, CMSG_DATA(h), n);
	printf(" [%d/%d/%zu %d]", h->cmsg_level, h->cmsg_type,
	       (size_t)h->cmsg_len, v);
}

static bool next_error(int fd, size_t room)
{
	char control[256], buf[200] = "";
	struct sockaddr_storage a = { 0 };
	struct iovec iov = { buf, room };
	struct msghdr m = { .msg_name = &a,
			    .msg_namelen = sizeof(a),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, MSG_ERRQUEUE);

	if (n < 0) {
		printf(" %s", strerrorname_np(errno));
		return false;
	}
	printf(" %zd %02x..%02x flags %x namelen %u", n, (uint8_t)buf[0],
	       n ? (uint8_t)buf[n - 1] : 0, (unsigned)m.msg_flags,
	       m.msg_namelen);
	show_address("to", (struct sockaddr *)&a);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		(is_error(h) ? show_error : show_teller)(h);
	return true;
}

static void polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	poll(&p, 1, 0);
	printf(" poll %x", (unsigned)p.revents);
}

static void taken(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	printf(" error %s",
	       strerrorname_np(err) && err ? strerrorname_np(err) : "0");
}

/* Two errors; the second in little room, or what is sent hears of it. */
static void hear(const struct kind *k, int how, int type, int code,
		 uint32_t word)
{
	int fd = victim(k, how);

	printf("%s how %x type %d code %d word %x:", k->name, (unsigned)how,
	       type, code, word);
	forge(k, type, code, word);
	polled(fd);
	taken(fd);
	polled(fd);
	if (next_error(fd, 200))
		next_error(fd, 200);
	polled(fd);
	forge(k, type, code, word);
	forge(k, type, code, word);
	printf(" send %zd", send(fd, "x", how & CONNECTED ? 1 : 0, 0));
	if (how & RECVERR) {
		next_error(fd, 3);
		taken(fd);
		next_error(fd, 0);
		taken(fd);
	}
	polled(fd);
	puts("");
	close(fd);
}

struct icmp_error {
	int type, code;
	uint32_t word;
};

static const struct icmp_error errors4[] = {
	{ ICMP_UNREACH, 0, 0 },		 { ICMP_UNREACH, 1, 0 },
	{ ICMP_UNREACH, 2, 0 },		 { ICMP_UNREACH, 3, 0 },
	{ ICMP_UNREACH, 4, 1400 },	 { ICMP_UNREACH, 5, 0 },
	{ ICMP_UNREACH, 9, 0 },		 { ICMP_UNREACH, 13, 0 },
	{ ICMP_UNREACH, 15, 0 },	 { ICMP_UNREACH, 16, 0 },
	{ ICMP_TIMXCEED, 0, 0 },	 { ICMP_TIMXCEED, 1, 0 },
	{ ICMP_PARAMPROB, 0, 5u << 24 }, { ICMP_UNREACH, 3, 0x20000 },
};

static const struct icmp_error errors6[] = {
	{ ICMP6_DST_UNREACH, 0, 0 },	   { ICMP6_DST_UNREACH, 1, 0 },
	{ ICMP6_DST_UNREACH, 2, 0 },	   { ICMP6_DST_UNREACH, 3, 0 },
	{ ICMP6_DST_UNREACH, 4, 0 },	   { ICMP6_DST_UNREACH, 5, 0 },
	{ ICMP6_DST_UNREACH, 6, 0 },	   { ICMP6_DST_UNREACH, 7, 0 },
	{ ICMP6_PACKET_TOO_BIG, 0, 1400 }, { ICMP6_TIME_EXCEEDED, 0, 0 },
	{ ICMP6_TIME_EXCEEDED, 1, 0 },	   { ICMP6_PARAM_PROB, 0, 6 },
	{ ICMP6_PARAM_PROB, 1, 6 },	   { ICMP6_PARAM_PROB, 2, 40 },
};

int table_main(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool v4 = kinds[i].family == AF_INET;
		const struct icmp_error *e = v4 ? errors4 : errors6;
		size_t n = v4 ? sizeof(errors4) / sizeof(errors4[0])
			      : sizeof(errors6) / sizeof(errors6[0]);

		for (int how = 0; how < HOWS; how++)
			for (size_t j = 0; j < n; j++)
				hear(&kinds[i], how, e[j].type, e[j].code,
				     e[j].word);
	}
	return 0;
}
