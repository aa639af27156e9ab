/* SPDX-License-Identifier: MIT */
/*
 * Shows IPv4 packets as they pass
 *
 *	sniffer [-c PACKETS] [PROTOCOL]
 *
 * A packet socket sees every frame, in and out; a small program (classic BPF)
 * lets only IPv4 of the protocol asked for (icmp, tcp, udp or a number) come up
 * to us, and no more of each packet than its header. A line says which way a
 * packet goes, whose it is, its protocol and its length. Exit status: 0 when
 * so many were seen, 1 an error, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SNAPLEN = 60 }; /* the longest IPv4 header */

static int protocol_of(const char *text)
{
	if (!strcmp(text, "icmp"))
		return IPPROTO_ICMP;
	if (!strcmp(text, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(text, "udp"))
		return IPPROTO_UDP;
	return atoi(text);
}

/* The packet's version is 4, and its protocol @protocol (0: any). Offsets count
 * from the IP header, since we are a socket of SOCK_DGRAM.
 */
static int attach(int fd, int protocol)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)protocol, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SNAPLEN),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog prog = { sizeof(program) / sizeof(program[0]),
					 program };

	if (!protocol) /* whatever it is */
		program[3].jf = 0;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int open_socket(int protocol)
{
	const int on = 1;
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	const struct sockaddr_ll everywhere = { .sll_family = AF_PACKET,
						.sll_protocol =
							htons(ETH_P_ALL) };

	if (fd < 0)
		return -1;
	/* The filter first: nothing else may come up before it is there. */
	if (attach(fd, protocol) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    bind(fd, (const struct sockaddr *)&everywhere,
		 sizeof(everywhere))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The length that the whole packet had. */
static unsigned whole(struct msghdr *m)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		struct tpacket_auxdata aux;

		if (h->cmsg_level != SOL_PACKET ||
		    h->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(h), sizeof(aux));
		return aux.tp_len;
	}
	return 0;
}

static const char *way(const struct sockaddr_ll *from)
{
	switch (from->sll_pkttype) {
	case PACKET_OUTGOING:
		return "out";
	case PACKET_OTHERHOST:
		return "other";
	default:
		return "in";
	}
}

static void tell(const struct sockaddr_ll *from, const struct iphdr *ip,
		 unsigned len)
{
	char src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &ip->saddr, src, sizeof(src));
	inet_ntop(AF_INET, &ip->daddr, dst, sizeof(dst));
	printf("%s %s > %s protocol %d length %u\n", way(from), src, dst,
	       ip->protocol, len);
	fflush(stdout);
}

/* Return: 1: a packet was told of. */
static int next_packet(int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} control;
	struct sockaddr_ll from;
	union {
		struct iphdr ip;
		char bytes[SNAPLEN];
	} packet;
	struct iovec iov = { &packet, sizeof(packet) };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		perror("recvmsg");
	if (n < (ssize_t)sizeof(packet.ip))
		return n < 0 ? -1 : 0;
	tell(&from, &packet.ip, whole(&m));
	return 1;
}

int main(int argc, char **argv)
{
	int opt, fd, got, protocol = 0;
	long count = -1;

	while ((opt = getopt(argc, argv, "c:")) != -1) {
		if (opt != 'c')
			return 2;
		count = atol(optarg);
	}
	if (optind < argc)
		protocol = protocol_of(argv[optind]);
	fd = open_socket(protocol);
	if (fd < 0) {
		perror("packet socket");
		return 1;
	}
	fprintf(stderr, "listening\n");
	while (count) {
		got = next_packet(fd);
		if (got < 0)
			return 1;
		if (got && count > 0)
			count--;
	}
	close(fd);
	return 0;
}
