/* SPDX-License-Identifier: MIT */
/* Keys by setsockopt(): what Linux's structs say, and what they may not. */
#include "../lend.h"
#include "../test.h"

#include "sock/auth.h"
#include "stack/stack.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include "sock/optnames.h" /* after the system's own */

struct host {
	struct lend lend;
	struct ostia_env env;
	struct ostia_pool *pool;
	struct ostia_stack *stack;
	struct sock *s;
};

static void begin(struct host *h, int domain)
{
	struct ostia_stack_config cfg = { .id = 1, .now = OSTIA_S };

	*h = (struct host) { .lend = { .left = -1 } };
	h->env = lend_env(&h->lend);
	EQ(ostia_pool_new(&h->env, 0, &h->pool), 0);
	cfg.env = &h->env;
	cfg.pool = h->pool;
	EQ(ostia_stack_new(&cfg, &h->stack), 0);
	EQ(sock_new(h->stack->socks, domain, SOCK_STREAM, 0, &h->s), 0);
}

static void end(struct host *h)
{
	file_put(&h->s->file);
	ostia_stack_free(h->stack);
	ostia_pool_free(h->pool);
	EQ(h->lend.blocks, 0);
}

static int set(struct host *h, int name, const void *p, uint32_t n)
{
	return sock_opt_set(h->s, IPPROTO_TCP, name, p, n);
}

static void to4(struct sockaddr_storage *ss, uint8_t last)
{
	const uint8_t a[4] = { 10, 99, 0, last };

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = AF_INET;
	memcpy(&((struct sockaddr_in *)ss)->sin_addr, a, 4);
}

static struct tcp_md5sig md5(uint8_t last, uint16_t len)
{
	struct tcp_md5sig m = { .tcpm_keylen = len };
	struct sockaddr_storage ss;

	to4(&ss, last);
	memcpy(&m.tcpm_addr, &ss, sizeof(ss));
	return m;
}

TEST(md5_keys_come_and_go_as_linux_says)
{
	struct tcp_md5sig m = md5(2, 80);
	struct host h;

	begin(&h, AF_INET);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m) - 1), -EINVAL);
	EQ(set(&h, TCP_MD5SIG, NULL, sizeof(m)), -EFAULT);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), 0);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), 0); /* another key */
	m = md5(3, 0);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), -ENOENT);
	m = md5(2, 0);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), 0);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), -ENOENT);
	m = md5(2, 81);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), -EINVAL);
	m = md5(2, 5);
	m.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
	m.tcpm_prefixlen = 33;
	EQ(set(&h, TCP_MD5SIG_EXT, &m, sizeof(m)), -EINVAL);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), 0); /* not its field */
	m.tcpm_addr.ss_family = AF_INET6;
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), -EINVAL);
	end(&h);
}

static struct sock_ao_add ao(uint8_t last, uint8_t snd, uint8_t rcv)
{
	struct sock_ao_add a = { .alg_name = "hmac(sha1)",
				 .prefix = 32,
				 .sndid = snd,
				 .rcvid = rcv,
				 .keylen = 6,
				 .key = "secret" };

	to4(&a.addr, last);
	return a;
}

TEST(what_a_tcp_ao_key_must_be)
{
	struct sock_ao_add a;
	struct tcp_md5sig m = md5(9, 5);
	struct host h;

	begin(&h, AF_INET);
	a = ao(2, 1, 2);
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a) - 1), -EINVAL);
	a.keylen = 81;
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -EINVAL);
	a = ao(2, 1, 2);
	a.reserved = 1;
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -EINVAL);
	a = ao(2, 1, 2);
	a.keyflags = 4;
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -EINVAL);
	a = ao(2, 1, 2);
	a.alg_name[0] = 'x';
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -ENOENT);
	a = ao(2, 1, 2);
	a.maclen = 20;
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -EMSGSIZE);
	a.maclen = 16;
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), 0);
	a = ao(2, 1, 3); /* RFC 5925 3.1: ids do not overlap */
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -EEXIST);
	a = ao(2, 3, 2);
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -EEXIST);
	a = ao(3, 1, 2); /* another peer's may */
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), 0);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), 0);
	m = md5(2, 5);
	EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)), -EKEYREJECTED);
	a = ao(9, 1, 2);
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), -EKEYREJECTED);
	EQ(set(&h, TCP_AO_REPAIR, &a, sizeof(a)), -EPERM);
	end(&h);
}

static int get(struct host *h, int name, void *p, uint32_t *n)
{
	return sock_opt_get(h->s, IPPROTO_TCP, name, p, n);
}

TEST(keys_and_counters_are_told_and_the_key_in_use_stays)
{
	struct sock_ao_del d = { .prefix = 32, .sndid = 3, .rcvid = 4 };
	struct sock_ao_info i = { 0 };
	struct sock_ao_key k[3] = { { .get_all = 1 } };
	uint32_t n = sizeof(i);
	struct sock_ao_add a = ao(2, 1, 2);
	struct host h;

	begin(&h, AF_INET);
	EQ(get(&h, TCP_AO_INFO, &i, &n), -ENOENT);
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), 0);
	a = ao(2, 3, 4);
	a.set_current = 1;
	a.keyflags = SOCK_AO_EXCLUDE_OPT;
	EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)), 0);
	n = sizeof(i);
	EQ(get(&h, TCP_AO_INFO, &i, &n), 0);
	EQ(n, sizeof(i));
	OK(i.set_current && !i.set_rnext);
	EQ(i.current_key, 3);
	i = (struct sock_ao_info) { .set_rnext = 1,
				    .rnext = 9,
				    .accept_icmps = 1 };
	EQ(set(&h, TCP_AO_INFO, &i, sizeof(i)), -ENOENT);
	i.rnext = 2;
	EQ(set(&h, TCP_AO_INFO, &i, sizeof(i)), 0);
	n = sizeof(k);
	EQ(get(&h, TCP_AO_GET_KEYS, k, &n), 0);
	EQ(k[0].nkeys, 2);
	EQ(k[0].sndid, 1);
	OK(k[0].is_rnext && !k[0].is_current);
	OK(k[1].is_current && k[1].keyflags == SOCK_AO_EXCLUDE_OPT);
	OK(!memcmp(k[1].key, "secret", 6) && k[1].keylen == 6);
	OK(!strcmp(k[1].alg_name, "hmac(sha1)"));
	EQ(k[1].maclen, 12);
	to4(&d.addr, 2);
	EQ(set(&h, TCP_AO_DEL_KEY, &d, sizeof(d)), -EBUSY);
	d.set_current = 1;
	d.current_key = 1;
	EQ(set(&h, TCP_AO_DEL_KEY, &d, sizeof(d)), 0);
	EQ(set(&h, TCP_AO_DEL_KEY, &d, sizeof(d)), -ENOENT);
	end(&h);
}

TEST(without_memory_there_is_no_key_and_no_leak)
{
	struct sock_ao_add a = ao(2, 1, 2);
	struct tcp_md5sig m = md5(3, 5);
	struct host h;

	for (int left = 0; left < 8; left++) {
		begin(&h, AF_INET);
		h.lend.left = left;
		EQ(set(&h, TCP_AO_ADD_KEY, &a, sizeof(a)) % ENOMEM, 0);
		EQ(set(&h, TCP_MD5SIG, &m, sizeof(m)) % ENOMEM, 0);
		h.lend.left = -1;
		end(&h);
	}
}

TESTS(CASE(md5_keys_come_and_go_as_linux_says), CASE(what_a_tcp_ao_key_must_be),
      CASE(keys_and_counters_are_told_and_the_key_in_use_stays),
      CASE(without_memory_there_is_no_key_and_no_leak))
