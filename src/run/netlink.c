/* SPDX-License-Identifier: MIT */
/*
 * run/netlink.c - requests in, answers out
 *
 * netlink_rcv_skb() and rtnetlink_rcv_msg() of Linux decide what is an error
 * and what is passed over in silence; run/netlink_put.c writes the objects.
 */
#include "run/netlink.h"

#include "run/netlink_put.h"

#include <ostia/net.h>

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

enum {
	ATTRS = 64, /* attribute types that we look at are lower */
	ROOM_MIN = 4096,
	KIND_GET = 2, /* RTM_GETLINK - RTM_NEWLINK, and so on */
};

/** struct req - A request: its header, its family's header, its attributes */
struct req {
	const struct nlmsghdr *h;
	const uint8_t *body;
	size_t len; /* of the body */
	const uint8_t *at[ATTRS]; /* payloads; NULL: not there */
	uint16_t at_len[ATTRS];
	int odd; /* an attribute that is none of those asked for */
	const char *why; /* of an error; NULL: the number says all */
};

/* ---- the queue of answers ---- */

static bool grow(struct run_netlink *n, size_t need)
{
	size_t room = n->room ? n->room : ROOM_MIN;
	uint8_t *p;

	if (need > RUN_NETLINK_QUEUE)
		return false;
	while (room < need)
		room *= 2;
	if (room == n->room)
		return true;
	p = realloc(n->queue, room);
	if (!p)
		return false;
	n->queue = p;
	n->room = room;
	return true;
}

static void queue(struct run_netlink *n, const void *msg, size_t len)
{
	uint32_t size = (uint32_t)len;

	if (!grow(n, n->len + sizeof(size) + len)) {
		n->overrun = !n->no_enobufs;
		return;
	}
	memcpy(n->queue + n->len, &size, sizeof(size));
	memcpy(n->queue + n->len + sizeof(size), msg, len);
	n->len += sizeof(size) + len;
}

static size_t unqueue(struct run_netlink *n, uint8_t *buf)
{
	uint32_t size;
	size_t all;

	memcpy(&size, n->queue, sizeof(size));
	all = sizeof(size) + size;
	memcpy(buf, n->queue + sizeof(size), size);
	memmove(n->queue, n->queue + all, n->len - all);
	n->len -= all;
	return size;
}

void run_netlink_fini(struct run_netlink *n)
{
	free(n->queue);
	*n = (struct run_netlink) { 0 };
}

/* NLMSG_ERROR: what was asked, or its header, behind the error. */
static void answer_error(struct run_netlink *n, const struct req *r, int err)
{
	struct nlmsgerr e = { .error = err, .msg = *r->h };
	bool whole = err && !n->cap_ack;
	uint8_t buf[RUN_NETLINK_DATAGRAM];
	struct run_put p = run_put_on(buf, sizeof(buf));
	size_t quoted = r->h->nlmsg_len - sizeof(*r->h), at;
	uint16_t flags = whole ? 0 : NLM_F_CAPPED;

	if (n->ext_ack && r->why)
		flags |= NLM_F_ACK_TLVS;
	if (quoted > sizeof(buf) / 2)
		quoted = sizeof(buf) / 2;
	at = run_put_begin(&p, NLMSG_ERROR, flags, r->h->nlmsg_seq, n->portid,
			   &e, sizeof(e));
	if (whole)
		run_put_bytes(&p, r->body, quoted);
	if (flags & NLM_F_ACK_TLVS)
		run_put_text(&p, NLMSGERR_ATTR_MSG, r->why);
	run_put_end(&p, at);
	queue(n, buf, p.len);
}

/* ---- reading a request ---- */

/* Attributes behind @hdr bytes of header; what does not fit is passed over. */
static void attrs(struct req *r, size_t hdr)
{
	size_t off = NLMSG_ALIGN(hdr);

	while (r->len >= off + sizeof(struct nlattr)) {
		struct nlattr a;
		unsigned type;

		memcpy(&a, r->body + off, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > r->len - off)
			return;
		type = a.nla_type & NLA_TYPE_MASK;
		if (type < ATTRS) {
			r->at[type] = r->body + off + sizeof(a);
			r->at_len[type] = (uint16_t)(a.nla_len - sizeof(a));
		}
		off += NLA_ALIGN(a.nla_len);
	}
}

/* Is there any but these? @allowed: bit n: type n */
static bool only(const struct req *r, uint64_t allowed)
{
	for (unsigned i = 1; i < ATTRS; i++)
		if (r->at[i] && !(allowed >> i & 1))
			return false;
	return true;
}

static bool get_u32(const struct req *r, unsigned type, uint32_t *out)
{
	if (!r->at[type] || r->at_len[type] < sizeof(*out))
		return false;
	memcpy(out, r->at[type], sizeof(*out));
	return true;
}

/* The address of @family in an attribute. 1, 0: not there, -errno */
static int get_addr(const struct req *r, unsigned type, uint8_t family,
		    struct ostia_addr *out)
{
	size_t size = family == AF_INET ? 4 : 16;

	if (!r->at[type])
		return 0;
	if (r->at_len[type] < size)
		return -EINVAL;
	*out = (struct ostia_addr) { 0 };
	if (family == AF_INET)
		memset(out->b + 10, 0xff, 2);
	memcpy(out->b + 16 - size, r->at[type], size);
	return 1;
}

static int refuse(struct req *r, int err, const char *why)
{
	r->why = why;
	return err;
}

static bool copy_header(const struct req *r, void *to, size_t size)
{
	memset(to, 0, size);
	memcpy(to, r->body, r->len < size ? r->len : size);
	return r->len >= size;
}

/* ---- lists ---- */

static bool no_link(const struct ostia_stack *s, uint32_t index)
{
	const struct ostia_link *l =
		index ? ostia_link_after(s, index - 1) : NULL;

	return index && (!l || ostia_link_index(l) != index);
}

static int dump_link(struct run_netlink *n, struct run_netlink_dump *d,
		     struct req *r)
{
	const uint64_t known = 1ULL << IFLA_EXT_MASK | 1ULL << IFLA_MASTER |
			       1ULL << IFLA_LINKINFO;
	struct ifinfomsg m;
	uint32_t master = 0;
	bool whole = copy_header(r, &m, sizeof(m));

	if (whole)
		attrs(r, sizeof(m));
	if (n->strict && !whole)
		return refuse(r, -EINVAL, "Invalid header for link dump");
	if (n->strict &&
	    (m.__ifi_pad || m.ifi_type || m.ifi_flags || m.ifi_change))
		return refuse(r, -EINVAL,
			      "Invalid values in header for link dump request");
	if (n->strict && m.ifi_index)
		return refuse(
			r, -EINVAL,
			"Filter by device index not supported for link dumps");
	if (n->strict && !only(r, known))
		return refuse(r, -EINVAL,
			      "Unsupported attribute in link dump request");
	get_u32(r, IFLA_EXT_MASK, &d->mask);
	get_u32(r, IFLA_MASTER, &master);
	/* No link of ours has a master, or is of a kind that has a name. */
	d->none = d->family == AF_BRIDGE || master || r->at[IFLA_LINKINFO];
	d->filtered = d->none && d->family != AF_BRIDGE;
	return 0;
}

static int dump_addr(struct run_netlink *n, struct run_netlink_dump *d,
		     struct req *r, const struct ostia_stack *s)
{
	struct ifaddrmsg m;
	bool whole = copy_header(r, &m, sizeof(m));

	if (!n->strict)
		return 0;
	if (!whole)
		return refuse(r, -EINVAL,
			      "Invalid header for address dump request");
	attrs(r, sizeof(m));
	if (m.ifa_prefixlen || m.ifa_flags || m.ifa_scope)
		return refuse(
			r, -EINVAL,
			"Invalid values in header for address dump request");
	if (!only(r, 0))
		return refuse(r, -EINVAL,
			      "Unsupported attribute in dump request");
	if (no_link(s, m.ifa_index))
		return -ENODEV;
	d->index = m.ifa_index;
	d->filtered = d->index;
	return 0;
}

static int route_filter(struct run_netlink_dump *d, struct req *r,
			const struct rtmsg *m, const struct ostia_stack *s)
{
	const uint64_t known = 1ULL << RTA_TABLE | 1ULL << RTA_OIF;

	if (m->rtm_src_len || m->rtm_dst_len || m->rtm_tos)
		return refuse(r, -EINVAL,
			      "Invalid values in header for FIB dump request");
	if (m->rtm_flags & ~(RTM_F_CLONED | RTM_F_PREFIX))
		return refuse(r, -EINVAL, "Invalid flags for FIB dump request");
	if (!only(r, known))
		return refuse(r, -EINVAL,
			      "Unsupported attribute in dump request");
	d->table = m->rtm_table;
	d->proto = m->rtm_protocol;
	d->kind = m->rtm_type;
	get_u32(r, RTA_TABLE, &d->table);
	get_u32(r, RTA_OIF, &d->index);
	if (no_link(s, d->index))
		return -ENODEV;
	d->filtered = d->table || d->proto || d->kind || d->index;
	if (!d->table || d->table == RT_TABLE_MAIN ||
	    d->table == RT_TABLE_LOCAL || d->family == AF_UNSPEC)
		return 0;
	return refuse(r, -ENOENT,
		      d->family == AF_INET6 ? "ipv6: FIB table does not exist"
					    : "ipv4: FIB table does not exist");
}

static int dump_route(struct run_netlink *n, struct run_netlink_dump *d,
		      struct req *r, const struct ostia_stack *s)
{
	struct rtmsg m;
	bool whole = copy_header(r, &m, sizeof(m));
	int err = 0;

	if (n->strict && !whole)
		return refuse(r, -EINVAL,
			      "Invalid header for FIB dump request");
	if (n->strict) {
		attrs(r, sizeof(m));
		err = route_filter(d, r, &m, s);
	}
	/* Cached routes: there are none in a table. */
	d->none = whole && m.rtm_flags & RTM_F_CLONED;
	return err;
}

static int dump_neigh(struct run_netlink *n, struct run_netlink_dump *d,
		      struct req *r)
{
	struct ndmsg m;
	bool whole = copy_header(r, &m, sizeof(m));
	uint32_t master = 0;

	if (whole)
		attrs(r, sizeof(m));
	if (n->strict && !whole)
		return refuse(r, -EINVAL,
			      "Invalid header for neighbor dump request");
	if (n->strict && (m.ndm_pad1 || m.ndm_pad2 || m.ndm_ifindex ||
			  m.ndm_state || m.ndm_type))
		return refuse(
			r, -EINVAL,
			"Invalid values in header for neighbor dump request");
	if (n->strict && m.ndm_flags & ~NTF_PROXY)
		return refuse(
			r, -EINVAL,
			"Invalid flags in header for neighbor dump request");
	if (n->strict && !only(r, 1ULL << NDA_IFINDEX | 1ULL << NDA_MASTER))
		return refuse(r, -EINVAL,
			      "Unsupported attribute in neighbor dump request");
	get_u32(r, NDA_IFINDEX, &d->index);
	get_u32(r, NDA_MASTER, &master);
	d->none = master || m.ndm_flags & NTF_PROXY || d->family == AF_BRIDGE;
	d->filtered = d->index || master;
	return 0;
}

/* What a list shall hold. An error ends the list, as on Linux. */
static int dump_of(struct run_netlink *n, struct run_netlink_dump *d,
		   struct req *r, const struct ostia_stack *s)
{
	switch (d->type) {
	case RTM_GETLINK:
		return dump_link(n, d, r);
	case RTM_GETADDR:
		return dump_addr(n, d, r, s);
	case RTM_GETROUTE:
		return dump_route(n, d, r, s);
	case RTM_GETNEIGH:
		return dump_neigh(n, d, r);
	default:
		return 0; /* rules */
	}
}

static bool listed(unsigned type)
{
	return type == RTM_GETLINK || type == RTM_GETADDR ||
	       type == RTM_GETROUTE || type == RTM_GETNEIGH ||
	       type == RTM_GETRULE;
}

/* Return: -EINTR, which is no error: a list is on its way. */
static int dump_start(struct run_netlink *n, struct req *r,
		      const struct ostia_stack *s)
{
	struct run_netlink_dump *d = &n->dump;

	if (!listed(r->h->nlmsg_type))
		return -EOPNOTSUPP;
	if (d->on)
		return -EBUSY;
	*d = (struct run_netlink_dump) { .on = true,
					 .type = r->h->nlmsg_type,
					 .family = r->body[0],
					 .seq = r->h->nlmsg_seq };
	d->err = dump_of(n, d, r, s);
	d->why = r->why;
	return -EINTR;
}

/* ---- one object ---- */

static struct ostia_link *link_named(const struct ostia_stack *s,
				     const char *name)
{
	struct ostia_link *l;

	for (unsigned i = 0; (l = ostia_link_after(s, i));
	     i = ostia_link_index(l))
		if (!strcmp(ostia_link_name(l), name))
			return l;
	return NULL;
}

/* By index, or by the name in IFLA_IFNAME or IFLA_ALT_IFNAME. */
static int link_asked(struct req *r, const struct ostia_stack *s,
		      const struct ifinfomsg *m, const struct ostia_link **out)
{
	unsigned type = r->at[IFLA_IFNAME] ? IFLA_IFNAME : IFLA_ALT_IFNAME;
	char name[128] = { 0 };

	if (m->ifi_index > 0) {
		uint32_t i = (uint32_t)m->ifi_index;

		*out = no_link(s, i) ? NULL : ostia_link_after(s, i - 1);
		return *out ? 0 : -ENODEV;
	}
	if (!r->at[type])
		return -EINVAL;
	if (r->at_len[type] >= (type == IFLA_IFNAME ? 17 : 128))
		return refuse(r, -ERANGE, "Attribute failed policy validation");
	memcpy(name, r->at[type], r->at_len[type]);
	*out = link_named(s, name);
	return *out ? 0 : -ENODEV;
}

static int get_link(struct run_netlink *n, struct req *r, struct ostia_stack *s,
		    struct run_put *p)
{
	const struct ostia_link *l;
	struct ifinfomsg m;
	uint32_t mask = 0;
	int err;

	if (!copy_header(r, &m, sizeof(m)))
		return refuse(r, -EINVAL, "Invalid header length");
	attrs(r, sizeof(m));
	err = link_asked(r, s, &m, &l);
	if (err)
		return err;
	get_u32(r, IFLA_EXT_MASK, &mask);
	run_put_link(p, s, l, r->body[0] == AF_INET6 ? AF_INET6 : AF_UNSPEC,
		     mask,
		     &(struct run_put_to) { 0, r->h->nlmsg_seq, n->portid });
	return 0;
}

/* IPv6 alone can be asked for one address. */
static int get_address(struct run_netlink *n, struct req *r,
		       struct ostia_stack *s, struct run_put *p)
{
	const struct run_put_to to = { 0, r->h->nlmsg_seq, n->portid };
	struct ostia_addr want;
	struct ostia_link *l;
	struct ifaddrmsg m;
	int got;

	if (r->body[0] != AF_INET6)
		return -EOPNOTSUPP;
	if (!copy_header(r, &m, sizeof(m)))
		return refuse(r, -EINVAL, "Invalid header length");
	attrs(r, sizeof(m));
	got = get_addr(r, r->at[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS, AF_INET6,
		       &want);
	if (got <= 0)
		return -EINVAL;
	for (unsigned i = 0; (l = ostia_link_after(s, i));
	     i = ostia_link_index(l)) {
		struct ostia_addr_row row;

		if (m.ifa_index && m.ifa_index != ostia_link_index(l))
			continue;
		for (unsigned k = 0; ostia_link_addrs(l, k, &row, 1); k++)
			if (!memcmp(&row.addr, &want, sizeof(want))) {
				run_put_addr(p, s, l, k, &to);
				return 0;
			}
	}
	return -EADDRNOTAVAIL;
}

static int get_route(struct run_netlink *n, struct req *r,
		     struct ostia_stack *s, struct run_put *p)
{
	struct ostia_addr dst = { 0 }, src;
	struct run_put_way w = { .family = r->body[0] };
	int err, has_src;
	uint32_t oif = 0;
	struct rtmsg m;

	if (w.family != AF_INET && w.family != AF_INET6)
		return -EOPNOTSUPP;
	if (!copy_header(r, &m, sizeof(m)))
		return refuse(r, -EINVAL, "Invalid header length");
	attrs(r, sizeof(m));
	if (w.family == AF_INET)
		memset(dst.b + 10, 0xff, 2);
	err = get_addr(r, RTA_DST, w.family, &dst);
	if (err < 0)
		return err;
	has_src = get_addr(r, RTA_SRC, w.family, &src);
	if (has_src < 0)
		return has_src;
	get_u32(r, RTA_OIF, &oif);
	err = ostia_route_find(s, &dst, has_src ? &src : NULL, oif, &w.way);
	if (err)
		return err;
	w.dst = dst;
	w.src = has_src ? &src : NULL;
	run_put_way(p, s, &w,
		    &(struct run_put_to) { 0, r->h->nlmsg_seq, n->portid });
	return 0;
}

static int get_neigh(struct run_netlink *n, struct req *r,
		     struct ostia_stack *s, struct run_put *p)
{
	const struct run_put_to to = { 0, r->h->nlmsg_seq, n->portid };
	const struct ostia_link *l;
	struct ostia_neigh_row row;
	struct ostia_addr want;
	struct ndmsg m;
	int got;

	if (!copy_header(r, &m, sizeof(m)))
		return refuse(r, -EINVAL,
			      "Invalid header for neighbor get request");
	attrs(r, sizeof(m));
	if (m.ndm_family != AF_INET && m.ndm_family != AF_INET6)
		return refuse(r, -EINVAL, "Unsupported neighbour family");
	got = get_addr(r, NDA_DST, m.ndm_family, &want);
	if (got < 0)
		return refuse(r, got, "Invalid network address");
	if (!got)
		return refuse(r, -EINVAL, "Network address not specified");
	if (m.ndm_ifindex <= 0)
		return refuse(r, -EINVAL, "No device specified");
	if (no_link(s, (uint32_t)m.ndm_ifindex))
		return refuse(r, -ENODEV, "Unknown device ifindex");
	l = ostia_link_after(s, (uint32_t)m.ndm_ifindex - 1);
	for (unsigned k = 0; ostia_link_neighs(l, k, &row, 1); k++)
		if (!memcmp(&row.addr, &want, sizeof(want))) {
			run_put_neigh(p, s, l, &row, &to);
			return 0;
		}
	return refuse(r, -ENOENT, "Neighbour entry not found");
}

static int get_one(struct run_netlink *n, struct req *r, struct ostia_stack *s)
{
	uint8_t buf[RUN_NETLINK_DATAGRAM];
	struct run_put p = run_put_on(buf, sizeof(buf));
	int err;

	switch (r->h->nlmsg_type) {
	case RTM_GETLINK:
		err = get_link(n, r, s, &p);
		break;
	case RTM_GETADDR:
		err = get_address(n, r, s, &p);
		break;
	case RTM_GETROUTE:
		err = get_route(n, r, s, &p);
		break;
	case RTM_GETNEIGH:
		err = get_neigh(n, r, s, &p);
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (!err)
		queue(n, buf, p.len);
	return err;
}

/* ---- requests ---- */

static int handle(struct run_netlink *n, struct req *r, struct ostia_stack *s)
{
	uint16_t type = r->h->nlmsg_type;

	if (type > RTM_MAX)
		return -EOPNOTSUPP;
	if (!r->len)
		return 0; /* not even a family */
	if ((type - RTM_BASE) % 4 != KIND_GET)
		return -EPERM;
	if (r->h->nlmsg_flags & NLM_F_DUMP)
		return dump_start(n, r, s);
	return get_one(n, r, s);
}

static void request(struct run_netlink *n, struct req *r, struct ostia_stack *s)
{
	int err = 0;

	if (r->h->nlmsg_flags & NLM_F_REQUEST &&
	    r->h->nlmsg_type >= NLMSG_MIN_TYPE)
		err = handle(n, r, s);
	if (err != -EINTR && (err || r->h->nlmsg_flags & NLM_F_ACK))
		answer_error(n, r, err);
}

void run_netlink_request(struct run_netlink *n, struct ostia_stack *s,
			 const void *buf, size_t len)
{
	const uint8_t *p = buf;

	while (len >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr h;
		struct req r = { .h = &h };
		size_t all;

		memcpy(&h, p, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
			return;
		r.body = p + sizeof(h);
		r.len = h.nlmsg_len - sizeof(h);
		request(n, &r, s);
		all = NLMSG_ALIGN((size_t)h.nlmsg_len);
		if (all >= len)
			return;
		p += all;
		len -= all;
	}
}

/* ---- answers ---- */

static void put_done(struct run_netlink *n, struct run_put *p)
{
	struct run_netlink_dump *d = &n->dump;
	bool tell = n->ext_ack && d->why;
	size_t at = run_put_begin(p, NLMSG_DONE,
				  NLM_F_MULTI | (tell ? NLM_F_ACK_TLVS : 0),
				  d->seq, n->portid, &d->err, sizeof(d->err));

	if (tell)
		run_put_text(p, NLMSGERR_ATTR_MSG, d->why);
	run_put_end(p, at);
}

/* Items until the datagram or the list is full; what does not fit whole is
 * taken back. Return: true: the list is at its end.
 */
static bool put_items(struct run_netlink *n, const struct ostia_stack *s,
		      struct run_put *p)
{
	struct run_netlink_dump *d = &n->dump;
	const struct run_put_to to = {
		NLM_F_MULTI | (d->filtered ? NLM_F_DUMP_FILTERED : 0), d->seq,
		n->portid
	};

	if (d->err || d->none)
		return true;
	for (;;) {
		struct run_netlink_dump before = *d;
		size_t len = p->len;
		bool more = run_put_item(p, s, d, &to);

		if (p->full) {
			*d = before;
			p->len = len;
			p->full = false;
			return false;
		}
		if (!more)
			return true;
	}
}

static size_t next_of_dump(struct run_netlink *n, const struct ostia_stack *s,
			   uint8_t *buf)
{
	struct run_put p = run_put_on(buf, RUN_NETLINK_DATAGRAM);
	size_t len;

	if (!put_items(n, s, &p))
		return p.len;
	len = p.len;
	put_done(n, &p);
	if (p.full)
		return len; /* in a datagram of its own */
	n->dump.on = false;
	return p.len;
}

bool run_netlink_pending(const struct run_netlink *n)
{
	return n->len || n->dump.on;
}

size_t run_netlink_next(struct run_netlink *n, const struct ostia_stack *s,
			uint8_t *buf)
{
	if (n->len)
		return unqueue(n, buf);
	return n->dump.on ? next_of_dump(n, s, buf) : 0;
}

/* ---- options ---- */

static bool *flag_of(struct run_netlink *n, int name)
{
	switch (name) {
	case NETLINK_PKTINFO:
		return &n->pktinfo;
	case NETLINK_BROADCAST_ERROR:
		return &n->broadcast_error;
	case NETLINK_NO_ENOBUFS:
		return &n->no_enobufs;
	case NETLINK_CAP_ACK:
		return &n->cap_ack;
	case NETLINK_EXT_ACK:
		return &n->ext_ack;
	case NETLINK_GET_STRICT_CHK:
		return &n->strict;
	default:
		return NULL;
	}
}

int run_netlink_setsockopt(struct run_netlink *n, int name, const void *val,
			   socklen_t len)
{
	bool *flag = flag_of(n, name);
	unsigned v = 0;

	if (len >= sizeof(v))
		memcpy(&v, val, sizeof(v));
	else if (name != NETLINK_LISTEN_ALL_NSID)
		return -EINVAL;
	if (flag) {
		*flag = v;
		return 0;
	}
	if (name == NETLINK_LISTEN_ALL_NSID)
		return -EPERM;
	if (name != NETLINK_ADD_MEMBERSHIP && name != NETLINK_DROP_MEMBERSHIP)
		return -ENOPROTOOPT;
	if (!v || v > RUN_NETLINK_GROUPS)
		return -EINVAL;
	if (name == NETLINK_ADD_MEMBERSHIP)
		n->groups |= 1ULL << (v - 1);
	else
		n->groups &= ~(1ULL << (v - 1));
	return 0;
}

int run_netlink_getsockopt(const struct run_netlink *n, int name, void *val,
			   socklen_t *len)
{
	struct run_netlink copy = *n;
	bool *flag = flag_of(&copy, name);
	int v;

	if (name == NETLINK_LIST_MEMBERSHIPS) {
		socklen_t room = *len < sizeof(n->groups) ? *len & ~3U
							  : sizeof(n->groups);

		memcpy(val, &n->groups, room);
		*len = sizeof(n->groups);
		return 0;
	}
	if (name == NETLINK_LISTEN_ALL_NSID)
		v = 0;
	else if (flag)
		v = *flag;
	else
		return -ENOPROTOOPT;
	if (*len < sizeof(v))
		return -EINVAL;
	memcpy(val, &v, sizeof(v));
	*len = sizeof(v);
	return 0;
}
