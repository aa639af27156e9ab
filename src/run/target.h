/* SPDX-License-Identifier: MIT */
/*
 * run/target.h - a thread of a guest: its memory and its descriptors
 *
 * Memory goes by process_vm_readv/writev, and where a policy denies these by
 * /proc/PID/mem. Descriptors go by pidfd_getfd; where that is denied a socket
 * is known by its inode in /proc/PID/fd alone, and its flags by fdinfo.
 *
 * Bytes of a guest are copied once and the copy is used: other threads of it
 * may write them meanwhile. A thread id is meaningful as long as its call is
 * not answered; whoever acts on the guest after that asks
 * run_notify_valid() in between.
 */
#ifndef OSTIA_RUN_TARGET_H
#define OSTIA_RUN_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
	RUN_TARGET_PIDFDS = 1024, /* kept open, at most */
	RUN_TARGET_IOV_MAX = 1024, /* UIO_MAXIOV */
};

/**
 * struct run_target - What the supervisor knows of ways into its guests
 * @pidfd:	by thread id, direct mapped; tid 0: free
 * @reserve:	for a guest's pidfd and descriptor when we have no other left,
 *		or else nothing could be told of a call; -1: in use
 * @no_vm:	process_vm_* is denied
 * @no_getfd:	pidfd_getfd was denied once: see run_door_hand()
 * @no_thread:	the kernel has no PIDFD_THREAD (before 6.9): a thread is
 *		found by its process
 */
struct run_target {
	struct {
		pid_t tid;
		int fd;
	} pidfd[RUN_TARGET_PIDFDS];
	int reserve[2];
	bool no_vm, no_getfd, no_thread;
};

void run_target_init(struct run_target *t);
void run_target_fini(struct run_target *t);

/** run_target_spare() - Descriptors have run out: close those that can be had
 * again. */
void run_target_spare(struct run_target *t);

/**
 * run_target_read() - Copy @n bytes at @addr of thread @tid
 * Return: 0; -EFAULT: not all are readable; -EPERM: no way in; -ESRCH.
 */
int run_target_read(struct run_target *t, pid_t tid, uint64_t addr, void *to,
		    size_t n);
/** run_target_write() - The other way. @n may be 0. */
int run_target_write(struct run_target *t, pid_t tid, uint64_t addr,
		     const void *from, size_t n);

/**
 * run_target_text() - Copy a string of at most @size - 1 bytes
 * Return: its length; -ENAMETOOLONG; as run_target_read().
 */
ssize_t run_target_text(struct run_target *t, pid_t tid, uint64_t addr,
			char *to, size_t size);

/**
 * run_target_iov() - Copy the guest's array of @n iovecs
 * @out:  room for RUN_TARGET_IOV_MAX; addresses stay the guest's
 * Return: the sum of their lengths; -EMSGSIZE: @n is too large; -EINVAL: the
 * sum is; as run_target_read().
 */
ssize_t run_target_iov(struct run_target *t, pid_t tid, uint64_t addr, size_t n,
		       struct iovec *out);

/**
 * run_target_gather() - Copy what @n of its iovecs hold, at most @size bytes
 * run_target_scatter() - Spread @size bytes over them
 * Return: bytes copied, less than asked when the iovecs end; as
 * run_target_read().
 */
ssize_t run_target_gather(struct run_target *t, pid_t tid,
			  const struct iovec *iov, size_t n, void *to,
			  size_t size);
ssize_t run_target_scatter(struct run_target *t, pid_t tid,
			   const struct iovec *iov, size_t n, const void *from,
			   size_t size);

/**
 * run_target_fd() - A duplicate of descriptor @fd of thread @tid
 * Close it soon: it hides the guest's last close. Return: it, CLOEXEC;
 * -EBADF: not a descriptor there; -EPERM: denied; -ESRCH; -EMFILE.
 */
int run_target_fd(struct run_target *t, pid_t tid, int fd);

/**
 * run_target_inode() - Which socket is @fd of @tid? (where getfd is denied)
 * Return: its inode; 0: no socket, or not there.
 */
uint64_t run_target_inode(pid_t tid, int fd);

/**
 * run_target_each_socket() - Tell of all sockets of all others
 * Looks through /proc where we may, which takes milliseconds.
 */
void run_target_each_socket(void (*fn)(void *ctx, uint64_t inode, pid_t pid,
				       int fd),
			    void *ctx);

/**
 * run_target_is_alone() - Is @fd the only descriptor of its socket, and no
 * epoll of its process knows it? As far as we may look, through /proc.
 */
bool run_target_is_alone(pid_t tid, int fd);

/**
 * run_target_flags() - O_NONBLOCK, O_CLOEXEC ... of @fd of @tid, by fdinfo
 * Return: them, or -EBADF.
 */
int run_target_flags(pid_t tid, int fd);

/** run_target_cookie() - SO_COOKIE of one's own descriptor; 0: no socket. */
uint64_t run_target_cookie(int fd);

/** run_target_may_raw() - Has @tid CAP_NET_RAW in its effective set? */
bool run_target_may_raw(pid_t tid);

/** run_target_process() - The process of a thread, or -ESRCH. */
pid_t run_target_process(pid_t tid);

/** run_target_comm() - The thread's name ("?" if it is gone). */
void run_target_comm(pid_t tid, char name[16]);

/** run_target_signal() - Send @sig to the thread (SIGPIPE, SIGURG). */
void run_target_signal(pid_t tid, int sig);

#endif
