/* SPDX-License-Identifier: MIT */
/*
 * drill/sign.h - segments that are signed: TCP-MD5 (RFC 2385) and TCP-AO (RFC
 *		  5925, 5926)
 *
 * A script says `md5` or `tcp-ao keyid 1 rnext 2` and means the digest that a
 * key makes: the one that it gave setsockopt(), or one that it names. What
 * arrives is signed with it, what leaves is compared. The constructions are
 * written here again, over the digests of base/; nothing of the stack's own
 * signing is used.
 */
#ifndef OSTIA_DRILL_SIGN_H
#define OSTIA_DRILL_SIGN_H

#include "drill/arena.h"
#include "drill/packet.h"

enum { DRILL_KEY_MAX = 80 };

/**
 * struct drill_key - A key that a script set, a list
 * @sndid, @rcvid: ids in what we send, and in what we receive
 * @cmac:	   AES-128-CMAC-96 and the like; else HMAC-SHA-1
 * @bare:	   other TCP options are not covered
 */
struct drill_key {
	struct drill_key *next;
	bool ao, cmac, bare;
	uint8_t sndid, rcvid;
	uint8_t maclen;
	uint8_t len;
	uint8_t bytes[DRILL_KEY_MAX];
};

/** drill_sign_learn() - setsockopt() of SOL_TCP took @value: was it a key? */
void drill_sign_learn(struct drill_key **keys, struct drill_arena *a, int name,
		      const void *value, size_t n);

/**
 * drill_sign_begin() - Find the keys that @s's options need
 * @s: its options get their length, not yet their digest
 *
 * Return: how many are to be signed; -ENOKEY: the script never set one.
 */
int drill_sign_begin(const struct drill_key *keys, bool out,
		     struct drill_seg *s);

/**
 * drill_sign_end() - Their digests, for the packet of @n bytes at @b
 * @our_isn, @peer_isn: initial sequence numbers as on the wire; those of a SYN
 *			come from itself
 *
 * Options that the packet lacks keep zeroes.
 */
void drill_sign_end(const struct drill_key *keys, bool out,
		    const struct drill_path *path, uint32_t our_isn,
		    uint32_t peer_isn, struct drill_seg *s, const uint8_t *b,
		    size_t n);

#endif
