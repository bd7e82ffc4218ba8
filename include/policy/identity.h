/*
 * identity: who a recipient is.
 *
 * An account is 20 bytes (or 32: a module account), written as 0x + 40 hex or as bech32 `bb1…`;
 * both forms of the same bytes are one recipient.  Taken: 0x with hex all lower, all upper, or
 * mixed with a right EIP-55 checksum; bech32 (BIP 173, constant 1, not bech32m), hrp `bb`, all
 * lower or all upper, of 20 or 32 bytes.  Blanks (and U+00A0, U+FEFF, U+200B) around the address
 * are passed over.
 *
 * Keccak-256 is our own: OpenSSL has it from 3.2 only (Debian 12: 3.0), nettle, libgcrypt and
 * libtomcrypt of Debian 12 have SHA-3 only, whose padding differs.  Keccak reference: FIPS 202
 * with the original padding 0x01.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_IDENTITY_H
#define CLAIMPIPE_POLICY_IDENTITY_H

#include "base/text.h"

#include <stddef.h>

#define IDENTITY_TEXT_MAX 64 /* the longest canonical address, with its NUL */

/*
 * Read an address and write its canonical form (bb1…, lower case).  Returns NULL, or why it can't
 * be right: a constant that completes `column "Wallet": "VALUE" …` and says what to do, such as
 * `is too short: an address has 40 hex digits after 0x`.  out is then unspecified.
 */
const char *identity_canonical(struct slice in, char out[IDENTITY_TEXT_MAX]);

/* "0x…" with the EIP-55 checksum for a canonical address of 20 bytes; -1 for one of 32. */
int identity_to_hex(const char *canonical, char out[43]);

#endif
