/* SPDX-License-Identifier: MIT */
/*
 * What happens in a world or a stack becomes events of a recording. Of a
 * world's packets wires tell more than stacks do, so there IN and OUT are kept
 * of loopback links alone.
 */
#include "base/pkt.h"
#include "record/estats.h"
#include "record/recorder.h"

#include <ostia/world.h>
#include <string.h>

static uint32_t snapped(const struct ostia_recorder *r, uint32_t n)
{
	return n < r->cfg.snap ? n : r->cfg.snap;
}

static void put_data(const struct ostia_recorder *r, struct chunk *c,
		     const uint8_t *p, uint32_t n)
{
	n = snapped(r, n);
	memcpy(chunk_room(c, n), p, n);
}

static void put_call(struct recorder_pen *p, const struct ostia_trace *ev)
{
	recorder_text(p, ev->u.call.name);
	chunk_u(&p->c, ev->u.call.proc);
	chunk_i(&p->c, ev->u.call.fd);
	if (ev->kind == OSTIA_TRACE_CALL)
		chunk_text(&p->c, &p->texts, ev->u.call.args, false);
	else
		chunk_i(&p->c, ev->u.call.result);
}

static void put_pkt(const struct ostia_recorder *r, struct recorder_pen *p,
		    const struct ostia_trace *ev)
{
	chunk_near(&p->c, &p->c.near.pkt, ev->u.pkt.id);
	recorder_text(p, ev->u.pkt.link);
	chunk_u(&p->c, ev->u.pkt.len);
	chunk_u(&p->c, ev->u.pkt.gso_size);
	chunk_u(&p->c, ev->u.pkt.flags);
	recorder_text(p, ev->u.pkt.reason);
	put_data(r, &p->c, ev->u.pkt.data, ev->u.pkt.data_len);
}

static void put_cwnd(struct recorder_pen *p, const struct ostia_trace *ev)
{
	chunk_u(&p->c, ev->u.cwnd.cwnd);
	chunk_u(&p->c, ev->u.cwnd.ssthresh);
	chunk_u(&p->c, ev->u.cwnd.in_flight);
	chunk_u(&p->c, ev->u.cwnd.srtt_us);
	chunk_u(&p->c, ev->u.cwnd.rto_us);
	recorder_text(p, ev->u.cwnd.why);
}

static void put_local(const struct ostia_recorder *r, struct recorder_pen *p,
		      const struct ostia_trace *ev)
{
	chunk_u(&p->c, ev->u.local.peer);
	chunk_u(&p->c, ev->u.local.len);
	chunk_u(&p->c, ev->u.local.type);
	put_data(r, &p->c, ev->u.local.data, ev->u.local.data_len);
}

static void put_rest(const struct ostia_recorder *r, struct recorder_pen *p,
		     const struct ostia_trace *ev)
{
	switch (ev->kind) {
	case OSTIA_TRACE_CALL:
	case OSTIA_TRACE_RETURN:
		put_call(p, ev);
		break;
	case OSTIA_TRACE_STATE:
		recorder_text(p, ev->u.state.from);
		recorder_text(p, ev->u.state.to);
		break;
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
	case OSTIA_TRACE_DROP:
		put_pkt(r, p, ev);
		break;
	case OSTIA_TRACE_TIMER:
		recorder_text(p, ev->u.timer.name);
		chunk_u(&p->c, ev->u.timer.count);
		break;
	case OSTIA_TRACE_CWND:
		put_cwnd(p, ev);
		break;
	case OSTIA_TRACE_BYTES:
		chunk_u(&p->c, ev->u.bytes.from);
		chunk_u(&p->c, ev->u.bytes.to - ev->u.bytes.from);
		chunk_u(&p->c, ev->u.bytes.out != 0);
		break;
	case OSTIA_TRACE_LOCAL:
		put_local(r, p, ev);
		break;
	default:
		break;
	}
}

static void put(const struct ostia_recorder *r, struct recorder_pen *p,
		const struct ostia_trace *ev)
{
	chunk_near(&p->c, &p->c.near.conn, ev->conn);
	chunk_near(&p->c, &p->c.near.call, ev->call);
	put_rest(r, p, ev);
}

static void put_estats(struct recorder_pen *p, uint64_t conn,
		       const struct tcp_info *info)
{
	uint64_t value[ESTATS_N];

	estats_read(value, info);
	chunk_near(&p->c, &p->c.near.conn, conn);
	chunk_u(&p->c, ESTATS_N);
	for (unsigned i = 0; i < ESTATS_N; i++)
		chunk_u(&p->c, value[i]);
}

void hear_estats(struct ostia_recorder *r, ostia_time time, uint32_t node,
		 uint64_t conn, const struct tcp_info *info)
{
	struct recorder_pen *p =
		recorder_begin(r, OSTIA_RECORD_ESTATS, time, node);

	if (p)
		put_estats(p, conn, info);
}

void hear_put(const struct ostia_recorder *r, struct recorder_pen *p,
	      uint32_t node, const struct ostia_trace *ev)
{
	chunk_begin(&p->c, ev->kind, ev->time, node);
	put(r, p, ev);
	if (ev->kind == OSTIA_TRACE_STATE && ev->u.state.info) {
		chunk_begin(&p->c, OSTIA_RECORD_ESTATS, ev->time, node);
		put_estats(p, ev->conn, ev->u.state.info);
	}
}

void hear_trace(struct ostia_recorder *r, uint32_t node,
		const struct ostia_trace *ev)
{
	struct recorder_pen *p;

	if (ev->kind >= OSTIA_TRACE_KINDS)
		return; /* of a later stack: readers would not know it */
	r->heard++;
	p = recorder_begin(r, ev->kind, ev->time, node);
	if (p)
		put(r, p, ev);
	if (p && ev->kind == OSTIA_TRACE_STATE && ev->u.state.info)
		hear_estats(r, ev->time, node, ev->conn, ev->u.state.info);
}

void ostia_recorder_stack(void *recorder, const struct ostia_trace *ev)
{
	hear_trace(recorder, ev->stack, ev);
}

/* ---- wires ---- */

static uint32_t trace_flags(const struct ostia_pkt *p, bool ethernet)
{
	return (p->flags & PKT_RETRANS ? OSTIA_TRACE_F_RETRANS : 0) |
	       (p->flags & PKT_PROBE ? OSTIA_TRACE_F_PROBE : 0) |
	       (ethernet ? OSTIA_TRACE_F_ETHERNET : 0);
}

static void put_wire_pkt(struct ostia_recorder *r, struct chunk *c,
			 const struct ostia_world_trace *ev)
{
	const struct ostia_pkt *p = ev->pkt;
	uint32_t n = snapped(r, p->len);

	chunk_near(c, &c->near.conn, p->conn);
	chunk_near(c, &c->near.call, p->call);
	chunk_u(c, ev->flags);
	chunk_u(c, trace_flags(p, ev->ethernet));
	if (ev->fate == OSTIA_FATE_SENT) {
		chunk_u(c, ev->depart - ev->time);
		chunk_u(c, ev->arrive - ev->depart);
		chunk_u(c, ev->bit);
		chunk_u(c, ev->entered && ev->entered < ev->time
				   ? ev->time - ev->entered
				   : 0);
	}
	chunk_u(c, p->len);
	chunk_u(c, p->gso_segs > 1 ? p->gso_size : 0);
	pkt_copy_out(p, 0, chunk_room(c, n), n);
}

static void hear_wire(struct ostia_recorder *r,
		      const struct ostia_world_trace *ev)
{
	struct recorder_pen *p =
		recorder_begin(r, OSTIA_RECORD_WIRE, ev->time, ev->node);

	r->heard++;
	if (!p)
		return;
	chunk_near(&p->c, &p->c.near.pkt, ostia_pkt_id(ev->pkt));
	chunk_u(&p->c, ev->wire);
	chunk_u(&p->c, (uint32_t)ev->fate << 1 | (ev->dir & 1));
	if (ev->fate != OSTIA_FATE_DELIVERED)
		put_wire_pkt(r, &p->c, ev);
}

void ostia_recorder_world(void *recorder, const struct ostia_world_trace *ev)
{
	const struct ostia_trace *s = ev->stack;

	if (!s) {
		hear_wire(recorder, ev);
		return;
	}
	if ((s->kind == OSTIA_TRACE_IN || s->kind == OSTIA_TRACE_OUT) &&
	    strcmp(s->u.pkt.link, "lo") != 0)
		return;
	hear_trace(recorder, ev->node, s);
}
