/* SPDX-License-Identifier: MIT */
/*
 * drill/conn.h - a conversation: ports, and whose zero is where
 *
 * A script counts sequence numbers and timestamps from zeroes of its own.
 * The peer's are ours to choose, so they are the script's; those of the stack
 * are learned from its first SYN and its first timestamp. Ports are learned
 * likewise, or chosen when the peer speaks first.
 */
#ifndef OSTIA_DRILL_CONN_H
#define OSTIA_DRILL_CONN_H

#include "drill/arena.h"
#include "drill/ast.h"

/**
 * struct drill_conn - One conversation
 * @lport, @rport: ours and the peer's; 0: not known yet
 * @seq_off:	   our live sequence numbers minus the script's
 * @ts_off:	   our live timestamps minus the script's
 * @our_isn, @peer_isn: initial sequence numbers, as the script has them
 * @tx, @tx_len, @tx_room: what the program wrote, from the first byte on
 * @tx_known:	   a descriptor was seen to be its, so @tx is all that was
 * written
 * @rx_read:	   bytes that the program has read
 * @rx_exact:	   ... and nothing (urgent data) went another way
 */
struct drill_conn {
	struct drill_conn *next;
	enum drill_proto proto;
	uint16_t lport;
	uint16_t rport;
	bool has_seq;
	bool has_ts;
	uint32_t seq_off;
	uint32_t ts_off;
	uint32_t our_isn;
	uint32_t peer_isn;
	uint8_t *tx;
	size_t tx_len;
	size_t tx_room;
	bool tx_known;
	uint64_t rx_read;
	bool rx_exact;
};

/**
 * struct drill_conns - All of them, newest first
 * @current:	 the one under test: packets without ports are its
 * @listening:	 the last thing that happened is listen(): a SYN begins a new
 * one
 * @listen_port: and goes there
 */
struct drill_conns {
	struct drill_conn *newest;
	struct drill_conn *current;
	bool listening;
	uint16_t listen_port;
	uint16_t next_port;
};

/** drill_conns_add() - A new one, which is under test from now on */
struct drill_conn *drill_conns_add(struct drill_conns *cs,
				   struct drill_arena *a,
				   enum drill_proto proto, uint16_t lport,
				   uint16_t rport);

/** drill_conns_find() - By its ports; NULL: none. An unknown port of a
 * conversation (0) fits any.
 */
struct drill_conn *drill_conns_find(const struct drill_conns *cs,
				    enum drill_proto proto, uint16_t lport,
				    uint16_t rport);

/** drill_conns_port() - A port for a peer that begins */
uint16_t drill_conns_port(struct drill_conns *cs);

/** drill_conn_to_live() - Change a segment that arrives to live numbers
 * Return: 0, or -EINVAL: it echoes a timestamp before we know any.
 */
int drill_conn_to_live(const struct drill_conn *c, struct drill_seg *s);

/**
 * drill_conn_to_script() - Change a segment that left to the script's numbers
 * @want: what the script expects, from which a first SYN and a first
 *	  timestamp are learned; NULL: nothing is learned
 */
void drill_conn_to_script(struct drill_conn *c, struct drill_seg *s,
			  const struct drill_seg *want);

/** drill_conn_wrote() - The program writes @n bytes: remember them */
void drill_conn_wrote(struct drill_conn *c, struct drill_arena *a,
		      const void *p, size_t n);

/** drill_conn_pattern() - The byte at offset @at of the peer's stream */
static inline uint8_t drill_conn_pattern(uint64_t at)
{
	return (uint8_t)(at * 167 >> 3 ^ at);
}

#endif
