/* SPDX-License-Identifier: MIT */
/*
 * record/log.h - records of a stack's log (base/trace.h) as events
 */
#ifndef OSTIA_RECORD_LOG_H
#define OSTIA_RECORD_LOG_H

#include "base/trace.h"

enum { LOG_EVENTS = 3 }; /* that one record may be */

/**
 * log_read() - The events of a record of @l, in their order
 * @text: room for what they point to; the rest they point to is the record's
 * Return: how many.
 */
unsigned log_read(const struct ostia_trace_log *l, const struct trace_rec *r,
		  struct ostia_trace ev[LOG_EVENTS], char text[TRACE_ARGS]);

#endif
