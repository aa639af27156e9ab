/* SPDX-License-Identifier: MIT */
#include "ip/errq.h"

#include <errno.h>
#include <linux/errqueue.h>

bool errq_push(struct pktq *q, struct ostia_pool *pool,
	       const struct errq_entry *e, struct ostia_pkt *quote,
	       uint32_t off)
{
	struct errq_entry copy = *e;
	struct ostia_pkt *p = q->count < q->cap ? pkt_new(pool) : NULL;

	if (!p)
		return false;
	copy.len = quote && quote->len > off ? quote->len - off : 0;
	if (pkt_append_copy(p, &copy, sizeof(copy)) ||
	    (copy.len && pkt_append_pkt(p, quote, off))) {
		pkt_free(p);
		return false;
	}
	return pktq_push(q, p);
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
	return out;
}

int errq_next(const struct pktq *q)
{
	struct errq_entry e;

	if (!q->head)
		return 0;
	pkt_copy_out(q->head, 0, &e, sizeof(e));
	return e.err;
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
