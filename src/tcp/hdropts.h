/* SPDX-License-Identifier: MIT */
/*
 * tcp/hdropts.h - IPv6 extension headers and IPv4 options of connections
 *
 * What a program set goes with every segment of the connection, and makes
 * segments shorter. Over IPv6 a listener's headers go with its SYN-ACKs, and
 * its connections inherit them. Over IPv4 a SYN's Record Route and Timestamp
 * are answered, by the SYN-ACK and by what becomes of it (RFC 1122 4.2.3.8);
 * a listener's own options are not used: all of it as Linux has it.
 */
#ifndef OSTIA_TCP_HDROPTS_H
#define OSTIA_TCP_HDROPTS_H

#include "ip/hdropts.h"
#include "tcp/rx.h"

/** tcp_hdropts() - What its segments carry, or NULL. */
static inline const struct hdropts *tcp_hdropts(const struct tcp *t,
						const struct tcp_conn *c)
{
	return c->rare ? tcp_rare_peek(t, c)->opts : NULL;
}

/** tcp_hdropts_inherit() - A child of @l: see above. 0 or -ENOMEM. */
int tcp_hdropts_inherit(struct tcp *t, struct tcp_conn *c,
			const struct tcp_conn *l, const struct hdropts *echo);

/** tcp_hdropts_path() - As path_get(), to whom segments for f->remote go
 * first.
 */
int tcp_hdropts_path(struct tcp *t, const struct flow *f,
		     const struct ostia_addr *src, const struct hdropts *o,
		     ostia_time now, struct path **out);

#endif
