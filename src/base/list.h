/* SPDX-License-Identifier: MIT */
/*
 * base/list.h - intrusive lists: a ring of two links, a queue of one
 *
 * A struct list is both the head and the node: an initialised node alone is
 * an empty list, and leaves a list without knowing which one. A struct fifo
 * is a queue whose nodes carry one pointer: half the memory, out at the front
 * only. Neither owns its nodes nor allocates.
 */
#ifndef OSTIA_BASE_LIST_H
#define OSTIA_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct list - A head, or a node embedded in the thing that is listed
 *
 * Invariant: l->next->prev == l && l->prev->next == l.
 */
struct list {
	struct list *next;
	struct list *prev;
};

/** list_entry() - The @type whose member @member is the node @node. */
#define list_entry(node, type, member) \
	((type *)((uintptr_t)(node)-offsetof(type, member)))

/** list_init() - An empty list, or a node that is on none. */
static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

/** list_empty() - Has the list no nodes? Of a node: is it on no list? */
static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/** list_insert() - Put the free @node just before @where, node or head. */
static inline void list_insert(struct list *where, struct list *node)
{
	node->next = where;
	node->prev = where->prev;
	where->prev->next = node;
	where->prev = node;
}

/** list_push() - Append the free @node at the end of @head. */
static inline void list_push(struct list *head, struct list *node)
{
	list_insert(head, node);
}

/** list_push_front() - Put the free @node at the front of @head. */
static inline void list_push_front(struct list *head, struct list *node)
{
	list_insert(head->next, node);
}

/** list_remove() - Take @node off its list; a node on none stays as it is. */
static inline void list_remove(struct list *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	list_init(node);
}

/** list_first() - The first node, or NULL. */
static inline struct list *list_first(const struct list *head)
{
	return list_empty(head) ? NULL : head->next;
}

/** list_last() - The last node, or NULL. */
static inline struct list *list_last(const struct list *head)
{
	return list_empty(head) ? NULL : head->prev;
}

/** list_pop() - Take the first node off, or NULL. */
static inline struct list *list_pop(struct list *head)
{
	struct list *node = list_first(head);

	if (node)
		list_remove(node);
	return node;
}

/** list_splice() - Append all nodes of @from to @to; @from is empty after. */
static inline void list_splice(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

/** list_each() - Visit every node; the list must not change meanwhile. */
#define list_each(node, head)                                  \
	for (struct list *node = (head)->next; node != (head); \
	     node = node->next)

/** list_each_safe() - Visit every node; the body may remove the node. */
#define list_each_safe(node, head)                                        \
	for (struct list *node = (head)->next, *node##_next = node->next; \
	     node != (head); node = node##_next, node##_next = node->next)

/** struct fifo_node - One link, embedded in the thing that is queued */
struct fifo_node {
	struct fifo_node *next;
};

/** struct fifo - A queue; zeroed is empty, @tail means nothing then */
struct fifo {
	struct fifo_node *head;
	struct fifo_node *tail;
};

static inline void fifo_init(struct fifo *q)
{
	q->head = NULL;
	q->tail = NULL;
}

static inline bool fifo_empty(const struct fifo *q)
{
	return !q->head;
}

/** fifo_push() - Append @node, which is on no queue. */
static inline void fifo_push(struct fifo *q, struct fifo_node *node)
{
	node->next = NULL;
	if (q->head)
		q->tail->next = node;
	else
		q->head = node;
	q->tail = node;
}

/** fifo_push_front() - Put @node, which is on no queue, first. */
static inline void fifo_push_front(struct fifo *q, struct fifo_node *node)
{
	if (!q->head)
		q->tail = node;
	node->next = q->head;
	q->head = node;
}

/** fifo_first() - The first node, or NULL. */
static inline struct fifo_node *fifo_first(const struct fifo *q)
{
	return q->head;
}

/** fifo_pop() - Take the first node off, or NULL. */
static inline struct fifo_node *fifo_pop(struct fifo *q)
{
	struct fifo_node *node = q->head;

	if (node) {
		q->head = node->next;
		node->next = NULL;
	}
	return node;
}

#endif
