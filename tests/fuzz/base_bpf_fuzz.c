/* SPDX-License-Identifier: MIT */
#include "base/bpf.h"
#include "base/pkt.h"
#include "check.h"

static void *take(void *ctx, size_t n)
{
	(void)ctx;
	return malloc(n);
}

static void give(void *ctx, void *p, size_t n)
{
	(void)ctx;
	(void)n;
	free(p);
}

enum { HEAD = 3 };

static void run(const struct bpf *b, struct ostia_pkt *p, const uint8_t *knobs)
{
	struct rng numbers;
	const struct bpf_facts f = { .from = knobs[1],
				     .net = knobs[2] & 31,
				     .no_link = knobs[2] & 128,
				     .rng = &numbers };
	uint32_t before = ostia_pkt_len(p) & UINT32_MAX;
	bool wanted;

	rng_init(&numbers, (const uint8_t[16]) { 0 });
	wanted = bpf_trim(b, p, &f, 8);
	CHECK(p->len <= before);
	CHECK(wanted || p->len == before);
}

/* How many instructions, two knobs, the instructions, the packet. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ostia_env env = { .alloc = take, .free = give };
	struct sock_filter insn[256];
	struct ostia_pool *pool;
	struct ostia_pkt *p;
	struct bpf *b;
	uint32_t n;

	if (size < HEAD)
		return 0;
	n = data[0];
	if (size < HEAD + n * sizeof(*insn))
		return 0;
	memcpy(insn, data + HEAD, n * sizeof(*insn));
	if (bpf_new(&env, insn, n, &b))
		return 0;
	CHECK(ostia_pool_new(&env, 0, &pool) == 0);
	p = ostia_pkt_from(pool, data + HEAD + n * sizeof(*insn),
			   size - HEAD - n * sizeof(*insn));
	CHECK(p);
	run(b, p, data);
	ostia_pkt_free(p);
	ostia_pool_free(pool);
	bpf_put(&env, b);
	return 0;
}
