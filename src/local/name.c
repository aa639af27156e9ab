/* SPDX-License-Identifier: MIT */
#include "local/name.h"

#include "base/siphash.h"
#include "base/stats.h"

#include <errno.h>

enum {
	AUTO_NAMES = 1 << 20, /* of five hex digits */
	AUTO_LEN = 6, /* with the leading NUL */
};

/* Sockets of different types may have one abstract name, but not one path. */
static uint32_t tag_of(const struct local *l, int type, const char *bytes,
		       uint32_t len)
{
	uint32_t tag = (uint32_t)siphash_13(&l->key, bytes, len);

	return bytes[0] ? tag : tag ^ (uint32_t)type;
}

static struct table *table_of(struct local *l, const char *bytes)
{
	return bytes[0] ? &l->paths : &l->abstracts;
}

/* A path ends at its first NUL and is told with it. Return: its length. */
static uint32_t path_length(const char *path, uint32_t n)
{
	return (uint32_t)strnlen(path, n) + 1;
}

static bool same(const struct local_name *n, int type, const char *path,
		 uint32_t len)
{
	if (path[0])
		return n->len == len && !memcmp(n->bytes, path, len - 1);
	return n->len == len && n->type == type && !memcmp(n->bytes, path, len);
}

/* What is hashed of a name is what the program gave, without the NUL. */
static uint32_t hashed(const char *path, uint32_t len)
{
	return path[0] ? len - 1 : len;
}

struct local_name *local_name_find(struct local *l, int type, const char *path,
				   uint32_t n)
{
	uint32_t len = path[0] ? path_length(path, n) : n;
	uint32_t tag = tag_of(l, type, path, hashed(path, len));

	table_each_match(table_of(l, path), tag, it)
	{
		struct local_name *name = slab_at(&l->names, it.handle);

		if (same(name, type, path, len))
			return name;
	}
	return NULL;
}

static int no_more_names(struct local *l)
{
	if (l->names.live < l->names.limit)
		return -ENOMEM;
	l->stats->LocalNamesFull++;
	return -ENOSPC;
}

int local_name_new(struct local *l, struct local_sock *s, const char *path,
		   uint32_t n)
{
	uint32_t len = path[0] ? path_length(path, n) : n;
	struct local_name *name;
	uint32_t self;
	int err;

	if (local_name_find(l, s->type, path, n))
		return -EADDRINUSE;
	name = slab_alloc(&l->names, &self);
	if (!name)
		return no_more_names(l);
	*name = (struct local_name) { .owner = s,
				      .refs = 1,
				      .self = self,
				      .len = (uint8_t)len,
				      .type = s->type,
				      .filed = true };
	memcpy(name->bytes, path, hashed(path, len));
	name->tag = tag_of(l, s->type, path, hashed(path, len));
	err = table_insert(table_of(l, path), name->tag, self);
	if (err) {
		slab_free(&l->names, self);
		return err == -ENOBUFS ? -ENOSPC : err;
	}
	s->name = name;
	return 0;
}

static void spell(uint32_t v, char out[AUTO_LEN])
{
	out[0] = 0;
	for (unsigned i = 1; i < AUTO_LEN; i++, v <<= 4)
		out[i] = "0123456789abcdef"[v >> 16 & 0xf];
}

/* One after another, from a number that the key decides: as many tries as
 * names are taken.
 */
int local_name_auto(struct local *l, struct local_sock *s)
{
	char name[AUTO_LEN];
	int err;

	for (uint32_t i = 0; i < AUTO_NAMES; i++) {
		spell(l->last_auto++ % AUTO_NAMES, name);
		err = local_name_new(l, s, name, AUTO_LEN);
		if (err != -EADDRINUSE)
			return err;
	}
	return -ENOSPC;
}

void local_name_unfile(struct local *l, struct local_name *n)
{
	if (!n->filed)
		return;
	n->filed = false;
	table_remove(table_of(l, n->bytes), n->tag, n->self);
	if (!n->refs)
		slab_free(&l->names, n->self);
}

void local_name_orphan(struct local *l, struct local_name *n)
{
	n->owner = NULL;
	if (!local_name_is_path(n))
		local_name_unfile(l, n);
}

/* A path that is filed lives on without references. */
void local_name_put(struct local *l, struct local_name *n)
{
	if (!n || --n->refs || n->filed)
		return;
	slab_free(&l->names, n->self);
}
