/* SPDX-License-Identifier: MIT */
#include "sock/cork.h"

#include <errno.h>
#include <sys/socket.h>

enum { CORK_MAX = 65535 };

void sock_cork_drop(struct sock_cork *c)
{
	if (c->block)
		block_put(c->block);
	c->block = NULL;
	c->len = 0;
}

static int begin(struct sock *s, struct sock_cork *c, const struct sock_out *m,
		 sock_cork_fn check)
{
	int64_t err = check(s, m);

	if (err)
		return (int)err;
	if (m->src || m->link)
		return -EOPNOTSUPP; /* IP_PKTINFO is for one send alone */
	c->block = block_new(s->socks->pool, CORK_MAX);
	if (!c->block)
		return -ENOMEM;
	c->len = 0;
	c->ttl = m->ttl;
	c->tos = m->tos;
	c->has_to = m->to != NULL;
	if (m->to)
		c->to = *m->to;
	return 0;
}

static void append(struct sock_cork *c, const struct sock_out *m)
{
	size_t left = m->n;

	for (int i = 0; i < m->niov && left; i++) {
		size_t n = m->iov[i].iov_len < left ? m->iov[i].iov_len : left;

		if (n)
			memcpy(c->block->mem + c->len, m->iov[i].iov_base, n);
		c->len += (uint32_t)n;
		left -= n;
	}
	c->block->used = c->len;
}

static int64_t let_go(struct sock *s, struct sock_cork *c, sock_cork_fn send)
{
	const struct iovec iov = { c->block->mem, c->len };
	const struct sock_out m = { .iov = &iov,
				    .niov = 1,
				    .n = c->len,
				    .to = c->has_to ? &c->to : NULL,
				    .ttl = c->ttl,
				    .tos = c->tos };
	int64_t r = send(s, &m);

	sock_cork_drop(c);
	return r;
}

int64_t sock_cork_send(struct sock *s, const struct sock_out *m,
		       sock_cork_fn check, sock_cork_fn send)
{
	struct sock_rare *r = sock_rare(s);
	struct sock_cork *c;
	int64_t err = 0;

	if (!r)
		return -ENOMEM;
	c = &r->cork;
	if (!c->block)
		err = begin(s, c, m, check);
	if (err)
		return err;
	if (m->n > CORK_MAX - c->len) {
		sock_cork_drop(c);
		return -EMSGSIZE;
	}
	append(c, m);
	if (!c->on && !(m->flags & MSG_MORE))
		err = let_go(s, c, send);
	return err < 0 ? err : (int64_t)m->n;
}

int64_t sock_cork_set(struct sock *s, bool on, sock_cork_fn send)
{
	struct sock_rare *r = sock_rare(s);
	int64_t err = 0;

	if (!r)
		return -ENOMEM;
	if (!on && r->cork.block)
		err = let_go(s, &r->cork, send);
	r->cork.on = on;
	return err < 0 ? err : 0;
}
