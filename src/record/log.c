/* SPDX-License-Identifier: MIT */
#include "record/log.h"

#include <ostia/link.h>

static struct ostia_trace head(const struct trace_rec *r, uint32_t kind)
{
	return (struct ostia_trace) { .time = r->time,
				      .kind = kind,
				      .stack = r->stack,
				      .conn = r->conn,
				      .call = r->call };
}

static unsigned read_call(const struct trace_rec_call *c,
			  struct ostia_trace ev[LOG_EVENTS],
			  char text[TRACE_ARGS])
{
	unsigned marks = c->r.marks, n = 0;

	trace_args(text, marks & TRACE_CALL_ARGS, c->len, c->flags);
	ev[n] = head(&c->r, OSTIA_TRACE_CALL);
	ev[n].u.call.name = c->name;
	ev[n].u.call.proc = c->proc;
	ev[n].u.call.fd = c->fd;
	ev[n++].u.call.args = text;
	if (marks & TRACE_CALL_MOVED) {
		ev[n] = head(&c->r, OSTIA_TRACE_BYTES);
		ev[n].u.bytes.from = c->from;
		ev[n].u.bytes.to = c->from + c->moved;
		ev[n++].u.bytes.out = (marks & TRACE_CALL_OUT) != 0;
	}
	if (marks & TRACE_CALL_RETURNED) {
		ev[n] = ev[0];
		ev[n].kind = OSTIA_TRACE_RETURN;
		ev[n].u.call.args = NULL;
		ev[n++].u.call.result = c->result;
	}
	return n;
}

static struct ostia_trace read_pkt(const struct trace_rec_pkt *p)
{
	struct ostia_trace ev = head(&p->r, p->r.kind);

	ev.u.pkt.id = p->id;
	ev.u.pkt.link = p->link;
	ev.u.pkt.data = p->data;
	ev.u.pkt.data_len =
		p->r.size - (uint32_t)offsetof(struct trace_rec_pkt, data);
	ev.u.pkt.len = p->len;
	ev.u.pkt.gso_size = p->gso_segs > 1 ? p->gso_size : 0;
	ev.u.pkt.flags = p->r.marks & TRACE_PKT_FLAGS;
	if (p->r.marks >> TRACE_PKT_LINK == OSTIA_LINK_ETHERNET)
		ev.u.pkt.flags |= OSTIA_TRACE_F_ETHERNET;
	ev.u.pkt.reason = NULL;
	return ev;
}

unsigned log_read(const struct trace_rec *r, struct ostia_trace ev[LOG_EVENTS],
		  char text[TRACE_ARGS])
{
	switch (r->kind) {
	case TRACE_REC_CALL:
		return read_call((const struct trace_rec_call *)r, ev, text);
	case TRACE_REC_IN:
	case TRACE_REC_OUT:
		ev[0] = read_pkt((const struct trace_rec_pkt *)r);
		break;
	default:
		ev[0] = ((const struct trace_rec_event *)r)->ev;
		break;
	}
	return 1;
}
