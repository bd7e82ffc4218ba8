/*
 * page: what HTML pages are made of: their files (pipeline/page, which the Makefile makes into strings), the places in
 * them that are filled in, and foreign text that is safe in them.
 *
 * A page is one file that asks nobody for anything: its style and script are in it, and its policy (CSP) lets no other
 * run, by their hashes.  So nothing may have a style= or an on...= of its own.
 *
 * Foreign text is shown as base/visible.h has it, and then escaped: in HTML, also within quotes, by page_put; in the
 * JSON of a <script> by page_quote.  Texts fail as texts do (base/text.h).  Any thread.
 */
#ifndef CLAIMPIPE_STAGES_PAGE_H
#define CLAIMPIPE_STAGES_PAGE_H

#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct text;

/* By its first line a page of ours is known again, before it is replaced. */
#define PAGE_FIRST_LINE "<!DOCTYPE html><!-- A page by claimpipe -->"
extern const char page_run_html[], page_index_html[], page_style_css[], page_run_js[];

/* Walks through a template: what stands before the next {{place}}, and its name; how it goes on.  Behind the last place
 * name->ptr is NULL, and so is the result. */
const char *page_next(const char *at, struct slice *before, struct slice *place);

void page_put(struct text *out, const char *s);
/* As a JSON string with its quotes, cut to about `most` bytes. */
void page_quote(struct text *out, const char *s, size_t most);
/* <time datetime="...">2026-09-07 00:00:00 UTC</time> */
void page_put_time(struct text *out, int64_t ms);
/* The ends of a span; the day is left out if it is one. */
void page_put_span(struct text *out, int64_t from_ms, int64_t to_ms);
/* `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 days 4 h` */
void page_put_length(struct text *out, int64_t ms);
/* The policy of a page with the style, and with this script (or NULL).  -1: no memory. */
int page_put_policy(struct text *out, const char *script, struct err *e) MUST_CHECK;

#endif
