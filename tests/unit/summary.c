/* summary: the metrics are as Prometheus reads them, and the JSON is one whatever the names hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stages/summary.h"

#include "adapters/json.h"
#include "stages/job.h"
#include "stages/report.h"

#include "fixture.h"

#include <regex.h>

static struct job job;
static struct job_step step;
static struct job_target target = {.id = "c1"};
static struct report_summary rows;

static struct summary some(int exit_code)
{
    job_init(&job);
    job_step_init(&step, "claim", &target);
    job.steps = &step;
    job.n_steps = 1;
    job.input = "in.csv";
    job.results = "out.csv";
    job.ledger = "ledger.db";
    rows = (struct report_summary){.rows = {[STATUS_SUCCESS] = 7, [STATUS_INVALID] = 3},
                                   .tells = true,
                                   .fresh = 1,
                                   .known = 2,
                                   .known_first = 4,
                                   .known_last = 5};
    return (struct summary){.job = &job,
                            .rows = &rows,
                            .run = 6,
                            .started_ms = 1796076000000,
                            .ended_ms = 1796076001500,
                            .seconds = 1.5,
                            .requests = 11,
                            .messages = 7,
                            .exit_code = exit_code,
                            .stopped = "",
                            .error = ""};
}

static void make(const struct summary *s, const char *before, struct text *out)
{
    text_clear(out);
    summary_metrics(s, slice_of(before), out);
    assert_true(text_ok(out));
}

/* Each line is a HELP, the TYPE of the same name behind it, or a sample of that name; a name comes once. */
static void assert_format(const char *metrics)
{
    static const char sample[] =
        "^([a-z_]+)\\{[a-z]+=\"([^\"\\\n]|\\\\[\\\"n])*\"(,[a-z]+=\"[a-z]+\")?\\} -?[0-9.e+]+$";
    char name[80] = "", line[512], want[128], seen[2048] = "";
    regex_t form;

    assert_int_equal(regcomp(&form, sample, REG_EXTENDED | REG_NOSUB), 0);
    for (size_t len; *metrics; metrics += len + 1) {
        len = strcspn(metrics, "\n");
        assert_int_equal(metrics[len], '\n');
        snprintf(line, sizeof line, "%.*s", (int)len, metrics);
        if (sscanf(line, "# HELP %79s ", name) == 1) {
            snprintf(want, sizeof want, "|%s|", name);
            assert_null(strstr(seen, want));
            strncat(seen, want, sizeof seen - strlen(seen) - 1);
        } else if (line[0] == '#') {
            snprintf(want, sizeof want, "# TYPE %s gauge", name);
            assert_string_equal(line, want);
        } else {
            snprintf(want, sizeof want, "%s{", name);
            assert_int_equal(strncmp(line, want, strlen(want)), 0);
            if (regexec(&form, line, 0, NULL, 0) != 0)
                fail_msg("no sample: %s", line);
        }
    }
    regfree(&form);
}

static void test_metrics(void **state)
{
    struct summary s = some(0);
    struct text out;

    (void)state;
    text_init(&out);
    make(&s, "", &out);
    assert_format(out.ptr);
    assert_says(out.ptr, "claimpipe_last_run_timestamp_seconds{job=\"claim c1\"} 1796076001.5\n");
    assert_says(out.ptr, "claimpipe_last_run_exit_code{job=\"claim c1\"} 0\n");
    assert_says(out.ptr,
                "claimpipe_last_success_timestamp_seconds{job=\"claim c1\"} 1796076001.5\n");
    assert_says(out.ptr, "claimpipe_last_run_duration_seconds{job=\"claim c1\"} 1.5\n");
    assert_says(out.ptr, "claimpipe_last_run_requests{job=\"claim c1\"} 11\n");
    assert_says(out.ptr, "claimpipe_last_run_messages{job=\"claim c1\"} 7\n");
    assert_says(out.ptr, "claimpipe_rows{job=\"claim c1\",status=\"success\"} 7\n");
    assert_says(out.ptr, "claimpipe_rows{job=\"claim c1\",status=\"failed\"} 0\n");
    assert_says(out.ptr, "claimpipe_problems{job=\"claim c1\",kind=\"new\"} 1\n");
    assert_says(out.ptr, "claimpipe_problems{job=\"claim c1\",kind=\"known\"} 2\n");
    text_release(&out);
}

static void test_last_success(void **state)
{
    static const char never[] = "claimpipe_last_success_timestamp_seconds{job=\"claim c1\"} 0\n";
    static const char before[] = "x\nclaimpipe_last_success_timestamp_seconds{job=\"claim c2\"} 5\n"
                                 "claimpipe_last_success_timestamp_seconds{job=\"claim c1\"} 17.25";
    struct summary s = some(4);
    struct text out;

    (void)state;
    s.rows = NULL; /* there were no results */
    text_init(&out);
    make(&s, "", &out);
    assert_format(out.ptr);
    assert_says(out.ptr, never);
    assert_null(strstr(out.ptr, "claimpipe_rows"));
    make(&s, before, &out);
    assert_format(out.ptr);
    assert_says(out.ptr, "claimpipe_last_success_timestamp_seconds{job=\"claim c1\"} 17.25\n");
    text_release(&out);
}

static void test_label(void **state)
{
    struct summary s = some(1);
    struct text out;

    (void)state;
    target.id = "a\\b\"c\nd";
    text_init(&out);
    make(&s, "", &out);
    assert_format(out.ptr);
    assert_says(out.ptr, "claimpipe_last_run_exit_code{job=\"claim a\\\\b\\\"c\\nd\"} 1\n");
    target.id = "c1";
    job.name = "/jobs/nightly.json";
    make(&s, "", &out);
    assert_says(out.ptr, "claimpipe_last_run_exit_code{job=\"nightly.json\"} 1\n");
    text_release(&out);
}

/* Names of any bytes, a job that was hardly read, and every exit code. */
static void test_json(void **state)
{
    static const int codes[] = {0, 1, 2, 3, 4, 5, 130, 143};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct summary s = some(codes[i]);
        struct json *doc;
        int64_t n = 0;

        job.input = i % 2 ? "https://h/x?key=secret-key" : "in\xff\n.csv";
        job.n_steps = i % 3 ? 1 : 0;
        s.rows = i % 4 ? &rows : NULL;
        s.error = codes[i] > 1 ? "in\xff: \"x\"" : "";
        text_clear(&out);
        summary_json(&s, &out);
        assert_true(text_ok(&out));
        assert_silent(out.ptr, "secret-key");
        doc = json_parse((struct slice){out.ptr, out.len});
        assert_non_null(doc);
        assert_int_equal(json_int(json_get(doc, "exit_code"), &n), 0);
        assert_int_equal(n, codes[i]);
        assert_string_equal(json_text(json_get(doc, "outcome")).ptr, codes[i] == 0   ? "success"
                                                                     : codes[i] == 1 ? "warning"
                                                                                     : "failure");
        json_free(doc);
    }
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_last_success),
        cmocka_unit_test(test_label),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
