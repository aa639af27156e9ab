/* SPDX-License-Identifier: MIT */
/*
 * names/server.h - a DNS server: UDP and TCP port 53 of a process
 *
 * What it says is names/zone.c's. It answers a datagram from the address that
 * was asked (IPV6_PKTINFO), and takes NAMES_SERVER_CLIENTS connections: one
 * more sends the oldest away, so that idle ones cannot keep others out
 * (RFC 7766 6.2.3).
 */
#ifndef OSTIA_NAMES_SERVER_H
#define OSTIA_NAMES_SERVER_H

#include "names/zone.h"

#include <netinet/in.h>
#include <ostia/socket.h>

enum {
	NAMES_SERVER_CLIENTS = 16,
	NAMES_SERVER_QUERY = 1024, /* longer ones are no questions */
};

/**
 * struct names_asker - Whom an answer goes to that comes later
 * @from, @control, @controllen: of a datagram
 * @fd, @serial: of a connection; -1: a datagram
 */
struct names_asker {
	struct sockaddr_in6 from;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(
		sizeof(struct in6_pktinfo))];
	uint32_t controllen;
	int fd;
	uint32_t serial;
};

/**
 * struct names_client - A connection, and what it has said so far
 * @serial: descriptors are used again, these are not
 */
struct names_client {
	int fd; /* -1: none */
	uint32_t serial;
	size_t len;
	uint8_t buf[2 + NAMES_SERVER_QUERY];
};

/**
 * struct names_server - See above
 * @p:		lent
 * @clients:	oldest first
 * @forward:	is shown a question about a name that does not exist. 0: it will
 *		be answered by names_server_reply(); NULL, or else: it does
 *		not exist
 */
struct names_server {
	struct ostia_proc *p;
	struct names_zone zone;
	int udp, tcp;
	struct names_client clients[NAMES_SERVER_CLIENTS];
	uint32_t serials;
	int (*forward)(void *ctx, const struct names_asker *who,
		       const uint8_t *p, size_t n);
	void *forward_ctx;
	uint8_t out[2 + WIRE_DNS_MAX];
};

/** names_server_open() - @s->zone is made already. Return: 0, -errno. What
 * was opened is the process's to close.
 */
int names_server_open(struct names_server *s, struct ostia_proc *p);

/** names_server_open_at() - The same, at @at alone. */
int names_server_open_at(struct names_server *s, struct ostia_proc *p,
			 const struct ostia_addr *at);

/** names_server_reply() - The answer to what was forwarded. If @who is gone,
 * nothing happens.
 */
void names_server_reply(struct names_server *s, const struct names_asker *who,
			const uint8_t *p, size_t n);

/** names_server_turn() - Wait for something, and answer it. Return: 0,
 * -errno of the wait.
 */
int names_server_turn(struct names_server *s);

#endif
