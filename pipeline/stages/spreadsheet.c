/* spreadsheet: opened -> [a sheet is looked at, or written] -> closed. */
#include "spreadsheet_internal.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

struct spreadsheet *spreadsheet_open(int fd, const char *name, enum spreadsheet_kind kind,
                                     struct err *e)
{
    struct spreadsheet *w = mem_zero(1, sizeof(*w));
    int rc = -1;

    assert(kind == SPREADSHEET_XLSX || kind == SPREADSHEET_ODS);
    if (!w) {
        err_nomem(e);
        return NULL;
    }
    w->kind = kind;
    w->name = name;
    arena_init(&w->arena);
    if (spreadsheet_parts_list(&w->parts, fd, name, &w->arena, e) == 0)
        rc = kind == SPREADSHEET_XLSX ? spreadsheet_xlsx_open(w, e) : spreadsheet_ods_open(w, e);
    if (rc == 0)
        return w;
    spreadsheet_close(w);
    return NULL;
}

void spreadsheet_close(struct spreadsheet *w)
{
    if (!w)
        return;
    spreadsheet_parts_release(&w->parts);
    arena_release(&w->arena);
    free(w->sheets);
    free(w->formats);
    free(w);
}

size_t spreadsheet_count(const struct spreadsheet *w)
{
    return w->n_sheets;
}

struct spreadsheet_sheet spreadsheet_sheet(const struct spreadsheet *w, size_t at)
{
    assert(at < w->n_sheets);
    return w->sheets[at].sheet;
}

static int read_sheet(struct spreadsheet *w, size_t at, struct spreadsheet_out *o, struct err *e)
{
    return w->kind == SPREADSHEET_XLSX ? spreadsheet_xlsx_read(w, at, o, e)
                                       : spreadsheet_ods_read(w, at, o, e);
}

int spreadsheet_has_table(struct spreadsheet *w, size_t at, struct err *e)
{
    struct spreadsheet_out o;

    assert(at < w->n_sheets);
    if (w->kind == SPREADSHEET_ODS) /* all of it had to be read for its sheets */
        return w->sheets[at].is_table;
    spreadsheet_out_init(&o, NULL, w->name, w->sheets[at].sheet.name);
    int rc = read_sheet(w, at, &o, e);
    spreadsheet_out_release(&o);
    return rc < 0 ? -1 : spreadsheet_out_is_table(&o);
}

int spreadsheet_write(struct spreadsheet *w, size_t at, struct spool *to,
                      struct spreadsheet_facts *out, struct err *e)
{
    struct spreadsheet_out o;

    assert(at < w->n_sheets);
    spreadsheet_out_init(&o, to, w->name, w->sheets[at].sheet.name);
    int rc = read_sheet(w, at, &o, e);
    if (rc == 0)
        rc = spreadsheet_out_finish(&o, e);
    spreadsheet_out_release(&o);
    *out = o.facts;
    return rc;
}
