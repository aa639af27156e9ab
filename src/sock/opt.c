/* SPDX-License-Identifier: MIT */
#include "sock/opt.h"
#include "sock/optrow.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>

static const struct sock_opt_rows *const tables[] = {
	&sock_opt_socket_rows,
	&sock_opt_ip_rows,
	&sock_opt_proto_rows,
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

const struct sock_opt *sock_opt_row(unsigned i)
{
	for (unsigned t = 0; t < TABLES; i -= tables[t++]->n)
		if (i < tables[t]->n)
			return &tables[t]->row[i];
	return NULL;
}

/*
 * --- getters and setters of several tables -------------------------------
 */

int sock_opt_get_flag(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = (s->flags & (uint32_t)o->arg) != 0;
	return 0;
}

int sock_opt_set_flag(struct sock *s, const struct sock_opt *o, int64_t v)
{
	if (v)
		s->flags |= (uint32_t)o->arg;
	else
		s->flags &= ~(uint32_t)o->arg;
	return 0;
}

int sock_opt_get_const(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)s;
	*v = o->arg;
	return 0;
}

int sock_opt_set_nothing(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	(void)v;
	return 0;
}

int sock_opt_get_tcp(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	return tcp_get_opt(s->socks->tcp, s->tcp, (enum tcp_opt)o->arg, v);
}

int sock_opt_set_tcp(struct sock *s, const struct sock_opt *o, int64_t v)
{
	return tcp_set_opt(s->socks->tcp, s->tcp, (enum tcp_opt)o->arg, v);
}

/*
 * --- the two calls -------------------------------------------------------
 */

/* Levels of another family or protocol do not exist on a socket. */
static bool level_is_here(const struct sock *s, int level)
{
	switch (level) {
	case SOL_SOCKET:
		return true;
	case SOL_PACKET:
		return s->kind == SOCK_LINK;
	case IPPROTO_IP: /* of IPv6 sockets raw ones alone have none */
		return (s->family == AF_INET || sock_is_v6(s)) &&
		       !(s->kind == SOCK_RAWIP && sock_is_v6(s));
	case IPPROTO_IPV6:
		return sock_is_v6(s);
	case IPPROTO_TCP:
		return s->kind == SOCK_TCP;
	case IPPROTO_UDP:
		return s->kind == SOCK_UDP;
	case SOL_RAW:
		return s->kind == SOCK_RAWIP;
	case IPPROTO_ICMPV6:
		return s->kind == SOCK_RAWIP && sock_is_v6(s);
	default:
		return false;
	}
}

static const struct sock_opt *find(const struct sock *s, int level, int name)
{
	if (!level_is_here(s, level))
		return NULL;
	for (unsigned t = 0; t < TABLES; t++)
		for (unsigned i = 0; i < tables[t]->n; i++) {
			const struct sock_opt *o = &tables[t]->row[i];

			if (o->level == level && o->name == name &&
			    o->on & (1u << s->kind))
				return o;
		}
	return NULL;
}

static bool is_int(const struct sock_opt *o)
{
	return o->type == SOCK_OPT_INT || o->type == SOCK_OPT_BOOL;
}

static int refusal(const struct sock_opt *o)
{
	return o && o->how == SOCK_OPT_REFUSED && o->arg ? -(int)o->arg
							 : -ENOPROTOOPT;
}

/* An int is four bytes; at IPPROTO_IP one will do (ip(7)), and none is 0. At
 * IPPROTO_IPV6 Linux takes no pointer for 0.
 */
static int read_int(const struct sock_opt *o, const void *p, uint32_t len,
		    int64_t *v)
{
	int32_t i;

	*v = 0;
	if (o->least == sizeof(i) && len != sizeof(i))
		return -EINVAL;
	if (o->level == IPPROTO_IP && len < sizeof(i)) {
		if (len < o->least)
			return -EINVAL;
		if (len)
			*v = *(const uint8_t *)p;
		return 0;
	}
	if (len < sizeof(i))
		return o->least == SOCK_OPT_NO_LEAST ? 0 : -EINVAL;
	if (!p)
		return 0;
	memcpy(&i, p, sizeof(i));
	*v = i;
	return 0;
}

/* Levels where Linux takes an int before it looks at the name. */
static bool reads_int_first(int level, int name)
{
	switch (level) {
	case SOL_SOCKET:
		return name != SO_BINDTODEVICE;
	case IPPROTO_TCP:
		return name != TCP_CONGESTION && name != TCP_ULP &&
		       name != TCP_FASTOPEN_KEY;
	default:
		return level == IPPROTO_UDP;
	}
}

int sock_opt_set(struct sock *s, int level, int name, const void *p,
		 uint32_t len)
{
	const struct sock_opt *o = find(s, level, name);
	int64_t v;
	int err;

	if (reads_int_first(level, name)) {
		if (len < sizeof(int32_t))
			return -EINVAL;
		if (!p)
			return -EFAULT;
	}
	if (s->kind == SOCK_LOCAL && level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (!o || !(o->set || o->set_bytes || o->set_row))
		return refusal(o);
	if (!p && len && !o->any &&
	    !(is_int(o) && !o->set_row && level == IPPROTO_IPV6))
		return -EFAULT;
	if (o->set_row)
		return o->set_row(s, o, p, len);
	if (o->set_bytes)
		return o->set_bytes(s, p ? p : "", p ? len : 0);
	err = read_int(o, p, len, &v);
	if (err)
		return err;
	if (v < o->min || v > o->max)
		return -EINVAL;
	return o->set(s, o, o->type == SOCK_OPT_BOOL ? v != 0 : v);
}

/* ip(7): a small value fits into a small buffer. */
static uint32_t write_int(const struct sock_opt *o, int64_t v, void *p,
			  uint32_t len)
{
	int32_t i = (int32_t)v;
	uint8_t b = (uint8_t)v;

	if (o->type == SOCK_OPT_BOOL)
		i = v != 0;
	if (o->level == IPPROTO_IP && len > 0 && len < sizeof(i) && i >= 0 &&
	    i <= UINT8_MAX) {
		memcpy(p, &b, 1);
		return 1;
	}
	len = len < sizeof(i) ? len : (uint32_t)sizeof(i);
	memcpy(p, &i, len);
	return len;
}

static int get_wide(struct sock *s, const struct sock_opt *o, void *p,
		    uint32_t *len)
{
	uint64_t buf[SOCK_OPT_MAX_BYTES / 8];
	int n;

	if (o->get_list)
		return o->get_list(s, p, len);
	if (!o->get_bytes)
		return -ENOPROTOOPT;
	n = o->get_bytes(s, buf);
	if (n < 0)
		return n;
	if (o->fill && *len > (uint32_t)n)
		return -EINVAL;
	*len = *len < (uint32_t)n ? *len : (uint32_t)n;
	memcpy(p, buf, *len);
	return 0;
}

bool sock_opt_is_list(const struct sock *s, int level, int name)
{
	const struct sock_opt *o = find(s, level, name);

	return o && (o->get_list || o->get_row);
}

int sock_opt_get(struct sock *s, int level, int name, void *p, uint32_t *len)
{
	const struct sock_opt *o = find(s, level, name);
	int64_t v;
	int err;

	if (!level_is_here(s, level)) /* as Linux has it */
		return s->family == AF_INET || s->family == AF_UNIX
			       ? -EOPNOTSUPP
			       : -ENOPROTOOPT;
	if ((int32_t)*len < 0 && level != IPPROTO_IPV6)
		return -EINVAL;
	if (!o || (o->how == SOCK_OPT_REFUSED && !o->get))
		return refusal(o);
	if (o->get_row && o->any)
		return o->get_row(s, o, p, len);
	if (o->get_row)
		return (int32_t)*len < 0 ? -EINVAL
		       : !p && *len	 ? -EFAULT
					 : o->get_row(s, o, p, len);
	if (!is_int(o) && o->type != SOCK_OPT_U64)
		return get_wide(s, o, p, len);
	if (!o->get)
		return -ENOPROTOOPT;
	err = o->get(s, o, &v);
	if (err)
		return err;
	if (o->type == SOCK_OPT_U64) {
		if (*len < sizeof(v))
			return -EINVAL;
		*len = sizeof(v);
		memcpy(p, &v, sizeof(v));
		return 0;
	}
	*len = write_int(o, v, p, *len);
	return 0;
}
