/* SPDX-License-Identifier: MIT */
/*
 * record/crc.h - CRC-32C (Castagnoli), eight bytes a step: by the processor's
 * instruction if it has one, else by tables
 */
#ifndef OSTIA_RECORD_CRC_H
#define OSTIA_RECORD_CRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct crc_table - Filled once by whoever sums; @quick: the processor can */
struct crc_table {
	uint32_t t[8][256];
	bool quick;
};

void crc_init(struct crc_table *c);

/** crc_of() - Of @n bytes. Of "123456789" it is 0xe3069283. */
uint32_t crc_of(const struct crc_table *c, const void *p, size_t n);

#endif
