/* SPDX-License-Identifier: MIT */
/*
 * What programs may run, what they answer; and the same programs on the
 * kernel: attached to one end of a socketpair, whose other end sends the same
 * bytes.
 */
#define _GNU_SOURCE
#include "base/bpf.h"

#include "../heap.h"
#include "../random.h"
#include "../test.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <sys/socket.h>
#include <unistd.h>

#define S(c, v)                                 \
	{                                       \
		.code = (c), .k = (uint32_t)(v) \
	}
#define J(c, v, t, f)                                        \
	{                                                    \
		.code = BPF_JMP | (c), .jt = (t), .jf = (f), \
		.k = (uint32_t)(v)                           \
	}
#define RET(v) S(BPF_RET | BPF_K, v)
#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

static struct heap heap;
static struct ostia_env env;
static struct ostia_pool *pool;
static struct rng numbers;

static void begin(void)
{
	heap = (struct heap) { 0 };
	env = heap_env(&heap);
	OK(ostia_pool_new(&env, 0, &pool) == 0);
}

static void end(void)
{
	ostia_pool_free(pool);
	EQ(heap.count, 0);
}

/* An Ethernet frame: IPv4, one word of options, UDP from port 53. */
static const uint8_t frame[] = {
	2,    0,  0,	0,    0, 1,  2, 0, 0,	0,   0,	  2,  8,  0, /* ethernet
								      */
	0x46, 0,  0,	36,   0, 1,  0, 0, 64,	17,  0,	  0,  10, 99, 0,
	1,    10, 99,	0,    2, 1,  1, 1, 1, /* IPv4 */
	0,    53, 0x12, 0x34, 0, 12, 0, 0, 'o', 's', 't', 'i' /* UDP */
};
enum { L3 = 14, L4 = 38 };

static struct bpf_facts facts(uint32_t from)
{
	return (struct bpf_facts) { .from = from,
				    .net = L3,
				    .protocol = ETH_P_IP,
				    .pkttype = PACKET_OTHERHOST,
				    .ifindex = 7,
				    .hatype = ARPHRD_ETHER,
				    .rng = &numbers };
}

static struct ostia_pkt *packet(void)
{
	struct ostia_pkt *p = ostia_pkt_from(pool, frame, sizeof(frame));

	OK(p);
	return p;
}

static uint32_t answer(const struct sock_filter *insn, uint32_t n,
		       uint32_t from)
{
	uint8_t *at = (uint8_t *)(uintptr_t)frame;
	/* the same bytes in pieces that cut its fields */
	const struct iovec iov[] = {
		{ (char[]) { "::" }, 2 },
		{ at, 1 },
		{ at + 1, 24 },
		{ NULL, 0 },
		{ at + 25, sizeof(frame) - 25 },
	};
	const struct bpf_facts f = facts(from);
	struct ostia_pkt *p = packet();
	struct rng before = numbers;
	struct bpf *b;
	uint32_t r;

	EQ(bpf_new(&env, insn, n, &b), 0);
	r = bpf_run(b, p, &f);
	numbers = before;
	EQ(bpf_run_iov(b, iov, 2, sizeof(frame), &f), r);
	bpf_put(&env, b);
	ostia_pkt_free(p);
	return r;
}

#define ANSWER(from, ...)                                    \
	answer((const struct sock_filter[]) { __VA_ARGS__ }, \
	       COUNT(((const struct sock_filter[]) { __VA_ARGS__ })), (from))

static int verdict(const struct sock_filter *insn, uint32_t n)
{
	struct bpf *b = NULL;
	int err = bpf_new(&env, insn, n, &b);

	bpf_put(&env, err ? NULL : b);
	return err;
}

#define VERDICT(...)                                          \
	verdict((const struct sock_filter[]) { __VA_ARGS__ }, \
		COUNT(((const struct sock_filter[]) { __VA_ARGS__ })))

/* What tcpdump makes of "udp src port 53" on Ethernet. */
static const struct sock_filter dns[] = {
	S(BPF_LD | BPF_H | BPF_ABS, 12),
	J(BPF_JEQ, 0x86dd, 0, 4),
	S(BPF_LD | BPF_B | BPF_ABS, 20),
	J(BPF_JEQ, 17, 0, 11),
	S(BPF_LD | BPF_H | BPF_ABS, 54),
	J(BPF_JEQ, 53, 8, 9),
	J(BPF_JEQ, 0x800, 0, 8),
	S(BPF_LD | BPF_B | BPF_ABS, 23),
	J(BPF_JEQ, 17, 0, 6),
	S(BPF_LD | BPF_H | BPF_ABS, 20),
	J(BPF_JSET, 0x1fff, 4, 0),
	S(BPF_LDX | BPF_B | BPF_MSH, 14),
	S(BPF_LD | BPF_H | BPF_IND, 14),
	J(BPF_JEQ, 53, 0, 1),
	RET(262144),
	RET(0),
};

TEST(a_program_of_tcpdump_finds_its_packet)
{
	struct sock_filter other[COUNT(dns)];

	begin();
	EQ(answer(dns, COUNT(dns), 0), 262144);
	memcpy(other, dns, sizeof(dns));
	other[13].k = 54;
	EQ(answer(other, COUNT(other), 0), 0);
	end();
}

TEST(loads_count_from_the_users_first_byte_or_a_header)
{
	begin();
	EQ(ANSWER(L4, S(BPF_LD | BPF_H | BPF_ABS, 0), S(BPF_RET | BPF_A, 0)),
	   53);
	EQ(ANSWER(L4, S(BPF_LD | BPF_W | BPF_LEN, 0), S(BPF_RET | BPF_A, 0)),
	   sizeof(frame) - L4);
	EQ(ANSWER(L4, S(BPF_LD | BPF_B | BPF_ABS, SKF_NET_OFF + 9),
		  S(BPF_RET | BPF_A, 0)),
	   17);
	EQ(ANSWER(L4, S(BPF_LD | BPF_H | BPF_ABS, SKF_LL_OFF + 12),
		  S(BPF_RET | BPF_A, 0)),
	   0x800);
	EQ(ANSWER(L3, S(BPF_LDX | BPF_B | BPF_MSH, 0),
		  S(BPF_LD | BPF_W | BPF_IND, 8), S(BPF_RET | BPF_A, 0)),
	   0x6f737469);
	end();
}

TEST(a_load_beyond_the_packet_ends_with_nothing)
{
	begin();
	EQ(ANSWER(0, S(BPF_LD | BPF_B | BPF_ABS, sizeof(frame) - 1), RET(9)),
	   9);
	EQ(ANSWER(0, S(BPF_LD | BPF_B | BPF_ABS, sizeof(frame)), RET(9)), 0);
	EQ(ANSWER(0, S(BPF_LD | BPF_W | BPF_ABS, sizeof(frame) - 3), RET(9)),
	   0);
	EQ(ANSWER(0, S(BPF_LDX | BPF_IMM, 0x7fffffff),
		  S(BPF_LD | BPF_W | BPF_IND, 0x7fffffff), RET(9)),
	   0);
	EQ(ANSWER(L4, S(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 0x10000),
		  RET(9)),
	   0);
	EQ(ANSWER(0, S(BPF_LD | BPF_W | BPF_ABS, SKF_LL_OFF - 1), RET(9)), 0);
	EQ(ANSWER(0, S(BPF_LDX | BPF_IMM, 0), S(BPF_LD | BPF_IMM, 5),
		  S(BPF_ALU | BPF_DIV | BPF_X, 0), RET(9)),
	   0);
	end();
}

TEST(facts_beside_the_packet_are_told)
{
	static const struct {
		uint32_t at, want;
	} row[] = {
		{ SKF_AD_PROTOCOL, ETH_P_IP },
		{ SKF_AD_PKTTYPE, PACKET_OTHERHOST },
		{ SKF_AD_IFINDEX, 7 },
		{ SKF_AD_HATYPE, ARPHRD_ETHER },
		{ SKF_AD_CPU, 0 },
		{ SKF_AD_VLAN_TAG_PRESENT, 0 },
	};

	begin();
	for (unsigned i = 0; i < COUNT(row); i++)
		EQ(ANSWER(0,
			  S(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + row[i].at),
			  S(BPF_ALU | BPF_ADD | BPF_K, 1),
			  S(BPF_RET | BPF_A, 0)),
		   row[i].want + 1);
	/* twice the same number would be a strange chance */
	EQ(ANSWER(0, S(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_RANDOM),
		  S(BPF_MISC | BPF_TAX, 0),
		  S(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_RANDOM),
		  J(BPF_JEQ | BPF_X, 0, 0, 1), RET(1), RET(2)),
	   2);
	end();
}

TEST(what_may_not_run_is_refused)
{
	static struct sock_filter many[BPF_MAXINSNS + 1];

	begin();
	for (unsigned i = 0; i < COUNT(many); i++)
		many[i] = (struct sock_filter)RET(1);
	EQ(verdict(many, BPF_MAXINSNS), 0);
	EQ(verdict(many, BPF_MAXINSNS + 1), -EINVAL);
	EQ(verdict(many, 0), -EINVAL);
	EQ(verdict(NULL, 1), -EINVAL);
	EQ(VERDICT(S(BPF_LD | BPF_IMM, 1)), -EINVAL); /* no end */
	EQ(VERDICT(J(BPF_JA, 1, 0, 0), RET(0)), -EINVAL);
	EQ(VERDICT(J(BPF_JA, -1, 0, 0), RET(0)), -EINVAL); /* backwards */
	EQ(VERDICT(J(BPF_JEQ, 0, 1, 0), RET(0)), -EINVAL);
	EQ(VERDICT(J(BPF_JEQ, 0, 0, 1), RET(0)), -EINVAL);
	EQ(VERDICT(S(BPF_ALU | BPF_DIV | BPF_K, 0), RET(0)), -EINVAL);
	EQ(VERDICT(S(BPF_ALU | BPF_MOD | BPF_K, 0), RET(0)), -EINVAL);
	EQ(VERDICT(S(BPF_ALU | BPF_LSH | BPF_K, 32), RET(0)), -EINVAL);
	EQ(VERDICT(S(BPF_ST, BPF_MEMWORDS), RET(0)), -EINVAL);
	EQ(VERDICT(S(BPF_LD | BPF_MEM, 3), RET(0)), -EINVAL); /* unwritten */
	EQ(VERDICT(S(BPF_ST, 3), S(BPF_LD | BPF_MEM, 3), RET(0)), 0);
	/* written on one way of two */
	EQ(VERDICT(J(BPF_JEQ, 0, 0, 1), S(BPF_ST, 3), S(BPF_LD | BPF_MEM, 3),
		   RET(0)),
	   -EINVAL);
	EQ(VERDICT(S(BPF_RET | BPF_X, 0)), -EINVAL);
	EQ(VERDICT(S(0x100, 0), RET(0)), -EINVAL);
	EQ(VERDICT(S(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_NLATTR),
		   RET(0)),
	   -EINVAL);
	end();
}

TEST(trimming_keeps_the_header)
{
	const struct sock_filter two[] = { RET(2) }, none[] = { RET(0) };
	const struct bpf_facts f = facts(L4);
	struct ostia_pkt *p;
	struct bpf *b;

	begin();
	p = packet();
	EQ(bpf_new(&env, none, 1, &b), 0);
	OK(!bpf_trim(b, p, &f, 8));
	EQ(p->len, sizeof(frame));
	bpf_put(&env, b);
	EQ(bpf_new(&env, two, 1, &b), 0);
	OK(bpf_trim(b, p, &f, 8));
	EQ(p->len, L4 + 8);
	OK(bpf_trim(b, p, &f, 1));
	EQ(p->len, L4 + 2);
	bpf_put(&env, b);
	ostia_pkt_free(p);
	end();
}

TEST(without_memory_nothing_leaks)
{
	struct bpf *b;

	begin();
	for (unsigned n = 1; n <= 2; n++) {
		heap.fail_at = heap.allocs + n;
		EQ(bpf_new(&env, dns, COUNT(dns), &b), -ENOMEM);
	}
	heap.fail_at = 0;
	end();
}

/*
 * --- beside the kernel ---------------------------------------------------
 */

enum { BYTES = 64, LONGEST = 24, PROGRAMS = 20000 };

/* Bytes from 0 to 63, so that loads at small offsets find something. */
static int on_kernel(const int pair[2], struct sock_filter *insn, uint32_t n,
		     const uint8_t *bytes, uint32_t *len)
{
	const struct sock_fprog prog = { .len = (unsigned short)n,
					 .filter = insn };
	uint8_t buf[BYTES];
	ssize_t got;

	if (setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog,
		       sizeof(prog)))
		return -errno;
	EQ(send(pair[0], bytes, BYTES, 0), BYTES);
	got = recv(pair[1], buf, sizeof(buf), MSG_DONTWAIT);
	*len = got < 0 ? 0 : (uint32_t)got;
	return 0;
}

static int here(const struct sock_filter *insn, uint32_t n,
		const uint8_t *bytes, uint32_t *len)
{
	const struct bpf_facts f = { .no_link = true, .rng = &numbers };
	struct ostia_pkt *p = ostia_pkt_from(pool, bytes, BYTES);
	struct bpf *b;
	int err = bpf_new(&env, insn, n, &b);

	if (!err) {
		*len = bpf_trim(b, p, &f, 1) ? p->len : 0;
		bpf_put(&env, b);
	}
	ostia_pkt_free(p);
	return err;
}

static struct dice die;

static uint32_t below(uint32_t n)
{
	return (uint32_t)dice_below(&die, n);
}

static uint32_t one_of(const uint32_t *v, uint32_t n)
{
	return v[below(n)];
}

/* Mostly what makes sense, now and then what does not. */
static struct sock_filter any_insn(uint32_t left)
{
	static const uint32_t codes[] = {
		0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x14,
		0x15, 0x16, 0x1c, 0x1d, 0x20, 0x24, 0x25, 0x28, 0x2c, 0x2d,
		0x30, 0x34, 0x35, 0x3c, 0x3d, 0x40, 0x44, 0x45, 0x48, 0x4c,
		0x4d, 0x50, 0x54, 0x5c, 0x60, 0x61, 0x64, 0x6c, 0x74, 0x7c,
		0x80, 0x81, 0x84, 0x87, 0x94, 0x9c, 0xa4, 0xac, 0xb1,
	};
	static const uint32_t consts[] = { 0,  1,  2,  3,   4,	   7,
					   15, 16, 31, 32,  60,	   61,
					   62, 63, 64, 255, 65535, UINT32_MAX };
	struct sock_filter i = { .code = (uint16_t)one_of(codes,
							  COUNT(codes)) };

	if (below(200) == 0)
		i.code = (uint16_t)below(0x120);
	if ((i.code & 7) == BPF_RET && below(8))
		i.code = BPF_LD | BPF_IMM;
	i.k = (i.code & 7) == BPF_ST || (i.code & 7) == BPF_STX ||
			      (i.code & 0xe0) == BPF_MEM
		      ? below(18)
		      : one_of(consts, COUNT(consts));
	if (i.code == (BPF_JMP | BPF_JA))
		i.k = below(left + 1);
	i.jt = (uint8_t)below(left + 1);
	i.jf = (uint8_t)below(left + 1);
	if (below(50)) { /* nearly always within bounds */
		i.jt = left > 1 ? i.jt % left : 0;
		i.jf = left > 1 ? i.jf % left : 0;
		if (i.code == (BPF_JMP | BPF_JA))
			i.k = left > 1 ? i.k % left : 0;
	}
	return i;
}

static uint32_t any_program(struct sock_filter *out)
{
	uint32_t n = 0, want = below(LONGEST - 4);
	uint32_t words = below(3) ? 16 : 0;

	for (uint32_t i = 0; i < words && i < 4; i++)
		out[n++] = (struct sock_filter)S(BPF_ST, i);
	for (uint32_t i = 0; i < want && n < LONGEST - 2; i++)
		out[n++] = any_insn(want - i + 1);
	out[n++] = (struct sock_filter)S(BPF_ALU | BPF_AND | BPF_K, 63);
	out[n++] = (struct sock_filter)S(BPF_RET | BPF_A, 0);
	return n;
}

TEST(random_programs_answer_as_on_the_kernel)
{
	struct sock_filter insn[LONGEST];
	uint32_t ran = 0, some = 0;
	uint8_t bytes[BYTES];
	int pair[2];

	die = dice("random_programs_answer_as_on_the_kernel");
	begin();
	OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	for (unsigned round = 0; round < PROGRAMS; round++) {
		uint32_t n = any_program(insn), theirs = 0, ours = 0;
		int err;

		for (unsigned i = 0; i < BYTES; i++)
			bytes[i] = (uint8_t)below(256);
		err = on_kernel(pair, insn, n, bytes, &theirs);
		EQ(here(insn, n, bytes, &ours), err);
		EQ(ours, theirs);
		ran += !err;
		some += theirs != 0;
	}
	OK(ran > PROGRAMS / 4 && some > PROGRAMS / 20);
	close(pair[0]);
	close(pair[1]);
	end();
}

TESTS(CASE(a_program_of_tcpdump_finds_its_packet),
      CASE(loads_count_from_the_users_first_byte_or_a_header),
      CASE(a_load_beyond_the_packet_ends_with_nothing),
      CASE(facts_beside_the_packet_are_told), CASE(what_may_not_run_is_refused),
      CASE(trimming_keeps_the_header), CASE(without_memory_nothing_leaks),
      CASE(random_programs_answer_as_on_the_kernel))
