/* SPDX-License-Identifier: MIT */
/*
 * ip/ports.c - bindings, claims, ephemeral ports (RFC 6056)
 *
 * A struct port exists while anything uses its number; it is found by hash.
 * Its unconnected bindings stand on one list, newest first, which a lookup
 * walks; its connected ones on another, and in a table of 4-tuples. So a
 * lookup costs the unconnected bindings of one port and no more.
 */
#include "ip/ports.h"

#include "base/rng.h"
#include "base/slab.h"
#include "base/table.h"
#include "base/time.h"

#include <assert.h>
#include <errno.h>

enum {
	PORTS_CAP = 65536,
	TUPLES_CAP = 1 << 24,
	CLAIMS_CAP = 1 << 20,
	PERTURB = 16384, /* RFC 6056 3.3.4's table; more than anyone probes */
	STEP_MAX = 8, /* a pick moves its counter by so much at most */
};

#define REKEY_NS (600 * NS_PER_S)

/**
 * struct port - A number in use
 * @plain:	unconnected bindings, newest first
 * @connected:	connected ones
 * @claims:	of struct claim
 * @named:	bindings and claims that did not leave the choice to us
 */
struct port {
	struct list plain, connected;
	struct claim *claims;
	uint32_t handle;
	uint32_t named;
	uint16_t num;
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

/** struct tuple - What the table of 4-tuples files: a handle for a pointer */
struct tuple {
	struct binding *b;
};

struct ports {
	struct memo memo[MEMOS];
	uint32_t gen; /* of all bindings: counts their changes */
	struct ostia_env env;
	struct slab port_slab, claim_slab, tuple_slab;
	struct table port_table, tuple_table;
	struct rng rng;
	struct siphash_key key; /* of the tables */
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
	slab_init(&p->tuple_slab, &p->env, sizeof(struct tuple), TUPLES_CAP);
	table_init(&p->port_table, &p->env, PORTS_CAP);
	table_init(&p->tuple_table, &p->env, TUPLES_CAP);
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
	table_fini(&p->port_table);
	table_fini(&p->tuple_table);
	slab_fini(&p->port_slab);
	slab_fini(&p->claim_slab);
	slab_fini(&p->tuple_slab);
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
	       slab_bytes(&p->port_slab) + slab_bytes(&p->claim_slab) +
	       slab_bytes(&p->tuple_slab) + table_bytes(&p->port_table) +
	       table_bytes(&p->tuple_table);
}

/* --- numbers in use ----------------------------------------------------- */

static uint32_t port_tag(const struct ports *p, uint16_t num)
{
	const uint64_t w = num;

	return (uint32_t)(siphash_words_13(&p->key, &w, 1) >> 32);
}

static struct port *port_find(const struct ports *p, uint16_t num)
{
	table_each_match(&p->port_table, port_tag(p, num), it)
	{
		struct port *t = slab_at(&p->port_slab, it.handle);

		if (t->num == num)
			return t;
	}
	return NULL;
}

static struct port *port_get(struct ports *p, uint16_t num)
{
	struct port *t = port_find(p, num);
	uint32_t handle;

	if (t)
		return t;
	t = slab_alloc(&p->port_slab, &handle);
	if (!t)
		return NULL;
	*t = (struct port) { .handle = handle, .num = num };
	list_init(&t->plain);
	list_init(&t->connected);
	if (table_insert(&p->port_table, port_tag(p, num), handle)) {
		slab_free(&p->port_slab, handle);
		return NULL;
	}
	return t;
}

static void port_put(struct ports *p, struct port *t)
{
	if (!list_empty(&t->plain) || !list_empty(&t->connected) || t->claims)
		return;
	table_remove(&p->port_table, port_tag(p, t->num), t->handle);
	slab_free(&p->port_slab, t->handle);
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

static bool conflict_on(const struct list *head, const struct binding *b,
			const struct side *new, bool chosen)
{
	list_each (node, head) {
		const struct binding *o =
			list_entry(node, struct binding, node);
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

static bool taken(const struct port *t, const struct binding *b, bool chosen)
{
	const struct side new = side_of(b);

	return t && (conflict_on(&t->plain, b, &new, chosen) ||
		     conflict_on(&t->connected, b, &new, chosen) ||
		     conflict_claims(t->claims, &new, chosen));
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

static uint32_t tag_of(const struct ports *p, const struct binding *b)
{
	return tuple_tag(p, &b->local, b->port, &b->remote, b->rport);
}

static bool device_ok(const struct binding *b, uint32_t link_index)
{
	return !b->zone || b->zone == link_index;
}

static struct binding *tuple_find(const struct ports *p, const struct flow *f,
				  uint32_t link_index, uint8_t need)
{
	struct binding *best = NULL;
	uint32_t tag = tuple_tag(p, &f->local, f->lport, &f->remote, f->rport);

	table_each_match(&p->tuple_table, tag, it)
	{
		const struct tuple *t = slab_at(&p->tuple_slab, it.handle);
		struct binding *b = t->b;

		if (b->port != f->lport || b->rport != f->rport ||
		    !addr_eq(&b->local, &f->local) ||
		    !addr_eq(&b->remote, &f->remote) ||
		    (b->flags & need) != need || !device_ok(b, link_index))
			continue;
		if (!best || (b->zone && !best->zone))
			best = b;
	}
	return best;
}

static int tuple_add(struct ports *p, struct binding *b)
{
	uint32_t handle;
	struct tuple *t = slab_alloc(&p->tuple_slab, &handle);
	int err;

	if (!t)
		return -ENOMEM;
	t->b = b;
	err = table_insert(&p->tuple_table, tag_of(p, b), handle);
	if (err) {
		slab_free(&p->tuple_slab, handle);
		return -ENOMEM;
	}
	b->tuple = handle;
	return 0;
}

static void tuple_remove(struct ports *p, struct binding *b)
{
	if (!b->tuple)
		return;
	table_remove(&p->tuple_table, tag_of(p, b), b->tuple);
	slab_free(&p->tuple_slab, b->tuple);
	b->tuple = 0;
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
	if (!rport)
		return rng_u32(&p->rng); /* no peer: algorithm 1 */
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

static bool tuple_busy(const struct ports *p, const struct binding *b,
		       uint16_t port)
{
	const struct flow f = { .local = b->local,
				.remote = b->remote,
				.lport = port,
				.rport = b->rport };

	return tuple_find(p, &f, b->zone, 0) != NULL;
}

/* May @b, which leaves the choice to us, have @num? With a peer it shares
 * ports that were chosen too, as long as the 4-tuple is new.
 */
static bool may_choose(const struct ports *p, const struct binding *b,
		       uint16_t num)
{
	const struct port *t = port_find(p, num);

	if (!t)
		return true;
	if (b->flags & BIND_CONNECTED && b->rport)
		return t->named == 0 && !tuple_busy(p, b, num);
	return !taken(t, b, true);
}

static int choose(struct ports *p, struct binding *b, ostia_time now)
{
	uint32_t range = (uint32_t)p->high - p->low + 1;
	uint32_t *counter;
	uint32_t begin =
		begin_for(p, &b->local, &b->remote, b->rport, &counter, now);

	for (uint32_t i = 0; i < range; i++) {
		uint16_t num = (uint16_t)(p->low + (begin + i) % range);

		if (!may_choose(p, b, num))
			continue;
		advance(p, counter, i);
		b->port = num;
		return 0;
	}
	return -EADDRINUSE;
}

/* --- bindings ----------------------------------------------------------- */

/* Shared with others that were chosen; anything else has its port by name. */
static bool is_named(const struct binding *b)
{
	return !(b->flags & BIND_CHOSEN);
}

static int file(struct ports *p, struct binding *b)
{
	struct port *t = port_get(p, b->port);
	int err = 0;

	if (!t)
		return -ENOMEM;
	b->tuple = 0;
	if (b->flags & BIND_CONNECTED)
		err = tuple_add(p, b);
	if (err) {
		port_put(p, t);
		return err;
	}
	list_push_front(b->flags & BIND_CONNECTED ? &t->connected : &t->plain,
			&b->node);
	t->named += is_named(b);
	b->bound = true;
	p->count++;
	return 0;
}

int ports_bind(struct ports *p, struct binding *b, ostia_time now)
{
	bool chosen = b->port == 0;
	int err;

	p->gen++;
	b->flags &= (uint8_t)~BIND_CHOSEN;
	/* Linux: who names an IPv6 address wants nothing of IPv4. */
	if (b->v6 && !addr_is_v4(&b->local) && !addr_is_any(&b->local))
		b->flags |= BIND_V6ONLY;
	if (chosen) {
		err = choose(p, b, now);
		if (err)
			return err;
		if (b->flags & BIND_CONNECTED && b->rport)
			b->flags |= BIND_CHOSEN;
	} else if (taken(port_find(p, b->port), b, false)) {
		return -EADDRINUSE;
	}
	err = file(p, b);
	if (err && chosen)
		b->port = 0;
	return err;
}

void ports_unbind(struct ports *p, struct binding *b)
{
	struct port *t;

	p->gen++;
	if (!b->bound)
		return;
	t = port_find(p, b->port);
	assert(t);
	tuple_remove(p, b);
	list_remove(&b->node);
	t->named -= is_named(b);
	b->bound = false;
	p->count--;
	port_put(p, t);
}

static void move_to(struct list *head, struct binding *b)
{
	list_remove(&b->node);
	list_push_front(head, &b->node);
}

int ports_connect(struct ports *p, struct binding *b,
		  const struct ostia_addr *local,
		  const struct ostia_addr *remote, uint16_t rport)
{
	struct binding was = *b;
	struct port *t = port_find(p, b->port);
	int err;

	p->gen++;
	assert(b->bound && t);
	tuple_remove(p, b);
	b->local = *local;
	b->remote = *remote;
	b->rport = rport;
	err = tuple_add(p, b);
	if (err) {
		b->local = was.local;
		b->remote = was.remote;
		b->rport = was.rport;
		/* the room that it had is still there */
		if (was.tuple && tuple_add(p, b) != 0)
			ports_disconnect(p, b, &was.local);
		return err;
	}
	b->flags |= BIND_CONNECTED;
	move_to(&t->connected, b);
	return 0;
}

void ports_move(struct ports *p, struct binding *b,
		const struct ostia_addr *local)
{
	p->gen++;
	b->local = *local;
}

void ports_disconnect(struct ports *p, struct binding *b,
		      const struct ostia_addr *local)
{
	struct port *t = port_find(p, b->port);

	p->gen++;
	assert(b->bound && t);
	tuple_remove(p, b);
	b->local = *local;
	memset(&b->remote, 0, sizeof(b->remote));
	b->rport = 0;
	b->flags &= (uint8_t)~BIND_CONNECTED;
	move_to(&t->plain, b);
}

int ports_relisten(struct ports *p, struct binding *b)
{
	if (taken(port_find(p, b->port), b, false))
		return -EADDRINUSE;
	p->gen++;
	b->flags |= BIND_LISTENING;
	return 0;
}

void ports_unlisten(struct ports *p, struct binding *b)
{
	p->gen++;
	b->flags &= (uint8_t)~BIND_LISTENING;
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
static struct binding *nth(const struct port *t, const struct flow *f,
			   uint32_t link_index, uint8_t need, unsigned points,
			   uint32_t n)
{
	list_each (node, &t->plain) {
		struct binding *b = list_entry(node, struct binding, node);

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
	const struct port *t;
	unsigned most = 0;
	uint32_t group = 0;

	if (best)
		return best;
	t = port_find(p, f->lport);
	if (!t)
		return NULL;
	list_each (node, &t->plain) {
		struct binding *b = list_entry(node, struct binding, node);
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
	return nth(t, f, link_index, need, most,
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
	const struct list *node;

	if (!t)
		return NULL;
	node = b ? b->node.next : t->plain.next;
	if (node == &t->plain)
		node = t->connected.next;
	if (node == &t->connected)
		return NULL;
	return list_entry(node, struct binding, node);
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
		if (t && (t->named || tuple_find(p, f, f->zone, 0)))
			continue;
		if (t && busy(ctx, f))
			continue;
		advance(p, counter, i);
		return ports_claim(p, &f->local, f->lport, f->zone, uid,
				   flags | BIND_CHOSEN);
	}
	return -EADDRNOTAVAIL;
}
