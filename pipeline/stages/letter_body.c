/*
 * letter_body: one pass over a text makes its pieces (of HTML: policy/htmlmarks.h), and a row walks along them.
 *
 * Every column is a template of its own: so each has its place in messages, and is filled in as that place needs it.
 */
#include "letter_body.h"

#include "base/mem.h"
#include "base/percent.h"
#include "policy/htmlmarks.h"
#include "policy/htmltext.h"
#include "policy/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QR_BEFORE "<img src=\"cid:qr@claimpipe\" alt=\"QR code of "
#define QR_BEHIND "\" width=\"180\" height=\"180\" style=\"background:#fff\">"
#define QR_SOURCE "cid:qr@claimpipe"
#define LINK "{{link}}"

struct piece {
    struct slice literal;
    struct template *column; /* NULL: it is literal */
    enum htmlmark_kind kind;
};

struct letter_body {
    bool html;
    struct piece *pieces;
    size_t n;
};

/* Which line of text, from 1, and which character of that `at` is. */
static void count_place(const char *text, const char *at, size_t *line, size_t *column)
{
    const char *begin = text;

    *line = *column = 1;
    for (const char *c = text; c < at; c++)
        if (*c == '\n') {
            ++*line;
            begin = c + 1;
        }
    for (const char *c = begin; c < at; c++)
        *column += ((unsigned char)*c & 0xc0) != 0x80;
}

/* How often words are in text, before end. */
static size_t count_words(const char *text, const char *end, struct slice words)
{
    size_t n = 0;

    for (const char *at = text; at < end; at += words.len, n++) {
        at = memmem(at, (size_t)(end - at), words.ptr, words.len);
        if (!at)
            break;
    }
    return n;
}

/* Where the column that is at `at` in the source is written in the message; NULL: it is encoded there. */
static const char *find_raw(const char *raw, const char *source, const char *at)
{
    const char *end = strstr(at, "}}"), *raw_end = raw ? raw + strlen(raw) : NULL;
    struct slice words = {at, end ? (size_t)(end + 2 - at) : strcspn(at, "\n")};
    size_t n = raw && words.len > 0 ? count_words(source, at, words) : 0;

    if (!raw || words.len == 0 ||
        count_words(raw, raw_end, words) != count_words(source, source + strlen(source), words))
        return NULL;
    for (;; n--, raw += words.len) {
        raw = memmem(raw, (size_t)(raw_end - raw), words.ptr, words.len);
        if (!raw || n == 0)
            return raw;
    }
}

void letter_place_name(const struct letter_place *p, const char *source, const char *at,
                       char out[LETTER_PLACE_MAX])
{
    const char *raw = find_raw(p->raw, source, at);
    size_t line, column;

    count_place(raw ? p->raw : source, raw ? raw : at, &line, &column);
    line += (raw ? p->raw_line : p->line ? p->line : 1) - 1;
    if (p->is_field && p->path)
        snprintf(out, LETTER_PLACE_MAX, "%s:%zu, %s", p->path, p->line, p->what);
    else if (p->path || raw)
        snprintf(out, LETTER_PLACE_MAX, "%s:%zu:%zu", p->path ? p->path : p->letter, line, column);
    else if (p->line)
        snprintf(out, LETTER_PLACE_MAX, "%s, %s, line %zu", p->letter, p->what, line);
    else
        snprintf(out, LETTER_PLACE_MAX, "%s, %s", p->letter, p->what);
}

bool letter_body_is_web(struct slice url)
{
    return slice_begins(url, "https://") || slice_begins(url, "http://") ||
           slice_begins(url, "mailto:");
}

/* ---- opening ---- */

struct opening {
    struct letter_body *b;
    const char *source;
    const struct columns *columns;
    const struct letter_place *place;
    bool *has_qr;
    struct err *e;
};

static int add(struct opening *o, struct piece piece)
{
    struct letter_body *b = o->b;
    struct piece *pieces = NULL;

    /* Room is doubled whenever it is full, at powers of two. */
    if ((b->n & (b->n - 1)) == 0) {
        pieces = mem_resize(b->pieces, b->n ? 2 * b->n : 1, sizeof(*pieces));
        if (!pieces)
            return err_nomem(o->e);
        b->pieces = pieces;
    }
    b->pieces[b->n++] = piece;
    return 0;
}

static int add_literal(struct opening *o, struct slice literal)
{
    return add(o, (struct piece){.literal = literal});
}

/* source is written at `at`. */
static int add_column(struct opening *o, struct slice source, const char *at,
                      enum htmlmark_kind kind)
{
    char asked_by[LETTER_PLACE_MAX];
    struct template *t;

    letter_place_name(o->place, o->source, at, asked_by);
    t = template_new(source, o->columns, asked_by, o->e);
    if (!t)
        return -1;
    if (add(o, (struct piece){.column = t, .kind = kind}) == 0)
        return 0;
    template_free(t);
    return -1;
}

static bool is_qr(struct slice source)
{
    return source.len > 4 &&
           slice_is(slice_trim((struct slice){source.ptr + 2, source.len - 4}), "qr");
}

/* A picture where text stands and as an image's source; elsewhere the link. */
static int add_qr(struct opening *o, const struct htmlmark *m)
{
    if (m->picture || m->kind == HTMLMARK_TEXT)
        *o->has_qr = true;
    if (m->picture)
        return add_literal(o, slice_of(QR_SOURCE));
    if (m->kind != HTMLMARK_TEXT)
        return add_column(o, slice_of(LINK), m->source.ptr, m->kind);
    return add_literal(o, slice_of(QR_BEFORE)) == 0 &&
                   add_column(o, slice_of(LINK), m->source.ptr, HTMLMARK_ATTRIBUTE) == 0 &&
                   add_literal(o, slice_of(QR_BEHIND)) == 0
               ? 0
               : -1;
}

static int fail_place(struct opening *o, const struct htmlmark *m)
{
    char where[LETTER_PLACE_MAX];

    letter_place_name(o->place, o->source, m->source.ptr, where);
    return err_set(o->e, EXIT_USAGE, "%s: {{Column}} %s", where, m->fault);
}

static int open_html(struct opening *o)
{
    struct htmlmarks marks;
    struct htmlmark m;
    int rc = 0;

    htmlmarks_init(&marks, slice_of(o->source));
    while (rc == 0 && htmlmarks_next(&marks, &m)) {
        if (m.kind == HTMLMARK_LITERAL)
            rc = add_literal(o, m.source);
        else if (m.kind == HTMLMARK_FAULT)
            rc = fail_place(o, &m);
        else if (is_qr(m.source))
            rc = add_qr(o, &m);
        else
            rc = add_column(o, m.source, m.source.ptr, m.kind);
    }
    return rc;
}

static bool is_url_end(char c)
{
    return strchr(" \t\n\"'<>()", c) != NULL;
}

/* Is a column behind these bytes a part of a web address?  was: the one before them was. */
static bool is_in_url(struct slice before, bool was)
{
    bool is = was;

    for (size_t i = 0; i < before.len; i++) {
        struct slice rest = {before.ptr + i, before.len - i};

        is = (is && !is_url_end(before.ptr[i])) || slice_begins(rest, "https://") ||
             slice_begins(rest, "http://");
    }
    return is;
}

static int open_text(struct opening *o)
{
    const char *from = o->source, *at, *end;
    bool in_url = false;
    int rc = 0;

    while (rc == 0 && (at = strstr(from, "{{"))) {
        struct slice before = {from, (size_t)(at - from)}, source;

        end = strstr(at, "}}");
        source = (struct slice){at, end ? (size_t)(end + 2 - at) : strlen(at)};
        in_url = is_in_url(before, in_url);
        if (before.len > 0)
            rc = add_literal(o, before);
        if (rc == 0)
            rc = add_column(o, is_qr(source) ? slice_of(LINK) : source, at,
                            in_url ? HTMLMARK_IN_LINK : HTMLMARK_TEXT);
        from = at + source.len;
    }
    return rc == 0 && *from ? add_literal(o, slice_of(from)) : rc;
}

struct letter_body *letter_body_new(const char *source, bool html, const struct columns *c,
                                    const struct letter_place *p, bool *has_qr, struct err *e)
{
    struct letter_body *b = mem_zero(1, sizeof(*b));
    struct opening o = {b, source, c, p, has_qr, e};

    if (!b) {
        err_nomem(e);
        return NULL;
    }
    b->html = html;
    if ((html ? open_html(&o) : open_text(&o)) == 0)
        return b;
    letter_body_free(b);
    return NULL;
}

void letter_body_free(struct letter_body *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->n; i++)
        template_free(b->pieces[i].column);
    free(b->pieces);
    free(b);
}

/* ---- rendering ---- */

static enum letter_body_fault put_cell(const struct letter_body *b, const struct piece *p,
                                       struct slice cell, struct text *out)
{
    struct slice bare = slice_trim(cell);

    if (memchr(cell.ptr, '\0', cell.len))
        return LETTER_BODY_NUL;
    if (!slice_is_utf8(cell))
        return LETTER_BODY_NOT_UTF8;
    if (p->kind == HTMLMARK_LINK && !letter_body_is_web(bare))
        return LETTER_BODY_NO_LINK;
    if (p->kind == HTMLMARK_IN_LINK)
        percent_append(out, bare);
    else if (b->html)
        htmltext_escape(p->kind == HTMLMARK_LINK ? bare : cell, out);
    else
        text_append(out, cell.ptr, cell.len);
    return LETTER_BODY_FINE;
}

enum letter_body_fault letter_body_render(const struct letter_body *b, const struct slice *fields,
                                          size_t nfields, struct text *out, size_t *column)
{
    enum letter_body_fault fault = LETTER_BODY_FINE;

    for (size_t i = 0; fault == LETTER_BODY_FINE && i < b->n; i++) {
        const struct piece *p = &b->pieces[i];

        if (!p->column) {
            text_append(out, p->literal.ptr, p->literal.len);
            continue;
        }
        *column = template_column(p->column);
        if (*column < nfields && slice_trim(fields[*column]).len > 0)
            fault = put_cell(b, p, fields[*column], out);
        else if (template_render(p->column, fields, nfields, out) != COLUMNS_NONE)
            fault = LETTER_BODY_EMPTY; /* and has no default */
    }
    return fault;
}
