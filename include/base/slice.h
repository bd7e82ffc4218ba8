/*
 * slice: bytes of somebody else's, to be looked at.
 *
 * Unseen are characters that nobody sees, which tell two texts apart that are one to whoever reads them:
 * Unicode's White_Space but for the ASCII ones, and its Default_Ignorable_Code_Point: no-break and wide blanks, soft
 * hyphens, zero-width joiners, direction marks, variation selectors, tags, a byte order mark; and the blank letters
 * U+2800 and U+FFF9-B.  (Unicode 15.1, PropList.txt, DerivedCoreProperties.txt.)  Pure.
 */
#ifndef CLAIMPIPE_BASE_SLICE_H
#define CLAIMPIPE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed bytes; not NUL-terminated unless said. */
struct slice {
    const char *ptr;
    size_t len;
};

/* The slice of a C string (borrows it). */
struct slice slice_of(const char *s);
bool slice_equal(struct slice a, struct slice b);
/* The same, where ASCII letters of either case are one; of a word, of any of n words, of s's beginning, of its end. */
bool slice_same(struct slice a, struct slice b);
bool slice_is(struct slice s, const char *word);
bool slice_is_any(struct slice s, const char *const *words, size_t n);
bool slice_begins(struct slice s, const char *with);
bool slice_ends(struct slice s, const char *with);
/* Without outer blanks, seen (ASCII white space) or not, which exports put there. */
struct slice slice_trim_blanks(struct slice s);
static inline bool slice_is_seen(char c)
{
    return c > ' ' && (unsigned char)c < 0x80;
}
static inline struct slice slice_trim(struct slice s)
{
    /* As nearly always: it begins and ends with what can be seen. */
    bool seen = s.len > 0 && slice_is_seen(s.ptr[0]) && slice_is_seen(s.ptr[s.len - 1]);

    return seen ? s : slice_trim_blanks(s);
}
bool slice_is_ascii(struct slice s);
/* Are these bytes well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool slice_is_utf8(struct slice s);
/* The length of the well-formed character that s (len > 0) begins with, or 0. */
size_t slice_character(struct slice s);
/* The length of the unseen character that s begins with, or ends with, or 0; *code (or NULL): which it is. */
size_t slice_unseen_first(struct slice s, unsigned *code);
size_t slice_unseen_last(struct slice s);
/* Where the first one in s begins, or s.len. */
size_t slice_unseen_find(struct slice s, unsigned *code);

/* Of those: is it a blank that has a width, as U+00A0 and U+3000? */
bool slice_unseen_is_blank(unsigned code);

#endif
