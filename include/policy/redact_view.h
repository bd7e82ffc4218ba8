/*
 * redact_view: a text as redact looks at it: what it reads as when escapes of one kind are resolved, each byte
 * with the place that it came from.  Private to redact.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_REDACT_VIEW_H
#define CLAIMPIPE_POLICY_REDACT_VIEW_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes at .. at + n - 1 of a view came from from[i] .. to[i] - 1 of the text. */
struct redact_view {
    char *bytes;
    uint32_t *from, *to;
    size_t n;
    bool changed; /* there was something to be resolved */
};

enum redact_escape {
    REDACT_BACKSLASH, /* \" \n \u00fc \ud83c\udf89 \xfc \374 */
    REDACT_PERCENT,   /* %C3%BC %u00FC */
    REDACT_ENTITY,    /* &amp; &#252; &#xfc; */
    REDACT_TERMINAL,  /* ESC [ 31 m, which says nothing */
    REDACT_UNSEEN,    /* blanks and the like, within escapes of another kind */
    REDACT_ESCAPES
};

/* Both give an empty view with bytes NULL when memory runs out. */
void redact_view_of(struct redact_view *v, struct slice text);
/* An escape that is cut off resolves to nothing. */
void redact_view_resolve(struct redact_view *out, const struct redact_view *v,
                         enum redact_escape escape);
/* Without blanks and all that can't be seen (and +, which may be a blank).  dense: without - _ / as well,
 * in which the alphabets of base64 differ. */
void redact_view_condense(struct redact_view *out, const struct redact_view *v, bool dense);
void redact_view_release(struct redact_view *v);

/* How many bytes at i can't be seen. */
size_t redact_view_unseen(const struct redact_view *v, size_t i);
/* Does the text end at byte i, as far as words go, or does it say that something is left out there? */
bool redact_view_is_cut(const struct redact_view *v, size_t i);
/* The same of every byte, and of its end, into n + 1 of them. */
void redact_view_find_cuts(const struct redact_view *v, bool *cuts);

#endif
