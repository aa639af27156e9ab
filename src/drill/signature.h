/* SPDX-License-Identifier: MIT */
/*
 * drill/signature.h - the names of calls, and of the fields of their structs
 *
 * What a parser must know of a call, without the stack that it is made to.
 */
#ifndef OSTIA_DRILL_SIGNATURE_H
#define OSTIA_DRILL_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

enum { DRILL_CALL_ARGS_MAX = 6 };

enum drill_call_id {
	DRILL_CALL_ACCEPT,
	DRILL_CALL_ACCEPT4,
	DRILL_CALL_BIND,
	DRILL_CALL_CLOSE,
	DRILL_CALL_CONNECT,
	DRILL_CALL_DUP,
	DRILL_CALL_EPOLL_CREATE,
	DRILL_CALL_EPOLL_CREATE1,
	DRILL_CALL_EPOLL_CTL,
	DRILL_CALL_EPOLL_WAIT,
	DRILL_CALL_FCNTL,
	DRILL_CALL_GETPEERNAME,
	DRILL_CALL_GETSOCKNAME,
	DRILL_CALL_GETSOCKOPT,
	DRILL_CALL_IOCTL,
	DRILL_CALL_LISTEN,
	DRILL_CALL_POLL,
	DRILL_CALL_READ,
	DRILL_CALL_READV,
	DRILL_CALL_RECV,
	DRILL_CALL_RECVFROM,
	DRILL_CALL_RECVMSG,
	DRILL_CALL_SEND,
	DRILL_CALL_SENDMSG,
	DRILL_CALL_SENDTO,
	DRILL_CALL_SETSOCKOPT,
	DRILL_CALL_SHUTDOWN,
	DRILL_CALL_SOCKET,
	DRILL_CALL_WRITE,
	DRILL_CALL_WRITEV,
	DRILL_CALLS,
};

/**
 * drill_signature_find() - A call by its name
 * @min, @max: how many arguments it takes
 *
 * Return: its enum drill_call_id, or -ENOENT.
 */
int drill_signature_find(const char *name, unsigned *min, unsigned *max);

/**
 * drill_signature_refused() - A call that other drills know, and this one not
 * Return: what to say of it; NULL: nobody knows it.
 */
const char *drill_signature_refused(const char *name);

/** drill_signature_field() - Is this the name of a struct's field? */
bool drill_signature_field(const char *name, size_t len);

#endif
