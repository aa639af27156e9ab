/* SPDX-License-Identifier: MIT */
/* api/msg.h - writing control messages (api/msg.c, api/local.c) */
#ifndef OSTIA_API_MSG_H
#define OSTIA_API_MSG_H

#include "sock/sock.h"

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

/** api_msg_stamp() - SO_TIMESTAMP, SO_TIMESTAMPNS, if asked for. */
void api_msg_stamp(struct control_room *r, const struct sock *s,
		   ostia_time when);

#endif
