/* SPDX-License-Identifier: MIT */
/*
 * tests/alloc/errnos.h - what a call may say when memory is short
 *
 * Linux says ENOMEM or ENOBUFS, or the segment is simply lost: then the call
 * says what it says of a network that loses. Nothing else is excused.
 */
#ifndef OSTIA_TESTS_ALLOC_ERRNOS_H
#define OSTIA_TESTS_ALLOC_ERRNOS_H

#include <errno.h>
#include <stdbool.h>

static inline bool errno_of_shortage(int err)
{
	switch (err) {
	case ENOMEM:
	case ENOBUFS:
	case EAGAIN:
	case EINTR:
	case EINPROGRESS:
	case EALREADY:
	case EISCONN:
	case ENOTCONN:
	case EPIPE:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
		return true;
	default:
		return false;
	}
}

#endif
