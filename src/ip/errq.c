/* SPDX-License-Identifier: MIT */
#include "ip/errq.h"

#include "base/csum.h"
#include "ip/icmp.h"
#include "wire/icmpext.h"

#include <errno.h>
#include <linux/errqueue.h>

struct ostia_pkt *errq_make(struct ostia_pool *pool, const struct errq_entry *e,
			    struct ostia_pkt *quote, uint32_t off)
{
	struct errq_entry copy = *e;
	struct ostia_pkt *p = pkt_new(pool);

	if (!p)
		return NULL;
	copy.len = quote && quote->len > off ? quote->len - off : 0;
	if (pkt_append_copy(p, &copy, sizeof(copy)) ||
	    (copy.len && pkt_append_pkt(p, quote, off))) {
		pkt_free(p);
		return NULL;
	}
	return p;
}

bool errq_push(struct pktq *q, struct ostia_pool *pool,
	       const struct errq_entry *e, struct ostia_pkt *quote,
	       uint32_t off)
{
	struct ostia_pkt *p = NULL;

	if (q->count < q->cap)
		p = errq_make(pool, e, quote, off);
	return p && pktq_push(q, p);
}

bool errq_file(struct pktq *q, struct ostia_pkt *p, ostia_time when)
{
	uint8_t *e = pkt_edit(p, sizeof(struct errq_entry));

	if (e && q->count < q->cap) {
		memcpy(e + offsetof(struct errq_entry, when), &when,
		       sizeof(when));
		return pktq_push(q, p);
	}
	pkt_free(p);
	return false;
}

struct errq_entry errq_of(const struct ip_error *e)
{
	bool v4 = addr_is_v4(&e->flow.remote);
	struct errq_entry out = {
		.dst = e->flow.remote,
		.info = e->mtu ? e->mtu : e->info,
		.err = e->err,
		.port = e->flow.rport,
		.origin = v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6,
		.type = e->type,
		.code = e->code,
	};

	if (e->own)
		out.origin = SO_EE_ORIGIN_LOCAL;
	else
		out.offender = e->offender;
	if (e->quote) {
		out.when = e->quote->when;
		out.ttl = e->quote->ttl;
		out.tos = e->quote->tos;
	}
	return out;
}

static bool objects_ok(const struct ostia_pkt *p, uint32_t at)
{
	uint8_t h[WIRE_ICMPEXT_OBJECT_HLEN];

	while (at < p->len) {
		int n = pkt_copy_out(p, at, h, sizeof(h)) == sizeof(h)
				? wire_icmpext_object(h)
				: -EINVAL;

		if (n < 0 || (uint32_t)n > p->len - at)
			return false;
		at += (uint32_t)n;
	}
	return true;
}

/* The structure that begins at @at, which has room for its header. */
static bool extension_ok(const struct ostia_pkt *p, uint32_t at)
{
	uint8_t h[WIRE_ICMPEXT_HLEN];
	struct wire_icmpext x;

	pkt_copy_out(p, at, h, sizeof(h));
	x = wire_icmpext_parse(h);
	if (x.version != WIRE_ICMPEXT_VERSION)
		return true;
	if (x.csum && !csum_ok(pkt_csum(p, at, p->len - at, 0)))
		return false;
	return objects_ok(p, at + WIRE_ICMPEXT_HLEN);
}

uint32_t errq_rfc4884(const struct ip_error *e, uint32_t off)
{
	struct sock_ee_data_rfc4884 out = { 0 };
	uint32_t at, data;

	if (!e->quote || e->told_len < WIRE_ICMPEXT_MIN_QUOTE)
		return 0;
	at = icmp_quote_at(e->quote) + e->told_len;
	if (at < off || at + WIRE_ICMPEXT_HLEN > e->quote->len)
		return 0;
	out.len = (uint16_t)(at - off);
	if (!extension_ok(e->quote, at))
		out.flags = SO_EE_RFC4884_FLAG_INVALID;
	memcpy(&data, &out, sizeof(data));
	return data;
}

bool errq_is_icmp(const struct errq_entry *e)
{
	return e->origin == SO_EE_ORIGIN_ICMP ||
	       e->origin == SO_EE_ORIGIN_ICMP6;
}

int errq_next(const struct pktq *q)
{
	struct errq_entry e;

	if (!q->head)
		return 0;
	pkt_copy_out(q->head, 0, &e, sizeof(e));
	return errq_is_icmp(&e) ? e.err : 0;
}

int64_t errq_pop(struct pktq *q, const struct iovec *iov, int niov,
		 struct errq_entry *out)
{
	struct ostia_pkt *p = pktq_pop(q);
	uint32_t at = sizeof(*out);

	if (!p)
		return -EAGAIN;
	pkt_copy_out(p, 0, out, sizeof(*out));
	for (int i = 0; i < niov && at < p->len; i++) {
		uint32_t room = iov[i].iov_len < p->len
					? (uint32_t)iov[i].iov_len
					: p->len;

		at += pkt_copy_out(p, at, iov[i].iov_base, room);
	}
	pkt_free(p);
	return at - (int64_t)sizeof(*out);
}
