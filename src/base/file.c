/* SPDX-License-Identifier: MIT */
#include "base/file.h"

void file_wake(struct file *f, uint32_t bits)
{
	list_each_safe (n, &f->waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);

		if (w->mask & bits)
			w->wake(w, bits);
	}
}
