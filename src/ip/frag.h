/* SPDX-License-Identifier: MIT */
/*
 * ip/frag.h - putting fragments together, both families
 *
 * RFC 791 and RFC 815's task, RFC 8200 4.5 and RFC 5722's rules: what
 * overlaps destroys the datagram, an exact repetition is dropped alone. The
 * pieces of a datagram stand in an array in order, found by bisection.
 * Bounded in memory altogether and for one source; when it is full the oldest
 * datagram goes, so whole ones pass through a flood of halves.
 */
#ifndef OSTIA_IP_FRAG_H
#define OSTIA_IP_FRAG_H

#include "base/addr.h"
#include "base/list.h"
#include "base/pkt.h"
#include "base/slab.h"
#include "base/table.h"
#include "base/verdict.h"
#include "base/wheel.h"

struct ip;

enum {
	FRAG_PIECES = 1366, /* 65535 bytes over 48, at the least MTU */
	FRAG_SHARES = 64, /* sources are hashed to so many shares */
	FRAG_SHARE_DIV = 4, /* one share may have 1/4 of the memory */
	FRAG_QUEUES = 1 << 16,
};

/** struct frag_piece - Bytes [start, end) of the fragmentable part */
struct frag_piece {
	uint32_t start, end;
	struct ostia_pkt *pkt;
};

/**
 * struct fragq - A datagram under way
 * @piece:	@count of @cap, in order, disjoint
 * @have:	bytes of them
 * @total:	length of the whole; 0: the last fragment is not here yet
 * @unfrag, @next_at, @proto: of the first fragment (struct frag_in)
 * @ecn:	bit n: a fragment's ECN field was n
 * @doomed:	overlap: pieces are gone, and those to come are dropped
 * @tap:	who looks on and puts it together for itself; 0: this host
 */
struct fragq {
	struct list age; /* of its share, oldest first */
	struct list all; /* of the room, oldest first */
	struct list by_link; /* in link->frags */
	struct wheel_node timer;
	struct ostia_addr src, dst;
	struct ostia_link *link;
	struct frag_piece *piece;
	uint32_t id, zone;
	uint32_t handle;
	uint32_t count, cap;
	uint32_t have, total;
	uint32_t charge;
	uint32_t tap;
	uint16_t unfrag, next_at;
	uint8_t proto, ecn;
	uint8_t share;
	bool doomed;
	bool v4;
};

struct frags {
	struct slab queues;
	struct table table;
	struct list all;
	struct list share[FRAG_SHARES];
	uint32_t share_bytes[FRAG_SHARES];
	uint64_t bytes;
};

/**
 * struct frag_in - What a header says of a fragment
 * @id:		IPv4: 16 bits
 * @off:	bytes, a multiple of 8
 * @data:	where the fragment's data begins in the packet
 * @proto:	IPv4's protocol; IPv6: the fragment header's Next Header
 * @unfrag:	bytes from l3 that the whole's header begins with: IPv4's
 *		header; IPv6's unfragmentable part
 * @next_at:	IPv6: of the Next Header byte that named the fragment header,
 *		from l3
 * @tap:	not of this host's own: somebody looks on (struct fragq)
 */
struct frag_in {
	uint32_t id;
	uint32_t off;
	uint32_t tap;
	uint16_t data;
	uint16_t unfrag;
	uint16_t next_at;
	uint8_t proto;
	bool more;
	bool v4;
};

void frag_init(struct ip *ip);
void frag_fini(struct ip *ip);

/**
 * frag_rx() - A fragment arrived
 * @p: src, dst, zone, l3 set, cut to its length; on DELIVER replaced by the
 *     whole datagram: one IP header without traces of fragmentation
 *
 * Return: VERDICT_HELD (taken), VERDICT_DELIVER (complete), VERDICT_DROP.
 */
enum verdict frag_rx(struct ip *ip, struct ostia_pkt **p,
		     const struct frag_in *in, ostia_time now);

/** frag_expire() - It took too long (RFC 1122 3.3.2, RFC 8200 4.5). */
void frag_expire(struct ip *ip, struct fragq *q, ostia_time now);

void frag_link_gone(struct ip *ip, struct ostia_link *l);

#endif
