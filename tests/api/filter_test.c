/* SPDX-License-Identifier: MIT */
/* S1, R4: SO_ATTACH_FILTER on datagram, raw, ping and stream sockets */
#define _GNU_SOURCE
#include "net.h"

#include <linux/filter.h>
#include <netinet/ip_icmp.h>

#define S(c, v)                                 \
	{                                       \
		.code = (c), .k = (uint32_t)(v) \
	}
#define J(c, v, t, f)                                        \
	{                                                    \
		.code = BPF_JMP | (c), .jt = (t), .jf = (f), \
		.k = (uint32_t)(v)                           \
	}
#define PROGRAM(name, ...) static struct sock_filter name[] = { __VA_ARGS__ }
#define ATTACH(p, fd, name) \
	attach((p), (fd), name, sizeof(name) / sizeof(name[0]))

PROGRAM(none, S(BPF_RET | BPF_K, 0));
PROGRAM(ten, S(BPF_RET | BPF_K, 10));
/* the first byte of what a datagram's user would read is 'y' */
PROGRAM(begins_with_y, S(BPF_LD | BPF_B | BPF_ABS, 8), J(BPF_JEQ, 'y', 0, 1),
	S(BPF_RET | BPF_K, -1), S(BPF_RET | BPF_K, 0));

static int attach(struct ostia_proc *p, int fd, struct sock_filter *insn,
		  size_t n)
{
	const struct sock_fprog prog = { .len = (unsigned short)n,
					 .filter = insn };

	return ostia_setsockopt(p, fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
				sizeof(prog));
}

static int detach(struct ostia_proc *p, int fd)
{
	const int zero = 0;

	return ostia_setsockopt(p, fd, SOL_SOCKET, SO_DETACH_FILTER, &zero,
				sizeof(zero));
}

/* a: fd on A, b: fd on B bound to port 53; both @text's family. */
static void pair(struct net *n, const char *text, int *a, int *b)
{
	*a = net_socket(n->a, text, SOCK_DGRAM);
	*b = net_socket(n->b, text, SOCK_DGRAM);
	EQ(net_bind(n->b, *b, strchr(text, ':') ? "::" : "0.0.0.0", 53), 0);
	EQ(net_connect(n->a, *a, text, 53), 0);
}

static void say(struct net *n, int fd, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	EQ(ostia_send(n->a, fd, text, (size_t)len, 0), len);
	net_run(n);
}

TEST(S1_a_datagram_is_seen_from_its_udp_header_on)
{
	static const char *const texts[] = { "10.99.0.2", "fd99::2" };

	for (int i = 0; i < 2; i++) {
		struct net n;
		char buf[16];
		int a, b;

		net_init(&n);
		pair(&n, texts[i], &a, &b);
		EQ(ATTACH(n.b, b, begins_with_y), 0);
		say(&n, a, "no");
		say(&n, a, "yes");
		EQ(ostia_recv(n.b, b, buf, sizeof(buf), 0), 3);
		FAILS(ostia_recv(n.b, b, buf, sizeof(buf), 0), EAGAIN);
		net_fini(&n);
	}
}

/* 10 bytes of it with the header: 2 of text. Less than the header is it. */
TEST(R4_a_datagram_is_cut_to_what_the_program_wants)
{
	PROGRAM(one, S(BPF_RET | BPF_K, 1));
	struct net n;
	char buf[16];
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	EQ(ATTACH(n.b, b, ten), 0);
	say(&n, a, "abcdef");
	EQ(ostia_recv(n.b, b, buf, sizeof(buf), MSG_TRUNC), 2);
	MEM(buf, "ab", 2);
	EQ(ATTACH(n.b, b, one), 0);
	say(&n, a, "abcdef");
	EQ(ostia_recv(n.b, b, buf, sizeof(buf), MSG_TRUNC), 0);
	net_fini(&n);
}

TEST(S1_each_socket_of_a_group_has_its_own_program)
{
	const int on = 1;
	struct sockaddr_storage ss;
	struct net n;
	char buf[16];
	int a, b, c;

	net_init(&n);
	a = net_socket(n.a, "10.99.0.2", SOCK_DGRAM);
	b = net_socket(n.b, "10.99.0.2", SOCK_DGRAM);
	c = net_socket(n.b, "10.99.0.2", SOCK_DGRAM);
	EQ(ostia_setsockopt(n.a, a, SOL_SOCKET, SO_BROADCAST, &on, 4), 0);
	EQ(ostia_setsockopt(n.b, b, SOL_SOCKET, SO_REUSEADDR, &on, 4), 0);
	EQ(ostia_setsockopt(n.b, c, SOL_SOCKET, SO_REUSEADDR, &on, 4), 0);
	EQ(net_bind(n.b, b, "0.0.0.0", 53), 0);
	EQ(net_bind(n.b, c, "0.0.0.0", 53), 0);
	EQ(ATTACH(n.b, b, ten), 0);
	EQ(ostia_sendto(n.a, a, "abcdef", 6, 0, (struct sockaddr *)&ss,
			net_addr(&ss, "10.99.0.255", 53)),
	   6);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, sizeof(buf), 0), 2);
	EQ(ostia_recv(n.b, c, buf, sizeof(buf), 0), 6);
	MEM(buf, "abcdef", 6);
	net_fini(&n);
}

TEST(S1_what_is_attached_can_be_read_locked_and_taken_off)
{
	static const int kinds[][2] = { { SOCK_DGRAM, 0 },
					{ SOCK_STREAM, 0 },
					{ SOCK_RAW, IPPROTO_ICMP },
					{ SOCK_DGRAM, IPPROTO_ICMP } };

	for (unsigned i = 0; i < 4; i++) {
		const int on = 1, off = 0;
		struct sock_filter back[8];
		socklen_t len = 0;
		struct net n;
		int fd, v;

		net_init(&n);
		fd = ostia_socket(n.a, AF_INET, kinds[i][0], kinds[i][1]);
		FAILS(detach(n.a, fd), ENOENT);
		EQ(ATTACH(n.a, fd, begins_with_y), 0);
		EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_GET_FILTER, back,
				    &len),
		   0);
		EQ(len, 4); /* instructions */
		EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_GET_FILTER, back,
				    &len),
		   0);
		MEM(back, begins_with_y, sizeof(begins_with_y));
		len = 3;
		FAILS(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_GET_FILTER, back,
				       &len),
		      EINVAL);
		EQ(ATTACH(n.a, fd, ten), 0); /* in its place */
		EQ(detach(n.a, fd), 0);
		FAILS(detach(n.a, fd), ENOENT);
		EQ(ATTACH(n.a, fd, ten), 0);
		EQ(ostia_setsockopt(n.a, fd, SOL_SOCKET, SO_LOCK_FILTER, &on,
				    4),
		   0);
		len = 4;
		EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_LOCK_FILTER, &v,
				    &len),
		   0);
		EQ(v, 1);
		FAILS(ATTACH(n.a, fd, none), EPERM);
		FAILS(detach(n.a, fd), EPERM);
		FAILS(ostia_setsockopt(n.a, fd, SOL_SOCKET, SO_LOCK_FILTER,
				       &off, 4),
		      EPERM);
		net_fini(&n);
	}
}

TEST(S2_what_is_no_program_is_EINVAL)
{
	const struct sock_fprog prog = { .len = 1, .filter = NULL };
	PROGRAM(endless, J(BPF_JA, -1, 0, 0), S(BPF_RET | BPF_K, 0));
	struct net n;
	int fd;

	net_init(&n);
	fd = net_socket(n.a, "10.99.0.2", SOCK_DGRAM);
	FAILS(ATTACH(n.a, fd, endless), EINVAL);
	FAILS(attach(n.a, fd, none, 0), EINVAL);
	FAILS(ostia_setsockopt(n.a, fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			       sizeof(prog)),
	      EINVAL);
	FAILS(ostia_setsockopt(n.a, fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, 8),
	      EINVAL);
	net_fini(&n);
}

/* A listener's program refuses SYNs without a word; the peer tries again. */
TEST(L1_a_listener_with_a_program_hears_what_it_wants)
{
	struct net n;
	int l, c;

	net_init(&n);
	l = net_listener(n.b, "10.99.0.2", 80);
	EQ(ATTACH(n.b, l, none), 0);
	c = net_socket(n.a, "10.99.0.2", SOCK_STREAM | SOCK_NONBLOCK);
	FAILS(net_connect(n.a, c, "10.99.0.2", 80), EINPROGRESS);
	net_run(&n);
	EQ(net_poll(n.a, c) & (POLLOUT | POLLERR), 0);
	EQ(detach(n.b, l), 0);
	net_pass(&n, 3 * OSTIA_S);
	EQ(net_connect(n.a, c, "10.99.0.2", 80), 0);
	OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	net_fini(&n);
}

/* Its child inherits it; what it does not want is sent again until it does. */
TEST(R1_a_streams_program_delays_bytes_and_loses_none)
{
	/* no text that begins with 'n' */
	PROGRAM(not_n, S(BPF_LDX | BPF_IMM, 0), S(BPF_LD | BPF_B | BPF_ABS, 12),
		S(BPF_ALU | BPF_RSH | BPF_K, 2), S(BPF_MISC | BPF_TAX, 0),
		S(BPF_LD | BPF_LEN, 0), J(BPF_JGT | BPF_X, 0, 0, 2),
		S(BPF_LD | BPF_B | BPF_IND, 0), J(BPF_JEQ, 'n', 1, 0),
		S(BPF_RET | BPF_K, -1), S(BPF_RET | BPF_K, 0));
	struct net n;
	char buf[16];
	int l, a, b;

	net_init(&n);
	l = net_listener(n.b, "10.99.0.2", 80);
	EQ(ATTACH(n.b, l, not_n), 0);
	a = net_socket(n.a, "10.99.0.2", SOCK_STREAM | SOCK_NONBLOCK);
	FAILS(net_connect(n.a, a, "10.99.0.2", 80), EINPROGRESS);
	net_run(&n);
	b = ostia_accept(n.b, l, NULL, NULL);
	OK(b >= 0);
	EQ(ostia_send(n.a, a, "yes", 3, 0), 3);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, sizeof(buf), 0), 3);
	EQ(ostia_send(n.a, a, "no", 2, 0), 2);
	net_pass(&n, 2 * OSTIA_S);
	FAILS(ostia_recv(n.b, b, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	EQ(detach(n.b, b), 0);
	net_pass(&n, 10 * OSTIA_S);
	EQ(ostia_recv(n.b, b, buf, sizeof(buf), 0), 2);
	MEM(buf, "no", 2);
	net_fini(&n);
}

/* 24 bytes from the TCP header on: with 12 of timestamps nothing is left of
 * the text, so 34 leave two, and the rest comes again.
 */
TEST(R1_a_stream_takes_what_a_cut_segment_brings)
{
	PROGRAM(two_of_text, S(BPF_LD | BPF_B | BPF_ABS, 12),
		S(BPF_ALU | BPF_RSH | BPF_K, 2),
		S(BPF_ALU | BPF_ADD | BPF_K, 2), S(BPF_RET | BPF_A, 0));
	struct net n;
	char buf[16];
	int fds[2];

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fds);
	EQ(ATTACH(n.b, fds[1], two_of_text), 0);
	say(&n, fds[0], "abcdef");
	EQ(ostia_recv(n.b, fds[1], buf, sizeof(buf), 0), 2);
	MEM(buf, "ab", 2);
	EQ(detach(n.b, fds[1]), 0);
	net_pass(&n, 10 * OSTIA_S);
	EQ(ostia_recv(n.b, fds[1], buf, sizeof(buf), 0), 4);
	MEM(buf, "cdef", 4);
	net_fini(&n);
}

/* raw(7): from the IP header on; a ping socket from the ICMP header on. */
TEST(S1_raw_and_ping_sockets_have_programs)
{
	const struct icmphdr echo = { .type = ICMP_ECHO };
	/* of raw IPv4: the protocol is ICMP; the type is a reply */
	PROGRAM(raw_replies, S(BPF_LD | BPF_B | BPF_ABS, 9),
		J(BPF_JEQ, 1, 0, 4), S(BPF_LDX | BPF_B | BPF_MSH, 0),
		S(BPF_LD | BPF_B | BPF_IND, 0), J(BPF_JEQ, 0, 0, 1),
		S(BPF_RET | BPF_K, 21), S(BPF_RET | BPF_K, 0));
	PROGRAM(ping_replies, S(BPF_LD | BPF_B | BPF_ABS, 0),
		J(BPF_JEQ, 0, 0, 1), S(BPF_RET | BPF_K, 5),
		S(BPF_RET | BPF_K, 0));
	uint8_t buf[64];
	struct net n;
	int raw, ping;

	net_init(&n);
	raw = ostia_socket(n.a, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	ping = ostia_socket(n.a, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	EQ(ATTACH(n.a, raw, raw_replies), 0);
	EQ(ATTACH(n.a, ping, ping_replies), 0);
	EQ(net_connect(n.a, ping, "10.99.0.2", 0), 0);
	EQ(ostia_send(n.a, ping, &echo, sizeof(echo), 0), sizeof(echo));
	net_run(&n);
	EQ(ostia_recv(n.a, raw, buf, sizeof(buf), MSG_TRUNC), 21);
	EQ(buf[20], ICMP_ECHOREPLY);
	EQ(ostia_recv(n.a, ping, buf, sizeof(buf), MSG_TRUNC), 5);
	EQ(ATTACH(n.a, raw, none), 0);
	EQ(ostia_send(n.a, ping, &echo, sizeof(echo), 0), sizeof(echo));
	net_run(&n);
	FAILS(ostia_recv(n.a, raw, buf, sizeof(buf), 0), EAGAIN);
	net_fini(&n);
}

TESTS(CASE(S1_a_datagram_is_seen_from_its_udp_header_on),
      CASE(R4_a_datagram_is_cut_to_what_the_program_wants),
      CASE(S1_each_socket_of_a_group_has_its_own_program),
      CASE(S1_what_is_attached_can_be_read_locked_and_taken_off),
      CASE(S2_what_is_no_program_is_EINVAL),
      CASE(L1_a_listener_with_a_program_hears_what_it_wants),
      CASE(R1_a_streams_program_delays_bytes_and_loses_none),
      CASE(R1_a_stream_takes_what_a_cut_segment_brings),
      CASE(S1_raw_and_ping_sockets_have_programs))
