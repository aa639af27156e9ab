/* SPDX-License-Identifier: MIT */
/*
 * record/line.h - a line of text, put together piece by piece
 */
#ifndef OSTIA_RECORD_LINE_H
#define OSTIA_RECORD_LINE_H

#include <stddef.h>

/**
 * line_add() - More text at @at of @buf, as printf() makes it
 * Return: where it ends; beyond @size: it was cut, and so is all that follows.
 */
int line_add(char *buf, size_t size, int at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
