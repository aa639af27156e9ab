/* SPDX-License-Identifier: MIT */
/*
 * ip/team.h - the sockets that share a place by SO_REUSEPORT, and the program
 * that says which of them a packet is for (SO_ATTACH_REUSEPORT_CBPF)
 *
 * A team counts its members in the order in which they were bound (TCP: began
 * to listen); when one leaves, the last takes its number. A classic BPF
 * program that any member attached answers with a number. No such member: the
 * keyed hash decides, as it does without a program (Linux's
 * net/core/sock_reuseport.c). What a member costs stands in a record of its
 * own: few sockets have one.
 */
#ifndef OSTIA_IP_TEAM_H
#define OSTIA_IP_TEAM_H

#include "base/list.h"
#include "base/slab.h"
#include "ip/ports.h"

/**
 * struct team - Ends with its last member
 * @members: struct team_mate, number 0 first; never empty
 * @prog:    of all of them, or NULL
 */
struct team {
	struct list members;
	struct bpf *prog;
};

/** struct team_mate - What binding->mate names */
struct team_mate {
	struct list node;
	struct team *team;
	struct binding *b;
};

/** struct teams - Of a protocol */
struct teams {
	const struct ostia_env *env;
	struct slab mates;
};

void team_init(struct teams *ts, const struct ostia_env *env);
void team_fini(struct teams *ts);

/** team_of() - NULL: none. */
struct team *team_of(const struct teams *ts, const struct binding *b);

/**
 * team_join() - @b becomes the last of @mate's team, and leaves its own
 * @mate: NULL: the team that @b has, else one of its own
 * Return: 0, -ENOMEM (@b is as it was).
 */
int team_join(struct teams *ts, struct binding *b, struct binding *mate);

/** team_leave() - The last one's program goes, too. No team: nothing. */
void team_leave(struct teams *ts, struct binding *b);

/** team_program() - The team's program is @prog now; takes it, NULL: none. */
void team_program(const struct teams *ts, struct team *t, struct bpf *prog);

/**
 * team_pick() - For which member of @b's team is the packet?
 * @b:	  whom the hash chose
 * @from: offset of the byte that the program calls 0
 */
struct binding *team_pick(const struct teams *ts, struct ip *ip,
			  struct binding *b, const struct ostia_pkt *p,
			  uint32_t from);

#endif
