/* SPDX-License-Identifier: MIT */
/*
 * ip/frag.c - reassembly
 *
 * One fragment costs a hash lookup, a bisection, and moving at most
 * FRAG_PIECES array entries; nothing walks a list. The whole is made once, by
 * reference when its pieces fit one packet, else by one copy.
 */
#include "ip/frag.h"

#include "ip/icmp.h"
#include "ip/state.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>

enum {
	PKT_SPARE = 4096, /* what a packet may pin beside its bytes */
	IP_LEN_MAX = 65535,
	PIECES_FIRST = 8, /* entries of the first array */
	BY_REFERENCE = OSTIA_PKT_SLICES - 2, /* pieces, at most */
	HEAD_MAX = 256, /* bytes of header that we can put in front */
};

void frag_init(struct ip *ip)
{
	struct frags *f = &ip->frags;

	slab_init(&f->queues, ip->env, sizeof(struct fragq), FRAG_QUEUES);
	table_init(&f->table, ip->env, FRAG_QUEUES);
	list_init(&f->all);
	for (unsigned i = 0; i < FRAG_SHARES; i++)
		list_init(&f->share[i]);
}

/* --- queues ------------------------------------------------------------- */

static uint32_t tag_of(const struct ip *ip, const struct ostia_pkt *p,
		       const struct frag_in *in)
{
	const uint64_t w[5] = { p->src.q[0] ^ (uint64_t)p->link->index << 32,
				p->src.q[1], p->dst.q[0], p->dst.q[1] ^ in->tap,
				in->id | (uint64_t)(in->v4 ? in->proto : 0)
						 << 32 };

	return (uint32_t)(siphash_words_13(&ip->key, w, 5) >> 32);
}

/* RFC 791 identifies by protocol too; RFC 8200 4.5 does not. */
static bool is_of(const struct fragq *q, const struct ostia_pkt *p,
		  const struct frag_in *in)
{
	return q->id == in->id && q->v4 == in->v4 && q->link == p->link &&
	       q->tap == in->tap && (!in->v4 || q->proto == in->proto) &&
	       addr_eq(&q->src, &p->src) && addr_eq(&q->dst, &p->dst);
}

static struct fragq *find(struct ip *ip, const struct ostia_pkt *p,
			  const struct frag_in *in, uint32_t tag)
{
	table_each_match(&ip->frags.table, tag, it)
	{
		struct fragq *q = slab_at(&ip->frags.queues, it.handle);

		if (is_of(q, p, in))
			return q;
	}
	return NULL;
}

static void charge(struct ip *ip, struct fragq *q, uint32_t bytes)
{
	q->charge += bytes;
	ip->frags.bytes += bytes;
	ip->frags.share_bytes[q->share] += bytes;
}

static void discharge(struct ip *ip, struct fragq *q, uint32_t bytes)
{
	q->charge -= bytes;
	ip->frags.bytes -= bytes;
	ip->frags.share_bytes[q->share] -= bytes;
}

static void drop_pieces(struct ip *ip, struct fragq *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		pkt_free(q->piece[i].pkt);
	env_free(ip->env, q->piece, q->cap * sizeof(*q->piece));
	q->piece = NULL;
	q->count = q->cap = 0;
	discharge(ip, q, q->charge - (uint32_t)sizeof(*q));
}

static uint32_t tag_of_queue(const struct ip *ip, const struct fragq *q)
{
	const struct ostia_pkt like = { .src = q->src,
					.dst = q->dst,
					.link = q->link };
	const struct frag_in in = {
		.id = q->id, .tap = q->tap, .proto = q->proto, .v4 = q->v4
	};

	return tag_of(ip, &like, &in);
}

static void free_queue(struct ip *ip, struct fragq *q)
{
	drop_pieces(ip, q);
	discharge(ip, q, q->charge);
	wheel_disarm(&ip->wheel, &q->timer);
	list_remove(&q->age);
	list_remove(&q->all);
	list_remove(&q->by_link);
	table_remove(&ip->frags.table, tag_of_queue(ip, q), q->handle);
	slab_free(&ip->frags.queues, q->handle);
}

static void evict(struct ip *ip, struct fragq *q)
{
	ip->stats->IpReasmEvicted++;
	ip->stats->IpReasmFails++;
	free_queue(ip, q);
}

/* The oldest of a list that is not @q, or NULL. */
static struct fragq *oldest_all(struct ip *ip, const struct fragq *but)
{
	struct list *node = list_first(&ip->frags.all);

	if (node && but && node == &but->all)
		node = node->next == &ip->frags.all ? NULL : node->next;
	return node ? list_entry(node, struct fragq, all) : NULL;
}

static struct fragq *oldest_of(struct ip *ip, uint8_t share,
			       const struct fragq *but)
{
	struct list *head = &ip->frags.share[share];
	struct list *node = list_first(head);

	if (node && but && node == &but->age)
		node = node->next == head ? NULL : node->next;
	return node ? list_entry(node, struct fragq, age) : NULL;
}

/* A source that floods drives out its own datagrams first. */
static bool make_room(struct ip *ip, uint8_t share, const struct fragq *q,
		      uint32_t bytes)
{
	uint64_t high = ip->set.frag_high_bytes;
	struct fragq *old;

	while (ip->frags.share_bytes[share] + bytes > high / FRAG_SHARE_DIV) {
		old = oldest_of(ip, share, q);
		if (!old)
			return false;
		evict(ip, old);
	}
	while (ip->frags.bytes + bytes > high ||
	       (!q && ip->frags.queues.live >= FRAG_QUEUES)) {
		old = oldest_all(ip, q);
		if (!old)
			return false;
		evict(ip, old);
	}
	return true;
}

static uint8_t share_of(const struct ip *ip, const struct ostia_pkt *p)
{
	return (uint8_t)(ip_tag(ip, &p->src, 0x66726167) % FRAG_SHARES);
}

static struct fragq *new_queue(struct ip *ip, const struct ostia_pkt *p,
			       const struct frag_in *in, uint32_t tag,
			       ostia_time now)
{
	uint32_t secs = in->v4 ? ip->set.frag_time_s : ip->set.frag6_time_s;
	uint8_t share = share_of(ip, p);
	uint32_t handle;
	struct fragq *q;

	if (!make_room(ip, share, NULL, sizeof(*q)))
		return NULL;
	q = slab_alloc(&ip->frags.queues, &handle);
	if (!q)
		return NULL;
	*q = (struct fragq) { .src = p->src,
			      .dst = p->dst,
			      .link = p->link,
			      .id = in->id,
			      .zone = p->zone,
			      .tap = in->tap,
			      .handle = handle,
			      .proto = in->v4 ? in->proto : 0,
			      .share = share,
			      .v4 = in->v4 };
	if (table_insert(&ip->frags.table, tag, handle)) {
		slab_free(&ip->frags.queues, handle);
		return NULL;
	}
	list_push(&ip->frags.share[share], &q->age);
	list_push(&ip->frags.all, &q->all);
	list_push(&p->link->frags, &q->by_link);
	charge(ip, q, sizeof(*q));
	q->timer.kind = IP_TIMER_FRAG;
	wheel_arm(&ip->wheel, &q->timer, time_after(now, secs * NS_PER_S));
	return q;
}

/* --- pieces ------------------------------------------------------------- */

/* Index of the first piece that starts at @off or behind it. */
static uint32_t bisect(const struct fragq *q, uint32_t off)
{
	uint32_t lo = 0, hi = q->count;

	/* in order is the rule */
	if (hi == 0 || q->piece[hi - 1].start < off)
		return hi;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (q->piece[mid].start < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum fit { FIT_NEW, FIT_AGAIN, FIT_WRONG };

/* Does [off, end) agree with what is here (RFC 5722 3, RFC 8200 4.5)? */
static enum fit fits(const struct fragq *q, uint32_t i, uint32_t off,
		     uint32_t end, bool more)
{
	/* without any piece there is no array yet */
	const struct frag_piece *at = i ? &q->piece[i] : q->piece;

	if (more       ? q->total && end >= q->total
	    : q->total ? end != q->total
		       : q->count && q->piece[q->count - 1].end > end)
		return FIT_WRONG;
	if (i < q->count && at->start == off && at->end == end)
		return !more && !q->total ? FIT_WRONG : FIT_AGAIN;
	if (i < q->count && at->start < end)
		return FIT_WRONG;
	if (i > 0 && at[-1].end > off)
		return FIT_WRONG;
	return FIT_NEW;
}

static int grow(struct ip *ip, struct fragq *q)
{
	uint32_t cap = q->cap ? q->cap * 2 : (uint32_t)PIECES_FIRST;
	struct frag_piece *piece;

	if (q->count >= FRAG_PIECES)
		return -ENOBUFS;
	if (cap > FRAG_PIECES)
		cap = FRAG_PIECES;
	piece = env_alloc(ip->env, cap * sizeof(*piece));
	if (!piece)
		return -ENOMEM;
	if (q->count)
		memcpy(piece, q->piece, q->count * sizeof(*piece));
	env_free(ip->env, q->piece, q->cap * sizeof(*piece));
	charge(ip, q, (uint32_t)((cap - q->cap) * sizeof(*piece)));
	q->piece = piece;
	q->cap = cap;
	return 0;
}

static uint32_t cost_of(const struct fragq *q, const struct ostia_pkt *p)
{
	uint32_t n = pkt_truesize(p);

	if (q->count == q->cap)
		n += (q->cap ? q->cap : (uint32_t)PIECES_FIRST) *
		     (uint32_t)sizeof(*q->piece);
	return n;
}

static int insert(struct ip *ip, struct fragq *q, uint32_t i, uint32_t off,
		  uint32_t end, struct ostia_pkt *p)
{
	if (!make_room(ip, q->share, q, cost_of(q, p)))
		return -ENOBUFS;
	if (q->count == q->cap) {
		int err = grow(ip, q);

		if (err)
			return err;
	}
	memmove(&q->piece[i + 1], &q->piece[i],
		(q->count - i) * sizeof(*q->piece));
	q->piece[i] = (struct frag_piece) { off, end, p };
	q->count++;
	q->have += end - off;
	q->ecn |= (uint8_t)(1 << (p->tos & 3));
	charge(ip, q, pkt_truesize(p));
	return 0;
}

static void doom(struct ip *ip, struct fragq *q)
{
	ip->stats->IpReasmOverlaps++;
	ip->stats->IpReasmFails++;
	drop_pieces(ip, q);
	q->doomed = true;
}

/* --- the whole ---------------------------------------------------------- */

/* RFC 3168 5.3: congestion seen by a part is seen by the whole; parts that
 * disagree about being able to tell were tampered with. Return: the field, or
 * -EINVAL.
 */
static int ecn_of_whole(uint8_t seen)
{
	enum { NOT_ECT = 1, CE = 8 };

	if (seen & NOT_ECT)
		return seen == NOT_ECT ? 0 : -EINVAL;
	if (seen & CE)
		return 3;
	return seen & 2 ? 1 : 2; /* of ECT(0) and ECT(1) mixed: ECT(1) */
}

static int append_by_reference(const struct fragq *q, struct ostia_pkt *w)
{
	int err = q->count > BY_REFERENCE ? -ENOBUFS : 0;

	for (uint32_t i = 0; i < q->count && err == 0; i++)
		err = pkt_append_pkt(w, q->piece[i].pkt, q->piece[i].pkt->data);
	return err;
}

static int append_by_copy(struct ip *ip, const struct fragq *q,
			  struct ostia_pkt *w)
{
	struct block *b = block_new(ip->pool, q->total);
	int err;

	if (!b)
		return -ENOMEM;
	for (uint32_t i = 0; i < q->count; i++) {
		/* without any piece there is no array yet */
		const struct frag_piece *at = i ? &q->piece[i] : q->piece;

		pkt_copy_out(at->pkt, at->pkt->data, b->mem + at->start,
			     at->end - at->start);
	}
	b->used = q->total;
	err = pkt_add_slice(w, b, 0, q->total);
	block_put(b);
	return err;
}

static int append_head(const struct fragq *q, struct ostia_pkt *w)
{
	struct ostia_pkt *first = q->piece[0].pkt;
	const uint8_t *h = pkt_peek(first, first->l3, q->unfrag);

	if (!h || q->unfrag > HEAD_MAX)
		return -EINVAL;
	w->hoff = PKT_HEAD - HEAD_MAX;
	return pkt_append_copy(w, h, q->unfrag);
}

static void patch4(const struct fragq *q, uint8_t *h, uint8_t ecn)
{
	h[1] = (uint8_t)((h[1] & ~3) | ecn);
	wire_be_put16(h + 2, (uint16_t)(q->unfrag + q->total));
	wire_be_put16(h + 6, 0);
	wire_be_put16(h + 10, 0);
	wire_be_put16(h + 10, wire_ip4_csum(h, q->unfrag));
}

static void patch6(const struct fragq *q, uint8_t *h, uint8_t ecn)
{
	h[1] = (uint8_t)((h[1] & ~0x30) | ecn << 4);
	wire_be_put16(h + 4, (uint16_t)(q->unfrag - WIRE_IP6_HLEN + q->total));
	h[q->next_at] = q->proto;
}

static bool all_valid(const struct fragq *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		if (q->piece[i].pkt->csum != OSTIA_CSUM_VALID)
			return false;
	return true;
}

/* With its header, as IP_RECVFRAGSIZE tells it. */
static uint32_t largest(const struct fragq *q)
{
	uint32_t head = q->unfrag + (q->v4 ? 0 : WIRE_IP6_FRAG_HLEN), most = 0;

	for (uint32_t i = 0; i < q->count; i++) {
		uint32_t n = q->piece[i].end - q->piece[i].start;

		most = n > most ? n : most;
	}
	return head + most;
}

static void describe(const struct fragq *q, struct ostia_pkt *w, uint8_t ecn,
		     ostia_time now)
{
	const struct ostia_pkt *first = q->piece[0].pkt;

	w->link = first->link;
	w->when = now;
	w->src = first->src;
	w->dst = first->dst;
	w->zone = first->zone;
	w->proto = q->proto;
	w->ttl = first->ttl;
	w->tos = (uint8_t)((first->tos & ~3) | ecn);
	w->flags = (uint8_t)(first->flags | PKT_FRAGMENT);
	w->csum = all_valid(q) ? OSTIA_CSUM_VALID : OSTIA_CSUM_NONE;
	w->frag_max = largest(q);
	w->l3 = 0;
	w->l4 = q->unfrag;
	w->data = q->unfrag;
}

static struct ostia_pkt *build(struct ip *ip, const struct fragq *q,
			       bool by_copy)
{
	struct ostia_pkt *w = pkt_new(ip->pool);
	int err;

	if (!w)
		return NULL;
	err = append_head(q, w);
	if (err == 0)
		err = by_copy ? append_by_copy(ip, q, w)
			      : append_by_reference(q, w);
	if (err) {
		pkt_free(w);
		return NULL;
	}
	return w;
}

static struct ostia_pkt *assemble(struct ip *ip, const struct fragq *q,
				  ostia_time now)
{
	int ecn = ecn_of_whole(q->ecn);
	struct ostia_pkt *w;
	uint8_t *h;

	if (ecn < 0)
		return NULL;
	w = build(ip, q, false);
	if (!w)
		w = build(ip, q, true);
	h = w ? pkt_edit(w, q->unfrag) : NULL;
	if (!h) {
		if (w)
			pkt_free(w);
		return NULL;
	}
	if (q->v4)
		patch4(q, h, (uint8_t)ecn);
	else
		patch6(q, h, (uint8_t)ecn);
	describe(q, w, (uint8_t)ecn, now);
	return w;
}

static enum verdict complete(struct ip *ip, struct fragq *q,
			     struct ostia_pkt **p, ostia_time now)
{
	struct ostia_pkt *w;

	if (!q->total || q->have < q->total)
		return VERDICT_HELD;
	w = assemble(ip, q, now);
	free_queue(ip, q);
	if (!w) {
		ip->stats->IpReasmFails++;
		return VERDICT_HELD;
	}
	ip->stats->IpReasmOKs++;
	*p = w;
	return VERDICT_DELIVER;
}

/* --- the door ----------------------------------------------------------- */

/* Lengths that no datagram has. IPv6 wants the sender told (RFC 8200 4.5). */
static bool plausible(struct ip *ip, struct ostia_pkt *p,
		      const struct frag_in *in, uint32_t len, ostia_time now)
{
	uint32_t before =
		in->v4 ? in->unfrag : in->unfrag - (uint32_t)WIRE_IP6_HLEN;

	if (len == 0 || (in->more && len % 8)) {
		if (!in->v4 && len)
			icmp_error(ip, p, ICMP_PARAM, WIRE_IP6_CODE_FIELD, 4,
				   now);
		return false;
	}
	if (before + in->off + len > IP_LEN_MAX) { /* ping of death */
		if (!in->v4)
			icmp_error(ip, p, ICMP_PARAM, WIRE_IP6_CODE_FIELD,
				   in->unfrag + 2u, now);
		return false;
	}
	return true;
}

static void note_first(struct fragq *q, const struct frag_in *in)
{
	q->unfrag = in->unfrag;
	q->next_at = in->next_at;
	q->proto = in->proto;
}

static enum verdict add(struct ip *ip, struct fragq *q, struct ostia_pkt **p,
			const struct frag_in *in, uint32_t len, ostia_time now)
{
	uint32_t end = in->off + len;
	uint32_t i = bisect(q, in->off);

	switch (fits(q, i, in->off, end, in->more)) {
	case FIT_AGAIN:
		return IP_DROP(ip, IpReasmFails);
	case FIT_WRONG:
		doom(ip, q);
		ip->why = "IpReasmOverlaps";
		return VERDICT_DROP;
	default:
		break;
	}
	(*p)->data = in->data;
	if (insert(ip, q, i, in->off, end, *p)) {
		evict(ip, q);
		ip->why = "IpReasmEvicted";
		return VERDICT_DROP;
	}
	if (!in->more)
		q->total = end;
	if (in->off == 0)
		note_first(q, in);
	return complete(ip, q, p, now);
}

/* A small fragment of a big block pins all of it, and by a memory wire all
 * fragments of a datagram pin the same: such ones are copied out. Without
 * memory for that it stays as it is.
 */
static void compact(struct ostia_pkt **p)
{
	struct ostia_pkt *old = *p, *q;

	if (pkt_truesize(old) <= 2 * old->len + PKT_SPARE)
		return;
	q = ostia_pkt_copy(old->pool, old);
	if (!q)
		return;
	q->link = old->link;
	q->src = old->src;
	q->dst = old->dst;
	q->zone = old->zone;
	q->proto = old->proto;
	q->ttl = old->ttl;
	q->tos = old->tos;
	pkt_free(old);
	*p = q;
}

enum verdict frag_rx(struct ip *ip, struct ostia_pkt **p,
		     const struct frag_in *in, ostia_time now)
{
	uint32_t len = (*p)->len - in->data;
	uint32_t tag = tag_of(ip, *p, in);
	struct fragq *q;

	ip->stats->IpReasmReqds++;
	if (!plausible(ip, *p, in, len, now))
		return IP_DROP(ip, IpReasmFails);
	q = find(ip, *p, in, tag);
	if (!q)
		q = new_queue(ip, *p, in, tag, now);
	if (!q || q->doomed)
		return IP_DROP(ip, IpReasmFails);
	compact(p);
	return add(ip, q, p, in, len, now);
}

void frag_expire(struct ip *ip, struct fragq *q, ostia_time now)
{
	if (!q->doomed) {
		ip->stats->IpReasmTimeout++;
		ip->stats->IpReasmFails++;
		if (!q->tap && q->count && q->piece[0].start == 0)
			icmp_error(ip, q->piece[0].pkt, ICMP_REASM_TIMEOUT, 0,
				   0, now);
	}
	free_queue(ip, q);
}

void frag_link_gone(struct ip *ip, struct ostia_link *l)
{
	struct list *node;

	while ((node = list_first(&l->frags)))
		free_queue(ip, list_entry(node, struct fragq, by_link));
}

void frag_fini(struct ip *ip)
{
	struct fragq *q;

	while ((q = oldest_all(ip, NULL)))
		free_queue(ip, q);
	table_fini(&ip->frags.table);
	slab_fini(&ip->frags.queues);
}
