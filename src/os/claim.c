/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WORD = 64 };

bool claim_has(const struct ostia_runtime *rt, int fd)
{
	uint32_t word = (uint32_t)fd / WORD;

	return fd >= 0 && word < rt->claimed_words &&
	       rt->claimed[word] >> ((uint32_t)fd % WORD) & 1;
}

/* Room in the bitmap for @fd. */
static int reach(struct ostia_runtime *rt, int fd)
{
	uint32_t need = (uint32_t)fd / WORD + 1;
	uint32_t n = rt->claimed_words ? rt->claimed_words : 16;
	uint64_t *map;

	if (need <= rt->claimed_words)
		return 0;
	while (n < need)
		n *= 2;
	map = realloc(rt->claimed, n * sizeof(*map));
	if (!map)
		return -ENOMEM;
	memset(map + rt->claimed_words, 0,
	       (n - rt->claimed_words) * sizeof(*map));
	rt->claimed = map;
	rt->claimed_words = n;
	return 0;
}

/* Move @fd to where it is wanted; takes it. */
static int place(int fd, int from, bool exact)
{
	int to;

	if (fd < 0 || fd == from || (!exact && fd > from))
		return fd < 0 ? -errno : fd;
	to = exact ? dup3(fd, from, O_CLOEXEC)
		   : fcntl(fd, F_DUPFD_CLOEXEC, from);
	to = to < 0 ? -errno : to;
	close(fd);
	return to;
}

static int placeholder(int like, int from, int flags)
{
	bool exact = flags & OSTIA_CLAIM_EXACT;
	int fd;

	if (like >= 0)
		fd = fcntl(like, F_DUPFD_CLOEXEC, exact ? 0 : from);
	else if (flags & OSTIA_CLAIM_EPOLL)
		fd = epoll_create1(EPOLL_CLOEXEC);
	else
		fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return place(fd, from, exact);
}

int claim_take(void *ctx, int like, int from, int flags)
{
	struct ostia_runtime *rt = ctx;
	int fd = placeholder(like, from, flags);
	int err = fd < 0 ? fd : reach(rt, fd);

	if (err) {
		if (fd >= 0)
			close(fd);
		return err;
	}
	rt->claimed[fd / WORD] |= UINT64_C(1) << ((uint32_t)fd % WORD);
	return fd;
}

void claim_drop(void *ctx, int fd)
{
	struct ostia_runtime *rt = ctx;

	rt->claimed[fd / WORD] &= ~(UINT64_C(1) << ((uint32_t)fd % WORD));
	close(fd);
}

int claim_next(const struct ostia_runtime *rt, int fd)
{
	while ((uint32_t)fd / WORD < rt->claimed_words && !claim_has(rt, fd))
		fd++;
	return claim_has(rt, fd) ? fd : -1;
}
