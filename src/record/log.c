/* SPDX-License-Identifier: MIT */
#include "record/log.h"

static struct ostia_trace head(const struct trace_rec *r, uint32_t kind)
{
	return (struct ostia_trace) { .time = r->time,
				      .kind = kind,
				      .stack = (uint32_t)(r->tag >> 32),
				      .conn = r->conn,
				      .call = r->call };
}

static unsigned read_call(const struct trace_rec_call *c,
			  struct ostia_trace ev[LOG_EVENTS],
			  char text[TRACE_ARGS])
{
	unsigned n = 0;

	trace_args(text, c->state & TRACE_CALL_ARGS, c->num);
	ev[n] = head(&c->r, OSTIA_TRACE_CALL);
	ev[n].u.call.name = c->name;
	ev[n].u.call.proc = (uint32_t)c->who;
	ev[n].u.call.fd = (int)(c->who >> 32);
	ev[n++].u.call.args = text;
	if (c->state & TRACE_CALL_MOVED) {
		ev[n] = head(&c->r, OSTIA_TRACE_BYTES);
		ev[n].u.bytes.from = c->from;
		ev[n].u.bytes.to = c->to;
		ev[n++].u.bytes.out = (c->state & TRACE_CALL_OUT) != 0;
	}
	if (c->state & TRACE_CALL_RETURNED) {
		ev[n] = ev[0];
		ev[n].kind = OSTIA_TRACE_RETURN;
		ev[n].u.call.args = NULL;
		ev[n++].u.call.result = c->result;
	}
	return n;
}

static struct ostia_trace read_pkt(const struct trace_rec_pkt *p)
{
	struct ostia_trace ev = head(&p->r, (uint32_t)p->kind_len);

	ev.u.pkt.id = p->id;
	ev.u.pkt.link = p->link;
	ev.u.pkt.data = p->data;
	ev.u.pkt.data_len = p->data_flags & 0xffff;
	ev.u.pkt.len = (uint32_t)(p->kind_len >> 32);
	ev.u.pkt.gso_size = (uint32_t)(p->data_flags >> 32);
	ev.u.pkt.flags = p->data_flags >> 16 & 0xffff;
	ev.u.pkt.reason = p->reason;
	return ev;
}

unsigned log_read(const struct trace_rec *r, struct ostia_trace ev[LOG_EVENTS],
		  char text[TRACE_ARGS])
{
	if (trace_rec_kind(r) == TRACE_REC_CALL)
		return read_call((const struct trace_rec_call *)r, ev, text);
	ev[0] = trace_rec_kind(r) == TRACE_REC_PKT
			? read_pkt((const struct trace_rec_pkt *)r)
			: ((const struct trace_rec_event *)r)->ev;
	return 1;
}
