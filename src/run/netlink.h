/* SPDX-License-Identifier: MIT */
/*
 * run/netlink.h - what a program learns of its network by NETLINK_ROUTE
 * (RFC 3549)
 *
 * A netlink socket's other side as a value: it is handed the bytes that the
 * program sent and is asked for the datagrams that the kernel would answer.
 * The links, addresses, routes and neighbours are a stack's. Nothing can be
 * changed: who asks for it is told what a user without rights is told. No I/O.
 *
 * Dumps are made as they are read, a datagram at a time, as Linux makes them:
 * a long list costs no memory here.
 */
#ifndef OSTIA_RUN_NETLINK_H
#define OSTIA_RUN_NETLINK_H

#include <ostia/types.h>

#include <stdbool.h>
#include <sys/socket.h>

enum {
	/* The largest datagram: what Linux takes before it knows how much the
	 * program reads at once (NLMSG_GOODSIZE).
	 */
	RUN_NETLINK_DATAGRAM = 3776,
	RUN_NETLINK_QUEUE = 212992, /* bytes of answers that may wait */
	RUN_NETLINK_GROUPS = 64, /* multicast groups that can be joined */
};

/**
 * struct run_netlink_dump - A list on its way out
 * @err: it ends with this error
 * @why: a sentence for it, or NULL
 * @step, @link, @pos: which part, after which link, which item is next
 * @index, @table, @proto, @kind: what is asked for alone, 0: all
 * @mask: IFLA_EXT_MASK
 * @none: nothing is like what is asked for
 */
struct run_netlink_dump {
	bool on, none, filtered;
	uint16_t type;
	uint8_t family, proto, kind;
	uint32_t seq;
	int err;
	const char *why;
	unsigned step, link, pos;
	uint32_t index, table, mask;
};

/**
 * struct run_netlink - A netlink socket
 * @portid:  its address, 0: none yet
 * @groups:  bit n - 1: group n
 * @queue:   answers that wait, each behind its length; @len bytes of @room
 * @overrun: answers were lost: the next receive says ENOBUFS
 */
struct run_netlink {
	uint32_t portid;
	uint64_t groups;
	bool strict, ext_ack, cap_ack, pktinfo, broadcast_error, no_enobufs;
	bool overrun;
	uint8_t *queue;
	size_t len, room;
	struct run_netlink_dump dump;
};

/** run_netlink_fini() - Free what waits. A zeroed struct is ready for use. */
void run_netlink_fini(struct run_netlink *n);

/**
 * run_netlink_request() - The program sent a datagram
 * @buf: any bytes; one request after another
 *
 * What does not fit in a header is passed over, as on Linux. Answers are
 * queued; what finds no room sets @overrun.
 */
void run_netlink_request(struct run_netlink *n, struct ostia_stack *s,
			 const void *buf, size_t len);

/** run_netlink_pending() - Would run_netlink_next() give one? */
bool run_netlink_pending(const struct run_netlink *n);

/**
 * run_netlink_next() - The next datagram
 * @buf: RUN_NETLINK_DATAGRAM bytes; an answer that quotes a longer request
 *	 is cut
 * Return: its length, 0: none waits.
 */
size_t run_netlink_next(struct run_netlink *n, const struct ostia_stack *s,
			uint8_t *buf);

/**
 * run_netlink_setsockopt() - SOL_NETLINK (netlink(7))
 * Return: 0; -EINVAL (length, group), -EPERM (LISTEN_ALL_NSID),
 * -ENOPROTOOPT.
 */
int run_netlink_setsockopt(struct run_netlink *n, int name, const void *val,
			   socklen_t len);

/** run_netlink_getsockopt() - @len: in: room, out: length. 0, -EINVAL,
 * -ENOPROTOOPT.
 */
int run_netlink_getsockopt(const struct run_netlink *n, int name, void *val,
			   socklen_t *len);

#endif
