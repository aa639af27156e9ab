/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/conn.h"
#include "tcp/fastopen.h"
#include "tcp/metrics.h"

#include <linux/tcp.h>

static const struct bind_opts plain;

static int64_t open_with(struct pair *p, struct tcp_conn *c, const char *s)
{
	struct iovec iov = { (void *)(uintptr_t)s, strlen(s) };
	int64_t n = tcp_connect_with(p->h[0].tcp, c, &p->h[1].addr, 80, &plain,
				     &iov, 1, 0, iov.iov_len);

	pair_run(p, 200);
	return n;
}

static struct tcp_conn *another(struct pair *p)
{
	struct tcp_conn *c;

	EQ(tcp_open(p->h[0].tcp, false, &c), 0);
	return c;
}

static struct tcp_conn *listener(struct pair *p, int64_t queue)
{
	struct tcp_conn *l;

	pair_init(p, false, 1500, 10 * PAIR_MS);
	pair_set(p, 1, "net.ipv4.tcp_fastopen", 3);
	l = pair_listen(p, 1, 80, 8);
	EQ(tcp_set_opt(p->h[1].tcp, l, TCP_OPT_FASTOPEN, queue), 0);
	return l;
}

static void end(struct pair *p, struct tcp_conn *l, struct tcp_conn *a,
		struct tcp_conn *b)
{
	tcp_close(p->h[0].tcp, a, true);
	tcp_close(p->h[0].tcp, b, true);
	tcp_close(p->h[1].tcp, l, false);
	pair_fini(p);
}

/* As Linux makes it: any machine with this key gives this host this cookie. */
TEST(a_cookie_is_siphash_of_client_and_server)
{
	static const uint8_t key[16] = "0123456789abcdef";
	static const uint8_t ends[8] = { 192, 0, 2, 1, 192, 168, 0, 1 };
	const struct siphash_key k = siphash_key(key);
	const struct flow f = { .remote = addr_v4(ends),
				.local = addr_v4(ends + 4) };
	struct tcp_fo_cookie c;
	uint64_t want = siphash_24(&k, ends, sizeof(ends));

	tcp_fastopen_cookie(&k, &f, &c);
	EQ(c.len, 8);
	for (int i = 0; i < 8; i++)
		EQ(c.b[i], (uint8_t)(want >> 8 * i));
}

TEST(the_second_connection_to_a_host_sends_data_in_its_syn)
{
	struct pair p;
	struct tcp_conn *l = listener(&p, 4), *a, *b, *s;
	struct tcp_info i;

	a = another(&p);
	b = another(&p);
	EQ(open_with(&p, a, "first"), -EINPROGRESS);
	EQ(open_with(&p, b, "second"), 6);
	EQ(p.h[0].stats.TcpExtFastOpenActive, 1);
	EQ(p.h[1].stats.TcpExtFastOpenPassive, 1);
	EQ(p.h[1].stats.TcpExtFastOpenCookieReqd, 1);
	EQ(tcp_accept(p.h[1].tcp, l, &s), 0);
	EQ(tcp_readable(s), 0);
	tcp_close(p.h[1].tcp, s, false);
	EQ(tcp_accept(p.h[1].tcp, l, &s), 0);
	EQ(tcp_readable(s), 6);
	tcp_info(p.h[1].tcp, s, &i);
	OK(i.tcpi_options & TCPI_OPT_SYN_DATA);
	tcp_close(p.h[1].tcp, s, false);
	end(&p, l, a, b);
}

/* SYN-ACKs are lost: what the SYN carried is read once. */
static bool lose_syn_ack(struct pair *p, int from, struct ostia_pkt *pkt)
{
	const uint8_t *h = pkt_peek(pkt, 20, 20);

	if (from != 1 || !h || !(h[13] & WIRE_TCP_SYN) || p->state)
		return false;
	p->state++;
	return true;
}

TEST(text_of_a_syn_is_read_once_though_its_answer_was_lost)
{
	struct pair p;
	struct tcp_conn *l = listener(&p, 4), *a, *b, *s;
	char got[16];

	a = another(&p);
	b = another(&p);
	open_with(&p, a, "first");
	EQ(tcp_accept(p.h[1].tcp, l, &s), 0);
	tcp_close(p.h[1].tcp, s, false);
	p.lose = lose_syn_ack;
	EQ(open_with(&p, b, "second"), 6);
	pair_run(&p, 5000);
	EQ(tcp_accept(p.h[1].tcp, l, &s), 0);
	EQ(tcp_state(s), TCP_ESTABLISHED);
	EQ(pair_recv(&p, 1, s, got, sizeof(got)), 6);
	EQ(pair_recv(&p, 1, s, got, sizeof(got)), -EAGAIN);
	EQ(tcp_unacked(b), 0);
	tcp_close(p.h[1].tcp, s, false);
	end(&p, l, a, b);
}

TEST(an_older_key_is_good_and_brings_a_cookie_of_the_newer)
{
	static const char keys[] = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb";
	struct pair p;
	struct tcp_conn *l = listener(&p, 4), *a, *b, *c, *s;
	struct tcp *t = p.h[1].tcp;
	uint8_t told[32];

	EQ(tcp_fastopen_set_key(t, l, keys, 17), -EINVAL);
	EQ(tcp_fastopen_set_key(t, l, keys + 16, 16), 0);
	EQ(tcp_fastopen_get_key(t, l, told), 16);
	OK(!memcmp(told, keys + 16, 16));
	a = another(&p);
	open_with(&p, a, "a");
	EQ(tcp_fastopen_set_key(t, l, keys, 32), 0);
	EQ(tcp_fastopen_get_key(t, l, told), 32);
	OK(!memcmp(told, keys, 32));
	b = another(&p);
	EQ(open_with(&p, b, "b"), 1);
	EQ(p.h[0].stats.TcpExtFastOpenActive, 1);
	EQ(tcp_fastopen_set_key(t, l, keys, 16), 0);
	c = another(&p);
	EQ(open_with(&p, c, "c"), 1);
	EQ(p.h[0].stats.TcpExtFastOpenActive, 2);
	while (!tcp_accept(t, l, &s))
		tcp_close(t, s, true);
	tcp_close(p.h[0].tcp, c, true);
	end(&p, l, a, b);
}

/* The listener may go before those that it let in. */
TEST(a_listener_that_closes_leaves_those_that_were_accepted)
{
	struct pair p;
	struct tcp_conn *l = listener(&p, 4), *a, *b, *s;

	a = another(&p);
	b = another(&p);
	open_with(&p, a, "first");
	EQ(tcp_accept(p.h[1].tcp, l, &s), 0);
	tcp_close(p.h[1].tcp, s, true);
	p.delay = 300 * PAIR_MS;
	EQ(open_with(&p, b, "second"), 6);
	pair_run(&p, 150); /* the SYN is there, its answer is not yet back */
	EQ(tcp_accept(p.h[1].tcp, l, &s), 0);
	EQ(tcp_state(s), TCP_SYN_RECV);
	EQ(p.h[1].tcp->listeners.live, 1);
	tcp_close(p.h[1].tcp, l, false);
	EQ(p.h[1].tcp->listeners.live, 1);
	pair_run(&p, 1000);
	EQ(tcp_state(s), TCP_ESTABLISHED);
	EQ(p.h[1].tcp->listeners.live, 0);
	tcp_close(p.h[1].tcp, s, true);
	tcp_close(p.h[0].tcp, a, true);
	tcp_close(p.h[0].tcp, b, true);
	pair_fini(&p);
}

TESTS(CASE(a_cookie_is_siphash_of_client_and_server),
      CASE(the_second_connection_to_a_host_sends_data_in_its_syn),
      CASE(text_of_a_syn_is_read_once_though_its_answer_was_lost),
      CASE(an_older_key_is_good_and_brings_a_cookie_of_the_newer),
      CASE(a_listener_that_closes_leaves_those_that_were_accepted))
