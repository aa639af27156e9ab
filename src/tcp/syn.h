/* SPDX-License-Identifier: MIT */
/*
 * tcp/syn.h - what is kept of a peer's SYN beside its half-open record
 *
 * IPv4 options that our answers carry (tcp/hdropts.h), and, for a listener
 * with TCP_SAVE_SYN, the SYN's headers, which the connection hands to its
 * program once (TCP_SAVED_SYN). Most SYNs leave nothing. Records are capped
 * as half-open connections are; a SYN that finds none left, or whose headers
 * are longer than TCP_SYN_BYTES, is not saved (NoMemory). A connection that
 * began with a cookie has none, as on Linux.
 */
#ifndef OSTIA_TCP_SYN_H
#define OSTIA_TCP_SYN_H

#include "ip/hdropts.h"
#include "tcp/rx.h"

enum { TCP_SYN_BYTES = 254 };

/**
 * struct tcp_syn - See above
 * @has_echo:	@echo is to be sent
 * @len:	of @bytes; 0: not asked for
 */
struct tcp_syn {
	struct hdropts echo;
	bool has_echo;
	uint8_t len;
	uint8_t bytes[TCP_SYN_BYTES];
};

/** tcp_syn_keep() - A SYN for listener @l. Return: a handle; 0: nothing. */
uint32_t tcp_syn_keep(struct tcp *t, const struct tcp_conn *l,
		      const struct tcp_seg *s);

/** tcp_syn_echo() - Options of IPv4 to be sent, or NULL. */
const struct hdropts *tcp_syn_echo(const struct tcp *t, uint32_t handle);

/** tcp_syn_hand_on() - @c came of it: takes the record, keeps its bytes. */
void tcp_syn_hand_on(struct tcp *t, struct tcp_conn *c, uint32_t handle);

/** tcp_syn_forget() - 0 is nothing. */
void tcp_syn_forget(struct tcp *t, uint32_t handle);

#endif
