/* SPDX-License-Identifier: MIT */
/* S1, W4, R4: raw sockets over a wire; tests/api/rawtable.c has the rest */
#define _GNU_SOURCE
#include "net.h"

#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>

enum { PROTO = 253, HDRINCL6 = 36 };

static uint16_t fold(const uint8_t *b, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? b[i] : (uint32_t)b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static ssize_t send_to(struct net *n, int fd, const char *host, const void *p,
		       size_t len)
{
	struct sockaddr_storage ss;
	socklen_t alen = net_addr(&ss, host, 0);
	ssize_t r =
		ostia_sendto(n->a, fd, p, len, 0, (struct sockaddr *)&ss, alen);

	net_run(n);
	return r;
}

TEST(W4_a_header_of_ones_own_is_completed)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 9, .protocol = PROTO
	};
	uint8_t out[24], in[64];
	struct iphdr got;
	const int on = 1;
	struct net n;
	int a, b;

	net_init(&n);
	a = ostia_socket(n.a, AF_INET, SOCK_RAW, IPPROTO_RAW);
	b = ostia_socket(n.b, AF_INET, SOCK_RAW, PROTO);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IP, IP_HDRINCL, &on, 4), 0);
	inet_pton(AF_INET, "10.99.0.2", &ip.daddr);
	memcpy(out, &ip, sizeof(ip));
	memcpy(out + 20, "data", 4);
	EQ(send_to(&n, a, "10.99.0.2", out, 24), 24);
	EQ(ostia_recv(n.b, b, in, sizeof(in), 0), 24);
	memcpy(&got, in, sizeof(got));
	EQ(ntohs(got.tot_len), 24);
	EQ(got.ttl, 9);
	OK(got.id != 0);
	EQ(ntohl(got.saddr), 0x0a630001);
	EQ(fold(in, 20, 0), 0);
	MEM(in + 20, "data", 4);
	/* what it says of itself stays, but for length and sum */
	ip.id = htons(77);
	ip.tot_len = htons(9999);
	memcpy(out, &ip, sizeof(ip));
	EQ(send_to(&n, a, "10.99.0.2", out, 24), 24);
	EQ(ostia_recv(n.b, b, in, sizeof(in), 0), 24);
	memcpy(&got, in, sizeof(got));
	EQ(ntohs(got.id), 77);
	EQ(ntohs(got.tot_len), 24);
	FAILS(send_to(&n, a, "10.99.0.2", out, 19), EINVAL);
	FAILS(send_to(&n, a, "10.99.0.2", out, 1501), EMSGSIZE);
	net_fini(&n);
}

TEST(W4_an_ipv6_header_of_ones_own_is_sent_as_it_is)
{
	struct ip6_hdr ip = { .ip6_nxt = PROTO, .ip6_hlim = 9 };
	uint8_t out[44], in[64];
	const int on = 1;
	struct net n;
	int a, b;

	net_init(&n);
	a = ostia_socket(n.a, AF_INET6, SOCK_RAW, IPPROTO_RAW);
	b = ostia_socket(n.b, AF_INET6, SOCK_RAW, PROTO);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IPV6, HDRINCL6, &on, 4), 0);
	ip.ip6_flow = htonl(6u << 28);
	ip.ip6_plen = htons(4);
	inet_pton(AF_INET6, "fd99::1", &ip.ip6_src);
	inet_pton(AF_INET6, "fd99::2", &ip.ip6_dst);
	memcpy(out, &ip, sizeof(ip));
	memcpy(out + 40, "data", 4);
	EQ(send_to(&n, a, "fd99::2", out, 44), 44);
	EQ(ostia_recv(n.b, b, in, sizeof(in), 0), 4);
	MEM(in, "data", 4);
	FAILS(send_to(&n, a, "fd99::2", out, 39), EINVAL);
	net_fini(&n);
}

/* RFC 3542 3.1: made on the way out, and asked for on the way in. */
TEST(W4_IPV6_CHECKSUM_is_made_and_verified)
{
	static const uint8_t pseudo[] = { 0xfd, 0x99, 0, 0, 0, 0, 0, 0,
					  0,	0,    0, 0, 0, 0, 0, 1,
					  0xfd, 0x99, 0, 0, 0, 0, 0, 0,
					  0,	0,    0, 0, 0, 0, 0, 2,
					  0,	0,    0, 8, 0, 0, 0, PROTO };
	uint8_t out[8] = "ab??cdef", in[64];
	const int at = 2;
	struct net n;
	int a, b;

	net_init(&n);
	a = ostia_socket(n.a, AF_INET6, SOCK_RAW, PROTO);
	b = ostia_socket(n.b, AF_INET6, SOCK_RAW, PROTO);
	EQ(ostia_setsockopt(n.a, a, IPPROTO_IPV6, IPV6_CHECKSUM, &at, 4), 0);
	EQ(ostia_setsockopt(n.b, b, IPPROTO_IPV6, IPV6_CHECKSUM, &at, 4), 0);
	EQ(send_to(&n, a, "fd99::2", out, 8), 8);
	EQ(ostia_recv(n.b, b, in, sizeof(in), 0), 8);
	EQ(fold(in, 8, (uint16_t)~fold(pseudo, sizeof(pseudo), 0)), 0);
	/* one that is wrong does not come up */
	a = ostia_socket(n.a, AF_INET6, SOCK_RAW, PROTO);
	EQ(send_to(&n, a, "fd99::2", out, 8), 8);
	FAILS(ostia_recv(n.b, b, in, sizeof(in), 0), EAGAIN);
	net_fini(&n);
}

TEST(R4_icmp_too_short_for_a_type_is_shown_to_nobody)
{
	struct net n;
	uint8_t in[64];
	int a, b, other;

	net_init(&n);
	a = ostia_socket(n.a, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	b = ostia_socket(n.b, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	other = ostia_socket(n.b, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	EQ(send_to(&n, a, "10.99.0.2", "\x08\0\0\0\0\0\0", 7), 7);
	FAILS(ostia_recv(n.b, b, in, sizeof(in), 0), EAGAIN);
	EQ(send_to(&n, a, "10.99.0.2", "\x0d\0\0\0\0\0\0\0", 8), 8);
	EQ(ostia_recv(n.b, b, in, sizeof(in), 0), 28);
	EQ(ostia_recv(n.b, other, in, sizeof(in), 0), 28); /* each has one */
	FAILS(send_to(&n, a, "10.99.0.2", "\x08", 1), EFAULT);
	net_fini(&n);
}

TESTS(CASE(W4_a_header_of_ones_own_is_completed),
      CASE(W4_an_ipv6_header_of_ones_own_is_sent_as_it_is),
      CASE(W4_IPV6_CHECKSUM_is_made_and_verified),
      CASE(R4_icmp_too_short_for_a_type_is_shown_to_nobody))
