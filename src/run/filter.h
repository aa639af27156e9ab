/* SPDX-License-Identifier: MIT */
/*
 * run/filter.h - which system calls of a guest are ours to answer
 *
 * A seccomp program (seccomp(2)), written by libseccomp. What makes or names a
 * socket is notified to the supervisor, and what would reach the host's network
 * behind our back is, too, to be refused there, counted, and fatal under
 * --strict; everything else goes on as ever. Without a supervisor all that is
 * notified fails with ENOSYS.
 *
 *	socket		AF_UNIX: allow; any other domain: notify, and those that
 *			are not AF_INET, AF_INET6 or AF_NETLINK are answered
 *			EAFNOSUPPORT
 *	bind listen connect accept accept4 getsockname getpeername getsockopt
 *	setsockopt shutdown sendmsg recvmsg sendmmsg recvmmsg: notify
 *	sendto		notify with an address, or with MSG_OOB, MSG_ERRQUEUE,
 *			MSG_FASTOPEN or MSG_ZEROCOPY
 *	recvfrom	notify with an address, or with one of these flags or
 *			MSG_TRUNC
 *	ioctl		notify 0x8900..0x89ff and SIOCOUTQ
 *	io_uring_setup	notify, answered ENOSYS: a ring does what no filter sees
 *	32-bit calls	socket, socketcall: notify, answered EAFNOSUPPORT;
 *			io_uring_setup as above
 *	x32, and any other architecture: ENOSYS by the filter
 *
 * The kernel looks at 32 bits of a domain, of flags and of a request, so the
 * program does too: what stands above them must not open a door.
 */
#ifndef OSTIA_RUN_FILTER_H
#define OSTIA_RUN_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

enum run_filter_arch {
	RUN_FILTER_X86_64, /* with i386 */
	RUN_FILTER_AARCH64, /* with 32-bit ARM */
	RUN_FILTER_ARCHS
};

/**
 * struct run_filter - A seccomp program
 * @n: instructions
 */
struct run_filter {
	uint32_t n;
	struct sock_filter insn[BPF_MAXINSNS];
};

/** run_filter_native() - This machine's; RUN_FILTER_ARCHS: we have none. */
enum run_filter_arch run_filter_native(void);

/**
 * run_filter_make() - Write the program for an architecture
 *
 * Return: 0; -EINVAL: no such architecture; -EOPNOTSUPP: the kernel (or what
 * filters our own calls) denies user notification; -ENOMEM; -errno of pipe(2).
 */
int run_filter_make(enum run_filter_arch arch, struct run_filter *f);

/**
 * run_filter_install() - Put the calling thread, and what it starts, under it
 * @no_new_privs: receives whether the thread had to give up gaining
 *		  privileges by exec (setuid programs); only where the kernel
 *		  insists: without CAP_SYS_ADMIN
 *
 * Makes system calls and nothing else: for a child between clone and exec.
 *
 * Return: the listener, close-on-exec; -EBUSY: this process tree is
 * supervised already; -errno of seccomp(2).
 */
int run_filter_install(const struct run_filter *f, bool *no_new_privs);

#endif
