/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#include <assert.h>
#include <linux/tcp.h>
#include <string.h>

void trace_init(struct tracer *t, const struct ostia_env *env, uint32_t stack,
		ostia_time now)
{
	*t = (struct tracer) { .sink = env->trace,
			       .ctx = env->trace_ctx,
			       .log = env->trace_log,
			       .now = now,
			       .stack = stack };
	if (t->log) {
		t->sink = trace_log_put;
		t->ctx = t->log;
	}
}

/* ---- numbers as text ---- */

static char *digits(char *at, uint64_t v, unsigned base)
{
	char text[20];
	int n = 0;

	do
		text[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	while (n)
		*at++ = text[--n];
	return at;
}

void trace_args(char buf[TRACE_ARGS], enum trace_args how, uint64_t len,
		uint32_t flags)
{
	char *at = digits(buf, len, 10);

	if (how == TRACE_ARGS_LEN_FLAGS) {
		memcpy(at, ", 0x", 4);
		at = digits(at + 4, flags, 16);
	}
	*at = '\0';
}

/* ---- the log ---- */

unsigned trace_link(struct ostia_trace_log *log, const char *name,
		    uint32_t type)
{
	uint32_t n = log->nlinks ? log->nlinks : 1, i = 1;

	while (i < n && (log->link[i].type != type ||
			 strcmp(log->link[i].name, name) != 0))
		i++;
	if (i == TRACE_LINKS || strlen(name) >= sizeof(log->link[i].name))
		return 0;
	if (i == n) {
		log->nlinks = n + 1;
		memcpy(log->link[i].name, name, strlen(name));
		log->link[i].type = type;
	}
	return i;
}

void trace_log_close(struct ostia_trace_log *l)
{
	struct trace_rec_call *c = l->open;

	if (!c)
		return;
	l->open = NULL;
	c->r.what &= ~(uint64_t)(TRACE_CALL_RETURNED << 8);
	trace_log_done(l, sizeof(*c), c->moved ? 2 : 1);
}

__attribute__((cold)) void trace_told_bytes(struct tracer *t, uint64_t conn,
					    uint64_t from, uint64_t to,
					    bool out)
{
	TRACE(t, OSTIA_TRACE_BYTES, conn, .u.bytes = { from, to, out });
}

/* ---- events as they stand ---- */

static_assert(sizeof(struct trace_rec_event) + TRACE_TEXT + TRACE_HEAD + 7 <=
		      TRACE_REC_MAX,
	      "any record finds room");
static_assert(sizeof(struct tcp_info) <= TRACE_TEXT + TRACE_HEAD,
	      "so does what a connection counted");

/* struct borrowed - What an event points to that does not outlive it; @info:
 * all of it
 */
struct borrowed {
	const char **text;
	const uint8_t **data;
	uint32_t *data_len;
	const struct tcp_info **info;
};

static struct borrowed borrowed_by(struct ostia_trace *ev)
{
	switch (ev->kind) {
	case OSTIA_TRACE_CALL:
		return (struct borrowed) { .text = &ev->u.call.args };
	case OSTIA_TRACE_IN:
	case OSTIA_TRACE_OUT:
	case OSTIA_TRACE_DROP:
		return (struct borrowed) { &ev->u.pkt.link, &ev->u.pkt.data,
					   &ev->u.pkt.data_len, NULL };
	case OSTIA_TRACE_LOCAL:
		return (struct borrowed) { NULL, &ev->u.local.data,
					   &ev->u.local.data_len, NULL };
	case OSTIA_TRACE_STATE:
		return (struct borrowed) { .info = &ev->u.state.info };
	default:
		return (struct borrowed) { .text = NULL };
	}
}

void trace_log_put(void *log, const struct ostia_trace *told)
{
	struct ostia_trace_log *l = log;
	struct ostia_trace ev = *told;
	const struct borrowed b = borrowed_by(&ev);
	struct trace_rec_event *r;
	size_t text = 0, data = 0, info = 0, size;

	if (b.text && *b.text)
		text = strnlen(*b.text, TRACE_TEXT - 1) + 1;
	if (b.data)
		data = *b.data_len < l->snap ? *b.data_len : l->snap;
	if (b.info && *b.info)
		info = sizeof(**b.info);
	size = sizeof(*r) + text + data + info;
	trace_log_close(l);
	r = (struct trace_rec_event *)(void *)l->at;
	r->r.what = trace_rec_what(TRACE_REC_EVENT, 0, size, ev.stack);
	if (text) {
		memcpy(r->bytes, *b.text, text - 1);
		r->bytes[text - 1] = '\0';
		*b.text = r->bytes;
	}
	if (b.data) {
		memcpy(r->bytes + text, *b.data, data);
		*b.data = (const uint8_t *)r->bytes + text;
		*b.data_len = (uint32_t)data;
	}
	if (info) {
		memcpy(r->bytes, *b.info, info);
		*b.info = (const void *)r->bytes;
	}
	r->ev = ev;
	/* What a connection counted is an event of its own. */
	trace_log_done(l, size, info ? 2 : 1);
}
