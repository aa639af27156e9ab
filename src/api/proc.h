/* SPDX-License-Identifier: MIT */
/*
 * api/proc.h - a process: its descriptors, and how it waits
 *
 * The lowest free descriptor is found by a hint and a bitmap: a word at a
 * time, so a full table of a million costs little more than an empty one.
 */
#ifndef OSTIA_API_PROC_H
#define OSTIA_API_PROC_H

#include "sock/sock.h"
#include "stack/stack.h"

#include <errno.h>
#include <ostia/socket.h>

enum {
	PROC_FDS_DEFAULT = 1024,
	PROC_FDS_MAX = 1 << 26,
	PROC_FDS_FIRST = 64, /* room at first; then it doubles */
};

/**
 * struct ostia_proc - See above
 * @files:	by descriptor; NULL: free
 * @used, @cloexec: bitmaps
 * @cap:	descriptors that the arrays have room for
 * @max:	RLIMIT_NOFILE
 * @low:	no free one is below it
 * @dead:	of a fork's child: nothing is open, nothing can be opened
 * @cred:	who it is, to AF_UNIX
 * @watches, @waits: of sock/watch.h
 */
struct ostia_proc {
	struct ostia_stack *stack;
	const struct ostia_wait_ops *ops;
	void *ctx;
	struct file **files;
	uint64_t *used, *cloexec;
	uint32_t cap, max, low;
	uint32_t id;
	bool dead;
	struct local_cred cred;
	struct list watches, waits;
};

/** proc_file() - What @fd refers to, or NULL. */
static inline struct file *proc_file(const struct ostia_proc *p, int fd)
{
	return (uint32_t)fd < p->cap ? p->files[fd] : NULL;
}

/** proc_sock() - The socket @fd, or -EBADF, -ENOTSOCK. */
static inline int proc_sock(const struct ostia_proc *p, int fd,
			    struct sock **out)
{
	struct file *f = proc_file(p, fd);

	if (!f)
		return -EBADF;
	if (f->kind != FILE_SOCK)
		return -ENOTSOCK;
	*out = sock_of(f);
	return 0;
}

/**
 * api_proc_room() - Lowest free descriptor >= @from, not taken yet
 * @like: a descriptor that it will be a duplicate of, or -1
 * @flags: OSTIA_CLAIM_EPOLL, 0
 *
 * It must be installed, or given back by api_proc_spare(). Return: it;
 * -EMFILE, -ENFILE, -ENOMEM, -EBADF (the process is dead).
 */
int api_proc_room(struct ostia_proc *p, int like, uint32_t from, int flags);

/** api_proc_spare() - @fd, from api_proc_room(), is not needed. */
void api_proc_spare(struct ostia_proc *p, int fd);

/** api_proc_install() - @fd, from api_proc_room(), refers to @f; takes the
 * reference.
 */
void api_proc_install(struct ostia_proc *p, int fd, struct file *f,
		      bool cloexec);

/** api_proc_take() - Free @fd; the caller has its reference now. Return: 0,
 * -EBADF.
 */
int api_proc_take(struct ostia_proc *p, int fd, struct file **out);

/** api_proc_dup2() - @to refers to what @fd does; what it was before is
 * closed. Return: @to, -EBADF, -ENOMEM, -EMFILE.
 */
int api_proc_dup2(struct ostia_proc *p, int fd, int to, bool cloexec);

bool api_proc_cloexec(const struct ostia_proc *p, int fd);
void api_proc_set_cloexec(struct ostia_proc *p, int fd, bool on);

#endif
