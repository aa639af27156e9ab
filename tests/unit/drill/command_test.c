/* SPDX-License-Identifier: MIT */
#include "drill/command.h"

#include <errno.h>

#include "../test.h"

static char seen[400];

static int note(void *ctx, const char *name, const char *value)
{
	(void)ctx;
	if (strcmp(name, "nix") == 0)
		return -ENOENT;
	if (strcmp(value, "bad") == 0)
		return -EINVAL;
	strcat(strcat(strcat(strcat(seen, name), "="), value), ";");
	return 0;
}

static const char *run(const char *text)
{
	static struct drill_error err;
	struct drill_code c = { text, strlen(text), { 1, 1 } };

	err = (struct drill_error) { 0 };
	seen[0] = '\0';
	drill_command_run(&c, note, NULL, &err);
	return err.text;
}

TEST(settings_are_handed_on_in_order)
{
	STR(run("sysctl -q net.ipv4.tcp_sack=0"), "");
	STR(seen, "net.ipv4.tcp_sack=0;");
	STR(run("sysctl -q -w a=1 b=2\nsysctl c='3 4 5'; sysctl -qw d=\"6\""),
	    "");
	STR(seen, "a=1;b=2;c=3 4 5;d=6;");
	STR(run("sysctl a=1 && sysctl b=2"), "");
	STR(seen, "a=1;b=2;");
	STR(run("  \n"), "");
}

TEST(anything_else_is_an_error_that_names_it)
{
	STR(run("ip route add 1.2.3.4"), "unknown command: ip");
	STR(run("../common/defaults.sh"),
	    "unknown command: ../common/defaults.sh");
	STR(run("sysctl -q a=1; tc qdisc"), "unknown command: tc");
	STR(run("sysctl -a"), "name=value expected, not '-a'");
	STR(run("sysctl net.ipv4.x"), "name=value expected, not 'net.ipv4.x'");
	STR(run("sysctl =1"), "name=value expected, not '=1'");
	STR(run("sysctl a='1"), "quote without its end");
	STR(run("sysctl nix=1"), "unknown setting: nix");
	STR(run("sysctl a=bad"), "a does not accept 'bad'");
}

TEST(a_word_without_end_is_refused)
{
	char text[600];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	STR(run(text), "word too long");
}

TESTS(CASE(settings_are_handed_on_in_order),
      CASE(anything_else_is_an_error_that_names_it),
      CASE(a_word_without_end_is_refused))
