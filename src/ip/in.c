/* SPDX-License-Identifier: MIT */
#include "ip/in.h"

#include "ip/state.h"

enum verdict ip_rx(struct ip *ip, struct ostia_pkt **p, ostia_time now)
{
	const uint8_t *first = pkt_peek(*p, (*p)->l3, 1);

	ip->stats->IpInReceives++;
	ip->stats->IpInOctets += (*p)->len - (*p)->l3;
	if (first && *first >> 4 == 4)
		return in4_rx(ip, p, now);
	if (first && *first >> 4 == 6)
		return in6_rx(ip, p, now);
	return IP_DROP(ip, IpInHdrErrors);
}
