/* SPDX-License-Identifier: MIT */
/*
 * ip/in.h - input of the two families, for ip/in.c
 */
#ifndef OSTIA_IP_IN_H
#define OSTIA_IP_IN_H

#include "base/pkt.h"
#include "base/verdict.h"

struct ip;

/* As ip_rx(), for a packet whose version is known. */
enum verdict in4_rx(struct ip *ip, struct ostia_pkt **p, ostia_time now);
enum verdict in6_rx(struct ip *ip, struct ostia_pkt **p, ostia_time now);

#endif
