/* SPDX-License-Identifier: MIT */
/*
 * Row 31 of SECURITY.md, on a live stack: a server's bytes are a stranger's.
 * Its messages are made here; the options of a good offer are spoiled one
 * after another, and at random.
 */
#include "../unit/lend.h"
#include "../unit/random.h"
#include "../unit/test.h"

#include <ostia/ostia.h>
#include <string.h>

struct host {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *s;
	struct ostia_link *l;
	uint8_t xid[4];
};

static void begin(struct host *h)
{
	const struct ostia_link_config link = { .name = "eth0",
						.type = OSTIA_LINK_ETHERNET,
						.mtu = 1500,
						.caps = OSTIA_LINK_NOCSUM,
						.mac = { 2, [5] = 1 } };
	struct ostia_stack_config cfg = { .id = 1, .now = OSTIA_S };

	*h = (struct host) { .lend = { .left = -1 } };
	h->env = lend_env(&h->lend);
	EQ(ostia_pool_new(&h->env, 0, &h->pool), 0);
	cfg.env = &h->env;
	cfg.pool = h->pool;
	EQ(ostia_stack_new(&cfg, &h->s), 0);
	EQ(ostia_link_new(h->s, &link, &h->l), 0);
	EQ(ostia_dhcp_start(h->l), 0);
}

static void end(struct host *h)
{
	ostia_stack_free(h->s);
	ostia_pool_free(h->pool);
	EQ(h->lend.blocks, 0);
}

/* Time passes; remember the transaction of the last message that was sent. */
static void pass(struct host *h, ostia_time t)
{
	ostia_time stop = ostia_now(h->s) + t;
	struct ostia_pkt *p;
	uint8_t f[600];

	for (;;) {
		ostia_time next = ostia_next_deadline(h->s);

		while ((p = ostia_link_output(h->l, 1))) {
			size_t n = ostia_pkt_copy_out(p, 0, f, sizeof(f));

			if (n > 300 && f[23] == 17)
				memcpy(h->xid, f + 14 + 20 + 8 + 4, 4);
			ostia_pkt_free(p);
		}
		if (next >= stop)
			break;
		ostia_advance(h->s, next);
	}
	ostia_advance(h->s, stop);
}

static uint32_t state(struct host *h)
{
	struct ostia_dhcp_info info;

	EQ(ostia_dhcp_info(h->l, &info), 0);
	return info.state;
}

/* A broadcast frame with a DHCP message of these options. */
static void server(struct host *h, const uint8_t addr[4], const void *opts,
		   size_t n)
{
	static const uint8_t front[] = { 0x45, 0,   0,	 0,   0,  1,  0, 0,
					 64,   17,  0,	 0,   10, 99, 0, 1,
					 255,  255, 255, 255, 0,  67, 0, 68 };
	uint8_t f[1500] = {
		255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 8, 0
	};
	size_t len = 14 + 28 + 240 + n;
	uint32_t sum = 0;

	memcpy(f + 14, front, sizeof(front));
	f[16] = (uint8_t)((len - 14) >> 8);
	f[17] = (uint8_t)(len - 14);
	f[38] = (uint8_t)((len - 34) >> 8);
	f[39] = (uint8_t)(len - 34);
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)(f[i] << 8 | f[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	f[24] = (uint8_t)(~sum >> 8);
	f[25] = (uint8_t)~sum;
	f[42] = 2;
	f[43] = 1;
	f[44] = 6;
	memcpy(f + 46, h->xid, 4);
	memcpy(f + 58, addr, 4);
	memcpy(f + 70, "\2\0\0\0\0\1", 6);
	memcpy(f + 278, "\x63\x82\x53\x63", 4);
	memcpy(f + 282, opts, n);
	ostia_link_input(h->l, ostia_pkt_from(h->pool, f, len));
}

static const uint8_t good[4] = { 10, 99, 0, 7 };
static const char offer[] = "\x35\1\2\x36\4\x0a\x63\0\1\x33\4\0\0\x0e\x10"
			    "\1\4\xff\xff\xff\0\3\4\x0a\x63\0\1\xff";

TEST(row31_addresses_that_no_host_may_have_are_not_requested)
{
	static const uint8_t bad[][4] = {
		{ 0, 0, 0, 0 },		{ 127, 0, 0, 1 },   { 224, 0, 0, 5 },
		{ 255, 255, 255, 255 }, { 10, 99, 0, 255 }, { 10, 99, 0, 0 },
		{ 240, 0, 0, 1 },
	};
	struct host h;

	begin(&h);
	pass(&h, 2 * OSTIA_S);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		server(&h, bad[i], offer, sizeof(offer) - 1);
		EQ(state(&h), OSTIA_DHCP_SELECTING);
	}
	server(&h, good, offer, sizeof(offer) - 1);
	EQ(state(&h), OSTIA_DHCP_REQUESTING);
	end(&h);
}

TEST(row31_options_that_run_over_are_refused)
{
	uint8_t o[sizeof(offer) - 1];
	struct host h;

	begin(&h);
	pass(&h, 2 * OSTIA_S);
	for (size_t n = 1; n < sizeof(o) - 1; n++) {
		memcpy(o, offer, sizeof(o));
		server(&h, good, o, n); /* cut anywhere: never over the end */
		if (state(&h) != OSTIA_DHCP_SELECTING) {
			OK(n >= 9); /* type and server were whole */
			end(&h);
			begin(&h);
			pass(&h, 2 * OSTIA_S);
		}
	}
	for (size_t i = 0; i < 3; i++) { /* lengths of 0 and 255 */
		memcpy(o, offer, sizeof(o));
		o[i == 0 ? 1 : i == 1 ? 4 : 10] = i == 2 ? 0 : 255;
		server(&h, good, o, sizeof(o));
		EQ(state(&h), OSTIA_DHCP_SELECTING);
	}
	end(&h);
}

static void fill(struct dice *r, uint8_t *p, size_t n)
{
	while (n--)
		*p++ = (uint8_t)dice_u64(r);
}

/* Whatever stands in the options, a lease that comes of it can be used. */
TEST(row31_random_options_never_make_an_address_of_nonsense)
{
	struct dice r = dice("security/dhcp");
	struct host h;

	begin(&h);
	for (int round = 0; round < 3000; round++) {
		uint8_t o[300];
		size_t n = sizeof(offer) - 2;
		uint8_t addr[4];

		memcpy(o, offer, n);
		o[2] = (uint8_t)(state(&h) == OSTIA_DHCP_SELECTING ? 2 : 5);
		for (unsigned i = dice_below(&r, 4); i--;)
			o[dice_below(&r, n)] = (uint8_t)dice_u64(&r);
		fill(&r, o + n, 80);
		n += dice_below(&r, 80);
		memcpy(addr, good, 4);
		if (dice_below(&r, 4) == 0)
			fill(&r, addr, 4);
		server(&h, addr, o, n);
		pass(&h, dice_below(&r, 3) * OSTIA_S);
		if (state(&h) >= OSTIA_DHCP_BOUND) {
			struct ostia_dhcp_info info;

			ostia_dhcp_info(h.l, &info);
			OK(info.addr.b[12] && info.addr.b[12] != 127 &&
			   info.addr.b[12] < 224);
			ostia_dhcp_stop(h.l);
			EQ(ostia_dhcp_start(h.l), 0);
			pass(&h, 2 * OSTIA_S);
		}
	}
	end(&h);
}

TESTS(CASE(row31_addresses_that_no_host_may_have_are_not_requested),
      CASE(row31_options_that_run_over_are_refused),
      CASE(row31_random_options_never_make_an_address_of_nonsense))
