/* SPDX-License-Identifier: MIT */
/*
 * tests/world/net.h - two hosts, a wire, and what a test of them needs
 *
 * A failed CHECK names its line and the seed, ready to be run again, leaves a
 * recording (witness.h) and ends the program.
 */
#ifndef OSTIA_TESTS_WORLD_NET_H
#define OSTIA_TESTS_WORLD_NET_H

#include "onlooker.h"
#include "witness.h"

#include <ostia/world.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a failure prints besides: the case at hand. */
static char net_case[1024];

#define CHECK(cond, ...)                                                \
	do {                                                            \
		if (!(cond)) {                                          \
			fprintf(stderr, "%s:%d: %s failed\n", __FILE__, \
				__LINE__, #cond);                       \
			fprintf(stderr, "  " __VA_ARGS__);              \
			fprintf(stderr, "\n  in: %s\n", net_case);      \
			witness_failed();                               \
		}                                                       \
	} while (0)

/* Numbers of a test's own, by its seed. */
static uint64_t net_rng_state;

static uint64_t net_random(void)
{
	uint64_t z = net_rng_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t net_below(uint32_t n)
{
	return (uint32_t)(net_random() % n);
}

static inline bool net_chance(unsigned percent)
{
	return net_below(100) < percent;
}

/* The first seed: of a soak each time another (./do soak), else @usual. */
static inline uint64_t net_first_seed(uint64_t usual)
{
	const char *from = getenv("OSTIA_SOAK_FROM");

	return getenv("OSTIA_SOAK") && from ? strtoull(from, NULL, 0) : usual;
}

/* Real time, for figures alone. */
static inline double net_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static inline void net_add(char *to, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Text behind the text that is in @to. */
static inline void net_add(char *to, size_t size, const char *fmt, ...)
{
	size_t n = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to + n, size - n, fmt, ap);
	va_end(ap);
}

static inline void net_address(struct ostia_wire *w, unsigned end,
			       const char *four, const char *six)
{
	CHECK(!ostia_wire_addr(w, end, four) && !ostia_wire_addr(w, end, six),
	      "address %s", four);
}

/* What happens to packets that go from end @dir. */
static inline void net_faults(struct ostia_wire *w, unsigned dir,
			      const char *faults)
{
	char err[200];

	CHECK(!ostia_wire_faults(w, 1u << dir, faults, err, sizeof(err)), "%s",
	      err);
}

/* The second host's address: on the first one's wire, or behind a router. */
static inline const char *net_server_ip(bool behind, bool v6)
{
	if (behind)
		return v6 ? "fd02::2" : "10.0.2.2";
	return v6 ? "fd00::2" : "10.0.0.2";
}

struct net {
	struct ostia_world *w;
	struct ostia_node *a, *b;
	struct ostia_wire *wire;
};

static inline struct ostia_node *net_host(struct ostia_world *w,
					  const char *name)
{
	struct ostia_node *n;

	CHECK(ostia_host_new(w, name, NULL, 0, &n) == 0, "host %s", name);
	return n;
}

/* Hosts 10.0.0.1, fd00::1 and 10.0.0.2, fd00::2 on one wire. */
static inline struct net net_in(struct ostia_world *w,
				const struct ostia_wire_config *wire)
{
	struct net t = { .w = w };

	t.a = net_host(t.w, "a");
	t.b = net_host(t.w, "b");
	CHECK(ostia_wire_new(t.w, wire, t.a, t.b, &t.wire) == 0, "wire %s",
	      wire->faults ? wire->faults : "");
	net_address(t.wire, 0, "10.0.0.1/24", "fd00::1/64");
	net_address(t.wire, 1, "10.0.0.2/24", "fd00::2/64");
	return t;
}

/* The same, in a world of its own, which is watched: end it by onlooker_free().
 */
static inline struct net net_new(const struct ostia_world_config *cfg,
				 const struct ostia_wire_config *wire)
{
	struct ostia_world *w;

	CHECK(onlooker_world(cfg, &w) == 0, "world");
	return net_in(w, wire);
}

static inline struct ostia_world_proc *
net_proc(struct ostia_node *n, const char *name, uint32_t max_fds)
{
	struct ostia_world_proc *p;

	CHECK(ostia_world_proc_new(n, name, max_fds, &p) == 0, "process %s",
	      name);
	witness_look();
	return p;
}

static inline socklen_t net_addr(struct sockaddr_storage *out, const char *ip,
				 uint16_t port)
{
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *a4 = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, ip, &a4->sin_addr) == 1) {
		a4->sin_family = AF_INET;
		a4->sin_port = htons(port);
		return sizeof(*a4);
	}
	CHECK(inet_pton(AF_INET6, ip, &a6->sin6_addr) == 1, "%s", ip);
	a6->sin6_family = AF_INET6;
	a6->sin6_port = htons(port);
	return sizeof(*a6);
}

/* At rest a stack holds nothing, and neither does the pool. */
static inline void net_at_rest(struct ostia_world *w, struct ostia_node *n)
{
	struct ostia_pool_stats pool;
	struct ostia_usage u;

	ostia_stack_usage(ostia_host_stack(n), &u);
	CHECK(!u.conns, "%s: %llu connections left", ostia_node_name(n),
	      (unsigned long long)u.conns);
	CHECK(!u.half_open, "%llu half open", (unsigned long long)u.half_open);
	CHECK(!u.time_wait, "%llu in TIME-WAIT",
	      (unsigned long long)u.time_wait);
	CHECK(!u.listeners && !u.udp_socks && !u.raw_socks && !u.files,
	      "%llu listeners, %llu UDP, %llu raw, %llu files",
	      (unsigned long long)u.listeners, (unsigned long long)u.udp_socks,
	      (unsigned long long)u.raw_socks, (unsigned long long)u.files);
	CHECK(!u.fragments && !u.queued_pkts && !u.rtx_records,
	      "%llu fragments, %llu queued packets, %llu records",
	      (unsigned long long)u.fragments,
	      (unsigned long long)u.queued_pkts,
	      (unsigned long long)u.rtx_records);
	ostia_pool_stats(ostia_world_pool(w), &pool);
	CHECK(!pool.blocks && !pool.pkts, "%llu blocks, %llu packets left",
	      (unsigned long long)pool.blocks, (unsigned long long)pool.pkts);
}

#endif
