/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_SHOW_H
#define OSTIA_CLI_SHOW_H

/** cli_show() - ostia show. Return: 0; 125: wrong usage, or no recording. */
int cli_show(int argc, char **argv);

#endif
