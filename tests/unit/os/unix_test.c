/* SPDX-License-Identifier: MIT */
#include "../heap.h"
#include "../test.h"
#include "os/driver.h"

#include <sys/socket.h>
#include <unistd.h>

static struct heap heap;
static struct ostia_pool *pool;

static struct driver *open_on(int fd)
{
	const struct ostia_env env = heap_env(&heap);
	char name[16], why[100];
	struct driver_open o = { .name = name,
				 .ethernet = true,
				 .why = why,
				 .why_size = sizeof(why) };
	struct driver *d = NULL;

	heap = (struct heap) { 0 };
	OK(ostia_pool_new(&env, 0, &pool) == 0);
	o.pool = pool;
	snprintf(name, sizeof(name), "fd:%d", fd);
	EQ(unix_open(&o, &d), 0);
	return d;
}

static void end(struct driver *d)
{
	d->ops->free(d);
	ostia_pool_free(pool);
	EQ(heap.count, 0);
}

/* A peer that ends with something unread: what it had sent still counts. */
static void goodbye_is_heard(int type, const char *sent, size_t n)
{
	struct ostia_pkt *p = NULL;
	struct driver *d;
	int fd[2];

	EQ(socketpair(AF_UNIX, type, 0, fd), 0);
	d = open_on(fd[0]);
	EQ(send(fd[0], "\0\0\0\1x", 5, 0), 5); /* he will not read it */
	EQ(send(fd[1], sent, n, 0), (ssize_t)n);
	close(fd[1]);
	EQ(d->ops->read(d, &p, 8), 1);
	EQ(ostia_pkt_len(p), 3);
	ostia_pkt_free_list(p);
	EQ(d->ops->read(d, &p, 8), -EPIPE);
	end(d);
}

TEST(what_a_peer_sent_before_it_went_is_read_from_messages)
{
	goodbye_is_heard(SOCK_SEQPACKET, "bye", 3);
}

TEST(what_a_peer_sent_before_it_went_is_read_from_a_stream)
{
	goodbye_is_heard(SOCK_STREAM, "\0\0\0\3bye", 7);
}

TESTS(CASE(what_a_peer_sent_before_it_went_is_read_from_messages),
      CASE(what_a_peer_sent_before_it_went_is_read_from_a_stream))
