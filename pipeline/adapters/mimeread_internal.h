/*
 * mimeread_internal: what the files of mimeread share: mimeread.c (the tree), mimeread_words.c (fields' words and
 * parameters), mimeread_bytes.c (bodies' encodings and charsets).
 */
#ifndef CLAIMPIPE_ADAPTERS_MIMEREAD_INTERNAL_H
#define CLAIMPIPE_ADAPTERS_MIMEREAD_INTERNAL_H

#include "adapters/mimeread.h"

/* Opening a charset's converter takes a while, so that a field of words in ever other charsets would: so many times for
 * one message. */
#define MIMEREAD_CHARSETS_MAX 2000u

static inline bool mimeread_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline bool mimeread_line_end(char c)
{
    return c == '\r' || c == '\n';
}

static inline char mimeread_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Takes a line off, and the line end behind it. */
struct slice mimeread_line(struct slice *rest);
/* The value of a hexadecimal digit, or -1. */
int mimeread_hex(char c);

/* Each appends the decoded bytes. */
void mimeread_base64(struct slice s, struct text *out);
/* As of RFC 2045; q: the one of RFC 2047, in which _ is a blank. */
void mimeread_quoted(struct slice s, bool q, struct text *out);
/* Appends text of that charset as UTF-8.  False: it is not known, or the bytes are not of it.  left: how many converters
 * may still be opened. */
bool mimeread_utf8(struct slice bytes, struct slice charset, size_t *left, struct text *out);

/* A copy in lower case. */
const char *mimeread_copy_lower(struct arena *a, struct slice s);
/* mimeread_words, with left as above. */
void mimeread_decode(struct slice raw, size_t *left, struct text *out);
/* `text/plain; charset="x"`: what stands before the parameters, in lower case, and these.  NULL: no memory. */
const char *mimeread_structured(const char *raw, size_t *left, struct arena *a,
                                const struct mimeread_param **params, size_t *n);

#endif
