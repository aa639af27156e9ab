/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_SS_H
#define OSTIA_CLI_SS_H

/** cli_ss() - ostia ss. Return: 0; 125: wrong usage, or no recording. */
int cli_ss(int argc, char **argv);

#endif
