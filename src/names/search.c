/* SPDX-License-Identifier: MIT */
/*
 * Short names and long ones: the search list, as res_search(3) has it
 */
#define _GNU_SOURCE 1 /* EAI_NODATA */
#include <netdb.h>
#include <ostia/names.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/** struct search - A name, and who asks for it */
struct search {
	const struct ostia_dns *dns;
	const char *name;
	int (*ask)(void *ctx, const char *name, struct ostia_names *out);
	void *ctx;
	struct ostia_names *out;
};

static unsigned dots_in(const char *name)
{
	unsigned n = 0;

	while (*name)
		n += *name++ == '.';
	return n;
}

/* A search goes on past names that are not, have no address, or that servers
 * do not want to hear of; silence ends it.
 */
static bool go_on(int err)
{
	return err == EAI_NONAME || err == EAI_NODATA ||
	       err == OSTIA_EAI_REFUSED;
}

/* What to say of two tries that failed. */
static int worse(int a, int b)
{
	if (a == EAI_NODATA || b == EAI_NODATA)
		return EAI_NODATA;
	return a == OSTIA_EAI_REFUSED ? a : b;
}

/* @domain "": the name as it is. */
static int ask_in(struct search *s, const char *domain)
{
	char full[OSTIA_NAME_TEXT];
	const char *dot = s->name[strlen(s->name) - 1] == '.' ? "" : ".";
	int n = snprintf(full, sizeof(full), "%s%s%s", s->name, dot, domain);
	int err;

	if (n < 0 || (size_t)n >= sizeof(full))
		return EAI_NONAME;
	s->out->count = 0;
	s->out->canonical[0] = '\0';
	err = s->ask(s->ctx, full, s->out);
	if (!err && *domain && !s->out->canonical[0])
		memcpy(s->out->canonical, full, (size_t)n + 1);
	return err;
}

static int ask_domains(struct search *s)
{
	int result = EAI_NONAME;

	for (unsigned i = 0; i < s->dns->searches; i++) {
		int err = ask_in(s, s->dns->search[i]);

		if (!go_on(err))
			return err;
		result = worse(result, err);
	}
	return result;
}

/* Long names first as they are, short ones first in the search list; of two
 * failures a long name's first counts.
 */
static int ask_both(struct search *s)
{
	bool is_long = dots_in(s->name) >= s->dns->ndots;
	int first = is_long ? ask_in(s, "") : ask_domains(s);
	int second;

	if (!go_on(first))
		return first;
	second = is_long ? ask_domains(s) : ask_in(s, "");
	if (!second)
		return 0;
	return is_long ? first : worse(first, second);
}

int ostia_dns_find(const struct ostia_dns *dns, const char *name,
		   int (*ask)(void *ctx, const char *name,
			      struct ostia_names *out),
		   void *ctx, struct ostia_names *out)
{
	struct search s = { dns, name, ask, ctx, out };
	size_t n = strlen(name);
	int err;

	out->count = 0;
	out->canonical[0] = '\0';
	if (!n)
		return EAI_NONAME;
	if (!dns->servers)
		return EAI_AGAIN;
	err = name[n - 1] == '.' || !dns->searches ? ask_in(&s, "")
						   : ask_both(&s);
	return err == OSTIA_EAI_REFUSED ? EAI_AGAIN : err;
}
