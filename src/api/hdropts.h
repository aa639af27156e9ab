/* SPDX-License-Identifier: MIT */
/*
 * api/hdropts.h - control messages of IPv6 extension headers (RFC 3542) and
 *		   IPv4 options (ip(7)), both ways, for api/msg.c
 */
#ifndef OSTIA_API_HDROPTS_H
#define OSTIA_API_HDROPTS_H

#include "api/msg.h"

/**
 * api_hdropts_take() - A control message of a send, if it is one of these
 * @room: where the message's set is made; @m->opts is it from then on
 *
 * Return: 0, -EINVAL (also: not one of these).
 */
int api_hdropts_take(struct sock *s, const struct cmsghdr *h,
		     struct sock_out *m, struct hdropts *room);

/** api_hdropts_put6() - What @m brought, in Linux's order: RFC 3542's. */
void api_hdropts_put6(struct control_room *r, const struct sock *s,
		      const struct dgram_from *from);
/** api_hdropts_put2292() - The same by the names of RFC 2292. */
void api_hdropts_put2292(struct control_room *r, const struct sock *s,
			 const struct dgram_from *from);
/** api_hdropts_put4() - IP_RECVOPTS, IP_RETOPTS. */
void api_hdropts_put4(struct control_room *r, const struct sock *s,
		      const struct dgram_from *from);

/** api_hdropts_done() - The packet that was kept for them goes. */
void api_hdropts_done(struct sock_in *m);

#endif
