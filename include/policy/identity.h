/*
 * identity: who a recipient is.
 *
 *   address   an account: 0x + 40 hex or `bb1…` (policy/address.h); both forms of the same bytes are
 *             one recipient
 *   email     in lower case, before the @ too (mail systems that tell Anna from anna are not met); a domain
 *             with other letters in its ASCII form (policy/domain.h)
 *   id        text as it is: leading zeros count
 *   username  text as it is: case and a leading @ count
 *
 * Of a cell its value counts, without what is wrapped around it (policy/wrapped.h); whoever stands for nobody
 * is nobody, and a number that a spreadsheet has shortened is not taken (policy/cell.h).  Texts that look the
 * same are one: in NFC, digits of full width as 0 to 9, hyphens as - (policy/unicode.h); what nobody sees is dropped at the
 * ends, and refused inside (base/slice.h).  Pure.
 */
#ifndef CLAIMPIPE_POLICY_IDENTITY_H
#define CLAIMPIPE_POLICY_IDENTITY_H

#include "base/text.h"

enum identity_kind {
    IDENTITY_ADDRESS,
    IDENTITY_EMAIL,
    IDENTITY_ID,
    IDENTITY_USERNAME,
    IDENTITY_KINDS
};
const char *identity_kind_name(enum identity_kind k); /* "address", "email", "id", "username" */

#define IDENTITY_VALUE_MAX 512 /* the longest recipient of any kind, with its NUL */
#define IDENTITY_EMAIL_MAX 320 /* bytes: 64 + @ + 255 (RFC 5321, 4.5.3.1) */

/*
 * Read a recipient of that kind and write its canonical form.  Returns NULL, or why it can't be
 * right: what completes `column "Wallet": "VALUE" …` and says what to do, such as
 * `is too short: an address has 40 hex digits after 0x`; a constant, or a text in out.
 */
const char *identity_read(enum identity_kind k, struct slice in, char out[IDENTITY_VALUE_MAX]);

/* Why a text that holds U+FFFD can't say who it is, or NULL: whoever wrote it could not decode a letter, and two people
 * become one by it.  identity_read says it as well. */
const char *identity_lost(struct slice s);

/* What it says of an address that is nothing known: a name may be meant, whose address another file has. */
extern const char identity_no_address[];

#define IDENTITY_TEXT_MAX 64 /* the longest canonical address, with its NUL */

/* The same for an address alone that is in no cell: bb1…, lower case.  Outer blanks are passed over. */
const char *identity_canonical(struct slice in, char out[IDENTITY_TEXT_MAX]);

/* Why a canonical address can't be anybody's, or NULL: the zero address and all f, which come of empty
 * fields, and all e, a stand-in for ether. */
const char *identity_nobodys(const char *canonical);

/* "0x…" with the EIP-55 checksum for a canonical address of 20 bytes; -1 for one of 32. */
int identity_to_hex(const char *canonical, char out[43]);

#endif
