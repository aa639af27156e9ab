/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "tcp/auth.h"
#include "tcp/conn.h"
#include "tcp/isn.h"

#include <linux/tcp.h>

enum { MANY = 100000 };

static struct tcp_auth_key md5(const struct pair *p, int peer, const char *s)
{
	struct tcp_auth_key k = { .addr = p->h[peer].addr, .prefix = 128 };

	k.len = (uint8_t)strlen(s);
	memcpy(k.bytes, s, k.len);
	return k;
}

static struct tcp_auth_key ao(const struct pair *p, int peer, const char *s,
			      uint8_t snd, uint8_t rcv)
{
	struct tcp_auth_key k = md5(p, peer, s);

	k.ao = true;
	k.sndid = snd;
	k.rcvid = rcv;
	k.maclen = 12;
	return k;
}

static uint32_t add(struct pair *p, int i, struct tcp_conn *c,
		    struct tcp_auth_key k)
{
	struct tcp_auth *a = tcp_auth_make(p->h[i].tcp, c);
	uint32_t handle = a ? tcp_auth_add(p->h[i].tcp, a, &k) : 0;

	OK(handle);
	return handle;
}

static struct tcp_conn *fresh(struct pair *p)
{
	struct tcp_conn *c;

	EQ(tcp_open(p->h[0].tcp, addr_is_v4(&p->h[0].addr) == false, &c), 0);
	return c;
}

static void connect_to(struct pair *p, struct tcp_conn *c)
{
	static const struct bind_opts o;

	EQ(tcp_connect(p->h[0].tcp, c, &p->h[1].addr, 80, &o), -EINPROGRESS);
	pair_run(p, 500);
}

static void transfer(struct pair *p, int from, struct tcp_conn *a,
		     struct tcp_conn *b, size_t many)
{
	static char out[MANY], in[MANY];
	size_t sent = 0, got = 0;

	for (size_t i = 0; i < many; i++)
		out[i] = (char)(i * 13 + (i >> 7));
	for (int i = 0; i < 500 && got < many; i++) {
		int64_t n = pair_send(p, from, a, out + sent, many - sent);

		sent += n > 0 ? (size_t)n : 0;
		pair_run(p, 30);
		n = pair_recv(p, !from, b, in + got, many - got);
		got += n > 0 ? (size_t)n : 0;
	}
	EQ(got, many);
	OK(!memcmp(in, out, many));
}

static void end(struct pair *p, struct tcp_conn *l, struct tcp_conn *a)
{
	struct tcp_conn *b;

	while (!tcp_accept(p->h[1].tcp, l, &b))
		tcp_close(p->h[1].tcp, b, true);
	tcp_close(p->h[0].tcp, a, true);
	tcp_close(p->h[1].tcp, l, false);
	pair_fini(p);
}

/* Segments 5 to 8 of host 0 are lost. */
static bool lose_some(struct pair *p, int from, struct ostia_pkt *pkt)
{
	(void)pkt;
	return from == 0 && p->state && p->sent[0] % 17 == 5;
}

/* Both kinds and families: bytes arrive, losses too, and all the way to a
 * TIME-WAIT that answers.
 */
static void talk(bool v6, bool with_ao, uint8_t alg, uint8_t flags)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	struct tcp_auth_key k[2];

	pair_init(&p, v6, 1500, 0);
	p.lose = lose_some;
	l = pair_listen(&p, 1, 80, 4);
	a = fresh(&p);
	for (int i = 0; i < 2; i++) {
		k[i] = with_ao ? ao(&p, !i, "secret", (uint8_t)(10 + i),
				    (uint8_t)(11 - i))
			       : md5(&p, !i, "secret");
		k[i].alg = alg;
		k[i].flags = flags;
		add(&p, i, i ? l : a, k[i]);
	}
	connect_to(&p, a);
	EQ(tcp_state(a), TCP_ESTABLISHED);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	p.state = 1;
	transfer(&p, 0, a, b, MANY);
	transfer(&p, 1, b, a, 5000);
	p.state = 0;
	tcp_close(p.h[0].tcp, a, false);
	pair_run(&p, 500);
	tcp_close(p.h[1].tcp, b, false);
	pair_run(&p, 1000);
	EQ(p.h[0].tcp->waits4.live + p.h[0].tcp->waits6.live, 1);
	EQ(table_count(&p.h[0].tcp->auth.waits), 1);
	for (int i = 0; i < 2; i++) {
		EQ(p.h[i].stats.TcpExtMD5Failure, 0);
		EQ(p.h[i].stats.TcpExtMD5NotFound, 0);
		EQ(p.h[i].stats.TcpExtAOBad, 0);
		EQ(p.h[i].stats.TcpExtAORequired, 0);
		EQ(p.h[i].stats.TcpExtAOGood != 0, with_ao);
		EQ(p.h[i].stats.TcpOutRsts, 0);
	}
	pair_run(&p, 70000);
	EQ(table_count(&p.h[0].tcp->auth.waits), 0);
	EQ(p.h[0].tcp->auth.auths.live, 0);
	EQ(p.h[0].tcp->auth.keys.live, 0);
	a = fresh(&p);
	end(&p, l, a);
}

TEST(signed_connections_carry_bytes_lose_some_and_end)
{
	for (int v6 = 0; v6 < 2; v6++) {
		talk(v6, false, 0, 0);
		talk(v6, true, TCP_MAC_HMAC_SHA1, 0);
		talk(v6, true, TCP_MAC_HMAC_SHA1, TCP_AUTH_NO_OPTIONS);
		talk(v6, true, TCP_MAC_AES_128_CMAC, 0);
	}
}

TEST(another_key_or_none_is_not_heard_and_counted)
{
	for (int with_ao = 0; with_ao < 2; with_ao++)
		for (int none = 0; none < 2; none++) {
			struct pair p;
			struct tcp_conn *l, *a;
			struct stats *s = &p.h[1].stats;

			pair_init(&p, false, 1500, 0);
			l = pair_listen(&p, 1, 80, 4);
			a = fresh(&p);
			add(&p, 1, l,
			    with_ao ? ao(&p, 0, "right", 1, 1)
				    : md5(&p, 0, "right"));
			if (!none)
				add(&p, 0, a,
				    with_ao ? ao(&p, 1, "wrong", 1, 1)
					    : md5(&p, 1, "wrong"));
			connect_to(&p, a);
			EQ(tcp_state(a), TCP_SYN_SENT);
			EQ(s->TcpOutSegs, 0);
			EQ(none	     ? with_ao ? s->TcpExtAORequired
					       : s->TcpExtMD5NotFound
			   : with_ao ? s->TcpExtAOBad
				     : s->TcpExtMD5Failure,
			   1);
			end(&p, l, a);
		}
}

/* Who has no keys drops TCP-MD5, as Linux, and hears TCP-AO (RFC 5925 7.3). */
TEST(signatures_that_nobody_asked_for)
{
	for (int with_ao = 0; with_ao < 2; with_ao++) {
		struct pair p;
		struct tcp_conn *l, *a;

		pair_init(&p, false, 1500, 0);
		l = pair_listen(&p, 1, 80, 4);
		a = fresh(&p);
		add(&p, 0, a,
		    with_ao ? ao(&p, 1, "key", 1, 1) : md5(&p, 1, "key"));
		connect_to(&p, a);
		EQ(tcp_state(a), TCP_SYN_SENT); /* the answer is not signed */
		EQ(p.h[1].stats.TcpExtMD5Unexpected, !with_ao);
		EQ(p.h[1].stats.TcpOutSegs != 0, with_ao);
		EQ(p.h[0].stats.TcpExtAORequired != 0, with_ao);
		end(&p, l, a);
	}
}

/* A forged reset, unsigned, has the right number and no effect. */
TEST(an_unsigned_reset_ends_nothing)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	struct wire_tcp w = { .flags = WIRE_TCP_RST };

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 4);
	a = fresh(&p);
	add(&p, 1, l, md5(&p, 0, "key"));
	add(&p, 0, a, md5(&p, 1, "key"));
	connect_to(&p, a);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	w.seq = b->rcv_nxt.v;
	w.sport = a->flow.lport;
	w.dport = 80;
	pair_inject(&p, 1, &p.h[0].addr, &w, "");
	pair_run(&p, 100);
	EQ(tcp_state(b), TCP_ESTABLISHED);
	EQ(p.h[1].stats.TcpExtMD5NotFound, 1);
	tcp_close(p.h[0].tcp, a, true); /* but a signed one does */
	pair_run(&p, 100);
	EQ(tcp_state(b), TCP_CLOSE);
	tcp_close(p.h[1].tcp, b, true);
	a = fresh(&p);
	end(&p, l, a);
}

/* RFC 5925 7.5: one side asks for the next key by RNextKeyID, and gets it. */
TEST(keys_change_while_bytes_flow)
{
	struct pair p;
	struct tcp_conn *l, *a, *b;
	struct tcp_auth *x, *y;
	uint32_t next;

	pair_init(&p, false, 1500, 0);
	l = pair_listen(&p, 1, 80, 4);
	a = fresh(&p);
	add(&p, 0, a, ao(&p, 1, "old", 1, 2));
	add(&p, 1, l, ao(&p, 0, "old", 2, 1));
	connect_to(&p, a);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	transfer(&p, 0, a, b, 3000);
	next = add(&p, 0, a, ao(&p, 1, "new", 3, 4));
	add(&p, 1, b, ao(&p, 0, "new", 4, 3));
	x = tcp_auth_of(p.h[0].tcp, a);
	y = tcp_auth_of(p.h[1].tcp, b);
	x->rnext = next;
	transfer(&p, 0, a, b, 3000);
	OK(y->current);
	EQ(tcp_auth_key_at(p.h[1].tcp, y->current)->sndid, 4);
	transfer(&p, 1, b, a, 3000);
	OK(tcp_auth_key_at(p.h[0].tcp, next)->good > 0);
	EQ(p.h[0].stats.TcpExtAOBad + p.h[1].stats.TcpExtAOBad, 0);
	tcp_close(p.h[1].tcp, b, true);
	end(&p, l, a);
}

/* RFC 5925 6.2: numbers go past 2^32, and their extension goes on. */
TEST(sequence_numbers_may_wrap)
{
	static const struct bind_opts o;
	struct pair p;
	struct tcp_conn *l, *a, *b;
	struct flow f = { .lport = 5555, .rport = 80 };
	uint32_t ahead, first;

	pair_init(&p, false, 1500, 0);
	f.local = p.h[0].addr;
	f.remote = p.h[1].addr;
	ahead = 0u - 20000 - tcp_isn(&p.h[0].tcp->isn_key, &f, 0).v;
	pair_set_time(&p, ahead * UINT64_C(4000)); /* its clock ticks in 4 us */
	l = pair_listen(&p, 1, 80, 4);
	a = fresh(&p);
	EQ(tcp_bind(p.h[0].tcp, a, &f.local, 5555, &o), 0);
	add(&p, 0, a, ao(&p, 1, "key", 1, 1));
	add(&p, 1, l, ao(&p, 0, "key", 1, 1));
	connect_to(&p, a);
	first = a->snd_una.v;
	OK(first > 0u - 30000);
	EQ(tcp_accept(p.h[1].tcp, l, &b), 0);
	transfer(&p, 0, a, b, MANY);
	OK(a->snd_una.v < first);
	EQ(p.h[1].stats.TcpExtAOBad, 0);
	transfer(&p, 1, b, a, MANY);
	EQ(p.h[0].stats.TcpExtAOBad, 0);
	tcp_close(p.h[1].tcp, b, true);
	end(&p, l, a);
}

TEST(prefixes_cover_what_they_cover_and_the_longest_counts)
{
	static const struct {
		uint8_t prefix;
		const char *addr;
		bool covers;
	} rows[] = {
		{ 96, "\x01\x02\x03\x04", true },
		{ 96 + 24, "\x0a\x63\x00\x04", true },
		{ 96 + 24, "\x0a\x63\x01\x04", false },
		{ 96 + 31, "\x0a\x63\x00\x03", true },
		{ 96 + 31, "\x0a\x63\x00\x04", false },
		{ 128, "\x0a\x63\x00\x02", true },
		{ 128, "\x0a\x63\x00\x03", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tcp_auth_key k = {
			.addr = addr_v4("\x0a\x63\x00\x02"),
			.prefix = rows[i].prefix,
		};
		struct ostia_addr a = addr_v4(rows[i].addr);

		EQ(tcp_auth_covers(&k, &a), rows[i].covers);
	}
}

TEST(a_socket_has_so_many_keys_and_no_more)
{
	struct pair p;
	struct tcp_conn *c;
	struct tcp_auth_key k;

	pair_init(&p, false, 1500, 0);
	c = fresh(&p);
	k = md5(&p, 1, "key");
	for (int i = 0; i < TCP_AUTH_KEYS; i++)
		add(&p, 0, c, k);
	EQ(tcp_auth_add(p.h[0].tcp, tcp_auth_of(p.h[0].tcp, c), &k), 0);
	EQ(p.h[0].stats.TcpAuthKeysRefused, 1);
	tcp_close(p.h[0].tcp, c, true);
	EQ(p.h[0].tcp->auth.keys.live, 0);
	pair_fini(&p);
}

TESTS(CASE(signed_connections_carry_bytes_lose_some_and_end),
      CASE(another_key_or_none_is_not_heard_and_counted),
      CASE(signatures_that_nobody_asked_for),
      CASE(an_unsigned_reset_ends_nothing), CASE(keys_change_while_bytes_flow),
      CASE(sequence_numbers_may_wrap),
      CASE(prefixes_cover_what_they_cover_and_the_longest_counts),
      CASE(a_socket_has_so_many_keys_and_no_more))
