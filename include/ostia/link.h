/* SPDX-License-Identifier: MIT */
/*
 * ostia/link.h - links, and the packets that pass through them
 *
 * A link is where frames enter and leave a stack: Ethernet frames or bare IP
 * packets. The driver hands in what arrived (ostia_link_input) and pulls what
 * may leave (ostia_link_output); the stack never calls the driver.
 *
 * A packet is a header area and up to OSTIA_PKT_SLICES views of counted
 * blocks. One owner at a time; payload bytes that are shared are never
 * altered. Packets may be super-segments (gso_size > 0): up to 64 KB that
 * stand for several segments of gso_size payload bytes each.
 */
#ifndef OSTIA_LINK_H
#define OSTIA_LINK_H

#include <ostia/types.h>
#include <sys/uio.h>

enum { OSTIA_PKT_SLICES = 18 };

enum ostia_link_type {
	OSTIA_LINK_ETHERNET, /* frames with 14 bytes of header, no FCS */
	OSTIA_LINK_IP, /* bare IPv4 and IPv6 packets (TUN) */
	OSTIA_LINK_LOOPBACK, /* what goes out comes in; made by the stack */
};

/* What a link can do for us. */
#define OSTIA_LINK_TSO 0x01 /* takes TCP super-segments, both families */
#define OSTIA_LINK_USO 0x02 /* takes UDP super-datagrams */
#define OSTIA_LINK_TXCSUM 0x04 /* completes OSTIA_CSUM_PARTIAL */
#define OSTIA_LINK_BIGACK 0x08 /* one ACK per super-segment is enough */
#define OSTIA_LINK_NOCSUM                               \
	0x10 /* checksums are neither made nor verified \
		(memory wires that cannot corrupt) */

enum ostia_csum_state {
	OSTIA_CSUM_NONE, /* complete in the packet; not yet verified */
	OSTIA_CSUM_PARTIAL, /* holds the pseudo-header sum; someone must add
			       the rest */
	OSTIA_CSUM_VALID, /* verified, or not needed */
};

enum ostia_gso_type { OSTIA_GSO_NONE, OSTIA_GSO_TCP, OSTIA_GSO_UDP };

/**
 * struct ostia_link_config - A link, as its driver describes it
 * @name:	up to 15 characters, unique in the stack
 * @type:	enum ostia_link_type
 * @mac:	our address (Ethernet only)
 * @mtu:	largest IP packet, 68..65535 (1280.. for IPv6 to work)
 * @caps:	OSTIA_LINK_*
 * @gso_max:	largest super-segment in bytes, 0: 65535
 */
struct ostia_link_config {
	const char *name;
	enum ostia_link_type type;
	uint8_t mac[6];
	uint32_t mtu;
	uint32_t caps;
	uint32_t gso_max;
};

/**
 * ostia_link_new() - Add a link to a stack
 * Return: 0 and *@out, or -EINVAL (a field out of range), -EEXIST (the name),
 * -ENOMEM. The stack owns the link.
 */
OSTIA_API int ostia_link_new(struct ostia_stack *,
			     const struct ostia_link_config *,
			     struct ostia_link **out);

/** ostia_link_free() - Remove a link, its addresses, routes and packets. */
OSTIA_API void ostia_link_free(struct ostia_link *);

OSTIA_API unsigned ostia_link_index(const struct ostia_link *);
OSTIA_API const char *ostia_link_name(const struct ostia_link *);
OSTIA_API uint32_t ostia_link_mtu(const struct ostia_link *);

/**
 * ostia_link_input() - Frames arrived
 * @batch: takes this list (ostia_pkt_next) of packets, in order of arrival
 *
 * Advance the stack to the present first.
 */
OSTIA_API void ostia_link_input(struct ostia_link *, struct ostia_pkt *batch);

/**
 * ostia_link_output() - Pull what may leave now
 * @max: at most so many packets (super-segments count as one)
 *
 * Return: a list that the caller owns, or NULL.
 */
OSTIA_API struct ostia_pkt *ostia_link_output(struct ostia_link *,
					      unsigned max);

/** ostia_link_pending() - May ostia_link_output() return something now? */
OSTIA_API int ostia_link_pending(const struct ostia_link *);

/**
 * ostia_pool_new() - Memory for packets and stream data
 * @limit_bytes: cap on what it takes from @env, 0: none
 *
 * A pool belongs to one thread and outlives its stacks. Return: 0, -ENOMEM.
 */
OSTIA_API int ostia_pool_new(const struct ostia_env *env, uint64_t limit_bytes,
			     struct ostia_pool **out);

/**
 * ostia_pool_trim() - Give back to the environment what is not in use
 *
 * A pool keeps what was freed for the next who asks; after a peak this is how
 * its memory returns. Return: bytes given back.
 */
OSTIA_API uint64_t ostia_pool_trim(struct ostia_pool *);

/** ostia_pool_free() - Give all back; no packet of it may be in use. */
OSTIA_API void ostia_pool_free(struct ostia_pool *);

/**
 * struct ostia_pool_stats - What a pool holds
 * @blocks, @pkts:	in use now
 * @held_bytes:		taken from the environment
 * @allocs:		calls of env.alloc so far
 * @failures:		requests refused (limit or no memory)
 */
struct ostia_pool_stats {
	uint64_t blocks, pkts, held_bytes, allocs, failures;
};
OSTIA_API void ostia_pool_stats(const struct ostia_pool *,
				struct ostia_pool_stats *);

/**
 * ostia_pkt_new() - An empty packet with @room contiguous bytes (<= 65600)
 * to be filled through ostia_pkt_room() and ostia_pkt_set_len().
 * Return: NULL when the pool has no memory.
 */
OSTIA_API struct ostia_pkt *ostia_pkt_new(struct ostia_pool *, size_t room);

/** ostia_pkt_from() - A packet with a copy of @n bytes, or NULL. */
OSTIA_API struct ostia_pkt *ostia_pkt_from(struct ostia_pool *, const void *p,
					   size_t n);
/** ostia_pkt_room() - The writable bytes of a packet from ostia_pkt_new(). */
OSTIA_API uint8_t *ostia_pkt_room(struct ostia_pkt *, size_t *room);
OSTIA_API void ostia_pkt_set_len(struct ostia_pkt *, size_t n);

OSTIA_API struct ostia_pkt *ostia_pkt_next(const struct ostia_pkt *);
OSTIA_API void ostia_pkt_set_next(struct ostia_pkt *, struct ostia_pkt *next);
OSTIA_API size_t ostia_pkt_len(const struct ostia_pkt *);
OSTIA_API uint64_t ostia_pkt_id(const struct ostia_pkt *);

/**
 * ostia_pkt_iov() - The bytes of a packet in place
 * @iov: at least OSTIA_PKT_SLICES + 1 entries. Return: how many were set.
 */
OSTIA_API int ostia_pkt_iov(const struct ostia_pkt *, struct iovec *iov);

/** ostia_pkt_copy_out() - Copy [off, off + n) to @to; returns bytes copied. */
OSTIA_API size_t ostia_pkt_copy_out(const struct ostia_pkt *, size_t off,
				    void *to, size_t n);

/** ostia_pkt_free() - This packet; ostia_pkt_free_list(): it and all next. */
OSTIA_API void ostia_pkt_free(struct ostia_pkt *);
OSTIA_API void ostia_pkt_free_list(struct ostia_pkt *);

/** ostia_pkt_clone() - Another packet over the same blocks, or NULL. */
OSTIA_API struct ostia_pkt *ostia_pkt_clone(const struct ostia_pkt *);

/** ostia_pkt_copy() - A contiguous copy in @pool (wires between pools). */
OSTIA_API struct ostia_pkt *ostia_pkt_copy(struct ostia_pool *,
					   const struct ostia_pkt *);

/**
 * struct ostia_pkt_meta - What travels beside the bytes
 * @csum:	enum ostia_csum_state
 * @gso_type:	enum ostia_gso_type
 * @gso_size:	payload bytes per segment, 0: a single segment
 * @l4:		offset of the transport header (PARTIAL: where summing starts)
 * @csum_offset: PARTIAL: of the checksum field, from @l4
 * @hdr_len:	bytes before the payload (super-segments)
 * @when:	receive time, or departure time (0: at once)
 */
struct ostia_pkt_meta {
	uint8_t csum;
	uint8_t gso_type;
	uint16_t gso_size;
	uint16_t l4;
	uint16_t csum_offset;
	uint16_t hdr_len;
	ostia_time when;
};
OSTIA_API void ostia_pkt_meta(const struct ostia_pkt *,
			      struct ostia_pkt_meta *);
OSTIA_API void ostia_pkt_set_meta(struct ostia_pkt *,
				  const struct ostia_pkt_meta *);

#endif
