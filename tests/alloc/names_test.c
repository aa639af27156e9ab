/* SPDX-License-Identifier: MIT */
/*
 * The n-th allocation of a getaddrinfo() fails: EAI_MEMORY, and nothing is
 * left behind. (What sockets and packets take is tests/world/names' business.)
 */
#include "../world/net.h"

#define OSTIA_POSIX_NO_NAMES
#include <ostia/posix.h>

void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
void __real_free(void *p);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *s);
void __wrap_free(void *p);

static unsigned fail_in; /* allocations until one fails; 0: none does */
static long live;

static bool must_fail(void)
{
	return fail_in && !--fail_in;
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p = must_fail() ? NULL : __real_calloc(n, size);

	live += p != NULL;
	return p;
}

char *__wrap_strdup(const char *s)
{
	char *p = must_fail() ? NULL : __real_strdup(s);

	live += p != NULL;
	return p;
}

void __wrap_free(void *p)
{
	live -= p != NULL;
	__real_free(p);
}

/* Return: did the n-th allocation come to pass? */
static bool attempt(const char *node, unsigned n)
{
	const struct addrinfo hints = { .ai_flags = AI_CANONNAME };
	struct addrinfo *list = NULL;
	long before = live;
	bool failed;
	int err;

	fail_in = n;
	err = ostia_posix_getaddrinfo(node, "80", &hints, &list);
	failed = !fail_in;
	fail_in = 0;
	CHECK(err == (failed ? EAI_MEMORY : 0), "%s: allocation %u: %d", node,
	      n, err);
	if (!err)
		ostia_posix_freeaddrinfo(list);
	CHECK(live == before, "%s: allocation %u: %ld left behind", node, n,
	      live - before);
	return failed;
}

static int asks(void *arg)
{
	static const struct {
		const char *node;
		unsigned allocs;
	} rows[] = { { "10.0.0.1", 3 + 1 }, { "b", 6 + 1 } };

	(void)arg;
	for (unsigned i = 0; i < 2; i++) {
		unsigned n = 1;

		while (attempt(rows[i].node, n))
			n++;
		CHECK(n - 1 == rows[i].allocs, "%s: %u allocations",
		      rows[i].node, n - 1);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct ostia_world_config cfg = { .seed = 1 };
	const struct ostia_wire_config wire = { .faults = "delay 1ms" };
	struct ostia_world_proc *p;
	struct ostia_task *task;
	struct net t;

	(void)argc;
	witness_begin(argv, net_case);
	t = net_new(&cfg, &wire);
	p = net_proc(t.a, "asker", 0);
	CHECK(!ostia_task_spawn(p, asks, NULL, &task), "task");
	CHECK(!ostia_task_join(task, NULL), "join");
	onlooker_free(t.w);
	return 0;
}
