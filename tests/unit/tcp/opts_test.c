/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/opts.h"

static struct wire_tcp heard;

/* The SYN, or the SYN-ACK, of a connection between two hosts so set. */
static void shake(const char *name, uint32_t client, uint32_t server,
		  uint32_t mtu, bool v6)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;

	pair_init(&p, v6, mtu, 0);
	if (name) {
		pair_set(&p, 0, name, client);
		pair_set(&p, 1, name, server);
	}
	pair_open(&p, &l, &a, &b);
	EQ(a->flags & (TCP_F_TS | TCP_F_SACK | TCP_F_WSCALE),
	   b->flags & (TCP_F_TS | TCP_F_SACK | TCP_F_WSCALE));
	EQ(a->mss, b->mss);
	EQ(tcp_wscale_ours(a), tcp_wscale_peers(b));
	EQ(tcp_wscale_ours(b), tcp_wscale_peers(a));
	heard.opts =
		(uint16_t)(a->flags & (TCP_F_TS | TCP_F_SACK | TCP_F_WSCALE));
	heard.mss = a->mss;
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(an_option_counts_only_if_both_have_it)
{
	static const struct {
		const char *name;
		uint16_t flag;
	} rows[] = {
		{ "net.ipv4.tcp_timestamps", TCP_F_TS },
		{ "net.ipv4.tcp_sack", TCP_F_SACK },
		{ "net.ipv4.tcp_window_scaling", TCP_F_WSCALE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t k = 0; k < 4; k++) {
			shake(rows[i].name, k & 1, k >> 1, 1500, false);
			EQ(!!(heard.opts & rows[i].flag), k == 3);
		}
	}
}

TEST(segments_fit_the_path_with_their_options)
{
	shake(NULL, 0, 0, 1500, false);
	EQ(heard.mss, 1500 - 40 - 12);
	shake(NULL, 0, 0, 1500, true);
	EQ(heard.mss, 1500 - 60 - 12);
	shake("net.ipv4.tcp_timestamps", 0, 0, 1500, false);
	EQ(heard.mss, 1500 - 40);
	shake(NULL, 0, 0, 576, false);
	EQ(heard.mss, 576 - 40 - 12);
}

TEST(a_syn_without_options_has_the_defaults)
{
	static struct tcp t;
	struct wire_tcp syn = { .flags = WIRE_TCP_SYN };
	static struct tcp_conn c;
	struct tcp_agreed a;

	tcp_settings_defaults(&t.set);
	a = tcp_opts_agree(&t, &c, 1 << 20, &syn, true);
	EQ(a.mss_peer, 536);
	EQ(a.flags, 0);
	EQ(a.wscale, 0);
	EQ(tcp_opts_agree(&t, &c, 1 << 20, &syn, false).mss_peer, 1220);
}

/* CVE-2019-11479: the peer may ask for segments that are all header. */
TEST(the_peers_mss_is_taken_down_to_a_floor)
{
	struct pair p;
	struct tcp_conn *l, *a;
	struct wire_tcp s = { .sport = 9,
			      .dport = 80,
			      .flags = WIRE_TCP_SYN,
			      .wnd = 65535,
			      .opts = WIRE_TCP_OPT_MSS,
			      .mss = 8 },
			w;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 5);
	pair_inject(&p, 1, &p.h[0].addr, &s, NULL);
	OK(pair_hear(&p, 1, &w, NULL));
	s = (struct wire_tcp) { .sport = 9,
				.dport = 80,
				.seq = 1,
				.ack = w.seq + 1,
				.flags = WIRE_TCP_ACK,
				.wnd = 65535 };
	pair_inject(&p, 1, &p.h[0].addr, &s, NULL);
	EQ(tcp_accept(p.h[1].tcp, l, &a), 0);
	EQ(a->mss, 48);
	tcp_close(p.h[1].tcp, a, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TESTS(CASE(an_option_counts_only_if_both_have_it),
      CASE(segments_fit_the_path_with_their_options),
      CASE(a_syn_without_options_has_the_defaults),
      CASE(the_peers_mss_is_taken_down_to_a_floor))
