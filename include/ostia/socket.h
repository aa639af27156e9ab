/* SPDX-License-Identifier: MIT */
/*
 * ostia/socket.h - the BSD calls
 *
 * A process is a house: a table of descriptors with credentials, separate
 * from the stack that it lives on. Signatures are POSIX's with the process in
 * front; errors are -1 and errno. A bare process never blocks: what would
 * block says EAGAIN (connect: EINPROGRESS). A driver that can wait (threads,
 * tasks of a world) gives the process its ostia_wait_ops.
 */
#ifndef OSTIA_SOCKET_H
#define OSTIA_SOCKET_H

#include <ostia/types.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

struct mmsghdr; /* sys/socket.h shows it to _GNU_SOURCE only */

enum { OSTIA_LOAN_IOV = 16 };

#define OSTIA_CLAIM_EXACT 0x01
#define OSTIA_CLAIM_EPOLL 0x02 /* the new descriptor will be an epoll's */

/**
 * struct ostia_wait_ops - How a process of this kind waits
 * @enter:	before each call: take the lock, advance the stack
 * @leave:	after each call, and before and after each wait: pull the
 *		links, let the lock go
 * @wait:	sleep until an event with @cookie is taken from the stack
 *		(ostia_next_event), or @deadline. Called between enter and
 *		leave; the lock is released inside. Return: 0 when woken,
 *		-ETIMEDOUT, -EINTR (a signal), -EBADF (the process is going)
 * @sigpipe:	a write met EPIPE without MSG_NOSIGNAL; may be NULL
 * @claim:	a number for a new descriptor, from a table that others share
 *		(the kernel's): the lowest free one from @from on, or with
 *		OSTIA_CLAIM_EXACT @from itself, whatever it was. It will be a
 *		duplicate of @like, or new (-1). Inside enter and leave.
 *		Return: it, or -errno. NULL: the process counts by itself
 * @drop:	the number is free again
 */
struct ostia_wait_ops {
	void (*enter)(void *ctx);
	void (*leave)(void *ctx);
	int (*wait)(void *ctx, uint64_t cookie, ostia_time deadline);
	void (*sigpipe)(void *ctx);
	int (*claim)(void *ctx, int like, int from, int flags);
	void (*drop)(void *ctx, int fd);
};

/**
 * ostia_proc_new() - A process on @stack
 * @max_fds: descriptors at most (RLIMIT_NOFILE), 0: 1024
 * @ops, @ctx: NULL for a bare process
 * Return: 0, -ENOMEM.
 */
OSTIA_API int ostia_proc_new(struct ostia_stack *, uint32_t max_fds,
			     const struct ostia_wait_ops *ops, void *ctx,
			     struct ostia_proc **out);

/**
 * ostia_proc_set_cred() - Who the process is, as AF_UNIX tells it
 *
 * SO_PEERCRED and SCM_CREDENTIALS say it. At first @pid is ostia_proc_id(),
 * @uid and @gid are 0. A process can claim nothing else: nobody is privileged.
 */
OSTIA_API void ostia_proc_set_cred(struct ostia_proc *, pid_t pid, uid_t uid,
				   gid_t gid);

/** ostia_proc_dead() - From now on every call of @p says EBADF (fork). */
OSTIA_API void ostia_proc_dead(struct ostia_proc *p);

/** ostia_proc_free() - The process ends: all its descriptors are closed. */
OSTIA_API void ostia_proc_free(struct ostia_proc *);

OSTIA_API struct ostia_stack *ostia_proc_stack(const struct ostia_proc *);
OSTIA_API uint32_t ostia_proc_id(const struct ostia_proc *);

OSTIA_API int ostia_socket(struct ostia_proc *, int domain, int type,
			   int protocol);
/** ostia_socketpair() - AF_UNIX alone knows pairs; elsewhere EOPNOTSUPP. */
OSTIA_API int ostia_socketpair(struct ostia_proc *, int domain, int type,
			       int protocol, int sv[2]);
OSTIA_API int ostia_bind(struct ostia_proc *, int fd, const struct sockaddr *,
			 socklen_t);
/**
 * ostia_unlink() - A path that an AF_UNIX socket was bound to is free again
 *
 * Names belong to the stack and not to a file system: no directory need be
 * there, and "./a" is not "a". As on Linux a path stays taken when its socket
 * is closed: bind() says EADDRINUSE and connect() ECONNREFUSED, until someone
 * unlinks it. Return: 0, or -1: ENOENT, ENAMETOOLONG.
 */
OSTIA_API int ostia_unlink(struct ostia_proc *, const char *path);
OSTIA_API int ostia_listen(struct ostia_proc *, int fd, int backlog);
OSTIA_API int ostia_connect(struct ostia_proc *, int fd,
			    const struct sockaddr *, socklen_t);
OSTIA_API int ostia_accept(struct ostia_proc *, int fd, struct sockaddr *,
			   socklen_t *);
OSTIA_API int ostia_accept4(struct ostia_proc *, int fd, struct sockaddr *,
			    socklen_t *, int flags);
OSTIA_API int ostia_shutdown(struct ostia_proc *, int fd, int how);
OSTIA_API int ostia_close(struct ostia_proc *, int fd);
OSTIA_API int ostia_dup(struct ostia_proc *, int fd);
OSTIA_API int ostia_dup2(struct ostia_proc *, int fd, int to);
OSTIA_API int ostia_dup3(struct ostia_proc *, int fd, int to, int flags);

/**
 * ostia_pass() - Give another process of the stack a descriptor of ours
 * (what fork and SCM_RIGHTS do). Return: its number there, or -1 and errno.
 */
OSTIA_API int ostia_pass(struct ostia_proc *, int fd, struct ostia_proc *to);

OSTIA_API ssize_t ostia_send(struct ostia_proc *, int fd, const void *, size_t,
			     int flags);
OSTIA_API ssize_t ostia_sendto(struct ostia_proc *, int fd, const void *,
			       size_t, int flags, const struct sockaddr *,
			       socklen_t);
OSTIA_API ssize_t ostia_sendmsg(struct ostia_proc *, int fd,
				const struct msghdr *, int flags);
OSTIA_API int ostia_sendmmsg(struct ostia_proc *, int fd, struct mmsghdr *,
			     unsigned n, int flags);
OSTIA_API ssize_t ostia_write(struct ostia_proc *, int fd, const void *,
			      size_t);
OSTIA_API ssize_t ostia_writev(struct ostia_proc *, int fd,
			       const struct iovec *, int n);
OSTIA_API ssize_t ostia_recv(struct ostia_proc *, int fd, void *, size_t,
			     int flags);
OSTIA_API ssize_t ostia_recvfrom(struct ostia_proc *, int fd, void *, size_t,
				 int flags, struct sockaddr *, socklen_t *);
OSTIA_API ssize_t ostia_recvmsg(struct ostia_proc *, int fd, struct msghdr *,
				int flags);
OSTIA_API int ostia_recvmmsg(struct ostia_proc *, int fd, struct mmsghdr *,
			     unsigned n, int flags, struct timespec *);
OSTIA_API ssize_t ostia_read(struct ostia_proc *, int fd, void *, size_t);
OSTIA_API ssize_t ostia_readv(struct ostia_proc *, int fd, const struct iovec *,
			      int n);

OSTIA_API int ostia_getsockname(struct ostia_proc *, int fd, struct sockaddr *,
				socklen_t *);
OSTIA_API int ostia_getpeername(struct ostia_proc *, int fd, struct sockaddr *,
				socklen_t *);
OSTIA_API int ostia_getsockopt(struct ostia_proc *, int fd, int level, int name,
			       void *, socklen_t *);
OSTIA_API int ostia_setsockopt(struct ostia_proc *, int fd, int level, int name,
			       const void *, socklen_t);
/** fcntl: F_GETFL F_SETFL (O_NONBLOCK) F_GETFD F_SETFD F_DUPFD[_CLOEXEC]. */
OSTIA_API int ostia_fcntl(struct ostia_proc *, int fd, int cmd, long arg);
/** ioctl: FIONREAD SIOCOUTQ SIOCOUTQNSD SIOCATMARK SIOCGSTAMP (and its kin, of
 * datagrams) FIONBIO FIOCLEX, and
 * SIOCGIF{CONF,NAME,INDEX,ADDR,DSTADDR,BRDADDR,NETMASK,FLAGS,MTU,METRIC,
 * TXQLEN,HWADDR}.
 */
OSTIA_API int ostia_ioctl(struct ostia_proc *, int fd, unsigned long req,
			  void *arg);

OSTIA_API int ostia_poll(struct ostia_proc *, struct pollfd *, nfds_t,
			 int timeout_ms);
OSTIA_API int ostia_ppoll(struct ostia_proc *, struct pollfd *, nfds_t,
			  const struct timespec *);
OSTIA_API int ostia_select(struct ostia_proc *, int nfds, fd_set *r, fd_set *w,
			   fd_set *e, struct timeval *timeout);
OSTIA_API int ostia_epoll_create1(struct ostia_proc *, int flags);
OSTIA_API int ostia_epoll_ctl(struct ostia_proc *, int epfd, int op, int fd,
			      struct epoll_event *);
OSTIA_API int ostia_epoll_wait(struct ostia_proc *, int epfd,
			       struct epoll_event *, int max, int timeout_ms);
/** ostia_epoll_pwait2() - The same to the ns; NULL: for ever. -EINVAL: no time
 */
OSTIA_API int ostia_epoll_pwait2(struct ostia_proc *, int epfd,
				 struct epoll_event *, int max,
				 const struct timespec *timeout);

/**
 * ostia_watch() - One OSTIA_EVENT_READY with @cookie when any of @mask
 * (POLLIN ...; POLLERR and POLLHUP always) is or becomes true; then it is
 * forgotten, as it is when @fd is closed. @mask 0 withdraws what has this
 * cookie. Cookies with the highest bit set are the library's own. Return: 0,
 * or -1: EBADF, EINVAL (the cookie), ENOMEM.
 */
OSTIA_API int ostia_watch(struct ostia_proc *, int fd, uint32_t mask,
			  uint64_t cookie);

/**
 * ostia_send_lend() - Queue bytes of a stream without copying them
 * @p: must not change until OSTIA_EVENT_RETURNED brings @cookie
 *
 * Return: bytes taken (then the event will come, once), or -1 and errno as
 * send(); ENOBUFS when no record for it is left.
 */
OSTIA_API ssize_t ostia_send_lend(struct ostia_proc *, int fd, const void *p,
				  size_t n, uint64_t cookie);

/**
 * struct ostia_loan - Received bytes, read in place
 * @iov, @niov:	where they are
 * @handle:	for ostia_recv_return()
 */
struct ostia_loan {
	struct iovec iov[OSTIA_LOAN_IOV];
	int niov;
	void *handle[OSTIA_LOAN_IOV];
};

/**
 * ostia_recv_loan() - Take up to @max bytes of a stream in place
 * Return: their number; 0 and -1 as recv(). They stay charged to the socket's
 * receive budget until ostia_recv_return().
 */
OSTIA_API ssize_t ostia_recv_loan(struct ostia_proc *, int fd,
				  struct ostia_loan *, size_t max);
OSTIA_API void ostia_recv_return(struct ostia_proc *, struct ostia_loan *);

#endif
