/* SPDX-License-Identifier: MIT */
/*
 * tests/api/rows.h - what the programs of the two-way tables share
 *
 * A table is kinds of sockets, each with its states, times calls, blocking and
 * not. tests/api/table.c, table_local.c and rawtable.c each define @table; a
 * line builds the state in a room, makes the call, and prints
 *
 *	kind/state/block/call: result note poll=readiness
 *
 * Descriptors are printed as "fd", a call that would block for ever as
 * "blocks".
 */
#ifndef OSTIA_TESTS_API_ROWS_H
#define OSTIA_TESTS_API_ROWS_H

#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { FDS_MAX = 24, IS_FD = 1000000 /* a result: it is a descriptor */ };

/**
 * struct room - The sockets of a line
 * @kind: its name, and what its sockets are made with
 * @fd:	  under test
 * @peer: its peer, or -1
 * @fds:  all, to be closed; -1: it is
 */
struct room {
	const char *kind;
	int family, type, protocol;
	int fd, peer;
	int fds[FDS_MAX];
	int nfds;
};

struct state {
	const char *name;
	void (*build)(struct room *r);
};

/**
 * struct call - One call, or one of a family that differ in two or three
 * numbers: a length and flags, a level and a name, and a value
 */
struct call {
	const char *name;
	long (*make)(struct room *r);
	long (*two)(struct room *r, int a, int b);
	long (*three)(struct room *r, int a, int b, int c);
	int a, b, c;
};

struct kind {
	const char *name;
	int family, type, protocol;
	const struct state *states;
	size_t nstates;
};

/**
 * struct table - All of it
 * @after: what is left to do when the sockets of a line are closed, or NULL
 */
struct table {
	const struct kind *kinds;
	size_t nkinds;
	const struct call *calls;
	size_t ncalls;
	void (*after)(void);
};

extern const struct table table;

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define STATE(f)                       \
	{                              \
		.name = #f, .build = f \
	}
#define CALL(f)                       \
	{                             \
		.name = #f, .make = f \
	}
#define CALL2(f, two_, ...)                          \
	{                                            \
#f, NULL, two_, NULL, __VA_ARGS__, 0 \
	}
#define CALL3(f, three_, ...)                       \
	{                                           \
#f, NULL, NULL, three_, __VA_ARGS__ \
	}
/* How many bytes, and flags, of the program's own recv_with(), send_with(). */
#define RECV(f, n, flags) CALL2(f, recv_with, n, flags)
#define SEND(f, n, flags) CALL2(f, send_with, n, flags)
#define GET(f, level, opt) CALL2(f, get_int, level, opt)
#define SET(f, level, opt, v) CALL3(f, set_int, level, opt, v)
#define IOCTL(f, req) CALL2(f, ioctl_int, req, 0)
#define SHUTDOWN(f, how) CALL2(f, shutdown_how, how, 0)

/* What a call has to tell beside its result. */
extern char note[400];

#define NOTE(...) \
	snprintf(note + strlen(note), sizeof(note) - strlen(note), __VA_ARGS__)

/* All lines. */
void rows(void);

/* --- building states --- */

/* The state cannot be built: of @what, and errno. Does not return. */
void die(const char *what) __attribute__((noreturn));

/* @fd is the room's now. Return: it. */
int keep(struct room *r, int fd, const char *what);
int new_socket(struct room *r, int type);

/* It is closed, or somebody closed it. */
void drop(struct room *r, int fd);
void forget(struct room *r, int fd);
void set_nonblock(int fd, bool on);
void fresh(struct room *r);

/* --- calls --- */

/* Of one that makes descriptors; the room keeps it. */
long fd_result(struct room *r, int fd);

/* Noted: the value and its length. */
long get_room(struct room *r, int level, int opt, int len);
long get_int(struct room *r, int level, int opt);
long set_int(struct room *r, int level, int opt, int v);
long ioctl_int(struct room *r, int req, int unused);
long shutdown_how(struct room *r, int how, int unused);

long listen_some(struct room *r);
long listen_negative(struct room *r);
long connect_unspec(struct room *r);
long accept_plain(struct room *r);
long accept4_flags(struct room *r);
long accept4_bad(struct room *r);
long dup_close(struct room *r);
long select_all(struct room *r);
long epoll_all(struct room *r);
long close_it(struct room *r);

#endif
