/* SPDX-License-Identifier: MIT */
/*
 * wire/print.h - one line of text for one packet, as tcpdump writes it
 *
 *	IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [S.], seq 0, ack 1, win 65535,
 *	options [mss 1460,nop,wscale 7], length 0
 *
 * Traces, the demo, drills and failing tests read packets through it. It
 * prints absolute numbers unless it is told a base; it believes nothing and
 * ends a line with [|tcp] and the like where bytes are missing.
 */
#ifndef OSTIA_WIRE_PRINT_H
#define OSTIA_WIRE_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "wire/tcp.h"
#include "wire/text.h"

/* Link types, by their numbers in pcap files. */
enum {
	WIRE_LINK_ETHERNET = 1,
	WIRE_LINK_RAW = 101, /* bare IPv4 or IPv6 */
};

/**
 * wire_print() - Write a line about @frame into @buf
 * @size:     of @buf; 256 holds any usual packet. At least 1.
 * @n:	      bytes of @frame at hand; a packet with more in it says so itself
 * @linktype: WIRE_LINK_*
 *
 * Ethernet addresses are not shown (they are in wire_print_eth()). No newline.
 * Returns the text's length, at most @size - 1: a longer line is cut.
 */
int wire_print(char *buf, size_t size, const uint8_t *frame, size_t n,
	       int linktype);

/**
 * wire_print_rel() - The same with TCP numbers counted from a base
 * @seq0: subtracted from the sequence number
 * @ack0: subtracted from the acknowledgment number and from SACK blocks
 */
int wire_print_rel(char *buf, size_t size, const uint8_t *frame, size_t n,
		   int linktype, uint32_t seq0, uint32_t ack0);

/** wire_print_eth() - Append "02:.. > 02:.., ethertype IPv4 (0x0800)". */
void wire_print_eth(struct wire_text *t, const uint8_t *frame, size_t n);

/** wire_print_tcp_flags() - Append "S.", "P.", "none", as between brackets. */
void wire_print_tcp_flags(struct wire_text *t, uint16_t flags);

/** wire_print_tcp_opts() - Append "mss 1460,sackOK,..." of @n option bytes. */
void wire_print_tcp_opts(struct wire_text *t, const uint8_t *p, size_t n,
			 uint32_t ack0);

#endif
