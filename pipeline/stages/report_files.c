/* report_files: each file is looked at alone, then beside those before it. */
#include "stages/report_files.h"

#include "adapters/outfile.h"
#include "adapters/spool.h"
#include "base/count.h"
#include "base/text.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "policy/added.h"
#include "policy/chosen.h"
#include "stages/page.h"
#include "stages/read.h"
#include "stages/spreadsheet.h"

#include <string.h>

static const char *option_of(enum report_rows rows)
{
    switch (rows) {
    case REPORT_ALL:
        return "-o";
    case REPORT_PERSON:
        return "--failed-to";
    case REPORT_FRESH:
        return "--new-to";
    case REPORT_PAGE:
        break;
    }
    return "--html";
}

/* ---- what may be replaced ---- */

/* Is it a workbook with the sheet that only those of results have?  Whatever its columns are. */
static bool has_summary(const char *path)
{
    struct err ignored = ERR_INIT;
    struct spool *file = spool_open(path, NULL, &ignored);
    enum spreadsheet_kind kind =
        file ? spreadsheet_kind(spool_fd(file), path, &ignored) : SPREADSHEET_NONE;
    struct spreadsheet *book =
        kind == SPREADSHEET_XLSX ? spreadsheet_open(spool_fd(file), path, kind, &ignored) : NULL;
    bool yes = false;

    for (size_t i = 0; book && !yes && i < spreadsheet_count(book); i++)
        yes = strcmp(spreadsheet_sheet(book, i).name, ADDED_SUMMARY_SHEET) == 0;
    spreadsheet_close(book);
    spool_close(file);
    return yes;
}

/* Has the file there a header of results, if it is read so? */
static bool has_header(const char *path, const struct reading *as, const struct chosen *chosen)
{
    const struct read_wishes w = {.header_only = true, .by_itself = true, .as = as};
    struct err ignored = ERR_INIT;
    struct input *in = read_open(path, &w, &ignored);
    bool yes = false;

    if (in) {
        const struct columns *header = &read_facts(in)->header;

        yes = added_at(header) < header->n || chosen_is(chosen, header);
        read_close(in);
    }
    return yes;
}

/* A dialect that is not found by itself is likely to be that of this run, too. */
static int refuse_foreign(const struct report_file *f, const struct report_files_wish *w,
                          const struct chosen *chosen, struct err *e)
{
    struct reading as = w->as;

    as.header_line = 1 + (as.sep_line ? 1 : 0);
    as.member = as.sheet = 0;
    if (w->force || !outfile_overwrites(f->path) || has_summary(f->path) ||
        has_header(f->path, NULL, chosen) || has_header(f->path, &as, chosen))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s: is there already, and is no results file%s: name another file with %s, or "
                   "say --force to replace it",
                   f->path, chosen->all ? "" : " with these columns", option_of(f->rows));
}

/* ---- one file ---- */

static int refuse_columns(const struct report_file *f, const struct report_files_wish *w,
                          struct err *e)
{
    struct chosen chosen;
    struct arena a;
    int rc;

    arena_init(&a);
    rc = chosen_make(w->columns, &w->facts->header, w->steps, f->rows == REPORT_PERSON, &a, &chosen,
                     e);
    if (rc == 0)
        rc = refuse_foreign(f, w, &chosen, e);
    arena_release(&a);
    return rc;
}

static int refuse(const struct report_file *f, const struct report_files_wish *w, struct err *e)
{
    const char *option = option_of(f->rows);

    if (outfile_replaces(f->path, w->input))
        return err_set(e, EXIT_USAGE,
                       "%s: the results would replace the input: name another file with %s",
                       f->path, option);
    if (ledger_is_file(w->ledger, f->path))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with %s", f->path,
                       option);
    if (f->rows == REPORT_PAGE)
        return outfile_refuse_other(f->path, PAGE_FIRST_LINE, option, w->force, e);
    return report_fits(f->path, w->facts, e) == 0 && report_can_begin(f->path, e) == 0
               ? refuse_columns(f, w, e)
               : -1;
}

static int refuse_same(const struct report_files *f, const struct report_file *next, struct err *e)
{
    for (size_t i = 0; i < f->n; i++)
        if (outfile_same(f->list[i].path, next->path))
            return err_set(e, EXIT_USAGE, "%s: is the file of %s, too: name another with %s",
                           next->path, option_of(f->list[i].rows), option_of(next->rows));
    return 0;
}

static int open_file(struct report_files *f, enum report_rows rows, const char *path,
                     const struct report_files_wish *w, struct err *e)
{
    struct report_file *file = &f->list[f->n];

    if (!path)
        return 0;
    *file = (struct report_file){.rows = rows, .path = path};
    if (refuse_same(f, file, e) != 0 || refuse(file, w, e) != 0)
        return -1;
    file->out = outfile_open(path, e);
    f->n += file->out != NULL;
    return file->out ? 0 : -1;
}

/* ---- all of them ---- */

int report_files_open(struct report_files *f, const struct report_files_wish *w, struct err *e)
{
    f->n = 0;
    return open_file(f, REPORT_ALL, w->results, w, e) == 0 &&
                   open_file(f, REPORT_PAGE, w->html, w, e) == 0 &&
                   open_file(f, REPORT_PERSON, w->failed_to, w, e) == 0
               ? open_file(f, REPORT_FRESH, w->new_to, w, e)
               : -1;
}

int report_files_close(struct report_files *f, bool keep, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (f->list[i].out && outfile_close(f->list[i].out, keep, e) != 0)
            rc = -1;
        f->list[i].out = NULL;
    }
    return rc;
}

void report_files_words(const struct report_files *f, const struct report_summary *s,
                        bool all_columns, struct text *out)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct report_file *file = &f->list[i];
        bool person = file->rows == REPORT_PERSON;
        uint64_t rows = 0;

        if (file->rows == REPORT_ALL || strcmp(file->path, "-") == 0)
            continue;
        if (file->rows == REPORT_PAGE) {
            text_puts(out, "; a page of it in ");
            visible_puts(out, file->path);
            continue;
        }
        for (int status = 0; status < STATUS_COUNT; status++)
            rows += report_has(file->rows, (enum status)status) ? s->rows[status] : 0;
        text_puts(out, "\n");
        count_put(out, rows, "row", "rows");
        text_printf(out, " %s in ",
                    person      ? rows == 1 ? "that needs a person is" : "that need a person are"
                    : rows == 1 ? "that this run has done is"
                                : "that this run has done are");
        visible_puts(out, file->path);
        if (person && all_columns && s->rows[STATUS_FAILED] > 0)
            text_puts(out,
                      ": give it as INPUT, with another -o, and its failed rows are tried again");
    }
}
