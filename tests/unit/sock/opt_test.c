/* SPDX-License-Identifier: MIT */
/* Walks the table: what a row promises is so on a socket of every kind. */
#define _GNU_SOURCE
#include "../lend.h"
#include "../test.h"
#include "sock/opt.h"
#include "stack/stack.h"

#include <linux/icmp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

struct host {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *stack;
};

static void begin(struct host *h)
{
	struct ostia_stack_config cfg = { .id = 1, .now = OSTIA_S };

	*h = (struct host) { .lend = { .left = -1 } };
	h->env = lend_env(&h->lend);
	EQ(ostia_pool_new(&h->env, 0, &h->pool), 0);
	cfg.env = &h->env;
	cfg.pool = h->pool;
	EQ(ostia_stack_new(&cfg, &h->stack), 0);
}

static void end(struct host *h)
{
	ostia_stack_free(h->stack);
	ostia_pool_free(h->pool);
	EQ(h->lend.blocks, 0);
}

static struct sock *make(struct host *h, int domain, enum sock_kind kind)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW,
				     SOCK_DGRAM };
	int icmp = domain == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	struct sock *s;

	if (kind == SOCK_LINK) {
		EQ(sock_new(h->stack->socks, AF_PACKET, SOCK_RAW, 0, &s), 0);
		return s;
	}
	if (kind == SOCK_LOCAL) {
		EQ(sock_new(h->stack->socks, AF_UNIX, SOCK_STREAM, 0, &s), 0);
		return s;
	}
	EQ(sock_new(h->stack->socks, domain, types[kind],
		    kind >= SOCK_RAWIP ? icmp : 0, &s),
	   0);
	return s;
}

typedef void (*visit)(struct sock *s, const struct sock_opt *o);

static void walk(visit fn)
{
	const struct sock_opt *o;
	struct host h;

	begin(&h);
	for (unsigned i = 0; (o = sock_opt_row(i)); i++)
		for (int v6 = 0; v6 < 2; v6++)
			for (int k = 0; k < SOCK_KINDS; k++) {
				struct sock *s =
					make(&h, v6 ? AF_INET6 : AF_INET,
					     (enum sock_kind)k);

				fn(s, o);
				file_put(&s->file);
			}
	end(&h);
}

static bool level_is_here(const struct sock *s, int level)
{
	switch (level) {
	case IPPROTO_IPV6:
	case IPPROTO_ICMPV6:
		return sock_is_v6(s);
	case IPPROTO_IP:
		return !sock_is_v6(s) || s->kind != SOCK_RAWIP;
	default:
		return true;
	}
}

static bool here(const struct sock *s, const struct sock_opt *o)
{
	if (o->level == SOL_RAW && (o->name == ICMP_FILTER) == sock_is_v6(s))
		return false;
	return (o->on & 1u << s->kind) && level_is_here(s, o->level);
}

/* A name may have a row for each kind of socket. */
static bool has_another_row(const struct sock *s, const struct sock_opt *o)
{
	const struct sock_opt *p;

	for (unsigned i = 0; (p = sock_opt_row(i)); i++)
		if (p != o && p->level == o->level && p->name == o->name &&
		    here(s, p))
			return true;
	return false;
}

static bool exists(const struct sock *s, const struct sock_opt *o)
{
	return o->how != SOCK_OPT_REFUSED && here(s, o);
}

static bool is_int(const struct sock_opt *o)
{
	return o->type == SOCK_OPT_INT || o->type == SOCK_OPT_BOOL;
}

static int set_int(struct sock *s, const struct sock_opt *o, int64_t v)
{
	int32_t i = (int32_t)v;

	return sock_opt_set(s, o->level, o->name, &i, sizeof(i));
}

static void refused_or_elsewhere(struct sock *s, const struct sock_opt *o)
{
	uint8_t buf[SOCK_OPT_MAX_BYTES] = { 0 };
	uint32_t len = sizeof(buf);
	int says = -ENOPROTOOPT;
	int err;

	if (exists(s, o) || has_another_row(s, o))
		return;
	if (here(s, o) && o->arg) /* a refused one: its errno */
		says = -(int)o->arg;
	err = sock_opt_set(s, o->level, o->name, buf, sizeof(buf));
	if (here(s, o) && o->set_bytes) /* or one of its own */
		OK(err < 0);
	else
		EQ(err, s->kind == SOCK_LOCAL && o->level != SOL_SOCKET
				? -EOPNOTSUPP
				: says);
	err = sock_opt_get(s, o->level, o->name, buf, &len);
	OK(err == says || err == -EOPNOTSUPP || (here(s, o) && o->get && !err));
}

static void ranges_hold(struct sock *s, const struct sock_opt *o)
{
	if (!exists(s, o) || o->type != SOCK_OPT_INT || !o->set)
		return;
	if (o->min > INT32_MIN)
		EQ(set_int(s, o, o->min - 1), -EINVAL);
	if (o->max < INT32_MAX)
		EQ(set_int(s, o, o->max + 1), -EINVAL);
}

static void read_only_stays(struct sock *s, const struct sock_opt *o)
{
	uint8_t buf[SOCK_OPT_MAX_BYTES] = { 0 };

	if (exists(s, o) && !o->set && !o->set_bytes && !o->set_row)
		EQ(sock_opt_set(s, o->level, o->name, buf, sizeof(buf)),
		   -ENOPROTOOPT);
}

static void booleans_read_back(struct sock *s, const struct sock_opt *o)
{
	static const int32_t in[] = { 0, 1, 7, -1, 0 };

	if (!exists(s, o) || o->type != SOCK_OPT_BOOL || !o->set || !o->arg)
		return;
	for (unsigned i = 0; i < 5; i++) {
		uint32_t len = 4;
		int32_t v = 99;
		int err = set_int(s, o, in[i]);

		if ((err == -ENOPROTOOPT || err == -EINVAL) && !i &&
		    o->how == SOCK_OPT_WORKS)
			return; /* IP_HDRINCL, IP_RECVFRAGSIZE elsewhere */
		if (err == -EOPNOTSUPP)
			return; /* SO_REUSEPORT of AF_UNIX */
		if (in[i] < o->min || in[i] > o->max) {
			EQ(err, -EINVAL);
			continue;
		}
		EQ(err, 0);
		EQ(sock_opt_get(s, o->level, o->name, &v, &len), 0);
		EQ(len, 4);
		EQ(v, in[i] != 0);
	}
}

static void short_values_are_refused(struct sock *s, const struct sock_opt *o)
{
	uint8_t buf[4] = { 1, 0, 0, 0 };

	if (!exists(s, o) || !is_int(o) || !o->set)
		return;
	for (uint32_t n = 0; n < 4; n++) {
		int err = sock_opt_set(s, o->level, o->name, buf, n);

		if (o->level == IPPROTO_IP || o->least)
			OK(err == 0 || err == -EINVAL || err == -ENOPROTOOPT ||
			   err == -EADDRNOTAVAIL);
		else
			EQ(err, -EINVAL);
	}
}

/* Whatever the room, not a byte beyond it is written. */
static void output_is_cut(struct sock *s, const struct sock_opt *o)
{
	uint8_t buf[SOCK_OPT_MAX_BYTES + 1];

	if (!exists(s, o) || (!o->get && !o->get_bytes))
		return;
	for (uint32_t room = 0; room <= 20; room++) {
		uint32_t len = room;
		int err;

		memset(buf, 0xee, sizeof(buf));
		err = sock_opt_get(s, o->level, o->name, buf, &len);
		EQ(buf[room], 0xee);
		if (!err)
			OK(len <= room);
	}
}

TEST(what_is_refused_or_belongs_elsewhere_is_ENOPROTOOPT)
{
	walk(refused_or_elsewhere);
}

TEST(values_beyond_the_range_are_EINVAL)
{
	walk(ranges_hold);
}

TEST(what_is_read_only_cannot_be_set)
{
	walk(read_only_stays);
}

TEST(a_flag_reads_as_0_or_1)
{
	walk(booleans_read_back);
}

TEST(a_short_value_is_EINVAL)
{
	walk(short_values_are_refused);
}

TEST(output_never_exceeds_the_room)
{
	walk(output_is_cut);
}

TEST(the_table_says_nothing_twice)
{
	const struct sock_opt *a, *b;

	for (unsigned i = 0; (a = sock_opt_row(i)); i++) {
		OK(a->how == SOCK_OPT_REFUSED || a->get || a->get_bytes ||
		   a->get_list || a->get_row || a->set || a->set_bytes ||
		   a->set_row);
		OK(a->how != SOCK_OPT_INERT || a->note);
		OK(a->how != SOCK_OPT_REFUSED || a->note);
		OK(a->min <= a->max);
		for (unsigned j = 0; j < i; j++) {
			b = sock_opt_row(j);
			OK(a->level != b->level || a->name != b->name ||
			   !(a->on & b->on));
		}
	}
}

TEST(buffers_are_doubled_within_limits)
{
	static const struct {
		int name;
		int32_t in, out;
	} row[] = {
		{ SO_SNDBUF, 10000, 20000 },	{ SO_SNDBUF, 0, 4608 },
		{ SO_SNDBUF, 1 << 30, 425984 }, { SO_SNDBUF, -1, 425984 },
		{ SO_RCVBUF, 10000, 20000 },	{ SO_RCVBUF, 0, 2304 },
		{ SO_RCVBUF, 1 << 30, 425984 }, { SO_RCVBUF, -1, 425984 },
	};
	struct host h;

	begin(&h);
	for (int k = 0; k < SOCK_KINDS; k++) {
		struct sock *s = make(&h, AF_INET, (enum sock_kind)k);

		for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
			uint32_t len = 4;
			int32_t v;

			EQ(sock_opt_set(s, SOL_SOCKET, row[i].name, &row[i].in,
					4),
			   0);
			EQ(sock_opt_get(s, SOL_SOCKET, row[i].name, &v, &len),
			   0);
			EQ(v, row[i].out);
		}
		file_put(&s->file);
	}
	end(&h);
}

TEST(times_have_their_own_rules)
{
	static const struct {
		long sec, usec;
		int err;
		long sec_out, usec_out;
	} row[] = {
		{ 5, 250000, 0, 5, 250000 }, { 0, 0, 0, 0, 0 },
		{ 0, 1000000, -EDOM, 0, 0 }, { 0, -1, -EDOM, 0, 0 },
		{ -5, 5, 0, 0, 0 },	     { 1, 999999, 0, 1, 999999 },
		{ INT64_MAX, 5, 0, 0, 0 }, /* for ever */
	};
	struct sock *s;
	struct host h;

	begin(&h);
	s = make(&h, AF_INET, SOCK_UDP);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct timeval tv = { row[i].sec, row[i].usec };
		uint32_t len = sizeof(tv);

		EQ(sock_opt_set(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
		   row[i].err);
		if (row[i].err)
			continue;
		EQ(sock_opt_get(s, SOL_SOCKET, SO_RCVTIMEO, &tv, &len), 0);
		EQ(len, sizeof(tv));
		EQ(tv.tv_sec, row[i].sec_out);
		EQ(tv.tv_usec, row[i].usec_out);
	}
	EQ(sock_opt_set(s, SOL_SOCKET, SO_RCVTIMEO, &h, 8), -EINVAL);
	file_put(&s->file);
	end(&h);
}

TEST(a_device_is_named_or_numbered)
{
	char name[16];
	uint32_t len = sizeof(name);
	struct sock *s;
	struct host h;
	int32_t v;

	begin(&h);
	s = make(&h, AF_INET, SOCK_UDP);
	EQ(sock_opt_get(s, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	EQ(len, 0);
	EQ(sock_opt_set(s, SOL_SOCKET, SO_BINDTODEVICE, "eth7", 5), -ENODEV);
	EQ(sock_opt_set(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), 0);
	len = sizeof(name);
	EQ(sock_opt_get(s, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	EQ(len, 3);
	STR(name, "lo");
	len = 4;
	EQ(sock_opt_get(s, SOL_SOCKET, 62 /* BINDTOIFINDEX */, &v, &len), 0);
	EQ(v, 1);
	EQ(sock_opt_set(s, SOL_SOCKET, SO_BINDTODEVICE, "", 0), 0);
	EQ(sock_opt_get(s, SOL_SOCKET, 62, &v, &len), 0);
	EQ(v, 0);
	file_put(&s->file);
	end(&h);
}

TEST(one_byte_will_do_at_IPPROTO_IP)
{
	uint8_t one = 77, out = 0;
	uint32_t len = 1;
	struct sock *s;
	struct host h;

	begin(&h);
	s = make(&h, AF_INET, SOCK_UDP);
	EQ(sock_opt_set(s, IPPROTO_IP, IP_TTL, &one, 1), 0);
	EQ(sock_opt_get(s, IPPROTO_IP, IP_TTL, &out, &len), 0);
	EQ(out, 77);
	EQ(len, 1);
	file_put(&s->file);
	end(&h);
}

TESTS(CASE(what_is_refused_or_belongs_elsewhere_is_ENOPROTOOPT),
      CASE(values_beyond_the_range_are_EINVAL),
      CASE(what_is_read_only_cannot_be_set), CASE(a_flag_reads_as_0_or_1),
      CASE(a_short_value_is_EINVAL), CASE(output_never_exceeds_the_room),
      CASE(the_table_says_nothing_twice),
      CASE(buffers_are_doubled_within_limits), CASE(times_have_their_own_rules),
      CASE(a_device_is_named_or_numbered), CASE(one_byte_will_do_at_IPPROTO_IP))
