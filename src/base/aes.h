/* SPDX-License-Identifier: MIT */
/*
 * base/aes.h - AES-128, forwards (FIPS 197), and CMAC with it (RFC 4493)
 *
 * For TCP-AO (RFC 5926 3.2.2). The S-box is computed, not looked up, so the
 * time that it takes tells nothing of keys; speed is not what this is for.
 */
#ifndef OSTIA_BASE_AES_H
#define OSTIA_BASE_AES_H

#include <stddef.h>
#include <stdint.h>

enum { AES_BLOCK = 16, AES_KEY = 16, AES_ROUNDS = 10 };

/** struct aes - An expanded key */
struct aes {
	uint8_t round[AES_ROUNDS + 1][AES_BLOCK];
};

void aes_init(struct aes *a, const uint8_t key[AES_KEY]);
/** aes_encrypt() - One block, in place. */
void aes_encrypt(const struct aes *a, uint8_t block[AES_BLOCK]);

/**
 * struct cmac - A keyed digest under way
 * @last:	up to a whole block that may be the last
 */
struct cmac {
	struct aes aes;
	uint8_t x[AES_BLOCK];
	uint8_t last[AES_BLOCK];
	size_t have;
};

void cmac_init(struct cmac *c, const uint8_t key[AES_KEY]);
void cmac_add(struct cmac *c, const void *p, size_t n);
void cmac_end(struct cmac *c, uint8_t out[AES_BLOCK]);

#endif
