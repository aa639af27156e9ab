/* SPDX-License-Identifier: MIT */
/*
 * cli/run.h - ostia run and ostia exec
 */
#ifndef OSTIA_CLI_RUN_H
#define OSTIA_CLI_RUN_H

int cli_run(int argc, char **argv);
int cli_exec(int argc, char **argv);

#endif
