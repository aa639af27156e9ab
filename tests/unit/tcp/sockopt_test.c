/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"

enum { ANY = -1000 };

/* Linux's answers: what set returns, and what get tells afterwards. */
static const struct {
	enum tcp_opt o;
	int64_t v;
	int set;
	int64_t got;
} rows[] = {
	{ TCP_OPT_NODELAY, 7, 0, 1 },
	{ TCP_OPT_CORK, 1, 0, 1 },
	{ TCP_OPT_MAXSEG, 87, -EINVAL, 536 },
	{ TCP_OPT_MAXSEG, 88, 0, 88 },
	{ TCP_OPT_MAXSEG, 32768, -EINVAL, 88 },
	{ TCP_OPT_MAXSEG, 0, 0, 536 },
	{ TCP_OPT_KEEPALIVE, 1, 0, 1 },
	{ TCP_OPT_KEEPIDLE, 0, -EINVAL, 7200 },
	{ TCP_OPT_KEEPIDLE, 32768, -EINVAL, 7200 },
	{ TCP_OPT_KEEPIDLE, 5, 0, 5 },
	{ TCP_OPT_KEEPINTVL, 9, 0, 9 },
	{ TCP_OPT_KEEPCNT, 128, -EINVAL, 9 },
	{ TCP_OPT_KEEPCNT, 2, 0, 2 },
	{ TCP_OPT_SYNCNT, 0, -EINVAL, 6 },
	{ TCP_OPT_SYNCNT, 3, 0, 3 },
	{ TCP_OPT_LINGER2, -5, 0, -1 },
	{ TCP_OPT_LINGER2, 0, 0, 60 },
	{ TCP_OPT_LINGER2, 500, 0, 120 },
	{ TCP_OPT_WINDOW_CLAMP, 100, 0, 1152 },
	{ TCP_OPT_USER_TIMEOUT, -1, -EINVAL, 0 },
	{ TCP_OPT_USER_TIMEOUT, 3000, 0, 3000 },
	{ TCP_OPT_QUICKACK, 0, 0, 0 },
	{ TCP_OPT_QUICKACK, 1, 0, 1 },
	{ TCP_OPT_OOBINLINE, 1, 0, 1 },
	{ TCP_OPT_SNDBUF, 1, 0, 4608 },
	{ TCP_OPT_SNDBUF, 10000, 0, 20000 },
	{ TCP_OPT_SNDBUF, 1 << 28, 0, 2 * 212992 },
	{ TCP_OPT_RCVBUF, 1, 0, 2304 },
	{ TCP_OPT_RCVBUF, 50000, 0, 100000 },
	{ TCP_OPT_TTL, 256, -EINVAL, ANY },
	{ TCP_OPT_TTL, 64, 0, 64 },
	{ TCP_OPT_TOS, 0x13, 0, 0x10 },
	{ TCP_OPT_MTU, 0, -ENOPROTOOPT, ANY },
	{ TCP_OPT_INQ, 2, -EINVAL, 0 },
	{ TCP_OPT_INQ, 1, 0, 1 },
	{ TCP_OPT_RCVLOWAT, 100, 0, 100 },
	{ TCP_OPT_RCVLOWAT, 0, 0, 1 },
};

TEST(options_have_linuxs_ranges_and_readings)
{
	struct pair p;
	struct tcp_conn *c;

	pair_init(&p, false, 1500, 0);
	EQ(tcp_open(p.h[0].tcp, false, &c), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t got = ANY;

		EQ(tcp_set_opt(p.h[0].tcp, c, rows[i].o, rows[i].v),
		   rows[i].set);
		if (rows[i].got == ANY)
			continue;
		EQ(tcp_get_opt(p.h[0].tcp, c, rows[i].o, &got), 0);
		EQ(got, rows[i].got);
	}
	tcp_close(p.h[0].tcp, c, false);
	pair_fini(&p);
}

TEST(an_accepted_connection_inherits_its_listeners)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	int64_t v;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 1);
	tcp_set_opt(p.h[1].tcp, l, TCP_OPT_NODELAY, 1);
	tcp_set_opt(p.h[1].tcp, l, TCP_OPT_KEEPIDLE, 77);
	tcp_set_opt(p.h[1].tcp, l, TCP_OPT_RCVBUF, 30000);
	tcp_set_opt(p.h[1].tcp, l, TCP_OPT_MAXSEG, 500);
	EQ(tcp_set_cc(p.h[1].tcp, l, "reno", 4), 0);
	a = pair_connect(&p, 0, 80);
	pair_run(&p, 100);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	EQ(tcp_get_opt(p.h[1].tcp, b, TCP_OPT_NODELAY, &v), 0);
	EQ(v, 1);
	EQ(tcp_get_opt(p.h[1].tcp, b, TCP_OPT_KEEPIDLE, &v), 0);
	EQ(v, 77);
	EQ(tcp_get_opt(p.h[1].tcp, b, TCP_OPT_RCVBUF, &v), 0);
	EQ(v, 60000);
	EQ(tcp_get_opt(p.h[1].tcp, b, TCP_OPT_MTU, &v), 0);
	EQ(v, 1500);
	EQ(a->mss, 500 - 12); /* the announced MSS binds the other side */
	STR(tcp_get_cc(p.h[1].tcp, b), "reno");
	STR(tcp_get_cc(p.h[0].tcp, a), "cubic");
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[1].tcp, b, true);
	tcp_close(p.h[1].tcp, l, false);
	pair_fini(&p);
}

TEST(congestion_control_goes_by_name)
{
	struct pair p;
	struct tcp_conn *c;

	pair_init(&p, false, 1500, 0);
	EQ(tcp_open(p.h[0].tcp, false, &c), 0);
	EQ(tcp_set_cc(p.h[0].tcp, c, "nonesuch", 8), -ENOENT);
	EQ(tcp_set_cc(p.h[0].tcp, c, "reno\0junk", 9), 0);
	STR(tcp_get_cc(p.h[0].tcp, c), "reno");
	EQ(tcp_set_default_cc(p.h[1].tcp, "vegas"), -ENOENT);
	EQ(tcp_set_default_cc(p.h[1].tcp, "reno"), 0);
	STR(tcp_default_cc(p.h[1].tcp), "reno");
	EQ(tcp_allow_cc(p.h[0].tcp, " reno\tvegas"), -ENOENT);
	EQ(tcp_set_cc(p.h[0].tcp, c, "bbr", 3), 0);
	EQ(tcp_allow_cc(p.h[0].tcp, " reno\t cubic\n"), 0);
	EQ(tcp_set_cc(p.h[0].tcp, c, "bbr", 3), -EPERM);
	STR(tcp_get_cc(p.h[0].tcp, c), "bbr");
	EQ(tcp_set_cc(p.h[0].tcp, c, "reno", 4), 0);
	tcp_close(p.h[0].tcp, c, false);
	pair_fini(&p);
}

TESTS(CASE(options_have_linuxs_ranges_and_readings),
      CASE(an_accepted_connection_inherits_its_listeners),
      CASE(congestion_control_goes_by_name))
