/* SPDX-License-Identifier: MIT */
/*
 * stack/settings.c - sysctls by name
 *
 * Each room keeps its settings in a struct and offers rows that say where and
 * within which bounds; this file finds the row and turns text into values.
 * A setting of several values is text of several numbers, as sysctl has it.
 */
#include "base/settings.h"

#include "base/addrtext.h"
#include "ip/link6.h"
#include "stack/stack.h"
#include "wire/ip6.h"
#include "wire/text.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#define STABLE_SECRET IN6_CONF_PREFIX "stable_secret"
#define CC_DEFAULT "net.ipv4.tcp_congestion_control"
#define CC_ALLOWED "net.ipv4.tcp_allowed_congestion_control"
#define CC_AVAILABLE "net.ipv4.tcp_available_congestion_control"

/* struct place - a row, and the struct that it speaks of */
struct place {
	const struct setting_row *row;
	uint32_t *value;
};

/* The i-th setting of all; without a stack only its row. */
static struct place place_at(struct ostia_stack *s, unsigned i)
{
	struct place p = { 0 };
	const struct setting_row *rows;
	char *base;
	unsigned n;

	rows = ip_settings_rows(&n);
	base = s ? (char *)&s->ip.set : NULL;
	if (i >= n) {
		i -= n;
		rows = conf6_rows(&n);
		base = s ? (char *)&s->ip.conf6 : NULL;
	}
	if (i >= n) {
		i -= n;
		rows = tcp_settings(&n);
		base = s ? tcp_settings_base(s->tcp) : NULL;
	}
	if (i >= n) {
		i -= n;
		rows = local_settings(&n);
		base = s ? (char *)&s->local->set : NULL;
	}
	if (i < n) {
		p.row = &rows[i];
		p.value = base ? (uint32_t *)(void *)(base + rows[i].offset)
			       : NULL;
	}
	return p;
}

static struct place find(struct ostia_stack *s, const char *name)
{
	for (unsigned i = 0;; i++) {
		struct place p = place_at(s, i);

		if (!p.row || strcmp(p.row->name, name) == 0)
			return p;
	}
}

/* --- net.ipv6.conf.LINK.* ------------------------------------------------ */

#define CONF6 "net.ipv6.conf."

/* struct conf6 - whose settings: "all", "default" (@link NULL, too) or a link's
 */
struct conf6 {
	const struct setting_row *row;
	struct ostia_link *link;
	bool all, found;
};

static const struct setting_row *conf6_row(const char *key)
{
	unsigned n;
	const struct setting_row *row = conf6_rows(&n);

	for (unsigned i = 0; i < n; i++)
		if (!strcmp(row[i].name + strlen(IN6_CONF_PREFIX), key))
			return &row[i];
	return NULL;
}

static struct ostia_link *link_named(struct ostia_stack *s, const char *name,
				     size_t n)
{
	list_each (node, &s->ip.links) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (strlen(l->name) == n && memcmp(l->name, name, n) == 0)
			return l;
	}
	return NULL;
}

static const char *last_dot(const char *s)
{
	const char *dot = NULL;

	for (; *s; s++)
		if (*s == '.')
			dot = s;
	return dot;
}

/* A link's name may have dots of its own; the key has none. */
static struct conf6 find_conf6(struct ostia_stack *s, const char *name)
{
	const char *who = name + strlen(CONF6), *key;
	struct conf6 c = { 0 };
	size_t n;

	if (strncmp(name, CONF6, strlen(CONF6)))
		return c;
	key = last_dot(who);
	if (!key)
		return c;
	n = (size_t)(key++ - who);
	c.row = conf6_row(key);
	c.all = n == 3 && !memcmp(who, "all", n);
	if (!c.all && (n != 7 || memcmp(who, "default", n)))
		c.link = link_named(s, who, n);
	c.found = c.all || c.link || (n == 7 && !memcmp(who, "default", n));
	return c;
}

static void put_conf6(struct in6_conf *to, const struct conf6 *c, uint32_t v)
{
	memcpy((char *)to + c->row->offset, &v, sizeof(v));
}

static void set_link6(struct ostia_stack *s, struct ostia_link *l,
		      const struct conf6 *c, uint32_t v)
{
	put_conf6(&l->in6->conf, c, v);
	link6_conf_changed(&s->ip, l, stack_now(s));
}

/* As Linux refuses it: a stable identifier needs its secret. */
static bool conf6_ok(const struct ostia_stack *s, const struct conf6 *c,
		     uint32_t v)
{
	if (c->row->offset == offsetof(struct in6_conf, addr_gen_mode))
		return v != IN6_GEN_STABLE || s->ip.has_secret;
	if (c->row->offset == offsetof(struct in6_conf, mtu))
		return v == 0 || v >= WIRE_IP6_MIN_MTU;
	return true;
}

static void store_conf6(struct ostia_stack *s, const struct conf6 *c,
			uint32_t v)
{
	if (c->link) {
		set_link6(s, c->link, c, v);
		return;
	}
	put_conf6(&s->ip.conf6, c, v);
	if (!c->all)
		return;
	list_each (node, &s->ip.links)
		set_link6(s, list_entry(node, struct ostia_link, node), c, v);
}

/* stable_secret, as Linux has it: written as an address, and it chooses the
 * identifiers that it is for.
 */
static int set_secret(struct ostia_stack *s, const char *value)
{
	const struct conf6 mode = { .row = conf6_row("addr_gen_mode"),
				    .all = true };
	struct ostia_addr a;

	if (addrtext_parse(value, &a))
		return -EINVAL;
	s->ip.stable_secret = siphash_key(a.b);
	s->ip.secret = a;
	s->ip.has_secret = true;
	store_conf6(s, &mode, IN6_GEN_STABLE);
	return 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next number of the text; NULL if there is none, or it is too large. */
static const char *next_number(const char *s, uint32_t *out)
{
	uint64_t v = 0;

	while (blank(*s))
		s++;
	if (s[0] == '-' && s[1] == '1') {
		*out = SETTING_EVER;
		return s + 2;
	}
	if (*s < '0' || *s > '9')
		return NULL;
	while (*s >= '0' && *s <= '9') {
		v = v * 10 + (uint64_t)(*s++ - '0');
		if (v > UINT32_MAX)
			return NULL;
	}
	*out = (uint32_t)v;
	return s;
}

static int parse_values(const struct setting_row *row, const char *text,
			uint32_t *v)
{
	for (unsigned i = 0; i < row->count; i++) {
		text = next_number(text, &v[i]);
		if (!text || v[i] < row->min || v[i] > row->max)
			return -EINVAL;
		if (i && v[i] < v[i - 1])
			return -EINVAL;
	}
	while (blank(*text) || *text == '\n')
		text++;
	return *text ? -EINVAL : 0;
}

int ostia_stack_set(struct ostia_stack *s, const char *name, const char *value)
{
	uint32_t v[SETTING_VALUES] = { 0 };
	struct conf6 c;
	struct place p;
	int err;

	if (!strcmp(name, CC_DEFAULT))
		return tcp_set_default_cc(s->tcp, value);
	if (!strcmp(name, CC_ALLOWED))
		return tcp_allow_cc(s->tcp, value);
	if (!strcmp(name, CC_AVAILABLE))
		return -EACCES;
	if (!strcmp(name, STABLE_SECRET))
		return set_secret(s, value);
	c = find_conf6(s, name);
	if (c.found && c.row) {
		err = parse_values(c.row, value, v);
		if (!err && !conf6_ok(s, &c, v[0]))
			err = -EINVAL;
		if (!err)
			store_conf6(s, &c, v[0]);
		return err;
	}
	p = find(s, name);
	if (!p.row)
		return -ENOENT;
	err = parse_values(p.row, value, v);
	if (err)
		return err;
	memcpy(p.value, v, p.row->count * sizeof(v[0]));
	return 0;
}

static struct place find_any(struct ostia_stack *s, const char *name)
{
	struct conf6 c = find_conf6(s, name);
	struct place p = { .row = c.row };
	char *base;

	if (!c.found || !c.row)
		return find(s, name);
	base = (char *)(c.link ? &c.link->in6->conf : &s->ip.conf6);
	p.value = (uint32_t *)(void *)(base + c.row->offset);
	return p;
}

static void put_cc_names(const struct tcp *t, bool allowed,
			 struct wire_text *to)
{
	for (unsigned i = 0; tcp_cc_name(i); i++) {
		if (allowed && !tcp_cc_allowed(t, i))
			continue;
		if (to->len)
			wire_text_char(to, ' ');
		wire_text_str(to, tcp_cc_name(i));
	}
}

int ostia_stack_get(const struct ostia_stack *s, const char *name, char *buf,
		    size_t size)
{
	struct place p;
	struct wire_text t;

	if (!size)
		return -EINVAL;
	wire_text_init(&t, buf, size);
	if (!strcmp(name, CC_DEFAULT)) {
		wire_text_str(&t, tcp_default_cc(s->tcp));
		return (int)t.len;
	}
	if (!strcmp(name, CC_ALLOWED) || !strcmp(name, CC_AVAILABLE)) {
		put_cc_names(s->tcp, !strcmp(name, CC_ALLOWED), &t);
		return (int)t.len;
	}
	if (!strcmp(name, STABLE_SECRET)) {
		if (!s->ip.has_secret)
			return -EIO;
		wire_text_ip6(&t, s->ip.secret.b);
		return (int)t.len;
	}
	/* The place is only read. */
	p = find_any((struct ostia_stack *)(uintptr_t)s, name);
	if (!p.row)
		return -ENOENT;
	assert(p.value); /* a row has its place */
	for (unsigned i = 0; i < p.row->count; i++) {
		if (i)
			wire_text_char(&t, '\t');
		if (p.value[i] == SETTING_EVER &&
		    p.row->dflt[i] == SETTING_EVER)
			wire_text_str(&t, "-1");
		else
			wire_text_u64(&t, p.value[i]);
	}
	return (int)t.len;
}

const char *ostia_setting_name(unsigned i)
{
	const struct setting_row *row;

	static const char *const others[] = {
		CC_DEFAULT,
		CC_ALLOWED,
		CC_AVAILABLE,
		STABLE_SECRET,
	};
	enum { OTHERS = sizeof(others) / sizeof(others[0]) };

	if (i < OTHERS)
		return others[i];
	row = place_at(NULL, i - OTHERS).row;
	return row ? row->name : NULL;
}
