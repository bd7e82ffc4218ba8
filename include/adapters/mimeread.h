/*
 * mimeread: a message (RFC 5322) or a part of it as a tree of MIME parts (RFC 2045, 2046), all of its texts in UTF-8.
 *
 * It reads what comes from the internet: nothing in a message is an error.  What is malformed is taken for what it most
 * likely was (a multipart without a boundary is one text, a base64 body may hold anything between its letters, a byte of
 * no known charset is Windows-1252).  What would take too much is not looked into: see `cut`.
 *
 *   multipart/…         parts: what stands between its boundaries; body is empty
 *   message/rfc822      (and message/global) parts: the one message in it; body is empty
 *   text/…              body: UTF-8, lines end with LF
 *   anything else       body: the decoded bytes; message/delivery-status and text/rfc822-headers are groups of fields,
 *                       for mimeread_group
 *
 * Fields are unfolded and their encoded words decoded (RFC 2047); parameters also of RFC 2231, with their parts put
 * together.  All texts are well-formed UTF-8 and NUL-terminated; a NUL within a field or a parameter becomes a blank.
 *
 * Lines may end with CRLF, LF or CR.  A line "From …" of an mbox before the first field is passed over, and so is a
 * byte order mark.  Immutable once read: any number of threads may look at it.
 */
#ifndef CLAIMPIPE_ADAPTERS_MIMEREAD_H
#define CLAIMPIPE_ADAPTERS_MIMEREAD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

#define MIMEREAD_DEPTH_MAX 16u   /* parts in each other, the message itself included */
#define MIMEREAD_PARTS_MAX 256u  /* of a message */
#define MIMEREAD_FIELDS_MAX 512u /* of a part */
#define MIMEREAD_PARAMS_MAX 32u  /* of a field */

struct mimeread_field {
    struct slice name; /* as written */
    const char *
        raw; /* unfolded, encoded words as they are: of these an address list is made first, then decoded */
    const char *value; /* unfolded and decoded */
    size_t line;       /* of the message, from 1; 0: of a group */
};

struct mimeread_param {
    const char *name; /* in lower case, without the `*` of RFC 2231 */
    const char *value;
};

struct mimeread_part {
    const char *type;        /* "text/plain", in lower case; what it is where none is said */
    const char *disposition; /* "attachment", "inline", …, in lower case; "": none */
    const char *filename;    /* of the disposition, or the type's name; "": none */
    const char *id;          /* its Content-ID without <>; "": none */
    const char *charset;     /* in lower case, "": not said */
    bool
        bad_charset; /* its text is in a charset that is unknown, or holds what that has not: U+FFFD stand in it */
    const struct mimeread_field *fields;
    size_t n_fields;
    const struct mimeread_param *params; /* of Content-Type */
    size_t n_params;
    struct slice source; /* the body as it stands in the message (borrowed), not decoded */
    size_t line;         /* where that begins */
    struct slice body;
    const struct mimeread_part *parent, *first, *next; /* first: of the parts in it */
};

struct mimeread;

/* Borrows the bytes.  NULL: no memory.  Takes up to about four times the bytes' length. */
struct mimeread *mimeread_new(struct slice bytes);
void mimeread_free(struct mimeread *m); /* NULL is fine */
const struct mimeread_part *mimeread_top(const struct mimeread *m);
/* Was something not looked into, as it was too deep or too much (the limits above)? */
bool mimeread_cut(const struct mimeread *m);

/* The next part in the order in which they stand, the parts in it first; NULL: p was the last. */
const struct mimeread_part *mimeread_next(const struct mimeread_part *p);
/* The first field of that name (in any case), or NULL. */
const struct mimeread_field *mimeread_field(const struct mimeread_part *p, const char *name);
/* The value of that parameter of the part's Content-Type, or NULL. */
const char *mimeread_param(const struct mimeread_part *p, const char *name);

/* The next group of fields of *rest (up to an empty line, or its end), which it takes off: of a message/delivery-status,
 * whose groups are the message's and then one a recipient (RFC 3464), or text/rfc822-headers.  Into *fields, in a.
 * How many; 0: there are no more.  -1: no memory. */
int mimeread_group(struct slice *rest, struct arena *a,
                   const struct mimeread_field **fields) MUST_CHECK;

/* Appends a field's raw text with its encoded words decoded. */
void mimeread_words(struct slice raw, struct text *out);

#endif
