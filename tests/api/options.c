/* SPDX-License-Identifier: MIT */
/*
 * tests/api/options.c - every option of the kernel's headers on every kind of
 * socket: its default, lengths, and what values it takes
 *
 * One source with plain names, compiled against the kernel and against Ostia;
 * tests/api/options.py compares what the two print. A line reads
 *
 *	udp4/IPPROTO_IP/IP_TTL/set=256: EINVAL then 4:40000000
 *
 * where after "then" stands what getsockopt() says of it now: the length, and
 * the bytes in hex. For each line the socket is made anew.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_RAW
#define SOL_RAW 255
#endif
#ifndef SOL_PACKET
#define SOL_PACKET 263
#endif

enum { ROOM = 512, SHOWN = 64 };

struct option {
	int level, name;
	const char *level_text, *text;
};

#define OPTION(l, n, v) { l, v, #l, #n },
static const struct option options[] = {
#include "options.list"
};
#undef OPTION

struct kind {
	const char *text;
	int family, type, proto;
};

static const struct kind kinds[] = {
	{ "tcp4", AF_INET, SOCK_STREAM, 0 },
	{ "tcp6", AF_INET6, SOCK_STREAM, 0 },
	{ "udp4", AF_INET, SOCK_DGRAM, 0 },
	{ "udp6", AF_INET6, SOCK_DGRAM, 0 },
	{ "icmp4", AF_INET, SOCK_RAW, IPPROTO_ICMP },
	{ "icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
	{ "raw4", AF_INET, SOCK_RAW, 253 },
	{ "raw6", AF_INET6, SOCK_RAW, 253 },
	{ "ping4", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
	{ "uns", AF_UNIX, SOCK_STREAM, 0 },
	{ "und", AF_UNIX, SOCK_DGRAM, 0 },
	{ "unq", AF_UNIX, SOCK_SEQPACKET, 0 },
	{ "packet", AF_PACKET, SOCK_RAW, 0 },
	{ "cooked", AF_PACKET, SOCK_DGRAM, 0 },
};

/* Values that are another one each time; their length is compared. */
static bool is_volatile(const struct option *o)
{
	static const char *const names[] = { "SO_COOKIE",	"SO_MEMINFO",
					     "SO_NETNS_COOKIE", "TCP_INFO",
					     "TCP_CC_INFO",	"TCP_TIMESTAMP",
					     "SO_PEERCRED",	"TCP_ULP",
					     "SO_INCOMING_CPU" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(o->text, names[i]))
			return true;
	return false;
}

static bool belongs(const struct kind *k, const struct option *o)
{
	if (k->family == AF_UNIX)
		return o->level == SOL_SOCKET;
	if (k->family == AF_PACKET)
		return o->level == SOL_SOCKET || o->level == SOL_PACKET;
	switch (o->level) {
	case IPPROTO_IPV6:
	case IPPROTO_ICMPV6:
		return k->family == AF_INET6;
	case SOL_RAW:
		return k->type == SOCK_RAW;
	case IPPROTO_TCP:
		return k->type == SOCK_STREAM;
	case IPPROTO_UDP:
		return k->type == SOCK_DGRAM && !k->proto;
	case SOL_PACKET:
		return false;
	default:
		return true;
	}
}

static int open_one(const struct kind *k)
{
	int fd = socket(k->family, k->type, k->proto);

	if (fd < 0) {
		printf("cannot open %s: %s\n", k->text, strerror(errno));
		fflush(stdout);
		table_die();
	}
	return fd;
}

static const char *result(int r)
{
	const char *name = r ? strerrorname_np(errno) : "0";

	return name ? name : "?";
}

static void show_value(int fd, const struct option *o, const char *before)
{
	uint8_t buf[ROOM];
	socklen_t len = sizeof(buf);
	int r;

	memset(buf, 0xee, sizeof(buf));
	r = getsockopt(fd, o->level, o->name, buf, &len);
	printf("%s%s", before, result(r));
	if (r)
		return;
	printf(" %u", len);
	if (is_volatile(o))
		return;
	printf(":");
	for (socklen_t i = 0; i < len && i < SHOWN; i++)
		printf("%02x", buf[i]);
}

static void begin(const struct kind *k, const struct option *o)
{
	printf("%s/%s/%s/", k->text, o->level_text, o->text);
}

static void one_default(const struct kind *k, const struct option *o)
{
	int fd = open_one(k);

	begin(k, o);
	printf("default: ");
	show_value(fd, o, "");
	printf("\n");
	table_close(fd);
}

/* How much is told to who has little room, or none. */
static void one_get(const struct kind *k, const struct option *o, int room)
{
	socklen_t len = (socklen_t)room;
	uint8_t buf[ROOM];
	int fd = open_one(k);
	int r;

	memset(buf, 0xee, sizeof(buf));
	r = getsockopt(fd, o->level, o->name, buf, &len);
	begin(k, o);
	printf("get-room=%d: %s", room, result(r));
	if (!r)
		printf(" %u", len);
	printf("\n");
	table_close(fd);
}

static void one_null(const struct kind *k, const struct option *o)
{
	socklen_t len = 4;
	uint8_t buf[ROOM];
	int fd = open_one(k);

	begin(k, o);
	printf("get-null: %s",
	       result(getsockopt(fd, o->level, o->name, NULL, &len)));
	printf(" %s", result(getsockopt(fd, o->level, o->name, buf, NULL)));
	printf("\n");
	begin(k, o);
	printf("set-null: %s",
	       result(setsockopt(fd, o->level, o->name, NULL, 4)));
	printf(" %s\n", result(setsockopt(fd, o->level, o->name, NULL, 0)));
	table_close(fd);
}

static void one_set(const struct kind *k, const struct option *o, int v)
{
	int fd = open_one(k);

	begin(k, o);
	printf("set=%d: ", v);
	printf("%s", result(setsockopt(fd, o->level, o->name, &v, sizeof(v))));
	show_value(fd, o, " then ");
	printf("\n");
	table_close(fd);
}

static void one_set_room(const struct kind *k, const struct option *o, int n)
{
	uint8_t buf[ROOM] = { 1 };
	int fd = open_one(k);

	begin(k, o);
	printf("set-room=%d: ", n);
	printf("%s",
	       result(setsockopt(fd, o->level, o->name, buf, (socklen_t)n)));
	show_value(fd, o, " then ");
	printf("\n");
	table_close(fd);
}

static void walk(const struct kind *k, const struct option *o)
{
	static const int rooms[] = { -1, 0, 1, 2, 3, 4, 5, 8, 12, 16, 64, 300 };
	static const int values[] = {
		INT_MIN, -2,	-1,    0,     1,     2,	      3,      4,
		5,	 6,	7,     8,     16,    31,      32,     63,
		64,	 88,	127,   128,   254,   255,     256,    1000,
		1280,	 32767, 32768, 65535, 65536, 1 << 20, INT_MAX
	};

	one_default(k, o);
	one_null(k, o);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		one_get(k, o, rooms[i]);
		one_set_room(k, o, rooms[i]);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		one_set(k, o, values[i]);
}

enum { NOPTIONS = sizeof(options) / sizeof(options[0]) };
enum { NKINDS = sizeof(kinds) / sizeof(kinds[0]) };

size_t table_lines(void)
{
	return (size_t)NOPTIONS * NKINDS;
}

size_t table_lines_of_state(void)
{
	return NOPTIONS;
}

void table_line(size_t i)
{
	const struct kind *k = &kinds[i / NOPTIONS];
	const struct option *o = &options[i % NOPTIONS];

	if (belongs(k, o))
		walk(k, o);
}

int table_main(void)
{
	for (size_t i = 0; i < table_lines(); i++)
		table_line(i);
	return 0;
}
