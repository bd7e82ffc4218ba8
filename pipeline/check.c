/* check: see the header.  Counts while the rows pass, then says it as text or as JSON. */
#include "check.h"

#include "adapters/json.h"
#include "adapters/ledger.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/mem.h"
#include "intake.h"
#include "job.h"
#include "prepared.h"
#include "stages/read.h"

#include <stdlib.h>
#include <string.h>

#define QUOTED_MAX 60 /* bytes of a value in a list */
#define VALUES_MAX 5  /* of a target */

struct check_target {
    uint64_t act, begun;
};

struct check {
    const struct job *job;
    struct input *input;
    struct prepared prepared;
    struct ledger *ledger;
    struct ledger_run run;
    struct progress progress;
    struct intake intake;
    struct intake_watch watch;
    struct check_target *targets;
    uint64_t invalid, in_file, before, skipped, failed, used_up;
    struct text shown; /* the invalid rows */
    uint64_t n_shown;
    struct text out;
    int64_t requests;
};

/* ---- counting ---- */

static void on_invalid(void *context, const struct record *record, const char *why)
{
    struct check *c = context;

    c->invalid++;
    if (c->n_shown == (c->job->json ? CHECK_SHOWN_JSON_MAX : CHECK_SHOWN_MAX))
        return;
    if (c->job->json) {
        text_printf(&c->shown,
                    "%s\n    {\"row\": %llu, \"line\": %llu, \"error\": ", c->n_shown ? "," : "",
                    (unsigned long long)record->row, (unsigned long long)record->line);
        if (json_quote(&c->shown, slice_of(why)) != 0)
            text_puts(&c->shown, "\"(not UTF-8)\"");
        text_puts(&c->shown, "}");
    } else {
        text_printf(&c->shown, "  %s:%llu: %s\n", read_facts(c->input)->name,
                    (unsigned long long)record->line, why);
    }
    c->n_shown++;
}

static void on_duplicate(void *context, bool in_file)
{
    struct check *c = context;

    *(in_file ? &c->in_file : &c->before) += 1;
}

static void on_skipped(void *context)
{
    struct check *c = context;

    c->skipped++;
}

static void on_act(void *context, size_t step, const struct target *t, bool begun)
{
    struct check *c = context;

    (void)step;
    *(begun ? &c->targets[t->number].begun : &c->targets[t->number].act) += 1;
}

static void on_failed(void *context)
{
    struct check *c = context;

    c->failed++;
}

static void on_used_up(void *context, const struct target *t)
{
    struct check *c = context;

    c->used_up++;
    c->targets[t->number].act--;
}

static int pass_rows(struct check *c, struct err *e)
{
    struct step *none;
    int next;

    do {
        next = intake_next(&c->intake, &none, e);
        if (stop_signal())
            return err_set(e, EXIT_INTERRUPTED, "interrupted");
    } while (next == ISSUE_LATER);
    return next < 0 ? -1 : 0;
}

static int64_t requests_of(const struct check *c, size_t target)
{
    const struct target *t = &c->prepared.targets[target];
    int64_t n = (int64_t)c->targets[target].act;

    /* What was begun is settled by one question each, about. */
    return (n ? t->action->cost(t, n) : 0) + (int64_t)c->targets[target].begun;
}

static double seconds_of(const struct check *c)
{
    const struct job *j = c->job;

    return j->rate_count ? (double)c->requests * (double)j->rate_window_ns / (double)j->rate_count /
                               (double)CLOCK_NS_PER_S
                         : 0;
}

/* ---- words ---- */

static void put_slice(struct text *out, struct slice s)
{
    text_append(out, s.ptr, s.len < QUOTED_MAX ? s.len : QUOTED_MAX);
    if (s.len > QUOTED_MAX)
        text_puts(out, "…");
}

static void put_column(struct text *out, const struct check *c, size_t column)
{
    text_puts(out, "\"");
    put_slice(out, c->prepared.columns.names[column]);
    text_printf(out, "\" (column %zu)", column + 1);
}

static const char *delimiter_name(char d)
{
    return d == ',' ? "comma" : d == ';' ? "semicolon" : d == '\t' ? "tab" : "pipe";
}

static const char *line_end_name(const char *end)
{
    return strcmp(end, "\r\n") == 0 ? "CRLF" : *end == '\r' ? "CR" : "LF";
}

static void say_input(struct check *c)
{
    const struct input_facts *f = read_facts(c->input);
    const struct select *s = &c->prepared.select;

    text_printf(&c->out,
                "%s: %llu rows; %s between columns, UTF-8%s, line ends %s, header on line %zu\n",
                f->name, (unsigned long long)f->rows, delimiter_name(f->delimiter),
                f->bom ? " with byte order mark" : "", line_end_name(f->line_end), f->header.line);
    text_printf(&c->out, "recipient (%s): ", identity_kind_name(s->kind));
    put_column(&c->out, c, s->recipient);
    if (s->n_key)
        text_puts(&c->out, "\nkey:");
    for (size_t i = 0; i < s->n_key; i++) {
        text_puts(&c->out, i ? ", " : " ");
        put_column(&c->out, c, s->key[i]);
    }
    text_puts(&c->out, "\n");
}

static void say_settings(struct check *c, const struct job_target *t)
{
    for (size_t i = 0; i < t->n_settings; i++) {
        const struct plan_setting *s = &t->settings[i];

        text_printf(&c->out, "      %s%s%s = %s\n", s->instance ? s->instance : "",
                    s->instance ? "." : "", s->field, s->literal ? "(a secret)" : s->value);
    }
}

/* The values that lead to a target, a few of them. */
static void say_values(struct check *c, const struct job_step *step, size_t target)
{
    size_t n = 0;

    for (size_t i = 0; step->route && i < step->routes.n; i++) {
        if (step->routes.entries[i].target != target)
            continue;
        if (n++ == VALUES_MAX) {
            text_puts(&c->out, ", …");
            break;
        }
        text_puts(&c->out, n == 1 ? " for \"" : ", \"");
        put_slice(&c->out, step->routes.entries[i].value);
        text_puts(&c->out, "\"");
    }
}

static const char *target_name(const struct check *c, size_t target)
{
    const struct target *t = &c->prepared.targets[target];

    return t->id ? t->id : t->action->local ? "(no claim named)" : "";
}

static void say_target(struct check *c, const struct prepared_step *s, size_t at)
{
    const struct check_target *n = &c->targets[s->first + at];

    text_printf(&c->out, "    %s", target_name(c, s->first + at));
    say_values(c, s->job, at);
    text_printf(&c->out, ": %llu %s", (unsigned long long)n->act,
                s->action->local ? "codes to give" : "to send");
    if (n->begun)
        text_printf(&c->out, ", %llu begun by an earlier run", (unsigned long long)n->begun);
    text_puts(&c->out, "\n");
    if (s->job->n_targets == 1)
        say_settings(c, &s->job->targets[at]);
}

static void say_step(struct check *c, size_t at)
{
    const struct prepared_step *s = &c->prepared.steps[at];

    text_printf(&c->out, "step %zu: %s%s", at + 1, s->action->name,
                s->job->remove ? " (remove)" : "");
    if (s->route != COLUMNS_NONE) {
        text_puts(&c->out, ", routed by ");
        put_column(&c->out, c, s->route);
        if (s->job->skip_unrouted)
            text_puts(&c->out, "; without a route: skipped");
    }
    text_puts(&c->out, "\n");
    for (size_t i = 0; i < s->job->n_targets; i++)
        say_target(c, s, i);
}

static void say_count(struct check *c, uint64_t n, const char *what)
{
    if (n)
        text_printf(&c->out, "%llu %s\n", (unsigned long long)n, what);
}

static void say_text(struct check *c)
{
    double seconds = seconds_of(c);

    say_input(c);
    for (size_t i = 0; i < c->prepared.n_steps; i++)
        say_step(c, i);
    say_count(c, c->in_file, "duplicates in this file");
    say_count(c, c->before, "done before, says the ledger");
    say_count(c, c->failed, "failed before (tried again with --retry-failed)");
    say_count(c, c->skipped, "skipped");
    say_count(c, c->used_up, "would get no code: there are too few");
    say_count(c, c->invalid, "invalid:");
    text_append(&c->out, c->shown.ptr, c->shown.len);
    if (c->invalid > c->n_shown)
        text_printf(&c->out, "  … and %llu more\n", (unsigned long long)(c->invalid - c->n_shown));
    text_printf(&c->out, "about %lld requests, which are as many credits", (long long)c->requests);
    if (seconds >= 60)
        text_printf(&c->out, ", in %.0f min %02d s at the rate limit", seconds / 60 - 0.5 + 1e-9,
                    (int)seconds % 60);
    else
        text_printf(&c->out, ", in %.0f s at the rate limit", seconds + 0.499);
    text_puts(&c->out, "; nothing was sent\n");
}

/* ---- JSON ---- */

static void put_json(struct text *out, const char *key, struct slice value)
{
    text_printf(out, "\"%s\": ", key);
    if (json_quote(out, value) != 0)
        text_puts(out, "\"(not UTF-8)\"");
}

static void json_target(struct check *c, size_t target)
{
    const struct check_target *n = &c->targets[target];

    text_puts(&c->out, "{");
    put_json(&c->out, "target", slice_of(target_name(c, target)));
    text_printf(&c->out, ", \"to_act\": %llu, \"begun\": %llu}", (unsigned long long)n->act,
                (unsigned long long)n->begun);
}

static void json_step(struct check *c, size_t at)
{
    const struct prepared_step *s = &c->prepared.steps[at];

    text_printf(&c->out, "%s\n    {\"action\": \"%s\", ", at ? "," : "", s->action->name);
    if (s->route != COLUMNS_NONE) {
        put_json(&c->out, "route", c->prepared.columns.names[s->route]);
        text_puts(&c->out, ", ");
    }
    text_puts(&c->out, "\"targets\": [");
    for (size_t i = 0; i < s->job->n_targets; i++) {
        text_puts(&c->out, i ? ", " : "");
        json_target(c, s->first + i);
    }
    text_puts(&c->out, "]}");
}

static void say_json(struct check *c)
{
    const struct input_facts *f = read_facts(c->input);
    const struct select *s = &c->prepared.select;

    text_puts(&c->out, "{\n  ");
    put_json(&c->out, "input", slice_of(f->name));
    text_printf(&c->out,
                ",\n  \"rows\": %llu,\n  \"dialect\": {\"delimiter\": \"%s\", \"encoding\": "
                "\"UTF-8\", \"bom\": %s, \"line_end\": \"%s\", \"header_line\": %zu},\n  ",
                (unsigned long long)f->rows, delimiter_name(f->delimiter),
                f->bom ? "true" : "false", line_end_name(f->line_end), f->header.line);
    text_printf(&c->out, "\"recipient\": {\"kind\": \"%s\", ", identity_kind_name(s->kind));
    put_json(&c->out, "column", c->prepared.columns.names[s->recipient]);
    text_puts(&c->out, "},\n  \"key\": [");
    for (size_t i = 0; i < s->n_key; i++) {
        text_puts(&c->out, i ? ", " : "");
        json_quote(&c->out, c->prepared.columns.names[s->key[i]]);
    }
    text_puts(&c->out, "],\n  \"steps\": [");
    for (size_t i = 0; i < c->prepared.n_steps; i++)
        json_step(c, i);
    text_printf(&c->out,
                "\n  ],\n  \"duplicates_in_file\": %llu,\n  \"done_before\": %llu,\n"
                "  \"failed_before\": %llu,\n  \"skipped\": %llu,\n  \"without_code\": %llu,\n"
                "  \"invalid\": %llu,\n  \"invalid_rows\": [",
                (unsigned long long)c->in_file, (unsigned long long)c->before,
                (unsigned long long)c->failed, (unsigned long long)c->skipped,
                (unsigned long long)c->used_up, (unsigned long long)c->invalid);
    text_append(&c->out, c->shown.ptr, c->shown.len);
    text_printf(&c->out,
                "%s],\n  \"requests\": %lld,\n  \"credits\": %lld,\n"
                "  \"seconds_at_the_rate_limit\": %.1f\n}\n",
                c->n_shown ? "\n  " : "", (long long)c->requests, (long long)c->requests,
                seconds_of(c));
}

/* ---- the command ---- */

static int open_check(struct check *c, struct err *e)
{
    const struct job *j = c->job;

    c->input = read_open(j->input, e);
    if (!c->input || prepared_open(&c->prepared, j, &read_facts(c->input)->header, e) != 0)
        return -1;
    c->targets = mem_zero(c->prepared.n_targets, sizeof(*c->targets));
    if (!c->targets)
        return err_nomem(e);
    c->progress.total = read_facts(c->input)->rows;
    c->ledger = ledger_open_copy(j->ledger, e);
    if (!c->ledger ||
        prepared_register(&c->prepared, c->ledger, read_facts(c->input), &c->run, e) != 0 ||
        intake_init(&c->intake, &c->prepared, c->input, c->ledger, &c->run, &c->progress, e) != 0)
        return -1;
    c->watch = (struct intake_watch){c,      on_invalid, on_duplicate, on_skipped,
                                     on_act, on_failed,  on_used_up};
    c->intake.watch = &c->watch;
    return read_rewind(c->input, e);
}

int check_job(const struct job *j, struct err *e)
{
    struct check *c = mem_zero(1, sizeof(*c));
    int code = EXIT_DONE, rc = -1;

    if (!c) {
        err_nomem(e);
        return (int)e->code;
    }
    c->job = j;
    text_init(&c->shown);
    text_init(&c->out);
    stop_install();
    if (open_check(c, e) != 0 || pass_rows(c, e) != 0)
        goto done;
    for (size_t i = 0; i < c->prepared.n_targets; i++)
        c->requests += requests_of(c, i);
    if (!text_ok(&c->shown))
        c->out.failed = true;
    (j->json ? say_json : say_text)(c);
    rc = outfile_print(&c->out, e);
    code = c->invalid || c->used_up ? EXIT_ROWS : EXIT_DONE;
done:
    intake_release(&c->intake);
    ledger_close(c->ledger);
    free(c->targets);
    prepared_close(&c->prepared);
    read_close(c->input);
    text_release(&c->out);
    text_release(&c->shown);
    free(c);
    if (rc == 0)
        return code;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
