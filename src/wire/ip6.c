/* SPDX-License-Identifier: MIT */
#include "wire/ip6.h"

#include <string.h>

enum {
	OPT_PAD1 = 0,
	OPT_PADN = 1,
	OPT_ROUTER_ALERT = 5, /* RFC 2711 */
	MAX_PAD = 7, /* more would not be padding: RFC 8504 5.3 */
	RH0 = 0,
};

int wire_ip6_emit(uint8_t *p, size_t n, const struct wire_ip6 *f)
{
	if (n < WIRE_IP6_HLEN)
		return -ENOBUFS;
	wire_be_put32(p, 6u << 28 | (uint32_t)f->tclass << 20 |
				 (f->flow & 0xfffff));
	wire_be_put16(p + 4, f->plen);
	p[6] = f->next;
	p[7] = f->hops;
	memcpy(p + 8, f->src, 16);
	memcpy(p + 24, f->dst, 16);
	return WIRE_IP6_HLEN;
}

int wire_ip6_frag_emit(uint8_t *p, size_t n, uint8_t next, uint16_t frag_off,
		       bool more, uint32_t id)
{
	if (frag_off & 7)
		return -EINVAL;
	if (n < WIRE_IP6_FRAG_HLEN)
		return -ENOBUFS;
	p[0] = next;
	p[1] = 0;
	wire_be_put16(p + 2, (uint16_t)(frag_off | more));
	wire_be_put32(p + 4, id);
	return WIRE_IP6_FRAG_HLEN;
}

/* The walk: the packet, how far it may be read, what was found so far. */
struct walk {
	struct wire_ip6_chain *c;
	const uint8_t *p;
	size_t n;
	size_t end;
	const struct wire_ip6_limits *lim;
	unsigned headers;
};

static int drop(struct walk *w, enum wire_bad bad)
{
	w->c->todo = WIRE_IP6_DROP;
	w->c->bad = (uint8_t)bad;
	return -EINVAL;
}

static int problem(struct walk *w, enum wire_ip6_todo todo, unsigned code,
		   size_t pointer, enum wire_bad bad)
{
	w->c->todo = (uint8_t)todo;
	w->c->code = (uint8_t)code;
	w->c->pointer = (uint32_t)pointer;
	w->c->bad = (uint8_t)bad;
	return -EINVAL;
}

static bool is_first_fragment(const struct walk *w)
{
	return w->c->frag && w->c->more;
}

/* RFC 7112 5: a first fragment must hold the whole chain; its sender hears so
 * (code 3, pointing at 0). Any other packet that ends inside its chain is
 * simply broken.
 */
static int past_end(struct walk *w)
{
	if (!is_first_fragment(w))
		return drop(w, WIRE_BAD_CHAIN);
	return problem(w, WIRE_IP6_PROBLEM_UNICAST, WIRE_IP6_CODE_FIRST, 0,
		       WIRE_BAD_CHAIN);
}

/* May @len bytes at @at be read? They must be in the packet, and at hand. */
static int need(struct walk *w, size_t at, size_t len)
{
	if (at + len > w->end)
		return past_end(w);
	if (at + len <= w->n)
		return 0;
	w->c->need = (uint32_t)(at + len);
	return problem(w, WIRE_IP6_PULL, 0, 0, WIRE_BAD_SHORT);
}

/* RFC 8200 4.2: what the two top bits of an unknown option ask for. */
static int unknown_option(struct walk *w, size_t at)
{
	switch (w->p[at] >> 6) {
	case 0:
		return 0;
	case 1:
		return drop(w, WIRE_BAD_OPT);
	case 2:
		return problem(w, WIRE_IP6_PROBLEM, WIRE_IP6_CODE_OPTION, at,
			       WIRE_BAD_OPT);
	default:
		return problem(w, WIRE_IP6_PROBLEM_UNICAST,
			       WIRE_IP6_CODE_OPTION, at, WIRE_BAD_OPT);
	}
}

/* Padding carries nothing (RFC 8200 4.2); what does is a covert channel. */
static bool is_zeroes(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Router Alert is legal in a hop-by-hop header alone, with two bytes. */
static int router_alert(struct walk *w, size_t at, bool hbh)
{
	if (!hbh || w->p[at + 1] != 2)
		return drop(w, WIRE_BAD_OPT);
	w->c->router_alert = wire_be_get16(w->p + at + 2);
	return 0;
}

/* One option that is not Pad1: @len bytes, type and length included. */
static int one_option(struct walk *w, size_t at, size_t len, bool hbh)
{
	const uint8_t *p = w->p + at;

	if (p[0] == OPT_PADN)
		return is_zeroes(p + 2, len - 2) ? 0 : drop(w, WIRE_BAD_OPT);
	if (p[0] == OPT_ROUTER_ALERT)
		return router_alert(w, at, hbh);
	return unknown_option(w, at);
}

/* Length of the option at @at, or 0: it runs past @end or is cut short. */
static size_t option_len(const struct walk *w, size_t at, size_t end)
{
	size_t len;

	if (w->p[at] == OPT_PAD1)
		return 1;
	if (end - at < 2)
		return 0;
	len = 2 + (size_t)w->p[at + 1];
	return len <= end - at ? len : 0;
}

/* The options of the header [@at, @end), in order (RFC 8200 4.2). */
static int options(struct walk *w, size_t at, size_t end, bool hbh)
{
	unsigned left = hbh ? w->lim->max_hbh_opts : w->lim->max_dst_opts;
	size_t pad = 0;

	for (at += 2; at < end;) {
		size_t len = option_len(w, at, end);
		int err = 0;

		if (len == 0)
			return problem(w, WIRE_IP6_PROBLEM_UNICAST,
				       WIRE_IP6_CODE_FIELD, at + (end - at > 1),
				       WIRE_BAD_OPT_LEN);
		pad = w->p[at] <= OPT_PADN ? pad + len : 0;
		if (pad > MAX_PAD)
			return drop(w, WIRE_BAD_OPT);
		if (!pad && left-- == 0)
			return drop(w, WIRE_BAD_LIMIT);
		if (w->p[at] != OPT_PAD1)
			err = one_option(w, at, len, hbh);
		if (err)
			return err;
		at += len;
	}
	return 0;
}

static int options_header(struct walk *w, size_t at, size_t len, bool hbh)
{
	if (len > (hbh ? w->lim->max_hbh_len : w->lim->max_dst_len))
		return drop(w, WIRE_BAD_LIMIT);
	if (hbh)
		w->c->hbh = (uint32_t)at;
	else
		w->c->dst = (uint32_t)at;
	return options(w, at, at + len, hbh);
}

/* RFC 8200 4.4: we know no routing type, so with segments left the sender is
 * told of the type; without, the header is stepped over. Type 0 is no
 * exception (RFC 5095 3).
 */
static int routing_header(struct walk *w, size_t at)
{
	w->c->routing = (uint32_t)at;
	if (w->p[at + 2] == RH0)
		w->c->rh0 = true;
	if (w->p[at + 3] == 0)
		return 0;
	return problem(w, WIRE_IP6_PROBLEM_UNICAST, WIRE_IP6_CODE_FIELD, at + 2,
		       WIRE_BAD_ROUTING);
}

/* RFC 8200 4.5: a piece that is not the last has a length of 8n (the pointer
 * is at the payload length), and none may reach past 65535 (at the offset).
 */
static int fragment_fits(struct walk *w, size_t at)
{
	struct wire_ip6_chain *c = w->c;
	size_t data = w->end - at - WIRE_IP6_FRAG_HLEN;

	if (c->more && (data & 7))
		return problem(w, WIRE_IP6_PROBLEM_UNICAST, WIRE_IP6_CODE_FIELD,
			       4, WIRE_BAD_FRAG);
	if (at - WIRE_IP6_HLEN + c->frag_off + data > 65535)
		return problem(w, WIRE_IP6_PROBLEM_UNICAST, WIRE_IP6_CODE_FIELD,
			       at + 2, WIRE_BAD_FRAG);
	return 0;
}

/* A fragment of a fragment is nobody's honest work. */
static int fragment_header(struct walk *w, size_t at)
{
	struct wire_ip6_chain *c = w->c;
	uint16_t off = wire_be_get16(w->p + at + 2);

	if (c->frag)
		return drop(w, WIRE_BAD_NEXT);
	c->frag = (uint32_t)at;
	c->frag_next_at = c->next_at;
	c->frag_off = off & 0xfff8;
	c->more = off & 1;
	c->frag_id = wire_be_get32(w->p + at + 4);
	return fragment_fits(w, at);
}

static bool is_extension(uint8_t next)
{
	return next == WIRE_PROTO_HOPOPTS || next == WIRE_PROTO_ROUTING ||
	       next == WIRE_PROTO_FRAGMENT || next == WIRE_PROTO_DSTOPTS;
}

/* The hop-by-hop header stands first or nowhere (RFC 8200 4.1): elsewhere it
 * is a next header that nobody recognizes (4).
 */
static int may_stand_here(struct walk *w)
{
	if (w->c->next == WIRE_PROTO_HOPOPTS && w->headers > 0)
		return problem(w, WIRE_IP6_PROBLEM_UNICAST, WIRE_IP6_CODE_NEXT,
			       w->c->next_at, WIRE_BAD_NEXT);
	if (w->headers++ >= w->lim->max_headers)
		return drop(w, WIRE_BAD_LIMIT);
	return 0;
}

static size_t extension_len(const struct walk *w, size_t at)
{
	if (w->c->next == WIRE_PROTO_FRAGMENT)
		return WIRE_IP6_FRAG_HLEN;
	return ((size_t)w->p[at + 1] + 1) * 8;
}

static int read_extension(struct walk *w, size_t at, size_t len)
{
	switch (w->c->next) {
	case WIRE_PROTO_FRAGMENT:
		return fragment_header(w, at);
	case WIRE_PROTO_ROUTING:
		return routing_header(w, at);
	default:
		return options_header(w, at, len,
				      w->c->next == WIRE_PROTO_HOPOPTS);
	}
}

/* One header further, or an error. */
static int step(struct walk *w)
{
	struct wire_ip6_chain *c = w->c;
	size_t at = c->off;
	size_t len;
	int err = may_stand_here(w);

	err = err ? err : need(w, at, 8);
	if (err)
		return err;
	len = extension_len(w, at);
	err = need(w, at, len);
	err = err ? err : read_extension(w, at, len);
	if (err)
		return err;
	c->next = w->p[at];
	c->next_at = (uint32_t)at;
	c->off = (uint32_t)(at + len);
	return 0;
}

/* RFC 7112 2: the upper-layer header belongs to the chain. */
static int upper_is_whole(struct walk *w)
{
	size_t at = w->c->off;
	size_t len = 0;
	int err;

	if (!is_first_fragment(w))
		return 0;
	if (w->c->next == WIRE_PROTO_UDP || w->c->next == WIRE_PROTO_ICMP6)
		len = 8;
	else if (w->c->next == WIRE_PROTO_TCP)
		len = 20;
	err = need(w, at, len);
	if (err || w->c->next != WIRE_PROTO_TCP)
		return err;
	return need(w, at, (size_t)(w->p[at + 12] >> 4) * 4);
}

int wire_ip6_walk(struct wire_ip6_chain *c, const uint8_t *p, size_t n,
		  size_t end, const struct wire_ip6_limits *lim)
{
	struct walk w = { c, p, n, end, lim, 0 };

	*c = (struct wire_ip6_chain) { .off = WIRE_IP6_HLEN,
				       .next_at = 6,
				       .next = p[6],
				       .router_alert = -1 };
	while (is_extension(c->next) && c->frag_off == 0) {
		int err = step(&w);

		if (err)
			return err;
	}
	if (c->frag_off == 0) {
		int err = upper_is_whole(&w);

		if (err)
			return err;
	}
	return (int)c->off;
}
