/* SPDX-License-Identifier: MIT */
/*
 * os/driver.h - what moves frames between a link and the kernel
 *
 * A driver owns a descriptor and knows one format. It reads until the kernel
 * has no more or a batch is full, and writes packets where they are, from
 * the send queue's own blocks. It never blocks; waiting is the runtime's.
 */
#ifndef OSTIA_OS_DRIVER_H
#define OSTIA_OS_DRIVER_H

#include <ostia/link.h>
#include <stdbool.h>

struct driver;

/**
 * struct driver_ops - A kind of driver
 * @read:  up to @max packets into a list. Return: how many; 0: none now;
 *	   -errno: the device is gone
 * @write: one packet, borrowed. Return: 0; -EAGAIN (keep it, wait for
 *	   POLLOUT); another -errno: it was dropped
 * @flush: what @unsent says; as @write. NULL: nothing is ever unsent
 */
struct driver_ops {
	int (*read)(struct driver *d, struct ostia_pkt **batch, int max);
	int (*write)(struct driver *d, struct ostia_pkt *p);
	int (*flush)(struct driver *d);
	void (*free)(struct driver *d);
};

struct driver {
	const struct driver_ops *ops;
	struct ostia_pool *pool;
	struct ostia_link *link;
	int fd;
	bool gone;
	bool unsent; /* a packet went out in part */
	uint64_t write_errors;
};

/** struct driver_open - What a driver's opener finds out about its link */
struct driver_open {
	struct ostia_pool *pool;
	const char *name; /* of the device, a path, or "fd:N" */
	bool ethernet;
	bool offload;
	bool listen; /* AF_UNIX: wait for the other side */
	char *why;
	size_t why_size;
	/* results */
	uint32_t mtu, caps;
};

/** tap_open() - A TAP (@o->ethernet) or TUN device, made or joined. */
int tap_open(struct driver_open *o, struct driver **out);

/** unix_open() - An AF_UNIX socket to another process. */
int unix_open(struct driver_open *o, struct driver **out);

/** driver_why() - Write the line that tells a user. Returns @err. */
int driver_why(struct driver_open *o, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * driver_batch() - A driver's read(), one packet after the other
 * @one: makes a packet. Return: 0; -EAGAIN, -ENOMEM: none now; another
 *	 -errno: the device is gone
 */
int driver_batch(struct driver *d, struct ostia_pkt **batch, int max,
		 int (*one)(struct driver *d, struct ostia_pkt **out));

/** driver_fd_name() - N of "fd:N", -1: it is another name. */
int driver_fd_name(const char *name);

#endif
