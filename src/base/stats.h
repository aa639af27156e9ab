/* SPDX-License-Identifier: MIT */
/*
 * base/stats.h - the counters of a stack, in the vocabulary of the MIBs
 *
 * One row here makes a counter: a member of struct stats, incremented where
 * the thing happens, and a line of every listing. Names and meanings are
 * those of RFC 4293 (Ip), 4113 (Udp) and 4022 (Tcp), and of Linux's nstat
 * where no MIB has a word (the rows Ext); an Ip row counts both versions.
 *
 *	stack->stats.TcpActiveOpens++;
 */
#ifndef OSTIA_BASE_STATS_H
#define OSTIA_BASE_STATS_H

#include <stdint.h>

#define STATS_IP(STAT)                                                       \
	STAT(IpInReceives, "packets received, errors included")              \
	STAT(IpInOctets, "octets received")                                  \
	STAT(IpInHdrErrors, "dropped: version, length, checksum, hop limit") \
	STAT(IpInTruncatedPkts, "dropped: shorter than they say")            \
	STAT(IpInAddrErrors, "dropped: address is not ours, or never valid") \
	STAT(IpInNoRoutes, "dropped: no way to forward them")                \
	STAT(IpInUnknownProtos, "dropped: nobody speaks the protocol")       \
	STAT(IpInCsumErrors, "dropped: wrong header checksum")               \
	STAT(IpInDiscards, "dropped for lack of room")                       \
	STAT(IpInDelivers, "handed to a protocol")                           \
	STAT(IpInMcastPkts, "multicast packets received")                    \
	STAT(IpInBcastPkts, "broadcast packets received")                    \
	STAT(IpForwDatagrams, "packets passed on to other hosts")            \
	STAT(IpOutRequests, "packets our protocols asked to send")           \
	STAT(IpOutTransmits, "packets given to links")                       \
	STAT(IpOutOctets, "octets given to links")                           \
	STAT(IpOutNoRoutes, "not sent: no route")                            \
	STAT(IpOutDiscards, "not sent for lack of room")                     \
	STAT(IpOutMcastPkts, "multicast packets sent")                       \
	STAT(IpOutBcastPkts, "broadcast packets sent")                       \
	STAT(IpReasmReqds, "fragments received")                             \
	STAT(IpReasmOKs, "datagrams put together")                           \
	STAT(IpReasmFails, "datagrams given up")                             \
	STAT(IpReasmTimeout, "datagrams given up: a fragment never came")    \
	STAT(IpReasmOverlaps, "datagrams given up: fragments overlap")       \
	STAT(IpReasmEvicted, "datagrams given up: too many at once")         \
	STAT(IpFragOKs, "datagrams cut to fit")                              \
	STAT(IpFragFails, "datagrams that may not be cut")                   \
	STAT(IpFragCreates, "fragments made")                                \
	STAT(McastInQueries, "IGMP and MLD queries received")                \
	STAT(McastInErrors, "IGMP and MLD messages dropped: malformed")      \
	STAT(McastOutReports, "IGMP and MLD messages sent")                  \
	STAT(McastGroupOverflows, "groups not joined: too many on a link")   \
	STAT(McastSourceOverflows, "sources not taken: too many of a group")

#define STATS_ICMP(STAT)                                                  \
	STAT(IcmpInMsgs, "ICMP messages received")                        \
	STAT(IcmpInErrors, "dropped: malformed")                          \
	STAT(IcmpInCsumErrors, "dropped: wrong checksum")                 \
	STAT(IcmpInDestUnreachs, "destination unreachable received")      \
	STAT(IcmpInPktTooBigs, "packet too big received")                 \
	STAT(IcmpInTimeExcds, "time exceeded received")                   \
	STAT(IcmpInParmProbs, "parameter problem received")               \
	STAT(IcmpInRedirects, "redirect received")                        \
	STAT(IcmpInEchos, "echo requests received")                       \
	STAT(IcmpInEchoReps, "echo replies received")                     \
	STAT(IcmpInStale, "ignored: quotes nothing that we sent")         \
	STAT(IcmpOutMsgs, "ICMP messages sent")                           \
	STAT(IcmpOutErrors, "not sent for lack of room")                  \
	STAT(IcmpOutRateLimitGlobal, "not sent: too many in all")         \
	STAT(IcmpOutRateLimitHost, "not sent: too many to one host")      \
	STAT(IcmpOutDestUnreachs, "destination unreachable sent")         \
	STAT(IcmpOutPktTooBigs, "packet too big sent")                    \
	STAT(IcmpOutTimeExcds, "time exceeded sent")                      \
	STAT(IcmpOutParmProbs, "parameter problem sent")                  \
	STAT(IcmpOutRedirects, "redirect sent")                           \
	STAT(IcmpOutEchos, "echo requests sent")                          \
	STAT(IcmpOutEchoReps, "echo replies sent")                        \
	STAT(IcmpInRouterAdverts, "router advertisements received")       \
	STAT(IcmpOutRouterSolicits, "router solicitations sent")          \
	STAT(NdDadDuplicates, "addresses that somebody else has")         \
	STAT(NdDadLoops, "probes for duplicates that came back to us")    \
	STAT(NdAddrOverflows, "addresses not made: too many")             \
	STAT(NdRouterOverflows, "routers not taken: too many")            \
	STAT(NdRouteOverflows, "told routes not taken: too many")         \
	STAT(NdDnsOverflows, "name servers not taken: too many")          \
	STAT(RedirectsTaken, "redirects that we follow")                  \
	STAT(RedirectsRefused, "redirects that we do not believe")        \
	STAT(RedirectsEvicted, "redirects forgotten: too many")           \
	STAT(NeighEvicted, "neighbours forgotten: too many")              \
	STAT(NeighQueueDrops, "packets dropped: neighbour not yet known") \
	STAT(NeighUnreachable, "neighbours that did not answer")          \
	STAT(PmtuUpdates, "paths found narrower")                         \
	STAT(PmtuEvicted, "paths forgotten: too many")

#define STATS_UDP(STAT)                                                       \
	STAT(UdpInDatagrams, "datagrams delivered")                           \
	STAT(UdpNoPorts, "datagrams to a port that nobody has")               \
	STAT(UdpInErrors, "dropped: malformed or no room")                    \
	STAT(UdpInCsumErrors, "dropped: wrong checksum")                      \
	STAT(UdpRcvbufErrors, "dropped: receive buffer full")                 \
	STAT(UdpOutDatagrams, "datagrams sent")                               \
	STAT(UdpSndbufErrors, "not sent: send buffer full")                   \
	STAT(RawInDatagrams, "packets delivered to raw sockets")              \
	STAT(RawRcvbufErrors, "dropped: receive buffer of a raw socket full") \
	STAT(RawOutDatagrams, "packets sent by raw sockets")

#define STATS_DNS(STAT)                                                     \
	STAT(DnsOutQueries, "questions sent to servers over UDP")           \
	STAT(DnsOutTcpQueries, "questions asked again over TCP")            \
	STAT(DnsInAnswers, "answers taken")                                 \
	STAT(DnsInMalformed, "dropped: no answer to anything")              \
	STAT(DnsInWrongId, "dropped: answers with another id")              \
	STAT(DnsInWrongQuestion, "dropped: answers to another question")    \
	STAT(DnsInLongChains, "answers refused: aliases without end")       \
	STAT(DnsInTooMany, "addresses left out: too many for one name")     \
	STAT(DnsTimeouts, "servers that did not answer in time")            \
	STAT(DnsInQueries, "questions received by our own server")          \
	STAT(DnsOutTruncated, "answers of our own server cut to fit")       \
	STAT(DnsInTcpOverflows, "clients of our own server sent away: too " \
				"many")

#define STATS_DHCP(STAT)                                               \
	STAT(ArpConflicts, "somebody else claimed an address of ours") \
	STAT(DhcpInMsgs, "DHCP messages received")                     \
	STAT(DhcpInErrors,                                             \
	     "dropped: malformed, not ours, or no host's address")     \
	STAT(DhcpOutMsgs, "DHCP messages sent")                        \
	STAT(DhcpNaks, "leases that a server refused")                 \
	STAT(DhcpDeclines, "leases that we declined: somebody has it") \
	STAT(DhcpExpired, "leases that ended")                         \
	STAT(DhcpV6Only, "networks that asked to do without IPv4")     \
	STAT(DhcpRoutesRefused, "routes of leases that cannot be")

#define STATS_LOCAL(STAT)                                                     \
	STAT(LocalListenFull, "connects that found a full backlog")           \
	STAT(LocalQueueFull, "datagrams that found a full queue")             \
	STAT(LocalFiltered, "messages that a socket filter did not want")     \
	STAT(LocalNamesFull, "names refused: too many")                       \
	STAT(LocalInflightFull, "messages refused: too many files in flight") \
	STAT(LocalCycles, "sockets closed that only messages referred to")

#define STATS_TCP(STAT)                                                 \
	STAT(TcpActiveOpens, "connections asked for by connect")        \
	STAT(TcpPassiveOpens, "connections asked for by peers")         \
	STAT(TcpAttemptFails, "connections that never came to be")      \
	STAT(TcpEstabResets, "established connections that were reset") \
	STAT(TcpInSegs, "segments received, errors included")           \
	STAT(TcpInErrs, "segments dropped: malformed")                  \
	STAT(TcpInCsumErrors, "segments dropped: wrong checksum")       \
	STAT(TcpOutSegs, "segments sent, retransmissions not counted")  \
	STAT(TcpOutRsts, "resets sent")                                 \
	STAT(TcpRetransSegs, "segments sent again")

#define STATS_TCP_EXT(STAT)                                                  \
	STAT(TcpExtSyncookiesSent, "SYN cookies sent")                       \
	STAT(TcpExtSyncookiesRecv, "SYN cookies that came back right")       \
	STAT(TcpExtSyncookiesFailed, "SYN cookies that came back wrong")     \
	STAT(TcpExtListenOverflows, "handshakes held: accept queue full")    \
	STAT(TcpExtListenDrops, "SYNs dropped by a listener")                \
	STAT(TcpExtTW, "connections that went through TIME-WAIT")            \
	STAT(TcpExtTWRecycled, "TIME-WAIT ended early by a new SYN")         \
	STAT(TcpExtTimeWaitOverflow, "TIME-WAIT not kept: too many")         \
	STAT(TcpExtTCPMinTTLDrop, "segments from too far away (RFC 5082)")   \
	STAT(TcpExtPAWSActive, "SYNs refused by timestamp")                  \
	STAT(TcpExtPAWSEstab, "segments refused by timestamp")               \
	STAT(TcpExtDelayedACKs, "acknowledgments sent late on purpose")      \
	STAT(TcpExtHPHits, "data segments on the fast path")                 \
	STAT(TcpExtHPAcks, "acknowledgments on the fast path")               \
	STAT(TcpExtPureAcks, "acknowledgments without data")                 \
	STAT(TcpExtSackRecovery, "recoveries begun by SACK")                 \
	STAT(TcpExtRenoRecovery, "recoveries begun without SACK")            \
	STAT(TcpExtSACKReneging, "peers that took back a SACK")              \
	STAT(TcpExtSACKDiscard, "SACK blocks that make no sense")            \
	STAT(TcpExtDSACKOldSent, "duplicates reported, acknowledged before") \
	STAT(TcpExtDSACKOfoSent, "duplicates reported, out of order")        \
	STAT(TcpExtDSACKRecv, "duplicates reported to us")                   \
	STAT(TcpExtDSACKIgnoredDubious, "of what we did not send twice")     \
	STAT(TcpExtFastRetrans, "segments sent again in recovery")           \
	STAT(TcpExtSlowStartRetrans, "segments sent again after a timeout")  \
	STAT(TcpExtLostRetransmit, "retransmissions lost again")             \
	STAT(TcpExtTimeouts, "retransmission timeouts")                      \
	STAT(TcpExtSpuriousRTOs, "timeouts that proved needless")            \
	STAT(TcpExtLossUndo, "repairs undone after a timeout")               \
	STAT(TcpExtFullUndo, "repairs undone by timestamps, at their end")   \
	STAT(TcpExtPartialUndo, "repairs undone by timestamps, before it")   \
	STAT(TcpExtDSACKUndo, "repairs undone by reported duplicates")       \
	STAT(TcpExtLossProbes, "tail loss probes sent")                      \
	STAT(TcpExtLossProbeRecovery, "losses repaired by a probe")          \
	STAT(TcpExtRackReordering, "reordering seen by RACK")                \
	STAT(TcpExtOFOQueue, "segments queued out of order")                 \
	STAT(TcpExtOFODrop, "out-of-order segments dropped: no room")        \
	STAT(TcpExtOFOMerge, "out-of-order segments that overlap")           \
	STAT(TcpExtRcvPruned, "receive queues compacted")                    \
	STAT(TcpExtRcvQDrop, "in-order segments dropped: no room")           \
	STAT(TcpExtZeroWindowDrop, "segments dropped: window closed")        \
	STAT(TcpExtWinProbe, "window probes sent")                           \
	STAT(TcpExtKeepAlive, "keepalive probes sent")                       \
	STAT(TcpExtChallengeACK, "challenge ACKs sent (RFC 5961)")           \
	STAT(TcpExtSYNChallenge, "SYNs of a connection: challenged")         \
	STAT(TcpExtRSTChallenge, "resets dropped: not the exact number")     \
	STAT(TcpExtACKInvalid, "segments dropped: ACK missing or senseless") \
	STAT(TcpExtOldSequence, "segments dropped: nothing new in them")     \
	STAT(TcpExtBeyondWindow, "segments dropped: beyond the window")      \
	STAT(TcpExtACKSkipped, "replies withheld: too many")                 \
	STAT(TcpErrQueueDrops, "stamps and errors that nobody read: full")   \
	STAT(TcpExtReplyDrops, "replies dropped: reply queue full")          \
	STAT(TcpExtAbortOnData, "closed with data unread: reset")            \
	STAT(TcpExtAbortOnClose, "data for nobody after close: reset")       \
	STAT(TcpExtAbortOnMemory, "connections given up for lack of memory") \
	STAT(TcpExtAbortOnTimeout, "connections given up: peer silent")      \
	STAT(TcpExtAbortOnLinger, "connections given up after linger")       \
	STAT(TcpExtMD5NotFound, "segments without the signature we want")    \
	STAT(TcpExtMD5Unexpected, "segments with one that nobody has")       \
	STAT(TcpExtMD5Failure, "segments with a wrong one")                  \
	STAT(TcpExtAOGood, "segments that TCP-AO verified")                  \
	STAT(TcpExtAOBad, "segments that TCP-AO refused")                    \
	STAT(TcpExtAOKeyNotFound, "segments signed by a key not known")      \
	STAT(TcpExtAORequired, "segments that TCP-AO had to sign")           \
	STAT(TcpExtAODroppedIcmps, "errors not believed: TCP-AO")            \
	STAT(TcpAuthKeysRefused, "keys of a socket refused: too many")       \
	STAT(TcpExtFastOpenActive, "Fast Open tried and confirmed")          \
	STAT(TcpExtFastOpenPassive, "Fast Open accepted from a peer")        \
	STAT(TcpExtFastOpenActiveFail, "Fast Open tried and not confirmed")  \
	STAT(TcpExtFastOpenPassiveFail, "wrong cookies of Fast Open")        \
	STAT(TcpExtFastOpenCookieReqd, "cookies of Fast Open asked for")     \
	STAT(TcpExtFastOpenListenOverflow, "Fast Open refused: too many")    \
	STAT(TcpExtFastOpenBlackhole, "Fast Open not tried: swallowed")      \
	STAT(TcpExtMTUBlackHoles, "paths that may swallow large segments")   \
	STAT(TcpExtMTUProbes, "larger segments tried")                       \
	STAT(TcpExtMTUPSuccess, "of which arrived")                          \
	STAT(TcpExtMTUPFail, "of which did not")                             \
	STAT(TcpMetricsEvicted, "peers forgotten: too many")                 \
	STAT(TcpExtEcnSeen, "congestion marks received")                     \
	STAT(TcpExtHystartDetect, "slow starts ended by delay")              \
	STAT(TcpExtSplits, "super-segments split on demand")                 \
	STAT(TcpExtSplitsCapped, "splits refused: too many pieces")

#define STATS_LINK(STAT)                                                \
	STAT(LinkInPkts, "frames received")                             \
	STAT(LinkInErrors, "frames dropped: malformed")                 \
	STAT(LinkInUnknown, "frames dropped: ether type nobody speaks") \
	STAT(LinkOutPkts, "frames sent")                                \
	STAT(LinkOutDrops, "frames dropped: queue full")                \
	STAT(LinkGroMerged, "segments merged on input")                 \
	STAT(LinkGsoSplit, "segments cut on output")                    \
	STAT(UnixOutBytes, "octets sent over AF_UNIX")                  \
	STAT(NoMemory, "times the environment had no memory")

#define STATS(STAT)       \
	STATS_LINK(STAT)  \
	STATS_IP(STAT)    \
	STATS_ICMP(STAT)  \
	STATS_UDP(STAT)   \
	STATS_DNS(STAT)   \
	STATS_DHCP(STAT)  \
	STATS_LOCAL(STAT) \
	STATS_TCP(STAT)   \
	STATS_TCP_EXT(STAT)

#define STATS_MEMBER(name, text) uint64_t name;

/** struct stats - One counter a row, all zero at first */
struct stats {
	STATS(STATS_MEMBER)
};

#undef STATS_MEMBER

enum {
	STATS_COUNT = sizeof(struct stats) / sizeof(uint64_t),
};

/** struct stats_row - What a listing says about a counter */
struct stats_row {
	const char *name;
	const char *text;
};

/** stats_row() - Name and meaning of counter @i, in the order of the rows. */
const struct stats_row *stats_row(unsigned i);

/** stats_value() - Counter @i of @s. */
uint64_t stats_value(const struct stats *s, unsigned i);

/** stats_find() - The index of the counter @name, or -ENOENT. */
int stats_find(const char *name);

#endif
