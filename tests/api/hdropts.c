/* SPDX-License-Identifier: MIT */
/*
 * tests/api/hdropts.c - IPv6 extension headers (RFC 3542) and IPv4 options:
 * what sockets take, what is on the wire, what control messages tell; one
 * program for the kernel and for a stack, which print the same
 *
 * The wire is the loopback, seen by a packet socket. What differs from run to
 * run (ports, identifications, flow labels, checksums, times) is left out.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_2292HOPOPTS
#define IPV6_2292PKTINFO 2
#define IPV6_2292HOPOPTS 3
#define IPV6_2292DSTOPTS 4
#define IPV6_2292RTHDR 5
#define IPV6_2292HOPLIMIT 8
#endif

enum { PORT = 4242, ROOM = 2048, RANDOM_SETS = 3000, ETH = 14 };

static uint64_t state = 88172645463325252u; /* the seed, the same for both */

static unsigned roll(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % n);
}

static void hex(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
}

static void say(const char *what, long r)
{
	if (r < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: %ld\n", what, r);
}

/* Times in IPv4 options are not the same twice. */
static void blot_times(uint8_t *p, size_t n)
{
	for (size_t at = 0; at + 2 < n && p[at];) {
		size_t len = p[at] == 1 ? 1 : p[at + 1];

		if (len < 1 || len > n - at)
			return;
		if (p[at] == 68)
			for (size_t i = 4; i + 4 <= len; i += 4)
				if (!(p[at + 3] & 15) || (i - 4) % 8 == 4)
					memset(p + at + i, 0xff, 4);
		at += len;
	}
}

/* --- the wire ------------------------------------------------------------ */

static int wire;

static void open_wire(void)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = 1 };

	wire = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	if (wire < 0 || bind(wire, (struct sockaddr *)&a, sizeof(a)))
		table_die();
}

static void show4(uint8_t *p)
{
	size_t hlen = (p[0] & 15) * 4u;

	blot_times(p + 20, hlen - 20);
	printf("  wire %zu dst %u.%u.%u.%u proto %u: ", hlen, p[16], p[17],
	       p[18], p[19], p[9]);
	hex(p + 20, hlen - 20);
	printf("\n");
}

static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 44 || next == 60;
}

/* Each header with its number; of fragments not the identification. */
static void show6(const uint8_t *p, size_t n)
{
	uint8_t next = p[6];
	size_t at = 40;

	printf("  wire len %u dst ", (unsigned)p[4] << 8 | p[5]);
	hex(p + 24, 16);
	while (is_extension(next) && at + 8 <= n) {
		size_t len = next == 44 ? 8 : 8 * (p[at + 1] + (size_t)1);
		bool later = next == 44 && (p[at + 2] || p[at + 3] > 1);

		printf(" %u:", next);
		hex(p + at, next == 44 ? 4 : len);
		next = p[at];
		at += len;
		if (later)
			break;
	}
	printf(" then %u\n", next);
}

/* What went by, each once: on the loopback all is seen going and coming. */
static void show_wire_but(bool print, uint8_t not )
{
	static uint8_t p[70000];

	for (;;) {
		struct sockaddr_ll from;
		socklen_t len = sizeof(from);
		ssize_t n;

		table_settle();
		n = recvfrom(wire, p, sizeof(p), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &len);
		if (n < 0)
			return;
		if (!print || from.sll_pkttype != PACKET_OUTGOING || n < ETH)
			continue;
		if (from.sll_protocol == htons(ETH_P_IP))
			show4(p + ETH);
		if (from.sll_protocol == htons(ETH_P_IPV6) &&
		    p[ETH + 6] != not )
			show6(p + ETH, (size_t)n - ETH);
	}
}

static void show_wire(bool print)
{
	show_wire_but(print, 255);
}

/* --- messages ------------------------------------------------------------ */

static void show_control(struct msghdr *m)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		size_t n = h->cmsg_len - CMSG_LEN(0);
		uint8_t *p = CMSG_DATA(h);

		if (h->cmsg_level == IPPROTO_IP &&
		    (h->cmsg_type == IP_RECVOPTS || h->cmsg_type == IP_RETOPTS))
			blot_times(p, n);
		printf("  control %d/%d %zu: ", h->cmsg_level, h->cmsg_type, n);
		hex(p, n);
		printf("\n");
	}
}

static void hear(int fd, int flags, size_t room)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[ROOM];
	} control;
	uint8_t data[64];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = room };
	ssize_t n;

	table_settle();
	n = recvmsg(fd, &m, flags | MSG_DONTWAIT);
	say("  heard", n);
	if (n < 0)
		return;
	if (m.msg_flags)
		printf("  flags %x\n", (unsigned)m.msg_flags);
	show_control(&m);
}

static struct sockaddr_in6 there6(uint16_t port)
{
	return (struct sockaddr_in6) { .sin6_family = AF_INET6,
				       .sin6_port = htons(port),
				       .sin6_addr = IN6ADDR_LOOPBACK_INIT };
}

static struct sockaddr_in there4(uint16_t port)
{
	return (struct sockaddr_in) { .sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr =
					      htonl(INADDR_LOOPBACK) };
}

static int set(int fd, int level, int name, const void *p, size_t n)
{
	return setsockopt(fd, level, name, p, (socklen_t)n);
}

static void get(int fd, int level, int name)
{
	uint8_t buf[ROOM];
	socklen_t len = sizeof(buf);

	say("  get", getsockopt(fd, level, name, buf, &len));
	if (level == IPPROTO_IP)
		blot_times(buf, len);
	printf("  is %u: ", len);
	hex(buf, len);
	printf("\n");
}

static void ask(int fd, int level, int name)
{
	int one = 1;

	if (set(fd, level, name, &one, sizeof(one)))
		say("  cannot ask", -1);
}

/* A control message for a send. */
struct extra {
	int level, type;
	const uint8_t *p;
	size_t n;
};

static void tell(int fd, int family, const struct extra *x, size_t count)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[ROOM];
	} control;
	struct sockaddr_in6 to6 = there6(PORT);
	struct sockaddr_in to4 = there4(PORT);
	uint8_t echo[8] = { (uint8_t)(family == AF_INET ? 8 : 128) };
	struct iovec iov = { echo, sizeof(echo) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = count ? &control : NULL };
	uint8_t *at = control.bytes;
	int type, len = sizeof(type);

	memset(&control, 0, sizeof(control));
	for (size_t i = 0; i < count; i++) {
		struct cmsghdr h = { .cmsg_level = x[i].level,
				     .cmsg_type = x[i].type,
				     .cmsg_len = CMSG_LEN(x[i].n) };

		memcpy(at, &h, sizeof(h));
		memcpy(at + CMSG_LEN(0), x[i].p, x[i].n);
		at += CMSG_SPACE(x[i].n);
	}
	m.msg_controllen = (size_t)(at - control.bytes);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, (socklen_t *)&len);
	if (type == SOCK_RAW)
		to6.sin6_port = 0;
	m.msg_name = family == AF_INET ? (void *)&to4 : (void *)&to6;
	m.msg_namelen = family == AF_INET ? sizeof(to4) : sizeof(to6);
	say("  said", sendmsg(fd, &m, 0));
}

/* --- IPv6 ---------------------------------------------------------------- */

static const uint8_t hop[] = { 0, 0, 1, 4, 0, 0, 0, 0 };
static const uint8_t long_hop[] = { 0, 1, 0x1e, 10, 1, 2,  3, 4,
				    5, 6, 7,	8,  9, 10, 1, 0 };
static const uint8_t dst[] = { 9, 0, 0x1e, 2, 0xaa, 0xbb, 1, 0 };
static const uint8_t dst2[] = { 0, 1, 0x1e, 10, 1, 2, 3, 4,
				5, 6, 7,    8,	9, 9, 0, 0 };
static const uint8_t rh0[] = { 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
			       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
/* two segments and a TLV of padding; the first hop is ::1 */
static const uint8_t srh[] = {
	0, 5, 4, 1, 1, 0, 0, 0, /* */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* where it ends */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, /* where it goes */
	4, 6, 0, 0, 0, 0, 0, 0,
};

static const int told[] = {
	IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS,
	IPV6_RECVHOPOPTS, IPV6_RECVRTHDR,    IPV6_RECVDSTOPTS,
	IPV6_2292PKTINFO, IPV6_2292HOPLIMIT, IPV6_2292HOPOPTS,
	IPV6_2292RTHDR,	  IPV6_2292DSTOPTS,  IPV6_RECVFRAGSIZE,
};

enum { TOLD = sizeof(told) / sizeof(told[0]) };

static int ear6(int which)
{
	struct sockaddr_in6 a = there6(PORT);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
		table_die();
	for (int i = 0; i < TOLD; i++)
		if (which < 0 || which == i)
			ask(fd, IPPROTO_IPV6, told[i]);
	return fd;
}

struct sticky {
	int name;
	const uint8_t *p;
	size_t n;
};

#define A(x) x, sizeof(x)

static const struct sticky stickies[] = {
	{ IPV6_HOPOPTS, A(hop) },	{ IPV6_HOPOPTS, A(long_hop) },
	{ IPV6_DSTOPTS, A(dst) },	{ IPV6_RTHDRDSTOPTS, A(dst2) },
	{ IPV6_DSTOPTS, A(dst2) },	{ IPV6_HOPOPTS, NULL, 0 },
	{ IPV6_DSTOPTS, hop, 7 },	{ IPV6_DSTOPTS, long_hop, 8 },
	{ IPV6_RTHDR, A(rh0) },		{ IPV6_RTHDR, A(dst2) },
	{ IPV6_RTHDRDSTOPTS, NULL, 0 }, { IPV6_DSTOPTS, NULL, 0 },
};

enum { STICKIES = sizeof(stickies) / sizeof(stickies[0]) };

/* One after the other on one socket: what stays is sent with the next. */
static void sticky6(int type, int proto)
{
	int fd = socket(AF_INET6, type, proto), ear = ear6(-1);

	for (int i = 0; i < STICKIES; i++) {
		const struct sticky *s = &stickies[i];

		printf("sticky %d %d/%d\n", i, type, proto);
		say("  set",
		    set(fd, IPPROTO_IPV6, s->name, s->n ? s->p : NULL, s->n));
		get(fd, IPPROTO_IPV6, s->name);
		tell(fd, AF_INET6, NULL, 0);
		show_wire(true);
		if (type == SOCK_DGRAM && !proto)
			hear(ear, 0, ROOM);
	}
	close(fd);
	close(ear);
}

/* Each thing that can be told alone, peeked at, and with little room. */
static void told6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	set(fd, IPPROTO_IPV6, IPV6_HOPOPTS, A(long_hop));
	set(fd, IPPROTO_IPV6, IPV6_DSTOPTS, A(dst));
	for (int i = -1; i < TOLD; i++) {
		int ear = ear6(i);

		printf("told %d\n", i);
		tell(fd, AF_INET6, NULL, 0);
		hear(ear, MSG_PEEK, ROOM);
		hear(ear, MSG_PEEK, 30);
		hear(ear, 0, i < 0 ? 100 : ROOM);
		close(ear);
	}
	close(fd);
	show_wire(false);
}

/* By the routing header it goes somewhere else first; nobody is there. */
static void routed6(int type, int proto)
{
	int fd = socket(AF_INET6, type, proto);

	printf("routed %d/%d\n", type, proto);
	say("  set", set(fd, IPPROTO_IPV6, IPV6_RTHDR, A(srh)));
	get(fd, IPPROTO_IPV6, IPV6_RTHDR);
	say("  set", set(fd, IPPROTO_IPV6, IPV6_RTHDRDSTOPTS, A(dst)));
	say("  set", set(fd, IPPROTO_IPV6, IPV6_HOPOPTS, A(hop)));
	tell(fd, AF_INET6, NULL, 0);
	show_wire_but(true, 58); /* who asks for no SRH may be told so */
	close(fd);
}

#define V6(name, x)                              \
	{                                        \
		IPPROTO_IPV6, name, x, sizeof(x) \
	}

static void messages6(int type, int proto)
{
	static const struct {
		size_t n;
		struct extra x[3];
	} sets[] = {
		{ 1, { V6(IPV6_HOPOPTS, hop) } },
		{ 1, { V6(IPV6_2292HOPOPTS, long_hop) } },
		{ 1, { V6(IPV6_DSTOPTS, dst) } },
		{ 1, { V6(IPV6_2292DSTOPTS, dst2) } },
		{ 1, { V6(IPV6_RTHDRDSTOPTS, dst) } },
		{ 1, { V6(IPV6_RTHDR, rh0) } },
		{ 1, { V6(IPV6_RTHDR, srh) } },
		{ 1, { V6(IPV6_2292RTHDR, rh0) } },
		{ 2, { V6(IPV6_HOPOPTS, hop), V6(IPV6_HOPOPTS, long_hop) } },
		{ 2, { V6(IPV6_DSTOPTS, dst), V6(IPV6_HOPOPTS, hop) } },
		{ 2, { V6(IPV6_2292DSTOPTS, dst), V6(IPV6_2292DSTOPTS, dst) } },
		{ 3,
		  { V6(IPV6_RTHDRDSTOPTS, dst2), V6(IPV6_DSTOPTS, dst),
		    V6(IPV6_HOPOPTS, long_hop) } },
		{ 1, { { IPPROTO_IPV6, IPV6_HOPOPTS, hop, 1 } } },
		{ 1, { { IPPROTO_IPV6, IPV6_HOPOPTS, hop, 7 } } },
		{ 1, { { IPPROTO_IPV6, IPV6_DSTOPTS, long_hop, 15 } } },
		{ 1, { { IPPROTO_IPV6, IPV6_DSTOPTS, dst2, 8 } } },
		{ 1, { { IPPROTO_IPV6, IPV6_RTHDR, rh0, 3 } } },
		{ 1, { { IPPROTO_IPV6, IPV6_RECVDSTOPTS, dst, 8 } } },
	};
	int fd = socket(AF_INET6, type, proto), ear = ear6(-1);

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		printf("message %zu %d/%d\n", i, type, proto);
		if (i == 9) /* a message's own replace the socket's */
			set(fd, IPPROTO_IPV6, IPV6_HOPOPTS, A(long_hop));
		tell(fd, AF_INET6, sets[i].x, sets[i].n);
		show_wire(true);
		if (type == SOCK_DGRAM && !proto)
			hear(ear, 0, ROOM);
	}
	close(fd);
	close(ear);
}

/* As large as there is room for beside the headers. (Linux cuts behind the
 * destination options, we before them, as RFC 8200 4.5 has it.)
 */
static void largest6(void)
{
	static const int sizes[] = { 65440, 65462, 65504 };
	static uint8_t data[70000];
	struct sockaddr_in6 to = there6(PORT);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), ear = ear6(-1);

	set(fd, IPPROTO_IPV6, IPV6_HOPOPTS, A(long_hop));
	set(fd, IPPROTO_IPV6, IPV6_DSTOPTS, A(dst));
	for (int i = 0; i < 3; i++) {
		printf("large %d\n", sizes[i]);
		say("  said", sendto(fd, data, (size_t)sizes[i], 0,
				     (struct sockaddr *)&to, sizeof(to)));
		show_wire(true);
		hear(ear, 0, ROOM);
	}
	close(fd);
	close(ear);
}

static void raw_hears6(void)
{
	struct sockaddr_in6 to = there6(0);
	int ear = socket(AF_INET6, SOCK_RAW, 253);
	int fd = socket(AF_INET6, SOCK_RAW, 253);

	for (int i = 0; i < TOLD; i++)
		ask(ear, IPPROTO_IPV6, told[i]);
	set(fd, IPPROTO_IPV6, IPV6_HOPOPTS, A(hop));
	set(fd, IPPROTO_IPV6, IPV6_DSTOPTS, A(dst2));
	printf("raw hears\n");
	say("  said",
	    sendto(fd, "abcd", 4, 0, (struct sockaddr *)&to, sizeof(to)));
	hear(ear, 0, ROOM);
	close(fd);
	close(ear);
	show_wire(false);
}

/* --- connections --------------------------------------------------------- */

static void connection(int family, int ear_name, int name, const uint8_t *p,
		       size_t n)
{
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	struct sockaddr_in6 a6 = there6(PORT);
	struct sockaddr_in a4 = there4(PORT);
	struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&a4
					       : (struct sockaddr *)&a6;
	socklen_t len = family == AF_INET ? sizeof(a4) : sizeof(a6);
	int l = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	int fd = socket(family, SOCK_STREAM, 0), c;
	uint8_t buf[16];

	set(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l, a, len) || listen(l, 1))
		table_die();
	if (ear_name)
		say("  listener", set(l, level, ear_name, p, n));
	if (name)
		say("  client", set(fd, level, name, p, n));
	if (connect(fd, a, len)) {
		say("  connect", -1);
		close(fd);
		close(l);
		return;
	}
	table_settle();
	c = accept(l, NULL, NULL);
	get(c, level, name ? name : ear_name);
	say("  send", send(fd, "hello", 5, 0));
	table_settle();
	say("  recv", recv(c, buf, sizeof(buf), MSG_DONTWAIT));
	say("  send", send(c, "hello", 5, 0));
	table_settle();
	say("  recv", recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
	say("  none", set(fd, level, name ? name : ear_name, NULL, 0));
	close(c);
	close(fd);
	close(l);
	table_settle();
}

static void connections(void)
{
	static const uint8_t rr[] = { 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t ts[] = { 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t ra[] = { 148, 4, 0, 0 };

	printf("stream6 client\n");
	connection(AF_INET6, 0, IPV6_DSTOPTS, A(dst2));
	show_wire(false);
	printf("stream6 listener\n");
	connection(AF_INET6, IPV6_HOPOPTS, 0, A(hop));
	show_wire(false);
	printf("stream4 client\n");
	connection(AF_INET, 0, IP_OPTIONS, A(rr));
	show_wire(false);
	printf("stream4 stamps\n");
	connection(AF_INET, 0, IP_OPTIONS, A(ts));
	show_wire(false);
	printf("stream4 alert\n");
	connection(AF_INET, 0, IP_OPTIONS, A(ra));
	show_wire(false);
	printf("stream4 listener\n");
	connection(AF_INET, IP_OPTIONS, 0, A(rr));
	show_wire(false);
}

/* What the handshake itself has on the wire. */
static void handshakes(void)
{
	static const uint8_t both[] = { 7, 7, 4, 0, 0, 0, 0, 1, 68, 12, 5, 1,
					0, 0, 0, 0, 0, 0, 0, 0, 1,  1,	1, 1 };
	struct sockaddr_in a = there4(PORT + 1);
	struct sockaddr_in6 a6 = there6(PORT + 1);
	int l = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	printf("handshake4\n");
	if (bind(l, (struct sockaddr *)&a, sizeof(a)) || listen(l, 1))
		table_die();
	set(fd, IPPROTO_IP, IP_OPTIONS, A(both));
	say("  connect", connect(fd, (struct sockaddr *)&a, sizeof(a)));
	show_wire(true);
	close(fd);
	close(l);
	show_wire(false);
	printf("refused4\n");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	set(fd, IPPROTO_IP, IP_OPTIONS, A(both));
	say("  connect", connect(fd, (struct sockaddr *)&a, sizeof(a)));
	show_wire(true);
	close(fd);
	printf("handshake6\n");
	l = socket(AF_INET6, SOCK_STREAM, 0);
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (bind(l, (struct sockaddr *)&a6, sizeof(a6)) || listen(l, 1))
		table_die();
	set(l, IPPROTO_IPV6, IPV6_HOPOPTS, A(hop));
	set(fd, IPPROTO_IPV6, IPV6_DSTOPTS, A(dst));
	say("  connect", connect(fd, (struct sockaddr *)&a6, sizeof(a6)));
	show_wire(true);
	close(fd);
	close(l);
	show_wire(false);
}

/* --- IPv4 ---------------------------------------------------------------- */

static const struct {
	uint8_t n;
	uint8_t p[40];
} lists[] = {
	{ 0, { 0 } },
	{ 1, { 1 } },
	{ 3, { 1, 0, 7 } },
	{ 4, { 148, 4, 0, 0 } },
	{ 3, { 148, 3, 0 } },
	{ 7, { 7, 7, 4 } },
	{ 11, { 7, 11, 4 } },
	{ 11, { 7, 11, 8, 127, 0, 0, 9 } },
	{ 11, { 7, 11, 12 } },
	{ 11, { 7, 11, 9 } },
	{ 8, { 68, 8, 5, 0 } },
	{ 12, { 68, 12, 5, 1 } },
	{ 20, { 68, 20, 5, 3, 127, 0, 0, 1, 0, 0, 0, 0, 10, 1, 1, 1 } },
	{ 20, { 68, 20, 5, 3, 10, 1, 1, 1, 0, 0, 0, 0, 127, 0, 0, 1 } },
	{ 12, { 68, 12, 13, 0xf1 } },
	{ 12, { 68, 12, 13, 0xd1 } },
	{ 7, { 131, 7, 4, 127, 0, 0, 2 } },
	{ 11, { 131, 11, 4, 127, 0, 0, 2, 127, 0, 0, 3 } },
	{ 11, { 137, 11, 4, 127, 0, 0, 2, 127, 0, 0, 3 } },
	{ 11, { 137, 11, 8, 127, 0, 0, 2, 127, 0, 0, 3 } },
	{ 3, { 137, 3, 4 } },
	{ 6, { 130, 6, 1, 2, 3, 4 } },
	{ 6, { 130, 7, 1, 2, 3, 4 } },
	{ 40, { 7, 39, 4 } },
	{ 24, { 1, 7, 7, 4, 0, 0, 0, 0, 68, 12, 5, 1 } },
};

enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

static int ear4(void)
{
	struct sockaddr_in a = there4(PORT);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
		table_die();
	ask(fd, IPPROTO_IP, IP_RECVTTL);
	ask(fd, IPPROTO_IP, IP_RECVOPTS);
	ask(fd, IPPROTO_IP, IP_RETOPTS);
	return fd;
}

static void sticky4(int type, int proto)
{
	int fd = socket(AF_INET, type, proto), ear = ear4();

	for (int i = 0; i < LISTS; i++) {
		printf("options %d %d/%d\n", i, type, proto);
		say("  set",
		    set(fd, IPPROTO_IP, IP_OPTIONS, lists[i].p, lists[i].n));
		get(fd, IPPROTO_IP, IP_OPTIONS);
		tell(fd, AF_INET, NULL, 0);
		show_wire(true);
		if (type == SOCK_DGRAM && !proto)
			hear(ear, 0, ROOM);
	}
	close(fd);
	close(ear);
}

static void messages4(int type, int proto)
{
	int fd = socket(AF_INET, type, proto), ear = ear4();

	set(fd, IPPROTO_IP, IP_OPTIONS, lists[3].p, lists[3].n);
	for (int i = 0; i < LISTS; i++) {
		const struct extra x = { IPPROTO_IP, IP_RETOPTS, lists[i].p,
					 lists[i].n };

		if (!lists[i].n)
			continue; /* an empty one leaves Linux's own in doubt */
		printf("answer %d %d/%d\n", i, type, proto);
		tell(fd, AF_INET, &x, 1);
		show_wire(true);
		if (type == SOCK_DGRAM && !proto)
			hear(ear, 0, ROOM);
	}
	close(fd);
	close(ear);
}

static void own_header4(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	struct sockaddr_in to = there4(0);
	static const uint8_t packet[28] = { 0x45, [8] = 64,
					    253, [16] = 127, [19] = 1 };

	printf("own header\n");
	say("  set", set(fd, IPPROTO_IP, IP_OPTIONS, lists[3].p, lists[3].n));
	say("  said", sendto(fd, packet, sizeof(packet), 0,
			     (struct sockaddr *)&to, sizeof(to)));
	close(fd);
	show_wire(false);
}

/* --- at random ----------------------------------------------------------- */

static uint8_t interesting(void)
{
	static const uint8_t v[] = { 0, 0,  1,	1,   2,	  3,   4,   4,
				     5, 7,  7,	8,   9,	  11,  12,  13,
				     3, 68, 68, 127, 130, 131, 137, 148 };

	return v[roll(sizeof(v))];
}

static void random4(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint8_t p[44], is[64];

	for (int i = 0; i < RANDOM_SETS; i++) {
		size_t n = roll(sizeof(p));
		socklen_t len = sizeof(is);
		int r;

		for (size_t k = 0; k < n; k++)
			p[k] = interesting();
		if (n > 3 && roll(2)) { /* one that has a chance */
			p[1] = (uint8_t)n;
			p[2] = (uint8_t)(4 + roll(9));
		}
		if (n > 3 && p[0] == 134)
			p[0] = 7;
		r = set(fd, IPPROTO_IP, IP_OPTIONS, p, n);
		printf("random4 %d ", i);
		hex(p, n);
		printf(" %s", r ? strerrorname_np(errno) : "0");
		getsockopt(fd, IPPROTO_IP, IP_OPTIONS, is, &len);
		printf(" %u ", len);
		hex(is, len);
		printf("\n");
	}
	close(fd);
}

static void random6(void)
{
	static const int names[] = { IPV6_HOPOPTS, IPV6_DSTOPTS,
				     IPV6_RTHDRDSTOPTS, IPV6_RTHDR,
				     IPV6_RTHDR };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	uint8_t p[80], is[256];

	for (int i = 0; i < RANDOM_SETS; i++) {
		int name = names[roll(5)];
		size_t n = roll(3) ? 8 * (size_t)roll(9) : roll(sizeof(p));
		socklen_t len = sizeof(is);
		int r;

		for (size_t k = 0; k < sizeof(p); k++)
			p[k] = (uint8_t)roll(6);
		if (n && roll(2))
			p[1] = (uint8_t)(n / 8 - 1);
		if (name == IPV6_RTHDR)
			p[2] = roll(4) ? 4 : (uint8_t)(roll(2) * 3);
		r = set(fd, IPPROTO_IPV6, name, p, n);
		printf("random6 %d %d ", i, name);
		hex(p, n);
		printf(" %s", r ? strerrorname_np(errno) : "0");
		getsockopt(fd, IPPROTO_IPV6, name, is, &len);
		printf(" %u ", len);
		hex(is, len);
		printf("\n");
	}
	close(fd);
}

int table_main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_wire();
	sticky6(SOCK_DGRAM, 0);
	sticky6(SOCK_RAW, 253);
	sticky6(SOCK_DGRAM, IPPROTO_ICMPV6);
	told6();
	routed6(SOCK_DGRAM, 0);
	routed6(SOCK_RAW, 253);
	messages6(SOCK_DGRAM, 0);
	messages6(SOCK_RAW, 253);
	messages6(SOCK_DGRAM, IPPROTO_ICMPV6);
	largest6();
	raw_hears6();
	connections();
	handshakes();
	sticky4(SOCK_DGRAM, 0);
	sticky4(SOCK_RAW, 253);
	sticky4(SOCK_DGRAM, IPPROTO_ICMP);
	messages4(SOCK_DGRAM, 0);
	messages4(SOCK_RAW, 253);
	messages4(SOCK_DGRAM, IPPROTO_ICMP);
	own_header4();
	random4();
	random6();
	close(wire);
	return 0;
}
