/* SPDX-License-Identifier: MIT */
/*
 * record/pcap.h - a recording as a capture that Wireshark and tcpdump read
 *
 * pcapng (draft-ietf-opsawg-pcapng), times in ns. Each host has an interface
 * of its own, where a packet stands when it leaves and when it arrives, as a
 * capture on that host would have it; what does not arrive stands at its
 * sender alone, with a comment that says why. Bare IP packets, loopback and
 * AF_UNIX messages are of other link types and have interfaces beside it.
 * Blocks are written as events come: a capture may be read while it grows.
 */
#ifndef OSTIA_RECORD_PCAP_H
#define OSTIA_RECORD_PCAP_H

#include "record/index.h"

#include <ostia/record.h>
#include <stdio.h>

enum {
	PCAP_ETHERNET = 1,
	PCAP_RAW = 101,
	PCAP_UPPER_PDU = 252,
	PCAP_FLIGHT = 1 << 16, /* packets on their way that are remembered */
};

struct pcap_flight;

/**
 * struct pcap - A capture under way
 * @host: names, by node; @face: number of an interface, by (node, link type)
 * @only: packets of this host alone; NULL: of all
 * @flight: what was sent, by id, until it arrives
 * @forgotten: arrivals of packets that were not seen leaving
 */
struct pcap {
	FILE *out;
	const char *only;
	struct index_map hosts, faces;
	struct pcap_host {
		char name[64];
		bool is_host;
	} * host;
	uint32_t nhosts, host_cap, nfaces;
	struct pcap_flight *flight;
	uint64_t packets, forgotten;
};

/** pcap_begin() - Return: 0, -ENOMEM. */
int pcap_begin(struct pcap *p, FILE *out);

/** pcap_has_host() - Was there a host called @name so far? */
bool pcap_has_host(const struct pcap *p, const char *name);

/** pcap_event() - Return: 0; -ENOMEM; -EIO: it cannot be written. */
int pcap_event(struct pcap *p, const struct ostia_record_event *ev);
void pcap_fini(struct pcap *p);

#endif
