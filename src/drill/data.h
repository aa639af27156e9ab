/* SPDX-License-Identifier: MIT */
/*
 * drill/data.h - the calls that move data
 *
 * `...` as bytes to write is a pattern, and segments that leave are compared
 * with what was written, byte by byte; `...` as bytes to read is compared with
 * the pattern of the segments that arrived. Each takes a call's values and
 * answers its result, errno set; see calls.h.
 */
#ifndef OSTIA_DRILL_DATA_H
#define OSTIA_DRILL_DATA_H

#include "drill/run.h"

int64_t drill_data_read(struct drill_run *r, const struct drill_expr *const *a);
int64_t drill_data_readv(struct drill_run *r,
			 const struct drill_expr *const *a);
int64_t drill_data_recv(struct drill_run *r, const struct drill_expr *const *a);
int64_t drill_data_recvfrom(struct drill_run *r,
			    const struct drill_expr *const *a);
int64_t drill_data_recvmsg(struct drill_run *r,
			   const struct drill_expr *const *a);
int64_t drill_data_write(struct drill_run *r,
			 const struct drill_expr *const *a);
int64_t drill_data_writev(struct drill_run *r,
			  const struct drill_expr *const *a);
int64_t drill_data_send(struct drill_run *r, const struct drill_expr *const *a);
int64_t drill_data_sendto(struct drill_run *r,
			  const struct drill_expr *const *a);
int64_t drill_data_sendmsg(struct drill_run *r,
			   const struct drill_expr *const *a);

#endif
