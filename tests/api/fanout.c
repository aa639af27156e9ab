/* SPDX-License-Identifier: MIT */
/*
 * tests/api/fanout.c - PACKET_FANOUT and PACKET_VNET_HDR, on the kernel and on
 * ours: the same source, and the same lines
 *
 * Packet sockets share what passes on the loopback. Where a hash or a buffer's
 * size decides, which are others on each side, a line tells what must be so.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/udp.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef PACKET_VNET_HDR_SZ
#define PACKET_VNET_HDR_SZ 24
#endif

enum {
	LO = 1,
	TEAM = 3,
	PORT = 3000,
	ETHER = 14,
	IP = 20,
	UDP = 8,
	PROTO = 253,
	ROOM = 70000,
	IGNORES = 0x4000, /* PACKET_FANOUT_FLAG_IGNORE_OUTGOING */
};

static uint8_t buf[ROOM];

static const char *said(ssize_t r)
{
	const char *name = r < 0 ? strerrorname_np(errno) : "0";

	return name ? name : "?";
}

static int open_packet(int type, uint16_t proto, int index)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(proto),
				  .sll_ifindex = index };
	int fd = socket(AF_PACKET, type | SOCK_NONBLOCK, 0);

	if (fd < 0)
		table_die();
	if ((proto || index) &&
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		table_die();
	return fd;
}

static int join_many(int fd, unsigned id, unsigned type_flags, uint32_t max)
{
	struct {
		uint16_t id, type_flags;
		uint32_t max;
	} args = { (uint16_t)id, (uint16_t)type_flags, max };

	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &args, sizeof(args));
}

static int join(int fd, unsigned id, unsigned type_flags)
{
	uint32_t arg = id | type_flags << 16;

	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &arg, sizeof(arg));
}

static unsigned group_of(int fd)
{
	unsigned v = 0;
	socklen_t len = sizeof(v);

	return getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &v, &len) ? 1 : v;
}

/*
 * --- joining -------------------------------------------------------------
 */

static void show_join(const char *what, int fd, int r)
{
	printf("%s: %s", what, said(r));
	printf(" %08x\n", group_of(fd));
}

static void pairs(void)
{
	static const unsigned kinds[] = { 0,	  1,	  2,	  3,	 4,
					  5,	  6,	  7,	  8,	 0x1000,
					  0x1003, 0x4000, 0x8000, 0x0101 };
	enum { N = sizeof(kinds) / sizeof(kinds[0]) };

	for (unsigned i = 0; i < N * N; i++) {
		int a = open_packet(SOCK_RAW, ETH_P_IP, LO);
		int b = open_packet(SOCK_RAW, ETH_P_IP, LO);
		char text[64];

		snprintf(text, sizeof(text), "first 0x%x", kinds[i / N]);
		show_join(text, a, join(a, 7, kinds[i / N]));
		snprintf(text, sizeof(text), "then 0x%x", kinds[i % N]);
		show_join(text, b, join(b, 7, kinds[i % N]));
		close(a);
		close(b);
	}
}

static void odd_joins(void)
{
	static const struct {
		const char *what;
		int type;
		uint16_t proto;
		int index;
	} others[] = {
		{ "no protocol", SOCK_RAW, 0, 0 },
		{ "all links", SOCK_RAW, ETH_P_IP, 0 },
		{ "another protocol", SOCK_RAW, ETH_P_ARP, LO },
		{ "cooked", SOCK_DGRAM, ETH_P_IP, LO },
	};
	int a = open_packet(SOCK_RAW, ETH_P_IP, LO), b;

	show_join("two of two", a, join_many(a, 9, 1, 2));
	show_join("twice", a, join_many(a, 9, 1, 2));
	show_join("another group", a, join(a, 8, 1));
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		b = open_packet(others[i].type, others[i].proto,
				others[i].index);
		show_join(others[i].what, b, join(b, 9, 1));
		close(b);
	}
	b = open_packet(SOCK_RAW, ETH_P_IP, LO);
	show_join("of three", b, join_many(b, 9, 1, 3));
	show_join("of two", b, join_many(b, 9, 1, 2));
	close(b);
	b = open_packet(SOCK_RAW, ETH_P_IP, LO);
	show_join("its place", b, join_many(b, 9, 1, 0));
	{
		int c = open_packet(SOCK_RAW, ETH_P_IP, LO);

		show_join("full", c, join(c, 9, 1));
		show_join("too many", c, join_many(c, 10, 1, 65537));
		show_join("most", c, join_many(c, 10, 1, 65536));
		close(c);
	}
	close(a);
	close(b);
}

static void binding(void)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = LO };
	int a = open_packet(SOCK_RAW, ETH_P_IP, LO);
	int b = open_packet(SOCK_RAW, ETH_P_IP, LO);
	unsigned ga, gb;

	printf("unique with a number: %s\n", said(join(a, 5, 0x2000)));
	printf("unique: %s", said(join(a, 0, 0x2001)));
	printf(" %s", said(join(b, 0, 0x2001)));
	ga = group_of(a);
	gb = group_of(b);
	printf(" %d %x %x\n", ga != gb, ga >> 16, gb >> 16);
	printf("bind: %s\n", said(bind(a, (struct sockaddr *)&ll, sizeof(ll))));
	close(a);
	close(b);
}

/*
 * --- who gets what -------------------------------------------------------
 */

struct team {
	int fd[TEAM], to, from;
	unsigned got[TEAM];
};

static struct sockaddr_in local(uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	in.sin_port = htons(port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return in;
}

static int open_udp(uint16_t port)
{
	struct sockaddr_in in = local(port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		table_die();
	return fd;
}

static void say(int fd, uint16_t port, const void *p, size_t n)
{
	struct sockaddr_in to = local(port);

	if (sendto(fd, p, n, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		table_die();
	table_settle();
}

static void begin(struct team *t, unsigned type_flags)
{
	memset(t, 0, sizeof(*t));
	t->to = open_udp(PORT);
	t->from = open_udp(PORT + 1);
	for (int i = 0; i < TEAM; i++) {
		t->fd[i] = open_packet(SOCK_DGRAM, ETH_P_IP, LO);
		printf("%s ", said(join(t->fd[i], 11, type_flags)));
	}
}

static void count(struct team *t)
{
	for (int i = 0; i < TEAM; i++)
		while (recv(t->fd[i], buf, sizeof(buf), 0) >= 0)
			t->got[i]++;
}

static void show_count(struct team *t, const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < TEAM; i++)
		printf(" %u", t->got[i]);
	printf("\n");
}

static void end(struct team *t)
{
	for (int i = 0; i < TEAM; i++)
		close(t->fd[i]);
	close(t->to);
	close(t->from);
}

static void in_turn(void)
{
	struct team t;

	begin(&t, PACKET_FANOUT_LB);
	for (unsigned i = 0; i < 7; i++) {
		say(t.from, PORT, "x", 1);
		count(&t);
		show_count(&t, "turn");
	}
	close(t.fd[0]); /* the last takes its place */
	for (unsigned i = 0; i < 4; i++) {
		say(t.from, PORT, "x", 1);
		count(&t);
		show_count(&t, "turn of two");
	}
	end(&t);
}

static void by_flow(void)
{
	struct team t;
	unsigned sum = 0, who = 0;

	begin(&t, PACKET_FANOUT_HASH);
	for (unsigned i = 0; i < 8; i++) /* there and back */
		say(i & 1 ? t.to : t.from, i & 1 ? PORT + 1 : PORT, "x", 1);
	count(&t);
	for (unsigned i = 0; i < TEAM; i++) {
		sum += t.got[i];
		who += t.got[i] != 0;
	}
	printf("hash: %u to %u\n", sum, who);
	end(&t);
}

static void others(void)
{
	struct team t;
	unsigned sum = 0;

	begin(&t, PACKET_FANOUT_QM);
	for (unsigned i = 0; i < 3; i++)
		say(t.from, PORT, "x", 1);
	count(&t);
	show_count(&t, "queue");
	end(&t);
	begin(&t, PACKET_FANOUT_EBPF);
	say(t.from, PORT, "x", 1);
	count(&t);
	show_count(&t, "no program");
	end(&t);
	begin(&t, PACKET_FANOUT_RND);
	for (unsigned i = 0; i < 9; i++)
		say(t.from, PORT, "x", 1);
	count(&t);
	for (unsigned i = 0; i < TEAM; i++)
		sum += t.got[i];
	printf("by chance: %u\n", sum);
	end(&t);
}

static void by_program(void)
{
	/* the datagram's first byte: byte 0 is IP's header */
	struct sock_filter insn[] = {
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, IP + UDP },
		{ BPF_RET | BPF_A, 0, 0, 0 },
	};
	struct sock_fprog prog = { 2, insn };
	struct team t;
	int lone = open_packet(SOCK_RAW, ETH_P_IP, LO);

	printf("alone: %s\n",
	       said(setsockopt(lone, SOL_PACKET, PACKET_FANOUT_DATA, &prog,
			       sizeof(prog))));
	close(lone);
	begin(&t, PACKET_FANOUT_LB);
	printf("of turns: %s\n",
	       said(setsockopt(t.fd[0], SOL_PACKET, PACKET_FANOUT_DATA, &prog,
			       sizeof(prog))));
	end(&t);
	begin(&t, PACKET_FANOUT_CBPF);
	say(t.from, PORT, "2", 1);
	count(&t);
	show_count(&t, "no program yet");
	printf("short: %s\n", said(setsockopt(t.fd[0], SOL_PACKET,
					      PACKET_FANOUT_DATA, &prog, 4)));
	printf("program: %s\n",
	       said(setsockopt(t.fd[2], SOL_PACKET, PACKET_FANOUT_DATA, &prog,
			       sizeof(prog))));
	for (uint8_t i = 0; i < 9; i++) {
		uint8_t text[2] = { (uint8_t)(i * 5), 0 };

		say(t.from, PORT, text, sizeof(text));
		count(&t);
		show_count(&t, "program");
	}
	prog.len = 0;
	printf("none: %s\n",
	       said(setsockopt(t.fd[0], SOL_PACKET, PACKET_FANOUT_DATA, &prog,
			       sizeof(prog))));
	end(&t);
}

static void show_stats(const struct team *t, const char *what)
{
	struct tpacket_rollover_stats st = { 0 };
	socklen_t len = sizeof(st);
	int r = getsockopt(t->fd[0], SOL_PACKET, PACKET_ROLLOVER_STATS, &st,
			   &len);

	printf("%s: %s %u", what, said(r), len);
	printf(" %d %d\n", st.tp_all != 0, st.tp_failed != 0);
}

/* What has no room goes to the next. */
static void roll(unsigned type_flags)
{
	static char big[8000];
	const int small = 20000;
	struct team t;

	begin(&t, type_flags);
	for (int i = 0; i < TEAM; i++)
		setsockopt(t.fd[i], SOL_SOCKET, SO_RCVBUF, &small, 4);
	show_stats(&t, "before");
	say(t.from, PORT, big, sizeof(big));
	show_stats(&t, "one");
	for (unsigned i = 0; i < 5; i++)
		say(t.from, PORT, big, sizeof(big));
	show_stats(&t, "six");
	count(&t);
	printf("all have some: %d\n",
	       (t.got[0] != 0) + (t.got[1] != 0) + (t.got[2] != 0));
	for (unsigned i = 0; i < 30; i++)
		say(t.from, PORT, big, sizeof(big));
	show_stats(&t, "thirty");
	end(&t);
}

static void outgoing(unsigned flags)
{
	int a = open_packet(SOCK_DGRAM, ETH_P_ALL, LO);
	int b = open_packet(SOCK_DGRAM, ETH_P_ALL, LO);
	int from = open_udp(PORT + 1), to = open_udp(PORT);
	unsigned n = 0;

	printf("%s ", said(join(a, 3, flags)));
	printf("%s ", said(join(b, 3, flags)));
	say(from, PORT, "x", 1);
	while (recv(a, buf, sizeof(buf), 0) >= 0)
		n++;
	while (recv(b, buf, sizeof(buf), 0) >= 0)
		n++;
	printf("outgoing 0x%x: %u\n", flags, n);
	close(a);
	close(b);
	close(from);
	close(to);
}

/*
 * --- fragments -----------------------------------------------------------
 */

static size_t fragment(uint8_t *p, bool more, unsigned off, unsigned n)
{
	static const uint8_t to[8] = { 127, 0, 0, 1, 127, 0, 0, 1 };
	uint32_t sum = 0;

	memset(p, 0, IP + n);
	p[0] = 0x45;
	p[2] = (uint8_t)((IP + n) >> 8);
	p[3] = (uint8_t)(IP + n);
	p[4] = 0x12;
	p[6] = (uint8_t)((more ? 0x20 : 0) | off >> 11);
	p[7] = (uint8_t)(off >> 3);
	p[8] = 64;
	p[9] = PROTO;
	memcpy(p + 12, to, sizeof(to));
	for (int i = 0; i < IP; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	return IP + n;
}

static void defrag(unsigned flags, int type)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = LO };
	int fd = open_packet(type, ETH_P_IP, LO);
	int out = open_packet(SOCK_DGRAM, 0, 0);
	int at = 9 + (type == SOCK_RAW ? ETHER : 0);
	ssize_t n;

	printf("defrag 0x%x: %s\n", flags, said(join(fd, 4, flags)));
	for (int i = 0; i < 3; i++) {
		size_t len =
			fragment(buf, i < 2, (unsigned)i * 64, i < 2 ? 64 : 10);

		sendto(out, buf, len, 0, (struct sockaddr *)&ll, sizeof(ll));
		table_settle();
		/* our side answers what the kernel calls a martian */
		while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0)
			if (buf[at] == PROTO)
				printf("after %d: %zd\n", i, n);
	}
	close(fd);
	close(out);
}

/*
 * --- PACKET_VNET_HDR -----------------------------------------------------
 */

static void want_vnet(int fd, int size)
{
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR_SZ, &size, 4) < 0)
		table_die();
}

static void show_vnet(int fd, const char *what, size_t room, int flags)
{
	struct virtio_net_hdr h = { 0 };
	struct iovec iov[2] = { { &h, sizeof(h) }, { buf, room } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n = recvmsg(fd, &m, flags);

	printf("%s: %zd %x", what, n, (unsigned)m.msg_flags);
	if (n < 0)
		printf(" %s\n", said(n));
	else
		printf(" flags %u type %u size %u sum at %u + %u\n", h.flags,
		       h.gso_type, h.gso_size, h.csum_start, h.csum_offset);
}

static void receive_vnet(void)
{
	int fd = open_packet(SOCK_RAW, ETH_P_IP, LO), size = 1000;
	int from = open_udp(PORT + 1), to = open_udp(PORT);
	static char text[5000];

	want_vnet(fd, 10);
	say(from, PORT, text, 100);
	show_vnet(fd, "lone", 2000, 0);
	say(from, PORT, text, 100);
	show_vnet(fd, "peek", 20, MSG_PEEK | MSG_TRUNC);
	show_vnet(fd, "cut", 20, 0);
	setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
	say(from, PORT, text, 3500);
	show_vnet(fd, "super", 9000, 0);
	say(from, PORT, text, 1000);
	show_vnet(fd, "one part", 9000, 0);
	say(from, PORT, text, 10);
	printf("no room: %s\n", said(recv(fd, buf, 9, 0)));
	printf("it is gone: %s\n", said(recv(fd, buf, 90, 0)));
	want_vnet(fd, 12);
	say(from, PORT, text, 10);
	printf("of twelve: %zd %x\n", recv(fd, buf, 90, 0), buf[12 + 23]);
	want_vnet(fd, 0);
	say(from, PORT, text, 10);
	printf("of none: %zd\n", recv(fd, buf, 90, 0));
	close(fd);
	close(from);
	close(to);
}

static size_t datagram(uint8_t *p, unsigned n)
{
	uint8_t *ip = p + ETHER, *udp = ip + IP;
	uint32_t sum = 0;

	memset(p, 0, ETHER);
	p[12] = 8;
	fragment(ip, false, 0, UDP + n);
	ip[9] = IPPROTO_UDP;
	ip[10] = ip[11] = 0;
	for (int i = 0; i < IP; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	udp[0] = (PORT + 1) >> 8;
	udp[1] = (PORT + 1) & 255;
	udp[2] = PORT >> 8;
	udp[3] = PORT & 255;
	udp[4] = (uint8_t)((UDP + n) >> 8);
	udp[5] = (uint8_t)(UDP + n);
	/* the pseudo header's sum: of 127.0.0.1 twice, protocol and length */
	sum = 0x7f00 * 2 + 2 + IPPROTO_UDP + UDP + n;
	udp[6] = (uint8_t)(sum >> 8);
	udp[7] = (uint8_t)sum;
	return ETHER + IP + UDP + n;
}

/* What arrives is looked at as a frame: see above of martians. */
static void send_one(int fd, int see, struct virtio_net_hdr *h, unsigned n)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = LO };
	struct iovec iov[2] = { { h, sizeof(*h) }, { buf, 0 } };
	struct msghdr m = { .msg_name = &ll,
			    .msg_namelen = sizeof(ll),
			    .msg_iov = iov,
			    .msg_iovlen = 2 };
	ssize_t r;

	iov[1].iov_len = datagram(buf, n);
	r = sendmsg(fd, &m, 0);
	printf("send flags %u type %u size %u len %u at %u + %u of %u: %zd %s",
	       h->flags, h->gso_type, h->gso_size, h->hdr_len, h->csum_start,
	       h->csum_offset, n, r, said(r));
	printf("\n");
	table_settle();
	show_vnet(see, "arrives", sizeof(buf), 0);
	show_vnet(see, "alone", sizeof(buf), 0);
}

static void send_vnet(void)
{
	struct {
		struct virtio_net_hdr h;
		unsigned n;
	} sent[] = {
		{ { 1, 0, 0, 0, 34, 6 }, 100 },
		{ { 1, 0, 42, 0, 34, 6 }, 100 },
		{ { 1, 0, 143, 0, 34, 6 }, 100 },
		{ { 0, 0, 143, 0, 0, 0 }, 100 },
		{ { 1, 0, 0, 0, 141, 6 }, 100 },
		{ { 1, 0, 0, 0, 0xffff, 0xffff }, 100 },
		{ { 1, 5, 42, 1000, 34, 6 }, 3500 },
		{ { 1, 5, 42, 1000, 34, 6 }, 1000 },
		{ { 1, 5, 42, 1000, 34, 6 }, 10 },
		{ { 1, 5, 42, 0, 34, 6 }, 3500 },
		{ { 1, 5, 42, 0xffff, 34, 6 }, 3500 },
		{ { 1, 5, 42, 10, 34, 6 }, 3500 },
		{ { 1, 5, 42, 1000, 34, 4 }, 3500 },
		{ { 1, 2, 42, 1000, 34, 6 }, 3500 },
		{ { 1, 6, 42, 1000, 34, 6 }, 3500 },
		{ { 0, 5, 42, 1000, 0, 0 }, 3500 },
	};
	int fd = open_packet(SOCK_RAW, 0, 0), to = open_udp(PORT), one = 1;
	int cooked = open_packet(SOCK_DGRAM, 0, 0);
	int see = open_packet(SOCK_RAW, ETH_P_IP, LO);

	want_vnet(fd, 10);
	want_vnet(see, 10);
	for (unsigned i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		send_one(fd, see, &sent[i].h, sent[i].n);
	printf("header alone: %s\n", said(send(fd, buf, 10, 0)));
	printf("cooked: %s\n",
	       said(setsockopt(cooked, SOL_PACKET, PACKET_VNET_HDR, &one, 4)));
	close(fd);
	close(to);
	close(see);
	close(cooked);
}

size_t table_lines(void)
{
	return 1;
}

size_t table_lines_of_state(void)
{
	return 1;
}

void table_line(size_t i)
{
	(void)i;
	pairs();
	odd_joins();
	binding();
	in_turn();
	by_flow();
	others();
	by_program();
	roll(PACKET_FANOUT_ROLLOVER);
	roll(PACKET_FANOUT_QM | PACKET_FANOUT_FLAG_ROLLOVER);
	outgoing(PACKET_FANOUT_LB);
	outgoing(PACKET_FANOUT_LB | IGNORES);
	defrag(PACKET_FANOUT_LB, SOCK_DGRAM);
	defrag(PACKET_FANOUT_LB | PACKET_FANOUT_FLAG_DEFRAG, SOCK_DGRAM);
	defrag(PACKET_FANOUT_LB | PACKET_FANOUT_FLAG_DEFRAG, SOCK_RAW);
	receive_vnet();
	send_vnet();
}

int table_main(void)
{
	table_line(0);
	return 0;
}
