/* SPDX-License-Identifier: MIT */
/* IPv6 extension headers and IPv4 options between two hosts: what a kernel
 * cannot show on its loopback; tests/api/hdropts.c has the rest
 */
#define _GNU_SOURCE
#include "net.h"

#include <netinet/tcp.h>

static const uint8_t hop[8] = { 0, 0, 1, 4 };
/* fd99::2 first; RFC 6275 */
static const uint8_t mobile[24] = {
	0, 2, 2, 1, 0, 0, 0, 0, 0xfd, 0x99, [23] = 2
};
static uint8_t big[2040];

static int set6(struct net *n, int fd, int name, const void *p, size_t len)
{
	return ostia_setsockopt(n->a, fd, IPPROTO_IPV6, name, p,
				(socklen_t)len);
}

static ssize_t say(struct net *n, int fd, const char *host, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t alen = net_addr(&ss, host, 53);
	static const char bytes[4000];

	return ostia_sendto(n->a, fd, bytes, len, 0, (struct sockaddr *)&ss,
			    alen);
}

/* The next packet that host A sends, from its IP header on. */
static size_t next_packet(struct net *n, uint8_t *to, size_t room)
{
	struct ostia_pkt *p = ostia_link_output(n->la, 1);
	struct iovec iov[20];
	size_t done = 0;

	if (!p)
		return 0;
	for (int i = 0, k = ostia_pkt_iov(p, iov); i < k; i++) {
		size_t part = iov[i].iov_len < room - done ? iov[i].iov_len
							   : room - done;

		memcpy(to + done, iov[i].iov_base, part);
		done += part;
	}
	ostia_pkt_free_list(p);
	return done;
}

static void start(struct net *n)
{
	net_init_type(n, OSTIA_LINK_IP);
}

TEST(a_routing_header_goes_to_its_first_hop)
{
	uint8_t p[256], final[16];
	struct net n;
	int fd;

	start(&n);
	inet_pton(AF_INET6, "fd99::77", final);
	fd = ostia_socket(n.a, AF_INET6, SOCK_DGRAM, 0);
	EQ(set6(&n, fd, IPV6_RTHDR, mobile, sizeof(mobile)), 0);
	EQ(say(&n, fd, "fd99::77", 4), 4);
	EQ(next_packet(&n, p, sizeof(p)), 40 + 24 + 8 + 4);
	MEM(p + 24, mobile + 8, 16);
	EQ(p[6], 43);
	EQ(p[40], 17);
	MEM(p + 41, mobile + 1, 7);
	MEM(p + 48, final, 16);
	net_fini(&n);
}

TEST(RFC5095_a_route_of_type_0_is_refused)
{
	const uint8_t rh0[24] = { 0, 2, 0, 1 };
	struct net n;
	int fd;

	start(&n);
	fd = ostia_socket(n.a, AF_INET6, SOCK_DGRAM, 0);
	FAILS(set6(&n, fd, IPV6_RTHDR, rh0, sizeof(rh0)), EINVAL);
	net_fini(&n);
}

/* 192 bytes of headers are what a packet takes. */
TEST(too_many_headers_are_too_big_a_message)
{
	struct net n;
	uint8_t p[400];
	int fd;

	start(&n);
	fd = ostia_socket(n.a, AF_INET6, SOCK_DGRAM, 0);
	memset(big, 0, sizeof(big));
	big[1] = 184 / 8 - 1;
	EQ(set6(&n, fd, IPV6_DSTOPTS, big, 184), 0);
	EQ(set6(&n, fd, IPV6_HOPOPTS, hop, sizeof(hop)), 0);
	EQ(say(&n, fd, "fd99::2", 100), 100);
	EQ(next_packet(&n, p, sizeof(p)), 40 + 192 + 8 + 100);
	EQ(p[6], 0);
	EQ(p[40], 60);
	EQ(p[48], 17);
	big[1] = 192 / 8 - 1;
	EQ(set6(&n, fd, IPV6_DSTOPTS, big, 192), 0);
	FAILS(say(&n, fd, "fd99::2", 100), EMSGSIZE);
	EQ(set6(&n, fd, IPV6_HOPOPTS, NULL, 0), 0);
	EQ(say(&n, fd, "fd99::2", 100), 100);
	/* all that can be set, and never sent */
	big[1] = 254;
	EQ(set6(&n, fd, IPV6_DSTOPTS, big, 2040), 0);
	FAILS(say(&n, fd, "fd99::2", 1), EMSGSIZE);
	fd = ostia_socket(n.a, AF_INET6, SOCK_STREAM, 0);
	FAILS(set6(&n, fd, IPV6_DSTOPTS, big, 2040), EMSGSIZE);
	net_fini(&n);
}

/* RFC 8200 4.5: hop-by-hop before the fragment header, the rest behind. */
TEST(fragments_carry_what_routers_read)
{
	uint8_t p[1600];
	struct net n;
	int fd;

	start(&n);
	fd = ostia_socket(n.a, AF_INET6, SOCK_DGRAM, 0);
	memset(big, 0, sizeof(big));
	big[1] = 176 / 8 - 1;
	EQ(set6(&n, fd, IPV6_HOPOPTS, big, 176), 0);
	EQ(set6(&n, fd, IPV6_DSTOPTS, hop, sizeof(hop)), 0);
	EQ(say(&n, fd, "fd99::2", 2000), 2000);
	for (int i = 0; i < 2; i++) {
		size_t len = next_packet(&n, p, sizeof(p));

		OK(len > 40 + 176 + 8 && len <= 1500);
		EQ(p[6], 0);
		EQ(p[40], 44);
		EQ(p[40 + 176], 60);
		EQ((p[40 + 176 + 3] & 1), !i);
	}
	EQ(next_packet(&n, p, sizeof(p)), 0);
	net_fini(&n);
}

static int mss_of(struct net *n, int fd)
{
	int v = 0;
	socklen_t len = sizeof(v);

	EQ(ostia_getsockopt(n->a, fd, IPPROTO_TCP, TCP_MAXSEG, &v, &len), 0);
	return v;
}

TEST(segments_are_shorter_by_what_goes_with_them)
{
	static char bytes[100000];
	struct net n;
	int l, fd, c, mss;

	start(&n);
	l = net_socket(n.b, "::", SOCK_STREAM);
	EQ(net_bind(n.b, l, "::", 80), 0);
	EQ(ostia_listen(n.b, l, 1), 0);
	fd = net_socket(n.a, "::", SOCK_STREAM);
	net_connect(n.a, fd, "fd99::2", 80);
	net_run(&n);
	mss = mss_of(&n, fd);
	EQ(set6(&n, fd, IPV6_DSTOPTS, hop, sizeof(hop)), 0);
	EQ(mss_of(&n, fd), mss - 8);
	EQ(set6(&n, fd, IPV6_RTHDRDSTOPTS, hop, sizeof(hop)), 0);
	EQ(mss_of(&n, fd), mss - 8); /* not without a route */
	c = ostia_accept(n.b, l, NULL, NULL);
	OK(c >= 0);
	for (size_t sent = 0, got = 0; got < sizeof(bytes);) {
		ssize_t r = ostia_send(n.a, fd, bytes + sent,
				       sizeof(bytes) - sent, MSG_DONTWAIT);

		sent += r > 0 ? (size_t)r : 0;
		net_pass(&n, OSTIA_MS);
		r = ostia_recv(n.b, c, bytes, sizeof(bytes), MSG_DONTWAIT);
		got += r > 0 ? (size_t)r : 0;
		OK(n.now < 60 * OSTIA_S);
	}
	EQ(set6(&n, fd, IPV6_DSTOPTS, NULL, 0), 0);
	EQ(mss_of(&n, fd), mss);
	net_fini(&n);
}

TESTS(CASE(a_routing_header_goes_to_its_first_hop),
      CASE(RFC5095_a_route_of_type_0_is_refused),
      CASE(too_many_headers_are_too_big_a_message),
      CASE(fragments_carry_what_routers_read),
      CASE(segments_are_shorter_by_what_goes_with_them))
