/* SPDX-License-Identifier: MIT */
#include "raw/fanout.h"

#include "base/env.h"
#include "ip/state.h"
#include "raw/packet.h"
#include "wire/be.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING /* headers before Linux 6.4 */
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

enum {
	ROLLS = PACKET_FANOUT_FLAG_ROLLOVER >> 8,
	UNIQUE = PACKET_FANOUT_FLAG_UNIQUEID >> 8,
	IGNORES = PACKET_FANOUT_FLAG_IGNORE_OUTGOING >> 8,
	DEFRAGS = PACKET_FANOUT_FLAG_DEFRAG >> 8,
	LOW_SHIFT = 2, /* less than a quarter of the buffer is left */
	PORTS = 4, /* bytes of both */
	FRAGMENT = 0x3fff, /* IPv4's offset, and that more are to come */
};

enum room { ROOM_NONE, ROOM_LOW, ROOM_NORMAL };

void fanout_init(struct fanouts *fs, const struct ostia_env *env)
{
	fs->env = env;
	fs->next_id = 0;
	list_init(&fs->all);
}

bool fanout_defrags(const struct fanout *f)
{
	return f->flags & DEFRAGS;
}

bool fanout_ignores_outgoing(const struct fanout *f)
{
	return f->flags & IGNORES;
}

uint32_t fanout_said(const struct fanout *f)
{
	return f ? f->id | (uint32_t)f->type << 16 | (uint32_t)f->flags << 24
		 : 0;
}

/*
 * --- groups --------------------------------------------------------------
 */

static struct fanout *find(const struct fanouts *fs, uint16_t id)
{
	list_each (n, &fs->all) {
		struct fanout *f = list_entry(n, struct fanout, node);

		if (f->id == id)
			return f;
	}
	return NULL;
}

static size_t size_of(uint32_t max)
{
	return sizeof(struct fanout) + max * sizeof(struct packet_sock *);
}

/* UNIQUEID: the next number that is free. */
static bool new_id(struct fanouts *fs, uint16_t *id)
{
	for (uint32_t i = 0; i <= UINT16_MAX; i++) {
		*id = (uint16_t)(fs->next_id + i);
		if (find(fs, *id))
			continue;
		fs->next_id = (uint16_t)(*id + 1);
		return true;
	}
	return false;
}

static bool known_type(uint16_t type_flags)
{
	uint8_t type = (uint8_t)type_flags;

	if (type == PACKET_FANOUT_ROLLOVER) /* to which it cannot fall back */
		return !(type_flags & PACKET_FANOUT_FLAG_ROLLOVER);
	return type <= PACKET_FANOUT_EBPF;
}

static int make(struct fanouts *fs, const struct fanout_wish *w,
		const struct packet_sock *s, struct fanout **out)
{
	uint32_t max = w->max ? w->max : FANOUT_MEMBERS;
	struct fanout *f;

	if (max > FANOUT_MAX)
		return -EINVAL;
	f = env_zalloc(fs->env, size_of(max));
	if (!f)
		return -ENOMEM;
	f->id = w->id;
	f->type = (uint8_t)w->type_flags;
	f->flags = (uint8_t)(w->type_flags >> 8);
	f->index = s->index;
	f->proto = s->proto;
	f->max = max;
	list_push(&fs->all, &f->node);
	*out = f;
	return 0;
}

static void drop(struct fanouts *fs, struct fanout *f)
{
	list_remove(&f->node);
	bpf_put(fs->env, f->prog);
	env_free(fs->env, f, size_of(f->max));
}

static int agree(const struct fanout *f, const struct fanout_wish *w,
		 const struct packet_sock *s)
{
	if (f->flags != (uint8_t)(w->type_flags >> 8) ||
	    (w->max && w->max != f->max) || f->type != (uint8_t)w->type_flags ||
	    !s->proto || f->proto != s->proto || f->index != s->index)
		return -EINVAL;
	return f->refs < f->max ? 0 : -ENOSPC;
}

static bool rolls(const struct fanout *f)
{
	return f->type == PACKET_FANOUT_ROLLOVER || f->flags & ROLLS;
}

/* The socket must not be shown frames meanwhile: the caller hides it. */
static int enter(struct fanouts *fs, struct packet_sock *s,
		 const struct fanout_wish *w)
{
	struct fanout *f = find(fs, w->id);
	int err = f ? 0 : make(fs, w, s, &f);

	if (err)
		return err;
	err = agree(f, w, s);
	if (!err && rolls(f)) {
		s->rollover = env_zalloc(fs->env, sizeof(*s->rollover));
		err = s->rollover ? 0 : -ENOMEM;
	}
	if (!err) {
		f->refs++;
		s->fanout = f;
	} else if (!f->refs) {
		drop(fs, f);
	}
	return err;
}

int fanout_join(struct fanouts *fs, struct packet_sock *s,
		const struct fanout_wish *w)
{
	struct fanout_wish mine = *w;

	if (!known_type(w->type_flags))
		return -EINVAL;
	if (s->fanout)
		return -EALREADY;
	if (w->type_flags & PACKET_FANOUT_FLAG_UNIQUEID) {
		if (w->id)
			return -EINVAL;
		if (!new_id(fs, &mine.id))
			return -ENOMEM;
		mine.type_flags &= (uint16_t)~PACKET_FANOUT_FLAG_UNIQUEID;
	}
	return enter(fs, s, &mine);
}

void fanout_leave(struct fanouts *fs, struct packet_sock *s)
{
	struct fanout *f = s->fanout;

	env_free(fs->env, s->rollover, sizeof(*s->rollover));
	s->rollover = NULL;
	s->fanout = NULL;
	if (f && --f->refs == 0)
		drop(fs, f);
}

void fanout_show(struct packet_sock *s)
{
	s->fanout->member[s->fanout->count++] = s;
}

/* The last one takes its place. */
void fanout_hide(struct packet_sock *s)
{
	struct fanout *f = s->fanout;
	uint32_t i = 0;

	while (f->member[i] != s)
		i++;
	f->member[i] = f->member[--f->count];
}

int fanout_program(struct fanouts *fs, struct fanout *f, struct bpf *prog)
{
	if (f->type != PACKET_FANOUT_CBPF)
		return -EINVAL;
	bpf_put(fs->env, f->prog);
	f->prog = prog;
	return 0;
}

/*
 * --- who gets a frame ----------------------------------------------------
 */

/* Of both directions of a flow the same: addresses and ports in order. */
static void sort(uint64_t w[5], const uint8_t ports[PORTS])
{
	uint16_t a = wire_be_get16(ports), b = wire_be_get16(ports + 2);
	uint64_t hi = w[0], lo = w[1];

	if (w[0] > w[2] || (w[0] == w[2] && w[1] > w[3])) {
		w[0] = w[2];
		w[1] = w[3];
		w[2] = hi;
		w[3] = lo;
	}
	w[4] |= (uint64_t)(a < b ? a : b) << 32 | (uint64_t)(a < b ? b : a)
							  << 16;
}

static bool has_ports(uint8_t proto)
{
	return proto == WIRE_PROTO_TCP || proto == WIRE_PROTO_UDP;
}

static void read4(const struct fanout_frame *of, uint64_t w[5])
{
	const uint8_t *h = pkt_peek(of->p, of->l3, WIRE_IP4_HLEN);
	uint8_t ports[PORTS] = { 0 };

	if (!h || h[0] >> 4 != 4)
		return;
	w[1] = wire_be_get32(h + 12);
	w[3] = wire_be_get32(h + 16);
	w[4] = h[9];
	/* all fragments of a datagram go one way: but one has the ports */
	if (has_ports(h[9]) && !(wire_be_get16(h + 6) & FRAGMENT))
		pkt_copy_out(of->p, of->l3 + (h[0] & 15) * 4u, ports, PORTS);
	sort(w, ports);
}

static void read6(const struct fanout_frame *of, uint64_t w[5])
{
	const uint8_t *h = pkt_peek(of->p, of->l3, WIRE_IP6_HLEN);
	uint8_t ports[PORTS] = { 0 };

	if (!h || h[0] >> 4 != 6)
		return;
	memcpy(w, h + 8, 32);
	w[4] = h[6];
	if (has_ports(h[6]))
		pkt_copy_out(of->p, of->l3 + WIRE_IP6_HLEN, ports, PORTS);
	sort(w, ports);
}

static uint32_t flow_hash(const struct ip *ip, const struct fanout_frame *of)
{
	uint64_t w[5] = { 0 };

	if (of->proto == ETH_P_IP)
		read4(of, w);
	else if (of->proto == ETH_P_IPV6)
		read6(of, w);
	return (uint32_t)(siphash_words_13(&ip->key, w, 5) >> 32);
}

static enum room room_of(const struct packet_sock *s, const struct ostia_pkt *p)
{
	int64_t left = (int64_t)s->d.rcvbuf - s->d.rxcharge - pkt_truesize(p);

	return left > s->d.rcvbuf >> LOW_SHIFT ? ROOM_NORMAL
	       : left > 0		       ? ROOM_LOW
					       : ROOM_NONE;
}

/* Linux's guess: more than half of what it remembers of a socket's frames. */
static bool is_huge(struct fanout_rollover *r, struct ip *ip,
		    const struct fanout_frame *of)
{
	uint32_t hash = flow_hash(ip, of), same = 0;

	for (unsigned i = 0; i < FANOUT_HISTORY; i++)
		same += r->history[i] == hash;
	r->history[rng_below(&ip->rng, FANOUT_HISTORY)] = hash;
	return same > FANOUT_HISTORY / 2;
}

/* The next member with room, beginning with who had it last.
 * @i: whose it was; @own: who may keep it while there is room
 */
static uint32_t roll_over(struct fanout *f, struct ip *ip,
			  const struct fanout_frame *of, uint32_t i, bool own)
{
	struct fanout_rollover *r = f->member[i]->rollover;
	enum room room = ROOM_NONE;
	uint32_t at = r->next < f->count ? r->next : f->count - 1;

	if (own) {
		room = room_of(f->member[i], of->p);
		if (room == ROOM_NORMAL ||
		    (room == ROOM_LOW && !is_huge(r, ip, of)))
			return i;
	}
	for (uint32_t n = 0; n < f->count; n++, at = (at + 1) % f->count) {
		if ((own && at == i) ||
		    room_of(f->member[at], of->p) != ROOM_NORMAL)
			continue;
		r->next = at;
		r->all++;
		r->huge += room == ROOM_LOW;
		return at;
	}
	r->failed++;
	return i;
}

static uint32_t pick(struct fanout *f, struct ip *ip,
		     const struct fanout_frame *of)
{
	switch (f->type) {
	case PACKET_FANOUT_HASH:
		return (uint32_t)((uint64_t)flow_hash(ip, of) * f->count >> 32);
	case PACKET_FANOUT_LB:
		return ++f->turn % f->count;
	case PACKET_FANOUT_RND:
		return rng_below(&ip->rng, f->count);
	case PACKET_FANOUT_ROLLOVER:
		return roll_over(f, ip, of, 0, false);
	case PACKET_FANOUT_CBPF:
		return f->prog ? bpf_run(f->prog, of->p, &of->facts) % f->count
			       : 0;
	default: /* one CPU, one queue, no program */
		return 0;
	}
}

struct packet_sock *fanout_pick(struct fanout *f, struct ip *ip,
				const struct fanout_frame *of)
{
	uint32_t i = pick(f, ip, of);

	if (f->flags & ROLLS)
		i = roll_over(f, ip, of, i, true);
	return f->member[i];
}
