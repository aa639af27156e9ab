/* SPDX-License-Identifier: MIT */
#include "world/fate.h"

#include "wire/arp.h"
#include "wire/be.h"
#include "wire/eth.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <stdlib.h>
#include <string.h>

void world_fate_init(struct world_fates *f, uint64_t seed, uint32_t wire,
		     unsigned dir)
{
	const struct siphash_key k = { seed, 0x6f73746961 };
	const uint64_t a[2] = { wire, dir * 2 }, b[2] = { wire, dir * 2 + 1 };

	*f = (struct world_fates) { 0 };
	f->key.k0 = siphash_words_24(&k, a, 2);
	f->key.k1 = siphash_words_24(&k, b, 2);
}

void world_fate_fini(struct world_fates *f)
{
	free(f->flows);
	f->flows = NULL;
	f->cap = f->used = 0;
}

void world_fate_set(struct world_fates *f, const struct ostia_faults *faults)
{
	f->faults = *faults;
}

bool world_fate_is_random(const struct ostia_faults *x)
{
	return x->jitter || x->loss || x->loss_every || x->ge_p ||
	       x->duplicate || x->corrupt || x->mark || x->reorder;
}

/* ---- flows ---- */

/* Ports (or an echo's type and id), 0 if they are not at hand. */
static uint64_t ports_of(uint8_t proto, const uint8_t *l4, size_t n)
{
	switch (proto) {
	case WIRE_PROTO_TCP:
	case WIRE_PROTO_UDP:
	case WIRE_PROTO_UDPLITE:
		return n >= 4 ? wire_be_get32(l4) : 0;
	case WIRE_PROTO_ICMP4:
	case WIRE_PROTO_ICMP6:
		return n >= 6 ? (uint64_t)l4[0] << 16 | wire_be_get16(l4 + 4)
			      : 0;
	default:
		return 0;
	}
}

static uint64_t flow_of_ip4(const struct siphash_key *key, const uint8_t *p,
			    size_t n)
{
	uint64_t w[3] = { 0 };
	struct wire_ip4 ip;
	int hlen = wire_ip4_parse(&ip, p, n, UINT16_MAX);

	if (hlen < 0)
		return siphash_24(key, p, n < 20 ? n : 20);
	memcpy(&w[0], ip.src, 4);
	memcpy((char *)&w[0] + 4, ip.dst, 4);
	w[1] = ip.proto | 4 << 8;
	if (!ip.mf && !ip.frag_off)
		w[2] = ports_of(ip.proto, p + hlen, n - (size_t)hlen);
	return siphash_words_24(key, w, 3);
}

static uint64_t flow_of_ip6(const struct siphash_key *key, const uint8_t *p,
			    size_t n)
{
	uint64_t w[6] = { 0 };
	struct wire_ip6 ip;

	if (wire_ip6_parse(&ip, p, n, UINT16_MAX + WIRE_IP6_HLEN) < 0)
		return siphash_24(key, p, n < 40 ? n : 40);
	memcpy(&w[0], ip.src, 16);
	memcpy(&w[2], ip.dst, 16);
	w[4] = ip.next | 6 << 8;
	w[5] = ports_of(ip.next, p + WIRE_IP6_HLEN, n - WIRE_IP6_HLEN);
	return siphash_words_24(key, w, 6);
}

uint64_t world_fate_flow_id(const struct world_fates *f, const uint8_t *head,
			    size_t n, bool ethernet)
{
	uint64_t id;

	if (ethernet) {
		size_t skip = n < WIRE_ETH_HLEN ? n : WIRE_ETH_HLEN;

		if (n >= WIRE_ETH_HLEN &&
		    wire_be_get16(head + 12) == WIRE_ETH_ARP)
			return WIRE_ETH_ARP; /* all of ARP is one flow */
		head += skip;
		n -= skip;
	}
	if (n && head[0] >> 4 == 4)
		id = flow_of_ip4(&f->key, head, n);
	else if (n && head[0] >> 4 == 6)
		id = flow_of_ip6(&f->key, head, n);
	else
		id = 1;
	return id ? id : 1;
}

static struct world_flow *slot_of(struct world_flow *flows, uint32_t cap,
				  uint64_t id)
{
	uint32_t i = (uint32_t)id & (cap - 1);

	while (flows[i].id && flows[i].id != id)
		i = (i + 1) & (cap - 1);
	return &flows[i];
}

/* Twice the room, unless there is enough or no more is to be had. */
static void make_room(struct world_fates *f)
{
	uint32_t cap = f->cap ? f->cap * 2 : 64;
	struct world_flow *flows;

	if (f->used * 4 < f->cap * 3 || f->cap >= WORLD_FATE_MAX_FLOWS)
		return;
	flows = calloc(cap, sizeof(*flows));
	if (!flows)
		return;
	for (uint32_t i = 0; i < f->cap; i++)
		if (f->flows[i].id)
			*slot_of(flows, cap, f->flows[i].id) = f->flows[i];
	free(f->flows);
	f->flows = flows;
	f->cap = cap;
	f->allocs++;
}

/* A new flow in a full table takes the place of an old one. */
static struct world_flow *flow_add(struct world_fates *f,
				   struct world_flow *slot, uint64_t id)
{
	uint32_t i;

	if (f->used * 4 < f->cap * 3) {
		f->used++;
		slot->id = id;
		return slot;
	}
	/* free slots must stay: they end every search */
	for (i = (uint32_t)id; !f->flows[i & (f->cap - 1)].id;)
		i++;
	slot = &f->flows[i & (f->cap - 1)];
	f->evicted++;
	*slot = (struct world_flow) { .id = id, .n = f->packets };
	return slot;
}

struct world_flow *world_fate_next(struct world_fates *f, uint64_t id)
{
	struct world_flow *flow;

	f->packets++;
	make_room(f);
	if (!f->cap) {
		f->spare = (struct world_flow) { .id = id, .n = f->packets };
		return &f->spare;
	}
	flow = slot_of(f->flows, f->cap, id);
	if (!flow->id)
		flow = flow_add(f, flow, id);
	flow->n++;
	return flow;
}

bool world_fate_spares(struct world_fates *f, uint64_t id, unsigned n)
{
	struct world_flow *flow = world_fate_next(f, id);
	uint64_t every = f->faults.loss_every;

	f->packets--;
	if (--flow->n % every + n >= every)
		return false;
	f->packets += n;
	flow->n += n;
	return true;
}

/* ---- dice ---- */

static uint64_t draw64(const struct world_fates *f,
		       const struct world_flow *flow, unsigned copy,
		       enum world_fate_kind kind)
{
	const uint64_t w[2] = { flow->id, flow->n << 8 | copy << 7 | kind };

	return siphash_words_24(&f->key, w, 2);
}

static uint32_t draw(const struct world_fates *f, const struct world_flow *flow,
		     unsigned copy, enum world_fate_kind kind)
{
	return (uint32_t)(draw64(f, flow, copy, kind) >> 32);
}

/* With a chance of @rho the last draw of this kind again. (netem mixes the
 * two instead, and so changes how often things happen: 30 % with a correlation
 * of 60 % become 20 %. Here they stay 30 %.)
 */
static uint32_t draw_with(const struct world_fates *f, struct world_flow *flow,
			  unsigned copy, enum world_fate_kind kind,
			  uint32_t rho)
{
	uint64_t v = draw64(f, flow, copy, kind);

	if (!rho)
		return (uint32_t)(v >> 32);
	if (flow->n == 1 || (uint32_t)v > rho)
		flow->last[kind] = (uint32_t)(v >> 32);
	return flow->last[kind];
}

static bool happens(uint32_t share, uint32_t drawn)
{
	return share && share >= drawn;
}

/* One packet of Gilbert and Elliott's: lost by the state that it finds, and
 * the state may change for the next one.
 */
static bool burst_takes(struct world_fates *f, struct world_flow *flow,
			unsigned copy)
{
	const struct ostia_faults *x = &f->faults;
	bool bad = flow->bad;

	if (happens(bad ? x->ge_r : x->ge_p,
		    draw(f, flow, copy, WORLD_FATE_BURST)))
		flow->bad = !bad;
	return happens(bad ? x->ge_bad : x->ge_good,
		       draw(f, flow, copy, WORLD_FATE_BURST_LOSS));
}

/* About normal, mean 0, deviation 1 = 2^16, within four of them: the sum of
 * twelve uniform numbers (Irwin-Hall), taken from one hash and its words.
 */
static int64_t normal(const struct siphash_key *key, uint32_t drawn)
{
	int64_t sum = 0;

	for (uint64_t i = 0; i < 3; i++) {
		const uint64_t w[2] = { drawn, i };
		uint64_t h = siphash_words_13(key, w, 2);

		for (int k = 0; k < 4; k++, h >>= 16)
			sum += (int64_t)(h & 0xffff);
	}
	sum -= 6 * 65536;
	if (sum > 4 * 65536)
		return 4 * 65536;
	return sum < -4 * 65536 ? -4 * 65536 : sum;
}

static ostia_time delay_of(struct world_fates *f, struct world_flow *flow,
			   unsigned copy)
{
	const struct ostia_faults *x = &f->faults;
	int64_t unit, off;
	uint32_t v;

	if (!x->jitter)
		return x->delay;
	v = draw_with(f, flow, copy, WORLD_FATE_DELAY, x->delay_corr);
	if (x->jitter_dist == OSTIA_JITTER_NORMAL)
		unit = normal(&f->key, v);
	else
		unit = ((int64_t)(v >> 15) - 65536); /* -1 .. +1 */
	/* an hour is 3.6e12 ns < 2^42; times 2^18 stays in 63 bits */
	off = (int64_t)x->jitter * unit / 65536;
	if (off < 0 && (ostia_time)-off > x->delay)
		return 0;
	return x->delay + (ostia_time)off;
}

static bool overtakes(struct world_fates *f, struct world_flow *flow,
		      unsigned copy)
{
	const struct ostia_faults *x = &f->faults;

	if (!x->reorder)
		return false;
	if (x->gap && ++f->since_reorder < x->gap)
		return false;
	if (!happens(x->reorder, draw_with(f, flow, copy, WORLD_FATE_REORDER,
					   x->reorder_corr)))
		return false;
	f->since_reorder = 0;
	return true;
}

bool world_fate_twice(struct world_fates *f, struct world_flow *flow)
{
	const struct ostia_faults *x = &f->faults;

	return x->duplicate &&
	       happens(x->duplicate, draw_with(f, flow, 0, WORLD_FATE_DUPLICATE,
					       x->duplicate_corr));
}

struct world_fate world_fate_decide(struct world_fates *f,
				    struct world_flow *flow, unsigned copy,
				    uint32_t len)
{
	const struct ostia_faults *x = &f->faults;
	struct world_fate fate = { .lost = OSTIA_FATE_SENT };

	if (x->loss &&
	    happens(x->loss,
		    draw_with(f, flow, copy, WORLD_FATE_LOSS, x->loss_corr)))
		fate.lost = OSTIA_FATE_LOST;
	if (x->loss_every && !copy && flow->n % x->loss_every == 0)
		fate.lost = OSTIA_FATE_LOST;
	if (x->ge_p && burst_takes(f, flow, copy) && !fate.lost)
		fate.lost = OSTIA_FATE_BURST;
	if (x->corrupt && len &&
	    happens(x->corrupt, draw_with(f, flow, copy, WORLD_FATE_CORRUPT,
					  x->corrupt_corr))) {
		fate.corrupted = true;
		fate.bit = (uint32_t)(((uint64_t)draw(f, flow, copy,
						      WORLD_FATE_BIT) *
				       len * 8) >>
				      32);
	}
	fate.marked = x->mark &&
		      happens(x->mark, draw(f, flow, copy, WORLD_FATE_MARK));
	fate.reordered = overtakes(f, flow, copy);
	if (!fate.reordered)
		fate.delay = delay_of(f, flow, copy);
	return fate;
}
