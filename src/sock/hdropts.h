/* SPDX-License-Identifier: MIT */
/*
 * sock/hdropts.h - IPv6 extension headers and IPv4 options of sockets: rows of
 *		    the option table, and what a message says of its own
 *
 * IPV6_HOPOPTS and its kin (RFC 3542) and IP_OPTIONS (ip(7)). Linux asks for
 * CAP_NET_RAW; here everybody may, as with raw sockets. A set that one message
 * brings replaces the socket's for it.
 */
#ifndef OSTIA_SOCK_HDROPTS_H
#define OSTIA_SOCK_HDROPTS_H

#include "sock/sock.h"

struct sock_opt;

/* rows; the extension headers' have an enum hdropts_ext as their arg */
int sock_hdropts_set_ext(struct sock *s, const struct sock_opt *o,
			 const void *p, uint32_t n);
int sock_hdropts_get_ext(struct sock *s, const struct sock_opt *o, void *p,
			 uint32_t *n);
int sock_hdropts_set4(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n);
int sock_hdropts_get4(struct sock *s, const struct sock_opt *o, void *p,
		      uint32_t *n);

/** sock_hdropts() - What the socket set, or NULL. */
const struct hdropts *sock_hdropts(const struct sock *s);

/** sock_hdropts_of() - What goes with message @m; NULL: nothing. */
const struct hdropts *sock_hdropts_of(const struct sock *s,
				      const struct sock_out *m);

/** sock_hdropts_wanted() - Does a control message tell of what came with a
 * packet? Then recv keeps it (struct sock_in.keep).
 */
bool sock_hdropts_wanted(const struct sock *s);

/**
 * sock_hdropts_message6() - A control message of IPPROTO_IPV6
 * @set:  of the message so far; borrows @p from now on
 * @name: IPV6_HOPOPTS, IPV6_DSTOPTS, IPV6_RTHDRDSTOPTS, IPV6_RTHDR and the
 *	  names of RFC 2292
 * Return: 0; -EINVAL: no header, or none that can be sent, or a second one.
 */
int sock_hdropts_message6(struct hdropts *set, int name, const uint8_t *p,
			  size_t n);
/** sock_hdropts_message4() - IP_RETOPTS; -EINVAL: no options. */
int sock_hdropts_message4(struct sock *s, struct hdropts *set, const uint8_t *p,
			  size_t n);

/** sock_hdropts_drop() - The socket is closed. */
void sock_hdropts_drop(struct sock *s);

#endif
