/* SPDX-License-Identifier: MIT */
/*
 * drill/ready.h - poll() and epoll in a script
 *
 * Each takes a call's values and answers its result, errno set; see calls.h.
 */
#ifndef OSTIA_DRILL_READY_H
#define OSTIA_DRILL_READY_H

#include "drill/run.h"

int64_t drill_ready_poll(struct drill_run *r,
			 const struct drill_expr *const *a);
int64_t drill_ready_epoll_create(struct drill_run *r,
				 const struct drill_expr *const *a);
int64_t drill_ready_epoll_create1(struct drill_run *r,
				  const struct drill_expr *const *a);
int64_t drill_ready_epoll_ctl(struct drill_run *r,
			      const struct drill_expr *const *a);
int64_t drill_ready_epoll_wait(struct drill_run *r,
			       const struct drill_expr *const *a);

#endif
