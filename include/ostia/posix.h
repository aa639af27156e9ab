/* SPDX-License-Identifier: MIT */
/*
 * ostia/posix.h - the plain names, for programs that know nothing of us
 *
 *	cc -include ostia/posix.h -Dmain=server_main -c server.c
 *
 * turns socket(), bind(), read(), clock_gettime(), exit() ... of an unchanged
 * program into calls on "the current process": the one that the running task
 * of a world, or the running thread of a runtime, belongs to. Whoever drives
 * says which that is (ostia_posix_enter). Without one, every call goes to the
 * kernel as if this file were not there.
 *
 * A descriptor that the current process has is ours; any other is handed to
 * the kernel, so that files work. In a world they get numbers of their own
 * (struct ostia_posix.files), and 0, 1 and 2 are the console as long as the
 * program does not close or replace them. stdio's printf() is libc's own and
 * goes to the real standard output. Names are found by the process's driver
 * (ostia/names.h), never by the host's resolver. AF_UNIX is the stack's: its
 * names are not the file system's, and unlink() frees those of either.
 *
 * Drivers that want the interface and not the names define
 * OSTIA_POSIX_NO_NAMES before they include this.
 */
#ifndef OSTIA_POSIX_H
#define OSTIA_POSIX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#define OSTIA_POSIX_GNU_SOURCE
#endif

/* All headers that declare one of the names, before they become macros; but for
 * <net/if.h>, which does not live with <linux/if.h> in any order.
 */
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <ostia/names.h>
#include <ostia/socket.h>
#include <ostia/types.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The program may define it for itself, in whatever way. */
#ifdef OSTIA_POSIX_GNU_SOURCE
#undef _GNU_SOURCE
#undef OSTIA_POSIX_GNU_SOURCE
#endif

/**
 * struct ostia_posix_ops - What a driver does for the processes it drives
 * @virtual_time: processes are guests of one thread, in virtual time: clocks
 *	and sleeps are @now and @sleep, fork() and pthread_create() fail and say
 *	so, signals never come. 0: these are the kernel's, and a new thread has
 *	the same current process as its parent
 * @now:	ns of CLOCK_MONOTONIC; wall clocks add @wall_offset
 * @sleep:	until a time of @now. Return: 0, -EINTR
 * @exit:	end the process; does not return. NULL: the kernel's
 * @console_write, @console_read: descriptors 1 and 2, and 0, while they are
 *	the console. Return: a count or -errno
 * @sigpipe:	virtual time: SIGPIPE is ignored (1) or ends the program (0)
 * @poll:	a set that holds descriptors of both kinds; as poll(2). NULL:
 *	those of the kernel are files, which are always ready
 * @epoll_wait: a set of ours that may hold descriptors of the kernel's, too.
 *	NULL: it does not
 * @lookup, @reverse: as struct ostia_resolver has them. NULL: EAI_AGAIN; an
 *	address has no name
 */
struct ostia_posix_ops {
	int virtual_time;
	ostia_time wall_offset;
	ostia_time (*now)(void *ctx);
	int (*sleep)(void *ctx, ostia_time until);
	__attribute__((noreturn)) void (*exit)(void *ctx, int status);
	ssize_t (*console_write)(void *ctx, int fd, const void *p, size_t n);
	ssize_t (*console_read)(void *ctx, void *p, size_t n);
	void (*sigpipe)(void *ctx, int ignored);
	int (*poll)(void *ctx, struct pollfd *, nfds_t,
		    const struct timespec *timeout);
	int (*epoll_wait)(void *ctx, int epfd, struct epoll_event *, int max,
			  int timeout_ms);
	int (*lookup)(void *ctx, const char *name, int family,
		      struct ostia_names *out);
	int (*reverse)(void *ctx, const struct ostia_addr *addr, char *name,
		       size_t size);
};

/**
 * struct ostia_posix - What the plain names of a process act upon
 * @proc:	its descriptors
 * @console:	bit N: descriptor N (0..2) is still the console
 * @files:	virtual time: descriptors from here on are the kernel's (files
 *		that the program opened); at least @proc's max_fds
 * @sigpipe_ignored: as signal() was told last
 * @pid:	getpid()
 *
 * Lent by the driver; must live as long as it may be current.
 */
struct ostia_posix {
	struct ostia_proc *proc;
	const struct ostia_posix_ops *ops;
	void *ctx;
	uint32_t console;
	int files;
	int sigpipe_ignored;
	int pid;
};

/**
 * ostia_posix_enter() - From now on @p is this thread's current process
 * @p: NULL: none. Return: what it was before.
 */
OSTIA_API struct ostia_posix *ostia_posix_enter(struct ostia_posix *p);

/** ostia_posix_current() - This thread's current process, or NULL. */
OSTIA_API struct ostia_posix *ostia_posix_current(void);

OSTIA_API int ostia_posix_socket(int domain, int type, int protocol);
OSTIA_API int ostia_posix_bind(int fd, const struct sockaddr *, socklen_t);
OSTIA_API int ostia_posix_listen(int fd, int backlog);
OSTIA_API int ostia_posix_connect(int fd, const struct sockaddr *, socklen_t);
OSTIA_API int ostia_posix_accept(int fd, struct sockaddr *, socklen_t *);
OSTIA_API int ostia_posix_accept4(int fd, struct sockaddr *, socklen_t *,
				  int flags);
OSTIA_API int ostia_posix_shutdown(int fd, int how);
OSTIA_API int ostia_posix_close(int fd);
OSTIA_API int ostia_posix_dup(int fd);
OSTIA_API int ostia_posix_dup2(int fd, int to);
OSTIA_API int ostia_posix_dup3(int fd, int to, int flags);
OSTIA_API ssize_t ostia_posix_send(int fd, const void *, size_t, int flags);
OSTIA_API ssize_t ostia_posix_sendto(int fd, const void *, size_t, int flags,
				     const struct sockaddr *, socklen_t);
OSTIA_API ssize_t ostia_posix_sendmsg(int fd, const struct msghdr *, int flags);
OSTIA_API int ostia_posix_sendmmsg(int fd, struct mmsghdr *, unsigned n,
				   int flags);
OSTIA_API ssize_t ostia_posix_write(int fd, const void *, size_t);
OSTIA_API ssize_t ostia_posix_writev(int fd, const struct iovec *, int n);
OSTIA_API ssize_t ostia_posix_recv(int fd, void *, size_t, int flags);
OSTIA_API ssize_t ostia_posix_recvfrom(int fd, void *, size_t, int flags,
				       struct sockaddr *, socklen_t *);
OSTIA_API ssize_t ostia_posix_recvmsg(int fd, struct msghdr *, int flags);
OSTIA_API int ostia_posix_recvmmsg(int fd, struct mmsghdr *, unsigned n,
				   int flags, struct timespec *);
OSTIA_API ssize_t ostia_posix_read(int fd, void *, size_t);
OSTIA_API ssize_t ostia_posix_readv(int fd, const struct iovec *, int n);
/**
 * sendfile: from a file of the kernel's to a socket of ours, or as the kernel
 * has it. Reads 64 kB at a time; what a socket did not take is not read from
 * the file. EINVAL, or with @off ESPIPE: @in cannot seek (a socket, a pipe).
 */
OSTIA_API ssize_t ostia_posix_sendfile(int out, int in, off_t *off, size_t n);
OSTIA_API int ostia_posix_getsockname(int fd, struct sockaddr *, socklen_t *);
OSTIA_API int ostia_posix_getpeername(int fd, struct sockaddr *, socklen_t *);
OSTIA_API int ostia_posix_getsockopt(int fd, int level, int name, void *,
				     socklen_t *);
OSTIA_API int ostia_posix_setsockopt(int fd, int level, int name, const void *,
				     socklen_t);
OSTIA_API int ostia_posix_fcntl(int fd, int cmd, ...);
OSTIA_API int ostia_posix_ioctl(int fd, unsigned long req, ...);
OSTIA_API int ostia_posix_open(const char *path, int flags, ...);

OSTIA_API int ostia_posix_poll(struct pollfd *, nfds_t, int timeout_ms);
OSTIA_API int ostia_posix_ppoll(struct pollfd *, nfds_t,
				const struct timespec *, const sigset_t *);
OSTIA_API int ostia_posix_select(int nfds, fd_set *, fd_set *, fd_set *,
				 struct timeval *);
OSTIA_API int ostia_posix_pselect(int nfds, fd_set *, fd_set *, fd_set *,
				  const struct timespec *, const sigset_t *);
OSTIA_API int ostia_posix_epoll_create(int size);
OSTIA_API int ostia_posix_epoll_create1(int flags);
OSTIA_API int ostia_posix_epoll_ctl(int epfd, int op, int fd,
				    struct epoll_event *);
OSTIA_API int ostia_posix_epoll_wait(int epfd, struct epoll_event *, int max,
				     int timeout_ms);
OSTIA_API int ostia_posix_epoll_pwait(int epfd, struct epoll_event *, int max,
				      int timeout_ms, const sigset_t *);
/** epoll_pwait2: to the ns in virtual time, elsewhere to the ms, rounded up. */
OSTIA_API int ostia_posix_epoll_pwait2(int epfd, struct epoll_event *, int max,
				       const struct timespec *timeout,
				       const sigset_t *);

OSTIA_API int ostia_posix_clock_gettime(clockid_t, struct timespec *);
OSTIA_API int ostia_posix_gettimeofday(struct timeval *, void *tz);
OSTIA_API time_t ostia_posix_time(time_t *);
OSTIA_API int ostia_posix_nanosleep(const struct timespec *,
				    struct timespec *rest);
OSTIA_API int ostia_posix_clock_nanosleep(clockid_t, int flags,
					  const struct timespec *,
					  struct timespec *rest);
OSTIA_API int ostia_posix_usleep(useconds_t us);
OSTIA_API unsigned ostia_posix_sleep(unsigned s);

OSTIA_API pid_t ostia_posix_getpid(void);
OSTIA_API void ostia_posix_exit(int status) __attribute__((noreturn));
OSTIA_API void ostia_posix__exit(int status) __attribute__((noreturn));
OSTIA_API pid_t ostia_posix_fork(void);
OSTIA_API int ostia_posix_socketpair(int domain, int type, int protocol,
				     int sv[2]);
/** unlink: of a path of AF_UNIX (ostia_unlink()), or if none, of a file. */
OSTIA_API int ostia_posix_unlink(const char *path);
OSTIA_API int ostia_posix_pipe2(int fd[2], int flags);
OSTIA_API int ostia_posix_pipe(int fd[2]);
OSTIA_API int ostia_posix_pthread_create(pthread_t *, const pthread_attr_t *,
					 void *(*)(void *), void *arg);
OSTIA_API void (*ostia_posix_signal(int sig, void (*handler)(int)))(int);
OSTIA_API int ostia_posix_sigaction(int sig, const struct sigaction *,
				    struct sigaction *old);
OSTIA_API unsigned ostia_posix_alarm(unsigned s);

OSTIA_API int ostia_posix_getaddrinfo(const char *node, const char *service,
				      const struct addrinfo *hints,
				      struct addrinfo **res);
/* Frees what ostia_posix_getaddrinfo() gave; so does libc's freeaddrinfo(). */
OSTIA_API void ostia_posix_freeaddrinfo(struct addrinfo *);
OSTIA_API int ostia_posix_getnameinfo(const struct sockaddr *, socklen_t,
				      char *host, socklen_t hostlen, char *serv,
				      socklen_t servlen, int flags);
OSTIA_API struct hostent *ostia_posix_gethostbyname(const char *name);

/* The links of the process's stack. */
OSTIA_API unsigned ostia_posix_if_nametoindex(const char *name);
OSTIA_API char *ostia_posix_if_indextoname(unsigned index, char *name);
OSTIA_API int ostia_posix_getifaddrs(struct ifaddrs **);
/* Frees what ostia_posix_getifaddrs() gave; so does libc's freeifaddrs(). */
OSTIA_API void ostia_posix_freeifaddrs(struct ifaddrs *);

#ifndef OSTIA_POSIX_NO_NAMES
#define socket ostia_posix_socket
#define bind ostia_posix_bind
#define listen ostia_posix_listen
#define connect ostia_posix_connect
#define accept ostia_posix_accept
#define accept4 ostia_posix_accept4
#define shutdown ostia_posix_shutdown
#define close ostia_posix_close
#define dup ostia_posix_dup
#define dup2 ostia_posix_dup2
#define dup3 ostia_posix_dup3
#define send ostia_posix_send
#define sendto ostia_posix_sendto
#define sendmsg ostia_posix_sendmsg
#define sendmmsg ostia_posix_sendmmsg
#define write ostia_posix_write
#define writev ostia_posix_writev
#define sendfile ostia_posix_sendfile
#define recv ostia_posix_recv
#define recvfrom ostia_posix_recvfrom
#define recvmsg ostia_posix_recvmsg
#define recvmmsg ostia_posix_recvmmsg
#define read ostia_posix_read
#define readv ostia_posix_readv
#define getsockname ostia_posix_getsockname
#define getpeername ostia_posix_getpeername
#define getsockopt ostia_posix_getsockopt
#define setsockopt ostia_posix_setsockopt
#define fcntl ostia_posix_fcntl
#define ioctl ostia_posix_ioctl
#define open ostia_posix_open
#define poll ostia_posix_poll
#define ppoll ostia_posix_ppoll
#define select ostia_posix_select
#define pselect ostia_posix_pselect
#define epoll_create ostia_posix_epoll_create
#define epoll_create1 ostia_posix_epoll_create1
#define epoll_ctl ostia_posix_epoll_ctl
#define epoll_wait ostia_posix_epoll_wait
#define epoll_pwait ostia_posix_epoll_pwait
#define epoll_pwait2 ostia_posix_epoll_pwait2
#define clock_gettime ostia_posix_clock_gettime
#define gettimeofday ostia_posix_gettimeofday
#define time ostia_posix_time
#define nanosleep ostia_posix_nanosleep
#define clock_nanosleep ostia_posix_clock_nanosleep
#define usleep ostia_posix_usleep
#define sleep ostia_posix_sleep
#define getpid ostia_posix_getpid
#define exit ostia_posix_exit
#define _exit ostia_posix__exit
#define fork ostia_posix_fork
#define vfork ostia_posix_fork
#define socketpair ostia_posix_socketpair
#define unlink ostia_posix_unlink
#define pipe ostia_posix_pipe
#define pipe2 ostia_posix_pipe2
#define pthread_create ostia_posix_pthread_create
#define signal ostia_posix_signal
/* a struct has the same name */
#define sigaction(sig, act, old) ostia_posix_sigaction(sig, act, old)
#define alarm ostia_posix_alarm
#define getaddrinfo ostia_posix_getaddrinfo
#define freeaddrinfo ostia_posix_freeaddrinfo
#define getnameinfo ostia_posix_getnameinfo
#define gethostbyname ostia_posix_gethostbyname
#define if_nametoindex ostia_posix_if_nametoindex
#define if_indextoname ostia_posix_if_indextoname
#define getifaddrs ostia_posix_getifaddrs
#define freeifaddrs ostia_posix_freeifaddrs
#endif

#endif
