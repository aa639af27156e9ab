/* SPDX-License-Identifier: MIT */
/*
 * sock/epoll.h - epoll(7): a file that watches files
 *
 * An item joins an epoll with a file under a descriptor. It stands in the
 * file's list of waiters, and on the epoll's ready list while it may be
 * ready; sock_epoll_take() asks the file what is so. Level, edge, one-shot
 * and exclusive as Linux has them; an epoll can watch epolls, four deep.
 */
#ifndef OSTIA_SOCK_EPOLL_H
#define OSTIA_SOCK_EPOLL_H

#include "sock/sock.h"

struct epoll_event;

/**
 * struct sock_epoll - An epoll
 * @items:	all, oldest first
 * @ready:	those that may be ready, in the order in which they got so
 */
struct sock_epoll {
	struct file file;
	struct socks *socks;
	struct list items;
	struct list ready;
	uint32_t self;
};

void sock_epoll_init(struct socks *ss);
void sock_epoll_fini(struct socks *ss);

/** sock_epoll_new() - Return: 0 and a file with one reference, -ENOMEM. */
int sock_epoll_new(struct socks *ss, struct sock_epoll **out);

static inline struct sock_epoll *sock_epoll_of(struct file *f)
{
	return list_entry(f, struct sock_epoll, file);
}

/**
 * sock_epoll_ctl() - epoll_ctl(2)
 * @ev: NULL for EPOLL_CTL_DEL alone
 *
 * Return: 0; -EEXIST, -ENOENT, -EINVAL (itself, EPOLLEXCLUSIVE where it may
 * not be, an operation that is none), -ELOOP, -ENOMEM, -ENOSPC.
 */
int sock_epoll_ctl(struct sock_epoll *ep, int op, struct file *f, int fd,
		   const struct epoll_event *ev);

/** sock_epoll_take() - Up to @max events. Return: how many. */
int sock_epoll_take(struct sock_epoll *ep, struct epoll_event *out, int max);

#endif
