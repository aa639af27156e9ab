/* SPDX-License-Identifier: MIT */
/*
 * stack/settings.c - sysctls by name
 *
 * Each room keeps its settings in a struct and offers rows that say where and
 * within which bounds; this file finds the row and turns text into values.
 * A setting of several values is text of several numbers, as sysctl has it.
 */
#include "base/settings.h"

#include "stack/stack.h"
#include "wire/text.h"

#include <assert.h>
#include <errno.h>

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
		rows = tcp_settings(&n);
		base = s ? tcp_settings_base(s->tcp) : NULL;
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
	uint32_t v[SETTING_VALUES];
	struct place p;
	int err;

	if (!strcmp(name, "net.ipv4.tcp_congestion_control"))
		return tcp_set_default_cc(s->tcp, value);
	p = find(s, name);
	if (!p.row)
		return -ENOENT;
	err = parse_values(p.row, value, v);
	if (err)
		return err;
	memcpy(p.value, v, p.row->count * sizeof(v[0]));
	return 0;
}

int ostia_stack_get(const struct ostia_stack *s, const char *name, char *buf,
		    size_t size)
{
	struct place p;
	struct wire_text t;

	if (!size)
		return -EINVAL;
	wire_text_init(&t, buf, size);
	if (!strcmp(name, "net.ipv4.tcp_congestion_control")) {
		wire_text_str(&t, tcp_default_cc(s->tcp));
		return (int)t.len;
	}
	/* The place is only read. */
	p = find((struct ostia_stack *)(uintptr_t)s, name);
	if (!p.row)
		return -ENOENT;
	assert(p.value); /* a row has its place */
	for (unsigned i = 0; i < p.row->count; i++) {
		if (i)
			wire_text_char(&t, '\t');
		wire_text_u64(&t, p.value[i]);
	}
	return (int)t.len;
}

const char *ostia_setting_name(unsigned i)
{
	const struct setting_row *row;

	if (i == 0)
		return "net.ipv4.tcp_congestion_control";
	row = place_at(NULL, i - 1).row;
	return row ? row->name : NULL;
}
