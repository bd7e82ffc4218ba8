/*
 * page_index: an HTML page that lists runs, the newest first, each with a link to its own page; for whoever looks after
 * a folder in which runs end by themselves.
 *
 * A pure function of the facts; the file is there whole, or as it was before (adapters/outfile.h).  It loads nothing and
 * needs no script.  Errors: EXIT_OUTPUT.  Any thread.
 */
#ifndef CLAIMPIPE_STAGES_PAGE_INDEX_H
#define CLAIMPIPE_STAGES_PAGE_INDEX_H

#include "base/err.h"
#include "base/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_INDEX_MAX 1000 /* runs shown; of more it says how many there are */

/* A run.  Texts are borrowed; any but name may be NULL. */
struct page_run {
    const char *name; /* of the file that was read */
    int64_t run;      /* its number; 0: it came to none */
    int64_t started_ms;
    int64_t ended_ms; /* 0: it goes on */
    uint64_t rows[STATUS_COUNT];
    const char *stopped;        /* why it stopped early, or could not begin */
    const char *page, *results; /* paths from where the index is */
};

/* title: what it is a list of, such as the folder's name.  runs: the newest first. */
int page_index_write(const char *path, const char *title, const struct page_run *runs, size_t n,
                     struct err *e) MUST_CHECK;

#endif
