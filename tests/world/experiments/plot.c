/* SPDX-License-Identifier: MIT */
/*
 * Pictures of experiments: lines over two axes, as an SVG of a few elements.
 */
#include "common.h"

#include <math.h>

enum {
	WIDTH = 840,
	HEIGHT = 480,
	LEFT = 80,
	RIGHT = 180, /* room for the names */
	TOP = 40,
	BOTTOM = 60,
	TICKS = 6,
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

static double tick(const struct axis *a, unsigned i)
{
	double v = a->low + (a->high - a->low) * i / (TICKS - 1);

	return a->log ? pow(10, v) : v;
}

static void draw_axes(FILE *f, const struct exp_plot *p, const struct axis *x,
		      const struct axis *y)
{
	for (unsigned i = 0; i < TICKS; i++) {
		double v = tick(x, i), at = place(x, v);

		fprintf(f,
			"<path d='M%.1f %dV%d' stroke='#ddd'/>"
			"<text x='%.1f' y='%d' text-anchor='middle'>%.3g"
			"</text>\n",
			at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 18, v);
		v = tick(y, i);
		at = place(y, v);
		fprintf(f,
			"<path d='M%d %.1fH%d' stroke='#ddd'/>"
			"<text x='%d' y='%.1f' text-anchor='end'>%.3g</text>\n",
			LEFT, at, WIDTH - RIGHT, LEFT - 6, at + 4, v);
	}
	fprintf(f,
		"<text x='%d' y='20' font-size='15'>%s</text>\n"
		"<text x='%d' y='%d' text-anchor='middle'>%s</text>\n"
		"<text x='16' y='%d' text-anchor='middle' "
		"transform='rotate(-90 16 %d)'>%s</text>\n",
		LEFT, p->title, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16,
		p->x_label, HEIGHT / 2, HEIGHT / 2, p->y_label);
}

static void draw_series(FILE *f, const struct exp_series *s, unsigned i,
			const struct axis *x, const struct axis *y)
{
	unsigned hue = i * 137 % 360;

	fprintf(f,
		"<text x='%d' y='%u' fill='hsl(%u,70%%,40%%)'>%s</text>\n"
		"<polyline fill='none' stroke-width='1.5' "
		"stroke='hsl(%u,70%%,40%%)' points='",
		WIDTH - RIGHT + 8, TOP + 12 + 18 * i, hue, s->name, hue);
	for (unsigned k = 0; k < s->n; k++)
		fprintf(f, "%.1f,%.1f ", place(x, s->x[k]), place(y, s->y[k]));
	fprintf(f, "'/>\n");
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
