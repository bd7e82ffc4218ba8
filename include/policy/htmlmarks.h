/*
 * htmlmarks: the HTML of a letter as its pieces: what goes out as it stands, and each {{Column}} with the place at which it
 * stands, for that says what a cell may be there.
 *
 *   text, an attribute   its cell is escaped (policy/htmltext.h)
 *   a link               it begins the value of href, src, …: nothing but a web page or an address for mail
 *   in a link            behind the beginning: percent-encoded, so that it stays one part of the address
 *   a fault              no cell can be kept from being more than text: a value without quotes, a tag, a script, a style
 *
 * Columns in comments are left as they are; but those for Outlook (`<!--[if mso]>`) are HTML like any other.  Two braces that
 * show as such, but are written with tags between them or as entities, are a fault, too.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_HTMLMARKS_H
#define CLAIMPIPE_POLICY_HTMLMARKS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum htmlmark_kind {
    HTMLMARK_LITERAL,
    HTMLMARK_TEXT,
    HTMLMARK_ATTRIBUTE,
    HTMLMARK_LINK,
    HTMLMARK_IN_LINK,
    HTMLMARK_FAULT
};

struct htmlmark {
    enum htmlmark_kind kind;
    struct slice source; /* with its braces; to the end of all where these are not closed */
    const char *fault;   /* what is wrong and what to do, behind "{{Column}} " */
    bool picture;        /* a link that is the whole beginning of an <img src> */
};

#define HTMLMARKS_NAME_MAX 24 /* of tags and attributes that mean something, and more */

/* Where in the HTML one is. */
struct htmlmarks {
    struct slice html;
    size_t at;
    enum htmlmarks_where { HTMLMARKS_TEXT, HTMLMARKS_RAW, HTMLMARKS_TAG, HTMLMARKS_VALUE } where;
    char tag[HTMLMARKS_NAME_MAX], attribute[HTMLMARKS_NAME_MAX];
    bool closes;  /* it is a </tag> */
    char quote;   /* around the value, or NUL */
    size_t value; /* where that begins */
};

/* Borrows the HTML. */
void htmlmarks_init(struct htmlmarks *m, struct slice html);
/* The next piece; false: there is none. */
bool htmlmarks_next(struct htmlmarks *m, struct htmlmark *out);

#endif
