/*
 * successes: one execution is
 *
 *   opened (output, ledger) -> listing (pages, newest first, into the ledger's list of what is to be
 *   told) -> written (from the end of that list) -> in place -> remembered
 *
 * A failure before "in place" leaves everything as it was.
 */
#include "commands/successes.h"

#include "adapters/csvio.h"
#include "adapters/json.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/step.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_told.h"
#include "stages/ask.h"
#include "stages/attemptpages.h"
#include "stages/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "address,claim_id,claim_number,attempt_id,claimed_at\n"
#define FLUSH_BYTES 65536

struct telling {
    const struct successes_options *o;
    struct log log;
    struct outfile *out;
    struct ledger *ledger;
    int64_t target;
    struct budget budget;
    struct ask_options ask_options;
    struct ask *ask;
    struct attemptpages pages;
    struct text text; /* lines to be written */
    uint64_t fresh;
    int64_t newest_ms; /* of those told of before */
    int64_t started_ns;
};

bool successes_enough(const struct successes_page *page, int64_t newest_ms)
{
    return page->told > 0 && page->fresh == 0 && page->newest_ms < newest_ms - SUCCESSES_LATE_MS;
}

/* ---- one page of the list ---- */

static int take_success(struct telling *t, const struct json *attempt, int64_t at_ms,
                        struct successes_page *page, struct err *e)
{
    char id[STEP_ATTEMPT_MAX], address[ATTEMPTPAGES_ADDRESS_MAX];
    struct ledger_told told = {.attempt = id, .address = address, .number = -1, .at_ms = at_ms};
    struct slice s = json_text(json_get(attempt, "claimAttemptId"));
    int rc;

    if (!s.len || s.len >= sizeof(id))
        return err_set(e, EXIT_STOPPED, ATTEMPTPAGES_UNUSABLE "has one without a claimAttemptId");
    visible_line(s, id, sizeof(id));
    attemptpages_address(attempt, address);
    json_int(json_get(attempt, "claimNumber"), &told.number);
    rc = t->o->all ? 0 : ledger_told_has(t->ledger, t->target, id, e);
    if (rc < 0)
        return -1;
    if (rc > 0) {
        page->told++;
        if (at_ms > t->newest_ms)
            t->newest_ms = at_ms;
        return 0;
    }
    page->fresh++;
    rc = ledger_told_add(t->ledger, &told, e);
    t->fresh += rc > 0;
    return rc < 0 ? -1 : 0;
}

static int take_attempt(struct telling *t, const struct json *attempt, struct successes_page *page,
                        struct err *e)
{
    int64_t at_ms;

    if (json_int(json_get(attempt, "attemptedAt"), &at_ms) != 0 || at_ms < 0) {
        at_ms = -1;
        page->newest_ms = INT64_MAX;
    } else if (at_ms > page->newest_ms) {
        page->newest_ms = at_ms;
    }
    return attemptpages_is_success(attempt) ? take_success(t, attempt, at_ms, page, e) : 0;
}

/* 1: all behind this page was told of before; 0; -1. */
static int take_page(struct telling *t, const struct json *docs, struct err *e)
{
    struct successes_page page = {.newest_ms = INT64_MIN};

    for (size_t i = 0; i < json_count(docs); i++)
        if (take_attempt(t, json_at(docs, i), &page, e) != 0)
            return -1;
    return successes_enough(&page, t->newest_ms);
}

/* ---- the whole list ---- */

static void say(void *context, const char *text)
{
    struct telling *t = context;

    log_say(&t->log, LOG_WARNING, "notice", text, NULL, 0);
}

static void tell_progress(struct telling *t)
{
    int64_t now = clock_now_ns();
    struct log_field fields[] = {{"attempts", (int64_t)t->pages.attempts},
                                 {"new", (int64_t)t->fresh}};
    struct text text;

    if (!log_wants_progress(&t->log, now))
        return;
    text_init(&text);
    count_put(&text, t->pages.attempts, "attempt read, ", "attempts read, ");
    count_put(&text, t->fresh, "new success", "new successes");
    log_progress(&t->log, text.ptr, fields, 2, now);
    text_release(&text);
}

static int list(struct telling *t, struct err *e)
{
    const struct json *docs;
    int found, enough = 0;

    t->log.next_progress_ns = clock_now_ns() + CLOCK_NS_PER_S; /* not of what is done at once */
    while (!enough && (found = attemptpages_next(&t->pages, &docs, e)) != 0) {
        enough = found < 0 ? -1 : take_page(t, docs, e);
        if (enough < 0)
            return -1;
        tell_progress(t);
    }
    return 0;
}

/* ---- the output ---- */

static int write_one(void *context, const struct ledger_told *told, struct err *e)
{
    struct telling *t = context;
    char when[CLOCK_RFC3339_MAX];

    csvio_append_safe(&t->text, slice_of(told->address), ',', '"');
    text_puts(&t->text, ",");
    csvio_append_safe(&t->text, slice_of(t->o->claim), ',', '"');
    text_puts(&t->text, ",");
    if (told->number >= 0)
        text_printf(&t->text, "%lld", (long long)told->number);
    text_puts(&t->text, ",");
    csvio_append_safe(&t->text, slice_of(told->attempt), ',', '"');
    text_printf(&t->text, ",%s\n", told->at_ms >= 0 ? clock_rfc3339(told->at_ms, when) : "");
    return outfile_drain(t->out, &t->text, FLUSH_BYTES, e);
}

/* What is told is put in place, and only then remembered. */
static int tell(struct telling *t, struct err *e)
{
    int rc;

    text_clear(&t->text);
    text_puts(&t->text, HEADER);
    if (ledger_told_each(t->ledger, write_one, t, e) != 0 ||
        outfile_drain(t->out, &t->text, 1, e) != 0 ||
        ledger_told_keep(t->ledger, t->target, e) != 0)
        return -1;
    rc = outfile_close(t->out, true, e);
    t->out = NULL;
    return rc == 0 ? ledger_commit(t->ledger, e) : -1;
}

static void say_summary(struct telling *t)
{
    struct log_field fields[] = {{"successes", (int64_t)t->fresh},
                                 {"attempts", (int64_t)t->pages.attempts},
                                 {"requests", (int64_t)ask_requests(t->ask)}};
    double seconds = (double)(clock_now_ns() - t->started_ns) / CLOCK_NS_PER_S;
    const char *output = t->o->output;
    struct text words;

    text_init(&words);
    text_puts(&words, "claim ");
    visible_puts(&words, t->o->claim);
    text_puts(&words, ": ");
    count_put(&words, t->fresh, t->o->all ? "success" : "new success",
              t->o->all ? "successes" : "new successes");
    text_puts(&words, "; ");
    count_put(&words, ask_requests(t->ask), "request", "requests");
    text_printf(&words, " in %.1f s", seconds);
    if (output && strcmp(output, "-") != 0) {
        text_puts(&words, "; in ");
        visible_puts(&words, output);
    }
    log_clear(&t->log);
    if (text_ok(&words))
        log_say(&t->log, LOG_INFO, "summary", words.ptr, fields, 3);
    text_release(&words);
}

/* ---- the command ---- */

/* What can be refused is refused here, before anything is asked. */
static int open_all(struct telling *t, struct err *e)
{
    const struct successes_options *o = t->o;
    const char *output = o->output ? o->output : "-";
    struct ledger_target target = {
        .action = "successes", .url = o->api_url, .name = o->claim, .key = NULL};

    if (ledger_is_file(o->ledger, output))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", output);
    if (outfile_refuse_other(output, HEADER, "-o", o->force, e) != 0)
        return -1;
    t->out = outfile_open(output, e);
    if (!t->out)
        return -1;
    t->ledger =
        o->accept_ledger ? ledger_open_accepted(o->ledger, true, e) : ledger_open(o->ledger, e);
    if (!t->ledger)
        return -1;
    if (ledger_lock(t->ledger, &target, NULL, e) != 0 ||
        ledger_target_id(t->ledger, &target, &t->target, e) != 0 ||
        ledger_commit(t->ledger, e) != 0 || ledger_told_begin(t->ledger, e) != 0 ||
        budget_open(&t->budget, t->ledger, o->api_url, o->rates, o->n_rates, o->burst, e) != 0)
        return -1;
    t->ask_options = (struct ask_options){.api_url = o->api_url,
                                          .api_key = o->api_key,
                                          .cacert = o->cacert,
                                          .connect_timeout_ns = o->connect_timeout_ns,
                                          .timeout_ns = o->timeout_ns,
                                          .budget = &t->budget,
                                          .tries_max = o->tries_max,
                                          .seed = (uint64_t)clock_wall_ms(),
                                          .say = say,
                                          .context = t};
    t->ask = ask_new(&t->ask_options, e);
    if (!t->ask)
        return -1;
    attemptpages_init(&t->pages, t->ask, o->claim);
    return 0;
}

int successes(const struct successes_options *o, struct err *e)
{
    struct telling *t = mem_zero(1, sizeof(*t));
    struct err ignored = ERR_INIT; /* then what is left to tell counts as lost */
    int rc = -1;

    if (!t) {
        err_nomem(e);
        return (int)e->code;
    }
    t->o = o;
    t->started_ns = clock_now_ns();
    text_init(&t->text);
    log_init(&t->log, o->observer, o->quiet, o->json_log);
    if (open_all(t, e) != 0 || list(t, e) != 0 || tell(t, e) != 0)
        goto done;
    say_summary(t);
    rc = 0;
done:
    log_clear(&t->log);
    ask_free(t->ask);
    err_ignore(budget_close(&t->budget, rc == 0, &ignored));
    ledger_close(t->ledger);
    if (t->out)
        err_ignore(outfile_close(t->out, false, e));
    attemptpages_release(&t->pages);
    text_release(&t->text);
    free(t);
    if (rc == 0)
        return EXIT_DONE;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
