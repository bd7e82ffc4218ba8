/*
 * read_find: encoding -> dialect -> header, each by what the one before it makes of the first bytes.
 */
#include "adapters/charset.h"
#include "adapters/csvio.h"
#include "base/fnv.h"
#include "base/mem.h"
#include "base/visible.h"
#include "policy/added.h"
#include "policy/columns.h"
#include "policy/dialect.h"
#include "policy/encoding.h"
#include "policy/header.h"
#include "policy/nearness.h"
#include "policy/preset.h"
#include "read_internal.h"
#include "stages/intake.h"
#include "stages/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RECORDS_SHOWN 3 /* of the first ones, in messages */
#define CELLS_SHOWN 5   /* of each */
#define CELL_SHOWN 33   /* bytes of each, with the NUL */
#define VALUE_SHOWN 96

struct finding {
    const char *name;
    const struct read_wishes *w;
    struct read_found *out;
    const struct intake_found *taken;
    bool more;
    struct text text; /* the first bytes, decoded */
    struct arena arena;
    struct header_record records[HEADER_RECORDS_MAX];
    size_t n;
    struct err *e;
};

/* ---- what is no CSV ---- */

#define IS_JSON                                                                                    \
    "is JSON, not a table: export the table as CSV (of run the job file stands before INPUT)"

/* What people hand over in its place, by the first bytes, and what to do about it. */
static const struct {
    const char *magic;
    size_t len;
    const char *what;
} no_csv[] = {
    {"PK\x03\x04", 4, "is a ZIP inside another: unpack it, and name what is in it"},
    {"%PDF-", 5, "is a PDF: export the table behind it as CSV"},
    {"<!doctype html", 14, "is a web page, not a file: download the export itself"},
    {"<html", 5, "is a web page, not a file: download the export itself"},
    {"SQLite format 3", 15, "is a database: export the table as CSV"},
    {"{\"", 2, IS_JSON},
    {"{\n", 2, IS_JSON},
    {"{\r", 2, IS_JSON},
    {"[{", 2, IS_JSON},
    {"[\n", 2, IS_JSON},
    {"[\r", 2, IS_JSON},
};

static int refuse_other_formats(const struct finding *f, struct slice first)
{
    for (size_t i = 0; i < sizeof(no_csv) / sizeof(no_csv[0]); i++)
        if (first.len >= no_csv[i].len &&
            strncasecmp(first.ptr, no_csv[i].magic, no_csv[i].len) == 0)
            return err_set(f->e, EXIT_INPUT, "%s: %s", f->name, no_csv[i].what);
    return 0;
}

/* ---- encoding ---- */

static void set_encoding(struct reading *r, const char *name)
{
    size_t i = 0;

    for (; name[i] && i + 1 < sizeof(r->encoding); i++)
        r->encoding[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : name[i];
    r->encoding[i] = '\0';
    if (strcmp(r->encoding, "UTF8") == 0)
        memcpy(r->encoding, READING_UTF8, sizeof(READING_UTF8));
}

static void say_guess(struct finding *f)
{
    const char *encoding = f->out->reading.encoding;

    visible_puts(&f->out->notices, f->name);
    if (strcmp(encoding, READING_UTF8) == 0)
        text_puts(
            &f->out->notices,
            ": holds bytes that are not UTF-8: rows with them are invalid (--encoding says it "
            "if all of it is something else)\n");
    else
        text_printf(&f->out->notices,
                    ": is not UTF-8, and no mark says what it is: read as %s, which is a guess "
                    "(--encoding says it)\n",
                    encoding);
}

/* What the user says; of plain UTF-16 the mark says which way round it is. */
static struct encoding said_encoding(const char *name, const char *by_mark)
{
    if (strcasecmp(name, "UTF-16") == 0)
        name = strncmp(by_mark, "UTF-16", 6) == 0 ? by_mark : "UTF-16LE";
    return (struct encoding){.name = name};
}

static void find_encoding(struct finding *f, const struct read_first *first)
{
    struct read_found *out = f->out;
    struct encoding found =
        encoding_find(first->telling.len ? first->telling : first->bytes, first->more);

    if (f->w->as)
        found.name = f->w->as->encoding;
    else if (f->w->encoding)
        found = said_encoding(f->w->encoding, found.name);
    set_encoding(&out->reading, found.name);
    out->mark = encoding_bom(out->reading.encoding, first->bytes);
    out->reading.bom = out->mark > 0;
    if (f->w->as)
        return;
    out->reading.plain = first->plain;
    out->reading.guessed = found.guessed;
    if (found.guessed)
        say_guess(f);
}

static int decode(struct finding *f, struct slice first)
{
    struct charset *c = charset_decoder(f->out->reading.encoding, "--encoding", f->e);

    if (!c)
        return -1;
    charset_decode(c, first.ptr + f->out->mark, first.len - f->out->mark, !f->more, &f->text);
    charset_free(c);
    return text_ok(&f->text) ? 0 : err_nomem(f->e);
}

/* ---- dialect ---- */

#define ODD_SHARE 2 /* one row of so many has quotes that nothing explains, and it is said */

/* What the words say, or nothing. */
static int said_mark(char c, bool none)
{
    return none ? 0 : c ? c : DIALECT_UNSAID;
}

static int refuse_marks(const struct finding *f, char c, const char *can, const char *option)
{
    return err_set(f->e, EXIT_USAGE,
                   "%s: \"%c\" stands between the columns, and can't be what %s: say another %s, "
                   "or %s none",
                   f->name, c, can, option, option);
}

/* What is not as everybody expects, and what no dialect explains. */
static void say_dialect(struct finding *f, const struct dialect *d)
{
    struct text *out = &f->out->notices;

    if (f->out->reading.quote_found) {
        visible_puts(out, f->name);
        text_puts(out, ": quotes stand for themselves, for no column ends with one (--quote says "
                       "it, if they are quotes)\n");
    }
    if (d->odd > 1 && ODD_SHARE * d->odd >= d->records) {
        visible_puts(out, f->name);
        text_printf(out,
                    ": %zu of its first %zu rows have quotes that are not doubled, and cannot be "
                    "read: export it again so that a quote in quotes is doubled (\"5\"\" disk\"); "
                    "--quote none leaves quotes in the cells, and is right only where none of "
                    "these holds what stands between the columns\n",
                    d->odd, d->records);
    }
}

static int find_dialect(struct finding *f)
{
    const struct read_wishes *w = f->w;
    struct reading *r = &f->out->reading;
    struct dialect_said said = {.delimiter = w->delimiter,
                                .quote = said_mark(w->quote, w->no_quotes),
                                .escape = said_mark(w->escape, w->no_escapes)};

    if (said.escape == (said.quote == DIALECT_UNSAID ? '"' : said.quote))
        said.escape = 0; /* that is, it is doubled, which counts anyway */
    struct dialect d = dialect_find((struct slice){f->text.ptr, f->text.len}, f->more, said);
    r->delimiter = d.delimiter;
    r->quote = d.quote;
    r->quote_found = d.quote == 0 && !w->no_quotes;
    r->escape = d.escape;
    r->blanks = d.blanks;
    r->sep_line = d.sep_line > 0;
    if (r->quote && r->quote == r->delimiter)
        return refuse_marks(f, r->quote, "they are quoted in", "--quote");
    if (r->escape && r->escape == r->delimiter)
        return refuse_marks(f, r->escape, "it is escaped with", "--escape");
    say_dialect(f, &d);
    return 0;
}

/* ---- header ---- */

struct slice *read_copy_fields(struct arena *a, const struct csvio_record *from)
{
    struct slice *fields;
    size_t size = from->nfields * sizeof(*fields);
    char *at;

    for (size_t i = 0; i < from->nfields; i++)
        size += from->fields[i].len + 1;
    fields =
        arena_alloc(a, size); /* one piece, for most fields are smaller than the gaps would be */
    at = (char *)(fields ? fields + from->nfields : NULL);
    for (size_t i = 0; fields && i < from->nfields; i++) {
        size_t len = from->fields[i].len;

        if (len > 0)
            memcpy(at, from->fields[i].ptr, len);
        at[len] = '\0';
        fields[i] = (struct slice){at, len};
        at += len + 1;
    }
    return fields;
}

static int on_first(void *context, const struct csvio_record *record)
{
    struct finding *f = context;
    struct header_record *to = &f->records[f->n];

    if (f->out->reading.sep_line && record->line == 1)
        return 0;
    if (f->n == HEADER_RECORDS_MAX)
        return -1; /* enough of them */
    to->line = record->line;
    to->n = record->nfields;
    to->faulty = record->fault != NULL;
    to->cells = read_copy_fields(&f->arena, record);
    if (!to->cells)
        return err_nomem(f->e);
    f->n++;
    return 0;
}

/* The first records, if only one that is cut off; what csvio complains of is for the pass over everything
 * to say. */
static int take_apart(struct finding *f)
{
    const struct reading *r = &f->out->reading;
    struct err ignored = ERR_INIT; /* behind the header it is for the pass over everything to say */
    struct csvio_reader *csv = csvio_reader_new(f->name, r->delimiter, r->quote, on_first, f, f->e);

    if (!csv)
        return -1;
    csvio_reader_allow(csv, r->escape, r->blanks);
    if (r->sheet > 0)
        csvio_reader_sheet(csv, f->taken->width);
    if (csvio_feed(csv, f->text.ptr, f->text.len, &ignored) == 0 && (!f->more || f->n == 0))
        err_ignore(csvio_finish(csv, &ignored));
    csvio_reader_free(csv);
    if (f->n == 0 && ignored.code) /* of the header itself */
        return err_set(f->e, ignored.code, "%s", ignored.text);
    return f->e->code ? -1 : 0;
}

/* Has each record a single cell, with c in it? */
static bool is_in_all(const struct finding *f, char c)
{
    size_t i = 0;

    while (i < f->n && f->records[i].n == 1 && f->records[i].cells[0].len > 0 &&
           memchr(f->records[i].cells[0].ptr, c, f->records[i].cells[0].len))
        i++;
    return i == f->n && f->n > 1;
}

/* Whole lines that stand in quotes, or have a delimiter that is not looked for, would be taken for ids. */
static int refuse_single_cells(const struct finding *f)
{
    static const char delimiters[] = ",;\t|^~\x01\x1f";
    const char *c = delimiters;
    char buf[2];

    while (*c && !is_in_all(f, *c))
        c++;
    if (!*c || f->w->delimiter || f->out->reading.sep_line)
        return 0;
    return err_set(
        f->e, EXIT_USAGE,
        "%s: has a single column, with a %s in each line: if that stands between columns, take "
        "off the quotes around whole lines, or say --delimiter; if not, say --delimiter comma",
        f->name, *c > ' ' || *c == '\t' ? reading_delimiter_name(*c, buf) : "separator");
}

static int refuse_header_line(const struct finding *f)
{
    return err_set(f->e, EXIT_INPUT,
                   "%s: --header-line %" PRIu64
                   ": no row begins on that line (or it is too far down): count lines as an editor "
                   "does",
                   f->name, f->w->header_line);
}

/* What was asked for must fit.  Without it, its filter would be gone: that is no way out. */
static int refuse_preset(const struct finding *f, const struct header_record *r)
{
    const struct preset *p = f->w->preset;
    const struct columns header = {.names = r->cells, .n = r->n, .line = (size_t)r->line};
    struct text why;
    int rc;

    text_init(&why);
    preset_say_misfit(p, &header, &why);
    rc = text_ok(&why)
             ? err_set(f->e, EXIT_INPUT,
                       "%s: has no header of preset %s: line %zu %s: say with --header-line "
                       "which line it is, or see with claimpipe presets %s which export is meant",
                       f->name, p->name, header.line, why.ptr, p->name)
             : err_nomem(f->e);
    text_release(&why);
    return rc;
}

/* What to do about a header that is nearly a preset's: each way ends well, and none loses its filter unsaid. */
static void put_ways(const struct preset *p, const struct columns *header, bool named,
                     struct text *out)
{
    if (preset_fits(p, header))
        text_puts(out, ": put such a line there if these are the right people");
    else
        text_printf(out, ": say --preset %s if it is one", p->name);
    if (p->needs_filter)
        text_puts(out, ", and with --where who counts");
    if (nearness_lacks_group(p, header))
        text_puts(out, ", and with --group which rows belong together");
    if (!named && nearness_lacks_people(p, header))
        text_puts(out, ", and with --email, --id, --username or --address whom the rows are about");
    text_puts(out, ", or --preset none if not");
    if (p->where)
        text_printf(out, " (then nothing tests %s: say with --where who counts)", p->where);
}

/* The preset can't be used on it, for it tests what is not there. */
static void put_test(const struct preset *p, const char *column, struct text *out)
{
    text_printf(out,
                ": without a column %s preset %s can't tell who counts%s%s: export the file again "
                "with it, or say --preset none, and with --where who counts",
                column, p->name, p->where ? ", which is " : "", p->where ? p->where : "");
}

/* Read as if it were of no platform, its filter would be gone without a word. */
static void put_near(const struct finding *f, const struct header_found *h, struct text *out)
{
    const struct preset *p = h->near;
    const struct header_record *r = &f->records[h->near_at];
    const struct columns header = {.names = r->cells, .n = r->n};
    struct text lacks;

    text_init(&lacks);
    text_printf(out, ": is nearly of preset %s (%s), but ", p->name, p->title);
    preset_say_misfit(p, &header, out);
    if (p->refuse)
        text_printf(out, ".  Such a file is refused: %s.  Say --preset none if it is none",
                    p->refuse);
    else if (nearness_lacks_test(p, &header, &lacks) && text_ok(&lacks))
        put_test(p, lacks.ptr, out);
    else
        put_ways(p, &header, f->w->named != NULL, out);
    text_release(&lacks);
}

static int refuse_near(const struct finding *f, const struct header_found *h)
{
    struct text t;
    int rc;

    text_init(&t);
    put_near(f, h, &t);
    rc = text_ok(&t) ? err_set(f->e, EXIT_INPUT, "%s:%" PRIu64 "%s", f->name,
                               f->records[h->near_at].line, t.ptr)
                     : err_nomem(f->e);
    text_release(&t);
    return rc;
}

/* Chosen by its header or by the user, but what it tests is not there. */
static int check_tested(const struct finding *f, const struct header_found *h)
{
    const struct preset *p = h->preset;
    const struct header_record *r = &f->records[h->at];
    const struct columns header = {.names = r->cells, .n = r->n};
    struct text lacks, t;
    int rc = 0;

    text_init(&lacks);
    text_init(&t);
    if (nearness_lacks_test(p, &header, &lacks) && text_ok(&lacks)) {
        put_test(p, lacks.ptr, &t);
        rc = err_set(f->e, EXIT_INPUT, "%s:%" PRIu64 "%s", f->name, r->line,
                     text_ok(&t) ? t.ptr : "");
    }
    if (!text_ok(&lacks) || !text_ok(&t))
        rc = err_nomem(f->e);
    text_release(&t);
    text_release(&lacks);
    return rc;
}

/* Words that others wrote, behind some of ours. */
static void put_foreign(struct text *out, const char *before, const char *words)
{
    text_puts(out, before);
    visible_puts(out, words);
}

/* Which rows its filter lets pass. */
static void put_counting(const struct preset *p, const struct columns *header, struct text *out)
{
    struct text where;

    if (!p->where)
        return;
    text_init(&where);
    preset_put_where(p, header, &where);
    put_foreign(out, ": only rows with ", where.ptr);
    text_puts(out, " count");
    out->failed = out->failed || !text_ok(&where);
    text_release(&where);
}

static void say_found(struct finding *f, const struct header_found *h)
{
    const struct columns header = {.names = f->records[h->at].cells, .n = f->records[h->at].n};
    const struct preset *p = f->out->preset;
    struct text *out = &f->out->notices;

    if (p) {
        put_foreign(out, "", f->name);
        put_foreign(out, ": read with preset ", p->name);
        put_foreign(out, " (", p->title);
        text_puts(out, ")");
        put_counting(p, &header, out);
        if (f->w->preset && !preset_fits(p, &header)) {
            text_puts(out, ", though it ");
            preset_say_misfit(p, &header, out);
        }
        if (!f->w->preset)
            text_puts(out, "; --preset none turns this off");
        text_puts(out, "\n");
    }
    if (h->at > 0 && !f->w->header_line) {
        put_foreign(out, "", f->name);
        text_printf(out, ": the header is on line %" PRIu64 ": what is above it is skipped\n",
                    f->out->reading.header_line);
    }
}

/* Is it the header of what a run without one has written: 1,2,…,n and the added columns? */
static bool is_of_headerless(const struct header_record *r)
{
    const struct columns header = {.names = r->cells, .n = r->n};
    size_t own = added_at(&header);
    char number[24];

    for (size_t i = 0; i < own; i++) {
        snprintf(number, sizeof(number), "%zu", i + 1);
        if (!slice_equal(r->cells[i], slice_of(number)))
            return false;
    }
    return own > 0 && own < r->n;
}

/* The first row of a file without a header, taken for one, would be lost. */
static int refuse_row(const struct finding *f, const struct header_record *r,
                      const struct header_doubt *d)
{
    bool whole = d->why == HEADER_LIKE_ROWS || d->why == HEADER_KEYED;
    struct slice value = whole ? (struct slice){"", 0} : r->cells[d->cell];
    const char *is = d->why == HEADER_AGAIN              ? "stands in a row beneath it, too"
                     : d->why == HEADER_VALUE            ? "is a number or a date"
                     : memchr(value.ptr, '@', value.len) ? "is an e-mail address"
                                                         : "is an address";
    char shown[VALUE_SHOWN];

    if (f->w->by_itself)
        return err_set(f->e, EXIT_INPUT,
                       "%s:%" PRIu64
                       ": may be a row, not a header: put a header above it, with the "
                       "names of the columns",
                       f->name, r->line);
    if (d->why == HEADER_KEYED)
        return err_set(f->e, EXIT_INPUT,
                       "%s:%" PRIu64
                       ": can be the header, for above it stand names and their values: "
                       "say --header-line %" PRIu64 ", or --header-line %" PRIu64 " if that is it",
                       f->name, f->records[d->cell].line, f->records[d->cell].line, r->line);
    if (d->why == HEADER_LIKE_ROWS)
        return err_set(f->e, EXIT_INPUT,
                       "%s:%" PRIu64 ": can be the header or the first row, for it looks like the "
                       "rows beneath it: say --header-line %" PRIu64 " or --no-header",
                       f->name, r->line, r->line);
    return err_set(f->e, EXIT_INPUT,
                   "%s:%" PRIu64 ": looks like a row, not a header (\"%s\" %s): say "
                   "--no-header, or put a header above it (--header-line %" PRIu64 " if it is one)",
                   f->name, r->line, visible_line(slice_trim(value), shown, sizeof(shown)), is,
                   r->line);
}

/* Who stands above the header would be lost. */
static int refuse_person(const struct finding *f, uint64_t line, uint64_t header)
{
    char say[VALUE_SHOWN] = "";

    if (!f->w->by_itself)
        snprintf(say, sizeof(say),
                 ", or say --header-line %" PRIu64 " (what stands above it is then skipped)",
                 header);
    return err_set(f->e, EXIT_INPUT,
                   "%s:%" PRIu64 ": looks like a row, but stands above the header on line %" PRIu64
                   ": take the header to the top%s",
                   f->name, line, header, say);
}

/* Could it be another record that was meant?  What can be two things is not guessed. */
static int check_header(const struct finding *f, const struct header_found *h,
                        const struct header_wishes *w)
{
    struct header_doubt doubt;
    size_t person = header_person_above(f->records, f->n, h->at, w);

    if (person < f->n)
        return refuse_person(f, f->records[person].line, f->records[h->at].line);
    if (h->above < f->n)
        return read_tables_say(f->name, f->w, f->records[h->above].line, f->records[h->at].line,
                               f->e);
    doubt = header_doubt(f->records, f->n, h->at, w);
    return doubt.why == HEADER_SURE ? 0 : refuse_row(f, &f->records[h->at], &doubt);
}

/* For messages about a column that is not there: the line on which its name stands, or what the first lines are
 * read as. */
static void say_about(struct finding *f, const struct header_found *h)
{
    struct text *t = &f->out->about;
    char shown[CELL_SHOWN];

    if (h->asked < f->n && h->asked != h->at && !f->w->by_itself) {
        text_printf(t,
                    "that name stands on line %" PRIu64 ": say --header-line %" PRIu64
                    " if it is the header",
                    f->records[h->asked].line, f->records[h->asked].line);
        return;
    }
    if (f->w->by_itself || header_is_plausible(&f->records[h->at]))
        return;
    text_puts(t, "the first lines are read as ");
    for (size_t i = 0; i < f->n && i < RECORDS_SHOWN; i++) {
        const struct header_record *r = &f->records[i];

        text_printf(t, "%s%" PRIu64 ":", i ? "; " : "", r->line);
        for (size_t c = 0; c < r->n && c < CELLS_SHOWN; c++)
            text_printf(t, "%s %s", c ? " |" : "",
                        visible_line(slice_trim(r->cells[c]), shown, sizeof(shown)));
        text_puts(t, r->n > CELLS_SHOWN ? " | …" : "");
    }
    text_puts(t, ": say --header-line N if another is the header, --no-header if none is");
}

/* May the preset that was found be used, or none? */
static int check_preset(const struct finding *f, const struct header_found *h)
{
    const struct preset *p = h->preset;

    if (h->other)
        return err_set(f->e, EXIT_INPUT,
                       "%s: could be of preset %s or %s: say which with --preset (none: neither)",
                       f->name, p->name, h->other->name);
    if (f->w->preset && p != f->w->preset)
        return refuse_preset(f, &f->records[h->at]);
    if (!p && h->near)
        return refuse_near(f, h);
    if (p && p->refuse)
        return err_set(f->e, EXIT_INPUT, "%s: is of %s: %s", f->name, p->title, p->refuse);
    return p ? check_tested(f, h) : 0;
}

/* A header that is said not to be there would be somebody. */
static int refuse_spotted(const struct finding *f)
{
    size_t at = header_spot(f->records, f->n);

    if (at == f->n)
        return 0;
    return err_set(f->e, EXIT_INPUT,
                   "%s:%" PRIu64
                   ": looks like the header, though --no-header says that there is none: "
                   "say --header-line %" PRIu64 ", or take that line out",
                   f->name, f->records[at].line, f->records[at].line);
}

static int find_header(struct finding *f)
{
    const struct read_wishes *w = f->w;
    struct header_wishes wishes = {.line = w->header_line,
                                   .named = w->named,
                                   .presets = w->presets,
                                   .n_presets = w->n_presets,
                                   .preset = w->preset};
    struct header_found found;

    f->out->reading.header_line = 0;
    if (w->no_header) {
        if (f->n > 0 && is_of_headerless(&f->records[0]))
            f->out->reading.header_line = f->records[0].line;
        return f->out->reading.header_line > 0 ? 0 : refuse_spotted(f);
    }
    if (f->n == 0)
        return err_set(f->e, EXIT_INPUT, "%s: has no header line, only empty lines", f->name);
    found = header_find(f->records, f->n, &wishes);
    if (found.at == f->n)
        return refuse_header_line(f);
    f->out->reading.header_line = f->records[found.at].line;
    f->out->preset = found.preset;
    if (check_preset(f, &found) != 0)
        return -1;
    if (!f->out->preset && !w->header_line) {
        if (check_header(f, &found, &wishes) != 0)
            return -1;
        say_about(f, &found);
    }
    say_found(f, &found);
    return 0;
}

/* ---- all of it ---- */

/* Of bytes that somebody else wrote. */
static int find_form(struct finding *f, const struct read_first *first)
{
    if (refuse_other_formats(f, first->bytes) != 0)
        return -1;
    find_encoding(f, first);
    if (f->w->as)
        return 0;
    return decode(f, first->bytes) == 0 ? find_dialect(f) : -1;
}

/* A sheet has the form that reading_init says, for we have written it. */
static int find_all(struct finding *f, const struct read_first *first)
{
    bool sheet = first->taken->sheet > 0;

    if (!sheet && find_form(f, first) != 0)
        return -1;
    if (f->w->as)
        return 0;
    if (sheet)
        text_append(&f->text, first->bytes.ptr, first->bytes.len);
    f->out->reading.member = first->taken->member;
    f->out->reading.sheet = first->taken->sheet;
    if (sheet)
        f->out->reading.sheet_mark =
            fnv_add(FNV_INIT, first->taken->title.ptr, first->taken->title.len);
    if (!text_ok(&f->text))
        return err_nomem(f->e);
    if (take_apart(f) != 0)
        return -1;
    if (refuse_single_cells(f) != 0)
        return -1;
    return find_header(f);
}

int read_find(const char *name, const struct read_first *first, const struct read_wishes *w,
              struct read_found *out, struct err *e)
{
    struct finding *f = mem_zero(1, sizeof(*f));
    int rc;

    if (!f)
        return err_nomem(e);
    reading_init(&out->reading);
    f->name = name;
    f->w = w;
    f->out = out;
    f->taken = first->taken;
    f->more = first->more;
    f->e = e;
    if (w->as)
        out->reading = *w->as;
    text_init(&f->text);
    arena_init(&f->arena);
    rc = find_all(f, first);
    if (rc == 0 && (!text_ok(&out->notices) || !text_ok(&out->about)))
        rc = err_nomem(e);
    arena_release(&f->arena);
    text_release(&f->text);
    free(f);
    return rc;
}
