/* SPDX-License-Identifier: MIT */
/*
 * run/seq.h - doors whose sockets carry records: UDP, ping, raw, netlink
 *
 * The pair is SOCK_SEQPACKET, so that boundaries survive what is not trapped:
 * read() and write(), recv() and send(), poll().
 *
 * In: what has arrived stays where it is, in the stack. Of the first datagram,
 * and of no other, a copy lies in the guest's end: the head. Who reads it
 * there, in the kernel, makes our end writable (an edge), and the original is
 * dropped. Who asks with a call that is trapped, for a name or for control
 * messages, is answered from the original, and the head is taken out of his
 * end first. Thus options, control messages and MSG_PEEK mean what the stack
 * says, and what an answer that nobody took gave away is still there.
 *
 * An error that came without a call (ICMP) is told by the next trapped call.
 * So that poll() ends, an empty record, the marker, is put in the guest's end;
 * who reads it with an untrapped call gets 0 bytes. Error queues are kept
 * here, RUN_SEQ_ERRS of them.
 *
 * Out: records that the guest wrote untrapped go to the stack in order, and
 * before those of trapped calls. While the stack has no room they stay in the
 * pair. The guest's end is then stuffed with a record of our own, so that it
 * is not writable; credentials tell which it was.
 */
#ifndef OSTIA_RUN_SEQ_H
#define OSTIA_RUN_SEQ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "run/door.h"

enum { RUN_SEQ_ERRS = 64 };

struct run_seq;

/**
 * struct run_seq_ops - Where records come from and go to
 * @peek:	the first one, as recvmsg(MSG_PEEK | @flags) has it; -EAGAIN
 * @drop:	it is done with
 * @send:	never waits: -EAGAIN. @who: a process or thread that sends
 * @may_send:	would @send find room?
 * @alerts:	does an error in the queue make poll() say POLLERR? May be NULL
 * @news:	move errors to s->err and run_seq_add_error(); may be NULL
 */
struct run_seq_ops {
	ssize_t (*peek)(struct run_seq *s, struct msghdr *h, int flags);
	void (*drop)(struct run_seq *s);
	ssize_t (*send)(struct run_seq *s, const struct msghdr *h, int flags,
			pid_t who);
	bool (*may_send)(struct run_seq *s);
	bool (*alerts)(struct run_seq *s);
	void (*news)(struct run_seq *s);
};

/**
 * struct run_seq - First member of what a kind keeps
 * @head, @marker: they lie in the guest's end, the marker in front
 * @full:	records of the guest wait in the pair for room in the stack
 * @stuffed:	one of ours is among them
 * @rd_shut, @wr_shut: shutdown()
 * @closing:	the last close has been seen; records wait still
 * @alert:	run/alert.h; there is no pair
 * @unsaid:	an error came that no marker has told of yet
 * @err:	to be told by the next trapped call, > 0
 * @errs:	struct run_seq_record, @nerrs of them; @lost_errs found no room
 * @given:	the same, that recvmmsg() has taken and not yet answered with
 * @now:	the call that is being handled
 * @back:	those of calls that were interrupted: they come before what the
 *		stack has
 * @work:	deferred: run_seq_serve()
 */
struct run_seq {
	struct run_door door;
	const struct run_seq_ops *ops;
	bool head, marker, full, stuffed, rd_shut, wr_shut, closing, unsaid;
	bool alert;
	int err;
	struct list errs, given, back;
	uint64_t now;
	unsigned nerrs;
	uint64_t lost_errs;
	struct run_task work;
};

/**
 * struct run_seq_record - A record that is ours: of the error queue, or given
 * away by recvmmsg()
 * @id:	of the call that it was given to
 * @err: an error's ee_errno
 */
struct run_seq_record {
	struct list node;
	uint64_t id;
	struct sockaddr_storage name;
	socklen_t name_len;
	int flags, err;
	size_t control_len, len;
	uint8_t bytes[]; /* control, then data */
};

static inline struct run_seq *run_seq_of(struct run_door *d)
{
	return (struct run_seq *)(void *)d;
}

/**
 * run_seq_open() - Make the pair of a new door and answer socket() with it
 * @type: of socket(), with its flags
 * Return: RUN_DONE; -errno: the door is freed.
 */
int64_t run_seq_open(struct run_req *req, struct run_seq *s,
		     const struct run_seq_ops *ops, int type);

/** run_seq_ready() - Make a new pair ready: buffers, and our watch. */
int run_seq_ready(struct run_seq *s, int guest_end);

/** run_seq_add_error() - Keep what recvmsg(MSG_ERRQUEUE) gave. @err: ee_errno
 */
void run_seq_add_error(struct run_seq *s, const struct msghdr *h, size_t len,
		       int err);

/** run_seq_flush() - What the guest wrote goes to the stack, as far as it may.
 */
void run_seq_flush(struct run_seq *s);

/** run_seq_touch() - Something changed: serve it before the loop sleeps. */
void run_seq_touch(struct run_seq *s);

/** run_seq_take_error() - The error to be told, once; 0: none. */
int run_seq_take_error(struct run_seq *s, struct run_req *req);

/** run_seq_shutdown() - Of the pair, after the stack's. */
void run_seq_shutdown(struct run_seq *s, int how);

run_call_fn run_seq_sendto, run_seq_sendmsg, run_seq_sendmmsg;
run_call_fn run_seq_recvfrom, run_seq_recvmsg, run_seq_recvmmsg;
void run_seq_on_pair(struct run_door *d, uint32_t events);
void run_seq_on_stack(struct run_door *d, uint32_t mask);
void run_seq_fini(struct run_door *d);

/* Of struct run_door_ops.call: what moves records is the same for all kinds. */
/* clang-format off */
#define RUN_SEQ_CALLS \
	[RUN_SENDTO] = run_seq_sendto, \
	[RUN_RECVFROM] = run_seq_recvfrom, \
	[RUN_SENDMSG] = run_seq_sendmsg, \
	[RUN_RECVMSG] = run_seq_recvmsg, \
	[RUN_SENDMMSG] = run_seq_sendmmsg, \
	[RUN_RECVMMSG] = run_seq_recvmmsg
/* clang-format on */

#endif
