/* SPDX-License-Identifier: MIT */
#include "run/joint.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECES = 4 }; /* before others have their turn */

static struct ostia_proc *proc_of(const struct run_joint *j)
{
	return j->gate->proc;
}

/* ---- the end ---- */

static void joint_free(struct run_joint *j)
{
	struct run_gate *g = j->gate;

	if (j->on_end)
		j->on_end(j);
	if (j->lent)
		ostia_recv_return(g->proc, &j->loan);
	run_gate_unwatch(&j->stack);
	(void)ostia_close(g->proc, j->stack.fd);
	run_loop_forget(g->loop, &j->kernel);
	close(j->kernel.fd);
	list_remove(&j->joints);
	g->njoints--;
	run_gate_touch(g);
	free(j);
}

void run_joint_abort(struct run_joint *j)
{
	const struct linger now = { .l_onoff = 1 };

	(void)ostia_setsockopt(proc_of(j), j->stack.fd, SOL_SOCKET, SO_LINGER,
			       &now, sizeof(now));
	(void)setsockopt(j->kernel.fd, SOL_SOCKET, SO_LINGER, &now,
			 sizeof(now));
	joint_free(j);
}

/* ---- from the kernel to the stack ---- */

static bool is_later(int e)
{
	return e == EAGAIN || e == ENOBUFS || e == ENOMEM || e == EINTR;
}

static void end_of_kernel(struct run_joint *j)
{
	j->kernel_eof = true;
	(void)ostia_shutdown(proc_of(j), j->stack.fd, SHUT_WR);
}

/* Return: 1: a piece went; 0: not now; -1: it is broken. */
static int piece_in(struct run_joint *j)
{
	struct run_gate *g = j->gate;
	ssize_t n = recv(j->kernel.fd, g->buf, RUN_GATE_MOVE,
			 MSG_PEEK | MSG_DONTWAIT);
	ssize_t done;

	if (n < 0)
		return is_later(errno) ? 0 : -1;
	if (n == 0) {
		end_of_kernel(j);
		return 0;
	}
	done = ostia_send(g->proc, j->stack.fd, g->buf, (size_t)n,
			  MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0 && !is_later(errno))
		return -1;
	j->full = done < n;
	if (done <= 0)
		return 0;
	g->stats.bytes_in += (uint64_t)done;
	(void)recv(j->kernel.fd, NULL, (size_t)done, MSG_TRUNC | MSG_DONTWAIT);
	return !j->full;
}

static bool pump_in(struct run_joint *j)
{
	int n = 1;

	j->full = false;
	for (int i = 0; i < PIECES && n > 0 && !j->kernel_eof; i++)
		n = piece_in(j);
	return n >= 0;
}

/* ---- from the stack to the kernel ---- */

static void skip(struct ostia_loan *l, size_t done)
{
	for (int i = 0; i < l->niov && done; i++) {
		struct iovec *v = &l->iov[i];
		size_t part = done < v->iov_len ? done : v->iov_len;

		v->iov_base = (uint8_t *)v->iov_base + part;
		v->iov_len -= part;
		done -= part;
	}
}

static int write_loan(struct run_joint *j)
{
	const struct msghdr m = { .msg_iov = j->loan.iov,
				  .msg_iovlen = (size_t)j->loan.niov };
	ssize_t n = sendmsg(j->kernel.fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return is_later(errno) ? 0 : -1;
	j->gate->stats.bytes_out += (uint64_t)n;
	skip(&j->loan, (size_t)n);
	j->lent -= (size_t)n;
	if (j->lent)
		return 0;
	ostia_recv_return(proc_of(j), &j->loan);
	return 1;
}

static int piece_out(struct run_joint *j)
{
	ssize_t n;

	if (j->lent)
		return write_loan(j);
	n = ostia_recv_loan(proc_of(j), j->stack.fd, &j->loan, RUN_GATE_MOVE);
	if (n < 0)
		return is_later(errno) ? 0 : -1;
	if (n == 0) {
		j->stack_eof = true;
		(void)shutdown(j->kernel.fd, SHUT_WR);
		return 0;
	}
	j->lent = (size_t)n;
	return write_loan(j);
}

static bool pump_out(struct run_joint *j)
{
	int n = 1;

	for (int i = 0; i < PIECES && n > 0 && !j->stack_eof; i++)
		n = piece_out(j);
	return n >= 0;
}

/* ---- news ---- */

/* Where nothing is wanted of the kernel its end is not looked after: a hang-up
 * would be told for ever, and the next call hears of it.
 */
static void watch(struct run_joint *j)
{
	uint32_t kernel = 0, stack = 0;

	if (j->full)
		stack |= POLLOUT;
	else if (!j->kernel_eof)
		kernel |= EPOLLIN;
	if (j->lent)
		kernel |= EPOLLOUT;
	else if (!j->stack_eof)
		stack |= POLLIN;
	run_gate_expect(&j->stack, stack);
	if (kernel)
		(void)run_loop_watch(j->gate->loop, &j->kernel, kernel);
	else
		run_loop_forget(j->gate->loop, &j->kernel);
}

static void move(struct run_joint *j)
{
	bool ok = pump_out(j) && pump_in(j);

	run_gate_touch(j->gate);
	if (!ok)
		run_joint_abort(j);
	else if (j->kernel_eof && j->stack_eof)
		joint_free(j);
	else
		watch(j);
}

static int stack_error(const struct run_joint *j)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (ostia_getsockopt(proc_of(j), j->stack.fd, SOL_SOCKET, SO_ERROR,
			     &error, &len))
		return errno;
	return error;
}

static void on_stack(struct run_gate_watch *w, uint32_t mask)
{
	struct run_joint *j = list_entry(w, struct run_joint, stack);

	(void)mask;
	if (j->connecting && stack_error(j)) {
		j->gate->stats.refused++;
		run_joint_abort(j);
		return;
	}
	j->connecting = false;
	move(j);
}

/* While ours is connecting only the kernel's end is of interest. */
static void on_kernel(struct run_watch *w, uint32_t events)
{
	struct run_joint *j = list_entry(w, struct run_joint, kernel);

	if (!j->connecting)
		move(j);
	else if (events & (EPOLLERR | EPOLLHUP))
		run_joint_abort(j);
}

/* ---- beginning ---- */

static int give_up(struct run_gate *g, int fd, int kernel_fd, int e)
{
	(void)ostia_close(g->proc, fd);
	close(kernel_fd);
	return e;
}

int run_joint_new(struct run_gate *g, int fd, int kernel_fd, bool connecting,
		  const void *about, struct run_joint **out)
{
	struct run_joint *j;
	int e;

	if (g->njoints == RUN_GATE_JOINTS)
		return give_up(g, fd, kernel_fd, -ENOSPC);
	j = calloc(1, sizeof(*j));
	if (!j)
		return give_up(g, fd, kernel_fd, -ENOMEM);
	j->gate = g;
	j->connecting = connecting;
	j->about = about;
	j->kernel.fn = on_kernel;
	j->kernel.fd = kernel_fd;
	e = run_loop_watch(g->loop, &j->kernel, connecting ? 0 : EPOLLIN);
	if (e) {
		free(j);
		return give_up(g, fd, kernel_fd, e);
	}
	run_gate_watch_init(&j->stack, g, fd, on_stack);
	list_push(&g->joints, &j->joints);
	g->njoints++;
	run_gate_expect(&j->stack, POLLIN | POLLOUT);
	if (out)
		*out = j;
	return 0;
}
