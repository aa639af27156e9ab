/* SPDX-License-Identifier: MIT */
/* api/msg.h - writing control messages (api/msg.c, api/local.c) */
#ifndef OSTIA_API_MSG_H
#define OSTIA_API_MSG_H

#include "sock/sock.h"

#include <sys/socket.h>

/**
 * struct control_room - Where control messages go
 * @truncated: one did not fit
 */
struct control_room {
	uint8_t *at;
	size_t left;
	bool truncated;
};

/** api_msg_put() - One message, or what fits of it. */
void api_msg_put(struct control_room *r, int level, int type, const void *data,
		 size_t n);

/**
 * struct control_walk - Control messages of a call, one after another
 * @msg:	a copy: what the program changes meanwhile does not matter
 * @h:		the one at hand; NULL: before the first
 */
struct control_walk {
	struct msghdr msg;
	struct cmsghdr *h;
};

/** api_msg_walk() - Begin. -EFAULT: a length without a pointer. */
int api_msg_walk(struct control_walk *w, const struct msghdr *msg);

/**
 * api_msg_next() - The next control message, which lies within its room
 * Return: 1 and @w->h; 0: no more; -EINVAL: a length that cannot be.
 */
int api_msg_next(struct control_walk *w);

/** api_msg_stamp() - SO_TIMESTAMP, SO_TIMESTAMPNS, if asked for. */
void api_msg_stamp(struct control_room *r, const struct sock *s,
		   ostia_time when);

/** api_msg_stamping() - SCM_TIMESTAMPING, which somebody has asked for. */
void api_msg_stamping(struct control_room *r, const struct sock *s,
		      ostia_time when);

#endif
