/* SPDX-License-Identifier: MIT */
#ifndef OSTIA_CLI_LAB_H
#define OSTIA_CLI_LAB_H

/**
 * cli_lab() - ostia net WORD ...: networks of `ostia run` that are up
 * Return: exit status; 1: what was asked is not possible, 125: wrong usage.
 */
int cli_lab(int argc, char **argv);

#endif
