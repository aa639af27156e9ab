/* SPDX-License-Identifier: MIT */
#include "run/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

/* One comparison of 32 bits: (args[@arg] & @mask) == @value. */
static int add_if(scmp_filter_ctx ctx, uint32_t action, int call,
		  unsigned int arg, uint32_t mask, uint32_t value)
{
	struct scmp_arg_cmp cmp =
		SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value);

	return seccomp_rule_add_array(ctx, action, call, 1, &cmp);
}

static int add_always(scmp_filter_ctx ctx, uint32_t action, int call)
{
	return seccomp_rule_add_array(ctx, action, call, 0, NULL);
}

/* --- socket() ------------------------------------------------------------ */

/*
 * Notify the domains of the aligned block [low, low + size), but AF_UNIX: a
 * block without it is a single masked comparison, others are halved.
 * (libseccomp orders whole 64-bit words alone, and the upper half is the
 * caller's rubbish.) size is a power of two.
 */
static int notify_block(scmp_filter_ctx ctx, uint32_t low, uint32_t size)
{
	int err;

	if (AF_UNIX < low || AF_UNIX - low >= size)
		return add_if(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(socket), 0,
			      ~(size - 1), low);
	if (size == 1)
		return 0;
	err = notify_block(ctx, low, size / 2);
	return err ? err : notify_block(ctx, low + size / 2, size / 2);
}

static int add_socket(scmp_filter_ctx ctx)
{
	int err = notify_block(ctx, 1u << 31, 1u << 31);

	return err ? err : notify_block(ctx, 0, 1u << 31);
}

/* --- what names sockets -------------------------------------------------- */

static int add_named(scmp_filter_ctx ctx)
{
	static const int calls[] = {
		SCMP_SYS(bind),	       SCMP_SYS(listen),
		SCMP_SYS(connect),     SCMP_SYS(accept),
		SCMP_SYS(accept4),     SCMP_SYS(getsockname),
		SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
		SCMP_SYS(setsockopt),  SCMP_SYS(shutdown),
		SCMP_SYS(sendmsg),     SCMP_SYS(recvmsg),
		SCMP_SYS(sendmmsg),    SCMP_SYS(recvmmsg),
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(calls) / sizeof(calls[0]); i++)
		err = add_always(ctx, SCMP_ACT_NOTIFY, calls[i]);
	return err;
}

/* sendto() and recvfrom(): the same places for flags and address. */
static int add_addressed(scmp_filter_ctx ctx, int call, uint32_t flags)
{
	struct scmp_arg_cmp named = SCMP_CMP(4, SCMP_CMP_NE, 0);
	int err = seccomp_rule_add_array(ctx, SCMP_ACT_NOTIFY, call, 1, &named);

	for (uint32_t bit = 1; !err && bit; bit <<= 1)
		if (flags & bit)
			err = add_if(ctx, SCMP_ACT_NOTIFY, call, 3, bit, bit);
	return err;
}

static int add_data(scmp_filter_ctx ctx)
{
	const uint32_t flags =
		MSG_OOB | MSG_ERRQUEUE | MSG_FASTOPEN | MSG_ZEROCOPY;
	int err = add_addressed(ctx, SCMP_SYS(sendto), flags);

	if (!err)
		err = add_addressed(ctx, SCMP_SYS(recvfrom), flags | MSG_TRUNC);
	return err;
}

static int add_ioctl(scmp_filter_ctx ctx)
{
	enum { OUTQ = 0x5411, SOCKETS = 0x8900, SOCKETS_MASK = 0xff };
	int err = add_if(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(ioctl), 1,
			 ~(uint32_t)SOCKETS_MASK, SOCKETS);

	return err ? err
		   : add_if(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(ioctl), 1,
			    UINT32_MAX, OUTQ);
}

/* --- a program ----------------------------------------------------------- */

static int add_native(scmp_filter_ctx ctx)
{
	int err = add_socket(ctx);

	if (!err)
		err = add_named(ctx);
	if (!err)
		err = add_data(ctx);
	if (!err)
		err = add_ioctl(ctx);
	return err ? err
		   : add_always(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(io_uring_setup));
}

static int add_compat(scmp_filter_ctx ctx)
{
	int err = add_always(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(socketcall));

	if (!err)
		err = add_always(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(socket));
	return err ? err
		   : add_always(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(io_uring_setup));
}

/* The rules of one machine word, to be merged with the other's. */
static int context(uint32_t token, int (*add)(scmp_filter_ctx ctx),
		   scmp_filter_ctx *out)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int err;

	*out = NULL;
	if (!ctx)
		return -ENOMEM;
	err = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			       SCMP_ACT_ERRNO(ENOSYS));
	if (!err && token != seccomp_arch_native()) {
		err = seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE);
		if (!err)
			err = seccomp_arch_add(ctx, token);
	}
	if (!err)
		err = add(ctx);
	if (err)
		seccomp_release(ctx);
	else
		*out = ctx;
	return err;
}

static int both(uint32_t native, uint32_t compat, scmp_filter_ctx *out)
{
	scmp_filter_ctx other;
	int err = context(native, add_native, out);

	if (err)
		return err;
	err = context(compat, add_compat, &other);
	if (!err) {
		err = seccomp_merge(*out, other);
		if (err)
			seccomp_release(other);
	}
	if (err)
		seccomp_release(*out);
	return err;
}

/* What was exported to @fd, whose other end is closed. */
static int take_program(int fd, struct run_filter *f)
{
	uint8_t *at = (uint8_t *)f->insn;
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, at + len, sizeof(f->insn) - len)) > 0)
		len += (size_t)n;
	f->n = (uint32_t)(len / sizeof(f->insn[0]));
	return n < 0 ? -errno : f->n && len < sizeof(f->insn) ? 0 : -EINVAL;
}

/*
 * libseccomp 2.5 exports to a descriptor alone. The largest program fits into
 * a pipe; where a user's pipes are at their soft limit, ours still does.
 */
static int export(scmp_filter_ctx ctx, struct run_filter *f)
{
	int fd[2], err;

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	err = seccomp_export_bpf(ctx, fd[1]);
	close(fd[1]);
	if (!err)
		err = take_program(fd[0], f);
	close(fd[0]);
	return err;
}

int run_filter_make(enum run_filter_arch arch, struct run_filter *f)
{
	static const uint32_t tokens[RUN_FILTER_ARCHS][2] = {
		[RUN_FILTER_X86_64] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
		[RUN_FILTER_AARCH64] = { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
	};
	scmp_filter_ctx ctx;
	int err;

	if (arch >= RUN_FILTER_ARCHS)
		return -EINVAL;
	err = both(tokens[arch][0], tokens[arch][1], &ctx);
	if (err)
		return err;
	err = export(ctx, f);
	seccomp_release(ctx);
	return err;
}

enum run_filter_arch run_filter_native(void)
{
#if defined(__x86_64__) && !defined(__ILP32__)
	return RUN_FILTER_X86_64;
#elif defined(__aarch64__) && !defined(__ILP32__)
	return RUN_FILTER_AARCH64;
#else
	return RUN_FILTER_ARCHS;
#endif
}

/* --- installing it ------------------------------------------------------- */

static int install(const struct sock_fprog *prog)
{
	/* No speculation barrier: it costs, and guards no boundary here. */
	const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
				    SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, prog);

	return fd < 0 ? -errno : (int)fd;
}

int run_filter_install(const struct run_filter *f, bool *no_new_privs)
{
	/* The kernel copies the program; its structure has no const. */
	union {
		const struct sock_filter *ro;
		struct sock_filter *rw;
	} insn = { .ro = f->insn };
	const struct sock_fprog prog = { (unsigned short)f->n, insn.rw };
	int fd = install(&prog);

	*no_new_privs = fd == -EACCES;
	if (!*no_new_privs)
		return fd;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return install(&prog);
}
