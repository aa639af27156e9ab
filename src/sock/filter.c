/* SPDX-License-Identifier: MIT */
#include "sock/filter.h"

#include "base/bpf.h"
#include "sock/dgram.h"

#include <errno.h>

static bool is_locked(const struct sock *s)
{
	return s->rare && s->rare->filter_locked;
}

static struct bpf *current(const struct sock *s)
{
	const struct dgram *d = sock_dgram_of(s);

	if (s->kind == SOCK_LOCAL)
		return s->local->filter;
	return d ? dgram_filter(d) : tcp_get_filter(s->socks->tcp, s->tcp);
}

/* Takes @b; NULL: none from now on. */
static int replace(struct sock *s, struct bpf *b)
{
	struct dgram *d = sock_dgram_of(s);
	struct dgram_rare *r;

	if (s->kind == SOCK_LOCAL) {
		local_set_filter(s->socks->local, s->local, b);
		return 0;
	}
	if (!d)
		return tcp_set_filter(s->socks->tcp, s->tcp, b);
	r = dgram_rare(s->socks->ip, d);
	if (!r)
		return -ENOMEM;
	bpf_put(s->socks->env, r->filter);
	r->filter = b;
	return 0;
}

/* NULL: none any more; else takes @b. */
static int steer(struct sock *s, struct bpf *b)
{
	bool reuseport = (s->flags & SOCK_F_REUSEPORT) != 0;

	switch (s->kind) {
	case SOCK_UDP:
		return udp_steer(s->socks->udp, s->udp, b);
	case SOCK_TCP:
		return tcp_steer(s->socks->tcp, s->tcp, b, reuseport);
	default: /* of no team, ever */
		return b || !reuseport ? -EINVAL : -ENOENT;
	}
}

/* @take: where the program goes. */
static int load(struct sock *s, const void *p, uint32_t n,
		int (*take)(struct sock *s, struct bpf *b))
{
	struct sock_fprog prog;
	struct bpf *b;
	int err;

	if (n != sizeof(prog))
		return -EINVAL;
	if (is_locked(s))
		return -EPERM;
	memcpy(&prog, p, sizeof(prog));
	err = bpf_new(s->socks->env, prog.filter, prog.len, &b);
	if (err)
		return err;
	err = take(s, b);
	if (err)
		bpf_put(s->socks->env, b);
	return err;
}

int sock_filter_attach(struct sock *s, const void *p, uint32_t n)
{
	return load(s, p, n, replace);
}

int sock_filter_steer(struct sock *s, const void *p, uint32_t n)
{
	return load(s, p, n, steer);
}

static int share(struct sock *s, struct bpf *b)
{
	return packet_fanout_program(s->socks->packet, s->packet, b);
}

int sock_filter_share(struct sock *s, const void *p, uint32_t n)
{
	return load(s, p, n, share);
}

int sock_filter_unsteer(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o;
	(void)v;
	return steer(s, NULL);
}

int sock_filter_detach(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o;
	(void)v;
	if (is_locked(s))
		return -EPERM;
	return current(s) ? replace(s, NULL) : -ENOENT;
}

int sock_filter_lock(struct sock *s, const struct sock_opt *o, int64_t v)
{
	struct sock_rare *r;

	(void)o;
	if (!v)
		return is_locked(s) ? -EPERM : 0;
	r = sock_rare(s);
	if (!r)
		return -ENOMEM;
	r->filter_locked = true;
	return 0;
}

int sock_filter_locked(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = is_locked(s);
	return 0;
}

int sock_filter_get(struct sock *s, void *p, uint32_t *len)
{
	const struct bpf *b = current(s);
	uint32_t room = *len;

	*len = b ? b->len : 0;
	if (!b || !room)
		return 0;
	if (room < b->len)
		return -EINVAL;
	if (!p)
		return -EFAULT;
	memcpy(p, b->insn, b->len * sizeof(b->insn[0]));
	return 0;
}
