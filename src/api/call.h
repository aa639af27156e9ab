/* SPDX-License-Identifier: MIT */
/*
 * api/call.h - the frame of every call: enter, tell, do, wait, settle, leave
 *
 *	struct call c;
 *
 *	if (call_enter(&c, p, "listen", fd))
 *		call_tell(&c, "%d", backlog);
 *	return (int)call_leave(&c, do_listen(&c, backlog));
 *
 * Text is made for who listens to traces alone. A call that would block
 * waits by call_wait() and tries again.
 */
#ifndef OSTIA_API_CALL_H
#define OSTIA_API_CALL_H

#include "api/proc.h"
#include "sock/watch.h"

/**
 * struct call - A call under way
 * @id:		in trace events; @outer: whose place it takes there
 * @conn:	of the connection that it is about
 */
struct call {
	struct ostia_proc *p;
	const char *name;
	uint64_t id, outer, conn;
	int fd;
	bool broken_pipe;
};

static inline struct tracer *call_tracer(const struct call *c)
{
	return &c->p->stack->tracer;
}

/** call_enter() - Return: someone listens, so call_tell() is due. */
static inline bool call_enter(struct call *c, struct ostia_proc *p,
			      const char *name, int fd)
{
	c->p = p;
	c->name = name;
	c->fd = fd;
	c->broken_pipe = false;
	if (p->ops)
		p->ops->enter(p->ctx);
	return __builtin_expect(call_tracer(c)->sink != NULL, 0);
}

/** call_tell() - The call begins, with these arguments after its descriptor */
void api_call_tell(struct call *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
#define call_tell api_call_tell

/** call_tell_numbers() - The same of calls that happen most
 * @marks: an enum trace_args: what is told, and TRACE_CALL_OUT of those that
 * write
 */
void api_call_tell_numbers(struct call *c, unsigned marks, uint64_t len,
			   uint32_t flags);
#define call_tell_numbers api_call_tell_numbers

void api_call_return(struct call *c, int64_t r);

/** call_leave() - Settle, unlock, and say -1 and errno, or the result. */
static inline int64_t call_leave(struct call *c, int64_t r)
{
	struct ostia_proc *p = c->p;

	stack_settle(p->stack);
	if (__builtin_expect(call_tracer(c)->sink != NULL, 0))
		api_call_return(c, r);
	if (p->ops)
		p->ops->leave(p->ctx);
	if (__builtin_expect(r >= 0, 1))
		return r;
	if (c->broken_pipe && p->ops && p->ops->sigpipe)
		p->ops->sigpipe(p->ctx);
	errno = (int)-r;
	return -1;
}

/** call_may_wait() - Is this a process that can, and a file that shall? */
static inline bool call_may_wait(const struct call *c, const struct file *f)
{
	return c->p->ops && c->p->ops->wait && !(f->flags & FILE_NONBLOCK);
}

/**
 * api_call_wait() - Until the file is ready for any of @mask
 * @edge: news alone counts, not what is so already
 *
 * Return: 0: look again; -ETIMEDOUT; -EINTR; -EBADF: the descriptor was
 * closed meanwhile, and @f may be gone; -ENOMEM.
 */
int api_call_wait(struct call *c, struct file *f, uint32_t mask, bool edge,
		  ostia_time deadline);

/** api_call_sleep() - Until @wait fired; as api_call_wait(). */
int api_call_sleep(struct call *c, struct sock_wait *wait, ostia_time deadline);

/** call_deadline() - When @timeout ns from now are over; 0: never. */
static inline ostia_time call_deadline(const struct call *c, ostia_time timeout)
{
	ostia_time now = stack_now(c->p->stack);

	if (!timeout || timeout >= OSTIA_NEVER - now)
		return OSTIA_NEVER;
	return now + timeout;
}

#endif
