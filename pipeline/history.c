/* history: each command opens the ledger, asks it, and writes what it says. */
#include "history.h"

#include "actions/action.h"
#include "adapters/csvio.h"
#include "adapters/ledger.h"
#include "adapters/ledger_care.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "stages/read.h"
#include "stages/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define CELL_MAX 4096
#define FLUSH_BYTES 65536

static int put_out(const struct text *t, struct err *e)
{
    struct outfile *out;
    int rc;

    if (!text_ok(t))
        return err_nomem(e);
    out = outfile_open("-", e);
    if (!out)
        return -1;
    rc = outfile_write(out, t->ptr, t->len, e);
    return outfile_close(out, rc == 0, e) == 0 ? rc : -1;
}

/* rc of the work, and the exit code that it comes to. */
static int exit_code(int rc, const struct err *e)
{
    return rc == 0 ? EXIT_DONE : (int)e->code;
}

/* ---- runs ---- */

enum column { RUN, STARTED, ENDED, EXIT, CLAIM, ROWS, STATUS, INPUT, COLUMNS };

static const struct {
    const char *title;
    bool right;
} columns[COLUMNS] = {
    [RUN] = {"RUN", true},        [STARTED] = {"STARTED", false}, [ENDED] = {"ENDED", false},
    [EXIT] = {"EXIT", true},      [CLAIM] = {"CLAIM", false},     [ROWS] = {"ROWS", true},
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
    char line[CELL_MAX];
    size_t n;

    slice_line(slice_of(s), line, sizeof(line));
    n = width(line);
    if (t->widths[column] < n)
        t->widths[column] = n;
    text_append(&t->cells, line, strlen(line) + 1);
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
    if (ledger_run_count(t->ledger, run, counts, e) != 0)
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
    put_cell(t, CLAIM, run->target);
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
    struct table t = {.ledger = ledger_open_known(ledger, e)};
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
    rc = put_out(&out, e);
done:
    text_release(&out);
    text_release(&t.cells);
    ledger_close(t.ledger);
    return exit_code(rc, e);
}

/* ---- report ---- */

struct reporting {
    const struct history_report *o;
    struct ledger *ledger;
    struct ledger_past run; /* its texts are these: */
    char *action, *target, *from;
    struct input *input;
    struct outfile *out;
    struct text results, link;
    struct report_summary summary;
};

void history_results_name(const char *input, struct text *out)
{
    size_t len = strlen(input);

    if (strcmp(input, "-") == 0) {
        text_puts(out, "-");
        return;
    }
    if (len > 4 && strcasecmp(input + len - 4, ".csv") == 0)
        len -= 4;
    text_append(out, input, len);
    text_puts(out, ".results.csv");
}

static int keep_run(void *context, const struct ledger_past *run, struct err *e)
{
    struct reporting *r = context;

    r->run = *run;
    r->run.action = r->action = mem_copy(run->action, strlen(run->action));
    r->run.target = r->target = mem_copy(run->target, strlen(run->target));
    r->run.input = r->from = mem_copy(run->input, strlen(run->input));
    r->run.url = NULL;
    return r->action && r->target && r->from ? 0 : err_nomem(e);
}

static int find_run(struct reporting *r, struct err *e)
{
    const struct history_report *o = r->o;
    int64_t id = 0;
    int found;

    if (strcmp(o->run, "last") != 0 && number_int(o->run, 1, INT64_MAX, &id) != 0)
        return err_set(e, EXIT_USAGE,
                       "report %s: give the number of a run (see claimpipe runs), or last", o->run);
    found = ledger_run_find(r->ledger, id, keep_run, r, e);
    if (found < 0)
        return -1;
    if (!found)
        return id ? err_set(e, EXIT_USAGE, "ledger %s: has no run %lld: see claimpipe runs",
                            o->ledger, (long long)id)
                  : err_set(e, EXIT_USAGE, "ledger %s: has no run yet", o->ledger);
    if (r->run.pruned)
        return err_set(e, EXIT_USAGE,
                       "run %lld was pruned: what became of its rows is no longer in ledger %s",
                       (long long)r->run.id, o->ledger);
    return 0;
}

static int open_input(struct reporting *r, struct err *e)
{
    long long id = r->run.id;
    const char *path = r->o->input ? r->o->input : r->from;

    if (!r->o->input && strcmp(path, "-") == 0)
        return err_set(e, EXIT_USAGE,
                       "run %lld has read standard input: give a file with the same content: "
                       "claimpipe report %lld FILE",
                       id, id);
    r->input = read_open(path, e);
    if (!r->input)
        return -1;
    if (memcmp(read_facts(r->input)->hash, r->run.hash, sizeof(r->run.hash)) != 0)
        return err_set(e, EXIT_INPUT,
                       "%s: is not what run %lld has read (its content is another): give the file "
                       "as it was then: claimpipe report %lld FILE",
                       path, id, id);
    if (r->o->results)
        text_puts(&r->results, r->o->results);
    else
        history_results_name(path, &r->results);
    if (!text_ok(&r->results))
        return err_nomem(e);
    if (outfile_replaces(r->results.ptr, path))
        return err_set(e, EXIT_USAGE,
                       "%s: the results would replace the input: name another file with -o",
                       r->results.ptr);
    return 0;
}

static int write_results(struct reporting *r, struct err *e)
{
    struct report_options o = {.action = r->action, .target = r->target, .run = r->run.id};
    struct source source = read_source(r->input);
    const struct action *action = action_find(r->action);
    int rc;

    if (action)
        action->link(r->target, &r->link);
    if (!text_ok(&r->link))
        return err_nomem(e);
    o.link = r->link.ptr;
    if (ledger_is_file(r->o->ledger, r->results.ptr))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o",
                       r->results.ptr);
    r->out = outfile_open(r->results.ptr, e);
    if (!r->out)
        return -1;
    rc = report_write(&source, r->ledger, &o, r->out, &r->summary, e);
    return outfile_close(r->out, rc == 0, e) == 0 ? rc : -1;
}

static void say_summary(const struct reporting *r)
{
    struct log_field fields[STATUS_COUNT + 1];
    struct text words;
    struct log log;

    for (int i = 0; i < STATUS_COUNT; i++)
        fields[i] = (struct log_field){status_name((enum status)i), (int64_t)r->summary.rows[i]};
    fields[STATUS_COUNT] = (struct log_field){"run", r->run.id};
    text_init(&words);
    report_words(&r->summary, &words);
    text_printf(&words, "\nrun %lld", (long long)r->run.id);
    if (!r->run.ended_ms)
        text_puts(&words, " is unfinished: this is what is known by now");
    if (strcmp(r->results.ptr, "-") != 0)
        text_printf(&words, "; results in %s", r->results.ptr);
    log_init(&log, r->o->quiet, r->o->json_log);
    if (text_ok(&words))
        log_say(&log, LOG_INFO, "summary", words.ptr, fields, STATUS_COUNT + 1);
    text_release(&words);
}

int history_report(const struct history_report *o, struct err *e)
{
    struct reporting *r = mem_zero(1, sizeof(*r));
    int rc = -1;

    if (!r) {
        err_nomem(e);
        return (int)e->code;
    }
    r->o = o;
    text_init(&r->results);
    text_init(&r->link);
    r->ledger = ledger_open_known(o->ledger, e);
    if (!r->ledger || find_run(r, e) != 0 || open_input(r, e) != 0 || write_results(r, e) != 0)
        goto done;
    say_summary(r);
    rc = 0;
done:
    read_close(r->input);
    ledger_close(r->ledger);
    text_release(&r->link);
    text_release(&r->results);
    free(r->from);
    free(r->target);
    free(r->action);
    free(r);
    return exit_code(rc, e);
}

/* ---- ledger check ---- */

static int put_finding(void *context, const char *finding, struct err *e)
{
    struct text *out = context;

    text_puts(out, finding);
    text_puts(out, "\n");
    return text_ok(out) ? 0 : err_nomem(e);
}

int history_check(const char *ledger, struct err *e)
{
    struct ledger *l = ledger_open_known(ledger, e);
    struct text out;
    int n = -1, rc = -1;

    text_init(&out);
    if (l)
        n = ledger_check(l, put_finding, &out, e);
    if (n == 0)
        text_puts(&out, "ok\n");
    if (out.len > 0) /* also what was found before the check itself failed */
        rc = put_out(&out, e);
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
    csvio_append_safe(&x->line, slice_of(s), ',');
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

static int flush(struct exporting *x, size_t least, struct err *e)
{
    if (!text_ok(&x->line))
        return err_nomem(e);
    if (x->line.len < least)
        return 0;
    if (outfile_write(x->out, x->line.ptr, x->line.len, e) != 0)
        return -1;
    text_clear(&x->line);
    return 0;
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
    text_puts(&x->line, "\n");
    return flush(x, FLUSH_BYTES, e);
}

int history_export(const char *ledger, const char *output, struct err *e)
{
    static const char header[] = "action,url,target,recipient,state,attempt_id,error,tries,"
                                 "http_status,intent_at,changed_at,run,line\n";
    struct ledger *l = ledger_open_known(ledger, e);
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
    rc = ledger_export(l, put_item, &x, e) == 0 && flush(&x, 1, e) == 0 ? 0 : -1;
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

int history_prune(const char *ledger, const char *before, struct err *e)
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
    l = ledger_open_known(ledger, e);
    rc = l ? ledger_prune(l, before_ms, &p, e) : -1;
    ledger_close(l);
    if (rc != 0)
        return (int)e->code;
    text_init(&out);
    text_printf(&out,
                "removed from before %s: %lld rows of %lld runs, attempt ids and errors of %lld "
                "items; every key, state and recipient is kept\n",
                before, (long long)p.rows, (long long)p.runs, (long long)p.items);
    rc = put_out(&out, e);
    text_release(&out);
    return exit_code(rc, e);
}
