/*
 * report_workbook: a results workbook: opened (the header is written) -> rows -> end (the summary, on a sheet of its own).
 *
 * All cells are texts, as they were read, but for tries and http_status.  So none needs the apostrophe that keeps a
 * cell of a CSV from being a formula, and no note speaks of one.
 */
#include "report_internal.h"

#include "adapters/csvio.h"
#include "adapters/fetch.h"
#include "adapters/xlsxout.h"
#include "base/mem.h"
#include "ledger/ledger_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_SHEET "results"
#define ROWS_MAX (XLSXOUT_ROWS_MAX - 1) /* under the header */
#define INPUT_WIDTH 24.0
#define NUMBER_MAX 16

_Static_assert(CSVIO_FIELDS_MAX + ADDED_COUNT + ADDED_STEPS_MAX * ADDED_STEP_COUNT + 1 <=
                   XLSXOUT_COLUMNS_MAX,
               "no row has more columns, also with what it has too many");

struct writing {
    const struct report_options *o;
    const struct chosen *columns;
    const struct input_facts *facts;
    struct ledger *ledger;
    struct outfile *file;
    struct xlsxout *to;
    uint64_t line;          /* of the record that is written */
    uint64_t cut, cut_line; /* as of struct report_summary */
};

/* ---- which results are workbooks, and can they be? ---- */

bool report_is_workbook(const char *path)
{
    return slice_ends(slice_of(path), ".xlsx");
}

int report_fits(const char *path, const struct input_facts *facts, struct err *e)
{
    uint64_t rows = facts->rows + facts->above;

    if (!path || !report_is_workbook(path) || rows <= ROWS_MAX)
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s: a workbook takes %u rows under its header, and %s has %" PRIu64
                   ": name a .csv with -o",
                   path, ROWS_MAX, facts->name, rows);
}

int report_can_begin(const char *path, struct err *e)
{
    return path && report_is_workbook(path) ? xlsxout_can_begin(path, e) : 0;
}

/* ---- cells ---- */

/* rc: what became of a cell. */
static int count_cut(struct writing *w, int rc)
{
    if (rc <= 0)
        return rc;
    if (w->cut++ == 0)
        w->cut_line = w->line;
    return 0;
}

static int put_text(struct writing *w, struct slice text, enum xlsxout_look look, struct err *e)
{
    return count_cut(w, xlsxout_text(w->to, text, look, e));
}

static int put_number(struct writing *w, uint64_t n, struct err *e)
{
    if (n)
        return xlsxout_number(w->to, n, e);
    xlsxout_empty(w->to);
    return 0;
}

static enum xlsxout_look look_of(enum status status)
{
    switch (status) {
    case STATUS_SUCCESS:
        return XLSXOUT_GREEN;
    case STATUS_FAILED:
    case STATUS_INVALID:
        return XLSXOUT_RED;
    case STATUS_PENDING:
    case STATUS_UNKNOWN:
        return XLSXOUT_ORANGE;
    case STATUS_DUPLICATE:
    case STATUS_SKIPPED:
    case STATUS_UNSENT:
    case STATUS_COUNT:
        break;
    }
    return XLSXOUT_GREY;
}

/* One of a whole row, or of a step. */
static int put_cell(struct writing *w, const struct report_row *row,
                    const struct report_added *added, enum added at, struct err *e)
{
    switch (at) {
    case ADDED_STATUS:
        return put_text(w, slice_of(added->texts[at]), look_of(added->status), e);
    case ADDED_LINK:
        return count_cut(w, xlsxout_link(w->to, slice_of(added->texts[at]), e));
    case ADDED_TRIES:
        return put_number(w, added->tries, e);
    case ADDED_HTTP_STATUS:
        return put_number(w, added->http_status, e);
    case ADDED_FINISHED:
        return put_text(w, slice_of(added->finished), XLSXOUT_PLAIN, e);
    case ADDED_RETRY:
        return put_text(w, slice_of(report_retry(w->o, row)), XLSXOUT_PLAIN, e);
    default:
        return put_text(w, slice_of(added->texts[at]), XLSXOUT_PLAIN, e);
    }
}

/* ---- rows ---- */

static double width_of(const struct chosen_column *c)
{
    static const double widths[ADDED_COUNT + 1] = {
        [ADDED_STATUS] = 12,  [ADDED_ERROR] = 40,       [ADDED_NOTE] = 40,
        [ADDED_ACTION] = 9,   [ADDED_TARGET] = 24,      [ADDED_RECIPIENT] = 44,
        [ADDED_ATTEMPT] = 28, [ADDED_CODE] = 40,        [ADDED_LINK] = 44,
        [ADDED_TRIES] = 8,    [ADDED_HTTP_STATUS] = 12, [ADDED_FINISHED] = 22,
        [ADDED_RETRY] = 8};

    return c->step == CHOSEN_INPUT ? INPUT_WIDTH : widths[c->at];
}

static int put_name(struct writing *w, size_t column, struct text *name, struct err *e)
{
    const struct chosen *c = w->columns;

    text_clear(name);
    chosen_name(c, column, name);
    if (!text_ok(name))
        return err_nomem(e);
    if (xlsxout_width(w->to, column, width_of(&c->list[column]), e) != 0)
        return -1;
    return put_text(w, (struct slice){name->ptr, name->len}, XLSXOUT_HEAD, e);
}

static int put_header(struct writing *w, struct err *e)
{
    const struct chosen *c = w->columns;
    struct text name;
    int rc = 0;

    w->line = c->header->line;
    text_init(&name);
    for (size_t i = 0; rc == 0 && i < c->n; i++)
        rc = put_name(w, i, &name, e);
    text_release(&name);
    return rc == 0 ? xlsxout_next_row(w->to, e) : -1;
}

static int put_row(void *context, const struct report_row *row, struct err *e)
{
    struct writing *w = context;
    const struct record *record = row->record;
    const struct chosen *c = w->columns;

    w->line = record->line;
    for (size_t i = 0; i < c->n; i++) {
        size_t step = c->list[i].step, at = c->list[i].at;
        struct slice own =
            step == CHOSEN_INPUT && at < record->nfields ? record->fields[at] : slice_of("");

        if ((step == CHOSEN_INPUT ? put_text(w, own, XLSXOUT_PLAIN, e)
                                  : put_cell(w, row, &row->added[step], (enum added)at, e)) != 0)
            return -1;
    }
    for (size_t i = c->header->n; c->all && i < record->nfields; i++)
        if (put_text(w, record->fields[i], XLSXOUT_PLAIN, e) != 0)
            return -1;
    return xlsxout_next_row(w->to, e);
}

/* ---- the summary ---- */

/* A line of it: what, how many or what it is, and on which line of the input it is first. */
static int put_line(struct writing *w, const char *what, enum xlsxout_look look, const char *is,
                    uint64_t n, uint64_t line, struct err *e)
{
    if (put_text(w, slice_of(what), look, e) != 0)
        return -1;
    if ((is ? put_text(w, slice_of(is), look == XLSXOUT_HEAD ? look : XLSXOUT_PLAIN, e)
            : xlsxout_number(w->to, n, e)) != 0)
        return -1;
    return put_number(w, line, e) == 0 ? xlsxout_next_row(w->to, e) : -1;
}

struct past {
    int64_t started_ms, ended_ms;
    char *input;
};

static int keep_past(void *context, const struct ledger_past *run, struct err *e)
{
    char *input = mem_copy(run->input, strlen(run->input));

    *(struct past *)context = (struct past){run->started_ms, run->ended_ms, input};
    return input ? 0 : err_nomem(e);
}

/* The same whoever writes the results, and no folder, whose name may be a person's. */
static int put_input(struct writing *w, const char *name, struct err *e)
{
    const char *slash = fetch_is_url(name) ? NULL : strrchr(name, '/');

    if (strcmp(name, "-") == 0)
        name = "stdin";
    return put_line(w, "input", XLSXOUT_PLAIN, slash ? slash + 1 : name, 0, 0, e);
}

static int put_time(struct writing *w, const char *what, int64_t ms, const char *none,
                    struct err *e)
{
    char text[CLOCK_RFC3339_MAX];

    if (ms)
        clock_rfc3339(ms, text);
    return put_line(w, what, XLSXOUT_PLAIN, ms ? text : none, 0, 0, e);
}

static int put_past(struct writing *w, const struct past *past, struct err *e)
{
    int64_t ended_ms = w->o->ended_ms ? w->o->ended_ms : past->ended_ms;

    return put_input(w, past->input ? past->input : w->facts->name, e) == 0 &&
                   put_line(w, "run", XLSXOUT_PLAIN, NULL, (uint64_t)w->o->run, 0, e) == 0 &&
                   put_time(w, "started", past->started_ms, "", e) == 0
               ? put_time(w, "ended", ended_ms, "not yet: this is what is known by now", e)
               : -1;
}

static int put_run(struct writing *w, struct err *e)
{
    struct past past = {0, 0, NULL};
    int rc;

    if (w->o->simulated)
        return put_input(w, w->facts->name, e) == 0
                   ? put_line(w, "a dry run", XLSXOUT_PLAIN,
                              "nothing was issued, and nothing of it is remembered", 0, 0, e)
                   : -1;
    rc = ledger_run_find(w->ledger, w->o->run, keep_past, &past, e) >= 0 ? put_past(w, &past, e)
                                                                         : -1;
    free(past.input);
    return rc;
}

/* Whether that is all, or why not. */
static int put_rest(struct writing *w, const struct report_summary *s, struct err *e)
{
    if (w->o->stopped && *w->o->stopped)
        return put_line(w, "stopped", XLSXOUT_ORANGE, w->o->stopped, 0, 0, e);
    if (s->rows[STATUS_PENDING] || s->rows[STATUS_UNKNOWN] || s->rows[STATUS_UNSENT])
        return put_line(w, "open", XLSXOUT_ORANGE,
                        "not all of it is done: run the same command again", 0, 0, e);
    return 0;
}

static int put_counts(struct writing *w, const struct report_summary *s, struct err *e)
{
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += s->rows[i];
    if (put_line(w, "status", XLSXOUT_HEAD, "rows", 0, 0, e) != 0)
        return -1;
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum status status = (enum status)i;

        if (s->rows[i] && put_line(w, report_status_name(status, s->simulated), look_of(status),
                                   NULL, s->rows[i], 0, e) != 0)
            return -1;
        if (status == STATUS_FAILED && s->kept &&
            put_line(w, "of them before, and not tried again", XLSXOUT_PLAIN, NULL, s->kept, 0,
                     e) != 0)
            return -1;
    }
    return put_line(w, "all", XLSXOUT_PLAIN, NULL, total, 0, e);
}

static int put_reasons(struct writing *w, const struct report_summary *s, struct err *e)
{
    struct text words;
    int rc = 0;

    if (s->reasons.n == 0)
        return 0;
    if (put_text(w, slice_of("reason"), XLSXOUT_HEAD, e) != 0 ||
        put_text(w, slice_of("rows"), XLSXOUT_HEAD, e) != 0 ||
        put_text(w, slice_of("first on line"), XLSXOUT_HEAD, e) != 0 ||
        xlsxout_next_row(w->to, e) != 0)
        return -1;
    text_init(&words);
    for (size_t i = 0; rc == 0 && i < s->reasons.n; i++) {
        const struct reason *r = &s->reasons.list[i];

        text_clear(&words);
        report_reason(s, r, &words);
        rc = text_ok(&words)
                 ? put_line(w, words.ptr, XLSXOUT_PLAIN, NULL, r->rows, r->first_line, e)
                 : err_nomem(e);
    }
    text_release(&words);
    if (rc == 0 && s->reasons.others)
        rc = put_line(w, "other reasons", XLSXOUT_PLAIN, NULL, s->reasons.others, 0, e);
    return rc;
}

static int put_summary(struct writing *w, const struct report_summary *s, struct err *e)
{
    char cut[sizeof(REPORT_CUT) + NUMBER_MAX];

    if (xlsxout_sheet(w->to, ADDED_SUMMARY_SHEET, e) != 0 || xlsxout_width(w->to, 0, 50, e) != 0 ||
        xlsxout_width(w->to, 1, 40, e) != 0 || xlsxout_width(w->to, 2, 14, e) != 0 ||
        put_run(w, e) != 0 || put_rest(w, s, e) != 0 || xlsxout_next_row(w->to, e) != 0 ||
        put_counts(w, s, e) != 0 || xlsxout_next_row(w->to, e) != 0 || put_reasons(w, s, e) != 0)
        return -1;
    if (s->cut == 0)
        return 0;
    snprintf(cut, sizeof(cut), REPORT_CUT, XLSXOUT_CELL_MAX);
    return xlsxout_next_row(w->to, e) == 0
               ? put_line(w, cut, XLSXOUT_PLAIN, NULL, s->cut, s->cut_line, e)
               : -1;
}

/* ---- the form ---- */

static int end(void *context, struct report_summary *s, struct err *e)
{
    struct writing *w = context;

    s->cut = w->cut;
    s->cut_line = w->cut_line;
    if (xlsxout_table(w->to, w->columns->n, e) != 0 || put_summary(w, s, e) != 0)
        return -1;
    return xlsxout_end(w->to, w->file, e);
}

static void close_workbook(void *context)
{
    struct writing *w = context;

    xlsxout_free(w->to);
    free(w);
}

int report_workbook(struct report_form *form, const struct report_options *o,
                    const struct chosen *columns, const struct input_facts *facts, struct ledger *l,
                    const struct report_file *file, struct err *e)
{
    struct writing *w;

    if (report_fits(file->path, facts, e) != 0)
        return -1;
    w = mem_zero(1, sizeof(*w));
    if (!w)
        return err_nomem(e);
    *w = (struct writing){
        .o = o, .columns = columns, .facts = facts, .ledger = l, .file = file->out};
    w->to = xlsxout_new(file->path, e);
    if (!w->to || xlsxout_sheet(w->to, TABLE_SHEET, e) != 0 || put_header(w, e) != 0) {
        close_workbook(w);
        return -1;
    }
    *form = (struct report_form){w, put_row, end, close_workbook};
    return 0;
}
