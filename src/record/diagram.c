/* SPDX-License-Identifier: MIT */
#include "record/diagram.h"

#include "record/line.h"
#include "record/way.h"
#include "record/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <ostia/world.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FLIGHT_MIN = 1000000, /* ns */
	SILENCE_TIMES = 5, /* the longest flight */
	WORDS = 16, /* of boxes, on their way; more are told early */
};

/* What a box told @side, which hears it at @time */
struct word {
	ostia_time time;
	int side;
	char text[DIAGRAM_TEXT];
};

/**
 * struct draw - A drawing under way
 * @chosen: a bit for each call of the view; NULL: all
 * @steps:  bit N: step N was told
 * @held:   a call that may return before anything else happens; @state what it
 *	    changed meanwhile
 * @last:   when something happened, or arrived, last; 0: nothing yet
 * @flight: the longest so far
 * @word:   what boxes told a side, which has not arrived yet
 */
struct draw {
	const struct view *v;
	const struct diagram_sides *s;
	const struct diagram_config *cfg;
	int (*put)(void *ctx, const struct diagram_item *);
	void *ctx;
	uint8_t *chosen;
	uint32_t steps;
	ostia_time last, flight;
	struct word word[WORDS];
	unsigned nwords;
	int err;
	struct {
		bool on;
		int side;
		uint64_t id;
		ostia_time time;
		char text[DIAGRAM_TEXT], name[24], state[48];
	} held;
};

/* ---- who stands where ---- */

/* @proc: who it is on that node; NULL: the node itself */
static void say_title(const struct view *v, uint32_t node, const char *proc,
		      char title[2 * VIEW_NAME])
{
	const struct view_host *h = view_host(v, node);

	snprintf(title, sizeof((struct diagram_sides) { 0 }.title[0]), "%s%s%s",
		 proc ? proc
		 : h  ? h->name
		      : "?",
		 h && h->addr[0] ? " " : "", h ? h->addr : "");
}

/* Of one host's processes the one that connects is left. */
static void choose_procs(const struct view *v, struct diagram_sides *s)
{
	uint32_t first = 0;

	s->one_host = true;
	for (uint32_t i = 0; i < v->ncalls; i++)
		if (v->call[i].node == s->node[0]) {
			if (!first)
				first = v->call[i].proc;
			else if (v->call[i].proc != first) {
				s->proc[0] = v->call[i].proc;
				s->proc[1] = first;
				return;
			}
		}
	s->proc[0] = s->proc[1] = first;
}

/* Who called with that end of a conversation; 0: nobody was seen. */
static uint32_t proc_at(const struct view *v, int64_t end)
{
	for (uint32_t i = 0; end >= 0 && i < v->ncalls; i++)
		if (v->call[i].conn == v->end[end].conn &&
		    v->call[i].node == v->end[end].node)
			return v->call[i].proc;
	return 0;
}

static void choose_procs_of(const struct view *v, const struct view_conv *c,
			    struct diagram_sides *s)
{
	const uint32_t proc[2] = { proc_at(v, c->end[0]),
				   proc_at(v, c->end[1]) };

	choose_procs(v, s);
	if (proc[0] && proc[1] && proc[0] != proc[1])
		memcpy(s->proc, proc, sizeof(proc));
}

/* Whose is an address that nothing came from? Its own, or another host's; 0:
 * nobody's whom we know.
 */
static uint32_t host_with(const struct view *v, const struct view_conv *c)
{
	char text[INET6_ADDRSTRLEN];
	size_t n;

	view_name(text, sizeof(text), c->addr[1], 0);
	n = strlen(text);
	if (!memcmp(c->addr[0], c->addr[1], 16) || !strncmp(text, "127.", 4))
		return c->node[0];
	for (uint32_t i = 0; i < v->nhosts; i++)
		if (!strncmp(v->host[i].addr, text, n) &&
		    v->host[i].addr[n] == '/')
			return v->host[i].id;
	return 0;
}

static int choose_conv(const struct view *v, int64_t conv,
		       struct diagram_sides *s)
{
	const struct view_conv *c = &v->conv[conv];

	s->node[0] = c->node[0];
	s->node[1] = c->node[1] ? c->node[1] : host_with(v, c);
	if (!s->node[1])
		view_name(s->title[1], sizeof(s->title[1]), c->addr[1], 0);
	if (s->node[0] == s->node[1])
		choose_procs_of(v, c, s);
	return 0;
}

/* Whom does a host speak to that never answers? The only other one. */
static uint32_t silent_host(const struct view *v, uint32_t node)
{
	uint32_t other = 0;

	if (!v->nconvs)
		return 0;
	for (uint32_t i = 0; i < v->nhosts; i++) {
		if (v->host[i].id == node || v->host[i].type != OSTIA_NODE_HOST)
			continue;
		if (other)
			return 0;
		other = v->host[i].id;
	}
	return other;
}

/* Who connects, or sends first, is left; if both do, it is the first host. */
static bool began(const struct view *v, const struct diagram_sides *s)
{
	bool connects[2] = { false, false };

	for (uint32_t i = 0; i < v->ncalls; i++)
		if (v->call[i].connects)
			connects[v->call[i].node == s->node[1]] = true;
	if (connects[0] || connects[1])
		return connects[0];
	return !v->nconvs || v->conv[0].node[0] == s->node[0];
}

static int choose_hosts(const struct view *v, struct diagram_sides *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->nhosts; i++) {
		const struct view_host *h = &v->host[i];

		if (!h->active || h->type != OSTIA_NODE_HOST ||
		    (h->forwards && !h->calls))
			continue;
		if (n == 2)
			return -EINVAL;
		s->node[n++] = h->id;
	}
	if (!n)
		return -ENOENT;
	if (n == 1)
		s->node[1] = silent_host(v, s->node[0]);
	if (n == 1 && !s->node[1]) {
		s->node[1] = s->node[0];
		choose_procs(v, s);
	} else if (!began(v, s)) {
		n = s->node[0];
		s->node[0] = s->node[1];
		s->node[1] = n;
	}
	return 0;
}

/* ---- what stands between ---- */

static int box_of(const struct diagram_sides *s, uint32_t node)
{
	for (unsigned i = 0; i < s->nboxes; i++)
		if (s->box[i] == node)
			return (int)i;
	return -1;
}

/* A new box stands behind those that the packet passed before it. */
static bool add_box(struct diagram_sides *s, uint32_t node, unsigned at)
{
	if (s->nboxes == DIAGRAM_BOXES)
		return false;
	memmove(&s->box[at + 1], &s->box[at],
		(s->nboxes - at) * sizeof(*s->box));
	s->box[at] = node;
	s->nboxes++;
	return true;
}

/* @rest: those for which there is no room */
static int add_boxes(const struct view *v, struct diagram_sides *s,
		     const struct view_pkt *p, struct index_map *rest)
{
	bool back = p->node == s->node[1];
	unsigned at = back ? s->nboxes : 0;

	for (const struct view_hop *h = way_first(v, p); h;
	     h = way_next(v, h)) {
		int i = box_of(s, h->node);

		if (i >= 0)
			at = (unsigned)i + !back;
		else if (h->node == s->node[0] || h->node == s->node[1])
			continue;
		else if (add_box(s, h->node, at))
			at += !back;
		else if (index_map_get(rest, h->node) < 0 &&
			 index_map_put(rest, h->node, 0))
			return -ENOMEM;
	}
	return 0;
}

static int choose_boxes(const struct view *v, int64_t conv,
			struct diagram_sides *s)
{
	struct index_map rest = { .n = 0 };
	int err = 0;

	for (uint32_t i = 0; i < v->npkts && !err; i++) {
		const struct view_pkt *p = &v->pkt[i];

		if (p->hop && p->conv < v->nconvs &&
		    (conv < 0 || p->conv == conv) &&
		    (p->node == s->node[0] || p->node == s->node[1]))
			err = add_boxes(v, s, p, &rest);
	}
	for (unsigned i = 0; i < s->nboxes; i++)
		say_title(v, s->box[i], NULL, s->box_title[i]);
	s->more = rest.n;
	index_map_fini(&rest);
	return err;
}

int diagram_choose(const struct view *v, int64_t conv, struct diagram_sides *s)
{
	int err;

	*s = (struct diagram_sides) { .one_host = false };
	err = conv >= 0 ? choose_conv(v, conv, s) : choose_hosts(v, s);
	for (int i = 0; i < 2 && !err; i++)
		if (s->node[i])
			say_title(v, s->node[i],
				  s->one_host
					  ? view_proc(v, s->node[i], s->proc[i])
					  : NULL,
				  s->title[i]);
	if (!err && !s->one_host)
		err = choose_boxes(v, conv, s);
	return err;
}

/* ---- which calls ---- */

static void mark(struct draw *d, int64_t call)
{
	if (call >= 0)
		d->chosen[call / 8] |= (uint8_t)(1 << call % 8);
}

static bool is_marked(const struct draw *d, int64_t call)
{
	return call >= 0 && d->chosen[call / 8] & 1 << call % 8;
}

static bool is_of_conv(const struct draw *d, uint32_t node, uint64_t conn)
{
	const struct view_end *e = view_end(d->v, node, conn);

	return e && e->conv == d->cfg->conv;
}

static uint64_t fd_key(const struct view_call *c, int fd)
{
	return index_key(c->node, (uint64_t)c->proc << 32 | (uint32_t)fd);
}

/*
 * Calls on the conversation's sockets, those that made them, and, if that was
 * an accept(), those that made its listener. @makers: by descriptor the call
 * that made what stands there now; @listeners: by listener
 */
static int mark_makers(struct draw *d, struct index_map *makers,
		       struct index_map *listeners)
{
	const struct view *v = d->v;

	for (uint32_t i = 0; i < v->ncalls; i++) {
		const struct view_call *c = &v->call[i];
		int64_t maker;

		if (c->makes && c->returned && c->result >= 0 &&
		    index_map_put(makers, fd_key(c, c->result), i))
			return -ENOMEM;
		if (!is_of_conv(d, c->node, c->conn))
			continue;
		mark(d, i);
		maker = index_map_get(makers, fd_key(c, c->fd));
		mark(d, maker);
		if (maker >= 0 && v->call[maker].conn &&
		    index_map_put(listeners,
				  index_key(c->node, v->call[maker].conn), 0))
			return -ENOMEM;
	}
	return 0;
}

static int mark_listeners(struct draw *d, struct index_map *makers,
			  const struct index_map *listeners)
{
	const struct view *v = d->v;

	for (uint32_t i = 0; i < v->ncalls; i++) {
		const struct view_call *c = &v->call[i];

		if (c->makes && c->returned && c->result >= 0 &&
		    index_map_put(makers, fd_key(c, c->result), i))
			return -ENOMEM;
		if (c->makes || !c->conn ||
		    index_map_get(listeners, index_key(c->node, c->conn)) < 0)
			continue;
		mark(d, i);
		mark(d, index_map_get(makers, fd_key(c, c->fd)));
	}
	return 0;
}

static int choose_calls(struct draw *d)
{
	struct index_map makers = { .n = 0 }, again = { .n = 0 },
			 listeners = { .n = 0 };
	int err;

	if (d->cfg->conv < 0 || d->v->conv[d->cfg->conv].proto != IPPROTO_TCP)
		return 0;
	d->chosen = calloc(d->v->ncalls / 8 + 1, 1);
	if (!d->chosen)
		return -ENOMEM;
	err = mark_makers(d, &makers, &listeners);
	if (!err)
		err = mark_listeners(d, &again, &listeners);
	index_map_fini(&makers);
	index_map_fini(&again);
	index_map_fini(&listeners);
	return err;
}

static bool wants_call(const struct draw *d,
		       const struct ostia_record_event *ev)
{
	return !d->chosen ||
	       is_marked(d, index_map_get(&d->v->calls,
					  index_key(ev->node, ev->trace.call)));
}

/* ---- items ---- */

static ostia_time since(const struct draw *d, ostia_time t)
{
	return t > d->v->begin ? t - d->v->begin : 0;
}

/* Bytes of a file are not a terminal's to obey. */
static void clean(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f ||
		    (unsigned char)*s >= 0x80)
			*s = '?';
}

/* What flew until after @now was no silence. */
static void tell_silence(struct draw *d, ostia_time now)
{
	struct diagram_item x = { .kind = DIAGRAM_SILENCE, .mark = "" };
	ostia_time least = d->flight > FLIGHT_MIN ? d->flight : FLIGHT_MIN;

	if (!d->last || now <= d->last ||
	    now - d->last <= SILENCE_TIMES * least)
		return;
	x.time = d->last;
	diagram_silence(x.text, now - d->last);
	d->err = d->put(d->ctx, &x);
}

static void heed_time(struct draw *d, const struct diagram_item *x)
{
	bool flies = x->kind == DIAGRAM_SEGMENT && !x->fate;
	ostia_time until = flies ? x->arrive : x->time;

	if (flies && x->arrive > x->time && x->arrive - x->time > d->flight)
		d->flight = x->arrive - x->time;
	if (until > d->last)
		d->last = until;
}

static void put_item(struct draw *d, struct diagram_item *x)
{
	clean(x->text);
	if (d->err || x->time < d->cfg->from || x->time > d->cfg->to)
		return;
	if (d->cfg->silences)
		tell_silence(d, x->time);
	if (!d->err)
		d->err = d->put(d->ctx, x);
	heed_time(d, x);
}

/* What boxes told until @time: the first first. */
static void tell_words(struct draw *d, ostia_time time)
{
	for (;;) {
		struct diagram_item x = { .kind = DIAGRAM_INSIDE, .mark = "" };
		struct word *first = NULL;

		for (unsigned i = 0; i < d->nwords; i++)
			if (!first || d->word[i].time < first->time)
				first = &d->word[i];
		if (!first || first->time > time)
			return;
		x.side = first->side;
		x.time = first->time;
		snprintf(x.text, sizeof(x.text), "%s", first->text);
		*first = d->word[--d->nwords];
		put_item(d, &x);
	}
}

static void give(struct draw *d, struct diagram_item *x)
{
	tell_words(d, x->time);
	put_item(d, x);
}

static void say(struct draw *d, enum diagram_kind kind, int side,
		ostia_time time, unsigned step, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

static void say(struct draw *d, enum diagram_kind kind, int side,
		ostia_time time, unsigned step, const char *format, ...)
{
	struct diagram_item x = {
		.kind = kind, .side = side, .time = since(d, time), .mark = ""
	};
	va_list ap;

	if (step && d->cfg->steps && !(d->steps & 1u << step)) {
		d->steps |= 1u << step;
		x.step = step;
	}
	va_start(ap, format);
	vsnprintf(x.text, sizeof(x.text), format, ap);
	va_end(ap);
	give(d, &x);
}

/* Of a process, or of a connection on one host: by its conversation's side. */
static int side_of(const struct draw *d, const struct ostia_record_event *ev)
{
	const struct diagram_sides *s = d->s;
	const struct view_end *e;

	if (!s->one_host)
		return ev->node == s->node[1];
	if (ev->kind == OSTIA_TRACE_CALL || ev->kind == OSTIA_TRACE_RETURN)
		return ev->trace.u.call.proc != s->proc[0];
	e = view_end(d->v, ev->node, ev->trace.conn);
	return e && e->conv >= 0 ? e->side : 0;
}

static bool is_shown(const struct draw *d, uint32_t node)
{
	return node == d->s->node[0] || node == d->s->node[1];
}

/* ---- calls ---- */

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

/* Which of the twelve steps is it? The client's, and those of the server. */
static unsigned step_of(const char *name, int side)
{
	static const char *const writes[] = { "send", "write", "sendto", NULL };
	static const char *const reads[] = { "recv", "read", "recvfrom", NULL };
	static const struct {
		const char *name;
		unsigned step[2];
	} steps[] = {
		{ "socket", { 4, 1 } }, { "connect", { 5, 0 } },
		{ "bind", { 0, 2 } },	{ "listen", { 0, 3 } },
		{ "accept", { 0, 8 } }, { "close", { 11, 12 } },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(name, steps[i].name))
			return steps[i].step[side];
	if (!side)
		return is_one_of(name, writes) ? 9 : 0;
	return is_one_of(name, reads) ? 10 : 0;
}

/* What a call changed at once stands below it. */
static void tell_state_held(struct draw *d)
{
	if (d->held.state[0])
		say(d, DIAGRAM_STATE, d->held.side, d->held.time, 0, "%s",
		    d->held.state);
	d->held.state[0] = '\0';
}

/* Something happens before the held call returns: it is told as begun. */
static void flush(struct draw *d)
{
	unsigned step = step_of(d->held.name, d->held.side);

	if (!d->held.on)
		return;
	d->held.on = false;
	if (!d->cfg->no_calls)
		say(d, DIAGRAM_CALL, d->held.side, d->held.time,
		    step == 8 || step == 10 ? 0 : step, "%s ...", d->held.text);
	tell_state_held(d);
}

static void begin_call(struct draw *d, int side,
		       const struct ostia_record_event *ev)
{
	flush(d);
	d->held.on = true;
	d->held.side = side;
	d->held.id = ev->trace.call;
	d->held.time = ev->time;
	words_call(d->held.text, sizeof(d->held.text), &ev->trace);
	snprintf(d->held.name, sizeof(d->held.name), "%s",
		 ev->trace.u.call.name);
}

/* Bytes count from 1, as sequence numbers do behind a SYN. */
static void range_text(char *buf, size_t size, const struct view_call *c)
{
	if (c && c->to > c->from)
		snprintf(buf, size, " [%llu:%llu]",
			 (unsigned long long)c->from + 1,
			 (unsigned long long)c->to + 1);
	else
		buf[0] = '\0';
}

void diagram_ms(char buf[32], ostia_time ns)
{
	unsigned long long whole = ns / OSTIA_MS;
	unsigned long long us = ns % OSTIA_MS / OSTIA_US;

	if (whole < 100000)
		snprintf(buf, 32, "%llu.%03llu", whole, us);
	else if (whole < 1000000)
		snprintf(buf, 32, "%llu.%02llu", whole, us / 10);
	else
		snprintf(buf, 32, "%llu", whole);
}

void diagram_silence(char buf[64], ostia_time ns)
{
	unsigned long long ms = (ns + OSTIA_MS / 2) / OSTIA_MS;
	char fine[32];

	diagram_ms(fine, ns);
	if (ns >= OSTIA_S)
		snprintf(buf, 64, "nothing for %llu.%03llu s", ms / 1000,
			 ms % 1000);
	else if (ns >= 10 * OSTIA_MS)
		snprintf(buf, 64, "nothing for %llu ms", ms);
	else
		snprintf(buf, 64, "nothing for %s ms", fine);
}

bool diagram_told_at_box(const struct diagram_item *x)
{
	return x->nhops && x->hop[x->nhops - 1].ends;
}

void diagram_end(char buf[DIAGRAM_TEXT], const struct diagram_item *x)
{
	snprintf(buf, DIAGRAM_TEXT, "%s%s%s%s%s", x->fate,
		 x->where ? " by " : "", x->where ? x->where : "",
		 x->why ? ": " : "", x->why ? x->why : "");
}

int diagram_remarks(char *buf, size_t size, const struct diagram_item *x)
{
	char ms[32];
	int at = 0;

	buf[0] = '\0';
	if (x->waited) {
		diagram_ms(ms, x->waited);
		at = line_add(buf, size, at, " queued %s ms", ms);
	}
	return line_add(buf, size, at, "%s%s%s",
			x->overtakes ? " overtakes" : "",
			x->altered ? " altered" : "", x->marked ? " CE" : "");
}

int diagram_said(char *buf, size_t size, const struct diagram_item *x)
{
	char more[64];

	diagram_remarks(more, sizeof(more), x);
	return snprintf(buf, size, "%s%s", x->text, more);
}

bool diagram_failed(const struct diagram_item *x)
{
	const char *r = strstr(x->text, " = -1 E");

	return (x->kind == DIAGRAM_CALL || x->kind == DIAGRAM_RETURN) && r &&
	       strcmp(r + 6, "EAGAIN") != 0 &&
	       strcmp(r + 6, "EINPROGRESS") != 0;
}

/* When what a call wrote was read over there, and acknowledged. */
static void tell_join(struct draw *d, int side, ostia_time now,
		      const struct view_call *c)
{
	const struct view *v = d->v;
	const struct view_end *e = c ? view_end(v, c->node, c->conn) : NULL;
	const struct view_end *peer = NULL;
	const struct view_point *read = NULL, *acked;
	char at[2][32] = { "never", "never" };

	if (!c || c->to <= c->from || !c->out || !e || e->conv < 0)
		return;
	if (v->conv[e->conv].end[!e->side] >= 0)
		peer = &v->end[v->conv[e->conv].end[!e->side]];
	if (peer)
		read = view_when(peer->read, peer->nread, c->to);
	acked = view_when(e->acked, e->nacked, c->to);
	if (read)
		diagram_ms(at[0], since(d, read->time));
	if (acked)
		diagram_ms(at[1], since(d, acked->time));
	say(d, DIAGRAM_JOIN, side, now, 0, "(read %s, acked %s)", at[0], at[1]);
}

static void end_call(struct draw *d, int side,
		     const struct ostia_record_event *ev)
{
	const struct view_call *c = view_call(d->v, ev->node, ev->trace.call);
	int64_t result = ev->trace.u.call.result;
	bool at_once = d->held.on && d->held.id == ev->trace.call &&
		       d->held.side == side;
	ostia_time when = at_once ? d->held.time : ev->time;
	unsigned step = result >= 0 ? step_of(ev->trace.u.call.name, side) : 0;
	char text[DIAGRAM_TEXT / 2], r[48], range[48];

	if (!at_once)
		flush(d);
	d->held.on = false;
	if (!d->cfg->no_calls) {
		words_return(text, sizeof(text), &ev->trace);
		words_result(r, sizeof(r), result);
		range_text(range, sizeof(range), c);
		say(d, at_once ? DIAGRAM_CALL : DIAGRAM_RETURN, side, when,
		    step, "%.120s = %s%s", at_once ? d->held.text : text, r,
		    range);
		tell_join(d, side, when, c);
	}
	if (at_once)
		tell_state_held(d);
}

/* ---- what happens inside ---- */

static void tell_state(struct draw *d, int side,
		       const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;
	bool passive = side == 1 && !strncmp(t->u.state.to, "SYN-R", 5);
	char text[sizeof(d->held.state)];

	snprintf(text, sizeof(text), "[%s -> %s]", t->u.state.from,
		 t->u.state.to);
	if (!d->cfg->no_calls && d->held.on && d->held.side == side &&
	    d->held.id == t->call && !d->held.state[0]) {
		memcpy(d->held.state, text, sizeof(text));
		return;
	}
	flush(d);
	say(d, DIAGRAM_STATE, side, ev->time, passive ? 6 : 0, "%s", text);
}

static void tell_timer(struct draw *d, int side,
		       const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;

	if (!strcmp(t->u.timer.name, "delack"))
		return;
	flush(d);
	say(d, DIAGRAM_INSIDE, side, ev->time, 0, "(timer %s, %u in a row)",
	    t->u.timer.name, t->u.timer.count);
}

/* That it grows with each acknowledgment would drown the rest. */
static void tell_cwnd(struct draw *d, int side,
		      const struct ostia_record_event *ev)
{
	const struct ostia_trace *t = &ev->trace;

	if (!strcmp(t->u.cwnd.why, "ack"))
		return;
	flush(d);
	if (t->u.cwnd.ssthresh < INT32_MAX)
		say(d, DIAGRAM_INSIDE, side, ev->time, 0,
		    "(%s: cwnd %u, ssthresh %u)", t->u.cwnd.why, t->u.cwnd.cwnd,
		    t->u.cwnd.ssthresh);
	else
		say(d, DIAGRAM_INSIDE, side, ev->time, 0, "(%s: cwnd %u)",
		    t->u.cwnd.why, t->u.cwnd.cwnd);
}

static void tell_drop(struct draw *d, int side,
		      const struct ostia_record_event *ev)
{
	const char *reason = ev->trace.u.pkt.reason;

	flush(d);
	say(d, DIAGRAM_DROP, side, ev->time, 0, "(dropped: %s)",
	    reason ? reason : "?");
}

/* ---- segments ---- */

static const char *fate_text(uint8_t fate)
{
	static const char *const texts[OSTIA_FATES] = {
		[OSTIA_FATE_LOST] = "lost",   [OSTIA_FATE_BURST] = "burst",
		[OSTIA_FATE_LIMIT] = "full",  [OSTIA_FATE_MTU] = "too big",
		[OSTIA_FATE_AQM] = "aqm",     [OSTIA_FATE_CUT] = "cut",
		[OSTIA_FATE_NOMEM] = "nomem",
	};

	if (fate <= OSTIA_FATE_DELIVERED)
		return NULL;
	if (fate == VIEW_DROPPED)
		return "dropped";
	return fate < OSTIA_FATES ? texts[fate] : "lost";
}

static const char *mark_of(uint32_t trace_flags, uint32_t flags)
{
	return trace_flags & OSTIA_TRACE_F_RETRANS ? "rtx"
	       : trace_flags & OSTIA_TRACE_F_PROBE ? "prb"
	       : flags & OSTIA_FATE_F_COPY	   ? "dup"
						   : "";
}

static const char *name_of(const struct view *v, uint32_t node)
{
	const struct view_host *h = view_host(v, node);

	return h ? h->name : "?";
}

/* Through which boxes; where it came and left no more, it was dropped. */
static void describe_way(struct diagram_item *x, const struct draw *d,
			 const struct view_pkt *p)
{
	for (const struct view_hop *h = way_first(d->v, p); h;
	     h = way_next(d->v, h)) {
		int box = box_of(d->s, h->node);

		if (!h->go && p->fate == VIEW_DROPPED) {
			x->why = way_why(h);
			x->where = name_of(d->v, h->node);
		}
		if (box < 0 || x->nhops == DIAGRAM_BOXES)
			continue;
		x->hop[x->nhops++] = (struct diagram_hop) {
			.box = (unsigned)box,
			.time = since(d, h->go ? h->go : h->come),
			.ends = !h->go,
		};
	}
}

/* What its wire and its host say of it. */
static void describe(struct diagram_item *x, const struct draw *d,
		     const struct ostia_record_event *ev)
{
	const struct view_pkt *p;
	uint64_t id = ev->trace.u.pkt.id;

	x->mark = mark_of(ev->trace.u.pkt.flags, 0);
	x->arrive = since(d, ev->time);
	if (ev->kind == OSTIA_RECORD_WIRE) {
		id = ev->u.wire.pkt;
		x->mark = mark_of(ev->u.wire.trace_flags, ev->u.wire.flags);
		x->overtakes = ev->u.wire.flags & OSTIA_FATE_F_REORDERED;
		x->altered = ev->u.wire.flags & OSTIA_FATE_F_CORRUPTED;
		x->marked = ev->u.wire.flags & OSTIA_FATE_F_MARKED;
		x->waited = ev->u.wire.waited;
		if (ev->u.wire.flags & OSTIA_FATE_F_QUEUED)
			x->waited += ev->u.wire.depart - ev->time;
	}
	p = view_pkt(d->v, id);
	if (p) {
		x->arrive = since(d, p->arrive);
		x->fate = fate_text(p->fate);
		describe_way(x, d, p);
	}
}

static int side_of_packet(const struct draw *d,
			  const struct ostia_record_event *ev,
			  const struct view_pkt *p)
{
	if (d->s->one_host)
		return p && p->conv < d->v->nconvs ? p->side : 0;
	return ev->node == d->s->node[1];
}

/* The first pure acknowledgment of the client completes the handshake. */
static unsigned segment_step(int side, const char *text)
{
	return !side && !strncmp(text, "ACK seq 1 ack 1 ", 16) ? 7 : 0;
}

/* What is not IP: only Ethernet carries such. */
static void other_text(const struct ostia_record_event *ev, char *buf,
		       size_t size)
{
	bool wire = ev->kind == OSTIA_RECORD_WIRE;

	seen_frame_text(wire ? ev->u.wire.data : ev->trace.u.pkt.data,
			wire ? ev->u.wire.data_len : ev->trace.u.pkt.data_len,
			wire ? ev->u.wire.len : ev->trace.u.pkt.len, buf, size);
}

/* Numbers count from where each direction began. */
static void packet_text(const struct draw *d, const struct view_pkt *p,
			const struct ostia_record_event *ev, struct seen *s,
			char *buf, size_t size)
{
	const struct view_conv *c =
		p && p->conv < d->v->nconvs ? &d->v->conv[p->conv] : NULL;
	const uint32_t *base[2] = { NULL, NULL };

	if (!view_packet(ev, s)) {
		other_text(ev, buf, size);
		return;
	}
	for (int i = 0; i < 2 && c; i++)
		if (c->any[p->side ^ i])
			base[i] = &c->isn[p->side ^ i];
	seen_text(s, base, d->cfg->body - 6, buf, size);
}

/* ARP: by the other side, which makes the way short, or by a box in sight? */
static bool is_heard(const struct draw *d, const struct view_pkt *p,
		     struct diagram_item *x)
{
	for (const struct view_hop *h = way_first(d->v, p); h;
	     h = way_next(d->v, h))
		if (h->node == d->s->node[!x->side]) {
			x->nhops = 0;
			return true;
		}
	return x->nhops > 0;
}

static void tell_packet(struct draw *d, const struct ostia_record_event *ev)
{
	uint64_t id = ev->kind == OSTIA_RECORD_WIRE ? ev->u.wire.pkt
						    : ev->trace.u.pkt.id;
	const struct view_pkt *p = view_pkt(d->v, id);
	struct diagram_item x = { .kind = DIAGRAM_SEGMENT,
				  .time = since(d, ev->time) };
	struct seen s = { .version = 0 };
	unsigned step;

	if (d->cfg->conv >= 0 && (!p || p->conv != d->cfg->conv))
		return;
	flush(d);
	x.side = side_of_packet(d, ev, p);
	describe(&x, d, ev);
	if (p && p->conv >= d->v->nconvs && p->hop && !is_heard(d, p, &x))
		return;
	packet_text(d, p, ev, &s, x.text, sizeof(x.text));
	step = segment_step(x.side, x.text);
	if (step && d->cfg->steps && !(d->steps & 1u << step)) {
		d->steps |= 1u << step;
		x.step = step;
	}
	give(d, &x);
	x.kind = DIAGRAM_OPTIONS;
	x.step = 0;
	if (seen_options(&s, x.text, sizeof(x.text)))
		give(d, &x);
}

/* ---- what boxes say ---- */

/* Which side does its wire lead to? -1: none */
static int side_reached(const struct draw *d,
			const struct ostia_record_event *ev)
{
	int64_t i = index_map_get(&d->v->wires, ev->u.wire.wire);
	uint32_t to = i < 0 ? 0 : d->v->wire[i].end[!ev->u.wire.dir];

	return to == d->s->node[0] ? 0 : to == d->s->node[1] ? 1 : -1;
}

/* An error that quotes what the chosen conversation sent, if one is chosen */
static bool is_about(const struct draw *d, const struct seen *s)
{
	const struct view_conv *c;
	struct seen q;

	if (d->cfg->conv < 0)
		return true;
	c = &d->v->conv[d->cfg->conv];
	if (!seen_quote(s, &q) || q.proto != c->proto)
		return false;
	for (int i = 0; i < 2; i++)
		if (!memcmp(q.addr[0], c->addr[i], 16) &&
		    !memcmp(q.addr[1], c->addr[!i], 16) &&
		    q.port[0] == c->port[i] && q.port[1] == c->port[!i])
			return true;
	return false;
}

/* An error that a box sends, or its answer to an ARP, which a side will hear */
static bool box_text(const struct draw *d, const struct ostia_record_event *ev,
		     char *buf, size_t size)
{
	char text[80], from[INET6_ADDRSTRLEN];
	struct seen s;

	if (!view_packet(ev, &s))
		return d->cfg->conv < 0 &&
		       seen_arp_answer(ev->u.wire.data, ev->u.wire.data_len,
				       buf, size);
	if (!seen_is_error(&s) || !is_about(d, &s))
		return false;
	seen_text(&s, (const uint32_t *const[2]) { NULL, NULL }, 60, text,
		  sizeof(text));
	view_name(from, sizeof(from), s.addr[0], 0);
	snprintf(buf, size, "(%s: %s)", from, text);
	return true;
}

static void tell_box(struct draw *d, const struct ostia_record_event *ev)
{
	struct word w;

	if (ev->kind != OSTIA_RECORD_WIRE || d->s->one_host ||
	    ev->u.wire.fate != OSTIA_FATE_SENT)
		return;
	w.side = side_reached(d, ev);
	if (w.side < 0 || !box_text(d, ev, w.text, sizeof(w.text)))
		return;
	w.time = since(d, ev->u.wire.arrive);
	if (d->nwords == WORDS)
		tell_words(d, OSTIA_NEVER);
	d->word[d->nwords++] = w;
}

/* ---- events ---- */

/* Does it concern the chosen conversation? What is dropped often has no
 * connection, but was a packet of one.
 */
static bool concerns(const struct draw *d, const struct ostia_record_event *ev)
{
	const struct view_pkt *p = ev->kind == OSTIA_TRACE_DROP
					   ? view_pkt(d->v, ev->trace.u.pkt.id)
					   : NULL;

	if (p)
		return p->conv == d->cfg->conv;
	return !ev->trace.conn || is_of_conv(d, ev->node, ev->trace.conn);
}

static void tell_trace(struct draw *d, const struct ostia_record_event *ev)
{
	int side = side_of(d, ev);

	if (ev->kind == OSTIA_TRACE_CALL) {
		if (wants_call(d, ev))
			begin_call(d, side, ev);
		return;
	}
	if (ev->kind == OSTIA_TRACE_RETURN) {
		if (wants_call(d, ev))
			end_call(d, side, ev);
		return;
	}
	if (d->cfg->conv >= 0 && !concerns(d, ev))
		return;
	if (ev->kind == OSTIA_TRACE_STATE)
		tell_state(d, side, ev);
	else if (ev->kind == OSTIA_TRACE_TIMER)
		tell_timer(d, side, ev);
	else if (ev->kind == OSTIA_TRACE_CWND)
		tell_cwnd(d, side, ev);
	else if (ev->kind == OSTIA_TRACE_DROP)
		tell_drop(d, side, ev);
}

static void tell_note(struct draw *d, const struct ostia_record_event *ev)
{
	flush(d);
	if (ev->kind == OSTIA_RECORD_NOTE)
		say(d, DIAGRAM_NOTE, 0, ev->time, 0, "-- %s", ev->u.text);
	else if (ev->u.gap.events)
		say(d, DIAGRAM_NOTE, 0, ev->time, 0, "-- %llu events %s",
		    (unsigned long long)ev->u.gap.events, ev->u.gap.why);
	else
		say(d, DIAGRAM_NOTE, 0, ev->time, 0, "-- %s", ev->u.gap.why);
}

static void tell(struct draw *d, const struct ostia_record_event *ev)
{
	if (ev->kind == OSTIA_RECORD_NOTE || ev->kind == OSTIA_RECORD_GAP)
		tell_note(d, ev);
	else if (ev->kind != OSTIA_RECORD_ROW && !is_shown(d, ev->node))
		tell_box(d, ev);
	else if (view_leaves(d->v, ev))
		tell_packet(d, ev);
	else if (ev->kind < OSTIA_TRACE_KINDS)
		tell_trace(d, ev);
}

int diagram_draw(const struct view *v, struct ostia_record *rec,
		 const struct diagram_sides *s,
		 const struct diagram_config *cfg,
		 int (*put)(void *ctx, const struct diagram_item *), void *ctx)
{
	struct draw d = { .v = v, .s = s, .cfg = cfg, .put = put, .ctx = ctx };
	struct ostia_record_event ev;
	int r = 0;

	d.err = choose_calls(&d);
	while (!d.err && (r = ostia_record_next(rec, &ev)) > 0)
		tell(&d, &ev);
	flush(&d);
	tell_words(&d, OSTIA_NEVER);
	free(d.chosen);
	if (d.err || r < 0)
		return d.err ? d.err : r;
	return ostia_record_rewind(rec);
}
