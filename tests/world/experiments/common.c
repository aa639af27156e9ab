/* SPDX-License-Identifier: MIT */
#include "common.h"

#include "../onlooker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

enum {
	CHUNK = 65536,
	PORT = 5000,
	PACKET = 1514, /* bytes that a full segment takes of a buffer */
	LEAST_BUFFER = 16 * PACKET,
	MAX_SETTINGS = 32,
};

struct exp_opts exp_opts = { .seed = 1, .part = 1, .parts = 1 };

static uint8_t nothing[1 << 20]; /* what flows send */

static void usage(const char *prog)
{
	fprintf(stderr,
		"usage: %s [--whole] [--trace] [--seed N] "
		"[--plot FILE.svg] [--part N/M]\n",
		prog);
	exit(2);
}

static bool read_part(const char *text)
{
	char end;

	return sscanf(text, "%u/%u%c", &exp_opts.part, &exp_opts.parts, &end) ==
		       2 &&
	       exp_opts.part && exp_opts.part <= exp_opts.parts;
}

bool exp_mine(unsigned i)
{
	return i % exp_opts.parts == exp_opts.part - 1;
}

void exp_begin(int argc, char **argv)
{
	const char *soak = getenv("OSTIA_SOAK");

	witness_begin(argv, NULL);
	exp_opts.whole = soak && !strcmp(soak, "1");
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--whole"))
			exp_opts.whole = true;
		else if (!strcmp(argv[i], "--trace"))
			exp_opts.trace = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			exp_opts.seed = strtoull(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--plot") && i + 1 < argc)
			exp_opts.plot = argv[++i];
		else if (!strcmp(argv[i], "--part") && i + 1 < argc &&
			 read_part(argv[i + 1]))
			i++;
		else
			usage(argv[0]);
	}
}

/*
 * --- what host a does, as text -------------------------------------------
 */
static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Sequence numbers count from the first that either side was seen to use. */
static void trace_sacks(const uint8_t *o, const uint8_t *end, uint32_t base)
{
	while (o < end && *o) {
		unsigned n = *o == 1 ? 1 : o + 1 < end ? o[1] : 0;

		if (!n || o + n > end)
			return;
		for (unsigned i = 2; *o == 5 && i + 8 <= n; i += 8)
			fprintf(stderr, " %u:%u", be32(o + i) - base,
				be32(o + i + 4) - base);
		o += n;
	}
}

static void trace_segment(const struct ostia_trace *ev)
{
	static uint32_t isn[2];
	bool in = ev->kind == OSTIA_TRACE_IN;
	const uint8_t *p = ev->u.pkt.data;
	unsigned l2 = ev->u.pkt.flags & OSTIA_TRACE_F_ETHERNET ? 14 : 0;
	unsigned ip, len;
	const uint8_t *h;

	if (ev->u.pkt.data_len < l2 + 40 || p[l2] >> 4 != 4 || p[l2 + 9] != 6)
		return;
	ip = (p[l2] & 15u) * 4;
	h = p + l2 + ip;
	len = ev->u.pkt.len - l2 - ip - (h[12] >> 4) * 4u;
	if (h[13] & 2)
		isn[in] = be32(h + 4);
	fprintf(stderr, "%9.3f ms  ", (double)ev->time / OSTIA_MS);
	fprintf(stderr, "%s %u:%u(%u) ack %u%s%s", in ? "<" : ">",
		be32(h + 4) - isn[in], be32(h + 4) - isn[in] + len, len,
		be32(h + 8) - isn[!in],
		ev->u.pkt.flags & OSTIA_TRACE_F_RETRANS ? " again" : "",
		ev->u.pkt.flags & OSTIA_TRACE_F_PROBE ? " probe" : "");
	trace_sacks(h + 20, h + (h[12] >> 4) * 4, isn[!in]);
	fprintf(stderr, "\n");
}

static void trace(void *ctx, const struct ostia_world_trace *w)
{
	const struct ostia_trace *ev = w->stack;

	(void)ctx;
	if (!ev || w->node != 1)
		return;
	switch (ev->kind) {
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
		trace_segment(ev);
		break;
	case OSTIA_TRACE_TIMER:
		fprintf(stderr, "%9.3f ms  -- %s\n", (double)w->time / OSTIA_MS,
			ev->u.timer.name);
		break;
	case OSTIA_TRACE_CWND:
		fprintf(stderr,
			"%9.3f ms     cwnd %u ssthresh %u flight %u "
			"srtt %u rto %u: %s\n",
			(double)w->time / OSTIA_MS, ev->u.cwnd.cwnd,
			ev->u.cwnd.ssthresh, ev->u.cwnd.in_flight,
			ev->u.cwnd.srtt_us, ev->u.cwnd.rto_us, ev->u.cwnd.why);
		break;
	default:
		break;
	}
}

static void (*watcher)(const struct ostia_world_trace *ev);

static void watched(void *ctx, const struct ostia_world_trace *ev)
{
	(void)ctx;
	if (!ev->stack)
		watcher(ev);
}

void exp_watch(void (*fn)(const struct ostia_world_trace *ev))
{
	watcher = fn;
}

/*
 * --- the path ------------------------------------------------------------
 */
uint64_t exp_bdp(const struct exp_path *p)
{
	return p->rate / 1000 * (p->rtt / 1000) / 8 / 1000;
}

/* "rate 1000000bit " */
static void word(char *text, size_t size, const char *name, double v,
		 const char *unit)
{
	size_t n = strlen(text);

	if (v > 0)
		snprintf(text + n, size - n, "%s %.9f%s ", name, v, unit);
}

/* netem's jitter goes both ways */
static void delay_words(char *text, size_t size, uint64_t delay,
			uint64_t jitter)
{
	word(text, size, "delay", (double)delay + (double)jitter / 2, "ns");
	word(text, size, "", (double)jitter / 2, "ns");
}

static void forward_words(char *text, size_t size, const struct exp_path *p)
{
	uint64_t bdp = exp_bdp(p), buffer = p->buffer;

	if (!buffer)
		buffer = bdp > LEAST_BUFFER ? bdp : LEAST_BUFFER;
	text[0] = '\0';
	delay_words(text, size, p->rtt / 2, p->jitter);
	word(text, size, "loss", p->loss * 100, "%");
	word(text, size, "duplicate", p->duplicate * 100, "%");
	word(text, size, "rate", (double)p->rate, "bit");
	if (p->rate)
		word(text, size, "limit", (double)buffer, "b");
	if (p->words)
		strncat(text, p->words, size - strlen(text) - 1);
}

/* A packet that b shall get later */
struct exp_late {
	struct exp *e;
	struct ostia_link *link;
	struct ostia_pkt *p;
	struct exp_late *next;
};

static void arrive_late(void *ctx)
{
	struct exp_late *l = ctx, **at;
	struct exp *e = l->e;

	for (at = &e->late; *at != l; at = &(*at)->next)
		;
	*at = l->next;
	ostia_advance(ostia_host_stack(e->b), ostia_world_now(e->w));
	ostia_link_input(l->link, l->p);
	ostia_host_kick(e->b);
	free(l);
}

/* In [0, 1): xorshift64* */
static double dice(struct exp *e)
{
	e->dice ^= e->dice >> 12;
	e->dice ^= e->dice << 25;
	e->dice ^= e->dice >> 27;
	return (double)(e->dice * UINT64_C(2685821657736338717) >> 11) / 0x1p53;
}

static int make_late(void *ctx, struct ostia_link *link, struct ostia_pkt *p)
{
	struct exp *e = ctx;
	struct exp_late *l;

	if (dice(e) >= e->path.reorder)
		return 0;
	l = malloc(sizeof(*l));
	EXP_CHECK(l, "memory");
	*l = (struct exp_late) { e, link, p, e->late };
	e->late = l;
	ostia_pkt_set_next(p, NULL);
	EXP_CHECK(!ostia_world_at(e->w, ostia_world_now(e->w) + e->path.late,
				  arrive_late, l),
		  "at");
	return 1;
}

static void free_late(struct exp *e)
{
	while (e->late) {
		struct exp_late *l = e->late;

		e->late = l->next;
		ostia_pkt_free(l->p);
		free(l);
	}
}

void exp_settle(struct exp *e, const struct exp_path *p)
{
	char text[512], err[256] = "";

	e->path = *p;
	if (p->reorder > 0) { /* who looks on sees packets come in their turn */
		onlooker_except(e->w, e->b);
		ostia_host_on_packet(e->b, make_late, e);
	}
	forward_words(text, sizeof(text), p);
	EXP_CHECK(!ostia_wire_faults(e->wire, OSTIA_WIRE_AB, text, err,
				     sizeof(err)),
		  "%s: %s", text, err);
	text[0] = '\0';
	delay_words(text, sizeof(text), p->rtt / 2, p->ack_jitter);
	word(text, sizeof(text), "loss", p->ack_loss * 100, "%");
	EXP_CHECK(!ostia_wire_faults(e->wire, OSTIA_WIRE_BA, text, err,
				     sizeof(err)),
		  "%s: %s", text, err);
}

static void add_host(struct exp *e, const char *name,
		     const struct ostia_setting *more, size_t n,
		     struct ostia_node **out)
{
	struct ostia_setting all[MAX_SETTINGS] = {
		{ "net.ipv4.tcp_rmem", "4096 16777216 67108864" },
		{ "net.ipv4.tcp_wmem", "4096 131072 67108864" },
		{ "net.ipv4.tcp_timestamps", "1" },
	};
	size_t have = 3;

	for (size_t i = 0; i < n && have < MAX_SETTINGS; i++)
		all[have++] = more[i];
	EXP_CHECK(!ostia_host_new(e->w, name, all, have, out), "host %s", name);
}

void exp_new(struct exp *e, const struct exp_path *p,
	     const struct ostia_setting *settings, size_t n)
{
	const struct ostia_world_config cfg = {
		.seed = exp_opts.seed,
		.trace = exp_opts.trace ? trace
			 : watcher	? watched
					: NULL,
	};
	/* no Ethernet: nobody asks for neighbours */
	const struct ostia_wire_config wire = { .type = OSTIA_LINK_IP,
						.offload = p->offload };

	memset(e, 0, sizeof(*e));
	e->dice = exp_opts.seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	EXP_CHECK(!onlooker_world(&cfg, &e->w), "world");
	add_host(e, "a", settings, n, &e->a);
	add_host(e, "b", settings, n, &e->b);
	EXP_CHECK(!ostia_wire_new(e->w, &wire, e->a, e->b, &e->wire), "wire");
	exp_settle(e, p);
	EXP_CHECK(!ostia_wire_addr(e->wire, 0, "10.0.0.1/24"), "address");
	EXP_CHECK(!ostia_wire_addr(e->wire, 1, "10.0.0.2/24"), "address");
	EXP_CHECK(!ostia_world_proc_new(e->a, "from", 0, &e->from), "process");
	EXP_CHECK(!ostia_world_proc_new(e->b, "to", 0, &e->to), "process");
	witness_look();
}

void exp_free(struct exp *e)
{
	free_late(e);
	onlooker_free(e->w);
}

/*
 * --- flows ---------------------------------------------------------------
 */
static struct sockaddr_in address(const struct exp_flow *f)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)f->port) };

	inet_pton(AF_INET, "10.0.0.2", &a.sin_addr);
	return a;
}

static int failed(struct exp_flow *f)
{
	f->err = errno;
	return 1;
}

static void take(struct exp_flow *f, struct ostia_proc *p, int s, size_t n)
{
	const int on = 1;

	if (f->quick)
		ostia_setsockopt(p, s, IPPROTO_TCP, TCP_QUICKACK, &on,
				 sizeof(on));

	f->last = ostia_world_now(f->of->w);
	if (!f->first)
		f->first = f->last;
	f->got += n;
}

/* b's task */
static int reader(void *arg)
{
	struct exp_flow *f = arg;
	struct ostia_proc *p = ostia_world_proc_bsd(f->of->to);
	struct sockaddr_in a = address(f);
	int ls = ostia_socket(p, AF_INET, SOCK_STREAM, 0), s;
	ssize_t n;

	if (ls < 0 || ostia_bind(p, ls, (struct sockaddr *)&a, sizeof(a)) ||
	    ostia_listen(p, ls, 1))
		return failed(f);
	s = ostia_accept(p, ls, NULL, NULL);
	if (s < 0)
		return failed(f);
	/* nobody looks at them, so they are not copied */
	while ((n = ostia_recv(p, s, NULL, 1 << 20, MSG_TRUNC)) > 0)
		take(f, p, s, (size_t)n);
	if (n < 0)
		return failed(f);
	f->end = ostia_world_now(f->of->w);
	ostia_close(p, s);
	ostia_close(p, ls);
	return 0;
}

static int send_all(struct exp_flow *f, struct ostia_proc *p)
{
	size_t chunk = f->chunk ? f->chunk : CHUNK;
	uint64_t left = f->bytes ? f->bytes : UINT64_MAX;

	while (left) {
		size_t n = left < chunk ? (size_t)left : chunk;

		n = n < sizeof(nothing) ? n : sizeof(nothing);
		if (ostia_send(p, f->fd, nothing, n, 0) != (ssize_t)n)
			return failed(f);
		left -= n;
		if (f->pause)
			ostia_task_sleep(f->of->w,
					 ostia_world_now(f->of->w) + f->pause);
	}
	return 0;
}

/* a's task. The descriptor stays, for exp_info(). */
static int writer(void *arg)
{
	struct exp_flow *f = arg;
	struct ostia_proc *p = ostia_world_proc_bsd(f->of->from);
	struct sockaddr_in a = address(f);

	ostia_task_sleep(f->of->w, f->start);
	f->fd = ostia_socket(p, AF_INET, SOCK_STREAM, 0);
	if (f->fd < 0)
		return failed(f);
	if (f->cc && ostia_setsockopt(p, f->fd, IPPROTO_TCP, TCP_CONGESTION,
				      f->cc, (socklen_t)strlen(f->cc)))
		return failed(f);
	if (ostia_connect(p, f->fd, (struct sockaddr *)&a, sizeof(a)))
		return failed(f);
	f->connected = ostia_world_now(f->of->w);
	if (send_all(f, p))
		return 1;
	if (f->open)
		return 0;
	return ostia_shutdown(p, f->fd, SHUT_WR) ? failed(f) : 0;
}

void exp_flow(struct exp *e, struct exp_flow *f)
{
	EXP_CHECK(e->flows < EXP_FLOWS, "%u flows", e->flows);
	f->of = e;
	f->fd = -1;
	f->port = PORT + e->flows++;
	EXP_CHECK(!ostia_task_spawn(e->to, reader, f, NULL), "task");
	EXP_CHECK(!ostia_task_spawn(e->from, writer, f, NULL), "task");
}

void exp_until(struct exp *e, uint64_t t)
{
	EXP_CHECK(!ostia_world_run_until(e->w, t), "run");
	witness_look();
}

bool exp_until_done(struct exp *e, const struct exp_flow *f, uint64_t limit)
{
	while (!f->end && !f->err && ostia_world_next(e->w) <= limit)
		if (!ostia_world_step(e->w))
			break;
	return f->end != 0;
}

/*
 * --- what is asked -------------------------------------------------------
 */
void exp_info(const struct exp_flow *f, struct tcp_info *out)
{
	struct ostia_proc *p = ostia_world_proc_bsd(f->of->from);
	socklen_t len = sizeof(*out);

	memset(out, 0, sizeof(*out));
	if (p && f->fd >= 0)
		ostia_getsockopt(p, f->fd, IPPROTO_TCP, TCP_INFO, out, &len);
}

uint64_t exp_counter(const struct ostia_node *host, const char *name)
{
	const char *n;
	uint64_t v;

	for (unsigned i = 0; (n = ostia_counter(ostia_host_stack(host), i, &v));
	     i++)
		if (!strcmp(n, name))
			return v;
	EXP_CHECK(false, "no counter %s", name);
	return 0;
}

/* Is there one of that name? A socket says so. */
static bool has_cc(const char *name)
{
	const struct exp_path path = { 0 };
	struct ostia_proc *p;
	struct exp e;
	int s, no;

	exp_new(&e, &path, NULL, 0);
	p = ostia_world_proc_bsd(e.from);
	s = ostia_socket(p, AF_INET, SOCK_STREAM, 0);
	no = ostia_setsockopt(p, s, IPPROTO_TCP, TCP_CONGESTION, name,
			      (socklen_t)strlen(name));
	exp_free(&e);
	return !no;
}

const char *exp_cc(unsigned i)
{
	static const char *const names[] = { "reno", "cubic", "bbr", "dctcp" };

	for (unsigned k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		if (has_cc(names[k]) && !i--)
			return names[k];
	return NULL;
}

double exp_mbit(uint64_t bytes, uint64_t ns)
{
	return ns ? (double)bytes * 8 * 1000 / (double)ns : 0;
}

double exp_jain(const double *x, unsigned n)
{
	double sum = 0, squares = 0;

	for (unsigned i = 0; i < n; i++) {
		sum += x[i];
		squares += x[i] * x[i];
	}
	return squares > 0 ? sum * sum / (n * squares) : 1;
}
