/* SPDX-License-Identifier: MIT */
/*
 * ip/hdropts.h - what packets carry between the IP header and the transport's
 *		  because a program said so: IPv6 extension headers (RFC 3542),
 *		  IPv4 options (RFC 791, ip(7))
 *
 * A set is a socket's own (sticky: its headers are copies, see
 * hdropts_dup()), or of one message, where it borrows the caller's bytes.
 * Most sockets have none: a NULL pointer. A source route or a routing header
 * makes that packets go to its first hop first; checksums are those of the
 * final destination (RFC 8200 8.1).
 */
#ifndef OSTIA_IP_HDROPTS_H
#define OSTIA_IP_HDROPTS_H

#include "base/pkt.h"
#include "ip/ip.h"
#include "wire/ip4opts.h"

/* In the order of RFC 8200 4.1. */
enum hdropts_ext {
	HDROPTS_HOP, /* IPV6_HOPOPTS */
	HDROPTS_BEFORE, /* IPV6_RTHDRDSTOPTS: with a routing header alone */
	HDROPTS_ROUTING, /* IPV6_RTHDR */
	HDROPTS_DST, /* IPV6_DSTOPTS: of the last destination */
	HDROPTS_EXTS
};

enum {
	/* of all extension headers of a packet: what the head area of a packet
	 * has room for beside link, fragment and transport headers
	 */
	HDROPTS_EXT_MAX = 192,
};

/**
 * struct hdropts - See above
 * @ext: each whole, as wire_exthdr_check() wants it; NULL: none
 */
struct hdropts {
	const uint8_t *ext[HDROPTS_EXTS];
	struct wire_ip4opts v4;
};

/** hdropts_len() - Bytes that a packet of that family gets from @o (or NULL).
 */
uint32_t hdropts_len(const struct hdropts *o, bool v4);

/**
 * hdropts_first() - To whom a packet for @dst goes first: @dst, or *@room
 * @o: or NULL
 */
const struct ostia_addr *hdropts_first(const struct hdropts *o,
				       const struct ostia_addr *dst,
				       struct ostia_addr *room);

/** hdropts_is_strict() - A strict source route: the first hop is on our link.
 */
bool hdropts_is_strict(const struct hdropts *o, const struct ostia_addr *dst);

/**
 * hdropts_push6() - Put extension headers before a transport packet
 * @final: where it ends
 * @proto: in: the transport's number; out: what the IPv6 header names
 * Return: 0; -EMSGSIZE (more than HDROPTS_EXT_MAX), -ENOMEM, -ENOBUFS.
 */
int hdropts_push6(struct ostia_pkt *p, const struct hdropts *o,
		  const struct ostia_addr *final, uint8_t *proto);

/** hdropts_put4() - Options for one packet that leaves now; their length. */
unsigned hdropts_put4(struct ip *ip, const struct hdropts *o, uint8_t *out,
		      const struct ostia_addr *src,
		      const struct ostia_addr *final);

/**
 * hdropts_set4() - IPv4 options from a program
 * Return: 0, -EINVAL: no options. *@o is as it was then.
 */
int hdropts_set4(struct ip *ip, struct hdropts *o, const uint8_t *p, size_t n);

/**
 * hdropts_set_ext() - A sticky header: keep a copy; @n 0: drop it
 * Return: 0, -ENOMEM.
 */
int hdropts_set_ext(struct ip *ip, struct hdropts *o, enum hdropts_ext which,
		    const uint8_t *p, size_t n);

/**
 * hdropts_echo() - The options that an answer to @p carries
 * @us: our address, as who answers
 * Return: false: none (no IPv4, no options that are answered).
 */
bool hdropts_echo(const struct ostia_pkt *p, const struct ostia_addr *us,
		  struct hdropts *o);

/**
 * hdropts_us4() - Which address of ours a received packet names
 *
 * Of one to many: the one that we would answer from. Any: none.
 */
struct ostia_addr hdropts_us4(struct ip *ip, const struct ostia_pkt *p);

/**
 * hdropts_seen4() - The options of a received packet, for who asks
 * @out: 40 bytes
 * Return: how many; 0: none, or no IPv4.
 */
unsigned hdropts_seen4(struct ip *ip, const struct ostia_pkt *p, uint8_t *out);

/** hdropts_new() - Empty; NULL: no memory. */
struct hdropts *hdropts_new(struct ip *ip);
/** hdropts_dup() - A sticky copy of @o; NULL: no memory. */
struct hdropts *hdropts_dup(struct ip *ip, const struct hdropts *o);
/** hdropts_free() - Of hdropts_new() or hdropts_dup(), or NULL. */
void hdropts_free(struct ip *ip, struct hdropts *o);

#endif
