/*
 * visible: foreign text (cells, file names, what servers say) for a terminal or a log, where it must not move
 * the cursor, clear the screen, ring, turn the reading direction, or begin a line of its own.
 *
 * What can do that becomes an escape that can be read: \x1b for a control character, \u202e for another
 * character (C1, DEL, bidi controls U+061C, U+200E-F, U+202A-E, U+2066-9, separators U+2028-9), \x9b for a byte
 * that is no UTF-8.  Everything else stays as it is, backslashes too, so that doing it twice is doing it once,
 * and JSON stays the same JSON.  Pure.
 */
#ifndef CLAIMPIPE_BASE_VISIBLE_H
#define CLAIMPIPE_BASE_VISIBLE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

#define VISIBLE_MAX 8 /* of one character, with its NUL */

/* The first character of s (len > 0) into out, as it may be shown: how many bytes of s that is. */
size_t visible_next(struct slice s, char out[VISIBLE_MAX]);
/* Appends s; the control characters in keep (such as "\n") stay as they are. */
void visible_append(struct text *out, struct slice s, const char *keep);
/* Appends s as part of a line: nothing is kept. */
void visible_puts(struct text *out, const char *s);
/* Is s what visible_append makes of it? */
bool visible_is(struct slice s, const char *keep);
/* s as a C string of at most size bytes with its NUL: one line that may be shown (control characters that
 * are white space become blanks, others as visible_next shows them), cut between characters if it
 * does not fit.  Returns out. */
char *visible_line(struct slice s, char *out, size_t size);

#endif
