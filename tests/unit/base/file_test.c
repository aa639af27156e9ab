/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/file.h"

#include <poll.h>

static unsigned released, woken;

static uint32_t never(struct file *f)
{
	(void)f;
	return 0;
}

static void release(struct file *f)
{
	(void)f;
	released++;
}

static bool once(struct waiter *w, uint32_t bits)
{
	(void)bits;
	woken++;
	list_remove(&w->node);
	return true;
}

static bool busy(struct waiter *w, uint32_t bits)
{
	(void)w;
	(void)bits;
	woken++;
	return false;
}

static const struct file_ops ops = { never, release };

TEST(only_the_last_put_releases)
{
	struct file f;

	released = 0;
	file_init(&f, FILE_SOCK, &ops);
	file_get(&f);
	file_put(&f);
	EQ(released, 0);
	file_put(&f);
	EQ(released, 1);
}

TEST(a_waiter_hears_of_its_own_bits_and_may_leave)
{
	struct waiter in = { .mask = POLLIN, .wake = once };
	struct waiter out = { .mask = POLLOUT, .wake = once };
	struct file f;

	woken = 0;
	file_init(&f, FILE_SOCK, &ops);
	list_push(&f.waiters, &in.node);
	list_push(&f.waiters, &out.node);
	file_notify(&f, POLLIN);
	EQ(woken, 1);
	file_notify(&f, POLLIN);
	EQ(woken, 1);
	file_notify(&f, POLLIN | POLLOUT);
	EQ(woken, 2);
	OK(list_empty(&f.waiters));
}

TEST(of_exclusive_waiters_one_that_acts_is_enough)
{
	struct waiter w[4] = {
		{ .mask = POLLIN, .exclusive = true, .wake = busy },
		{ .mask = POLLIN, .exclusive = true, .wake = once },
		{ .mask = POLLIN, .exclusive = true, .wake = once },
		{ .mask = POLLIN, .wake = once },
	};
	struct file f;

	woken = 0;
	file_init(&f, FILE_SOCK, &ops);
	for (unsigned i = 0; i < 4; i++)
		list_push(&f.waiters, &w[i].node);
	file_notify(&f, POLLIN);
	EQ(woken, 3);
	OK(!list_empty(&w[2].node));
	list_remove(&w[0].node);
	list_remove(&w[2].node);
}

TESTS(CASE(of_exclusive_waiters_one_that_acts_is_enough),
      CASE(only_the_last_put_releases),
      CASE(a_waiter_hears_of_its_own_bits_and_may_leave))
