/* SPDX-License-Identifier: MIT */
/* UDP's rows of SECURITY.md, on a host whose wire is written by hand. */
#include "peer.h"

static int udp(struct peer *p, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };
	int fd = ostia_socket(p->proc, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	OK(fd >= 0);
	EQ(ostia_bind(p->proc, fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static ssize_t udp_to(struct peer *p, int fd, uint32_t host, uint16_t port,
		      size_t n)
{
	static char data[6000];
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(host) };

	return ostia_sendto(p->proc, fd, data, n, 0, (struct sockaddr *)&a,
			    sizeof(a));
}

static void udp_from(struct peer *p, uint32_t src, uint32_t dst, uint16_t sport,
		     uint16_t dport)
{
	uint8_t b[20 + 8 + 4] = { 0 };

	be16(b + 20, sport);
	be16(b + 22, dport);
	be16(b + 24, 12);
	put_ip4(b, src, dst, IPPROTO_UDP, 12);
	peer_raw(p, b, sizeof(b));
}

/* Each datagram leaves by its own link, and is cut for it. */
TEST(row18_what_is_for_loopback_never_leaves_by_a_wire)
{
	struct peer p;
	struct seen s;
	char buf[16];
	unsigned wire = 0;
	int to, fd;

	peer_init(&p);
	to = udp(&p, 53);
	fd = udp(&p, 54);
	EQ(udp_to(&p, fd, ip4(2), 9, 4000), 4000);
	EQ(udp_to(&p, fd, 0x7f000001, 53, 8), 8);
	while (peer_next(&p, &s)) {
		EQ(rd32(s.b + 16), ip4(2));
		OK(s.len <= 1500);
		wire++;
	}
	EQ(wire, 3);
	ostia_advance(p.s, ostia_now(p.s) + 1);
	EQ(ostia_recv(p.proc, to, buf, sizeof(buf), 0), 8);
	peer_fini(&p);
}

/* CVE-2024-2169: no answer to what nobody can have sent, and none to all. */
TEST(row30_nothing_is_said_to_groups_or_nobody)
{
	static const uint32_t nobody[] = { 0x00000000, 0xffffffff, 0xe0000001,
					   0x7f000001, 0x0a63ffff, 0xf0000001 };
	struct peer p;

	peer_init(&p);
	for (unsigned i = 0; i < 6; i++) {
		udp_from(&p, nobody[i], ip4(1), 7, 9);
		udp_from(&p, ip4(2), i ? nobody[i] : 0xffffffff, 7, 9);
		peer_tcp(&p,
			 &(struct tcp_says) { .src = nobody[i] ? nobody[i] : 1,
					      .sport = 7,
					      .dport = 9,
					      .flags = ACK });
		if (nobody[i])
			peer_tcp(&p, &(struct tcp_says) { .dst = nobody[i],
							  .sport = 7,
							  .dport = 9,
							  .flags = SYN });
	}
	EQ(peer_drain(&p, NULL), 0);
	udp_from(&p, ip4(2), ip4(1), 7, 9); /* and it can speak */
	EQ(peer_drain(&p, NULL), 1);
	peer_fini(&p);
}

/* A source port of a new connection tells nothing of the next one's. */
TEST(row20_source_ports_are_not_in_order)
{
	unsigned steps = 0;
	uint16_t before = 0;
	struct peer p;

	peer_init(&p);
	for (unsigned i = 0; i < 500; i++) {
		struct sockaddr_in a = { .sin_family = AF_INET,
					 .sin_port = htons(9) };
		struct seen s;
		int fd = ostia_socket(p.proc, AF_INET,
				      SOCK_STREAM | SOCK_NONBLOCK, 0);

		a.sin_addr.s_addr = htonl(ip4(2 + i)); /* another place */
		EQ(ostia_connect(p.proc, fd, (struct sockaddr *)&a, sizeof(a)),
		   -1);
		OK(peer_next(&p, &s));
		steps += (uint16_t)(s.sport - before + 16) < 32;
		before = s.sport;
		EQ(ostia_close(p.proc, fd), 0);
	}
	OK(steps < 20);
	peer_fini(&p);
}

TESTS(CASE(row18_what_is_for_loopback_never_leaves_by_a_wire),
      CASE(row20_source_ports_are_not_in_order),
      CASE(row30_nothing_is_said_to_groups_or_nobody))
