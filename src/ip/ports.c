/* SPDX-License-Identifier: MIT */
/*
 * ip/ports.c - bindings, claims, ephemeral ports (RFC 6056)
 *
 * A port number finds its users by its two halves: a leaf, and a slot there,
 * made when the first of 256 neighbours is used. As long as bindings without
 * a peer are all there is, the slot is the head of their list and costs eight
 * bytes, which is what an idle datagram socket pays. Peers and claims have
 * the port get a struct port.
 *
 * Unconnected bindings stand on one list, newest first, which a lookup walks;
 * connected ones on another, and in a table of 4-tuples. So a lookup costs
 * the unconnected bindings of one port and no more.
 */
#include "ip/ports.h"

#include "base/rng.h"
#include "base/slab.h"
#include "base/table.h"
#include "base/time.h"
#include "ip/team.h"

#include <assert.h>
#include <errno.h>

enum {
	PORTS_CAP = 65536,
	TUPLES_CAP = 1 << 24,
	CLAIMS_CAP = 1 << 20,
	LEAF = 256, /* ports of a leaf, and leaves */
	PERTURB = 16384, /* RFC 6056 3.3.4's table; more than anyone probes */
	STEP_MAX = 8, /* a pick moves its counter by so much at most */
};

#define REKEY_NS (600 * NS_PER_S)

/**
 * struct port - A number in use by more than bindings without a peer
 * @plain:	unconnected bindings, newest first
 * @connected:	connected ones
 * @claims:	of struct claim
 * @named:	claims that did not leave the choice to us
 */
struct port {
	struct binding *plain, *connected;
	struct claim *claims;
	uint32_t handle;
	uint32_t named;
	uint16_t num;
};

/**
 * struct leaf - Slots of neighbouring ports
 * @slot: NULL: free; bindings without a peer; or a struct port, bit 0 set
 * @used: slots that are not free
 */
struct leaf {
	struct binding *slot[LEAF];
	uint32_t used;
};

/** struct claim - So many users of an address and port, all alike */
struct claim {
	struct claim *next; /* of the same port */
	struct ostia_addr local;
	uint32_t zone, uid;
	uint32_t refs;
	uint32_t handle, port;
	uint8_t flags;
};

enum { MEMOS = 16 };

/** struct memo - What a lookup found, while no binding changes */
struct memo {
	struct flow f;
	uint32_t link_index, hash;
	uint32_t gen; /* ports->gen + 1 then */
	uint8_t need;
	struct binding *b;
};

struct ports {
	struct memo memo[MEMOS];
	uint32_t gen; /* of all bindings: counts their changes */
	struct ostia_env env;
	struct leaf *leaf[LEAF];
	uint32_t leaves;
	struct teams teams;
	struct slab port_slab, claim_slab, peer_slab;
	struct table tuple_table;
	struct rng rng;
	struct siphash_key key; /* of the table */
	struct siphash_key offset_key, index_key; /* of algorithm 4 */
	ostia_time rekeyed;
	uint32_t *perturb; /* PERTURB of them, made at the first pick */
	uint32_t count;
	uint16_t low, high;
};

int ports_new(const struct ostia_env *env, const uint8_t key[16],
	      struct ports **out)
{
	struct ports *p = env_zalloc(env, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->env = *env;
	slab_init(&p->port_slab, &p->env, sizeof(struct port), PORTS_CAP);
	slab_init(&p->claim_slab, &p->env, sizeof(struct claim), CLAIMS_CAP);
	slab_init(&p->peer_slab, &p->env, sizeof(struct bind_peer), TUPLES_CAP);
	table_init(&p->tuple_table, &p->env, TUPLES_CAP);
	team_init(&p->teams, &p->env);
	rng_init(&p->rng, key);
	p->key = rng_key(&p->rng);
	p->offset_key = rng_key(&p->rng);
	p->index_key = rng_key(&p->rng);
	p->low = 32768;
	p->high = 60999;
	*out = p;
	return 0;
}

void ports_free(struct ports *p)
{
	struct ostia_env env = p->env;

	env_free(&env, p->perturb, PERTURB * sizeof(*p->perturb));
	for (unsigned i = 0; i < LEAF; i++)
		env_free(&env, p->leaf[i], sizeof(*p->leaf[i]));
	table_fini(&p->tuple_table);
	team_fini(&p->teams);
	slab_fini(&p->port_slab);
	slab_fini(&p->claim_slab);
	slab_fini(&p->peer_slab);
	env_free(&env, p, sizeof(*p));
}

void ports_range(struct ports *p, uint16_t low, uint16_t high)
{
	assert(low > 0 && low <= high);
	p->low = low;
	p->high = high;
}

void ports_range_for(struct ports *p, const uint32_t range[2], uint32_t wish)
{
	uint32_t low = wish & 0xffff, high = wish >> 16;

	if (low < range[0] || low > range[1])
		low = range[0];
	if (high < range[0] || high > range[1])
		high = range[1];
	ports_range(p, (uint16_t)low, (uint16_t)high);
}

uint32_t ports_count(const struct ports *p)
{
	return p->count;
}

size_t ports_bytes(const struct ports *p)
{
	return sizeof(*p) + (p->perturb ? PERTURB * sizeof(*p->perturb) : 0) +
	       p->leaves * sizeof(struct leaf) + slab_bytes(&p->port_slab) +
	       slab_bytes(&p->claim_slab) + slab_bytes(&p->teams.mates) +
	       slab_bytes(&p->peer_slab) + table_bytes(&p->tuple_table);
}

/* --- numbers in use ----------------------------------------------------- */

static struct binding **slot_find(const struct ports *p, uint16_t num)
{
	struct leaf *l = p->leaf[num / LEAF];

	return l ? &l->slot[num % LEAF] : NULL;
}

/* The same, with its leaf made; NULL: no memory. */
static struct binding **slot_get(struct ports *p, uint16_t num)
{
	struct leaf **l = &p->leaf[num / LEAF];

	if (!*l) {
		*l = env_zalloc(&p->env, sizeof(**l));
		p->leaves += *l != NULL;
	}
	return slot_find(p, num);
}

/* What the slot of @num holds has changed from @was: leaves without users go.
 */
static void slot_changed(struct ports *p, uint16_t num, bool was)
{
	struct leaf **l = &p->leaf[num / LEAF];

	(*l)->used += ((*l)->slot[num % LEAF] != NULL) - was;
	if ((*l)->used)
		return;
	env_free(&p->env, *l, sizeof(**l));
	*l = NULL;
	p->leaves--;
}

static struct port *port_in(struct binding *const *slot)
{
	uintptr_t v = (uintptr_t)*slot;

	return v & 1 ? (struct port *)(v - 1) : NULL;
}

static struct port *port_find(const struct ports *p, uint16_t num)
{
	struct binding **slot = slot_find(p, num);

	return slot ? port_in(slot) : NULL;
}

/* The list of bindings without a peer: its head, or NULL. */
static struct binding *plain_of(const struct ports *p, uint16_t num)
{
	struct binding **slot = slot_find(p, num);
	struct port *t = slot ? port_in(slot) : NULL;

	if (t)
		return t->plain;
	return slot ? *slot : NULL;
}

static void put_front(struct binding **head, struct binding *b)
{
	b->next = *head;
	b->at = head;
	if (*head)
		(*head)->at = &b->next;
	*head = b;
}

static void take_off(struct binding *b)
{
	*b->at = b->next;
	if (b->next)
		b->next->at = b->at;
}

/* Moves a whole list; @to is empty. */
static void move_list(struct binding **to, struct binding *list)
{
	*to = list;
	if (list)
		list->at = to;
}

/* The struct port of @num, made if need be; NULL: no memory. */
static struct port *port_get(struct ports *p, uint16_t num)
{
	struct binding **slot = slot_get(p, num);
	struct port *t;
	uint32_t handle;
	bool was;

	if (!slot || port_in(slot))
		return slot ? port_in(slot) : NULL;
	was = *slot != NULL;
	t = slab_alloc(&p->port_slab, &handle);
	if (t) {
		*t = (struct port) { .handle = handle, .num = num };
		move_list(&t->plain, *slot);
		*slot = (struct binding *)((uintptr_t)t | 1);
	}
	slot_changed(p, num, was);
	return t;
}

/* The slot does without it, if it can. */
static void port_put(struct ports *p, struct port *t)
{
	uint16_t num = t->num;

	if (t->connected || t->claims)
		return;
	move_list(slot_find(p, num), t->plain);
	slab_free(&p->port_slab, t->handle);
	slot_changed(p, num, true);
}

/* --- Linux's matrix ----------------------------------------------------- */

/* What the matrix looks at, of a binding or a claim. */
struct side {
	const struct ostia_addr *local;
	uint32_t zone, uid;
	uint8_t flags;
	bool v6;
};

static struct side side_of(const struct binding *b)
{
	return (struct side) { &b->local, b->zone, b->uid, b->flags, b->v6 };
}

static struct side side_of_claim(const struct claim *c)
{
	return (struct side) { &c->local, c->zone, c->uid, c->flags,
			       !addr_is_v4(&c->local) };
}

/* Does the wildcard @a take packets to @b? (ipv6_rcv_saddr_equal()) */
static bool covers(const struct side *a, const struct ostia_addr *b)
{
	if (!addr_is_any(a->local))
		return false;
	if (addr_is_v4(a->local))
		return addr_is_v4(b);
	return !addr_is_v4(b) || !(a->flags & BIND_V6ONLY);
}

/* An IPv4 socket's wildcard is in the way of every IPv6 socket that is not
 * V6ONLY, whatever that one's address has become by connect(): so says Linux's
 * ipv4_rcv_saddr_equal(), which sees the IPv4 side of it.
 */
static bool in_the_way(const struct side *new, const struct side *old)
{
	return !new->v6 &&addr_is_any(new->local) && old->v6 &&
	       !(old->flags & BIND_V6ONLY);
}

/* @a is new. */
static bool same_place(const struct side *a, const struct side *b)
{
	if (a->zone && b->zone && a->zone != b->zone)
		return false;
	if (in_the_way(a, b))
		return true;
	return addr_eq(a->local, b->local) || covers(a, b->local) ||
	       covers(b, a->local);
}

static bool both(const struct side *a, const struct side *b, uint8_t flag)
{
	return a->flags & b->flags & flag;
}

/* udp_lib_lport_inuse(): REUSEADDR on both sides shares with anybody. */
static bool may_share_udp(const struct side *new, const struct side *old)
{
	return both(new, old, BIND_REUSEADDR) ||
	       (both(new, old, BIND_REUSEPORT) && new->uid == old->uid);
}

/* inet_csk_bind_conflict(): REUSEADDR shares with what does not listen. A port
 * that we choose (@chosen) is not shared by REUSEPORT, nor by REUSEADDR.
 */
static bool may_share_tcp(const struct side *new, const struct side *old,
			  bool chosen)
{
	if (chosen)
		return false;
	if (both(new, old, BIND_REUSEADDR) && !(old->flags & BIND_LISTENING))
		return true;
	return both(new, old, BIND_REUSEPORT) &&
	       (old->flags & BIND_TIMEWAIT || new->uid == old->uid);
}

static bool conflict(const struct side *new, const struct side *old,
		     bool chosen)
{
	bool share = new->flags &BIND_TCP ? may_share_tcp(new, old, chosen)
					  : may_share_udp(new, old);

	return !share && same_place(new, old);
}

static bool conflict_on(const struct binding *o, const struct binding *b,
			const struct side *new, bool chosen)
{
	for (; o; o = o->next) {
		const struct side old = side_of(o);

		if (o != b && conflict(new, &old, chosen))
			return true;
	}
	return false;
}

static bool conflict_claims(const struct claim *c, const struct side *new,
			    bool chosen)
{
	for (; c; c = c->next) {
		const struct side old = side_of_claim(c);

		if (conflict(new, &old, chosen))
			return true;
	}
	return false;
}

/* Who brings a team of its own joins no other (Linux: sk_reuseport_cb). */
static bool taken(const struct ports *p, uint16_t num, const struct binding *b,
		  bool chosen)
{
	struct side new = side_of(b);
	const struct port *t = port_find(p, num);

	if (b->mate)
		new.flags &= (uint8_t)~BIND_REUSEPORT;
	return conflict_on(plain_of(p, num), b, &new, chosen) ||
	       (t && (conflict_on(t->connected, b, &new, chosen) ||
		      conflict_claims(t->claims, &new, chosen)));
}

/* --- 4-tuples ----------------------------------------------------------- */

static uint32_t tuple_tag(const struct ports *p, const struct ostia_addr *local,
			  uint16_t lport, const struct ostia_addr *remote,
			  uint16_t rport)
{
	const uint64_t w[5] = { local->q[0], local->q[1], remote->q[0],
				remote->q[1], (uint64_t)lport << 16 | rport };

	return (uint32_t)(siphash_words_13(&p->key, w, 5) >> 32);
}

static uint32_t tag_of(const struct ports *p, const struct bind_peer *r)
{
	return tuple_tag(p, &r->b->local, r->b->port, &r->remote, r->rport);
}

static bool device_ok(const struct binding *b, uint32_t link_index)
{
	return !b->zone || b->zone == link_index;
}

static struct binding *tuple_find(const struct ports *p, const struct flow *f,
				  uint32_t link_index, uint8_t need)
{
	struct binding *best = NULL;
	uint32_t tag;

	if (!table_count(&p->tuple_table))
		return NULL;
	tag = tuple_tag(p, &f->local, f->lport, &f->remote, f->rport);
	table_each_match(&p->tuple_table, tag, it)
	{
		const struct bind_peer *r = slab_at(&p->peer_slab, it.handle);
		struct binding *b = r->b;

		if (b->port != f->lport || r->rport != f->rport ||
		    !addr_eq(&b->local, &f->local) ||
		    !addr_eq(&r->remote, &f->remote) ||
		    (b->flags & need) != need || !device_ok(b, link_index))
			continue;
		if (!best || (b->zone && !best->zone))
			best = b;
	}
	return best;
}

/* Its peer goes, and with it the address that it had for that one's sake. */
static void peer_drop(struct ports *p, struct binding *b)
{
	const struct bind_peer *r = b->peer;
	bool found;

	if (!r)
		return;
	found = table_remove(&p->tuple_table, tag_of(p, r), r->self);
	assert(found);
	(void)found;
	b->local = r->wished;
	b->peer = NULL;
	slab_free(&p->peer_slab, r->self);
}

/* --- ephemeral ports ---------------------------------------------------- */

static void rekey(struct ports *p, ostia_time now)
{
	if (time_since(p->rekeyed, now) < REKEY_NS)
		return;
	p->rekeyed = now;
	p->offset_key = rng_key(&p->rng);
	p->index_key = rng_key(&p->rng);
}

/* RFC 6056 3.3.4: where to begin for this peer: a keyed hash, and a counter
 * of its own that stands in a table under another keyed hash.
 */
static uint32_t begin_for(struct ports *p, const struct ostia_addr *local,
			  const struct ostia_addr *remote, uint16_t rport,
			  uint32_t **counter, ostia_time now)
{
	const uint64_t w[5] = { local->q[0], local->q[1], remote->q[0],
				remote->q[1], rport };
	uint64_t index;

	*counter = NULL;
	rekey(p, now);
	if (!p->perturb) {
		p->perturb = env_alloc(&p->env, PERTURB * sizeof(*p->perturb));
		if (!p->perturb)
			return rng_u32(&p->rng);
		rng_bytes(&p->rng, p->perturb, PERTURB * sizeof(*p->perturb));
	}
	index = siphash_words_24(&p->index_key, w, 5) % PERTURB;
	*counter = &p->perturb[index];
	return (uint32_t)siphash_words_24(&p->offset_key, w, 5) + **counter;
}

/* The counter goes on by a random step, so that who shares a counter with a
 * victim cannot count the victim's connections (CVE-2022-32296).
 */
static void advance(struct ports *p, uint32_t *counter, uint32_t tried)
{
	if (counter)
		*counter += tried + 1 + rng_below(&p->rng, STEP_MAX);
}

/* Without a peer: algorithm 1. */
static int choose(struct ports *p, struct binding *b)
{
	uint32_t range = (uint32_t)p->high - p->low + 1;
	uint32_t begin = rng_u32(&p->rng);

	for (uint32_t i = 0; i < range; i++) {
		uint16_t num = (uint16_t)(p->low + (begin + i) % range);

		if (taken(p, num, b, true))
			continue;
		b->port = num;
		return 0;
	}
	return -EADDRINUSE;
}

/* --- bindings ----------------------------------------------------------- */

/* reuseport_add_sock() asks for all of that to be the same. */
static bool are_mates(const struct binding *a, const struct binding *b)
{
	enum { SAME = BIND_REUSEPORT | BIND_V6ONLY | BIND_LISTENING };

	return a != b && a->flags & BIND_REUSEPORT &&
	       !((a->flags ^ b->flags) & SAME) && a->v6 == b->v6 &&
	       a->zone == b->zone && a->uid == b->uid &&
	       addr_eq(&a->local, &b->local);
}

static struct binding *mate_on(struct binding *list, const struct binding *b)
{
	while (list && !are_mates(list, b))
		list = list->next;
	return list;
}

/* With those who have the place already, if there are any. */
static int join_mates(struct ports *p, struct binding *b)
{
	struct binding *mate = mate_on(plain_of(p, b->port), b);
	const struct port *t = port_find(p, b->port);

	if (!(b->flags & BIND_REUSEPORT))
		return 0;
	if (!mate && t)
		mate = mate_on(t->connected, b);
	return team_join(&p->teams, b, mate);
}

/* Of TCP, those that listen are a team. */
static int file(struct ports *p, struct binding *b)
{
	struct binding **slot = slot_get(p, b->port);
	struct port *t;

	if (!slot)
		return -ENOMEM;
	if (!(b->flags & BIND_TCP) && join_mates(p, b)) {
		slot_changed(p, b->port, *slot != NULL);
		return -ENOMEM;
	}
	b->peer = NULL;
	t = port_in(slot);
	if (t) {
		put_front(&t->plain, b);
	} else {
		bool was = *slot != NULL;

		put_front(slot, b);
		slot_changed(p, b->port, was);
	}
	b->bound = true;
	p->count++;
	return 0;
}

int ports_bind(struct ports *p, struct binding *b, ostia_time now)
{
	bool chosen = b->port == 0;
	int err = 0;

	(void)now;
	p->gen++;
	/* Linux: who names an IPv6 address wants nothing of IPv4. */
	if (b->v6 && !addr_is_v4(&b->local) && !addr_is_any(&b->local))
		b->flags |= BIND_V6ONLY;
	if (chosen)
		err = choose(p, b);
	else if (taken(p, b->port, b, false))
		err = -EADDRINUSE;
	if (err)
		return err;
	err = file(p, b);
	if (err && chosen)
		b->port = 0;
	return err;
}

void ports_unbind(struct ports *p, struct binding *b)
{
	struct port *t;

	p->gen++;
	team_leave(&p->teams, b);
	if (!b->bound)
		return;
	peer_drop(p, b);
	t = port_find(p, b->port);
	take_off(b);
	if (t)
		port_put(p, t);
	else
		slot_changed(p, b->port, true);
	b->bound = false;
	p->count--;
}

/* A record for its first peer, and a place in @t->connected. */
static struct bind_peer *peer_new(struct ports *p, struct binding *b)
{
	uint32_t handle;
	struct bind_peer *r = slab_alloc(&p->peer_slab, &handle);

	if (r)
		*r = (struct bind_peer) { .b = b,
					  .wished = b->local,
					  .self = handle };
	return r;
}

int ports_connect(struct ports *p, struct binding *b,
		  const struct ostia_addr *local,
		  const struct ostia_addr *remote, uint16_t rport)
{
	struct port *t = port_get(p, b->port);
	struct bind_peer *r;
	uint32_t tag, old = 0;

	p->gen++;
	assert(b->bound);
	if (!t)
		return -ENOMEM;
	r = b->peer ? slab_at(&p->peer_slab, b->peer->self) : peer_new(p, b);
	if (b->peer)
		old = tag_of(p, r);
	tag = tuple_tag(p, local, b->port, remote, rport);
	if (!r || ((!b->peer || tag != old) &&
		   table_insert(&p->tuple_table, tag, r->self))) {
		if (r && !b->peer)
			slab_free(&p->peer_slab, r->self);
		port_put(p, t);
		return -ENOMEM;
	}
	if (b->peer && tag != old)
		table_remove(&p->tuple_table, old, r->self);
	r->remote = *remote;
	r->rport = rport;
	b->local = *local;
	b->peer = r;
	take_off(b);
	put_front(&t->connected, b);
	return 0;
}

void ports_move(struct ports *p, struct binding *b,
		const struct ostia_addr *local)
{
	assert(!b->peer); /* whose address is filed */
	p->gen++;
	b->local = *local;
}

void ports_disconnect(struct ports *p, struct binding *b)
{
	struct port *t = port_find(p, b->port);

	p->gen++;
	assert(b->bound && t);
	peer_drop(p, b);
	take_off(b);
	put_front(&t->plain, b);
	port_put(p, t);
}

int ports_relisten(struct ports *p, struct binding *b)
{
	if (taken(p, b->port, b, false))
		return -EADDRINUSE;
	p->gen++;
	b->flags |= BIND_LISTENING;
	if (!join_mates(p, b))
		return 0;
	b->flags &= (uint8_t)~BIND_LISTENING;
	return -ENOMEM;
}

void ports_unlisten(struct ports *p, struct binding *b)
{
	p->gen++;
	team_leave(&p->teams, b);
	b->flags &= (uint8_t)~BIND_LISTENING;
}

/* --- teams -------------------------------------------------------------- */

/* Linux's "unhashed": it has not got its place yet, and may begin a team. */
static bool may_begin(const struct binding *b)
{
	bool placed = b->bound &&
		      (!(b->flags & BIND_TCP) || b->flags & BIND_LISTENING);

	return !placed && b->flags & BIND_REUSEPORT;
}

int ports_steer(struct ports *p, struct binding *b, struct bpf *prog)
{
	int err = 0;

	if (!b->mate && !may_begin(b))
		return -EINVAL;
	if (!b->mate)
		err = team_join(&p->teams, b, NULL);
	if (err)
		return err;
	team_program(&p->teams, team_of(&p->teams, b), prog);
	return 0;
}

int ports_unsteer(struct ports *p, struct binding *b)
{
	struct team *t = team_of(&p->teams, b);

	if (!t)
		return b->flags & BIND_REUSEPORT ? -ENOENT : -EINVAL;
	if (!t->prog)
		return -ENOENT;
	team_program(&p->teams, t, NULL);
	return 0;
}

struct binding *ports_choose(struct ports *p, struct ip *ip, struct binding *b,
			     const struct ostia_pkt *pkt, uint32_t from)
{
	return team_pick(&p->teams, ip, b, pkt, from);
}

/* --- lookup ------------------------------------------------------------- */

/* 0: not for it; else the more the better (compute_score()). */
static unsigned score(const struct binding *b, const struct flow *f,
		      uint32_t link_index, uint8_t need)
{
	const struct side s = side_of(b);
	unsigned points = 1;

	if ((b->flags & need) != need || !device_ok(b, link_index))
		return 0;
	if (addr_eq(&b->local, &f->local))
		points += 8;
	else if (!covers(&s, &f->local))
		return 0;
	if (b->zone)
		points += 4;
	if (b->v6 == !addr_is_v4(&f->local))
		points += 2;
	return points;
}

/* The @nth REUSEPORT binding of the list that has so many points. */
static struct binding *nth(struct binding *b, const struct flow *f,
			   uint32_t link_index, uint8_t need, unsigned points,
			   uint32_t n)
{
	for (; b; b = b->next) {
		if (!(b->flags & BIND_REUSEPORT) ||
		    score(b, f, link_index, need) != points)
			continue;
		if (n-- == 0)
			return b;
	}
	return NULL;
}

static struct binding *lookup(struct ports *p, const struct flow *f,
			      uint32_t link_index, uint8_t need, uint32_t hash)
{
	struct binding *best = tuple_find(p, f, link_index, need);
	struct binding *list;
	unsigned most = 0;
	uint32_t group = 0;

	if (best)
		return best;
	list = plain_of(p, f->lport);
	for (struct binding *b = list; b; b = b->next) {
		unsigned points = score(b, f, link_index, need);

		if (points > most) {
			most = points;
			best = b;
			group = 0;
		}
		if (points && points == most && b->flags & BIND_REUSEPORT)
			group++;
	}
	if (!best || !(best->flags & BIND_REUSEPORT) || group < 2)
		return best;
	return nth(list, f, link_index, need, most,
		   (uint32_t)((uint64_t)hash * group >> 32));
}

/* Most packets are of few flows: those of the moment are remembered. */
struct binding *ports_lookup(struct ports *p, const struct flow *f,
			     uint32_t link_index, uint8_t need, uint32_t hash)
{
	struct memo *m =
		&p->memo[(f->rport ^ f->remote.w[3] ^ f->lport) & (MEMOS - 1)];

	if (m->gen == p->gen + 1 && m->need == need && m->hash == hash &&
	    m->link_index == link_index && flow_eq(&m->f, f))
		return m->b;
	*m = (struct memo) { *f,   link_index,
			     hash, p->gen + 1,
			     need, lookup(p, f, link_index, need, hash) };
	return m->b;
}

struct binding *ports_next(struct ports *p, uint16_t port, struct binding *b)
{
	const struct port *t = port_find(p, port);

	if (b && (b->next || b->peer))
		return b->next;
	if (!b && plain_of(p, port))
		return plain_of(p, port);
	return t ? t->connected : NULL;
}

/* --- claims ------------------------------------------------------------- */

static struct claim *claim_find(const struct port *t,
				const struct ostia_addr *local, uint32_t zone,
				uint32_t uid, uint8_t flags)
{
	for (struct claim *c = t->claims; c; c = c->next) {
		if (c->zone == zone && c->uid == uid && c->flags == flags &&
		    addr_eq(&c->local, local))
			return c;
	}
	return NULL;
}

int ports_claim(struct ports *p, const struct ostia_addr *local, uint16_t port,
		uint32_t zone, uint32_t uid, uint8_t flags)
{
	struct port *t = port_get(p, port);
	struct claim *c = t ? claim_find(t, local, zone, uid, flags) : NULL;
	uint32_t handle;

	if (!t)
		return -ENOMEM;
	if (!c) {
		c = slab_alloc(&p->claim_slab, &handle);
		if (!c) {
			port_put(p, t);
			return -ENOMEM;
		}
		*c = (struct claim) { .local = *local,
				      .zone = zone,
				      .uid = uid,
				      .handle = handle,
				      .port = t->handle,
				      .flags = flags,
				      .next = t->claims };
		t->claims = c;
		t->named += !(flags & BIND_CHOSEN);
	}
	c->refs++;
	return (int)c->handle;
}

void ports_release(struct ports *p, uint32_t claim)
{
	struct claim *c = slab_at(&p->claim_slab, claim);
	struct port *t = slab_at(&p->port_slab, c->port);
	struct claim **at = &t->claims;

	assert(c->refs > 0);
	if (--c->refs > 0)
		return;
	while (*at != c) /* few: all that are alike are one */
		at = &(*at)->next;
	*at = c->next;
	t->named -= !(c->flags & BIND_CHOSEN);
	slab_free(&p->claim_slab, claim);
	port_put(p, t);
}

/* Is it somebody's who did not leave the choice to us? */
static bool has_named(const struct ports *p, uint16_t num)
{
	const struct port *t = port_find(p, num);

	return plain_of(p, num) || (t && (t->connected || t->named));
}

int ports_pick(struct ports *p, struct flow *f, uint32_t uid, uint8_t flags,
	       ports_busy_fn busy, void *ctx, ostia_time now)
{
	uint32_t range = (uint32_t)p->high - p->low + 1;
	uint32_t *counter;
	uint32_t begin =
		begin_for(p, &f->local, &f->remote, f->rport, &counter, now);

	for (uint32_t i = 0; i < range; i++) {
		const struct port *t;

		f->lport = (uint16_t)(p->low + (begin + i) % range);
		t = port_find(p, f->lport);
		if (has_named(p, f->lport))
			continue;
		if (t && busy(ctx, f))
			continue;
		advance(p, counter, i);
		return ports_claim(p, &f->local, f->lport, f->zone, uid,
				   flags | BIND_CHOSEN);
	}
	return -EADDRNOTAVAIL;
}
