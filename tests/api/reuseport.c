/* SPDX-License-Identifier: MIT */
/*
 * tests/api/reuseport.c - SO_ATTACH_REUSEPORT_CBPF, on the kernel and on ours
 *
 * Sockets share a port of the loopback and a program tells which of them hears
 * what: the same source, and the same lines. Where the answer of a program
 * names nobody a hash decides, another one on each side: such lines say that
 * somebody heard.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_DETACH_REUSEPORT_BPF
#define SO_DETACH_REUSEPORT_BPF 68
#endif

enum { TEAM = 4, FIRST_PORT = 3000, FAMILIES = 2, TYPES = 2 };

#define S(c, v)                                 \
	{                                       \
		.code = (c), .k = (uint32_t)(v) \
	}

/* What a datagram says: its first byte less '0'. */
static struct sock_filter by_text[] = { S(BPF_LD | BPF_B | BPF_ABS, 0),
					S(BPF_ALU | BPF_SUB | BPF_K, '0'),
					S(BPF_RET | BPF_A, 0) };
/* The sender's port, modulo the team: the UDP header is before the text. */
static struct sock_filter by_length[] = { S(BPF_LD | BPF_W | BPF_LEN, 0),
					  S(BPF_RET | BPF_A, 0) };
/* Of TCP a program sees a SYN, which says nothing: facts are in its headers. */
static struct sock_filter third[] = { S(BPF_RET | BPF_K, 2) };
static struct sock_filter by_family[] = {
	S(BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL),
	S(BPF_ALU | BPF_AND | BPF_K, 1), S(BPF_RET | BPF_A, 0)
};
static struct sock_filter nobody[] = { S(BPF_RET | BPF_K, TEAM) };

struct program {
	const char *name;
	struct sock_filter *insn;
	unsigned short n;
	bool vague; /* names nobody, sometimes */
};

#define P(x, v)                                    \
	{                                          \
#x, x, sizeof(x) / sizeof(*x), (v) \
	}
static const struct program programs[] = {
	P(by_text, false),   P(by_length, false), P(third, false),
	P(by_family, false), P(nobody, true),
};
enum { NPROGRAMS = sizeof(programs) / sizeof(programs[0]) };

static const char *const texts[] = { "0", "1a", "2ab", "3", "", "9zzzzzzz" };
enum { NTEXTS = sizeof(texts) / sizeof(texts[0]) };

struct place {
	int family, type;
	uint16_t port;
};

static const char *said(int r)
{
	const char *name = r < 0 ? strerrorname_np(errno) : "0";

	return name ? name : "?";
}

static socklen_t fill(struct sockaddr_storage *ss, const struct place *at)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = (sa_family_t)at->family;
	if (at->family == AF_INET) {
		in->sin_port = htons(at->port);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*in);
	}
	in6->sin6_port = htons(at->port);
	in6->sin6_addr = in6addr_loopback;
	return sizeof(*in6);
}

static int attach(int fd, const struct program *p)
{
	const struct sock_fprog prog = { .len = p->n, .filter = p->insn };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
			  sizeof(prog));
}

static int detach(int fd)
{
	int zero = 0;

	return setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &zero,
			  sizeof(zero));
}

static void reuse(int fd, int on)
{
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
}

static int open_one(const struct place *at)
{
	int fd = socket(at->family, at->type | SOCK_NONBLOCK, 0);

	if (fd < 0)
		table_die();
	return fd;
}

static int settle_down(int fd, const struct place *at)
{
	struct sockaddr_storage ss;
	socklen_t len = fill(&ss, at);
	int r = bind(fd, (struct sockaddr *)&ss, len);

	return r || at->type == SOCK_DGRAM ? r : listen(fd, 8);
}

static int member(const struct place *at)
{
	int fd = open_one(at);

	reuse(fd, 1);
	if (settle_down(fd, at))
		table_die();
	return fd;
}

/* One has something: takes it. */
static bool hears(const struct place *at, int fd)
{
	char buf[64];
	int c;

	if (at->type == SOCK_DGRAM)
		return recv(fd, buf, sizeof(buf), 0) >= 0;
	c = accept(fd, NULL, NULL);
	if (c >= 0)
		close(c);
	return c >= 0;
}

static int call(const struct place *at, const char *text)
{
	struct sockaddr_storage ss;
	socklen_t len = fill(&ss, at);
	int fd = open_one(at);

	(void)connect(fd, (struct sockaddr *)&ss, len);
	table_settle();
	if (at->type == SOCK_DGRAM)
		send(fd, text, strlen(text), 0);
	table_settle();
	return fd;
}

/* Who hears it? */
static void say(const struct place *at, const int *fds, int n, const char *text,
		bool vague)
{
	int fd = call(at, text), heard = 0;

	for (int i = 0; i < n; i++) {
		if (fds[i] < 0 || !hears(at, fds[i]))
			continue;
		heard++;
		if (!vague)
			printf(" %d", i);
	}
	if (vague || !heard)
		printf(" %s", heard == 1 ? "one" : heard ? "some" : "none");
	close(fd);
	table_settle();
}

static void name(const struct place *at, const char *what)
{
	printf("%s%d/%s:", at->type == SOCK_DGRAM ? "udp" : "tcp",
	       at->family == AF_INET ? 4 : 6, what);
}

static void form(const struct place *at, int fds[TEAM])
{
	for (int i = 0; i < TEAM; i++)
		fds[i] = member(at);
}

static void dissolve(int fds[TEAM])
{
	for (int i = 0; i < TEAM; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	table_settle();
}

/* Any member's attaches it; the last one counts. */
static void one_program(struct place at, const struct program *p)
{
	int fds[TEAM];

	form(&at, fds);
	name(&at, p->name);
	printf(" %s", said(attach(fds[1], &programs[2])));
	printf(" %s", said(attach(fds[3], p)));
	for (int i = 0; i < NTEXTS; i++)
		say(&at, fds, TEAM, texts[i],
		    p->vague || (i >= 4 && at.type == SOCK_DGRAM) ||
			    (at.type == SOCK_STREAM && p->insn == by_text));
	printf("\n");
	dissolve(fds);
}

/* The last one takes the number of who leaves. */
static void someone_leaves(struct place at)
{
	int fds[TEAM];

	form(&at, fds);
	name(&at, "leaves");
	attach(fds[0], &programs[2]);
	say(&at, fds, TEAM, "2", false);
	close(fds[2]);
	fds[2] = -1;
	say(&at, fds, TEAM, "2", false);
	close(fds[0]);
	fds[0] = -1;
	say(&at, fds, TEAM, "2", true);
	fds[0] = member(&at);
	say(&at, fds, TEAM, "2", false);
	printf(" %s", said(detach(fds[3])));
	printf(" %s", said(detach(fds[1])));
	say(&at, fds, TEAM, "2", true);
	printf("\n");
	dissolve(fds);
}

/* Before its place is taken; without SO_REUSEPORT; when it came too late. */
static void who_may(struct place at)
{
	int fds[TEAM] = { -1, -1, -1, -1 };

	name(&at, "may");
	fds[0] = open_one(&at);
	printf(" %s", said(detach(fds[0])));
	printf(" %s", said(attach(fds[0], &programs[2])));
	reuse(fds[0], 1);
	printf(" %s", said(detach(fds[0])));
	printf(" %s", said(attach(fds[0], &programs[2])));
	printf(" %s", said(settle_down(fds[0], &at)));
	for (int i = 1; i < TEAM; i++)
		fds[i] = member(&at);
	say(&at, fds, TEAM, "2", false);
	printf(" %s", said(detach(fds[1])));
	dissolve(fds);
	fds[0] = open_one(&at);
	settle_down(fds[0], &at);
	reuse(fds[0], 1);
	printf(" %s", said(attach(fds[0], &programs[2])));
	printf(" %s\n", said(detach(fds[0])));
	close(fds[0]);
}

/* A program that waits for its place is not the one of those who are there. */
static void late_program(struct place at)
{
	int fds[TEAM];

	form(&at, fds);
	name(&at, "late");
	attach(fds[0], &programs[2]);
	close(fds[3]);
	fds[3] = open_one(&at);
	reuse(fds[3], 1);
	printf(" %s", said(attach(fds[3], &programs[1])));
	printf(" %s", said(settle_down(fds[3], &at)));
	say(&at, fds, TEAM, "", false);
	printf(" %s\n", said(detach(fds[3])));
	dissolve(fds);
}

static void locked(struct place at)
{
	int on = 1, fd = member(&at);

	name(&at, "locked");
	setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on));
	printf(" %s", said(attach(fd, &programs[2])));
	printf(" %s\n", said(detach(fd)));
	close(fd);
}

static void others(int family, int type, int protocol, const char *text)
{
	int fd = socket(family, type, protocol);

	printf("%s:", text);
	printf(" %s", said(attach(fd, &programs[2])));
	printf(" %s\n", said(detach(fd)));
	close(fd);
}

size_t table_lines(void)
{
	return FAMILIES * TYPES;
}

size_t table_lines_of_state(void)
{
	return table_lines();
}

void table_line(size_t i)
{
	struct place at = { .family = i % 2 ? AF_INET6 : AF_INET,
			    .type = i / 2 ? SOCK_STREAM : SOCK_DGRAM,
			    .port = (uint16_t)(FIRST_PORT + 100 * i) };

	for (int p = 0; p < NPROGRAMS; p++, at.port++)
		one_program(at, &programs[p]);
	someone_leaves(at);
	at.port++;
	who_may(at);
	at.port += 2;
	late_program(at);
	at.port++;
	locked(at);
}

int table_main(void)
{
	for (size_t i = 0; i < table_lines(); i++)
		table_line(i);
	others(AF_INET, SOCK_RAW, IPPROTO_ICMP, "raw4");
	others(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, "raw6");
	others(AF_UNIX, SOCK_STREAM, 0, "unix");
	others(AF_UNIX, SOCK_DGRAM, 0, "unix dgram");
	return 0;
}
