/* SPDX-License-Identifier: MIT */
/*
 * docs/tables.c - the pages that are made from the library's own tables
 *
 * Prints docs/socket-options.md or docs/settings.md. The rows are those that
 * setsockopt() and ostia_stack_set() read, so that the pages cannot say
 * anything else; a test compares them with what is checked in.
 */
#include "sock/opt.h"

#include <ostia/link.h>
#include <ostia/runtime.h>
#include <ostia/stack.h>
#include <stdio.h>
#include <string.h>

static const char *const how_text[] = {
	[SOCK_OPT_WORKS] = "works",
	[SOCK_OPT_INERT] = "inert",
	[SOCK_OPT_REFUSED] = "refused",
};

static const char *const type_text[] = {
	[SOCK_OPT_INT] = "int",
	[SOCK_OPT_BOOL] = "bool",
	[SOCK_OPT_U64] = "uint64_t",
	[SOCK_OPT_LINGER] = "struct linger",
	[SOCK_OPT_TIMEVAL] = "struct timeval",
	[SOCK_OPT_TEXT] = "text",
	[SOCK_OPT_BYTES] = "bytes",
};

static void print_sockets(const struct sock_opt *o)
{
	static const struct {
		unsigned bit;
		const char *text;
	} kind[] = {
		{ SOCK_OPT_TCP, "TCP" },	{ SOCK_OPT_UDP, "UDP" },
		{ SOCK_OPT_RAW, "raw" },	{ SOCK_OPT_PING, "ping" },
		{ SOCK_OPT_LINK, "AF_PACKET" }, { SOCK_OPT_LOCAL, "AF_UNIX" },
	};
	const char *comma = "";

	if (o->on == SOCK_OPT_ALL || o->how == SOCK_OPT_REFUSED) {
		printf("all");
		return;
	}
	if (o->on == SOCK_OPT_ANY) {
		printf("all of IP");
		return;
	}
	for (unsigned i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		if (!(o->on & kind[i].bit))
			continue;
		printf("%s%s", comma, kind[i].text);
		comma = ", ";
	}
}

static const char *access_text(const struct sock_opt *o)
{
	bool get = o->get || o->get_bytes || o->get_row,
	     set = o->set || o->set_bytes || o->set_row;

	if (o->how == SOCK_OPT_REFUSED)
		return "";
	return get && set ? "get, set" : get ? "get" : "set";
}

static void print_option(const struct sock_opt *o)
{
	printf("| `%s` | %s | %s | ", o->text, how_text[o->how],
	       o->how == SOCK_OPT_REFUSED ? "" : type_text[o->type]);
	print_sockets(o);
	printf(" | %s | %s |\n", access_text(o), o->note ? o->note : "");
}

static int print_options(void)
{
	const char *level = "";
	const struct sock_opt *o;

	puts("<!-- SPDX-License-Identifier: MIT -->\n"
	     "# Socket options\n\n"
	     "Made by `./do docs` from the table in `src/sock/opt.c`. *works*: "
	     "as Linux has it. *inert*: accepted\n"
	     "and readable, without effect here. *refused*: ENOPROTOOPT, as is "
	     "every option that is not listed.");
	for (unsigned i = 0; (o = sock_opt_row(i)); i++) {
		if (strcmp(level, o->level_text)) {
			level = o->level_text;
			printf("\n## %s\n\n"
			       "| option | | value | sockets | calls | |\n"
			       "| --- | --- | --- | --- | --- | --- |\n",
			       level);
		}
		print_option(o);
	}
	return 0;
}

static int print_settings(void)
{
	struct ostia_stack_config config = { 0 };
	struct ostia_pool *pool;
	struct ostia_stack *s;
	struct ostia_env env;
	const char *name;
	char value[200];

	ostia_system_env(&env);
	if (ostia_pool_new(&env, 0, &pool))
		return 1;
	config = (struct ostia_stack_config) { .env = &env, .pool = pool };
	if (ostia_stack_new(&config, &s))
		return 1;
	puts("<!-- SPDX-License-Identifier: MIT -->\n"
	     "# Settings of a stack\n\n"
	     "Made by `./do docs` from the stack's own table. Names and "
	     "meanings are those of Linux's sysctls;\n"
	     "`ostia_stack_set()` changes one, and so does the configuration "
	     "that a stack is made with.\n\n"
	     "`net.ipv6.conf.all.*` is for all links, those to come too; "
	     "`net.ipv6.conf.default.*` for those to\n"
	     "come; `net.ipv6.conf.eth0.*` for one. Defaults are Linux's but "
	     "for two: a stack is quiet until it is\n"
	     "told otherwise, so `accept_ra` and `dad_transmits` begin with "
	     "0.\n\n"
	     "| setting | default |\n"
	     "| --- | --- |");
	for (unsigned i = 0; (name = ostia_setting_name(i)); i++) {
		if (ostia_stack_get(s, name, value, sizeof(value)) < 0)
			strcpy(value, "(not set)");
		printf("| `%s` | ", name);
		for (const char *c = value; *c; c++)
			putchar(*c == '\t' ? ' ' : *c);
		puts(" |");
	}
	ostia_stack_free(s);
	ostia_pool_free(pool);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "options"))
		return print_options();
	if (argc == 2 && !strcmp(argv[1], "settings"))
		return print_settings();
	fputs("usage: tables options | settings\n", stderr);
	return 2;
}
