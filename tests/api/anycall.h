/* SPDX-License-Identifier: MIT */
/*
 * tests/api/anycall.h - any call with any argument, and any frame
 *
 * Two hosts (net.h) whose programs call what comes out of a source of numbers:
 * dice with a seed (random_test.c), or a fuzzer's input
 * (tests/fuzz/calls_fuzz.c). Nothing may crash, nothing may be left at the end.
 */
#ifndef OSTIA_TESTS_API_ANYCALL_H
#define OSTIA_TESTS_API_ANYCALL_H

#include "net.h"

#include "../unit/random.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/ioctl.h>
#include <sys/un.h>

enum { ANYCALL_FDS = 24, FDS = ANYCALL_FDS };

/**
 * struct source - Where numbers come from
 * @p, @n:	a fuzzer's bytes, as many as are left; @p NULL: dice
 */
static struct source {
	struct dice dice;
	const uint8_t *p;
	size_t n;
} source;

static char junk[8192], bin[8192]; /* sent (and lent), received */

/* Four bytes at most, fewer when the input ends; 0 after that. */
static uint32_t from_input(uint32_t n)
{
	uint32_t v = 0;

	for (uint32_t room = 1; source.n && room < n; room <<= 8) {
		v = v << 8 | *source.p++;
		source.n--;
		if (room > UINT32_MAX >> 8)
			break;
	}
	return v;
}

static uint32_t below(uint32_t n)
{
	return (source.p ? from_input(n) : (uint32_t)dice_u64(&source.dice)) %
	       n;
}

static int any_fd(void)
{
	return (int)below(below(4) ? 14 : FDS + 2) - 1;
}

/* A few paths and abstract names; at times none. */
static socklen_t unix_addr(struct sockaddr_un *un)
{
	size_t base = offsetof(struct sockaddr_un, sun_path);

	*un = (struct sockaddr_un) { .sun_family = AF_UNIX };
	if (below(8) == 0)
		return (socklen_t)base;
	un->sun_path[0] = below(2) ? '/' : '\0';
	un->sun_path[1] = (char)('a' + below(4));
	return (socklen_t)(base + 2 + below(2));
}

static socklen_t any_addr(struct sockaddr_storage *ss)
{
	static const char *const texts[] = {
		"10.99.0.1", "10.99.0.2",   "fd99::1",	 "fd99::2",
		"127.0.0.1", "::1",	    "0.0.0.0",	 "::",
		"239.1.1.1", "10.99.0.255", "192.0.2.1", "::ffff:10.99.0.2"
	};
	socklen_t len = net_addr(ss, texts[below(12)], (uint16_t)below(6));

	if (below(6) == 0)
		return unix_addr((struct sockaddr_un *)ss);
	if (below(20) == 0)
		ss->ss_family = (sa_family_t)below(below(4) ? 12 : 18);
	return below(20) ? len : (socklen_t)below(40);
}

/* Mostly none. */
static int any_flags(void)
{
	return below(4) ? 0 : (int)below(1 << 17) & ~MSG_WAITALL;
}

/* The other side, at a port where somebody may be. */
static socklen_t peer_addr(const struct net *n, const struct ostia_proc *p,
			   bool v6, struct sockaddr_storage *ss)
{
	bool at_a = p == n->a || p == n->wa;
	const char *text = v6 ? (at_a ? "fd99::2" : "fd99::1")
			      : (at_a ? "10.99.0.2" : "10.99.0.1");

	return net_addr(ss, text, (uint16_t)(1 + below(4)));
}

static void open_and_join(struct net *n, struct ostia_proc *p)
{
	struct sockaddr_storage ss;
	bool v6 = below(2);
	int type = below(4) ? SOCK_STREAM : SOCK_DGRAM;
	int fd = ostia_socket(p, v6 ? AF_INET6 : AF_INET, type, 0);
	socklen_t len = peer_addr(n, p, v6, &ss);

	if (fd >= 0)
		ostia_connect(p, fd, (struct sockaddr *)&ss, len);
}

static void serve(struct ostia_proc *p)
{
	static const char *const any[] = { "0.0.0.0", "::" };

	for (int i = 0; i < 4; i++) {
		int type = i < 3 ? SOCK_STREAM : SOCK_DGRAM;
		int fd = net_socket(p, any[i & 1], type);

		EQ(net_bind(p, fd, any[i & 1], (uint16_t)(1 + i)), 0);
		if (type == SOCK_STREAM)
			EQ(ostia_listen(p, fd, 3), 0);
	}
}

static void open_some(struct ostia_proc *p)
{
	static const int types[] = { SOCK_STREAM,    SOCK_STREAM, SOCK_DGRAM,
				     SOCK_DGRAM,     SOCK_RAW,	  SOCK_DGRAM,
				     SOCK_SEQPACKET, SOCK_STREAM };
	static const int domains[] = { AF_INET, AF_INET6, AF_INET,  AF_INET6,
				       AF_UNIX, AF_UNIX,  AF_PACKET };
	int domain = domains[below(7)], type = types[below(8)], fds[2];

	if (domain == AF_UNIX && below(2))
		ostia_socketpair(p, domain, type, 0, fds);
	else if (domain == AF_PACKET)
		ostia_socket(p, domain, type, below(2) ? htons(3) : 0);
	else
		ostia_socket(p, domain, type,
			     type == SOCK_RAW ? 1 + (int)below(60)
			     : below(4) == 0  ? IPPROTO_ICMP
					      : 0);
}

/* A message that carries descriptors, of any kind, to whoever reads it. */
static void pass_some(struct ostia_proc *p)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(4 * sizeof(int))];
	uint32_t n = 1 + below(4);
	struct iovec iov = { junk, 1 + below(100) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = (struct cmsghdr *)room;

	*c = (struct cmsghdr) { .cmsg_len = CMSG_LEN(n * sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS };
	for (uint32_t i = 0; i < n; i++) {
		int fd = any_fd();

		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
	}
	ostia_sendmsg(p, any_fd(), &m, MSG_NOSIGNAL);
}

/* A program that drops, cuts and looks beyond the end. */
static void filter_some(struct ostia_proc *p)
{
	struct sock_filter insn[] = {
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, below(70) },
		{ BPF_JMP | BPF_JGT | BPF_K, 0, (uint8_t)below(2), below(256) },
		{ BPF_RET | BPF_K, 0, 0, below(100) },
		{ BPF_RET | BPF_K, 0, 0, below(2) ? UINT32_MAX : 0 },
	};
	const struct sock_fprog prog = { 4, insn };

	ostia_setsockopt(p, any_fd(), SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			 sizeof(prog));
}

/* To be bound to a link, as packet sockets are. */
static void bind_to_link(struct ostia_proc *p)
{
	const struct sockaddr_ll ll = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_ALL),
					.sll_ifindex = (int)below(4) };

	ostia_bind(p, any_fd(), (const struct sockaddr *)&ll, sizeof(ll));
}

static void set_any(struct ostia_proc *p)
{
	static const int levels[] = { SOL_SOCKET,  IPPROTO_IP,	IPPROTO_IPV6,
				      IPPROTO_TCP, IPPROTO_UDP, 255,
				      263 /* SOL_PACKET */ };
	int v[4] = { (int)below(4) - 1, (int)below(70000), 0, 0 };
	socklen_t len = (socklen_t)below(17);
	char out[64 * sizeof(struct sock_filter)]; /* SO_GET_FILTER */
	int level = levels[below(7)], name = (int)below(80), fd = any_fd();

	if (below(10) == 0)
		filter_some(p);
	else if (below(10) == 0)
		bind_to_link(p);
	if (level == SOL_SOCKET && name == SO_MAX_PACING_RATE)
		return; /* a byte a second takes its time */
	ostia_setsockopt(p, fd, level, name, v, len);
	len = (socklen_t)below(64);
	ostia_getsockopt(p, fd, level, name, out, &len);
}

static void message(struct ostia_proc *p)
{
	struct sockaddr_storage ss;
	_Alignas(struct cmsghdr) char room[80];
	struct iovec iov[3] = { { junk, below(300) },
				{ junk, 0 },
				{ junk, below(5000) } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = below(4) };

	if (below(2)) {
		m.msg_name = &ss;
		m.msg_namelen = any_addr(&ss);
	}
	for (unsigned i = 0; i < sizeof(room); i++)
		room[i] = (char)(below(4) ? 0 : below(256));
	if (below(3) == 0) {
		m.msg_control = room;
		m.msg_controllen = below(sizeof(room) + 1);
	}
	if (below(2)) {
		ostia_sendmsg(p, any_fd(), &m, (int)below(1 << 18));
	} else {
		iov[0].iov_base = iov[1].iov_base = iov[2].iov_base = bin;
		ostia_recvmsg(p, any_fd(), &m,
			      (int)below(1 << 18) & ~MSG_WAITALL);
	}
}

static struct ostia_loan loans[16];
static struct ostia_proc *loaner[16];

static void lend(struct ostia_proc *p)
{
	unsigned i = below(16);

	if (loaner[i]) {
		ostia_recv_return(loaner[i], &loans[i]);
		loaner[i] = NULL;
	} else if (ostia_recv_loan(p, any_fd(), &loans[i], below(9000)) > 0) {
		loaner[i] = p;
	}
	ostia_send_lend(p, any_fd(), junk, below(sizeof(junk)), 3);
}

static void wait_for_any(struct ostia_proc *p)
{
	struct epoll_event ev = { .events = below(UINT32_MAX) };
	struct pollfd f[4];
	fd_set r;

	for (int i = 0; i < 4; i++)
		f[i] = (struct pollfd) { .fd = any_fd(),
					 .events = (short)below(1 << 14) };
	ostia_poll(p, f, 4, 0);
	FD_ZERO(&r);
	FD_SET(below(FDS), &r);
	ostia_select(p, FDS, &r, NULL, NULL, &(struct timeval) { 0, 0 });
	ostia_epoll_ctl(p, any_fd(), (int)below(4), any_fd(), &ev);
	ostia_epoll_wait(p, any_fd(), &ev, 1, 0);
	ostia_watch(p, any_fd(), below(64), below(4));
}

static void one(struct net *n, struct ostia_proc *p)
{
	struct sockaddr_storage ss;
	socklen_t len =
		below(3) ? any_addr(&ss) : peer_addr(n, p, below(2), &ss);
	socklen_t out = sizeof(ss);
	int v;

	switch (below(26)) {
	case 24:
	case 25:
		pass_some(p);
		break;
	case 0:
		open_some(p);
		break;
	case 1:
		ostia_close(p, 4 + (int)below(FDS));
		break;
	case 20:
	case 21:
		open_and_join(n, p);
		break;
	case 22:
	case 23:
		ostia_accept4(p, (int)below(3), NULL, NULL, 0);
		break;
	case 2:
		ostia_bind(p, any_fd(), (struct sockaddr *)&ss, len);
		break;
	case 3:
	case 4:
		ostia_connect(p, any_fd(), (struct sockaddr *)&ss, len);
		break;
	case 5:
		ostia_listen(p, any_fd(), (int)below(4) - 1);
		break;
	case 6:
		ostia_accept4(p, any_fd(), (struct sockaddr *)&ss, &out,
			      below(2) ? SOCK_NONBLOCK : 0);
		break;
	case 7:
		ostia_shutdown(p, 3 + (int)below(FDS), (int)below(4));
		break;
	case 8:
	case 9:
		ostia_send(p, any_fd(), junk, below(sizeof(junk)), any_flags());
		break;
	case 10:
	case 11:
		ostia_recv(p, any_fd(), bin, below(sizeof(bin)), any_flags());
		break;
	case 12:
		ostia_sendto(p, any_fd(), junk, below(3000), 0,
			     (struct sockaddr *)&ss, len);
		break;
	case 13:
		message(p);
		break;
	case 14:
		set_any(p);
		break;
	case 15:
		ostia_dup2(p, any_fd(), 3 + (int)below(FDS));
		break;
	case 16:
		ostia_pass(p, any_fd(), p == n->a ? n->wa : n->wb);
		break;
	case 17:
		lend(p);
		break;
	case 18:
		wait_for_any(p);
		break;
	default:
		if (below(2))
			ostia_epoll_create1(p, 0);
		ostia_ioctl(p, any_fd(), below(2) ? FIONREAD : 0x5411, &v);
		ostia_fcntl(p, any_fd(), (int)below(12), (long)below(FDS));
		ostia_getsockname(p, any_fd(), (struct sockaddr *)&ss, &out);
	}
}

/* What is on its way from A to B, or back, arrives with some bytes altered;
 * transport checksums are taken as verified, so that more than a counter
 * hears of it.
 */
static void disturb(struct net *n)
{
	bool back = below(2);
	struct ostia_link *from = back ? n->lb : n->la;
	struct ostia_pkt *batch = ostia_link_output(from, 1 + below(3));
	size_t len = batch ? ostia_pkt_len(batch) : 0, room;
	struct ostia_pkt *p = len ? ostia_pkt_new(n->pool, len) : NULL;
	uint32_t heads = len < 80 ? (uint32_t)len : 80;
	struct ostia_pkt_meta meta;
	uint8_t *bytes;

	if (p) {
		bytes = ostia_pkt_room(p, &room);
		ostia_pkt_copy_out(batch, 0, bytes, len);
		ostia_pkt_set_len(p, len);
		for (uint32_t k = below(4); k; k--)
			bytes[below(heads)] ^= (uint8_t)below(256);
		ostia_pkt_meta(p, &meta);
		meta.csum = OSTIA_CSUM_VALID;
		ostia_pkt_set_meta(p, &meta);
		ostia_link_input(back ? n->la : n->lb, p);
	}
	ostia_pkt_free_list(batch);
}

/* A program of @steps calls at most; shorter if the input ends. */
static void anycall_run(uint32_t steps)
{
	struct net n;

	memset(loaner, 0, sizeof(loaner));
	net_init(&n);
	serve(n.a);
	serve(n.b);
	for (uint32_t i = 0; i < steps && (!source.p || source.n); i++) {
		struct ostia_proc *const procs[] = { n.a, n.b,	n.a,
						     n.b, n.wa, n.wb };

		n.cut = below(50) == 0;
		/* The blocking ones only pass descriptors on and close. */
		if (below(6) == 0)
			ostia_close(procs[4 + below(2)], any_fd());
		one(&n, procs[below(4)]);
		if (below(12) == 0)
			disturb(&n);
		if (below(3) == 0)
			net_pass(&n, below(40) * OSTIA_MS);
		n.nevents = 0;
	}
	for (int i = 0; i < 16; i++)
		if (loaner[i])
			ostia_recv_return(loaner[i], &loans[i]);
	net_fini(&n);
}

#endif
