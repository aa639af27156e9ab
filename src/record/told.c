/* SPDX-License-Identifier: MIT */
#include "record/told.h"

#include <stdlib.h>

enum { FIRST_CAP = 256 };

void told_fini(struct told *t)
{
	free(t->slot);
	*t = (struct told) { .slot = NULL };
}

uint64_t told_hash(uint64_t seed, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t h = seed ^ 0xcbf29ce484222325u;

	while (n--)
		h = (h ^ *b++) * 0x100000001b3u;
	return h;
}

static uint32_t slot_of(const struct told *t, uint64_t key)
{
	uint32_t i = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32) & (t->cap - 1);

	while (t->slot[i].key && t->slot[i].key != key)
		i = (i + 1) & (t->cap - 1);
	return i;
}

static bool grow(struct told *t)
{
	struct told next = { .cap = t->cap ? 2 * t->cap : FIRST_CAP,
			     .n = t->n };

	if (t->n >= TOLD_MAX)
		return false;
	next.slot = calloc(next.cap, sizeof(*next.slot));
	if (!next.slot)
		return false;
	for (uint32_t i = 0; i < t->cap; i++)
		if (t->slot[i].key)
			next.slot[slot_of(&next, t->slot[i].key)] = t->slot[i];
	free(t->slot);
	*t = next;
	return true;
}

bool told_news(struct told *t, uint64_t key, uint64_t value)
{
	uint32_t i = 0;

	key = key ? key : 1;
	if (t->cap)
		i = slot_of(t, key);
	if (!t->cap || !t->slot[i].key) {
		if (2 * t->n >= t->cap && !grow(t))
			return true;
		i = slot_of(t, key);
		t->n++;
	} else if (t->slot[i].value == value) {
		return false;
	}
	t->slot[i].key = key;
	t->slot[i].value = value;
	return true;
}
