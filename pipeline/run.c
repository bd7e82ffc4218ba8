/*
 * run: the driver.
 *
 *   opened (input, ledger, results) -> acting (issue pulls rows through select, plan and the ledger)
 *   -> reported -> closed
 *
 * Everything that can be refused is refused while opening, before anything is sent.
 */
#include "run.h"

#include "actions/action.h"
#include "adapters/http.h"
#include "adapters/ledger.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/mem.h"
#include "job.h"
#include "policy/admit.h"
#include "policy/limit.h"
#include "stages/issue.h"
#include "stages/plan.h"
#include "stages/progress.h"
#include "stages/read.h"
#include "stages/report.h"
#include "stages/select.h"

#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_AGENT "claimpipe/" CLAIMPIPE_VERSION

struct run {
    const struct job *job;
    const struct action *action;
    struct target target;
    struct claimed claimed;
    struct log log;
    struct progress progress;

    struct input *input;
    struct select select;
    struct plan *plan;
    struct outfile *results;
    struct ledger *ledger;
    struct ledger_run id;
    struct http_pool *pool;
    struct http_options http;
    struct limit limit;
    struct issue *issue;

    struct batch batch;
    size_t at; /* the next record of the batch */
    struct text fields, line;
};

/* ---- rows: read -> select -> plan -> ledger ---- */

static int put_row(struct run *r, const struct record *record, enum ledger_row_kind kind,
                   const struct ledger_item *of, int64_t item, const char *error, struct err *e)
{
    struct ledger_row row = {.kind = kind,
                             .row = record->row,
                             .line = record->line,
                             .item = item,
                             .of_run = of ? of->run : 0,
                             .of_line = of ? of->line : 0,
                             .error = error};

    return ledger_put_row(r->ledger, &r->id, &row, e);
}

static void row_done(struct run *r, enum status status)
{
    r->progress.done++;
    r->progress.failed += status == STATUS_FAILED || status == STATUS_UNKNOWN;
    r->progress.invalid += status == STATUS_INVALID;
}

static int send_row(struct run *r, const struct trigger *t, int64_t item, unsigned tries,
                    struct step **out, struct err *e)
{
    struct step *s = step_new(t->recipient, r->fields.ptr);

    if (!s)
        return err_nomem(e);
    s->item = item;
    s->state = STATE_PLANNED;
    s->tries = tries;
    s->of_row = true;
    *out = s;
    return 0;
}

static int admit_new(struct run *r, const struct trigger *t, struct step **out, struct err *e)
{
    const struct record *record = t->record;
    int64_t item;

    if (ledger_add(r->ledger, &r->id, t->key, t->recipient, record->row, record->line, &item, e) !=
            0 ||
        put_row(r, record, LEDGER_ROW_OWNER, NULL, item, NULL, e) != 0)
        return -1;
    return send_row(r, t, item, 0, out, e);
}

/* The row takes over an item that was there before. */
static int admit_known(struct run *r, const struct trigger *t, const struct ledger_item *known,
                       enum admission admission, struct step **out, struct err *e)
{
    const struct record *record = t->record;
    struct ledger_move back = {.to = STATE_PLANNED, .tries = known->tries};
    bool follow = known->state == STATE_SENDING || known->state == STATE_ACCEPTED ||
                  known->state == STATE_UNKNOWN;
    int64_t item = known->id;
    enum state state = known->state;
    unsigned tries = known->tries;

    if (ledger_take(r->ledger, &r->id, item, record->row, record->line, e) != 0 ||
        put_row(r, record, LEDGER_ROW_OWNER, NULL, item, NULL, e) != 0)
        return -1;
    if (follow) {
        int followed = issue_attach(r->issue, item, r->fields.ptr, admission == ADMIT_SEND, e);
        if (followed != 0)
            return followed < 0 ? -1 : 0;
    }
    if (admission != ADMIT_SEND) {
        row_done(r, state_status(state));
        return 0;
    }
    back.now_ms = clock_wall_ms();
    if (state != STATE_PLANNED && ledger_move(r->ledger, item, &back, e) != 0)
        return -1;
    return send_row(r, t, item, tries, out, e);
}

/* What the ledger says to a trigger that could be sent. */
static int admit(struct run *r, const struct trigger *t, struct step **out, struct err *e)
{
    struct ledger_item known;
    struct admit_facts facts;
    enum admission admission;
    int found = ledger_find(r->ledger, &r->id, t->key, &known, e);

    if (found < 0)
        return -1;
    if (!found)
        return admit_new(r, t, out, e);
    facts.state = known.state;
    facts.this_run = known.run == r->id.id;
    facts.this_pass = known.pass == r->id.pass;
    admission = admit_decide(&facts, &r->job->wishes);
    if (admission != ADMIT_DUPLICATE)
        return admit_known(r, t, &known, admission, out, e);
    if (put_row(r, t->record, LEDGER_ROW_DUPLICATE, &known, known.id, NULL, e) != 0)
        return -1;
    row_done(r, STATUS_DUPLICATE);
    return 0;
}

static int take_row(struct run *r, const struct record *record, struct step **out, struct err *e)
{
    struct trigger t;

    if (select_row(&r->select, record, &r->batch.arena, &t) != 0)
        return err_nomem(e);
    if (!t.why)
        t.why = plan_row(r->plan, &t, &r->batch.arena, &r->fields);
    if (!text_ok(&r->fields))
        return err_nomem(e);
    if (!t.why)
        return admit(r, &t, out, e);
    if (put_row(r, record, LEDGER_ROW_INVALID, NULL, 0, t.why, e) != 0)
        return -1;
    row_done(r, STATUS_INVALID);
    return 0;
}

/* issue asks for the next step: rows that need none are dealt with on the way. */
static int next_step(void *context, struct step **out, struct err *e)
{
    struct run *r = context;

    *out = NULL;
    while (!*out) {
        if (r->at == r->batch.n) {
            r->at = 0;
            if (read_batch(r->input, &r->batch, e) != 0)
                return -1;
            if (r->batch.n == 0)
                return 0;
        }
        if (take_row(r, &r->batch.records[r->at++], out, e) != 0)
            return -1;
    }
    return 0;
}

static void step_rested(void *context, const struct step *s)
{
    struct run *r = context;

    if (!s->of_row || s->state == STATE_PLANNED)
        return;
    r->progress.acted++;
    row_done(r, state_status(s->state));
}

/* ---- telling ---- */

static int tick(void *context, size_t waiting, int64_t now_ns)
{
    struct run *r = context;

    if (log_wants_progress(&r->log, now_ns)) {
        struct log_field fields[] = {{"done", (int64_t)r->progress.done},
                                     {"total", (int64_t)r->progress.total},
                                     {"failed", (int64_t)r->progress.failed},
                                     {"invalid", (int64_t)r->progress.invalid},
                                     {"waiting", (int64_t)waiting}};

        r->progress.waiting = waiting;
        r->progress.held_ns = r->limit.hold_until_ns - now_ns;
        progress_line(&r->progress, now_ns, &r->line);
        log_progress(&r->log, r->line.ptr, fields, 5, now_ns);
    }
    return stop_signal();
}

static void say(void *context, const char *text)
{
    struct run *r = context;

    log_say(&r->log, LOG_WARNING, "notice", text, NULL, 0);
}

static void say_beginning(struct run *r)
{
    char text[512];

    if (!r->id.resumed)
        return;
    snprintf(text, sizeof(text), "run %lld did not finish: going on where it stopped%s",
             (long long)r->id.id,
             r->id.input_changed ? " (the input has changed since: rows are matched by their key)"
                                 : "");
    log_say(&r->log, LOG_WARNING, "resumed", text, NULL, 0);
}

static void say_summary(struct run *r, const struct report_summary *s, const struct issue_end *end)
{
    struct log_field fields[STATUS_COUNT + 2];
    double seconds = (double)(clock_now_ns() - r->progress.started_ns) / CLOCK_NS_PER_S;
    struct text t;

    for (int i = 0; i < STATUS_COUNT; i++)
        fields[i] = (struct log_field){status_name((enum status)i), (int64_t)s->rows[i]};
    fields[STATUS_COUNT] = (struct log_field){"run", r->id.id};
    fields[STATUS_COUNT + 1] = (struct log_field){"requests", (int64_t)end->requests};
    text_init(&t);
    report_words(s, &t);
    text_printf(&t, "\nrun %lld: %llu requests in %.1f s", (long long)r->id.id,
                (unsigned long long)end->requests, seconds);
    if (strcmp(r->job->results, "-") != 0)
        text_printf(&t, "; results in %s", r->job->results);
    if (r->id.input_changed)
        text_puts(&t,
                  "\nthe input has changed since this run began: rows were matched by their key");
    if (s->rows[STATUS_PENDING] || s->rows[STATUS_UNKNOWN] || s->rows[STATUS_UNSENT])
        text_puts(&t, "\nto go on where this run ended: run the same command again");
    if (s->rows[STATUS_FAILED])
        text_printf(&t, "\nto try the failed rows again: %s", r->job->retry_hint);
    if (text_ok(&t))
        log_say(&r->log, LOG_INFO, "summary", t.ptr, fields, STATUS_COUNT + 2);
    text_release(&t);
}

/* ---- opening ---- */

/* A header that is one field with other delimiters in it is no CSV as we read it. */
static int refuse_delimiter(const struct columns *header, struct err *e)
{
    const struct slice *only = header->names;

    if (header->n != 1 ||
        (!memchr(only->ptr, ';', only->len) && !memchr(only->ptr, '\t', only->len)))
        return 0;
    return err_set(
        e, EXIT_INPUT, "%s:%zu: the columns are separated by %s: save it with commas between them",
        header->origin, header->line, memchr(only->ptr, '\t', only->len) ? "tabs" : "semicolons");
}

static int open_input(struct run *r, struct err *e)
{
    const struct job *j = r->job;
    const struct columns *header;

    r->input = read_open(j->input, e);
    if (!r->input)
        return -1;
    header = &read_facts(r->input)->header;
    if (refuse_delimiter(header, e) != 0)
        return -1;
    r->progress.total = read_facts(r->input)->rows;
    if (select_init(&r->select, header, j->address, j->key, j->again, e) != 0)
        return -1;
    r->plan = plan_new(j->settings, j->n_settings, header, e);
    return r->plan ? 0 : -1;
}

/* By which name an input is known to the ledger. */
static const char *input_name(const char *path, char *buf)
{
    return strcmp(path, "-") != 0 && realpath(path, buf) ? buf : path;
}

static int open_ledger(struct run *r, struct err *e)
{
    const struct job *j = r->job;
    const struct input_facts *facts = read_facts(r->input);
    struct ledger_target target = {.action = j->action,
                                   .url = j->api_url,
                                   .name = j->target,
                                   .key = j->key ? j->key : "recipient"};
    char path[PATH_MAX], variant[32] = "";

    if (j->again > 1)
        snprintf(variant, sizeof(variant), "again %lld", (long long)j->again);

    r->ledger = ledger_open(j->ledger, e);
    if (!r->ledger || ledger_lock(r->ledger, &target, e) != 0)
        return -1;
    return ledger_run_begin(r->ledger, &target, variant, input_name(j->input, path), facts->hash,
                            facts->rows, &r->id, e);
}

static int open_pool(struct run *r, struct err *e)
{
    const struct job *j = r->job;

    r->http = (struct http_options){.base_url = j->api_url,
                                    .api_key = j->api_key,
                                    .cacert = j->cacert,
                                    .user_agent = USER_AGENT,
                                    .connect_timeout_ns = j->connect_timeout_ns,
                                    .timeout_ns = j->timeout_ns,
                                    .lanes = j->lanes};
    r->pool = http_pool_new(&r->http, e);
    limit_init(&r->limit, j->rate_count, j->rate_window_ns, j->burst, clock_now_ns());
    return r->pool ? 0 : -1;
}

/* ---- acting ---- */

/* The loop in one thread, each lane in another. */
static int act(struct run *r, const struct issue_options *o, const struct issue_driver *d,
               struct issue_end *end, struct err *e)
{
    size_t lanes = r->job->lanes;
    int rc = -1;

    r->issue = issue_new(o, d, e);
    if (!r->issue || issue_load(r->issue, e) != 0)
        return -1;
    omp_set_dynamic(0);
#pragma omp parallel num_threads((int)lanes + 1)
    {
        int me = omp_get_thread_num();

        if (omp_get_num_threads() < (int)lanes + 1) {
            if (me == 0)
                err_set(e, EXIT_STOPPED,
                        "OpenMP gives too few threads for --lanes %zu: unset "
                        "OMP_THREAD_LIMIT",
                        lanes);
        } else if (me == 0) {
            rc = issue_run(r->issue, end, e);
            http_pool_close(r->pool);
        } else {
            struct err ignored = ERR_INIT; /* its transfers then fail, and the loop is told so */

            http_pool_serve(r->pool, (size_t)me - 1, &ignored);
        }
    }
    return rc;
}

static int exit_code(const struct report_summary *s, const struct issue_end *end)
{
    if (end->signal)
        return 128 + end->signal;
    if (end->stopped[0])
        return EXIT_STOPPED;
    return s->rows[STATUS_FAILED] || s->rows[STATUS_INVALID] || s->rows[STATUS_PENDING] ||
                   s->rows[STATUS_UNKNOWN] || s->rows[STATUS_UNSENT]
               ? EXIT_ROWS
               : EXIT_DONE;
}

static int report(struct run *r, const struct issue_end *end, int *code, struct err *e)
{
    struct report_options o = {.action = r->job->action, .target = r->job->target, .run = r->id.id};
    struct report_summary *s = mem_zero(1, sizeof(*s));
    struct source source = read_source(r->input);
    struct text link;
    int rc = -1;

    text_init(&link);
    if (!s) {
        err_nomem(e);
        goto done;
    }
    r->action->link(r->job->target, &link);
    if (!text_ok(&link)) {
        err_nomem(e);
        goto done;
    }
    o.link = link.ptr;
    if (report_write(&source, r->ledger, &o, r->results, s, e) != 0)
        goto done;
    rc = outfile_close(r->results, true, e);
    r->results = NULL;
    if (rc != 0)
        goto done;
    *code = exit_code(s, end);
    rc = ledger_run_end(r->ledger, &r->id, *code <= EXIT_ROWS, *code, e);
    log_clear(&r->log);
    if (end->stopped[0])
        log_say(&r->log, LOG_ERROR, "stopped", end->stopped, NULL, 0);
    say_summary(r, s, end);
done:
    text_release(&link);
    free(s);
    return rc;
}

static int run_opened(struct run *r, int *code, struct err *e)
{
    const struct job *j = r->job;
    struct issue_options options = {.action = r->action,
                                    .target = &r->target,
                                    .ledger = r->ledger,
                                    .run = &r->id,
                                    .pool = r->pool,
                                    .limit = &r->limit,
                                    .in_flight = j->in_flight,
                                    .tries_max = j->tries_max,
                                    .timeout_ns = j->timeout_ns,
                                    .settle_timeout_ns = j->settle_timeout_ns,
                                    .queue_delay_ns = j->queue_delay_ns,
                                    .seed = (uint64_t)clock_wall_ms(),
                                    .stoprule = &j->stoprule,
                                    .secrets = &j->secrets};
    struct issue_driver driver = {
        .context = r, .next = next_step, .rested = step_rested, .tick = tick, .say = say};
    struct issue_end end;

    if (read_rewind(r->input, e) != 0)
        return -1;
    r->progress.started_ns = clock_now_ns();
    if (act(r, &options, &driver, &end, e) != 0)
        return -1;
    return report(r, &end, code, e);
}

int run_job(const struct job *j, struct err *e)
{
    struct run *r = mem_zero(1, sizeof(*r));
    int code = EXIT_STOPPED, rc = -1;

    if (!r) {
        err_nomem(e);
        return (int)e->code;
    }
    r->job = j;
    r->action = action_find(j->action);
    claimed_init(&r->claimed);
    r->target = (struct target){.id = j->target,
                                .version = j->version,
                                .claimed = j->wishes.send_claimed ? NULL : &r->claimed};
    batch_init(&r->batch);
    text_init(&r->fields);
    text_init(&r->line);
    log_init(&r->log, j->quiet, j->json_log);
    stop_install();
    if (open_input(r, e) != 0)
        goto done;
    if (outfile_replaces(j->results, j->input)) {
        err_set(e, EXIT_USAGE, "%s: the results would replace the input: name another file with -o",
                j->results);
        goto done;
    }
    if (ledger_is_file(j->ledger, j->results)) {
        err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", j->results);
        goto done;
    }
    r->results = outfile_open(j->results, e);
    if (!r->results || open_ledger(r, e) != 0 || open_pool(r, e) != 0)
        goto done;
    say_beginning(r);
    rc = run_opened(r, &code, e);
done:
    log_clear(&r->log);
    issue_free(r->issue);
    claimed_release(&r->claimed);
    http_pool_free(r->pool);
    ledger_close(r->ledger);
    if (r->results)
        outfile_close(r->results, false, e);
    plan_free(r->plan);
    read_close(r->input);
    text_release(&r->line);
    text_release(&r->fields);
    batch_release(&r->batch);
    free(r);
    if (rc == 0)
        return code;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
