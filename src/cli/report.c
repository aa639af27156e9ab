/* SPDX-License-Identifier: MIT */
#include "cli/report.h"

#include "cli/report_parts.h" /* made by tools/embed.py */
#include "record/html.h"

enum { BODY = 60 };

int report_write(const struct see *s, const struct diagram_sides *sides,
		 const struct diagram_config *cfg, FILE *out)
{
	const struct html_parts parts = {
		.license = (const char *)report_license,
		.style = (const char *)report_style,
		.script = (const char *)report_script,
	};
	const char *title = s->view.info.config;
	struct diagram_config c = *cfg;

	c.body = BODY;
	return html_write(&s->view, s->rec, sides, &c,
			  *title ? title : "recording", &parts, out);
}
