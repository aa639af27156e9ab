/* SPDX-License-Identifier: MIT */
/*
 * names/gai.h - what getaddrinfo(), getnameinfo() and gethostbyname() share
 */
#ifndef OSTIA_NAMES_GAI_H
#define OSTIA_NAMES_GAI_H

#include <ostia/names.h>
#include <stdbool.h>
#include <stdint.h>

struct in6_addr;
struct ostia_posix;

/**
 * names_gai_find() - Addresses of a name that is none itself
 *
 * "localhost" and all below it are the loopback's, "invalid" is nobody's
 * (RFC 6761 6.3, 6.4); the rest is the process's driver's business. Return: 0
 * or EAI_*, as struct ostia_resolver.
 */
int names_gai_find(struct ostia_posix *p, const char *name, int family,
		   struct ostia_names *out);

/** names_gai_scoped() - fe80::/10 and ff02::/16: a zone may be a link's name */
bool names_gai_scoped(const struct in6_addr *a);

#endif
