/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* POLLRDHUP */
#include "local/local.h"

#include "base/env.h"
#include "base/siphash.h"
#include "base/stats.h"
#include "local/msg.h"
#include "local/name.h"
#include "local/rights.h"

#include <errno.h>
#include <poll.h>

enum {
	CLOSE_CREDIT = 16, /* see rights.c */
	FILTER_LABEL = 1,
};

static const struct setting_row settings[] = {
	{ .name = "net.unix.max_dgram_qlen",
	  .offset = offsetof(struct local_settings, max_dgram_qlen),
	  .count = 1,
	  .min = 0,
	  .max = 1u << 20,
	  .dflt = { 10 } },
};

const struct setting_row *local_settings(unsigned *n)
{
	*n = sizeof(settings) / sizeof(settings[0]);
	return settings;
}

/*
 * --- all of a stack ------------------------------------------------------
 */

int local_new(const struct local_lent_by_stack *lent, const uint8_t key[16],
	      struct local **out)
{
	struct local *l = env_zalloc(lent->env, sizeof(*l));
	struct rng seed;

	if (!l)
		return -ENOMEM;
	l->env = lent->env;
	l->pool = lent->pool;
	l->stats = lent->stats;
	l->tracer = lent->tracer;
	l->key = siphash_key(key);
	rng_init(&seed, key);
	l->rng = rng_fork(&seed, FILTER_LABEL);
	l->last_auto = (uint32_t)siphash_24(&l->key, "auto", 4);
	settings_defaults(&l->set, settings,
			  sizeof(settings) / sizeof(settings[0]));
	slab_init(&l->socks, l->env, sizeof(struct local_sock),
		  LOCAL_SOCKS_CAP);
	slab_init(&l->msgs, l->env, sizeof(struct local_msg), LOCAL_MSGS_CAP);
	slab_init(&l->names, l->env, sizeof(struct local_name),
		  LOCAL_NAMES_CAP);
	slab_init(&l->flight_slab, l->env, sizeof(struct local_flight),
		  LOCAL_FLIGHTS_CAP);
	table_init(&l->paths, l->env, LOCAL_NAMES_CAP);
	table_init(&l->abstracts, l->env, LOCAL_NAMES_CAP);
	list_init(&l->restless);
	list_init(&l->flights);
	*out = l;
	return 0;
}

void local_free(struct local *l)
{
	const struct ostia_env *env = l->env;

	slab_fini(&l->socks);
	slab_fini(&l->msgs);
	slab_fini(&l->names);
	slab_fini(&l->flight_slab);
	table_fini(&l->paths);
	table_fini(&l->abstracts);
	env_free(env, l, sizeof(*l));
}

/* Those that are closed are nobody's any more. */
static uint32_t gone(const struct local *l)
{
	struct slab_walk w = { 0 };
	const struct local_sock *s;
	uint32_t n = 0;

	while ((s = slab_next(&l->socks, &w)))
		n += (s->flags & LOCAL_F_DEAD) != 0;
	return n;
}

void local_usage(const struct local *l, struct ostia_usage *u)
{
	u->local_gone = gone(l);
	u->local_socks = l->socks.live - u->local_gone;
	u->bytes += sizeof(*l) + slab_bytes(&l->socks) + slab_bytes(&l->msgs) +
		    slab_bytes(&l->names) + slab_bytes(&l->flight_slab) +
		    table_bytes(&l->paths) + table_bytes(&l->abstracts);
}

static bool has_live_peer(const struct local_sock *s)
{
	return s->peer && !(s->peer->flags & LOCAL_F_DEAD);
}

static void fill_row(struct ostia_conn_row *row, const struct local_sock *s)
{
	const struct local_name *n = s->name;
	uint32_t unread;

	local_readable(s, &unread);
	*row = (struct ostia_conn_row) {
		.state = s->state,
		.recvq = local_listening(s) ? s->qlen : unread,
		.sendq = local_listening(s) ? s->backlog : s->charge,
		.conn = s->self,
		.peer = has_live_peer(s) ? s->peer->self : 0,
		.type = s->type,
	};
	if (!n)
		return;
	row->path_len = (uint8_t)(n->len - local_name_is_path(n));
	memcpy(row->path, n->bytes, row->path_len);
}

int local_list(const struct local *l, uint64_t *at, struct ostia_conn_row *rows,
	       int max)
{
	struct slab_walk w = { 0 };
	const struct local_sock *s;
	uint64_t skip = *at;
	int n = 0;

	while (n < max && (s = slab_next(&l->socks, &w))) {
		if (s->flags & LOCAL_F_DEAD)
			continue;
		if (skip)
			skip--;
		else
			fill_row(&rows[n++], s);
	}
	*at += (uint64_t)n;
	return n;
}

/*
 * --- an endpoint ---------------------------------------------------------
 */

int local_open(struct local *l, int type, struct local_sock **out)
{
	uint32_t self;
	struct local_sock *s = slab_alloc(&l->socks, &self);

	if (!s)
		return l->socks.live >= l->socks.limit ? -ENFILE : -ENOMEM;
	*s = (struct local_sock) { .refs = 1,
				   .self = self,
				   .backlog = l->set.max_dgram_qlen,
				   .sndbuf = LOCAL_SNDBUF,
				   .cred = { 0, UINT32_MAX, UINT32_MAX },
				   .type = (uint8_t)type,
				   .state = LOCAL_CLOSE };
	fifo_init(&s->queue);
	stream_init(&s->bytes);
	list_init(&s->waiting);
	list_init(&s->waits);
	*out = s;
	return 0;
}

void local_adopt(struct local_sock *s, struct file *f)
{
	s->file = f;
	s->flags |= LOCAL_F_ADOPTED;
}

void local_set_filter(struct local *l, struct local_sock *s, struct bpf *b)
{
	bpf_put(l->env, s->filter);
	s->filter = b;
}

void local_put(struct local *l, struct local_sock *s)
{
	if (--s->refs)
		return;
	assert(fifo_empty(&s->queue) && !s->charge && !s->flight);
	local_name_put(l, s->name);
	local_set_filter(l, s, NULL);
	slab_free(&l->socks, s->self);
}

/* The peer of a connection hears the end; with unread data, the break. */
static void tell_peer(struct local_sock *peer, bool lost)
{
	peer->flags |= LOCAL_F_SHUT;
	if (lost)
		peer->err = ECONNRESET;
	local_notify(peer, POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT |
				   POLLWRNORM | (lost ? POLLERR : 0));
}

void local_close(struct local *l, struct local_sock *s)
{
	bool fresh = !(s->flags & LOCAL_F_ADOPTED), lost;
	struct local_sock *peer = s->peer;

	s->file = NULL;
	s->peer = NULL;
	s->flags |= LOCAL_F_DEAD | LOCAL_F_SHUT;
	list_remove(&s->waits);
	if (s->name && s->name->owner == s)
		local_name_orphan(l, s->name);
	lost = local_msg_purge(l, s);
	s->state = LOCAL_CLOSE;
	if (peer && local_has_conns(s))
		tell_peer(peer, lost || fresh);
	local_made_room(l, s);
	if (peer)
		local_put(l, peer);
	local_put(l, s);
	local_rights_gc(l, CLOSE_CREDIT);
}

/*
 * --- waiting for another to read -----------------------------------------
 */

/* An endpoint stands in one list. Who waits for two is told of all, and so is
 * a stream that asks twice, for it does not know whom it waits for.
 */
void local_wait_for(struct local *l, struct local_sock *s,
		    struct local_sock *other)
{
	if (list_empty(&s->waits)) {
		list_push(&other->waiting, &s->waits);
		if (s->type != LOCAL_STREAM)
			s->waits_on = other;
		return;
	}
	if (s->type != LOCAL_STREAM && s->waits_on == other)
		return;
	list_remove(&s->waits);
	list_push(&l->restless, &s->waits);
	if (s->type != LOCAL_STREAM)
		s->waits_on = NULL; /* whomever */
}

static void wake_all(struct list *waiting)
{
	struct list *n;

	while ((n = list_pop(waiting)))
		local_notify(list_entry(n, struct local_sock, waits),
			     POLLOUT | POLLWRNORM | POLLWRBAND);
}

void local_made_room(struct local *l, struct local_sock *s)
{
	if (!list_empty(&s->waiting))
		wake_all(&s->waiting);
	if (!list_empty(&l->restless))
		wake_all(&l->restless);
}

/*
 * --- questions -----------------------------------------------------------
 */

/* A datagram socket with a peer that has not it for a peer, too. */
static bool peer_is_full(struct local *l, struct local_sock *s)
{
	struct local_sock *peer = s->peer;

	if (s->type == LOCAL_STREAM || !peer || peer->peer == s ||
	    (peer->flags & LOCAL_F_DEAD) || !local_full(peer))
		return false;
	local_wait_for(l, s, peer);
	return true;
}

uint32_t local_poll(struct local *l, struct local_sock *s)
{
	uint32_t bits = 0;

	if (s->err)
		bits |= POLLERR;
	if ((s->flags & LOCAL_F_SHUT) == LOCAL_F_SHUT)
		bits |= POLLHUP;
	if (s->flags & LOCAL_F_SHUT_RD)
		bits |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (!fifo_empty(&s->queue))
		bits |= POLLIN | POLLRDNORM;
	if (s->type == LOCAL_STREAM && s->oob)
		bits |= POLLPRI;
	if (local_has_conns(s) && s->state == LOCAL_CLOSE)
		bits |= POLLHUP;
	if (local_writable(s) && !peer_is_full(l, s))
		bits |= POLLOUT | POLLWRNORM | POLLWRBAND;
	return bits;
}

int local_readable(const struct local_sock *s, uint32_t *out)
{
	const struct local_msg *m = local_msg_first(s);

	*out = 0;
	if (s->state == LOCAL_LISTEN)
		return -EINVAL;
	if (s->type == LOCAL_DGRAM) {
		*out = m ? m->len : 0;
		return 0;
	}
	for (; m; m = local_msg_next(m))
		*out += m->len;
	return 0;
}

bool local_at_mark(const struct local_sock *s)
{
	const struct local_msg *m = local_msg_first(s);

	if (!m || s->type != LOCAL_STREAM)
		return false;
	return m == s->oob ||
	       (!m->len && (!s->oob || local_msg_next(m) == s->oob));
}

int local_take_error(struct local_sock *s)
{
	int err = s->err;

	s->err = 0;
	return err;
}

void local_set_sndbuf(struct local_sock *s, uint32_t bytes)
{
	s->sndbuf = bytes;
	if (local_writable(s))
		local_notify(s, POLLOUT | POLLWRNORM | POLLWRBAND);
}
