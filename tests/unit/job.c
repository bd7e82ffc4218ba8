/* job: the defaults, and how results are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/action.h"
#include "stages/job.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void test_defaults(void **state)
{
    struct job_target target = {.id = NULL};
    struct job_step step;
    struct job j;

    (void)state;
    job_init(&j);
    assert_int_equal(j.mode, JOB_RUN);
    assert_int_equal(j.again, 1);
    assert_int_equal(j.rates.n, 1);
    assert_int_equal(j.rates.list[0].limit, 10000);
    assert_int_equal(j.kind, IDENTITY_ADDRESS);
    assert_int_equal(j.output, JOBOUTPUT_SAME);
    assert_null(j.steps);
    assert_null(j.preset);
    job_step_init(&step, "store", &target);
    assert_ptr_equal(step.targets, &target);
    assert_int_equal(step.n_targets, 1);
    assert_false(step.otherwise || step.skip_unrouted || step.remove);
    assert_int_equal(step.batch, 250);
    assert_true(step.count == INT64_MAX);
    assert_int_equal(target.version, ACTION_VERSION_UNKNOWN);
}

static void test_output_reading(void **state)
{
    static const char *const inputs[] = {
        "UTF-8, comma, \", LF, header 1",          /* 0 */
        "UTF-16LE, bom, tab, \", CRLF, header 12", /* 1 */
        "WINDOWS-1252, semicolon, ', CR, header 1",
        "UTF-8, bom, sep, semicolon, \", CRLF, header 2",
        "UTF-8, pipe, no quotes, LF, no header", /* 4 */
        "UTF-8, comma, \", escape \\, blanks, LF, header 1",
    };
    static const struct {
        size_t input;
        enum joboutput output;
        struct reading want;
    } cases[] = {
        {0,
         JOBOUTPUT_SAME,
         {"UTF-8", false, false, ',', '"', "\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {0,
         JOBOUTPUT_EXCEL,
         {"UTF-8", true, false, ',', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {0,
         JOBOUTPUT_RFC4180,
         {"UTF-8", false, false, ',', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {1,
         JOBOUTPUT_SAME,
         {"UTF-16LE", true, false, '\t', '"', "\r\n", 12, false, false, false, '\0', false, 0, 0,
          0}},
        {1,
         JOBOUTPUT_EXCEL,
         {"UTF-8", true, false, ',', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {1,
         JOBOUTPUT_RFC4180,
         {"UTF-8", false, false, ',', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {2,
         JOBOUTPUT_SAME,
         {"WINDOWS-1252", false, false, ';', '\'', "\r", 1, false, false, false, '\0', false, 0, 0,
          0}},
        {2,
         JOBOUTPUT_EXCEL,
         {"UTF-8", true, false, ';', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {2,
         JOBOUTPUT_RFC4180,
         {"UTF-8", false, false, ',', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {3,
         JOBOUTPUT_SAME,
         {"UTF-8", true, true, ';', '"', "\r\n", 2, false, false, false, '\0', false, 0, 0, 0}},
        {3,
         JOBOUTPUT_EXCEL,
         {"UTF-8", true, false, ';', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        {3,
         JOBOUTPUT_RFC4180,
         {"UTF-8", false, false, ',', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        /* our quotes are doubled, and stand where they must */
        {5,
         JOBOUTPUT_SAME,
         {"UTF-8", false, false, ',', '"', "\n", 1, false, false, false, '\0', false, 0, 0, 0}},
        /* fields of ours may need quotes */
        {4,
         JOBOUTPUT_SAME,
         {"UTF-8", false, false, '|', '"', "\n", 0, false, false, false, '\0', false, 0, 0, 0}},
        {4,
         JOBOUTPUT_EXCEL,
         {"UTF-8", true, false, ',', '"', "\r\n", 1, false, false, false, '\0', false, 0, 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reading input, got;
        struct text said, wanted;

        if (reading_parse(inputs[cases[i].input], &input) != 0)
            fail_msg("%s", inputs[cases[i].input]);
        got = joboutput_reading(cases[i].output, &input);
        text_init(&said);
        text_init(&wanted);
        reading_format(&got, &said);
        reading_format(&cases[i].want, &wanted);
        /* where the header was is nothing to the results */
        *strstr(said.ptr, "header") = *strstr(wanted.ptr, "header") = '\0';
        assert_string_equal(said.ptr, wanted.ptr);
        text_release(&wanted);
        text_release(&said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_defaults),
                                       cmocka_unit_test(test_output_reading)};

    return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
