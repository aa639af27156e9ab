/* SPDX-License-Identifier: MIT */
#include "api/proc.h"

#include "base/env.h"
#include "local/rights.h"
#include "sock/watch.h"

enum { WORD = 64 };

static void set_bit(uint64_t *map, uint32_t i, bool on)
{
	uint64_t bit = UINT64_C(1) << (i % WORD);

	map[i / WORD] = on ? map[i / WORD] | bit : map[i / WORD] & ~bit;
}

static bool bit_set(const uint64_t *map, uint32_t i)
{
	return map[i / WORD] >> (i % WORD) & 1;
}

static size_t table_bytes_for(uint32_t cap)
{
	return cap * sizeof(struct file *) +
	       2 * (cap / WORD) * sizeof(uint64_t);
}

/* One piece of memory: files, then both bitmaps. */
static int resize(struct ostia_proc *p, uint32_t cap)
{
	const struct ostia_env *env = &p->stack->env;
	struct file **files = env_zalloc(env, table_bytes_for(cap));
	uint64_t *used, *cloexec;
	uint32_t n = p->cap;

	if (!files)
		return -ENOMEM;
	used = (uint64_t *)(void *)(files + cap);
	cloexec = used + cap / WORD;
	if (n) {
		memcpy(files, p->files, n * sizeof(struct file *));
		memcpy(used, p->used, n / WORD * sizeof(uint64_t));
		memcpy(cloexec, p->cloexec, n / WORD * sizeof(uint64_t));
		env_free(env, p->files, table_bytes_for(n));
	}
	p->files = files;
	p->used = used;
	p->cloexec = cloexec;
	p->cap = cap;
	return 0;
}

/* Make room for descriptor @fd. */
static int reach(struct ostia_proc *p, uint32_t fd)
{
	uint32_t cap = p->cap ? p->cap : PROC_FDS_FIRST;

	if (fd < p->cap)
		return 0;
	while (cap <= fd)
		cap *= 2;
	return resize(p, cap);
}

int ostia_proc_new(struct ostia_stack *stack, uint32_t max_fds,
		   const struct ostia_wait_ops *ops, void *ctx,
		   struct ostia_proc **out)
{
	struct ostia_proc *p = env_zalloc(&stack->env, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->stack = stack;
	p->ops = ops;
	p->ctx = ctx;
	p->max = max_fds ? max_fds : PROC_FDS_DEFAULT;
	if (p->max > PROC_FDS_MAX)
		p->max = PROC_FDS_MAX;
	p->id = ++stack->procs;
	p->cred.pid = p->id;
	list_init(&p->watches);
	list_init(&p->waits);
	err = resize(p, PROC_FDS_FIRST);
	if (err) {
		env_free(&stack->env, p, sizeof(*p));
		return err;
	}
	*out = p;
	return 0;
}

static void end_waits(struct ostia_proc *p)
{
	struct list *n;

	while ((n = list_first(&p->waits)))
		sock_wait_end(list_entry(n, struct sock_wait, node));
	sock_watch_end(&p->watches);
}

void ostia_proc_free(struct ostia_proc *p)
{
	struct ostia_stack *s = p->stack;
	struct file *f;

	end_waits(p);
	for (uint32_t fd = 0; fd < p->cap; fd++) {
		if (!bit_set(p->used, fd))
			continue;
		api_proc_take(p, (int)fd, &f);
		file_put(f);
	}
	local_rights_gc(s->local, UINT32_MAX);
	stack_settle(s);
	env_free(&s->env, p->files, table_bytes_for(p->cap));
	env_free(&s->env, p, sizeof(*p));
}

void ostia_proc_set_cred(struct ostia_proc *p, pid_t pid, uid_t uid, gid_t gid)
{
	p->cred = (struct local_cred) { (uint32_t)pid, uid, gid };
}

void ostia_proc_dead(struct ostia_proc *p)
{
	p->dead = true;
	memset(p->files, 0, p->cap * sizeof(struct file *));
	memset(p->used, 0, p->cap / 8);
}

struct ostia_stack *ostia_proc_stack(const struct ostia_proc *p)
{
	return p->stack;
}

uint32_t ostia_proc_id(const struct ostia_proc *p)
{
	return p->id;
}

/* The lowest clear bit at or after @from, or p->cap. */
static uint32_t first_free(const struct ostia_proc *p, uint32_t from)
{
	uint32_t word = from / WORD;
	uint64_t below = (UINT64_C(1) << (from % WORD)) - 1;

	for (; word < p->cap / WORD; word++, below = 0) {
		uint64_t taken = p->used[word] | below;

		if (~taken)
			return word * WORD + (uint32_t)__builtin_ctzll(~taken);
	}
	return from > p->cap ? from : p->cap;
}

/* From the table that others share. */
static int claim(struct ostia_proc *p, int like, uint32_t from, int flags)
{
	int fd = p->ops->claim(p->ctx, like, (int)from, flags);
	int err;

	if (fd < 0)
		return fd;
	err = (uint32_t)fd < p->max ? reach(p, (uint32_t)fd) : -EMFILE;
	if (err)
		p->ops->drop(p->ctx, fd);
	return err ? err : fd;
}

int api_proc_room(struct ostia_proc *p, int like, uint32_t from, int flags)
{
	uint32_t fd = first_free(p, from > p->low ? from : p->low);
	int err;

	if (p->dead)
		return -EBADF;
	if (p->ops && p->ops->claim)
		return claim(p, like, from, flags);
	if (fd >= p->max)
		return -EMFILE;
	err = reach(p, fd);
	if (err)
		return err;
	if (from <= p->low)
		p->low = fd;
	return (int)fd;
}

void api_proc_spare(struct ostia_proc *p, int fd)
{
	if (p->ops && p->ops->drop)
		p->ops->drop(p->ctx, fd);
}

void api_proc_install(struct ostia_proc *p, int fd, struct file *f,
		      bool cloexec)
{
	p->files[fd] = f;
	set_bit(p->used, (uint32_t)fd, true);
	set_bit(p->cloexec, (uint32_t)fd, cloexec);
}

/* The number is not given back. */
static int take(struct ostia_proc *p, int fd, struct file **out)
{
	uint32_t i = (uint32_t)fd;

	if (i >= p->cap || !bit_set(p->used, i))
		return -EBADF;
	*out = p->files[i];
	p->files[i] = NULL;
	set_bit(p->used, i, false);
	set_bit(p->cloexec, i, false);
	p->low = i < p->low ? i : p->low;
	sock_watch_closed(*out, p, fd);
	return 0;
}

int api_proc_take(struct ostia_proc *p, int fd, struct file **out)
{
	int err = take(p, fd, out);

	if (!err)
		api_proc_spare(p, fd);
	return err;
}

int api_proc_dup2(struct ostia_proc *p, int fd, int to, bool cloexec)
{
	struct file *f = proc_file(p, fd), *old = NULL;
	int err;

	if (p->dead || !f || to < 0 || (uint32_t)to >= p->max)
		return -EBADF;
	err = reach(p, (uint32_t)to);
	if (!err && p->ops && p->ops->claim)
		err = p->ops->claim(p->ctx, fd, to, OSTIA_CLAIM_EXACT);
	if (err < 0)
		return err;
	file_get(f);
	take(p, to, &old);
	api_proc_install(p, to, f, cloexec);
	if (old)
		file_put(old);
	return to;
}

bool api_proc_cloexec(const struct ostia_proc *p, int fd)
{
	return bit_set(p->cloexec, (uint32_t)fd);
}

void api_proc_set_cloexec(struct ostia_proc *p, int fd, bool on)
{
	set_bit(p->cloexec, (uint32_t)fd, on);
}
