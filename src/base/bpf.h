/* SPDX-License-Identifier: MIT */
/*
 * base/bpf.h - classic BPF: socket filters, verified and interpreted
 *
 * A program is an array of struct sock_filter, as SO_ATTACH_FILTER takes it
 * (socket(7), Linux's Documentation/networking/filter.rst). It is verified
 * once, by Linux's rules: known opcodes, jumps that go forward and stay
 * inside, no constant division by zero, scratch words that are written before
 * they are read, a RET at the end. So a run ends after at most as many steps
 * as there are instructions, and reads nothing but its packet.
 *
 * Offsets count from where the socket's user would begin to read, from
 * SKF_NET_OFF on from the IP header, from SKF_LL_OFF on from the link's
 * header; from SKF_AD_OFF on stand facts beside the packet. A load beyond the
 * packet ends the program with 0: not wanted.
 */
#ifndef OSTIA_BASE_BPF_H
#define OSTIA_BASE_BPF_H

#include "base/env.h"
#include "base/pkt.h"
#include "base/rng.h"

#include <linux/filter.h>
#include <sys/uio.h>

/**
 * struct bpf - A verified program; several sockets may hold it
 * @refs: holders
 * @len:  instructions
 */
struct bpf {
	uint32_t refs;
	uint32_t len;
	struct sock_filter insn[];
};

/**
 * struct bpf_facts - What a packet tells a program beside its bytes
 * @from:	offset of the byte that the program calls 0
 * @net:	offset of the IP header
 * @no_link:	there is no link header: SKF_LL_OFF loads find nothing
 * @protocol:	ETH_P_*
 * @pkttype:	PACKET_HOST ...
 * @ifindex, @hatype: of the link
 * @rng:	for SKF_AD_RANDOM
 *
 * Others are what Linux says where there is none: mark, queue, rxhash, CPU
 * and VLAN tags (ours stand in the frame) read as 0.
 */
struct bpf_facts {
	uint32_t from, net;
	bool no_link;
	uint16_t protocol;
	uint8_t pkttype;
	uint32_t ifindex;
	uint16_t hatype;
	struct rng *rng;
};

/**
 * bpf_new() - Verify @n instructions and keep a copy
 *
 * Return: 0 and a program with one holder; -EINVAL: not a program that may
 * run (also SKF_AD_NLATTR, SKF_AD_NLATTR_NEST and SKF_AD_PAY_OFFSET, which
 * need Linux's own parsers); -ENOMEM.
 */
int bpf_new(const struct ostia_env *env, const struct sock_filter *insn,
	    uint32_t n, struct bpf **out);

/** bpf_get() - One holder more; NULL is nothing. */
static inline struct bpf *bpf_get(struct bpf *b)
{
	if (b)
		b->refs++;
	return b;
}

/** bpf_put() - One holder less; the last one frees. NULL is nothing. */
void bpf_put(const struct ostia_env *env, struct bpf *b);

/**
 * bpf_run() - What the program says of a packet
 * Return: bytes from @f->from on that are wanted (0: none of it).
 */
uint32_t bpf_run(const struct bpf *b, const struct ostia_pkt *p,
		 const struct bpf_facts *f);

/**
 * bpf_run_iov() - The same of bytes that are in no packet
 * @skip, @n: bytes [@skip, @skip + @n) of @iov, which has them
 */
uint32_t bpf_run_iov(const struct bpf *b, const struct iovec *iov, size_t skip,
		     uint32_t n, const struct bpf_facts *f);

/**
 * bpf_trim() - Run a socket's filter and cut the packet to what it wants
 * @keep: bytes from @f->from on that stay, whatever it says (headers)
 * Return: false: not wanted at all; the packet is as it was.
 */
bool bpf_trim(const struct bpf *b, struct ostia_pkt *p,
	      const struct bpf_facts *f, uint32_t keep);

#endif
