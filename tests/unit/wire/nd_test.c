/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "bytes.h"
#include "wire/bad.h"
#include "wire/icmp6.h"
#include "wire/nd.h"

#include <errno.h>

static const uint8_t target[16] = { 0xfd, 0x99, [15] = 1 };
static const uint8_t dest[16] = { 0xfd, 0x98, [15] = 2 };
static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t nonce[6] = "abcdef";
static const uint8_t packet[1300] = "a redirected packet";

static const struct wire_nd messages[] = {
	{ .type = WIRE_ICMP6_RS },
	{ .type = WIRE_ICMP6_RS, .slla = mac },
	{ .type = WIRE_ICMP6_RA,
	  .hops = 64,
	  .managed = true,
	  .other = true,
	  .pref = -1,
	  .lifetime_s = 1800,
	  .reachable_ms = 30000,
	  .retrans_ms = 1000,
	  .slla = mac,
	  .mtu = 1400 },
	{ .type = WIRE_ICMP6_RA, .pref = 1 },
	{ .type = WIRE_ICMP6_NS, .target = target, .slla = mac },
	{ .type = WIRE_ICMP6_NS,
	  .target = target,
	  .nonce = nonce,
	  .nonce_len = 6 },
	{ .type = WIRE_ICMP6_NA,
	  .target = target,
	  .router = true,
	  .solicited = true,
	  .override = true,
	  .tlla = mac },
	{ .type = WIRE_ICMP6_NA, .target = target, .solicited = true },
	{ .type = WIRE_ICMP6_REDIRECT,
	  .target = target,
	  .dest = dest,
	  .tlla = mac,
	  .redirected = packet,
	  .redirected_len = 48 },
};

static void same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	EQ(!a, !b);
	if (a)
		MEM(a, b, n);
}

static void same(const struct wire_nd *f, const struct wire_nd *g)
{
	EQ(f->type, g->type);
	same_bytes(f->target, g->target, 16);
	same_bytes(f->dest, g->dest, 16);
	same_bytes(f->slla, g->slla, 6);
	same_bytes(f->tlla, g->tlla, 6);
	same_bytes(f->nonce, g->nonce, f->nonce_len);
	EQ(f->nonce_len, g->nonce_len);
	same_bytes(f->redirected, g->redirected, f->redirected_len);
	EQ(f->redirected_len, g->redirected_len);
	OK(f->mtu == g->mtu && f->hops == g->hops && f->pref == g->pref);
	OK(f->managed == g->managed && f->other == g->other);
	OK(f->lifetime_s == g->lifetime_s);
	OK(f->reachable_ms == g->reachable_ms);
	OK(f->retrans_ms == g->retrans_ms);
	OK(f->router == g->router && f->solicited == g->solicited);
	OK(f->override == g->override);
}

TEST(each_message_reads_as_it_was_written)
{
	for (size_t i = 0; i < COUNT(messages); i++) {
		uint8_t out[200], *p;
		struct wire_nd f = { 0 };
		int n = wire_nd_emit(out, sizeof(out), &messages[i]);

		OK(n >= 8);
		EQ(wire_nd_emit(out, (size_t)n - 1, &messages[i]), -ENOBUFS);
		p = exact(out, (size_t)n);
		EQ(wire_nd_parse(&f, p, (size_t)n), n);
		same(&messages[i], &f);
		free(p);
	}
}

TEST(a_solicitation_looks_as_in_the_rfc)
{
	uint8_t out[64];

	EQ(wire_nd_emit(out, sizeof(out), &messages[4]), 32);
	MEM(out, "\x87\0\0\0\0\0\0\0", 8);
	MEM(out + 8, target, 16);
	MEM(out + 24, "\1\1\2\0\0\0\0\1", 8);
	EQ(wire_nd_emit(out, sizeof(out), &messages[6]), 32);
	MEM(out, "\x88\0\0\0\xe0\0\0\0", 8);
	MEM(out + 24, "\2\1\2\0\0\0\0\1", 8);
}

TEST(refuses_every_shorter_message)
{
	for (size_t i = 0; i < COUNT(messages); i++) {
		uint8_t out[200];
		int len = wire_nd_emit(out, sizeof(out), &messages[i]);
		struct wire_nd whole;

		wire_nd_parse(&whole, out, (size_t)len);
		for (size_t n = 0; n < (size_t)len; n++) {
			uint8_t *p = exact(out, n);
			struct wire_nd f = { 0 };
			int got = wire_nd_parse(&f, p, n);

			if (n < whole.opts) {
				EQ(got, -EINVAL);
				EQ(f.bad, WIRE_BAD_SHORT);
			} else if (got < 0) {
				EQ(f.bad, WIRE_BAD_OPT_LEN);
			} else { /* it was cut between two options */
				OK((n - whole.opts) % 8 == 0);
			}
			free(p);
		}
	}
}

TEST(refuses_a_code_a_group_and_a_foreign_type)
{
	uint8_t p[128];
	struct wire_nd f = { 0 };

	wire_nd_emit(p, sizeof(p), &messages[4]);
	p[1] = 1;
	EQ(wire_nd_parse(&f, p, 32), -EINVAL);
	EQ(f.bad, WIRE_BAD_CODE);
	p[1] = 0;
	p[8] = 0xff;
	EQ(wire_nd_parse(&f, p, 32), -EINVAL);
	EQ(f.bad, WIRE_BAD_ADDR);
	p[0] = 128;
	EQ(wire_nd_parse(&f, p, 32), -EINVAL);
	EQ(f.bad, WIRE_BAD_TYPE);
	wire_nd_emit(p, sizeof(p), &messages[8]);
	p[24] = 0xff; /* a redirect's destination */
	EQ(wire_nd_parse(&f, p, 40), -EINVAL);
	EQ(f.bad, WIRE_BAD_ADDR);
}

/* The class of Bad Neighbor and of AMNESIA:33: lengths 0, and past the end. */
TEST(every_option_type_with_every_length_stays_inside)
{
	for (unsigned type = 0; type < 256; type++)
		for (unsigned units = 0; units < 256; units++) {
			uint8_t full[24 + 48] = { WIRE_ICMP6_NS }, *p;
			bool ok = units == 1 || units == 6;
			struct wire_nd f = { 0 };
			int got;

			full[24] = (uint8_t)type;
			full[25] = (uint8_t)units;
			for (int at = 32; at < 72; at += 8)
				full[at + 1] = 1; /* options of type 0 */
			p = exact(full, sizeof(full));
			got = wire_nd_parse(&f, p, sizeof(full));
			if (units == 0 || units > 6)
				EQ(f.bad, WIRE_BAD_OPT_LEN);
			OK(got == 72 || (got == -EINVAL && f.bad));
			OK(!ok || got == 72);
			free(p);
		}
}

TEST(an_option_of_a_length_not_its_own_is_passed_over)
{
	uint8_t p[24 + 32] = { WIRE_ICMP6_NS };
	struct wire_nd f = { 0 };

	memcpy(p + 24, "\1\2", 2); /* 16 bytes of link-layer address */
	memcpy(p + 40, "\1\1\2\0\0\0\0\1", 8);
	memcpy(p + 48, "\1\1\2\0\0\0\0\2", 8); /* the first one counts */
	EQ(wire_nd_parse(&f, p, sizeof(p)), 56);
	MEM(f.slla, mac, 6);
}

TEST(the_reserved_preference_counts_as_medium)
{
	uint8_t p[16] = { WIRE_ICMP6_RA, [5] = 0x10 };
	struct wire_nd f = { 0 };

	EQ(wire_nd_parse(&f, p, 16), 16);
	EQ(f.pref, 0);
}

TEST(writes_nothing_that_cannot_be_spelled)
{
	uint8_t p[3000];
	struct wire_nd f = { .type = 128 };

	EQ(wire_nd_emit(p, sizeof(p), &f), -EINVAL);
	f.type = WIRE_ICMP6_NS; /* no target */
	EQ(wire_nd_emit(p, sizeof(p), &f), -EINVAL);
	f.type = WIRE_ICMP6_RS;
	f.target = target; /* has none */
	EQ(wire_nd_emit(p, sizeof(p), &f), -EINVAL);
	f.type = WIRE_ICMP6_REDIRECT; /* no destination */
	EQ(wire_nd_emit(p, sizeof(p), &f), -EINVAL);
	f.type = WIRE_ICMP6_NS;
	f.nonce = packet;
	f.nonce_len = 2039;
	EQ(wire_nd_emit(p, sizeof(p), &f), -EINVAL);
	f.nonce = NULL;
	f.type = WIRE_ICMP6_REDIRECT;
	f.dest = dest;
	f.redirected = packet;
	f.redirected_len = 1300; /* cut to 1240: 1280 with the headers */
	EQ(wire_nd_emit(p, sizeof(p), &f), 40 + 8 + 1240);
	f.redirected_len = 47; /* cut to a multiple of 8 */
	EQ(wire_nd_emit(p, sizeof(p), &f), 40 + 8 + 40);
}

/* An RA with one of each option that may be repeated. */
TEST(walks_the_options_of_an_advertisement)
{
	const struct wire_nd_prefix prefix = { .prefix = target,
					       .valid_s = 86400,
					       .preferred_s = 14400,
					       .plen = 64,
					       .on_link = true,
					       .autonomous = true };
	const struct wire_nd_route route = {
		.prefix = { 0x20, 1 }, .lifetime_s = 600, .plen = 48, .pref = 1
	};
	const uint8_t servers[32] = { 0xfd, 1, [16] = 0xfd, 2 };
	const struct wire_nd_rdnss dns = { servers, 300, 2 };
	const struct wire_nd_dnssl list = { (const uint8_t *)"\3lab\0", 300,
					    5 };
	const struct wire_nd_pref64 nat = { .prefix = { 0, 0x64, 0xff, 0x9b },
					    .lifetime_s = 1800,
					    .plen = 96 };
	struct wire_nd_prefix pi;
	struct wire_nd_route ri;
	struct wire_nd_rdnss rd;
	struct wire_nd_dnssl dl;
	struct wire_nd_pref64 p64;
	struct wire_nd_opt o;
	struct wire_nd f = { 0 };
	uint8_t p[200];
	size_t n, off;

	n = (size_t)wire_nd_emit(p, sizeof(p), &messages[3]);
	n += (size_t)wire_nd_prefix_emit(p + n, sizeof(p) - n, &prefix);
	n += (size_t)wire_nd_route_emit(p + n, sizeof(p) - n, &route);
	n += (size_t)wire_nd_rdnss_emit(p + n, sizeof(p) - n, &dns);
	n += (size_t)wire_nd_dnssl_emit(p + n, sizeof(p) - n, &list);
	n += (size_t)wire_nd_pref64_emit(p + n, sizeof(p) - n, &nat);
	EQ(n, 16 + 32 + 16 + 40 + 16 + 16);
	EQ(wire_nd_parse(&f, p, n), n);
	off = f.opts;

	EQ(wire_nd_opt_next(&o, p, n, &off), 1);
	EQ(o.type, WIRE_ND_OPT_PREFIX);
	EQ(wire_nd_prefix_parse(&pi, &o), 0);
	MEM(pi.prefix, target, 16);
	OK(pi.plen == 64 && pi.on_link && pi.autonomous);
	OK(pi.valid_s == 86400 && pi.preferred_s == 14400);

	EQ(wire_nd_opt_next(&o, p, n, &off), 1);
	EQ(o.type, WIRE_ND_OPT_ROUTE);
	EQ(wire_nd_route_parse(&ri, &o), 0);
	MEM(ri.prefix, route.prefix, 16);
	OK(ri.lifetime_s == 600 && ri.plen == 48 && ri.pref == 1);

	EQ(wire_nd_opt_next(&o, p, n, &off), 1);
	EQ(o.type, WIRE_ND_OPT_RDNSS);
	EQ(wire_nd_rdnss_parse(&rd, &o), 0);
	EQ(rd.count, 2);
	EQ(rd.lifetime_s, 300);
	MEM(rd.addrs, servers, 32);

	EQ(wire_nd_opt_next(&o, p, n, &off), 1);
	EQ(o.type, WIRE_ND_OPT_DNSSL);
	EQ(wire_nd_dnssl_parse(&dl, &o), 0);
	EQ(dl.len, 8);
	EQ(dl.lifetime_s, 300);
	MEM(dl.names, "\3lab\0\0\0\0", 8);

	EQ(wire_nd_opt_next(&o, p, n, &off), 1);
	EQ(o.type, WIRE_ND_OPT_PREF64);
	EQ(wire_nd_pref64_parse(&p64, &o), 0);
	MEM(p64.prefix, nat.prefix, 16);
	OK(p64.lifetime_s == 1800 && p64.plen == 96);

	EQ(wire_nd_opt_next(&o, p, n, &off), 0);
}

/* Each option alone: bytes, and which decoder must refuse them. */
TEST(a_decoder_refuses_what_its_rfc_forbids)
{
	uint8_t b[40] = { 0 };
	struct wire_nd_opt o = { .p = b };
	struct wire_nd_prefix pi;
	struct wire_nd_route ri;
	struct wire_nd_rdnss rd;
	struct wire_nd_dnssl dl;
	struct wire_nd_pref64 p64;

	for (unsigned units = 1; units <= 5; units++) {
		o.len = (uint16_t)(units * 8);
		EQ(wire_nd_prefix_parse(&pi, &o), units == 4 ? 0 : -EINVAL);
		EQ(wire_nd_route_parse(&ri, &o), units <= 3 ? 0 : -EINVAL);
		/* an even length is the fault of CVE-2020-16898 */
		EQ(wire_nd_rdnss_parse(&rd, &o),
		   units >= 3 && units & 1 ? 0 : -EINVAL);
		EQ(wire_nd_dnssl_parse(&dl, &o), units >= 2 ? 0 : -EINVAL);
		EQ(wire_nd_pref64_parse(&p64, &o), units == 2 ? 0 : -EINVAL);
	}
	b[2] = 129; /* a prefix longer than an address */
	o.len = 32;
	EQ(wire_nd_prefix_parse(&pi, &o), -EINVAL);
	o.len = 24;
	EQ(wire_nd_route_parse(&ri, &o), -EINVAL);
	b[2] = 65; /* more than the 8 bytes that are there */
	o.len = 16;
	EQ(wire_nd_route_parse(&ri, &o), -EINVAL);
	b[2] = 64;
	EQ(wire_nd_route_parse(&ri, &o), 0);
	b[3] = 0x10; /* the reserved preference */
	EQ(wire_nd_route_parse(&ri, &o), -EINVAL);
	b[3] = 6; /* a prefix length code of NAT64 that is none */
	EQ(wire_nd_pref64_parse(&p64, &o), -EINVAL);
}

TEST(an_encoder_refuses_what_its_rfc_forbids)
{
	uint8_t p[64];
	struct wire_nd_prefix pi = { .prefix = target, .plen = 129 };
	struct wire_nd_route ri = { .plen = 129 };
	struct wire_nd_rdnss rd = { .addrs = target };
	struct wire_nd_dnssl dl = { .names = target };
	struct wire_nd_pref64 p64 = { .plen = 95 };

	EQ(wire_nd_prefix_emit(p, 64, &pi), -EINVAL);
	EQ(wire_nd_route_emit(p, 64, &ri), -EINVAL);
	EQ(wire_nd_rdnss_emit(p, 64, &rd), -EINVAL);
	EQ(wire_nd_dnssl_emit(p, 64, &dl), -EINVAL);
	EQ(wire_nd_pref64_emit(p, 64, &p64), -EINVAL);
	pi.plen = 128;
	ri.plen = 128;
	rd.count = 1;
	dl.len = 9;
	p64.plen = 32;
	EQ(wire_nd_prefix_emit(p, 31, &pi), -ENOBUFS);
	EQ(wire_nd_route_emit(p, 23, &ri), -ENOBUFS);
	EQ(wire_nd_rdnss_emit(p, 23, &rd), -ENOBUFS);
	EQ(wire_nd_dnssl_emit(p, 23, &dl), -ENOBUFS);
	EQ(wire_nd_pref64_emit(p, 15, &p64), -ENOBUFS);
	EQ(wire_nd_route_emit(p, 24, &ri), 24);
	EQ(wire_nd_dnssl_emit(p, 24, &dl), 24);
	p64.lifetime_s = 7; /* not in units of 8 s */
	EQ(wire_nd_pref64_emit(p, 16, &p64), -EINVAL);
}

TESTS(CASE(each_message_reads_as_it_was_written),
      CASE(a_solicitation_looks_as_in_the_rfc),
      CASE(refuses_every_shorter_message),
      CASE(refuses_a_code_a_group_and_a_foreign_type),
      CASE(every_option_type_with_every_length_stays_inside),
      CASE(an_option_of_a_length_not_its_own_is_passed_over),
      CASE(the_reserved_preference_counts_as_medium),
      CASE(writes_nothing_that_cannot_be_spelled),
      CASE(walks_the_options_of_an_advertisement),
      CASE(a_decoder_refuses_what_its_rfc_forbids),
      CASE(an_encoder_refuses_what_its_rfc_forbids))
