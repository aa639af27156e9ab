/* SPDX-License-Identifier: MIT */
/*
 * How flows share a bottleneck: CUBIC flows of one round trip (Jain's index at
 * least 0.95 for 2 to 64), CUBIC beside Reno where RFC 9438 4.3 makes it
 * friendly (0.8 to 1.25), and BBR beside CUBIC over buffers, as a table.
 *
 * Where no host ever dawdles, a full FIFO drops of the packets that an ACK lets
 * go the one by which a window grew. So dozens of flows may keep unequal
 * windows for ever, and Reno, which grows twice as often as CUBIC, loses more
 * often (CUBIC got up to 1.45 times as much). Floyd and Jacobson ("On Traffic
 * Phase Effects", 1992) tell what to do: hosts take a random time, here up to
 * that between two ACKs of a full path.
 *
 * The friendly region is where W_est is above W_cubic, which begins with
 * 3 C K^2 = (W_max)^(2/3) segments a second beside W_est's 9 / 17 a round trip:
 * the rows have RTTs, with a full queue, below 0.53 s / W_max^(2/3).
 *
 * The first column's flows share nothing but a rate of random losses. There the
 * RFC's rules themselves make 1.09 (0.98 without alpha = 1 above cwnd_prior):
 * that is what they call equal.
 */
#include "common.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 9, SEEDS = 1 }; /* of the rows one of so many */
#else
enum { STEP = 1, SEEDS = 3 };
#endif

enum { MOST = 64 };

static uint64_t scatter(unsigned i)
{
	return (exp_opts.seed << 32 | i) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

/* Shares of @n flows, of which the first half use @cc[0]; Mbit/s between
 * @from and @to.
 */
static void share(const struct exp_path *path, const char *const cc[2],
		  unsigned n, uint64_t from, uint64_t to, double *mbit)
{
	struct exp_flow f[MOST] = { { 0 } };
	struct exp_path scattered = *path;
	uint64_t had[MOST];
	struct exp e;

	if (path->rate) /* an ACK is for two packets */
		scattered.ack_jitter = 2 * 1514 * 8 * OSTIA_S / path->rate;
	exp_new(&e, &scattered, NULL, 0);
	for (unsigned i = 0; i < n; i++) {
		f[i].cc = cc[i >= n / 2];
		f[i].start = scatter(i) % 2000 * OSTIA_MS;
		exp_flow(&e, &f[i]);
	}
	exp_until(&e, from);
	for (unsigned i = 0; i < n; i++)
		had[i] = f[i].got;
	exp_until(&e, to);
	for (unsigned i = 0; i < n; i++)
		mbit[i] = exp_mbit(f[i].got - had[i], to - from);
	exp_free(&e);
}

static double sum(const double *x, unsigned n)
{
	double s = 0;

	for (unsigned i = 0; i < n; i++)
		s += x[i];
	return s;
}

static void alike(void)
{
	static const char *const cc[2] = { "cubic", "cubic" };
	const struct exp_path path = { .rate = 40 * EXP_MBIT,
				       .rtt = 20 * OSTIA_MS };
	unsigned step = STEP > 1 ? 32 : 2;
	double mbit[MOST];

	printf("# CUBIC flows   Mbit/s   Jain\n");
	for (unsigned n = 2; n <= MOST; n *= step) {
		double jain;

		share(&path, cc, n, 20 * OSTIA_S, 50 * OSTIA_S, mbit);
		jain = exp_jain(mbit, n);
		printf("# %4u %15.1f %7.3f\n", n, sum(mbit, n), jain);
		EXP_CHECK(jain >= 0.95, "%u flows: %.3f", n, jain);
	}
}

/* CUBIC's share by Reno's, two flows each, over some seeds */
static double beside_reno(const struct exp_path *path)
{
	static const char *const cc[2] = { "cubic", "reno" };
	uint64_t first = exp_opts.seed;
	double cubic = 0, reno = 0;

	for (; exp_opts.seed < first + SEEDS; exp_opts.seed++) {
		double x[4];

		share(path, cc, 4, 20 * OSTIA_S, 80 * OSTIA_S, x);
		cubic += sum(x, 2);
		reno += sum(x + 2, 2);
	}
	exp_opts.seed = first;
	return cubic / reno;
}

static const struct row {
	uint64_t mbit;
	unsigned rtt_ms;
} rows[] = { { 5, 10 },	 { 5, 20 },  { 5, 40 },	 { 10, 10 }, { 10, 20 },
	     { 10, 40 }, { 20, 10 }, { 20, 20 }, { 40, 10 } };

/* A loss rate at which Reno's window is what two such paths hold by flow:
 * sqrt(1.5 / p)
 */
static double same_loss(const struct row *r)
{
	double w = (double)r->mbit * r->rtt_ms * 1e3 / 8 / 1514 * 2 / 4;

	return beside_reno(&(struct exp_path) { .rtt = r->rtt_ms * OSTIA_MS,
						.loss = 1.5 / (w * w) });
}

static void friendly(void)
{
	printf("# CUBIC by Reno     loss  CoDel   FIFO\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i += STEP) {
		const struct row *r = &rows[i];
		struct exp_path fifo = { .rate = r->mbit * EXP_MBIT,
					 .rtt = r->rtt_ms * OSTIA_MS };
		struct exp_path codel = fifo;
		double x[3];

		codel.words = "codel";
		codel.buffer = 1 << 20;
		x[0] = same_loss(r);
		x[1] = beside_reno(&codel);
		x[2] = beside_reno(&fifo);
		printf("# %2u Mbit %2u ms %8.2f %6.2f %6.2f\n",
		       (unsigned)r->mbit, r->rtt_ms, x[0], x[1], x[2]);
		for (unsigned k = 0; k < 3; k++)
			EXP_CHECK(x[k] >= 0.8 && x[k] <= 1.25, "%.2f", x[k]);
	}
}

static struct exp_plot plot = {
	.title = "BBR beside CUBIC, 20 Mbit/s, 40 ms",
	.x_label = "buffer, in what the path holds",
	.y_label = "Mbit/s",
	.log_x = true,
};

static void beside_bbr(void)
{
	static const char *const cc[2] = { "bbr", "cubic" };
	static const double buffers[] = { 0.5, 1, 2, 4, 8, 16, 32 };

	printf("# BBR beside CUBIC, 20 Mbit/s, 40 ms\n");
	printf("# buffer  BBR   CUBIC  Mbit/s\n");
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]);
	     i += STEP) {
		struct exp_path path = { .rate = 20 * EXP_MBIT,
					 .rtt = 40 * OSTIA_MS };
		double mbit[2];

		path.buffer = (uint64_t)(buffers[i] * (double)exp_bdp(&path));
		share(&path, cc, 2, 20 * OSTIA_S, 60 * OSTIA_S, mbit);
		printf("# %4.1f %7.2f %6.2f\n", buffers[i], mbit[0], mbit[1]);
		exp_point(&plot, "BBR", buffers[i], mbit[0]);
		exp_point(&plot, "CUBIC", buffers[i], mbit[1]);
		EXP_CHECK(mbit[0] + mbit[1] > 15, "%.2f + %.2f", mbit[0],
			  mbit[1]);
		EXP_CHECK(mbit[0] > 0.5 && mbit[1] > 0.5, "%.2f + %.2f starves",
			  mbit[0], mbit[1]);
	}
}

int main(int argc, char **argv)
{
	exp_begin(argc, argv);
	alike();
	printf("ok 1 - CUBIC flows share alike\n");
	friendly();
	printf("ok 2 - CUBIC is friendly to Reno\n");
	beside_bbr();
	exp_draw(&plot);
	printf("ok 3 - BBR and CUBIC both live\n1..3\n");
	return 0;
}
