/* codeshape: which lists of codes a spreadsheet has damaged, at which code, and which lists only look odd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "policy/codeshape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define LIST_MAX 2048

/* The codes of a list, divided by |. */
static size_t split(const char *list, struct slice out[LIST_MAX])
{
    size_t n = 0;

    for (;;) {
        size_t len = strcspn(list, "|");

        out[n++] = (struct slice){list, len};
        if (!list[len])
            return n;
        list += len + 1;
    }
}

/* The first code that is refused, from 1; 0: none.  why is of c. */
static size_t judge(struct codeshape *c, const struct slice *codes, size_t n, const char **why)
{
    memset(c, 0, sizeof(*c));
    for (size_t i = 0; i < n; i++)
        if ((*why = codeshape_add(c, codes[i])))
            return i + 1;
    codeshape_end(c);
    for (size_t i = 0; i < n; i++)
        if ((*why = codeshape_fault(c, codes[i], i)))
            return i + 1;
    return 0;
}

static void check(const char *list, size_t at, const char *says)
{
    struct codeshape *c = mem_zero(1, sizeof(*c));
    static struct slice codes[LIST_MAX];
    const char *why = NULL;
    size_t got, n = split(list, codes);

    assert_non_null(c);
    got = judge(c, codes, n, &why);
    if (got != at || (says && !strstr(why, says)))
        fail_msg("%s: code %zu, want %zu: %s", list, got, at, why ? why : "");
    free(c);
}

#define SIX "A7F2C1|B81D44|CC19E0|D0071F|E3A5B2|F19C8D"

static void test_damaged(void **state)
{
    static const struct {
        const char *list;
        size_t at;
        const char *says;
    } cases[] = {
        /* by itself */
        {"A7F|2.19E+26", 2, "shortened"},
        {"219E01BE|2,19E+26", 2, "shortened"},
        {"1.00E+15|A", 1, "shortened"},
        {"2E+05", 1, "shortened"},
        {"A|1.5E-05", 2, "shortened"},
        {"A|5e-7", 2, "shortened"},
        {"A|#REF!", 2, "#REF!"},
        {"A|#N/A", 2, "no code"},
        {"A|NULL", 2, "no code"},
        {"A|null", 2, "no code"},
        {"A|n/a", 2, "no code"},
        {"A|-", 2, "no code"},
        {"A|#NAME?", 2, "no code"},
        {"A|#BEZUG!", 2, "no code"},
        {"A|####", 2, "no code"},
        {"A|TRUE", 2, "TRUE or FALSE"},
        {"A|False", 2, "TRUE or FALSE"},
        {"A|WAHR", 2, "TRUE or FALSE"},
        {"A|ИСТИНА", 2, "TRUE or FALSE"},
        {"A|12345.0", 2, "zeros behind a point"},
        {"A|=\"00123\"", 2, "formula"},
        {"A|\"B\"", 2, "quotes"},
        {"A|'00123", 2, "quotes"},
        {"A|“B”", 2, "quotes"},
        {"A|B\"", 2, "quotes"},
        {"A|Code", 2, "header"},
        {"A|claim_code", 2, "header"},
        {"A|B\u200bC", 2, "U+200B"},
        {"A|B\u00a0C", 2, "U+00A0"},
        /* beside the others */
        {"001234|123456|987654|456789", 0, NULL},
        {"1234|123456|987654|456789", 1, "leading zeros"},
        {"123456|987654|456789|98765", 4, "leading zeros"},
        {SIX "|81234", 7, "leading zeros"},
        {"12345678|AB345678|CD345678|5678", 4, "leading zeros"},
        {"1234567890123450000|7234567890123460000|5|7", 1, "rounded"},
        {"Mar-21|A7F-22", 1, "a date"},
        {"X7-A|21-Mar", 2, "a date"},
        {"X7-A|21. Mrz", 2, "a date"},
        {"X7-A|mars-21", 2, "a date"},
        {"X7-A|2026-03-21", 2, "a date"},
        {"X7-A|03/21/2026", 2, "a date"},
        {"X7-A|21.03.26", 2, "a date"},
        {"X7-A|12:30:00", 2, "a date"},
        {SIX "|A81D44|B18D44|C18D44|D18D4", 10, "has 5 characters, nearly all others have 6"},
        {SIX "|A81D44|B18D44|C18D44|D18D44E", 10, "has 7 characters"},
        {"Coupon number|" SIX "|A81D44|B18D44|C18D44", 1, "if it is the header, call the column"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check(cases[i].list, cases[i].at, cases[i].says);
}

static void test_right(void **state)
{
    static const char *const lists[] = {
        "A",
        "one|two|three|four|five|six|seven|eight|nine|ten|eleven",
        "219E01BE|219F01BE|00000001",
        "219E01|31E5", /* no spreadsheet writes so */
        "1|2|3|4|5|6|7|8|9|10|11",
        "97|98|99|100|101|103",
        "00001|00002|00010",
        "Mar-21|Apr-22|May-23", /* all of them: somebody calls them so */
        "MAR-21|XYZ-22|ABC-23",
        "SPRING|SUMMER|AUTUMN|WINTER|MONSOON",
        "CODE1|CODE9|CODE10|CODE100",
        "=k1+k2|+k3-9|@k4-x|-k5-y",
        "1234567890123456789|7234567890123460000",
        "Grüße-🎉|日本",
        "12.5|3.75",
        "O'Neil|x\"y",
        SIX "|A81D44|B18D44|C18D4", /* too few to tell */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++)
        check(lists[i], 0, NULL);
}

/* Numbered codes have several lengths, wherever they begin and end. */
static void test_series(void **state)
{
    static const char *const stems[] = {"", "C", "CODE-", "Y2K-",
                                        "8efd6168a055d1e45863c237eb3feab2be94f10b7ccdc5bf8b-"};
    static const int ranges[][2] = {{0, 10}, {1, 100}, {1, 1000}, {99, 1001}, {995, 1015}};
    char list[LIST_MAX * 64];

    (void)state;
    for (size_t i = 0; i < COUNT(stems); i++)
        for (size_t k = 0; k < COUNT(ranges); k++) {
            size_t len = 0;

            for (int n = ranges[k][0]; n <= ranges[k][1]; n++)
                len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s%d",
                                        n == ranges[k][0] ? "" : "|", stems[i], n);
            check(list, 0, NULL);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_damaged), cmocka_unit_test(test_right),
                                       cmocka_unit_test(test_series)};

    return cmocka_run_group_tests_name("codeshape", tests, NULL, NULL);
}
