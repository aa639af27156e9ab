/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <poll.h>

void file_wake(struct file *f, uint32_t bits)
{
	bool served = false; /* one of the exclusive ones took it */

	list_each_safe (n, &f->waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);

		if (!(w->mask & bits) || (w->exclusive && served))
			continue;
		if (w->wake(w, bits) && w->exclusive && !(bits & POLLNVAL))
			served = true;
	}
}
