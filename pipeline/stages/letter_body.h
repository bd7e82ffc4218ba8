/*
 * letter_body: a text of a letter, compiled: what stands in it as it is, and its columns one by one, each with what a cell
 * may be at its place.  Immutable: any number of threads may render it.
 */
#ifndef CLAIMPIPE_STAGES_LETTER_BODY_H
#define CLAIMPIPE_STAGES_LETTER_BODY_H

#include "base/err.h"
#include "base/text.h"
#include "policy/columns.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a text of the letter stands, for messages. */
struct letter_place {
    const char *letter; /* the letter's path */
    const char *what;   /* "HTML", "text", "Subject", "--attach" */
    const char *path;   /* of a file that holds the text as it is, or NULL */
    size_t line;        /* at which it begins there, or in the text that is shown; 0: one line */
    bool is_field;      /* folded and decoded: only its first line is known */
    const char *raw;    /* the text as a message has it, or NULL, … */
    size_t raw_line;    /* … and the line at which it begins there */
};
#define LETTER_PLACE_MAX 4352
void letter_place_name(const struct letter_place *p, const char *source, const char *at,
                       char out[LETTER_PLACE_MAX]);

struct letter_body;

/* html: {{qr}} becomes the picture, and *has_qr says that it is wanted; in a text it is the link.  Borrows the source.
 * NULL with EXIT_USAGE, naming the place. */
struct letter_body *letter_body_new(const char *source, bool html, const struct columns *c,
                                    const struct letter_place *p, bool *has_qr,
                                    struct err *e) MUST_CHECK;
void letter_body_free(struct letter_body *b); /* NULL is fine */

enum letter_body_fault {
    LETTER_BODY_FINE,
    LETTER_BODY_EMPTY,   /* a cell is */
    LETTER_BODY_NO_LINK, /* it begins a link, and is neither a web page nor an address for mail */
    LETTER_BODY_NUL,
    LETTER_BODY_NOT_UTF8
};
/* Appends the row's.  Otherwise *column is the one that is wrong.  Check text_ok(out). */
enum letter_body_fault letter_body_render(const struct letter_body *b, const struct slice *fields,
                                          size_t nfields, struct text *out, size_t *column);

/* Does it begin as a web page's address or one for mail? */
bool letter_body_is_web(struct slice url);

#endif
