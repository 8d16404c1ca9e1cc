// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// SHA-256 (FIPS 180-4) of data that comes in pieces. In C, for images of a gigabyte are digested with it: the same in
// Swift takes twenty times as long where nothing is optimised.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
};

void sha256_begin(struct sha256 *_Nonnull digest);
void sha256_add(struct sha256 *_Nonnull digest, const uint8_t *_Nullable bytes, size_t count);
// The digest is of no further use after this.
void sha256_end(struct sha256 *_Nonnull digest, uint8_t result[_Nonnull 32]);
