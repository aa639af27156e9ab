/* SPDX-License-Identifier: MIT */
/*
 * sock/optrow.h - what the tables of options are written with
 *
 * A table has the rows of a level or two; sock/opt.c looks through all.
 */
#ifndef OSTIA_SOCK_OPTROW_H
#define OSTIA_SOCK_OPTROW_H

#include "sock/kept.h"
#include "sock/opt.h"

/** struct sock_opt_rows - A table of @n rows */
struct sock_opt_rows {
	const struct sock_opt *row;
	unsigned n;
};

extern const struct sock_opt_rows sock_opt_socket_rows; /* SOL_SOCKET */
extern const struct sock_opt_rows sock_opt_ip_rows; /* IP, raw */
extern const struct sock_opt_rows sock_opt_proto_rows; /* TCP, UDP, links */

#define SOCK_OPT_ROWS(table)                                            \
	{                                                               \
		.row = (table), .n = sizeof(table) / sizeof((table)[0]) \
	}

/* --- getters and setters of several tables ------------------------------ */

/* A flag of the socket, row->arg. */
int sock_opt_get_flag(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_opt_set_flag(struct sock *s, const struct sock_opt *o, int64_t v);

/* Always row->arg; whatever it is set to. */
int sock_opt_get_const(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_opt_set_nothing(struct sock *s, const struct sock_opt *o, int64_t v);

/* TCP's, row->arg is an enum tcp_opt. */
int sock_opt_get_tcp(struct sock *s, const struct sock_opt *o, int64_t *v);
int sock_opt_set_tcp(struct sock *s, const struct sock_opt *o, int64_t v);

/* --- the rows ----------------------------------------------------------- */

/* Each spells its arguments itself: one macro deeper they would be numbers. */
#define ROW(lvl, lvl_text, nm, nm_text, h, t, where, ...)                     \
	{                                                                     \
		.level = (lvl), .name = (nm), .level_text = (lvl_text),       \
		.text = (nm_text), .how = SOCK_OPT_##h, .type = SOCK_OPT_##t, \
		.on = SOCK_OPT_##where, __VA_ARGS__                           \
	}
#define WORKS(lvl, nm, t, where, ...) \
	ROW(lvl, #lvl, nm, #nm, WORKS, t, where, __VA_ARGS__)
#define INERT(lvl, nm, t, where, ...) \
	ROW(lvl, #lvl, nm, #nm, INERT, t, where, __VA_ARGS__)
#define REFUSED(lvl, nm, why) \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, ANY, .note = (why))
#define REFUSED_AS(lvl, nm, where, err, why)                       \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, where, .arg = (err), \
	    .note = (why))
/* Setting it is refused with what @fn says, reading it with @err. */
#define REFUSED_SET(lvl, nm, where, err, fn, why)                  \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, where, .arg = (err), \
	    .set_bytes = (fn), .note = (why))
/* Setting it is refused with what @fn says. */
#define REFUSED_BY(lvl, nm, where, fn, why)                             \
	ROW(lvl, #lvl, nm, #nm, REFUSED, INT, where, .set_bytes = (fn), \
	    .note = (why))
#define KEPT(lvl, nm, h, where, f, ...)                                   \
	ROW(lvl, #lvl, nm, #nm, h, BOOL, where, .arg = (f),               \
	    .get = sock_kept_get_flag, .set = sock_kept_set_flag, ANYINT, \
	    __VA_ARGS__)
#define KEPT_INT(lvl, nm, h, where, i, lo, hi, ...)                          \
	ROW(lvl, #lvl, nm, #nm, h, INT, where, .arg = (i),                   \
	    .get = sock_kept_get_int, .set = sock_kept_set_int, .min = (lo), \
	    .max = (hi), __VA_ARGS__)
#define FLAG(lvl, nm, where, f)                                 \
	ROW(lvl, #lvl, nm, #nm, WORKS, BOOL, where, .arg = (f), \
	    .get = sock_opt_get_flag, .set = sock_opt_set_flag, \
	    .min = INT32_MIN, .max = INT32_MAX)
#define ANYINT .min = INT32_MIN, .max = INT32_MAX

#endif
