/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/driver.h"
#include "base/pkt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int driver_why(struct driver_open *o, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (o->why_size)
		vsnprintf(o->why, o->why_size, fmt, ap);
	va_end(ap);
	return err;
}

int driver_batch(struct driver *d, struct ostia_pkt **batch, int max,
		 int (*one)(struct driver *d, struct ostia_pkt **out))
{
	struct ostia_pkt **tail = batch;
	int count = 0, err = 0;

	while (count < max && !(err = one(d, tail))) {
		tail = &(*tail)->next;
		count++;
	}
	*tail = NULL;
	return count || err == -EAGAIN || err == -ENOMEM ? count : err;
}

int driver_fd_name(const char *name)
{
	char *end;
	long fd;

	if (strncmp(name, "fd:", 3) != 0 || name[3] < '0' || name[3] > '9')
		return -1;
	fd = strtol(name + 3, &end, 10);
	return *end || fd > 1 << 20 ? -1 : (int)fd;
}
