/* SPDX-License-Identifier: MIT */
/*
 * Experiment 2: what a bulk transfer gets of a path, by loss, round trip,
 * reordering and buffer, for each congestion control.
 *
 * Reordering alone, by less than RACK's window (a quarter of the round trip,
 * RFC 8985 6.2 step 4), makes the sender send nothing again. There is no window
 * before a connection has seen any reordering: it may take that for loss once.
 *
 * RACK is not slower than RFC 6675 by more than 5 %. A few losses decide what a
 * run gets, and one run's are not another's: so of every cell several seeds are
 * compared, and it fails where chance explains the rest no more (three standard
 * errors of the difference); and the sums over losses and buffers are compared
 * as they are. RFC 6675 stands alone, with nothing that undoes (D-SACK, time-
 * stamps): where it takes all reordering for loss, to undo that restores
 * windows which were lowered for real losses, too, and it gets twice what the
 * loss rate allows. No call fails.
 */
#include "common.h"

#include <math.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEEDS = 2 };
#else
enum { SEEDS = 3 };
#endif

enum { SEEDS_WHOLE = 6 };

/* struct kind - Reordering, in round trips; @share 0: each packet takes up to
 * @by more
 */
struct kind {
	const char *name;
	double share, by;
};

static const struct kind kinds[] = {
	{ "none", 0, 0 },	   { "20% by .2", 0.2, 0.2 },
	{ "5% by .2", 0.05, 0.2 }, { "all to .2", 0, 0.2 },
	{ "20% by 1", 0.2, 1 },	   { "all to 1", 0, 1 },
};

static void reorder(struct exp_path *p, const struct kind *k)
{
	uint64_t by = (uint64_t)(k->by * (double)p->rtt);

	p->reorder = k->share;
	if (k->share > 0)
		p->late = by;
	else
		p->jitter = by;
}

struct point {
	const char *cc;
	struct exp_path path;
	double bdps; /* of buffer */
	const struct kind *kind;
};

struct got {
	double mbit;
	uint32_t resent;
	uint64_t duplicates, timeouts;
};

static const struct ostia_setting rfc6675[] = {
	{ "net.ipv4.tcp_recovery", "0" },
	{ "net.ipv4.tcp_dsack", "0" },
	{ "net.ipv4.tcp_timestamps", "0" },
};

static uint64_t run_ns(const struct exp_path *p)
{
	uint64_t ns = 40 * p->rtt;

	return ns > 4 * OSTIA_S ? ns : 4 * OSTIA_S;
}

static struct got run(const struct point *x, bool rack)
{
	struct exp_flow f = { .cc = x->cc };
	struct exp_path path = x->path;
	uint64_t end = run_ns(&path);
	struct tcp_info i;
	struct got g;
	struct exp e;

	path.buffer = (uint64_t)(x->bdps * (double)exp_bdp(&path)) + 15140;
	exp_new(&e, &path, rfc6675, rack ? 0 : 3);
	exp_flow(&e, &f);
	exp_until(&e, end);
	exp_info(&f, &i);
	EXP_CHECK(!f.err, "%s: errno %d", x->cc, f.err);
	g = (struct got) {
		.mbit = exp_mbit(f.got, end),
		.resent = i.tcpi_total_retrans,
		.duplicates = exp_counter(e.b, "TcpExtDSACKOldSent") +
			      exp_counter(e.b, "TcpExtDSACKOfoSent"),
		.timeouts = exp_counter(e.a, "TcpExtTimeouts"),
	};
	exp_free(&e);
	return g;
}

/* struct cell - Both over some seeds: sums, and of squares */
struct cell {
	struct got rack, old;
	double margin, squares; /* of RACK's above 95 % of the other's */
	unsigned n;
};

static void add(struct got *sum, const struct got *g)
{
	sum->mbit += g->mbit;
	sum->resent += g->resent;
	sum->duplicates += g->duplicates;
	sum->timeouts += g->timeouts;
}

static struct cell measure(const struct point *x)
{
	unsigned seeds = exp_opts.whole ? SEEDS_WHOLE : SEEDS;
	uint64_t first = exp_opts.seed;
	struct cell c = { 0 };

	for (; c.n < seeds; c.n++, exp_opts.seed++) {
		struct got rack = run(x, true), old = run(x, false);
		double d = rack.mbit - 0.95 * old.mbit;

		add(&c.rack, &rack);
		add(&c.old, &old);
		c.margin += d;
		c.squares += d * d;
	}
	exp_opts.seed = first;
	return c;
}

/* By how many standard errors RACK is too slow */
static double too_slow(const struct cell *c)
{
	double mean = c->margin / c->n;
	double var = (c->squares / c->n - mean * mean) / (c->n - 1);

	return mean < 0 ? -mean / sqrt(var + 1e-12) : 0;
}

static void print(const struct point *x, const struct cell *c)
{
	unsigned n = c->n;

	printf("%6s %5.1f %4u %10s %5.2f  %6.2f %6.2f  %6u %6u  %6u %6u  "
	       "%4u %4u\n",
	       x->cc, x->path.loss * 100, (unsigned)(x->path.rtt / OSTIA_MS),
	       x->kind->name, x->bdps, c->rack.mbit / n, c->old.mbit / n,
	       c->rack.resent / n, c->old.resent / n,
	       (unsigned)c->rack.duplicates / n,
	       (unsigned)c->old.duplicates / n, (unsigned)c->rack.timeouts,
	       (unsigned)c->old.timeouts);
}

static const double losses[] = { 0, 0.001, 0.01, 0.05, 0.1 };
static const uint64_t rtts_ms[] = { 10, 100, 1, 40, 500 };
static const double buffers[] = { 1, 0.25, 4 }; /* of what the path holds */

static void plot_point(struct exp_plot *plot, const struct point *x, double y)
{
	char name[40];

	snprintf(name, sizeof(name), "%s, %u ms%s", x->cc,
		 (unsigned)(x->path.rtt / OSTIA_MS),
		 x->kind->by > 0 ? ", reordered" : "");
	if (x->path.loss > 0)
		exp_point(plot, name, x->path.loss * 100, y);
}

/* All losses and buffers with one RTT and one reordering. */
static void block(struct exp_plot *plot, const char *cc, unsigned r, unsigned k)
{
	unsigned losses_n = exp_opts.whole ? 5 : 3;
	unsigned buffers_n = exp_opts.whole ? 3 : 1;
	double sum = 0, sum_old = 0;

	for (unsigned n = 0; n < losses_n * buffers_n; n++) {
		struct point x = {
			.cc = cc,
			.bdps = buffers[n / losses_n],
			.path = { .rate = 10 * EXP_MBIT,
				  .rtt = rtts_ms[r] * OSTIA_MS,
				  .loss = losses[n % losses_n] },
			.kind = &kinds[k],
		};
		struct cell c;

		reorder(&x.path, x.kind);
		c = measure(&x);
		print(&x, &c);
		EXP_CHECK(too_slow(&c) <= 3, "slower than RFC 6675 by %.1f",
			  too_slow(&c));
		sum += c.rack.mbit;
		sum_old += c.old.mbit;
		if (n < losses_n && k < 2 && r < 2)
			plot_point(plot, &x, c.rack.mbit / c.n);
	}
	printf("# %s, %u ms, %s: %.2f of RFC 6675's\n", cc,
	       (unsigned)rtts_ms[r], kinds[k].name, sum / sum_old);
	fflush(stdout);
	EXP_CHECK(sum >= 0.95 * sum_old, "%.2f with RACK, %.2f without", sum,
		  sum_old);
}

static unsigned ccs(void)
{
	unsigned n = 0;

	while (exp_cc(n))
		n++;
	return n;
}

static void grid(struct exp_plot *plot)
{
	unsigned rtts_n = exp_opts.whole ? 5 : 2, done = 0;
	unsigned kinds_n = exp_opts.whole ? 6 : 2;
	const char *cc;

	printf("10 Mbit/s; with RACK, and by RFC 6675 alone; means of seeds, "
	       "all timeouts\n%6s %5s %4s %10s %5s  %13s  %13s  %13s  %9s\n",
	       "cc", "loss%", "RTT", "reordered", "buf", "Mbit/s", "resent",
	       "twice", "RTOs");
	for (unsigned c = 0; (cc = exp_cc(c)); c++) {
		for (unsigned n = 0; n < rtts_n * kinds_n; n++) {
			if (!exp_mine(done++))
				continue;
			printf("# block %u of %u:\n", done,
			       rtts_n * kinds_n * ccs());
			block(plot, cc, n / kinds_n, n % kinds_n);
		}
	}
}

/*
 * Nothing is lost, and nothing waits in a queue: the send buffer is the
 * limit. What is late is so by less than a quarter of the round trip: each
 * packet up to so much, or one of five, or of twenty.
 */
struct late {
	double mbit;
	uint32_t resent, first; /* in all; before reordering was seen */
	uint64_t recoveries;
};

/* How far the sender is when it has seen reordering, and repaired. */
static struct late seen_first(struct exp *e, const struct exp_flow *f,
			      uint64_t step, uint64_t end, uint64_t *t)
{
	struct tcp_info i;

	do {
		exp_until(e, *t += step);
		exp_info(f, &i);
	} while (*t < end && (i.tcpi_ca_state > 1 /* Disorder */ ||
			      !exp_counter(e->a, "TcpExtRackReordering")));
	EXP_CHECK(*t < end, "no reordering");
	return (struct late) {
		.first = i.tcpi_total_retrans,
		.recoveries = exp_counter(e->a, "TcpExtSackRecovery"),
	};
}

static struct late run_late(const char *cc, const struct exp_path *path)
{
	struct exp_flow f = { .cc = cc };
	uint64_t end = run_ns(path), buf = path->rtt / 400, t = 0;
	char wmem[64];
	const struct ostia_setting set = { "net.ipv4.tcp_wmem", wmem };
	struct tcp_info i;
	struct late l;
	struct exp e;

	snprintf(wmem, sizeof(wmem), "4096 %llu %llu", (unsigned long long)buf,
		 (unsigned long long)buf);
	exp_new(&e, path, &set, 1);
	exp_flow(&e, &f);
	l = seen_first(&e, &f, path->rtt, end, &t);
	EXP_CHECK(l.recoveries <= 1, "%u recoveries", (unsigned)l.recoveries);
	exp_until(&e, t + end);
	exp_info(&f, &i);
	l.mbit = exp_mbit(f.got, t + end);
	l.resent = i.tcpi_total_retrans;
	l.recoveries = exp_counter(e.a, "TcpExtSackRecovery") - l.recoveries;
	EXP_CHECK(!exp_counter(e.a, "TcpExtTimeouts"), "a timeout");
	exp_free(&e);
	return l;
}

static void reordering(void)
{
	static const uint64_t rtts[] = { 10, 100, 40, 500 };
	static const struct kind late[] = {
		{ "all", 0, 0.02 },    { "all", 0, 0.1 },
		{ "all", 0, 0.2 },     { "all", 0, 0.24 },
		{ "20 %", 0.2, 0.1 },  { "20 %", 0.2, 0.2 },
		{ "5 %", 0.05, 0.24 },
	};
	enum { KINDS = sizeof(late) / sizeof(late[0]) };
	unsigned rtts_n = exp_opts.whole ? 4 : 2, done = 0;
	const char *cc;

	printf("\nreordering alone, within RACK's window; the send buffer "
	       "limits\n%8s %6s %6s %8s %9s %7s %7s\n",
	       "cc", "RTT ms", "share", "late ms", "Mbit/s", "resent",
	       "at first");
	for (unsigned c = 0; (cc = exp_cc(c)); c++) {
		for (unsigned n = 0; n < KINDS * rtts_n; n++) {
			const struct kind *k = &late[n % KINDS];
			uint64_t rtt_ms = rtts[n / KINDS];
			struct exp_path path = { .rtt = rtt_ms * OSTIA_MS };
			struct late l;

			if (!exp_mine(done++))
				continue;
			reorder(&path, k);
			l = run_late(cc, &path);
			printf("%8s %6u %6s %8.1f %9.2f %7u %7u\n", cc,
			       (unsigned)rtt_ms, k->name,
			       k->by * (double)rtt_ms, l.mbit, l.resent,
			       l.first);
			EXP_CHECK(!l.recoveries && l.resent == l.first,
				  "%s: %u sent again", cc, l.resent);
		}
	}
}

static struct exp_plot plot = {
	.title = "Goodput by loss, 10 Mbit/s",
	.x_label = "packets lost, %",
	.y_label = "Mbit/s",
	.log_x = true,
};

int main(int argc, char **argv)
{
	exp_begin(argc, argv);
	grid(&plot);
	reordering();
	exp_draw(&plot);
	return 0;
}
