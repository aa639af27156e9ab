/* SPDX-License-Identifier: MIT */
#include "record/mib.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *ours, *theirs;
} rows[] = {
	{ "IpInReceives", "ipSystemStatsInReceives" },
	{ "IpInOctets", "ipSystemStatsInOctets" },
	{ "IpInHdrErrors", "ipSystemStatsInHdrErrors" },
	{ "IpInTruncatedPkts", "ipSystemStatsInTruncatedPkts" },
	{ "IpInAddrErrors", "ipSystemStatsInAddrErrors" },
	{ "IpInNoRoutes", "ipSystemStatsInNoRoutes" },
	{ "IpInUnknownProtos", "ipSystemStatsInUnknownProtos" },
	{ "IpInDiscards", "ipSystemStatsInDiscards" },
	{ "IpInDelivers", "ipSystemStatsInDelivers" },
	{ "IpInMcastPkts", "ipSystemStatsInMcastPkts" },
	{ "IpInBcastPkts", "ipSystemStatsInBcastPkts" },
	{ "IpOutRequests", "ipSystemStatsOutRequests" },
	{ "IpOutTransmits", "ipSystemStatsOutTransmits" },
	{ "IpOutOctets", "ipSystemStatsOutOctets" },
	{ "IpOutNoRoutes", "ipSystemStatsOutNoRoutes" },
	{ "IpOutDiscards", "ipSystemStatsOutDiscards" },
	{ "IpOutMcastPkts", "ipSystemStatsOutMcastPkts" },
	{ "IpOutBcastPkts", "ipSystemStatsOutBcastPkts" },
	{ "IpReasmReqds", "ipSystemStatsReasmReqds" },
	{ "IpReasmOKs", "ipSystemStatsReasmOKs" },
	{ "IpReasmFails", "ipSystemStatsReasmFails" },
	{ "IpForwDatagrams", "ipSystemStatsOutForwDatagrams" },
	{ "IpFragOKs", "ipSystemStatsOutFragOKs" },
	{ "IpFragFails", "ipSystemStatsOutFragFails" },
	{ "IpFragCreates", "ipSystemStatsOutFragCreates" },
	{ "IcmpInMsgs", "icmpStatsInMsgs" },
	{ "IcmpInErrors", "icmpStatsInErrors" },
	{ "IcmpOutMsgs", "icmpStatsOutMsgs" },
	{ "IcmpOutErrors", "icmpStatsOutErrors" },
	{ "IcmpInDestUnreachs", "icmpInDestUnreachs" },
	{ "IcmpInTimeExcds", "icmpInTimeExcds" },
	{ "IcmpInParmProbs", "icmpInParmProbs" },
	{ "IcmpInRedirects", "icmpInRedirects" },
	{ "IcmpInEchos", "icmpInEchos" },
	{ "IcmpInEchoReps", "icmpInEchoReps" },
	{ "IcmpOutDestUnreachs", "icmpOutDestUnreachs" },
	{ "IcmpOutTimeExcds", "icmpOutTimeExcds" },
	{ "IcmpOutParmProbs", "icmpOutParmProbs" },
	{ "IcmpOutRedirects", "icmpOutRedirects" },
	{ "IcmpOutEchos", "icmpOutEchos" },
	{ "IcmpOutEchoReps", "icmpOutEchoReps" },
	{ "UdpInDatagrams", "udpInDatagrams" },
	{ "UdpNoPorts", "udpNoPorts" },
	{ "UdpInErrors", "udpInErrors" },
	{ "UdpOutDatagrams", "udpOutDatagrams" },
	{ "TcpActiveOpens", "tcpActiveOpens" },
	{ "TcpPassiveOpens", "tcpPassiveOpens" },
	{ "TcpAttemptFails", "tcpAttemptFails" },
	{ "TcpEstabResets", "tcpEstabResets" },
	{ "TcpInSegs", "tcpInSegs" },
	{ "TcpInErrs", "tcpInErrs" },
	{ "TcpOutSegs", "tcpOutSegs" },
	{ "TcpOutRsts", "tcpOutRsts" },
	{ "TcpRetransSegs", "tcpRetransSegs" },
};
/* clang-format on */

const char *mib_name(const char *counter)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].ours, counter))
			return rows[i].theirs;
	return "";
}
