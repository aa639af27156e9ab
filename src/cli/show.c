/* SPDX-License-Identifier: MIT */
/*
 * cli/show.c - ostia show: a recording as a sequence diagram
 */
#include "cli/show.h"

#include "cli/report.h"
#include "cli/see.h"
#include "record/mermaid.h"
#include "record/svg.h"
#include "record/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Examples:\n"
	"  ostia demo --only tcp4 -o a.ostia && ostia show a.ostia\n"
	"  ostia show --list a.ostia\n"
	"  ostia show --conn 10.0.0.1:48061-10.0.0.2:7 a.ostia\n"
	"  ostia show --between 20ms 60ms a.ostia\n"
	"  ostia show --svg -o a.svg a.ostia\n"
	"  ostia show --html -o a.html a.ostia\n"
	"\n"
	"Usage: ostia show [OPTION...] RECORDING\n"
	"\n"
	"Draws what two hosts said to each other: left the calls and states of who\n"
	"began, right the other's, between them each segment with the time when it\n"
	"left and, at the edge, when it arrived. Behind a call stand the bytes of the\n"
	"stream that it wrote or read, [1:13], as segments count them; below a send()\n"
	"when they were read over there, and acknowledged. RECORDING is a file, - for\n"
	"standard input, the name of a network that runs, or last: the run that failed\n"
	"last. Of more than two hosts choose a conversation.\n"
	"\n"
	"      --list         the conversations\n"
	"      --last         the one that began last\n"
	"      --conn A:P-B:Q this one\n"
	"      --between T T  of this time alone, since the recording began: 20ms 1.5s\n"
	"      --no-calls     segments and what happens inside, without calls\n"
	"      --svg          as a picture\n"
	"      --mermaid      as text for Mermaid\n"
	"      --html         as a page with graphs, which needs nothing but itself\n"
	"      --width N      columns (80; of a terminal, its own)\n"
	"  -o, --output FILE  to a file, not to standard output\n"
	"  -h, --help         this\n";

/* struct wish - What the command line asks for */
struct wish {
	const char *conn, *between, *output;
	bool list, last, no_calls, svg, mermaid, html;
	uint64_t width;
	struct diagram_config cfg;
};

static int usage(const char *why)
{
	fprintf(stderr, "ostia show: %s; see ostia show --help\n", why);
	return EXIT_OURS;
}

/* "20ms,60ms", which join_between() made of two words. */
static int read_between(struct wish *w)
{
	char text[80];
	char *comma;

	w->cfg.to = OSTIA_NEVER;
	if (!w->between)
		return 0;
	snprintf(text, sizeof(text), "%s", w->between);
	comma = strchr(text, ',');
	if (!comma)
		return -EINVAL;
	*comma = '\0';
	if (!see_time(text, &w->cfg.from) || !see_time(comma + 1, &w->cfg.to) ||
	    w->cfg.from > w->cfg.to)
		return -EINVAL;
	return 0;
}

/* What begins after the end has nothing to show. */
static int check_between(const struct wish *w, const struct see *s)
{
	ostia_time lasts =
		s->view.last > s->view.begin ? s->view.last - s->view.begin : 0;
	char ms[32];

	if (w->cfg.from <= lasts)
		return 0;
	diagram_ms(ms, lasts);
	fprintf(stderr,
		"ostia show: --between begins after the end: the recording "
		"lasts %s ms\n",
		ms);
	return EXIT_OURS;
}

static int choose(struct wish *w, const struct see *s, const char *path)
{
	int64_t conv = INDEX_NONE;

	if (w->conn)
		conv = see_conv(&s->view, w->conn);
	else if (w->last)
		conv = see_last(&s->view);
	if (conv == -EINVAL)
		return usage("--conn is ADDRESS:PORT-ADDRESS:PORT");
	if ((w->conn || w->last) && conv < 0) {
		fprintf(stderr,
			"ostia show: %s: no such conversation; ostia show "
			"--list %s has them\n",
			w->conn ? w->conn : "--last", path);
		return EXIT_OURS;
	}
	w->cfg.conv = conv;
	return 0;
}

static int draw_text(const struct wish *w, const struct see *s,
		     const struct diagram_sides *sides, FILE *out)
{
	struct diagram_config cfg = w->cfg;
	struct text t = {
		.out = out,
		.width = w->width ? (int)w->width : see_width(out),
		.last = s->view.last,
		.color = isatty(fileno(out)) && !getenv("NO_COLOR"),
		.fine = see_is_fine(),
	};

	cfg.body = text_room(&t, sides);
	cfg.silences = true;
	text_begin(&t, NULL, sides);
	return diagram_draw(&s->view, s->rec, sides, &cfg, text_put, &t);
}

static int draw_svg(const struct wish *w, const struct see *s,
		    const struct diagram_sides *sides, FILE *out)
{
	struct diagram_config cfg = w->cfg;
	struct svg svg = { .n = 0 };
	const char *title = s->view.info.config;
	int err;

	cfg.body = 60;
	err = diagram_draw(&s->view, s->rec, sides, &cfg, svg_put, &svg);
	if (!err)
		err = svg_write(&svg, *title ? title : "recording", sides, out);
	svg_fini(&svg);
	return err;
}

static int draw_mermaid(const struct wish *w, const struct see *s,
			const struct diagram_sides *sides, FILE *out)
{
	struct diagram_config cfg = w->cfg;

	cfg.body = 80;
	cfg.silences = true;
	mermaid_begin(out, sides);
	return diagram_draw(&s->view, s->rec, sides, &cfg, mermaid_put, out);
}

static int too_many_hosts(struct wish *w)
{
	bool text = !w->svg && !w->mermaid && !w->html && !w->output;

	fprintf(stderr,
		"ostia show: more than two hosts: choose a "
		"conversation with --conn, or --last%s\n",
		text ? "" : "; --list has them");
	w->list = text;
	return text ? 0 : EXIT_OURS;
}

/* Who stands where; of too many hosts a list alone is shown. */
static int choose_sides(struct wish *w, const struct see *s,
			struct diagram_sides *sides)
{
	int err = diagram_choose(&s->view, w->cfg.conv, sides);

	if (err == -EINVAL)
		return too_many_hosts(w);
	if (err)
		fprintf(stderr, "ostia show: %s\n",
			err == -ENOENT ? "nothing happens in it"
				       : strerror(-err));
	return err ? EXIT_OURS : 0;
}

static int draw(const struct wish *w, const struct see *s,
		const struct diagram_sides *sides, FILE *out)
{
	int err = w->svg       ? draw_svg(w, s, sides, out)
		  : w->mermaid ? draw_mermaid(w, s, sides, out)
		  : w->html    ? report_write(s, sides, &w->cfg, out)
			       : draw_text(w, s, sides, out);

	if (err && err != -EIO)
		fprintf(stderr, "ostia show: %s\n", strerror(-err));
	return err && err != -EIO ? EXIT_OURS : 0;
}

static int show(struct wish *w, const char *path)
{
	struct diagram_sides sides;
	struct see s;
	FILE *out;
	int r;

	if (see_open(&s, "ostia show", path))
		return EXIT_OURS;
	r = choose(w, &s, path);
	if (!r)
		r = check_between(w, &s);
	if (!r && !w->list)
		r = choose_sides(w, &s, &sides);
	out = r ? NULL : see_out("ostia show", w->output, path);
	if (!r && !out)
		r = EXIT_OURS;
	if (!r && w->list)
		see_list(&s.view, out);
	else if (!r)
		r = draw(w, &s, &sides, out);
	if (out) {
		int done = see_done("ostia show", w->output, out);

		r = r ? r : done;
	}
	see_close(&s);
	return r;
}

/* --between T1 T2 has two values, which opt.h has not: they become one. */
static int join_between(int argc, char **argv, char buf[80])
{
	for (int i = 1; i + 2 < argc; i++) {
		if (strcmp(argv[i], "--between") != 0 ||
		    strchr(argv[i + 1], ','))
			continue;
		snprintf(buf, 80, "%.38s,%.38s", argv[i + 1], argv[i + 2]);
		argv[i + 1] = buf;
		memmove(&argv[i + 2], &argv[i + 3],
			(size_t)(argc - i - 2) * sizeof(*argv));
		return argc - 1;
	}
	return argc;
}

int cli_show(int argc, char **argv)
{
	struct wish w = { .conn = NULL };
	const struct opt list[] = {
		{ 0, "list", OPT_FLAG, &w.list },
		{ 0, "last", OPT_FLAG, &w.last },
		{ 0, "conn", OPT_TEXT, (void *)&w.conn, "A:P-B:Q" },
		{ 0, "between", OPT_TEXT, (void *)&w.between, "TIME TIME" },
		{ 0, "no-calls", OPT_FLAG, &w.no_calls },
		{ 0, "svg", OPT_FLAG, &w.svg },
		{ 0, "mermaid", OPT_FLAG, &w.mermaid },
		{ 0, "html", OPT_FLAG, &w.html },
		{ 0, "width", OPT_NUMBER, &w.width, "columns", TEXT_WIDTH_MIN,
		  TEXT_WIDTH_MAX },
		{ 'o', "output", OPT_TEXT, (void *)&w.output, "a file" },
	};
	const struct opt_set set = { "ostia show", help, list,
				     sizeof(list) / sizeof(list[0]) };
	char between[80];
	const char *path;
	int code;

	argc = join_between(argc, argv, between);
	path = see_asked(&set, argc, argv, NULL, NULL, &code);
	if (!path)
		return code;
	if (w.conn && w.last)
		return usage("--conn and --last exclude each other");
	if (w.svg + w.mermaid + w.html > 1)
		return usage("--svg, --mermaid and --html exclude each other");
	if (read_between(&w))
		return usage(
			"--between needs two times, the earlier first, such as "
			"20ms 1.5s");
	w.cfg.no_calls = w.no_calls;
	return show(&w, path);
}
