/* jobfile: the file, and all of it but the steps. */
#include "jobfile.h"

#include "adapters/http.h"
#include "adapters/json.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "job.h"
#include "jobfields.h"
#include "jobsteps.h"
#include "jobtexts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE 65536
#define FILE_SHOWN_MAX 200
#define FAILURES_TEXT_MAX 32

/* ---- values ---- */

static int take_output(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *path = jobfields_text(r, v);

    return path && strcmp(path, "-") == 0 ? jobfields_keep_text(r, m, path)
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

/* The columns as --key has them. */
static int take_key(struct jobfields *r, const struct jobfield *m, const struct json *v)
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
            rc = jobfields_refuse(r, "\"%s\": the name of a key's column can't hold a comma",
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
    return jobfields_take_text(r, m, v);
}

/* ---- the job ---- */

#define JOB(member) offsetof(struct job, member)

static const struct jobfield input_members[] = {
    {"address", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_ADDRESS, 0},
    {"email", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_EMAIL, 0},
    {"id", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_ID, 0},
    {"username", NULL, JOBFIELD_OF_JOB, take_recipient, JOB(recipient), IDENTITY_USERNAME, 0},
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
    {"key", NULL, JOBFIELD_OF_JOB, take_key, JOB(key), 0, 0},
    {"again", NULL, JOBFIELD_OF_JOB, jobfields_take_int64, JOB(again), 1, 1000000},
    {"steps", NULL, JOBFIELD_OF_JOB, jobsteps_take, 0, 0, 0},
    {"limits", NULL, JOBFIELD_OF_JOB, take_limits, 0, 0, 0},
    {"results", NULL, JOBFIELD_OF_JOB, take_output, JOB(results), 0, 0},
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

static int read_bytes(int fd, struct text *out)
{
    char chunk[CHUNK_SIZE];
    ssize_t n;

    while (out->len <= JOBFILE_SIZE_MAX && (n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n > 0)
            text_append(out, chunk, (size_t)n);
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

static int read_file(const char *path, struct text *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc = fd < 0 ? -1 : read_bytes(fd, out);

    if (rc != 0)
        err_set(e, EXIT_USAGE, "%s: the job file cannot be read: %s", path, strerror(errno));
    else if (out->len > JOBFILE_SIZE_MAX)
        rc = err_set(e, EXIT_USAGE, "%s: is larger than %u bytes: is that a job file?", path,
                     JOBFILE_SIZE_MAX);
    else if (!text_ok(out))
        rc = err_nomem(e);
    if (fd >= 0)
        close(fd);
    return rc;
}

static struct json *parse(const char *path, const struct text *bytes, struct err *e)
{
    static const char mark[] = "\xef\xbb\xbf"; /* which some editors write before everything */
    struct slice s = {bytes->ptr, bytes->len};
    struct json_fault f;
    struct json *doc;

    if (s.len >= 3 && memcmp(s.ptr, mark, 3) == 0)
        s = (struct slice){s.ptr + 3, s.len - 3};
    doc = json_parse_strict(s, &f);
    if (!doc && f.line == 0)
        err_nomem(e);
    else if (!doc)
        err_set(e, EXIT_USAGE, "%s:%d:%d: %s", path, f.line, f.column, f.text);
    return doc;
}

static int name_job(struct jobfields *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *real = realpath(path, NULL), shown[FILE_SHOWN_MAX];

    if (!real)
        return err_set(r->e, EXIT_USAGE, "%s: the job file cannot be read: %s", path,
                       strerror(errno));
    r->job->name = jobtexts_keep(r->t, real, r->e);
    r->folder = (struct slice){path, slash ? (size_t)(slash - path) + 1 : 0};
    r->place_len = (size_t)snprintf(r->place, sizeof(r->place), "%s",
                                    slice_line(slice_of(path), shown, sizeof(shown)));
    r->file_len = r->place_len;
    jobtexts_reads(r->t, r->job->name);
    return r->job->name ? 0 : -1;
}

int jobfile_read(const char *path, struct jobtexts *t, struct err *e)
{
    struct jobfields r = {.t = t, .job = t->job, .e = e};
    struct json *doc = NULL;
    struct text bytes;
    int rc = -1;

    text_init(&bytes);
    if (read_file(path, &bytes, e) == 0 && name_job(&r, path) == 0)
        doc = parse(path, &bytes, e);
    if (doc)
        rc = read_job(&r, doc);
    json_free(doc);
    text_release(&bytes);
    return rc;
}
