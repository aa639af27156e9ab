/* SPDX-License-Identifier: MIT */
/*
 * cli/bench.h - ostia bench: what things cost, beside the kernel and lwIP
 *
 * Each measurement is a function that does a fixed amount of work once and
 * returns how much it did per second (or how many bytes something takes). The
 * table in bench.c runs ours and theirs in turn, several times, and prints
 * medians and ratios: only ratios of one run mean anything.
 */
#ifndef OSTIA_CLI_BENCH_H
#define OSTIA_CLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** bench_now() - CLOCK_MONOTONIC, seconds. */
double bench_now(void);

/** bench_die() - Print why and exit with 125. */
_Noreturn void bench_die(const char *what, long result);

/** cli_bench() - argv[0] is "bench". */
int cli_bench(int argc, char **argv);

/* cli/bench_mem.c: ours, two stacks on a memory wire, one thread. */
double bench_mem_bulk(void); /* P1: bytes/s, 64 KB writes, one pool */
double bench_mem_zerocopy(void); /* P2 */
double bench_mem_mtu1500(void); /* P3: checksums on */
double bench_mem_mtu1500_nocsum(void);
double bench_mem_rr(void);
double bench_mem_rr_recorded(void); /* P4: transactions/s */
double bench_mem_conn(void); /* P5: connections/s */
double bench_mem_udp(void); /* P8: datagrams/s */
double bench_mem_local_bulk(void); /* AF_UNIX, a pair */
double bench_mem_local_rr(void);
double bench_mem_local_pair(void); /* bytes */
double bench_mem_allocs(void); /* P12: allocations in steady state */

/** struct bench_sizes - P6: bytes each, everything of the stack counted */
struct bench_sizes {
	double idle, half_open, time_wait;
};
void bench_mem_sizes(struct bench_sizes *);

/** struct bench_kind - A kind of socket, and what an idle one costs */
struct bench_kind {
	const char *what;
	int domain, type, protocol;
	bool bound;
	double bytes, most;
};
void bench_mem_kinds(struct bench_kind *kinds, size_t n);

/* cli/bench_tap.c: over a TAP; ours, and the bare driver. */
bool bench_tap_possible(void); /* root, and a device */
double bench_tap_out(void); /* P9: bytes/s, send() */
double bench_tap_lend(void); /* the same, zero-copy */
double bench_tap_in(void);
double bench_tap_rr(void); /* transactions/s */
double bench_tap_raw_out(void);
double bench_tap_raw_in(void);
double bench_tap_raw_rr(void);

/* cli/bench_paths.c: a long path that loses, ours and Linux's ends (X7). */

/**
 * struct bench_path - Who sends to whom over what
 * @loss: of each segment, both ways: "1%"; "": none
 * @from_ours, @to_ours: the end is ours, else the kernel's
 * @seed: of what is lost: the same for each pair of ends
 */
struct bench_path {
	const char *loss;
	bool from_ours, to_ours;
	uint64_t seed;
};
void bench_paths_time(unsigned ms); /* how long a path is measured */
double bench_path(const struct bench_path *); /* bytes/s, received */

/* cli/bench_world.c: a stream between two hosts of a world (P10). */
double bench_world_events(void); /* packets delivered to a stack, per s */
double bench_world_rate(void); /* a 10 Mbit/s path: virtual s per s */
double bench_world_million(void); /* what they are held against */
double bench_world_thousand(void);

/* cli/bench_run.c: two hosts under `ostia run`, and natively (P11). Each starts
 * a server and a client; what the client did per second.
 */
void bench_run_time(unsigned ms); /* how long a client works */
const char *bench_run_lacks(const char *work); /* NULL: all is there */
double bench_run_bulk(void);
double bench_native_bulk(void);
double bench_run_rr(void);
double bench_native_rr(void);
double bench_run_conn(void);
double bench_native_conn(void);
double bench_run_conn_single(void);
double bench_native_conn_single(void);
double bench_run_redis(void);
double bench_native_redis(void);
double bench_run_nginx(void);
double bench_native_nginx(void);
double bench_run_start_up(void); /* ms, over the program's own */

/** bench_guest() - cli/bench_guest.c: their programs; argv[0] is "guest". */
int bench_guest(int argc, char **argv);

/* cli/bench_kernel.c: the host kernel's loopback, one thread. */
double bench_kernel_bulk(void);
double bench_kernel_rr(void);
double bench_kernel_conn(void);
double bench_kernel_udp(void);
double bench_kernel_local_bulk(void); /* AF_UNIX, a pair */
double bench_kernel_local_rr(void);
double bench_memcpy(void); /* bytes/s of two hot 64 KB copies in a row */

#endif
