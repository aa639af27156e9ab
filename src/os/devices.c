/* SPDX-License-Identifier: MIT */
#include "os/devices.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	READ_BATCH = 64,
	WRITE_BATCH = 64,
	READ_ROUNDS = 8, /* batches read before time moves again */
};

/* A device that is gone says so once; its packets are dropped from then on. */
static void lose(struct driver *d, int err)
{
	if (!d->gone)
		fprintf(stderr, "ostia: link %s: %s; no more packets pass\n",
			ostia_link_name(d->link), strerror(-err));
	d->gone = true;
}

static bool is_gone(int err)
{
	return err == -EBADFD || err == -EBADF || err == -ENODEV ||
	       err == -EPIPE || err == -ECONNRESET || err == -EPROTO ||
	       err == -ENOTCONN;
}

/* That the other side has gone is for reading to find out: what it sent
 * before, its last acknowledgments, may still wait to be read.
 */
static void written(struct driver *d, int err)
{
	if (err)
		d->write_errors++;
}

/* Return: false: the device takes no more now. */
static bool flush(struct ostia_runtime *rt, unsigned i)
{
	struct driver *d = rt->drivers[i];
	struct pktq *q = &rt->queue[i];

	if (d->unsent && !d->gone) {
		int err = d->ops->flush(d);

		if (err == -EAGAIN)
			return false;
		written(d, err);
	}
	while (q->head) {
		int err = d->gone ? 0 : d->ops->write(d, q->head);

		if (err == -EAGAIN)
			return false;
		written(d, err);
		pkt_free(pktq_pop(q));
	}
	return true;
}

void devices_pull(struct ostia_runtime *rt)
{
	for (unsigned i = 0; i < rt->ndrivers; i++) {
		while (flush(rt, i)) {
			struct ostia_pkt *p = ostia_link_output(
				rt->drivers[i]->link, WRITE_BATCH);

			if (!p)
				break;
			while (p) {
				struct ostia_pkt *next = p->next;

				(void)pktq_push(&rt->queue[i], p);
				p = next;
			}
		}
	}
}

bool devices_read(struct ostia_runtime *rt, struct driver *d)
{
	bool any = false;

	for (unsigned round = 0; round < READ_ROUNDS && !d->gone; round++) {
		struct ostia_pkt *batch;
		int n = d->ops->read(d, &batch, READ_BATCH);

		if (n > 0)
			ostia_link_input(d->link, batch);
		else if (n < 0 && is_gone(n))
			lose(d, n);
		any |= n > 0;
		/* Acknowledge as we go: the peer is waiting. */
		devices_pull(rt);
		if (n < READ_BATCH)
			break;
	}
	return any;
}
