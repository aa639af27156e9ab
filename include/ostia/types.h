/* SPDX-License-Identifier: MIT */
/*
 * ostia/types.h - what the rest of the interface is written in
 *
 * Time, addresses, and the environment that is lent to a pool or a stack when
 * it is made: memory, entropy, the checksum routine, the trace sink. A stack
 * asks the machine for nothing else, ever.
 */
#ifndef OSTIA_TYPES_H
#define OSTIA_TYPES_H

#include <stddef.h>
#include <stdint.h>

#define OSTIA_API __attribute__((visibility("default")))

/* ns since an epoch that the caller picks; it never moves backwards. */
typedef uint64_t ostia_time;

/* "No deadline"; later than every real time. */
#define OSTIA_NEVER UINT64_MAX

#define OSTIA_US UINT64_C(1000)
#define OSTIA_MS UINT64_C(1000000)
#define OSTIA_S UINT64_C(1000000000)

/*
 * An address of either family: 16 bytes as IPv6 has them, an IPv4 address
 * mapped (::ffff:a.b.c.d). The zone (a link's index) travels beside it.
 */
struct ostia_addr {
	union {
		uint8_t b[16];
		uint32_t w[4];
		uint64_t q[2];
	};
};

struct ostia_env;
struct ostia_event;
struct ostia_link;
struct ostia_pkt;
struct ostia_pool;
struct ostia_proc;
struct ostia_stack;
struct ostia_trace;
struct ostia_trace_log;

/**
 * struct ostia_env - What a pool or a stack borrows from its surroundings
 * @ctx:	handed back to alloc, free and poison
 * @alloc:	memory aligned for any object (16 bytes), or NULL
 * @free:	takes back what alloc gave; @size is the size asked for
 * @poison:	optional: marks [p, p + n) as forbidden (@on) or allowed; debug
 *		builds pass AddressSanitizer's hooks
 * @csum:	optional: adds @n bytes to a 32-bit Internet checksum as
 *		base/csum.h specifies; NULL takes the portable routine
 * @trace:	optional: told of every event; NULL costs one branch an event
 * @trace_ctx:	handed to @trace
 * @trace_log:	instead of @trace, and much cheaper: a recorder's
 *		ostia_recorder_log()
 * @seed:	16 bytes of entropy; all randomness of a stack derives from
 *		them, so equal seeds and equal inputs give equal runs
 *
 * The struct is copied; what it points to must outlive pools and stacks.
 */
struct ostia_env {
	void *ctx;
	void *(*alloc)(void *ctx, size_t size);
	void (*free)(void *ctx, void *p, size_t size);
	void (*poison)(void *ctx, const void *p, size_t n, int on);
	uint32_t (*csum)(const void *p, size_t n, uint32_t sum);
	void (*trace)(void *trace_ctx, const struct ostia_trace *ev);
	void *trace_ctx;
	struct ostia_trace_log *trace_log;
	uint8_t seed[16];
};

#endif
