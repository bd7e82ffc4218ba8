/*
 * address: the two written forms of an account's bytes.
 *
 *   0x…   40 hex digits, all lower, all upper, or mixed with a right checksum (EIP-55)
 *   bb1…  bech32 (BIP 173, constant 1, not bech32m), hrp `bb`, all lower or all upper, of 20 bytes or
 *         of 32 (a module account)
 *
 * Keccak-256 is our own: OpenSSL has it from 3.2 only (Debian 12: 3.0), nettle, libgcrypt and
 * libtomcrypt of Debian 12 have SHA-3 only, whose padding differs.  Keccak reference: FIPS 202
 * with the original padding 0x01.
 *
 * Reading returns NULL, or why it can't be right, as identity_canonical does; the bytes are then
 * unspecified.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ADDRESS_H
#define CLAIMPIPE_POLICY_ADDRESS_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define ADDRESS_SIZE 20u
#define ADDRESS_MODULE_SIZE 32u
#define ADDRESS_HEX_DIGITS 40u
#define ADDRESS_BECH32_MAX 64 /* the longest bb1…, with its NUL */

/* The digits after 0x. */
const char *address_read_hex(struct slice digits, uint8_t out[ADDRESS_SIZE]);
/* The digits with their checksum, without a NUL. */
void address_write_hex(const uint8_t bytes[ADDRESS_SIZE], char out[ADDRESS_HEX_DIGITS]);

/* in begins with bb1, in any case; *n is ADDRESS_SIZE or ADDRESS_MODULE_SIZE. */
const char *address_read_bech32(struct slice in, uint8_t out[ADDRESS_MODULE_SIZE], size_t *n);
void address_write_bech32(const uint8_t *bytes, size_t n, char out[ADDRESS_BECH32_MAX]);

#endif
