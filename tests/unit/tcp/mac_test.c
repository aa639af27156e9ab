/* SPDX-License-Identifier: MIT */
#include "../lend.h"
#include "../rfc9235.h"
#include "../test.h"

#include "tcp/mac.h"
#include "wire/be.h"

/* Where the option of @kind stands in the header of @hlen octets. */
static uint32_t option_at(const uint8_t *h, uint32_t hlen, uint8_t kind)
{
	uint32_t at = 20;

	while (at < hlen && h[at] != kind)
		at += h[at] == 1 ? 1 : h[at + 1];
	OK(at < hlen);
	return at;
}

/* The ends and the numbers of an IP packet. */
static uint32_t read_ip(const uint8_t *ip, struct ostia_addr *src,
			struct ostia_addr *dst)
{
	if (ip[0] >> 4 == 4) {
		*src = addr_v4(ip + 12);
		*dst = addr_v4(ip + 16);
		return 20;
	}
	memcpy(src->b, ip + 8, 16);
	memcpy(dst->b, ip + 24, 16);
	return 40;
}

static struct ostia_pkt *packet_of(struct ostia_pool *pool, const uint8_t *b,
				   size_t n)
{
	struct ostia_pkt *p = pkt_new(pool);

	OK(p);
	OK(!pkt_append_copy(p, b, (uint32_t)n));
	return p;
}

/* A packet's key and MAC are made as those of the RFC. */
static void try_packet(struct ostia_pool *pool, const struct connection *c,
		       int packet)
{
	bool up = packet == SYN || packet == UP;
	const char *hex = c->key[packet == DOWN ? SYN_ACK : packet];
	uint8_t b[256], key[20], out[20];
	size_t n = from_hex(c->packet[packet], b);
	struct ostia_addr src, dst;
	uint32_t ip = read_ip(b, &src, &dst), at;
	const uint8_t *h = b + ip;
	struct ostia_pkt *p = packet_of(pool, b, n);
	struct tcp_mac_seg s = {
		.src = &src,
		.dst = &dst,
		.sport = wire_be_get16(h),
		.dport = wire_be_get16(h + 2),
		.h = h,
		.hlen = (uint32_t)(h[12] >> 4) * 4,
		.sisn = up ? c->client : c->server,
		.disn = packet == SYN ? 0
			: up	      ? c->server
				      : c->client,
		.p = p,
	};

	s.data = ip + s.hlen;
	at = option_at(h, s.hlen, 29);
	EQ(tcp_mac_traffic_key(&s, c->alg, (const uint8_t *)"testvector", 10,
			       out),
	   from_hex(hex, key));
	OK(!memcmp(out, key, strlen(hex) / 2));
	tcp_mac_ao(&s, c->alg, (const uint8_t *)"testvector", 10, at, 12,
		   c->options, out);
	OK(!memcmp(out, h + at + 4, 12));
	pkt_free(p);
}

TEST(every_vector_of_rfc_9235_has_its_key_and_its_mac)
{
	struct lend lend = { .left = -1 };
	struct ostia_env env = lend_env(&lend);
	struct ostia_pool *pool;

	EQ(ostia_pool_new(&env, 0, &pool), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int packet = 0; packet < PACKETS; packet++)
			try_packet(pool, &rows[i], packet);
	ostia_pool_free(pool);
}

TESTS(CASE(every_vector_of_rfc_9235_has_its_key_and_its_mac))
