/* SPDX-License-Identifier: MIT */
#include "sock/mcast.h"

#include "ip/addrs.h"
#include "ip/member.h"
#include "ip/path.h"
#include "ip/state.h"
#include "sock/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
	OPTMEM_MAX = 131072, /* net.core.optmem_max */
	FILTER4_HEAD = offsetof(struct ip_msfilter, imsf_slist),
	FILTER_HEAD = offsetof(struct group_filter, gf_slist),
	SOURCES_MAX = 4096, /* of the settings' range */
};

/* A stream may join, too, for nothing: Linux lets it. */
static int members_of(struct sock *s, struct member ***list)
{
	struct dgram *d = sock_dgram_of(s);
	struct dgram_rare *dr = d ? dgram_rare(s->socks->ip, d) : NULL;
	struct sock_rare *r = d ? NULL : sock_rare(s);

	if (!dr && !r)
		return -ENOMEM;
	*list = dr ? &dr->members : &r->members;
	return 0;
}

/* ... but not by the first and oldest of the options. */
static bool is_stream(const struct sock *s)
{
	return !sock_dgram_of(s);
}

static struct ip *ip_of(const struct sock *s)
{
	return s->socks->ip;
}

/* --- which link --------------------------------------------------------- */

static uint32_t route_to(struct sock *s, const struct ostia_addr *group)
{
	struct path *path;
	uint32_t index = 0;

	if (!path_get(ip_of(s), group, NULL, 0, sock_now(s), &path)) {
		index = path->link->index;
		path_put(ip_of(s), path);
	}
	return index;
}

/* As Linux's ip_mc_find_dev(): by index, by address, by route; 0: none. */
static uint32_t link4(struct sock *s, const struct member_of *m)
{
	struct ifaddr *i;

	if (m->index)
		return ip_link_at(ip_of(s), m->index) ? m->index : 0;
	if (addr_is_any(&m->asked))
		return route_to(s, &m->group);
	i = addrs_find(ip_of(s), &m->asked, 0);
	return i ? i->link->index : 0;
}

/* Linux has a route to ff00::/8 by each link that speaks IPv6. */
static uint32_t link6(struct sock *s, const struct ostia_addr *group)
{
	uint32_t index = route_to(s, group);

	if (index)
		return index;
	list_each (node, &ip_of(s)->links) {
		const struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (l->type != OSTIA_LINK_LOOPBACK && l->mtu >= 1280 &&
		    !list_empty(&l->addrs))
			return l->index;
	}
	return 0;
}

/* --- joining and leaving ------------------------------------------------ */

static struct member_of of4(const struct in_addr *group,
			    const struct in_addr *asked, uint32_t index)
{
	return (struct member_of) { .group = addr_v4(group),
				    .asked = addr_v4(asked),
				    .index = index };
}

/* Fills in the link's index. */
static int join4(struct sock *s, struct member **list, struct member_of *m,
		 bool exclude)
{
	if (!addr_is_multicast(&m->group))
		return -EINVAL;
	m->index = link4(s, m);
	if (!m->index)
		return -ENODEV;
	return member_join(ip_of(s), list, m, exclude);
}

static int leave4(struct sock *s, struct member **list, struct member_of *m)
{
	uint32_t index = link4(s, m);

	if (!m->index && addr_is_any(&m->asked) && !index)
		return -ENODEV;
	if (!m->index)
		m->index = index;
	return member_leave(ip_of(s), list, m);
}

static int join6(struct sock *s, struct member **list, struct member_of *m,
		 bool exclude)
{
	if (!addr_is_multicast(&m->group) || addr_is_v4(&m->group))
		return -EINVAL;
	for (const struct member *i = *list; i && !m->index; i = i->next)
		if (addr_eq(&i->group, &m->group))
			return -EADDRINUSE; /* Linux: on whatever link */
	if (!m->index)
		m->index = link6(s, &m->group);
	if (!m->index)
		return -ENODEV;
	return member_join(ip_of(s), list, m, exclude);
}

static int leave6(struct sock *s, struct member **list,
		  const struct member_of *m)
{
	if (!addr_is_multicast(&m->group) || addr_is_v4(&m->group))
		return -EINVAL;
	return member_leave(ip_of(s), list, m);
}

int sock_mcast_mreq4(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n)
{
	struct ip_mreqn r = { 0 };
	struct member **list;
	struct member_of m;
	int err;

	if (is_stream(s))
		return -EPROTO;
	if (n < sizeof(struct ip_mreq))
		return -EINVAL;
	memcpy(&r, p, n >= sizeof(r) ? sizeof(r) : sizeof(struct ip_mreq));
	m = of4(&r.imr_multiaddr, &r.imr_address, (uint32_t)r.imr_ifindex);
	err = members_of(s, &list);
	if (err)
		return err;
	return o->name == IP_ADD_MEMBERSHIP ? join4(s, list, &m, true)
					    : leave4(s, list, &m);
}

/* struct ipv6_mreq, whose second name differs from header to header */
struct mreq6 {
	uint8_t group[16];
	uint32_t index;
};

int sock_mcast_mreq6(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n)
{
	struct mreq6 r;
	struct member **list;
	struct member_of m;
	int err;

	if (n < sizeof(r))
		return -EINVAL;
	if (is_stream(s))
		return -EPROTO;
	memcpy(&r, p, sizeof(r));
	m = (struct member_of) { .group = addr_v6(r.group),
				 .asked = addr_any(true),
				 .index = r.index };
	err = members_of(s, &list);
	if (err)
		return err;
	return o->name == IPV6_ADD_MEMBERSHIP ? join6(s, list, &m, true)
					      : leave6(s, list, &m);
}

/* --- sources ------------------------------------------------------------ */

/* Linux joins on the way when a source is to be included. */
static int source4(struct sock *s, struct member **list, struct member_of *m,
		   const struct ostia_addr *src, bool exclude, bool add)
{
	int err;

	if (add && !exclude) {
		err = join4(s, list, m, false);
		if (err && err != -EADDRINUSE)
			return err;
	}
	if (!addr_is_multicast(&m->group))
		return -EINVAL;
	m->index = link4(s, m);
	if (!m->index)
		return -ENODEV;
	return member_source(ip_of(s), list, m, src, exclude, add);
}

static int source6(struct sock *s, struct member **list, struct member_of *m,
		   const struct ostia_addr *src, bool exclude, bool add)
{
	const struct member *i = *list;
	int err;

	if (add && !exclude) {
		err = join6(s, list, m, false);
		if (err && err != -EADDRINUSE)
			return err;
		i = *list;
	}
	if (!addr_is_multicast(&m->group) || addr_is_v4(&m->group))
		return -EINVAL;
	if (m->index ? !ip_link_at(ip_of(s), m->index) : !link6(s, &m->group))
		return -ENODEV;
	while (i && !m->index && !addr_eq(&i->group, &m->group))
		i = i->next;
	if (i && !m->index)
		m->index = i->index;
	return member_source(ip_of(s), list, m, src, exclude, add);
}

int sock_mcast_source(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n)
{
	bool exclude =
		o->name == IP_BLOCK_SOURCE || o->name == IP_UNBLOCK_SOURCE;
	bool add = o->name == IP_BLOCK_SOURCE ||
		   o->name == IP_ADD_SOURCE_MEMBERSHIP;
	struct ip_mreq_source r;
	struct member **list;
	struct member_of m;
	struct ostia_addr src;
	int err;

	if (n != sizeof(r))
		return -EINVAL;
	memcpy(&r, p, sizeof(r));
	err = members_of(s, &list);
	if (err)
		return err;
	m = of4(&r.imr_multiaddr, &r.imr_interface, 0);
	src = addr_v4(&r.imr_sourceaddr);
	return source4(s, list, &m, &src, exclude, add);
}

/* --- the calls that know no family -------------------------------------- */

static int family_of(const struct sock_opt *o)
{
	return o->level == IPPROTO_IP ? AF_INET : AF_INET6;
}

/* The address of a sockaddr_storage of the option's family. */
static bool read_addr(const struct sock_opt *o, const void *ss,
		      struct ostia_addr *a)
{
	struct sockaddr_storage copy;

	memcpy(&copy, ss, sizeof(copy));
	if (copy.ss_family != family_of(o))
		return false;
	if (copy.ss_family == AF_INET)
		*a = addr_v4((const char *)&copy +
			     offsetof(struct sockaddr_in, sin_addr));
	else
		*a = addr_v6((const char *)&copy +
			     offsetof(struct sockaddr_in6, sin6_addr));
	return true;
}

static struct member_of of_index(const struct sock_opt *o, uint32_t index)
{
	return (struct member_of) { .asked = addr_any(family_of(o) == AF_INET6),
				    .index = index };
}

int sock_mcast_group(struct sock *s, const struct sock_opt *o, const void *p,
		     uint32_t n)
{
	bool v4 = family_of(o) == AF_INET, join = o->name == MCAST_JOIN_GROUP;
	struct group_req r;
	struct member_of m;
	struct member **list;
	int err;

	if (n < sizeof(r))
		return -EINVAL;
	memcpy(&r, p, sizeof(r));
	m = of_index(o, r.gr_interface);
	if (!read_addr(o, &r.gr_group, &m.group))
		return v4 ? -EINVAL : -EADDRNOTAVAIL;
	err = members_of(s, &list);
	if (err)
		return err;
	if (v4)
		return join ? join4(s, list, &m, true) : leave4(s, list, &m);
	return join ? join6(s, list, &m, true) : leave6(s, list, &m);
}

int sock_mcast_group_source(struct sock *s, const struct sock_opt *o,
			    const void *p, uint32_t n)
{
	bool exclude = o->name == MCAST_BLOCK_SOURCE ||
		       o->name == MCAST_UNBLOCK_SOURCE;
	bool add = o->name == MCAST_BLOCK_SOURCE ||
		   o->name == MCAST_JOIN_SOURCE_GROUP;
	struct group_source_req r;
	struct ostia_addr src;
	struct member_of m;
	struct member **list;
	int err;

	if (n < sizeof(r))
		return -EINVAL;
	memcpy(&r, p, sizeof(r));
	m = of_index(o, r.gsr_interface);
	if (!read_addr(o, &r.gsr_group, &m.group) ||
	    !read_addr(o, &r.gsr_source, &src))
		return -EADDRNOTAVAIL;
	err = members_of(s, &list);
	if (err)
		return err;
	if (family_of(o) == AF_INET)
		return source4(s, list, &m, &src, exclude, add);
	return source6(s, list, &m, &src, exclude, add);
}

/* --- whole filters ------------------------------------------------------ */

/* Room for the sources of a filter that the caller gave; NULL: none. */
static int sources_new(struct sock *s, uint32_t n, struct ostia_addr **out)
{
	*out = n ? env_alloc(s->socks->env, n * sizeof(**out)) : NULL;
	return n && !*out ? -ENOBUFS : 0;
}

static void sources_free(struct sock *s, struct ostia_addr *src, uint32_t n)
{
	env_free(s->socks->env, src, n * sizeof(*src));
}

static bool mode_ok(uint32_t mode)
{
	return mode == MCAST_INCLUDE || mode == MCAST_EXCLUDE;
}

static int set_filter(struct sock *s, struct member_of *m, uint32_t mode,
		      const struct ostia_addr *src, uint32_t n)
{
	bool v4 = addr_is_v4(&m->group);
	struct member **list;
	int err = members_of(s, &list);
	uint32_t index;

	if (err)
		return err;
	if (!addr_is_multicast(&m->group) || !mode_ok(mode))
		return -EINVAL;
	index = v4 || m->index ? link4(s, m) : link6(s, &m->group);
	if (!index)
		return -ENODEV;
	if (v4) /* IPv6 means the index that the caller said, 0 or not */
		m->index = index;
	return member_filter(ip_of(s), list, m, mode == MCAST_EXCLUDE, src, n);
}

static int too_many(struct sock *s, bool v4, uint32_t n)
{
	const struct ip_settings *set = &ip_of(s)->set;

	return n > (v4 ? set->igmp_max_msf : set->mld_max_msf) ||
			       n > SOURCES_MAX
		       ? -ENOBUFS
		       : 0;
}

int sock_mcast_filter4(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n)
{
	const uint8_t *at = (const uint8_t *)p + FILTER4_HEAD;
	struct ip_msfilter f;
	struct ostia_addr *src;
	struct member_of m;
	int err;

	(void)o;
	if (n < FILTER4_HEAD)
		return -EINVAL;
	if (n > OPTMEM_MAX)
		return -ENOBUFS;
	memcpy(&f, p, FILTER4_HEAD);
	err = too_many(s, true, f.imsf_numsrc);
	if (!err && n < FILTER4_HEAD + f.imsf_numsrc * 4)
		err = -EINVAL;
	if (!err)
		err = sources_new(s, f.imsf_numsrc, &src);
	if (err)
		return err;
	for (uint32_t i = 0; i < f.imsf_numsrc; i++)
		src[i] = addr_v4(at + (size_t)i * 4);
	m = of4(&f.imsf_multiaddr, &f.imsf_interface, 0);
	err = set_filter(s, &m, f.imsf_fmode, src, f.imsf_numsrc);
	sources_free(s, src, f.imsf_numsrc);
	return err;
}

/* struct group_filter without its list */
struct filter_head {
	uint32_t index;
	struct sockaddr_storage group;
	uint32_t mode;
	uint32_t n;
};

static_assert(sizeof(struct filter_head) == FILTER_HEAD, "Linux's layout");

int sock_mcast_filter(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n)
{
	const uint8_t *at = (const uint8_t *)p + FILTER_HEAD;
	bool v4 = family_of(o) == AF_INET;
	struct filter_head f;
	struct ostia_addr *src;
	struct member_of m;
	int err;

	if (n < FILTER_HEAD)
		return -EINVAL;
	if (n > OPTMEM_MAX)
		return -ENOBUFS;
	memcpy(&f, p, FILTER_HEAD);
	err = too_many(s, v4, f.n);
	if (!err && n < FILTER_HEAD + f.n * sizeof(struct sockaddr_storage))
		err = -EINVAL;
	if (!err)
		err = sources_new(s, f.n, &src);
	if (err)
		return err;
	m = of_index(o, f.index);
	if (!read_addr(o, &f.group, &m.group))
		err = v4 ? -EADDRNOTAVAIL : -EINVAL;
	for (uint32_t i = 0; i < f.n && !err; i++) {
		if (!read_addr(o, at, &src[i]))
			err = v4 ? -EADDRNOTAVAIL : -EINVAL;
		at += sizeof(struct sockaddr_storage);
	}
	if (!err)
		err = set_filter(s, &m, f.mode, src, f.n);
	sources_free(s, src, f.n);
	return err;
}

int sock_mcast_get_filter4(struct sock *s, const struct sock_opt *o, void *p,
			   uint32_t *n)
{
	uint8_t *at = (uint8_t *)p + FILTER4_HEAD;
	const struct member *found;
	struct ip_msfilter f;
	struct member **list;
	struct member_of m;
	uint32_t k;

	(void)o;
	if (*n < FILTER4_HEAD)
		return -EINVAL;
	memcpy(&f, p, FILTER4_HEAD);
	m = of4(&f.imsf_multiaddr, &f.imsf_interface, 0);
	if (!addr_is_multicast(&m.group))
		return -EINVAL;
	m.index = link4(s, &m);
	if (!m.index)
		return -ENODEV;
	if (members_of(s, &list))
		return -EADDRNOTAVAIL;
	found = member_find(*list, &m.group, m.index);
	if (!found)
		return -EADDRNOTAVAIL;
	k = found->n < f.imsf_numsrc ? found->n : f.imsf_numsrc;
	if (*n < FILTER4_HEAD + k * 4)
		return -EINVAL;
	for (uint32_t i = 0; i < k; i++)
		memcpy(at + (size_t)i * 4, &found->src[i].w[3], 4);
	f.imsf_fmode = found->exclude ? MCAST_EXCLUDE : MCAST_INCLUDE;
	f.imsf_numsrc = found->n;
	memcpy(p, &f, FILTER4_HEAD);
	*n = FILTER4_HEAD + k * 4;
	return 0;
}

static void write_addr(const struct sock_opt *o, uint8_t *at,
		       const struct ostia_addr *a)
{
	memset(at, 0, sizeof(struct sockaddr_storage));
	if (family_of(o) == AF_INET) {
		struct sockaddr_in sin = { .sin_family = AF_INET };

		memcpy(&sin.sin_addr, &a->w[3], 4);
		memcpy(at, &sin, sizeof(sin));
	} else {
		struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

		memcpy(&sin6.sin6_addr, a, 16);
		memcpy(at, &sin6, sizeof(sin6));
	}
}

int sock_mcast_get_filter(struct sock *s, const struct sock_opt *o, void *p,
			  uint32_t *n)
{
	const uint32_t each = sizeof(struct sockaddr_storage);
	uint8_t *at = (uint8_t *)p + FILTER_HEAD;
	const struct member *found = NULL;
	struct filter_head f;
	struct ostia_addr group;
	struct member **list;
	uint32_t k;

	if (*n < FILTER_HEAD)
		return -EINVAL;
	memcpy(&f, p, FILTER_HEAD);
	if (!read_addr(o, &f.group, &group))
		return family_of(o) == AF_INET ? -EINVAL : -EADDRNOTAVAIL;
	if (!addr_is_multicast(&group))
		return -EINVAL;
	if (!members_of(s, &list))
		found = member_find(*list, &group, f.index);
	if (!found)
		return -EADDRNOTAVAIL;
	k = found->n < f.n ? found->n : f.n;
	if (*n < FILTER_HEAD + k * each)
		return -EINVAL;
	for (uint32_t i = 0; i < k; i++)
		write_addr(o, at + (size_t)i * each, &found->src[i]);
	f.mode = found->exclude ? MCAST_EXCLUDE : MCAST_INCLUDE;
	f.n = found->n;
	memcpy(p, &f, FILTER_HEAD);
	*n = FILTER_HEAD + k * each;
	return 0;
}

/* --- the way out -------------------------------------------------------- */

int sock_mcast_get_if4(struct sock *s, void *buf)
{
	memset(buf, 0, 4);
	if (s->rare)
		memcpy(buf, &s->rare->mcast_addr.w[3], 4);
	return 4;
}

/* IP_MULTICAST_IF's three shapes. */
static int read_if4(const void *p, uint32_t n, struct ip_mreqn *m)
{
	*m = (struct ip_mreqn) { 0 };
	if (n < sizeof(struct in_addr))
		return -EINVAL;
	if (n >= sizeof(*m))
		memcpy(m, p, sizeof(*m));
	else if (n >= sizeof(struct ip_mreq))
		memcpy(m, p, sizeof(struct ip_mreq));
	else
		memcpy(&m->imr_address, p, sizeof(m->imr_address));
	return 0;
}

int sock_mcast_set_if4(struct sock *s, const void *p, uint32_t n)
{
	struct ip_mreqn m;
	struct member_of of;
	struct sock_rare *r;
	uint32_t index = 0;

	if (!sock_dgram_of(s) || read_if4(p, n, &m))
		return -EINVAL;
	r = sock_rare(s);
	if (!r)
		return -ENOMEM;
	if (m.imr_ifindex || m.imr_address.s_addr) {
		of = of4(&m.imr_multiaddr, &m.imr_address,
			 (uint32_t)m.imr_ifindex);
		index = link4(s, &of);
		if (!index)
			return -EADDRNOTAVAIL;
		if (s->dev && s->dev != index)
			return -EINVAL;
	}
	r->mcast_if = index;
	r->mcast_addr = addr_v4(&m.imr_address);
	return 0;
}

int sock_mcast_get_if6(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->rare ? s->rare->mcast_if6 : 0;
	return 0;
}

/* An int of IPv6's: a stream's are refused before they are looked at. */
static int read_int6(struct sock *s, const void *p, uint32_t n, int32_t *v)
{
	if (is_stream(s))
		return -ENOPROTOOPT;
	if (n < sizeof(*v))
		return -EINVAL;
	memcpy(v, p, sizeof(*v));
	return 0;
}

int sock_mcast_set_if6(struct sock *s, const struct sock_opt *o, const void *p,
		       uint32_t n)
{
	struct sock_rare *r;
	int32_t v;
	int err = read_int6(s, p, n, &v);

	(void)o;
	if (err)
		return err;
	if (v && !ip_link_at(ip_of(s), (uint32_t)v))
		return -ENODEV;
	if (v && s->dev && s->dev != (uint32_t)v)
		return -EINVAL;
	r = sock_rare(s);
	if (!r)
		return -ENOMEM;
	r->mcast_if6 = (uint32_t)v;
	return 0;
}

static uint8_t *ttl_of(struct sock *s, const struct sock_opt *o)
{
	struct dgram *d = sock_dgram_of(s);

	if (!d)
		return NULL;
	return o->level == IPPROTO_IP ? &d->mcast_ttl : &d->mcast_hops;
}

int sock_mcast_get_ttl(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	const uint8_t *ttl = ttl_of(s, o);

	*v = ttl ? *ttl : 1;
	return 0;
}

int sock_mcast_set_ttl(struct sock *s, const struct sock_opt *o, int64_t v)
{
	uint8_t *ttl = ttl_of(s, o);

	if (!ttl)
		return -EINVAL;
	*ttl = (uint8_t)(v < 0 ? 1 : v);
	return 0;
}

int sock_mcast_set_hops(struct sock *s, const struct sock_opt *o, const void *p,
			uint32_t n)
{
	int32_t v;
	int err = read_int6(s, p, n, &v);

	if (err)
		return err;
	return v < -1 || v > 255 ? -EINVAL : sock_mcast_set_ttl(s, o, v);
}

int sock_mcast_get_yes(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	*v = !(s->flags & (uint32_t)o->arg);
	return 0;
}

int sock_mcast_set_yes(struct sock *s, const struct sock_opt *o, int64_t v)
{
	uint32_t loop =
		sock_is_v6(s) ? SOCK_F_NO_MCAST_LOOP6 : SOCK_F_NO_MCAST_LOOP;
	struct dgram *d = sock_dgram_of(s);

	if (v)
		s->flags &= ~(uint32_t)o->arg;
	else
		s->flags |= (uint32_t)o->arg;
	if (!d)
		return 0;
	d->no_loop = s->flags & loop; /* Linux: by the socket's family */
	d->no_all = s->flags & SOCK_F_NO_MCAST_ALL;
	d->no_all6 = s->flags & SOCK_F_NO_MCAST_ALL6;
	return 0;
}
