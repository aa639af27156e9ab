/* SPDX-License-Identifier: MIT */
/*
 * tcp/accecn.h - more accurate ECN feedback (RFC 9768)
 *
 * In place of one echo a round trip, the receiver counts what arrives marked:
 * packets (cep), whose last three bits stand in AE, CWR and ECE of every
 * segment, and bytes by codepoint, which go along in an option where there is
 * room. Here are the counters, their spelling and reading, and when an ACK or
 * an option is due for them; tcp/ecn.c has the handshake and the connection.
 *
 * No control packet of ours is ECN-capable.
 */
#ifndef OSTIA_TCP_ACCECN_H
#define OSTIA_TCP_ACCECN_H

#include "base/seq.h"
#include "base/time.h"
#include "wire/tcp.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	TCP_ACCECN_CEP = 5, /* 3.2.1: where the counters begin */
	TCP_ACCECN_BYTES = 1,
	TCP_ACCECN_ALL = WIRE_TCP_AE | WIRE_TCP_CWR | WIRE_TCP_ECE,
	TCP_ACCECN_MARKS = 2, /* 3.2.2.5.1: an ACK for so many, */
	TCP_ACCECN_MARKS_IDLE = 3, /* or so many without unacknowledged data */
	TCP_ACCECN_ROUNDS = 4, /* 3.2.2.3: marks alone for so long are lies */
	TCP_ACCECN_RETEST_S = 60, /* are they still? Each time twice as long, */
	TCP_ACCECN_RETEST_SHIFT = 6, /* so often */
	TCP_ACCECN_AGAIN = 3, /* 3.2.3.2.2: our ACKs of it do not arrive */
	TCP_ACCECN_UNTOLD = 1 << 22, /* bytes, at most (3.2.3.3) */
};

/* IP-ECN codepoints */
enum {
	TCP_ACCECN_NOT_ECT = 0,
	TCP_ACCECN_ECT1 = 1,
	TCP_ACCECN_ECT0 = 2,
	TCP_ACCECN_CE = 3,
};

/* net.ipv4.tcp_ecn_option, as Linux counts: when the option goes. */
enum {
	TCP_ACCECN_NEVER,
	TCP_ACCECN_SPARSE, /* where 3.2.3.3 has a SHOULD, what it must have */
	TCP_ACCECN_FULL, /* its recommended scheme */
	TCP_ACCECN_PERSIST, /* the same, though they seem not to get through */
};

/* What a client's first ones of each kind carry */
enum { TCP_ACCECN_FIRST_ACK = 1, TCP_ACCECN_FIRST_DATA = 2 };

/**
 * struct tcp_accecn - Both halves of a connection in AccECN mode
 * @r_cep, @r_bytes:	data receiver: r.cep; r.e1b, r.e0b, r.ceb by codepoint
 * @s_cep, @s_bytes:	data sender: what the peer has told
 * @told_cep:		@r_cep as our last segment said it
 * @untold:		bytes counted since our last option
 * @told_at:		when it left
 * @probe:		first number of the first data that went with one
 * @again, @agains:	old data came again from there, so often in a row
 * @round_end:		of the data sender's round, if @rounds
 * @rounds:		so many in which all was marked; 0: none yet
 * @retest:		when lies (@deaf) are tested again; 0: not
 * @retests:		so often they were found
 * @last:		codepoint of the last packet that came
 * @shake:		1 + codepoint to tell in the next pure ACK (3.2.2.1)
 * @counter:		codepoint whose bytes were counted last
 * @fresh, @ever:	bits by codepoint: bytes that changed since our last
 *			option; or at any time
 * @owed:		options that the last change of @counter is worth
 * @on:			AccECN mode
 * @await:		the ACK of our SYN-ACK has not come: its ACE is special
 * @heard:		an option came
 * @ignore:		options that come are zeroed (3.2.3.2.4)
 * @mute:		send no option: they do not get through
 * @first:		TCP_ACCECN_FIRST_*: options that test the path
 *(3.2.3.2.1)
 * @probing:		@probe is not acknowledged yet
 * @no_ect:		send nothing ECN-capable: the path mangles it
 * @deaf:		and do not respond to feedback (3.2.2.1, note 1)
 * @unmarked:		something of ours arrived unmarked
 * @testing:		what was sent deaf is not yet acknowledged
 */
struct tcp_accecn {
	uint32_t r_cep, r_bytes[4];
	uint32_t s_cep, s_bytes[4];
	uint32_t told_cep;
	uint32_t untold;
	ostia_time told_at;
	ostia_time retest;
	struct seq probe, again, round_end;
	uint8_t agains, rounds, retests;
	uint8_t last;
	uint8_t shake;
	uint8_t counter, fresh, ever, owed;
	uint8_t first;
	bool on, await, heard, ignore, mute, probing;
	bool no_ect, deaf, unmarked, testing;
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

/* --- data receiver ------------------------------------------------------- */

/**
 * tcp_accecn_on_packet() - @segs packets without SYN came, marked @cp
 * @len:	payload bytes
 * @unacked:	there is data that we have not acknowledged
 * Return: an ACK is due at once (3.2.2.5.1).
 */
bool tcp_accecn_on_packet(struct tcp_accecn *a, uint8_t cp, uint32_t segs,
			  uint32_t len, bool unacked);

/** tcp_accecn_on_again() - Data that we have acknowledged came again, from
 * @seq on: do our ACKs, with their options, arrive (3.2.3.2.2)?
 */
void tcp_accecn_on_again(struct tcp_accecn *a, struct seq seq);

/**
 * struct tcp_accecn_when - What decides on an option
 * @mode:	net.ipv4.tcp_ecn_option
 * @beacon:	net.ipv4.tcp_ecn_option_beacon: options a round trip at least,
 *		while counters change
 * @srtt_us:	that round trip
 * @data:	beside data
 */
struct tcp_accecn_when {
	uint32_t mode, beacon;
	uint32_t srtt_us;
	bool data;
};

/** tcp_accecn_due() - Shall the option go along (3.2.3.3)? */
bool tcp_accecn_due(const struct tcp_accecn *a, const struct tcp_accecn_when *w,
		    ostia_time now);

/** tcp_accecn_need() - Bytes that what changed needs of it, aligned. */
unsigned tcp_accecn_need(const struct tcp_accecn *a);
/** tcp_accecn_wish() - Bytes that it has if there is room. */
unsigned tcp_accecn_wish(const struct tcp_accecn *a, uint32_t mode);

/**
 * tcp_accecn_option() - Put it into @f, unless it does not fit
 * @room:	bytes left for options: fields of counters that have not
 *		changed give way
 */
void tcp_accecn_option(struct tcp_accecn *a, struct wire_tcp *f, size_t room,
		       const struct tcp_accecn_when *w, ostia_time now);

/** tcp_accecn_on_resent() - Data from @seq on was lost: by its option? */
void tcp_accecn_on_resent(struct tcp_accecn *a, struct seq seq);

/* --- data sender --------------------------------------------------------- */

/** struct tcp_accecn_ack - What an ACK that is not superseded delivered
 * @segs:	segments newly acknowledged or SACKed
 * @mss:	bytes a segment
 * @una, @nxt:	SND.UNA, with it, and SND.NXT
 * @now:	it arrives
 */
struct tcp_accecn_ack {
	uint32_t segs, mss;
	struct seq una, nxt;
	ostia_time now;
};

/**
 * tcp_accecn_on_feedback() - Such an ACK (3.2.2.2, A.2)
 * @f:		its header
 * Return: packets newly marked, as the sender is to respond to them; by the
 * safest likely reading where the field may have wrapped.
 */
uint32_t tcp_accecn_on_feedback(struct tcp_accecn *a, const struct wire_tcp *f,
				const struct tcp_accecn_ack *ack);

/** tcp_accecn_on_first() - The SYN-ACK, or what acknowledges ours: options
 * begin with certain counters not 0 (3.2.3.2.4).
 */
void tcp_accecn_on_first(struct tcp_accecn *a, const struct wire_tcp *f);

/**
 * tcp_accecn_on_shake() - The ACK of our SYN-ACK, pure (table 4)
 * @sent:	codepoint that the SYN-ACK had
 */
void tcp_accecn_on_shake(struct tcp_accecn *a, uint16_t flags, uint8_t sent);

#endif
