/* SPDX-License-Identifier: MIT */
/*
 * Whole conversations by seed, and an onlooker (world/monitor.h) who knows
 * what a correct TCP may do: hosts with settings of their own, wires with
 * faults of every kind, sockets with options, programs that chatter, pour,
 * stall, half-close and abort. At least 1 MB or 30 s of virtual time a seed.
 *
 * Invariants of the stacks (tcp/check.h) are looked at all along. Some seeds
 * run again with TCP's short ways barred: the same trace, byte for byte; and
 * those whose wires only delay run with and without offload: the programs
 * get the same bytes.
 *
 *	seeds_test [FIRST [COUNT]]
 *
 * Without arguments 10,000 seeds; fewer and others in builds with sanitizers
 * or clang, and as an ordinary user; with OSTIA_SOAK=1 ten times as many, from
 * OSTIA_SOAK_FROM on, for ten minutes at most.
 */
#include "net.h"

#include "stack/stack.h"
#include "tcp/check.h"
#include "world/monitor.h"

#include <linux/tcp.h>
#include <unistd.h>

enum {
	CONNS = 3,
	PORT = 4000,
	PIECE = 32768,
	MEGABYTE = 1 << 20,
	CHAT_S = 30,
	ORPHAN_S = 600, /* no retries of an orphan take longer */
	LIMIT_S = 3000,
	SOAK_S = 600,
	SLOW_EVERY = 16, /* seeds run again without short ways */
};

enum manner { POUR, CHAT, STALL, ABORT };

struct side {
	uint64_t to_send, sent, got;
	bool whole; /* it read the end of the stream */
	int err;
	bool done;
};

struct conn {
	struct run *run;
	unsigned id;
	enum manner manner;
	bool v6;
	unsigned options; /* bits */
	uint32_t buffer;
	ostia_time start, pause;
	struct side side[2]; /* the client's, the server's */
	int fd[2];
};

struct run {
	uint64_t seed;
	char faults[2][160];
	char settings[2][256];
	struct ostia_setting set[2][8];
	unsigned nset[2];
	enum { PLAIN, ETHERNET, ROUTER, SWITCH } way;
	bool offload, slow, cut, dead, sums; /* dead: cut for ever */
	unsigned n;
	struct conn conn[CONNS];
	struct ostia_world *w;
	struct ostia_node *host[2];
	struct ostia_wire *wire[2];
	struct ostia_world_proc *proc[2];
	struct world_monitor *m;
	uint64_t hash, segments;
	unsigned looks;
};

/* ---- data that both ends know ---- */

static uint8_t byte_at(const struct conn *c, unsigned from, uint64_t i)
{
	uint64_t z = i + c->run->seed * 77 + c->id * 2 + from;

	return (uint8_t)(z * 31 + (z >> 8) * 7 + (z >> 16));
}

static void fill(const struct conn *c, unsigned from, uint64_t at, uint8_t *p,
		 size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = byte_at(c, from, at + i);
}

/* ---- the onlookers ---- */

static void on_breach(void *ctx, enum world_rule rule, const char *what)
{
	(void)ctx;
	(void)rule;
	fprintf(stderr, "%s\n  in: %s\n", what, net_case);
	witness_failed();
}

static void bar_short_ways(const struct run *r)
{
	for (unsigned i = 0; i < 2; i++) {
		struct slab_walk walk = { 0 };
		struct tcp_conn *c;

		if (!r->host[i])
			continue;
		while ((c = slab_next(&ostia_host_stack(r->host[i])->tcp->conns,
				      &walk)))
			c->flags |= TCP_F_SLOW;
	}
}

static void mix(struct run *r, uint64_t v)
{
	r->hash = (r->hash ^ v) * UINT64_C(0x9fb21c651e98df25);
	r->hash ^= r->hash >> 29;
}

static void look(void *ctx, const struct ostia_world_trace *ev)
{
	struct run *r = ctx;
	uint32_t ends[2];

	if (r->slow)
		bar_short_ways(r);
	ends[0] = !ev->stack && ev->wire == 1 ? 1 : 0;
	ends[1] = !ev->stack && (ev->wire == 2 || !r->wire[1]) ? 2 : 0;
	CHECK(!world_monitor_trace(r->m, ev, ends, r->way & 1), "memory");
	if (ev->stack)
		return;
	mix(r, ev->time);
	mix(r, ostia_pkt_len(ev->pkt) | (uint64_t)ev->wire << 32 |
		       (uint64_t)ev->dir << 40 | (uint64_t)ev->fate << 48);
	if (r->looks++ % 16)
		return;
	tcp_check(ostia_host_stack(r->host[0])->tcp);
	tcp_check(ostia_host_stack(r->host[1])->tcp);
}

/* ---- the programs ---- */

static struct ostia_proc *proc_of(const struct conn *c, unsigned i)
{
	return ostia_world_proc_bsd(c->run->proc[i]);
}

static void set(struct conn *c, unsigned i, int level, int name, int value)
{
	CHECK(!ostia_setsockopt(proc_of(c, i), c->fd[i], level, name, &value,
				sizeof(value)),
	      "option %d %d: %s", level, name, strerror(errno));
}

static void tune(struct conn *c, unsigned i)
{
	unsigned o = c->options >> (8 * i);

	if (o & 1)
		set(c, i, IPPROTO_TCP, TCP_NODELAY, 1);
	if (o & 2 && o & 4)
		set(c, i, SOL_SOCKET, SO_RCVBUF, (int)c->buffer);
	if (o & 8 && o & 4)
		set(c, i, SOL_SOCKET, SO_SNDBUF, (int)c->buffer);
	if (o & 16)
		set(c, i, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (o & 16 && o & 32)
		set(c, i, IPPROTO_TCP, TCP_KEEPIDLE, 3);
	if (o & 64)
		set(c, i, IPPROTO_TCP, TCP_QUICKACK, (int)(o >> 7 & 1));
	if (o & 128 && i == 0)
		CHECK(!ostia_setsockopt(proc_of(c, i), c->fd[i], IPPROTO_TCP,
					TCP_CONGESTION, "reno", 4),
		      "reno");
}

static void rest(struct conn *c, ostia_time t)
{
	if (t)
		ostia_task_sleep(c->run->w, ostia_world_now(c->run->w) + t);
}

static void note(struct conn *c, unsigned i)
{
	if (!c->side[i].err)
		c->side[i].err = errno;
}

/* An abort: close() with SO_LINGER 0, data under way. */
static bool aborts(struct conn *c, unsigned i)
{
	const struct linger now = { 1, 0 };

	if (c->manner != ABORT || i || c->side[0].sent < c->side[0].to_send / 2)
		return false;
	CHECK(!ostia_setsockopt(proc_of(c, i), c->fd[i], SOL_SOCKET, SO_LINGER,
				&now, sizeof(now)),
	      "linger");
	return true;
}

static void send_all(struct conn *c, unsigned i)
{
	struct side *s = &c->side[i];
	uint8_t buf[PIECE];

	while (s->sent < s->to_send && !aborts(c, i)) {
		size_t most = c->manner == CHAT ? 1 + s->sent % 1777 : PIECE;
		uint64_t left = s->to_send - s->sent;
		size_t n = most < left ? most : left;
		ssize_t r;

		fill(c, i, s->sent, buf, n);
		r = ostia_send(proc_of(c, i), c->fd[i], buf, n, MSG_NOSIGNAL);
		if (r < 0) {
			note(c, i);
			return;
		}
		s->sent += (uint64_t)r;
		if (c->manner == CHAT)
			rest(c, c->pause);
	}
	if (c->manner != ABORT &&
	    ostia_shutdown(proc_of(c, i), c->fd[i], SHUT_WR))
		note(c, i);
}

static void get_all(struct conn *c, unsigned i)
{
	struct side *s = &c->side[i];
	uint8_t buf[PIECE];
	ssize_t r;

	for (;;) {
		if (c->manner == STALL && s->got >= s->to_send / 3 &&
		    s->got < s->to_send / 3 + PIECE)
			rest(c, c->pause * 20);
		r = ostia_recv(proc_of(c, i), c->fd[i], buf, sizeof(buf), 0);
		if (r <= 0)
			break;
		for (ssize_t k = 0; k < r; k++)
			CHECK(buf[k] == byte_at(c, !i, s->got + (uint64_t)k),
			      "connection %u: byte %llu", c->id,
			      (unsigned long long)s->got + (uint64_t)k);
		s->got += (uint64_t)r;
	}
	if (r < 0)
		note(c, i);
	s->whole = r == 0;
}

static int writer0(void *arg)
{
	send_all(arg, 0);
	return 0;
}

static int writer1(void *arg)
{
	send_all(arg, 1);
	return 0;
}

static void converse(struct conn *c, unsigned i)
{
	struct ostia_task *t;

	CHECK(!ostia_task_spawn(c->run->proc[i], i ? writer1 : writer0, c, &t),
	      "spawn");
	if (c->manner != ABORT || i)
		get_all(c, i);
	if (c->side[i].err)
		ostia_shutdown(proc_of(c, i), c->fd[i], SHUT_RDWR);
	ostia_task_join(t, NULL);
	CHECK(!ostia_close(proc_of(c, i), c->fd[i]), "close");
	c->side[i].done = true;
}

static int client(void *arg)
{
	struct conn *c = arg;
	struct sockaddr_storage a;
	socklen_t len =
		net_addr(&a, net_server_ip(c->run->way == ROUTER, c->v6),
			 (uint16_t)(PORT + c->id));

	rest(c, c->start);
	c->fd[0] = ostia_socket(proc_of(c, 0), a.ss_family, SOCK_STREAM, 0);
	tune(c, 0);
	if (ostia_connect(proc_of(c, 0), c->fd[0], (struct sockaddr *)&a,
			  len)) {
		note(c, 0);
		ostia_close(proc_of(c, 0), c->fd[0]);
		c->side[0].done = c->side[1].done = true;
		return 0;
	}
	converse(c, 0);
	return 0;
}

static int server(void *arg)
{
	struct conn *c = arg;
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, c->v6 ? "::" : "0.0.0.0",
				 (uint16_t)(PORT + c->id));
	int door = ostia_socket(proc_of(c, 1), a.ss_family, SOCK_STREAM, 0);

	c->fd[1] = door;
	tune(c, 1);
	CHECK(!ostia_bind(proc_of(c, 1), door, (struct sockaddr *)&a, len) &&
		      !ostia_listen(proc_of(c, 1), door, 1),
	      "listen: %s", strerror(errno));
	c->fd[1] = ostia_accept(proc_of(c, 1), door, NULL, NULL);
	CHECK(c->fd[1] >= 0, "accept: %s", strerror(errno));
	converse(c, 1);
	ostia_close(proc_of(c, 1), door);
	return 0;
}

/* ---- what a seed chooses ---- */

static void choose_faults(const struct run *r, char *to, size_t size)
{
	unsigned delay_ms = net_below(100);

	to[0] = 0;
	if (delay_ms)
		net_add(to, size, "delay %ums ", delay_ms);
	if (net_chance(20)) /* an undisturbed direction */
		return;
	if (delay_ms && net_chance(40))
		net_add(to, size, "%uus ", 1 + net_below(delay_ms * 500));
	if (delay_ms && net_chance(30))
		net_add(to, size, "reorder %u%% ", 1 + net_below(20));
	if (net_chance(50))
		net_add(to, size, "loss %u.%u%% ", net_below(4), net_below(10));
	if (net_chance(20))
		net_add(to, size, "loss gemodel 0.%u%% %u%% ", 1 + net_below(5),
			20 + net_below(50));
	if (net_chance(30))
		net_add(to, size, "duplicate %u%% ", 1 + net_below(3));
	if (r->sums)
		net_add(to, size, "corrupt 0.%u%% ", 1 + net_below(9));
	if (net_chance(50))
		net_add(to, size, "rate %umbit limit %u ", 5 + net_below(200),
			30 + net_below(500));
	if (net_chance(30))
		net_add(to, size, "mark %u%% ", 1 + net_below(100));
}

static void give(struct run *r, unsigned i, const struct ostia_setting *s)
{
	r->set[i][r->nset[i]++] = *s;
	net_add(r->settings[i], sizeof(r->settings[i]), " %s=%s", s->name + 9,
		s->value);
}

/* Both want RFC 9768. */
static void choose_accecn(struct run *r)
{
	static const struct ostia_setting accecn = { "net.ipv4.tcp_ecn", "3" };

	if (!net_chance(15))
		return;
	give(r, 0, &accecn);
	give(r, 1, &accecn);
}

static void choose_settings(struct run *r, unsigned i)
{
	static const struct ostia_setting any[] = {
		{ "net.ipv4.tcp_sack", "0" },
		{ "net.ipv4.tcp_timestamps", "0" },
		{ "net.ipv4.tcp_timestamps", "2" },
		{ "net.ipv4.tcp_window_scaling", "0" },
		{ "net.ipv4.tcp_dsack", "0" },
		{ "net.ipv4.tcp_ecn", "1" },
		{ "net.ipv4.tcp_ecn", "0" },
		{ "net.ipv4.tcp_ecn_option", "1" },
		{ "net.ipv4.tcp_abe", "1" },
		{ "net.ipv4.tcp_recovery", "0" },
		{ "net.ipv4.tcp_early_retrans", "0" },
		{ "net.ipv4.tcp_frto", "0" },
		{ "net.ipv4.tcp_syncookies", "2" },
		{ "net.ipv4.tcp_moderate_rcvbuf", "0" },
		{ "net.ipv4.tcp_slow_start_after_idle", "0" },
		{ "net.ipv4.tcp_congestion_control", "reno" },
		{ "net.ipv4.tcp_congestion_control", "bbr" },
		{ "net.ipv4.tcp_congestion_control", "dctcp" },
		{ "net.ipv4.tcp_ecn", "3" },
		{ "net.ipv4.tcp_mtu_probing", "2" },
	};

	r->nset[i] = 0;
	while (r->nset[i] < 4 && net_chance(40))
		give(r, i, &any[net_below(sizeof(any) / sizeof(any[0]))]);
}

static void choose_conns(struct run *r)
{
	bool chat = net_chance(60);

	r->n = chat ? 1 + net_below(CONNS) : 1;
	for (unsigned i = 0; i < r->n; i++) {
		struct conn *c = &r->conn[i];

		*c = (struct conn) { .run = r, .id = i };
		c->v6 = net_chance(50);
		c->options = (unsigned)net_random() & 0xffff;
		c->buffer = 4096 + net_below(60000);
		c->start = net_below(50) * OSTIA_MS;
		c->manner = chat	     ? CHAT
			    : net_chance(70) ? POUR
			    : net_chance(60) ? STALL
					     : ABORT;
		c->pause = (100 + net_below(900)) * OSTIA_MS;
		c->side[0].to_send = MEGABYTE;
		c->side[1].to_send = net_below(20000);
		if (!chat)
			continue;
		/* a word of 889 bytes on average, each pause */
		c->side[0].to_send = CHAT_S * OSTIA_S / c->pause * 889 + 1;
		c->side[1].to_send = net_below(2) * c->side[0].to_send;
		if (net_chance(50))
			c->start += net_below(3000) * OSTIA_MS;
	}
}

static void choose(struct run *r)
{
	static const char *const ways[] = { "IP", "Ethernet", "router",
					    "switch" };

	witness_again("%llu 1", (unsigned long long)r->seed);
	net_rng_state = r->seed;
	r->way = net_chance(50) ? PLAIN : net_below(4);
	r->sums = r->way == PLAIN && net_chance(30);
	choose_settings(r, 0);
	choose_settings(r, 1);
	choose_accecn(r);
	for (unsigned i = 0; i < 2; i++)
		choose_faults(r, r->faults[i], sizeof(r->faults[i]));
	choose_conns(r);
	/* a lost neighbour would hold back what TCP sent in time */
	r->cut = net_chance(25) && !(r->way & 1);
	r->dead = r->cut && net_chance(10);
	snprintf(net_case, sizeof(net_case),
		 "seeds_test %llu 1   (%u connections, %s%s; there: %s; back: "
		 "%s; a:%s; b:%s%s)",
		 (unsigned long long)r->seed, r->n, ways[r->way],
		 r->offload ? ", offload" : "", r->faults[0], r->faults[1],
		 r->settings[0], r->settings[1],
		 r->slow ? "; no short ways" : "");
}

/* ---- the hosts ---- */

static void build_middle(struct run *r, struct ostia_wire_config *cfg)
{
	struct ostia_node *mid;

	CHECK(r->way == ROUTER ? !ostia_router_new(r->w, "r", &mid)
			       : !ostia_switch_new(r->w, "s", &mid),
	      "the middle");
	CHECK(!ostia_wire_new(r->w, cfg, r->host[0], mid, &r->wire[0]), "wire");
	if (r->way == ROUTER)
		cfg->mtu = 1280 + net_below(221);
	CHECK(!ostia_wire_new(r->w, cfg, mid, r->host[1], &r->wire[1]), "wire");
}

static void add_routes(struct run *r)
{
	net_address(r->wire[0], 1, "10.0.0.9/24", "fd00::9/64");
	net_address(r->wire[1], 0, "10.0.2.9/24", "fd02::9/64");
	CHECK(!ostia_wire_route(r->wire[0], 0, "0.0.0.0/0", "10.0.0.9") &&
		      !ostia_wire_route(r->wire[0], 0, "::/0", "fd00::9") &&
		      !ostia_wire_route(r->wire[1], 1, "0.0.0.0/0",
					"10.0.2.9") &&
		      !ostia_wire_route(r->wire[1], 1, "::/0", "fd02::9"),
	      "routes");
}

static void build(struct run *r)
{
	const struct ostia_world_config cfg = { .seed = r->seed,
						.trace = look,
						.trace_ctx = r };
	struct ostia_wire_config wire = {
		.type = r->way & 1 ? OSTIA_LINK_ETHERNET : OSTIA_LINK_IP,
		.offload = r->offload,
	};
	struct ostia_wire *far;

	CHECK(!witness_world(&cfg, &r->w), "world");
	for (unsigned i = 0; i < 2; i++)
		CHECK(!ostia_host_new(r->w, i ? "b" : "a", r->set[i],
				      r->nset[i], &r->host[i]),
		      "host %s", r->settings[i]);
	if (r->way == ROUTER || r->way == SWITCH)
		build_middle(r, &wire);
	else
		CHECK(!ostia_wire_new(r->w, &wire, r->host[0], r->host[1],
				      &r->wire[0]),
		      "wire");
	far = r->wire[1] ? r->wire[1] : r->wire[0];
	net_address(r->wire[0], 0, "10.0.0.1/24", "fd00::1/64");
	if (r->way == ROUTER)
		net_address(far, 1, "10.0.2.2/24", "fd02::2/64");
	else
		net_address(far, 1, "10.0.0.2/24", "fd00::2/64");
	if (r->way == ROUTER)
		add_routes(r);
	for (unsigned i = 0; i < 2; i++)
		net_faults(r->wire[0], i, r->faults[i]);
	if (r->cut) {
		ostia_time t = net_below(4000) * OSTIA_MS;
		unsigned dirs = 1 + net_below(3);

		CHECK(!ostia_wire_cut_at(r->wire[0], dirs, t), "cut");
		CHECK(r->dead || !ostia_wire_heal_at(r->wire[0], dirs,
						     t + net_below(6000) *
								     OSTIA_MS),
		      "cut");
	}
}

/* Whoever's peer went without a word that arrived may wait for ever; so may
 * one whose peer closed with data under way, all of which was lost until the
 * orphan gave up.
 */
static bool done(const struct conn *c, unsigned i)
{
	bool orphan = ostia_world_now(c->run->w) > ORPHAN_S * OSTIA_S;

	return c->side[i].done ||
	       (c->side[!i].done &&
		(c->manner == ABORT || c->side[!i].err || orphan));
}

static bool all_done(const struct run *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (!done(&r->conn[i], 0) || !done(&r->conn[i], 1))
			return false;
	return true;
}

static void endless(const struct run *r)
{
	for (unsigned i = 0; i < r->n; i++)
		for (unsigned k = 0; k < 2; k++) {
			const struct side *s = &r->conn[i].side[k];

			fprintf(stderr,
				"%u.%u: %s, sent %llu of %llu, got %llu, %s\n",
				i, k, s->done ? "done" : "waits",
				(unsigned long long)s->sent,
				(unsigned long long)s->to_send,
				(unsigned long long)s->got, strerror(s->err));
		}
	CHECK(false, "it does not end");
}

static void turn(struct run *r)
{
	for (unsigned i = 0; i < 2; i++)
		r->proc[i] = net_proc(r->host[i], i ? "server" : "client", 0);
	for (unsigned i = 0; i < r->n; i++) {
		CHECK(!ostia_task_spawn(r->proc[1], server, &r->conn[i], NULL),
		      "spawn");
		CHECK(!ostia_task_spawn(r->proc[0], client, &r->conn[i], NULL),
		      "spawn");
	}
	while (!all_done(r)) {
		ostia_time now = ostia_world_now(r->w);

		if (now >= LIMIT_S * OSTIA_S)
			endless(r);
		(void)ostia_world_run_until(r->w, now + 200 * OSTIA_MS);
		world_monitor_tick(r->m, ostia_world_now(r->w));
		witness_look();
	}
}

/* All of it arrived, unless somebody aborted or was told of an error. */
static void judge(const struct run *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		const struct conn *c = &r->conn[i];
		bool hurt = c->manner == ABORT || c->side[0].err ||
			    c->side[1].err || !c->side[0].done ||
			    !c->side[1].done;

		for (unsigned k = 0; k < 2; k++)
			CHECK(hurt || (c->side[k].whole &&
				       c->side[k].got == c->side[!k].to_send),
			      "connection %u: %llu of %llu bytes", i,
			      (unsigned long long)c->side[k].got,
			      (unsigned long long)c->side[!k].to_send);
	}
}

struct manner_of_run {
	bool offload, slow, calm;
};

static void run_once(struct run *r, uint64_t seed, struct manner_of_run how)
{
	struct world_monitor_config cfg = { .breach = on_breach };

	memset(r, 0, sizeof(*r));
	r->seed = seed;
	r->offload = how.offload;
	r->slow = how.slow;
	choose(r);
	if (how.calm) {
		r->way = ETHERNET;
		r->cut = r->sums = false;
		for (unsigned i = 0; i < 2; i++)
			snprintf(r->faults[i], sizeof(r->faults[i]),
				 "delay %ums", 1 + (unsigned)(seed % 50));
	}
	cfg.inexact = r->way & 1;
	cfg.sums = r->sums;
	cfg.cookies = strstr(r->settings[1], "syncookies");
	CHECK(!world_monitor_new(&cfg, &r->m), "monitor");
	build(r);
	turn(r);
	judge(r);
	r->segments = world_monitor_segments(r->m);
	ostia_world_free(r->w);
	world_monitor_free(r->m);
}

/* ---- all ---- */

static void again_without_short_ways(const struct run *first, uint64_t seed)
{
	static struct run r;

	run_once(&r, seed, (struct manner_of_run) { .slow = true });
	CHECK(r.hash == first->hash, "the long way differs");
}

/* Super-segments deliver what single ones deliver. */
static void with_and_without_offload(uint64_t seed)
{
	static struct run r[2];

	for (unsigned i = 0; i < 2; i++)
		run_once(&r[i], seed,
			 (struct manner_of_run) { .offload = i, .calm = true });
	for (unsigned i = 0; i < r[0].n; i++)
		for (unsigned k = 0; k < 2; k++) {
			const struct side *a = &r[0].conn[i].side[k];
			const struct side *b = &r[1].conn[i].side[k];

			CHECK(r[0].conn[i].manner == ABORT ||
				      (a->got == b->got && a->err == b->err &&
				       a->whole == b->whole),
			      "connection %u, side %u: %llu and %llu bytes", i,
			      k, (unsigned long long)a->got,
			      (unsigned long long)b->got);
		}
}

/* Each kind of build has seeds of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FIRST = 20001, SEEDS = 200 };
#elif defined(__clang__)
enum { FIRST = 10001, SEEDS = 2000 };
#else
enum { FIRST = 1, SEEDS = 10000 };
#endif

int main(int argc, char **argv)
{
	static struct run r;
	uint64_t first =
		argc > 1 ? strtoull(argv[1], NULL, 0) : net_first_seed(FIRST);
	uint64_t count = geteuid() ? SEEDS / 10 : SEEDS;
	uint64_t segments = 0, bytes = 0, errors = 0, seed;
	bool soak = getenv("OSTIA_SOAK");
	double began = net_seconds(), took;

	witness_begin(argv, net_case);
	if (soak)
		count *= 10;
	if (argc > 2)
		count = strtoull(argv[2], NULL, 0);
	for (seed = first; seed < first + count; seed++) {
		if (soak && net_seconds() - began > SOAK_S)
			break;
		run_once(&r, seed, (struct manner_of_run) { 0 });
		segments += r.segments;
		for (unsigned i = 0; i < r.n; i++) {
			bytes += r.conn[i].side[0].got + r.conn[i].side[1].got;
			errors += r.conn[i].side[0].err != 0;
		}
		if (seed % SLOW_EVERY == 0)
			again_without_short_ways(&r, seed);
		if (seed % SLOW_EVERY == 1)
			with_and_without_offload(seed);
	}
	took = net_seconds() - began;
	printf("%llu seeds from %llu: %llu segments judged, %.1f MB, %llu "
	       "heard an error, %.1f s, %.0f seeds/s\n",
	       (unsigned long long)(seed - first), (unsigned long long)first,
	       (unsigned long long)segments, (double)bytes / 1e6,
	       (unsigned long long)errors, took, (double)(seed - first) / took);
	return 0;
}
