/* SPDX-License-Identifier: MIT */
/* W4, W5, R4, R5 on datagrams; raw and ping sockets; control messages */
#define _GNU_SOURCE
#include "net.h"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/ioctl.h>

#ifndef IP_RECVERR_RFC4884
#define IP_RECVERR_RFC4884 26
#endif
#ifndef IPV6_RECVERR_RFC4884
#define IPV6_RECVERR_RFC4884 31
#endif

static char huge[70000];

/* a: fd on A, b: fd on B bound to port 53; both @text's family. */
static void pair(struct net *n, const char *text, int *a, int *b)
{
	*a = net_socket(n->a, text, SOCK_DGRAM);
	*b = net_socket(n->b, text, SOCK_DGRAM);
	OK(*a >= 0 && *b >= 0);
	EQ(net_bind(n->b, *b, strchr(text, ':') ? "::" : "0.0.0.0", 53), 0);
	EQ(net_connect(n->a, *a, text, 53), 0);
}

TEST(R4_one_a_call_the_rest_is_dropped_and_the_sender_named)
{
	static const char *const texts[] = { "10.99.0.2", "fd99::2" };

	for (int i = 0; i < 2; i++) {
		struct sockaddr_storage from, me;
		socklen_t len = sizeof(from), melen = sizeof(me);
		struct net n;
		char buf[16];
		int a, b, v;

		net_init(&n);
		pair(&n, texts[i], &a, &b);
		EQ(ostia_send(n.a, a, "first", 5, 0), 5);
		EQ(ostia_send(n.a, a, "", 0, 0), 0);
		EQ(ostia_send(n.a, a, "third", 5, 0), 5);
		net_run(&n);
		EQ(ostia_ioctl(n.b, b, FIONREAD, &v), 0);
		EQ(v, 5);
		EQ(ostia_recv(n.b, b, buf, 16, MSG_PEEK), 5);
		EQ(ostia_recvfrom(n.b, b, buf, 2, 0, (struct sockaddr *)&from,
				  &len),
		   2);
		MEM(buf, "fi", 2);
		EQ(ostia_getsockname(n.a, a, (struct sockaddr *)&me, &melen),
		   0);
		EQ(len, melen);
		MEM(&from, &me, len);
		EQ(ostia_recv(n.b, b, buf, 16, 0), 0);
		EQ(ostia_recv(n.b, b, buf, 2, MSG_TRUNC), 5);
		FAILS(ostia_recv(n.b, b, buf, 16, 0), EAGAIN);
		net_fini(&n);
	}
}

TEST(R4_MSG_TRUNC_is_told)
{
	struct iovec iov = { huge, 3 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	EQ(ostia_send(n.a, a, "longer", 6, 0), 6);
	EQ(ostia_send(n.a, a, "ok", 2, 0), 2);
	net_run(&n);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 3);
	EQ(m.msg_flags, MSG_TRUNC);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 2);
	EQ(m.msg_flags, 0);
	net_fini(&n);
}

TEST(W4_whole_or_not_at_all)
{
	const int discover = IP_PMTUDISC_DO;
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	FAILS(ostia_send(n.a, a, huge, 65508, 0), EMSGSIZE);
	EQ(ostia_send(n.a, a, huge, 65507, 0), 65507);
	net_run(&n);
	EQ(ostia_recv(n.b, b, huge, sizeof(huge), 0), 65507);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_MTU_DISCOVER, &discover, 4),
	   0);
	FAILS(ostia_send(n.a, a, huge, 1473, 0), EMSGSIZE);
	EQ(ostia_send(n.a, a, huge, 1472, 0), 1472);
	net_fini(&n);
}

TEST(W4_destinations)
{
	struct sockaddr_storage ss;
	const int on = 1;
	struct net n;
	char c;
	int a, b, s;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	s = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	FAILS(ostia_send(n.a, s, "x", 1, 0), EDESTADDRREQ);
	net_addr(&ss, "10.99.0.2", 53);
	EQ(ostia_sendto(n.a, s, "x", 1, 0, (struct sockaddr *)&ss, 16), 1);
	/* A connected one may send elsewhere: Linux has no EISCONN here. */
	net_addr(&ss, "10.99.0.2", 54);
	EQ(ostia_sendto(n.a, a, "x", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_addr(&ss, "10.99.0.2", 0);
	FAILS(ostia_sendto(n.a, s, "x", 1, 0, (struct sockaddr *)&ss, 16),
	      EINVAL);
	net_addr(&ss, "192.0.2.1", 5);
	FAILS(ostia_sendto(n.a, s, "x", 1, 0, (struct sockaddr *)&ss, 16),
	      ENETUNREACH);
	net_addr(&ss, "10.99.0.255", 53);
	FAILS(ostia_sendto(n.a, s, "x", 1, 0, (struct sockaddr *)&ss, 16),
	      EACCES);
	EQ(ostia_setsockopt(n.a, s, SOL_SOCKET, SO_BROADCAST, &on, 4), 0);
	EQ(ostia_sendto(n.a, s, "x", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	EQ(ostia_recv(n.b, b, &c, 1, 0), 1);
	EQ(ostia_recv(n.b, b, &c, 1, 0), 1);
	FAILS(ostia_recv(n.b, b, &c, 1, 0), EAGAIN);
	net_fini(&n);
}

TEST(a_full_receive_buffer_drops_and_counts)
{
	const int small = 1, on = 1;
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(4)];
	} c;
	struct iovec iov = { huge, 10 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct net n;
	uint32_t drops = 0;
	int a, b, took = 0;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	EQ(ostia_setsockopt(n.b, b, SOL_SOCKET, SO_RCVBUF, &small, 4), 0);
	EQ(ostia_setsockopt(n.b, b, SOL_SOCKET, SO_RXQ_OVFL, &on, 4), 0);
	for (int i = 0; i < 50; i++) {
		EQ(ostia_send(n.a, a, huge, 10, 0), 10);
		net_run(&n);
	}
	while (m.msg_control = &c, m.msg_controllen = sizeof(c),
	       ostia_recvmsg(n.b, b, &m, 0) == 10) {
		took++;
		EQ(c.h.cmsg_type, SO_RXQ_OVFL);
		memcpy(&drops, CMSG_DATA(&c.h), 4);
	}
	OK(took > 0 && took < 50);
	EQ(took + (int)drops, 50);
	net_fini(&n);
}

static struct cmsghdr *find(struct msghdr *m, int level, int type)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h))
		if (h->cmsg_level == level && h->cmsg_type == type)
			return h;
	return NULL;
}

static void put(struct msghdr *m, char *room, size_t size, int level, int type,
		const void *p, size_t n)
{
	struct cmsghdr *h;

	memset(room, 0, size);
	m->msg_control = room;
	m->msg_controllen = CMSG_SPACE(n);
	h = CMSG_FIRSTHDR(m);
	h->cmsg_level = level;
	h->cmsg_type = type;
	h->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(h), p, n);
}

static void switch_on(struct ostia_proc *p, int fd, int level, int name)
{
	const int on = 1;

	EQ(ostia_setsockopt(p, fd, level, name, &on, 4), 0);
}

static int int_of(const struct cmsghdr *h)
{
	int v;

	OK(h && h->cmsg_len == CMSG_LEN(4));
	memcpy(&v, CMSG_DATA(h), 4);
	return v;
}

TEST(W5_control_messages_out_and_in_IPv4)
{
	_Alignas(struct cmsghdr) char room[256];
	struct iovec iov = { huge, 10 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct in_pktinfo info = { 0 };
	struct cmsghdr *h;
	struct net n;
	int a, b, v;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	switch_on(n.b, b, IPPROTO_IP, IP_PKTINFO);
	switch_on(n.b, b, IPPROTO_IP, IP_RECVTTL);
	switch_on(n.b, b, IPPROTO_IP, IP_RECVTOS);
	switch_on(n.b, b, IPPROTO_IP, IP_RECVORIGDSTADDR);
	switch_on(n.b, b, SOL_SOCKET, SO_TIMESTAMPNS);
	v = 33;
	put(&m, room, sizeof(room), IPPROTO_IP, IP_TTL, &v, 4);
	EQ(ostia_sendmsg(n.a, a, &m, 0), 10);
	net_run(&n);
	m.msg_controllen = sizeof(room);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 10);
	EQ(m.msg_flags, 0);
	EQ(int_of(find(&m, IPPROTO_IP, IP_TTL)), 33);
	h = find(&m, IPPROTO_IP, IP_PKTINFO);
	OK(h);
	memcpy(&info, CMSG_DATA(h), sizeof(info));
	EQ(info.ipi_addr.s_addr, inet_addr("10.99.0.2"));
	EQ(info.ipi_ifindex, ostia_link_index(n.lb));
	h = find(&m, IPPROTO_IP, IP_TOS);
	OK(h && h->cmsg_len == CMSG_LEN(1) && *CMSG_DATA(h) == 0);
	OK(find(&m, IPPROTO_IP, IP_ORIGDSTADDR));
	h = find(&m, SOL_SOCKET, SCM_TIMESTAMPNS);
	OK(h && ((struct timespec *)(void *)CMSG_DATA(h))->tv_sec == 1);
	/* TOS, and a source that is not ours */
	v = 0xb8;
	put(&m, room, sizeof(room), IPPROTO_IP, IP_TOS, &v, 4);
	iov.iov_len = 10;
	EQ(ostia_sendmsg(n.a, a, &m, 0), 10);
	net_run(&n);
	m.msg_controllen = sizeof(room);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 10);
	h = find(&m, IPPROTO_IP, IP_TOS);
	EQ(*CMSG_DATA(h), 0xb8);
	v = 256;
	put(&m, room, sizeof(room), IPPROTO_IP, IP_TTL, &v, 4);
	FAILS(ostia_sendmsg(n.a, a, &m, 0), EINVAL);
	put(&m, room, sizeof(room), IPPROTO_IP, 77, &v, 4);
	FAILS(ostia_sendmsg(n.a, a, &m, 0), EINVAL);
	/* Little room: cut, and told. */
	m.msg_control = NULL;
	m.msg_controllen = 0;
	EQ(ostia_sendmsg(n.a, a, &m, 0), 10);
	net_run(&n);
	m.msg_control = room;
	m.msg_controllen = CMSG_SPACE(16) + 4;
	EQ(ostia_recvmsg(n.b, b, &m, 0), 10);
	EQ(m.msg_flags, MSG_CTRUNC);
	net_fini(&n);
}

TEST(W5_control_messages_out_and_in_IPv6)
{
	_Alignas(struct cmsghdr) char room[256];
	struct iovec iov = { huge, 10 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct in6_pktinfo info = { 0 };
	struct in6_addr two;
	struct cmsghdr *h;
	struct net n;
	int a, b, v;

	net_init(&n);
	pair(&n, "fd99::2", &a, &b);
	switch_on(n.b, b, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	switch_on(n.b, b, IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
	switch_on(n.b, b, IPPROTO_IPV6, IPV6_RECVTCLASS);
	v = 9;
	put(&m, room, sizeof(room), IPPROTO_IPV6, IPV6_HOPLIMIT, &v, 4);
	EQ(ostia_sendmsg(n.a, a, &m, 0), 10);
	v = 0x20;
	put(&m, room, sizeof(room), IPPROTO_IPV6, IPV6_TCLASS, &v, 4);
	EQ(ostia_sendmsg(n.a, a, &m, 0), 10);
	net_run(&n);
	m.msg_controllen = sizeof(room);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 10);
	EQ(int_of(find(&m, IPPROTO_IPV6, IPV6_HOPLIMIT)), 9);
	h = find(&m, IPPROTO_IPV6, IPV6_PKTINFO);
	OK(h);
	memcpy(&info, CMSG_DATA(h), sizeof(info));
	inet_pton(AF_INET6, "fd99::2", &two);
	MEM(&info.ipi6_addr, &two, 16);
	EQ(info.ipi6_ifindex, ostia_link_index(n.lb));
	m.msg_controllen = sizeof(room);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 10);
	EQ(int_of(find(&m, IPPROTO_IPV6, IPV6_TCLASS)), 0x20);
	EQ(int_of(find(&m, IPPROTO_IPV6, IPV6_HOPLIMIT)), 64);
	net_fini(&n);
}

static void expect_source(struct net *n, int fd, const char *text)
{
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	struct in6_addr is;
	char c;

	net_run(n);
	EQ(ostia_recvfrom(n->b, fd, &c, 1, 0, (struct sockaddr *)&from, &len),
	   1);
	inet_pton(AF_INET6, text, &is);
	MEM(&from.sin6_addr, &is, sizeof(is));
}

/* RFC 3542 6.2, 6.7: what stays, until a message says otherwise. */
TEST(W5_IPV6_PKTINFO_stays)
{
	_Alignas(struct cmsghdr) char room[256];
	struct sockaddr_storage to;
	struct iovec iov = { huge, 1 };
	struct msghdr m = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };
	struct in6_pktinfo info = { 0 }, other = { 0 };
	socklen_t len = sizeof(info);
	struct net n;
	int a, b;

	net_init(&n);
	EQ(ostia_addr_add(n.la, "fd99::7/64"), 0);
	b = net_socket(n.b, "::", SOCK_DGRAM);
	EQ(net_bind(n.b, b, "::", 53), 0);
	a = net_socket(n.a, "::", SOCK_DGRAM);
	m.msg_namelen = net_addr(&to, "fd99::2", 53);
	inet_pton(AF_INET6, "fd99::7", &info.ipi6_addr);
	inet_pton(AF_INET6, "fd99::1", &other.ipi6_addr);
	FAILS(ostia_setsockopt(n.a, a, IPPROTO_IPV6, IPV6_PKTINFO, &info, 4),
	      EINVAL);
	FAILS(ostia_getsockopt(n.a, a, IPPROTO_IPV6, IPV6_PKTINFO, &info, &len),
	      ENOPROTOOPT);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IPV6, IPV6_PKTINFO, &info,
			    sizeof(info)),
	   0);
	EQ(ostia_sendmsg(n.a, a, &m, 0), 1);
	expect_source(&n, b, "fd99::7");
	put(&m, room, sizeof(room), IPPROTO_IPV6, IPV6_PKTINFO, &other,
	    sizeof(other));
	EQ(ostia_sendmsg(n.a, a, &m, 0), 1);
	expect_source(&n, b, "fd99::1");
	m.msg_controllen = 0;
	EQ(ostia_sendmsg(n.a, a, &m, 0), 1);
	expect_source(&n, b, "fd99::7");
	info.ipi6_ifindex = 77; /* no such link: no way by it */
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IPV6, IPV6_PKTINFO, &info,
			    sizeof(info)),
	   0);
	EQ(ostia_sendmsg(n.a, a, &m, 0), -1);
	memset(&info, 0, sizeof(info));
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IPV6, IPV6_PKTINFO, &info,
			    sizeof(info)),
	   0);
	EQ(ostia_sendmsg(n.a, a, &m, 0), 1);
	net_fini(&n);
}

TEST(R5_errors_with_their_cause)
{
	static const char *const texts[] = { "10.99.0.2", "fd99::2" };

	for (int i = 0; i < 2; i++) {
		_Alignas(struct cmsghdr) char room[256];
		struct sockaddr_storage ss, name;
		struct iovec iov = { huge, 16 };
		struct msghdr m = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_name = &name,
				    .msg_namelen = sizeof(name),
				    .msg_control = room,
				    .msg_controllen = sizeof(room) };
		struct sock_extended_err ee;
		struct cmsghdr *h;
		socklen_t len = net_addr(&ss, texts[i], 53);
		int level = i ? IPPROTO_IPV6 : IPPROTO_IP;
		int type = i ? IPV6_RECVERR : IP_RECVERR;
		struct net n;
		int a;

		net_init(&n);
		a = net_socket(n.a, texts[i], SOCK_DGRAM);
		FAILS(ostia_recvmsg(n.a, a, &m, MSG_ERRQUEUE), EAGAIN);
		switch_on(n.a, a, level, type);
		EQ(ostia_sendto(n.a, a, "what", 4, 0, (struct sockaddr *)&ss,
				len),
		   4);
		net_run(&n);
		OK(net_poll(n.a, a) & POLLERR);
		EQ(ostia_recvmsg(n.a, a, &m, MSG_ERRQUEUE), 4);
		MEM(huge, "what", 4);
		EQ(m.msg_flags, MSG_ERRQUEUE);
		EQ(m.msg_namelen, len);
		MEM(&name, &ss, len);
		h = find(&m, level, type);
		OK(h);
		memcpy(&ee, CMSG_DATA(h), sizeof(ee));
		EQ(ee.ee_errno, ECONNREFUSED);
		EQ(ee.ee_origin, i ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP);
		EQ(ee.ee_type, i ? 1 : ICMP_DEST_UNREACH);
		EQ(ee.ee_code, i ? 4 : ICMP_PORT_UNREACH);
		memcpy(&name, CMSG_DATA(h) + sizeof(ee), len);
		if (i)
			((struct sockaddr_in6 *)&name)->sin6_port = htons(53);
		else
			((struct sockaddr_in *)&name)->sin_port = htons(53);
		MEM(&name, &ss, len);
		EQ(net_poll(n.a, a) & POLLERR, 0);
		m.msg_controllen = sizeof(room);
		FAILS(ostia_recvmsg(n.a, a, &m, MSG_ERRQUEUE), EAGAIN);
		net_fini(&n);
	}
}

/* What an extension structure is, and what ee_rfc4884 says of it. */
static const struct {
	uint8_t ext[12];
	uint8_t n, words; /* of 4 bytes, quoted */
	bool off;
	uint8_t flags;
} extension[] = {
	{ { 0x20, 0, 0, 0, 0, 8, 1, 1, 1, 2, 3, 4 }, 12, 32, 0, 0 },
	{ { 0x20, 0, 0xda, 0xf0, 0, 8, 1, 1, 1, 2, 3, 4 }, 12, 32, 0, 0 },
	{ { 0x20, 0, 0xda, 0xef, 0, 8, 1, 1, 1, 2, 3, 4 }, 12, 32, 0, 1 },
	{ { 0x20, 0, 0, 0, 0, 9, 1, 1, 1, 2, 3, 4 }, 12, 32, 0, 1 }, /* long */
	{ { 0x20, 0, 0, 0, 0, 3, 1, 1, 1, 2, 3, 4 }, 12, 32, 0, 1 },
	{ { 0x20, 0, 0, 0, 0, 6, 1, 1, 1, 2, 3, 4 }, 12, 32, 0, 1 },
	{ { 0x10, 0, 0, 0, 0, 0 }, 12, 32, 0, 0 }, /* not one of ours */
	{ { 0x20 }, 4, 32, 0, 0 }, /* no objects */
	{ { 0x20 }, 3, 32, 1, 0 }, /* no room */
	{ { 0x20, 0, 0, 0 }, 12, 30, 1, 0 }, /* no length */
	{ { 0x20, 0, 0, 0 }, 12, 60, 1, 0 }, /* beyond the end */
};

enum { EXTENSIONS = sizeof(extension) / sizeof(extension[0]) };

/* Host B says that its port 53 is unreachable, with an extension structure. */
static void unreachable(struct net *n, bool v6, size_t i)
{
	static const uint8_t ip4[20] = {
		0x45, 0, 0,  200, 0, 1, 0,  0,	64, 17,
		0,    0, 10, 99,  0, 1, 10, 99, 0,  2
	};
	uint8_t m[8 + 128 + 12] = { 3, 3 }, *q = m + 8;
	size_t len = 8 + 128u + extension[i].n;
	int fd = ostia_socket(n->b, v6 ? AF_INET6 : AF_INET, SOCK_RAW,
			      v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	struct sockaddr_storage to;
	socklen_t tolen = net_addr(&to, v6 ? "fd99::1" : "10.99.0.1", 0);
	uint32_t sum = 0;

	if (v6) {
		m[0] = 1;
		m[1] = 4;
		m[4] = extension[i].words / 2;
		q[0] = 0x60;
		q[5] = 160;
		q[6] = 17;
		q[7] = 64;
		inet_pton(AF_INET6, "fd99::1", q + 8);
		inet_pton(AF_INET6, "fd99::2", q + 24);
		q += 40;
	} else {
		m[5] = extension[i].words;
		memcpy(q, ip4, 20);
		q += 20;
	}
	q[0] = 1000 >> 8;
	q[1] = 1000 & 255;
	q[3] = 53;
	memcpy(m + 8 + 128, extension[i].ext, extension[i].n);
	for (size_t at = 0; at < len; at++)
		sum += (uint32_t)m[at] << (at & 1 ? 0 : 8);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	if (!v6) { /* of IPv6 it is the stack's */
		m[2] = (uint8_t)(sum >> 8);
		m[3] = (uint8_t)sum;
	}
	EQ(ostia_sendto(n->b, fd, m, len, 0, (struct sockaddr *)&to, tolen),
	   (ssize_t)len);
	net_run(n);
	EQ(ostia_close(n->b, fd), 0);
}

static struct sock_ee_data_rfc4884 told(struct net *n, int fd, bool v6,
					size_t payload)
{
	_Alignas(struct cmsghdr) char room[256];
	struct iovec iov = { huge, 1000 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct sock_extended_err ee;

	EQ(ostia_recvmsg(n->a, fd, &m, MSG_ERRQUEUE), (ssize_t)payload);
	memcpy(&ee,
	       CMSG_DATA(find(&m, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			      v6 ? IPV6_RECVERR : IP_RECVERR)),
	       sizeof(ee));
	EQ(ee.ee_errno, ECONNREFUSED);
	return ee.ee_rfc4884;
}

TEST(R5_an_extension_structure_is_found_and_judged)
{
	for (size_t i = 0; i < 2 * EXTENSIONS; i++) {
		bool v6 = i >= EXTENSIONS;
		size_t x = i % EXTENSIONS;
		size_t head = v6 ? 48 : 28, all = 128 + extension[x].n - head;
		int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
		int name = v6 ? IPV6_RECVERR_RFC4884 : IP_RECVERR_RFC4884;
		struct sock_ee_data_rfc4884 d;
		struct net n;
		int a;

		net_init(&n);
		a = net_socket(n.a, v6 ? "fd99::1" : "10.99.0.1", SOCK_DGRAM);
		EQ(net_bind(n.a, a, v6 ? "fd99::1" : "10.99.0.1", 1000), 0);
		EQ(net_connect(n.a, a, v6 ? "fd99::2" : "10.99.0.2", 53), 0);
		switch_on(n.a, a, level, v6 ? IPV6_RECVERR : IP_RECVERR);
		unreachable(&n, v6, x);
		d = told(&n, a, v6, all); /* it was not asked for */
		OK(d.len == 0 && d.flags == 0);
		switch_on(n.a, a, level, name);
		unreachable(&n, v6, x);
		d = told(&n, a, v6, all);
		EQ(d.len, extension[x].off ? 0 : 128 - head);
		EQ(d.flags, extension[x].flags);
		EQ(d.reserved, 0);
		net_fini(&n);
	}
}

TEST(R5_what_is_too_big_tells_the_mtu)
{
	_Alignas(struct cmsghdr) char room[256];
	const int discover = IP_PMTUDISC_DO;
	struct iovec iov = { huge, 16 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct sock_extended_err ee;
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	switch_on(n.a, a, IPPROTO_IP, IP_RECVERR);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_MTU_DISCOVER, &discover, 4),
	   0);
	FAILS(ostia_send(n.a, a, huge, 2000, 0), EMSGSIZE);
	EQ(ostia_recvmsg(n.a, a, &m, MSG_ERRQUEUE), 0);
	memcpy(&ee, CMSG_DATA(find(&m, IPPROTO_IP, IP_RECVERR)), sizeof(ee));
	EQ(ee.ee_errno, EMSGSIZE);
	EQ(ee.ee_origin, SO_EE_ORIGIN_LOCAL);
	EQ(ee.ee_info, 1500);
	net_fini(&n);
}

/* Linux tells it whatever IP_MTU_DISCOVER says, to whom asks for errors; but
 * over IPv4 not beyond 65535 bytes, and then the port of a peer alone.
 */
TEST(R5_what_no_packet_takes_tells_the_mtu_too)
{
	static const struct {
		const char *to;
		uint32_t len;
		bool connected;
		int told_port; /* -1: nothing is told */
	} rows[] = {
		{ "10.99.0.2", 65508, true, 53 },
		{ "10.99.0.2", 65535, true, 53 },
		{ "10.99.0.2", 65536, true, -1 },
		{ "10.99.0.2", 65508, false, 0 },
		{ "fd99::2", 65528, true, 53 },
		{ "fd99::2", 65528, false, 53 },
		{ "fd99::2", 65536, true, 53 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_Alignas(struct cmsghdr) char room[256];
		bool v6 = strchr(rows[i].to, ':');
		const int dont = IP_PMTUDISC_DONT;
		struct sockaddr_storage to, from;
		struct iovec iov = { huge, 16 };
		struct msghdr m = { .msg_name = &from,
				    .msg_namelen = sizeof(from),
				    .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = room,
				    .msg_controllen = sizeof(room) };
		struct sock_extended_err ee;
		struct net n;
		socklen_t len = net_addr(&to, rows[i].to, 53);
		int fd, level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;

		net_init(&n);
		fd = net_socket(n.a, rows[i].to, SOCK_DGRAM);
		switch_on(n.a, fd, level, v6 ? IPV6_RECVERR : IP_RECVERR);
		EQ(ostia_setsockopt(n.a, fd, level,
				    v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
				    &dont, 4),
		   0);
		if (rows[i].connected)
			EQ(net_connect(n.a, fd, rows[i].to, 53), 0);
		FAILS(ostia_sendto(n.a, fd, huge, rows[i].len, 0,
				   rows[i].connected ? NULL
						     : (struct sockaddr *)&to,
				   rows[i].connected ? 0 : len),
		      EMSGSIZE);
		if (rows[i].told_port < 0) {
			FAILS(ostia_recvmsg(n.a, fd, &m, MSG_ERRQUEUE), EAGAIN);
			net_fini(&n);
			continue;
		}
		EQ(ostia_recvmsg(n.a, fd, &m, MSG_ERRQUEUE), 0);
		memcpy(&ee,
		       CMSG_DATA(
			       find(&m, level, v6 ? IPV6_RECVERR : IP_RECVERR)),
		       sizeof(ee));
		EQ(ee.ee_errno, EMSGSIZE);
		EQ(ee.ee_origin, SO_EE_ORIGIN_LOCAL);
		EQ(ee.ee_info, 1500);
		EQ(ntohs(((struct sockaddr_in *)&from)->sin_port),
		   rows[i].told_port);
		net_fini(&n);
	}
}

TEST(R5_what_may_not_be_cut_tells_the_paths_mtu)
{
	_Alignas(struct cmsghdr) char room[256];
	struct iovec iov = { huge, 16 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct ip6_mtuinfo info;
	socklen_t len = sizeof(info);
	struct in6_addr two;
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "fd99::2", &a, &b);
	EQ(ostia_getsockopt(n.a, a, IPPROTO_IPV6, IPV6_PATHMTU, &info, &len),
	   0);
	EQ(len, sizeof(info));
	EQ(info.ip6m_mtu, 1500);
	EQ(ostia_send(n.a, a, huge, 2000, 0), 2000); /* in two pieces */
	switch_on(n.a, a, IPPROTO_IPV6, IPV6_DONTFRAG);
	FAILS(ostia_send(n.a, a, huge, 2000, 0), EMSGSIZE);
	FAILS(ostia_recvmsg(n.a, a, &m, MSG_DONTWAIT), EAGAIN);
	switch_on(n.a, a, IPPROTO_IPV6, IPV6_RECVPATHMTU);
	FAILS(ostia_send(n.a, a, huge, 2000, 0), EMSGSIZE);
	EQ(ostia_send(n.a, a, huge, 1452, 0), 1452);
	m.msg_controllen = sizeof(room);
	EQ(ostia_recvmsg(n.a, a, &m, MSG_DONTWAIT), 0);
	memcpy(&info, CMSG_DATA(find(&m, IPPROTO_IPV6, IPV6_PATHMTU)),
	       sizeof(info));
	inet_pton(AF_INET6, "fd99::2", &two);
	EQ(info.ip6m_mtu, 1500);
	MEM(&info.ip6m_addr.sin6_addr, &two, 16);
	m.msg_controllen = sizeof(room);
	FAILS(ostia_recvmsg(n.a, a, &m, MSG_DONTWAIT), EAGAIN);
	net_fini(&n);
}

TEST(K1_what_was_sent_before_close_arrives)
{
	struct net n;
	char buf[8];
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	EQ(ostia_send(n.a, a, "bye", 3, 0), 3);
	EQ(ostia_send(n.a, a, huge, 5000, 0), 5000);
	EQ(ostia_close(n.a, a), 0);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 8, 0), 3);
	EQ(ostia_recv(n.b, b, huge, sizeof(huge), 0), 5000);
	net_fini(&n);
}

TEST(W5_MSG_MORE_and_UDP_CORK_make_one_of_several)
{
	const int on = 1, off = 0;
	struct net n;
	char buf[32];
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	EQ(ostia_send(n.a, a, "one ", 4, MSG_MORE), 4);
	EQ(ostia_send(n.a, a, "two ", 4, MSG_MORE), 4);
	net_run(&n);
	FAILS(ostia_recv(n.b, b, buf, 32, 0), EAGAIN);
	EQ(ostia_send(n.a, a, "three", 5, 0), 5);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 32, 0), 13);
	MEM(buf, "one two three", 13);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_UDP, 1 /* UDP_CORK */, &on, 4), 0);
	EQ(ostia_send(n.a, a, "ab", 2, 0), 2);
	EQ(ostia_send(n.a, a, "cd", 2, 0), 2);
	net_run(&n);
	FAILS(ostia_recv(n.b, b, buf, 32, 0), EAGAIN);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_UDP, 1, &off, 4), 0);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 32, 0), 4);
	/* Too long: all of it is dropped. */
	EQ(ostia_send(n.a, a, huge, 60000, MSG_MORE), 60000);
	FAILS(ostia_send(n.a, a, huge, 6000, 0), EMSGSIZE);
	EQ(ostia_send(n.a, a, "fresh", 5, 0), 5);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 32, 0), 5);
	EQ(ostia_send(n.a, a, "never sent", 10, MSG_MORE), 10);
	net_fini(&n);
}

TEST(many_messages_in_one_call)
{
	struct sockaddr_storage ss;
	struct iovec out[4], in[8];
	struct mmsghdr vo[4] = { 0 }, vi[8] = { 0 };
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	net_addr(&ss, "10.99.0.2", 53);
	for (size_t i = 0; i < 4; i++) {
		out[i] = (struct iovec) { huge, i };
		vo[i].msg_hdr =
			(struct msghdr) { .msg_iov = &out[i], .msg_iovlen = 1 };
	}
	for (size_t i = 0; i < 8; i++) {
		in[i] = (struct iovec) { huge + 16 * i, 16 };
		vi[i].msg_hdr =
			(struct msghdr) { .msg_iov = &in[i], .msg_iovlen = 1 };
	}
	EQ(ostia_sendmmsg(n.a, a, vo, 4, 0), 4);
	for (size_t i = 0; i < 4; i++)
		EQ(vo[i].msg_len, i);
	net_run(&n);
	EQ(ostia_recvmmsg(n.b, b, vi, 2, 0, NULL), 2);
	EQ(ostia_recvmmsg(n.b, b, vi + 2, 6, 0, NULL), 2);
	for (size_t i = 0; i < 4; i++)
		EQ(vi[i].msg_len, i);
	FAILS(ostia_recvmmsg(n.b, b, vi, 8, 0, NULL), EAGAIN);
	EQ(ostia_sendmmsg(n.a, a, vo, 0, 0), 0);
	net_fini(&n);
}

TEST(a_dual_socket_speaks_to_both_families)
{
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	struct sockaddr_storage ss;
	struct in6_addr mapped;
	struct net n;
	char buf[8];
	int v4, v6;

	net_init(&n);
	v4 = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	v6 = net_socket(n.b, "::", SOCK_DGRAM);
	EQ(net_bind(n.b, v6, "::", 53), 0);
	EQ(net_bind(n.a, v4, "10.99.0.1", 54), 0);
	EQ(net_connect(n.a, v4, "10.99.0.2", 53), 0);
	EQ(ostia_send(n.a, v4, "four", 4, 0), 4);
	net_run(&n);
	EQ(ostia_recvfrom(n.b, v6, buf, 8, 0, (struct sockaddr *)&from, &len),
	   4);
	inet_pton(AF_INET6, "::ffff:10.99.0.1", &mapped);
	MEM(&from.sin6_addr, &mapped, 16);
	EQ(ostia_sendto(n.b, v6, "six", 3, 0, (struct sockaddr *)&from, len),
	   3);
	net_addr(&ss, "10.99.0.1", 54); /* AF_INET will do as well */
	EQ(ostia_sendto(n.b, v6, "4", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	EQ(ostia_recv(n.a, v4, buf, 8, 0), 3);
	EQ(ostia_recv(n.a, v4, buf, 8, 0), 1);
	net_fini(&n);
}

TEST(a_group_is_heard_by_those_who_joined)
{
	struct ip_mreqn mr = { .imr_ifindex = 0 };
	struct sockaddr_storage ss;
	struct net n;
	char buf[8];
	int a, b;

	net_init(&n);
	a = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	b = net_socket(n.b, "0.0.0.0", SOCK_DGRAM);
	EQ(net_bind(n.b, b, "0.0.0.0", 53), 0);
	mr.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
	mr.imr_ifindex = (int)ostia_link_index(n.la);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_MULTICAST_IF, &mr,
			    sizeof(mr)),
	   0);
	net_addr(&ss, "239.1.2.3", 53);
	EQ(ostia_sendto(n.a, a, "1", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	FAILS(ostia_recv(n.b, b, buf, 8, 0), EAGAIN);
	mr.imr_ifindex = (int)ostia_link_index(n.lb);
	EQ(ostia_setsockopt(n.b, b, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mr,
			    sizeof(mr)),
	   0);
	FAILS(ostia_setsockopt(n.b, b, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mr,
			       sizeof(mr)),
	      EADDRINUSE);
	EQ(ostia_sendto(n.a, a, "22", 2, 0, (struct sockaddr *)&ss, 16), 2);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 8, 0), 2);
	EQ(ostia_setsockopt(n.b, b, IPPROTO_IP, IP_DROP_MEMBERSHIP, &mr,
			    sizeof(mr)),
	   0);
	FAILS(ostia_setsockopt(n.b, b, IPPROTO_IP, IP_DROP_MEMBERSHIP, &mr,
			       sizeof(mr)),
	      EADDRNOTAVAIL);
	EQ(ostia_sendto(n.a, a, "3", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	FAILS(ostia_recv(n.b, b, buf, 8, 0), EAGAIN);
	/* The rest is left when the socket closes. */
	EQ(ostia_setsockopt(n.b, b, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mr,
			    sizeof(mr)),
	   0);
	net_fini(&n);
}

/* RFC 1112 6.1, IP_MULTICAST_LOOP: what goes to many goes to us, too. */
TEST(a_host_hears_itself_speak_to_many)
{
	struct ip_mreqn mr = { .imr_ifindex = 0 };
	struct sockaddr_storage ss, from;
	socklen_t len = sizeof(from);
	int off = 0, on = 1, a, b;
	struct net n;
	char buf[8];

	net_init(&n);
	a = net_socket(n.a, "0.0.0.0", SOCK_DGRAM);
	b = net_socket(n.b, "0.0.0.0", SOCK_DGRAM);
	EQ(net_bind(n.a, a, "0.0.0.0", 53), 0);
	EQ(net_bind(n.b, b, "0.0.0.0", 53), 0);
	mr.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
	mr.imr_ifindex = (int)ostia_link_index(n.la);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_MULTICAST_IF, &mr,
			    sizeof(mr)),
	   0);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mr,
			    sizeof(mr)),
	   0);
	net_addr(&ss, "239.1.2.3", 53);
	EQ(ostia_sendto(n.a, a, "1", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	EQ(ostia_recvfrom(n.a, a, buf, 8, 0, (struct sockaddr *)&from, &len),
	   1);
	EQ(((struct sockaddr_in *)&from)->sin_addr.s_addr,
	   inet_addr("10.99.0.1"));
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_MULTICAST_LOOP, &off,
			    sizeof(off)),
	   0);
	EQ(ostia_sendto(n.a, a, "2", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	FAILS(ostia_recv(n.a, a, buf, 8, 0), EAGAIN);
	/* TTL 0 stays here, and is heard here */
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_MULTICAST_LOOP, &on,
			    sizeof(on)),
	   0);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_MULTICAST_TTL, &off,
			    sizeof(off)),
	   0);
	n.carried = 0;
	EQ(ostia_sendto(n.a, a, "3", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	EQ(n.carried, 0);
	EQ(ostia_recv(n.a, a, buf, 8, 0), 1);
	/* a broadcast, whatever IP_MULTICAST_LOOP says */
	net_addr(&ss, "10.99.0.255", 53);
	FAILS(ostia_sendto(n.a, a, "4", 1, 0, (struct sockaddr *)&ss, 16),
	      EACCES);
	EQ(ostia_setsockopt(n.a, a, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)),
	   0);
	EQ(ostia_sendto(n.a, a, "4", 1, 0, (struct sockaddr *)&ss, 16), 1);
	net_run(&n);
	EQ(ostia_recv(n.a, a, buf, 8, 0), 1);
	EQ(ostia_recv(n.b, b, buf, 8, 0), 1);
	net_fini(&n);
}

TEST(a_ping_socket_pings)
{
	struct icmphdr echo = { .type = ICMP_ECHO };
	struct icmp6_hdr echo6 = { .icmp6_type = ICMP6_ECHO_REQUEST };
	struct sockaddr_storage ss;
	char buf[64];
	struct net n;
	int fd;

	net_init(&n);
	fd = ostia_socket(n.a, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	net_addr(&ss, "10.99.0.2", 0);
	echo.un.echo.sequence = htons(7);
	EQ(ostia_sendto(n.a, fd, &echo, 8, 0, (struct sockaddr *)&ss, 16), 8);
	net_run(&n);
	EQ(ostia_recv(n.a, fd, buf, sizeof(buf), 0), 8);
	EQ(buf[0], ICMP_ECHOREPLY);
	EQ(buf[7], 7);
	fd = ostia_socket(n.a, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
	EQ(net_connect(n.a, fd, "fd99::2", 0), 0);
	EQ(ostia_send(n.a, fd, &echo6, 8, 0), 8);
	net_run(&n);
	EQ(ostia_recv(n.a, fd, buf, sizeof(buf), 0), 8);
	EQ((uint8_t)buf[0], ICMP6_ECHO_REPLY);
	net_fini(&n);
}

TEST(a_raw_socket_sees_headers_and_filters)
{
	struct icmphdr echo = { .type = ICMP_ECHO };
	const uint32_t no_reply = 1u << ICMP_ECHOREPLY;
	struct sockaddr_storage ss;
	char buf[64];
	struct net n;
	int fd;

	net_init(&n);
	fd = ostia_socket(n.a, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	net_addr(&ss, "10.99.0.2", 0);
	echo.checksum = htons(0xf7ff);
	EQ(ostia_sendto(n.a, fd, &echo, 8, 0, (struct sockaddr *)&ss, 16), 8);
	net_run(&n);
	EQ(ostia_recv(n.a, fd, buf, sizeof(buf), 0), 28);
	EQ(buf[0], 0x45);
	EQ(buf[20], ICMP_ECHOREPLY);
	EQ(ostia_setsockopt(n.a, fd, SOL_RAW, 1 /* ICMP_FILTER */, &no_reply,
			    4),
	   0);
	EQ(ostia_sendto(n.a, fd, &echo, 8, 0, (struct sockaddr *)&ss, 16), 8);
	net_run(&n);
	FAILS(ostia_recv(n.a, fd, buf, sizeof(buf), 0), EAGAIN);
	net_fini(&n);
}

/* IPV6_FLOWINFO and IPV6_RECVORIGDSTADDR */
TEST(W5_flow_label_and_first_destination_of_IPv6)
{
	union {
		char buf[256];
		struct cmsghdr align;
	} control;
	char bytes[8];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	const int on = 1, class = 0x28;
	struct sockaddr_storage ss;
	struct sockaddr_in6 was;
	struct cmsghdr *h;
	uint32_t info;
	struct net n;
	int a, b;

	net_init(&n);
	net_pass(&n, 10 * OSTIA_S);
	a = ostia_socket(n.a, AF_INET6, SOCK_DGRAM, 0);
	b = ostia_socket(n.b, AF_INET6, SOCK_DGRAM, 0);
	EQ(net_bind(n.b, b, "::", 53), 0);
	EQ(ostia_setsockopt(n.b, b, IPPROTO_IPV6, 11 /* IPV6_FLOWINFO */, &on,
			    4),
	   0);
	EQ(ostia_setsockopt(n.b, b, IPPROTO_IPV6, 74 /* ..ORIGDSTADDR */, &on,
			    4),
	   0);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IPV6, IPV6_TCLASS, &class, 4), 0);
	EQ(ostia_sendto(n.a, a, "x", 1, 0, (struct sockaddr *)&ss,
			net_addr(&ss, "fd99::2", 53)),
	   1);
	net_run(&n);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 1);
	h = CMSG_FIRSTHDR(&m);
	EQ(h->cmsg_level, IPPROTO_IPV6);
	EQ(h->cmsg_type, 11);
	memcpy(&info, CMSG_DATA(h), 4);
	EQ(ntohl(info) >> 20, 0x28);
	OK((ntohl(info) & 0xfffff) != 0); /* RFC 6437: labels are the rule */
	h = CMSG_NXTHDR(&m, h);
	EQ(h->cmsg_type, 74);
	EQ(h->cmsg_len, CMSG_LEN(sizeof(was)));
	memcpy(&was, CMSG_DATA(h), sizeof(was));
	EQ(was.sin6_family, AF_INET6);
	EQ(ntohs(was.sin6_port), 53);
	MEM(&was.sin6_addr, &((struct sockaddr_in6 *)&ss)->sin6_addr, 16);
	net_fini(&n);
}

/* IPV6_ADDRFORM (ipv6(7)) */
TEST(a_socket_with_a_peer_of_IPv4_becomes_one_of_IPv4)
{
	static const struct {
		const char *peer;
		int err;
	} row[] = { { "::ffff:10.99.0.2", 0 }, { "fd99::2", EADDRNOTAVAIL } };
	const int v4 = AF_INET, v6 = AF_INET6;
	struct sockaddr_storage ss;
	struct net n;

	net_init(&n);
	net_pass(&n, 10 * OSTIA_S);
	for (unsigned i = 0; i < 2; i++) {
		int fd = ostia_socket(n.a, AF_INET6, SOCK_DGRAM, 0), v = 0;
		socklen_t len = sizeof(v);

		FAILS(ostia_setsockopt(n.a, fd, IPPROTO_IPV6, 1, &v4, 4),
		      ENOTCONN);
		len = net_addr(&ss, row[i].peer, 53);
		EQ(ostia_connect(n.a, fd, (struct sockaddr *)&ss, len), 0);
		FAILS(ostia_setsockopt(n.a, fd, IPPROTO_IPV6, 1, &v6, 4),
		      EINVAL);
		if (row[i].err) {
			FAILS(ostia_setsockopt(n.a, fd, IPPROTO_IPV6, 1, &v4,
					       4),
			      row[i].err);
			continue;
		}
		EQ(ostia_setsockopt(n.a, fd, IPPROTO_IPV6, 1, &v4, 4), 0);
		len = sizeof(v);
		EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_DOMAIN, &v, &len),
		   0);
		EQ(v, AF_INET);
		len = sizeof(ss);
		EQ(ostia_getpeername(n.a, fd, (struct sockaddr *)&ss, &len), 0);
		EQ(len, sizeof(struct sockaddr_in));
		EQ(ss.ss_family, AF_INET);
		EQ(ostia_send(n.a, fd, "x", 1, 0), 1);
		net_run(&n);
		FAILS(ostia_send(n.a, fd, "x", 1, 0), ECONNREFUSED);
	}
	net_fini(&n);
}

TESTS(CASE(W5_flow_label_and_first_destination_of_IPv6),
      CASE(a_socket_with_a_peer_of_IPv4_becomes_one_of_IPv4),
      CASE(R4_one_a_call_the_rest_is_dropped_and_the_sender_named),
      CASE(R4_MSG_TRUNC_is_told), CASE(W4_whole_or_not_at_all),
      CASE(W4_destinations), CASE(a_full_receive_buffer_drops_and_counts),
      CASE(W5_control_messages_out_and_in_IPv4),
      CASE(W5_control_messages_out_and_in_IPv6), CASE(W5_IPV6_PKTINFO_stays),
      CASE(R5_errors_with_their_cause),
      CASE(R5_an_extension_structure_is_found_and_judged),
      CASE(R5_what_is_too_big_tells_the_mtu),
      CASE(R5_what_no_packet_takes_tells_the_mtu_too),
      CASE(R5_what_may_not_be_cut_tells_the_paths_mtu),
      CASE(K1_what_was_sent_before_close_arrives),
      CASE(W5_MSG_MORE_and_UDP_CORK_make_one_of_several),
      CASE(many_messages_in_one_call),
      CASE(a_dual_socket_speaks_to_both_families),
      CASE(a_group_is_heard_by_those_who_joined),
      CASE(a_host_hears_itself_speak_to_many), CASE(a_ping_socket_pings),
      CASE(a_raw_socket_sees_headers_and_filters))
