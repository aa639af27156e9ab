/* SPDX-License-Identifier: MIT */
#include "sock/kept.h"

#include "sock/opt.h"

#include <errno.h>

static const int32_t defaults[SOCK_KEPT_INTS] = {
	[SOCK_KEPT_INCOMING_CPU] = -1,
	[SOCK_KEPT_PEEK_OFF] = -1,
	[SOCK_KEPT_RCVLOWAT] = 1,
	[SOCK_KEPT_TXREHASH] = 1,
};

void sock_kept_init(struct sock_kept *k)
{
	k->flags = 0;
	memcpy(k->v, defaults, sizeof(k->v));
}

bool sock_kept_is(const struct sock *s, enum sock_kept_flag f)
{
	return s->rare && (s->rare->kept.flags >> f & 1);
}

int32_t sock_kept(const struct sock *s, enum sock_kept_int i)
{
	return s->rare ? s->rare->kept.v[i] : defaults[i];
}

int sock_kept_put(struct sock *s, enum sock_kept_int i, int32_t v)
{
	struct sock_rare *r = sock_rare(s);

	if (!r)
		return -ENOMEM;
	r->kept.v[i] = v;
	return 0;
}

int sock_kept_get_flag(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = sock_kept_is(s, (enum sock_kept_flag)o->arg);
	return 0;
}

int sock_kept_set_flag(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct sock_rare *r = sock_rare(s);
	uint64_t bit = (uint64_t)1 << o->arg;

	if (!r)
		return -ENOMEM;
	r->kept.flags = v ? r->kept.flags | bit : r->kept.flags & ~bit;
	return 0;
}

int sock_kept_get_int(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = sock_kept(s, (enum sock_kept_int)o->arg);
	return 0;
}

int sock_kept_set_int(struct sock *s, const struct sock_opt *o, int64_t v)
{
	return sock_kept_put(s, (enum sock_kept_int)o->arg, (int32_t)v);
}
