/* SPDX-License-Identifier: MIT */
/*
 * cli/report.h - the page that ostia show --html and ostia demo --html write
 *
 * report.css, report.js and uPlot (third_party/uplot) are in the command; the
 * page has them in itself and loads nothing (record/html.h).
 */
#ifndef OSTIA_CLI_REPORT_H
#define OSTIA_CLI_REPORT_H

#include "cli/see.h"

/** report_write() - The page of @s. Return: 0, -errno. */
int report_write(const struct see *s, const struct diagram_sides *sides,
		 const struct diagram_config *cfg, FILE *out);

#endif
