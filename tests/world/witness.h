/* SPDX-License-Identifier: MIT */
/*
 * tests/world/witness.h - a failed test leaves a recording
 *
 * A world is a function of its seed, so a test that passes pays nothing: one
 * that fails, by a check or by a signal, runs a second time with a recorder
 * that listens to its worlds. Where it fails again, the last megabytes of the
 * world that was made last go to a file, and one line on stderr says how to
 * look at them:
 *
 *	ostia show FILE --between 1200.000000ms 1400.052001ms
 *
 * The file is in the build's folder of logs, or in $TMPDIR; it is named after
 * the program and the arguments that run the case at hand alone.
 */
#ifndef OSTIA_TESTS_WORLD_WITNESS_H
#define OSTIA_TESTS_WORLD_WITNESS_H

#include <ostia/world.h>

/**
 * witness_begin() - First of all
 * @about: a sentence about the case at hand, which the test keeps true: it is
 *	told when a signal ends the program, and stands in the recording
 */
void witness_begin(char **argv, const char *about);

/** witness_again() - Arguments, parted by spaces, that run the case at hand
 * alone; before there are any, those of the program.
 */
void witness_again(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** witness_world() - ostia_world_new(), heard */
int witness_world(const struct ostia_world_config *cfg,
		  struct ostia_world **out);

/** witness_look() - Who is there, in the world that was made last? After it
 * was built, now and then; see ostia_recorder_look().
 */
void witness_look(void);

/** witness_failed() - Leave a recording; the program ends with 1. */
void witness_failed(void) __attribute__((noreturn));

#endif
