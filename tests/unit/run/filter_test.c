/* SPDX-License-Identifier: MIT */
/*
 * The programs of both architectures, run by base/bpf.c over every call and
 * argument of the table in run/filter.h; and this machine's one by its kernel.
 * Call numbers are written out: libseccomp's own table is on trial too.
 */
#define _GNU_SOURCE
#include "run/filter.h"

#include "base/bpf.h"

#include "../heap.h"
#include "../test.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ANSWER(err) (SECCOMP_RET_ERRNO | (err))

enum { CALLS_MAX = 600 };

/** struct machine - An architecture: its word, and the half word beside it */
struct machine {
	enum run_filter_arch arch;
	uint32_t audit, compat;
	int socket, sendto, recvfrom, ioctl, io_uring_setup;
	int named[14];
	int compat_socket, compat_socketcall;
};

static const struct machine machines[] = {
	{ RUN_FILTER_X86_64,
	  AUDIT_ARCH_X86_64,
	  AUDIT_ARCH_I386,
	  41,
	  44,
	  45,
	  16,
	  425,
	  { 49, 50, 42, 43, 288, 51, 52, 55, 54, 48, 46, 47, 307, 299 },
	  359,
	  102 },
	{ RUN_FILTER_AARCH64,
	  AUDIT_ARCH_AARCH64,
	  AUDIT_ARCH_ARM,
	  198,
	  206,
	  207,
	  29,
	  425,
	  { 200, 201, 203, 202, 242, 204, 205, 209, 208, 210, 211, 212, 269,
	    243 },
	  281,
	  -1 /* arm64 runs EABI, which has none */ },
};

static struct heap heap;
static struct ostia_env env;
static struct ostia_pool *pool;
static struct bpf *program;

static void begin(const struct machine *m)
{
	static struct run_filter f;

	heap = (struct heap) { 0 };
	env = heap_env(&heap);
	OK(ostia_pool_new(&env, 0, &pool) == 0);
	EQ(run_filter_make(m->arch, &f), 0);
	EQ(bpf_new(&env, f.insn, f.n, &program), 0);
}

static void end(void)
{
	bpf_put(&env, program);
	ostia_pool_free(pool);
	EQ(heap.count, 0);
}

/* seccomp loads words of the machine's order, a packet's are big-endian. */
static uint32_t says(uint32_t audit, int nr, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = nr, .arch = audit };
	const struct bpf_facts facts = { 0 };
	uint32_t word[sizeof(d) / 4], verdict;
	struct ostia_pkt *p;

	memcpy(d.args, args, sizeof(d.args));
	memcpy(word, &d, sizeof(d));
	for (size_t i = 0; i < COUNT(word); i++)
		word[i] = __builtin_bswap32(word[i]);
	p = ostia_pkt_from(pool, word, sizeof(word));
	OK(p);
	verdict = bpf_run(program, p, &facts);
	ostia_pkt_free(p);
	return verdict;
}

/* Says it with one argument set, the others zero. */
static uint32_t says_arg(const struct machine *m, int nr, unsigned arg,
			 uint64_t value)
{
	uint64_t args[6] = { 0 };

	args[arg] = value;
	return says(m->audit, nr, args);
}

static uint32_t of_domain(uint32_t domain)
{
	return domain == AF_UNIX ? SECCOMP_RET_ALLOW : SECCOMP_RET_USER_NOTIF;
}

static void check_domain(const struct machine *m, uint32_t domain)
{
	/* Rubbish above an int is not looked at. */
	static const uint64_t above[] = { 0, 1, 0xffffffff, 0x80000000 };

	for (size_t i = 0; i < COUNT(above); i++)
		EQ(says_arg(m, m->socket, 0, above[i] << 32 | domain),
		   of_domain(domain));
}

TEST(a_socket_is_ours_to_answer_unless_it_is_of_af_unix)
{
	for (size_t i = 0; i < COUNT(machines); i++) {
		begin(&machines[i]);
		for (uint32_t d = 0; d < 1024; d++)
			check_domain(&machines[i], d);
		for (unsigned bit = 5; bit < 32; bit++)
			for (uint32_t d = 0; d < 32; d++)
				check_domain(&machines[i], 1u << bit | d);
		check_domain(&machines[i], UINT32_MAX);
		end();
	}
}

TEST(what_names_sockets_is_always_notified)
{
	static const uint64_t zeros[6],
		ones[6] = { UINT64_MAX, UINT64_MAX, UINT64_MAX,
			    UINT64_MAX, UINT64_MAX, UINT64_MAX };

	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = &machines[i];

		begin(m);
		for (size_t c = 0; c < COUNT(m->named); c++) {
			EQ(says(m->audit, m->named[c], zeros),
			   SECCOMP_RET_USER_NOTIF);
			EQ(says(m->audit, m->named[c], ones),
			   SECCOMP_RET_USER_NOTIF);
		}
		end();
	}
}

static void check_flags(const struct machine *m, int nr, uint32_t trapped)
{
	for (uint32_t bit = 1; bit; bit <<= 1) {
		uint32_t want = bit & trapped ? SECCOMP_RET_USER_NOTIF
					      : SECCOMP_RET_ALLOW;

		EQ(says_arg(m, nr, 3, bit), want);
		EQ(says_arg(m, nr, 3, ~(uint64_t)trapped | bit), want);
		EQ(says_arg(m, nr, 3, (uint64_t)bit << 32), SECCOMP_RET_ALLOW);
	}
}

static void check_address(const struct machine *m, int nr)
{
	EQ(says_arg(m, nr, 4, 0), SECCOMP_RET_ALLOW);
	for (unsigned bit = 0; bit < 64; bit++)
		EQ(says_arg(m, nr, 4, 1ull << bit), SECCOMP_RET_USER_NOTIF);
	for (unsigned arg = 0; arg < 6; arg++)
		if (arg != 3 && arg != 4)
			EQ(says_arg(m, nr, arg, UINT64_MAX), SECCOMP_RET_ALLOW);
}

TEST(plain_data_goes_through_the_kernel_and_other_data_through_us)
{
	const uint32_t both = 0x1 | 0x2000 | 0x20000000 | 0x4000000;

	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = &machines[i];

		begin(m);
		check_flags(m, m->sendto, both);
		check_flags(m, m->recvfrom, both | MSG_TRUNC);
		check_address(m, m->sendto);
		check_address(m, m->recvfrom);
		end();
	}
}

TEST(a_request_about_sockets_is_notified_and_no_other)
{
	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = &machines[i];

		begin(m);
		for (uint32_t r = 0; r < 0x10000; r++)
			EQ(says_arg(m, m->ioctl, 1, r),
			   r >> 8 == 0x89 || r == 0x5411
				   ? SECCOMP_RET_USER_NOTIF
				   : SECCOMP_RET_ALLOW);
		EQ(says_arg(m, m->ioctl, 1, 0xdeadull << 32 | 0x8927),
		   SECCOMP_RET_USER_NOTIF);
		EQ(says_arg(m, m->ioctl, 1, 0x00018927), SECCOMP_RET_ALLOW);
		end();
	}
}

static bool is_listed(const struct machine *m, int nr)
{
	for (size_t c = 0; c < COUNT(m->named); c++)
		if (nr == m->named[c])
			return true;
	return nr == m->socket || nr == m->sendto || nr == m->recvfrom ||
	       nr == m->ioctl || nr == m->io_uring_setup;
}

TEST(every_other_call_is_allowed_but_to_set_up_a_ring)
{
	static const uint64_t ones[6] = { UINT64_MAX, UINT64_MAX, UINT64_MAX,
					  UINT64_MAX, UINT64_MAX, UINT64_MAX };

	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = &machines[i];

		begin(m);
		for (int nr = 0; nr < CALLS_MAX; nr++)
			if (!is_listed(m, nr))
				EQ(says(m->audit, nr, ones), SECCOMP_RET_ALLOW);
		EQ(says(m->audit, m->io_uring_setup, ones),
		   SECCOMP_RET_USER_NOTIF);
		end();
	}
}

TEST(half_words_make_no_sockets_unseen)
{
	static const uint64_t inet[6] = { AF_INET, SOCK_STREAM };

	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = &machines[i];

		begin(m);
		for (int nr = 0; nr < CALLS_MAX; nr++)
			EQ(says(m->compat, nr, inet),
			   nr == m->compat_socket ||
					   nr == m->compat_socketcall ||
					   nr == m->io_uring_setup
				   ? SECCOMP_RET_USER_NOTIF
				   : SECCOMP_RET_ALLOW);
		end();
	}
}

TEST(x32_and_strange_architectures_have_no_calls)
{
	static const uint64_t inet[6] = { AF_INET, SOCK_STREAM };
	const struct machine *x86 = &machines[0];

	begin(x86);
	for (int nr = 0; nr < CALLS_MAX; nr++) {
		EQ(says(x86->audit, 0x40000000 | nr, inet), ANSWER(ENOSYS));
		EQ(says(AUDIT_ARCH_AARCH64, nr, inet), ANSWER(ENOSYS));
	}
	end();
	begin(&machines[1]);
	EQ(says(AUDIT_ARCH_X86_64, 41, inet), ANSWER(ENOSYS));
	end();
}

/* --- the kernel's word --------------------------------------------------- */

static const struct calls {
	long nr;
	long a[3];
	int want; /* errno; 0: none */
} calls[] = {
	{ SYS_socket, { AF_UNIX, SOCK_STREAM, 0 }, 0 },
	{ SYS_socket, { AF_PACKET, SOCK_RAW, 0 }, ENOSYS },
	{ SYS_socket, { 40 /* AF_VSOCK */, SOCK_STREAM, 0 }, ENOSYS },
	{ SYS_socket, { AF_INET, SOCK_STREAM, 0 }, ENOSYS },
	{ SYS_io_uring_setup, { 1, 0, 0 }, ENOSYS },
	{ SYS_getpid, { 0, 0, 0 }, 0 },
};

/* In a child, under the filter. Exit code 0: as it should be. */
static int under_the_filter(const struct run_filter *f)
{
	bool gave_up;
	int fd = run_filter_install(f, &gave_up);

	if (fd < 0)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != (gave_up ? 1 : 0))
		return 3;
	if (run_filter_install(f, &gave_up) != -EBUSY)
		return 4;
	close(fd); /* what was ours is nobody's now */
	for (size_t i = 0; i < COUNT(calls); i++) {
		long r = syscall(calls[i].nr, calls[i].a[0], calls[i].a[1],
				 calls[i].a[2]);

		if (calls[i].want ? r != -1 || errno != calls[i].want : r < 0)
			return 10 + (int)i;
	}
	return 0;
}

TEST(the_kernel_takes_the_program_and_acts_on_it)
{
	static struct run_filter f;
	int status;
	pid_t pid;

	if (run_filter_native() == RUN_FILTER_ARCHS)
		return;
	EQ(run_filter_make(run_filter_native(), &f), 0);
	pid = fork();
	if (!pid)
		_exit(under_the_filter(&f));
	EQ(waitpid(pid, &status, 0), pid);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 0);
}

TEST(no_program_is_made_for_other_machines)
{
	static struct run_filter f;

	EQ(run_filter_make(RUN_FILTER_ARCHS, &f), -EINVAL);
}

TESTS(CASE(a_socket_is_ours_to_answer_unless_it_is_of_af_unix),
      CASE(what_names_sockets_is_always_notified),
      CASE(plain_data_goes_through_the_kernel_and_other_data_through_us),
      CASE(a_request_about_sockets_is_notified_and_no_other),
      CASE(every_other_call_is_allowed_but_to_set_up_a_ring),
      CASE(half_words_make_no_sockets_unseen),
      CASE(x32_and_strange_architectures_have_no_calls),
      CASE(the_kernel_takes_the_program_and_acts_on_it),
      CASE(no_program_is_made_for_other_machines))
