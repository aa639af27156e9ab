/* SPDX-License-Identifier: MIT */
/*
 * cli/doctor.h - ostia doctor
 */
#ifndef OSTIA_CLI_DOCTOR_H
#define OSTIA_CLI_DOCTOR_H

#include <stdbool.h>

int cli_doctor(int argc, char **argv);

/** doctor_why() - Two lines on stderr: why `ostia run` cannot work, and what
 * to do. False: everything does; nothing is said.
 */
bool doctor_why(const char *word);

#endif
