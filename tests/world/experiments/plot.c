/* SPDX-License-Identifier: MIT */
/*
 * Pictures of experiments: lines over two axes, as an SVG of a few elements.
 */
#include "common.h"

#include <math.h>

enum {
	WIDTH = 880,
	HEIGHT = 480,
	LEFT = 80,
	RIGHT = 220, /* room for the names */
	TOP = 40,
	BOTTOM = 60,
	TICKS = 8, /* about, on a linear axis */
	DOTS = 30, /* of more points none is marked */
};

struct axis {
	double low, high;
	bool log;
	double from, to; /* in the picture */
};

static struct exp_series *series(struct exp_plot *p, const char *name)
{
	for (unsigned i = 0; i < p->n; i++)
		if (!strcmp(p->series[i].name, name))
			return &p->series[i];
	if (p->n == EXP_SERIES)
		return NULL;
	snprintf(p->series[p->n].name, sizeof(p->series[0].name), "%s", name);
	return &p->series[p->n++];
}

void exp_point(struct exp_plot *p, const char *name, double x, double y)
{
	struct exp_series *s = series(p, name);

	if (!s || s->n == EXP_POINTS)
		return;
	s->x[s->n] = x;
	s->y[s->n++] = y;
}

static double scaled(const struct axis *a, double v)
{
	return a->log ? log10(v > 1e-12 ? v : 1e-12) : v;
}

static void stretch(struct axis *a, double v)
{
	v = scaled(a, v);
	a->low = v < a->low ? v : a->low;
	a->high = v > a->high ? v : a->high;
}

static double place(const struct axis *a, double v)
{
	double span = a->high > a->low ? a->high - a->low : 1;

	return a->from + (scaled(a, v) - a->low) / span * (a->to - a->from);
}

static void measure(const struct exp_plot *p, struct axis *x, struct axis *y)
{
	*x = (struct axis) { 1e300, -1e300, p->log_x, LEFT, WIDTH - RIGHT };
	*y = (struct axis) { 1e300, -1e300, p->log_y, HEIGHT - BOTTOM, TOP };
	for (unsigned i = 0; i < p->n; i++) {
		for (unsigned k = 0; k < p->series[i].n; k++) {
			stretch(x, p->series[i].x[k]);
			stretch(y, p->series[i].y[k]);
		}
	}
	if (!y->log && y->low > 0)
		y->low = 0;
}

/* 1, 2 or 5 times a power of ten, at least @v */
static double round_up(double v)
{
	static const double part[] = { 1, 2, 5 };
	double ten = pow(10, floor(log10(v)));

	for (unsigned i = 0; i < 3; i++)
		if (part[i] * ten >= v * 0.999)
			return part[i] * ten;
	return 10 * ten;
}

static void x_tick(FILE *f, double v, double at)
{
	fprintf(f,
		"<path d='M%.1f %dV%d' stroke='#ddd'/>"
		"<text x='%.1f' y='%d' text-anchor='middle'>%.6g</text>\n",
		at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 18, v);
}

static void y_tick(FILE *f, double v, double at)
{
	fprintf(f,
		"<path d='M%d %.1fH%d' stroke='#ddd'/>"
		"<text x='%d' y='%.1f' text-anchor='end'>%.6g</text>\n",
		LEFT, at, WIDTH - RIGHT, LEFT - 6, at + 4, v);
}

typedef void draw_tick(FILE *f, double v, double at);

static void linear_ticks(FILE *f, const struct axis *a, draw_tick *draw)
{
	double span = a->high > a->low ? a->high - a->low : 1;
	double step = round_up(span / TICKS);

	for (double i = ceil(a->low / step); i * step <= a->high; i++)
		draw(f, i * step, place(a, i * step));
}

/* Powers of ten, and over few of them 2 and 5 times those. */
static void log_ticks(FILE *f, const struct axis *a, draw_tick *draw)
{
	static const double part[] = { 1, 2, 5 };
	unsigned parts = a->high - a->low < 3 ? 3 : 1;

	for (double ten = floor(a->low - 1e-9); ten <= a->high; ten++) {
		for (unsigned i = 0; i < parts; i++) {
			double v = part[i] * pow(10, ten);

			if (log10(v) >= a->low - 1e-9 &&
			    log10(v) <= a->high + 1e-9)
				draw(f, v, place(a, v));
		}
	}
}

static void draw_axes(FILE *f, const struct exp_plot *p, const struct axis *x,
		      const struct axis *y)
{
	(x->log ? log_ticks : linear_ticks)(f, x, x_tick);
	(y->log ? log_ticks : linear_ticks)(f, y, y_tick);
	fprintf(f,
		"<text x='%d' y='20' font-size='15'>%s</text>\n"
		"<text x='%d' y='%d' text-anchor='middle'>%s</text>\n"
		"<text x='16' y='%d' text-anchor='middle' "
		"transform='rotate(-90 16 %d)'>%s</text>\n",
		LEFT, p->title, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16,
		p->x_label, HEIGHT / 2, HEIGHT / 2, p->y_label);
}

/* Lines that lie on each other are told apart by colour and dashes. */
static void draw_series(FILE *f, const struct exp_series *s, unsigned i,
			const struct axis *x, const struct axis *y)
{
	static const char *const dash[] = { "none", "9 4", "3 4" };
	unsigned hue = i * 137 % 360, at = TOP + 12 + 18 * i;

	fprintf(f,
		"<g stroke='hsl(%u,70%%,40%%)' fill='none' stroke-width='1.5' "
		"stroke-dasharray='%s'>\n"
		"<path d='M%d %uh22'/><polyline points='",
		hue, dash[i % 3], WIDTH - RIGHT + 8, at - 4);
	for (unsigned k = 0; k < s->n; k++)
		fprintf(f, "%.1f,%.1f ", place(x, s->x[k]), place(y, s->y[k]));
	fprintf(f, "'/></g>\n<g fill='hsl(%u,70%%,40%%)'>\n", hue);
	for (unsigned k = 0; k < s->n && s->n <= DOTS; k++)
		fprintf(f, "<circle r='2.5' cx='%.1f' cy='%.1f'/>\n",
			place(x, s->x[k]), place(y, s->y[k]));
	fprintf(f, "<text x='%d' y='%u'>%s</text></g>\n", WIDTH - RIGHT + 34,
		at, s->name);
}

void exp_draw(const struct exp_plot *p)
{
	struct axis x, y;
	FILE *f;

	if (!exp_opts.plot)
		return;
	f = fopen(exp_opts.plot, "w");
	EXP_CHECK(f, "%s cannot be written", exp_opts.plot);
	measure(p, &x, &y);
	fprintf(f,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' "
		"height='%d' font-family='sans-serif' font-size='12'>\n"
		"<rect width='100%%' height='100%%' fill='white'/>\n",
		WIDTH, HEIGHT);
	draw_axes(f, p, &x, &y);
	for (unsigned i = 0; i < p->n; i++)
		draw_series(f, &p->series[i], i, &x, &y);
	fprintf(f, "</svg>\n");
	EXP_CHECK(!fclose(f), "%s cannot be written", exp_opts.plot);
}
