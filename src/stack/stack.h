/* SPDX-License-Identifier: MIT */
/*
 * stack/stack.h - a host: owns every room and spells the two pipelines
 *
 * stack/rx.c is the way in, stack/tx.c the way out, stack/stack.c makes and
 * ends a stack, moves time and fetches events, stack/settings.c knows the
 * sysctls by name.
 */
#ifndef OSTIA_STACK_STACK_H
#define OSTIA_STACK_STACK_H

#include "base/rng.h"
#include "base/stats.h"
#include "base/trace.h"
#include "base/wheel.h"
#include "ip/state.h"
#include "local/local.h"
#include "raw/packet.h"
#include "raw/raw.h"
#include "sock/sock.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

#include <ostia/stack.h>

struct ostia_stack {
	struct ostia_env env;
	struct ostia_pool *pool;
	struct tracer tracer;
	struct stats stats;
	struct rng rng;
	struct wheel wheel; /* TCP's */
	struct ip ip;
	struct tcp *tcp;
	struct udp *udp;
	struct raw *raw;
	struct packet *packet;
	struct local *local;
	struct socks *socks;
	struct ostia_link *lo;
	uint32_t procs; /* for numbering processes */
};

static inline ostia_time stack_now(const struct ostia_stack *s)
{
	return s->tracer.now;
}

/**
 * stack_settle() - What calls and frames left to do inside: the loopback's
 * packets move (a bounded number of rounds), ICMP's news reach their sockets,
 * readiness is told. Every entry point ends with it.
 */
void stack_settle(struct ostia_stack *s);

/** stack_errors() - Hand news of ICMP and of neighbours to the transports. */
void stack_errors(struct ostia_stack *s);

void stack_told_pkt(struct ostia_stack *s, uint32_t kind,
		    const struct ostia_link *l, const struct ostia_pkt *p);

/** stack_trace_pkt() - @kind is IN from @l, or OUT to it. */
static inline void stack_trace_pkt(struct ostia_stack *s, uint32_t kind,
				   const struct ostia_link *l,
				   const struct ostia_pkt *p)
{
	if (__builtin_expect(s->tracer.sink != NULL, 0))
		stack_told_pkt(s, kind, l, p);
}

/** stack_trace_drop() - A packet ends here, because of counter @why. */
void stack_trace_drop(struct ostia_stack *s, const struct ostia_pkt *p,
		      const char *why);

#endif
