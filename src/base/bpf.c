/* SPDX-License-Identifier: MIT */
#include "base/bpf.h"

#include <errno.h>

/*
 * --- verifying -----------------------------------------------------------
 */

static bool is_known_fact(uint32_t k)
{
	switch (k - (uint32_t)SKF_AD_OFF) {
	case SKF_AD_PROTOCOL:
	case SKF_AD_PKTTYPE:
	case SKF_AD_IFINDEX:
	case SKF_AD_MARK:
	case SKF_AD_QUEUE:
	case SKF_AD_HATYPE:
	case SKF_AD_RXHASH:
	case SKF_AD_CPU:
	case SKF_AD_ALU_XOR_X:
	case SKF_AD_VLAN_TAG:
	case SKF_AD_VLAN_TAG_PRESENT:
	case SKF_AD_RANDOM:
	case SKF_AD_VLAN_TPID:
		return true;
	default:
		return false;
	}
}

static bool load_ok(const struct sock_filter *i)
{
	uint32_t size = BPF_SIZE(i->code);

	switch (i->code & ~0x18u) { /* without the size */
	case BPF_LD | BPF_ABS:
		return size != 0x18 &&
		       (i->k < (uint32_t)SKF_AD_OFF || is_known_fact(i->k));
	case BPF_LD | BPF_IND:
		return size != 0x18;
	case BPF_LD | BPF_IMM:
	case BPF_LD | BPF_LEN:
	case BPF_LDX | BPF_IMM:
	case BPF_LDX | BPF_LEN:
		return size == BPF_W;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		return size == BPF_W && i->k < BPF_MEMWORDS;
	case BPF_LDX | BPF_MSH:
		return size == BPF_B;
	default:
		return false;
	}
}

static bool store_ok(const struct sock_filter *i)
{
	return (i->code == BPF_ST || i->code == BPF_STX) && i->k < BPF_MEMWORDS;
}

static bool alu_ok(const struct sock_filter *i)
{
	bool by_k = BPF_SRC(i->code) == BPF_K;

	switch (BPF_OP(i->code)) {
	case BPF_DIV:
	case BPF_MOD:
		return !by_k || i->k != 0;
	case BPF_LSH:
	case BPF_RSH:
		return !by_k || i->k < 32;
	case BPF_NEG:
		return i->code == (BPF_ALU | BPF_NEG);
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return true;
	default:
		return false;
	}
}

/* @left: instructions behind this one. */
static bool jump_ok(const struct sock_filter *i, uint32_t left)
{
	switch (BPF_OP(i->code)) {
	case BPF_JA:
		return i->code == (BPF_JMP | BPF_JA) && i->k < left;
	case BPF_JEQ:
	case BPF_JGT:
	case BPF_JGE:
	case BPF_JSET:
		return i->jt < left && i->jf < left;
	default:
		return false;
	}
}

static bool insn_ok(const struct sock_filter *i, uint32_t left)
{
	if (i->code > 0xff)
		return false;
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load_ok(i);
	case BPF_ST:
	case BPF_STX:
		return store_ok(i);
	case BPF_ALU:
		return alu_ok(i);
	case BPF_JMP:
		return jump_ok(i, left);
	case BPF_RET:
		return i->code == (BPF_RET | BPF_K) ||
		       i->code == (BPF_RET | BPF_A);
	default: /* BPF_MISC */
		return i->code == (BPF_MISC | BPF_TAX) ||
		       i->code == (BPF_MISC | BPF_TXA);
	}
}

/* Which scratch words are surely written when control comes to @at? */
static bool scratch_step(const struct sock_filter *insn, uint32_t at,
			 uint16_t *known, uint16_t *valid)
{
	const struct sock_filter *i = &insn[at];

	*valid &= known[at];
	switch (BPF_CLASS(i->code)) {
	case BPF_ST:
	case BPF_STX:
		*valid |= (uint16_t)(1u << i->k);
		return true;
	case BPF_LD:
	case BPF_LDX:
		return BPF_MODE(i->code) != BPF_MEM || *valid >> i->k & 1;
	case BPF_JMP:
		if (BPF_OP(i->code) == BPF_JA) {
			known[at + 1 + i->k] &= *valid;
		} else {
			known[at + 1 + i->jt] &= *valid;
			known[at + 1 + i->jf] &= *valid;
		}
		*valid = UINT16_MAX; /* what follows is come to by a jump */
		return true;
	default:
		return true;
	}
}

/* @known: room for a word each instruction. */
static bool scratch_ok(const struct sock_filter *insn, uint32_t n,
		       uint16_t *known)
{
	uint16_t valid = 0;

	memset(known, 0xff, n * sizeof(*known));
	for (uint32_t at = 0; at < n; at++)
		if (!scratch_step(insn, at, known, &valid))
			return false;
	return true;
}

static int verify(const struct ostia_env *env, const struct sock_filter *insn,
		  uint32_t n)
{
	uint16_t *known;
	bool ok;

	for (uint32_t at = 0; at < n; at++)
		if (!insn_ok(&insn[at], n - at - 1))
			return -EINVAL;
	if (BPF_CLASS(insn[n - 1].code) != BPF_RET)
		return -EINVAL;
	known = env_alloc(env, n * sizeof(*known));
	if (!known)
		return -ENOMEM;
	ok = scratch_ok(insn, n, known);
	env_free(env, known, n * sizeof(*known));
	return ok ? 0 : -EINVAL;
}

static size_t size_of(uint32_t n)
{
	return sizeof(struct bpf) + n * sizeof(struct sock_filter);
}

int bpf_new(const struct ostia_env *env, const struct sock_filter *insn,
	    uint32_t n, struct bpf **out)
{
	struct bpf *b;
	int err;

	if (!insn || n == 0 || n > BPF_MAXINSNS)
		return -EINVAL;
	err = verify(env, insn, n);
	if (err)
		return err;
	b = env_alloc(env, size_of(n));
	if (!b)
		return -ENOMEM;
	b->refs = 1;
	b->len = n;
	memcpy(b->insn, insn, n * sizeof(*insn));
	*out = b;
	return 0;
}

void bpf_put(const struct ostia_env *env, struct bpf *b)
{
	if (b && --b->refs == 0)
		env_free(env, b, size_of(b->len));
}

/*
 * --- running -------------------------------------------------------------
 */

/**
 * struct machine - A run
 * @p:	 the packet; NULL: its bytes are those of @iov from @skip on
 * @end: bytes that there are
 * @len: bytes that the program may see
 */
struct machine {
	const struct ostia_pkt *p;
	const struct iovec *iov;
	size_t skip;
	uint32_t end;
	const struct bpf_facts *f;
	uint32_t len;
	uint32_t a, x;
	uint32_t mem[BPF_MEMWORDS];
};

/* Where offset @k of the program's is in the packet; -1: nowhere. */
static int64_t place(const struct machine *m, int32_t k)
{
	if (k >= 0)
		return (int64_t)m->f->from + k;
	if (k >= SKF_NET_OFF)
		return (int64_t)m->f->net + (k - SKF_NET_OFF);
	if (k >= SKF_LL_OFF && !m->f->no_link)
		return k - SKF_LL_OFF;
	return -1;
}

/* They are there. */
static void copy_iov(const struct iovec *iov, size_t at, uint8_t *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		while (at >= iov->iov_len)
			at -= iov++->iov_len;
		b[i] = ((const uint8_t *)iov->iov_base)[at++];
	}
}

static bool load(const struct machine *m, uint32_t k, uint32_t size,
		 uint32_t *out)
{
	int64_t at = place(m, (int32_t)k);
	uint32_t n = size == BPF_W ? 4 : size == BPF_H ? 2 : 1;
	uint8_t b[4];

	if (at < 0 || at + n > m->end)
		return false;
	if (m->p)
		pkt_copy_out(m->p, (uint32_t)at, b, n);
	else
		copy_iov(m->iov, m->skip + (size_t)at, b, n);
	*out = b[0];
	for (uint32_t i = 1; i < n; i++)
		*out = *out << 8 | b[i];
	return true;
}

static uint32_t fact(const struct machine *m, uint32_t k)
{
	const struct bpf_facts *f = m->f;

	switch (k - (uint32_t)SKF_AD_OFF) {
	case SKF_AD_PROTOCOL:
		return f->protocol;
	case SKF_AD_PKTTYPE:
		return f->pkttype;
	case SKF_AD_IFINDEX:
		return f->ifindex;
	case SKF_AD_HATYPE:
		return f->hatype;
	case SKF_AD_ALU_XOR_X:
		return m->a ^ m->x;
	case SKF_AD_RANDOM:
		return rng_u32(f->rng);
	default: /* known, and none here */
		return 0;
	}
}

static bool run_load_a(struct machine *m, const struct sock_filter *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
		if (i->k < (uint32_t)SKF_AD_OFF)
			return load(m, i->k, BPF_SIZE(i->code), &m->a);
		m->a = fact(m, i->k);
		return true;
	case BPF_IND:
		return load(m, m->x + i->k, BPF_SIZE(i->code), &m->a);
	case BPF_LEN:
		m->a = m->len;
		return true;
	case BPF_MEM:
		m->a = m->mem[i->k];
		return true;
	default: /* BPF_IMM */
		m->a = i->k;
		return true;
	}
}

static bool run_load_x(struct machine *m, const struct sock_filter *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_MSH: /* the length of an IPv4 header */
		if (!load(m, i->k, BPF_B, &m->x))
			return false;
		m->x = (m->x & 15) * 4;
		return true;
	case BPF_LEN:
		m->x = m->len;
		return true;
	case BPF_MEM:
		m->x = m->mem[i->k];
		return true;
	default: /* BPF_IMM */
		m->x = i->k;
		return true;
	}
}

/* Return: false: division by an X of 0, which ends the run. */
static bool run_alu(struct machine *m, const struct sock_filter *i)
{
	uint32_t by = BPF_SRC(i->code) == BPF_K ? i->k : m->x;

	switch (BPF_OP(i->code)) {
	case BPF_ADD:
		m->a += by;
		break;
	case BPF_SUB:
		m->a -= by;
		break;
	case BPF_MUL:
		m->a *= by;
		break;
	case BPF_DIV:
		if (!by)
			return false;
		m->a /= by;
		break;
	case BPF_MOD:
		if (!by)
			return false;
		m->a %= by;
		break;
	case BPF_AND:
		m->a &= by;
		break;
	case BPF_OR:
		m->a |= by;
		break;
	case BPF_XOR:
		m->a ^= by;
		break;
	case BPF_LSH:
		m->a <<= by & 31;
		break;
	case BPF_RSH:
		m->a >>= by & 31;
		break;
	default: /* BPF_NEG */
		m->a = 0u - m->a;
		break;
	}
	return true;
}

/* How many instructions are skipped. */
static uint32_t run_jump(const struct machine *m, const struct sock_filter *i)
{
	uint32_t with = BPF_SRC(i->code) == BPF_K ? i->k : m->x;
	bool yes;

	switch (BPF_OP(i->code)) {
	case BPF_JA:
		return i->k;
	case BPF_JEQ:
		yes = m->a == with;
		break;
	case BPF_JGT:
		yes = m->a > with;
		break;
	case BPF_JGE:
		yes = m->a >= with;
		break;
	default: /* BPF_JSET */
		yes = (m->a & with) != 0;
		break;
	}
	return yes ? i->jt : i->jf;
}

/* An instruction that is neither a jump nor a RET; false: the run ends. */
static bool run_plain(struct machine *m, const struct sock_filter *i)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		return run_load_a(m, i);
	case BPF_LDX:
		return run_load_x(m, i);
	case BPF_ST:
		m->mem[i->k] = m->a;
		return true;
	case BPF_STX:
		m->mem[i->k] = m->x;
		return true;
	case BPF_ALU:
		return run_alu(m, i);
	default: /* BPF_MISC */
		if (BPF_MISCOP(i->code) == BPF_TAX)
			m->x = m->a;
		else
			m->a = m->x;
		return true;
	}
}

static uint32_t run(const struct bpf *b, struct machine *m)
{
	for (uint32_t at = 0; at < b->len; at++) {
		const struct sock_filter *i = &b->insn[at];
		uint16_t class = BPF_CLASS(i->code);

		if (class == BPF_RET)
			return BPF_RVAL(i->code) == BPF_A ? m->a : i->k;
		if (class == BPF_JMP)
			at += run_jump(m, i);
		else if (!run_plain(m, i))
			return 0;
	}
	return 0; /* not come to: the last one is a RET */
}

uint32_t bpf_run(const struct bpf *b, const struct ostia_pkt *p,
		 const struct bpf_facts *f)
{
	struct machine m = { .p = p,
			     .f = f,
			     .end = p->len,
			     .len = p->len > f->from ? p->len - f->from : 0 };

	return run(b, &m);
}

uint32_t bpf_run_iov(const struct bpf *b, const struct iovec *iov, size_t skip,
		     uint32_t n, const struct bpf_facts *f)
{
	struct machine m = { .iov = iov,
			     .skip = skip,
			     .f = f,
			     .end = n,
			     .len = n > f->from ? n - f->from : 0 };

	return run(b, &m);
}

bool bpf_trim(const struct bpf *b, struct ostia_pkt *p,
	      const struct bpf_facts *f, uint32_t keep)
{
	uint32_t n = bpf_run(b, p, f);

	if (!n)
		return false;
	n = n < keep ? keep : n;
	if (p->len > f->from && n < p->len - f->from)
		pkt_trim(p, f->from + n);
	return true;
}
