/* SPDX-License-Identifier: MIT */
/*
 * stack/tx.c - the way out: a link is pulled
 *
 * First what was left of the last super-segment, then the queue of replies,
 * then the sources on the link's ready list, each in its turn. What is taken
 * gets its link header, and at the bottom whatever the link cannot do itself.
 * Nothing here delivers.
 */
#include "ip/neigh.h"
#include "stack/gso.h"
#include "stack/stack.h"

enum { TX_IDLE_TURNS = 64 }; /* sources asked in vain before we give up */

static struct ostia_pkt *ask(struct ostia_stack *s, struct txnode *n,
			     bool *more)
{
	switch (n->kind) {
	case TX_TCP:
		return tcp_tx(s->tcp, n, more, stack_now(s));
	case TX_UDP:
		return udp_tx(s->udp, n, more, stack_now(s));
	case TX_PACKET:
		return packet_tx(s->packet, n, more);
	default:
		return raw_tx(s->raw, n, more, stack_now(s));
	}
}

/* A socket stands in one list, that of the link it first had something for;
 * what it has for others goes to them, and never out of this one.
 */
static void elsewhere(struct ostia_stack *s, struct ostia_pkt *p)
{
	(void)ip_queue(&s->ip, p); /* which counts what has no room */
}

/* The next source in turn; it goes to the end if it has more. */
static struct ostia_pkt *from_sources(struct ostia_stack *s,
				      struct ostia_link *l)
{
	for (unsigned turn = 0; turn < TX_IDLE_TURNS; turn++) {
		struct ostia_pkt *p;
		struct txnode *n;
		bool more = false;

		if (list_empty(&l->ready))
			return NULL;
		n = list_entry(l->ready.next, struct txnode, node);
		list_remove(&n->node);
		p = ask(s, n, &more);
		if (more)
			link_ready(l, n);
		if (p && p->link != l) {
			elsewhere(s, p);
			turn = 0; /* not in vain, and its queue is finite */
			continue;
		}
		if (p)
			return p;
	}
	return NULL;
}

static bool must_split(const struct ostia_link *l, const struct ostia_pkt *p)
{
	uint32_t can =
		p->gso_type == OSTIA_GSO_UDP ? OSTIA_LINK_USO : OSTIA_LINK_TSO;

	return p->gso_size && p->gso_segs > 1 && !(l->caps & can);
}

/* Pieces after the first wait in link->finished. */
static struct ostia_pkt *split(struct ostia_link *l, struct ostia_pkt *p)
{
	bool sum = !(l->caps & (OSTIA_LINK_TXCSUM | OSTIA_LINK_NOCSUM));
	struct ostia_pkt *rest;

	p = gso_split(p, sum);
	if (!p)
		return NULL;
	rest = p->next;
	p->next = NULL;
	while (rest) {
		struct ostia_pkt *q = rest;

		rest = q->next;
		if (!pktq_push(&l->finished, q)) {
			l->drops++;
			pkt_free(q);
		}
	}
	return p;
}

/* The link header, then what the link cannot do itself. NULL: held or lost. */
static struct ostia_pkt *finish(struct ostia_stack *s, struct ostia_link *l,
				struct ostia_pkt *p)
{
	enum verdict v = neigh_output(&s->ip, p, NULL, stack_now(s));

	if (v == VERDICT_HELD)
		return NULL;
	if (v != VERDICT_DELIVER) {
		stack_trace_drop(s, p, s->ip.why);
		l->drops++;
		pkt_free(p);
		return NULL;
	}
	if (must_split(l, p))
		return split(l, p);
	if (p->csum == OSTIA_CSUM_PARTIAL &&
	    !(l->caps & (OSTIA_LINK_TXCSUM | OSTIA_LINK_NOCSUM)))
		gso_complete(p);
	return p;
}

static struct ostia_pkt *next_frame(struct ostia_stack *s, struct ostia_link *l)
{
	for (;;) {
		struct ostia_pkt *p = pktq_pop(&l->finished);

		if (p)
			return p;
		p = pktq_pop(&l->replies);
		if (!p)
			p = from_sources(s, l);
		if (!p)
			return NULL;
		p = finish(s, l, p);
		if (p)
			return p;
	}
}

struct ostia_pkt *ostia_link_output(struct ostia_link *l, unsigned max)
{
	struct ostia_stack *s = l->stack;
	struct ostia_pkt *batch = NULL, **tail = &batch;

	while (max--) {
		struct ostia_pkt *p = next_frame(s, l);

		if (!p)
			break;
		stack_trace_pkt(s, OSTIA_TRACE_OUT, l, p);
		if (__builtin_expect(s->ip.taps, 0) && !(p->flags & PKT_LOOPED))
			packet_sent(s->packet, p);
		l->tx_pkts += p->gso_segs;
		l->tx_bytes += p->len;
		*tail = p;
		tail = &p->next;
	}
	*tail = NULL;
	return batch;
}

int ostia_link_pending(const struct ostia_link *l)
{
	return link_pending(l);
}
