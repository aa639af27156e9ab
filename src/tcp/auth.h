/* SPDX-License-Identifier: MIT */
/*
 * tcp/auth.h - segments that are signed: who has which keys (RFC 2385, RFC
 *		5925)
 *
 * A socket with keys (TCP_MD5SIG, TCP_AO_ADD_KEY) signs all that it sends to
 * the peers that they name, and hears nothing unsigned from them; a connection
 * takes its listener's keys for its peer along, a TIME-WAIT record those of its
 * connection. tcp/mac.h signs. While no socket of the stack has keys, nobody
 * looks for any; signed segments are then refused if by MD5 (as Linux), and
 * heard if by AO (RFC 5925 7.3: the default for what matches no key).
 *
 * TCP-AO: key ids of both directions, Current_key and RNext_key change as 7.4
 * and 7.5 say. The extension of sequence numbers (6.2) needs no state of its
 * own: connections count 64 bits of bytes.
 *
 * Signed segments take the long path and leave one by one.
 */
#ifndef OSTIA_TCP_AUTH_H
#define OSTIA_TCP_AUTH_H

#include "tcp/mac.h"
#include "tcp/rx.h"

enum { TCP_AUTH_KEYS = 1024 /* of a socket */ };

/* tcp_auth_key.flags: Linux's TCP_AO_KEYF_* */
enum { TCP_AUTH_IFINDEX = 1, TCP_AUTH_NO_OPTIONS = 2 };

/**
 * struct tcp_auth_key - One key
 * @next:	handle of the next of the socket
 * @addr, @prefix: peers it is for
 * @sndid, @rcvid, @alg, @maclen, @flags: of TCP-AO
 * @good, @bad:	segments that it verified, and that it did not
 */
struct tcp_auth_key {
	uint32_t self, next;
	struct ostia_addr addr;
	uint64_t good, bad;
	bool ao;
	uint8_t prefix; /* of 128 bits; IPv4: 96 and more */
	uint8_t sndid, rcvid;
	uint8_t alg, maclen, flags;
	uint8_t len;
	uint8_t bytes[TCP_MAC_KEY_MAX];
};

/**
 * struct tcp_auth - Keys of a socket, and TCP-AO's state
 * @refs:	the socket's, and a TIME-WAIT record's
 * @keys:	handle of the first key
 * @current, @rnext: handles; 0: the first that fits
 * @lisn, @risn, @snd_base, @rcv_base, @flow: of TIME-WAIT
 * @good ... @dropped_icmp: struct tcp_ao_info_opt's counters
 */
struct tcp_auth {
	uint32_t self, refs;
	uint32_t keys;
	uint16_t n_md5, n_ao;
	uint32_t current, rnext;
	uint32_t lisn, risn;
	uint64_t snd_base, rcv_base;
	struct flow flow;
	bool required, accept_icmps;
	uint64_t good, bad, not_found, unsigned_, dropped_icmp;
};

void tcp_auth_init(struct tcp_auth_all *a, const struct ostia_env *env);
void tcp_auth_fini(struct tcp_auth_all *a);
size_t tcp_auth_bytes(const struct tcp_auth_all *a);

/* --- keys ---------------------------------------------------------------- */

/** tcp_auth_of() - The keys of @c, or NULL. */
struct tcp_auth *tcp_auth_of(const struct tcp *t, const struct tcp_conn *c);

/** tcp_auth_make() - The same; made if there is none. NULL: no memory. */
struct tcp_auth *tcp_auth_make(struct tcp *t, struct tcp_conn *c);

/** tcp_auth_add() - Takes a copy of @k at the end. Return: its handle; 0: no
 * memory, or too many.
 */
uint32_t tcp_auth_add(struct tcp *t, struct tcp_auth *a,
		      const struct tcp_auth_key *k);

/** tcp_auth_remove() - Forget the key @handle. */
void tcp_auth_remove(struct tcp *t, struct tcp_auth *a, uint32_t handle);

/** tcp_auth_key_at() - NULL: 0. */
struct tcp_auth_key *tcp_auth_key_at(const struct tcp *t, uint32_t handle);

/** tcp_auth_in_use() - Current_key of @c, or RNext_key (RFC 5925 3.1): what the
 * program chose, or the first that fits its peer. NULL: none, or no peer yet.
 */
const struct tcp_auth_key *
tcp_auth_in_use(const struct tcp *t, const struct tcp_conn *c, bool rnext);

/** tcp_auth_inherit() - The keys of @l for the peer of @c. 0, -ENOMEM. */
int tcp_auth_inherit(struct tcp *t, struct tcp_conn *c,
		     const struct tcp_conn *l);

/** tcp_auth_put() - Let go of keys; 0: none. */
void tcp_auth_put(struct tcp *t, uint32_t auth);

/** tcp_auth_covers() - Is @a among the peers of @k? */
bool tcp_auth_covers(const struct tcp_auth_key *k, const struct ostia_addr *a);

/** tcp_auth_wait() - @c becomes a TIME-WAIT record: its keys stay. */
void tcp_auth_wait(struct tcp *t, const struct tcp_conn *c);
/** tcp_auth_wait_over() - And the record goes. */
void tcp_auth_wait_over(struct tcp *t, const struct flow *f);

/* --- segments ------------------------------------------------------------ */

/** tcp_auth_accepts() - Is the segment what its peer's keys demand? It is
 * counted if not.
 */
bool tcp_auth_accepts(struct tcp *t, struct tcp_seg *s);

/** struct tcp_auth_sign - How a segment is to be signed
 * @key:	NULL: not at all
 * @ao:		the option, MAC not yet
 */
struct tcp_auth_sign {
	const struct tcp_auth_key *key;
	uint32_t sisn, disn, sne;
	uint8_t ao[2 + TCP_MAC_MAX];
};

/**
 * tcp_auth_prepare() - @h will leave from f->local to f->remote
 * @c:	whose it is; NULL: look who has keys for it
 * @s:	filled; @h borrows from it until it was emitted
 *
 * Sets the option, leaving out SACK blocks that have no room beside it.
 * Return: false: it must not leave, for what it needs is not known.
 */
bool tcp_auth_prepare(struct tcp *t, const struct tcp_conn *c,
		      const struct flow *f, struct wire_tcp *h,
		      struct tcp_auth_sign *s);

/** tcp_auth_sign() - The header of @p, from its head on, is complete but for
 * the signature and the checksum; the payload is there.
 */
void tcp_auth_sign(const struct tcp_auth_sign *s, const struct flow *f,
		   struct ostia_pkt *p);

/** tcp_auth_len() - Bytes of option in each segment of @c. */
unsigned tcp_auth_len(const struct tcp *t, const struct tcp_conn *c);

/** tcp_auth_has_md5() - Has @c a TCP-MD5 key for @a? Timestamps find no room
 * beside it, then (Linux).
 */
bool tcp_auth_has_md5(const struct tcp *t, const struct tcp_conn *c,
		      const struct ostia_addr *a);

/** tcp_auth_ignores() - Does @c not believe this ICMP error (RFC 5925 7.8)? */
bool tcp_auth_ignores(struct tcp *t, const struct tcp_conn *c,
		      const struct ip_error *e);

#endif
