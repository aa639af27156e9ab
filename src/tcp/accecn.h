/* SPDX-License-Identifier: MIT */
/*
 * tcp/accecn.h - more accurate ECN feedback (RFC 9768)
 *
 * In place of one echo a round trip, the receiver counts what arrives marked:
 * packets (cep), whose last three bits stand in AE, CWR and ECE of every
 * segment, and bytes by codepoint, which go along in an option where there is
 * room. Here are the counters, their spelling and reading, and when an ACK is
 * due for them; tcp/ecn.c has the handshake and the connection.
 *
 * Our pure ACKs carry the option, and our SYN-ACK; data does not, which is
 * where a peer that receives only data from us would miss it (3.2.3.3 lets us).
 * No control packet of ours is ECN-capable.
 */
#ifndef OSTIA_TCP_ACCECN_H
#define OSTIA_TCP_ACCECN_H

#include "wire/tcp.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	TCP_ACCECN_CEP = 5, /* 3.2.1: where the counters begin */
	TCP_ACCECN_BYTES = 1,
	TCP_ACCECN_ALL = WIRE_TCP_AE | WIRE_TCP_CWR | WIRE_TCP_ECE,
	TCP_ACCECN_MARKS = 2, /* 3.2.2.5.1: an ACK for so many, */
	TCP_ACCECN_MARKS_IDLE = 3, /* or so many without unacknowledged data */
};

/* IP-ECN codepoints */
enum {
	TCP_ACCECN_NOT_ECT = 0,
	TCP_ACCECN_ECT1 = 1,
	TCP_ACCECN_ECT0 = 2,
	TCP_ACCECN_CE = 3,
};

/**
 * struct tcp_accecn - Both halves of a connection in AccECN mode
 * @r_cep, @r_bytes:	data receiver: r.cep; r.e1b, r.e0b, r.ceb by codepoint
 * @s_cep, @s_bytes:	data sender: what the peer has told
 * @told_cep:		@r_cep as our last segment said it
 * @last:		codepoint of the last packet that came
 * @shake:		1 + codepoint to tell in the next pure ACK (3.2.2.1)
 * @fresh:		bits by codepoint: bytes that changed since our last
 * option
 * @on:			AccECN mode
 * @await:		the ACK of our SYN-ACK has not come: its ACE is special
 * @heard:		an option came
 * @mute:		send no option: they do not get through
 * @no_ect:		send nothing ECN-capable: the path mangles it
 * @deaf:		and do not respond to feedback (3.2.2.1, note 1)
 */
struct tcp_accecn {
	uint32_t r_cep, r_bytes[4];
	uint32_t s_cep, s_bytes[4];
	uint32_t told_cep;
	uint8_t last;
	uint8_t shake;
	uint8_t fresh;
	bool on, await, heard, mute, no_ect, deaf;
};

void tcp_accecn_init(struct tcp_accecn *a);

/** tcp_accecn_shake() - Flags that tell codepoint @cp of a SYN or SYN-ACK
 * (tables 2 and 3).
 */
uint16_t tcp_accecn_shake(uint8_t cp);
/** tcp_accecn_shaken() - The codepoint that such flags tell, -1: none. */
int tcp_accecn_shaken(uint16_t flags);

/** tcp_accecn_ace() - Flags of any other segment (3.2.2.2). */
uint16_t tcp_accecn_ace(const struct tcp_accecn *a);

/**
 * tcp_accecn_on_packet() - @segs packets without SYN came, marked @cp
 * @len:	payload bytes
 * @unacked:	there is data that we have not acknowledged
 * Return: an ACK is due at once (3.2.2.5.1).
 */
bool tcp_accecn_on_packet(struct tcp_accecn *a, uint8_t cp, uint32_t segs,
			  uint32_t len, bool unacked);

/**
 * tcp_accecn_on_feedback() - An ACK that is not superseded (3.2.2.2, A.2)
 * @f:		its header
 * @acked:	segments that it newly acknowledges, about
 * @mss:	bytes a segment
 * Return: packets newly marked; by the safest likely reading where the field
 * may have wrapped.
 */
uint32_t tcp_accecn_on_feedback(struct tcp_accecn *a, const struct wire_tcp *f,
				uint32_t acked, uint32_t mss);

/**
 * tcp_accecn_on_shake() - The ACK of our SYN-ACK, pure (table 4)
 * @sent:	codepoint that the SYN-ACK had
 */
void tcp_accecn_on_shake(struct tcp_accecn *a, uint16_t flags, uint8_t sent);

/**
 * tcp_accecn_option() - Put the option into @f, if it shall go and fits
 * @room:	bytes left for options
 * @always:	on every ACK (net.ipv4.tcp_ecn_option 2); else when marks or
 *		other bytes than before came
 */
void tcp_accecn_option(struct tcp_accecn *a, struct wire_tcp *f, size_t room,
		       bool always);

#endif
