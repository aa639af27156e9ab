/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/stats.h"
#include "record/mib.h"

#include <stdbool.h>
#include <string.h>

/* Of these groups' counters the RFCs have no word for these alone. */
static const char *const ours_alone[] = {
	"IpInCsumErrors",    "IpReasmTimeout",	       "IpReasmOverlaps",
	"IpReasmEvicted",    "IcmpInCsumErrors",       "IcmpInPktTooBigs",
	"IcmpInStale",	     "IcmpOutRateLimitGlobal", "IcmpOutRateLimitHost",
	"IcmpOutPktTooBigs", "IcmpInRouterAdverts",    "IcmpOutRouterSolicits",
	"UdpInCsumErrors",   "UdpRcvbufErrors",	       "UdpSndbufErrors",
	"TcpInCsumErrors",   "TcpErrQueueDrops",       "TcpAuthKeysRefused",
	"TcpMetricsEvicted",
};

static bool is_ours_alone(const char *name)
{
	for (size_t i = 0; i < sizeof(ours_alone) / sizeof(ours_alone[0]); i++)
		if (!strcmp(ours_alone[i], name))
			return true;
	return false;
}

static bool of_a_mib(const char *name)
{
	static const char *const groups[] = { "Ip", "Icmp", "Udp", "Tcp" };

	if (!strncmp(name, "TcpExt", 6))
		return false;
	for (int i = 0; i < 4; i++)
		if (!strncmp(name, groups[i], strlen(groups[i])))
			return true;
	return false;
}

TEST(a_counter_of_the_mibs_groups_has_their_name_or_is_known_not_to)
{
	for (unsigned i = 0; i < STATS_COUNT; i++) {
		const char *name = stats_row(i)->name;
		bool theirs = *mib_name(name) != '\0';

		if (theirs != (of_a_mib(name) && !is_ours_alone(name)))
			print_error("%s: in the RFCs, or not?\n", name);
		EQ(theirs, of_a_mib(name) && !is_ours_alone(name));
	}
	for (size_t i = 0; i < sizeof(ours_alone) / sizeof(ours_alone[0]); i++)
		OK(stats_find(ours_alone[i]) >= 0);
}

TEST(names_are_those_of_the_mibs)
{
	static const struct {
		const char *ours, *theirs;
	} rows[] = {
		{ "TcpActiveOpens", "tcpActiveOpens" },
		{ "UdpInDatagrams", "udpInDatagrams" },
		{ "IpInReceives", "ipSystemStatsInReceives" },
		{ "IpForwDatagrams", "ipSystemStatsOutForwDatagrams" },
		{ "IpFragOKs", "ipSystemStatsOutFragOKs" },
		{ "IcmpInMsgs", "icmpStatsInMsgs" },
		{ "IcmpInEchos", "icmpInEchos" },
		{ "TcpExtFastRetrans", "" },
		{ "UnixOutBytes", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		STR(mib_name(rows[i].ours), rows[i].theirs);
}

TESTS(CASE(a_counter_of_the_mibs_groups_has_their_name_or_is_known_not_to),
      CASE(names_are_those_of_the_mibs))
