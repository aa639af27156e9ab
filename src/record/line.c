/* SPDX-License-Identifier: MIT */
#include "record/line.h"

#include <stdarg.h>
#include <stdio.h>

int line_add(char *buf, size_t size, int at, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (at < 0 || (size_t)at >= size)
		return at;
	va_start(ap, fmt);
	n = vsnprintf(buf + at, size - (size_t)at, fmt, ap);
	va_end(ap);
	return n < 0 ? at : at + n;
}
