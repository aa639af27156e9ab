/* SPDX-License-Identifier: MIT */
#include "drill/signature.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned min, max;
} signatures[] = {
	[DRILL_CALL_ACCEPT] = { "accept", 3, 3 },
	[DRILL_CALL_ACCEPT4] = { "accept4", 4, 4 },
	[DRILL_CALL_BIND] = { "bind", 3, 3 },
	[DRILL_CALL_CLOSE] = { "close", 1, 1 },
	[DRILL_CALL_CONNECT] = { "connect", 3, 3 },
	[DRILL_CALL_DUP] = { "dup", 1, 1 },
	[DRILL_CALL_EPOLL_CREATE] = { "epoll_create", 1, 1 },
	[DRILL_CALL_EPOLL_CREATE1] = { "epoll_create1", 1, 1 },
	[DRILL_CALL_EPOLL_CTL] = { "epoll_ctl", 4, 4 },
	[DRILL_CALL_EPOLL_WAIT] = { "epoll_wait", 4, 4 },
	[DRILL_CALL_FCNTL] = { "fcntl", 2, 3 },
	[DRILL_CALL_GETPEERNAME] = { "getpeername", 3, 3 },
	[DRILL_CALL_GETSOCKNAME] = { "getsockname", 3, 3 },
	[DRILL_CALL_GETSOCKOPT] = { "getsockopt", 5, 5 },
	[DRILL_CALL_IOCTL] = { "ioctl", 2, 3 },
	[DRILL_CALL_LISTEN] = { "listen", 2, 2 },
	[DRILL_CALL_POLL] = { "poll", 3, 3 },
	[DRILL_CALL_READ] = { "read", 3, 3 },
	[DRILL_CALL_READV] = { "readv", 3, 3 },
	[DRILL_CALL_RECV] = { "recv", 4, 4 },
	[DRILL_CALL_RECVFROM] = { "recvfrom", 6, 6 },
	[DRILL_CALL_RECVMSG] = { "recvmsg", 3, 3 },
	[DRILL_CALL_SEND] = { "send", 4, 4 },
	[DRILL_CALL_SENDMSG] = { "sendmsg", 3, 3 },
	[DRILL_CALL_SENDTO] = { "sendto", 6, 6 },
	[DRILL_CALL_SETSOCKOPT] = { "setsockopt", 5, 5 },
	[DRILL_CALL_SHUTDOWN] = { "shutdown", 2, 2 },
	[DRILL_CALL_SOCKET] = { "socket", 3, 3 },
	[DRILL_CALL_WRITE] = { "write", 3, 3 },
	[DRILL_CALL_WRITEV] = { "writev", 3, 3 },
};

static_assert(sizeof(signatures) / sizeof(signatures[0]) == DRILL_CALLS,
	      "each call has its signature");

int drill_signature_find(const char *name, unsigned *min, unsigned *max)
{
	for (int i = 0; i < DRILL_CALLS; i++) {
		if (strcmp(signatures[i].name, name) != 0)
			continue;
		*min = signatures[i].min;
		*max = signatures[i].max;
		return i;
	}
	return -ENOENT;
}

const char *drill_signature_refused(const char *name)
{
	static const struct {
		const char *name, *why;
	} refused[] = {
		{ "cap_set", "a script has no privileges to take or drop" },
		{ "mmap", "nothing is mapped; use read() or recv()" },
		{ "open", "there are no files; sockets alone" },
		{ "pipe", "there are no pipes; sockets alone" },
		{ "select", "use poll()" },
		{ "sendfile", "there are no files; use write()" },
		{ "splice", "there are no pipes; use read() and write()" },
		{ "tee", "there are no pipes; use read() and write()" },
		{ "vmsplice", "there are no pipes; use writev()" },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].name, name) == 0)
			return refused[i].why;
	return NULL;
}

bool drill_signature_field(const char *name, size_t len)
{
	static const char *const fields[] = {
		"fd",	     "events",	      "revents",       "ptr",
		"u32",	     "u64",	      "sa_family",     "sin_family",
		"sin_port",  "sin_addr",      "sin6_family",   "sin6_port",
		"sin6_addr", "sin6_flowinfo", "sin6_scope_id", "msg_name",
		"msg_iov",   "msg_control",   "msg_flags",     "cmsg_level",
		"cmsg_type", "cmsg_data",     "scm_sec",       "scm_nsec",
		"ee_errno",  "ee_origin",     "ee_type",       "ee_code",
		"ee_info",   "ee_data",
	};

	if (len > 5 && memcmp(name, "tcpi_", 5) == 0)
		return true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strlen(fields[i]) == len &&
		    memcmp(fields[i], name, len) == 0)
			return true;
	return false;
}
