/* SPDX-License-Identifier: MIT */
/*
 * sock/opt.h - socket options: a table of rows
 *
 * A row says what an option is called, on which sockets it exists, what its
 * values are, what reads and writes it, and one of: implemented, inert
 * (accepted, and without effect here, as the row's note says) or refused.
 * docs/socket-options.md and a test are made from the same rows. An option
 * that has no row does not exist: -ENOPROTOOPT.
 */
#ifndef OSTIA_SOCK_OPT_H
#define OSTIA_SOCK_OPT_H

#include "sock/sock.h"

enum sock_opt_how { SOCK_OPT_WORKS, SOCK_OPT_INERT, SOCK_OPT_REFUSED };

/* How a value looks to the program. */
enum sock_opt_type {
	SOCK_OPT_INT,
	SOCK_OPT_BOOL, /* any int; reads as 0 or 1 */
	SOCK_OPT_U64,
	SOCK_OPT_LINGER, /* struct linger */
	SOCK_OPT_TIMEVAL, /* struct timeval */
	SOCK_OPT_TEXT, /* a name */
	SOCK_OPT_BYTES, /* a struct that the note names */
};

/* On which sockets. */
enum {
	SOCK_OPT_TCP = 1 << SOCK_TCP,
	SOCK_OPT_UDP = 1 << SOCK_UDP,
	SOCK_OPT_RAW = 1 << SOCK_RAWIP,
	SOCK_OPT_PING = 1 << SOCK_PING,
	SOCK_OPT_DGRAM = SOCK_OPT_UDP | SOCK_OPT_RAW | SOCK_OPT_PING,
	SOCK_OPT_LINK = 1 << SOCK_LINK,
	SOCK_OPT_NOT_RAW = SOCK_OPT_TCP | SOCK_OPT_UDP | SOCK_OPT_PING,
	SOCK_OPT_TALKS = SOCK_OPT_TCP | SOCK_OPT_UDP,
	SOCK_OPT_NO_TALK = SOCK_OPT_RAW | SOCK_OPT_PING,
	SOCK_OPT_SILENT = SOCK_OPT_NO_TALK | SOCK_OPT_LINK,
	SOCK_OPT_LOCAL = 1 << SOCK_LOCAL,
	SOCK_OPT_STREAMS = SOCK_OPT_TCP | SOCK_OPT_LOCAL,
	SOCK_OPT_ANY = SOCK_OPT_TCP | SOCK_OPT_DGRAM,
	SOCK_OPT_WHOLE = SOCK_OPT_DGRAM | SOCK_OPT_LINK,
	SOCK_OPT_NOT_TCP = SOCK_OPT_WHOLE | SOCK_OPT_LOCAL,
	SOCK_OPT_FILTERED = SOCK_OPT_ANY | SOCK_OPT_LINK,
	SOCK_OPT_ALL = SOCK_OPT_FILTERED | SOCK_OPT_LOCAL,
};

enum { SOCK_OPT_MAX_BYTES = 320, SOCK_OPT_NO_LEAST = 255 };

/**
 * struct sock_opt - A row
 * @on:		SOCK_OPT_TCP ...; elsewhere it is refused
 * @min, @max:	of ints that can be set; beyond them -EINVAL
 * @arg:	for @get and @set: a flag, an enum tcp_opt, a constant; of what
 *		is refused: the errno, 0: ENOPROTOOPT
 * @at:	where a socket of datagrams has it, a byte of struct dgram
 * @least:	at IPPROTO_IP: bytes that a set needs, fewer are -EINVAL; 4: an
 *		int exactly; at IPPROTO_IPV6 SOCK_OPT_NO_LEAST: too short is 0
 * @fill:	get_bytes: more room than there are bytes is -EINVAL, too
 * @any:	get_row and set_row look themselves at pointers that are not
 *		there, and at lengths that cannot be
 * @get, @set:	of ints; NULL: -ENOPROTOOPT
 * @get_bytes:	of other types: fills at most SOCK_OPT_MAX_BYTES. Return: the
 *		length, or -errno
 * @get_list:	of what may be longer: @len is room, then length, as it means
 * @set_bytes:	told the caller's bytes, all of them
 * @get_row, @set_row: the same, told the row; the getter is given the caller's
 *		bytes, and room for *@n
 * @note:	what else the documentation says
 */
struct sock_opt {
	int level, name;
	const char *level_text, *text;
	uint8_t how, type, on;
	int64_t min, max;
	int64_t arg;
	int (*get)(struct sock *s, const struct sock_opt *o, int64_t *v);
	int (*set)(struct sock *s, const struct sock_opt *o, int64_t v);
	int (*get_bytes)(struct sock *s, void *buf);
	int (*set_bytes)(struct sock *s, const void *p, uint32_t n);
	int (*get_list)(struct sock *s, void *p, uint32_t *len);
	int (*get_row)(struct sock *s, const struct sock_opt *o, void *p,
		       uint32_t *n);
	int (*set_row)(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n);
	const char *note;
	uint16_t at;
	uint8_t least;
	bool fill;
	bool any;
};

/**
 * sock_opt_set() - setsockopt(2)
 * Return: 0; -ENOPROTOOPT (unknown, refused, or read only), -EINVAL (length,
 * range), -EDOM (a time), -EISCONN, -ENODEV, -ENOMEM ...
 */
int sock_opt_set(struct sock *s, int level, int name, const void *p,
		 uint32_t len);

/**
 * sock_opt_get() - getsockopt(2)
 * @p:	 room for SOCK_OPT_MAX_BYTES, whatever @len says
 * @len: room, then bytes written: a longer value is cut
 */
int sock_opt_get(struct sock *s, int level, int name, void *p, uint32_t *len);

/** sock_opt_is_list() - Must sock_opt_get() write where the caller points? */
bool sock_opt_is_list(const struct sock *s, int level, int name);

/** sock_opt_row() - The i-th row, NULL past the last. */
const struct sock_opt *sock_opt_row(unsigned i);

#endif
