/* intake: a container is listed, one of its files copied out; a workbook's sheets are looked at, one written as CSV. */
#include "intake_internal.h"

#include "adapters/members.h"
#include "adapters/spool.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/visible.h"
#include "policy/added.h"
#include "stages/spreadsheet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_SIZE 512 /* bytes by which a container is known */
#define COPY_SIZE 65536
#define NAMES_SHOWN 12 /* of files or sheets, in messages */
#define MEMBER_OPTION "--member"

void intake_found_init(struct intake_found *f)
{
    memset(f, 0, sizeof(*f));
    text_init(&f->title);
    text_init(&f->notices);
}

void intake_found_release(struct intake_found *f)
{
    text_release(&f->title);
    text_release(&f->notices);
}

/* ---- names in messages ---- */

/* `"People", "Orders" and 3 others`; called once for each. */
struct naming {
    struct text text;
    size_t n;
};

static void name_one(struct naming *names, const char *name)
{
    if (names->n++ >= NAMES_SHOWN)
        return;
    text_puts(&names->text, names->n > 1 ? ", \"" : "\"");
    visible_puts(&names->text, name);
    text_puts(&names->text, "\"");
}

static void name_others(struct naming *names)
{
    if (names->n > NAMES_SHOWN)
        text_printf(&names->text, " and %zu more", names->n - NAMES_SHOWN);
}

/* The names are freed. */
static int refuse_naming(struct naming *names, const char *what, const char *then, const char *name,
                         struct err *e)
{
    int rc;

    name_others(names);
    rc = text_ok(&names->text)
             ? err_set(e, EXIT_USAGE, "%s: %s (%s): %s", name, what, names->text.ptr, then)
             : err_nomem(e);
    text_release(&names->text);
    return rc;
}

/* ---- a file in a container ---- */

/* What may be meant, of all members. */
struct picking {
    const struct intake_wishes *w;
    struct arena arena;
    struct naming all;    /* files */
    struct naming tables; /* files whose names end as a table's do */
    struct naming called; /* files of the name that is wished for */
    size_t table, file;   /* the number of the last of them */
    size_t wished;        /* … that is called so, or has that whole path */
    size_t whole;         /* how many have that path */
    const char *path;     /* of the one that is taken */
    size_t taken;
    bool locked;
    struct err *e;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* What archivers and systems put beside the files that people mean. */
static bool is_clutter(const char *path)
{
    const char *base = base_name(path);

    return strncmp(path, "__MACOSX/", 9) == 0 || strstr(path, "/__MACOSX/") || *base == '.' ||
           strncmp(base, "~$", 2) == 0 || strcasecmp(base, "Thumbs.db") == 0 ||
           strcasecmp(base, "desktop.ini") == 0;
}

static bool is_table_name(const char *path)
{
    static const char *const endings[] = {".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".ods"};
    size_t i = 0;

    while (i < sizeof(endings) / sizeof(endings[0]) && !slice_ends(slice_of(path), endings[i]))
        i++;
    return i < sizeof(endings) / sizeof(endings[0]);
}

static int note_member(void *context, const struct member *m)
{
    struct picking *p = context;
    const struct intake_wishes *w = p->w;
    bool whole = w->member && strcmp(m->path, w->member) == 0;

    if (!m->is_file || (is_clutter(m->path) && !whole))
        return 0;
    name_one(&p->all, m->path);
    p->file = m->number;
    if (is_table_name(m->path)) {
        name_one(&p->tables, m->path);
        p->table = m->number;
    }
    if (w->member && strcmp(base_name(m->path), base_name(w->member)) == 0)
        name_one(&p->called, m->path);
    if (whole || (p->whole == 0 && w->member && strcmp(base_name(m->path), w->member) == 0))
        p->wished = m->number;
    p->whole += whole;
    return 0;
}

static int note_taken(void *context, const struct member *m)
{
    struct picking *p = context;

    if (m->number != p->taken)
        return 0;
    p->locked = m->locked;
    p->path = arena_copy(&p->arena, m->path, strlen(m->path));
    return p->path ? 1 : err_nomem(p->e);
}

/* The number of the file of that name, or 0. */
static size_t pick_called(struct picking *p, const char *name, struct err *e)
{
    const char *wish = p->w->member;
    bool none = p->called.n == 0 || (p->whole == 0 && strchr(wish, '/'));

    if (p->whole == 1 || (p->whole == 0 && !none && p->called.n == 1))
        return p->wished;
    if (p->whole > 1) {
        err_set(e, EXIT_USAGE,
                "%s: " MEMBER_OPTION
                " %s: it stands in it %zu times, and which one counts can't be "
                "known: unpack it, and name the file",
                name, wish, p->whole);
        return 0;
    }
    name_others(&p->called);
    name_others(&p->all);
    err_set(e, EXIT_USAGE,
            none ? "%s: " MEMBER_OPTION " %s: there is no such file in it (%s)"
                 : "%s: " MEMBER_OPTION
                   " %s: several files are called so: give its whole path (%s)",
            name, wish, none ? p->all.text.ptr : p->called.text.ptr);
    return 0;
}

/* The number of the file that is meant, or 0. */
static size_t pick_member(struct picking *p, const char *name, struct err *e)
{
    struct naming *meant = p->tables.n > 0 ? &p->tables : &p->all;

    if (p->w->as_member > 0)
        return p->w->as_member;
    if (!text_ok(&p->all.text) || !text_ok(&p->tables.text) || !text_ok(&p->called.text))
        err_nomem(e);
    else if (p->all.n == 0)
        err_set(e, EXIT_INPUT, "%s: holds no file", name);
    if (e->code != EXIT_DONE)
        return 0;
    if (p->w->member)
        return pick_called(p, name, e);
    if (meant->n == 1)
        return p->tables.n > 0 ? p->table : p->file;
    name_others(meant);
    err_set(e, EXIT_USAGE, "%s: holds several files (%s): say which with " MEMBER_OPTION, name,
            meant->text.ptr);
    return 0;
}

static int copy_member(int fd, const char *name, size_t number, struct spool *to, struct err *e)
{
    struct member_reader *r = member_open(fd, name, number, SPOOL_MAX, e);
    char *buf = mem_zero(1, COPY_SIZE);
    ssize_t n = -1;

    if (r && !buf)
        err_nomem(e);
    while (r && buf && (n = member_read(r, buf, COPY_SIZE, e)) > 0)
        if (spool_write(to, buf, (size_t)n, e) != 0) {
            n = -1;
            break;
        }
    free(buf);
    member_close(r);
    return n == 0 ? 0 : -1;
}

/* A new spool, named after the container and the file in it; or NULL. */
static struct spool *take_member(struct picking *p, struct spool *from, struct err *e)
{
    const char *name = spool_name(from);
    int fd = spool_fd(from);
    struct spool *to = NULL;
    struct text path;

    if (members_list(fd, name, note_taken, p, e) < 0)
        return NULL;
    if (!p->path) {
        err_set(e, EXIT_INPUT, "%s: has no file number %zu: is it another one?", name, p->taken);
        return NULL;
    }
    if (p->locked) {
        err_set(e, EXIT_INPUT, "%s: %s is protected with a password: unpack it, and name that",
                name, p->path);
        return NULL;
    }
    text_init(&path);
    text_printf(&path, "%s/%s", name, p->path);
    if (text_ok(&path))
        to = spool_new(path.ptr, e);
    else
        err_nomem(e);
    text_release(&path);
    if (to && copy_member(fd, name, p->taken, to, e) == 0)
        return to;
    spool_close(to);
    return NULL;
}

/* In the place of from, which is closed. */
static struct spool *open_member(struct spool *from, const struct intake_wishes *w,
                                 struct intake_found *out, struct err *e)
{
    struct picking p = {.w = w, .e = e};
    struct spool *to = NULL;

    arena_init(&p.arena);
    text_init(&p.all.text);
    text_init(&p.tables.text);
    text_init(&p.called.text);
    if (members_list(spool_fd(from), spool_name(from), note_member, &p, e) >= 0)
        p.taken = pick_member(&p, spool_name(from), e);
    if (p.taken > 0)
        to = take_member(&p, from, e);
    out->member = (uint32_t)p.taken;
    text_release(&p.called.text);
    text_release(&p.tables.text);
    text_release(&p.all.text);
    arena_release(&p.arena);
    spool_close(from);
    return to;
}

/* ---- a sheet of a workbook ---- */

static bool is_summary(const struct spreadsheet *b, size_t at)
{
    return strcmp(spreadsheet_sheet(b, at).name, ADDED_SUMMARY_SHEET) == 0;
}

/* A sheet may be called 2: its name comes first, as it stands, then in any case, as spreadsheets have it. */
static size_t find_sheet(const struct spreadsheet *b, const char *wish)
{
    size_t n = spreadsheet_count(b), at = 0;
    int64_t number = 0;

    while (at < n && strcmp(spreadsheet_sheet(b, at).name, wish) != 0)
        at++;
    for (size_t i = 0; at == n && i < n; i++)
        if (strcasecmp(spreadsheet_sheet(b, i).name, wish) == 0)
            at = i;
    if (at == n && number_int(wish, 1, (int64_t)n, &number) == 0)
        at = (size_t)number - 1;
    return at;
}

static int refuse_sheets(struct spreadsheet *b, const bool *which, const char *name,
                         const char *what, const char *option, struct err *e)
{
    struct naming names = {.n = 0};
    struct text then;
    int rc;

    text_init(&names.text);
    text_init(&then);
    for (size_t i = 0; i < spreadsheet_count(b); i++)
        if (!which || which[i])
            name_one(&names, spreadsheet_sheet(b, i).name);
    if (option)
        text_printf(&then, "say which with %s", option);
    else
        text_puts(&then, "save the one that is meant in a workbook of its own");
    rc = refuse_naming(&names, what, text_ok(&then) ? then.ptr : "", name, e);
    text_release(&then);
    return rc;
}

/* Which of the sheets that are shown (or hidden) have a table: how many, the last in *at; or -1.  Not all, if there are
 * more than can be named. */
static int64_t count_tables(struct spreadsheet *b, bool hidden, bool *which, size_t *at,
                            struct err *e)
{
    int64_t n = 0;

    for (size_t i = 0; i < spreadsheet_count(b) && n <= NAMES_SHOWN; i++) {
        int has;

        which[i] = false;
        if (spreadsheet_sheet(b, i).hidden != hidden || is_summary(b, i))
            continue;
        has = spreadsheet_has_table(b, i, e);
        if (has < 0)
            return -1;
        which[i] = has == 1;
        if (has)
            *at = i;
        n += has;
    }
    return n;
}

/* The sheets that are shown, but for a summary: how many, the last in *at. */
static size_t count_shown(const struct spreadsheet *b, size_t *at)
{
    size_t n = 0;

    for (size_t i = 0; i < spreadsheet_count(b); i++)
        if (!spreadsheet_sheet(b, i).hidden && !is_summary(b, i)) {
            *at = i;
            n++;
        }
    return n;
}

/* The one that is meant, where nobody says so: 0 or -1. */
static int guess_sheet(struct spreadsheet *b, const char *name, const char *option, size_t *at,
                       struct err *e)
{
    bool *which;
    int64_t n;
    int rc = -1;

    if (count_shown(b, at) == 1)
        return 0;
    which = mem_zero(spreadsheet_count(b) + 1, sizeof(*which));
    if (!which)
        return err_nomem(e);
    n = count_tables(b, false, which, at, e);
    if (n == 1)
        rc = 0;
    else if (n > 1)
        refuse_sheets(b, which, name, "has several sheets with a table", option, e);
    else if (n == 0 && count_tables(b, true, which, at, e) > 0)
        refuse_sheets(b, which, name, "only hidden sheets have a table", option, e);
    else if (n == 0)
        err_set(e, EXIT_INPUT, "%s: has no sheet with a table: it needs a header and rows", name);
    free(which);
    return rc;
}

static int choose_sheet(struct spreadsheet *b, const char *name, const struct intake_wishes *w,
                        size_t *at, struct err *e)
{
    size_t n = spreadsheet_count(b);

    if (n == 0)
        return err_set(e, EXIT_INPUT, "%s: has no sheet with cells", name);
    if (w->as_sheet > n)
        return err_set(e, EXIT_INPUT, "%s: has no sheet number %" PRIu32 ": is it another one?",
                       name, w->as_sheet);
    if (w->as_sheet > 0) {
        *at = w->as_sheet - 1;
        return 0;
    }
    if (!w->sheet)
        return guess_sheet(b, name, w->sheet_option, at, e);
    *at = find_sheet(b, w->sheet);
    return *at < n ? 0 : refuse_sheets(b, NULL, name, "has no such sheet", w->sheet_option, e);
}

/* What people can't see from outside, or would not expect. */
static void say_sheet(const struct spreadsheet *b, size_t at, const struct spreadsheet_facts *facts,
                      const char *name, struct text *out)
{
    size_t hidden = 0, n = spreadsheet_count(b);

    for (size_t i = 0; i < n; i++)
        hidden += i != at && spreadsheet_sheet(b, i).hidden;
    if (n > 1) {
        visible_puts(out, name);
        text_puts(out, ": sheet \"");
        visible_puts(out, spreadsheet_sheet(b, at).name);
        text_printf(out, "\" of %zu is read%s", n,
                    spreadsheet_sheet(b, at).hidden ? ", though it is hidden" : "");
        if (hidden > 0)
            text_printf(out, "; %zu other%s hidden", hidden, hidden == 1 ? " is" : "s are");
        text_puts(out, "\n");
    }
    if (facts->hidden_rows > 0) {
        visible_puts(out, name);
        text_printf(out,
                    ": %" PRIu64 " row%s hidden, and count%s as all others do: --where says who "
                    "counts\n",
                    facts->hidden_rows, facts->hidden_rows == 1 ? " is" : "s are",
                    facts->hidden_rows == 1 ? "s" : "");
    }
    if (facts->valueless > 0) {
        visible_puts(out, name);
        text_printf(out,
                    ": %" PRIu64 " formula%s no value saved with %s (the first in %s), and %s "
                    "empty: open it in a spreadsheet program and save it again\n",
                    facts->valueless, facts->valueless == 1 ? " has" : "s have",
                    facts->valueless == 1 ? "it" : "them", facts->first_valueless,
                    facts->valueless == 1 ? "is" : "are");
    }
}

static int write_sheet(struct spreadsheet *b, size_t at, struct spool *to, struct intake_found *out,
                       struct err *e)
{
    struct spreadsheet_facts facts;

    if (spreadsheet_write(b, at, to, &facts, e) != 0)
        return -1;
    out->sheet = (uint32_t)at + 1;
    out->width = facts.width;
    out->hidden_rows = facts.hidden_rows;
    out->valueless = facts.valueless;
    text_puts(&out->title, spreadsheet_sheet(b, at).name);
    say_sheet(b, at, &facts, spool_name(to), &out->notices);
    return text_ok(&out->title) && text_ok(&out->notices) ? 0 : err_nomem(e);
}

/* In the place of from, which is closed. */
static struct spool *open_sheet(struct spool *from, enum spreadsheet_kind kind,
                                const struct intake_wishes *w, struct intake_found *out,
                                struct err *e)
{
    const char *name = spool_name(from);
    struct spreadsheet *b = spreadsheet_open(spool_fd(from), name, kind, e);
    struct spool *to = NULL;
    size_t at = 0;

    if (b && choose_sheet(b, name, w, &at, e) == 0)
        to = spool_new(name, e);
    if (to && write_sheet(b, at, to, out, e) != 0) {
        spool_close(to);
        to = NULL;
    }
    spreadsheet_close(b);
    spool_close(from);
    return to;
}

/* ---- all of it ---- */

/* The first bytes; the spool is rewound.  -1, or how many. */
static ssize_t look(struct spool *s, char first[FIRST_SIZE], struct err *e)
{
    ssize_t have = 0, n;

    spool_rewind(s);
    do {
        n = spool_read(s, first + have, FIRST_SIZE - (size_t)have, e);
        have += n > 0 ? n : 0;
    } while (n > 0 && have < FIRST_SIZE);
    spool_rewind(s);
    return n < 0 ? -1 : have;
}

static int container_kind(struct spool *s, enum members_kind *out, struct err *e)
{
    char first[FIRST_SIZE];
    ssize_t n = look(s, first, e);

    if (n < 0)
        return -1;
    *out = members_kind((struct slice){first, (size_t)n});
    return 0;
}

static int refuse_said(const char *name, const char *option, const char *what, struct err *e)
{
    return err_set(e, EXIT_USAGE, "%s: is no %s: leave out %s", name, what, option);
}

int intake_is_packed(struct spool *s, struct err *e)
{
    enum spreadsheet_kind book = spreadsheet_kind(spool_fd(s), spool_name(s), e);
    enum members_kind kind = MEMBERS_NONE;

    if (book != SPREADSHEET_NONE)
        return book == SPREADSHEET_FAULT ? -1 : 1;
    return container_kind(s, &kind, e) == 0 ? kind != MEMBERS_NONE : -1;
}

struct spool *intake_open(const char *path, const struct intake_wishes *w, struct intake_found *out,
                          struct err *e)
{
    struct spool *s = intake_link_open(path, w, &out->notices, e);
    enum members_kind kind = MEMBERS_NONE;
    enum spreadsheet_kind book = SPREADSHEET_NONE;

    if (s)
        book = spreadsheet_kind(spool_fd(s), spool_name(s), e);
    if (s && book == SPREADSHEET_NONE && container_kind(s, &kind, e) != 0)
        goto fail;
    if (kind != MEMBERS_NONE) {
        s = open_member(s, w, out, e);
        book = s ? spreadsheet_kind(spool_fd(s), spool_name(s), e) : SPREADSHEET_NONE;
    } else if (s && book != SPREADSHEET_FAULT && w->member) {
        refuse_said(spool_name(s), MEMBER_OPTION, "ZIP or tar", e);
        goto fail;
    }
    if (!s || book == SPREADSHEET_FAULT)
        goto fail;
    if (book != SPREADSHEET_NONE)
        return open_sheet(s, book, w, out, e);
    if (!w->sheet)
        return s;
    refuse_said(spool_name(s), w->sheet_option ? w->sheet_option : "the sheet", "workbook", e);
fail:
    spool_close(s);
    return NULL;
}
