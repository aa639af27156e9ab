/* SPDX-License-Identifier: MIT */
/*
 * run/show.h - a network as a table for people; run_lab_show() is for programs
 */
#ifndef OSTIA_RUN_SHOW_H
#define OSTIA_RUN_SHOW_H

#include "run/lab.h"
#include "run/text.h"

/**
 * run_show_table() - The network in a line, each host in another
 * @programs: how many run on it
 */
void run_show_table(const struct run_lab *lab, struct run_text *out,
		    unsigned (*programs)(const struct run_lab_host *));

#endif
