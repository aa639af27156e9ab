/* SPDX-License-Identifier: MIT */
/*
 * run/netlink_put.h - links, addresses, routes, neighbours and rules as
 * messages of rtnetlink
 *
 * Written into a buffer that may be too small: then @full is set, and what was
 * begun is the caller's to take back. Attributes stand in Linux's order.
 */
#ifndef OSTIA_RUN_NETLINK_PUT_H
#define OSTIA_RUN_NETLINK_PUT_H

#include <ostia/net.h>
#include <ostia/stack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_netlink_dump;

/** struct run_put - A buffer that messages are written to */
struct run_put {
	uint8_t *buf;
	size_t size, len;
	bool full;
};

/** struct run_put_to - What an answer's header says */
struct run_put_to {
	uint16_t flags;
	uint32_t seq, portid;
};

static inline struct run_put run_put_on(uint8_t *buf, size_t size)
{
	return (struct run_put) { .buf = buf, .size = size };
}

/**
 * run_put_begin() - A message's header, and @n bytes of its family's
 * Return: what run_put_end() wants.
 */
size_t run_put_begin(struct run_put *p, uint16_t type, uint16_t flags,
		     uint32_t seq, uint32_t portid, const void *body, size_t n);
void run_put_end(struct run_put *p, size_t at);

/** run_put_bytes() - Bare bytes, padded to 4. */
void run_put_bytes(struct run_put *p, const void *from, size_t n);

/** run_put_attr() - An attribute. run_put_text(): with its final zero. */
void run_put_attr(struct run_put *p, uint16_t type, const void *val, size_t n);
void run_put_text(struct run_put *p, uint16_t type, const char *text);

/** run_put_link() - RTM_NEWLINK; @family AF_UNSPEC, or AF_INET6: what IPv6
 * says of it; @mask: IFLA_EXT_MASK
 */
void run_put_link(struct run_put *p, const struct ostia_stack *s,
		  const struct ostia_link *l, int family, uint32_t mask,
		  const struct run_put_to *to);

/** run_put_addr() - RTM_NEWADDR: the @k-th address of @l. */
void run_put_addr(struct run_put *p, const struct ostia_stack *s,
		  const struct ostia_link *l, unsigned k,
		  const struct run_put_to *to);

void run_put_neigh(struct run_put *p, const struct ostia_stack *s,
		   const struct ostia_link *l,
		   const struct ostia_neigh_row *row,
		   const struct run_put_to *to);

/**
 * struct run_put_way - An answer to "which way?"
 * @src:   that was asked for, or NULL
 */
struct run_put_way {
	struct ostia_way way;
	struct ostia_addr dst;
	const struct ostia_addr *src;
	uint8_t family;
};
void run_put_way(struct run_put *p, const struct ostia_stack *s,
		 const struct run_put_way *w, const struct run_put_to *to);

/**
 * run_put_item() - What comes next in a list, and on to the one behind it
 * An item may be no message, or several.
 * Return: false: the list is at its end, nothing was written.
 */
bool run_put_item(struct run_put *p, const struct ostia_stack *s,
		  struct run_netlink_dump *d, const struct run_put_to *to);

#endif
