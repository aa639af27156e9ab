/* SPDX-License-Identifier: MIT */
/*
 * tests/api/table_ostia.c - tests/api/table.c on the loopback of a stack of
 * ours, in virtual time
 */
#define OSTIA_POSIX_NO_NAMES
#include "table.h"

#include <errno.h>
#include <ostia/ostia.h>
#include <ostia/posix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct ostia_stack *stack;
static ostia_time until = OSTIA_NEVER;

static void *give(void *ctx, size_t n)
{
	(void)ctx;
	return malloc(n);
}

static void take(void *ctx, void *p, size_t n)
{
	(void)ctx;
	(void)n;
	free(p);
}

static void nothing(void *ctx)
{
	(void)ctx;
}

static int has_event(uint64_t cookie)
{
	struct ostia_event ev;
	int found = 0;

	while (ostia_next_event(stack, &ev))
		found |= ev.cookie == cookie;
	return found;
}

/* Time jumps from timer to timer, up to the guard's. */
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
		ostia_advance(stack, next > ostia_now(stack)
					     ? next
					     : ostia_now(stack) + 1);
	}
}

static const struct ostia_wait_ops wait_ops = {
	.enter = nothing,
	.leave = nothing,
	.wait = wait_for,
};

static ostia_time now(void *ctx)
{
	(void)ctx;
	return ostia_now(stack);
}

static const struct ostia_posix_ops posix_ops = { .now = now,
						  .virtual_time = 1 };

void table_die(void)
{
	abort();
}

void table_guard(void)
{
	until = ostia_now(stack) + 15 * OSTIA_MS;
}

void table_unguard(void)
{
	until = OSTIA_NEVER;
}

void table_close(int fd)
{
	ostia_posix_close(fd);
}

void table_settle(void)
{
	ostia_time end = ostia_now(stack) + 60 * OSTIA_US;
	struct ostia_event ev;

	while (ostia_next_deadline(stack) <= end)
		ostia_advance(stack,
			      ostia_next_deadline(stack) > ostia_now(stack)
				      ? ostia_next_deadline(stack)
				      : ostia_now(stack) + 1);
	ostia_advance(stack, end);
	while (ostia_next_event(stack, &ev))
		;
}

/* What the host's administrator chose is no difference. */
static void as_host(const char *name)
{
	char path[128] = "/proc/sys/", value[128];
	FILE *f;

	for (size_t i = 0; i < strlen(name); i++)
		path[10 + i] = name[i] == '.' ? '/' : name[i];
	f = fopen(path, "r");
	if (f && fgets(value, sizeof(value), f)) {
		value[strcspn(value, "\n")] = 0;
		ostia_stack_set(stack, name, value);
	}
	if (f)
		fclose(f);
}

static void as_host_all(void)
{
	as_host("net.core.rmem_max");
	as_host("net.core.wmem_max");
	as_host("net.ipv4.tcp_rmem");
	as_host("net.ipv4.tcp_wmem");
	as_host("net.ipv4.tcp_congestion_control");
}

int main(int argc, char **argv)
{
	const struct ostia_env env = { .alloc = give,
				       .free = take,
				       .seed = "table" };
	struct ostia_stack_config cfg = { .env = &env,
					  .id = 1,
					  .now = OSTIA_S };
	struct ostia_posix p = { .ops = &posix_ops, .files = 1024, .pid = 1 };
	struct ostia_pool *pool;
	int r;

	if (ostia_pool_new(&env, 0, &pool))
		return 1;
	cfg.pool = pool;
	if (ostia_stack_new(&cfg, &stack) ||
	    ostia_proc_new(stack, 0, &wait_ops, NULL, &p.proc))
		return 1;
	ostia_proc_set_cred(p.proc, p.pid, getuid(), getgid());
	if (argc > 1 && !strcmp(argv[1], "--as-host"))
		as_host_all();
	ostia_posix_enter(&p);
	r = table_main();
	ostia_posix_enter(NULL);
	ostia_proc_free(p.proc);
	ostia_stack_free(stack);
	ostia_pool_free(pool);
	return r;
}
