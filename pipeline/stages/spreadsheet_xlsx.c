/*
 * spreadsheet_xlsx: _rels/.rels -> the workbook -> its relations -> sheets, shared texts, styles.
 *
 * Relation types differ between Transitional and Strict (ECMA-376 Part 1) but for their last word.
 */
#include "spreadsheet_internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RELATIONS_MAX 65536u
#define FORMATS_MAX 262144u
#define VALUE_MAX 4096u /* bytes of an attribute that is kept */

struct relation {
    const char *id, *type; /* type: its last word */
    const char *part;
    bool external;
};
struct relations {
    struct spreadsheet_way way;
    struct arena *arena;
    const char *folder; /* of the part whose relations they are */
    const char *name;
    struct err *e;
    struct relation *all;
    size_t n, cap;
};

/* Room for one more of these, or -1. */
static int grow(void **all, size_t *cap, size_t n, size_t max, size_t size, const char *name,
                struct err *e)
{
    if (n == max)
        return err_set(e, EXIT_INPUT, "%s: has too many sheets, styles or relations", name);
    if (n < *cap)
        return 0;
    size_t more = *cap ? *cap * 2 : 32;
    void *larger = mem_resize(*all, more, size);
    if (!larger)
        return err_nomem(e);
    *all = larger;
    *cap = more;
    return 0;
}

static const char *keep(struct arena *a, const char *value)
{
    return value && strlen(value) <= VALUE_MAX ? arena_copy(a, value, strlen(value)) : NULL;
}

int spreadsheet_add_sheet(struct spreadsheet *w, const struct spreadsheet_source *sheet,
                          struct err *e)
{
    void *all = w->sheets;

    if (grow(&all, &w->cap_sheets, w->n_sheets, SPREADSHEET_SHEETS_MAX, sizeof(*w->sheets), w->name,
             e) != 0)
        return -1;
    w->sheets = all;
    w->sheets[w->n_sheets++] = *sheet;
    return 0;
}

/* ---- relations ---- */

enum relations_place { RELATIONSHIPS = 1, RELATIONSHIP };
static const struct spreadsheet_rule relations_rules[] = {
    {0, "Relationships", RELATIONSHIPS},
    {RELATIONSHIPS, "Relationship", RELATIONSHIP},
    {0, NULL, 0},
};

static int relations_start(void *context, const char *name, const char *const *attributes)
{
    struct relations *r = context;
    void *all = r->all;

    if (spreadsheet_enter(&r->way, name) != RELATIONSHIP)
        return 0;
    const char *id = xml_attribute(attributes, "Id"), *type = xml_attribute(attributes, "Type");
    const char *target = xml_attribute(attributes, "Target");
    const char *mode = xml_attribute(attributes, "TargetMode");
    if (!id || !type || !target)
        return 0;
    if (strlen(target) > VALUE_MAX)
        return err_set(r->e, EXIT_INPUT, "%s: has a relation that is too long", r->name);
    if (grow(&all, &r->cap, r->n, RELATIONS_MAX, sizeof(*r->all), r->name, r->e) != 0)
        return -1;
    r->all = all;
    const char *word = strrchr(type, '/');
    struct relation *to = &r->all[r->n++];
    *to = (struct relation){.id = keep(r->arena, id),
                            .type = keep(r->arena, word ? word + 1 : type),
                            .part = spreadsheet_parts_resolve(r->arena, r->folder, target),
                            .external = mode && strcmp(mode, "External") == 0};
    return to->id && to->type && to->part ? 0 : err_nomem(r->e);
}

static int relations_end(void *context, const char *name)
{
    struct relations *r = context;

    (void)name;
    spreadsheet_leave(&r->way);
    return 0;
}

/* The folder of a part, with its slash. */
static const char *folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return arena_copy(a, path, slash ? (size_t)(slash - path) + 1 : 0);
}

/* The relations of a part ("": of the package). */
static int read_relations(const struct spreadsheet_parts *p, const char *part, struct relations *r,
                          struct err *e)
{
    static const struct xml_events events = {relations_start, relations_end, NULL};
    char path[SPREADSHEET_PATH_MAX + 32];
    const char *folder = folder_of(p->arena, part);

    *r = (struct relations){.way = {.rules = relations_rules},
                            .arena = p->arena,
                            .folder = folder,
                            .name = p->name,
                            .e = e};
    if (!folder)
        return err_nomem(e);
    snprintf(path, sizeof(path), "%s_rels/%s.rels", folder, part + strlen(folder));
    return spreadsheet_xml_all(p, path, &events, r, e);
}

static const struct relation *find_type(const struct relations *r, const char *type)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->all[i].type, type) == 0 && !r->all[i].external)
            return &r->all[i];
    return NULL;
}

int spreadsheet_main_part(const struct spreadsheet_parts *p, const char **path, struct err *e)
{
    struct relations r;
    int rc = read_relations(p, "", &r, e);
    const struct relation *found = rc < 0 ? NULL : find_type(&r, "officeDocument");

    *path = found ? found->part : NULL;
    free(r.all);
    return rc;
}

/* ---- the workbook ---- */

enum book_place { BOOK = 1, BOOK_PR, SHEETS, SHEET };
static const struct spreadsheet_rule book_rules[] = {
    {0, "workbook", BOOK},
    {BOOK, "workbookPr", BOOK_PR},
    {BOOK, "sheets", SHEETS},
    {SHEETS, "sheet", SHEET},
    {0, NULL, 0},
};

struct book {
    struct spreadsheet *w;
    struct spreadsheet_way way;
    const struct relations *relations;
    struct text text;
    struct err *e;
};

static const struct relation *find_id(const struct relations *r, const char *id)
{
    for (size_t i = 0; id && i < r->n; i++)
        if (strcmp(r->all[i].id, id) == 0)
            return &r->all[i];
    return NULL;
}

/* Charts, dialogs and old macros have no cells. */
static int add_sheet(struct book *b, const char *const *attributes)
{
    const char *name = xml_attribute(attributes, "name");
    const char *state = xml_attribute(attributes, "state");
    const struct relation *r = find_id(b->relations, xml_prefixed(attributes, "id"));

    text_clear(&b->text);
    text_puts(&b->text, name ? name : "");
    spreadsheet_unescape(&b->text);
    if (!text_ok(&b->text))
        return err_nomem(b->e);
    if (!r || r->external)
        return err_set(b->e, EXIT_INPUT,
                       "%s: its sheet \"%.100s\" leads to no part of it: save it again", b->w->name,
                       b->text.ptr);
    if (strcmp(r->type, "worksheet") != 0)
        return 0;
    struct spreadsheet_source sheet = {
        .sheet = {.name = arena_copy(&b->w->arena, b->text.ptr, strlen(b->text.ptr)),
                  .hidden = state && strcmp(state, "visible") != 0},
        .part = r->part};
    return sheet.sheet.name ? spreadsheet_add_sheet(b->w, &sheet, b->e) : err_nomem(b->e);
}

static int book_start(void *context, const char *name, const char *const *attributes)
{
    struct book *b = context;

    switch (spreadsheet_enter(&b->way, name)) {
    case BOOK_PR:
        b->w->from_1904 = spreadsheet_is_true(xml_attribute(attributes, "date1904"));
        return 0;
    case SHEET:
        return add_sheet(b, attributes);
    default:
        return 0;
    }
}

static int book_end(void *context, const char *name)
{
    struct book *b = context;

    (void)name;
    spreadsheet_leave(&b->way);
    return 0;
}

/* ---- styles ---- */

enum styles_place { STYLES = 1, CODES, CODE, CELL_STYLES, CELL_STYLE };
static const struct spreadsheet_rule styles_rules[] = {
    {0, "styleSheet", STYLES},        {STYLES, "numFmts", CODES},      {CODES, "numFmt", CODE},
    {STYLES, "cellXfs", CELL_STYLES}, {CELL_STYLES, "xf", CELL_STYLE}, {0, NULL, 0},
};

struct code {
    unsigned id;
    struct numformat format;
};
struct styles {
    struct spreadsheet *w;
    struct spreadsheet_way way;
    struct code *codes;
    size_t n_codes, cap_codes;
    unsigned *ids; /* of the cells' styles */
    size_t n_ids, cap_ids;
    struct err *e;
};

static unsigned id_of(const char *value)
{
    unsigned id = 0;

    for (; value && *value >= '0' && *value <= '9' && id < 100000000; value++)
        id = id * 10 + (unsigned)(*value - '0');
    return id;
}

static int add_code(struct styles *s, const char *const *attributes)
{
    const char *code = xml_attribute(attributes, "formatCode");
    void *all = s->codes;

    if (!code)
        return 0;
    if (grow(&all, &s->cap_codes, s->n_codes, FORMATS_MAX, sizeof(*s->codes), s->w->name, s->e) !=
        0)
        return -1;
    s->codes = all;
    struct code *to = &s->codes[s->n_codes++];
    *to = (struct code){id_of(xml_attribute(attributes, "numFmtId")), numformat_of(slice_of(code))};
    if (to->format.code.len == 0)
        return 0;
    to->format.code.ptr = arena_copy(&s->w->arena, code, to->format.code.len);
    return to->format.code.ptr ? 0 : err_nomem(s->e);
}

static int add_style(struct styles *s, const char *const *attributes)
{
    void *all = s->ids;

    if (grow(&all, &s->cap_ids, s->n_ids, FORMATS_MAX, sizeof(*s->ids), s->w->name, s->e) != 0)
        return -1;
    s->ids = all;
    s->ids[s->n_ids++] = id_of(xml_attribute(attributes, "numFmtId"));
    return 0;
}

static int styles_start(void *context, const char *name, const char *const *attributes)
{
    struct styles *s = context;

    switch (spreadsheet_enter(&s->way, name)) {
    case CODE:
        return add_code(s, attributes);
    case CELL_STYLE:
        return add_style(s, attributes);
    default:
        return 0;
    }
}

static int styles_end(void *context, const char *name)
{
    struct styles *s = context;

    (void)name;
    spreadsheet_leave(&s->way);
    return 0;
}

static int compare_codes(const void *a, const void *b)
{
    unsigned one = ((const struct code *)a)->id, two = ((const struct code *)b)->id;

    return (one > two) - (one < two);
}

/* A code of the file's own counts also where its id is a built-in one. */
static int set_formats(struct styles *s)
{
    struct spreadsheet *w = s->w;

    w->formats = mem_zero(s->n_ids, sizeof(*w->formats));
    if (!w->formats)
        return err_nomem(s->e);
    w->n_formats = s->n_ids;
    if (s->n_codes > 1)
        qsort(s->codes, s->n_codes, sizeof(*s->codes), compare_codes);
    for (size_t i = 0; i < s->n_ids; i++) {
        struct code key = {.id = s->ids[i]};
        const struct code *found =
            s->n_codes == 0 ? NULL
                            : bsearch(&key, s->codes, s->n_codes, sizeof(*s->codes), compare_codes);
        w->formats[i] = found ? found->format : numformat_builtin(s->ids[i]);
    }
    return 0;
}

static int read_styles(struct spreadsheet *w, struct err *e)
{
    static const struct xml_events events = {styles_start, styles_end, NULL};
    struct styles s = {.w = w, .way = {.rules = styles_rules}, .e = e};
    int rc = spreadsheet_xml_all(&w->parts, w->styles, &events, &s, e);

    if (rc == 0)
        rc = set_formats(&s);
    free(s.codes);
    free(s.ids);
    return rc;
}

/* ---- opening ---- */

static int read_book(struct spreadsheet *w, const char *part, const struct relations *r,
                     struct err *e)
{
    static const struct xml_events events = {book_start, book_end, NULL};
    struct book b = {.w = w, .way = {.rules = book_rules}, .relations = r, .e = e};

    text_init(&b.text);
    int rc = spreadsheet_xml_all(&w->parts, part, &events, &b, e);
    text_release(&b.text);
    return rc;
}

int spreadsheet_xlsx_open(struct spreadsheet *w, struct err *e)
{
    struct relations r = {0};
    const struct relation *found = NULL;
    const char *part = NULL;

    if (spreadsheet_main_part(&w->parts, &part, e) < 0)
        return -1;
    if (!part)
        return err_set(e, EXIT_INPUT, "%s: names no workbook in its _rels/.rels: save it again",
                       w->name);
    int rc = read_relations(&w->parts, part, &r, e);
    if (rc == 0)
        rc = read_book(w, part, &r, e);
    if (rc == 0 && (found = find_type(&r, "sharedStrings")))
        w->strings = found->part;
    if (rc == 0 && (found = find_type(&r, "styles"))) {
        w->styles = found->part;
        rc = read_styles(w, e);
    }
    free(r.all);
    return rc == 0 ? 0 : -1;
}
