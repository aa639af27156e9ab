/* SPDX-License-Identifier: MIT */
#include "ip/member.h"

#include "ip/groups.h"
#include "ip/state.h"

#include <errno.h>

enum { ROOM_STEP = 10 }; /* Linux's IP_SFBLOCK */

static struct gfilter filter_of(const struct member *m)
{
	return (struct gfilter) { .src = m->src,
				  .n = m->n,
				  .exclude = m->exclude };
}

struct member *member_find(struct member *list, const struct ostia_addr *group,
			   uint32_t index)
{
	for (struct member *m = list; m; m = m->next)
		if (addr_eq(&m->group, group) && m->index == index)
			return m;
	return NULL;
}

/* --- joining and leaving ------------------------------------------------ */

/* IPv4's are counted by a sysctl; of IPv6 only memory sets a bound. */
static int may_join(const struct ip *ip, const struct member *list,
		    const struct ostia_addr *group)
{
	bool v4 = addr_is_v4(group);
	uint32_t count = 0;

	for (const struct member *m = list; m; m = m->next)
		count += addr_is_v4(&m->group) == v4;
	if (v4 && count >= ip->set.igmp_max_memberships)
		return -ENOBUFS;
	return !v4 && count >= MEMBER6_CAP ? -ENOMEM : 0;
}

int member_join(struct ip *ip, struct member **list, const struct member_of *of,
		bool exclude)
{
	const struct gfilter nobody = { .exclude = exclude };
	struct ostia_link *l = ip_link_at(ip, of->index);
	struct member *m;
	int err;

	if (!addr_is_multicast(&of->group))
		return -EINVAL;
	if (!l)
		return -ENODEV;
	if (member_find(*list, &of->group, of->index))
		return -EADDRINUSE;
	err = may_join(ip, *list, &of->group);
	if (err)
		return err;
	m = env_alloc(ip->env, sizeof(*m));
	if (!m)
		return -ENOMEM;
	err = groups_change(ip, l, &of->group, NULL, &nobody);
	if (err) {
		env_free(ip->env, m, sizeof(*m));
		return err;
	}
	*m = (struct member) { .next = *list,
			       .group = of->group,
			       .asked = of->asked,
			       .index = of->index,
			       .exclude = exclude };
	*list = m;
	return 0;
}

static void free_src(struct ip *ip, struct member *m)
{
	env_free(ip->env, m->src, m->room * sizeof(*m->src));
	m->src = NULL;
	m->n = m->room = 0;
}

static void take_out(struct ip *ip, struct member **at)
{
	struct member *m = *at;
	struct ostia_link *l = ip_link_at(ip, m->index);
	const struct gfilter old = filter_of(m);

	if (l) /* it may have gone meanwhile, and its groups with it */
		(void)groups_change(ip, l, &m->group, &old, NULL);
	*at = m->next;
	free_src(ip, m);
	env_free(ip->env, m, sizeof(*m));
}

static bool is_meant(const struct member *m, const struct member_of *of)
{
	if (!addr_eq(&m->group, &of->group))
		return false;
	if (of->index)
		return m->index == of->index;
	return addr_is_any(&of->asked) || addr_eq(&m->asked, &of->asked);
}

int member_leave(struct ip *ip, struct member **list,
		 const struct member_of *of)
{
	for (struct member **at = list; *at; at = &(*at)->next) {
		if (is_meant(*at, of)) {
			take_out(ip, at);
			return 0;
		}
	}
	return -EADDRNOTAVAIL;
}

void member_drop(struct ip *ip, struct member **list)
{
	while (*list)
		take_out(ip, list);
}

/* --- filters ------------------------------------------------------------ */

/* Tell the link that @m's filter becomes @new; not yet @m itself. */
static int change(struct ip *ip, const struct member *m,
		  const struct gfilter *new)
{
	struct ostia_link *l = ip_link_at(ip, m->index);
	const struct gfilter old = filter_of(m);

	return l ? groups_change(ip, l, &m->group, &old, new) : -ENODEV;
}

static uint32_t max_sources(const struct ip *ip, const struct ostia_addr *group)
{
	return addr_is_v4(group) ? ip->set.igmp_max_msf : ip->set.mld_max_msf;
}

static uint32_t place_of(const struct member *m, const struct ostia_addr *src)
{
	uint32_t i = 0;

	while (i < m->n && !addr_eq(&m->src[i], src))
		i++;
	return i;
}

static int grow(struct ip *ip, struct member *m)
{
	uint32_t room = m->room + ROOM_STEP;
	struct ostia_addr *src = env_alloc(ip->env, room * sizeof(*src));

	if (!src)
		return -ENOBUFS;
	if (m->n)
		memcpy(src, m->src, m->n * sizeof(*src));
	env_free(ip->env, m->src, m->room * sizeof(*src));
	m->src = src;
	m->room = room;
	return 0;
}

static int add_source(struct ip *ip, struct member *m,
		      const struct ostia_addr *src)
{
	struct gfilter new;
	int err = 0;

	if (m->n >= max_sources(ip, &m->group) && m->listed)
		return -ENOBUFS;
	if (m->n == m->room)
		err = grow(ip, m);
	if (err)
		return err;
	if (place_of(m, src) < m->n)
		return -EADDRNOTAVAIL;
	m->src[m->n] = *src;
	new = filter_of(m);
	new.n++;
	err = change(ip, m, &new);
	if (err)
		return err;
	m->n++;
	m->listed = true;
	return 0;
}

static int take_source(struct ip *ip, struct member **list, struct member *m,
		       const struct member_of *of, const struct ostia_addr *src)
{
	uint32_t i = place_of(m, src);
	struct ostia_addr last;
	struct gfilter old;
	struct ostia_link *l = ip_link_at(ip, m->index);
	int err;

	if (i == m->n)
		return -EADDRNOTAVAIL;
	if (m->n == 1 && !m->exclude)
		return member_leave(ip, list, of);
	if (!l)
		return -ENODEV;
	/* the last takes its place: old and new filter share the array */
	last = m->src[m->n - 1];
	m->src[m->n - 1] = m->src[i];
	m->src[i] = last;
	old = filter_of(m);
	m->n--;
	{
		const struct gfilter new = filter_of(m);

		err = groups_change(ip, l, &m->group, &old, &new);
	}
	if (err)
		m->n++;
	return err;
}

/* A filter without sources may change its mode. */
static int turn(struct ip *ip, struct member *m, bool exclude)
{
	const struct gfilter new = { .exclude = exclude };
	int err;

	if (m->exclude == exclude)
		return 0;
	if (m->listed)
		return -EINVAL;
	err = change(ip, m, &new);
	if (!err)
		m->exclude = exclude;
	return err;
}

int member_source(struct ip *ip, struct member **list,
		  const struct member_of *of, const struct ostia_addr *src,
		  bool exclude, bool add)
{
	struct member *m = member_find(*list, &of->group, of->index);
	int err;

	if (!m)
		return -EINVAL;
	err = turn(ip, m, exclude);
	if (err)
		return err;
	return add ? add_source(ip, m, src) : take_source(ip, list, m, of, src);
}

int member_filter(struct ip *ip, struct member **list,
		  const struct member_of *of, bool exclude,
		  const struct ostia_addr *src, uint32_t n)
{
	struct member *m = member_find(*list, &of->group, of->index);
	struct ostia_addr *copy = NULL;
	struct gfilter new = { .n = n, .exclude = exclude };
	int err;

	if (!exclude && !n)
		return member_leave(ip, list, of);
	if (!m)
		return -EINVAL;
	if (n > max_sources(ip, &of->group))
		return -ENOBUFS;
	if (n) {
		copy = env_alloc(ip->env, n * sizeof(*copy));
		if (!copy)
			return -ENOBUFS;
		memcpy(copy, src, n * sizeof(*copy));
	}
	new.src = copy;
	err = change(ip, m, &new);
	if (err) {
		env_free(ip->env, copy, n * sizeof(*copy));
		return err;
	}
	free_src(ip, m);
	m->src = copy;
	m->n = m->room = n;
	m->exclude = exclude;
	m->listed = n != 0;
	return 0;
}

/* --- delivery ----------------------------------------------------------- */

bool member_allows(const struct member *list, const struct ostia_addr *group,
		   const struct ostia_addr *src, uint32_t index, bool all)
{
	const struct member *m = list;

	/* Linux: IPv6 looks for the group on whatever link */
	while (m && (!addr_eq(&m->group, group) ||
		     (addr_is_v4(group) && m->index != index)))
		m = m->next;
	if (!m)
		return all;
	return (place_of(m, src) < m->n) != m->exclude;
}
