/* SPDX-License-Identifier: MIT */
#include "record/log.h"

#include <ostia/link.h>

static struct ostia_trace head(const struct trace_rec *r, uint32_t kind)
{
	return (struct ostia_trace) { .time = r->time,
				      .kind = kind,
				      .stack = trace_rec_stack(r),
				      .conn = r->conn,
				      .call = r->call };
}

static unsigned read_call(const struct trace_rec_call *c,
			  struct ostia_trace ev[LOG_EVENTS],
			  char text[TRACE_ARGS])
{
	unsigned marks = trace_rec_marks(&c->r), n = 0;

	trace_args(text, marks & TRACE_CALL_ARGS, c->len, c->flags);
	ev[n] = head(&c->r, OSTIA_TRACE_CALL);
	ev[n].u.call.name = c->name;
	ev[n].u.call.proc = c->proc;
	ev[n].u.call.fd = c->fd;
	ev[n++].u.call.args = text;
	if (c->moved) {
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

static struct ostia_trace read_pkt(const struct ostia_trace_log *l,
				   const struct trace_rec_pkt *p)
{
	unsigned marks = trace_rec_marks(&p->r);
	const struct trace_link *link = &l->link[marks >> TRACE_PKT_LINK];
	struct ostia_trace ev = head(&p->r, trace_rec_kind(&p->r));

	ev.u.pkt.id = p->id;
	ev.u.pkt.link = link->name;
	ev.u.pkt.data = p->data;
	ev.u.pkt.data_len = (uint32_t)(trace_rec_size(&p->r) -
				       offsetof(struct trace_rec_pkt, data));
	ev.u.pkt.len = p->len;
	ev.u.pkt.gso_size = p->gso_segs > 1 ? p->gso_size : 0;
	ev.u.pkt.flags = marks & TRACE_PKT_FLAGS;
	if (link->type == OSTIA_LINK_ETHERNET)
		ev.u.pkt.flags |= OSTIA_TRACE_F_ETHERNET;
	ev.u.pkt.reason = NULL;
	return ev;
}

unsigned log_read(const struct ostia_trace_log *l, const struct trace_rec *r,
		  struct ostia_trace ev[LOG_EVENTS], char text[TRACE_ARGS])
{
	switch (trace_rec_kind(r)) {
	case TRACE_REC_CALL:
		return read_call((const struct trace_rec_call *)r, ev, text);
	case TRACE_REC_IN:
	case TRACE_REC_OUT:
		ev[0] = read_pkt(l, (const struct trace_rec_pkt *)r);
		break;
	default:
		ev[0] = ((const struct trace_rec_event *)r)->ev;
		break;
	}
	return 1;
}
