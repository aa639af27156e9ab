/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_NC_H
#define OSTIA_CLI_NC_H

/**
 * cli_nc() - ostia nc: connect or listen, and pipe standard input and output
 * Return: 0 both sides ended; 1 the network failed; 124 -w ran out; 125 wrong
 * usage; 128 + N after signal N.
 */
int cli_nc(int argc, char **argv);

#endif
