/* SPDX-License-Identifier: MIT */
/*
 * Coroutines as fibers: a stack each, and a switch that saves what the ABI
 * says a call preserves (System V for x86-64, AAPCS64). Below each stack lies
 * a page that may not be touched, so an overflow faults instead of writing
 * into a neighbour. Stacks of ended fibers are kept: no system call in steady
 * state. AddressSanitizer is told of every switch.
 */
#include "world/coro.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef WORLD_CORO_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/**
 * struct fiber - Lies at the upper end of its own stack
 * @sp:	     where it stopped
 * @back_sp: where the one who resumed it stopped
 * @map, @map_size: guard page and stack, as mapped
 * @next:    on the set's free list
 * @fake, @back_*: what AddressSanitizer wants back at the next switch
 */
struct fiber {
	void *sp;
	void *back_sp;
	struct world_coro *co;
	void *map;
	size_t map_size;
	struct fiber *next;
	void *fake;
	const void *back_bottom;
	size_t back_size;
};

/** Store the stack pointer in *@save, go on where @load was stored. */
void world_fiber_switch(void **save, void *load);
void world_fiber_first(void);
__attribute__((used)) void world_fiber_main(struct fiber *f);

#if defined(__x86_64__)
/* clang-format off */
__asm__(
	".text\n"
	".globl world_fiber_switch\n"
	".hidden world_fiber_switch\n"
	".type world_fiber_switch, @function\n"
	"world_fiber_switch:\n"
	"	pushq	%rbp\n"
	"	pushq	%rbx\n"
	"	pushq	%r12\n"
	"	pushq	%r13\n"
	"	pushq	%r14\n"
	"	pushq	%r15\n"
	"	subq	$8, %rsp\n"
	"	stmxcsr	(%rsp)\n"
	"	fnstcw	4(%rsp)\n"
	"	movq	%rsp, (%rdi)\n"
	"	movq	%rsi, %rsp\n"
	"	ldmxcsr	(%rsp)\n"
	"	fldcw	4(%rsp)\n"
	"	addq	$8, %rsp\n"
	"	popq	%r15\n"
	"	popq	%r14\n"
	"	popq	%r13\n"
	"	popq	%r12\n"
	"	popq	%rbx\n"
	"	popq	%rbp\n"
	"	ret\n"
	".size world_fiber_switch, . - world_fiber_switch\n"
	".globl world_fiber_first\n"
	".hidden world_fiber_first\n"
	".type world_fiber_first, @function\n"
	"world_fiber_first:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined rip\n"
	"	movq	%r12, %rdi\n"
	"	xorl	%ebp, %ebp\n"
	"	callq	world_fiber_main\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size world_fiber_first, . - world_fiber_first\n");
/* clang-format on */

/* What the first switch pops: MXCSR and control word, r15 r14 r13 r12 rbx rbp,
 * and the address to return to, above which the stack is 16-byte aligned.
 */
static void *first_frame(struct fiber *f)
{
	uint64_t *sp = (uint64_t *)((uintptr_t)f & ~(uintptr_t)15);

	sp -= 8;
	memset(sp, 0, 8 * sizeof(*sp));
	sp[0] = UINT64_C(0x037f) << 32 | 0x1f80;
	sp[4] = (uintptr_t)f;
	sp[7] = (uintptr_t)world_fiber_first;
	return sp;
}
#elif defined(__aarch64__)
/* clang-format off */
__asm__(
	".text\n"
	".globl world_fiber_switch\n"
	".hidden world_fiber_switch\n"
	".type world_fiber_switch, %function\n"
	"world_fiber_switch:\n"
	"	sub	sp, sp, #160\n"
	"	stp	x19, x20, [sp, #0]\n"
	"	stp	x21, x22, [sp, #16]\n"
	"	stp	x23, x24, [sp, #32]\n"
	"	stp	x25, x26, [sp, #48]\n"
	"	stp	x27, x28, [sp, #64]\n"
	"	stp	x29, x30, [sp, #80]\n"
	"	stp	d8, d9, [sp, #96]\n"
	"	stp	d10, d11, [sp, #112]\n"
	"	stp	d12, d13, [sp, #128]\n"
	"	stp	d14, d15, [sp, #144]\n"
	"	mov	x9, sp\n"
	"	str	x9, [x0]\n"
	"	mov	sp, x1\n"
	"	ldp	x19, x20, [sp, #0]\n"
	"	ldp	x21, x22, [sp, #16]\n"
	"	ldp	x23, x24, [sp, #32]\n"
	"	ldp	x25, x26, [sp, #48]\n"
	"	ldp	x27, x28, [sp, #64]\n"
	"	ldp	x29, x30, [sp, #80]\n"
	"	ldp	d8, d9, [sp, #96]\n"
	"	ldp	d10, d11, [sp, #112]\n"
	"	ldp	d12, d13, [sp, #128]\n"
	"	ldp	d14, d15, [sp, #144]\n"
	"	add	sp, sp, #160\n"
	"	ret\n"
	".size world_fiber_switch, . - world_fiber_switch\n"
	".globl world_fiber_first\n"
	".hidden world_fiber_first\n"
	".type world_fiber_first, %function\n"
	"world_fiber_first:\n"
	"	mov	x0, x19\n"
	"	mov	x29, xzr\n"
	"	bl	world_fiber_main\n"
	"	brk	#1\n"
	".size world_fiber_first, . - world_fiber_first\n");
/* clang-format on */

/* x19 carries the fiber, x30 the address to return to. */
static void *first_frame(struct fiber *f)
{
	uint64_t *sp = (uint64_t *)((uintptr_t)f & ~(uintptr_t)15);

	sp -= 20;
	memset(sp, 0, 20 * sizeof(*sp));
	sp[0] = (uintptr_t)f;
	sp[11] = (uintptr_t)world_fiber_first;
	return sp;
}
#else
#error "world/fiber.c knows x86-64 and aarch64"
#endif

#ifdef WORLD_CORO_ASAN
static char *stack_bottom(const struct fiber *f)
{
	return (char *)f->map + sysconf(_SC_PAGESIZE);
}

static size_t stack_bytes(const struct fiber *f)
{
	return (size_t)((const char *)f - stack_bottom(f));
}

static void before_enter(struct fiber *f, void **fake)
{
	__sanitizer_start_switch_fiber(fake, stack_bottom(f), stack_bytes(f));
}

static void after_enter(struct fiber *f)
{
	__sanitizer_finish_switch_fiber(f->fake, &f->back_bottom,
					&f->back_size);
}

/* @last: its frames will not be needed again */
static void before_leave(struct fiber *f, bool last)
{
	__sanitizer_start_switch_fiber(last ? NULL : &f->fake, f->back_bottom,
				       f->back_size);
}

static void after_leave(void *fake)
{
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
}

/* What frames that never returned have forbidden. */
static void stack_forgive(struct fiber *f)
{
	__asan_unpoison_memory_region(stack_bottom(f), stack_bytes(f));
}
#else
#define before_enter(f, fake) ((void)(fake))
#define after_enter(f) ((void)(f))
#define before_leave(f, last) ((void)(f))
#define after_leave(fake) ((void)(fake))
#define stack_forgive(f) ((void)(f))
#endif

__attribute__((used)) void world_fiber_main(struct fiber *f)
{
	after_enter(f);
	f->co->fn(f->co->arg);
	world_coro_end(f->co);
}

static struct fiber *fiber_map(struct world_coro_set *set)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = set->stack_size + page;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct fiber *f;

	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map, page, PROT_NONE)) {
		munmap(map, size);
		return NULL;
	}
	set->allocs++;
	f = (struct fiber *)(void *)(map + size - sizeof(*f));
	f->map = map;
	f->map_size = size;
	return f;
}

static void fiber_unmap(struct fiber *f)
{
	munmap(f->map, f->map_size);
}

static int start(struct world_coro *co)
{
	struct world_coro_set *set = co->set;
	struct fiber *f = set->free;

	if (f) {
		set->free = f->next;
		set->nfree--;
	} else {
		f = fiber_map(set);
	}
	if (!f)
		return -ENOMEM;
	f->co = co;
	f->fake = NULL;
	f->sp = first_frame(f);
	co->back = f;
	return 0;
}

static void resume(struct world_coro *co)
{
	struct fiber *f = co->back;
	void *fake = NULL;

	before_enter(f, &fake);
	world_fiber_switch(&f->back_sp, f->sp);
	after_leave(fake);
}

static void yield(struct world_coro *co)
{
	struct fiber *f = co->back;

	before_leave(f, false);
	world_fiber_switch(&f->sp, f->back_sp);
	after_enter(f);
}

static void end(struct world_coro *co)
{
	struct fiber *f = co->back;

	before_leave(f, true);
	world_fiber_switch(&f->sp, f->back_sp);
}

static void stop(struct world_coro *co)
{
	struct fiber *f = co->back;

	if (!f)
		return;
	stack_forgive(f);
	f->next = co->set->free;
	co->set->free = f;
	co->set->nfree++;
}

static void fini(struct world_coro_set *set)
{
	struct fiber *f, *next;

	for (f = set->free; f; f = next) {
		next = f->next;
		fiber_unmap(f);
	}
	set->free = NULL;
	set->nfree = 0;
}

const struct world_coro_ops world_fiber_ops = {
	.start = start,
	.resume = resume,
	.yield = yield,
	.end = end,
	.stop = stop,
	.fini = fini,
};
