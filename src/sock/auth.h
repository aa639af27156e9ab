/* SPDX-License-Identifier: MIT */
/*
 * sock/auth.h - TCP_MD5SIG and TCP_AO_*: keys, as Linux's options spell them
 *
 * The structs are those of linux/tcp.h, whose older editions lack TCP-AO's.
 * Keys live in tcp/auth. There are no L3 master devices here (VRF), so an
 * ifindex is refused as Linux refuses one that is none.
 */
#ifndef OSTIA_SOCK_AUTH_H
#define OSTIA_SOCK_AUTH_H

#include "sock/opt.h"

#include <sys/socket.h>

enum {
	SOCK_AUTH_ALG = 64,
	SOCK_AUTH_KEY = 80,
	SOCK_AO_IFINDEX = 1, /* keyflags */
	SOCK_AO_EXCLUDE_OPT = 2,
};

/** struct sock_ao_add - struct tcp_ao_add */
struct sock_ao_add {
	struct sockaddr_storage addr;
	char alg_name[SOCK_AUTH_ALG];
	int32_t ifindex;
	uint32_t set_current : 1, set_rnext : 1, reserved : 30;
	uint16_t reserved2;
	uint8_t prefix, sndid, rcvid, maclen, keyflags, keylen;
	uint8_t key[SOCK_AUTH_KEY];
} __attribute__((aligned(8)));

/** struct sock_ao_del - struct tcp_ao_del */
struct sock_ao_del {
	struct sockaddr_storage addr;
	int32_t ifindex;
	uint32_t set_current : 1, set_rnext : 1, del_async : 1, reserved : 29;
	uint16_t reserved2;
	uint8_t prefix, sndid, rcvid, current_key, rnext, keyflags;
} __attribute__((aligned(8)));

/** struct sock_ao_info - struct tcp_ao_info_opt */
struct sock_ao_info {
	uint32_t set_current : 1, set_rnext : 1, ao_required : 1,
		set_counters : 1, accept_icmps : 1, reserved : 27;
	uint16_t reserved2;
	uint8_t current_key, rnext;
	uint64_t pkt_good, pkt_bad, pkt_key_not_found, pkt_ao_required,
		pkt_dropped_icmp;
} __attribute__((aligned(8)));

/** struct sock_ao_key - struct tcp_ao_getsockopt */
struct sock_ao_key {
	struct sockaddr_storage addr;
	char alg_name[SOCK_AUTH_ALG];
	uint8_t key[SOCK_AUTH_KEY];
	uint32_t nkeys;
	uint16_t is_current : 1, is_rnext : 1, get_all : 1, reserved : 13;
	uint8_t sndid, rcvid, prefix, maclen, keyflags, keylen;
	int32_t ifindex;
	uint64_t pkt_good, pkt_bad;
} __attribute__((aligned(8)));

/** sock_auth_md5() - TCP_MD5SIG, TCP_MD5SIG_EXT: struct tcp_md5sig
 * Return: 0; -EINVAL; -ENOENT (no such key to remove); -ENOMEM;
 * -EKEYREJECTED (TCP-AO has keys for that peer).
 */
int sock_auth_md5(struct sock *s, const struct sock_opt *o, const void *p,
		  uint32_t n);

/** sock_auth_set_ao() - TCP_AO_ADD_KEY, TCP_AO_DEL_KEY, TCP_AO_INFO
 * Return: 0; -EINVAL; -EISCONN (the first of a socket must come before it is
 * connected); -EEXIST, -ENOENT; -EMSGSIZE (a MAC that finds no room);
 * -EKEYREJECTED (TCP-MD5 has a key for that peer); -EBUSY (the key in use);
 * -ENOMEM.
 */
int sock_auth_set_ao(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n);

/** sock_auth_get_ao() - TCP_AO_GET_KEYS, TCP_AO_INFO */
int sock_auth_get_ao(struct sock *s, const struct sock_opt *o, void *p,
		     uint32_t *n);

#endif
