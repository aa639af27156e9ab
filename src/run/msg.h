/* SPDX-License-Identifier: MIT */
/*
 * run/msg.h - a guest's struct msghdr, or what stands for it in sendto() and
 * recvfrom(): copied once, filled, copied back
 *
 * Names, data and control messages live in sup->buf while the call is
 * handled. Lengths are checked as Linux does.
 */
#ifndef OSTIA_RUN_MSG_H
#define OSTIA_RUN_MSG_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "run/calls.h"

enum {
	RUN_MSG_IOVS = 1024, /* UIO_MAXIOV */
	RUN_MSG_DATA = 128 << 10, /* of sup->buf; the rest is for control */
	RUN_MSG_CONTROL = 64 << 10,
};

/**
 * struct run_msg - A message of the guest and our copy of it
 * @at:		the guest's struct msghdr; 0: there is none
 * @name_at, @name_len_at, @control_at: where its own are; 0: NULL
 * @iov, @niov:	the guest's
 * @room:	of its iovecs together
 * @whole:	what came is so long
 * @h:		ours: name, one iovec, control
 */
struct run_msg {
	uint64_t at, name_at, name_len_at, control_at;
	struct iovec iov[RUN_MSG_IOVS];
	size_t niov, room, whole;
	struct sockaddr_storage name;
	struct iovec data;
	struct msghdr h;
};

/**
 * run_msg_of_hdr() - Copy a struct msghdr, not what it points to
 * run_msg_of_args() - The same of sendto()'s and recvfrom()'s arguments
 * Return: 0; -EFAULT, -EMSGSIZE (iovecs), -EINVAL (lengths).
 */
int run_msg_of_hdr(struct run_req *req, uint64_t at, struct run_msg *m);
int run_msg_of_args(struct run_req *req, struct run_msg *m);

/**
 * run_msg_fetch() - Copy name, data and control of a message to be sent
 * Return: 0; -EMSGSIZE: more than any datagram holds; -ENOBUFS: too much
 * control; -EFAULT, -EINVAL.
 */
int run_msg_fetch(struct run_req *req, struct run_msg *m);

/** run_msg_room() - Point m->h at room for any message. */
void run_msg_room(struct run_req *req, struct run_msg *m);

/**
 * run_msg_cut() - @n bytes came: as much as the guest has room for
 * Sets MSG_TRUNC. Return: what recvmsg() returns with @flags.
 */
ssize_t run_msg_cut(struct run_msg *m, size_t n, int flags);

/**
 * run_msg_give() - Copy back what was received
 * @n: bytes of data, at most; lengths and flags are in m->h
 * Return: 0, -EFAULT.
 */
int run_msg_give(struct run_req *req, struct run_msg *m, size_t n);

#endif
