/* SPDX-License-Identifier: MIT */
/*
 * ip/dad.h - duplicate address detection (RFC 4862 5.4, RFC 7527)
 *
 * An address is TENTATIVE until dad_transmits questions for it went without
 * an answer. Each question carries a nonce; a question that comes back with
 * our own was looped by the network, and means that we ask a little longer.
 * What happens to an address that somebody has depends on where it came from:
 * a stable or temporary identifier is replaced, another one stays in the list,
 * unusable, for its owner to see.
 */
#ifndef OSTIA_IP_DAD_H
#define OSTIA_IP_DAD_H

#include "ip/addrs.h"

/**
 * dad_start() - The address is new
 * @soon: after a random delay (RFC 4862 5.4.2), as many may do it at once
 *
 * Where nothing is to be detected it is usable on return.
 */
void dad_start(struct ip *ip, struct ifaddr *a, bool soon, ostia_time now);

/** dad_expire() - The timer of a tentative or duplicate address. */
void dad_expire(struct ip *ip, struct ifaddr *a, ostia_time now);

/**
 * dad_hear_question() - Somebody else probes for our tentative address
 * @nonce: or NULL. @a may be gone on return.
 */
void dad_hear_question(struct ip *ip, struct ifaddr *a, const uint8_t *nonce,
		       size_t len, ostia_time now);

/** dad_fail() - Somebody has it. @a may be gone on return. */
void dad_fail(struct ip *ip, struct ifaddr *a, ostia_time now);

#endif
