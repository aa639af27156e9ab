/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include "base/env.h"
#include <assert.h>
#include <errno.h>

static uint32_t slots_of(const struct table_array *a)
{
	return a->slot ? a->mask + 1 : 0;
}

static size_t bytes_of(const struct table_array *a)
{
	return (size_t)slots_of(a) * sizeof(a->slot[0]);
}

static void table_check(const struct table *t)
{
	assert(t->main.count <= slots_of(&t->main));
	assert(t->old.slot || t->old.count == 0);
	assert(!t->old.slot || !t->next.slot);
	assert(table_count(t) <= t->limit);
}

/* How far from home the entry in slot @i stands. */
static uint32_t distance(const struct table_array *a, uint32_t i)
{
	return (i - table_home(a, a->slot[i].tag)) & a->mask;
}

void table_init(struct table *t, const struct ostia_env *env, uint32_t limit)
{
	*t = (struct table) { .env = env, .limit = limit };
}

static void array_free(struct table *t, struct table_array *a)
{
	env_free(t->env, a->slot, bytes_of(a));
	*a = (struct table_array) { 0 };
}

void table_fini(struct table *t)
{
	array_free(t, &t->main);
	array_free(t, &t->old);
	array_free(t, &t->next);
}

size_t table_bytes(const struct table *t)
{
	return bytes_of(&t->main) + bytes_of(&t->old) + bytes_of(&t->next);
}

/*
 * One array.
 */

/* The way from home to the slot that a new entry with @tag gets, if there
 * is one within @most: the first that is empty or holds an entry nearer to
 * its home. -ENOBUFS otherwise.
 */
static int64_t place_for(const struct table_array *a, uint32_t tag,
			 uint32_t most)
{
	uint32_t home = table_home(a, tag);

	for (uint32_t far = 0; far <= a->mask && far <= most; far++) {
		uint32_t i = (home + far) & a->mask;

		if (a->slot[i].handle == 0 || distance(a, i) < far)
			return far;
	}
	return -ENOBUFS;
}

/* Puts @s into slot @i, and what was there one further, and so on. */
static void push_down(struct table_array *a, uint32_t i, struct table_slot s)
{
	while (s.handle) {
		struct table_slot was = a->slot[i];

		a->slot[i] = s;
		s = was;
		i = (i + 1) & a->mask;
	}
	a->count++;
}

/* Slot @i becomes empty; those behind it that are not at home move up. */
static void pull_up(struct table_array *a, uint32_t i)
{
	uint32_t behind = (i + 1) & a->mask;

	while (a->slot[behind].handle && distance(a, behind) > 0) {
		a->slot[i] = a->slot[behind];
		i = behind;
		behind = (i + 1) & a->mask;
	}
	a->slot[i] = (struct table_slot) { 0 };
	a->count--;
}

/* Leaves @m at the pair: its slot is the one before m->at. */
static bool find_pair(const struct table *t, struct table_match *m,
		      uint32_t tag, uint32_t handle)
{
	*m = table_match(t, tag);
	while (table_match_next(m))
		if (m->handle == handle)
			return true;
	return false;
}

static uint32_t slot_before(const struct table_match *m)
{
	return (m->at - 1) & m->array->mask;
}

/*
 * Growing and shrinking: take an array, clear it in steps, make it main,
 * move the entries over in steps, give the old array back.
 */

static uint32_t log2_of(uint32_t slots)
{
	return (uint32_t)(31 - __builtin_clz(slots));
}

static int begin_resize(struct table *t, uint32_t slots)
{
	struct table_array *a = &t->next;

	a->slot = env_alloc(t->env, (size_t)slots * sizeof(a->slot[0]));
	if (!a->slot)
		return -ENOMEM;
	a->mask = slots - 1;
	a->shift = 32 - log2_of(slots);
	t->cleared = 0;
	t->resizes++;
	return 0;
}

static void clear_some(struct table *t)
{
	uint32_t left = slots_of(&t->next) - t->cleared;
	uint32_t n = left < TABLE_CLEAR_STEP ? left : TABLE_CLEAR_STEP;

	memset(t->next.slot + t->cleared, 0, n * sizeof(t->next.slot[0]));
	t->cleared += n;
	if (n < left)
		return;
	t->old = t->main;
	t->main = t->next;
	t->next = (struct table_array) { 0 };
}

/* The entry goes in whatever the way: the array is at most half full. */
static void move_one(struct table *t, uint32_t i)
{
	struct table_array *to = &t->main;
	struct table_slot s = t->old.slot[i];
	int64_t far;

	if (s.handle == 0)
		return;
	far = place_for(to, s.tag, UINT32_MAX);
	assert(far >= 0);
	push_down(to, (table_home(to, s.tag) + (uint32_t)far) & to->mask, s);
	t->old.slot[i] = (struct table_slot) { 0 };
	t->old.count--;
}

static void move_some(struct table *t)
{
	struct table_array *old = &t->old;

	for (int n = 0; n < TABLE_MOVE_STEP && old->count > 0; n++)
		move_one(t, old->from++);
	if (old->count == 0)
		array_free(t, old);
}

static void go_on(struct table *t)
{
	if (t->next.slot)
		clear_some(t);
	else if (t->old.slot)
		move_some(t);
}

static bool resizing(const struct table *t)
{
	return t->next.slot || t->old.slot;
}

/* The first array is small, and is made at once. */
static int first_array(struct table *t)
{
	int err = begin_resize(t, TABLE_SLOTS_MIN);

	while (!err && t->next.slot)
		clear_some(t);
	return err;
}

static bool has_room(const struct table *t)
{
	return 16 * ((uint64_t)table_count(t) + 1) <=
	       15 * (uint64_t)slots_of(&t->main);
}

/* Failing to grow is no harm as long as there are slots to spare. When there
 * are none, and memory is to be had again, each refusal is a step, too.
 */
static int make_room(struct table *t)
{
	uint64_t slots = slots_of(&t->main), count = table_count(t);

	if (slots == 0)
		return first_array(t);
	if (!resizing(t) && 5 * count >= 4 * slots &&
	    slots < UINT32_C(1) << TABLE_SLOTS_LOG2_MAX)
		begin_resize(t, (uint32_t)slots * 2);
	if (!has_room(t))
		go_on(t);
	return has_room(t) ? 0 : -ENOMEM;
}

static void maybe_shrink(struct table *t)
{
	uint64_t slots = slots_of(&t->main);

	if (!resizing(t) && slots > TABLE_SLOTS_MIN &&
	    5 * (uint64_t)table_count(t) < slots)
		begin_resize(t, (uint32_t)slots / 2); /* or stay large */
}

int table_insert(struct table *t, uint32_t tag, uint32_t handle)
{
	int64_t far;
	int err;

	assert(handle != 0);
	if (table_count(t) >= t->limit) {
		t->full++;
		return -ENOBUFS;
	}
	err = make_room(t);
	if (err)
		return err;
	far = place_for(&t->main, tag, TABLE_PROBE_MAX);
	if (far < 0) {
		t->full++;
		return -ENOBUFS;
	}
	push_down(&t->main,
		  (table_home(&t->main, tag) + (uint32_t)far) & t->main.mask,
		  (struct table_slot) { tag, handle });
	if (far > t->probe_max)
		t->probe_max = (uint32_t)far;
	go_on(t);
	table_check(t);
	return 0;
}

bool table_remove(struct table *t, uint32_t tag, uint32_t handle)
{
	struct table_match m;

	if (!find_pair(t, &m, tag, handle))
		return false;
	pull_up(m.array == &t->main ? &t->main : &t->old, slot_before(&m));
	go_on(t);
	maybe_shrink(t);
	table_check(t);
	return true;
}

bool table_replace(struct table *t, uint32_t tag, uint32_t from, uint32_t to)
{
	struct table_match m;

	assert(to != 0);
	if (!find_pair(t, &m, tag, from))
		return false;
	m.array->slot[slot_before(&m)].handle = to;
	return true;
}

uint32_t table_walk(const struct table *t, uint64_t *cursor)
{
	uint32_t in_main = slots_of(&t->main);

	while (*cursor < (uint64_t)in_main + slots_of(&t->old)) {
		uint64_t i = (*cursor)++;
		const struct table_slot *s =
			i < in_main ? &t->main.slot[i]
				    : &t->old.slot[i - in_main];

		if (s->handle)
			return s->handle;
	}
	return 0;
}
