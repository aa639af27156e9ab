/* SPDX-License-Identifier: MIT */
/*
 * Experiment 3: what the end of a transfer costs, and what a path that stands
 * still does.
 *
 * Tail loss: of 10 segments the last k are lost. Nothing behind them tells of
 * it, so an old TCP waits for its timeout (200 ms and more). A probe after 2
 * RTT (RFC 8985 7) repairs one; its SACK tells of the others, one RTT later.
 *
 * Delay spike: the bottleneck stands still for longer than the timeout, then
 * serves its queue. Nothing was lost: F-RTO (RFC 5682) must see that, restore
 * the window (RFC 4015), and send nothing again but what the timer and the
 * probe sent before an answer could come.
 */
#include "common.h"

#include "../onlooker.h"

enum {
	MSS = 1448, /* with timestamps */
	SEGS = 10, /* the initial window */
	SERVICE_NS = 1200000, /* a full segment's at 10 Mbit/s */
};

/* ---- packets on their way to b ---- */

struct looker {
	struct exp *e;
	unsigned data; /* segments with data so far */
	unsigned drop_from, drop_to;
	bool hold;
	struct ostia_link *link;
	struct ostia_pkt *first, *last;
};

/* Bytes of TCP's payload in a packet of IPv4. */
static unsigned payload(const struct ostia_pkt *p)
{
	uint8_t h[60 + 20];
	size_t n = ostia_pkt_copy_out(p, 0, h, sizeof(h)), ip, all;

	if (n < 20 + 20 || h[9] != 6)
		return 0;
	ip = (size_t)(h[0] & 15) * 4;
	all = (size_t)h[2] << 8 | h[3];
	return (unsigned)(all - ip - (size_t)(h[ip + 12] >> 4) * 4);
}

static int drop_some(void *ctx, struct ostia_link *link, struct ostia_pkt *p)
{
	struct looker *l = ctx;

	(void)link;
	if (!payload(p))
		return 0;
	l->data++;
	if (l->data <= l->drop_from || l->data > l->drop_to)
		return 0;
	ostia_pkt_free(p);
	return 1;
}

/* A bottleneck that stands still, and then serves its queue in order. */
static int hold_all(void *ctx, struct ostia_link *link, struct ostia_pkt *p)
{
	struct looker *l = ctx;

	if (!l->hold)
		return 0;
	l->link = link;
	ostia_pkt_set_next(p, NULL);
	if (l->first)
		ostia_pkt_set_next(l->last, p);
	else
		l->first = p;
	l->last = p;
	return 1;
}

static void serve(void *ctx)
{
	struct looker *l = ctx;
	struct ostia_pkt *p = l->first;
	uint64_t now = ostia_world_now(l->e->w);

	if (!p) {
		l->hold = false;
		return;
	}
	l->first = ostia_pkt_next(p);
	ostia_pkt_set_next(p, NULL);
	EXP_CHECK(!ostia_world_at(l->e->w, now + SERVICE_NS, serve, l), "at");
	ostia_advance(ostia_host_stack(l->e->b), now);
	ostia_link_input(l->link, p);
	ostia_host_kick(l->e->b);
}

/* ---- tail loss ---- */

static double tail_rtts(unsigned k, uint64_t rtt, struct tcp_info *info,
			uint64_t *timeouts)
{
	const struct exp_path path = { .rtt = rtt };
	struct exp_flow f = { .bytes = SEGS * MSS, .open = true };
	struct looker l = { .drop_from = SEGS - k, .drop_to = SEGS };
	struct exp e;
	double wait;

	exp_new(&e, &path, NULL, 0);
	ostia_host_on_packet(e.b, drop_some, &l);
	onlooker_except(e.w, e.b);
	exp_flow(&e, &f);
	exp_until(&e, 60 * OSTIA_S);
	EXP_CHECK(f.got == f.bytes, "%u lost of %d: %llu bytes came", k, SEGS,
		  (unsigned long long)f.got);
	wait = (double)(f.last - f.connected) / (double)rtt - 0.5;
	exp_info(&f, info);
	*timeouts = exp_counter(e.a, "TcpExtTimeouts");
	exp_free(&e);
	return wait;
}

/*
 * 2 RTT and 2 ms after the last ACK the probe leaves, which is the last
 * segment; a round more tells of the others. They leave as PRR has it (RFC
 * 9937 6.2): one for what the probe delivered, then one more with each ACK that
 * shows progress. A segment that is alone in flight waits for an ACK that may
 * be delayed by 200 ms (RFC 8985 7.2, "third"), or for the time of the RTO,
 * whichever comes first.
 */
static double most_rtts(unsigned k, uint64_t rtt_ms)
{
	double first = k < SEGS ? 1.01 : 0.01; /* the ACK of the others */
	unsigned sent = 1, rounds = 0;

	if (!k)
		return 0.01;
	if (k == 1)
		return first + 2 + 202.0 / (double)rtt_ms;
	while (sent < k)
		sent += ++rounds;
	return first + 2 + 3.0 / (double)rtt_ms + rounds;
}

static void tail_loss(struct exp_plot *plot)
{
	static const uint64_t rtts[] = { 10, 20, 50, 100, 200 };

	printf("tail loss: the last k of %d segments are lost; RTTs until all "
	       "is there, more than without loss\n",
	       SEGS);
	printf("%8s %4s %10s %8s %9s\n", "RTT ms", "k", "RTTs", "resent",
	       "timeouts");
	for (unsigned i = 0; i < sizeof(rtts) / sizeof(rtts[0]); i++) {
		for (unsigned k = 0; k <= SEGS; k++) {
			struct tcp_info info;
			char name[40];
			uint64_t timeouts;
			double w = tail_rtts(k, rtts[i] * OSTIA_MS, &info,
					     &timeouts);

			printf("%8u %4u %10.2f %8u %9llu\n", (unsigned)rtts[i],
			       k, w, info.tcpi_total_retrans,
			       (unsigned long long)timeouts);
			snprintf(name, sizeof(name), "%u ms",
				 (unsigned)rtts[i]);
			exp_point(plot, name, k, w);
			EXP_CHECK(w <= most_rtts(k, rtts[i]),
				  "RTT %u, %u lost: %.2f RTTs",
				  (unsigned)rtts[i], k, w);
			EXP_CHECK(!timeouts, "RTT %u, %u lost",
				  (unsigned)rtts[i], k);
		}
	}
}

/* ---- delay spike ---- */

struct spike {
	uint32_t cwnd[2]; /* before and after */
	uint32_t ssthresh[2];
	uint32_t in_flight, resent;
	uint64_t timeouts, undone;
};

static void spike(struct spike *s, uint64_t rtt, uint64_t stand,
		  const struct ostia_setting *set, size_t n)
{
	const struct exp_path path = { .rate = 10 * EXP_MBIT,
				       .rtt = rtt,
				       .buffer = 130000 };
	struct exp_flow f = { 0 };
	struct tcp_info i;
	struct looker l = { 0 };
	struct exp e;
	uint64_t at = 2 * OSTIA_S;

	exp_new(&e, &path, set, n);
	l.e = &e;
	ostia_host_on_packet(e.b, hold_all, &l);
	onlooker_except(e.w, e.b);
	exp_flow(&e, &f);
	do { /* while all is well */
		exp_until(&e, at += OSTIA_S);
		exp_info(&f, &i);
	} while (i.tcpi_ca_state);
	s->cwnd[0] = i.tcpi_snd_cwnd;
	s->ssthresh[0] = i.tcpi_snd_ssthresh;
	s->in_flight = i.tcpi_unacked;
	s->resent = i.tcpi_total_retrans;
	l.hold = true;
	EXP_CHECK(!ostia_world_at(e.w, at + stand, serve, &l), "at");
	/* the original ACKs are all back, before anything else can happen */
	exp_until(&e, at + stand + rtt * 9 / 10);
	exp_info(&f, &i);
	s->cwnd[1] = i.tcpi_snd_cwnd;
	s->ssthresh[1] = i.tcpi_snd_ssthresh;
	exp_until(&e, at + stand + OSTIA_S / 2);
	exp_info(&f, &i);
	s->resent = i.tcpi_total_retrans - s->resent;
	s->timeouts = exp_counter(e.a, "TcpExtTimeouts");
	s->undone = exp_counter(e.a, "TcpExtLossUndo");
	ostia_pkt_free_list(l.first);
	exp_free(&e);
}

static void delay_spike(void)
{
	static const struct ostia_setting no_ts[] = {
		{ "net.ipv4.tcp_timestamps", "0" },
	};
	static const struct ostia_setting none[] = {
		{ "net.ipv4.tcp_timestamps", "0" },
		{ "net.ipv4.tcp_sack", "0" },
	};
	static const struct {
		const char *name;
		const struct ostia_setting *set;
		size_t n;
	} kind[] = {
		{ "timestamps, SACK", NULL, 0 },
		{ "SACK", no_ts, 1 },
		{ "neither", none, 2 },
	};
	/* a probe goes first, at 2 RTT of 130 ms; the timeout counts from it */
	static const uint64_t stands[] = { 800, 1500, 4000 };

	printf("\ndelay spike: the bottleneck stands still for a while; "
	       "10 Mbit/s, RTT 50 ms\n%18s %9s %9s %8s %8s %9s %13s %9s\n",
	       "options", "stood ms", "in flight", "resent", "timeouts",
	       "undone", "cwnd", "ssthresh");
	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = 0; i < 3; i++) {
			struct spike s;

			spike(&s, 50 * OSTIA_MS, stands[i] * OSTIA_MS,
			      kind[k].set, kind[k].n);
			printf("%18s %9u %9u %8u %8llu %9llu %5u -> %4u "
			       "%9s\n",
			       kind[k].name, (unsigned)stands[i], s.in_flight,
			       s.resent, (unsigned long long)s.timeouts,
			       (unsigned long long)s.undone, s.cwnd[0],
			       s.cwnd[1],
			       s.ssthresh[0] == s.ssthresh[1] ? "restored"
							      : "lower");
			EXP_CHECK(s.timeouts >= 1, "%s", kind[k].name);
			/* one for each timeout, and a probe */
			EXP_CHECK(s.resent <= s.timeouts + 1,
				  "%s, %u ms: %u sent again", kind[k].name,
				  (unsigned)stands[i], s.resent);
			EXP_CHECK(s.undone == 1, "%s, %u ms", kind[k].name,
				  (unsigned)stands[i]);
			EXP_CHECK(s.cwnd[1] >= s.cwnd[0], "%s, %u ms: %u, %u",
				  kind[k].name, (unsigned)stands[i], s.cwnd[0],
				  s.cwnd[1]);
			EXP_CHECK(s.ssthresh[1] >= s.ssthresh[0], "%s",
				  kind[k].name);
		}
	}
}

static struct exp_plot plot = {
	.title = "Tail loss of k segments of 10",
	.x_label = "k",
	.y_label = "RTTs until all is there",
};

int main(int argc, char **argv)
{
	exp_begin(argc, argv);
	tail_loss(&plot);
	delay_spike();
	exp_draw(&plot);
	return 0;
}
