/* SPDX-License-Identifier: MIT */
#include "api/addr.h"

#include "ip/addrs.h"
#include "local/name.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

/* A sockaddr_in6 without its scope, as RFC 2133 had it, will do. */
enum { SIN6_SHORT = 24 };

enum { SUN_PATH_AT = offsetof(struct sockaddr_un, sun_path) };

static void read4(const struct sockaddr *sa, struct sock_name *out)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof(in));
	*out = (struct sock_name) { .addr = addr_v4(&in.sin_addr),
				    .port = ntohs(in.sin_port) };
}

static void read6(const struct sockaddr *sa, socklen_t len,
		  struct sock_name *out)
{
	struct sockaddr_in6 in = { 0 };

	memcpy(&in, sa, len < sizeof(in) ? len : sizeof(in));
	*out = (struct sock_name) { .addr = addr_v6(&in.sin6_addr),
				    .flowinfo = ntohl(in.sin6_flowinfo),
				    .port = ntohs(in.sin6_port) };
	if (addrs_scoped(&out->addr))
		out->zone = in.sin6_scope_id;
}

static sa_family_t family_of(const struct sockaddr *sa)
{
	sa_family_t f;

	memcpy(&f, sa, sizeof(f));
	return f;
}

static int bind4(const struct sock *s, const struct sockaddr *sa, socklen_t len,
		 struct sock_name *out)
{
	if (len < sizeof(struct sockaddr_in))
		return -EINVAL;
	read4(sa, out);
	if (family_of(sa) == AF_INET || s->kind == SOCK_RAWIP)
		return 0;
	/* Old programs leave the family out and mean the wildcard. */
	return family_of(sa) == AF_UNSPEC && addr_is_any(&out->addr)
		       ? 0
		       : -EAFNOSUPPORT;
}

static int bind6(const struct sock *s, const struct sockaddr *sa, socklen_t len,
		 struct sock_name *out)
{
	if (len < SIN6_SHORT)
		return -EINVAL;
	if (family_of(sa) != AF_INET6)
		return s->kind == SOCK_RAWIP ? -EINVAL : -EAFNOSUPPORT;
	read6(sa, len, out);
	if (addr_is_multicast(&out->addr) && !addr_is_v4(&out->addr) &&
	    s->kind == SOCK_TCP)
		return -EINVAL;
	if (addr_is_v4(&out->addr))
		return s->kind == SOCK_RAWIP	    ? -EADDRNOTAVAIL
		       : (s->flags & SOCK_F_V6ONLY) ? -EINVAL
						    : 0;
	if (addrs_scoped(&out->addr) && !addr_is_multicast(&out->addr) &&
	    !out->zone && !s->dev)
		return -EINVAL;
	return 0;
}

/* unix(7). A family alone is the wish for any name. */
static int read_un(const struct sockaddr *sa, socklen_t len,
		   struct sock_name *out)
{
	if (len <= SUN_PATH_AT || len > sizeof(struct sockaddr_un) ||
	    family_of(sa) != AF_UNIX)
		return -EINVAL;
	out->un = (struct sock_un) { .path = (const char *)sa + SUN_PATH_AT,
				     .len = len - SUN_PATH_AT };
	return 0;
}

/* packet(7). Whatever the family says when it is sent to. */
static int read_ll(const struct sockaddr *sa, socklen_t len,
		   struct sock_name *out)
{
	struct sockaddr_ll in;

	if (len < sizeof(in))
		return -EINVAL;
	memcpy(&in, sa, sizeof(in));
	if (len < offsetof(struct sockaddr_ll, sll_addr) + in.sll_halen)
		return -EINVAL;
	out->ll = (struct sock_ll) { .index = (uint32_t)in.sll_ifindex,
				     .protocol = ntohs(in.sll_protocol),
				     .halen = in.sll_halen };
	memcpy(out->ll.addr, in.sll_addr, sizeof(out->ll.addr));
	return 0;
}

static int bind_ll(const struct sockaddr *sa, socklen_t len,
		   struct sock_name *out)
{
	struct sockaddr_ll in;

	if (len < sizeof(in) || family_of(sa) != AF_PACKET)
		return -EINVAL;
	memcpy(&in, sa, sizeof(in));
	out->ll = (struct sock_ll) { .index = (uint32_t)in.sll_ifindex,
				     .protocol = ntohs(in.sll_protocol) };
	return 0;
}

static int bind_un(const struct sockaddr *sa, socklen_t len,
		   struct sock_name *out)
{
	if (len != SUN_PATH_AT || family_of(sa) != AF_UNIX)
		return read_un(sa, len, out);
	out->un = (struct sock_un) { 0 };
	return 0;
}

int api_addr_bind(const struct sock *s, const struct sockaddr *sa,
		  socklen_t len, struct sock_name *out)
{
	if ((int)len < 0)
		return -EINVAL;
	if (len && !sa)
		return -EFAULT;
	if (s->family == AF_UNIX)
		return bind_un(sa, len, out);
	if (s->family == AF_PACKET)
		return bind_ll(sa, len, out);
	return sock_is_v6(s) ? bind6(s, sa, len, out) : bind4(s, sa, len, out);
}

/* "Any" as a peer is this host, and an IPv4 peer suits a dual socket. */
static int check_peer6(const struct sock *s, const struct sock_name *n)
{
	if (addr_is_v4(&n->addr)) {
		if (s->kind == SOCK_RAWIP || s->kind == SOCK_PING)
			return -EINVAL;
		return s->flags & SOCK_F_V6ONLY ? -ENETUNREACH : 0;
	}
	return addrs_scoped(&n->addr) && !addr_is_multicast(&n->addr) &&
			       !n->zone && !s->dev
		       ? -EINVAL
		       : 0;
}

int api_addr_connect(const struct sock *s, const struct sockaddr *sa,
		     socklen_t len, struct sock_name *out)
{
	if ((int)len < 0)
		return -EINVAL;
	if (!sa)
		return -EFAULT;
	if (len < sizeof(sa_family_t))
		return -EINVAL;
	if (s->family == AF_PACKET)
		return 0; /* it does not matter whom to */
	if (s->family == AF_UNIX && sock_type(s) != SOCK_DGRAM)
		return read_un(sa, len, out);
	if (family_of(sa) == AF_UNSPEC)
		return 1;
	if (s->family == AF_UNIX)
		return read_un(sa, len, out);
	if (!sock_is_v6(s) ||
	    (family_of(sa) == AF_INET && s->kind != SOCK_TCP)) {
		if (sock_is_v6(s) && (s->flags & SOCK_F_V6ONLY))
			return -EAFNOSUPPORT;
		if (len < sizeof(struct sockaddr_in))
			return -EINVAL;
		if (family_of(sa) != AF_INET)
			return -EAFNOSUPPORT;
		read4(sa, out);
		return 0;
	}
	if (len < SIN6_SHORT)
		return -EINVAL;
	if (family_of(sa) != AF_INET6)
		return -EAFNOSUPPORT;
	read6(sa, len, out);
	return check_peer6(s, out);
}

int api_addr_fast(const struct sock *s, const struct sockaddr *sa,
		  socklen_t len, struct sock_out *m, struct sock_name *to)
{
	int err;

	if (!sa || !len || s->flags & (SOCK_F_CONNECTING | SOCK_F_CONNECTED))
		return 0;
	err = api_addr_connect(s, sa, len, to);
	m->unspec = err == 1;
	m->to = err ? NULL : to;
	return err < 0 ? err : 0;
}

static int send4(const struct sockaddr *sa, socklen_t len,
		 struct sock_name *out)
{
	if (len < sizeof(struct sockaddr_in))
		return -EINVAL;
	if (family_of(sa) != AF_INET && family_of(sa) != AF_UNSPEC)
		return -EAFNOSUPPORT;
	read4(sa, out);
	return 0;
}

int api_addr_send(const struct sock *s, const struct sockaddr *sa,
		  socklen_t len, struct sock_name *out)
{
	if ((int)len < 0)
		return -EINVAL;
	if (s->family == AF_UNIX)
		return read_un(sa, len, out);
	if (s->family == AF_PACKET)
		return read_ll(sa, len, out);
	if (!sock_is_v6(s))
		return send4(sa, len, out);
	if (len < sizeof(sa_family_t))
		return -EINVAL;
	switch (family_of(sa)) {
	case AF_INET6:
		if (len < SIN6_SHORT)
			return -EINVAL;
		read6(sa, len, out);
		return check_peer6(s, out);
	case AF_INET:
		if (s->kind != SOCK_UDP)
			return -EAFNOSUPPORT;
		return s->flags & SOCK_F_V6ONLY ? -ENETUNREACH
						: send4(sa, len, out);
	case AF_UNSPEC:
		return 1;
	default:
		return s->kind == SOCK_UDP ? -EINVAL : -EAFNOSUPPORT;
	}
}

static socklen_t write4(const struct sock_name *n, void *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(n->port) };

	memcpy(&in.sin_addr, &n->addr.w[3], sizeof(in.sin_addr));
	memcpy(to, &in, sizeof(in));
	return sizeof(in);
}

static socklen_t write6(const struct sock_name *n, void *to)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6,
				   .sin6_port = htons(n->port),
				   .sin6_scope_id = n->zone };

	memcpy(&in.sin6_addr, &n->addr, sizeof(in.sin6_addr));
	memcpy(to, &in, sizeof(in));
	return sizeof(in);
}

/* What fits of the @n bytes at @from, and how many they are. */
static int put_bytes(const void *from, socklen_t n, struct sockaddr *sa,
		     socklen_t *len)
{
	socklen_t room = *len;

	*len = n;
	if (room && !sa)
		return -EFAULT;
	if (room)
		memcpy(sa, from, room < n ? room : n);
	return 0;
}

/* A path of 108 bytes and its NUL are more than a sockaddr_un holds. */
static int put_un(const struct sock_un *un, struct sockaddr *sa, socklen_t *len)
{
	uint8_t buf[sizeof(struct sockaddr_un) + 1];
	const sa_family_t family = AF_UNIX;

	assert(SUN_PATH_AT + un->len <= sizeof(buf));
	memcpy(buf, &family, sizeof(family));
	if (un->len)
		memcpy(buf + SUN_PATH_AT, un->path, un->len);
	return put_bytes(buf, SUN_PATH_AT + un->len, sa, len);
}

/* @least: bytes that are written at the least. */
static int put_ll(const struct sock_ll *ll, socklen_t least,
		  struct sockaddr *sa, socklen_t *len)
{
	struct sockaddr_ll out = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(ll->protocol),
				   .sll_ifindex = (int)ll->index,
				   .sll_hatype = ll->hatype,
				   .sll_pkttype = ll->pkttype,
				   .sll_halen = ll->halen };
	socklen_t n = offsetof(struct sockaddr_ll, sll_addr) + ll->halen;

	memcpy(out.sll_addr, ll->addr, sizeof(out.sll_addr));
	return put_bytes(&out, n > least ? n : least, sa, len);
}

/* Linux writes whole addresses of frames, and short names of sockets. */
static int put_frame(const struct packet_from *f, struct sockaddr *sa,
		     socklen_t *len)
{
	struct sock_ll ll = { .index = f->index,
			      .protocol = f->proto,
			      .hatype = f->hatype,
			      .pkttype = f->pkttype,
			      .halen = f->halen };

	if (!len)
		return -EFAULT;
	if ((int)*len < 0)
		return -EINVAL;
	memcpy(ll.addr, f->addr, sizeof(ll.addr));
	return put_ll(&ll, sizeof(struct sockaddr_ll), sa, len);
}

int api_addr_put(const struct sock *s, const struct sock_name *n,
		 struct sockaddr *sa, socklen_t *len)
{
	uint8_t buf[sizeof(struct sockaddr_in6)];

	if (!len)
		return -EFAULT;
	if ((int)*len < 0)
		return -EINVAL;
	if (s->family == AF_UNIX)
		return put_un(&n->un, sa, len);
	if (s->family == AF_PACKET)
		return put_ll(&n->ll, 0, sa, len);
	return put_bytes(buf, sock_is_v6(s) ? write6(n, buf) : write4(n, buf),
			 sa, len);
}

static int put_sender(const struct sock *s, const struct local_name *from,
		      struct sockaddr *sa, socklen_t *len)
{
	const struct sock_name n = { .un = { from->bytes, from->len } };

	return api_addr_put(s, &n, sa, len);
}

int api_addr_from(const struct sock *s, const struct sock_in *m,
		  struct sockaddr *sa, socklen_t *len)
{
	const struct sock_name from = { .addr = m->from.src,
					.port = m->from.sport,
					.zone = m->from.zone };

	if (s->family == AF_PACKET)
		return put_frame(&m->frame, sa, len);
	if (s->family == AF_UNIX)
		return put_sender(s, m->local.from, sa, len);
	if (s->family != AF_INET && s->family != AF_INET6)
		return api_addr_put(s, &m->name, sa, len);
	return api_addr_put(s, &from, sa, len);
}

/* "/run/x"; an abstract name's NUL is written '@', as ss does. */
static void text_un(const struct sockaddr *sa, socklen_t len, char *buf,
		    size_t size)
{
	int n = (int)(len - SUN_PATH_AT);
	const char *path = (const char *)sa + SUN_PATH_AT;

	if (path[0])
		snprintf(buf, size, "%.*s", n, path);
	else
		snprintf(buf, size, "@%.*s", n - 1, path + 1);
}

const char *api_addr_text(const struct sockaddr *sa, socklen_t len, char *buf,
			  size_t size)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct sock_name n = { 0 };

	if (sa && len >= sizeof(struct sockaddr_in) &&
	    family_of(sa) == AF_INET) {
		read4(sa, &n);
		inet_ntop(AF_INET, &n.addr.w[3], text, sizeof(text));
		snprintf(buf, size, "%s:%u", text, n.port);
	} else if (sa && len >= SIN6_SHORT && family_of(sa) == AF_INET6) {
		read6(sa, len, &n);
		inet_ntop(AF_INET6, &n.addr, text, sizeof(text));
		snprintf(buf, size, "[%s]:%u", text, n.port);
	} else if (sa && len > SUN_PATH_AT &&
		   len <= sizeof(struct sockaddr_un) &&
		   family_of(sa) == AF_UNIX) {
		text_un(sa, len, buf, size);
	} else {
		snprintf(buf, size, "%s", sa ? "?" : "NULL");
	}
	return buf;
}
