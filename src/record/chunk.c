/* SPDX-License-Identifier: MIT */
#include "record/chunk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int chunk_new(struct chunk *c, uint32_t snap, struct shelf *shelf)
{
	uint32_t cap = FORMAT_CHUNK_BYTES + FORMAT_EVENT_MAX + snap;
	size_t n = FORMAT_CHUNK_HEAD + cap;

	*c = (struct chunk) { .cap = cap, .lent = shelf != NULL };
	c->mem = shelf ? shelf_take(shelf, n) : malloc(n);
	return c->mem ? 0 : -ENOMEM;
}

void chunk_free(struct chunk *c)
{
	if (!c->lent)
		free(c->mem);
	c->mem = NULL;
}

void chunk_reset(struct chunk *c, struct chunk_texts *t, uint64_t first)
{
	c->len = c->events = c->flags = 0;
	c->raw = false;
	c->first = first;
	c->time = c->last = 0;
	c->near = (struct format_near) { 0 };
	*t = (struct chunk_texts) { .n = 0 };
}

size_t chunk_seal(struct chunk *c, const struct crc_table *crc)
{
	uint8_t *h = c->mem;

	memcpy(h, FORMAT_CHUNK_MAGIC, 4);
	format_put32(h + 4, c->flags);
	format_put32(h + 8, c->len);
	format_put32(h + 12, c->events);
	format_put64(h + 16, c->first);
	format_put64(h + 24, c->time);
	format_put32(h + 32, crc_of(crc, h + FORMAT_CHUNK_HEAD, c->len));
	format_put32(h + 36, crc_of(crc, h, 36));
	return FORMAT_CHUNK_HEAD + (size_t)c->len;
}

void chunk_begin(struct chunk *c, uint32_t kind, ostia_time time, uint32_t node)
{
	if (!c->events++)
		c->time = c->last = time;
	if (time < c->last)
		time = c->last; /* of stacks that are not told the same time */
	chunk_u(c, kind);
	chunk_u(c, time - c->last);
	chunk_u(c, node);
	c->last = time;
}

static uint32_t hash_of(const char *s, uint32_t n)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (uint32_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 16777619u;
	return h | 1;
}

/* The slot of a text, or the free one where it belongs. */
static uint32_t slot_of(const struct chunk *c, const struct chunk_texts *t,
			const char *s, uint32_t n, uint32_t hash)
{
	uint32_t i = hash % (2 * FORMAT_TEXTS);

	while (t->slot[i].hash &&
	       (t->slot[i].hash != hash || t->slot[i].len != n ||
		memcmp(c->mem + FORMAT_CHUNK_HEAD + t->slot[i].off, s, n) != 0))
		i = (i + 1) % (2 * FORMAT_TEXTS);
	return i;
}

static void literal(struct chunk *c, uint32_t how, const char *s, uint32_t n)
{
	chunk_u(c, how);
	chunk_u(c, n);
	memcpy(c->mem + FORMAT_CHUNK_HEAD + c->len, s, n);
	c->mem[FORMAT_CHUNK_HEAD + c->len + n] = '\0';
	c->len += n + 1;
}

static uint32_t near_of(const char *s)
{
	return (uint32_t)((uintptr_t)s >> 2 ^ (uintptr_t)s >> 8) % CHUNK_NEAR;
}

/* Its NUL is compared, too: a longer text is another one. */
static bool is_near(const struct chunk *c, const struct chunk_texts *t,
		    const char *s, uint32_t *index)
{
	uint32_t k = near_of(s);

	*index = t->near[k].index;
	return t->near[k].s == s &&
	       !strncmp((const char *)c->mem + FORMAT_CHUNK_HEAD +
				t->near[k].off,
			s, t->near[k].len + 1u);
}

static void draw_near(struct chunk_texts *t, const char *s, uint32_t slot)
{
	uint32_t k = near_of(s);

	t->near[k].s = s;
	t->near[k].off = t->slot[slot].off;
	t->near[k].len = t->slot[slot].len;
	t->near[k].index = t->slot[slot].index;
}

void chunk_text(struct chunk *c, struct chunk_texts *t, const char *s,
		bool keep)
{
	uint32_t n, hash, i;

	if (!s) {
		chunk_u(c, FORMAT_TEXT_NULL);
		return;
	}
	if (keep && is_near(c, t, s, &i)) {
		chunk_u(c, FORMAT_TEXT_REF + i);
		return;
	}
	n = (uint32_t)strnlen(s, FORMAT_TEXT_MAX);
	if (!keep) {
		literal(c, FORMAT_TEXT_ONCE, s, n);
		return;
	}
	hash = hash_of(s, n);
	i = slot_of(c, t, s, n, hash);
	if (t->slot[i].hash) {
		chunk_u(c, FORMAT_TEXT_REF + t->slot[i].index);
		draw_near(t, s, i);
		return;
	}
	if (t->n == FORMAT_TEXTS) {
		literal(c, FORMAT_TEXT_ONCE, s, n);
		return;
	}
	literal(c, FORMAT_TEXT_KEPT, s, n);
	t->slot[i].hash = hash;
	t->slot[i].len = (uint16_t)n;
	t->slot[i].index = (uint16_t)t->n++;
	t->slot[i].off = c->len - n - 1;
}

uint8_t *chunk_room(struct chunk *c, uint32_t n)
{
	uint8_t *p;

	chunk_u(c, n);
	p = c->mem + FORMAT_CHUNK_HEAD + c->len;
	c->len += n;
	return p;
}
