/* SPDX-License-Identifier: MIT */
#include "api/call.h"

#include "sock/watch.h"
#include "tcp/conn.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static uint64_t conn_of(const struct call *c)
{
	struct sock *s;

	if (proc_sock(c->p, c->fd, &s) || s->kind != SOCK_TCP)
		return 0;
	return s->tcp->id;
}

/* Text that stands after the descriptor; "": nothing does. */
static void tell(struct call *c, const char *text)
{
	TRACE(call_tracer(c), OSTIA_TRACE_CALL, c->conn,
	      .u.call = { .name = c->name,
			  .proc = c->p->id,
			  .fd = c->fd,
			  .args = text[0] ? text : NULL });
}

static void begin(struct call *c)
{
	struct tracer *t = call_tracer(c);
	uint64_t id = trace_id(t);

	c->conn = conn_of(c);
	c->id = id;
	c->outer = t->call;
	t->call = id;
}

void api_call_tell(struct call *c, const char *format, ...)
{
	char text[TRACE_TEXT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	begin(c);
	tell(c, text);
}

/* The record of a call that may end before anything else happens. */
static inline void open_call(const struct call *c, const struct tracer *t,
			     unsigned marks, uint32_t len, uint32_t flags)
{
	struct trace_rec_call *r = trace_log_open(t->log);

	r->r.what = trace_rec_what(TRACE_REC_CALL, marks | TRACE_CALL_RETURNED,
				   sizeof(*r), t->stack);
	r->r.time = t->now;
	r->r.call = c->id;
	r->r.conn = c->conn;
	r->name = c->name;
	r->proc = c->p->id;
	r->fd = c->fd;
	r->len = len;
	r->flags = flags;
}

static __attribute__((noinline, cold)) void
tell_numbers(struct call *c, unsigned marks, uint64_t len, uint32_t flags)
{
	struct tracer *t = call_tracer(c);
	char text[TRACE_ARGS];

	if (t->log && len <= UINT32_MAX) {
		trace_log_close(t->log);
		open_call(c, t, marks, (uint32_t)len, flags);
		return;
	}
	trace_args(text, marks & TRACE_CALL_ARGS, len, flags);
	tell(c, text);
}

void api_call_tell_numbers(struct call *c, unsigned marks, uint64_t len,
			   uint32_t flags)
{
	const struct tracer *t = call_tracer(c);

	begin(c);
	if (t->log && !t->log->open && len <= UINT32_MAX)
		open_call(c, t, marks, (uint32_t)len, flags);
	else
		tell_numbers(c, marks, len, flags);
}

static __attribute__((noinline, cold)) void tell_return(const struct call *c,
							int64_t r)
{
	struct tracer *t = call_tracer(c);

	TRACE(t, OSTIA_TRACE_RETURN, c->conn,
	      .u.call = { .name = c->name,
			  .proc = c->p->id,
			  .fd = c->fd,
			  .result = r });
	t->call = c->outer;
}

void api_call_return(struct call *c, int64_t result)
{
	struct tracer *t = call_tracer(c);
	struct ostia_trace_log *l = t->log;

	if (!l || !l->open || result != (int32_t)result) {
		tell_return(c, result);
		return;
	}
	assert(l->open->r.call == c->id);
	t->call = c->outer;
	trace_log_return(l, (int32_t)result);
}

/* Other calls are served meanwhile: what they cause is not ours. */
int api_call_sleep(struct call *c, struct sock_wait *wait, ostia_time deadline)
{
	struct ostia_proc *p = c->p;
	struct tracer *t = call_tracer(c);
	int err;

	stack_settle(p->stack);
	if (sock_wait_fired(wait))
		return 0;
	if (stack_now(p->stack) >= deadline)
		return -ETIMEDOUT;
	t->call = 0;
	if (t->log)
		trace_log_close(t->log);
	err = p->ops->wait(p->ctx, wait->event.cookie, deadline);
	if (t->sink)
		t->call = c->id;
	return err;
}

int api_call_wait(struct call *c, struct file *f, uint32_t mask, bool edge,
		  ostia_time deadline)
{
	struct sock_wait *w = sock_wait_new(c->p->stack->socks, &c->p->waits);
	int err;

	if (!w)
		return -ENOMEM;
	err = sock_wait_for(w, f, c->p, c->fd, mask, edge);
	if (err >= 0)
		err = api_call_sleep(c, w, deadline);
	if (w->closed)
		err = -EBADF;
	sock_wait_end(w);
	return err;
}
