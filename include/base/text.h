/*
 * text: a growing byte string, and a view of bytes that belong to somebody else.
 *
 * A struct text is always NUL-terminated past its length (ptr is never NULL after text_init) and
 * may hold NUL bytes.  When memory runs out, `failed` is set, the content stays as it was, and
 * every later append does nothing: build at leisure, then ask once with text_ok.
 */
#ifndef CLAIMPIPE_BASE_TEXT_H
#define CLAIMPIPE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed bytes; not NUL-terminated unless said. */
struct slice {
    const char *ptr;
    size_t len;
};

struct text {
    char *ptr;
    size_t len;
    size_t cap; /* 0: ptr is a shared constant */
    bool failed;
};

void text_init(struct text *t);
void text_release(struct text *t);
void text_clear(struct text *t); /* keeps the memory, and `failed` */
/* The same, but the memory of a large text is given back: what a few large rows need is not held for ever. */
#define TEXT_KEPT_MAX ((size_t)64 << 10)
void text_reset(struct text *t);
void text_append(struct text *t, const void *bytes, size_t len);
void text_puts(struct text *t, const char *s);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *t, const char *fmt, ...);
static inline bool text_ok(const struct text *t)
{
    return !t->failed;
}

/* The slice of a C string (borrows it). */
struct slice slice_of(const char *s);
bool slice_equal(struct slice a, struct slice b);
/* The same, where ASCII letters of either case are one; of a word, of any of n words, of s's beginning. */
bool slice_same(struct slice a, struct slice b);
bool slice_is(struct slice s, const char *word);
bool slice_is_any(struct slice s, const char *const *words, size_t n);
bool slice_begins(struct slice s, const char *with);
/* Without outer blanks, seen (ASCII white space) or not (base/unseen.h), which exports put there. */
struct slice slice_trim(struct slice s);
bool slice_is_ascii(struct slice s);
/* Are these bytes well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool slice_is_utf8(struct slice s);
/* The length of the well-formed character that s (len > 0) begins with, or 0. */
size_t slice_character(struct slice s);
/* s as a C string of at most size bytes with its NUL: one line that may be shown (control characters that
 * are white space become blanks, others what base/visible.h makes of them), cut between characters if it
 * does not fit.  Returns out. */
char *slice_line(struct slice s, char *out, size_t size);

#endif
