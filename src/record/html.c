/* SPDX-License-Identifier: MIT */
#include "record/html.h"

#include <errno.h>
#include <inttypes.h>
#include <ostia/world.h>
#include <stdlib.h>
#include <string.h>

/** struct point - A packet, or some in a row, as a graph has them */
struct point {
	ostia_time sent, arrive;
	uint64_t from, to, ack, edge;
	uint32_t conv, side, fate, marks, flags;
	bool is_tcp;
	const struct wire_tcp *sack; /* NULL: none */
};

/**
 * struct lane - One direction of a conversation
 * @reach: the highest offset so far, which tells where 32 bits stand
 * @scale: of the windows that its sender tells; @scaled: a SYN told it
 * @held:  @joined packets in a row, not yet told
 * @samples: of its window, so far
 */
struct lane {
	uint64_t reach;
	uint8_t scale;
	bool scaled;
	struct point held;
	uint64_t joined, samples;
};

/**
 * struct page - A page under way
 * @max:   events that it takes
 * @thin:  so many packets in a row are one point, if they are more than @max
 * @alone: then those of the chosen conversation alone are there
 * @some:  a comma is due
 */
struct page {
	const struct view *v;
	const struct diagram_config *cfg;
	FILE *out;
	struct lane *lane; /* two a conversation */
	uint64_t items, events, max, thin, waits;
	bool alone, some;
};

/* ---- JSON ---- */

void html_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f || strchr("\"\\<>&'", c))
			fprintf(out, "\\u%04x", c);
		else
			fputc(c < 0x80 ? c : '?', out);
	}
	fputc('"', out);
}

static void key(FILE *out, const char *name)
{
	fprintf(out, ",\n\"%s\":", name);
}

static void comma(struct page *p)
{
	if (p->some)
		fputs(",\n", p->out);
	p->some = true;
}

static ostia_time since(const struct page *p, ostia_time t)
{
	return t > p->v->begin ? t - p->v->begin : 0;
}

/* ---- items ---- */

static void put_way(struct page *p, const struct diagram_item *x)
{
	fputs(",[", p->out);
	for (unsigned i = 0; i < x->nhops; i++)
		fprintf(p->out, "%s[%u,%" PRIu64 ",%d]", i ? "," : "",
			x->hop[i].box, x->hop[i].time, x->hop[i].ends);
	fputs("],", p->out);
	html_string(p->out, x->why ? x->why : "");
}

static int put_item(void *ctx, const struct diagram_item *x)
{
	struct page *p = ctx;
	char end[DIAGRAM_TEXT] = "", said[DIAGRAM_SAID];

	if (p->items++ >= HTML_ITEMS_MAX)
		return 0;
	comma(p);
	fprintf(p->out, "[%d,%d,%" PRIu64 ",%" PRIu64 ",", x->kind, x->side,
		x->time, x->kind == DIAGRAM_SEGMENT ? x->arrive : 0);
	html_string(p->out, x->mark ? x->mark : "");
	fputc(',', p->out);
	if (x->fate && !diagram_told_at_box(x))
		diagram_end(end, x);
	html_string(p->out, end[0] ? end : x->fate ? x->fate : "");
	fputc(',', p->out);
	diagram_said(said, sizeof(said), x);
	html_string(p->out, said);
	if (x->nhops)
		put_way(p, x);
	fputc(']', p->out);
	return 0;
}

/* ---- events ---- */

/* Offsets of 64 bits from numbers of 32: near to what was reached. */
static uint64_t offset(struct lane *l, uint32_t rel)
{
	int32_t step = (int32_t)(rel - (uint32_t)l->reach);

	if (step < 0 && (uint64_t) - (int64_t)step > l->reach)
		return 0; /* in front of the SYN */
	if (step > 0)
		l->reach += (uint32_t)step;
	return step > 0 ? l->reach : l->reach + (uint64_t)(int64_t)step;
}

static uint64_t window(const struct page *p, uint32_t conv, int side,
		       const struct wire_tcp *h)
{
	const struct lane *l = &p->lane[2 * (size_t)conv];
	bool scaled = l[0].scaled && l[1].scaled && !(h->flags & WIRE_TCP_SYN);

	return (uint64_t)h->wnd << (scaled ? l[side].scale : 0);
}

/* Is there room for one more? */
static bool begin(struct page *p)
{
	if (p->events++ >= p->max)
		return false;
	comma(p);
	return true;
}

static void put_sack(struct page *p, const struct point *x)
{
	const struct view_conv *c = &p->v->conv[x->conv];
	struct lane *peer = &p->lane[2 * (size_t)x->conv + !x->side];
	int n = x->sack ? x->sack->n_sack : 0;

	fputs(",[", p->out);
	for (int i = 0; i < n; i++)
		fprintf(p->out, "%s%" PRIu64 ",%" PRIu64, i ? "," : "",
			offset(peer, x->sack->sack[i].left - c->isn[!x->side]),
			offset(peer,
			       x->sack->sack[i].right - c->isn[!x->side]));
	fputs("]", p->out);
}

static void put_point(struct page *p, const struct point *x)
{
	if (!begin(p))
		return;
	fprintf(p->out,
		"[\"p\",%" PRIu64 ",%" PRIu64 ",%u,%u,%u,%u,%u,%" PRIu64
		",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
		x->sent, x->arrive, x->conv, x->side, x->fate, x->marks,
		x->flags, x->from, x->to, x->ack, x->edge);
	put_sack(p, x);
	fputc(']', p->out);
}

static void read_tcp(struct page *p, struct point *x, const struct seen *s)
{
	const struct view_conv *c = &p->v->conv[x->conv];
	struct lane *own = &p->lane[2 * (size_t)x->conv + x->side];
	struct lane *peer = &p->lane[2 * (size_t)x->conv + !x->side];
	const struct wire_tcp *h = &s->tcp;

	x->is_tcp = true;
	x->flags = h->flags;
	x->from = offset(own, h->seq - c->isn[x->side]);
	x->to = x->from + s->payload;
	if (h->flags & WIRE_TCP_SYN && h->opts & WIRE_TCP_OPT_WSCALE) {
		own->scaled = true;
		own->scale = h->wscale;
	}
	if (h->flags & WIRE_TCP_ACK)
		x->ack = offset(peer, h->ack - c->isn[!x->side]);
	x->edge = x->ack + window(p, x->conv, (int)x->side, h);
	if (h->opts & WIRE_TCP_OPT_SACK)
		x->sack = h;
}

/* ---- thinning ---- */

static void flush(struct page *p, struct lane *l)
{
	if (l->joined)
		put_point(p, &l->held);
	l->joined = 0;
}

/* Nothing happened to it, and it tells nothing but bytes and a window. */
static bool is_plain(const struct point *x)
{
	return !x->fate && !x->marks && !x->sack &&
	       !(x->flags & (WIRE_TCP_SYN | WIRE_TCP_FIN | WIRE_TCP_RST));
}

/* Of packets in a row the last one stands for all, with the bytes of all: what
 * graphs add up stays right, and when bytes were acknowledged.
 */
static void join(struct page *p, const struct point *x)
{
	struct lane *l = &p->lane[2 * (size_t)x->conv + x->side];
	struct point next = *x;

	if (l->joined && (!is_plain(x) || (x->is_tcp && x->from != l->held.to)))
		flush(p, l);
	if (p->thin < 2 || !is_plain(x)) {
		put_point(p, x);
		return;
	}
	if (l->joined && x->is_tcp)
		next.from = l->held.from;
	else if (l->joined)
		next.to += l->held.to;
	l->held = next;
	if (++l->joined == p->thin)
		flush(p, l);
}

static uint32_t marks_of(const struct ostia_record_event *ev)
{
	if (ev->kind != OSTIA_RECORD_WIRE)
		return ev->trace.u.pkt.flags & 3;
	return (ev->u.wire.trace_flags & 3) |
	       (ev->u.wire.flags & OSTIA_FATE_F_COPY ? 4 : 0);
}

/* When its sender gave it away: a queue that decides tells when it left. */
static ostia_time given(const struct page *p,
			const struct ostia_record_event *ev)
{
	ostia_time t = since(p, ev->time);
	ostia_time waited =
		ev->kind == OSTIA_RECORD_WIRE ? ev->u.wire.waited : 0;

	return waited < t ? t - waited : 0;
}

static void put_packet(struct page *p, const struct ostia_record_event *ev)
{
	bool wire = ev->kind == OSTIA_RECORD_WIRE;
	const struct view_pkt *k =
		view_pkt(p->v, wire ? ev->u.wire.pkt : ev->trace.u.pkt.id);
	struct point x;
	struct seen s;

	if (!k || k->conv >= p->v->nconvs || !view_packet(ev, &s))
		return;
	if (p->alone && k->conv != p->cfg->conv)
		return;
	x = (struct point) {
		.sent = given(p, ev),
		.arrive = since(p, k->arrive),
		.conv = k->conv,
		.side = k->side,
		.fate = k->fate > OSTIA_FATE_DELIVERED ? k->fate : 0,
		.marks = marks_of(ev),
		.to = s.payload,
	};
	if (s.is_tcp)
		read_tcp(p, &x, &s);
	join(p, &x);
}

/* What waited, how long; what a full or deciding queue dropped. One that stands
 * for others waits with the bytes of as many.
 */
static void put_queue(struct page *p, const struct ostia_record_event *ev)
{
	int64_t i = index_map_get(&p->v->wires, ev->u.wire.wire);
	uint8_t fate = ev->u.wire.fate;
	ostia_time leaves =
		fate == OSTIA_FATE_SENT && ev->u.wire.depart > ev->time
			? ev->u.wire.depart
			: ev->time;
	bool dropped = fate == OSTIA_FATE_LIMIT || fate == OSTIA_FATE_AQM;

	if (i < 0 || (fate != OSTIA_FATE_SENT && !dropped) ||
	    (!dropped && given(p, ev) == since(p, leaves)))
		return;
	if ((!dropped && p->waits++ % p->thin) || !begin(p))
		return;
	fprintf(p->out,
		"[\"q\",%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%u,%" PRIu64 ",%u]",
		given(p, ev), since(p, leaves), i, ev->u.wire.dir,
		ev->u.wire.len * (dropped ? 1 : p->thin), fate);
}

/* Whose is it? A listener's has no conversation. */
static int64_t whose(const struct page *p, const struct ostia_record_event *ev,
		     int *side)
{
	const struct view_end *e = view_end(p->v, ev->node, ev->trace.conn);

	*side = e ? e->side : 0;
	return e ? e->conv : INDEX_NONE;
}

static void put_cwnd(struct page *p, const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	int side;
	int64_t conv = whose(p, ev, &side);
	struct lane *l;

	if (conv < 0 || (p->alone && conv != p->cfg->conv))
		return;
	l = &p->lane[2 * (size_t)conv + (unsigned)side];
	if (l->samples++ % p->thin || !begin(p))
		return;
	fprintf(p->out, "[\"c\",%" PRIu64 ",%" PRId64 ",%d,%u,%u,%u,%u,%u]",
		since(p, ev->time), conv, side, t->u.cwnd.cwnd,
		t->u.cwnd.ssthresh, t->u.cwnd.in_flight, t->u.cwnd.srtt_us,
		t->u.cwnd.rto_us);
}

static void put_state(struct page *p, const struct ostia_record_event *ev)
{
	const struct view_host *h = view_host(p->v, ev->node);
	int side;
	int64_t conv = whose(p, ev, &side);

	if ((p->alone && conv != p->cfg->conv) || !begin(p))
		return;
	fprintf(p->out, "[\"s\",%" PRIu64 ",%" PRId64 ",%d,",
		since(p, ev->time), conv, side);
	html_string(p->out, ev->trace.u.state.from);
	fputc(',', p->out);
	html_string(p->out, ev->trace.u.state.to);
	fputc(',', p->out);
	html_string(p->out, h ? h->name : "?");
	fprintf(p->out, ",%" PRIu64 "]", ev->trace.conn);
}

static bool is_told(const struct page *p, const struct ostia_record_event *ev)
{
	ostia_time t = since(p, ev->time);

	if (ev->kind != OSTIA_RECORD_WIRE && ev->kind != OSTIA_TRACE_OUT &&
	    ev->kind != OSTIA_TRACE_CWND && ev->kind != OSTIA_TRACE_STATE)
		return false;
	return t >= p->cfg->from && t <= p->cfg->to;
}

static void put_event(struct page *p, const struct ostia_record_event *ev)
{
	if (!is_told(p, ev))
		return;
	if (ev->kind == OSTIA_TRACE_CWND)
		put_cwnd(p, ev);
	if (ev->kind == OSTIA_TRACE_STATE)
		put_state(p, ev);
	if (ev->kind == OSTIA_RECORD_WIRE)
		put_queue(p, ev);
	if (view_leaves(p->v, ev))
		put_packet(p, ev);
}

/* Of which conversation? INDEX_NONE: of none, or of all. */
static int64_t conv_of(const struct page *p,
		       const struct ostia_record_event *ev)
{
	const struct view_pkt *k;
	int side;

	if (ev->kind == OSTIA_TRACE_CWND || ev->kind == OSTIA_TRACE_STATE)
		return whose(p, ev, &side);
	k = view_pkt(p->v, ev->kind == OSTIA_RECORD_WIRE ? ev->u.wire.pkt
							 : ev->trace.u.pkt.id);
	return k ? (int64_t)k->conv : INDEX_NONE;
}

/* struct census - What would be told: @rare as it is, the rest thinned */
struct census {
	uint64_t all, own, rare;
};

static void take_census(struct census *n, const struct page *p,
			const struct ostia_record_event *ev)
{
	bool wire = ev->kind == OSTIA_RECORD_WIRE;

	if (!is_told(p, ev) ||
	    (wire && ev->u.wire.fate == OSTIA_FATE_DELIVERED))
		return;
	n->all += wire ? 2 : 1; /* a packet, and what waited */
	n->own += p->cfg->conv >= 0 && conv_of(p, ev) == p->cfg->conv;
	n->rare += ev->kind == OSTIA_TRACE_STATE ||
		   (wire && ev->u.wire.fate != OSTIA_FATE_SENT) ||
		   (ev->kind != OSTIA_TRACE_CWND && marks_of(ev) != 0);
}

/* How thin must it be? It is counted if there may be too much. */
static int choose_thin(struct page *p, struct ostia_record *rec)
{
	struct ostia_record_event ev;
	struct census n = { .all = 0 };
	uint64_t told, room;
	int r;

	p->thin = 1;
	if (p->v->events <= p->max)
		return 0;
	while ((r = ostia_record_next(rec, &ev)) > 0)
		take_census(&n, p, &ev);
	p->alone = n.all > p->max && p->cfg->conv >= 0;
	told = p->alone ? n.own : n.all;
	room = n.rare < p->max / 2 ? p->max / 2 - n.rare : 0;
	room += p->max / 2 + 1;
	if (told > p->max)
		p->thin = (told + room - 1) / room;
	return r < 0 ? r : ostia_record_rewind(rec);
}

static int put_events(struct page *p, struct ostia_record *rec)
{
	size_t lanes = 2 * (size_t)p->v->nconvs;
	struct ostia_record_event ev;
	int r = choose_thin(p, rec);

	if (r)
		return r;
	p->some = false;
	p->lane = calloc(lanes + 1, sizeof(*p->lane));
	if (!p->lane)
		return -ENOMEM;
	while ((r = ostia_record_next(rec, &ev)) > 0)
		put_event(p, &ev);
	for (size_t i = 0; i < lanes; i++)
		flush(p, &p->lane[i]);
	free(p->lane);
	return r < 0 ? r : ostia_record_rewind(rec);
}

/* ---- names ---- */

static void put_convs(const struct view *v, FILE *out)
{
	key(out, "convs");
	fputc('[', out);
	for (uint32_t i = 0; i < v->nconvs; i++) {
		const struct view_conv *c = &v->conv[i];
		char name[2][80];

		for (int k = 0; k < 2; k++)
			view_name(name[k], sizeof(name[k]), c->addr[k],
				  c->port[k]);
		fprintf(out,
			"%s[%u,\"%s\",\"%s\",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			",%" PRIu64 "]",
			i ? "," : "", c->proto, name[0], name[1], c->packets[0],
			c->packets[1], c->lost[0] + c->lost[1],
			c->resent[0] + c->resent[1]);
	}
	fputc(']', out);
}

static void put_wires(const struct view *v, FILE *out)
{
	key(out, "wires");
	fputc('[', out);
	for (uint32_t i = 0; i < v->nwires; i++) {
		const struct view_wire *w = &v->wire[i];

		fputs(i ? ",[" : "[", out);
		html_string(out, w->name);
		for (int k = 0; k < 2; k++) {
			const struct view_host *h = view_host(v, w->end[k]);

			fputc(',', out);
			html_string(out, h ? h->name : "?");
		}
		fputc(']', out);
	}
	fputc(']', out);
}

static void put_head(const struct page *p, const struct diagram_sides *sides,
		     const char *title)
{
	fputs("\"title\":", p->out);
	html_string(p->out, title);
	fprintf(p->out, ",\n\"seed\":\"%" PRIu64 "\",\n\"conv\":%" PRId64,
		p->v->info.seed, p->cfg->conv);
	key(p->out, "trouble");
	html_string(p->out, p->v->info.trouble);
	key(p->out, "sides");
	fputc('[', p->out);
	html_string(p->out, sides->title[0]);
	fputc(',', p->out);
	html_string(p->out, sides->title[1]);
	fputc(']', p->out);
	key(p->out, "boxes");
	fputc('[', p->out);
	for (unsigned i = 0; i < sides->nboxes; i++) {
		fputs(i ? "," : "", p->out);
		html_string(p->out, sides->box_title[i]);
	}
	fputc(']', p->out);
	fprintf(p->out, ",\n\"more\":%u", sides->more);
	put_convs(p->v, p->out);
	put_wires(p->v, p->out);
}

/* ---- the page ---- */

static uint64_t beyond(uint64_t n, uint64_t max)
{
	return n > max ? n - max : 0;
}

static int put_data(struct page *p, struct ostia_record *rec,
		    const struct diagram_sides *sides, const char *title)
{
	int err;

	fputs("<script type=\"application/json\" id=\"data\">{", p->out);
	put_head(p, sides, title);
	key(p->out, "items");
	fputc('[', p->out);
	err = diagram_draw(p->v, rec, sides, p->cfg, put_item, p);
	if (err)
		return err;
	fputc(']', p->out);
	key(p->out, "events");
	fputc('[', p->out);
	err = put_events(p, rec);
	fprintf(p->out,
		"],\n\"left\":[%" PRIu64 ",%" PRIu64 "],\n\"thin\":%" PRIu64
		",\n\"alone\":%s}</script>\n",
		beyond(p->items, HTML_ITEMS_MAX), beyond(p->events, p->max),
		p->thin, p->alone ? "true" : "false");
	return err;
}

int html_write(const struct view *v, struct ostia_record *rec,
	       const struct diagram_sides *sides,
	       const struct diagram_config *cfg, const char *title,
	       const struct html_parts *parts, FILE *out)
{
	struct page p = {
		.v = v,
		.cfg = cfg,
		.out = out,
		.max = parts->events_max ? parts->events_max : HTML_EVENTS_MAX,
	};
	int err;

	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\""
		"default-src 'none'; style-src 'unsafe-inline'; "
		"script-src 'unsafe-inline'; img-src data:\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>ostia</title>\n<!-- uPlot:\n%s-->\n"
		"<style>%s</style>\n</head>\n<body>\n",
		parts->license, parts->style);
	err = put_data(&p, rec, sides, title);
	fprintf(out, "<script>%s</script>\n</body>\n</html>\n", parts->script);
	return err;
}
