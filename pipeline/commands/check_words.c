/* check_words: what check has counted, for people and for programs. */
#include "adapters/json.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/visible.h"
#include "check_internal.h"
#include "policy/preset.h"
#include "stages/job.h"
#include "stages/letter.h"
#include "stages/lookup.h"
#include "stages/read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define QUOTED_MAX 60          /* bytes of a value in a list */
#define MAX_S 1000000000000000 /* more seconds than any file needs */
#define VALUES_MAX 5           /* of a target */

static double seconds_of(const struct job_rates *rates, int64_t n)
{
    return limit_estimate_ns(rates->list, rates->n, (double)n) / (double)CLOCK_NS_PER_S;
}

/* The service and the mail server are called at the same time. */
static double all_seconds(const struct check *c)
{
    double requests = seconds_of(&c->job->rates, c->requests),
           messages = seconds_of(&c->job->mail.rates, c->messages);

    return requests > messages ? requests : messages;
}

static void put_slice(struct text *out, struct slice s)
{
    size_t len = s.len < QUOTED_MAX ? s.len : QUOTED_MAX;

    while (len < s.len && len > 0 && ((unsigned char)s.ptr[len] & 0xc0) == 0x80)
        len--; /* not within a character */
    visible_append(out, (struct slice){s.ptr, len}, "");
    if (s.len > len)
        text_puts(out, "…");
}

/* Words that others wrote, behind some of ours; and the same as a line. */
static void put_foreign(struct text *out, const char *before, const char *words)
{
    text_puts(out, before);
    visible_puts(out, words);
}

static void put_line(struct text *out, const char *before, const char *words, const char *after)
{
    put_foreign(out, before, words);
    text_puts(out, after);
    text_puts(out, "\n");
}

static void put_column(struct text *out, const struct check *c, size_t column)
{
    text_puts(out, "\"");
    put_slice(out, c->prepared.columns.names[column]);
    text_printf(out, "\" (column %zu)", column + 1);
}

static const char *line_end_name(const char *end)
{
    return strcmp(end, "\r\n") == 0 ? "CRLF" : *end == '\r' ? "CR" : "LF";
}

static void say_dialect(struct check *c, const struct reading *r)
{
    char buf[2];

    text_printf(&c->out, "%s between columns, ", reading_delimiter_name(r->delimiter, buf));
    if (r->quote != '"')
        text_printf(&c->out, r->quote ? "quotes %c, " : "no quotes, ", r->quote);
    if (r->escape)
        text_printf(&c->out, "escaped with %c, ", r->escape);
    text_puts(&c->out, r->blanks ? "blanks before quotes, " : "");
    text_printf(&c->out, "%s%s, line ends %s, ", r->encoding, r->bom ? " with byte order mark" : "",
                line_end_name(r->line_end));
}

static void say_reading(struct check *c)
{
    const struct input_facts *f = read_facts(c->prepared.input);
    const struct reading *r = &f->reading;

    visible_puts(&c->out, f->name);
    text_puts(&c->out, ": ");
    count_put(&c->out, f->rows + f->above, "row", "rows");
    text_puts(&c->out, "; ");
    if (r->sheet == 0) {
        say_dialect(c, r);
    } else {
        text_puts(&c->out, "sheet \"");
        visible_puts(&c->out, f->sheet);
        text_puts(&c->out, "\", ");
    }
    if (r->header_line)
        text_printf(&c->out, "header on line %llu\n", (unsigned long long)r->header_line);
    else
        text_puts(&c->out, "no header\n");
    text_puts(&c->out, f->notices);
    if (c->prepared.selection.lookup)
        text_puts(&c->out, lookup_notices(c->prepared.selection.lookup));
}

static void say_selection(struct check *c)
{
    const struct selection *s = &c->prepared.selection;

    if (s->preset && s->preset->note)
        put_line(&c->out, "", s->preset->note, "");
    for (size_t i = 0; i < c->job->n_where; i++)
        put_line(&c->out, "filter: ", c->job->where[i].text, "");
    if (s->preset && s->preset->where) {
        put_foreign(&c->out, "filter: ", s->preset->where);
        put_line(&c->out, " (preset ", s->preset->name, ")");
    }
    if (s->group != COLUMNS_NONE) {
        text_puts(&c->out,
                  s->former ? "filters are about all rows of one " : "one trigger for each ");
        put_column(&c->out, c, s->group);
        text_puts(&c->out, "\n");
    }
    if (s->lookup) {
        text_puts(&c->out, "looked up by ");
        put_column(&c->out, c, s->select.recipient);
        put_foreign(&c->out, " in ", c->job->lookup);
        text_puts(&c->out, " (");
        count_put(&c->out, lookup_rows(s->lookup), "person", "people");
        text_puts(&c->out, ")\n");
    }
}

static void say_input(struct check *c)
{
    const struct select *s = &c->prepared.selection.select;

    say_reading(c);
    if (c->prepared.selection.address != COLUMNS_NONE) {
        text_puts(&c->out, "recipient (address): ");
        put_column(&c->out, c, c->prepared.selection.address);
        text_puts(&c->out, ", without one by ");
        put_column(&c->out, c, s->recipient);
        text_puts(&c->out, "\n");
    }
    if (!s->looked_up) {
        text_printf(&c->out, "recipient (%s): ", identity_kind_name(s->kind));
        put_column(&c->out, c, s->recipient);
        text_puts(&c->out, "\n");
    }
    if (s->n_key)
        text_puts(&c->out, "key:");
    for (size_t i = 0; i < s->n_key; i++) {
        text_puts(&c->out, i ? ", " : " ");
        put_column(&c->out, c, s->key[i]);
    }
    if (s->n_key)
        text_puts(&c->out, "\n");
    say_selection(c);
    selection_say_once(&c->prepared.selection, &c->out);
    text_puts(&c->out, "\n");
}

static void say_settings(struct check *c, const struct job_target *t)
{
    for (size_t i = 0; i < t->n_settings; i++) {
        const struct plan_setting *s = &t->settings[i];

        put_foreign(&c->out, "      ", s->instance ? s->instance : "");
        put_foreign(&c->out, s->instance ? "." : "", s->field);
        put_line(&c->out, " = ", s->literal ? "(a secret)" : s->value, "");
    }
}

/* The entries of a step's routes by target: see route_group. */
struct routed {
    size_t *first, *next;
};

static int routed_init(struct routed *r, const struct job_step *step)
{
    r->first = mem_zero(step->n_targets, sizeof(*r->first));
    r->next = mem_zero(step->routes.n + 1, sizeof(*r->next));
    if (!r->first || !r->next)
        return -1;
    route_group(&step->routes, step->n_targets, r->first, r->next);
    return 0;
}

static void routed_release(struct routed *r)
{
    free(r->next);
    free(r->first);
}

/* The values that lead to a target, a few of them. */
static void say_values(struct check *c, const struct job_step *step, const struct routed *r,
                       size_t target)
{
    size_t n = 0;

    for (size_t i = r->first[target]; step->route && i != ROUTE_NONE; i = r->next[i]) {
        if (n++ == VALUES_MAX) {
            text_puts(&c->out, ", …");
            break;
        }
        text_puts(&c->out, n == 1 ? " for \"" : ", \"");
        put_slice(&c->out, step->routes.entries[i].value);
        text_puts(&c->out, "\"");
    }
}

const char *check_target_name(const struct check *c, size_t target)
{
    const struct target *t = &c->prepared.targets[target];

    return t->id ? t->id : t->action->local ? "(no claim named)" : "";
}

static void say_target(struct check *c, const struct prepared_step *s, const struct routed *r,
                       size_t at)
{
    const struct prepared_target *with = &c->prepared.with[s->first + at];
    const struct check_target *n = &c->targets[s->first + at];

    put_foreign(&c->out, "    ", check_target_name(c, s->first + at));
    say_values(c, s->job, r, at);
    text_printf(&c->out, ": %llu %s", (unsigned long long)n->act,
                s->action->local ? "codes to give" : "to send");
    if (with->book && with->codes_end == INT64_MAX)
        text_puts(&c->out, " (the claim is asked how many it has when this runs; or give --count)");
    if (n->begun)
        text_printf(&c->out, ", %llu begun by an earlier run", (unsigned long long)n->begun);
    text_puts(&c->out, "\n");
    if (with->mailing.letter && letter_notice(with->mailing.letter))
        text_printf(&c->out, "      %s\n", letter_notice(with->mailing.letter));
    if (s->job->n_targets == 1)
        say_settings(c, &s->job->targets[at]);
}

static void say_step(struct check *c, size_t at)
{
    const struct prepared_step *s = &c->prepared.steps[at];
    struct routed r;

    text_printf(&c->out, "step %zu: %s%s", at + 1, s->action->name,
                s->job->remove ? " (remove)" : "");
    if (s->job->otherwise)
        text_puts(&c->out, ", otherwise: for those of whom no address is known");
    if (s->route != COLUMNS_NONE) {
        text_puts(&c->out, ", routed by ");
        put_column(&c->out, c, s->route);
        if (s->job->skip_unrouted)
            text_puts(&c->out, "; without a route: skipped");
    }
    text_puts(&c->out, "\n");
    if (routed_init(&r, s->job) != 0)
        c->out.failed = true;
    for (size_t i = 0; i < s->job->n_targets && text_ok(&c->out); i++)
        say_target(c, s, &r, i);
    routed_release(&r);
}

/* So many, of what is called so for one and for several. */
static void say_counted(struct check *c, uint64_t n, const char *one, const char *many)
{
    if (n == 0)
        return;
    count_put(&c->out, n, one, many);
    text_puts(&c->out, "\n");
}

static void say_count(struct check *c, uint64_t n, const char *what)
{
    say_counted(c, n, what, what);
}

static void say_skipped(struct check *c)
{
    const struct reasons *r = &c->reasons;

    say_count(c, c->skipped, "skipped:");
    for (size_t i = 0; i < r->n; i++)
        text_printf(&c->out, "  %7llu %s (first on line %llu)\n",
                    (unsigned long long)r->list[i].rows, r->list[i].text,
                    (unsigned long long)r->list[i].first_line);
    if (r->others)
        text_printf(&c->out, "  %7llu for other reasons\n", (unsigned long long)r->others);
}

/* What the filter may not have been meant to leave out. */
static void say_of_filter(struct check *c)
{
    struct text words;

    text_init(&words);
    if (selection_say_none_passed(&c->prepared.selection, &words) && text_ok(&words)) {
        visible_puts(&c->out, words.ptr);
        text_puts(&c->out, "\n");
    }
    text_clear(&words);
    if (selection_say_near(&c->prepared.selection, &words) && text_ok(&words)) {
        visible_puts(&c->out, words.ptr);
        text_puts(&c->out, "\n");
    }
    text_release(&words);
}

/* Rounded up, in two units: a slow rate makes years of a file. */
static void say_time(struct check *c, double exact)
{
    uint64_t seconds = exact < MAX_S ? (uint64_t)(exact + 0.999) : MAX_S;
    uint64_t minutes = seconds / 60, hours = minutes / 60;

    if (minutes < 1)
        text_printf(&c->out, ", at least %" PRIu64 " s", seconds);
    else if (hours < 2)
        text_printf(&c->out, ", at least %" PRIu64 " min %02" PRIu64 " s", minutes, seconds % 60);
    else if (hours < 48)
        text_printf(&c->out, ", at least %" PRIu64 " h %02" PRIu64 " min", hours, minutes % 60);
    else
        text_printf(&c->out, ", at least %" PRIu64 " days %" PRIu64 " h", hours / 24, hours % 24);
}

/* Requests are not spoken of where only messages are sent. */
static void say_cost(struct check *c)
{
    bool requests = c->requests || !c->prepared.needs_mail;

    if (requests) {
        text_puts(&c->out, "about ");
        count_put(&c->out, (uint64_t)c->requests, "request", "requests");
        text_puts(&c->out, " (1 credit each)");
        say_time(c, seconds_of(&c->job->rates, c->requests));
    }
    if (c->prepared.needs_mail) {
        text_puts(&c->out, requests ? "; " : "");
        count_put(&c->out, (uint64_t)c->messages, "message", "messages");
        if (c->job->mail.rates.n)
            say_time(c, seconds_of(&c->job->mail.rates, c->messages));
    }
    text_puts(&c->out, "; nothing was sent\n");
}

void check_say_text(struct check *c)
{
    say_input(c);
    for (size_t i = 0; i < c->prepared.n_steps; i++)
        say_step(c, i);
    say_counted(c, c->in_file, "duplicate in this file", "duplicates in this file");
    say_count(c, c->before, "done in earlier runs");
    say_count(c, c->failed, "failed before (tried again with --retry-failed)");
    say_skipped(c);
    say_of_filter(c);
    say_count(c, c->used_up, "would get no code: there are too few");
    say_count(c, c->invalid, "invalid:");
    text_append(&c->out, c->shown.ptr, c->shown.len);
    if (c->invalid > c->n_shown)
        text_printf(&c->out, "  … and %llu more\n", (unsigned long long)(c->invalid - c->n_shown));
    text_append(&c->out, c->asked.ptr, c->asked.len);
    say_cost(c);
    if (c->job->plan.preview)
        check_preview_say(c, &c->out);
}

/* ---- JSON ---- */

/* Names are as in the file, whatever bytes they have. */
static void put_quoted(struct text *out, struct slice value)
{
    if (json_quote(out, value) != 0)
        text_puts(out, "\"(not UTF-8)\"");
}

static void put_json(struct text *out, const char *key, struct slice value)
{
    text_printf(out, "\"%s\": ", key);
    put_quoted(out, value);
}

static void json_target(struct check *c, size_t target)
{
    const struct check_target *n = &c->targets[target];

    text_puts(&c->out, "{");
    put_json(&c->out, "target", slice_of(check_target_name(c, target)));
    text_printf(&c->out, ", \"to_act\": %llu, \"begun\": %llu}", (unsigned long long)n->act,
                (unsigned long long)n->begun);
}

static void json_step(struct check *c, size_t at)
{
    const struct prepared_step *s = &c->prepared.steps[at];

    text_printf(&c->out, "%s\n    {\"action\": \"%s\", ", at ? "," : "", s->action->name);
    if (s->job->otherwise)
        text_puts(&c->out, "\"otherwise\": true, ");
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

static void json_reading(struct check *c)
{
    const struct input_facts *f = read_facts(c->prepared.input);
    const struct reading *r = &f->reading;
    char buf[2], quote[2] = {r->quote, '\0'}, escape[2] = {r->escape, '\0'};

    put_json(&c->out, "input", slice_of(f->name));
    if (r->sheet > 0) {
        text_puts(&c->out, ",\n  ");
        put_json(&c->out, "sheet", slice_of(f->sheet));
    }
    text_printf(&c->out, ",\n  \"rows\": %" PRIu64 ",\n  \"dialect\": {", f->rows + f->above);
    put_json(&c->out, "delimiter", slice_of(reading_delimiter_name(r->delimiter, buf)));
    text_puts(&c->out, ", ");
    put_json(&c->out, "quote", slice_of(quote));
    text_puts(&c->out, ", ");
    put_json(&c->out, "escape", slice_of(escape));
    text_puts(&c->out, ", ");
    put_json(&c->out, "encoding", slice_of(r->encoding));
    text_printf(&c->out, ", \"bom\": %s, \"line_end\": \"%s\", \"header_line\": %llu},\n  ",
                r->bom ? "true" : "false", line_end_name(r->line_end),
                (unsigned long long)r->header_line);
    text_puts(&c->out, "\"notices\": [");
    for (const char *line = f->notices, *end; (end = strchr(line, '\n')); line = end + 1) {
        text_puts(&c->out, line == f->notices ? "" : ", ");
        put_quoted(&c->out, (struct slice){line, (size_t)(end - line)});
    }
    text_puts(&c->out, "],\n  ");
}

static void json_once(struct check *c)
{
    struct text once;

    text_init(&once);
    selection_say_once(&c->prepared.selection, &once);
    if (!text_ok(&once))
        c->out.failed = true;
    put_json(&c->out, "once", slice_of(once.ptr));
    text_puts(&c->out, ",\n  ");
    text_release(&once);
}

static void json_of_filter(struct check *c)
{
    struct text words;

    text_init(&words);
    if (selection_say_none_passed(&c->prepared.selection, &words)) {
        put_json(&c->out, "none_passed", (struct slice){words.ptr, words.len});
        text_puts(&c->out, ",\n  ");
    }
    text_clear(&words);
    if (selection_say_near(&c->prepared.selection, &words)) {
        put_json(&c->out, "spelled_otherwise", (struct slice){words.ptr, words.len});
        text_puts(&c->out, ",\n  ");
    }
    text_release(&words);
}

static void json_selection(struct check *c)
{
    const struct selection *s = &c->prepared.selection;
    const char *preset = s->preset ? s->preset->where : NULL;
    size_t n = c->job->n_where;

    if (s->preset) {
        put_json(&c->out, "preset", slice_of(s->preset->name));
        text_puts(&c->out, ",\n  ");
    }
    text_puts(&c->out, "\"filter\": [");
    for (size_t i = 0; i < n; i++) {
        text_puts(&c->out, i ? ", " : "");
        put_quoted(&c->out, slice_of(c->job->where[i].text));
    }
    if (preset) {
        text_puts(&c->out, n ? ", " : "");
        put_quoted(&c->out, slice_of(preset));
    }
    text_puts(&c->out, "],\n  ");
    if (s->group != COLUMNS_NONE) {
        put_json(&c->out, "group", s->columns.names[s->group]);
        text_puts(&c->out, ",\n  ");
    }
    json_once(c);
    if (s->lookup) {
        put_json(&c->out, "lookup", slice_of(lookup_name(s->lookup)));
        text_puts(&c->out, ",\n  ");
    }
}

static void json_preview(struct check *c)
{
    const struct text *rows = &c->preview.out;

    if (c->job->plan.preview == 0)
        return;
    text_puts(&c->out, "\"preview\": [");
    text_append(&c->out, rows->ptr, rows->len);
    text_puts(&c->out, rows->len ? "\n  ],\n  " : "],\n  ");
    c->out.failed = c->out.failed || rows->failed;
}

void check_say_json(struct check *c)
{
    const struct select *s = &c->prepared.selection.select;

    text_puts(&c->out, "{\n  ");
    json_reading(c);
    text_printf(&c->out, "\"recipient\": {\"kind\": \"%s\", ", identity_kind_name(s->kind));
    put_json(&c->out, s->looked_up ? "looked_up_by" : "column", s->columns->names[s->recipient]);
    text_puts(&c->out, "},\n  \"key\": [");
    for (size_t i = 0; i < s->n_key; i++) {
        text_puts(&c->out, i ? ", " : "");
        put_quoted(&c->out, s->columns->names[s->key[i]]);
    }
    text_puts(&c->out, "],\n  ");
    json_selection(c);
    json_of_filter(c);
    text_puts(&c->out, "\"steps\": [");
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
                "%s],\n  "
                "\"asked\": [",
                c->n_shown ? "\n  " : "");
    text_append(&c->out, c->asked.ptr, c->asked.len);
    text_printf(&c->out, "%s],\n  ", c->asked.len ? "\n  " : "");
    json_preview(c);
    if (c->prepared.needs_mail)
        text_printf(&c->out, "\"messages\": %lld,\n  ", (long long)c->messages);
    text_printf(&c->out,
                "\"requests\": %lld,\n  \"credits\": %lld,\n"
                "  \"seconds_at_the_rate_limit\": %.1f\n}\n",
                (long long)c->requests, (long long)c->requests, all_seconds(c));
}
