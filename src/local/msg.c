/* SPDX-License-Identifier: MIT */
#include "local/msg.h"

#include "local/name.h"
#include "local/rights.h"

#include <poll.h>

/* Linux's numbers, on a machine with pages of 4 KB. */
enum {
	PAGE = 4096,
	SKB = 256, /* struct sk_buff */
	SKB_TAIL = 320, /* struct skb_shared_info */
	HEAD_LEAST = 512,
	STREAM_HEAD_MAX = 3776, /* SKB_MAX_HEAD(0) */
	DGRAM_HEAD_MAX = 16064, /* SKB_MAX_ALLOC */
	FRAGS_MAX = 17 * PAGE, /* MAX_SKB_FRAGS */
};

static uint32_t pages(uint32_t n)
{
	return (n + PAGE - 1) / PAGE * PAGE;
}

static uint32_t head_price(uint32_t n)
{
	uint32_t size = HEAD_LEAST;

	while (size < n + SKB_TAIL)
		size *= 2;
	return size;
}

uint32_t local_msg_price(int type, uint32_t n)
{
	uint32_t most = type == LOCAL_STREAM ? STREAM_HEAD_MAX : DGRAM_HEAD_MAX;
	uint32_t rest = n > most ? n - most : 0;

	if (rest > FRAGS_MAX)
		rest = FRAGS_MAX;
	rest = pages(rest) < n ? pages(rest) : n;
	return SKB + head_price(n - rest) + pages(rest);
}

struct local_msg *local_msg_new(struct local *l, struct local_sock *from,
				uint32_t price)
{
	uint32_t self;
	struct local_msg *m = slab_alloc(&l->msgs, &self);

	if (!m)
		return NULL;
	*m = (struct local_msg) { .from = local_get(from),
				  .charge = price,
				  .self = self };
	from->charge += price;
	return m;
}

void local_msg_push(struct local_sock *to, struct local_msg *m)
{
	fifo_push(&to->queue, &m->node);
	to->qlen++;
}

static void discharge(struct local *l, struct local_msg *m)
{
	struct local_sock *from = m->from;

	from->charge -= m->charge;
	if (local_writable(from))
		local_notify(from, POLLOUT | POLLWRNORM | POLLWRBAND);
	local_put(l, from);
}

void local_msg_free(struct local *l, struct local_msg *m)
{
	local_rights_drop(l, m->rights);
	discharge(l, m);
	slab_free(&l->msgs, m->self);
}

static struct local_msg *unlink_first(struct local_sock *s)
{
	struct local_msg *m = local_msg_of(fifo_pop(&s->queue));

	if (s->type == LOCAL_STREAM && s->oob == m)
		s->oob = NULL;
	s->qlen--;
	return m;
}

void local_msg_pop(struct local *l, struct local_sock *s)
{
	struct local_msg *m = unlink_first(s);

	stream_discard(&s->bytes, l->pool, m->len + m->gone);
	local_msg_free(l, m);
}

bool local_msg_purge(struct local *l, struct local_sock *s)
{
	bool listener = s->state == LOCAL_LISTEN, lost = false;

	while (!fifo_empty(&s->queue)) {
		struct local_msg *m = unlink_first(s);

		lost |= m->len || !m->gone;
		if (listener)
			local_close(l, m->from);
		local_msg_free(l, m);
	}
	stream_clear(&s->bytes, l->pool);
	return lost;
}
