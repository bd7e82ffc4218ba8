/*
 * spreadsheet_sheet: rows and cells of a .xlsx, in their order, and what each cell says.
 *
 * A cell whose place, type, style or text can't be is an error, for whatever was made of it would be a guess.
 */
#include "spreadsheet_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum place { WORKSHEET = 1, DATA, ROW, CELL, VALUE, FORMULA, INLINE, RUN, TEXT };
static const struct spreadsheet_rule rules[] = {
    {ROW, "c", CELL},
    {CELL, "v", VALUE},
    {DATA, "row", ROW},
    {CELL, "f", FORMULA},
    {CELL, "is", INLINE},
    {INLINE, "t", TEXT},
    {INLINE, "r", RUN},
    {RUN, "t", TEXT},
    {WORKSHEET, "sheetData", DATA},
    {0, "worksheet", WORKSHEET},
    {0, NULL, 0},
};

enum type { NUMBER, SHARED, FORMULA_TEXT, INLINE_TEXT, BOOLEAN, ERROR, DATE };
static const struct {
    const char *name;
    enum type type;
} types[] = {
    {"s", SHARED},  {"n", NUMBER}, {"str", FORMULA_TEXT}, {"inlineStr", INLINE_TEXT},
    {"b", BOOLEAN}, {"e", ERROR},  {"d", DATE},
};

struct sheet {
    struct spreadsheet *w;
    struct spreadsheet_out *o;
    struct spreadsheet_way way;
    struct spreadsheet_strings *strings; /* NULL: it has none */
    struct err *e;
    uint64_t row;    /* at hand, or the last one */
    uint64_t column; /* the next one that may come, from 0 */
    /* the cell at hand */
    uint64_t at;
    enum type type;
    struct numformat format;
    bool has_value, has_formula, has_inline;
    struct text text;
};

/* ---- errors ---- */

__attribute__((format(printf, 2, 3))) static int fail(struct sheet *s, const char *fmt, ...)
{
    char why[256], ref[SPREADSHEET_REF_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    return err_set(s->e, EXIT_INPUT, "%s: sheet \"%.100s\": cell %s %s: save it again", s->o->name,
                   s->o->sheet, spreadsheet_ref(s->row, s->at, ref), why);
}

static int fail_row(struct sheet *s, const char *said)
{
    return err_set(s->e, EXIT_INPUT,
                   "%s: sheet \"%.100s\": a row behind row %" PRIu64 " has the number %.20s: save "
                   "it again",
                   s->o->name, s->o->sheet, s->row, said);
}

/* ---- where a cell stands ---- */

/* A whole number of at most max; -1: it is none. */
static int64_t whole(const char *p, int64_t max)
{
    int64_t n = 0;

    if (*p == '\0')
        return -1;
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return -1;
        n = n * 10 + (*p - '0');
        if (n > max)
            return -1;
    }
    return n;
}

/* B7 */
static int place_cell(struct sheet *s, const char *ref)
{
    uint64_t column = 0;
    const char *p = ref;

    s->at = s->column;
    for (; ref && ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') && column <= SPREADSHEET_COLUMNS_MAX;
         p++)
        column = column * 26 + (uint64_t)((*p | 0x20) - 'a') + 1;
    if (ref && (column == 0 || whole(p, SPREADSHEET_ROWS_MAX) != (int64_t)s->row))
        return fail(s, "is called %.20s, in row %" PRIu64, ref, s->row);
    if (ref)
        s->at = column - 1;
    if (s->at >= SPREADSHEET_COLUMNS_MAX)
        return err_set(s->e, EXIT_INPUT,
                       "%s: sheet \"%.100s\": row %" PRIu64 " has more than %u columns", s->o->name,
                       s->o->sheet, s->row, SPREADSHEET_COLUMNS_MAX);
    if (s->at < s->column)
        return fail(s, "comes behind one that is right of it, or twice");
    s->column = s->at + 1;
    return 0;
}

static int begin_row(struct sheet *s, const char *const *attributes)
{
    const char *r = xml_attribute(attributes, "r");
    int64_t row = r ? whole(r, SPREADSHEET_ROWS_MAX) : (int64_t)s->row + 1;

    if (r && row <= (int64_t)s->row)
        return fail_row(s, r);
    s->row = (uint64_t)row;
    s->column = 0;
    spreadsheet_out_row(s->o, s->row, spreadsheet_is_true(xml_attribute(attributes, "hidden")));
    return 0;
}

static int set_type(struct sheet *s, const char *name)
{
    s->type = NUMBER;
    if (!name)
        return 0;
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (strcmp(types[i].name, name) == 0) {
            s->type = types[i].type;
            return 0;
        }
    }
    return fail(s, "is of the type %.20s, which there is not", name);
}

static int set_format(struct sheet *s, const char *style)
{
    s->format = (struct numformat){.kind = NUMFORMAT_NUMBER};
    if (!style || !s->w->styles)
        return 0;
    int64_t n = whole(style, INT32_MAX);
    if (n < 0 || (uint64_t)n >= s->w->n_formats)
        return n == 0 ? 0 : fail(s, "has the style %.20s of %zu", style, s->w->n_formats);
    s->format = s->w->formats[n];
    return 0;
}

static int begin_cell(struct sheet *s, const char *const *attributes)
{
    const char *ref = NULL, *style = NULL, *type = NULL;

    for (; *attributes; attributes += 2) {
        const char *name = attributes[0];
        if (name[0] == '\0' || name[1] != '\0')
            continue;
        if (name[0] == 'r')
            ref = attributes[1];
        else if (name[0] == 's')
            style = attributes[1];
        else if (name[0] == 't')
            type = attributes[1];
    }
    s->has_value = s->has_formula = s->has_inline = false;
    text_clear(&s->text);
    return place_cell(s, ref) == 0 && set_type(s, type) == 0 ? set_format(s, style) : -1;
}

/* ---- what a cell says ---- */

static int put(struct sheet *s, struct slice cell)
{
    return spreadsheet_out_cell(s->o, s->at, cell, s->e);
}

static struct slice said(const struct sheet *s)
{
    return (struct slice){s->text.ptr, s->text.len};
}

static int put_number(struct sheet *s)
{
    char text[NUMFORMAT_TEXT_MAX];
    size_t len = spreadsheet_number(said(s), s->format, s->w->from_1904, text);

    /* NaN, which some write, is what it is */
    return put(s, len > 0 ? (struct slice){text, len} : slice_trim(said(s)));
}

static int put_shared(struct sheet *s)
{
    struct slice v = slice_trim(said(s)), text = {"", 0};
    uint64_t at = 0;
    bool is_number = v.len > 0 && v.len <= 15;

    if (v.len == 0)
        return 0;
    for (size_t i = 0; i < v.len && is_number; i++) {
        is_number = v.ptr[i] >= '0' && v.ptr[i] <= '9';
        at = at * 10 + (uint64_t)(v.ptr[i] - '0');
    }
    if (!s->strings)
        return fail(s, "is a shared text, and there are none");
    int found = is_number ? spreadsheet_strings_get(s->strings, at, &text, s->e) : 0;
    if (found < 0)
        return -1;
    return found ? put(s, text)
                 : fail(s, "is the shared text %.*s, which there is not",
                        v.len < 20 ? (int)v.len : 20, v.ptr);
}

static bool is_form(struct slice v, const char *form)
{
    size_t len = strlen(form);

    if (v.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (form[i] == '0' ? v.ptr[i] < '0' || v.ptr[i] > '9' : v.ptr[i] != form[i])
            return false;
    return true;
}

/* ISO 8601, to the second; of a style that shows only days, or only times, no more than that. */
static int put_date(struct sheet *s)
{
    static const char date[] = "0000-00-00", both[] = "0000-00-00T00:00:00";
    struct slice v = slice_trim(said(s));
    char text[NUMFORMAT_TEXT_MAX];

    if (!is_form(v, both))
        return put(s, v);
    if (s->format.kind == NUMFORMAT_DATE)
        return put(s, (struct slice){v.ptr, strlen(date)});
    size_t len = numformat_datetime(v, text);
    /* with a zone it is kept whole, and so is what is no date */
    struct slice rounded = len > 0 ? (struct slice){text, len} : v;
    if (s->format.kind == NUMFORMAT_TIME)
        return put(s, (struct slice){rounded.ptr + strlen(date) + 1, strlen("00:00:00")});
    return put(s, rounded);
}

static int put_boolean(struct sheet *s)
{
    struct slice v = slice_trim(said(s));

    if (slice_is(v, "1") || slice_is(v, "true"))
        return put(s, slice_of("TRUE"));
    return put(s, slice_is(v, "0") || slice_is(v, "false") ? slice_of("FALSE") : v);
}

static int put_text(struct sheet *s)
{
    spreadsheet_unescape(&s->text);
    return put(s, said(s));
}

static int end_cell(struct sheet *s)
{
    bool is_text = s->type == FORMULA_TEXT || s->type == INLINE_TEXT;

    if (!text_ok(&s->text))
        return err_nomem(s->e);
    if (s->has_formula && !s->has_inline && (!s->has_value || (!is_text && s->text.len == 0)))
        spreadsheet_out_valueless(s->o, s->at);
    if (s->text.len == 0)
        return 0;
    if (s->has_inline || is_text)
        return put_text(s);
    switch (s->type) {
    case SHARED:
        return put_shared(s);
    case BOOLEAN:
        return put_boolean(s);
    case DATE:
        return put_date(s);
    case ERROR:
        return put(s, slice_trim(said(s)));
    default:
        return put_number(s);
    }
}

/* ---- its XML ---- */

static int on_start(void *context, const char *name, const char *const *attributes)
{
    struct sheet *s = context;

    switch (spreadsheet_enter(&s->way, name)) {
    case ROW:
        return begin_row(s, attributes);
    case CELL:
        return begin_cell(s, attributes);
    case VALUE:
        if (s->has_value || s->has_inline)
            return fail(s, "has two values");
        s->has_value = true;
        return 0;
    case INLINE:
        if (s->has_value || s->has_inline)
            return fail(s, "has two values");
        s->has_inline = true;
        return 0;
    case FORMULA:
        s->has_formula = true;
        return 0;
    case SPREADSHEET_ELSEWHERE:
        return s->way.depth > 1
                   ? 0
                   : err_set(s->e, EXIT_INPUT, "%s: sheet \"%.100s\" is a <%.50s>: save it again",
                             s->o->name, s->o->sheet, name);
    default:
        return 0;
    }
}

static int on_end(void *context, const char *name)
{
    struct sheet *s = context;

    (void)name;
    switch (spreadsheet_leave(&s->way)) {
    case CELL:
        return end_cell(s);
    case ROW:
        if (spreadsheet_out_end(s->o, 1, s->e) != 0)
            return -1;
        return !s->o->to && spreadsheet_out_is_table(s->o) ? XML_ENOUGH : 0;
    default:
        return 0;
    }
}

static int on_text(void *context, const char *bytes, size_t len)
{
    struct sheet *s = context;
    unsigned char at = spreadsheet_at(&s->way);

    if (at != VALUE && at != TEXT)
        return 0;
    text_append(&s->text, bytes, len);
    return s->text.len <= 7 * SPREADSHEET_CELL_MAX
               ? 0
               : fail(s, "holds more than %zu bytes", SPREADSHEET_CELL_MAX);
}

int spreadsheet_xlsx_read(struct spreadsheet *w, size_t at, struct spreadsheet_out *o,
                          struct err *e)
{
    static const struct xml_events events = {on_start, on_end, on_text};
    struct sheet s = {.w = w, .o = o, .way = {.rules = rules}, .e = e};
    int rc = 0;

    text_init(&s.text);
    if (w->strings) {
        s.strings = spreadsheet_strings_open(&w->parts, w->strings, e);
        rc = s.strings ? 0 : -1;
    }
    if (rc == 0)
        rc = spreadsheet_xml_all(&w->parts, w->sheets[at].part, &events, &s, e);
    /* a text that was damaged can be told from others only at their end */
    if (rc == 0 && s.strings)
        rc = spreadsheet_strings_finish(s.strings, e);
    spreadsheet_strings_close(s.strings);
    text_release(&s.text);
    return rc;
}
