/* SPDX-License-Identifier: MIT */
#include "tcp/syn.h"

#include "link/link.h"

#include <errno.h>

/* TCP_SAVE_SYN: 1: from the IP header on, 2: from the link's on. */
static uint32_t first_byte(const struct ostia_pkt *p, unsigned how)
{
	return how == 1 ? p->l3 : 0;
}

static uint8_t save(struct tcp *t, const struct tcp_seg *s, unsigned how,
		    uint8_t *to)
{
	uint32_t from = first_byte(s->p, how);
	uint32_t n = s->data - from;

	if (!how)
		return 0;
	if (n > TCP_SYN_BYTES) {
		tcp_stats(t)->NoMemory++; /* of ours, for it */
		return 0;
	}
	return (uint8_t)pkt_copy_out(s->p, from, to, n);
}

uint32_t tcp_syn_keep(struct tcp *t, const struct tcp_conn *l,
		      const struct tcp_seg *s)
{
	unsigned how = l->rare ? tcp_rare_peek(t, l)->save_syn : 0;
	bool v4 = addr_is_v4(&s->flow.remote);
	struct hdropts echo;
	bool has_echo = v4 && hdropts_echo(s->p, &s->flow.local, &echo);
	struct tcp_syn *kept;
	uint32_t handle = 0;

	if (!has_echo && !how)
		return 0;
	kept = slab_alloc(&t->syns, &handle);
	if (!kept) {
		tcp_stats(t)->NoMemory++;
		return 0;
	}
	kept->has_echo = has_echo;
	if (has_echo)
		kept->echo = echo;
	kept->len = save(t, s, how, kept->bytes);
	return handle;
}

static struct tcp_syn *at(const struct tcp *t, uint32_t handle)
{
	return slab_at(&t->syns, handle);
}

const struct hdropts *tcp_syn_echo(const struct tcp *t, uint32_t handle)
{
	return handle && at(t, handle)->has_echo ? &at(t, handle)->echo : NULL;
}

void tcp_syn_hand_on(struct tcp *t, struct tcp_conn *c, uint32_t handle)
{
	if (!handle || !at(t, handle)->len || !c->rare)
		tcp_syn_forget(t, handle);
	else
		tcp_rare_get(t, c)->syn = handle;
}

void tcp_syn_forget(struct tcp *t, uint32_t handle)
{
	if (handle)
		slab_free(&t->syns, handle);
}

/* Linux gives it once, and to who has too little room says how much it is. */
int tcp_saved_syn(struct tcp *t, struct tcp_conn *c, void *p, uint32_t *len)
{
	struct tcp_rare *r = c->rare ? tcp_rare_get(t, c) : NULL;
	const struct tcp_syn *kept = r && r->syn ? at(t, r->syn) : NULL;
	uint32_t room = *len;

	*len = kept ? kept->len : 0;
	if (room < *len)
		return -EINVAL;
	if (!kept)
		return 0;
	if (!p)
		return -EFAULT;
	memcpy(p, kept->bytes, *len);
	tcp_syn_forget(t, r->syn);
	r->syn = 0;
	return 0;
}
