/* SPDX-License-Identifier: MIT */
/*
 * ip/errq.h - errors that wait for recvmsg(MSG_ERRQUEUE): IP_RECVERR (ip(7))
 *
 * An entry is a packet whose bytes are a struct errq_entry and, after it, as
 * much of the datagram's payload as the error quoted. Beyond the queue's cap
 * errors are dropped; the socket counts them.
 */
#ifndef OSTIA_IP_ERRQ_H
#define OSTIA_IP_ERRQ_H

#include "base/pkt.h"
#include "ip/ip.h"

#include <sys/uio.h>

enum { ERRQ_CAP = 64 };

/**
 * struct errq_entry - As struct sock_extended_err tells it
 * @offender:	who sent the error; any: we ourselves
 * @dst, @port:	where the datagram was to go
 * @origin:	SO_EE_ORIGIN_*
 * @len:	bytes of payload that were kept
 * @data:	ee_data
 * @when:	SO_EE_ORIGIN_TIMESTAMPING: the stamp; of ICMP: when it came
 * @ttl, @tos:	of the packet that told
 */
struct errq_entry {
	struct ostia_addr offender, dst;
	uint32_t info;
	uint32_t len;
	uint32_t data;
	ostia_time when;
	int err;
	uint16_t port;
	uint8_t origin, type, code, ttl, tos;
};

/**
 * errq_push() - File an error with the payload of the datagram
 * @quote, @off: the payload begins there; NULL: none
 * Return: false: no room, or no memory.
 */
bool errq_push(struct pktq *q, struct ostia_pool *pool,
	       const struct errq_entry *e, struct ostia_pkt *quote,
	       uint32_t off);

/** errq_make() - The same, to be filed later by errq_file(); NULL: no memory.
 */
struct ostia_pkt *errq_make(struct ostia_pool *pool, const struct errq_entry *e,
			    struct ostia_pkt *quote, uint32_t off);

/** errq_file() - Takes @p. Return: false: no room. */
bool errq_file(struct pktq *q, struct ostia_pkt *p, ostia_time when);

/** errq_of() - What ICMP, or our neighbour cache, had to say. */
struct errq_entry errq_of(const struct ip_error *e);

/**
 * errq_rfc4884() - What ee_data says of an extension structure (RFC 4884)
 * @off: where the payload that is kept begins in @e->quote
 *
 * A struct sock_ee_data_rfc4884, as Linux fills it: where the structure begins
 * in the payload, and whether it is one; a version that we do not know is not
 * looked into. Return: 0: there is none.
 */
uint32_t errq_rfc4884(const struct ip_error *e, uint32_t off);

/** errq_pop() - The oldest: bytes copied to @iov, or -EAGAIN. */
int64_t errq_pop(struct pktq *q, const struct iovec *iov, int niov,
		 struct errq_entry *out);

/** errq_is_icmp() - Did the network say it? */
bool errq_is_icmp(const struct errq_entry *e);

/** errq_next() - The errno of the oldest, or 0: none, or it is no error of the
 * network's.
 */
int errq_next(const struct pktq *q);

#endif
