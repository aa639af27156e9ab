/* SPDX-License-Identifier: MIT */
/* api/ifreq.h - SIOCGIFCONF, SIOCGIFADDR ...: what links are there */
#ifndef OSTIA_API_IFREQ_H
#define OSTIA_API_IFREQ_H

#include "api/call.h"

/** api_ifreq_is() - Is @req one of them? */
bool api_ifreq_is(unsigned long req);

/** api_ifreq_flags() - IFF_* of a link; api_ifreq_type(): ARPHRD_* */
short api_ifreq_flags(const struct ostia_link *l);
unsigned short api_ifreq_type(const struct ostia_link *l);

/** api_ifreq() - struct ifreq, or struct ifconf. Return: 0; -EFAULT, -ENODEV
 * (no such link), -EADDRNOTAVAIL (it has no IPv4 address).
 */
int api_ifreq(struct ip *ip, unsigned long req, void *arg);

#endif
