/* SPDX-License-Identifier: MIT */
/*
 * tests/api/binding.c - B2: who may have a port that another one has
 *
 * Every pair of: address (wildcard, specific; IPv4, IPv6, IPv4 mapped) x
 * SO_REUSEADDR x SO_REUSEPORT x IPV6_V6ONLY, for each state of the socket that
 * has the port. One source with plain names, compared by tests/api/table.py's
 * rules. A line reads
 *
 *	tcp/listening/any6-r-/lo4--p: EADDRINUSE
 *
 * r: REUSEADDR, p: REUSEPORT, v: V6ONLY; of TCP what listen() says follows.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_PORT = 2000, BACKLOG = 4 };
enum { REUSEADDR = 1, REUSEPORT = 2, V6ONLY = 4, FLAGS = 8 };

struct address {
	const char *name;
	int family;
	uint8_t bytes[16];
};

static const struct address addresses[] = {
	{ "any4", AF_INET, { 0 } },
	{ "lo4", AF_INET, { 127, 0, 0, 1 } },
	{ "any6", AF_INET6, { 0 } },
	{ "lo6", AF_INET6, { [15] = 1 } },
	{ "anym", AF_INET6, { [10] = 0xff, [11] = 0xff } },
	{ "lom", AF_INET6, { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } },
};

enum { NADDRESSES = sizeof(addresses) / sizeof(addresses[0]) };
enum { PER_SIDE = NADDRESSES * FLAGS };

enum state { BOUND, CONNECTED, LISTENING, TIMEWAIT };

static const struct {
	int type;
	enum state state;
	const char *name;
} states[] = {
	{ SOCK_DGRAM, BOUND, "udp/bound" },
	{ SOCK_DGRAM, CONNECTED, "udp/connected" },
	{ SOCK_STREAM, BOUND, "tcp/bound" },
	{ SOCK_STREAM, LISTENING, "tcp/listening" },
	{ SOCK_STREAM, CONNECTED, "tcp/connected" },
	{ SOCK_STREAM, TIMEWAIT, "tcp/timewait" },
};

enum { NSTATES = sizeof(states) / sizeof(states[0]) };

static const struct address *address_of(unsigned side)
{
	return &addresses[side / FLAGS];
}

/* V6ONLY means something on IPv6 sockets alone. */
static bool is_row(unsigned side)
{
	return address_of(side)->family == AF_INET6 || !(side & V6ONLY);
}

static socklen_t fill(struct sockaddr_storage *ss, const struct address *a,
		      uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = (sa_family_t)a->family;
	if (a->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, a->bytes, 16);
	return sizeof(*in6);
}

static const char *said(int r)
{
	const char *name = r < 0 ? strerrorname_np(errno) : "0";

	return name ? name : "?";
}

static int open_as(int type, unsigned side)
{
	const struct address *a = address_of(side);
	int on = 1, off = 0, fd = socket(a->family, type, 0);

	if (fd < 0)
		table_die();
	if (side & REUSEADDR)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (side & REUSEPORT)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (a->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
			   side & V6ONLY ? &on : &off, sizeof(on));
	return fd;
}

static int bind_as(int fd, unsigned side, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = fill(&ss, address_of(side), port);

	return bind(fd, (struct sockaddr *)&ss, len);
}

/* A peer whom a socket bound like @side reaches; @peer listens for streams. */
static int join(int fd, int type, unsigned side, int *peer)
{
	static const uint8_t lo[3] = { 1, 3, 5 }; /* lo4, lo6, lom */
	unsigned kind = side / FLAGS;
	unsigned to = (unsigned)lo[kind / 2] * FLAGS;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	*peer = open_as(type, to);
	if (bind_as(*peer, to, 0) ||
	    (type == SOCK_STREAM && listen(*peer, BACKLOG)) ||
	    getsockname(*peer, (struct sockaddr *)&ss, &len))
		table_die();
	return connect(fd, (struct sockaddr *)&ss, len);
}

/* We end first, so that the time that waits is ours. */
static int end_first(int fd, int peer)
{
	int n = accept(peer, NULL, NULL);
	char c;

	if (n < 0)
		return -1;
	shutdown(fd, SHUT_WR);
	table_settle();
	if (read(n, &c, 1) != 0)
		table_die();
	close(n);
	table_settle();
	close(fd);
	return 0;
}

/* Return: the socket that has the port, -1: nobody, -2: TIME-WAIT has. */
static int first(size_t s, unsigned side, uint16_t port, int *peer)
{
	int type = states[s].type, fd = open_as(type, side), r;

	r = bind_as(fd, side, port);
	if (!r && states[s].state == LISTENING)
		r = listen(fd, BACKLOG);
	if (!r && (states[s].state == CONNECTED || states[s].state == TIMEWAIT))
		r = join(fd, type, side, peer);
	if (r) {
		printf("first %s\n", said(r));
		close(fd);
		return -1;
	}
	table_settle();
	if (states[s].state == TIMEWAIT)
		return end_first(fd, *peer) ? -1 : -2;
	return fd;
}

static void second(size_t s, unsigned side, uint16_t port)
{
	int fd = open_as(states[s].type, side);
	int r = bind_as(fd, side, port);

	printf("%s", said(r));
	if (!r && states[s].type == SOCK_STREAM)
		printf(" %s", said(listen(fd, BACKLOG)));
	printf("\n");
	close(fd);
}

static void name_side(unsigned side)
{
	printf("%s%c%c%c", address_of(side)->name, side & REUSEADDR ? 'r' : '-',
	       side & REUSEPORT ? 'p' : '-', side & V6ONLY ? 'v' : '-');
}

static void pair(size_t s, unsigned one, unsigned two, uint16_t port)
{
	int peer = -1, fd;

	printf("%s/", states[s].name);
	name_side(one);
	printf("/");
	name_side(two);
	printf(": ");
	fd = first(s, one, port, &peer);
	if (fd != -1)
		second(s, two, port);
	if (fd >= 0)
		close(fd);
	if (peer >= 0)
		close(peer);
	table_settle();
}

size_t table_lines(void)
{
	return (size_t)NSTATES * PER_SIDE * PER_SIDE;
}

size_t table_lines_of_state(void)
{
	return (size_t)PER_SIDE * PER_SIDE;
}

/* Each line has a port of its own: those of TIME-WAIT stay in use. */
void table_line(size_t i)
{
	unsigned two = (unsigned)(i % PER_SIDE);
	unsigned one = (unsigned)(i / PER_SIDE % PER_SIDE);

	if (is_row(one) && is_row(two))
		pair(i / PER_SIDE / PER_SIDE, one, two,
		     (uint16_t)(FIRST_PORT + i));
}

int table_main(void)
{
	for (size_t i = 0; i < table_lines(); i++)
		table_line(i);
	return 0;
}
