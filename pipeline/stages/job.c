/* job: what is derived from a job's own words, in one place for a run, a check and a report. */
#include "stages/job.h"

#include "actions/action.h"
#include "adapters/fetch.h"
#include "base/clock.h"
#include "base/number.h"
#include "stages/report.h"

#include <string.h>

#define RATE_TEXT_MAX 64
#define BATCH_DEFAULT 250 /* what the service says of its other bulk requests */

void job_init(struct job *j)
{
    memset(j, 0, sizeof(*j));
    j->api_url = "https://api.bitbadges.io";
    j->connect_timeout_ns = 10 * CLOCK_NS_PER_S;
    j->timeout_ns = 60 * CLOCK_NS_PER_S;
    j->again = 1;
    j->in_flight = 64;
    j->lanes = 1;
    j->rates[0] = (struct rate_policy){10000, 60 * CLOCK_NS_PER_S};
    j->n_rates = 1;
    j->tries_max = 8;
    j->patience_ns = 120 * CLOCK_NS_PER_S;
    j->settle_timeout_ns = 300 * CLOCK_NS_PER_S;
    j->queue_delay_ns = 60 * CLOCK_NS_PER_S;
    j->retry_hint = j->same_hint = "";
}

void job_step_init(struct job_step *s, const char *action, struct job_target *target)
{
    *s = (struct job_step){.action = action,
                           .targets = target,
                           .n_targets = 1,
                           .batch = BATCH_DEFAULT,
                           .count = INT64_MAX};
    route_init(&s->routes);
    target->version = ACTION_VERSION_UNKNOWN;
}

struct reading job_output_reading(enum job_output output, const struct reading *input)
{
    struct reading r = *input;

    if (!r.quote)
        r.quote = '"';
    r.quote_found = r.blanks = false;
    r.escape = '\0'; /* quotes are doubled */
    if (output == JOB_OUTPUT_SAME)
        return r;
    reading_init(&r);
    r.bom = output == JOB_OUTPUT_EXCEL;
    if (r.bom && input->delimiter == ';')
        r.delimiter = ';';
    memcpy(r.line_end, "\r\n", sizeof("\r\n"));
    return r;
}

/* Takes the ending off what is longer than it. */
static bool cut_end(struct slice *name, const char *ending)
{
    size_t n = strlen(ending);
    bool has = name->len > n && slice_ends(*name, ending);

    name->len -= has ? n : 0;
    return has;
}

void job_results_name(const char *input, const char *what, struct text *out)
{
    static const char *const workbooks[] = {".xlsx", ".xlsm", ".ods"};
    static const char *const packed[] = {".gz", ".zst", ".xz", ".bz2"};
    struct slice name = slice_of(input);
    bool is_workbook = false;

    if (strcmp(input, "-") == 0 || fetch_is_url(input)) {
        text_puts(out, "-");
        return;
    }
    for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
        if (cut_end(&name, packed[i]))
            break;
    for (size_t i = 0; !is_workbook && i < sizeof(workbooks) / sizeof(workbooks[0]); i++)
        is_workbook = cut_end(&name, workbooks[i]);
    if (!is_workbook)
        cut_end(&name, ".csv");
    text_append(out, name.ptr, name.len);
    text_printf(out, ".%s.%s", what, is_workbook ? "xlsx" : "csv");
}

int job_refuse_dialect(enum job_output output, const char *results, struct err *e)
{
    if (output == JOB_OUTPUT_SAME || !report_is_workbook(results))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "--output-dialect %s: is for CSV, and %s is a workbook: leave it out, or name a "
                   ".csv with -o",
                   output == JOB_OUTPUT_EXCEL ? "excel" : "rfc4180", results);
}

/* One of a list, up to its comma or end. */
static int add_rate(struct job *j, struct slice text)
{
    struct rate_policy *rate = &j->rates[j->n_rates];
    char one[RATE_TEXT_MAX];

    if (j->n_rates == LIMIT_OWN_MAX)
        return 1;
    if (text.len >= sizeof(one))
        return -1;
    memcpy(one, text.ptr, text.len);
    one[text.len] = '\0';
    if (number_rate(one, &rate->limit, &rate->window_ns) != 0)
        return -1;
    j->n_rates++;
    return 0;
}

int job_add_rates(struct job *j, const char *text)
{
    int rc = 0;

    if (strcmp(text, "none") == 0) {
        j->n_rates = 0;
        return 0;
    }
    while (rc == 0) {
        size_t len = strcspn(text, ",");

        rc = add_rate(j, (struct slice){text, len});
        if (text[len] == '\0')
            break;
        text += len + 1;
        text += strspn(text, " ");
    }
    return rc;
}
