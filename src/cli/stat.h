/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_STAT_H
#define OSTIA_CLI_STAT_H

/** cli_stat() - ostia stat. Return: 0; 125: wrong usage, or no recording. */
int cli_stat(int argc, char **argv);

#endif
