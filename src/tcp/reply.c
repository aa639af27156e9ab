/* SPDX-License-Identifier: MIT */
#include "tcp/reply.h"

#include "base/csum.h"
#include "tcp/auth.h"
#include "tcp/hdropts.h"
#include "tcp/opts.h"
#include "tcp/rcvbuf.h"
#include "wire/csum.h"

#include <errno.h>
#include <netinet/in.h>

enum { CSUM_AT = 16 };

/* Header @h in a packet of its own; the checksum field holds the sum of the
 * pseudo-header, whoever sends the packet adds the rest.
 */
static struct ostia_pkt *make(struct tcp *t, struct wire_tcp *h,
			      const struct flow *f,
			      const struct tcp_auth_sign *sign)
{
	const struct ostia_addr *src = &f->local, *dst = &f->remote;
	unsigned n = WIRE_TCP_HLEN + (unsigned)wire_tcp_opts_len(h);
	struct ostia_pkt *p = pkt_new(t->lent.pool);
	uint8_t *at;

	if (!p)
		return NULL;
	at = pkt_put(p, n);
	h->csum = 0;
	if (!at || wire_tcp_emit(at, n, h) < 0) {
		pkt_free(p);
		return NULL;
	}
	p->data = (uint16_t)n;
	tcp_auth_sign(sign, f, p);
	wire_csum_seed(at + CSUM_AT,
		       addr_is_v4(dst)
			       ? csum_pseudo4(src->b + 12, dst->b + 12,
					      IPPROTO_TCP, n)
			       : csum_pseudo6(src->b, dst->b, IPPROTO_TCP, n));
	p->l4 = 0;
	p->csum = OSTIA_CSUM_PARTIAL;
	p->csum_off = CSUM_AT;
	p->gso_segs = 1;
	p->proto = IPPROTO_TCP;
	return p;
}

static void count_out(struct tcp *t, const struct wire_tcp *h)
{
	tcp_stats(t)->TcpOutSegs++;
	if (h->flags & WIRE_TCP_RST)
		tcp_stats(t)->TcpOutRsts++;
}

/* Takes no reference to @path. */
static int send_by(struct tcp *t, struct path *path, const struct tcp_conn *c,
		   const struct flow *f, struct wire_tcp *h,
		   const struct hdropts *o, uint8_t tos, uint8_t ttl,
		   uint64_t id)
{
	struct ip_out out = {
		.path = path,
		.src = &f->local,
		.dst = &f->remote,
		.proto = IPPROTO_TCP,
		.ttl = ttl,
		.tos = tos,
		.dontfrag = true,
		.opts = o,
	};
	struct tcp_auth_sign sign = { 0 };
	struct ostia_pkt *p;
	int err;

	h->sport = f->lport;
	h->dport = f->rport;
	if (t->auth.ever && !tcp_auth_prepare(t, c, f, h, &sign))
		return -ENOKEY;
	p = make(t, h, f, &sign);
	if (!p) {
		tcp_stats(t)->NoMemory++;
		return -ENOMEM;
	}
	p->conn = id;
	p->call = t->lent.tracer->call;
	err = ip_push_header(t->lent.ip, p, &out);
	if (err) {
		pkt_free(p);
		return err;
	}
	count_out(t, h);
	return ip_queue(t->lent.ip, p);
}

int tcp_reply_send(struct tcp *t, const struct flow *f, struct wire_tcp *h,
		   const struct hdropts *o, uint8_t tos, uint64_t id,
		   ostia_time now)
{
	struct path *path;
	int err = tcp_hdropts_path(t, f, &f->local, o, now, &path);

	if (err)
		return err;
	err = send_by(t, path, NULL, f, h, o, tos, 0, id);
	path_put(t->lent.ip, path);
	return err;
}

void tcp_reply_reset(struct tcp *t, const struct tcp_seg *s)
{
	struct wire_tcp h = { .flags = WIRE_TCP_RST };
	struct tcp_auth_sign sign = { 0 };
	struct ostia_pkt *p;

	if (s->h.flags & WIRE_TCP_RST)
		return;
	h.sport = s->h.dport;
	h.dport = s->h.sport;
	if (s->h.flags & WIRE_TCP_ACK) {
		h.seq = s->h.ack;
	} else {
		h.flags |= WIRE_TCP_ACK;
		h.ack = tcp_seg_end(s).v;
	}
	if (t->auth.ever && !tcp_auth_prepare(t, NULL, &s->flow, &h, &sign))
		return;
	p = make(t, &h, &s->flow, &sign);
	if (!p) {
		tcp_stats(t)->NoMemory++;
		return;
	}
	count_out(t, &h);
	ip_reply(t->lent.ip, s->p, p, IPPROTO_TCP, s->now);
}

void tcp_reply_abort(struct tcp *t, struct tcp_conn *c, ostia_time now)
{
	struct wire_tcp h = {
		.flags = WIRE_TCP_RST | WIRE_TCP_ACK,
		.seq = c->snd_nxt.v,
		.ack = c->rcv_nxt.v,
	};

	if (!c->path)
		return;
	h.wnd = tcp_rcvbuf_advertise(t, c);
	tcp_opts_segment(t, c, &h, 0, now);
	c->segs_out++;
	send_by(t, c->path, c, &c->flow, &h, tcp_hdropts(t, c), c->tos, c->ttl,
		c->id);
}
