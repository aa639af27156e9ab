/* SPDX-License-Identifier: MIT */
/*
 * tests/api/info.c - what TCP_INFO counts, on the kernel and on ours
 *
 * Both ends of one conversation over the loopback, a line a field after each
 * step, whenever all is acknowledged. Times differ, so of those a line says
 * whether there was any.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 2000, BUF = 1 << 16, SMALL = 8192 };

static const char *const sides[] = { "client", "server" };
static char buf[BUF];

struct talk {
	int family;
	int fd[2];
};

static struct tcp_info info(int fd)
{
	struct tcp_info i = { 0 };
	socklen_t len = sizeof(i);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len))
		table_die();
	return i;
}

/* All has arrived and been acknowledged, or the peer takes no more. */
static void settle(int fd)
{
	while (info(fd).tcpi_unacked)
		poll(NULL, 0, 1);
}

static void line(const struct talk *t, const char *step, int side,
		 const char *field, unsigned long long n)
{
	printf("%s/%s/%s/%s: %llu\n", t->family == AF_INET ? "ipv4" : "ipv6",
	       step, sides[side], field, n);
}

static void show(const struct talk *t, const char *step)
{
	settle(t->fd[0]);
	settle(t->fd[1]);
	for (int k = 0; k < 2; k++) {
		struct tcp_info i = info(t->fd[k]);

		line(t, step, k, "state", i.tcpi_state);
		line(t, step, k, "data_segs_in", i.tcpi_data_segs_in);
		line(t, step, k, "data_segs_out", i.tcpi_data_segs_out);
		line(t, step, k, "delivered", i.tcpi_delivered);
		line(t, step, k, "bytes_sent", i.tcpi_bytes_sent);
		line(t, step, k, "bytes_retrans", i.tcpi_bytes_retrans);
		line(t, step, k, "total_retrans", i.tcpi_total_retrans);
		line(t, step, k, "notsent_bytes", i.tcpi_notsent_bytes);
		line(t, step, k, "reordering", i.tcpi_reordering);
		line(t, step, k, "reord_seen", i.tcpi_reord_seen);
		line(t, step, k, "min_rtt known", i.tcpi_min_rtt != UINT32_MAX);
		line(t, step, k, "rwnd_limited", i.tcpi_rwnd_limited != 0);
		line(t, step, k, "sndbuf_limited", i.tcpi_sndbuf_limited != 0);
		line(t, step, k, "busy for no less",
		     i.tcpi_busy_time >=
			     i.tcpi_rwnd_limited + i.tcpi_sndbuf_limited);
		line(t, step, k, "last within a minute",
		     i.tcpi_last_data_sent < 60000 &&
			     i.tcpi_last_data_recv < 60000 &&
			     i.tcpi_last_ack_recv < 60000);
	}
}

static socklen_t loopback(int family, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (family == AF_INET) {
		*in = (struct sockaddr_in) {
			AF_INET, htons(PORT), { htonl(INADDR_LOOPBACK) }, { 0 }
		};
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(PORT);
	in6->sin6_addr.s6_addr[15] = 1;
	return sizeof(*in6);
}

static void open_up(struct talk *t, int family)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(family, &ss);
	int door = socket(family, SOCK_STREAM, 0), n = SMALL;

	t->family = family;
	t->fd[0] = socket(family, SOCK_STREAM, 0);
	/* a window that is soon full */
	if (setsockopt(door, SOL_SOCKET, SO_RCVBUF, &n, sizeof(n)) ||
	    bind(door, (struct sockaddr *)&ss, len) || listen(door, 1) ||
	    connect(t->fd[0], (struct sockaddr *)&ss, len))
		table_die();
	t->fd[1] = accept(door, NULL, NULL);
	close(door);
	for (int i = 0; i < 2; i++)
		fcntl(t->fd[i], F_SETFL, O_NONBLOCK);
}

static void say(const struct talk *t, int from, size_t n)
{
	struct pollfd p = { .fd = t->fd[!from], .events = POLLIN };

	if (send(t->fd[from], buf, n, 0) != (ssize_t)n ||
	    poll(&p, 1, -1) != 1 || recv(t->fd[!from], buf, n, 0) != (ssize_t)n)
		table_die();
}

/* Nobody reads: until the window is closed, and for a while. */
static void fill(const struct talk *t)
{
	while (send(t->fd[0], buf, BUF, 0) > 0)
		;
	while (!info(t->fd[0]).tcpi_rwnd_limited)
		poll(NULL, 0, 10);
	while (recv(t->fd[1], buf, BUF, 0) > 0 ||
	       info(t->fd[0]).tcpi_notsent_bytes || info(t->fd[0]).tcpi_unacked)
		poll(NULL, 0, 1);
}

static void limited(const struct talk *t)
{
	struct tcp_info i = info(t->fd[0]);

	line(t, "filled", 0, "busy", i.tcpi_busy_time != 0);
	line(t, "filled", 0, "rwnd_limited", i.tcpi_rwnd_limited != 0);
	line(t, "filled", 0, "bytes_sent at least", i.tcpi_bytes_sent > SMALL);
	line(t, "filled", 0, "data_segs_out at least",
	     i.tcpi_data_segs_out > 4);
}

int table_main(void)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct talk t;

	for (unsigned f = 0; f < 2; f++) {
		open_up(&t, families[f]);
		show(&t, "open");
		say(&t, 0, 100);
		show(&t, "asked");
		say(&t, 1, 1000);
		show(&t, "answered");
		poll(NULL, 0, 1200);
		show(&t, "quiet");
		say(&t, 0, 1);
		say(&t, 1, 1);
		show(&t, "again");
		fill(&t);
		limited(&t);
		shutdown(t.fd[0], SHUT_WR);
		close(t.fd[1]);
		close(t.fd[0]);
	}
	return 0;
}
