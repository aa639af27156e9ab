/* SPDX-License-Identifier: MIT */
#include "drill/report.h"

#include <ctype.h>

enum { LINE_BYTES = 240 };

int drill_report_stmt(const struct drill_stmt *s, char *to, size_t size)
{
	size_t n = 0;
	bool blank = false;

	for (size_t i = 0; i < s->text_len && n + 2 < size; i++) {
		if (isspace((unsigned char)s->text[i])) {
			blank = true;
			continue;
		}
		if (blank && n > 0)
			to[n++] = ' ';
		blank = false;
		to[n++] = s->text[i];
	}
	to[n] = '\0';
	return (int)n;
}

/* Numbers are told as the script counts them, as far as they are known. */
static void sent_text(const struct drill_run *run, const struct drill_entry *e,
		      char *to, size_t size)
{
	struct drill_live live;
	char why[120];

	if (drill_packet_decode(e->sent->bytes, e->sent->len, &run->path, &live,
				why, sizeof(why)) < 0) {
		snprintf(to, size, "(%zu bytes: %s)", e->sent->len, why);
		return;
	}
	if (e->conn && live.p.proto == DRILL_TCP)
		drill_conn_to_script(e->conn, &live.p.tcp, NULL);
	drill_packet_text(&live.p, run->path.v6, to, size);
}

static void seconds(FILE *out, int64_t ns)
{
	fprintf(out, "%9lld.%06lld", (long long)(ns / 1000000000),
		(long long)(ns % 1000000000 / 1000));
}

void drill_report_trace(FILE *out, struct drill_run *run)
{
	char text[LINE_BYTES];

	for (const struct drill_entry *e = run->trace; e; e = e->next) {
		seconds(out, e->time_ns);
		if (e->stmt) {
			drill_report_stmt(e->stmt, text, sizeof(text));
			fprintf(out, "  %s\n", text);
		} else {
			sent_text(run, e, text, sizeof(text));
			fprintf(out, "    came: > %s\n", text);
		}
	}
}

void drill_report_failure(FILE *out, const char *file,
			  const struct drill_failure *f, struct drill_run *run)
{
	char text[LINE_BYTES];

	fprintf(out, "%s:", file);
	if (f->error.pos.line)
		fprintf(out, "%u:%u:", f->error.pos.line, f->error.pos.col);
	fprintf(out, " %s\n", f->error.text);
	if (f->stmt) {
		drill_report_stmt(f->stmt, text, sizeof(text));
		fprintf(out, "    expected: %s\n", text);
	}
	if (f->came[0])
		fprintf(out, "    came:     %s\n", f->came);
	if (!run)
		return;
	fprintf(out, "    trace, in seconds:\n");
	drill_report_trace(out, run);
}
