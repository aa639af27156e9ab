/* SPDX-License-Identifier: MIT */
/*
 * Tells the way to a host, hop by hop
 *
 *	traceroute [-m HOPS] [-q PROBES] [-w SECONDS] HOST
 *
 * A datagram whose TTL runs out on its way is answered by the router where it
 * happened, with an ICMP error, which a socket with IP_RECVERR keeps in its
 * error queue: who said it, and why. No privilege is needed. The host itself
 * answers that nobody listens on the port. Exit status: 0 the host answered,
 * 1 it did not, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>

enum { PORT = 33434, SIZE = 32, HOPS_MAX = 255 };

/* struct way - What we are asked to find */
struct way {
	int fd, family;
	struct sockaddr_storage host;
	socklen_t host_len;
	int hops, probes;
	double seconds;
};

/* struct answer - What came back for a probe */
struct answer {
	char from[INET6_ADDRSTRLEN];
	int err; /* EHOSTUNREACH: on the way; ECONNREFUSED: the host itself */
	double ms;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int parse(struct way *w, const char *text)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&w->host;
	struct sockaddr_in *in = (struct sockaddr_in *)&w->host;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		w->family = in->sin_family = AF_INET;
		w->host_len = sizeof(*in);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		w->family = in6->sin6_family = AF_INET6;
		w->host_len = sizeof(*in6);
		return 0;
	}
	return -1;
}

static int open_door(struct way *w)
{
	int one = 1;
	int err;

	w->fd = socket(w->family, SOCK_DGRAM, 0);
	if (w->fd < 0)
		return -1;
	if (w->family == AF_INET)
		err = setsockopt(w->fd, IPPROTO_IP, IP_RECVERR, &one,
				 sizeof(one));
	else
		err = setsockopt(w->fd, IPPROTO_IPV6, IPV6_RECVERR, &one,
				 sizeof(one));
	return err;
}

static int send_probe(struct way *w, int ttl, int probe)
{
	static const char load[SIZE] = "traceroute";
	uint16_t port = htons((uint16_t)(PORT + ttl * w->probes + probe));
	int err;

	if (w->family == AF_INET) {
		((struct sockaddr_in *)&w->host)->sin_port = port;
		err = setsockopt(w->fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	} else {
		((struct sockaddr_in6 *)&w->host)->sin6_port = port;
		err = setsockopt(w->fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl,
				 sizeof(ttl));
	}
	if (err < 0)
		return -1;
	/* An error that came late is told by the next call: once. */
	for (int i = 0; i < 3; i++)
		if (sendto(w->fd, load, sizeof(load), 0,
			   (struct sockaddr *)&w->host, w->host_len) >= 0)
			return 0;
	return -1;
}

static void name_of(const struct sockaddr *sa, char *buf)
{
	const void *at =
		sa->sa_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)sa)
				  ->sin_addr
			: (const void *)&((const struct sockaddr_in6 *)sa)
				  ->sin6_addr;

	if (!inet_ntop(sa->sa_family, at, buf, INET6_ADDRSTRLEN))
		snprintf(buf, INET6_ADDRSTRLEN, "?");
}

static void read_report(struct cmsghdr *c, struct answer *a)
{
	struct sock_extended_err e;

	memcpy(&e, CMSG_DATA(c), sizeof(e));
	a->err = (int)e.ee_errno;
	if (e.ee_origin == SO_EE_ORIGIN_ICMP ||
	    e.ee_origin == SO_EE_ORIGIN_ICMP6)
		name_of(SO_EE_OFFENDER(
				(struct sock_extended_err *)CMSG_DATA(c)),
			a->from);
}

static uint16_t port_of(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET
		       ? ((const struct sockaddr_in *)ss)->sin_port
		       : ((const struct sockaddr_in6 *)ss)->sin6_port;
}

/* An error from the queue. Return: 1, if it speaks of the last probe. */
static int read_error(struct way *w, struct answer *a)
{
	char load[512], room[512];
	struct sockaddr_storage to;
	struct iovec iov = { load, sizeof(load) };
	struct msghdr m = { .msg_name = &to,
			    .msg_namelen = sizeof(to),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };

	if (recvmsg(w->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if ((c->cmsg_level == IPPROTO_IP &&
		     c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 &&
		     c->cmsg_type == IPV6_RECVERR))
			read_report(c, a);
	return port_of(&to) == port_of(&w->host);
}

/* Return: 1 an answer, 0 none in time, -1 an error of ours. */
static int await(struct way *w, double since, struct answer *a)
{
	double end = since + w->seconds * 1e3;

	for (;;) {
		struct pollfd p = { .fd = w->fd };
		double left = end - now_ms();
		int r;

		if (left < 0)
			return 0;
		r = poll(&p, 1, (int)left + 1);
		if (r < 0)
			return -1;
		if (r > 0 && read_error(w, a)) {
			a->ms = now_ms() - since;
			return 1;
		}
	}
}

/* One line. Return: the host answered (1), or not (0); -1: an error. */
static int hop(struct way *w, int ttl)
{
	char last[INET6_ADDRSTRLEN] = "";
	int there = 0;

	printf("%2d ", ttl);
	for (int i = 0; i < w->probes; i++) {
		struct answer a = { .from = "?" };
		double since = now_ms();
		int r;

		if (send_probe(w, ttl, i) < 0)
			return -1;
		r = await(w, since, &a);
		if (r < 0)
			return -1;
		if (r == 0) {
			printf(" *");
			continue;
		}
		if (strcmp(last, a.from) != 0)
			printf(" %s ", a.from);
		memcpy(last, a.from, sizeof(last));
		printf(" %.3f ms", a.ms);
		if (a.err == ECONNREFUSED)
			there = 1;
		else if (a.err != EHOSTUNREACH)
			printf(" (%s)", strerror(a.err));
	}
	putchar('\n');
	fflush(stdout);
	return there;
}

static int usage(void)
{
	fprintf(stderr, "usage: traceroute [-m HOPS] [-q PROBES] [-w SECONDS] "
			"HOST\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct way w = { .hops = 30, .probes = 3, .seconds = 3 };
	int c, r = 0;

	while ((c = getopt(argc, argv, "m:q:w:")) != -1) {
		if (c == 'm')
			w.hops = atoi(optarg);
		else if (c == 'q')
			w.probes = atoi(optarg);
		else if (c == 'w')
			w.seconds = atof(optarg);
		else
			return usage();
	}
	if (optind + 1 != argc || w.hops < 1 || w.hops > HOPS_MAX ||
	    w.probes < 1 || w.probes > 10 || !(w.seconds > 0))
		return usage();
	if (parse(&w, argv[optind]) < 0) {
		fprintf(stderr, "traceroute: %s: not an address\n",
			argv[optind]);
		return 2;
	}
	if (open_door(&w) < 0) {
		perror("traceroute: socket");
		return 1;
	}
	printf("traceroute to %s, %d hops at most, %d bytes\n", argv[optind],
	       w.hops, SIZE);
	for (int ttl = 1; ttl <= w.hops && !r; ttl++)
		r = hop(&w, ttl);
	if (r < 0)
		perror("traceroute");
	close(w.fd);
	return r == 1 ? 0 : 1;
}
