/* SPDX-License-Identifier: MIT */
/*
 * HyStart++ (RFC 9406): what slow start sends again, with it and without, over
 * a buffer of one BDP; at least halved in sum, and never slower by much.
 */
#include "common.h"

struct start {
	uint64_t again; /* bytes */
	double mbit;
};

static struct start begin(uint64_t mbit, unsigned rtt_ms, const char *hystart)
{
	const struct ostia_setting set = { "net.ipv4.tcp_hystart", hystart };
	struct exp_path path = { .rate = mbit * EXP_MBIT,
				 .rtt = rtt_ms * OSTIA_MS };
	uint64_t t = 40 * path.rtt;
	struct exp_flow f = { .cc = "cubic" };
	struct tcp_info info;
	struct start s;
	struct exp e;

	exp_new(&e, &path, &set, 1);
	exp_flow(&e, &f);
	exp_until(&e, t);
	exp_info(&f, &info);
	s.again = info.tcpi_bytes_retrans;
	s.mbit = exp_mbit(f.got, t);
	exp_free(&e);
	return s;
}

int main(int argc, char **argv)
{
	static const struct {
		uint64_t mbit;
		unsigned rtt_ms;
	} row[] = { { 10, 20 },	  { 20, 20 },  { 10, 50 },  { 10, 100 },
		    { 50, 20 },	  { 20, 50 },  { 20, 100 }, { 100, 20 },
		    { 50, 50 },	  { 200, 20 }, { 50, 100 }, { 100, 50 },
		    { 100, 100 }, { 200, 50 }, { 200, 100 } };
	static struct exp_plot plot = {
		.title = "What slow start sends again, buffer 1 BDP",
		.x_label = "what the path holds, KB",
		.y_label = "sent again, KB",
		.log_x = true,
	};
	uint64_t with = 0, without = 0;

	exp_begin(argc, argv);
	printf("#            sent again, KB       Mbit/s in 40 RTT\n");
	printf("# path         plain    ++       plain      ++\n");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct start plain = begin(row[i].mbit, row[i].rtt_ms, "0");
		struct start plus = begin(row[i].mbit, row[i].rtt_ms, "1");
		double kb = (double)row[i].mbit * row[i].rtt_ms / 8;

		printf("# %3u Mbit %3u ms %6u %5u  %9.1f %7.1f\n",
		       (unsigned)row[i].mbit, row[i].rtt_ms,
		       (unsigned)(plain.again / 1000),
		       (unsigned)(plus.again / 1000), plain.mbit, plus.mbit);
		exp_point(&plot, "slow start", kb, (double)plain.again / 1e3);
		exp_point(&plot, "HyStart++", kb, (double)plus.again / 1e3);
		with += plus.again;
		without += plain.again;
		EXP_CHECK(plus.mbit > 0.8 * plain.mbit, "%.1f of %.1f Mbit/s",
			  plus.mbit, plain.mbit);
	}
	EXP_CHECK(without > 0, "plain slow start loses nothing");
	EXP_CHECK(2 * with <= without, "%llu bytes again, %llu without",
		  (unsigned long long)with, (unsigned long long)without);
	exp_draw(&plot);
	printf("ok 1 - %u %% of what plain slow start sends again\n1..1\n",
	       (unsigned)(with * 100 / without));
	return 0;
}
