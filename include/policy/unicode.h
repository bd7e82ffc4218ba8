/*
 * unicode: one form for texts that are the same to whoever reads them.  The sole user of utf8proc, which was
 * taken for its size (300 KiB of tables, no dependency, C, MIT) before ICU (30 MiB, C++) and libunistring.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_UNICODE_H
#define CLAIMPIPE_POLICY_UNICODE_H

#include "base/text.h"

enum {
    UNICODE_LOWER = 1, /* in lower case */
    UNICODE_DIGITS =
        2, /* digits of full width, and Arabic ones, are 0 to 9; U+2010 and U+2011 are - */
    UNICODE_NARROW = 4, /* what ASCII has is ASCII: full-width letters and signs */
    UNICODE_SEEN = 8,   /* without what nobody sees (base/slice.h); blanks are plain */
    UNICODE_ALIKE =
        16, /* in NFKC and with case folded: what may be meant for the same word is one */
};
#define UNICODE_MAX 2048 /* bytes that are taken at most */

/* In NFC (UAX 15) or NFKC, with its NUL; its length, or -1: it is no UTF-8, or too long, or would be. */
int unicode_form(struct slice s, unsigned how, char *out, size_t size);

/* Are they the same in NFC?  Texts longer than UNICODE_MAX are compared byte by byte. */
bool unicode_equal(struct slice a, struct slice b);

#endif
