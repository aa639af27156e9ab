/* SPDX-License-Identifier: MIT */
#include "run/tell.h"

#include "run/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- a report ------------------------------------------------------------ */

/* "NAME rest": the rest, or NULL. */
static const char *fact(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncmp(line, name, n) || line[n] != ' ' ? NULL : line + n + 1;
}

static void read_call(struct run_tell *t, const char *rest, size_t len)
{
	struct run_tell_call *c = &t->call[t->ncalls];
	size_t n = len;

	t->unsupported++;
	if (t->ncalls == RUN_TELL_UNSUPPORTED)
		return;
	while (n && rest[n - 1] != ' ')
		n--;
	if (!n)
		return;
	c->times = strtoull(rest + n, NULL, 10);
	n--;
	if (n >= sizeof(c->what))
		n = sizeof(c->what) - 1;
	memcpy(c->what, rest, n);
	c->what[n] = '\0';
	t->ncalls++;
}

static void read_line(struct run_tell *t, const char *line, size_t len)
{
	const struct {
		const char *name;
		uint64_t *to;
	} facts[] = {
		{ "connections", &t->connections },
		{ "segments", &t->segments },
		{ "resent", &t->resent },
		{ "lost", &t->lost },
	};
	const char *rest = fact(line, "unsupported");

	if (rest) {
		read_call(t, rest, len - (size_t)(rest - line));
		return;
	}
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		rest = fact(line, facts[i].name);
		if (rest)
			*facts[i].to = strtoull(rest, NULL, 10);
	}
}

void run_tell_read(struct run_tell *t, const char *report)
{
	*t = (struct run_tell) { 0 };
	while (*report) {
		size_t len = strcspn(report, "\n");

		read_line(t, report, len);
		report += len + (report[len] == '\n');
	}
}

/* --- for people ---------------------------------------------------------- */

static void count(struct run_text *out, uint64_t n, const char *what,
		  const char *after)
{
	run_text_add(out, "%" PRIu64 " %s%s%s", n, what, n == 1 ? "" : "s",
		     after);
}

static void say_moved(const struct run_tell *t, const struct run_join *j,
		      struct run_text *out)
{
	run_text_add(out, "ostia: %s on %s (%s%s%s): ", j->host, j->net, j->v4,
		     *j->v4 && *j->v6 ? ", " : "", j->v6);
	count(out, t->connections, "connection", ", ");
	count(out, t->segments, "segment", ", ");
	run_text_add(out, "%" PRIu64 " lost, %" PRIu64 " resent\n", t->lost,
		     t->resent);
}

static void say_unsupported(const struct run_tell *t, struct run_text *out)
{
	unsigned shown =
		t->ncalls < RUN_TELL_SHOWN ? t->ncalls : RUN_TELL_SHOWN;

	if (!t->unsupported)
		return;
	run_text_add(out, "ostia: not supported: ");
	for (unsigned i = 0; i < shown; i++) {
		run_text_add(out, "%s%s", i ? "; " : "", t->call[i].what);
		if (t->call[i].times > 1)
			run_text_add(out, " (%" PRIu64 " times)",
				     t->call[i].times);
	}
	if (t->unsupported > shown)
		run_text_add(out, "; and %u more", t->unsupported - shown);
	run_text_add(out, "\n");
}

/* A network of one's own is over now; its seed makes another such. */
static void say_where(const struct run_tell *t, const struct run_join *j,
		      struct run_text *out)
{
	if (j->started)
		run_text_add(out,
			     "ostia: the same faults again: --seed %" PRIu64,
			     j->seed);
	else
		run_text_add(out, "ostia: the network: ostia net show %s",
			     j->net);
	run_text_add(out, "%s\n",
		     t->unsupported > RUN_TELL_SHOWN
			     ? "; every call: --json or -v"
		     : t->unsupported ? "; its calls: -v"
		     : t->kept	      ? "; what happened: ostia show last"
				      : "");
}

void run_tell_lines(const struct run_tell *t, const struct run_join *j,
		    struct run_text *out)
{
	say_moved(t, j, out);
	say_unsupported(t, out);
	say_where(t, j, out);
}

/* --- for programs -------------------------------------------------------- */

static void json_calls(const struct run_tell *t, struct run_text *out)
{
	run_text_open(out, "unsupported", '[');
	for (unsigned i = 0; i < t->ncalls; i++) {
		run_text_open(out, NULL, '{');
		run_text_string(out, "call", t->call[i].what);
		run_text_number(out, "times", t->call[i].times);
		run_text_close(out, '}');
	}
	run_text_close(out, ']');
}

void run_tell_json(const struct run_tell *t, const struct run_join *j,
		   const struct run_tell_end *end, struct run_text *out)
{
	run_text_open(out, NULL, '{');
	run_text_string(out, "program", end->program);
	run_text_number(out, "code", (uint64_t)end->code);
	run_text_number(out, "ns", end->ns);
	run_text_string(out, "net", j->net);
	run_text_string(out, "host", j->host);
	run_text_string(out, "v4", j->v4);
	run_text_string(out, "v6", j->v6);
	run_text_bool(out, "started", j->started);
	run_text_number(out, "seed", j->seed);
	run_text_number(out, "connections", t->connections);
	run_text_number(out, "segments", t->segments);
	run_text_number(out, "lost", t->lost);
	run_text_number(out, "resent", t->resent);
	json_calls(t, out);
	run_text_close(out, '}');
	run_text_add(out, "\n");
}
