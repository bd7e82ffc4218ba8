/* jobfile: the file, and all of it but the steps. */
#include "settings/jobfile.h"

#include "adapters/fetch.h"
#include "adapters/http.h"
#include "adapters/json.h"
#include "adapters/jsonfile.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "settings/jobfields.h"
#include "settings/jobsteps.h"
#include "settings/jobtexts.h"
#include "settings/jobwords.h"
#include "stages/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILURES_TEXT_MAX 32

/* ---- values ---- */

static int take_output(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *path = jobfields_text(r, v);

    return path && strcmp(path, "-") == 0 ? jobfields_keep_text(r, m, path)
                                          : jobfields_take_path(r, m, v);
}

/* A file, or what is fetched. */
static int take_lookup(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *path = jobfields_text(r, v);

    return path && fetch_is_url(path) ? jobfields_keep_text(r, m, path)
                                      : jobfields_take_path(r, m, v);
}

static int take_rate(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = jobfields_text(r, v);

    (void)m;
    if (!text)
        return -1;
    if (strcmp(text, "none") == 0) {
        r->job->rate_count = 0;
        return 0;
    }
    return number_rate(text, &r->job->rate_count, &r->job->rate_window_ns) == 0
               ? 0
               : jobfields_refuse(
                     r,
                     "\"%s\": give a count for a time, such as \"10000/m\" or \"150/s\", or "
                     "\"none\"",
                     text);
}

/* 25 or "5%". */
static int take_failures(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    char digits[FAILURES_TEXT_MAX];
    const char *text = json_text(v).ptr;
    struct err ours = ERR_INIT; /* stoprule speaks of the command line */
    int64_t n;

    (void)m;
    if (!text && json_int(v, &n) == 0) {
        snprintf(digits, sizeof(digits), "%lld", (long long)n);
        text = digits;
    }
    if (!text || stoprule_read_failures(&r->job->stoprule, text, &ours) != 0)
        return jobfields_refuse(r, "give a number such as 25, or a share such as \"5%%\"");
    return 0;
}

/* Columns, as --key has them. */
static int take_columns(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    struct text all;
    int rc = 0;

    if (json_count(v) == 0)
        return jobfields_refuse(r, "must be a list of columns, such as [\"Email\", \"Course\"]");
    text_init(&all);
    for (size_t i = 0; i < json_count(v) && rc == 0; i++) {
        const char *column = jobfields_text(r, json_at(v, i));

        if (!column)
            rc = -1;
        else if (strchr(column, ','))
            rc = jobfields_refuse(r,
                                  "\"%s\": the name of a column can't hold a comma here: say its "
                                  "number, as #3",
                                  column);
        else
            text_printf(&all, "%s%s", i > 0 ? "," : "", column);
    }
    if (rc == 0)
        rc = text_ok(&all) ? jobfields_keep_text(r, m, all.ptr) : err_nomem(r->e);
    text_release(&all);
    return rc;
}

static int take_recipient(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    if (r->job->recipient)
        return jobfields_refuse(r,
                                "a recipient has one column: its address, email, id or username");
    r->job->kind = (enum identity_kind)m->min;
    r->job->kind_said = true;
    return jobfields_take_text(r, m, v);
}

/* A word of a few, by what the command line makes of it. */
static int take_word(struct jobfields *r, const struct json *v,
                     int (*read)(const char *word, struct job *j), const char *words)
{
    const char *word = jobfields_text(r, v);

    if (!word)
        return -1;
    return read(word, r->job) == 0 ? 0 : jobfields_refuse(r, "\"%s\": must be %s", word, words);
}

static int take_delimiter(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = json_text(v).ptr;

    (void)m;
    /* A tab as it is: elsewhere such a text would be taken for empty. */
    if (text && *text && !text[1] && jobwords_delimiter(text, r->job) == 0)
        return 0;
    return take_word(r, v, jobwords_delimiter, JOBWORDS_DELIMITER);
}

static int take_quote(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return take_word(r, v, jobwords_quote, JOBWORDS_QUOTE);
}

static int take_escape(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return take_word(r, v, jobwords_escape, JOBWORDS_ESCAPE);
}

static int take_date_order(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return take_word(r, v, jobwords_date_order, JOBWORDS_DATE_ORDER);
}

static int take_decimal(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return take_word(r, v, jobwords_decimal, JOBWORDS_DECIMAL);
}

static int take_dialect(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return take_word(r, v, jobwords_output, JOBWORDS_OUTPUT);
}

static int take_header_line(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    int64_t line = 0;

    (void)m;
    if (json_int(v, &line) != 0 || json_text(v).ptr || line < 1)
        return jobfields_refuse(r, "must be a whole number, and at least 1");
    r->job->read.header_line = (uint64_t)line;
    return 0;
}

static int add_filter(struct jobfields *r, const struct json *v)
{
    const char *text = jobfields_text(r, v);
    struct job *j = r->job;

    if (!text)
        return -1;
    if (j->n_where == FILTER_TEXTS_MAX)
        return jobfields_refuse(r, "has more than %d texts", FILTER_TEXTS_MAX);
    text = jobtexts_copy(r->t, text, strlen(text), r->e);
    if (!text)
        return -1;
    j->where[j->n_where++] = (struct filter_text){text, "filter"};
    return 0;
}

/* A text, or a list of texts which all must pass. */
static int take_filter(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    if (!json_holds_array(v))
        return add_filter(r, v);
    if (json_count(v) == 0)
        return jobfields_refuse(r, "is empty: give a filter, or leave it out");
    for (size_t i = 0; i < json_count(v); i++)
        if (add_filter(r, json_at(v, i)) != 0)
            return -1;
    return 0;
}

/* ---- the job ---- */

#define JOB(member) offsetof(struct job, member)

static const struct jobfield input_members[] = {
    {"address", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_ADDRESS, 0},
    {"email", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_EMAIL, 0},
    {"id", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_ID, 0},
    {"username", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_USERNAME, 0},
    {"encoding", NULL, JOBFIELD_OF_JOB, jobfields_take_text, JOB(read.encoding), 0, 0},
    {"delimiter", NULL, JOBFIELD_OF_JOB, take_delimiter, 0, 0, 0},
    {"quote", NULL, JOBFIELD_OF_JOB, take_quote, 0, 0, 0},
    {"escape", NULL, JOBFIELD_OF_JOB, take_escape, 0, 0, 0},
    {"header_line", NULL, JOBFIELD_OF_JOB, take_header_line, 0, 0, 0},
    {"no_header", NULL, JOBFIELD_OF_JOB, jobfields_take_bool, JOB(read.no_header), 0, 0},
    {"preset", NULL, JOBFIELD_OF_JOB, jobfields_take_text, JOB(preset), 0, 0},
    {"date_order", NULL, JOBFIELD_OF_JOB, take_date_order, 0, 0, 0},
    {"decimal", NULL, JOBFIELD_OF_JOB, take_decimal, 0, 0, 0},
    {"group", NULL, JOBFIELD_OF_JOB, jobfields_take_text, JOB(group), 0, 0},
    {"allow_burn_address", NULL, JOBFIELD_OF_JOB, jobfields_take_bool, JOB(allow_burn), 0, 0},
    {"allow_rounded", NULL, JOBFIELD_OF_JOB, jobfields_take_bool, JOB(allow_rounded), 0, 0},
    {"fill_down", NULL, JOBFIELD_OF_JOB, take_columns, JOB(fill_down), 0, 0},
    {"lookup", NULL, JOBFIELD_OF_JOB, take_lookup, JOB(lookup), 0, 0},
    {"on", NULL, JOBFIELD_OF_JOB, jobfields_take_text, JOB(on), 0, 0},
};

static int take_input(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return jobfields_read(r, input_members, sizeof(input_members) / sizeof(*input_members),
                          JOBFIELD_OF_JOB, v);
}

static const struct jobfield limit_members[] = {
    {"rate", NULL, JOBFIELD_OF_JOB, take_rate, 0, 0, 0},
    {"burst", NULL, JOBFIELD_OF_JOB, jobfields_take_int64, JOB(burst), 1, 100000},
    {"in_flight", NULL, JOBFIELD_OF_JOB, jobfields_take_size, JOB(in_flight), 1, 4096},
    {"lanes", NULL, JOBFIELD_OF_JOB, jobfields_take_size, JOB(lanes), 1, HTTP_LANES_MAX},
    {"tries", NULL, JOBFIELD_OF_JOB, jobfields_take_unsigned, JOB(tries_max), 1, 1000},
    {"max_failures", NULL, JOBFIELD_OF_JOB, take_failures, 0, 0, 0},
    {"force", NULL, JOBFIELD_OF_JOB, jobfields_take_bool, JOB(stoprule.force), 0, 0},
    {"keep_going", NULL, JOBFIELD_OF_JOB, jobfields_take_bool, JOB(stoprule.keep_going), 0, 0},
    {"max_credits", NULL, JOBFIELD_OF_JOB, jobfields_take_int64, JOB(stoprule.max_credits), 1,
     INT64_MAX},
    {"max_duration", NULL, JOBFIELD_OF_JOB, jobfields_take_time, JOB(stoprule.max_duration_ns), 0,
     0},
    {"settle_timeout", NULL, JOBFIELD_OF_JOB, jobfields_take_time, JOB(settle_timeout_ns), 0, 0},
    {"queue_delay", NULL, JOBFIELD_OF_JOB, jobfields_take_time, JOB(queue_delay_ns), 0, 0},
    /* libcurl takes less than a millisecond for no limit at all */
    {"connect_timeout", NULL, JOBFIELD_OF_JOB, jobfields_take_time, JOB(connect_timeout_ns),
     CLOCK_NS_PER_MS, 0},
    {"timeout", NULL, JOBFIELD_OF_JOB, jobfields_take_time, JOB(timeout_ns), CLOCK_NS_PER_MS, 0},
};

static int take_limits(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return jobfields_read(r, limit_members, sizeof(limit_members) / sizeof(*limit_members),
                          JOBFIELD_OF_JOB, v);
}

static const struct jobfield job_members[] = {
    {"$schema", NULL, JOBFIELD_OF_JOB, jobfields_take_ignored, 0, 0, 0},
    {"input", NULL, JOBFIELD_OF_JOB, take_input, 0, 0, 0},
    {"key", NULL, JOBFIELD_OF_JOB, take_columns, JOB(key), 0, 0},
    {"filter", NULL, JOBFIELD_OF_JOB, take_filter, 0, 0, 0},
    {"again", NULL, JOBFIELD_OF_JOB, jobfields_take_int64, JOB(again), 1, 1000000},
    {"steps", NULL, JOBFIELD_OF_JOB, jobsteps_take, 0, 0, 0},
    {"otherwise", NULL, JOBFIELD_OF_JOB, jobsteps_take_otherwise, 0, 0, 0},
    {"limits", NULL, JOBFIELD_OF_JOB, take_limits, 0, 0, 0},
    {"results", NULL, JOBFIELD_OF_JOB, take_output, JOB(results), 0, 0},
    {"output_dialect", NULL, JOBFIELD_OF_JOB, take_dialect, 0, 0, 0},
    {"safe_cells", NULL, JOBFIELD_OF_JOB, jobfields_take_bool, JOB(safe_cells), 0, 0},
    {"ledger", NULL, JOBFIELD_OF_JOB, jobfields_take_path, JOB(ledger), 0, 0},
    {"api_url", NULL, JOBFIELD_OF_JOB, jobfields_take_text, JOB(api_url), 0, 0},
};

static int read_job(struct jobfields *r, const struct json *doc)
{
    if (jobfields_read(r, job_members, sizeof(job_members) / sizeof(*job_members), JOBFIELD_OF_JOB,
                       doc) != 0)
        return -1;
    return r->job->n_steps > 0 ? 0 : jobfields_refuse(r, "there are no steps");
}

/* ---- the file ---- */

static int name_job(struct jobfields *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *real = realpath(path, NULL);

    if (!real && errno == ENOENT) /* and yet it was read */
        return err_set(r->e, EXIT_USAGE,
                       "%s: is a pipe: runs are known by their job file: save it in one", path);
    if (!real)
        return err_set(r->e, EXIT_USAGE, "%s: the job file cannot be read: %s", path,
                       strerror(errno));
    r->job->name = jobtexts_keep(r->t, real, r->e);
    r->folder = (struct slice){path, slash ? (size_t)(slash - path) + 1 : 0};
    jobfields_begin(r, path);
    return r->job->name ? jobtexts_reads(r->t, r->job->name, r->e) : -1;
}

int jobfile_read(const char *path, struct jobtexts *t, struct err *e)
{
    struct jobfields r = {.t = t, .job = t->job, .e = e};
    struct json *doc = jsonfile_read(path, "job file", JOBFILE_SIZE_MAX, e);
    int rc = doc ? name_job(&r, path) : -1;

    if (rc == 0)
        rc = read_job(&r, doc);
    json_free(doc);
    return rc;
}
