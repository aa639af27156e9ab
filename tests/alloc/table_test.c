/* SPDX-License-Identifier: MIT */
/*
 * tests/alloc/table_test.c - tests/api/table.c and its kin, rawtable.c and
 * table_local.c, with the n-th request for memory failing
 *
 * For each state every request that building it makes fails once; for each
 * line of the table every request from the call on (in the call, in what its
 * segments cause, in closing) fails once. After each run all memory must be
 * back. Pools are emptied at every step, so that each packet and block is a
 * request. Without OSTIA_SOAK so many runs are made of lines by chance; the
 * seed is printed, OSTIA_SEED repeats it. An argument is the one line to run.
 */
#define OSTIA_POSIX_NO_NAMES
#include "../api/table.h"
#include "../unit/lend.h"
#include "../unit/random.h"
#include "errnos.h"

#include <ostia/ostia.h>
#include <ostia/posix.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond, ...)                                                   \
	do {                                                               \
		if (!(cond)) {                                             \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, \
				#cond);                                    \
			fprintf(stderr, __VA_ARGS__);                      \
			fprintf(stderr,                                    \
				"\n  in line %zu, request %ld "            \
				"%s\n",                                    \
				line_at, nth,                              \
				from_call ? "from the call on"             \
					  : "from the beginning");         \
			abort();                                           \
		}                                                          \
	} while (0)

enum { SHARE_RUNS = 15000, ERRNOS = 256 };

static struct lend lend = { .left = -1 };
static long fail_in; /* 0: not; 1: the next request fails, once */
static struct ostia_pool *pool;
static struct ostia_stack *stack;
static ostia_time until = OSTIA_NEVER;
static jmp_buf give_up;

/* The run at hand. */
static size_t line_at;
static long nth;
static bool from_call;
/* What the calls of a line say when nothing fails. */
static bool usual[ERRNOS];
static bool learning;
static unsigned long runs;

static void *give(void *ctx, size_t n)
{
	if (fail_in && !--fail_in)
		return NULL;
	return lend_alloc(ctx, n);
}

static void look(void *ctx, const struct ostia_trace *ev)
{
	int64_t r = ev->u.call.result;

	(void)ctx;
	if (ev->kind != OSTIA_TRACE_RETURN || r >= 0)
		return;
	CHECK(r > -ERRNOS, "%s says %lld", ev->u.call.name, (long long)r);
	if (learning)
		usual[-r] = true;
	/* a state that was not reached has answers of its own */
	CHECK(!from_call || usual[-r] || errno_of_shortage((int)-r),
	      "%s says %s", ev->u.call.name, strerror((int)-r));
}

static int has_event(uint64_t cookie)
{
	struct ostia_event ev;
	int found = 0;

	while (ostia_next_event(stack, &ev))
		found |= ev.cookie == cookie;
	return found;
}

static void step_to(ostia_time t)
{
	ostia_pool_trim(pool);
	ostia_advance(stack, t > ostia_now(stack) ? t : ostia_now(stack) + 1);
}

static void trim(void *ctx)
{
	(void)ctx;
	ostia_pool_trim(pool);
}

static int wait_for(void *ctx, uint64_t cookie, ostia_time deadline)
{
	(void)ctx;
	for (;;) {
		ostia_time next = ostia_next_deadline(stack);

		if (has_event(cookie))
			return 0;
		if (next > deadline && deadline <= until) {
			ostia_advance(stack, deadline);
			return has_event(cookie) ? 0 : -ETIMEDOUT;
		}
		if (next > until || next == OSTIA_NEVER)
			return -EINTR;
		step_to(next);
	}
}

static const struct ostia_wait_ops wait_ops = {
	.enter = trim,
	.leave = trim,
	.wait = wait_for,
};

static ostia_time now(void *ctx)
{
	(void)ctx;
	return ostia_now(stack);
}

static const struct ostia_posix_ops posix_ops = { .now = now,
						  .virtual_time = 1 };

/* What blocks while a state is built (its peer got no memory) ends, too. */
static void allow(ostia_time t)
{
	until = ostia_now(stack) + t;
}

void table_guard(void)
{
	if (from_call)
		fail_in = nth;
	allow(15 * OSTIA_MS);
}

void table_unguard(void)
{
	allow(OSTIA_S);
}

void table_settle(void)
{
	ostia_time end = ostia_now(stack) + 60 * OSTIA_US;
	struct ostia_event ev;

	while (ostia_next_deadline(stack) <= end)
		step_to(ostia_next_deadline(stack));
	ostia_advance(stack, end);
	while (ostia_next_event(stack, &ev))
		;
}

void table_die(void)
{
	CHECK(nth, "a state cannot be built at all");
	longjmp(give_up, 1);
}

/* Return: 0 or -errno; what was made is there, the rest NULL. */
static int build(struct ostia_proc **proc)
{
	/* Buffers that are soon full. */
	static const struct ostia_setting settings[] = {
		{ "net.ipv4.tcp_wmem", "4096 16384 16384" },
		{ "net.ipv4.tcp_rmem", "4096 16384 16384" },
	};
	struct ostia_env env = lend_env(&lend);
	struct ostia_stack_config cfg = { .env = &env,
					  .id = 1,
					  .now = OSTIA_S,
					  .settings = settings,
					  .nsettings = 2 };
	int err;

	env.alloc = give;
	env.trace = look;
	*proc = NULL;
	stack = NULL;
	pool = NULL;
	err = ostia_pool_new(&env, 0, &pool);
	if (err)
		return err;
	cfg.pool = pool;
	err = ostia_stack_new(&cfg, &stack);
	return err ? err : ostia_proc_new(stack, 0, &wait_ops, NULL, proc);
}

static void unbuild(void)
{
	if (stack)
		ostia_stack_free(stack);
	if (pool)
		ostia_pool_free(pool);
	CHECK(!lend.blocks, "%ld allocations left", lend.blocks);
}

static void at_rest(void)
{
	ostia_time end = ostia_now(stack) + 2000 * OSTIA_S;
	struct ostia_pool_stats ps;
	struct ostia_usage u;

	while (ostia_next_deadline(stack) <= end)
		step_to(ostia_next_deadline(stack));
	ostia_advance(stack, end);
	ostia_stack_usage(stack, &u);
	CHECK(!u.conns && !u.half_open && !u.time_wait && !u.listeners &&
		      !u.udp_socks && !u.raw_socks && !u.files && !u.timers &&
		      !u.rtx_records && !u.queued_pkts,
	      "%llu connections, %llu half open, %llu in TIME-WAIT, %llu "
	      "listeners, %llu udp, %llu files, %llu timers, %llu records left",
	      (unsigned long long)u.conns, (unsigned long long)u.half_open,
	      (unsigned long long)u.time_wait, (unsigned long long)u.listeners,
	      (unsigned long long)u.udp_socks, (unsigned long long)u.files,
	      (unsigned long long)u.timers, (unsigned long long)u.rtx_records);
	ostia_pool_stats(pool, &ps);
	CHECK(!ps.blocks && !ps.pkts, "%llu blocks, %llu packets left",
	      (unsigned long long)ps.blocks, (unsigned long long)ps.pkts);
}

/* Return: did the n-th request come? */
static bool run(size_t line, long n, bool call)
{
	struct ostia_posix p = { .ops = &posix_ops, .files = 1024, .pid = 1 };
	bool hit;

	runs++;
	line_at = line;
	nth = n;
	from_call = call;
	fail_in = 0;
	CHECK(!build(&p.proc), "build");
	ostia_posix_enter(&p);
	allow(OSTIA_S);
	if (n && !call)
		fail_in = n;
	if (!setjmp(give_up))
		table_line(line);
	ostia_posix_enter(NULL);
	ostia_proc_free(p.proc);
	at_rest();
	hit = !fail_in;
	unbuild();
	return hit;
}

static void learn(size_t line)
{
	memset(usual, 0, sizeof(usual));
	learning = true;
	run(line, 0, true);
	learning = false;
}

static void every_n(size_t line, bool call)
{
	long n = 1;

	while (run(line, n, call))
		n++;
}

/* Pool, stack and process themselves. */
static void every_n_of_build(void)
{
	struct ostia_proc *proc;
	int err;

	nth = 0;
	do {
		fail_in = ++nth;
		err = build(&proc);
		CHECK(!err || err == -ENOMEM, "build: %d", err);
		CHECK(!err == !!fail_in, "a failure unnoticed");
		if (proc)
			ostia_proc_free(proc);
		unbuild();
	} while (err);
}

static void state(size_t first)
{
	learn(first);
	every_n(first, false);
}

static void call(size_t line)
{
	learn(line);
	every_n(line, true);
}

static void some_calls(struct dice *d)
{
	while (runs < SHARE_RUNS)
		call(dice_below(d, table_lines()));
}

static void all_calls(void)
{
	for (size_t i = 0; i < table_lines(); i++)
		call(i);
}

int main(int argc, char **argv)
{
	struct dice d = dice("lines");

	if (!freopen("/dev/null", "w", stdout)) /* the table itself */
		return 1;
	if (argc > 1) {
		state((size_t)atol(argv[1]));
		call((size_t)atol(argv[1]));
		return 0;
	}
	every_n_of_build();
	for (size_t i = 0; i < table_lines(); i += table_lines_of_state())
		state(i);
	if (getenv("OSTIA_SOAK"))
		all_calls();
	else
		some_calls(&d);
	fprintf(stderr, "%lu runs\n", runs);
	return 0;
}
