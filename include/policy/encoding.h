/*
 * encoding: in which one a file is written, by its first bytes.
 *
 * A byte order mark says so (UTF-8, UTF-16 or UTF-32, LE or BE; The Unicode Standard, 23.8).  Without one:
 * UTF-16 if every other byte is mostly NUL; UTF-8 if the bytes are UTF-8, or mostly; else Windows-1252, as
 * Excel's plain CSV is, if (nearly) all that is not ASCII makes sense in it: letters beside letters,
 * typographic quotes and dashes, signs.  What fits nothing is UTF-8 with damage, which stays with its rows.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_ENCODING_H
#define CLAIMPIPE_POLICY_ENCODING_H

#include "base/text.h"

#include <stdbool.h>

struct encoding {
    const char *name; /* a constant that iconv knows: "UTF-8", "UTF-16LE", … "WINDOWS-1252" */
    size_t bom;       /* bytes of the mark that it begins with, or 0 */
    bool guessed;     /* neither a mark nor well-formed UTF-8 says so */
};

/* first: the first bytes, cut anywhere if there are more (a character may be cut). */
struct encoding encoding_find(struct slice first, bool more);
/* The bytes of the mark of that encoding with which first begins, or 0. */
size_t encoding_bom(const char *name, struct slice first);

#endif
