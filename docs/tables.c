/* SPDX-License-Identifier: MIT */
/*
 * docs/tables.c - the pages that are made from the library's own tables
 *
 * Prints docs/socket-options.md, docs/settings.md or docs/counters.md. The rows
 * are those that setsockopt(), ostia_stack_set() and ostia_counter() read, so
 * that the pages cannot say anything else; a test compares them with what is
 * checked in.
 */
#include "base/stats.h"
#include "record/estats.h"
#include "record/mib.h"
#include "sock/opt.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <ostia/link.h>
#include <ostia/ostia.h>
#include <ostia/runtime.h>
#include <ostia/stack.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

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

/* A fresh socket of each kind: what it says is a default. */
static const struct kind {
	unsigned bit;
	const char *text;
	int type, protocol, protocol6;
} kinds[] = {
	{ SOCK_OPT_TCP, "TCP", SOCK_STREAM, 0, 0 },
	{ SOCK_OPT_UDP, "UDP", SOCK_DGRAM, 0, 0 },
	{ SOCK_OPT_RAW, "raw", SOCK_RAW, IPPROTO_UDP, IPPROTO_UDP },
	{ SOCK_OPT_PING, "ping", SOCK_DGRAM, IPPROTO_ICMP, IPPROTO_ICMPV6 },
	{ SOCK_OPT_LINK, "AF_PACKET", SOCK_RAW, 0, 0 },
	{ SOCK_OPT_LOCAL, "AF_UNIX", SOCK_STREAM, 0, 0 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), DEFAULT_LEN = 64 };

static int family_of(const struct kind *k, int level)
{
	if (k->bit == SOCK_OPT_LINK)
		return AF_PACKET;
	if (k->bit == SOCK_OPT_LOCAL)
		return AF_UNIX;
	return level == IPPROTO_IPV6 || level == IPPROTO_ICMPV6 ? AF_INET6
								: AF_INET;
}

static void write_value(char *to, enum sock_opt_type type, const void *p,
			socklen_t len)
{
	struct linger linger;
	struct timeval tv;
	uint64_t u64;
	int v;

	if (type == SOCK_OPT_TEXT) {
		snprintf(to, DEFAULT_LEN, "%.*s", (int)len, (const char *)p);
	} else if (type == SOCK_OPT_LINGER && len == sizeof(linger)) {
		memcpy(&linger, p, len);
		snprintf(to, DEFAULT_LEN, "%s, %d s",
			 linger.l_onoff ? "on" : "off", linger.l_linger);
	} else if (type == SOCK_OPT_TIMEVAL && len == sizeof(tv)) {
		memcpy(&tv, p, len);
		snprintf(to, DEFAULT_LEN, "%ld.%06ld s", (long)tv.tv_sec,
			 (long)tv.tv_usec);
	} else if (type == SOCK_OPT_U64 && len == sizeof(u64)) {
		memcpy(&u64, p, len);
		snprintf(to, DEFAULT_LEN, "%" PRIu64, u64);
	} else if (type != SOCK_OPT_BYTES && len == sizeof(v)) {
		memcpy(&v, p, len);
		snprintf(to, DEFAULT_LEN, "%d", v);
	}
}

/* Empty: it cannot be read, or is a struct. */
static void read_default(struct ostia_proc *p, const struct kind *k,
			 const struct sock_opt *o, char *to)
{
	int family = family_of(k, o->level);
	int fd = ostia_socket(p, family, k->type,
			      family == AF_INET6 ? k->protocol6 : k->protocol);
	char value[SOCK_OPT_MAX_BYTES];
	socklen_t len = sizeof(value);

	*to = 0;
	if (fd < 0)
		return;
	if (!ostia_getsockopt(p, fd, o->level, o->name, value, &len))
		write_value(to, (enum sock_opt_type)o->type, value, len);
	ostia_close(p, fd);
}

/* One value, or where kinds differ: each with its own. */
static void print_default(struct ostia_proc *p, const struct sock_opt *o)
{
	char text[KINDS][DEFAULT_LEN];
	const char *first = NULL, *comma = "";
	bool differ = false;

	if (o->how == SOCK_OPT_REFUSED ||
	    !(o->set || o->set_bytes || o->set_row))
		return;
	for (unsigned i = 0; i < KINDS; i++) {
		if (!(o->on & kinds[i].bit))
			continue;
		read_default(p, &kinds[i], o, text[i]);
		if (first && strcmp(first, text[i]))
			differ = true;
		first = first ? first : text[i];
	}
	if (!differ)
		printf("%s", first ? first : "");
	for (unsigned i = 0; differ && i < KINDS; i++) {
		if (!(o->on & kinds[i].bit) || !*text[i])
			continue;
		printf("%s%s %s", comma, kinds[i].text, text[i]);
		comma = ", ";
	}
}

static void print_range(const struct sock_opt *o)
{
	if (o->how == SOCK_OPT_REFUSED || o->type != SOCK_OPT_INT ||
	    !(o->set || o->set_row))
		return;
	if (o->min == INT32_MIN && o->max == INT32_MAX)
		printf("any");
	else if (o->max == INT32_MAX)
		printf("%" PRId64 " and more", o->min);
	else if (o->min < o->max)
		printf("%" PRId64 " to %" PRId64, o->min, o->max);
	else
		printf("%" PRId64, o->min);
}

static void print_sockets(const struct sock_opt *o)
{
	const char *comma = "";

	if (o->on == SOCK_OPT_ALL || o->how == SOCK_OPT_REFUSED) {
		printf("all");
		return;
	}
	if (o->on == SOCK_OPT_ANY) {
		printf("all of IP");
		return;
	}
	for (unsigned i = 0; i < KINDS; i++) {
		if (!(o->on & kinds[i].bit))
			continue;
		printf("%s%s", comma, kinds[i].text);
		comma = ", ";
	}
}

static const char *access_text(const struct sock_opt *o)
{
	bool get = o->get || o->get_bytes || o->get_list || o->get_row,
	     set = o->set || o->set_bytes || o->set_row;

	if (o->how == SOCK_OPT_REFUSED)
		return "";
	return get && set ? "get, set" : get ? "get" : "set";
}

static void print_option(struct ostia_proc *p, const struct sock_opt *o)
{
	printf("| `%s` | %s | %s | ", o->text, how_text[o->how],
	       o->how == SOCK_OPT_REFUSED ? "" : type_text[o->type]);
	print_range(o);
	printf(" | ");
	print_default(p, o);
	printf(" | ");
	print_sockets(o);
	printf(" | %s | %s |\n", access_text(o), o->note ? o->note : "");
}

static void print_all_options(struct ostia_proc *p)
{
	const char *level = "";
	const struct sock_opt *o;

	puts("<!-- SPDX-License-Identifier: MIT -->\n"
	     "# Socket options\n\n"
	     "Made by `./do docs` from the tables in `src/sock/opt_*.c`. *works*: "
	     "as Linux has it. *inert*: accepted\n"
	     "and readable, without effect here. *refused*: ENOPROTOOPT, as is "
	     "every option that is not listed.\n"
	     "An int beyond its range is EINVAL. The default is what a fresh "
	     "socket of a fresh stack says of\n"
	     "what can be set; it is empty for structs, and for what is known "
	     "of a connection alone.");
	for (unsigned i = 0; (o = sock_opt_row(i)); i++) {
		if (strcmp(level, o->level_text)) {
			level = o->level_text;
			printf("\n## %s\n\n"
			       "| option | | value | range | default | sockets "
			       "| calls | |\n"
			       "| --- | --- | --- | --- | --- | --- | --- | "
			       "--- |\n",
			       level);
		}
		print_option(p, o);
	}
}

static void print_all_settings(struct ostia_stack *s)
{
	const char *name;
	char value[200];

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
	     "Linux does not know `tcp_abe`: 1 makes a mark (ECN) in "
	     "congestion avoidance cost Reno 20 % and CUBIC\n"
	     "15 % of the window (RFC 8511), not what a loss costs. It is an "
	     "experiment, and unfair to others in\n"
	     "a queue that marks: hence 0. `tcp_hystart` and "
	     "`tcp_fast_convergence` are in Linux parameters of\n"
	     "the module tcp_cubic.\n\n"
	     "`tcp_ecn` from 3 on (AccECN), `tcp_ecn_option` and "
	     "`tcp_ecn_option_beacon` are those of Linux 6.18, but\n"
	     "data has the option only where a counter changed, and the beacon "
	     "is of `tcp_ecn_option` 1.\n\n"
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
}

/* Of a stack that was told nothing. */
static int print(bool options)
{
	struct ostia_stack_config config = { 0 };
	struct ostia_pool *pool;
	struct ostia_stack *s;
	struct ostia_proc *p;
	struct ostia_env env;

	ostia_system_env(&env);
	if (ostia_pool_new(&env, 0, &pool))
		return 1;
	config = (struct ostia_stack_config) { .env = &env, .pool = pool };
	if (ostia_stack_new(&config, &s) ||
	    ostia_proc_new(s, 0, NULL, NULL, &p))
		return 1;
	if (options)
		print_all_options(p);
	else
		print_all_settings(s);
	ostia_proc_free(p);
	ostia_stack_free(s);
	ostia_pool_free(pool);
	return 0;
}

static int counters(void)
{
	puts("<!-- SPDX-License-Identifier: MIT -->\n"
	     "# Counters\n\n"
	     "What `ostia stat` tells and `ostia_counter()` reads. An RFC's name "
	     "is that of RFC 4293 (ip,\nicmp), 4113 (udp) or 4022 (tcp); where "
	     "none is given the counter is Linux's, or ours. `./do docs`\nmakes "
	     "this page.\n\n"
	     "| counter | the RFC's name | what |\n| --- | --- | --- |");
	for (unsigned i = 0; i < STATS_COUNT; i++) {
		const struct stats_row *r = stats_row(i);

		printf("| `%s` | %s | %s |\n", r->name, mib_name(r->name),
		       r->text);
	}
	puts("\n## Of a connection\n\n"
	     "By RFC 4898, of each end of a TCP connection: while it lives as the "
	     "last look found it, and as it\nwas when it ended. Times are in "
	     "ms.\n\n"
	     "| object | unit | what |\n| --- | --- | --- |");
	for (unsigned i = 0; i < ESTATS_N; i++) {
		const struct estats_row *r = estats_row(i);

		printf("| `%s` | %s | %s |\n", r->name,
		       r->unit == ESTATS_US	  ? "ms"
		       : r->unit == ESTATS_OCTETS ? "octets"
						  : "",
		       r->text);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "counters"))
		return counters();
	if (argc == 2 && !strcmp(argv[1], "options"))
		return print(true);
	if (argc == 2 && !strcmp(argv[1], "settings"))
		return print(false);
	fputs("usage: tables options | settings | counters\n", stderr);
	return 2;
}
