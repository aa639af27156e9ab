/* SPDX-License-Identifier: MIT */
/*
 * base/table.h - a hash table of 8-byte slots: a tag and a handle
 *
 * The table knows no keys. The caller hashes the key, keyed against
 * collisions on purpose (base/siphash.h), files a nonzero handle under the
 * 32-bit tag, and compares keys itself when looking:
 *
 *	table_each_match(t, tag, it)
 *		if (conn_has_key(conn_at(it.handle), key))
 *			return it.handle;
 *
 * Open addressing with linear probing; the home of a tag is its high bits,
 * and Robin Hood order keeps the slots sorted by tag, so a search that fails
 * ends early and a removal leaves no tombstone. The table grows at a load of
 * 4/5 and shrinks below 1/5, in steps: every insertion and removal clears or
 * moves a bounded number of slots; a search looks at two arrays meanwhile.
 */
#ifndef OSTIA_BASE_TABLE_H
#define OSTIA_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ostia/types.h>

enum {
	TABLE_SLOTS_MIN = 64,
	TABLE_SLOTS_LOG2_MAX = 30,
	TABLE_CLEAR_STEP = 128, /* slots cleared by one change, at most */
	TABLE_MOVE_STEP = 16, /* slots moved by one change, at most */
	TABLE_PROBE_MAX = 1024, /* an insertion looks no further */
};

/**
 * struct table_slot - One entry
 * @tag:	32 bits of a keyed hash
 * @handle:	what the caller filed; 0: the slot is empty
 */
struct table_slot {
	uint32_t tag;
	uint32_t handle;
};

/**
 * struct table_array - Slots, a power of two of them
 * @shift:	32 - log2(slots): tag >> shift is its home
 * @mask:	slots - 1
 * @from:	slots below it have moved out: a search begins there
 * @count:	entries
 *
 * Invariant: from @from on, up to the wrap, an entry stands at its home or
 * behind it with no empty slot between, and no entry stands behind one that
 * is nearer to its own home than that entry would be in its place.
 */
struct table_array {
	struct table_slot *slot;
	uint32_t shift;
	uint32_t mask;
	uint32_t from;
	uint32_t count;
};

/**
 * struct table - The entries, and what growing needs
 * @main:	where insertions go; no slots before the first
 * @old:	where entries are moved from, during a change of size
 * @next:	being cleared, in order to become @main
 * @env:		lends the slots
 * @cleared:	slots of @next that are clear
 * @limit:	entries at most
 * @probe_max:	the longest way from home that an insertion went
 * @resizes:	changes of size begun
 * @full:	insertions refused at @limit or at TABLE_PROBE_MAX
 */
struct table {
	struct table_array main;
	struct table_array old;
	struct table_array next;
	const struct ostia_env *env;
	uint32_t cleared;
	uint32_t limit;
	uint32_t probe_max;
	uint32_t resizes;
	uint64_t full;
};

/**
 * table_init() - An empty table; takes no memory yet
 * @env:	lends the slots; borrowed until table_fini()
 * @limit:	entries at most
 */
void table_init(struct table *t, const struct ostia_env *env, uint32_t limit);

/** table_fini() - Give the slots back; handles still filed are forgotten. */
void table_fini(struct table *t);

/** table_count() - How many handles are filed. */
static inline uint32_t table_count(const struct table *t)
{
	return t->main.count + t->old.count;
}

/**
 * table_insert() - File @handle under @tag
 * @handle:	nonzero; the pair is not in the table yet
 *
 * Returns 0; -ENOMEM: no memory to grow; -ENOBUFS: @limit is reached, or
 * too many tags crowd in one place. The table is unchanged on errors.
 */
int table_insert(struct table *t, uint32_t tag, uint32_t handle);

/** table_remove() - Forget the pair; false: it is not in the table. */
bool table_remove(struct table *t, uint32_t tag, uint32_t handle);

/**
 * table_replace() - File @to under @tag in the place of @from
 *
 * Cannot fail for lack of memory. Returns false when @from is not there.
 */
bool table_replace(struct table *t, uint32_t tag, uint32_t from, uint32_t to);

/** table_bytes() - Memory in use for slots. */
size_t table_bytes(const struct table *t);

/**
 * struct table_match - A search under way
 * @handle:	the candidate at hand: its tag is equal, its key may not be
 */
struct table_match {
	const struct table *table;
	const struct table_array *array;
	uint32_t tag;
	uint32_t at;
	uint32_t handle;
};

static inline uint32_t table_home(const struct table_array *a, uint32_t tag)
{
	return tag >> a->shift;
}

/* Where a search for @tag begins: its home, if that has not moved out. */
static inline uint32_t table_begin(const struct table_array *a, uint32_t tag)
{
	uint32_t home = table_home(a, tag);

	return home < a->from ? a->from : home;
}

/* Goes on from m->at to the next slot with our tag. */
static inline bool table_scan(struct table_match *m)
{
	const struct table_array *a = m->array;
	uint32_t home = table_home(a, m->tag);

	for (;;) {
		const struct table_slot *s = &a->slot[m->at & a->mask];
		uint32_t far = (m->at - table_home(a, s->tag)) & a->mask;

		if (s->handle == 0 || far < ((m->at - home) & a->mask))
			return false;
		m->at++;
		if (s->tag == m->tag) {
			m->handle = s->handle;
			return true;
		}
	}
}

/** table_match_next() - The next candidate into m->handle; false: no more. */
static inline bool table_match_next(struct table_match *m)
{
	if (m->array->slot && table_scan(m))
		return true;
	if (m->array == &m->table->old || !m->table->old.slot)
		return false;
	m->array = &m->table->old;
	m->at = table_begin(m->array, m->tag);
	return table_scan(m);
}

/** table_match() - Begin to look for @tag; then table_match_next(). */
static inline struct table_match table_match(const struct table *t,
					     uint32_t tag)
{
	return (struct table_match) {
		.table = t,
		.array = &t->main,
		.tag = tag,
		.at = t->main.slot ? table_begin(&t->main, tag) : 0,
	};
}

/**
 * table_each_match() - Visit the candidates for @tag, as it.handle
 *
 * The table must not change meanwhile.
 */
#define table_each_match(t, tag, it)                          \
	for (struct table_match it = table_match((t), (tag)); \
	     table_match_next(&it);)

/** table_prefetch() - We shall look for @tag soon: fetch its slots. */
static inline void table_prefetch(const struct table *t, uint32_t tag)
{
	if (t->main.slot)
		__builtin_prefetch(&t->main.slot[table_home(&t->main, tag)]);
	if (t->old.slot)
		__builtin_prefetch(&t->old.slot[table_home(&t->old, tag)]);
}

/**
 * table_walk() - Visit every handle, in no particular order
 * @cursor:	0 at first; the table must not change between calls
 *
 * Returns a handle, or 0 after the last.
 */
uint32_t table_walk(const struct table *t, uint64_t *cursor);

#endif
