/* SPDX-License-Identifier: MIT */
#include "api/call.h"

#include "sock/watch.h"

#include <stdarg.h>
#include <stdio.h>

enum { ARGS_TEXT = 256 };

static uint64_t conn_of(const struct call *c)
{
	struct sock *s;

	if (proc_sock(c->p, c->fd, &s) || s->kind != SOCK_TCP)
		return 0;
	return tcp_id(s->tcp);
}

void api_call_tell(struct call *c, const char *format, ...)
{
	struct tracer *t = call_tracer(c);
	char text[ARGS_TEXT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	c->conn = conn_of(c);
	c->outer = t->call;
	c->id = t->call = trace_id(t);
	TRACE(t, OSTIA_TRACE_CALL, c->conn,
	      .u.call = { .name = c->name,
			  .proc = c->p->id,
			  .fd = c->fd,
			  .args = text[0] ? text : NULL });
}

void api_call_return(struct call *c, int64_t r)
{
	struct tracer *t = call_tracer(c);

	TRACE(t, OSTIA_TRACE_RETURN, c->conn,
	      .u.call = { .name = c->name,
			  .proc = c->p->id,
			  .fd = c->fd,
			  .result = r });
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
