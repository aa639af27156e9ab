/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/ip6.h"

static void fixed_again(const struct wire_ip6 *f, const uint8_t *p)
{
	uint8_t out[WIRE_IP6_HLEN];

	CHECK(wire_ip6_emit(out, WIRE_IP6_HLEN - 1, f) == -ENOBUFS);
	CHECK(wire_ip6_emit(out, sizeof(out), f) == WIRE_IP6_HLEN);
	CHECK(memcmp(out, p, WIRE_IP6_HLEN) == 0);
}

static void fragment_again(const struct wire_ip6_chain *c, const uint8_t *p)
{
	uint8_t out[8];
	uint8_t next = p[c->frag];

	CHECK(wire_ip6_frag_emit(out, 7, next, c->frag_off, c->more,
				 c->frag_id) == -ENOBUFS);
	CHECK(wire_ip6_frag_emit(out, 8, next, c->frag_off, c->more,
				 c->frag_id) == 8);
	CHECK(out[0] == p[c->frag]);
	CHECK(((out[3] ^ p[c->frag + 3]) & 0xf9) == 0); /* reserved bits */
	CHECK(memcmp(out + 4, p + c->frag + 4, 4) == 0);
	CHECK(wire_ip6_frag_emit(out, 8, next, (uint16_t)(c->frag_off + 1),
				 c->more, c->frag_id) == -EINVAL);
}

static void sane(const struct wire_ip6_chain *c, int got, const uint8_t *p,
		 size_t end)
{
	if (got < 0) {
		CHECK(got == -EINVAL && c->bad && c->todo);
		CHECK(c->todo == WIRE_IP6_DROP || c->todo == WIRE_IP6_PULL ||
		      c->pointer < end);
		return;
	}
	CHECK(got >= WIRE_IP6_HLEN && (size_t)got <= end);
	CHECK((uint32_t)got == c->off && p[c->next_at] == c->next);
	CHECK(c->hbh == 0 || c->hbh == WIRE_IP6_HLEN);
	CHECK(c->dst < end && c->routing < end && c->frag < end);
	CHECK(c->frag_off % 8 == 0);
	if (c->frag)
		fragment_again(c, p);
}

/* Whoever pulls bytes up little by little hears the same in the end. */
static void little_by_little(const uint8_t *p, size_t end,
			     const struct wire_ip6_limits *lim)
{
	struct wire_ip6_chain whole, c;
	int want = wire_ip6_walk(&whole, p, end, end, lim);
	size_t have = WIRE_IP6_HLEN;
	int got;

	sane(&whole, want, p, end);
	CHECK(whole.todo != WIRE_IP6_PULL);
	for (;;) {
		uint8_t *part = exactly(p, have);

		got = wire_ip6_walk(&c, part, have, end, lim);
		free(part);
		if (got >= 0 || c.todo != WIRE_IP6_PULL)
			break;
		CHECK(c.need > have && c.need <= end);
		have = c.need;
	}
	CHECK(got == want && c.bad == whole.bad && c.todo == whole.todo);
	CHECK(c.pointer == whole.pointer && c.code == whole.code);
	CHECK(c.off == whole.off && c.next == whole.next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_ip6_limits lim = WIRE_IP6_LIMITS;
	struct wire_ip6 f;
	size_t end;
	int n = wire_ip6_parse(&f, data, size, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	end = WIRE_IP6_HLEN + (size_t)f.plen;
	CHECK(n == WIRE_IP6_HLEN && end <= size);
	fixed_again(&f, data);
	little_by_little(data, end, &lim);
	lim.max_dst_len = 64;
	lim.max_headers = 255;
	little_by_little(data, end, &lim);
	return 0;
}
