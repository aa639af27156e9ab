/* SPDX-License-Identifier: MIT */
#include "cli/watch.h"

#include "cli/stop.h"
#include "record/index.h"

#include <errno.h>
#include <ostia/types.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { LINES_MAX = 1 << 20, ROWS = 24, WRITE = 1 << 16 };

#define LIT "\033[1;33m"
#define NEW "\033[1;32m"
#define PLAIN "\033[0m"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * OSTIA_S + (uint64_t)t.tv_nsec;
}

void watch_init(struct watch *w, FILE *out, uint64_t every_ns, uint64_t count)
{
	*w = (struct watch) {
		.every_ns = every_ns,
		.count = count,
		.due = now_ns(),
		.out = out,
		.tty = isatty(fileno(out)),
	};
	w->color = w->tty && !getenv("NO_COLOR");
	setvbuf(out, NULL, _IOFBF, WRITE); /* a frame comes at once */
	stop_install();
}

static void clear(struct watch_frame *f)
{
	for (uint32_t i = 0; i < f->n; i++)
		free(f->line[i].text);
	f->n = 0;
}

void watch_fini(struct watch *w)
{
	clear(&w->now);
	clear(&w->before);
	free(w->now.line);
	free(w->before.line);
}

int watch_put(struct watch *w, uint64_t key, const char *text)
{
	struct watch_frame *f = &w->now;
	struct watch_line *l =
		f->n < LINES_MAX
			? index_grow(f->line, sizeof(*l), f->n, &f->cap)
			: NULL;

	if (!l)
		return -ENOMEM;
	f->line = l;
	l += f->n;
	*l = (struct watch_line) { .key = key, .text = strdup(text) };
	if (!l->text)
		return -ENOMEM;
	f->n++;
	return 0;
}

/* ---- what changed ---- */

static const char *former(const struct watch *w, uint64_t key, uint32_t *from)
{
	/* Lines keep their order, so the next is near the last. */
	for (uint32_t k = 0; k < w->before.n; k++) {
		uint32_t i = (*from + k) % w->before.n;

		if (w->before.line[i].key == key) {
			*from = i;
			return w->before.line[i].text;
		}
	}
	return NULL;
}

static size_t word(const char *s)
{
	return strcspn(s, " \t");
}

/* Word by word: those that the line did not have in their place are lit. */
static void put_changed(const struct watch *w, const char *was, const char *is)
{
	while (*is) {
		size_t n = word(is), m = word(was);
		bool same = n == m && !memcmp(is, was, n);

		fprintf(w->out, same ? "%.*s" : LIT "%.*s" PLAIN, (int)n, is);
		is += n;
		was += m;
		n = strspn(is, " \t");
		fprintf(w->out, "%.*s", (int)n, is);
		is += n;
		was += strspn(was, " \t");
	}
}

static void put_lit(const struct watch *w, const struct watch_line *l,
		    uint32_t *from)
{
	const char *was =
		w->color && w->drawn && l->key ? former(w, l->key, from) : "";

	if (!w->color || !w->drawn || !l->key)
		fputs(l->text, w->out);
	else if (!was)
		fprintf(w->out, NEW "%s" PLAIN, l->text);
	else
		put_changed(w, was, l->text);
}

/* ---- drawing ---- */

static uint32_t rows_of(FILE *out)
{
	struct winsize s = { .ws_row = 0 };

	return ioctl(fileno(out), TIOCGWINSZ, &s) || !s.ws_row ? ROWS
							       : s.ws_row;
}

/* Long lines are cut by the terminal, which is told not to wrap them. */
static void draw_tty(const struct watch *w)
{
	uint32_t rows = rows_of(w->out) - 1, n = w->now.n, from = 0;
	uint32_t shown = n <= rows ? n : rows ? rows - 1 : 0;

	fputs(w->drawn ? "\033[?7l\033[H" : "\033[?7l\033[H\033[2J", w->out);
	for (uint32_t i = 0; i < shown; i++) {
		put_lit(w, &w->now.line[i], &from);
		fputs("\033[K\n", w->out);
	}
	if (shown < n)
		fprintf(w->out, "... %u more lines\033[K\n", n - shown);
	fputs("\033[J\033[?7h", w->out);
}

static void draw_plain(const struct watch *w)
{
	for (uint32_t i = 0; i < w->now.n; i++)
		fprintf(w->out, "%s\n", w->now.line[i].text);
}

int watch_draw(struct watch *w)
{
	struct watch_frame before = w->before;

	if (w->tty)
		draw_tty(w);
	else
		draw_plain(w);
	clear(&before);
	w->before = w->now;
	w->now = before;
	w->drawn++;
	return fflush(w->out) || ferror(w->out) ? -EIO : 0;
}

bool watch_next(struct watch *w)
{
	struct pollfd stop = { .fd = stop_fd(), .events = POLLIN };
	uint64_t now = now_ns();

	if (w->count && w->drawn == w->count)
		return false;
	w->due = w->due + w->every_ns > now ? w->due + w->every_ns : now;
	while (!stop_signal() && (now = now_ns()) < w->due)
		poll(&stop, 1, (int)((w->due - now) / OSTIA_MS + 1));
	return !stop_signal();
}
