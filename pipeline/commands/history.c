/* history: each command opens the ledger, asks it, and writes what it says (report: history_report.c). */
#include "commands/history.h"

#include "adapters/csvio.h"
#include "adapters/outfile.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_care.h"
#include "ledger/ledger_copy.h"
#include "ledger/ledger_counts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CELL_MAX 4096
#define FLUSH_BYTES 65536
#define CODE_TARGET_LEN 13 /* seed: or list:, and 8 hex digits */

/* rc of the work, and the exit code that it comes to. */
static int exit_code(int rc, const struct err *e)
{
    return rc == 0 ? EXIT_DONE : (int)e->code;
}

/* ---- runs ---- */

enum column { RUN, STARTED, ENDED, EXIT, TARGET, ROWS, STATUS, INPUT, COLUMNS };

static const struct {
    const char *title;
    bool right;
} columns[COLUMNS] = {
    [RUN] = {"RUN", true},        [STARTED] = {"STARTED", false}, [ENDED] = {"ENDED", false},
    [EXIT] = {"EXIT", true},      [TARGET] = {"TARGET", false},   [ROWS] = {"ROWS", true},
    [STATUS] = {"STATUS", false}, [INPUT] = {"INPUT", false},
};

/* Cells row by row, each with its NUL. */
struct table {
    struct ledger *ledger;
    struct text cells;
    size_t widths[COLUMNS];
};

static size_t width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void put_cell(struct table *t, enum column column, const char *s)
{
    size_t at = t->cells.len, n;

    visible_puts(&t->cells, s);
    if (t->cells.failed)
        return;
    n = width(t->cells.ptr + at);
    if (t->widths[column] < n)
        t->widths[column] = n;
    text_append(&t->cells, "", 1);
}

static void put_number_cell(struct table *t, enum column column, int64_t n)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%lld", (long long)n);
    put_cell(t, column, digits);
}

static int put_counts(struct table *t, const struct ledger_past *run, struct err *e)
{
    uint64_t counts[STATUS_COUNT];
    struct text words;

    text_init(&words);
    if (ledger_counts_get(t->ledger, run, counts, e) != 0)
        return -1;
    for (int i = 0; i < STATUS_COUNT; i++)
        if (counts[i])
            text_printf(&words, "%s%llu %s", words.len ? ", " : "", (unsigned long long)counts[i],
                        status_name((enum status)i));
    put_cell(t, STATUS, run->pruned ? "pruned" : words.ptr);
    t->cells.failed = t->cells.failed || words.failed;
    text_release(&words);
    return 0;
}

/* `claim ID`; of a seed or list of codes so much as tells it from others. */
static void put_target(struct table *t, const struct ledger_past *run)
{
    bool coded = strncmp(run->target, "seed:", 5) == 0 || strncmp(run->target, "list:", 5) == 0;
    char text[CELL_MAX];

    snprintf(text, sizeof(text), "%s %.*s", run->action, coded ? CODE_TARGET_LEN : CELL_MAX,
             run->target);
    put_cell(t, TARGET, text);
}

static int put_run(void *context, const struct ledger_past *run, struct err *e)
{
    struct table *t = context;
    char when[CLOCK_RFC3339_MAX];

    put_number_cell(t, RUN, run->id);
    put_cell(t, STARTED, clock_rfc3339(run->started_ms, when));
    put_cell(t, ENDED, run->ended_ms ? clock_rfc3339(run->ended_ms, when) : "unfinished");
    if (run->ended_ms)
        put_number_cell(t, EXIT, run->exit_code);
    else
        put_cell(t, EXIT, "-");
    put_target(t, run);
    put_number_cell(t, ROWS, (int64_t)run->rows);
    if (put_counts(t, run, e) != 0)
        return -1;
    put_cell(t, INPUT, run->input);
    return 0;
}

static void align(const struct table *t, struct text *out)
{
    const char *cell = t->cells.ptr, *end = cell + t->cells.len;

    while (cell < end)
        for (int c = 0; c < COLUMNS; c++, cell += strlen(cell) + 1) {
            int blanks = (int)(t->widths[c] - width(cell));

            if (columns[c].right)
                text_printf(out, "%*s%s  ", blanks, "", cell);
            else if (c < COLUMNS - 1)
                text_printf(out, "%s%*s  ", cell, blanks, "");
            else
                text_printf(out, "%s\n", cell);
        }
}

int history_runs(const char *ledger, struct err *e)
{
    struct table t = {.ledger = ledger_open_look(ledger, e)};
    struct text out;
    int rc = -1;

    text_init(&t.cells);
    text_init(&out);
    for (int c = 0; c < COLUMNS; c++)
        put_cell(&t, (enum column)c, columns[c].title);
    if (!t.ledger || ledger_run_list(t.ledger, put_run, &t, e) != 0)
        goto done;
    if (!text_ok(&t.cells)) {
        err_nomem(e);
        goto done;
    }
    align(&t, &out);
    rc = outfile_print(&out, e);
done:
    text_release(&out);
    text_release(&t.cells);
    ledger_close(t.ledger);
    return exit_code(rc, e);
}

/* ---- ledger check ---- */

static int put_finding(void *context, const char *finding, struct err *e)
{
    struct text *out = context;

    visible_puts(out, finding);
    text_puts(out, "\n");
    return text_ok(out) ? 0 : err_nomem(e);
}

int history_check(const char *ledger, struct err *e)
{
    struct ledger *l = ledger_open_look(ledger, e);
    struct text out;
    int n = -1, rc = -1;

    text_init(&out);
    if (l)
        n = ledger_check(l, put_finding, &out, e);
    if (n == 0)
        text_puts(&out, "ok\n");
    if (out.len > 0) /* also what was found before the check itself failed */
        rc = outfile_print(&out, e);
    if (n > 0)
        err_set(e, EXIT_OUTPUT,
                "ledger %s: %d things are wrong with it: put a copy of it back, or report this "
                "with what is shown",
                ledger, n);
    text_release(&out);
    ledger_close(l);
    return exit_code(n == 0 ? rc : -1, e);
}

/* ---- ledger export ---- */

struct exporting {
    struct outfile *out;
    struct text line;
};

/* No cell begins a formula, as in the results. */
static void put_field(struct exporting *x, const char *s)
{
    if (x->line.len > 0 && x->line.ptr[x->line.len - 1] != '\n')
        text_puts(&x->line, ",");
    csvio_append_safe(&x->line, slice_of(s), ',', '"');
}

static void put_number(struct exporting *x, int64_t n)
{
    text_printf(&x->line, ",%lld", (long long)n);
}

static void put_time(struct exporting *x, int64_t ms)
{
    char when[CLOCK_RFC3339_MAX];

    text_printf(&x->line, ",%s", ms ? clock_rfc3339(ms, when) : "");
}

static int put_item(void *context, const struct ledger_exported *from, struct err *e)
{
    struct exporting *x = context;
    const struct ledger_item *item = &from->item;

    put_field(x, from->action);
    put_field(x, from->url);
    put_field(x, from->target);
    put_field(x, item->recipient);
    put_field(x, state_name(item->state));
    put_field(x, item->attempt);
    put_field(x, from->error);
    put_number(x, item->tries);
    put_number(x, from->http_status);
    put_time(x, item->intent_ms);
    put_time(x, item->changed_ms);
    put_number(x, item->run);
    put_number(x, (int64_t)item->line);
    text_puts(&x->line, ",");
    if (item->code >= 0)
        text_printf(&x->line, "%lld", (long long)item->code);
    text_puts(&x->line, "\n");
    return outfile_drain(x->out, &x->line, FLUSH_BYTES, e);
}

int history_export(const char *ledger, const char *output, struct err *e)
{
    static const char header[] = "action,url,target,recipient,state,attempt_id,error,tries,"
                                 "http_status,intent_at,changed_at,run,line,code_index\n";
    struct ledger *l = ledger_open_look(ledger, e);
    struct exporting x = {.out = NULL};
    int rc = -1;

    text_init(&x.line);
    if (l && output && ledger_is_file(ledger, output))
        err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", output);
    else if (l)
        x.out = outfile_open(output ? output : "-", e);
    if (!x.out)
        goto done;
    text_puts(&x.line, header);
    rc =
        ledger_export(l, put_item, &x, e) == 0 && outfile_drain(x.out, &x.line, 1, e) == 0 ? 0 : -1;
    if (outfile_close(x.out, rc == 0, e) != 0)
        rc = -1;
done:
    text_release(&x.line);
    ledger_close(l);
    return exit_code(rc, e);
}

/* ---- ledger prune ---- */

static int read_date(const char *s, int64_t *out_ms)
{
    char again[CLOCK_RFC3339_MAX];
    struct tm day = {0};
    const char *end = strptime(s, "%Y-%m-%d", &day);
    int64_t ms;

    if (!end || *end)
        return -1;
    ms = (int64_t)timegm(&day) * 1000;
    /* 2026-02-30 would be the second of March. */
    clock_rfc3339(ms, again);
    if (ms < 0 || strlen(s) != 10 || strncmp(again, s, 10) != 0)
        return -1;
    *out_ms = ms;
    return 0;
}

static void put_pruned(const char *before, const struct ledger_pruned *p, struct text *out)
{
    if (p->rows == 0 && p->items == 0) {
        text_printf(out, "nothing older than %s to remove\n", before);
        return;
    }
    text_printf(out, "removed what is older than %s: ", before);
    count_put(out, (uint64_t)p->rows, "row", "rows");
    text_puts(out, " of ");
    count_put(out, (uint64_t)p->runs, "run", "runs");
    text_puts(out, ", and the reasons of ");
    count_put(out, (uint64_t)p->items, "item", "items");
    text_puts(out, "; every key, state, recipient and attempt id is kept\n");
}

int history_prune(const char *ledger, const char *before, bool accept, struct err *e)
{
    struct ledger_pruned p = {0, 0, 0};
    struct ledger *l;
    struct text out;
    int64_t before_ms;
    int rc;

    if (read_date(before, &before_ms) != 0) {
        err_set(e, EXIT_USAGE, "--before %s: give a day, such as 2026-01-31", before);
        return (int)e->code;
    }
    l = accept ? ledger_open_accepted(ledger, false, e) : ledger_open_known(ledger, e);
    rc = l ? ledger_prune(l, before_ms, &p, e) : -1;
    ledger_close(l);
    if (rc != 0)
        return (int)e->code;
    text_init(&out);
    put_pruned(before, &p, &out);
    rc = outfile_print(&out, e);
    text_release(&out);
    return exit_code(rc, e);
}

/* ---- ledger backup, ledger restore ---- */

static int say_copied(const char *what, const char *path, const struct ledger_copied *c,
                      struct err *e)
{
    char when[CLOCK_RFC3339_MAX];
    struct text out;
    int rc;

    text_init(&out);
    text_printf(&out, "%s %s: ", what, path);
    count_put(&out, (uint64_t)c->runs, "run", "runs");
    text_puts(&out, ", ");
    count_put(&out, (uint64_t)c->items, "item", "items");
    if (c->last_ms)
        text_printf(&out, ", the last change %s", clock_rfc3339(c->last_ms, when));
    if (c->aside[0])
        text_printf(&out, "; what was there is kept as %s", c->aside);
    text_puts(&out, "\n");
    rc = outfile_print(&out, e);
    text_release(&out);
    return rc;
}

int history_backup(const char *ledger, const char *copy, bool replace, struct err *e)
{
    struct ledger_copied copied;
    struct ledger *l;
    int rc = -1;

    if (ledger_is_file(ledger, copy)) {
        err_set(e, EXIT_USAGE, "%s: is the ledger, or a file beside it: name another", copy);
        return (int)e->code;
    }
    l = ledger_open_look(ledger, e);
    if (l && ledger_backup(l, copy, replace, &copied, e) == 0)
        rc = say_copied("ledger copied to", copy, &copied, e);
    ledger_close(l);
    return exit_code(rc, e);
}

int history_restore(const char *ledger, const char *copy, bool accept, struct err *e)
{
    struct ledger_copied copied;
    int rc = ledger_restore(ledger, copy, accept, &copied, e);

    if (rc == 0)
        rc = say_copied("ledger restored from", copy, &copied, e);
    return exit_code(rc, e);
}
