/* jobwords: each word that is known, and some that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "settings/jobwords.h"
#include "stages/job.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define REFUSED INT_LEAST32_MIN

static int delimiter_of(const struct job *j)
{
    return j->read.delimiter;
}

static int quote_of(const struct job *j)
{
    return j->read.no_quotes ? 0 : j->read.quote;
}

static int date_order_of(const struct job *j)
{
    return (int)j->date_order;
}

static int decimal_of(const struct job *j)
{
    return j->decimal_mark;
}

static int output_of(const struct job *j)
{
    return (int)j->output;
}

static const struct {
    const struct jobwords *set;
    int (*got)(const struct job *j);
    const char *word;
    int want;
} words[] = {
    {&jobwords_delimiter, delimiter_of, "comma", ','},
    {&jobwords_delimiter, delimiter_of, "semicolon", ';'},
    {&jobwords_delimiter, delimiter_of, "tab", '\t'},
    {&jobwords_delimiter, delimiter_of, "pipe", '|'},
    {&jobwords_delimiter, delimiter_of, "\\t", '\t'},
    {&jobwords_delimiter, delimiter_of, "\t", '\t'},
    {&jobwords_delimiter, delimiter_of, ",", ','},
    {&jobwords_delimiter, delimiter_of, "~", '~'},
    {&jobwords_delimiter, delimiter_of, " ", ' '},
    {&jobwords_delimiter, delimiter_of, "\x1f", 0x1f},
    {&jobwords_delimiter, delimiter_of, "", REFUSED},
    {&jobwords_delimiter, delimiter_of, "Comma", REFUSED},
    {&jobwords_delimiter, delimiter_of, ",,", REFUSED},
    {&jobwords_delimiter, delimiter_of, "a", REFUSED},
    {&jobwords_delimiter, delimiter_of, "Z", REFUSED},
    {&jobwords_delimiter, delimiter_of, "7", REFUSED},
    {&jobwords_delimiter, delimiter_of, "\"", REFUSED},
    {&jobwords_delimiter, delimiter_of, "\n", REFUSED},
    {&jobwords_delimiter, delimiter_of, "\r", REFUSED},
    {&jobwords_delimiter, delimiter_of, "\xa6", REFUSED},
    {&jobwords_delimiter, delimiter_of, "\xc2\xa6", REFUSED},
    {&jobwords_quote, quote_of, "none", 0},
    {&jobwords_quote, quote_of, "\"", '"'},
    {&jobwords_quote, quote_of, "'", '\''},
    {&jobwords_quote, quote_of, "|", '|'},
    {&jobwords_quote, quote_of, "", REFUSED},
    {&jobwords_quote, quote_of, "double", REFUSED},
    {&jobwords_quote, quote_of, "q", REFUSED},
    {&jobwords_quote, quote_of, "\n", REFUSED},
    {&jobwords_quote, quote_of, " ", REFUSED},
    {&jobwords_quote, quote_of, "\t", REFUSED},
    {&jobwords_quote, quote_of, "\x14", 0x14},
    {&jobwords_date_order, date_order_of, "mdy", WHEN_ORDER_MDY},
    {&jobwords_date_order, date_order_of, "dmy", WHEN_ORDER_DMY},
    {&jobwords_date_order, date_order_of, "ymd", WHEN_ORDER_YMD},
    {&jobwords_date_order, date_order_of, "", REFUSED},
    {&jobwords_date_order, date_order_of, "us", REFUSED},
    {&jobwords_date_order, date_order_of, "dmyy", REFUSED},
    {&jobwords_decimal, decimal_of, "point", '.'},
    {&jobwords_decimal, decimal_of, "comma", ','},
    {&jobwords_decimal, decimal_of, ".", REFUSED},
    {&jobwords_decimal, decimal_of, "", REFUSED},
    {&jobwords_output, output_of, "same", JOBOUTPUT_SAME},
    {&jobwords_output, output_of, "excel", JOBOUTPUT_EXCEL},
    {&jobwords_output, output_of, "rfc4180", JOBOUTPUT_RFC4180},
    {&jobwords_output, output_of, "Excel", REFUSED},
    {&jobwords_output, output_of, "", REFUSED},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        struct job j;
        int rc;

        job_init(&j);
        rc = words[i].set->read(words[i].word, &j);
        if (rc != (words[i].want == REFUSED ? -1 : 0))
            fail_msg("%zu: \"%s\": %d", i, words[i].word, rc);
        if (rc == 0 && words[i].got(&j) != words[i].want)
            fail_msg("%zu: \"%s\": %d", i, words[i].word, words[i].got(&j));
    }
}

/* The last word is the one that counts. */
static void test_again(void **state)
{
    struct job j;

    (void)state;
    job_init(&j);
    assert_int_equal(jobwords_quote.read("none", &j), 0);
    assert_true(j.read.no_quotes);
    assert_int_equal(jobwords_quote.read("'", &j), 0);
    assert_false(j.read.no_quotes);
    assert_int_equal(j.read.quote, '\'');
    assert_int_equal(jobwords_quote.read("none", &j), 0);
    assert_true(j.read.no_quotes);
    assert_int_equal(jobwords_output.read("excel", &j), 0);
    assert_int_equal(jobwords_output.read("same", &j), 0);
    assert_int_equal(j.output, JOBOUTPUT_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_again)};

    return cmocka_run_group_tests_name("jobwords", tests, NULL, NULL);
}
