/* SPDX-License-Identifier: MIT */
/*
 * world/coro.h - a function that can stop in the middle and go on later
 *
 * What tasks are made of. Resuming one runs it until it yields or ends; only
 * one runs at a time, and the one who resumes waits. Two back ends do the
 * same in the same order: fibers (world/fiber.c: own stacks, a switch of a few
 * instructions) and the baton (world/baton.c: a thread each, of which one
 * holds the baton), which ThreadSanitizer and valgrind understand.
 */
#ifndef OSTIA_WORLD_CORO_H
#define OSTIA_WORLD_CORO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which sanitizer we are built with; gcc and clang say it differently. */
#if defined(__SANITIZE_ADDRESS__)
#define WORLD_CORO_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define WORLD_CORO_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WORLD_CORO_ASAN 1
#elif __has_feature(thread_sanitizer)
#define WORLD_CORO_TSAN 1
#endif
#endif

struct world_coro;

/**
 * struct world_coro_ops - A back end
 * @start:  make it ready to be resumed. 0, -ENOMEM, -EAGAIN (no thread)
 * @resume: run it until it yields or ends
 * @yield:  from within: back to the one who resumed
 * @end:    from within, the last act: like yield, and never resumed
 * @stop:   give its resources back; it has ended or was never resumed
 * @fini:   give back what the set holds
 */
struct world_coro_set;
struct world_coro_ops {
	int (*start)(struct world_coro *co);
	void (*resume)(struct world_coro *co);
	void (*yield)(struct world_coro *co);
	void (*end)(struct world_coro *co);
	void (*stop)(struct world_coro *co);
	void (*fini)(struct world_coro_set *set);
};

extern const struct world_coro_ops world_fiber_ops;
extern const struct world_coro_ops world_baton_ops;

/**
 * struct world_coro_set - All coroutines of a world
 * @ops:	the back end
 * @stack_size:	bytes, whole pages
 * @free:	stacks of ended fibers, kept for the next; @nfree of them
 * @allocs:	stacks or threads made
 */
struct world_coro_set {
	const struct world_coro_ops *ops;
	size_t stack_size;
	void *free;
	uint32_t nfree;
	uint64_t allocs;
};

/**
 * struct world_coro - One; embedded in a task
 * @fn, @arg:	what it runs
 * @started:	it was resumed once
 * @ended:	@fn has returned
 * @back:	the back end's
 */
struct world_coro {
	struct world_coro_set *set;
	void (*fn)(void *arg);
	void *arg;
	bool started, ended;
	void *back;
};

/** world_coro_set_init() - @stack_size is rounded up to pages. */
void world_coro_set_init(struct world_coro_set *set,
			 const struct world_coro_ops *ops, size_t stack_size);
void world_coro_set_fini(struct world_coro_set *set);

/** world_coro_init() - Ready to run @fn(@arg). 0, -ENOMEM, -EAGAIN. */
int world_coro_init(struct world_coro *co, struct world_coro_set *set,
		    void (*fn)(void *arg), void *arg);

/** world_coro_resume() - Run it until it yields; then look at @ended. */
void world_coro_resume(struct world_coro *co);

/** world_coro_yield() - From within. errno is kept. */
void world_coro_yield(struct world_coro *co);

/** world_coro_end() - From within: it ends here. */
void world_coro_end(struct world_coro *co) __attribute__((noreturn));

/** world_coro_fini() - Give back an ended or never resumed one. */
void world_coro_fini(struct world_coro *co);

#endif
