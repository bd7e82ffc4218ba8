/* history_runs: the command runs: a table of them, or one of them, whole; in words or as JSON. */
#include "adapters/jsonout.h"
#include "adapters/outfile.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/visible.h"
#include "commands/history.h"
#include "ledger/ledger.h"
#include "ledger/ledger_counts.h"
#include "ledger/ledger_undo.h"
#include "policy/runwords.h"
#include "settings/hint.h"
#include "stages/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 4096
#define LABEL_WIDTH 9

enum column { RUN, STARTED, ENDED, EXIT, TARGET, ROWS, STATUS, INPUT, COLUMNS };

static const struct {
    const char *title;
    bool right;
} columns[COLUMNS] = {
    [RUN] = {"RUN", true},        [STARTED] = {"STARTED", false}, [ENDED] = {"ENDED", false},
    [EXIT] = {"EXIT", true},      [TARGET] = {"TARGET", false},   [ROWS] = {"ROWS", true},
    [STATUS] = {"STATUS", false}, [INPUT] = {"INPUT", false},
};

/* What is shown, of all runs or of one. */
struct showing {
    const struct history_runs *o;
    struct ledger *ledger;
    struct text out;
    struct jsonout json;
    /* Of the table: cells row by row, each with its NUL. */
    struct text cells;
    size_t n, widths[COLUMNS];
    /* Of one run: */
    unsigned steps; /* aims told */
    bool claims, gives_codes;
};

/* ---- the table ---- */

static size_t width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void put_cell(struct showing *s, enum column column, const char *words)
{
    size_t at = s->cells.len, n;

    visible_puts(&s->cells, words);
    if (s->cells.failed)
        return;
    n = width(s->cells.ptr + at);
    if (s->widths[column] < n)
        s->widths[column] = n;
    text_append(&s->cells, "", 1);
}

static void put_number_cell(struct showing *s, enum column column, int64_t n)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%lld", (long long)n);
    put_cell(s, column, digits);
}

static int put_counts(struct showing *s, const struct ledger_past *run, struct err *e)
{
    uint64_t counts[STATUS_COUNT];
    struct text words;

    text_init(&words);
    if (ledger_counts_get(s->ledger, run, counts, e) != 0)
        return -1;
    for (int i = 0; i < STATUS_COUNT; i++)
        if (counts[i])
            text_printf(&words, "%s%llu %s", words.len ? ", " : "", (unsigned long long)counts[i],
                        status_name((enum status)i));
    put_cell(s, STATUS, run->pruned ? "pruned" : words.ptr);
    s->cells.failed = s->cells.failed || words.failed;
    text_release(&words);
    return 0;
}

/* `claim ID` */
static const char *short_target(const char *action, const char *name, char out[CELL_MAX])
{
    snprintf(out, CELL_MAX, "%s %.*s", action, (int)runwords_shown(name), name);
    return out;
}

static int put_run(struct showing *s, const struct ledger_past *run, struct err *e)
{
    char when[CLOCK_RFC3339_MAX], target[CELL_MAX];

    put_number_cell(s, RUN, run->id);
    put_cell(s, STARTED, clock_rfc3339(run->started_ms, when));
    put_cell(s, ENDED, run->ended_ms ? clock_rfc3339(run->ended_ms, when) : "unfinished");
    if (run->ended_ms)
        put_number_cell(s, EXIT, run->exit_code);
    else
        put_cell(s, EXIT, "-");
    put_cell(s, TARGET, short_target(run->action, run->target, target));
    put_number_cell(s, ROWS, (int64_t)run->rows);
    if (put_counts(s, run, e) != 0)
        return -1;
    put_cell(s, INPUT, run->input);
    return 0;
}

static void align(const struct showing *s, struct text *out)
{
    const char *cell = s->cells.ptr, *end = cell + s->cells.len;

    while (cell < end)
        for (int c = 0; c < COLUMNS; c++, cell += strlen(cell) + 1) {
            int blanks = (int)(s->widths[c] - width(cell));

            if (columns[c].right)
                text_printf(out, "%*s%s  ", blanks, "", cell);
            else if (c < COLUMNS - 1)
                text_printf(out, "%s%*s  ", cell, blanks, "");
            else
                text_printf(out, "%s\n", cell);
        }
}

/* ---- as JSON ---- */

static void json_run(struct jsonout *j, const struct ledger_past *run)
{
    jsonout_number(j, "run", run->id);
    jsonout_text(j, "action", run->action);
    jsonout_text(j, "target", run->target);
    jsonout_text(j, "api", *run->url ? run->url : NULL);
    jsonout_text(j, "input", run->input);
    jsonout_time(j, "started_at", run->started_ms);
    jsonout_time(j, "ended_at", run->ended_ms);
    jsonout_flag(j, "finished", run->finished);
    if (run->ended_ms)
        jsonout_number(j, "exit_code", run->exit_code);
    else
        jsonout_null(j, "exit_code");
    jsonout_flag(j, "pruned", run->pruned);
}

static int json_row(struct showing *s, const struct ledger_past *run, struct err *e)
{
    struct jsonout *j = &s->json;
    uint64_t counts[STATUS_COUNT];

    jsonout_object(j, NULL);
    json_run(j, run);
    jsonout_number(j, "rows", (int64_t)run->rows);
    if (run->pruned) {
        jsonout_null(j, "counts");
    } else {
        if (ledger_counts_get(s->ledger, run, counts, e) != 0)
            return -1;
        jsonout_object(j, "counts");
        for (int i = 0; i < STATUS_COUNT; i++)
            jsonout_number(j, status_name((enum status)i), (int64_t)counts[i]);
        jsonout_close(j);
    }
    jsonout_close(j);
    return 0;
}

/* ---- all of them ---- */

static int show_row(void *context, const struct ledger_past *run, struct err *e)
{
    struct showing *s = context;

    s->n++;
    return s->o->json ? json_row(s, run, e) : put_run(s, run, e);
}

static int show_all(struct showing *s, struct err *e)
{
    if (s->o->json) {
        jsonout_init(&s->json, &s->out);
        jsonout_text(&s->json, "ledger", s->o->ledger);
        jsonout_list(&s->json, "runs");
    }
    for (int c = 0; c < COLUMNS; c++)
        put_cell(s, (enum column)c, columns[c].title);
    if (s->ledger && ledger_run_list(s->ledger, show_row, s, e) != 0)
        return -1;
    if (!text_ok(&s->cells))
        return err_nomem(e);
    if (s->o->json) {
        jsonout_end(&s->json);
    } else if (s->n > 0) {
        align(s, &s->out);
    } else {
        text_puts(&s->out, "no runs yet in ledger ");
        visible_puts(&s->out, s->o->ledger);
        text_puts(&s->out, "\n");
    }
    return 0;
}

/* ---- one of them ---- */

static void put_label(struct text *out, const char *label)
{
    text_printf(out, "  %-*s ", LABEL_WIDTH, label);
}

static void put_line(struct text *out, const char *label, const char *words)
{
    put_label(out, label);
    visible_puts(out, words);
    text_puts(out, "\n");
}

/* What each step aims at; of a job with many routes that is much. */
static int show_aim(void *context, const struct ledger_aim *aim, struct err *e)
{
    struct showing *s = context;
    char target[CELL_MAX];

    (void)e;
    s->claims = s->claims || strcmp(aim->action, "claim") == 0;
    s->gives_codes = s->gives_codes || strcmp(aim->action, "code") == 0;
    if (s->o->json) {
        jsonout_object(&s->json, NULL);
        jsonout_number(&s->json, "step", aim->step);
        jsonout_text(&s->json, "action", aim->action);
        jsonout_text(&s->json, "target", aim->name);
        jsonout_close(&s->json);
    } else {
        put_label(&s->out, s->steps ? "" : "target");
        text_printf(&s->out, "step %u: ", aim->step);
        visible_puts(&s->out, short_target(aim->action, aim->name, target));
        text_puts(&s->out, "\n");
    }
    s->steps++;
    return 0;
}

/* The number behind that word, which the variant begins with, into *n; the rest of it, or NULL: it begins otherwise. */
static const char *numbered(const char *variant, const char *word, int64_t *n)
{
    size_t len = strlen(word);
    char *end;

    if (strncmp(variant, word, len) != 0 || variant[len] != ' ')
        return NULL;
    *n = strtoll(variant + len + 1, &end, 10);
    return strncmp(end, ", ", 2) == 0 ? end + 2 : end;
}

/* What tells the run from others and comes before its selection (ledger_run_begin): without it the command would be
 * another run, and may do the opposite. */
static void put_variant(const char *variant, struct text *out)
{
    int64_t again;
    const char *rest = numbered(variant, "again", &again);

    if (rest)
        text_printf(out, " --again %" PRId64, again);
    if (!rest)
        rest = variant;
    if (strcmp(rest, "remove") == 0 || strncmp(rest, "remove,", strlen("remove,")) == 0)
        text_puts(out, " --remove");
}

/* `claimpipe claim in.csv -c c1`: what the ledger knows of its command. */
static void put_same(const struct ledger_past *run, struct text *out)
{
    bool job = strcmp(run->action, "run") == 0;
    int64_t undone;

    if (numbered(run->variant, LEDGER_UNDO_VARIANT, &undone)) {
        text_printf(out, "claimpipe undo %" PRId64, undone);
        return;
    }
    text_printf(out, "claimpipe %s ", run->action);
    if (job) {
        hint_word(out, run->target);
        text_puts(out, " ");
    }
    hint_word(out, run->input);
    if (strcmp(run->action, "claim") == 0 || strcmp(run->action, "store") == 0) {
        text_puts(out, *run->action == 'c' ? " -c " : " -s ");
        hint_word(out, run->target);
    }
    if (strcmp(run->action, "code") == 0)
        text_puts(out,
                  strncmp(run->target, "list:", 5) == 0 ? " --codes FILE" : " --seed-from SOURCE");
    put_variant(run->variant, out);
}

static void put_settle(const struct ledger_past *run, struct text *out)
{
    text_puts(out, "claimpipe settle");
    if (strcmp(run->action, "claim") != 0)
        return;
    text_puts(out, " -c ");
    hint_word(out, run->target);
}

static void show_command(void *context, const char *command, const char *what)
{
    struct showing *s = context;

    if (s->o->json) {
        jsonout_object(&s->json, NULL);
        jsonout_text(&s->json, "command", command);
        jsonout_text(&s->json, "does", what);
        jsonout_close(&s->json);
        return;
    }
    put_line(&s->out, "next", command);
    put_label(&s->out, "");
    text_printf(&s->out, "  %s\n", what);
}

static int show_next(struct showing *s, const struct ledger_past *run, struct runwords *words,
                     struct err *e)
{
    struct text same, settle, tail;
    bool told = false;

    text_init(&same);
    text_init(&settle);
    text_init(&tail);
    put_same(run, &same);
    put_settle(run, &settle);
    if (!s->o->usual_ledger) {
        text_puts(&tail, " --ledger ");
        hint_word(&tail, s->o->ledger);
    }
    words->claims = s->claims;
    words->gives_codes = s->gives_codes;
    words->same = same.ptr;
    words->settle = settle.ptr;
    words->tail = tail.ptr;
    words->input_lost = strcmp(run->input, "-") == 0;
    if (text_ok(&same) && text_ok(&settle) && text_ok(&tail))
        told = runwords_next(words, show_command, s);
    text_release(&tail);
    text_release(&settle);
    text_release(&same);
    return told ? 0 : err_nomem(e);
}

static int say_one(struct showing *s, const struct ledger_past *run, const char *exit,
                   struct err *e)
{
    char when[CLOCK_RFC3339_MAX], target[CELL_MAX];
    struct text *out = &s->out;

    text_printf(out, "run %lld: ", (long long)run->id);
    visible_puts(out, short_target(run->action, run->target, target));
    text_puts(out, "\n");
    put_line(out, "input", strcmp(run->input, "-") == 0 ? "standard input" : run->input);
    if (*run->url)
        put_line(out, "API", run->url);
    if (strcmp(run->action, "run") == 0 && ledger_run_aims(s->ledger, run->id, show_aim, s, e) != 0)
        return -1;
    put_line(out, "started", clock_rfc3339(run->started_ms, when));
    if (run->ended_ms)
        put_line(out, "ended", clock_rfc3339(run->ended_ms, when));
    put_label(out, "exit");
    if (run->ended_ms)
        text_printf(out, "%d: ", run->exit_code);
    text_printf(out, "%s\n", exit);
    return 0;
}

static int json_one(struct showing *s, const struct ledger_past *run, const char *exit,
                    struct err *e)
{
    struct jsonout *j = &s->json;

    jsonout_init(j, &s->out);
    jsonout_text(j, "ledger", s->o->ledger);
    json_run(j, run);
    jsonout_text(j, "exit", exit);
    jsonout_list(j, "steps");
    if (ledger_run_aims(s->ledger, run->id, show_aim, s, e) != 0)
        return -1;
    jsonout_close(j);
    return 0;
}

static void show_summary(struct showing *s, const struct ledger_past *run,
                         const struct report_summary *summary)
{
    struct text words;

    if (s->o->json) {
        if (run->pruned)
            jsonout_number(&s->json, "rows", (int64_t)run->rows);
        else
            report_json(summary, &s->json);
        return;
    }
    if (run->pruned) {
        put_label(&s->out, "came to");
        text_printf(&s->out, "%llu rows; pruned: what became of them is no longer known\n",
                    (unsigned long long)run->rows);
        return;
    }
    put_label(&s->out, "came to");
    text_init(&words);
    report_words(summary, &words);
    visible_append(&s->out, (struct slice){words.ptr, words.len}, "\n");
    s->out.failed = s->out.failed || words.failed;
    text_release(&words);
    text_puts(&s->out, "\n");
}

static int show_run(void *context, const struct ledger_past *run, struct err *e)
{
    struct showing *s = context;
    struct report_summary summary;
    struct runwords words = {.run = run->id,
                             .ended = run->ended_ms != 0,
                             .finished = run->finished,
                             .pruned = run->pruned,
                             .exit_code = run->exit_code,
                             .rows = summary.rows};

    memset(&summary, 0, sizeof(summary));
    s->claims = strcmp(run->action, "claim") == 0;
    s->gives_codes = strcmp(run->action, "code") == 0;
    if ((s->o->json ? json_one : say_one)(s, run, runwords_exit(&words), e) != 0 ||
        (!run->pruned && report_tally(s->ledger, run->id, run->rows, &summary, e) != 0))
        return -1;
    show_summary(s, run, &summary);
    if (s->o->json)
        jsonout_list(&s->json, "next");
    if (show_next(s, run, &words, e) != 0)
        return -1;
    if (s->o->json)
        jsonout_end(&s->json);
    return 0;
}

static int show_one(struct showing *s, struct err *e)
{
    const char *name = s->o->run;
    int64_t id = 0;
    int found;

    if (strcmp(name, "last") != 0 && number_int(name, 1, INT64_MAX, &id) != 0)
        return err_set(e, EXIT_USAGE,
                       "runs %s: give the number of a run (claimpipe runs lists all), or last",
                       name);
    found = s->ledger ? ledger_run_find(s->ledger, id, show_run, s, e) : 0;
    if (found != 0)
        return found < 0 ? -1 : 0;
    return id ? err_set(e, EXIT_USAGE, "ledger %s: has no run %" PRId64 ": see claimpipe runs",
                        s->o->ledger, id)
              : err_set(e, EXIT_USAGE, "ledger %s: has no run yet", s->o->ledger);
}

/* ---- the command ---- */

static int show(struct showing *s, struct err *e)
{
    int none = s->o->usual_ledger ? ledger_is_none(s->o->ledger, e) : 0;

    if (none == 0)
        s->ledger = ledger_open_look(s->o->ledger, e);
    if (none < 0 || (none == 0 && !s->ledger))
        return -1;
    return (s->o->run ? show_one : show_all)(s, e) == 0 ? outfile_print(&s->out, e) : -1;
}

int history_runs(const struct history_runs *o, struct err *e)
{
    struct showing s = {.o = o};
    int rc;

    text_init(&s.out);
    text_init(&s.cells);
    rc = show(&s, e);
    text_release(&s.cells);
    text_release(&s.out);
    ledger_close(s.ledger);
    return rc == 0 ? EXIT_DONE : (int)e->code;
}
