/* SPDX-License-Identifier: MIT */
/*
 * record/words.h - a recorded call as the program wrote it
 */
#ifndef OSTIA_RECORD_WORDS_H
#define OSTIA_RECORD_WORDS_H

#include <ostia/record.h>

/** words_call() - "send(3, 12, MSG_DONTWAIT)", from a CALL. */
void words_call(char *buf, size_t size, const struct ostia_trace *ev);

/** words_return() - "... poll()", from a RETURN of a call that waited. */
void words_return(char *buf, size_t size, const struct ostia_trace *ev);

/** words_result() - "12", "-1 EAGAIN". */
void words_result(char *buf, size_t size, int64_t r);

#endif
