/* SPDX-License-Identifier: MIT */
#include "wire/icmpext.h"

#include "base/pkt.h"
#include "check.h"
#include "ip/errq.h"
#include "wire/icmp4.h"

#include <linux/errqueue.h>

static void *take(void *ctx, size_t n)
{
	(void)ctx;
	return malloc(n);
}

static void give(void *ctx, void *p, size_t n)
{
	(void)ctx;
	(void)n;
	free(p);
}

enum { HEAD = 3 };

static bool sum_ok(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint64_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* RFC 4884 7 and 8, of bytes that lie together. */
static bool is_structure(const uint8_t *p, size_t n)
{
	struct wire_icmpext x = wire_icmpext_parse(p);
	size_t at = WIRE_ICMPEXT_HLEN;

	if (x.version != WIRE_ICMPEXT_VERSION)
		return true;
	if (x.csum && !sum_ok(p, n))
		return false;
	while (n - at >= WIRE_ICMPEXT_OBJECT_HLEN) {
		int len = wire_icmpext_object(p + at);

		if (len < 0 || (size_t)len > n - at)
			return false;
		at += (size_t)len;
	}
	return at == n;
}

static uint32_t expected(const uint8_t *p, size_t n, size_t told, size_t off)
{
	size_t at = WIRE_ICMP_HLEN + told;
	struct sock_ee_data_rfc4884 ee = { 0 };
	uint8_t *x;
	uint32_t v;

	if (told < WIRE_ICMPEXT_MIN_QUOTE || at < off ||
	    at + WIRE_ICMPEXT_HLEN > n)
		return 0;
	ee.len = (uint16_t)(at - off);
	x = exactly(p + at, n - at);
	if (!is_structure(x, n - at))
		ee.flags = SO_EE_RFC4884_FLAG_INVALID;
	free(x);
	memcpy(&v, &ee, sizeof(v));
	return v;
}

/* A packet of two slices that meet at @cut. */
static struct ostia_pkt *in_two(struct ostia_pool *pool, const uint8_t *p,
				size_t n, size_t cut)
{
	struct ostia_pkt *a = ostia_pkt_from(pool, p, cut);
	struct ostia_pkt *b = ostia_pkt_from(pool, p + cut, n - cut);

	CHECK(a && b && !pkt_append_pkt(a, b, 0));
	ostia_pkt_free(b);
	return a;
}

/*
 * The length field, what of the message is not kept, where a slice ends; then
 * the message. What is said of it does not depend on slices.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ostia_env env = { .alloc = take, .free = give };
	struct ip_error e = { 0 };
	struct ostia_pool *pool;
	size_t cut;

	if (size < HEAD + WIRE_ICMP_HLEN || size > UINT16_MAX)
		return 0;
	CHECK(ostia_pool_new(&env, 0, &pool) == 0);
	size -= HEAD;
	cut = WIRE_ICMP_HLEN + data[2] * 4u;
	e.told_len = (uint16_t)(data[0] * 4);
	e.quote = in_two(pool, data + HEAD, size, cut < size ? cut : size);
	CHECK(errq_rfc4884(&e, data[1]) ==
	      expected(data + HEAD, size, e.told_len, data[1]));
	ostia_pkt_free(e.quote);
	ostia_pool_free(pool);
	return 0;
}
