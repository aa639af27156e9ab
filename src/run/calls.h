/* SPDX-License-Identifier: MIT */
/*
 * run/calls.h - a guest's call: received, understood, answered
 *
 * A notification becomes a request; its descriptor names a door of the host
 * or nothing of ours (then the kernel goes on with it). The door's kind
 * handles the call, or the common handler here does, which copies arguments
 * once and asks the stack. A handler returns
 *
 *	>= 0		the value of the call
 *	-errno		its error
 *	RUN_PARK	it must wait: the request joins door->waiters, and the
 *			handler is called again at run_door_retry(), and
 *			with req->expired at its deadline
 *	RUN_DONE	the handler has answered (run_notify_add)
 *	RUN_CONTINUE	the kernel does it, on the pair
 *
 * Handlers are transactional: what an answer gives away is taken from the
 * stack only once the answer was accepted, or is put back on -ENOENT. What
 * cannot be put back (a datagram that was sent, a connection that was made, a
 * name that was bound) is remembered: a caller that a signal took away makes
 * the same call once more, by himself or by SA_RESTART, and is told then.
 */
#ifndef OSTIA_RUN_CALLS_H
#define OSTIA_RUN_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/list.h"
#include "run/loop.h"
#include "run/sup.h"

enum run_call {
	RUN_SOCKET,
	RUN_BIND,
	RUN_LISTEN,
	RUN_ACCEPT, /* accept() too, with flags 0 */
	RUN_CONNECT,
	RUN_GETSOCKNAME,
	RUN_GETPEERNAME,
	RUN_GETSOCKOPT,
	RUN_SETSOCKOPT,
	RUN_SHUTDOWN,
	RUN_SENDTO,
	RUN_RECVFROM,
	RUN_SENDMSG,
	RUN_RECVMSG,
	RUN_SENDMMSG,
	RUN_RECVMMSG,
	RUN_IOCTL,
	RUN_CALLS
};

enum { RUN_CALLS_PIPE = 2 }; /* no run_calls_print() is even */

#define RUN_PARK (-100000)
#define RUN_DONE (-100001)
#define RUN_CONTINUE (-100002)

struct run_door;

/**
 * struct run_untold - A call whose answer nobody took
 * @tid:	0: none
 * @print:	of what was sent: see run_calls_print()
 */
struct run_untold {
	pid_t tid;
	enum run_call call;
	int64_t arg[6], value;
	uint64_t print;
};

/**
 * struct run_req - A call under way
 * @node:	in door->waiters while it is parked
 * @arg:	as the guest passed them; int arguments are sign-extended
 * @door:	NULL: socket(), or not ours
 * @fd:		duplicate of the guest's descriptor, or -1: see run_calls_fd()
 * @deadline:	armed while parked with a timeout
 * @parked:	it has waited: a handler sees it for the second time
 * @expired:	its deadline has come: run_calls_wait() waits no more
 * @state:	free for the handler, kept while it waits (0 at first)
 * @cookie:	of the door, which may be gone when the call is answered
 * @print:	of what a send has sent, 0: nothing yet; RUN_CALLS_PIPE:
 *		nothing, but its caller has got a SIGPIPE
 * @done:	RUN_DONE: what was answered
 * @hear_fd, @hear_id, @hear_conn, @hear_name, @hear_done: of run/hear
 */
struct run_req {
	struct list node;
	struct run_guest *guest;
	struct run_door *door;
	uint64_t id;
	pid_t tid;
	enum run_call call;
	int64_t arg[6];
	int fd;
	struct run_timer deadline;
	bool parked, expired;
	uint64_t state, cookie, print;
	int64_t done;
	int hear_fd;
	uint64_t hear_id, hear_conn;
	const char *hear_name;
	bool hear_done;
};

typedef int64_t run_call_fn(struct run_door *d, struct run_req *req);

/** run_calls_on_notify() - The watch of a guest's listener. */
void run_calls_on_notify(struct run_watch *w, uint32_t events);

/** run_calls_number() - Which call is system call @nr? RUN_CALLS: none. */
enum run_call run_calls_number(int nr);

/** run_calls_name() - As the manual has it; NULL: none that we know. */
const char *run_calls_name(enum run_call call);

/** run_calls_drop() - Forget a parked request without an answer. */
void run_calls_drop(struct run_req *req);

/** run_calls_retry() - Call its handler again. True: it waits still. */
bool run_calls_retry(struct run_req *req);

/** run_calls_answer() - Answer a parked request and forget it. */
void run_calls_answer(struct run_req *req, int64_t value);

/**
 * run_calls_print() - Tell one datagram of a buffer from the next one there
 * Its length, its begin and its end. Return: not 0.
 */
uint64_t run_calls_print(const struct run_req *req, const void *data,
			 size_t len);

/**
 * run_calls_untold() - Is it the call again whose answer was lost?
 * @print:	as it was then; 0: no send
 * Any other call of that thread on the door ends the memory. Return: true,
 * and *@value: to be answered without doing it again.
 */
bool run_calls_untold(struct run_req *req, uint64_t print, int64_t *value);

/**
 * run_calls_wait() - RUN_PARK, with the timeout of the socket
 * @name:	SO_RCVTIMEO or SO_SNDTIMEO, read from the guest's end
 * @value:	the answer once the deadline has come (-EAGAIN)
 * The deadline counts from the first park. Return: RUN_PARK, or @value.
 */
int64_t run_calls_wait(struct run_req *req, int name, int64_t value);

/**
 * run_calls_fd() - A duplicate of the guest's descriptor
 * Made at most once a try and closed after it. Return: it, or -errno: where
 * pidfd_getfd is denied there is none (-EPERM).
 */
int run_calls_fd(struct run_req *req);

/** run_calls_nonblock() - Has the descriptor O_NONBLOCK? */
bool run_calls_nonblock(struct run_req *req);

/**
 * run_calls_unsupported() - Count what a guest asks for and does not get
 * @what: "socket of this type"; the program's name goes before it
 * @err:  the answer, positive; its name goes after it
 */
void run_calls_unsupported(struct run_req *req, const char *what, int err);

/* ---- the guest's memory ---- */

static inline struct run_sup *run_calls_sup(const struct run_req *req)
{
	return req->guest->host->sup;
}

/** run_calls_in(), run_calls_out() - run_target_read(), run_target_write(). */
int run_calls_in(struct run_req *req, uint64_t addr, void *to, size_t n);
int run_calls_out(struct run_req *req, uint64_t addr, const void *from,
		  size_t n);

/**
 * run_calls_addr_in() - Copy a sockaddr argument
 * Return: 0; -EINVAL: a length no address has; -EFAULT.
 */
int run_calls_addr_in(struct run_req *req, uint64_t addr, int64_t len,
		      struct sockaddr_storage *to);

/**
 * run_calls_addr_out() - What accept() or getsockname() returns by pointers
 * @addr:	0: the guest does not want it
 * @len_at:	its socklen_t: room before, the whole length after
 * Return: 0; -EINVAL: a negative room; -EFAULT.
 */
int run_calls_addr_out(struct run_req *req, uint64_t addr, uint64_t len_at,
		       const struct sockaddr_storage *from, socklen_t len);

/* ---- the common handlers: the stack's answer, on door->fd ---- */

run_call_fn run_calls_bind;
run_call_fn run_calls_getsockname;
run_call_fn run_calls_getpeername;
run_call_fn run_calls_getsockopt;
run_call_fn run_calls_setsockopt;
run_call_fn run_calls_ioctl;
/** run_calls_continue() - RUN_CONTINUE. */
run_call_fn run_calls_continue;

#endif
