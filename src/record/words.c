/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* strerrorname_np() */
#include "record/words.h"

#include "record/line.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/opt.h"

enum { TEXT = 160 };

static const char *family_name(int v)
{
	return v == AF_INET    ? "AF_INET"
	       : v == AF_INET6 ? "AF_INET6"
	       : v == AF_UNIX  ? "AF_UNIX"
			       : "?";
}

static const char *type_name(int v)
{
	v &= 0xf;
	return v == SOCK_STREAM	 ? "SOCK_STREAM"
	       : v == SOCK_DGRAM ? "SOCK_DGRAM"
				 : "SOCK_RAW";
}

static void socket_text(char *buf, size_t size, const char *args)
{
	int domain = 0, type = 0, protocol = 0;

	if (args && sscanf(args, "%d, %d, %d", &domain, &type, &protocol) == 3)
		snprintf(buf, size, "socket(%s, %s, %d)", family_name(domain),
			 type_name(type), protocol);
	else
		snprintf(buf, size, "socket(%s)", args ? args : "");
}

static const struct {
	unsigned long flag;
	const char *name;
} flag_names[] = {
	{ MSG_OOB, "MSG_OOB" },
	{ MSG_PEEK, "MSG_PEEK" },
	{ MSG_TRUNC, "MSG_TRUNC" },
	{ MSG_DONTWAIT, "MSG_DONTWAIT" },
	{ MSG_WAITALL, "MSG_WAITALL" },
	{ MSG_ERRQUEUE, "MSG_ERRQUEUE" },
	{ MSG_NOSIGNAL, "MSG_NOSIGNAL" },
	{ MSG_MORE, "MSG_MORE" },
	{ MSG_DONTROUTE, "MSG_DONTROUTE" },
	{ MSG_EOR, "MSG_EOR" },
};

/* "0x4001" becomes "MSG_OOB|MSG_NOSIGNAL"; what has no name stays a number. */
static void flags_text_of(char *buf, size_t size, unsigned long flags)
{
	int at = 0;

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]);
	     i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		at = line_add(buf, size, at, "%s%s", at ? "|" : "",
			      flag_names[i].name);
		flags &= ~flag_names[i].flag;
	}
	if (flags || !at)
		line_add(buf, size, at, "%s0x%lx", at ? "|" : "", flags);
}

/* Flags of send and recv by name; those of 0 say little. */
static void trim_flags(char args[TEXT])
{
	char *at = strstr(args, "0x");
	char rest[TEXT], names[TEXT];
	unsigned long flags;
	char *end;

	if (!at)
		return;
	flags = strtoul(at, &end, 16);
	if (!flags && !*end) {
		at[at > args + 1 ? -2 : 0] = '\0';
		return;
	}
	snprintf(rest, sizeof(rest), "%s", end);
	flags_text_of(names, sizeof(names), flags);
	snprintf(at, TEXT - (size_t)(at - args), "%s%s", flags ? names : "0",
		 rest);
}

/* Lengths of addresses say little: they are left out. */
static void trim_length(char *args)
{
	char *comma = strrchr(args, ',');
	char *end;

	if (!comma)
		return;
	(void)strtoul(comma + 1, &end, 0);
	if (*end == '\0')
		*comma = '\0';
}

/* The plain poll() of a program is a ppoll() of ours. */
static const char *plain_name(const char *name)
{
	return !strcmp(name, "ppoll") ? "poll" : name;
}

static const char *option_name(int level, int name)
{
	const struct sock_opt *o;

	for (unsigned i = 0; (o = sock_opt_row(i)) != NULL; i++)
		if (o->level == level && o->name == name)
			return o->text;
	return NULL;
}

static void option_text(char *buf, size_t size, const struct ostia_trace *ev)
{
	int level = 0, name = 0;
	const char *text;

	if (ev->u.call.args)
		(void)sscanf(ev->u.call.args, "%d, %d", &level, &name);
	text = option_name(level, name);
	if (text)
		snprintf(buf, size, "%s(%d, %s)", ev->u.call.name,
			 ev->u.call.fd, text);
	else
		snprintf(buf, size, "%s(%d, level %d, name %d)",
			 ev->u.call.name, ev->u.call.fd, level, name);
}

void words_call(char *buf, size_t size, const struct ostia_trace *ev)
{
	const char *name = ev->u.call.name;
	char args[TEXT] = "";

	if (!strcmp(name, "socket")) {
		socket_text(buf, size, ev->u.call.args);
		return;
	}
	if (!strcmp(name, "setsockopt") || !strcmp(name, "getsockopt")) {
		option_text(buf, size, ev);
		return;
	}
	if (ev->u.call.args)
		snprintf(args, sizeof(args), "%s", ev->u.call.args);
	if (!strcmp(name, "bind") || !strcmp(name, "connect"))
		trim_length(args);
	else if (!strncmp(name, "send", 4) || !strncmp(name, "recv", 4))
		trim_flags(args);
	if (ev->u.call.fd < 0)
		snprintf(buf, size, "%s(%.100s)", plain_name(name), args);
	else
		snprintf(buf, size, "%s(%d%s%.100s)", name, ev->u.call.fd,
			 args[0] ? ", " : "", args);
}

void words_return(char *buf, size_t size, const struct ostia_trace *ev)
{
	if (ev->u.call.fd >= 0)
		snprintf(buf, size, "... %s(%d)", ev->u.call.name,
			 ev->u.call.fd);
	else
		snprintf(buf, size, "... %s()", plain_name(ev->u.call.name));
}

/* strerrorname_np() says NULL of what is no errno. */
void words_result(char *buf, size_t size, int64_t r)
{
	const char *name = r < 0 && r > -4096 ? strerrorname_np((int)-r) : NULL;

	if (name)
		snprintf(buf, size, "-1 %s", name);
	else
		snprintf(buf, size, "%lld", (long long)r);
}
