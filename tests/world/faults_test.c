/* SPDX-License-Identifier: MIT */
/*
 * Two hosts, every fault at once: each byte arrives exactly, or the program
 * hears an error that the fault explains. Afterwards nothing is left, and a
 * second run of the seed gives the same trace, byte for byte.
 *
 *	faults_test [FIRST [COUNT]]
 *
 * Without arguments 500 seeds, some of them twice; with OSTIA_SOAK=1 1000, each
 * twice, from OSTIA_SOAK_FROM on.
 */
#include "net.h"

#include <netinet/tcp.h>

enum {
	MAX_CONNS = 50,
	CHUNK = 65536,
	PORT = 4000,
	TWICE_EVERY = 8, /* seeds are run a second time, for the trace */
	HORIZON_S = 4000, /* of virtual time; nothing takes that long */
	HEAD = 4, /* bytes that name a connection */
	/* How often TCP sends the same thing again before it gives up, as in
	 * docs/settings.md: tcp_retries2, tcp_syn_retries (and the first SYN),
	 * tcp_synack_retries, a closed socket's; how often ARP asks; how long
	 * that takes at least, by RTOs that double from 200 ms to 120 s, and
	 * from 1 s.
	 */
	TRIES = 15,
	TRIES_SYN = 7,
	TRIES_SYNACK = 5,
	TRIES_ORPHAN = 8,
	TRIES_NEIGH = 3,
	AT_ONCE = 3,
	TRIES_S = 804,
	TRIES_SYN_S = 63,
};

/* What the wire saw of one host's half of a connection. "In vain" is what was
 * sent, from the first byte that is not acknowledged or before, since an
 * acknowledgment of something new last reached the host.
 */
struct half {
	bool seen, fin, acks; /* anything of it, its FIN, an ACK */
	uint32_t una, end; /* acknowledged; sent at least once */
	uint32_t said; /* it acknowledged so much */
	ostia_time since; /* when that was acknowledged */
	unsigned tries; /* in vain */
	unsigned lost; /* meanwhile, in either direction */
	unsigned asked; /* struct run's when that began */
	unsigned worst; /* the most tries in vain that losses explain */
};

struct side {
	uint64_t to_send, to_get; /* bytes */
	uint64_t sent, got;
	int err; /* the first error that its program heard */
	const char *where;
	unsigned tries, lost; /* when it heard it: struct half */
	ostia_time silence;
	bool done;
};

struct conn {
	struct run *run;
	uint32_t id;
	bool v6;
	ostia_time start;
	struct side client, server;
	int client_fd, server_fd;
	uint16_t port; /* the client's */
	struct half half[2]; /* the client's, the server's */
};

struct run {
	uint64_t seed;
	char faults[2][256];
	uint32_t mtu;
	bool router, ethernet;
	bool dead; /* a partition that never heals */
	unsigned n;
	struct conn conn[MAX_CONNS];
	struct net net;
	struct ostia_world_proc *client, *server;
	unsigned serving;
	uint8_t by_port[2][65536]; /* family, client's port: connection + 1 */
	unsigned asked; /* lost questions for neighbours, and answers */
	uint64_t hash;
	uint64_t events;
};

/* ---- data that both ends know ---- */

static uint64_t word_at(uint64_t key, uint64_t i)
{
	uint64_t z = key + i * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 32;
}

static void fill(uint8_t *p, uint64_t key, uint64_t off, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint64_t w = word_at(key, (off + i) / 8);
		size_t skip = (off + i) % 8;
		size_t part = 8 - skip < n - i ? 8 - skip : n - i;

		memcpy(p + i, (const uint8_t *)&w + skip, part);
		i += part;
	}
}

static uint64_t key_of(const struct conn *c, bool up)
{
	return c->run->seed * 1000003 + c->id * 2 + up;
}

/* ---- the trace, as one number ---- */

static void mix(struct run *r, uint64_t v)
{
	r->hash = (r->hash ^ v) * UINT64_C(0x9fb21c651e98df25);
	r->hash ^= r->hash >> 29;
}

static void mix_bytes(struct run *r, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t w;

	for (; n >= 8; n -= 8, b += 8) {
		memcpy(&w, b, 8);
		mix(r, w);
	}
	for (w = n; n; n--)
		w = w << 8 | *b++;
	mix(r, w);
}

static void mix_text(struct run *r, const char *s)
{
	mix_bytes(r, s ? s : "", s ? strlen(s) : 0);
}

static void mix_stack(struct run *r, const struct ostia_trace *ev)
{
	mix(r, ev->time);
	mix(r, ev->kind | (uint64_t)ev->stack << 32);
	mix(r, ev->conn);
	mix(r, ev->call);
	switch (ev->kind) {
	case OSTIA_TRACE_CALL:
	case OSTIA_TRACE_RETURN:
		mix_text(r, ev->u.call.name);
		mix_text(r, ev->u.call.args);
		mix(r,
		    ev->u.call.proc | (uint64_t)(uint32_t)ev->u.call.fd << 32);
		mix(r, (uint64_t)ev->u.call.result);
		break;
	case OSTIA_TRACE_STATE:
		mix_text(r, ev->u.state.from);
		mix_text(r, ev->u.state.to);
		break;
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
	case OSTIA_TRACE_DROP:
		mix(r, ev->u.pkt.id);
		mix_text(r, ev->u.pkt.link);
		mix_text(r, ev->u.pkt.reason);
		mix_bytes(r, ev->u.pkt.data, ev->u.pkt.data_len);
		mix(r, ev->u.pkt.len | (uint64_t)ev->u.pkt.flags << 32);
		break;
	case OSTIA_TRACE_TIMER:
		mix_text(r, ev->u.timer.name);
		mix(r, ev->u.timer.count);
		break;
	case OSTIA_TRACE_CWND:
		mix(r, ev->u.cwnd.cwnd | (uint64_t)ev->u.cwnd.ssthresh << 32);
		mix(r,
		    ev->u.cwnd.in_flight | (uint64_t)ev->u.cwnd.srtt_us << 32);
		mix(r, ev->u.cwnd.rto_us);
		mix_text(r, ev->u.cwnd.why);
		break;
	case OSTIA_TRACE_BYTES:
		mix(r, ev->u.bytes.from);
		mix(r, ev->u.bytes.to);
		mix(r, (uint64_t)ev->u.bytes.out);
		break;
	default:
		break;
	}
}

/* ---- what the wire lost ---- */

struct segment {
	uint32_t seq, end, ack;
	uint8_t flags;
};

enum { FIN = 1, SYN = 2, ACK = 16 };

static uint32_t be(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* Whose segment is it? NULL: nobody's that we know, or no TCP. */
static struct conn *parse(struct run *r, const struct ostia_world_trace *ev,
			  struct segment *s, bool *tcp)
{
	uint8_t b[14 + 40 + 20] = { 0 };
	const uint8_t *ip = b + (r->ethernet ? 14 : 0), *l4;
	bool v6;
	uint32_t len;
	unsigned id;

	ostia_pkt_copy_out(ev->pkt, 0, b, sizeof(b));
	v6 = ip[0] >> 4 == 6;
	*tcp = ip[v6 ? 6 : 9] == IPPROTO_TCP &&
	       (!r->ethernet || be(b + 12, 2) != 0x0806);
	if (!*tcp)
		return NULL;
	l4 = ip + (v6 ? 40 : 20);
	len = be(ip + (v6 ? 4 : 2), 2) - (v6 ? 0 : 20) - (l4[12] >> 4) * 4u;
	*s = (struct segment) { .seq = be(l4 + 4, 4),
				.ack = be(l4 + 8, 4),
				.flags = l4[13] };
	s->end = s->seq + len + !!(s->flags & SYN) + (s->flags & FIN);
	id = r->by_port[v6][be(l4 + (ev->dir ? 2 : 0), 2)];
	return id ? &r->conn[id - 1] : NULL;
}

static bool after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static unsigned tries_of(const struct run *r, const struct half *h)
{
	return h->tries + r->asked - h->asked;
}

static unsigned lost_of(const struct run *r, const struct half *h)
{
	return h->lost + r->asked - h->asked;
}

static void begin_again(const struct run *r, struct half *h)
{
	h->tries = h->lost = 0;
	h->since = ostia_world_now(r->net.w);
	h->asked = r->asked;
}

/* The most tries in vain that losses explain, up to now. */
static unsigned worst_of(const struct run *r, const struct half *h)
{
	unsigned tries = tries_of(r, h), lost = lost_of(r, h);
	unsigned now = tries < lost ? tries : lost;

	return now > h->worst ? now : h->worst;
}

/* @s: NULL: its numbers are not known */
static void on_sent(struct run *r, struct conn *c, const struct segment *s,
		    unsigned d, bool gone)
{
	struct half *h = &c->half[d];

	h->lost += gone;
	c->half[!d].lost += gone;
	if (s && !h->seen) {
		h->seen = true;
		h->una = h->end = s->seq;
	}
	if (!s || after(h->una, s->seq) ||
	    (s->seq == h->una && s->end != s->seq))
		h->tries++;
	h->worst = worst_of(r, h);
	if (!s)
		return;
	if (after(s->end, h->end))
		h->end = s->end;
	if (s->flags & ACK && (!h->acks || after(s->ack, h->said))) {
		h->said = s->ack;
		h->acks = true;
	}
	h->fin |= s->flags & FIN;
}

/* What is there already is dropped with all that it says (RFC 9293 3.10.7.4).
 */
static bool is_old(const struct half *h, const struct segment *s)
{
	return h->acks && s->end != s->seq && !after(s->end, h->said);
}

static void on_heard(const struct run *r, struct conn *c,
		     const struct segment *s, unsigned d)
{
	struct half *h = &c->half[!d];

	if (!h->seen || !(s->flags & ACK) || !after(s->ack, h->una) ||
	    after(s->ack, h->end) || is_old(h, s)) /* or it was corrupted */
		return;
	h->una = s->ack;
	begin_again(r, h);
}

/* A corrupted packet is a loss, and its numbers may be wrong; a copy of a
 * packet is one chance more.
 */
static void count_losses(struct run *r, const struct ostia_world_trace *ev)
{
	bool tcp, bad = ev->flags & OSTIA_FATE_F_CORRUPTED;
	bool arrived = ev->fate == OSTIA_FATE_DELIVERED;
	struct segment s;
	struct conn *c;

	if (ev->wire != ostia_wire_id(r->net.wire))
		return;
	c = parse(r, ev, &s, &tcp);
	if (arrived) {
		if (c && !bad)
			on_heard(r, c, &s, ev->dir);
		return;
	}
	bad |= ev->fate != OSTIA_FATE_SENT;
	if (c)
		on_sent(r, c, ev->flags & OSTIA_FATE_F_CORRUPTED ? NULL : &s,
			ev->dir, bad);
	else if (!tcp)
		r->asked += bad;
}

static void trace(void *ctx, const struct ostia_world_trace *ev)
{
	struct run *r = ctx;

	mix(r, ev->node);
	if (ev->stack) {
		mix_stack(r, ev->stack);
		return;
	}
	count_losses(r, ev);
	mix(r, ev->time);
	mix(r, ev->wire | (uint64_t)ev->dir << 32 | (uint64_t)ev->fate << 40 |
		       (uint64_t)ev->flags << 48);
	mix(r, ostia_pkt_id(ev->pkt));
	mix(r, ev->depart);
	mix(r, ev->arrive);
	mix(r, ev->bit);
}

/* ---- the programs ---- */

static struct ostia_proc *proc_of(struct conn *c, bool client)
{
	return ostia_world_proc_bsd(client ? c->run->client : c->run->server);
}

static void note(struct conn *c, bool client, const char *where)
{
	struct side *s = client ? &c->client : &c->server;
	const struct half *h = &c->half[!client];

	if (s->err)
		return;
	s->err = errno;
	s->where = where;
	s->tries = tries_of(c->run, h);
	s->lost = lost_of(c->run, h);
	s->silence = ostia_world_now(c->run->net.w) - h->since;
}

static void send_all(struct conn *c, bool client)
{
	struct side *s = client ? &c->client : &c->server;
	int fd = client ? c->client_fd : c->server_fd;
	uint64_t key = key_of(c, client);
	uint8_t buf[CHUNK / 4];

	while (s->sent < s->to_send) {
		uint64_t left = s->to_send - s->sent;
		size_t n = 1 + word_at(key ^ 77, s->sent) % sizeof(buf);
		ssize_t r;

		n = n < left ? n : left;
		fill(buf, key, s->sent, n);
		r = ostia_send(proc_of(c, client), fd, buf, n, MSG_NOSIGNAL);
		if (r < 0) {
			note(c, client, "send");
			return;
		}
		s->sent += (uint64_t)r;
	}
	if (ostia_shutdown(proc_of(c, client), fd, SHUT_WR) < 0)
		note(c, client, "shutdown");
}

static void get_all(struct conn *c, bool client)
{
	struct side *s = client ? &c->client : &c->server;
	int fd = client ? c->client_fd : c->server_fd;
	uint64_t key = key_of(c, !client);
	uint8_t buf[CHUNK / 4], want[CHUNK / 4];

	for (;;) {
		ssize_t r =
			ostia_recv(proc_of(c, client), fd, buf, sizeof(buf), 0);

		if (r < 0) {
			note(c, client, "recv");
			return;
		}
		if (r == 0)
			return;
		CHECK(s->got + (uint64_t)r <= s->to_get,
		      "connection %u: more than was sent", c->id);
		fill(want, key, s->got, (size_t)r);
		CHECK(!memcmp(buf, want, (size_t)r),
		      "connection %u, %s: wrong bytes in [%llu, +%zd)", c->id,
		      client ? "client" : "server", (unsigned long long)s->got,
		      r);
		s->got += (uint64_t)r;
	}
}

static int client_writer(void *arg)
{
	send_all(arg, true);
	return 0;
}

static int server_writer(void *arg)
{
	send_all(arg, false);
	return 0;
}

/* Both directions at once, then close. */
static void converse(struct conn *c, bool client)
{
	struct run *r = c->run;
	struct ostia_task *writer;

	CHECK(!ostia_task_spawn(client ? r->client : r->server,
				client ? client_writer : server_writer, c,
				&writer),
	      "spawn");
	get_all(c, client);
	if ((client ? c->client : c->server).err) /* let the writer hear, too */
		(void)ostia_shutdown(proc_of(c, client),
				     client ? c->client_fd : c->server_fd,
				     SHUT_RDWR);
	ostia_task_join(writer, NULL);
	CHECK(!ostia_close(proc_of(c, client),
			   client ? c->client_fd : c->server_fd),
	      "close: %s", strerror(errno));
	(client ? &c->client : &c->server)->done = true;
}

static void tune(struct ostia_proc *p, int fd, uint32_t id)
{
	int one = 1, small = 8192 + (int)(id % 5) * 10000;

	if (id % 3 == 0)
		(void)ostia_setsockopt(p, fd, IPPROTO_TCP, TCP_NODELAY, &one,
				       sizeof(one));
	if (id % 4 == 1)
		(void)ostia_setsockopt(p, fd, SOL_SOCKET, SO_RCVBUF, &small,
				       sizeof(small));
	if (id % 4 == 2)
		(void)ostia_setsockopt(p, fd, SOL_SOCKET, SO_SNDBUF, &small,
				       sizeof(small));
}

/* A port by which the wire's packets are known as this connection's. */
static void take_port(struct conn *c)
{
	struct ostia_proc *p = proc_of(c, true);
	struct sockaddr_storage any;
	struct sockaddr_in6 a; /* the port stands at one place in both */
	socklen_t len = net_addr(&any, c->v6 ? "::" : "0.0.0.0", 0);

	CHECK(!ostia_bind(p, c->client_fd, (struct sockaddr *)&any, len),
	      "bind: %s", strerror(errno));
	len = sizeof(a);
	CHECK(!ostia_getsockname(p, c->client_fd, (struct sockaddr *)&a, &len),
	      "getsockname");
	c->port = ntohs(a.sin6_port);
	CHECK(!c->run->by_port[c->v6][c->port], "a port twice");
	c->run->by_port[c->v6][c->port] = (uint8_t)(c->id + 1);
	begin_again(c->run, &c->half[0]);
	begin_again(c->run, &c->half[1]);
}

static int client_main(void *arg)
{
	struct conn *c = arg;
	struct ostia_proc *p = proc_of(c, true);
	struct sockaddr_storage a;
	socklen_t len = net_addr(&a, net_server_ip(c->run->router, c->v6),
				 (uint16_t)(PORT + c->v6));
	uint32_t id = htonl(c->id);

	ostia_task_sleep(c->run->net.w, c->start);
	c->client_fd = ostia_socket(p, a.ss_family, SOCK_STREAM, 0);
	CHECK(c->client_fd >= 0, "socket: %s", strerror(errno));
	tune(p, c->client_fd, c->id);
	take_port(c);
	if (ostia_connect(p, c->client_fd, (struct sockaddr *)&a, len) < 0) {
		note(c, true, "connect");
		ostia_close(p, c->client_fd);
		c->client.done = true;
		return 0;
	}
	if (ostia_send(p, c->client_fd, &id, HEAD, MSG_NOSIGNAL) != HEAD)
		note(c, true, "send");
	converse(c, true);
	return 0;
}

struct accepted {
	struct run *run;
	int fd;
};

static int serve(void *arg)
{
	struct accepted *x = arg;
	struct run *r = x->run;
	struct ostia_proc *p = ostia_world_proc_bsd(r->server);
	struct conn *c;
	uint32_t id = 0;
	int fd = x->fd;
	ssize_t n;

	free(x);
	n = ostia_recv(p, fd, &id, HEAD, MSG_WAITALL);
	if (n == HEAD) {
		CHECK(ntohl(id) < r->n, "connection %u", ntohl(id));
		c = &r->conn[ntohl(id)];
		c->server_fd = fd;
		tune(p, fd, c->id + 1);
		converse(c, false);
	} else {
		CHECK(r->dead, "a connection without its name: %zd %s", n,
		      strerror(errno));
		ostia_close(p, fd);
	}
	r->serving--;
	return 0;
}

static int listener(struct run *r, bool v6)
{
	struct ostia_proc *p = ostia_world_proc_bsd(r->server);
	struct sockaddr_storage a;
	socklen_t len =
		net_addr(&a, v6 ? "::" : "0.0.0.0", (uint16_t)(PORT + v6));
	int fd = ostia_socket(p, a.ss_family, SOCK_STREAM, 0);

	CHECK(fd >= 0 && !ostia_bind(p, fd, (struct sockaddr *)&a, len) &&
		      !ostia_listen(p, fd, MAX_CONNS),
	      "listen: %s", strerror(errno));
	return fd;
}

static int accept_all(struct run *r, bool v6)
{
	struct ostia_proc *p = ostia_world_proc_bsd(r->server);
	int fd = listener(r, v6);

	for (;;) {
		int got = ostia_accept(p, fd, NULL, NULL);
		struct accepted *x;

		if (got < 0 && errno == ECONNABORTED)
			continue;
		CHECK(got >= 0, "accept: %s", strerror(errno));
		x = malloc(sizeof(*x));
		CHECK(x, "memory");
		*x = (struct accepted) { r, got };
		r->serving++;
		CHECK(!ostia_task_spawn(r->server, serve, x, NULL), "spawn");
	}
}

static int accept4_main(void *arg)
{
	return accept_all(arg, false);
}

static int accept6_main(void *arg)
{
	return accept_all(arg, true);
}

/* ---- what happens to them ---- */

/* Netem's words at random; every kind in every third direction or so. */
static void choose_faults(char *to, size_t size)
{
	unsigned delay_ms = net_chance(80) ? 1 + net_below(60) : 0;

	to[0] = 0;
	if (delay_ms) {
		net_add(to, size, "delay %ums ", delay_ms);
		if (net_chance(40))
			net_add(to, size, "%uus %s",
				1 + net_below(delay_ms * 500),
				net_chance(50) ? "distribution normal " : "");
		if (net_chance(30))
			net_add(to, size, "reorder %u%% ", 1 + net_below(20));
	}
	if (net_chance(50))
		net_add(to, size, "loss %u.%u%% ", net_below(4), net_below(10));
	if (net_chance(25))
		net_add(to, size, "loss gemodel 0.%u%% %u%% ", 1 + net_below(5),
			20 + net_below(50));
	if (net_chance(30))
		net_add(to, size, "duplicate %u%% ", 1 + net_below(3));
	if (net_chance(30))
		net_add(to, size, "corrupt 0.%u%% ", 1 + net_below(9));
	if (net_chance(50))
		net_add(to, size, "rate %umbit limit %u ", 20 + net_below(500),
			30 + net_below(500));
}

static void choose_partitions(struct run *r)
{
	ostia_time t = 0;

	if (!net_chance(25))
		return;
	for (unsigned i = 0, n = 1 + net_below(3); i < n; i++) {
		unsigned dirs = 1 + net_below(3);

		t += net_below(2000) * OSTIA_MS;
		CHECK(!ostia_wire_cut_at(r->net.wire, dirs, t), "cut");
		net_add(net_case, sizeof(net_case), ", cut %u at %llu ms", dirs,
			(unsigned long long)(t / OSTIA_MS));
		if (i + 1 == n && net_chance(15)) {
			r->dead = true;
			break;
		}
		t += (50 + net_below(8000)) * OSTIA_MS;
		CHECK(!ostia_wire_heal_at(r->net.wire, dirs, t), "heal");
		net_add(net_case, sizeof(net_case), " until %llu",
			(unsigned long long)(t / OSTIA_MS));
	}
}

static void choose_conns(struct run *r)
{
	static const unsigned mb[] = { 1, 1, 2, 3, 5, 8, 20 };
	uint64_t up = mb[net_below(7)] * 1000000u, down = mb[net_below(7)];

	down *= 1000000;
	r->n = 1 + net_below(MAX_CONNS);
	for (unsigned i = 0; i < r->n; i++) {
		struct conn *c = &r->conn[i];

		*c = (struct conn) { .run = r, .id = i };
		c->v6 = net_chance(50);
		c->start = net_below(1500) * OSTIA_MS;
		c->client.to_send = c->server.to_get =
			up / r->n / 2 + net_random() % (up / r->n + 1);
		c->server.to_send = c->client.to_get =
			down / r->n / 2 + net_random() % (down / r->n + 1);
	}
}

/* ---- the hosts ---- */

static void far_side(struct run *r, struct ostia_node *router)
{
	const struct ostia_wire_config cfg = {
		.type = OSTIA_LINK_ETHERNET,
		.mtu = 1280 + net_below(221),
	};
	struct ostia_wire *x;

	CHECK(!ostia_wire_new(r->net.w, &cfg, router, r->net.b, &x), "wire");
	net_address(x, 0, "10.0.2.1/24", "fd02::1/64");
	net_address(x, 1, "10.0.2.2/24", "fd02::2/64");
	CHECK(!ostia_wire_route(x, 1, "0.0.0.0/0", "10.0.2.1") &&
		      !ostia_wire_route(x, 1, "::/0", "fd02::1") &&
		      !ostia_wire_route(r->net.wire, 0, "0.0.0.0/0",
					"10.0.0.2") &&
		      !ostia_wire_route(r->net.wire, 0, "::/0", "fd00::2"),
	      "routes");
}

static void build(struct run *r, uint32_t tasks)
{
	const struct ostia_world_config cfg = { .seed = r->seed,
						.tasks = tasks,

						.trace = trace,
						.trace_ctx = r };
	struct ostia_wire_config wire = {
		.type = r->ethernet ? OSTIA_LINK_ETHERNET : OSTIA_LINK_IP,
		.mtu = r->mtu,
	};
	struct net *t = &r->net;
	struct ostia_node *middle;

	/* a neighbour that is lost holds back, or drops, what TCP sent */
	CHECK(!(r->ethernet ? witness_world : onlooker_world)(&cfg, &t->w),
	      "world");
	t->a = net_host(t->w, "a");
	t->b = net_host(t->w, "b");
	middle = t->b;
	if (r->router)
		CHECK(!ostia_router_new(t->w, "r", &middle), "router");
	CHECK(!ostia_wire_new(t->w, &wire, t->a, middle, &t->wire), "wire");
	net_address(t->wire, 0, "10.0.0.1/24", "fd00::1/64");
	net_address(t->wire, 1, "10.0.0.2/24", "fd00::2/64");
	if (r->router)
		far_side(r, middle);
	for (unsigned i = 0; i < 2; i++)
		net_faults(t->wire, i, r->faults[i]);
}

static void start(struct run *r)
{
	r->client = net_proc(r->net.a, "client", 0);
	r->server = net_proc(r->net.b, "server", 0);
	CHECK(!ostia_task_spawn(r->server, accept4_main, r, NULL), "spawn");
	CHECK(!ostia_task_spawn(r->server, accept6_main, r, NULL), "spawn");
	for (unsigned i = 0; i < r->n; i++)
		CHECK(!ostia_task_spawn(r->client, client_main, &r->conn[i],
					NULL),
		      "spawn");
}

static bool all_done(const struct run *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (!r->conn[i].client.done)
			return false;
	return r->serving == 0;
}

/* ---- judgement ---- */

/* It sent the same thing again as often as it had to, or asked for the way,
 * for as long, and as much was lost; one loss may have answered several.
 */
static bool gave_up(const struct side *s, unsigned tries, unsigned silence_s)
{
	return s->tries >= tries && s->lost + AT_ONCE >= s->tries &&
	       s->silence >= silence_s * OSTIA_S;
}

/* Does what was done to the wire explain what the program heard? */
static bool explains(const struct conn *c, const struct side *s, unsigned d)
{
	bool syn = !strcmp(s->where, "connect");

	switch (s->err) {
	case ETIMEDOUT:
		return syn ? gave_up(s, TRIES_SYN, TRIES_SYN_S)
			   : gave_up(s, TRIES, TRIES_S);
	case EHOSTUNREACH:
		/* it may have joined those who asked before it */
		return syn ? c->run->asked >= TRIES_NEIGH
			   : gave_up(s, TRIES, TRIES_S);
	case ECONNRESET:
	case EPIPE: /* by a peer that gave up */
		return worst_of(c->run, &c->half[!d]) >= TRIES_SYNACK;
	default:
		return false;
	}
}

/* A program may wait for ever for a peer that is no more, but only when
 * nothing of its own is under way.
 */
static bool waits_in_vain(const struct conn *c, const struct side *s,
			  unsigned d)
{
	const struct side *peer = d ? &c->client : &c->server;
	const struct half *h = &c->half[d];

	if (d && !c->server_fd) /* it never learnt who called */
		return c->client.err;
	return (peer->err || worst_of(c->run, &c->half[!d]) >= TRIES_ORPHAN) &&
	       s->sent == s->to_send && h->fin && h->una == h->end;
}

static void judge_side(const struct conn *c, const struct side *s, unsigned d)
{
	const struct half *h = &c->half[d];
	bool all = s->got == s->to_get && s->sent == s->to_send;

	if (s->err ? explains(c, s, d) : s->done ? all : waits_in_vain(c, s, d))
		return;
	CHECK(false,
	      "connection %u (%s): %s%s%s%s: sent %llu of %llu, got %llu of "
	      "%llu; %u tries in vain, %u lost, in %.1f s; %u is the peer's "
	      "worst, %u bytes not acknowledged%s",
	      c->id, c->v6 ? "IPv6" : "IPv4", d ? "server" : "client",
	      s->err	? ": "
	      : s->done ? ""
			: ": not done",
	      s->err ? s->where : "", s->err ? strerror(s->err) : "",
	      (unsigned long long)s->sent, (unsigned long long)s->to_send,
	      (unsigned long long)s->got, (unsigned long long)s->to_get,
	      s->tries, s->lost, (double)s->silence / 1e9,
	      worst_of(c->run, &c->half[!d]), h->end - h->una,
	      h->fin ? "" : ", no FIN");
}

/* Virtual time goes on until the last TIME-WAIT and orphan are gone. */
static void rest(struct run *r)
{
	ostia_wire_heal(r->net.wire, OSTIA_WIRE_BOTH);
	ostia_world_proc_free(r->client);
	ostia_world_proc_free(r->server);
	CHECK(!ostia_world_run_until(r->net.w, ostia_world_now(r->net.w) +
						       2000 * OSTIA_S),
	      "rest");
	net_at_rest(r->net.w, r->net.a);
	net_at_rest(r->net.w, r->net.b);
}

static void run_once(struct run *r, uint64_t seed, uint32_t tasks)
{
	struct ostia_world_stats s;
	int err = 0;

	witness_again("%llu 1", (unsigned long long)seed);
	memset(r, 0, sizeof(*r));
	r->seed = seed;
	net_rng_state = seed;
	r->ethernet = net_chance(60);
	r->router = net_chance(30);
	r->mtu = net_chance(70) ? 1500 : 1280 + net_below(7721);
	for (unsigned i = 0; i < 2; i++)
		choose_faults(r->faults[i], sizeof(r->faults[i]));
	choose_conns(r);
	snprintf(net_case, sizeof(net_case),
		 "faults_test %llu 1   (%u connections, %s, mtu %u%s; there: "
		 "%s; back: %s",
		 (unsigned long long)seed, r->n,
		 r->ethernet ? "Ethernet" : "IP", r->mtu,
		 r->router ? ", router" : "", r->faults[0], r->faults[1]);
	build(r, tasks);
	choose_partitions(r);
	net_add(net_case, sizeof(net_case), ")");
	start(r);
	while (!all_done(r) && err != -ETIMEDOUT &&
	       ostia_world_now(r->net.w) < HORIZON_S * OSTIA_S) {
		err = ostia_world_run_until(
			r->net.w, ostia_world_now(r->net.w) + 100 * OSTIA_MS);
		witness_look();
	}
	for (unsigned i = 0; i < r->n; i++) {
		judge_side(&r->conn[i], &r->conn[i].client, 0);
		judge_side(&r->conn[i], &r->conn[i].server, 1);
	}
	rest(r);
	ostia_world_stats(r->net.w, &s);
	r->events = s.events;
	onlooker_free(r->net.w);
}

int main(int argc, char **argv)
{
	static struct run r;
	unsigned long first =
		argc > 1 ? strtoul(argv[1], NULL, 0) : net_first_seed(1);
	bool soak = getenv("OSTIA_SOAK") != NULL;
	unsigned long count = soak ? 1000 : 500;
	uint64_t events = 0, bytes = 0, failed = 0, conns = 0;
	double began = net_seconds();

	witness_begin(argv, net_case);
	if (argc > 2)
		count = strtoul(argv[2], NULL, 0);
	for (unsigned long seed = first; seed < first + count; seed++) {
		bool twice = soak || argc > 1 || seed % TWICE_EVERY == 0 ||
			     seed == first;
		uint64_t hash;

		run_once(&r, seed, OSTIA_TASK_FIBERS);
		events += r.events;
		conns += r.n;
		for (unsigned i = 0; i < r.n; i++) {
			bytes += r.conn[i].client.got + r.conn[i].server.got;
			failed += r.conn[i].client.err != 0;
		}
		if (!twice)
			continue;
		hash = r.hash;
		/* the first on the other back end: the schedule is the same */
		run_once(&r, seed,
			 seed == first ? OSTIA_TASK_THREADS
				       : OSTIA_TASK_FIBERS);
		CHECK(r.hash == hash, "two runs differ");
	}
	printf("%lu seeds from %lu: %llu connections, %llu heard an error, "
	       "%.1f MB exact, %.1f M packets, %.1f s\n",
	       count, first, (unsigned long long)conns,
	       (unsigned long long)failed, (double)bytes / 1e6,
	       (double)events / 1e6, net_seconds() - began);
	return 0;
}
