/* SPDX-License-Identifier: MIT */
/*
 * record/mib.h - what the RFCs call our counters
 *
 * ipSystemStats of RFC 4293, of which ours are both versions' together; icmp of
 * the same (those of one type of message are its older ones, which have names);
 * udp of RFC 4113; tcp of RFC 4022. Ours have 64 bits, whichever the name.
 */
#ifndef OSTIA_RECORD_MIB_H
#define OSTIA_RECORD_MIB_H

/** mib_name() - Of "TcpActiveOpens" "tcpActiveOpens"; "": no RFC has it. */
const char *mib_name(const char *counter);

#endif
