/*
 * letter_internal: what a letter's file says, before its columns are known: letter_read.c makes it, letter.c uses it.
 */
#ifndef CLAIMPIPE_STAGES_LETTER_INTERNAL_H
#define CLAIMPIPE_STAGES_LETTER_INTERNAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define LETTER_FIELDS_MAX 12

struct letter_field {
    const char *name, *value;
    const char *path; /* the file that says it */
    size_t line;
};

/* Texts are in the arena; NULL: the file does not say. */
struct letter_source {
    struct letter_field from, reply_to, to, bcc, subject, unsubscribe;
    struct letter_field fields[LETTER_FIELDS_MAX]; /* others that go along */
    size_t n_fields;
    const char *text, *html; /* UTF-8, lines end with LF */
    /* The file that holds it as it is, and the line at which it begins there; NULL: of a message, and 1. */
    const char *text_path, *html_path;
    size_t text_line, html_line;
    /* Of a message: the part as it is written, and its line. */
    struct letter_raw {
        const char *text;
        size_t line;
    } raw_text, raw_html;
};

/* -1 with EXIT_USAGE. */
int letter_read(const char *path, struct arena *a, struct letter_source *out,
                struct err *e) MUST_CHECK;

#endif
