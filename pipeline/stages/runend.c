/* runend: the files first, for whoever is called by a hook may look at them. */
#include "stages/runend.h"

#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/plainfile.h"
#include "base/clock.h"
#include "ledger/ledger.h"
#include "policy/redact.h"
#include "stages/hooks.h"
#include "stages/job.h"
#include "stages/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes of a file that we have written. */
#define METRICS_MAX 65536
/* What these files begin with (stages/summary.c). */
#define SUMMARY_BEGINS "{\"format\":1,\"program\":\"claimpipe "
#define METRICS_BEGINS "# HELP claimpipe_"

/* A warning that is said however quiet one wants it: it tells that somebody else was not told. */
static void say(void *context, const char *text)
{
    const struct job *j = context;
    struct log log;

    log_init(&log, j->observer, false, j->json_log);
    log_say(&log, LOG_WARNING, "notify", text, NULL, 0);
}

static void say_slow(void *context, const char *text)
{
    const struct job *j = context;
    struct log log;

    log_init(&log, j->observer, j->quiet, j->json_log);
    log_say(&log, LOG_INFO, "notify", text, NULL, 0);
}

static struct hooks_say say_of(const struct job *j)
{
    return (struct hooks_say){say, (void *)(uintptr_t)j, say_slow};
}

/* ---- files ---- */

/* Is it in nobody's way, and can it be written?  It stays as it is. */
static int check_file(const struct job *j, const char *path, const char *begins, const char *option,
                      struct err *e)
{
    struct outfile *f;

    if (!path || strcmp(path, "-") == 0)
        return 0;
    if (outfile_replaces(path, j->input) || strcmp(path, j->results) == 0 ||
        outfile_replaces(path, j->results))
        return err_set(e, EXIT_USAGE, "%s: is the %s: name another file with %s", path,
                       outfile_replaces(path, j->input) ? "input" : "results' file", option);
    if (ledger_is_file(j->ledger, path))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with %s", path, option);
    if (outfile_refuse_other(path, begins, option, j->stoprule.force, e) != 0)
        return -1;
    f = outfile_open(path, e);
    if (!f)
        return -1;
    return outfile_close(f, false, e);
}

/* Of a run that was refused nobody has seen whether a file is one that it reads: --force or not, only what is not there,
 * or what an earlier run has put there, is written over. */
static bool may_write(const struct runend *r, const char *path, const char *begins)
{
    const char *results = r->summary.job->results;

    if (!path || r->begun || strcmp(path, "-") == 0)
        return path;
    if (results && strcmp(path, results) == 0)
        return false;
    return !outfile_is_other(path, begins);
}

static int write_file(const char *path, const struct text *content, bool shared, struct err *e)
{
    struct outfile *f = text_ok(content) ? outfile_open(path, e) : NULL;
    int rc;

    if (!f)
        return text_ok(content) ? -1 : err_nomem(e);
    if (shared)
        outfile_share(f);
    rc = outfile_write(f, content->ptr, content->len, e);
    return outfile_close(f, rc == 0, e) == 0 ? rc : -1;
}

static int write_summary(const struct job *j, const struct text *json, struct err *e)
{
    struct text line;
    int rc;

    text_init(&line);
    text_append(&line, json->ptr, json->len);
    text_puts(&line, "\n");
    line.failed = line.failed || !text_ok(json);
    rc = write_file(j->tell.summary, &line, false, e);
    text_release(&line);
    return rc;
}

static int write_metrics(const struct summary *s, struct err *e)
{
    const char *path = s->job->tell.metrics;
    struct err ignored = ERR_INIT; /* a file that is damaged is written anew */
    struct text before, now;
    int rc;

    text_init(&before);
    text_init(&now);
    if (access(path, F_OK) == 0)
        err_ignore(plainfile_read(path, "metrics", METRICS_MAX, &before, &ignored));
    summary_metrics(s, (struct slice){before.ptr, before.len}, &now);
    /* The collector is another user. */
    rc = write_file(path, &now, true, e);
    text_release(&now);
    text_release(&before);
    return rc;
}

/* ---- beginning and end ---- */

void runend_init(struct runend *r, const struct job *j)
{
    *r = (struct runend){.summary = {.job = j,
                                     .started_ms = clock_wall_ms(),
                                     .stopped = r->stopped,
                                     .error = r->error},
                         .started_ns = clock_now_ns()};
}

int runend_begin(struct runend *r, struct err *e)
{
    const struct job *j = r->summary.job;
    const struct hooks_say to = say_of(j);

    if (check_file(j, j->tell.summary, SUMMARY_BEGINS, "--summary", e) != 0 ||
        check_file(j, j->tell.metrics, METRICS_BEGINS, "--metrics", e) != 0)
        return -1;
    r->begun = true;
    if (j->mode == JOB_RUN && j->tell.ping.n > 0)
        hooks_start(j, &to);
    return 0;
}

void runend_stopped(struct runend *r, const char *why)
{
    snprintf(r->stopped, sizeof(r->stopped), "%s", why);
}

/* Nobody is to be called in a quiet night: nothing new, and nothing went wrong. */
static bool is_quiet(const struct summary *s)
{
    return s->job->quiet && s->exit_code <= EXIT_ROWS && s->rows && s->rows->fresh == 0;
}

static void call(const struct summary *s, const struct text *json)
{
    const struct hooks_say to = say_of(s->job);
    struct text words;

    text_init(&words);
    summary_text(s, &words);
    if (text_ok(&words) && text_ok(json))
        hooks_end(s->job,
                  &(struct hooks_end){.exit_code = s->exit_code,
                                      .quiet = is_quiet(s),
                                      .text = words.ptr,
                                      .json = json->ptr},
                  &to);
    else
        say(to.context, "out of memory: nobody was told how this run has ended");
    text_release(&words);
}

int runend_tell(struct runend *r, int exit_code, struct err *e)
{
    struct summary *s = &r->summary;
    const struct job *j = s->job;
    struct err why = ERR_INIT;
    bool counts = j->mode == JOB_RUN;
    struct text json;

    if (!j->tell.summary && !j->tell.metrics && j->tell.notify.n + j->tell.ping.n == 0)
        return exit_code;
    s->exit_code = exit_code;
    s->ended_ms = clock_wall_ms();
    s->seconds = (double)(clock_now_ns() - r->started_ns) / (double)CLOCK_NS_PER_S;
    snprintf(r->error, sizeof(r->error), "%s", e->text);
    redact_apply(&j->secrets, r->error);
    redact_apply(&j->secrets, r->stopped);
    text_init(&json);
    summary_json(s, &json);
    if (may_write(r, j->tell.summary, SUMMARY_BEGINS))
        err_ignore(write_summary(j, &json, &why));
    if (counts && may_write(r, j->tell.metrics, METRICS_BEGINS))
        err_ignore(write_metrics(s, &why));
    if (counts)
        call(s, &json);
    text_release(&json);
    if (why.code == EXIT_DONE)
        return exit_code;
    err_set(e, why.code, "%s", why.text);
    return exit_code <= EXIT_ROWS ? (int)why.code : exit_code;
}
