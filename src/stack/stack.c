/* SPDX-License-Identifier: MIT */
#include "stack/stack.h"

#include "ip/neigh.h"

#include "link/link.h"
#include "local/rights.h"

#include <errno.h>

enum {
	LOOP_ROUNDS = 64, /* of the loopback, in one settling */
	LOOP_BATCH = 64, /* packets in a round */
	LO_MTU = 65535,
	LOCAL_LABEL = 0x756e6978, /* of its random numbers: "unix" */
};

static_assert(PKT_RETRANS == OSTIA_TRACE_F_RETRANS &&
		      PKT_PROBE == OSTIA_TRACE_F_PROBE &&
		      TRACE_PKT_FLAGS == (PKT_RETRANS | PKT_PROBE),
	      "a packet's marks are what an event tells");

/* All of a packet's record but its bytes: few instructions, fewer stores. */
static inline struct trace_rec_pkt *
log_head(const struct tracer *t, uint32_t kind, const struct ostia_link *l,
	 const struct ostia_pkt *p, size_t size)
{
	unsigned marks =
		(p->flags & TRACE_PKT_FLAGS) | l->told << TRACE_PKT_LINK;
	struct trace_rec_pkt *r = (struct trace_rec_pkt *)(void *)t->log->at;
	uint64_t conn = p->conn, id = p->id;
	uint32_t len = p->len;
	uint16_t gso_size = p->gso_size, gso_segs = p->gso_segs;

	r->r.what = trace_rec_what(kind, marks, size, t->stack);
	r->r.time = t->now;
	r->r.call = t->call;
	r->r.conn = conn;
	r->id = id;
	r->len = len;
	r->gso_size = gso_size;
	r->gso_segs = gso_segs;
	return r;
}

static __attribute__((noinline)) void
log_scattered(struct tracer *t, uint32_t kind, const struct ostia_link *l,
	      const struct ostia_pkt *p, uint32_t n)
{
	size_t size = offsetof(struct trace_rec_pkt, data) + n;

	trace_log_close(t->log);
	pkt_copy_out(p, 0, log_head(t, kind, l, p, size)->data, n);
	trace_log_done(t->log, size, 1);
}

/* Of most packets the head area has all: a copy of fixed size is quicker, and
 * no call beside the last.
 */
static inline void log_pkt(struct tracer *t, uint32_t kind,
			   const struct ostia_link *l,
			   const struct ostia_pkt *p)
{
	enum { PIECE = 64 };
	struct ostia_trace_log *log = t->log;
	uint32_t n = p->len < log->snap ? p->len : log->snap;
	size_t size = offsetof(struct trace_rec_pkt, data) + n;

	if (n > p->hlen || n > PIECE || p->hoff > PKT_HEAD - PIECE ||
	    log->open) {
		log_scattered(t, kind, l, p, n);
		return;
	}
	memcpy(log_head(t, kind, l, p, size)->data, p->head + p->hoff, PIECE);
	trace_log_done(log, size, 1);
}

static __attribute__((noinline, cold)) void
tell_pkt(struct tracer *t, uint32_t kind, const struct ostia_link *l,
	 const struct ostia_pkt *p, const char *why)
{
	bool ethernet = l && l->type == OSTIA_LINK_ETHERNET;
	uint8_t head[TRACE_HEAD];
	uint32_t n = pkt_copy_out(p, 0, head,
				  p->len < TRACE_HEAD ? p->len : TRACE_HEAD);

	TRACE(t, kind, p->conn,
	      .u.pkt = { .id = p->id,
			 .link = l ? l->name : "",
			 .data = head,
			 .data_len = n,
			 .len = p->len,
			 .gso_size = p->gso_segs > 1 ? p->gso_size : 0,
			 .flags = (p->flags & TRACE_PKT_FLAGS) |
				  (ethernet ? OSTIA_TRACE_F_ETHERNET : 0),
			 .reason = why });
}

void stack_told_pkt(struct ostia_stack *s, uint32_t kind,
		    const struct ostia_link *l, const struct ostia_pkt *p)
{
	if (s->tracer.log && l->told)
		log_pkt(&s->tracer, kind, l, p);
	else
		tell_pkt(&s->tracer, kind, l, p, NULL);
}

void stack_trace_drop(struct ostia_stack *s, const struct ostia_pkt *p,
		      const char *why)
{
	if (s->tracer.sink)
		tell_pkt(&s->tracer, OSTIA_TRACE_DROP, p->link, p, why);
}

/* Packets on the loopback arrive as soon as they leave. */
static void loop(struct ostia_stack *s)
{
	for (unsigned i = 0; i < LOOP_ROUNDS; i++) {
		struct ostia_pkt *batch = ostia_link_output(s->lo, LOOP_BATCH);

		if (!batch)
			return;
		ostia_link_input(s->lo, batch);
		stack_errors(s);
	}
}

void stack_settle(struct ostia_stack *s)
{
	if (__builtin_expect(ip_has_error(&s->ip), 0))
		stack_errors(s);
	if (link_pending(s->lo))
		loop(s);
	sock_drain(s->socks);
}

void ostia_advance(struct ostia_stack *s, ostia_time now)
{
	struct wheel_node *n;

	if (now > s->tracer.now)
		s->tracer.now = now;
	now = s->tracer.now;
	if (ip_next_deadline(&s->ip) <= now)
		ip_expire(&s->ip, now);
	if (wheel_next_deadline(&s->wheel) <= now)
		while ((n = wheel_expire(&s->wheel, now)))
			tcp_expire(s->tcp, n, now);
	stack_settle(s);
}

ostia_time ostia_now(const struct ostia_stack *s)
{
	return s->tracer.now;
}

ostia_time ostia_next_deadline(const struct ostia_stack *s)
{
	ostia_time ip = ip_next_deadline(&s->ip);
	ostia_time tcp = wheel_next_deadline(&s->wheel);

	if (ostia_link_pending(s->lo))
		return s->tracer.now;
	return ip < tcp ? ip : tcp;
}

int ostia_next_event(struct ostia_stack *s, struct ostia_event *ev)
{
	return sock_event_next(s->socks, ev);
}

static int add_loopback(struct ostia_stack *s)
{
	const struct ostia_link_config cfg = {
		.name = "lo",
		.type = OSTIA_LINK_LOOPBACK,
		.mtu = LO_MTU,
		.caps = OSTIA_LINK_TSO | OSTIA_LINK_USO | OSTIA_LINK_TXCSUM |
			OSTIA_LINK_NOCSUM | OSTIA_LINK_BIGACK,
	};

	return ostia_link_new(s, &cfg, &s->lo);
}

static int make_rooms(struct ostia_stack *s)
{
	/* A generator of its own: the others draw what they always drew. */
	struct rng own = rng_fork(&s->rng, LOCAL_LABEL);
	uint8_t key[3][16], local_key[16];
	const struct tcp_lent_by_stack tcp = { &s->env,	  s->pool,   &s->tracer,
					       &s->wheel, &s->stats, &s->ip };
	const struct udp_lent_by_stack udp = { &s->env, s->pool, &s->tracer,
					       &s->stats, &s->ip };
	const struct raw_lent_by_stack raw = { &s->env, s->pool, &s->tracer,
					       &s->stats, &s->ip };
	const struct local_lent_by_stack local = { &s->env, s->pool, &s->tracer,
						   &s->stats };
	struct socks_lent_by_stack socks = { &s->env, s->pool, &s->tracer,
					     &s->stats, &s->ip };
	int err;

	rng_bytes(&s->rng, key, sizeof(key));
	rng_bytes(&own, local_key, sizeof(local_key));
	err = tcp_new(&tcp, key[0], &s->tcp);
	if (!err)
		err = udp_new(&udp, key[1], &s->udp);
	if (!err)
		err = raw_new(&raw, key[2], &s->raw);
	if (!err)
		err = packet_new(&raw, &s->packet);
	if (!err)
		err = local_new(&local, local_key, &s->local);
	if (err)
		return err;
	socks.tcp = s->tcp;
	socks.udp = s->udp;
	socks.raw = s->raw;
	socks.packet = s->packet;
	socks.local = s->local;
	return socks_new(&socks, &s->socks);
}

static int apply_settings(struct ostia_stack *s,
			  const struct ostia_stack_config *cfg)
{
	for (size_t i = 0; i < cfg->nsettings; i++) {
		int err = ostia_stack_set(s, cfg->settings[i].name,
					  cfg->settings[i].value);

		if (err)
			return err;
	}
	return 0;
}

int ostia_stack_new(const struct ostia_stack_config *cfg,
		    struct ostia_stack **out)
{
	struct ostia_stack *s = env_zalloc(cfg->env, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->env = *cfg->env;
	s->pool = cfg->pool;
	trace_init(&s->tracer, &s->env, cfg->id, cfg->now);
	rng_init(&s->rng, s->env.seed);
	wheel_init(&s->wheel, cfg->now);
	ip_init(&s->ip, &(struct ip_config) { &s->env, s->pool, &s->tracer,
					      &s->stats, &s->rng, cfg->now });
	err = make_rooms(s);
	if (!err)
		err = add_loopback(s);
	if (!err)
		err = apply_settings(s, cfg);
	if (err) {
		ostia_stack_free(s);
		return err;
	}
	*out = s;
	return 0;
}

static void free_links(struct ostia_stack *s)
{
	while (!list_empty(&s->ip.links))
		ostia_link_free(
			list_entry(s->ip.links.next, struct ostia_link, node));
}

void ostia_stack_free(struct ostia_stack *s)
{
	struct ostia_env env = s->env;

	if (s->local) /* messages that nobody can read hold sockets */
		local_rights_gc(s->local, UINT32_MAX);
	if (s->socks)
		socks_free(s->socks);
	s->socks = NULL; /* a link that goes need not tell it */
	if (s->packet)
		packet_free(s->packet);
	s->packet = NULL;
	if (s->raw)
		raw_free(s->raw);
	if (s->local)
		local_free(s->local);
	if (s->udp)
		udp_free(s->udp);
	if (s->tcp)
		tcp_free(s->tcp);
	s->raw = NULL;
	s->udp = NULL;
	s->tcp = NULL;
	free_links(s);
	ip_fini(&s->ip);
	env_free(&env, s, sizeof(*s));
}

const char *ostia_counter(const struct ostia_stack *s, unsigned i,
			  uint64_t *value)
{
	if (i >= STATS_COUNT)
		return NULL;
	*value = stats_value(&s->stats, i);
	return stats_row(i)->name;
}

static uint64_t queued(const struct ostia_stack *s)
{
	uint64_t n = 0;

	list_each (node, &s->ip.links) {
		const struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		n += l->replies.count + l->finished.count;
	}
	return n;
}

void ostia_stack_usage(const struct ostia_stack *s, struct ostia_usage *u)
{
	*u = (struct ostia_usage) {
		.timers = wheel_count(&s->wheel) + wheel_count(&s->ip.wheel),
		.neighbours = neigh_count(&s->ip),
		.fragments = s->ip.frags.queues.live,
		.queued_pkts = queued(s) + s->ip.neigh_queued,
		.bytes = sizeof(*s) + ip_bytes(&s->ip),
	};
	tcp_usage(s->tcp, u);
	udp_usage(s->udp, u);
	raw_usage(s->raw, u);
	packet_usage(s->packet, u);
	local_usage(s->local, u);
	socks_usage(s->socks, u);
}

int ostia_conn_list(struct ostia_stack *s, uint64_t *cursor,
		    struct ostia_conn_row *rows, int max)
{
	return sock_list(s->socks, cursor, rows, max);
}
