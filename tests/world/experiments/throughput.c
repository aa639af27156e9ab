/* SPDX-License-Identifier: MIT */
/*
 * Experiment 2: what a bulk transfer gets of a path, by loss, round trip,
 * reordering and buffer, for each congestion control.
 *
 * Three claims are checked. Reordering alone, by less than RACK's window (a
 * quarter of the round trip, RFC 8985 6.2 step 4), makes the sender send
 * nothing again, once it has seen any; until then, three segments that
 * overtake count as a loss, as they always did, and the mistake is undone.
 * Where reordering is within that window RACK is never slower than RFC 6675 by
 * more than 5 %, over all losses and buffers of an RTT (the small grid has too
 * few losses to tell 5 % from chance). No call fails.
 */
#include "common.h"

struct point {
	const char *cc;
	struct exp_path path;
	double bdps; /* of buffer */
};

struct got {
	double mbit;
	uint32_t resent;
	uint64_t duplicates, timeouts;
};

static const struct ostia_setting no_rack[] = {
	{ "net.ipv4.tcp_recovery", "0" },
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
	exp_new(&e, &path, no_rack, !rack);
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

static void print(const struct point *x, const struct got *g, double old)
{
	printf("%8s %6.2f %6u %8.1f %6.1f %9.2f %9.2f %7u %7llu %7llu\n", x->cc,
	       x->path.loss * 100, (unsigned)(x->path.rtt / OSTIA_MS),
	       (double)x->path.jitter / OSTIA_MS, x->bdps, g->mbit, old,
	       g->resent, (unsigned long long)g->duplicates,
	       (unsigned long long)g->timeouts);
}

static const double losses[] = { 0, 0.001, 0.01, 0.05, 0.1 };
static const uint64_t rtts_ms[] = { 10, 100, 1, 40, 500 };
static const double jitters[] = { 0, 0.2, 1 }; /* of the RTT */
static const double buffers[] = { 1, 0.25, 4 }; /* of what the path holds */

static void plot_point(struct exp_plot *plot, const struct point *x,
		       const struct got *g)
{
	char name[40];

	snprintf(name, sizeof(name), "%s, %u ms%s", x->cc,
		 (unsigned)(x->path.rtt / OSTIA_MS),
		 x->path.jitter ? ", reordered" : "");
	if (x->path.loss > 0)
		exp_point(plot, name, x->path.loss, g->mbit);
}

/* All losses and buffers with one RTT and one reordering. One run's losses are
 * not another's, so it is their sums that are compared.
 */
static void block(struct exp_plot *plot, const char *cc, unsigned r, unsigned j)
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
		};
		struct got g, old;

		x.path.jitter = (uint64_t)(jitters[j] * (double)x.path.rtt);
		g = run(&x, true);
		old = run(&x, false);
		print(&x, &g, old.mbit);
		sum += g.mbit;
		sum_old += old.mbit;
		if (n < losses_n && j < 2 && r < 2)
			plot_point(plot, &x, &g);
	}
	EXP_CHECK(j == 2 || sum >= (exp_opts.whole ? 0.95 : 0.8) * sum_old,
		  "%s, RTT %u ms: %.2f with RACK, %.2f without", cc,
		  (unsigned)rtts_ms[r], sum, sum_old);
}

static void grid(struct exp_plot *plot)
{
	const char *cc;

	printf("10 Mbit/s; Mbit/s with RACK, and by RFC 6675 alone\n"
	       "%8s %6s %6s %8s %6s %9s %9s %7s %7s %7s\n",
	       "cc", "loss %", "RTT ms", "reord ms", "buffer", "RACK", "6675",
	       "resent", "twice", "RTOs");
	for (unsigned c = 0; (cc = exp_cc(c)); c++)
		for (unsigned r = 0; r < (exp_opts.whole ? 5 : 2); r++)
			for (unsigned j = 0; j < (exp_opts.whole ? 3 : 2); j++)
				block(plot, cc, r, j);
}

/*
 * Nothing is lost, and nothing waits in a queue: the send buffer is the
 * limit. What is late is so by less than a quarter of the round trip. The
 * first reordering may look like a loss, if it is of three segments or more
 * (RFC 8985 6.2 step 4); no other may.
 */
struct late {
	double mbit;
	uint32_t resent;
	uint64_t recoveries;
};

static struct late run_late(const char *cc, const struct exp_path *path)
{
	struct exp_flow f = { .cc = cc };
	uint64_t end = run_ns(path), buf = path->rtt / 400;
	char wmem[64];
	const struct ostia_setting set = { "net.ipv4.tcp_wmem", wmem };
	struct tcp_info i;
	struct late l;
	struct exp e;

	snprintf(wmem, sizeof(wmem), "4096 %llu %llu", (unsigned long long)buf,
		 (unsigned long long)buf);
	exp_new(&e, path, &set, 1);
	exp_flow(&e, &f);
	exp_until(&e, end);
	exp_info(&f, &i);
	l = (struct late) {
		.mbit = exp_mbit(f.got, end),
		.resent = i.tcpi_total_retrans,
		.recoveries = exp_counter(e.a, "TcpExtSackRecovery"),
	};
	EXP_CHECK(!exp_counter(e.a, "TcpExtTimeouts"), "a timeout");
	exp_free(&e);
	return l;
}

static void reordering(void)
{
	static const uint64_t rtts[] = { 10, 100, 40, 500 };
	static const double lates[] = { 0.02, 0.1, 0.2, 0.24 };
	unsigned rtts_n = exp_opts.whole ? 4 : 2;
	const char *cc;

	printf("\nreordering alone, within RACK's window; the send buffer "
	       "limits\n%8s %6s %8s %9s %7s %10s\n",
	       "cc", "RTT ms", "late ms", "Mbit/s", "resent", "recoveries");
	for (unsigned c = 0; (cc = exp_cc(c)); c++) {
		for (unsigned n = 0; n < 4 * rtts_n; n++) {
			struct exp_path path = {
				.rtt = rtts[n / 4] * OSTIA_MS,
			};
			struct late l;

			path.jitter =
				(uint64_t)(lates[n % 4] * (double)path.rtt);
			l = run_late(cc, &path);
			printf("%8s %6u %8.1f %9.2f %7u %10llu\n", cc,
			       (unsigned)rtts[n / 4],
			       (double)path.jitter / OSTIA_MS, l.mbit, l.resent,
			       (unsigned long long)l.recoveries);
			EXP_CHECK(l.recoveries <= 1 &&
					  l.resent <= 2 * l.recoveries,
				  "%s: %u sent again", cc, l.resent);
		}
	}
}

static struct exp_plot plot = {
	.title = "Goodput by loss, 10 Mbit/s",
	.x_label = "share of packets lost",
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
