/*
 * spreadsheet_ods: content.xml is read once to learn which sheets there are, and again for one of them.
 *
 * Names of attributes have the prefixes that the root declares, which are most often the usual ones: two that differ in
 * nothing else stand side by side (office:value-type, calcext:value-type).  ISO/IEC 26300-1: 9.1 (tables), 19.384 ff
 * (values), 6.1 (white space and paragraphs).
 */
#include "spreadsheet_internal.h"

#include "base/mem.h"
#include "policy/numshown.h"

#include <stdlib.h>
#include <string.h>

#define PART "content.xml"
#define PREFIX_MAX 32u
#define HIDDEN_STYLES_MAX 10000u
#define NAME_MAX_BYTES 1024u
#define REPEAT_MAX INT64_C(1000000000)
#define HOURS_MAX INT64_C(1000000000)

enum place {
    CONTENT = 1,
    STYLES,
    STYLE,
    STYLE_OF_TABLE,
    BODY,
    SPREADSHEET,
    TABLE,
    GROUP, /* of rows, also those of the header */
    ROW,
    CELL,
    COVERED,
    PARAGRAPH,
    INNER, /* within a paragraph */
    BLANKS,
    TAB,
    LINE
};

#define WITHIN_TEXT(in)                                                                            \
    {in, "s", BLANKS}, {in, "tab", TAB}, {in, "line-break", LINE},                                 \
        {in, "annotation", SPREADSHEET_ELSEWHERE}, {in, "ruby-text", SPREADSHEET_ELSEWHERE},       \
        {in, "note", SPREADSHEET_ELSEWHERE}, {in, "frame", SPREADSHEET_ELSEWHERE},                 \
        {in, "custom-shape", SPREADSHEET_ELSEWHERE},                                               \
        {in, "tracked-changes", SPREADSHEET_ELSEWHERE}, {in, "script", SPREADSHEET_ELSEWHERE},     \
    {                                                                                              \
        in, NULL, INNER                                                                            \
    }

static const struct spreadsheet_rule rules[] = {
    {ROW, "table-cell", CELL},
    {ROW, "covered-table-cell", COVERED},
    {CELL, "p", PARAGRAPH},
    {TABLE, "table-row", ROW},
    {GROUP, "table-row", ROW},
    WITHIN_TEXT(PARAGRAPH),
    WITHIN_TEXT(INNER),
    {TABLE, "table-header-rows", GROUP},
    {TABLE, "table-rows", GROUP},
    {TABLE, "table-row-group", GROUP},
    {GROUP, "table-header-rows", GROUP},
    {GROUP, "table-rows", GROUP},
    {GROUP, "table-row-group", GROUP},
    {SPREADSHEET, "table", TABLE},
    {BODY, "spreadsheet", SPREADSHEET},
    {CONTENT, "body", BODY},
    {CONTENT, "automatic-styles", STYLES},
    {STYLES, "style", STYLE},
    {STYLE, "table-properties", STYLE_OF_TABLE},
    {0, "document-content", CONTENT},
    {0, NULL, 0},
};

enum space { OFFICE, TABLES, TEXTS, STYLE_NAMES, CALCEXT, SPACES };
static const struct {
    const char *usual, *uri;
} spaces[SPACES] = {
    {"office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"},
    {"table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"},
    {"text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"},
    {"style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"},
    {"calcext", "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"},
};

enum type { NONE, FLOAT, CURRENCY, PERCENTAGE, DATE, TIME, BOOLEAN, STRING };

struct cell {
    enum type type;
    bool has_type, has_value, has_formula, is_error, covered;
    uint64_t repeated;
    struct text value; /* as the attributes say it */
    struct text shown; /* as the paragraphs show it */
    size_t paragraphs;
    bool
        blank; /* white space before the next letter counts as none: the paragraph begins, or had some */
};

struct content {
    struct spreadsheet *w;
    struct spreadsheet_way way;
    struct err *e;
    char prefixes[SPACES][PREFIX_MAX];
    const char **hidden_styles;
    size_t n_hidden, cap_hidden;
    const char *style;    /* the one at hand, of a table */
    bool lists;           /* the sheets are to be learnt; else one is read */
    size_t wanted, table; /* which one; the one at hand, from 0 */
    bool enough;          /* of the table at hand nothing more is wanted */
    bool done;
    unsigned hidden_group; /* the depth of the group that hides its rows; 0: none */
    uint64_t row, rows;    /* the row at hand from 1; how often it is there */
    uint64_t column;
    struct cell cell;
    struct spreadsheet_out *o; /* of the table at hand */
};

/* ---- attributes ---- */

/* The name without its prefix, if that is the space's. */
static const char *in_space(const struct content *c, enum space space, const char *name)
{
    size_t len = strlen(c->prefixes[space]);

    return strncmp(name, c->prefixes[space], len) == 0 && name[len] == ':' ? name + len + 1 : NULL;
}

static const char *find(const struct content *c, enum space space, const char *const *attributes,
                        const char *local)
{
    for (; *attributes; attributes += 2) {
        const char *name = in_space(c, space, attributes[0]);
        if (name && strcmp(name, local) == 0)
            return attributes[1];
    }
    return NULL;
}

static void learn_prefixes(struct content *c, const char *const *attributes)
{
    for (size_t i = 0; i < SPACES; i++)
        memcpy(c->prefixes[i], spaces[i].usual, strlen(spaces[i].usual) + 1);
    for (; *attributes; attributes += 2) {
        const char *prefix = attributes[0] + strlen("xmlns:");
        if (strncmp(attributes[0], "xmlns:", 6) != 0 || strlen(prefix) >= PREFIX_MAX)
            continue;
        for (size_t i = 0; i < SPACES; i++)
            if (strcmp(attributes[1], spaces[i].uri) == 0)
                memcpy(c->prefixes[i], prefix, strlen(prefix) + 1);
    }
}

/* How often something is there; once, if that is not said. */
static uint64_t times_of(const char *value)
{
    int64_t n = 0;

    for (; value && *value >= '0' && *value <= '9' && n < REPEAT_MAX; value++)
        n = n * 10 + (*value - '0');
    return n > 0 ? (uint64_t)n : 1;
}

/* ---- tables ---- */

static bool is_hidden_style(const struct content *c, const char *name)
{
    for (size_t i = 0; name && i < c->n_hidden; i++)
        if (strcmp(c->hidden_styles[i], name) == 0)
            return true;
    return false;
}

static int note_style(struct content *c, const char *const *attributes)
{
    const char *name = find(c, STYLE_NAMES, attributes, "name");

    c->style = NULL;
    if (!c->lists || !name || strlen(name) > NAME_MAX_BYTES)
        return 0;
    c->style = arena_copy(&c->w->arena, name, strlen(name));
    return c->style ? 0 : err_nomem(c->e);
}

static int note_hidden(struct content *c, const char *const *attributes)
{
    const char *display = find(c, TABLES, attributes, "display");

    if (!c->style || !display || strcmp(display, "false") != 0 || c->n_hidden == HIDDEN_STYLES_MAX)
        return 0;
    if (c->n_hidden == c->cap_hidden) {
        size_t cap = c->cap_hidden ? c->cap_hidden * 2 : 16;
        void *all = mem_resize(c->hidden_styles, cap, sizeof(*c->hidden_styles));
        if (!all)
            return err_nomem(c->e);
        c->hidden_styles = all;
        c->cap_hidden = cap;
    }
    c->hidden_styles[c->n_hidden++] = c->style;
    return 0;
}

static int begin_table(struct content *c, const char *const *attributes)
{
    const char *name = find(c, TABLES, attributes, "name");
    struct spreadsheet_source sheet = {
        .sheet.hidden = is_hidden_style(c, find(c, TABLES, attributes, "style-name"))};

    c->row = 1;
    c->enough = !c->lists && c->table != c->wanted;
    if (!c->lists)
        return 0;
    name = name ? name : "";
    sheet.sheet.name = arena_copy(&c->w->arena, name, strlen(name));
    if (!sheet.sheet.name)
        return err_nomem(c->e);
    if (spreadsheet_add_sheet(c->w, &sheet, c->e) != 0)
        return -1;
    spreadsheet_out_init(c->o, NULL, c->w->name, sheet.sheet.name);
    return 0;
}

static int end_table(struct content *c)
{
    if (c->lists) {
        c->w->sheets[c->w->n_sheets - 1].is_table = spreadsheet_out_is_table(c->o);
        spreadsheet_out_release(c->o);
    }
    c->done = !c->lists && c->table == c->wanted;
    c->table++;
    return c->done ? XML_ENOUGH : 0;
}

/* ---- rows ---- */

static bool is_collapsed(const struct content *c, const char *const *attributes)
{
    const char *visibility = find(c, TABLES, attributes, "visibility");

    return visibility && strcmp(visibility, "visible") != 0;
}

static void begin_row(struct content *c, const char *const *attributes)
{
    c->rows = times_of(find(c, TABLES, attributes, "number-rows-repeated"));
    c->column = 0;
    spreadsheet_out_row(c->o, c->row, c->hidden_group != 0 || is_collapsed(c, attributes));
}

static int end_row(struct content *c)
{
    if (spreadsheet_out_end(c->o, c->rows, c->e) != 0)
        return -1;
    c->row += c->rows;
    c->enough = c->lists && spreadsheet_out_is_table(c->o);
    return 0;
}

/* ---- cells ---- */

static enum type type_of(const char *name)
{
    static const struct {
        const char *name;
        enum type type;
    } types[] = {
        {"string", STRING}, {"float", FLOAT}, {"currency", CURRENCY}, {"percentage", PERCENTAGE},
        {"date", DATE},     {"time", TIME},   {"boolean", BOOLEAN},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    return NONE;
}

static void note_value(struct cell *cell, const char *value)
{
    cell->has_value = true;
    text_clear(&cell->value);
    text_puts(&cell->value, value);
}

static void note_office(struct cell *cell, const char *name, const char *value)
{
    static const char *const values[] = {"value", "date-value", "time-value", "boolean-value",
                                         "string-value"};

    if (strcmp(name, "value-type") == 0) {
        cell->has_type = true;
        cell->type = type_of(value);
        return;
    }
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        if (strcmp(name, values[i]) == 0)
            note_value(cell, value);
}

static void begin_cell(struct content *c, const char *const *attributes, bool covered)
{
    struct cell *cell = &c->cell;

    *cell = (struct cell){
        .covered = covered, .repeated = 1, .value = cell->value, .shown = cell->shown};
    text_clear(&cell->value);
    text_clear(&cell->shown);
    for (; *attributes; attributes += 2) {
        const char *name = in_space(c, OFFICE, attributes[0]);
        if (name) {
            note_office(cell, name, attributes[1]);
        } else if ((name = in_space(c, TABLES, attributes[0]))) {
            if (strcmp(name, "number-columns-repeated") == 0)
                cell->repeated = times_of(attributes[1]);
            else if (strcmp(name, "formula") == 0)
                cell->has_formula = true;
        } else if ((name = in_space(c, CALCEXT, attributes[0]))) {
            if (strcmp(name, "value-type") == 0 && strcmp(attributes[1], "error") == 0)
                cell->is_error = true;
        }
    }
}

static struct slice shown_of(const struct cell *cell)
{
    return (struct slice){cell->shown.ptr, cell->shown.len};
}

static struct slice value_of(const struct cell *cell)
{
    return (struct slice){cell->value.ptr, cell->value.len};
}

/* An error was once written as a number, 0, whose text is #REF! or Err:502. */
static bool shows_error(const struct cell *cell)
{
    struct slice s = slice_trim(shown_of(cell));

    if (!cell->has_formula || s.len < 3)
        return false;
    if (s.ptr[0] == '#')
        return (unsigned char)s.ptr[1] >= 0x80 || (s.ptr[1] | 0x20) >= 'a';
    return strncmp(s.ptr, "Err:", 4) == 0;
}

/* What is shown, where that is an id's form or has lost digits: so the same sheet as CSV says it. */
static struct slice number_text(const struct cell *cell, char out[NUMFORMAT_TEXT_MAX])
{
    struct numformat f = {.kind = cell->type == PERCENTAGE ? NUMFORMAT_PERCENT : NUMFORMAT_NUMBER};
    struct slice shown = slice_trim(shown_of(cell));
    struct slice number = {out, spreadsheet_number(value_of(cell), f, false, out)};

    if (number.len == 0)
        return slice_trim(value_of(cell));
    if (cell->type != FLOAT)
        return number;
    if (numshown_has_exponent(shown, number)) {
        memcpy(out, shown.ptr, shown.len);
        number.len = shown.len;
        char *comma = memchr(out, ',', shown.len);
        if (comma)
            *comma = '.';
        return number;
    }
    return numshown_is_mask(shown, number) ? shown : number;
}

/* To the second; with a zone, or without a time, as it is. */
static struct slice date_text(const struct cell *cell, char out[NUMFORMAT_TEXT_MAX])
{
    struct slice v = slice_trim(value_of(cell));
    size_t len = numformat_datetime(v, out);

    return len > 0 ? (struct slice){out, len} : v;
}

/* Digits, and the letter behind them; -1: these are none. */
static int64_t take_count(const char **p, char letter)
{
    const char *at = *p;
    int64_t n = 0;

    if (*at < '0' || *at > '9')
        return -1;
    for (; *at >= '0' && *at <= '9' && n < HOURS_MAX; at++)
        n = n * 10 + (*at - '0');
    if (*at != letter)
        return -1;
    *p = at + 1;
    return n;
}

/* PT15H04M05.5S, rounded to the second; what is no such length is as it is. */
static struct slice time_text(const struct cell *cell, char out[NUMFORMAT_TEXT_MAX])
{
    const char *p = cell->value.ptr;
    int64_t hours = 0, minutes = 0, seconds = 0, n = 0;

    if (strncmp(p, "PT", 2) != 0)
        return value_of(cell);
    p += 2;
    hours = (n = take_count(&p, 'H')) >= 0 ? n : 0;
    minutes = (n = take_count(&p, 'M')) >= 0 ? n : 0;
    if ((n = take_count(&p, 'S')) >= 0) {
        seconds = n;
    } else if ((n = take_count(&p, '.')) >= 0) {
        seconds = n + (*p >= '5' && *p <= '9');
        if (take_count(&p, 'S') < 0) {
            p += strspn(p, "0123456789");
            p += *p == 'S';
        }
    }
    if (*p != '\0')
        return value_of(cell);
    seconds += hours * 3600 + minutes * 60;
    return (struct slice){out, numformat_duration(seconds, out)};
}

static struct slice boolean_text(const struct cell *cell)
{
    struct slice v = slice_trim(value_of(cell));

    if (slice_is(v, "true"))
        return slice_of("TRUE");
    return slice_is(v, "false") ? slice_of("FALSE") : v;
}

static struct slice cell_text(struct cell *cell, char text[NUMFORMAT_TEXT_MAX])
{
    if (cell->is_error || shows_error(cell) || !cell->has_value || cell->value.len == 0)
        return shown_of(cell);
    switch (cell->type) {
    case FLOAT:
    case CURRENCY:
    case PERCENTAGE:
        return number_text(cell, text);
    case DATE:
        return date_text(cell, text);
    case TIME:
        return time_text(cell, text);
    case BOOLEAN:
        return boolean_text(cell);
    case STRING:
        spreadsheet_plain_lines(&cell->value);
        return value_of(cell);
    case NONE:
        break;
    }
    return shown_of(cell);
}

static int end_cell(struct content *c)
{
    struct cell *cell = &c->cell;
    char number[NUMFORMAT_TEXT_MAX];
    struct slice text = {"", 0};

    if (!cell->covered)
        text = cell_text(cell, number);
    if (!text_ok(&cell->value) || !text_ok(&cell->shown))
        return err_nomem(c->e);
    if (cell->has_formula && !cell->has_value && text.len == 0 && cell->type != STRING)
        spreadsheet_out_valueless(c->o, c->column);
    for (uint64_t i = 0; text.len > 0 && i < cell->repeated; i++)
        if (spreadsheet_out_cell(c->o, c->column + i, text, c->e) != 0)
            return -1;
    c->column += cell->repeated;
    return 0;
}

/* ---- paragraphs ---- */

static int show(struct content *c, const char *bytes, size_t len)
{
    char ref[SPREADSHEET_REF_MAX];

    text_append(&c->cell.shown, bytes, len);
    if (c->cell.shown.len <= SPREADSHEET_CELL_MAX)
        return 0;
    return err_set(
        c->e, EXIT_INPUT, "%s: sheet \"%.100s\": cell %s holds more than %zu bytes: shorten it",
        c->w->name, c->o->sheet, spreadsheet_ref(c->row, c->column, ref), SPREADSHEET_CELL_MAX);
}

static int begin_paragraph(struct content *c)
{
    c->cell.blank = true;
    return c->cell.paragraphs++ > 0 ? show(c, "\n", 1) : 0;
}

static int put_blanks(struct content *c, const char *const *attributes)
{
    uint64_t n = times_of(find(c, TEXTS, attributes, "c"));

    c->cell.blank = false;
    for (; n > 0; n--)
        if (show(c, " ", 1) != 0)
            return -1;
    return 0;
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* White space is one blank, and none where a paragraph begins. */
static int put_text(struct content *c, const char *bytes, size_t len)
{
    for (size_t at = 0, from = 0; at < len; from = at) {
        if (is_white(bytes[at])) {
            at++;
            if (!c->cell.blank && show(c, " ", 1) != 0)
                return -1;
            c->cell.blank = true;
            continue;
        }
        while (at < len && !is_white(bytes[at]))
            at++;
        c->cell.blank = false;
        if (show(c, bytes + from, at - from) != 0)
            return -1;
    }
    return 0;
}

/* ---- its XML ---- */

static int start_root(struct content *c, const char *name, const char *const *attributes)
{
    if (spreadsheet_at(&c->way) != CONTENT)
        return err_set(c->e, EXIT_INPUT, "%s: its part " PART " is a <%.50s>: save it again",
                       c->w->name, name);
    learn_prefixes(c, attributes);
    return 0;
}

/* Of what holds no text. */
static int start_outer(struct content *c, unsigned char place, const char *const *attributes)
{
    const char *display = NULL;

    switch (place) {
    case STYLE:
        return note_style(c, attributes);
    case STYLE_OF_TABLE:
        return note_hidden(c, attributes);
    case TABLE:
        return begin_table(c, attributes);
    case GROUP:
        display = find(c, TABLES, attributes, "display");
        if (c->hidden_group == 0 && display && strcmp(display, "false") == 0)
            c->hidden_group = c->way.depth;
        return 0;
    default:
        return 0;
    }
}

static int on_start(void *context, const char *name, const char *const *attributes)
{
    struct content *c = context;
    unsigned char place = spreadsheet_enter(&c->way, name);

    if (c->way.depth == 1)
        return start_root(c, name, attributes);
    if (place < ROW)
        return start_outer(c, place, attributes);
    if (c->enough || place == SPREADSHEET_ELSEWHERE)
        return 0;
    switch (place) {
    case ROW:
        begin_row(c, attributes);
        return 0;
    case CELL:
    case COVERED:
        begin_cell(c, attributes, place == COVERED);
        return 0;
    case PARAGRAPH:
        return begin_paragraph(c);
    case BLANKS:
        return put_blanks(c, attributes);
    case TAB:
    case LINE:
        c->cell.blank = false;
        return show(c, place == TAB ? "\t" : "\n", 1);
    default:
        return 0;
    }
}

static int on_end(void *context, const char *name)
{
    struct content *c = context;
    unsigned depth = c->way.depth;

    (void)name;
    switch (spreadsheet_leave(&c->way)) {
    case TABLE:
        return end_table(c);
    case GROUP:
        if (c->hidden_group == depth)
            c->hidden_group = 0;
        return 0;
    case CELL:
    case COVERED:
        return c->enough ? 0 : end_cell(c);
    case ROW:
        return c->enough ? 0 : end_row(c);
    default:
        return 0;
    }
}

static int on_text(void *context, const char *bytes, size_t len)
{
    struct content *c = context;
    unsigned char at = spreadsheet_at(&c->way);

    return (at == PARAGRAPH || at == INNER) && !c->enough ? put_text(c, bytes, len) : 0;
}

static int read_content(struct content *c, struct err *e)
{
    static const struct xml_events events = {on_start, on_end, on_text};

    c->way.rules = rules;
    c->e = e;
    text_init(&c->cell.value);
    text_init(&c->cell.shown);
    int rc = spreadsheet_xml_all(&c->w->parts, PART, &events, c, e);
    text_release(&c->cell.value);
    text_release(&c->cell.shown);
    free(c->hidden_styles);
    return rc;
}

int spreadsheet_ods_open(struct spreadsheet *w, struct err *e)
{
    struct spreadsheet_out o = {.to = NULL};
    struct content c = {.w = w, .lists = true, .o = &o};

    spreadsheet_out_init(&o, NULL, w->name, "");
    int rc = read_content(&c, e);
    spreadsheet_out_release(&o);
    return rc;
}

int spreadsheet_ods_read(struct spreadsheet *w, size_t at, struct spreadsheet_out *o, struct err *e)
{
    struct content c = {.w = w, .wanted = at, .o = o};
    int rc = read_content(&c, e);

    if (rc == 0 && !c.done)
        return err_set(e, EXIT_INPUT, "%s: sheet \"%.100s\" is no longer in it", w->name, o->sheet);
    return rc < 0 ? -1 : 0;
}
