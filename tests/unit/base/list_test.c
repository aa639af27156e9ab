/* SPDX-License-Identifier: MIT */
#include "../test.h"
#include "base/list.h"

struct item {
	int n;
	struct list node;
	struct fifo_node link;
};

/* The numbers on a list, forwards, as one decimal. */
static int forwards(const struct list *head)
{
	int sum = 0;

	list_each (node, head)
		sum = sum * 10 + list_entry(node, struct item, node)->n;
	return sum;
}

static int backwards(const struct list *head)
{
	int sum = 0;

	for (const struct list *l = head->prev; l != head; l = l->prev)
		sum = sum * 10 + list_entry(l, const struct item, node)->n;
	return sum;
}

static void number(struct item *it, int n)
{
	for (int i = 0; i < n; i++) {
		it[i].n = i + 1;
		list_init(&it[i].node);
	}
}

TEST(keeps_order_both_ways)
{
	struct item it[4];
	struct list head;

	number(it, 4);
	list_init(&head);
	OK(list_empty(&head));
	OK(!list_first(&head));
	OK(!list_last(&head));
	list_push(&head, &it[1].node);
	list_push(&head, &it[2].node);
	list_push_front(&head, &it[0].node);
	list_insert(&it[2].node, &it[3].node);
	EQ(forwards(&head), 1243);
	EQ(backwards(&head), 3421);
	OK(list_first(&head) == &it[0].node);
	OK(list_last(&head) == &it[2].node);
}

TEST(a_removed_node_is_free_and_may_be_removed_again)
{
	struct item it[3];
	struct list head;

	number(it, 3);
	list_init(&head);
	for (int i = 0; i < 3; i++)
		list_push(&head, &it[i].node);
	list_remove(&it[1].node);
	OK(list_empty(&it[1].node));
	list_remove(&it[1].node);
	EQ(forwards(&head), 13);
	EQ(backwards(&head), 31);
	list_push(&head, &it[1].node);
	EQ(forwards(&head), 132);
}

TEST(pops_from_the_front_until_empty)
{
	struct item it[2];
	struct list head;

	number(it, 2);
	list_init(&head);
	list_push(&head, &it[0].node);
	list_push(&head, &it[1].node);
	OK(list_pop(&head) == &it[0].node);
	OK(list_empty(&it[0].node));
	OK(list_pop(&head) == &it[1].node);
	OK(!list_pop(&head));
}

TEST(splice_moves_all_nodes)
{
	struct item it[4];
	struct list a, b;

	number(it, 4);
	list_init(&a);
	list_init(&b);
	list_splice(&a, &b);
	OK(list_empty(&a));
	list_push(&a, &it[0].node);
	for (int i = 1; i < 4; i++)
		list_push(&b, &it[i].node);
	list_splice(&a, &b);
	EQ(forwards(&a), 1234);
	EQ(backwards(&a), 4321);
	OK(list_empty(&b));
}

TEST(the_safe_walk_allows_removal)
{
	struct item it[5];
	struct list head;

	number(it, 5);
	list_init(&head);
	for (int i = 0; i < 5; i++)
		list_push(&head, &it[i].node);
	list_each_safe (node, &head)
		if (list_entry(node, struct item, node)->n % 2)
			list_remove(node);
	EQ(forwards(&head), 24);
}

TEST(fifo_gives_back_in_order)
{
	struct item it[3];
	struct fifo q;

	number(it, 3);
	fifo_init(&q);
	OK(fifo_empty(&q));
	OK(!fifo_pop(&q));
	fifo_push(&q, &it[0].link);
	fifo_push(&q, &it[1].link);
	fifo_push_front(&q, &it[2].link);
	OK(fifo_first(&q) == &it[2].link);
	OK(fifo_pop(&q) == &it[2].link);
	OK(fifo_pop(&q) == &it[0].link);
	OK(fifo_pop(&q) == &it[1].link);
	OK(!fifo_pop(&q));
	/* the stale tail must not be used again */
	fifo_push_front(&q, &it[0].link);
	fifo_push(&q, &it[1].link);
	OK(fifo_pop(&q) == &it[0].link);
	OK(fifo_pop(&q) == &it[1].link);
	OK(fifo_empty(&q));
}

TESTS(CASE(keeps_order_both_ways),
      CASE(a_removed_node_is_free_and_may_be_removed_again),
      CASE(pops_from_the_front_until_empty), CASE(splice_moves_all_nodes),
      CASE(the_safe_walk_allows_removal), CASE(fifo_gives_back_in_order))
