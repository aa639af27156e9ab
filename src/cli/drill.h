/* SPDX-License-Identifier: MIT */
/*
 * cli/drill.h - ostia drill: conversation tests in the packetdrill language
 */
#ifndef OSTIA_CLI_DRILL_H
#define OSTIA_CLI_DRILL_H

/**
 * cli_drill() - Run scripts, each on a fresh host, in virtual time
 * @argv: "drill", options, files
 *
 * Return: 0: all passed; 1: some failed; 125: wrong usage.
 */
int cli_drill(int argc, char **argv);

#endif
