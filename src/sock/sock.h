/* SPDX-License-Identifier: MIT */
/*
 * sock/sock.h - sockets: where families and types become one thing
 *
 * A socket is an open file with a family, a type, options and an endpoint of
 * a protocol. The BSD face (src/api) calls sock_*() with addresses already
 * parsed; what a protocol has to tell (news) comes back through sock_drain()
 * and wakes whoever waits on the file.
 */
#ifndef OSTIA_SOCK_SOCK_H
#define OSTIA_SOCK_SOCK_H

#include "base/file.h"
#include "raw/raw.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

/**
 * struct socks - All sockets of a stack
 *
 * @events:	watches that came true, oldest first (sock/watch)
 * @lent:	cookies of buffers that were lent and are free again
 */
struct socks;

struct socks_lent_by_stack {
	const struct ostia_env *env;
	struct ostia_pool *pool;
	struct tracer *tracer;
	struct stats *stats;
	struct ip *ip;
	struct tcp *tcp;
	struct udp *udp;
	struct raw *raw;
};

int socks_new(const struct socks_lent_by_stack *lent, struct socks **out);
void socks_free(struct socks *s);

/** sock_drain() - Turn the protocols' news into readiness and wake-ups. */
void sock_drain(struct socks *s);

/** socks_next_event() - The oldest event. Return: false if none. */
bool socks_next_event(struct socks *s, struct ostia_event *ev);

void socks_usage(const struct socks *s, struct ostia_usage *u);
int socks_list(struct socks *s, uint64_t *cursor, struct ostia_conn_row *rows,
	       int max);

#endif
