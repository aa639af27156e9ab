/* SPDX-License-Identifier: MIT */
/*
 * local/name.h - names of AF_UNIX (unix(7))
 *
 * The text is counted: an accepted connection has its listener's name, and a
 * message its sender's. What can be found by name is filed in one of two
 * tables of the stack: paths, which stay there until they are unlinked, with
 * or without an owner, as the inodes of Linux do; and abstract names, which go
 * with their owner. Names are bytes: "./a" and "a" are two.
 */
#ifndef OSTIA_LOCAL_NAME_H
#define OSTIA_LOCAL_NAME_H

#include "local/local.h"

/**
 * struct local_name - A name
 * @owner:	lent; NULL: it has closed
 * @len:	bytes of sun_path; a path's last one is its NUL
 * @filed:	in the table
 * @type:	of the owner; of abstract names it is part of the key
 */
struct local_name {
	struct local_sock *owner;
	uint32_t refs, self;
	uint32_t tag;
	uint8_t len;
	uint8_t type;
	bool filed;
	char bytes[LOCAL_PATH_MAX + 1];
};

static inline bool local_name_is_path(const struct local_name *n)
{
	return n->bytes[0] != 0;
}

/**
 * local_name_new() - File a name for @s, which gets the reference
 * @n: bytes of sun_path, 1 to LOCAL_PATH_MAX; a path ends at its first NUL
 * Return: 0, -EADDRINUSE, -ENOSPC, -ENOMEM.
 */
int local_name_new(struct local *l, struct local_sock *s, const char *path,
		   uint32_t n);

/** local_name_auto() - A free abstract name of five hex digits. */
int local_name_auto(struct local *l, struct local_sock *s);

/** local_name_find() - Lent, or NULL. */
struct local_name *local_name_find(struct local *l, int type, const char *path,
				   uint32_t n);

/** local_name_orphan() - Its owner closes. */
void local_name_orphan(struct local *l, struct local_name *n);

/** local_name_unfile() - It cannot be found any more. */
void local_name_unfile(struct local *l, struct local_name *n);

static inline struct local_name *local_name_get(struct local_name *n)
{
	if (n)
		n->refs++;
	return n;
}

/** local_name_put() - NULL is nothing. */
void local_name_put(struct local *l, struct local_name *n);

#endif
