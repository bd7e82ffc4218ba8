/* summary: a function a form; what they have in common is in struct summary and the words of report_summary.c. */
#include "stages/summary.h"

#include "actions/action.h"
#include "adapters/fetch.h"
#include "adapters/json.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "base/visible.h"
#include "stages/job.h"
#include "stages/letter.h"
#include "stages/report.h"

#include <inttypes.h>
#include <string.h>

#define FORMAT 1 /* of the JSON; what is added to it does not change it */
#define SUCCESS_METRIC "claimpipe_last_success_timestamp_seconds"

/* ---- what ran ---- */

static const char *command_of(const struct job *j)
{
    if (j->undo)
        return "undo";
    return j->name ? "run" : j->n_steps > 0 && j->steps[0].action ? j->steps[0].action : "";
}

/* A letter goes by its name, as in the ledger; ptr is NULL if there is none. */
static struct slice target_id(const struct job_step *s, const struct job_target *t)
{
    const struct action *action = s->action ? action_find(s->action) : NULL;
    struct letter_wishes w = t->letter;

    w.path = t->id;
    if (action && action->mails && t->id)
        return letter_known_as(&w);
    return t->id ? slice_of(t->id) : (struct slice){NULL, 0};
}

/* What the job is called: its file, or its action and target. */
static void put_job(struct text *out, const struct job *j)
{
    const char *slash = j->name ? strrchr(j->name, '/') : NULL;
    struct slice target = {NULL, 0};

    if (j->name)
        text_puts(out, slash ? slash + 1 : j->name);
    else
        text_puts(out, *command_of(j) ? command_of(j) : "run");
    if (*command_of(j) && !j->name)
        target = target_id(&j->steps[0], &j->steps[0].targets[0]);
    if (target.ptr) {
        text_puts(out, " ");
        text_append(out, target.ptr, target.len);
    }
}

/* As it may be shown. */
static void put_input(struct text *out, const struct summary *s)
{
    const char *path = s->job->input;

    if (s->input)
        text_puts(out, s->input->name);
    else if (path && fetch_is_url(path))
        fetch_name(path, out);
    else if (path)
        text_puts(out, path);
}

const char *summary_meaning(int exit_code)
{
    switch (exit_code) {
    case EXIT_DONE:
        return "finished";
    case EXIT_ROWS:
        return "finished, and some rows need a person or are not done with";
    case EXIT_USAGE:
        return "refused: the command line, the job file or what is set is wrong";
    case EXIT_INPUT:
        return "the input can't be read";
    case EXIT_STOPPED:
        return "stopped early";
    case EXIT_OUTPUT:
        return "the ledger or an output can't be written";
    default:
        return "interrupted";
    }
}

static const char *outcome_of(int exit_code)
{
    return exit_code == EXIT_DONE ? "success" : exit_code == EXIT_ROWS ? "warning" : "failure";
}

/* ---- words ---- */

void summary_text(const struct summary *s, struct text *out)
{
    struct text name;

    text_init(&name);
    put_job(&name, s->job);
    if (s->job->input) {
        text_puts(&name, ", ");
        put_input(&name, s);
    }
    text_puts(out, "claimpipe: ");
    if (text_ok(&name))
        visible_puts(out, name.ptr);
    text_release(&name);
    text_printf(out, ": %s (exit code %d)", summary_meaning(s->exit_code), s->exit_code);
    if (*s->stopped) {
        text_puts(out, "\nstopped: ");
        visible_puts(out, s->stopped);
    }
    if (*s->error) {
        text_puts(out, "\nerror: ");
        visible_puts(out, s->error);
    }
    if (!s->rows)
        return;
    text_puts(out, "\n");
    report_words(s->rows, out);
    text_printf(out, "\nrun %" PRId64 ": ", s->run);
    if (s->messages > 0)
        count_put(out, s->messages, "message", "messages");
    if (s->messages > 0 && s->requests > 0)
        text_puts(out, ", ");
    if (s->messages == 0 || s->requests > 0)
        count_put(out, s->requests, "request", "requests");
    text_printf(out, " in %.1f s", s->seconds);
    if (strcmp(s->job->results, "-") != 0) {
        text_puts(out, "; results in ");
        visible_puts(out, s->job->results);
    }
}

/* ---- JSON ---- */

/* What is no UTF-8 is made visible. */
static void put_quoted(struct text *out, const char *value)
{
    struct text shown;

    if (json_quote(out, slice_of(value)) == 0)
        return;
    text_init(&shown);
    visible_puts(&shown, value);
    if (!text_ok(&shown) || json_quote(out, (struct slice){shown.ptr, shown.len}) != 0)
        out->failed = true;
    text_release(&shown);
}

static void put_text(struct text *out, const char *name, const char *value)
{
    text_printf(out, ",\"%s\":", name);
    if (value && *value)
        put_quoted(out, value);
    else
        text_puts(out, "null");
}

static void put_time(struct text *out, const char *name, int64_t ms)
{
    char when[CLOCK_RFC3339_MAX];

    put_text(out, name, clock_rfc3339(ms, when));
}

static void put_id(struct text *out, struct slice id)
{
    struct text t;

    text_init(&t);
    if (id.ptr)
        text_append(&t, id.ptr, id.len);
    put_text(out, "id", t.len > 0 ? t.ptr : NULL);
    out->failed = out->failed || !text_ok(&t);
    text_release(&t);
}

static void put_targets(struct text *out, const struct job *j)
{
    const char *comma = "";

    text_puts(out, ",\"targets\":[");
    for (size_t i = 0; i < j->n_steps; i++)
        for (size_t t = 0; j->steps[i].targets && t < j->steps[i].n_targets; t++) {
            text_printf(out, "%s{\"step\":%zu", comma, i + 1);
            put_text(out, "action", j->steps[i].action);
            put_id(out, target_id(&j->steps[i], &j->steps[i].targets[t]));
            text_puts(out, "}");
            comma = ",";
        }
    text_puts(out, "]");
}

static void put_input_json(struct text *out, const struct summary *s)
{
    struct text name;

    text_init(&name);
    put_input(&name, s);
    text_puts(out, ",\"input\":{\"name\":");
    put_quoted(out, text_ok(&name) ? name.ptr : "");
    if (s->input) {
        text_printf(out, ",\"rows\":%" PRIu64 ",\"sha256\":\"", s->input->rows);
        for (size_t i = 0; i < INPUT_HASH_SIZE; i++)
            text_printf(out, "%02x", s->input->hash[i]);
        text_puts(out, "\"");
    }
    text_puts(out, "}");
    text_release(&name);
}

static void put_reason(struct text *out, const struct reason *r, const char *comma)
{
    text_printf(out, "%s{\"status\":\"%s\"", comma, status_name(r->status));
    text_puts(out, ",\"text\":");
    put_quoted(out, r->text);
    text_printf(out, ",\"rows\":%" PRIu64 ",\"new\":%" PRIu64 ",\"first_line\":%" PRIu64, r->rows,
                r->fresh, r->first_line);
    if (r->fresh > 0)
        text_printf(out, ",\"first_new_line\":%" PRIu64, r->fresh_line);
    if (r->first_run)
        text_printf(out, ",\"failed_in_runs\":[%" PRId64 ",%" PRId64 "]", r->first_run,
                    r->last_run);
    text_puts(out, "}");
}

static void put_rows(struct text *out, const struct report_summary *rows)
{
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += rows->rows[i];
    text_printf(out, ",\"rows\":{\"total\":%" PRIu64, total);
    for (int i = 0; i < STATUS_COUNT; i++)
        text_printf(out, ",\"%s\":%" PRIu64, status_name((enum status)i), rows->rows[i]);
    text_printf(out, "},\"problems\":{\"new\":%" PRIu64 ",\"known\":%" PRIu64, rows->fresh,
                rows->known);
    if (rows->known > 0)
        text_printf(out, ",\"known_since_runs\":[%" PRId64 ",%" PRId64 "]", rows->known_first,
                    rows->known_last);
    text_puts(out, "},\"reasons\":[");
    for (size_t i = 0; i < rows->reasons.n; i++)
        put_reason(out, &rows->reasons.list[i], i > 0 ? "," : "");
    text_printf(out, "],\"other_reasons\":%" PRIu64, rows->reasons.others);
}

/* What a person would type next; null: there is nothing to go on with. */
static void put_commands(struct text *out, const struct summary *s)
{
    const struct report_summary *rows = s->rows;
    bool open = rows && (rows->rows[STATUS_PENDING] || rows->rows[STATUS_UNKNOWN] ||
                         rows->rows[STATUS_UNSENT]);
    bool stopped = s->exit_code > EXIT_ROWS && s->exit_code != EXIT_USAGE;

    put_text(out, "go_on", open || stopped ? s->job->tell.same_command : NULL);
    put_text(out, "retry_failed",
             rows && rows->rows[STATUS_FAILED] > 0 ? s->job->retry_hint : NULL);
}

void summary_json(const struct summary *s, struct text *out)
{
    const struct job *j = s->job;
    struct text words;

    text_init(&words);
    summary_text(s, &words);
    text_printf(out, "{\"format\":%d,\"program\":\"claimpipe %s\",\"text\":", FORMAT,
                CLAIMPIPE_VERSION);
    put_quoted(out, text_ok(&words) ? words.ptr : "");
    text_release(&words);
    put_text(out, "outcome", outcome_of(s->exit_code));
    text_printf(out, ",\"exit_code\":%d", s->exit_code);
    put_text(out, "meaning", summary_meaning(s->exit_code));
    put_text(out, "command", command_of(j));
    put_text(out, "job", j->name);
    put_targets(out, j);
    text_printf(out, ",\"dry_run\":%s", j->mode == JOB_SIMULATE ? "true" : "false");
    if (s->run > 0 && j->mode == JOB_RUN)
        text_printf(out, ",\"run\":%" PRId64, s->run);
    else
        text_puts(out, ",\"run\":null");
    put_time(out, "started", s->started_ms);
    put_time(out, "ended", s->ended_ms);
    text_printf(out, ",\"seconds\":%.3f,\"requests\":%" PRIu64 ",\"messages\":%" PRIu64, s->seconds,
                s->requests, s->messages);
    put_input_json(out, s);
    put_text(out, "results", s->rows ? j->results : NULL);
    put_text(out, "ledger", j->ledger);
    put_text(out, "stopped", s->stopped);
    put_text(out, "error", s->error);
    put_commands(out, s);
    if (s->rows)
        put_rows(out, s->rows);
    text_puts(out, "}");
}

/* ---- metrics ---- */

/* A label's value: backslash, quote and line end are escaped. */
static void put_label(struct text *out, const char *value)
{
    for (; *value; value++)
        if (*value == '\n')
            text_puts(out, "\\n");
        else
            text_printf(out, "%s%c", *value == '\\' || *value == '"' ? "\\" : "", *value);
}

struct metrics {
    struct text *out;
    const char *job; /* `job="…"` */
};

static void begin(const struct metrics *m, const char *name, const char *help)
{
    text_printf(m->out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void put_gauge(const struct metrics *m, const char *name, const char *help, double value)
{
    begin(m, name, help);
    text_printf(m->out, "%s{%s} %.15g\n", name, m->job, value);
}

static void put_one_of(const struct metrics *m, const char *name, const char *label,
                       const char *which, uint64_t value)
{
    text_printf(m->out, "%s{%s,%s=\"%s\"} %" PRIu64 "\n", name, m->job, label, which, value);
}

/* The line of the last success, as it stands in the file of before; "": there is none. */
static struct slice find_success(const struct metrics *m, struct slice before)
{
    struct slice found = {NULL, 0};
    struct text wanted;

    text_init(&wanted);
    text_printf(&wanted, SUCCESS_METRIC "{%s} ", m->job);
    while (text_ok(&wanted) && before.len > 0 && !found.ptr) {
        const char *end = memchr(before.ptr, '\n', before.len);
        size_t len = end ? (size_t)(end - before.ptr) : before.len;

        if (len > wanted.len && memcmp(before.ptr, wanted.ptr, wanted.len) == 0)
            found = (struct slice){before.ptr + wanted.len, len - wanted.len};
        before.ptr += len + (end != NULL);
        before.len -= len + (end != NULL);
    }
    text_release(&wanted);
    return found;
}

static void put_success(const struct metrics *m, const struct summary *s, struct slice before)
{
    struct slice last = find_success(m, before);

    begin(m, SUCCESS_METRIC, "When a run of the job last ended with exit code 0 (0: never).");
    text_printf(m->out, SUCCESS_METRIC "{%s} ", m->job);
    if (s->exit_code == EXIT_DONE)
        text_printf(m->out, "%.15g", (double)s->ended_ms / 1000);
    else if (last.ptr)
        text_append(m->out, last.ptr, last.len);
    else
        text_puts(m->out, "0");
    text_puts(m->out, "\n");
}

static void put_counts(const struct metrics *m, const struct report_summary *rows)
{
    static const char counts[] = "claimpipe_rows", problems[] = "claimpipe_problems";

    if (!rows)
        return;
    begin(m, counts, "Rows of the last run's results, by status.");
    for (int i = 0; i < STATUS_COUNT; i++)
        put_one_of(m, counts, "status", status_name((enum status)i), rows->rows[i]);
    begin(m, problems,
          "Rows of the last run that need a person, new ones and those told of before.");
    put_one_of(m, problems, "kind", "new", rows->fresh);
    put_one_of(m, problems, "kind", "known", rows->known);
}

void summary_metrics(const struct summary *s, struct slice before, struct text *out)
{
    struct text name, label;
    struct metrics m = {.out = out};

    text_init(&name);
    text_init(&label);
    put_job(&name, s->job);
    text_puts(&label, "job=\"");
    put_label(&label, name.ptr);
    text_puts(&label, "\"");
    m.job = label.ptr;
    put_gauge(&m, "claimpipe_last_run_timestamp_seconds", "When the last run ended.",
              (double)s->ended_ms / 1000);
    put_gauge(&m, "claimpipe_last_run_exit_code", "The exit code of the last run.",
              (double)s->exit_code);
    put_success(&m, s, before);
    put_gauge(&m, "claimpipe_last_run_duration_seconds", "How long the last run took.", s->seconds);
    put_gauge(&m, "claimpipe_last_run_requests", "Requests that the last run made.",
              (double)s->requests);
    put_gauge(&m, "claimpipe_last_run_messages", "Messages that the last run began to hand over.",
              (double)s->messages);
    put_counts(&m, s->rows);
    out->failed = out->failed || !text_ok(&name) || !text_ok(&label);
    text_release(&label);
    text_release(&name);
}
