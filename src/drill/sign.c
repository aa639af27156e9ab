/* SPDX-License-Identifier: MIT */
#include "drill/sign.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "base/aes.h"
#include "base/md5.h"
#include "base/sha1.h"
#include "sock/auth.h"
#include "sock/optnames.h" /* after the system's own */
#include "wire/be.h"
#include "wire/tcp.h"

enum {
	IP6_HLEN = 40,
	CSUM_AT = 16,
	AO_HEAD = 4, /* kind, length, KeyID, RNextKeyID */
	AO_DEFAULT = 12, /* RFC 5926 3.2: 96 bits */
	MAC_MAX = 20,
	LABEL_LEN = 6,
};

/* --- keys ----------------------------------------------------------------- */

static bool is_signed(const struct drill_opt *o)
{
	return o->kind == DRILL_OPT_MD5 || o->kind == DRILL_OPT_AO;
}

static bool is_computed(const struct drill_opt *o)
{
	return is_signed(o) &&
	       (o->sign == DRILL_SIGN_KEY || o->sign == DRILL_SIGN_SCRIPT);
}

static void learn_md5(struct drill_key *k, const void *value)
{
	struct tcp_md5sig m;

	memcpy(&m, value, sizeof(m));
	k->maclen = MD5_LEN;
	k->len = (uint8_t)m.tcpm_keylen;
	memcpy(k->bytes, m.tcpm_key, k->len);
}

static void learn_ao(struct drill_key *k, const void *value)
{
	struct sock_ao_add a;

	memcpy(&a, value, sizeof(a));
	k->ao = true;
	k->cmac = a.alg_name[0] == 'c';
	k->bare = a.keyflags & SOCK_AO_EXCLUDE_OPT;
	k->sndid = a.sndid;
	k->rcvid = a.rcvid;
	k->maclen = a.maclen ? a.maclen : AO_DEFAULT;
	k->len = a.keylen;
	memcpy(k->bytes, a.key, k->len);
}

/* A key of no length removes one; what it signed may still arrive. */
void drill_sign_learn(struct drill_key **keys, struct drill_arena *a, int name,
		      const void *value, size_t n)
{
	bool md5 = (name == TCP_MD5SIG || name == TCP_MD5SIG_EXT) &&
		   n >= sizeof(struct tcp_md5sig);
	bool ao = name == TCP_AO_ADD_KEY && n >= sizeof(struct sock_ao_add);
	struct drill_key k = { .next = *keys };

	if (md5)
		learn_md5(&k, value);
	else if (ao)
		learn_ao(&k, value);
	if (!ao && k.len == 0)
		return;
	*keys = drill_arena_alloc(a, sizeof(k));
	**keys = k;
}

/* What @o is signed with: the newest key for it, with the option's own bytes
 * where it has some.
 */
static int find_key(const struct drill_key *keys, bool out,
		    const struct drill_opt *o, struct drill_key *found)
{
	bool ao = o->kind == DRILL_OPT_AO;

	while (keys && (keys->ao != ao ||
			(ao && o->a != (out ? keys->sndid : keys->rcvid))))
		keys = keys->next;
	if (!keys && o->sign == DRILL_SIGN_SCRIPT)
		return -ENOKEY;
	*found = keys ? *keys
		      : (struct drill_key) { .ao = ao,
					     .maclen = ao ? AO_DEFAULT
							  : MD5_LEN };
	if (o->sign == DRILL_SIGN_KEY) {
		found->len = (uint8_t)o->key_len;
		memcpy(found->bytes, o->key, o->key_len);
	}
	return 0;
}

int drill_sign_begin(const struct drill_key *keys, bool out,
		     struct drill_seg *s)
{
	struct drill_key k;
	int n = 0;

	for (unsigned i = 0; i < s->nopts; i++) {
		if (!is_computed(&s->opts[i]))
			continue;
		if (find_key(keys, out, &s->opts[i], &k) < 0)
			return -ENOKEY;
		s->opts[i].n = k.maclen;
		memset(s->opts[i].bytes, 0, sizeof(s->opts[i].bytes));
		n++;
	}
	return n;
}

/* --- digests -------------------------------------------------------------- */

/** struct mac - TCP-AO's two algorithms as one */
struct mac {
	bool cmac;
	union {
		struct hmac_sha1 sha1;
		struct cmac aes;
	};
};

static void mac_add(struct mac *m, const void *p, size_t n)
{
	if (m->cmac)
		cmac_add(&m->aes, p, n);
	else
		hmac_sha1_add(&m->sha1, p, n);
}

static size_t mac_end(struct mac *m, uint8_t out[MAC_MAX])
{
	if (m->cmac)
		cmac_end(&m->aes, out);
	else
		hmac_sha1_end(&m->sha1, out);
	return m->cmac ? AES_BLOCK : SHA1_LEN;
}

/* RFC 5926 3.1.1.2: a key of another length than AES's becomes one. */
static void mac_begin(struct mac *m, bool cmac, const uint8_t *key, size_t n)
{
	uint8_t fit[AES_KEY] = { 0 };

	m->cmac = cmac;
	if (!cmac) {
		hmac_sha1_init(&m->sha1, key, n);
		return;
	}
	if (n == AES_KEY) {
		memcpy(fit, key, n);
	} else {
		cmac_init(&m->aes, fit);
		cmac_add(&m->aes, key, n);
		cmac_end(&m->aes, fit);
	}
	cmac_init(&m->aes, fit);
}

/**
 * struct signee - A packet, taken apart
 * @src, @alen: its addresses stand one behind the other
 * @tcp, @n:	header and data, @hlen bytes of header
 * @at:		where the option stands in it, 0: nowhere
 */
struct signee {
	const uint8_t *src, *tcp;
	size_t alen, n, hlen, at;
	uint32_t sisn, disn, sne;
};

/* The option of @kind in the header at hand. */
static size_t option_at(const uint8_t *tcp, size_t hlen, uint8_t kind)
{
	for (size_t i = WIRE_TCP_HLEN; i < hlen && tcp[i];) {
		if (tcp[i] == kind)
			return i;
		i += tcp[i] == WIRE_TCP_KIND_NOP      ? 1
		     : i + 1 < hlen && tcp[i + 1] > 1 ? tcp[i + 1]
						      : hlen;
	}
	return 0;
}

/* RFC 2385 2.0, RFC 5925 5.1: what the checksum's pseudo-header is. */
static size_t pseudo(const struct signee *s, uint8_t to[40])
{
	size_t at = 2 * s->alen;

	memset(to, 0, 40);
	memcpy(to, s->src, at);
	if (s->alen == 4) {
		to[at + 1] = IPPROTO_TCP;
		wire_be_put16(to + at + 2, (uint16_t)s->n);
		return at + 4;
	}
	wire_be_put32(to + at, (uint32_t)s->n);
	to[at + 7] = IPPROTO_TCP;
	return at + 8;
}

static void digest_md5(const struct signee *s, const struct drill_key *k,
		       uint8_t out[MAC_MAX])
{
	uint8_t head[WIRE_TCP_HLEN], ph[40];
	struct digest m;

	memcpy(head, s->tcp, sizeof(head));
	wire_be_put16(head + CSUM_AT, 0);
	md5_init(&m);
	digest_add(&m, ph, pseudo(s, ph));
	digest_add(&m, head, sizeof(head));
	digest_add(&m, s->tcp + s->hlen, s->n - s->hlen);
	digest_add(&m, k->bytes, k->len);
	md5_end(&m, out);
}

/* RFC 5925 5.2, RFC 5926 3.1.1: Master_Key to traffic key. */
static size_t traffic_key(const struct signee *s, const struct drill_key *k,
			  uint8_t out[MAC_MAX])
{
	static const uint8_t one[] = { 1 };
	uint8_t isns[8], bits[2];
	struct mac m;

	wire_be_put32(isns, s->sisn);
	wire_be_put32(isns + 4, s->disn);
	wire_be_put16(bits, k->cmac ? 128 : 160);
	mac_begin(&m, k->cmac, k->bytes, k->len);
	mac_add(&m, one, 1);
	mac_add(&m, "TCP-AO", LABEL_LEN);
	mac_add(&m, s->src, 2 * s->alen);
	mac_add(&m, s->tcp, 4); /* both ports */
	mac_add(&m, isns, sizeof(isns));
	mac_add(&m, bits, sizeof(bits));
	return mac_end(&m, out);
}

static void digest_ao(const struct signee *s, const struct drill_key *k,
		      uint8_t out[MAC_MAX])
{
	uint8_t head[WIRE_TCP_MAX_HLEN], ph[40], sne[4], key[MAC_MAX];
	size_t len = traffic_key(s, k, key);
	struct mac m;

	memcpy(head, s->tcp, s->hlen);
	wire_be_put16(head + CSUM_AT, 0);
	if (s->at + AO_HEAD + k->maclen <= s->hlen)
		memset(head + s->at + AO_HEAD, 0, k->maclen);
	wire_be_put32(sne, s->sne);
	mac_begin(&m, k->cmac, key, len);
	mac_add(&m, sne, sizeof(sne));
	mac_add(&m, ph, pseudo(s, ph));
	if (k->bare) {
		mac_add(&m, head, WIRE_TCP_HLEN);
		mac_add(&m, head + s->at, AO_HEAD + (size_t)k->maclen);
	} else {
		mac_add(&m, head, s->hlen);
	}
	mac_add(&m, s->tcp + s->hlen, s->n - s->hlen);
	mac_end(&m, out);
}

static bool take_apart(const struct drill_path *path, const uint8_t *b,
		       size_t n, struct signee *s)
{
	size_t ip = path->v6 ? IP6_HLEN : (b[0] & 15u) * 4u;

	if (n < ip + WIRE_TCP_HLEN)
		return false;
	s->alen = path->v6 ? 16 : 4;
	s->src = b + (path->v6 ? 8 : 12);
	s->tcp = b + ip;
	s->n = n - ip;
	s->hlen = (s->tcp[12] >> 4) * 4u;
	return s->hlen >= WIRE_TCP_HLEN && s->hlen <= s->n;
}

/* RFC 5925 5.2: a SYN knows only its own number; 6.2: the sequence number's
 * extension, of streams shorter than 2 GB.
 */
static void numbers(struct signee *s, uint32_t from, uint32_t to)
{
	uint32_t seq = wire_be_get32(s->tcp + 4);
	uint16_t flags = wire_be_get16(s->tcp + 12);

	s->sisn = flags & WIRE_TCP_SYN ? seq : from;
	s->disn = flags & WIRE_TCP_SYN && !(flags & WIRE_TCP_ACK) ? 0 : to;
	s->sne = seq < s->sisn && seq - s->sisn < UINT32_C(1) << 31;
}

void drill_sign_end(const struct drill_key *keys, bool out,
		    const struct drill_path *path, uint32_t our_isn,
		    uint32_t peer_isn, struct drill_seg *s, const uint8_t *b,
		    size_t n)
{
	uint8_t mac[MAC_MAX];
	struct drill_key k;
	struct signee e;

	if (!take_apart(path, b, n, &e))
		return;
	numbers(&e, out ? our_isn : peer_isn, out ? peer_isn : our_isn);
	for (unsigned i = 0; i < s->nopts; i++) {
		struct drill_opt *o = &s->opts[i];

		if (!is_computed(o) || find_key(keys, out, o, &k) < 0)
			continue;
		e.at = option_at(e.tcp, e.hlen,
				 k.ao ? WIRE_TCP_KIND_AO : WIRE_TCP_KIND_MD5);
		if (!e.at)
			continue;
		if (k.ao)
			digest_ao(&e, &k, mac);
		else
			digest_md5(&e, &k, mac);
		memcpy(o->bytes, mac, o->n);
	}
}
