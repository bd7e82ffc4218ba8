/*
 * charset: text of any encoding to UTF-8 and back; the sole user of iconv.
 *
 * What can't be decoded is not lost: each such byte becomes the three bytes that UTF-8 would have for
 * U+DC00 + byte (as Python's surrogateescape does it, PEP 383), an unpaired surrogate of UTF-16 becomes
 * itself.  Neither is UTF-8, so that slice_is_utf8 finds it out, and encoding makes the same bytes of it
 * again.  The same bytes give the same text, whatever the chunks.  For one thread.
 *
 * (An odd last byte of UTF-16 comes back with a second one, or all that is written behind it would be lost;
 * and of two forms that an encoding has for one character, as CP932 for some, the usual one comes back.)
 *
 * A decoder of UTF-8 passes everything on as it is, damage as well.  SHIFT_JIS is what Windows calls so
 * (CP932, which has \ and ~), UTF-16 and UTF-32 are little-endian.
 */
#ifndef CLAIMPIPE_ADAPTERS_CHARSET_H
#define CLAIMPIPE_ADAPTERS_CHARSET_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>

struct charset;

/* encoding: a name that iconv knows, in any case.  EXIT_USAGE with asked_by ("--encoding") and a few names
 * of well-known ones: there is none of that name, or it is stateful (UTF-7, ISO-2022-…), or no superset of
 * ASCII but for UTF-16 and UTF-32. */
struct charset *charset_decoder(const char *encoding, const char *asked_by,
                                struct err *e) MUST_CHECK;
struct charset *charset_encoder(const char *encoding, struct err *e) MUST_CHECK;
void charset_free(struct charset *c);

/* Appends what these bytes are; those of a character that is not whole yet are kept until the next call.
 * last: there are no more.  out fails when memory runs out. */
void charset_decode(struct charset *c, const void *bytes, size_t len, bool last, struct text *out);
/* Appends whole UTF-8 text.  What the encoding lacks becomes '?' (only texts of our own can have it). */
void charset_encode(struct charset *c, struct slice text, struct text *out);
/* The length of what s (len > 0) begins with: a character, or what could not be decoded.  *shown: the character, or
 * U+FFFD for the other. */
size_t charset_shown(struct slice s, struct slice *shown);

#endif
