/* SPDX-License-Identifier: MIT */
/* W5, R5 on what datagram sockets do in bulk and beside their bytes:
 * super-datagrams, stamps, notifications, path MTU modes, limits of ways
 */
#define _GNU_SOURCE
#include "net.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

enum { SO_ZEROCOPY_ = 60, MSG_ZEROCOPY_ = 0x4000000, PORT = 53 };

static char bytes[65000];

static void pair(struct net *n, const char *text, int *a, int *b)
{
	*a = net_socket(n->a, text, SOCK_DGRAM);
	*b = net_socket(n->b, text, SOCK_DGRAM);
	EQ(net_bind(n->b, *b, strchr(text, ':') ? "::" : "0.0.0.0", PORT), 0);
	EQ(net_connect(n->a, *a, text, PORT), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
}

static void set(struct ostia_proc *p, int fd, int level, int name, int v)
{
	EQ(ostia_setsockopt(p, fd, level, name, &v, sizeof(v)), 0);
}

/* One recvmsg: its bytes are those from @at on; the UDP_GRO it came with. */
static int one_super(struct ostia_proc *p, int fd, size_t at, size_t len)
{
	static char got[65536];
	char room[256];
	struct iovec iov = { got, sizeof(got) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	int v = 0;

	EQ(ostia_recvmsg(p, fd, &m, 0), (ssize_t)len);
	MEM(got, bytes + at, len);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		if (h->cmsg_level == IPPROTO_UDP && h->cmsg_type == UDP_GRO)
			memcpy(&v, CMSG_DATA(h), sizeof(v));
	return v;
}

TEST(W5_UDP_SEGMENT_cuts_a_send_into_datagrams)
{
	static const char *const texts[] = { "10.99.0.2", "fd99::2" };

	for (int i = 0; i < 2; i++) {
		struct net n;
		int a, b;

		net_init(&n);
		pair(&n, texts[i], &a, &b);
		set(n.a, a, IPPROTO_UDP, UDP_SEGMENT, 1000);
		EQ(ostia_send(n.a, a, bytes, 2500, 0), 2500);
		net_run(&n);
		EQ(one_super(n.b, b, 0, 1000), 0);
		EQ(one_super(n.b, b, 1000, 1000), 0);
		EQ(one_super(n.b, b, 2000, 500), 0);
		FAILS(ostia_recv(n.b, b, bytes, 1, 0), EAGAIN);
		net_fini(&n);
	}
}

TEST(W5_UDP_GRO_gives_them_together)
{
	static const char *const texts[] = { "10.99.0.2", "fd99::2" };

	for (int i = 0; i < 2; i++) {
		struct net n;
		int a, b;

		net_init(&n);
		pair(&n, texts[i], &a, &b);
		set(n.b, b, IPPROTO_UDP, UDP_GRO, 1);
		set(n.a, a, IPPROTO_UDP, UDP_SEGMENT, 1000);
		EQ(ostia_send(n.a, a, bytes, 20500, 0), 20500);
		net_run(&n);
		EQ(one_super(n.b, b, 0, 20500), 1000);
		set(n.a, a, IPPROTO_UDP, UDP_SEGMENT, 0);
		EQ(ostia_send(n.a, a, bytes, 77, 0), 77);
		net_run(&n);
		EQ(one_super(n.b, b, 0, 77), 0);
		net_fini(&n);
	}
}

TEST(W5_UDP_GRO_joins_datagrams_of_one_flow_and_length)
{
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	EQ(ostia_send(n.a, a, "warm", 4, 0), 4); /* ARP */
	net_run(&n);
	EQ(ostia_recv(n.b, b, bytes + 60000, 9, 0), 4);
	set(n.b, b, IPPROTO_UDP, UDP_GRO, 1);
	for (int i = 0; i < 5; i++)
		EQ(ostia_send(n.a, a, bytes + i * 100, i < 4 ? 100 : 30, 0),
		   i < 4 ? 100 : 30);
	EQ(ostia_send(n.a, a, bytes, 100, 0), 100);
	net_run(&n);
	{
		static char got[65536];
		ssize_t sum = 0, r;
		int calls = 0;

		while ((r = ostia_recv(n.b, b, got, sizeof(got), 0)) > 0) {
			if (sum < 430)
				MEM(got, bytes + sum, (size_t)r);
			sum += r;
			calls++;
		}
		EQ(sum, 530);
		EQ(calls, 2); /* the shorter one was the last of its kind */
	}
	net_fini(&n);
}

/* That one socket of a host asks, is nothing to its others. */
TEST(W5_super_datagrams_are_for_who_asks)
{
	struct net n;
	int a, b, other;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	other = net_socket(n.b, "10.99.0.2", SOCK_DGRAM);
	set(n.b, other, IPPROTO_UDP, UDP_GRO, 1);
	set(n.a, a, IPPROTO_UDP, UDP_SEGMENT, 1000);
	EQ(ostia_send(n.a, a, bytes, 2500, 0), 2500);
	net_run(&n);
	EQ(one_super(n.b, b, 0, 1000), 0);
	EQ(one_super(n.b, b, 1000, 1000), 0);
	EQ(one_super(n.b, b, 2000, 500), 0);
	FAILS(ostia_recv(n.b, b, bytes, 1, 0), EAGAIN);
	net_fini(&n);
}

TEST(W4_a_super_datagram_has_its_limits)
{
	char room[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
	struct iovec iov = { bytes, 300 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *h = (struct cmsghdr *)room;
	uint16_t size = 1;
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	h->cmsg_level = IPPROTO_UDP;
	h->cmsg_type = UDP_SEGMENT;
	h->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(h), &size, sizeof(size));
	FAILS(ostia_sendmsg(n.a, a, &m, 0), EINVAL); /* 300 datagrams */
	size = 100;
	memcpy(CMSG_DATA(h), &size, sizeof(size));
	EQ(ostia_sendmsg(n.a, a, &m, 0), 300);
	net_run(&n);
	EQ(one_super(n.b, b, 0, 100), 0);
	set(n.a, a, SOL_SOCKET, SO_NO_CHECK, 1);
	FAILS(ostia_sendmsg(n.a, a, &m, 0), EINVAL); /* without checksums */
	set(n.a, a, SOL_SOCKET, SO_NO_CHECK, 0);
	set(n.a, a, IPPROTO_UDP, UDP_SEGMENT, 2000);
	FAILS(ostia_send(n.a, a, bytes, 4000, 0), EMSGSIZE); /* MTU 1500 */
	h->cmsg_len = CMSG_LEN(4);
	FAILS(ostia_sendmsg(n.a, a, &m, 0), EINVAL);
	net_fini(&n);
}

TEST(R5_zero_sums_over_IPv6_are_for_who_asks)
{
	struct net n;
	char buf[8];
	int a, b;

	net_init(&n);
	pair(&n, "fd99::2", &a, &b);
	set(n.a, a, IPPROTO_UDP, UDP_NO_CHECK6_TX, 1);
	EQ(ostia_send(n.a, a, "x", 1, 0), 1);
	net_run(&n);
	FAILS(ostia_recv(n.b, b, buf, 8, 0), EAGAIN);
	set(n.b, b, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
	EQ(ostia_send(n.a, a, "y", 1, 0), 1);
	net_run(&n);
	EQ(ostia_recv(n.b, b, buf, 8, 0), 1);
	MEM(buf, "y", 1);
	net_fini(&n);
}

/* The next entry of the error queue; its bytes to @buf. */
static ssize_t error_of(struct ostia_proc *p, int fd,
			struct sock_extended_err *ee, struct timespec *ts,
			char *buf, size_t size)
{
	char room[512];
	struct iovec iov = { buf, size };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	ssize_t r = ostia_recvmsg(p, fd, &m, MSG_ERRQUEUE);

	if (r < 0)
		return r;
	OK(m.msg_flags & MSG_ERRQUEUE);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		if (h->cmsg_level == SOL_SOCKET &&
		    h->cmsg_type == SCM_TIMESTAMPING)
			memcpy(ts, CMSG_DATA(h), sizeof(*ts));
		else
			memcpy(ee, CMSG_DATA(h), sizeof(*ee));
	}
	return r;
}

TEST(R5_what_left_is_stamped_on_the_error_queue)
{
	struct sock_extended_err ee = { 0 };
	struct timespec ts = { 0 };
	char buf[200];
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	set(n.a, a, SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
		    SOF_TIMESTAMPING_OPT_ID);
	EQ(ostia_send(n.a, a, "one", 3, 0), 3);
	EQ(ostia_send(n.a, a, "two", 3, 0), 3);
	net_run(&n);
	OK(net_poll(n.a, a) & POLLERR);
	EQ(error_of(n.a, a, &ee, &ts, buf, sizeof(buf)), 31);
	MEM(buf + 28, "one", 3);
	EQ(ee.ee_errno, ENOMSG);
	EQ(ee.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
	EQ(ee.ee_info, SCM_TSTAMP_SND);
	EQ(ee.ee_data, 0);
	OK(ts.tv_sec || ts.tv_nsec);
	EQ(error_of(n.a, a, &ee, &ts, buf, sizeof(buf)), 31);
	EQ(ee.ee_data, 1);
	FAILS(error_of(n.a, a, &ee, &ts, buf, sizeof(buf)), EAGAIN);
	EQ(net_poll(n.a, a) & POLLERR, 0);
	EQ(ostia_send(n.a, a, "!", 1, 0), 1); /* no error was made of it */
	net_fini(&n);
}

TEST(R5_a_stamp_may_come_alone_and_when_it_was_sent)
{
	struct sock_extended_err ee = { 0 };
	struct timespec ts;
	struct net n;
	char buf[8];
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	set(n.a, a, SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_OPT_TSONLY);
	EQ(ostia_send(n.a, a, "one", 3, 0), 3);
	EQ(error_of(n.a, a, &ee, &ts, buf, sizeof(buf)), 0);
	EQ(ee.ee_info, SCM_TSTAMP_SCHED);
	net_fini(&n);
}

TEST(R5_MSG_ZEROCOPY_says_that_it_copied)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };

	for (int i = 0; i < 2; i++) {
		struct sock_extended_err ee = { 0 };
		struct timespec ts;
		struct net n;
		char buf[8];
		int a, b, l;

		net_init(&n);
		if (types[i] == SOCK_DGRAM) {
			pair(&n, "10.99.0.2", &a, &b);
		} else {
			l = net_listener(n.b, "10.99.0.2", PORT);
			a = net_socket(n.a, "10.99.0.2", SOCK_STREAM);
			net_connect(n.a, a, "10.99.0.2", PORT);
			net_run(&n);
			b = ostia_accept(n.b, l, NULL, NULL);
			OK(b >= 0);
		}
		EQ(ostia_send(n.a, a, "x", 1, MSG_ZEROCOPY_), 1);
		FAILS(error_of(n.a, a, &ee, &ts, buf, 8), EAGAIN);
		set(n.a, a, SOL_SOCKET, SO_ZEROCOPY_, 1);
		for (int k = 0; k < 3; k++)
			EQ(ostia_send(n.a, a, "x", 1, MSG_ZEROCOPY_), 1);
		OK(net_poll(n.a, a) & POLLERR);
		EQ(error_of(n.a, a, &ee, &ts, buf, 8), 0);
		EQ(ee.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
		EQ(ee.ee_code, SO_EE_CODE_ZEROCOPY_COPIED);
		EQ(ee.ee_info, 0);
		EQ(ee.ee_data, 2);
		EQ(ee.ee_errno, 0);
		FAILS(error_of(n.a, a, &ee, &ts, buf, 8), EAGAIN);
		EQ(net_poll(n.a, a) & POLLERR, 0);
		EQ(ostia_send(n.a, a, "x", 1, MSG_ZEROCOPY_), 1);
		EQ(error_of(n.a, a, &ee, &ts, buf, 8), 0);
		EQ(ee.ee_info, 3);
		EQ(ee.ee_data, 3);
		net_fini(&n);
	}
}

TEST(W4_modes_of_path_MTU_discovery)
{
	/* mode; 2000 bytes by a link of 1500 */
	static const struct {
		int mode, err;
	} row[] = {
		{ IP_PMTUDISC_DONT, 0 },
		{ IP_PMTUDISC_WANT, 0 },
		{ IP_PMTUDISC_DO, EMSGSIZE },
		{ IP_PMTUDISC_PROBE, EMSGSIZE },
		{ IP_PMTUDISC_INTERFACE, EMSGSIZE },
		{ IP_PMTUDISC_OMIT, 0 },
	};
	char buf[2048];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct net n;
		int a, b;

		net_init(&n);
		pair(&n, "10.99.0.2", &a, &b);
		set(n.a, a, IPPROTO_IP, IP_MTU_DISCOVER, row[i].mode);
		if (row[i].err) {
			FAILS(ostia_send(n.a, a, bytes, 2000, 0), row[i].err);
		} else {
			EQ(ostia_send(n.a, a, bytes, 2000, 0), 2000);
			net_run(&n);
			EQ(ostia_recv(n.b, b, buf, sizeof(buf), 0), 2000);
			MEM(buf, bytes, 2000);
		}
		net_fini(&n);
	}
}

TEST(R5_the_largest_fragment_is_told)
{
	char room[128];
	struct iovec iov = { bytes, 3000 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *h;
	struct net n;
	int a, b, v;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	set(n.b, b, IPPROTO_IP, IP_RECVFRAGSIZE, 1);
	EQ(ostia_send(n.a, a, bytes, 3000, 0), 3000);
	net_run(&n);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 3000);
	h = CMSG_FIRSTHDR(&m);
	OK(h);
	EQ(h->cmsg_type, IP_RECVFRAGSIZE);
	memcpy(&v, CMSG_DATA(h), sizeof(v));
	EQ(v, 1500);
	m.msg_controllen = sizeof(room);
	EQ(ostia_send(n.a, a, bytes, 100, 0), 100);
	net_run(&n);
	EQ(ostia_recvmsg(n.b, b, &m, 0), 100);
	EQ(m.msg_controllen, 0);
	net_fini(&n);
}

TEST(R5_SO_PEEK_OFF_goes_through_what_waits)
{
	struct net n;
	char buf[16];
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	EQ(ostia_send(n.a, a, "abcdef", 6, 0), 6);
	EQ(ostia_send(n.a, a, "ghi", 3, 0), 3);
	net_run(&n);
	set(n.b, b, SOL_SOCKET, SO_PEEK_OFF, 0);
	EQ(ostia_recv(n.b, b, buf, 4, MSG_PEEK), 4);
	MEM(buf, "abcd", 4);
	EQ(ostia_recv(n.b, b, buf, 4, MSG_PEEK), 2);
	MEM(buf, "ef", 2);
	EQ(ostia_recv(n.b, b, buf, 4, MSG_PEEK), 3);
	MEM(buf, "ghi", 3);
	FAILS(ostia_recv(n.b, b, buf, 4, MSG_PEEK), EAGAIN);
	EQ(ostia_recv(n.b, b, buf, 16, 0), 6);
	FAILS(ostia_recv(n.b, b, buf, 4, MSG_PEEK), EAGAIN);
	EQ(ostia_recv(n.b, b, buf, 16, 0), 3);
	net_fini(&n);
}

/* Of streams since Linux 6.10: a read moves the place back. */
TEST(R5_SO_PEEK_OFF_goes_through_a_stream)
{
	struct net n;
	char buf[16];
	int fd[2], v;
	socklen_t len = sizeof(v);

	net_init(&n);
	net_pair(&n, n.a, n.b, "10.99.0.2", fd);
	EQ(ostia_getsockopt(n.b, fd[1], SOL_SOCKET, SO_PEEK_OFF, &v, &len), 0);
	EQ(v, -1);
	EQ(ostia_send(n.a, fd[0], "abcdefghi", 9, 0), 9);
	net_run(&n);
	set(n.b, fd[1], SOL_SOCKET, SO_PEEK_OFF, 2);
	EQ(ostia_recv(n.b, fd[1], buf, 4, MSG_PEEK), 4);
	MEM(buf, "cdef", 4);
	EQ(ostia_recv(n.b, fd[1], buf, 1, 0), 1);
	EQ(ostia_recv(n.b, fd[1], buf, 4, MSG_PEEK), 3);
	MEM(buf, "ghi", 3);
	len = sizeof(v);
	EQ(ostia_getsockopt(n.b, fd[1], SOL_SOCKET, SO_PEEK_OFF, &v, &len), 0);
	EQ(v, 8);
	FAILS(ostia_recv(n.b, fd[1], buf, 4, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	EQ(ostia_recv(n.b, fd[1], buf, 16, 0), 8);
	MEM(buf, "bcdefghi", 8);
	EQ(ostia_send(n.a, fd[0], "jk", 2, 0), 2);
	net_run(&n);
	EQ(ostia_recv(n.b, fd[1], buf, 4,
		      MSG_PEEK | MSG_WAITALL | MSG_DONTWAIT),
	   2);
	EQ(ostia_close(n.a, fd[0]), 0);
	net_run(&n);
	EQ(ostia_recv(n.b, fd[1], buf, 4, MSG_PEEK), 0);
	set(n.b, fd[1], SOL_SOCKET, SO_PEEK_OFF, 1);
	EQ(ostia_recv(n.b, fd[1], buf, 4, MSG_PEEK | MSG_WAITALL), 1);
	MEM(buf, "k", 1);
	set(n.b, fd[1], SOL_SOCKET, SO_PEEK_OFF, -1);
	EQ(ostia_recv(n.b, fd[1], buf, 4, MSG_PEEK), 2);
	net_fini(&n);
}

static uint16_t port_of(struct ostia_proc *p, int fd)
{
	struct sockaddr_in in = { 0 };
	socklen_t len = sizeof(in);

	EQ(ostia_getsockname(p, fd, (struct sockaddr *)&in, &len), 0);
	return ntohs(in.sin_port);
}

TEST(B1_ports_may_be_of_a_range_and_chosen_late)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };

	for (int i = 0; i < 2; i++) {
		struct net n;
		int a, b;

		net_init(&n);
		a = net_socket(n.a, "10.99.0.1", types[i]);
		set(n.a, a, IPPROTO_IP, IP_LOCAL_PORT_RANGE,
		    (int)(40007u << 16 | 40007u));
		EQ(net_bind(n.a, a, "0.0.0.0", 0), 0);
		EQ(port_of(n.a, a), 40007);
		b = net_socket(n.a, "10.99.0.1", types[i]);
		set(n.a, b, IPPROTO_IP, IP_LOCAL_PORT_RANGE,
		    (int)(40007u << 16 | 40007u));
		FAILS(net_bind(n.a, b, "0.0.0.0", 0), EADDRINUSE);
		set(n.a, b, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
		set(n.a, b, IPPROTO_IP, IP_LOCAL_PORT_RANGE, 0);
		EQ(net_bind(n.a, b, "10.99.0.1", 0), 0);
		EQ(port_of(n.a, b), 0);
		net_connect(n.a, b, "10.99.0.2", PORT);
		OK(port_of(n.a, b));
		net_fini(&n);
	}
}

TEST(C1_GTSM_wants_near_peers)
{
	struct net n;
	int a, l;

	net_init(&n);
	l = net_listener(n.b, "10.99.0.2", PORT);
	set(n.b, l, IPPROTO_IP, IP_MINTTL, 65);
	a = net_socket(n.a, "10.99.0.2", SOCK_STREAM);
	net_connect(n.a, a, "10.99.0.2", PORT);
	net_run(&n);
	FAILS(ostia_accept(n.b, l, NULL, NULL), EAGAIN);
	set(n.b, l, IPPROTO_IP, IP_MINTTL, 64);
	net_pass(&n, 3 * OSTIA_S);
	OK(ostia_accept(n.b, l, NULL, NULL) >= 0);
	net_fini(&n);
}

TEST(W4_SO_DONTROUTE_reaches_the_link_alone)
{
	struct net n;
	int a, b;

	net_init(&n);
	pair(&n, "10.99.0.2", &a, &b);
	set(n.a, a, SOL_SOCKET, SO_DONTROUTE, 1);
	EQ(ostia_send(n.a, a, "x", 1, 0), 1);
	EQ(ostia_send(n.a, a, "x", 1, MSG_DONTROUTE), 1);
	net_fini(&n);
}

TEST(B2_IP_TRANSPARENT_binds_what_is_not_ours)
{
	struct net n;
	int a;

	net_init(&n);
	a = net_socket(n.a, "10.99.0.1", SOCK_DGRAM);
	FAILS(net_bind(n.a, a, "10.99.7.7", 1000), EADDRNOTAVAIL);
	set(n.a, a, IPPROTO_IP, IP_TRANSPARENT, 1);
	EQ(net_bind(n.a, a, "10.99.7.7", 1000), 0);
	net_fini(&n);
}

TEST(S1_links_are_asked_for_by_ioctl)
{
	struct ifreq r = { .ifr_name = "lo" }, all[8];
	struct ifconf c = { .ifc_len = sizeof(all), .ifc_ifcu.ifcu_req = all };
	struct sockaddr_in in;
	struct net n;
	int a, index;

	net_init_type(&n, OSTIA_LINK_ETHERNET);
	a = net_socket(n.a, "10.99.0.1", SOCK_DGRAM);
	EQ(ostia_ioctl(n.a, a, SIOCGIFFLAGS, &r), 0);
	OK(r.ifr_flags & IFF_LOOPBACK);
	EQ(ostia_ioctl(n.a, a, SIOCGIFMTU, &r), 0);
	EQ(r.ifr_mtu, 65535);
	EQ(ostia_ioctl(n.a, a, SIOCGIFNETMASK, &r), 0);
	memcpy(&in, &r.ifr_addr, sizeof(in));
	EQ(ntohl(in.sin_addr.s_addr), 0xff000000);
	EQ(ostia_ioctl(n.a, a, SIOCGIFCONF, &c), 0);
	EQ(c.ifc_len, 2 * (int)sizeof(r));
	r = all[1];
	EQ(ostia_ioctl(n.a, a, SIOCGIFINDEX, &r), 0);
	index = r.ifr_ifindex;
	memset(&r, 0, sizeof(r));
	r.ifr_ifindex = index;
	EQ(ostia_ioctl(n.a, a, SIOCGIFNAME, &r), 0);
	EQ(strcmp(r.ifr_name, all[1].ifr_name), 0);
	EQ(ostia_ioctl(n.a, a, SIOCGIFADDR, &r), 0);
	memcpy(&in, &r.ifr_addr, sizeof(in));
	EQ(ntohl(in.sin_addr.s_addr), 0x0a630001);
	EQ(ostia_ioctl(n.a, a, SIOCGIFBRDADDR, &r), 0);
	memcpy(&in, &r.ifr_addr, sizeof(in));
	EQ(ntohl(in.sin_addr.s_addr), 0x0a6300ff);
	strcpy(r.ifr_name, "none");
	FAILS(ostia_ioctl(n.a, a, SIOCGIFMTU, &r), ENODEV);
	net_fini(&n);
}

TESTS(CASE(S1_links_are_asked_for_by_ioctl),
      CASE(W5_UDP_SEGMENT_cuts_a_send_into_datagrams),
      CASE(W5_UDP_GRO_gives_them_together),
      CASE(W5_UDP_GRO_joins_datagrams_of_one_flow_and_length),
      CASE(W5_super_datagrams_are_for_who_asks),
      CASE(W4_a_super_datagram_has_its_limits),
      CASE(R5_zero_sums_over_IPv6_are_for_who_asks),
      CASE(R5_what_left_is_stamped_on_the_error_queue),
      CASE(R5_a_stamp_may_come_alone_and_when_it_was_sent),
      CASE(R5_MSG_ZEROCOPY_says_that_it_copied),
      CASE(W4_modes_of_path_MTU_discovery),
      CASE(R5_the_largest_fragment_is_told),
      CASE(R5_SO_PEEK_OFF_goes_through_what_waits),
      CASE(R5_SO_PEEK_OFF_goes_through_a_stream),
      CASE(B1_ports_may_be_of_a_range_and_chosen_late),
      CASE(C1_GTSM_wants_near_peers),
      CASE(W4_SO_DONTROUTE_reaches_the_link_alone),
      CASE(B2_IP_TRANSPARENT_binds_what_is_not_ours))
