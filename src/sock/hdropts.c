/* SPDX-License-Identifier: MIT */
#include "sock/hdropts.h"

#include "sock/opt.h"
#include "wire/exthdr.h"

#include <errno.h>
#include <netinet/in.h>

#include "sock/optnames.h" /* after the system's own */

const struct hdropts *sock_hdropts(const struct sock *s)
{
	if (s->kind == SOCK_TCP)
		return tcp_get_hdropts(s->socks->tcp, s->tcp);
	return s->rare ? s->rare->opts : NULL;
}

static bool has_ext(const struct hdropts *o)
{
	for (int i = 0; i < HDROPTS_EXTS; i++)
		if (o->ext[i])
			return true;
	return false;
}

/* Linux's ping sockets look at headers, and send none over IPv6. */
const struct hdropts *sock_hdropts_of(const struct sock *s,
				      const struct sock_out *m)
{
	if (s->kind == SOCK_PING && sock_is_v6(s))
		return NULL;
	if (m->opts && (m->opts->v4.len || has_ext(m->opts)))
		return m->opts;
	return sock_hdropts(s);
}

#define BIT(f) ((uint64_t)1 << (f))

bool sock_hdropts_wanted(const struct sock *s)
{
	const uint64_t any = BIT(SOCK_KEPT_RECVOPTS) | BIT(SOCK_KEPT_RETOPTS) |
			     BIT(SOCK_KEPT_HOPOPTS) | BIT(SOCK_KEPT_DSTOPTS) |
			     BIT(SOCK_KEPT_RTHDR) | BIT(SOCK_KEPT_2292HOPOPTS) |
			     BIT(SOCK_KEPT_2292DSTOPTS) |
			     BIT(SOCK_KEPT_2292RTHDR);

	return s->rare && s->rare->kept.flags & any &&
	       (s->kind == SOCK_UDP || s->kind == SOCK_RAWIP ||
		s->kind == SOCK_PING);
}

/*
 * --- sticky --------------------------------------------------------------
 */

/* A copy of the socket's set, to be changed and then installed. */
static struct hdropts *draft(struct sock *s)
{
	const struct hdropts *is = sock_hdropts(s);
	struct ip *ip = s->socks->ip;

	return is ? hdropts_dup(ip, is) : hdropts_new(ip);
}

static int put(struct sock *s, struct hdropts *o)
{
	struct sock_rare *r;

	if (s->kind == SOCK_TCP)
		return tcp_set_hdropts(s->socks->tcp, s->tcp, o);
	r = sock_rare(s);
	if (!r)
		return -ENOMEM;
	hdropts_free(s->socks->ip, r->opts);
	r->opts = o;
	return 0;
}

/* Takes @o, whatever happens. */
static int install(struct sock *s, struct hdropts *o)
{
	int err;

	if (!o->v4.len && !has_ext(o)) {
		hdropts_free(s->socks->ip, o);
		o = NULL;
	}
	if (!o && !sock_hdropts(s))
		return 0;
	err = put(s, o);
	if (err)
		hdropts_free(s->socks->ip, o);
	return err;
}

static int check_ext(const struct sock_opt *o, const uint8_t *p, uint32_t n)
{
	int len;

	if (!n)
		return 0;
	if (!p || n < WIRE_EXTHDR_MIN || n & 7 || n > WIRE_EXTHDR_STICKY_MAX)
		return -EINVAL;
	len = o->arg == HDROPTS_ROUTING ? wire_exthdr_check_routing(p, n, true)
					: wire_exthdr_check(p, n);
	return len < 0 ? len : 0;
}

int sock_hdropts_set_ext(struct sock *s, const struct sock_opt *o,
			 const void *p, uint32_t n)
{
	int err = check_ext(o, p, n);
	struct hdropts *made;

	if (err)
		return err;
	made = draft(s);
	if (!made)
		return -ENOMEM;
	err = hdropts_set_ext(s->socks->ip, made, (enum hdropts_ext)o->arg, p,
			      n);
	if (err) {
		hdropts_free(s->socks->ip, made);
		return err;
	}
	return install(s, made);
}

static int give(void *p, uint32_t *n, const uint8_t *from, uint32_t have)
{
	*n = *n < have ? *n : have;
	if (*n && !p)
		return -EFAULT;
	if (*n)
		memcpy(p, from, *n);
	return 0;
}

int sock_hdropts_get_ext(struct sock *s, const struct sock_opt *o, void *p,
			 uint32_t *n)
{
	const struct hdropts *is = sock_hdropts(s);
	const uint8_t *h = is ? is->ext[o->arg] : NULL;

	return give(p, n, h, h ? wire_exthdr_len(h) : 0);
}

int sock_hdropts_set4(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n)
{
	struct hdropts *made;
	int err;

	(void)o;
	if (n > WIRE_IP4_MAX_OPTS)
		return -EINVAL;
	if (n && !p)
		return -EFAULT;
	made = draft(s);
	if (!made)
		return -ENOMEM;
	err = hdropts_set4(s->socks->ip, made, p, n);
	if (err) {
		hdropts_free(s->socks->ip, made);
		return err;
	}
	return install(s, made);
}

int sock_hdropts_get4(struct sock *s, const struct sock_opt *o, void *p,
		      uint32_t *n)
{
	const struct hdropts *is = sock_hdropts(s);
	uint8_t out[WIRE_IP4_MAX_OPTS];

	(void)o;
	if (is)
		wire_ip4opts_undo(&is->v4, out);
	return give(p, n, out, is ? is->v4.len : 0);
}

void sock_hdropts_drop(struct sock *s)
{
	if (!s->rare)
		return;
	hdropts_free(s->socks->ip, s->rare->opts);
	s->rare->opts = NULL;
}

/*
 * --- of one message ------------------------------------------------------
 */

/* Each once, but for what Linux lets come again: then the last counts. */
static int add(struct hdropts *set, enum hdropts_ext which, const uint8_t *p,
	       size_t n, bool once)
{
	if (wire_exthdr_check(p, n) < 0 || (once && set->ext[which]))
		return -EINVAL;
	set->ext[which] = p;
	return 0;
}

static int add_routing(struct hdropts *set, const uint8_t *p, size_t n)
{
	if (wire_exthdr_check_routing(p, n, false) < 0)
		return -EINVAL;
	set->ext[HDROPTS_ROUTING] = p;
	return 0;
}

/* RFC 2292: options that came before the routing header stand before it. */
static int add_routing_2292(struct hdropts *set, const uint8_t *p, size_t n)
{
	int err = add_routing(set, p, n);

	if (!err && set->ext[HDROPTS_DST]) {
		set->ext[HDROPTS_BEFORE] = set->ext[HDROPTS_DST];
		set->ext[HDROPTS_DST] = NULL;
	}
	return err;
}

int sock_hdropts_message6(struct hdropts *set, int name, const uint8_t *p,
			  size_t n)
{
	switch (name) {
	case IPV6_HOPOPTS:
	case IPV6_2292HOPOPTS:
		return add(set, HDROPTS_HOP, p, n, true);
	case IPV6_2292DSTOPTS:
		return add(set, HDROPTS_DST, p, n, true);
	case IPV6_DSTOPTS:
		return add(set, HDROPTS_DST, p, n, false);
	case IPV6_RTHDRDSTOPTS:
		return add(set, HDROPTS_BEFORE, p, n, false);
	case IPV6_RTHDR:
		return add_routing(set, p, n);
	case IPV6_2292RTHDR:
		return add_routing_2292(set, p, n);
	default:
		return -EINVAL;
	}
}

int sock_hdropts_message4(struct sock *s, struct hdropts *set, const uint8_t *p,
			  size_t n)
{
	return hdropts_set4(s->socks->ip, set, p,
			    n < WIRE_IP4_MAX_OPTS ? n
						  : (size_t)WIRE_IP4_MAX_OPTS);
}
