/* SPDX-License-Identifier: MIT */
#include "drill/run.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <string.h>

#include "drill/calls.h"
#include "drill/command.h"
#include "drill/expr.h"
#include "wire/tcp.h"

#define NS_PER_MS 1000000

enum {
	SENT_MAX = 20000, /* packets that nobody expects: something runs wild */
	IDLE_MAX = 1000000, /* timers between two statements: likewise */
	INFO_MAX_BYTES = 1024,
};

static const int64_t PATIENCE_NS = INT64_C(86400) * 1000000000;

void drill_run_fail(struct drill_run *run, struct drill_pos pos,
		    const char *fmt, ...)
{
	char text[sizeof(run->failure->error.text)];
	va_list ap;

	if (run->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	run->failed = true;
	run->failure->stmt = run->current;
	drill_error_set(&run->failure->error, pos, "%s", text);
}

struct drill_fd *drill_run_fd(const struct drill_run *run, int script)
{
	struct drill_fd *f = run->fds;

	while (f && f->script != script)
		f = f->next;
	return f;
}

static int64_t now(const struct drill_run *run)
{
	return drill_host_now(&run->host);
}

static struct drill_pos here(const struct drill_run *run)
{
	return run->current ? run->current->pos : (struct drill_pos) { 1, 1 };
}

/* ------------------------------------------------------------- the trace */

static struct drill_entry *add_entry(struct drill_run *run, int64_t time_ns)
{
	struct drill_entry *e = drill_arena_alloc(run->arena, sizeof(*e));

	e->time_ns = time_ns;
	*run->trace_tail = e;
	run->trace_tail = &e->next;
	return e;
}

static void trace_stmt(struct drill_run *run, const struct drill_stmt *s)
{
	add_entry(run, now(run))->stmt = s;
}

/* ------------------------------------------------------- what has left us */

static void queue_sent(struct drill_run *run, size_t len)
{
	struct drill_sent *s = drill_arena_alloc(run->arena, sizeof(*s));

	s->time_ns = now(run);
	s->len = len;
	s->bytes =
		(const uint8_t *)drill_arena_copy(run->arena, run->packet, len);
	s->entry = add_entry(run, s->time_ns);
	s->entry->sent = s;
	*run->sent_tail = s;
	run->sent_tail = &s->next;
}

static void pull(struct drill_run *run)
{
	size_t n;

	for (unsigned i = 0; (n = drill_host_tx(&run->host, run->packet)) > 0;
	     i++) {
		if (i == SENT_MAX) {
			drill_run_fail(run, here(run),
				       "the stack sends without end");
			return;
		}
		queue_sent(run, n);
	}
}

static void take_sent(struct drill_run *run, struct drill_conn *c)
{
	run->sent->entry->conn = c;
	run->sent = run->sent->next;
	if (!run->sent)
		run->sent_tail = &run->sent;
}

/* --------------------------------------------------- segments that arrive */

static bool begins(const struct drill_seg *s)
{
	return (s->flags & (WIRE_TCP_SYN | WIRE_TCP_ACK)) == WIRE_TCP_SYN;
}

/* The conversation that the peer means: by its ports, or the one under test;
 * after listen(), or at the very beginning, a new one.
 */
static struct drill_conn *conn_in(struct drill_run *run,
				  const struct drill_packet *p)
{
	struct drill_conns *cs = &run->conns;
	enum drill_proto proto = p->proto == DRILL_UDP ? DRILL_UDP : DRILL_TCP;
	struct drill_conn *c;

	if (p->proto == DRILL_ICMP && !p->sport)
		return cs->current;
	if (p->sport || p->dport) {
		c = drill_conns_find(cs, proto, p->dport, p->sport);
		if (!c)
			c = drill_conns_add(cs, run->arena, proto, p->dport,
					    p->sport);
		cs->current = c;
		return c;
	}
	if (proto == DRILL_TCP && cs->listening && begins(&p->tcp)) {
		cs->listening = false;
		return drill_conns_add(cs, run->arena, proto, cs->listen_port,
				       drill_conns_port(cs));
	}
	if (cs->current && cs->current->proto == proto)
		return cs->current;
	c = cs->newest;
	while (c && c->proto != proto)
		c = c->next;
	return c ? c
		 : drill_conns_add(cs, run->arena, proto, run->cfg->bind_port,
				   drill_conns_port(cs));
}

static void fill_payload(const struct drill_conn *c,
			 const struct drill_packet *p, uint8_t *to)
{
	uint32_t at = 0, len = p->udp_len;

	if (p->proto == DRILL_ICMP)
		return;
	if (p->proto == DRILL_TCP) {
		at = p->tcp.seq - c->peer_isn - !(p->tcp.flags & WIRE_TCP_SYN);
		len = p->tcp.len;
	}
	for (uint32_t i = 0; i < len; i++)
		to[i] = drill_conn_pattern(at + i);
}

/** to_live() - The packet in live numbers; its options in @opts */
static int to_live(struct drill_run *run, struct drill_conn *c,
		   struct drill_packet *p, struct drill_opt *opts)
{
	struct drill_seg *s = &p->tcp;

	if (p->proto == DRILL_ICMP) {
		p->icmp.seg.seq += c->seq_off;
		return 0;
	}
	if (p->proto == DRILL_UDP)
		return 0;
	if (s->nopts > 0)
		memcpy(opts, s->opts, s->nopts * sizeof(*opts));
	s->opts = opts;
	if (s->flags & WIRE_TCP_SYN)
		c->peer_isn = s->seq;
	if (s->flags & WIRE_TCP_URG)
		c->rx_exact = false;
	if (drill_conn_to_live(c, s) == 0)
		return 0;
	drill_run_fail(run, here(run),
		       "TS ecr before an outgoing packet has told TS val");
	return -EINVAL;
}

static int no_key(struct drill_run *run)
{
	drill_run_fail(run, here(run),
		       "no key to sign with: none was set, or "
		       "none has this keyid");
	return -ENOKEY;
}

/* What a digest covers stands in the packet, so that is made twice. */
static int build(struct drill_run *run, const struct drill_conn *c,
		 struct drill_packet *p, const uint8_t *payload)
{
	int n, left = p->proto == DRILL_TCP
			      ? drill_sign_begin(run->keys, false, &p->tcp)
			      : 0;

	if (left < 0)
		return no_key(run);
	for (;; left = 0) {
		n = drill_packet_build(p, &run->path, c->lport, c->rport,
				       payload, run->packet,
				       sizeof(run->packet));
		if (n < 0 || left == 0)
			return n;
		drill_sign_end(run->keys, false, &run->path,
			       c->our_isn + c->seq_off, c->peer_isn, &p->tcp,
			       run->packet, (size_t)n);
	}
}

static void run_arrival(struct drill_run *run, const struct drill_stmt *stmt)
{
	struct drill_packet p = stmt->packet;
	struct drill_conn *c = conn_in(run, &p);
	struct drill_opt opts[DRILL_OPTS_MAX];
	uint8_t payload[UINT16_MAX + 1];
	int n;

	if (!c) {
		drill_run_fail(run, stmt->pos,
			       "no conversation that this could be about");
		return;
	}
	if (to_live(run, c, &p, opts) < 0)
		return;
	fill_payload(c, &p, payload);
	if (!c->rport)
		c->rport = drill_conns_port(&run->conns);
	n = build(run, c, &p, payload);
	if (run->failed)
		return;
	if (n < 0)
		drill_run_fail(run, stmt->pos, "larger than an IP packet");
	else if (drill_host_rx(&run->host, run->packet, (size_t)n) < 0)
		drill_run_fail(run, stmt->pos, "out of memory");
}

/* ----------------------------------------------------- packets that leave */

/* Whose is it? One that begins a conversation may be the first we see of it:
 * of a socket that connects without our seeing the call, or of UDP.
 */
static struct drill_conn *conn_out(struct drill_run *run,
				   const struct drill_packet *p)
{
	enum drill_proto proto = p->proto == DRILL_ICMP ? DRILL_UDP : p->proto;
	struct drill_conn *c;

	if (p->proto == DRILL_ICMP && p->icmp.quote_tcp)
		proto = DRILL_TCP;
	c = drill_conns_find(&run->conns, proto, p->sport, p->dport);
	if (!c && (p->proto == DRILL_UDP ||
		   (p->proto == DRILL_TCP && begins(&p->tcp))))
		c = drill_conns_add(&run->conns, run->arena, proto, p->sport,
				    p->dport);
	if (c && !c->lport)
		c->lport = p->sport;
	if (c && !c->rport)
		c->rport = p->dport;
	return c;
}

/* Bytes of a stream must be those that the program wrote, at their place. */
static int check_payload(const struct drill_conn *c,
			 const struct drill_live *live, uint32_t isn, char *why,
			 size_t size)
{
	uint32_t at = live->p.tcp.seq - isn - 1;

	if (live->p.tcp.flags & WIRE_TCP_SYN) /* RFC 7413 */
		at++;
	if (live->p.proto != DRILL_TCP || !c->tx_known || live->len == 0)
		return 0;
	if (at == UINT32_MAX && live->len == 1)
		return 0; /* a keepalive's byte is garbage (RFC 9293 3.8.4) */
	for (size_t i = 0; i < live->len; i++)
		if (at + i >= c->tx_len || c->tx[at + i] != live->payload[i]) {
			snprintf(why, size,
				 "payload byte %zu is not what was written", i);
			return -EINVAL;
		}
	return 0;
}

static int64_t due_from(const struct drill_run *run, const struct drill_stmt *s)
{
	int64_t base = s->when.kind == DRILL_RELATIVE ? run->base_ns : 0;

	return base + s->when.from_ns;
}

static int64_t due_to(const struct drill_run *run, const struct drill_stmt *s)
{
	int64_t base = s->when.kind == DRILL_RELATIVE ? run->base_ns : 0;

	return base + s->when.to_ns;
}

/** tolerance() - How far from @due_ns, after @base_ns, a thing may happen */
static int64_t tolerance(const struct drill_run *run, int64_t base_ns,
			 int64_t due_ns)
{
	int64_t share = (due_ns - base_ns) / 1000000 * run->cfg->tolerance_ppm;

	return share > run->cfg->tolerance_ns ? share : run->cfg->tolerance_ns;
}

static double in_seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static int check_time(struct drill_run *run, const struct drill_stmt *s,
		      int64_t at, char *why, size_t size)
{
	int64_t from = due_from(run, s), to = due_to(run, s);
	int64_t slack = tolerance(run, run->base_ns, to);

	if (s->when.kind == DRILL_ANY_TIME ||
	    (at >= from - slack && at <= to + slack))
		return 0;
	if (s->when.range)
		snprintf(why, size, "time: expected %.6f~%.6f, came at %.6f",
			 in_seconds(from), in_seconds(to), in_seconds(at));
	else
		snprintf(why, size, "time: expected %.6f, came at %.6f",
			 in_seconds(from), in_seconds(at));
	return -EINVAL;
}

static int check_conn(const struct drill_run *run,
		      const struct drill_packet *want,
		      const struct drill_packet *got,
		      const struct drill_conn *c, char *why, size_t size)
{
	if (!c) {
		snprintf(why, size,
			 "a packet of no conversation, ports %u > %u",
			 got->sport, got->dport);
		return -EINVAL;
	}
	if (want->sport || want->dport || !run->conns.current ||
	    c == run->conns.current)
		return 0;
	snprintf(why, size, "a packet of another conversation, ports %u > %u",
		 got->sport, got->dport);
	return -EINVAL;
}

/** expected() - What the script says of the packet that @sent is
 * @opts: room for its options, digests among them
 */
static struct drill_packet expected(struct drill_run *run,
				    const struct drill_stmt *s,
				    const struct drill_conn *c,
				    struct drill_opt *opts)
{
	struct drill_packet want = s->packet;
	const struct drill_sent *sent = run->sent;

	if (!c || want.proto != DRILL_TCP || want.tcp.nopts == 0)
		return want;
	memcpy(opts, want.tcp.opts, want.tcp.nopts * sizeof(*opts));
	want.tcp.opts = opts;
	if (drill_sign_begin(run->keys, true, &want.tcp) < 0)
		no_key(run);
	drill_sign_end(run->keys, true, &run->path, c->our_isn + c->seq_off,
		       c->peer_isn, &want.tcp, sent->bytes, sent->len);
	return want;
}

/** judge() - Is the oldest packet the one expected? @why says why not. */
static int judge(struct drill_run *run, const struct drill_stmt *s,
		 struct drill_live *live, struct drill_conn **c, char *why,
		 size_t size)
{
	const struct drill_sent *sent = run->sent;
	struct drill_opt opts[DRILL_OPTS_MAX];
	struct drill_packet want = s->packet;
	uint32_t slack_ms = (uint32_t)(run->cfg->tolerance_ns / NS_PER_MS);
	int ret = drill_packet_decode(sent->bytes, sent->len, &run->path, live,
				      why, size);
	uint32_t isn = 0;

	if (ret < 0)
		return ret;
	*c = conn_out(run, &live->p);
	if (*c && live->p.proto == DRILL_TCP)
		drill_conn_to_script(*c, &live->p.tcp,
				     want.proto == DRILL_TCP ? &want.tcp
							     : NULL);
	want = expected(run, s, *c, opts);
	ret = check_conn(run, &want, &live->p, *c, why, size);
	if (ret == 0)
		ret = drill_packet_compare(&want, &live->p, slack_ms, why,
					   size);
	if (ret == 0 && live->p.proto == DRILL_TCP) {
		if (begins(&live->p.tcp) || (live->p.tcp.flags & WIRE_TCP_SYN))
			(*c)->our_isn = live->p.tcp.seq;
		isn = (*c)->our_isn;
		ret = check_payload(*c, live, isn, why, size);
	}
	if (ret == 0)
		ret = check_time(run, s, sent->time_ns, why, size);
	return ret;
}

static void tell_what_came(struct drill_run *run, const struct drill_live *live)
{
	char text[200];

	drill_packet_text(&live->p, run->path.v6, text, sizeof(text));
	snprintf(run->failure->came, sizeof(run->failure->came), "%.6f > %s",
		 in_seconds(run->sent->time_ns), text);
}

static void run_departure(struct drill_run *run, const struct drill_stmt *s)
{
	struct drill_live live = { 0 };
	struct drill_conn *c = NULL;
	char why[160];

	if (!run->sent) {
		drill_run_fail(run, s->pos,
			       "no packet left within its time, until %.6f",
			       in_seconds(now(run)));
		return;
	}
	if (judge(run, s, &live, &c, why, sizeof(why)) < 0) {
		drill_run_fail(run, s->pos, "%s", why);
		tell_what_came(run, &live);
	}
	if (s->when.kind == DRILL_ANY_TIME || s->when.range)
		run->base_ns = run->sent->time_ns;
	take_sent(run, c);
}

/* ---------------------------------------------------- commands and code */

static void report_inner(struct drill_run *run, const struct drill_error *err)
{
	drill_run_fail(run, err->pos, "%s", err->text);
}

static void run_command(struct drill_run *run, const struct drill_stmt *s)
{
	struct drill_error err = { 0 };

	if (drill_command_run(&s->code, drill_host_set, &run->host, &err) < 0)
		report_inner(run, &err);
}

static socklen_t tcp_info(struct drill_run *run, const struct drill_fd *f,
			  void *to)
{
	socklen_t len = INFO_MAX_BYTES;

	if (ostia_getsockopt(run->host.proc, f->live, SOL_TCP, TCP_INFO, to,
			     &len) < 0)
		return 0;
	return len;
}

/* TCP_INFO of the conversation under test; of the newest TCP socket when its
 * descriptor is not known.
 */
static socklen_t info_under_test(struct drill_run *run, void *to)
{
	const struct drill_fd *f;
	socklen_t len = 0;

	for (f = run->fds; f; f = f->next)
		if (run->conns.current && f->conn == run->conns.current)
			return tcp_info(run, f, to);
	for (f = run->fds; f && len == 0; f = f->next)
		len = tcp_info(run, f, to);
	return len;
}

static void add_isns(const struct drill_run *run, struct drill_facts *facts)
{
	const struct drill_conn *c = run->conns.current;

	for (; c && facts->isns < 2; c = c->next)
		if (c->proto == DRILL_TCP && c->has_seq)
			facts->isn[facts->isns++] = c->our_isn + c->seq_off;
}

static void run_code(struct drill_run *run, const struct drill_stmt *s)
{
	_Alignas(8) unsigned char info[INFO_MAX_BYTES];
	struct drill_error err = { 0 };
	struct drill_facts facts = { .info = info };

	facts.info_len = info_under_test(run, info);
	add_isns(run, &facts);
	if (facts.info_len == 0)
		drill_run_fail(run, s->pos,
			       "no TCP socket to ask for TCP_INFO");
	else if (drill_expr_run(&s->code, &facts, run->out, &err) < 0)
		report_inner(run, &err);
}

/* ----------------------------------------------------------------- calls */

static void begin_blocking(struct drill_run *run, const struct drill_stmt *s,
			   int64_t base_ns)
{
	if (run->blocked) {
		drill_run_fail(run, s->pos,
			       "another call blocks, since line %u",
			       run->blocked->pos.line);
		return;
	}
	run->blocked = s;
	run->until_ns = s->when.until_ns +
			(s->when.kind == DRILL_RELATIVE ? base_ns : 0);
	run->until_slack = tolerance(run, base_ns, run->until_ns);
}

static void end_blocking(struct drill_run *run, const struct drill_stmt *s)
{
	run->current = s;
	run->blocked = NULL;
	if (!run->failed && now(run) < run->until_ns - run->until_slack)
		drill_run_fail(run, s->pos,
			       "%s() returned at %.6f, expected at %.6f",
			       s->call.name, in_seconds(now(run)),
			       in_seconds(run->until_ns));
}

static void run_call(struct drill_run *run, const struct drill_stmt *s,
		     int64_t base_ns)
{
	if (s->when.blocking)
		begin_blocking(run, s, base_ns);
	if (!run->failed)
		drill_calls_run(run, &s->call);
	if (s->when.blocking)
		end_blocking(run, s);
}

/* ------------------------------------------------------------- the clock */

/** wake_time() - When the next statement runs, if nothing happens before */
static int64_t wake_time(const struct drill_run *run)
{
	const struct drill_stmt *s = run->next;
	bool out;

	if (!s)
		return INT64_MAX;
	out = s->kind == DRILL_STMT_PACKET && s->packet.out;
	if (out && run->sent)
		return 0;
	if (s->when.kind == DRILL_ANY_TIME)
		return out ? INT64_MAX : 0;
	if (!out)
		return due_from(run, s);
	return due_to(run, s) + tolerance(run, run->base_ns, due_to(run, s));
}

static void run_stmt(struct drill_run *run, const struct drill_stmt *s)
{
	int64_t base_ns = run->base_ns;
	bool out = s->kind == DRILL_STMT_PACKET && s->packet.out;

	run->current = s;
	run->next = s->next;
	if (out) {
		run_departure(run, s); /* its times count from the last one */
	} else {
		trace_stmt(run, s);
	}
	if (s->when.kind != DRILL_ANY_TIME && !s->when.range)
		run->base_ns = due_from(run, s);
	else if (!out)
		run->base_ns = now(run);
	if (s->kind == DRILL_STMT_CALL)
		run_call(run, s, base_ns);
	else if (s->kind == DRILL_STMT_COMMAND)
		run_command(run, s);
	else if (s->kind == DRILL_STMT_CODE)
		run_code(run, s);
	else if (!out)
		run_arrival(run, s);
	pull(run);
}

/** call_event() - Take the stack's events; true: the one awaited came */
static bool call_event(struct drill_run *run, uint64_t cookie)
{
	struct ostia_event ev;
	bool hit = false;

	while (ostia_next_event(run->host.stack, &ev) == 1)
		hit |= ev.kind == OSTIA_EVENT_READY && ev.cookie == cookie;
	return hit;
}

/* The clock goes to the earliest of what may happen next. A deadline is a
 * lower bound, so the present may be one; then time passes all the same.
 */
static void advance(struct drill_run *run, int64_t until)
{
	int64_t t = drill_host_deadline(&run->host);

	if (t <= now(run))
		t = now(run) + 1000;
	drill_host_advance(&run->host, t < until ? t : until);
	pull(run);
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void overdue(struct drill_run *run)
{
	run->current = run->blocked;
	drill_run_fail(run, run->blocked->pos,
		       "%s() has not returned at %.6f, expected at %.6f",
		       run->blocked->call.name, in_seconds(now(run)),
		       in_seconds(run->until_ns));
}

/**
 * step() - Run the next statement, or let time pass until it can run
 * @limit: let it pass no further
 */
static void step(struct drill_run *run, int64_t limit)
{
	int64_t wake = wake_time(run);

	if (wake <= now(run)) {
		run->idle = 0;
		run_stmt(run, run->next);
	} else if (++run->idle > IDLE_MAX) {
		drill_run_fail(run, here(run),
			       "timers run without end, and nothing leaves");
	} else if (earliest(wake, limit) == INT64_MAX &&
		   drill_host_deadline(&run->host) == INT64_MAX) {
		drill_run_fail(run, run->next ? run->next->pos : here(run),
			       "nothing happens any more");
	} else {
		advance(run, earliest(earliest(wake, limit),
				      now(run) + PATIENCE_NS));
	}
}

/* ------------------------------------------------ how the process waits */

static void host_enter(void *ctx)
{
	(void)ctx;
}

static void host_leave(void *ctx)
{
	pull(ctx);
}

static int would_block(struct drill_run *run)
{
	drill_run_fail(run, here(run),
		       "%s() would block: write TIME...TIME, or make its "
		       "descriptor non-blocking",
		       run->current->call.name);
	return -EINTR;
}

/* The script goes on while a call blocks. */
static int go_on(struct drill_run *run, uint64_t cookie, int64_t end)
{
	int64_t last = run->until_ns + run->until_slack;

	while (!run->failed) {
		if (call_event(run, cookie))
			return 0;
		if (now(run) >= end)
			return -ETIMEDOUT;
		if (now(run) > last)
			overdue(run);
		else
			step(run, earliest(end, last + 1));
	}
	return -EINTR;
}

static int host_wait(void *ctx, uint64_t cookie, ostia_time deadline)
{
	struct drill_run *run = ctx;
	const struct drill_stmt *call = run->blocked;
	int64_t end = INT64_MAX;
	int ret;

	if (!call || call != run->current)
		return would_block(run);
	pull(run);
	if (deadline != OSTIA_NEVER)
		end = now(run) +
		      (int64_t)(deadline - ostia_now(run->host.stack));
	ret = go_on(run, cookie, end);
	run->current = call;
	return ret;
}

/* --------------------------------------------------------------- a whole */

static void check_rest(struct drill_run *run)
{
	struct drill_live live = { 0 };
	struct drill_conn *c = NULL;
	char why[160];

	if (run->failed || !run->sent)
		return;
	if (drill_packet_decode(run->sent->bytes, run->sent->len, &run->path,
				&live, why, sizeof(why)) == 0)
		c = conn_out(run, &live.p);
	if (c && live.p.proto == DRILL_TCP)
		drill_conn_to_script(c, &live.p.tcp, NULL);
	drill_run_fail(run, here(run),
		       "a packet left that the script does not expect");
	run->failure->stmt = NULL;
	tell_what_came(run, &live);
	take_sent(run, c);
}

static void run_all(struct drill_run *run)
{
	while (run->next && !run->failed)
		step(run, INT64_MAX);
	check_rest(run);
}

/* Whatever the script did: a host that is gone holds nothing. */
static void check_pool(struct drill_run *run, const struct ostia_pool *pool,
		       const struct ostia_pool_stats *before)
{
	struct ostia_pool_stats after;

	ostia_pool_stats(pool, &after);
	if (after.blocks != before->blocks || after.pkts != before->pkts)
		drill_run_fail(run, here(run),
			       "the stack leaks %lld blocks, %lld packets",
			       (long long)(after.blocks - before->blocks),
			       (long long)(after.pkts - before->pkts));
}

int drill_run(struct drill_run *run, const struct drill_script *script,
	      const struct drill_config *cfg, struct drill_arena *a,
	      struct ostia_pool *pool, FILE *out, struct drill_failure *failure)
{
	static const struct ostia_wait_ops ops = { .enter = host_enter,
						   .leave = host_leave,
						   .wait = host_wait };
	struct ostia_pool_stats before;

	ostia_pool_stats(pool, &before);
	*failure = (struct drill_failure) { 0 };
	*run = (struct drill_run) { .cfg = cfg,
				    .arena = a,
				    .out = out,
				    .next = script->first,
				    .failure = failure };
	run->sent_tail = &run->sent;
	run->trace_tail = &run->trace;
	drill_path_init(&run->path, cfg);
	if (drill_host_init(&run->host, pool, cfg, &ops, run, &failure->error) <
	    0)
		return -EINVAL;
	run_all(run);
	if (run->failed)
		drill_host_note(&run->host, failure->error.text);
	drill_host_fini(&run->host);
	check_pool(run, pool, &before);
	return run->failed ? -EINVAL : 0;
}
