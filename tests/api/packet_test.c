/* SPDX-License-Identifier: MIT */
/* S1, B1, W4, R4: AF_PACKET, on Ethernet and on the loopback */
#define _GNU_SOURCE
#include "net.h"

#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/ioctl.h>

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t mac_c[6] = { 2, 0, 0, 0, 0, 3 };
static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
static const uint8_t group[6] = { 1, 0, 0x5e, 1, 2, 3 };

static void begin(struct net *n)
{
	net_init_type(n, OSTIA_LINK_ETHERNET);
}

static int index_of(struct ostia_link *l)
{
	return (int)ostia_link_index(l);
}

static int open_on(struct ostia_proc *p, int type, uint16_t proto, int index)
{
	const struct sockaddr_ll ll = { .sll_family = AF_PACKET,
					.sll_protocol = htons(proto),
					.sll_ifindex = index };
	int fd = ostia_socket(p, AF_PACKET, type, 0);

	OK(fd >= 0);
	EQ(ostia_bind(p, fd, (const struct sockaddr *)&ll, sizeof(ll)), 0);
	return fd;
}

/* A frame of ether type @type with four bytes in it reaches host B. */
static void inject(struct net *n, const uint8_t dst[6], uint16_t type)
{
	uint8_t f[18] = { 0 };
	const uint16_t be = htons(type);

	memcpy(f, dst, 6);
	memcpy(f + 6, mac_c, 6);
	memcpy(f + 12, &be, 2);
	memcpy(f + 14, "four", 4);
	ostia_link_input(n->lb, ostia_pkt_from(n->pool, f, sizeof(f)));
	net_run(n);
}

static ssize_t next_from(struct ostia_proc *p, int fd, uint8_t buf[2048],
			 struct sockaddr_ll *from)
{
	socklen_t len = sizeof(*from);
	ssize_t n = ostia_recvfrom(p, fd, buf, 2048, MSG_DONTWAIT,
				   (struct sockaddr *)from, &len);

	if (n >= 0)
		EQ(len, sizeof(*from));
	return n;
}

static void drain(struct ostia_proc *p, int fd)
{
	uint8_t buf[8];

	while (ostia_recv(p, fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
		;
}

/* One echo from A to B: each side's four frames begin with ARP. */
static void ping(struct net *n)
{
	struct icmphdr echo = { .type = ICMP_ECHO };
	struct sockaddr_storage ss;
	int fd = ostia_socket(n->a, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	socklen_t len = net_addr(&ss, "10.99.0.2", 0);

	EQ(ostia_sendto(n->a, fd, &echo, 8, 0, (struct sockaddr *)&ss, len), 8);
	net_run(n);
	EQ(ostia_close(n->a, fd), 0);
}

TEST(S1_all_frames_in_and_out_with_and_without_their_header)
{
	static const struct {
		uint16_t proto;
		uint8_t type;
	} seen[] = { { ETH_P_ARP, PACKET_BROADCAST },
		     { ETH_P_ARP, PACKET_OUTGOING },
		     { ETH_P_IP, PACKET_HOST },
		     { ETH_P_IP, PACKET_OUTGOING } };
	struct sockaddr_ll from;
	uint8_t buf[2048];
	struct net n;
	int raw, cooked;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S); /* what IPv6 has to say at first */
	raw = open_on(n.b, SOCK_RAW, ETH_P_ALL, 0);
	cooked = open_on(n.b, SOCK_DGRAM, ETH_P_ALL, 0);
	ping(&n);
	for (unsigned i = 0; i < 4; i++) {
		bool ip = seen[i].proto == ETH_P_IP;
		ssize_t got = next_from(n.b, raw, buf, &from);

		EQ(got, 42);
		EQ(from.sll_family, AF_PACKET);
		EQ(ntohs(from.sll_protocol), seen[i].proto);
		EQ(from.sll_pkttype, seen[i].type);
		EQ(from.sll_ifindex, index_of(n.lb));
		EQ(from.sll_hatype, ARPHRD_ETHER);
		EQ(from.sll_halen, 6);
		MEM(from.sll_addr, i & 1 ? mac_b : mac_a, 6);
		MEM(buf + 6, from.sll_addr, 6);
		EQ(next_from(n.b, cooked, buf, &from), 28);
		EQ(buf[0], ip ? 0x45 : 0);
		EQ(from.sll_pkttype, seen[i].type);
	}
	FAILS(next_from(n.b, raw, buf, &from), EAGAIN);
	net_fini(&n);
}

TEST(S1_a_protocol_sees_what_comes_in_alone)
{
	struct sockaddr_ll from;
	uint8_t buf[2048];
	struct net n;
	int ip, arp, none, both;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	ip = ostia_socket(n.b, AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
	arp = open_on(n.b, SOCK_RAW, ETH_P_ARP, index_of(n.lb));
	none = ostia_socket(n.b, AF_PACKET, SOCK_RAW, 0);
	both = open_on(n.b, SOCK_RAW, ETH_P_ALL, 1);
	ping(&n);
	EQ(next_from(n.b, ip, buf, &from), 42);
	EQ(from.sll_pkttype, PACKET_HOST);
	FAILS(next_from(n.b, ip, buf, &from), EAGAIN);
	EQ(next_from(n.b, arp, buf, &from), 42);
	FAILS(next_from(n.b, arp, buf, &from), EAGAIN);
	FAILS(next_from(n.b, none, buf, &from), EAGAIN);
	FAILS(next_from(n.b, both, buf, &from), EAGAIN); /* the loopback */
	net_fini(&n);
}

TEST(R4_what_is_of_others_is_shown_to_the_promiscuous)
{
	struct packet_mreq m = { .mr_type = PACKET_MR_PROMISC };
	struct sockaddr_ll from;
	uint8_t buf[2048];
	struct net n;
	int fd;

	begin(&n);
	fd = open_on(n.b, SOCK_RAW, 0x88b5, 0);
	m.mr_ifindex = index_of(n.lb);
	inject(&n, mac_b, 0x88b5);
	EQ(next_from(n.b, fd, buf, &from), 18);
	EQ(from.sll_pkttype, PACKET_HOST);
	MEM(from.sll_addr, mac_c, 6);
	inject(&n, all, 0x88b5);
	EQ(next_from(n.b, fd, buf, &from), 18);
	EQ(from.sll_pkttype, PACKET_BROADCAST);
	inject(&n, mac_a, 0x88b5);
	FAILS(next_from(n.b, fd, buf, &from), EAGAIN);
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			    sizeof(m)),
	   0);
	inject(&n, mac_a, 0x88b5);
	EQ(next_from(n.b, fd, buf, &from), 18);
	EQ(from.sll_pkttype, PACKET_OTHERHOST);
	inject(&n, group, 0x88b5);
	EQ(next_from(n.b, fd, buf, &from), 18);
	EQ(from.sll_pkttype, PACKET_MULTICAST);
	/* twice joined, twice left */
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			    sizeof(m)),
	   0);
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m,
			    sizeof(m)),
	   0);
	inject(&n, mac_a, 0x88b5);
	EQ(next_from(n.b, fd, buf, &from), 18);
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m,
			    sizeof(m)),
	   0);
	inject(&n, mac_a, 0x88b5);
	FAILS(next_from(n.b, fd, buf, &from), EAGAIN);
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m,
			    sizeof(m)),
	   0);
	net_fini(&n);
}

TEST(R4_a_member_of_a_group_sees_it)
{
	struct packet_mreq m = { .mr_type = PACKET_MR_MULTICAST, .mr_alen = 6 };
	struct sockaddr_ll from;
	uint8_t buf[2048];
	struct net n;
	int fd;

	begin(&n);
	fd = open_on(n.b, SOCK_RAW, 0x88b5, 0);
	memcpy(m.mr_address, group, 6);
	m.mr_ifindex = 99;
	FAILS(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			       sizeof(m)),
	      ENODEV);
	m.mr_ifindex = index_of(n.lb);
	inject(&n, group, 0x88b5);
	FAILS(next_from(n.b, fd, buf, &from), EAGAIN);
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			    sizeof(m)),
	   0);
	inject(&n, group, 0x88b5);
	EQ(next_from(n.b, fd, buf, &from), 18);
	m.mr_alen = 5;
	FAILS(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			       sizeof(m)),
	      EINVAL);
	m.mr_alen = 7;
	FAILS(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			       sizeof(m)),
	      EINVAL);
	net_fini(&n);
}

TEST(W4_frames_are_sent_as_written_or_with_our_header)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(0x88b5),
				  .sll_halen = 6 };
	uint8_t frame[64] = { 0 }, buf[2048];
	struct sockaddr_ll from;
	struct net n;
	int raw, cooked, self, peer;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	memcpy(to.sll_addr, mac_b, 6);
	to.sll_ifindex = index_of(n.la);
	peer = open_on(n.b, SOCK_RAW, 0x88b5, 0);
	self = open_on(n.a, SOCK_RAW, ETH_P_ALL, 0);
	raw = open_on(n.a, SOCK_RAW, ETH_P_ALL, index_of(n.la));
	cooked = ostia_socket(n.a, AF_PACKET, SOCK_DGRAM, 0);
	memcpy(frame, mac_b, 6);
	memcpy(frame + 6, mac_c, 6); /* whatever the program says */
	memcpy(frame + 12, "\x88\xb5", 2);
	memcpy(frame + 14, "raw", 3);
	EQ(ostia_send(n.a, raw, frame, 60, 0), 60);
	EQ(ostia_sendto(n.a, cooked, "cooked", 6, 0, (struct sockaddr *)&to,
			sizeof(to)),
	   6);
	net_run(&n);
	EQ(next_from(n.b, peer, buf, &from), 60);
	MEM(buf, frame, 60);
	EQ(next_from(n.b, peer, buf, &from), 20);
	MEM(buf, mac_b, 6);
	MEM(buf + 6, mac_a, 6);
	MEM(buf + 14, "cooked", 6);
	/* others see both leave, the sender not its own */
	EQ(next_from(n.a, self, buf, &from), 60);
	EQ(from.sll_pkttype, PACKET_OUTGOING);
	EQ(next_from(n.a, self, buf, &from), 20);
	EQ(next_from(n.a, raw, buf, &from), 20);
	FAILS(next_from(n.a, raw, buf, &from), EAGAIN);
	net_fini(&n);
}

TEST(W4_what_cannot_be_sent_has_its_errno)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(0x88b5),
				  .sll_halen = 6,
				  .sll_ifindex = 99 };
	const struct sockaddr *sa = (const struct sockaddr *)&to;
	static uint8_t frame[1515];
	struct net n;
	int raw, cooked;

	begin(&n);
	raw = ostia_socket(n.a, AF_PACKET, SOCK_RAW, 0);
	cooked = ostia_socket(n.a, AF_PACKET, SOCK_DGRAM, 0);
	FAILS(ostia_send(n.a, raw, frame, 60, 0), ENXIO);
	FAILS(ostia_sendto(n.a, raw, frame, 60, 0, sa, sizeof(to)), ENXIO);
	to.sll_ifindex = index_of(n.la);
	FAILS(ostia_sendto(n.a, raw, frame, 60, 0, sa, 18), EINVAL);
	FAILS(ostia_sendto(n.a, raw, frame, 1515, 0, sa, sizeof(to)), EMSGSIZE);
	EQ(ostia_sendto(n.a, raw, frame, 1514, 0, sa, sizeof(to)), 1514);
	FAILS(ostia_sendto(n.a, raw, frame, 13, 0, sa, sizeof(to)), EINVAL);
	FAILS(ostia_sendto(n.a, cooked, frame, 1501, 0, sa, sizeof(to)),
	      EMSGSIZE);
	to.sll_halen = 9;
	FAILS(ostia_sendto(n.a, cooked, frame, 60, 0, sa, sizeof(to)), EINVAL);
	net_fini(&n);
}

TEST(B1_binding_names_and_what_is_not_there)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP) };
	struct sockaddr *sa = (struct sockaddr *)&ll;
	socklen_t len = sizeof(ll);
	struct net n;
	int fd, v;

	begin(&n);
	FAILS(ostia_socket(n.a, AF_PACKET, SOCK_STREAM, 0), ESOCKTNOSUPPORT);
	fd = ostia_socket(n.a, AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	FAILS(ostia_bind(n.a, fd, sa, 18), EINVAL);
	ll.sll_ifindex = 99;
	FAILS(ostia_bind(n.a, fd, sa, sizeof(ll)), ENODEV);
	ll.sll_ifindex = index_of(n.la);
	EQ(ostia_bind(n.a, fd, sa, sizeof(ll)), 0);
	ll.sll_protocol = 0; /* as it was */
	EQ(ostia_bind(n.a, fd, sa, sizeof(ll)), 0);
	memset(&ll, 0xff, sizeof(ll));
	EQ(ostia_getsockname(n.a, fd, sa, &len), 0);
	EQ(len, 18);
	EQ(ll.sll_family, AF_PACKET);
	EQ(ntohs(ll.sll_protocol), ETH_P_IP);
	EQ(ll.sll_ifindex, index_of(n.la));
	EQ(ll.sll_hatype, ARPHRD_ETHER);
	MEM(ll.sll_addr, mac_a, 6);
	ll = (struct sockaddr_ll) { .sll_family = AF_PACKET };
	EQ(ostia_bind(n.a, fd, sa, sizeof(ll)), 0);
	len = sizeof(ll);
	EQ(ostia_getsockname(n.a, fd, sa, &len), 0);
	EQ(len, 12); /* no link, no address */
	FAILS(ostia_getpeername(n.a, fd, sa, &len), EOPNOTSUPP);
	FAILS(ostia_connect(n.a, fd, sa, 12), EOPNOTSUPP);
	FAILS(ostia_listen(n.a, fd, 1), EOPNOTSUPP);
	FAILS(ostia_accept(n.a, fd, NULL, NULL), EOPNOTSUPP);
	FAILS(ostia_shutdown(n.a, fd, SHUT_RD), EOPNOTSUPP);
	FAILS(ostia_recv(n.a, fd, &v, 4, MSG_OOB), EINVAL);
	len = sizeof(v);
	EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_TYPE, &v, &len), 0);
	EQ(v, SOCK_DGRAM);
	EQ(ostia_getsockopt(n.a, fd, SOL_SOCKET, SO_DOMAIN, &v, &len), 0);
	EQ(v, AF_PACKET);
	net_fini(&n);
}

/* The filter sees the frame, or what is in it, and cuts. */
TEST(S1_a_program_chooses_and_cuts_frames)
{
	struct sock_filter arp[] = {
		{ BPF_LD | BPF_H | BPF_ABS, 0, 0, 12 },
		{ BPF_JMP | BPF_JEQ, 0, 1, ETH_P_ARP },
		{ BPF_RET | BPF_K, 0, 0, 20 },
		{ BPF_RET | BPF_K, 0, 0, 0 },
	};
	/* of a cooked socket: type by the frame's header, and by the fact */
	struct sock_filter out[] = {
		{ BPF_LD | BPF_H | BPF_ABS, 0, 0, (uint32_t)SKF_LL_OFF + 12 },
		{ BPF_JMP | BPF_JEQ, 0, 3, ETH_P_IP },
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0,
		  (uint32_t)SKF_AD_OFF + SKF_AD_PKTTYPE },
		{ BPF_JMP | BPF_JEQ, 0, 1, PACKET_OUTGOING },
		{ BPF_RET | BPF_K, 0, 0, 1000 },
		{ BPF_RET | BPF_K, 0, 0, 0 },
	};
	const struct sock_fprog a = { 4, arp }, o = { 6, out };
	struct sockaddr_ll from;
	uint8_t buf[2048];
	struct net n;
	int raw, cooked;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	raw = open_on(n.b, SOCK_RAW, ETH_P_ALL, 0);
	cooked = open_on(n.b, SOCK_DGRAM, ETH_P_ALL, 0);
	EQ(ostia_setsockopt(n.b, raw, SOL_SOCKET, SO_ATTACH_FILTER, &a,
			    sizeof(a)),
	   0);
	EQ(ostia_setsockopt(n.b, cooked, SOL_SOCKET, SO_ATTACH_FILTER, &o,
			    sizeof(o)),
	   0);
	ping(&n);
	EQ(next_from(n.b, raw, buf, &from), 20);
	EQ(next_from(n.b, raw, buf, &from), 20);
	FAILS(next_from(n.b, raw, buf, &from), EAGAIN);
	EQ(next_from(n.b, cooked, buf, &from), 28);
	EQ(from.sll_pkttype, PACKET_OUTGOING);
	FAILS(next_from(n.b, cooked, buf, &from), EAGAIN);
	net_fini(&n);
}

TEST(W5_auxdata_and_statistics)
{
	struct sock_filter ten[] = { { BPF_RET | BPF_K, 0, 0, 10 } };
	const struct sock_fprog prog = { 1, ten };
	union {
		char buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} control;
	uint8_t bytes[4];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct tpacket_auxdata aux;
	struct tpacket_stats st;
	const int on = 1, two = 2, small = 2304;
	socklen_t len = sizeof(st);
	struct net n;
	int fd;

	begin(&n);
	fd = open_on(n.b, SOCK_RAW, 0x88b5, 0);
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_AUXDATA, &on, 4), 0);
	EQ(ostia_setsockopt(n.b, fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			    sizeof(prog)),
	   0);
	inject(&n, mac_b, 0x88b5);
	EQ(ostia_recvmsg(n.b, fd, &m, 0), 4);
	EQ(m.msg_flags, MSG_TRUNC);
	EQ(CMSG_FIRSTHDR(&m)->cmsg_level, SOL_PACKET);
	EQ(CMSG_FIRSTHDR(&m)->cmsg_type, PACKET_AUXDATA);
	memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(aux));
	EQ(aux.tp_status, TP_STATUS_USER);
	EQ(aux.tp_len, 18);
	EQ(aux.tp_snaplen, 10);
	EQ(aux.tp_net, 14);
	EQ(ostia_setsockopt(n.b, fd, SOL_SOCKET, SO_RCVBUF, &small, 4), 0);
	for (unsigned i = 0; i < 100; i++)
		inject(&n, mac_b, 0x88b5);
	EQ(ostia_getsockopt(n.b, fd, SOL_PACKET, PACKET_STATISTICS, &st, &len),
	   0);
	EQ(st.tp_packets, 101);
	OK(st.tp_drops > 50 && st.tp_drops < 101);
	EQ(ostia_getsockopt(n.b, fd, SOL_PACKET, PACKET_STATISTICS, &st, &len),
	   0);
	EQ(st.tp_packets + st.tp_drops, 0);
	FAILS(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_IGNORE_OUTGOING,
			       &two, 4),
	      EINVAL);
	FAILS(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_RX_RING, &two, 4),
	      ENOPROTOOPT);
	net_fini(&n);
}

TEST(R4_who_ignores_what_leaves_sees_what_comes)
{
	struct sockaddr_ll from;
	uint8_t buf[2048];
	const int on = 1;
	struct net n;
	int fd;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	fd = open_on(n.b, SOCK_RAW, ETH_P_ALL, 0);
	EQ(ostia_setsockopt(n.b, fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
			    4),
	   0);
	ping(&n);
	EQ(next_from(n.b, fd, buf, &from), 42);
	EQ(next_from(n.b, fd, buf, &from), 42);
	EQ(from.sll_pkttype, PACKET_HOST);
	FAILS(next_from(n.b, fd, buf, &from), EAGAIN);
	net_fini(&n);
}

/* It leaves and comes in, under an Ethernet header of zeros (Linux's). */
TEST(S1_the_loopback_looks_like_ethernet)
{
	static const uint8_t zeros[12];
	struct sockaddr_storage ss;
	struct sockaddr_ll from;
	uint8_t buf[2048], copy[2048];
	struct net n;
	int raw, cooked, udp, to;

	begin(&n);
	raw = open_on(n.a, SOCK_RAW, ETH_P_ALL, 0);
	cooked = open_on(n.a, SOCK_DGRAM, ETH_P_ALL, 0);
	net_pass(&n, 10 * OSTIA_S);
	drain(n.a, raw);
	drain(n.a, cooked);
	udp = net_socket(n.a, "127.0.0.1", SOCK_DGRAM);
	to = net_socket(n.a, "127.0.0.1", SOCK_DGRAM);
	EQ(net_bind(n.a, to, "127.0.0.1", 53), 0);
	EQ(ostia_sendto(n.a, udp, "hello", 5, 0, (struct sockaddr *)&ss,
			net_addr(&ss, "127.0.0.1", 53)),
	   5);
	net_run(&n);
	EQ(next_from(n.a, raw, buf, &from), 47);
	EQ(from.sll_pkttype, PACKET_OUTGOING);
	EQ(from.sll_hatype, ARPHRD_LOOPBACK);
	EQ(from.sll_halen, 6);
	MEM(buf, zeros, 12);
	MEM(buf + 12, "\x08\x00\x45", 3);
	EQ(next_from(n.a, raw, copy, &from), 47);
	EQ(from.sll_pkttype, PACKET_HOST);
	MEM(buf, copy, 47);
	EQ(next_from(n.a, cooked, buf, &from), 33);
	EQ(buf[0], 0x45);
	/* what a program captured it can send */
	EQ(ostia_recv(n.a, to, buf, sizeof(buf), 0), 5);
	from = (struct sockaddr_ll) { .sll_family = AF_PACKET,
				      .sll_ifindex = 1 };
	EQ(ostia_sendto(n.a, raw, copy, 47, 0, (struct sockaddr *)&from,
			sizeof(from)),
	   47);
	net_run(&n);
	EQ(ostia_recv(n.a, to, buf, sizeof(buf), 0), 5);
	MEM(buf, "hello", 5);
	/* of another type, too */
	drain(n.a, raw);
	drain(n.a, cooked);
	memcpy(copy + 12, "\x88\xb5", 2);
	from.sll_ifindex = 1;
	EQ(ostia_sendto(n.a, raw, copy, 47, 0, (struct sockaddr *)&from,
			sizeof(from)),
	   47);
	net_run(&n);
	EQ(next_from(n.a, raw, buf, &from), 47);
	EQ(ntohs(from.sll_protocol), 0x88b5);
	EQ(from.sll_pkttype, PACKET_HOST);
	FAILS(ostia_recv(n.a, to, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	net_fini(&n);
}

TEST(K3_a_link_that_goes_is_told)
{
	struct sockaddr_storage ss;
	struct sockaddr_ll ll;
	struct in_pktinfo info;
	union {
		char buf[CMSG_SPACE(sizeof(info))];
		struct cmsghdr align;
	} control;
	uint8_t buf[2048];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	socklen_t len = sizeof(ll);
	const int on = 1;
	struct net n;
	int bound, any, udp, from, v;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	bound = open_on(n.b, SOCK_RAW, ETH_P_ALL, index_of(n.lb));
	any = open_on(n.b, SOCK_RAW, ETH_P_IP, 0);
	udp = net_socket(n.b, "10.99.0.2", SOCK_DGRAM);
	from = net_socket(n.a, "10.99.0.2", SOCK_DGRAM);
	EQ(net_bind(n.b, udp, "0.0.0.0", 53), 0);
	EQ(ostia_setsockopt(n.b, udp, IPPROTO_IP, IP_PKTINFO, &on, 4), 0);
	EQ(ostia_sendto(n.a, from, "hello", 5, 0, (struct sockaddr *)&ss,
			net_addr(&ss, "10.99.0.2", 53)),
	   5);
	net_run(&n);
	/* one that waits to leave, too */
	EQ(ostia_sendto(n.b, udp, "bye", 3, 0, (struct sockaddr *)&ss,
			net_addr(&ss, "10.99.0.1", 53)),
	   3);
	EQ(ostia_ioctl(n.b, udp, SIOCOUTQ, &v), 0);
	OK(v > 0);
	ostia_link_free(n.lb);
	EQ(ostia_ioctl(n.b, udp, SIOCOUTQ, &v), 0);
	EQ(v, 0);
	OK(net_poll(n.b, bound) & POLLERR);
	FAILS(ostia_recv(n.b, bound, buf, sizeof(buf), 0), ENODEV);
	EQ(ostia_getsockname(n.b, bound, (struct sockaddr *)&ll, &len), 0);
	EQ(ll.sll_ifindex, -1);
	FAILS(ostia_send(n.b, bound, buf, 60, 0), ENXIO);
	EQ(next_from(n.b, any, buf, &ll), 47);
	EQ(ostia_recvmsg(n.b, udp, &m, 0), 5);
	n.lb = net_link(&n, n.sb, 2, 1500);
	net_fini(&n);
}

/* An Ethernet frame with a datagram of @len bytes to port 53 of host B, whose
 * sum is that of the pseudo header.
 */
static size_t datagram(uint8_t *f, size_t len)
{
	static const uint8_t ip[20] = { 0x45, 0, 0,  0,	 0, 1, 0,  0,  64, 17,
					0,    0, 10, 99, 0, 1, 10, 99, 0,  2 };
	uint32_t sum = 0;

	memset(f, 0, 14 + 28 + len);
	memcpy(f, mac_b, 6);
	memcpy(f + 6, mac_a, 6);
	f[12] = 8;
	memcpy(f + 14, ip, sizeof(ip));
	f[16] = (uint8_t)((28 + len) >> 8);
	f[17] = (uint8_t)(28 + len);
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)(f[i] << 8 | f[i + 1]);
	sum = ~((sum & 0xffff) + (sum >> 16));
	f[24] = (uint8_t)(sum >> 8);
	f[25] = (uint8_t)sum;
	f[34] = 1; /* from port 256 */
	f[37] = 53;
	f[38] = (uint8_t)((8 + len) >> 8);
	f[39] = (uint8_t)(8 + len);
	sum = 2 * (10u << 8 | 99) + 1 + 2 + 17 + 8 + (uint32_t)len;
	f[40] = (uint8_t)(sum >> 8);
	f[41] = (uint8_t)sum;
	return 14 + 28 + len;
}

TEST(W4_a_super_segment_leaves_in_parts_with_their_sums)
{
	uint8_t f[10 + 14 + 28 + 3500] = { 1, 5, 42, 0, 0xe8, 3, 34, 0, 6 };
	struct sockaddr_ll from;
	uint8_t buf[2048];
	const int on = 1;
	struct net n;
	int raw, udp, peer;
	size_t len;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	udp = net_socket(n.b, "10.99.0.2", SOCK_DGRAM);
	EQ(net_bind(n.b, udp, "0.0.0.0", 53), 0);
	peer = open_on(n.b, SOCK_RAW, ETH_P_IP, 0);
	raw = open_on(n.a, SOCK_RAW, ETH_P_ALL, index_of(n.la));
	EQ(ostia_setsockopt(n.a, raw, SOL_PACKET, PACKET_VNET_HDR, &on, 4), 0);
	len = 10 + datagram(f + 10, 3500);
	EQ(ostia_send(n.a, raw, f, len, 0), (ssize_t)len);
	net_run(&n);
	for (int i = 0; i < 4; i++) {
		EQ(next_from(n.b, peer, buf, &from), i < 3 ? 1042 : 542);
		/* to hear of them the sum must be right */
		EQ(ostia_recv(n.b, udp, buf, 2048, 0), i < 3 ? 1000 : 500);
	}
	FAILS(next_from(n.b, peer, buf, &from), EAGAIN);
	/* parts of what it sent are not shown to the sender */
	FAILS(next_from(n.a, raw, buf, &from), EAGAIN);
	/* an open sum is completed; without the header's word it is wrong */
	f[1] = 0;
	len = 10 + datagram(f + 10, 100);
	EQ(ostia_send(n.a, raw, f, len, 0), (ssize_t)len);
	f[0] = 0;
	EQ(ostia_send(n.a, raw, f, len, 0), (ssize_t)len);
	net_run(&n);
	EQ(ostia_recv(n.b, udp, buf, 2048, 0), 100);
	FAILS(ostia_recv(n.b, udp, buf, 2048, MSG_DONTWAIT), EAGAIN);
	/* what the network card would take whole may be longer than the MTU,
	 * and nothing else
	 */
	f[0] = 1;
	len = 10 + datagram(f + 10, 1473);
	FAILS(ostia_send(n.a, raw, f, len, 0), EMSGSIZE);
	net_fini(&n);
}

TEST(W4_a_super_segment_of_tcp_is_cut_or_refused)
{
	/* virtio, Ethernet, IPv4, TCP with a wrong and a right data offset */
	uint8_t f[10 + 14 + 40 + 3000] = { 1, 1, 0, 0, 0xe8, 3, 34, 0, 16 };
	struct sockaddr_ll from;
	uint8_t buf[2048];
	const int on = 1;
	struct net n;
	int raw, peer;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	peer = open_on(n.b, SOCK_RAW, ETH_P_IP, 0);
	raw = open_on(n.a, SOCK_RAW, ETH_P_IP, index_of(n.la));
	EQ(ostia_setsockopt(n.a, raw, SOL_PACKET, PACKET_VNET_HDR, &on, 4), 0);
	datagram(f + 10, 3012);
	memset(f + 10 + 38, 0, 4); /* the sequence number */
	f[10 + 14 + 9] = IPPROTO_TCP;
	for (int doff = 0; doff < 16; doff++) {
		f[10 + 34 + 12] = (uint8_t)(doff << 4);
		if (doff >= 5) {
			EQ(ostia_send(n.a, raw, f, sizeof(f), 0),
			   (ssize_t)sizeof(f));
			net_run(&n);
			while (next_from(n.b, peer, buf, &from) >= 0)
				;
		} else {
			FAILS(ostia_send(n.a, raw, f, sizeof(f), 0), EINVAL);
		}
	}
	f[10 + 34 + 12] = 5 << 4;
	f[10 + 34 + 13] = 0x18; /* ACK, PSH */
	EQ(ostia_send(n.a, raw, f, sizeof(f), 0), (ssize_t)sizeof(f));
	net_run(&n);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t seq;

		EQ(next_from(n.b, peer, buf, &from), 1054);
		memcpy(&seq, buf + 38, 4);
		EQ(ntohl(seq), i * 1000);
		EQ(buf[47], i == 2 ? 0x18 : 0x10);
	}
	/* headers that are not of the frame's family, or shorter than IP's */
	f[1] = 4;
	FAILS(ostia_send(n.a, raw, f, sizeof(f), 0), EINVAL);
	f[1] = 1;
	for (int ihl = 0; ihl < 16; ihl++) {
		f[10 + 14] = (uint8_t)(0x40 | ihl);
		if (ihl != 5)
			FAILS(ostia_send(n.a, raw, f, sizeof(f), 0), EINVAL);
	}
	net_fini(&n);
}

TEST(W4_stamps_of_what_left_wait_in_the_error_queue)
{
	union {
		char buf[256];
		struct cmsghdr align;
	} control;
	uint8_t bytes[64], frame[60] = { 0 };
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	const int both = SOF_TIMESTAMPING_TX_SOFTWARE |
			 SOF_TIMESTAMPING_RX_SOFTWARE |
			 SOF_TIMESTAMPING_SOFTWARE;
	struct sock_extended_err ee;
	struct cmsghdr *h;
	struct net n;
	int raw, peer;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	raw = open_on(n.a, SOCK_RAW, ETH_P_IP, index_of(n.la));
	peer = open_on(n.b, SOCK_RAW, 0x88b5, index_of(n.lb));
	EQ(ostia_setsockopt(n.a, raw, SOL_SOCKET, SO_TIMESTAMPING, &both, 4),
	   0);
	EQ(ostia_setsockopt(n.b, peer, SOL_SOCKET, SO_TIMESTAMPING, &both, 4),
	   0);
	memcpy(frame, mac_b, 6);
	memcpy(frame + 12, "\x88\xb5", 2);
	EQ(ostia_send(n.a, raw, frame, 60, 0), 60);
	FAILS(ostia_recvmsg(n.a, raw, &m, MSG_ERRQUEUE), EAGAIN);
	net_run(&n);
	OK(net_poll(n.a, raw) & POLLERR);
	EQ(ostia_recvmsg(n.a, raw, &m, MSG_ERRQUEUE), 60);
	EQ(m.msg_flags, MSG_ERRQUEUE);
	h = CMSG_FIRSTHDR(&m);
	EQ(h->cmsg_type, SCM_TIMESTAMPING);
	h = CMSG_NXTHDR(&m, h);
	EQ(h->cmsg_level, SOL_PACKET);
	EQ(h->cmsg_type, PACKET_TX_TIMESTAMP);
	EQ(h->cmsg_len, CMSG_LEN(sizeof(ee)));
	memcpy(&ee, CMSG_DATA(h), sizeof(ee));
	EQ(ee.ee_errno, ENOMSG);
	EQ(ee.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
	m.msg_controllen = sizeof(control);
	EQ(ostia_recvmsg(n.b, peer, &m, 0), 60);
	EQ(CMSG_FIRSTHDR(&m)->cmsg_type, SCM_TIMESTAMPING);
	net_fini(&n);
}

/* What rolls over when a link goes, a member closes, or all do. */
TEST(K3_a_group_outlives_its_link_and_its_members)
{
	struct sockaddr_ll from;
	uint8_t buf[2048];
	const uint32_t turns = 1u << 16 | 3;
	struct net n;
	int a, b, c;

	begin(&n);
	net_pass(&n, 10 * OSTIA_S);
	a = open_on(n.b, SOCK_RAW, 0x88b5, index_of(n.lb));
	b = open_on(n.b, SOCK_RAW, 0x88b5, index_of(n.lb));
	c = open_on(n.b, SOCK_RAW, 0x88b5, index_of(n.lb));
	for (int i = 0; i < 3; i++)
		EQ(ostia_setsockopt(n.b, i ? i == 1 ? b : c : a, SOL_PACKET,
				    PACKET_FANOUT, &turns, 4),
		   0);
	EQ(ostia_close(n.b, b), 0);
	for (int i = 0; i < 4; i++)
		inject(&n, mac_b, 0x88b5);
	for (int i = 0; i < 2; i++) {
		EQ(next_from(n.b, a, buf, &from), 18);
		EQ(next_from(n.b, c, buf, &from), 18);
	}
	FAILS(next_from(n.b, a, buf, &from), EAGAIN);
	ostia_link_free(n.lb);
	FAILS(ostia_recv(n.b, a, buf, sizeof(buf), 0), ENODEV);
	EQ(ostia_close(n.b, a), 0);
	n.lb = net_link(&n, n.sb, 2, 1500);
	inject(&n, mac_b, 0x88b5);
	EQ(ostia_close(n.b, c), 0);
	net_fini(&n);
}

/* A group of @type, frames both ways with PACKET_VNET_HDR. */
static void share(struct net *n, uint32_t type_flags)
{
	struct sock_filter first[] = { { BPF_RET | BPF_K, 0, 0, 0 } };
	const struct sock_fprog prog = { 1, first };
	uint8_t f[10 + 14 + 28 + 3500] = { 1, 5, 42, 0, 0xe8, 3, 34, 0, 6 };
	const uint32_t arg = type_flags << 16 | 4;
	const int on = 1;
	int fd[2], raw;
	size_t len = 10 + datagram(f + 10, 3500);

	for (int i = 0; i < 2; i++) {
		fd[i] = ostia_socket(n->b, AF_PACKET, SOCK_RAW,
				     htons(ETH_P_IP));
		ostia_setsockopt(n->b, fd[i], SOL_PACKET, PACKET_VNET_HDR, &on,
				 4);
		ostia_setsockopt(n->b, fd[i], SOL_PACKET, PACKET_FANOUT, &arg,
				 4);
	}
	ostia_setsockopt(n->b, fd[1], SOL_PACKET, PACKET_FANOUT_DATA, &prog,
			 sizeof(prog));
	raw = ostia_socket(n->a, AF_PACKET, SOCK_RAW, 0);
	ostia_setsockopt(n->a, raw, SOL_PACKET, PACKET_VNET_HDR, &on, 4);
	if (raw >= 0) {
		struct sockaddr_ll to = { .sll_family = AF_PACKET,
					  .sll_ifindex = index_of(n->la) };

		ostia_sendto(n->a, raw, f, len, 0, (struct sockaddr *)&to,
			     sizeof(to));
	}
	net_run(n);
	f[10 + 14 + 6] = 0x20; /* the first fragment of several */
	ostia_link_input(n->lb, ostia_pkt_from(n->pool, f + 10, 14 + 28));
	net_run(n);
	for (int i = 0; i < 2; i++)
		ostia_recv(n->b, fd[i], f, sizeof(f), MSG_DONTWAIT);
}

static void conversation(struct net *n)
{
	struct sock_filter whole[] = { { BPF_RET | BPF_K, 0, 0, 2048 } };
	const struct sock_fprog prog = { 1, whole };
	struct packet_mreq m = { .mr_type = PACKET_MR_PROMISC };
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = index_of(n->lb) };
	static uint8_t big[1500];
	struct sockaddr_storage ss;
	int fd, raw, ping;

	m.mr_ifindex = index_of(n->lb);
	fd = ostia_socket(n->b, AF_PACKET, SOCK_RAW, 0);
	raw = ostia_socket(n->b, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	ping = ostia_socket(n->a, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	ostia_setsockopt(n->b, fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			 sizeof(prog));
	ostia_setsockopt(n->b, raw, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			 sizeof(prog));
	ostia_setsockopt(n->b, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			 sizeof(m));
	ostia_bind(n->b, fd, (struct sockaddr *)&ll, sizeof(ll));
	big[0] = ICMP_ECHO;
	ostia_sendto(n->a, ping, big, 1000, 0, (struct sockaddr *)&ss,
		     net_addr(&ss, "10.99.0.2", 0));
	net_run(n);
	ostia_send(n->b, fd, big, 1000, 0);
	net_run(n);
	ostia_recv(n->b, fd, big, sizeof(big), MSG_DONTWAIT);
	ostia_recv(n->b, raw, big, sizeof(big), MSG_DONTWAIT);
	share(n, PACKET_FANOUT_CBPF);
	share(n, PACKET_FANOUT_LB | PACKET_FANOUT_FLAG_ROLLOVER |
			 PACKET_FANOUT_FLAG_DEFRAG);
}

/* The n-th request for memory fails, for every n: nothing leaks. */
TEST(S3_without_memory_nothing_leaks)
{
	long most = -1;

	for (long i = -1; i <= most; i++) {
		struct net n;
		long used;

		begin(&n);
		used = n.lend.calls;
		n.lend.left = i;
		conversation(&n);
		used = n.lend.calls - used;
		n.lend.left = -1;
		net_fini(&n);
		if (i < 0)
			most = used;
	}
	OK(most > 5 && most < 1000);
}

TESTS(CASE(S3_without_memory_nothing_leaks),
      CASE(W4_a_super_segment_leaves_in_parts_with_their_sums),
      CASE(W4_a_super_segment_of_tcp_is_cut_or_refused),
      CASE(W4_stamps_of_what_left_wait_in_the_error_queue),
      CASE(K3_a_group_outlives_its_link_and_its_members),
      CASE(S1_all_frames_in_and_out_with_and_without_their_header),
      CASE(S1_a_protocol_sees_what_comes_in_alone),
      CASE(R4_what_is_of_others_is_shown_to_the_promiscuous),
      CASE(R4_a_member_of_a_group_sees_it),
      CASE(W4_frames_are_sent_as_written_or_with_our_header),
      CASE(W4_what_cannot_be_sent_has_its_errno),
      CASE(B1_binding_names_and_what_is_not_there),
      CASE(S1_a_program_chooses_and_cuts_frames),
      CASE(W5_auxdata_and_statistics),
      CASE(R4_who_ignores_what_leaves_sees_what_comes),
      CASE(S1_the_loopback_looks_like_ethernet),
      CASE(K3_a_link_that_goes_is_told))
