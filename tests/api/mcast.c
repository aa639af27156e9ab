/* SPDX-License-Identifier: MIT */
/*
 * tests/api/mcast.c - the options of multicast, good and bad, and who hears
 * what, on the loopback: one program for the kernel and for a stack
 *
 * As tests/api/table.c: tests/api/table.py compares. A line is a short story
 * on one new socket of a family and type; it tells what each step returned:
 *
 *	udp4/opt/now/join_twice: 0 0 EADDRINUSE
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

enum { LO = 1, NOWHERE = 4711, V4 = IPPROTO_IP, V6 = IPPROTO_IPV6 };

struct story {
	int fd, family, type;
};

static const char *name_of(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "?";
}

static void tell(long r)
{
	if (r < 0)
		printf(" %s", name_of(errno));
	else
		printf(" %ld", r);
}

static void set(const struct story *s, int level, int name, const void *p,
		socklen_t n)
{
	tell(setsockopt(s->fd, level, name, p, n));
}

static void set_int(const struct story *s, int level, int name, int v)
{
	set(s, level, name, &v, sizeof(v));
}

static void get_int(const struct story *s, int level, int name)
{
	socklen_t n = sizeof(int);
	int v = -99, r = getsockopt(s->fd, level, name, &v, &n);

	tell(r);
	if (!r)
		printf(":%d/%u", v, (unsigned)n);
}

/* --- the structs --------------------------------------------------------- */

static struct ip_mreqn mreqn(const char *group, const char *addr, int index)
{
	struct ip_mreqn m = { .imr_ifindex = index };

	m.imr_multiaddr.s_addr = inet_addr(group);
	m.imr_address.s_addr = inet_addr(addr);
	return m;
}

static void mreq(const struct story *s, int name, const char *group,
		 const char *addr, int index)
{
	struct ip_mreqn m = mreqn(group, addr, index);

	set(s, V4, name, &m, index ? sizeof(m) : sizeof(struct ip_mreq));
}

static void mreq6(const struct story *s, int name, const char *group,
		  unsigned index)
{
	struct ipv6_mreq m = { .ipv6mr_interface = index };

	inet_pton(AF_INET6, group, &m.ipv6mr_multiaddr);
	set(s, V6, name, &m, sizeof(m));
}

static void mreq_src(const struct story *s, int name, const char *group,
		     const char *src)
{
	struct ip_mreq_source m = { 0 };

	m.imr_multiaddr.s_addr = inet_addr(group);
	m.imr_interface.s_addr = inet_addr("127.0.0.1");
	m.imr_sourceaddr.s_addr = inet_addr(src);
	set(s, V4, name, &m, sizeof(m));
}

static void put(struct sockaddr_storage *ss, const char *text, uint16_t port)
{
	memset(ss, 0, sizeof(*ss));
	if (strchr(text, ':')) {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)ss;

		in->sin6_family = AF_INET6;
		in->sin6_port = htons(port);
		inet_pton(AF_INET6, text, &in->sin6_addr);
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)ss;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		inet_pton(AF_INET, text, &in->sin_addr);
	}
}

static int level_of(const char *group)
{
	return strchr(group, ':') ? V6 : V4;
}

static void group_req(const struct story *s, int name, const char *group,
		      unsigned index)
{
	struct group_req r = { .gr_interface = index };

	put(&r.gr_group, group, 0);
	set(s, level_of(group), name, &r, sizeof(r));
}

static void group_src(const struct story *s, int name, const char *group,
		      const char *src, unsigned index)
{
	struct group_source_req r = { .gsr_interface = index };

	put(&r.gsr_group, group, 0);
	put(&r.gsr_source, src, 0);
	set(s, level_of(group), name, &r, sizeof(r));
}

union filter {
	struct group_filter f;
	char room[GROUP_FILTER_SIZE(80)];
};

static socklen_t fill(union filter *u, const char *group, uint32_t mode,
		      unsigned index, unsigned n)
{
	memset(u, 0, sizeof(*u));
	u->f.gf_interface = index;
	u->f.gf_fmode = mode;
	u->f.gf_numsrc = n;
	put(&u->f.gf_group, group, 0);
	for (unsigned i = 0; i < n && i < 80; i++) {
		char text[32];

		snprintf(text, sizeof(text),
			 level_of(group) == V6 ? "fd99::%x" : "10.99.0.%u",
			 i + 1);
		put((struct sockaddr_storage
			     *)(void *)(u->room + offsetof(struct group_filter,
							   gf_slist)) +
			    i,
		    text, 0);
	}
	return (socklen_t)GROUP_FILTER_SIZE(n);
}

static void set_filter(const struct story *s, const char *group, uint32_t mode,
		       unsigned index, unsigned n)
{
	union filter u;
	socklen_t len = fill(&u, group, mode, index, n);

	set(s, level_of(group), MCAST_MSFILTER, &u, len);
}

static void get_filter(const struct story *s, const char *group, unsigned index,
		       unsigned n)
{
	union filter u;
	socklen_t len = fill(&u, group, 7, index, 0);
	int r;

	u.f.gf_numsrc = n;
	len = (socklen_t)GROUP_FILTER_SIZE(n);
	r = getsockopt(s->fd, level_of(group), MCAST_MSFILTER, &u, &len);
	tell(r);
	if (r)
		return;
	printf(":mode=%u,n=%u,len=%u", u.f.gf_fmode, u.f.gf_numsrc,
	       (unsigned)len);
	for (unsigned i = 0; i < n && i < u.f.gf_numsrc; i++) {
		const uint8_t *at = (const uint8_t *)u.room +
				    offsetof(struct group_filter, gf_slist) +
				    i * sizeof(struct sockaddr_storage);

		printf(",%u", at[level_of(group) == V6 ? 23 : 7]);
	}
}

union msfilter {
	struct ip_msfilter f;
	char room[IP_MSFILTER_SIZE(40)];
};

static void set_msfilter(const struct story *s, const char *group,
			 uint32_t mode, unsigned n, int cut)
{
	union msfilter u = { .f = { .imsf_fmode = mode, .imsf_numsrc = n } };

	u.f.imsf_multiaddr.s_addr = inet_addr(group);
	u.f.imsf_interface.s_addr = inet_addr("127.0.0.1");
	for (unsigned i = 0; i < n && i < 40; i++) {
		uint32_t a = htonl(0x0a630001u + i);

		memcpy(u.room + IP_MSFILTER_SIZE(i), &a, 4);
	}
	set(s, V4, IP_MSFILTER, &u,
	    (socklen_t)(IP_MSFILTER_SIZE(n) - (unsigned)cut));
}

static void get_msfilter(const struct story *s, const char *group, unsigned n)
{
	union msfilter u = { .f = { .imsf_numsrc = n } };
	socklen_t len = (socklen_t)IP_MSFILTER_SIZE(n);
	int r;

	u.f.imsf_multiaddr.s_addr = inet_addr(group);
	u.f.imsf_interface.s_addr = inet_addr("127.0.0.1");
	r = getsockopt(s->fd, V4, IP_MSFILTER, &u, &len);
	tell(r);
	if (!r)
		printf(":mode=%u,n=%u,len=%u", u.f.imsf_fmode, u.f.imsf_numsrc,
		       (unsigned)len);
}

/* --- stories of options --------------------------------------------------- */

#define G4 "239.1.2.3"
#define G6 "ff05::1:3"

static void join_twice(struct story *s)
{
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "0.0.0.0", LO);
	mreq(s, IP_DROP_MEMBERSHIP, G4, "0.0.0.0", LO);
	mreq(s, IP_DROP_MEMBERSHIP, G4, "127.0.0.1", 0);
}

static void join_bad(struct story *s)
{
	struct ip_mreqn m = mreqn(G4, "127.0.0.1", LO);

	mreq(s, IP_ADD_MEMBERSHIP, "10.0.0.1", "127.0.0.1", 0);
	mreq(s, IP_ADD_MEMBERSHIP, "255.255.255.255", "127.0.0.1", 0);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "10.99.77.77", 0);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "0.0.0.0", NOWHERE);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "0.0.0.0", -1);
	mreq(s, IP_DROP_MEMBERSHIP, G4, "0.0.0.0", NOWHERE);
	mreq(s, IP_DROP_MEMBERSHIP, "10.0.0.1", "127.0.0.1", 0);
	mreq(s, IP_DROP_MEMBERSHIP, G4, "10.99.77.77", 0);
	for (socklen_t n = 0; n < 16; n++)
		set(s, V4, IP_ADD_MEMBERSHIP, &m, n);
}

static void join_many(struct story *s)
{
	for (int i = 1; i < 24; i++) {
		char group[32];

		snprintf(group, sizeof(group), "239.7.7.%d", i);
		mreq(s, IP_ADD_MEMBERSHIP, group, "127.0.0.1", 0);
	}
}

static void join6(struct story *s)
{
	mreq6(s, IPV6_ADD_MEMBERSHIP, G6, LO);
	mreq6(s, IPV6_ADD_MEMBERSHIP, G6, LO);
	mreq6(s, IPV6_ADD_MEMBERSHIP, G6, 0);
	mreq6(s, IPV6_DROP_MEMBERSHIP, G6, NOWHERE);
	mreq6(s, IPV6_DROP_MEMBERSHIP, G6, 0);
	mreq6(s, IPV6_DROP_MEMBERSHIP, G6, 0);
	mreq6(s, IPV6_ADD_MEMBERSHIP, "fd99::1", LO);
	mreq6(s, IPV6_ADD_MEMBERSHIP, "::ffff:239.1.1.1", LO);
	mreq6(s, IPV6_DROP_MEMBERSHIP, "fd99::1", LO);
	mreq6(s, IPV6_ADD_MEMBERSHIP, G6, NOWHERE);
	set(s, V6, IPV6_ADD_MEMBERSHIP, "0123456789abcde", 15);
}

static void sources(struct story *s)
{
	mreq_src(s, IP_BLOCK_SOURCE, G4, "10.99.0.1");
	mreq_src(s, IP_DROP_SOURCE_MEMBERSHIP, G4, "10.99.0.1");
	mreq_src(s, IP_ADD_SOURCE_MEMBERSHIP, G4, "10.99.0.1");
	mreq_src(s, IP_ADD_SOURCE_MEMBERSHIP, G4, "10.99.0.1");
	mreq_src(s, IP_ADD_SOURCE_MEMBERSHIP, G4, "10.99.0.2");
	mreq_src(s, IP_BLOCK_SOURCE, G4, "10.99.0.3");
	get_msfilter(s, G4, 4);
	mreq_src(s, IP_DROP_SOURCE_MEMBERSHIP, G4, "10.99.0.9");
	mreq_src(s, IP_DROP_SOURCE_MEMBERSHIP, G4, "10.99.0.1");
	mreq_src(s, IP_DROP_SOURCE_MEMBERSHIP, G4, "10.99.0.2");
	mreq_src(s, IP_DROP_SOURCE_MEMBERSHIP, G4, "10.99.0.2");
	get_msfilter(s, G4, 4);
}

static void blocks(struct story *s)
{
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	mreq_src(s, IP_UNBLOCK_SOURCE, G4, "10.99.0.1");
	mreq_src(s, IP_BLOCK_SOURCE, G4, "10.99.0.1");
	mreq_src(s, IP_BLOCK_SOURCE, G4, "10.99.0.1");
	mreq_src(s, IP_ADD_SOURCE_MEMBERSHIP, G4, "10.99.0.2");
	mreq_src(s, IP_UNBLOCK_SOURCE, G4, "10.99.0.1");
	mreq_src(s, IP_ADD_SOURCE_MEMBERSHIP, G4, "10.99.0.2");
	for (int i = 1; i < 13; i++) {
		char src[32];

		snprintf(src, sizeof(src), "10.99.1.%d", i);
		mreq_src(s, IP_BLOCK_SOURCE, G4, src);
	}
	get_msfilter(s, G4, 2);
}

static void turn_empty(struct story *s)
{
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	mreq_src(s, IP_DROP_SOURCE_MEMBERSHIP, G4, "10.99.0.1");
	mreq_src(s, IP_ADD_SOURCE_MEMBERSHIP, G4, "10.99.0.1");
	get_msfilter(s, G4, 4);
}

static void source_lengths(struct story *s)
{
	static const int name[] = { IP_ADD_SOURCE_MEMBERSHIP,
				    IP_DROP_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE,
				    IP_UNBLOCK_SOURCE };
	char m[16] = { 0 };

	for (int i = 0; i < 4; i++) {
		set(s, V4, name[i], m, 11);
		set(s, V4, name[i], m, 13);
		set(s, V4, name[i], m, 12);
	}
}

static void msfilter(struct story *s)
{
	set_msfilter(s, G4, MCAST_INCLUDE, 2, 0);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	set_msfilter(s, G4, MCAST_INCLUDE, 2, 0);
	get_msfilter(s, G4, 0);
	get_msfilter(s, G4, 1);
	get_msfilter(s, G4, 9);
	set_msfilter(s, G4, MCAST_EXCLUDE, 3, 0);
	get_msfilter(s, G4, 9);
	set_msfilter(s, G4, MCAST_EXCLUDE, 0, 0);
	get_msfilter(s, G4, 9);
	set_msfilter(s, G4, 5, 1, 0);
	set_msfilter(s, G4, MCAST_EXCLUDE, 3, 1);
	set_msfilter(s, G4, MCAST_EXCLUDE, 0, 1);
	set_msfilter(s, G4, MCAST_EXCLUDE, 11, 0);
	set_msfilter(s, "10.1.1.1", MCAST_EXCLUDE, 1, 0);
	set_msfilter(s, G4, MCAST_INCLUDE, 0, 0);
	set_msfilter(s, G4, MCAST_INCLUDE, 0, 0);
	get_msfilter(s, G4, 9);
	get_msfilter(s, "10.1.1.1", 9);
}

static void groups(struct story *s, const char *group)
{
	group_req(s, MCAST_JOIN_GROUP, group, LO);
	group_req(s, MCAST_JOIN_GROUP, group, LO);
	group_req(s, MCAST_JOIN_GROUP, group, NOWHERE);
	group_req(s, MCAST_LEAVE_GROUP, group, NOWHERE);
	group_req(s, MCAST_LEAVE_GROUP, group, LO);
	group_req(s, MCAST_LEAVE_GROUP, group, LO);
	set(s, level_of(group), MCAST_JOIN_GROUP, group, 4);
}

static void groups4(struct story *s)
{
	groups(s, G4);
}

static void groups6(struct story *s)
{
	groups(s, G6);
}

static void wrong_family(struct story *s)
{
	struct group_req r = { .gr_interface = LO };
	struct group_source_req g = { .gsr_interface = LO };

	put(&r.gr_group, G6, 0);
	set(s, V4, MCAST_JOIN_GROUP, &r, sizeof(r));
	put(&g.gsr_group, G6, 0);
	set(s, V4, MCAST_BLOCK_SOURCE, &g, sizeof(g));
	put(&r.gr_group, G4, 0);
	set(s, V6, MCAST_JOIN_GROUP, &r, sizeof(r));
	put(&g.gsr_group, G4, 0);
	set(s, V6, MCAST_BLOCK_SOURCE, &g, sizeof(g));
}

static void group_sources(struct story *s, const char *group, const char *one,
			  const char *two)
{
	group_src(s, MCAST_BLOCK_SOURCE, group, one, LO);
	group_src(s, MCAST_JOIN_SOURCE_GROUP, group, one, LO);
	group_src(s, MCAST_JOIN_SOURCE_GROUP, group, one, LO);
	group_src(s, MCAST_JOIN_SOURCE_GROUP, group, two, LO);
	group_src(s, MCAST_BLOCK_SOURCE, group, two, LO);
	get_filter(s, group, LO, 3);
	get_filter(s, group, LO, 1);
	group_src(s, MCAST_LEAVE_SOURCE_GROUP, group, one, LO);
	group_src(s, MCAST_LEAVE_SOURCE_GROUP, group, one, LO);
	group_src(s, MCAST_LEAVE_SOURCE_GROUP, group, two, LO);
	get_filter(s, group, LO, 1);
	group_req(s, MCAST_JOIN_GROUP, group, LO);
	group_src(s, MCAST_UNBLOCK_SOURCE, group, two, LO);
	group_src(s, MCAST_BLOCK_SOURCE, group, two, LO);
	group_src(s, MCAST_UNBLOCK_SOURCE, group, two, LO);
	group_src(s, MCAST_JOIN_SOURCE_GROUP, group, two, LO);
	get_filter(s, group, LO, 1);
	group_src(s, MCAST_BLOCK_SOURCE, group, two, NOWHERE);
}

static void group_sources4(struct story *s)
{
	group_sources(s, G4, "10.99.0.1", "10.99.0.2");
}

static void group_sources6(struct story *s)
{
	group_sources(s, G6, "fd99::1", "fd99::2");
}

static void filters(struct story *s, const char *group, unsigned max)
{
	set_filter(s, group, MCAST_EXCLUDE, LO, 1);
	group_req(s, MCAST_JOIN_GROUP, group, LO);
	get_filter(s, group, LO, 4);
	set_filter(s, group, MCAST_INCLUDE, LO, 3);
	get_filter(s, group, LO, 2);
	get_filter(s, group, NOWHERE, 2);
	get_filter(s, group, 0, 2);
	set_filter(s, group, MCAST_EXCLUDE, LO, max);
	set_filter(s, group, MCAST_EXCLUDE, LO, max + 1);
	get_filter(s, group, LO, 1);
	set_filter(s, group, 9, LO, 1);
	set_filter(s, group, MCAST_EXCLUDE, NOWHERE, 1);
	set(s, level_of(group), MCAST_MSFILTER, group, 5);
	set_filter(s, group, MCAST_INCLUDE, LO, 0);
	set_filter(s, group, MCAST_INCLUDE, LO, 0);
}

static void filters4(struct story *s)
{
	filters(s, G4, 10);
}

static void filters6(struct story *s)
{
	filters(s, G6, 64);
}

static void multicast_if(struct story *s)
{
	struct ip_mreqn m = mreqn("0.0.0.0", "127.0.0.1", 0);
	struct in_addr a = { inet_addr("127.0.0.1") };

	get_int(s, V4, IP_MULTICAST_IF);
	set(s, V4, IP_MULTICAST_IF, &a, 4);
	get_int(s, V4, IP_MULTICAST_IF);
	set(s, V4, IP_MULTICAST_IF, &m, sizeof(struct ip_mreq));
	m = mreqn("0.0.0.0", "0.0.0.0", LO);
	set(s, V4, IP_MULTICAST_IF, &m, sizeof(m));
	m.imr_ifindex = NOWHERE;
	set(s, V4, IP_MULTICAST_IF, &m, sizeof(m));
	a.s_addr = inet_addr("10.99.77.77");
	set(s, V4, IP_MULTICAST_IF, &a, 4);
	set(s, V4, IP_MULTICAST_IF, &a, 3);
	a.s_addr = 0;
	set(s, V4, IP_MULTICAST_IF, &a, 4);
	get_int(s, V4, IP_MULTICAST_IF);
	get_int(s, V6, IPV6_MULTICAST_IF);
	set_int(s, V6, IPV6_MULTICAST_IF, LO);
	get_int(s, V6, IPV6_MULTICAST_IF);
	set_int(s, V6, IPV6_MULTICAST_IF, NOWHERE);
	set_int(s, V6, IPV6_MULTICAST_IF, -1);
	set_int(s, V6, IPV6_MULTICAST_IF, 0);
	set(s, V6, IPV6_MULTICAST_IF, &a, 3);
}

static void numbers(struct story *s)
{
	static const int v[] = { -2, -1, 0, 1, 2, 255, 256 };
	static const struct {
		int level, name;
	} opt[] = {
		{ V4, IP_MULTICAST_TTL },    { V4, IP_MULTICAST_LOOP },
		{ V4, IP_MULTICAST_ALL },    { V6, IPV6_MULTICAST_HOPS },
		{ V6, IPV6_MULTICAST_LOOP }, { V6, IPV6_MULTICAST_ALL },
	};

	for (unsigned i = 0; i < sizeof(opt) / sizeof(opt[0]); i++) {
		get_int(s, opt[i].level, opt[i].name);
		for (unsigned k = 0; k < sizeof(v) / sizeof(v[0]); k++) {
			set_int(s, opt[i].level, opt[i].name, v[k]);
			get_int(s, opt[i].level, opt[i].name);
		}
		set(s, opt[i].level, opt[i].name, "\1", 1);
		set(s, opt[i].level, opt[i].name, "", 0);
		get_int(s, opt[i].level, opt[i].name);
	}
}

/* --- stories of datagrams ------------------------------------------------- */

/* From another socket, with the loopback as the way to groups. */
static void shout(const struct story *s, const char *group, uint16_t port,
		  int loop)
{
	int v6 = level_of(group) == V6;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0), lo = LO;
	struct in_addr a = { inet_addr("127.0.0.1") };
	struct sockaddr_storage to;

	if (v6) {
		setsockopt(fd, V6, IPV6_MULTICAST_IF, &lo, sizeof(lo));
		setsockopt(fd, V6, IPV6_MULTICAST_LOOP, &loop, sizeof(loop));
	} else {
		setsockopt(fd, V4, IP_MULTICAST_IF, &a, sizeof(a));
		setsockopt(fd, V4, IP_MULTICAST_LOOP, &loop, sizeof(loop));
	}
	put(&to, group, port);
	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&to,
		   v6 ? sizeof(struct sockaddr_in6)
		      : sizeof(struct sockaddr_in)) < 0)
		printf(" sendto:%s", name_of(errno));
	table_settle();
	close(fd);
	(void)s;
}

static void heard(const struct story *s)
{
	char buf[8];

	tell(recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT));
}

static uint16_t listen_at(const struct story *s, const char *addr)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);

	put(&ss, addr, 0);
	if (bind(s->fd, (struct sockaddr *)&ss,
		 level_of(addr) == V6 ? sizeof(struct sockaddr_in6)
				      : sizeof(struct sockaddr_in)))
		printf(" bind:%s", name_of(errno));
	getsockname(s->fd, (struct sockaddr *)&ss, &n);
	return ntohs(ss.ss_family == AF_INET
			     ? ((struct sockaddr_in *)&ss)->sin_port
			     : ((struct sockaddr_in6 *)&ss)->sin6_port);
}

static const char *any_of(const struct story *s)
{
	return s->family == AF_INET ? "0.0.0.0" : "::";
}

static void hear4(struct story *s)
{
	uint16_t port;

	if (s->type != SOCK_DGRAM)
		return;
	port = listen_at(s, any_of(s));
	shout(s, G4, port, 1);
	heard(s);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	shout(s, G4, port, 1);
	heard(s);
	mreq_src(s, IP_BLOCK_SOURCE, G4, "127.0.0.1");
	shout(s, G4, port, 1);
	heard(s);
	mreq_src(s, IP_UNBLOCK_SOURCE, G4, "127.0.0.1");
	shout(s, G4, port, 1);
	heard(s);
	set_msfilter(s, G4, MCAST_INCLUDE, 2, 0);
	shout(s, G4, port, 1);
	heard(s);
	mreq(s, IP_DROP_MEMBERSHIP, G4, "127.0.0.1", 0);
	shout(s, G4, port, 1);
	heard(s);
}

static void hear6(struct story *s)
{
	uint16_t port;

	if (s->type != SOCK_DGRAM || s->family != AF_INET6)
		return;
	port = listen_at(s, "::");
	mreq6(s, IPV6_ADD_MEMBERSHIP, G6, LO);
	shout(s, G6, port, 1);
	heard(s);
	group_src(s, MCAST_BLOCK_SOURCE, G6, "::1", LO);
	shout(s, G6, port, 1);
	heard(s);
	mreq6(s, IPV6_DROP_MEMBERSHIP, G6, LO);
	shout(s, G6, port, 1);
	heard(s);
}

/* A second socket joins; does the first one hear it, too? */
static void all(struct story *s)
{
	struct story other = *s;
	uint16_t port;

	if (s->type != SOCK_DGRAM)
		return;
	port = listen_at(s, any_of(s));
	other.fd = socket(s->family, s->type, 0);
	mreq(&other, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	shout(s, G4, port, 1);
	heard(s);
	set_int(s, V4, IP_MULTICAST_ALL, 0);
	shout(s, G4, port, 1);
	heard(s);
	if (s->family == AF_INET6) {
		mreq6(&other, IPV6_ADD_MEMBERSHIP, G6, LO);
		shout(s, G6, port, 1);
		heard(s);
		set_int(s, V6, IPV6_MULTICAST_ALL, 0);
		shout(s, G6, port, 1);
		heard(s);
	}
	close(other.fd);
}

/* Bound to a group, one hears that group alone. */
static void bound_to_group(struct story *s)
{
	uint16_t port;

	if (s->type != SOCK_DGRAM || s->family != AF_INET)
		return;
	port = listen_at(s, G4);
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	mreq(s, IP_ADD_MEMBERSHIP, "239.1.2.4", "127.0.0.1", 0);
	shout(s, G4, port, 1);
	heard(s);
	shout(s, "239.1.2.4", port, 1);
	heard(s);
	shout(s, "127.0.0.1", port, 1);
	heard(s);
}

static void broadcast(struct story *s)
{
	static const char *const to[] = { "255.255.255.255",
					  "127.255.255.255" };
	struct sockaddr_storage ss;

	if (s->type != SOCK_DGRAM || s->family != AF_INET)
		return;
	tell(setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	for (int i = 0; i < 2; i++) {
		put(&ss, to[i], 9);
		tell(sendto(s->fd, "x", 1, 0, (struct sockaddr *)&ss, 16));
		tell(connect(s->fd, (struct sockaddr *)&ss, 16));
	}
}

static void close_joined(struct story *s)
{
	mreq(s, IP_ADD_MEMBERSHIP, G4, "127.0.0.1", 0);
	mreq6(s, IPV6_ADD_MEMBERSHIP, G6, LO);
	tell(close(s->fd));
	s->fd = socket(s->family, s->type, 0);
	mreq(s, IP_DROP_MEMBERSHIP, G4, "127.0.0.1", 0);
	mreq6(s, IPV6_DROP_MEMBERSHIP, G6, LO);
}

#define STORY(name)           \
	{                     \
#name, (name) \
	}

static const struct {
	const char *name;
	void (*tell)(struct story *s);
} stories[] = {
	STORY(join_twice),     STORY(join_bad),	      STORY(join_many),
	STORY(join6),	       STORY(sources),	      STORY(blocks),
	STORY(turn_empty),     STORY(source_lengths), STORY(msfilter),
	STORY(groups4),	       STORY(groups6),	      STORY(wrong_family),
	STORY(group_sources4), STORY(group_sources6), STORY(filters4),
	STORY(filters6),       STORY(multicast_if),   STORY(numbers),
	STORY(hear4),	       STORY(hear6),	      STORY(all),
	STORY(bound_to_group), STORY(broadcast),      STORY(close_joined),
};

enum { NSTORIES = sizeof(stories) / sizeof(stories[0]), KINDS = 4 };

size_t table_lines(void)
{
	return NSTORIES * KINDS;
}

size_t table_lines_of_state(void)
{
	return 1;
}

void table_line(size_t i)
{
	size_t kind = i / NSTORIES;
	struct story s = { .family = kind & 1 ? AF_INET6 : AF_INET,
			   .type = kind & 2 ? SOCK_STREAM : SOCK_DGRAM };

	s.fd = socket(s.family, s.type, 0);
	if (s.fd < 0)
		table_die();
	printf("%s%d/opt/now/%s: 0", s.type == SOCK_STREAM ? "tcp" : "udp",
	       s.family == AF_INET ? 4 : 6, stories[i % NSTORIES].name);
	stories[i % NSTORIES].tell(&s);
	printf("\n");
	close(s.fd);
	table_settle();
}

int table_main(void)
{
	for (size_t i = 0; i < table_lines(); i++)
		table_line(i);
	return 0;
}
