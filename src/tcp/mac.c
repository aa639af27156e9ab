/* SPDX-License-Identifier: MIT */
#include "tcp/mac.h"

#include "base/aes.h"
#include "base/md5.h"
#include "base/sha1.h"
#include "wire/be.h"
#include "wire/tcp.h"

#include <netinet/in.h>

enum {
	PSEUDO_MAX = 40,
	CSUM_AT = 16,
	CONTEXT_MAX = 44,
	LABEL = 7, /* "\1TCP-AO" */
};

/* One of three, under way. */
struct mac {
	enum { MD5, HMAC, CMAC } kind;
	union {
		struct digest md5;
		struct hmac_sha1 hmac;
		struct cmac cmac;
	};
};

static void add(struct mac *m, const void *p, size_t n)
{
	switch (m->kind) {
	case MD5:
		digest_add(&m->md5, p, n);
		break;
	case HMAC:
		hmac_sha1_add(&m->hmac, p, n);
		break;
	case CMAC:
		cmac_add(&m->cmac, p, n);
		break;
	}
}

static void begin(struct mac *m, enum tcp_mac_alg alg, const uint8_t *key,
		  size_t n)
{
	uint8_t short_key[AES_KEY] = { 0 };

	if (alg == TCP_MAC_HMAC_SHA1) {
		m->kind = HMAC;
		hmac_sha1_init(&m->hmac, key, n);
		return;
	}
	m->kind = CMAC;
	if (n == AES_KEY) {
		cmac_init(&m->cmac, key);
		return;
	}
	/* RFC 5926 3.1.1.2: another length is made 128 bits */
	cmac_init(&m->cmac, short_key);
	cmac_add(&m->cmac, key, n);
	cmac_end(&m->cmac, short_key);
	cmac_init(&m->cmac, short_key);
}

static size_t end(struct mac *m, uint8_t out[TCP_MAC_MAX])
{
	if (m->kind == HMAC) {
		hmac_sha1_end(&m->hmac, out);
		return SHA1_LEN;
	}
	cmac_end(&m->cmac, out);
	return AES_BLOCK;
}

static uint8_t *put_addr(uint8_t *to, const struct ostia_addr *a)
{
	unsigned n = addr_is_v4(a) ? 4 : 16;

	memcpy(to, a->b + 16 - n, n);
	return to + n;
}

static void add_pseudo(struct mac *m, const struct tcp_mac_seg *s)
{
	uint8_t b[PSEUDO_MAX] = { 0 };
	uint8_t *at = put_addr(put_addr(b, s->src), s->dst);
	uint32_t n = s->hlen + s->p->len - s->data;

	if (addr_is_v4(s->src)) {
		at[1] = IPPROTO_TCP;
		wire_be_put16(at + 2, (uint16_t)n);
		at += 4;
	} else {
		wire_be_put32(at, n);
		at[7] = IPPROTO_TCP;
		at += 8;
	}
	add(m, b, (size_t)(at - b));
}

static void add_data(struct mac *m, const struct tcp_mac_seg *s)
{
	uint8_t b[512];
	uint32_t n;

	for (uint32_t at = s->data; at < s->p->len; at += n) {
		n = pkt_copy_out(s->p, at, b, sizeof(b));
		if (!n)
			return;
		add(m, b, n);
	}
}

void tcp_mac_md5(const struct tcp_mac_seg *s, const uint8_t *key, size_t n,
		 uint8_t out[16])
{
	uint8_t h[WIRE_TCP_HLEN];
	struct mac m = { .kind = MD5 };

	memcpy(h, s->h, sizeof(h));
	memset(h + CSUM_AT, 0, 2);
	md5_init(&m.md5);
	add_pseudo(&m, s);
	add(&m, h, sizeof(h));
	add_data(&m, s);
	add(&m, key, n);
	md5_end(&m.md5, out);
}

/* RFC 5926 3.1.1: one round, a counter that is 1, and the length in bits. */
size_t tcp_mac_traffic_key(const struct tcp_mac_seg *s, enum tcp_mac_alg alg,
			   const uint8_t *key, size_t n,
			   uint8_t out[TCP_MAC_MAX])
{
	uint8_t b[LABEL + CONTEXT_MAX + 2] = "\1TCP-AO";
	uint8_t *at = put_addr(put_addr(b + LABEL, s->src), s->dst);
	struct mac m;

	wire_be_put16(at, s->sport);
	wire_be_put16(at + 2, s->dport);
	wire_be_put32(at + 4, s->sisn);
	wire_be_put32(at + 8, s->disn);
	wire_be_put16(at + 12,
		      alg == TCP_MAC_HMAC_SHA1 ? 8 * SHA1_LEN : 8 * AES_BLOCK);
	begin(&m, alg, key, n);
	add(&m, b, (size_t)(at + 14 - b));
	return end(&m, out);
}

void tcp_mac_ao(const struct tcp_mac_seg *s, enum tcp_mac_alg alg,
		const uint8_t *key, size_t n, uint32_t at, uint8_t maclen,
		bool options, uint8_t out[TCP_MAC_MAX])
{
	uint8_t h[WIRE_TCP_MAX_HLEN], traffic[TCP_MAC_MAX], sne[4];
	size_t len = tcp_mac_traffic_key(s, alg, key, n, traffic);
	uint32_t option = 4u + maclen;
	struct mac m;

	memcpy(h, s->h, s->hlen);
	memset(h + CSUM_AT, 0, 2);
	memset(h + at + 4, 0, maclen);
	wire_be_put32(sne, s->sne);
	begin(&m, alg, traffic, len);
	add(&m, sne, sizeof(sne));
	add_pseudo(&m, s);
	if (options) {
		add(&m, h, s->hlen);
	} else {
		add(&m, h, WIRE_TCP_HLEN);
		add(&m, h + at, option);
	}
	add_data(&m, s);
	end(&m, out);
}
