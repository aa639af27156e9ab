/* SPDX-License-Identifier: MIT */
/*
 * record/faults.h - what a wire does to packets, in netem's words
 */
#ifndef OSTIA_RECORD_FAULTS_H
#define OSTIA_RECORD_FAULTS_H

#include <ostia/world.h>

/**
 * faults_words() - So that ostia_faults_parse() makes the same of it again,
 * to a thousandth of a percent; "" is no fault. Cut at @size.
 */
void faults_words(char *buf, size_t size, const struct ostia_faults *f);

#endif
