/* SPDX-License-Identifier: MIT */
#include "api/call.h"

#include "sock/watch.h"
#include "tcp/conn.h"

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
	trace_pair(&c->id, id, t->call);
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

static __attribute__((noinline, cold)) void
tell_numbers(struct call *c, enum trace_args args, uint64_t a, uint64_t b)
{
	const uint64_t num[2] = { a, b };
	char text[TRACE_ARGS];

	trace_args(text, args, num);
	tell(c, text);
}

void api_call_tell_numbers(struct call *c, enum trace_args args, uint64_t a,
			   uint64_t b)
{
	struct tracer *t = call_tracer(c);
	struct trace_rec_call *r;

	begin(c);
	if (!t->log) {
		tell_numbers(c, args, a, b);
		return;
	}
	r = trace_log_rec(t, TRACE_REC_CALL, sizeof(*r), c->conn);
	trace_pair(&r->name, (uintptr_t)c->name,
		   c->p->id | (uint64_t)(uint32_t)c->fd << 32);
	trace_pair(r->num, a, b);
	r->state = args;
	trace_log_done(t->log);
}

static __attribute__((noinline, cold)) void tell_return(const struct call *c,
							int64_t r)
{
	TRACE(call_tracer(c), OSTIA_TRACE_RETURN, c->conn,
	      .u.call = { .name = c->name,
			  .proc = c->p->id,
			  .fd = c->fd,
			  .result = r });
}

void api_call_return(struct call *c, int64_t result)
{
	struct tracer *t = call_tracer(c);
	struct trace_rec_call *r = t->log ? trace_log_call(t, c->id) : NULL;

	if (r) {
		trace_pair(&r->state, r->state | TRACE_CALL_RETURNED,
			   (uint64_t)result);
		t->log->events++;
	} else {
		tell_return(c, result);
	}
	t->call = c->outer;
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
