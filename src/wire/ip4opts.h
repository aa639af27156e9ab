/* SPDX-License-Identifier: MIT */
/*
 * wire/ip4opts.h - IPv4 options that we send (RFC 791 3.1, RFC 1122 3.2.1.8,
 *		    ip(7))
 *
 * A program gives options as RFC 791 writes them; a source route names all
 * hops, the first one first. They are kept as they leave: the first hop taken
 * out of the route, with the final destination to be put behind the others,
 * and places claimed in Record Route and Timestamp for our own address and
 * time, which are filled in for each packet. wire_ip4opts_undo() gives what
 * the program gave.
 *
 * Options that came are answered with wire_ip4opts_echo(), and shown with
 * wire_ip4opts_seen() as a host leaves them that adds itself where it is
 * asked to.
 */
#ifndef OSTIA_WIRE_IP4OPTS_H
#define OSTIA_WIRE_IP4OPTS_H

#include "wire/ip4.h"

/**
 * struct wire_ip4opts - See above
 * @len:	a multiple of 4; 0: none
 * @srr, @rr, @ts: where they begin in @bytes, plus 1; 0: none
 * @asks:	Timestamp with addresses given (flag 3) has its next one here,
 *		plus 1; 0: none
 * @strict:	the route is
 * @rr_addr, @ts_addr, @ts_time: a place is claimed
 * @first:	of a source route: the first hop
 */
struct wire_ip4opts {
	uint8_t len;
	uint8_t srr, rr, ts, asks;
	bool strict, rr_addr, ts_addr, ts_time;
	uint8_t first[4];
	uint8_t bytes[WIRE_IP4_MAX_OPTS];
};

/**
 * wire_ip4opts_compile() - What a program wants sent
 * Return: 0; -EINVAL: more than 40 bytes, or no options at all. Padded to four
 * bytes. Where @asks is set the caller says whether that address is ours.
 */
int wire_ip4opts_compile(struct wire_ip4opts *o, const uint8_t *p, size_t n);

/** wire_ip4opts_claim() - The address that @o->asks is ours: stamp there. */
void wire_ip4opts_claim(struct wire_ip4opts *o);

/** wire_ip4opts_undo() - What compile() was given. @out: 40 bytes; @o->len of
 * them are filled.
 */
void wire_ip4opts_undo(const struct wire_ip4opts *o, uint8_t *out);

/**
 * wire_ip4opts_put() - The bytes for one packet; @out: @o->len bytes
 * @src, @final: 4 bytes: whose packet it is, and where it ends
 * @ms:		 milliseconds since midnight UT
 */
void wire_ip4opts_put(const struct wire_ip4opts *o, uint8_t *out,
		      const uint8_t *src, const uint8_t *final, uint32_t ms);

/**
 * wire_ip4opts_seen() - Options of a packet for us, with us in them
 * @out:   40 bytes
 * @h:	   its header, @hlen bytes; what wire_ip4_opts_parse() does not like
 *	   is left alone
 * @local: 4 bytes: our address
 * Return: how many bytes.
 */
int wire_ip4opts_seen(uint8_t *out, const uint8_t *h, size_t hlen,
		      const uint8_t *local, uint32_t ms);

/**
 * wire_ip4opts_echo() - What an answer carries (RFC 1122 3.2.1.8 (c) to (e))
 *
 * Record Route and Timestamp go on where they are. Source routes are not
 * turned round: what came by one was dropped. Return: 0; -EINVAL: what is left
 * of a list is no place.
 */
int wire_ip4opts_echo(struct wire_ip4opts *o, const uint8_t *h, size_t hlen,
		      const uint8_t *local, uint32_t ms);

#endif
