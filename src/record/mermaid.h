/* SPDX-License-Identifier: MIT */
/*
 * record/mermaid.h - the sequence diagram as Mermaid's text, for READMEs
 */
#ifndef OSTIA_RECORD_MERMAID_H
#define OSTIA_RECORD_MERMAID_H

#include "record/diagram.h"

#include <stdio.h>

void mermaid_begin(FILE *out, const struct diagram_sides *s);

/** mermaid_put() - diagram_draw()'s @put; @ctx is a FILE. */
int mermaid_put(void *ctx, const struct diagram_item *x);

#endif
