/* trust: what is found on the disk, and what is said to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/trust.h"
#include "fixture.h"

#define SEAL(n, is_closed)                                                                         \
    {                                                                                              \
        .there = true, .id = "a", .seq = (n), .closed = (is_closed)                                \
    }

static const struct trust_state none = {.there = false};

static void test_file(void **state)
{
    static const struct {
        struct trust_file file;
        bool sealed;
        enum trust want;
    } cases[] = {
        {{.there = false}, false, TRUST_FRESH},
        {{.there = false}, true, TRUST_GONE},
        {{.there = false, .wal = true}, false, TRUST_STRAY},
        {{.there = false, .wal = true}, true, TRUST_STRAY},
        {{.there = true, .size = 0, .links = 1}, false, TRUST_EMPTY},
        {{.there = true, .size = 0, .links = 2}, true, TRUST_EMPTY},
        {{.there = true, .size = 4096, .links = 1}, false, TRUST_CHECK},
        {{.there = true, .size = 4096, .links = 1, .wal = true}, true, TRUST_CHECK},
        {{.there = true, .size = 4096, .links = 2}, true, TRUST_LINKED},
        {{.there = true, .size = 4096, .links = 1, .mounted = true}, true, TRUST_MOUNTED},
    };
    const struct trust_state seal = SEAL(7, true);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(trust_file(&cases[i].file, cases[i].sealed ? &seal : &none),
                         cases[i].want);
}

static void test_content(void **state)
{
    static const struct {
        struct trust_state seal, ledger;
        bool alone, unchanged;
        enum trust want;
    } cases[] = {
        /* as it was closed, and otherwise */
        {SEAL(7, true), SEAL(7, true), true, true, TRUST_GOOD},
        {SEAL(7, true), SEAL(7, true), true, false, TRUST_CHANGED},
        {SEAL(7, true), SEAL(8, true), true, false, TRUST_CHANGED},
        {SEAL(7, true), SEAL(7, false), true, true, TRUST_CHANGED},
        /* not closed: the ledger may be newer, and must not be older */
        {SEAL(7, false), SEAL(7, false), true, false, TRUST_CHECK},
        {SEAL(7, false), SEAL(9, false), true, false, TRUST_CHECK},
        {SEAL(7, false), SEAL(9, true), true, false, TRUST_CHECK},
        {SEAL(7, false), SEAL(6, false), true, false, TRUST_OLDER},
        {SEAL(7, true), SEAL(6, true), true, true, TRUST_OLDER},
        /* others work with it */
        {SEAL(7, false), SEAL(7, false), false, false, TRUST_GOOD},
        {SEAL(7, false), SEAL(6, false), false, false, TRUST_OLDER},
        /* the seal is lost, or of another */
        {{.there = false}, SEAL(7, true), true, false, TRUST_CHECK},
        {{.there = false}, SEAL(7, false), true, false, TRUST_PART},
        {{.there = false}, SEAL(7, false), false, false, TRUST_PART},
        {{.there = true, .id = "b", .seq = 1, .closed = true},
         SEAL(7, true),
         true,
         true,
         TRUST_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            trust_content(&cases[i].seal, &cases[i].ledger, cases[i].alone, cases[i].unchanged),
            cases[i].want);
}

static void test_restore(void **state)
{
    static const struct {
        struct trust_state seal, present, copy;
        enum trust want;
    } cases[] = {
        {{.there = false}, {.there = false}, SEAL(7, true), TRUST_GOOD},
        {{.there = false}, {.there = false}, SEAL(7, false), TRUST_PART},
        {SEAL(7, true), {.there = false}, SEAL(7, true), TRUST_GOOD},
        {SEAL(7, false), {.there = false}, SEAL(7, false), TRUST_GOOD},
        {SEAL(8, false), {.there = false}, SEAL(7, true), TRUST_OLDER},
        {SEAL(5, false), SEAL(8, false), SEAL(7, true), TRUST_OLDER},
        {SEAL(5, false), SEAL(6, false), SEAL(7, true), TRUST_GOOD},
        {{.there = true, .id = "b", .seq = 1}, {.there = false}, SEAL(7, true), TRUST_OTHER},
        {{.there = false}, {.there = true, .id = "b", .seq = 1}, SEAL(7, true), TRUST_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(trust_restore(&cases[i].seal, &cases[i].present, &cases[i].copy),
                         cases[i].want);
}

static void test_results(void **state)
{
    const struct trust_state ledger = SEAL(7, false), same = SEAL(7, false), newer = SEAL(8, false),
                             other = {.there = true, .id = "b", .seq = 1};

    (void)state;
    assert_int_equal(trust_results(&none, &ledger), TRUST_GOOD);
    assert_int_equal(trust_results(&same, &ledger), TRUST_GOOD);
    assert_int_equal(trust_results(&newer, &ledger), TRUST_OLDER);
    assert_int_equal(trust_results(&other, &ledger), TRUST_OTHER);
}

/* What is refused says what to do; only what can be accepted names the option. */
static void test_words(void **state)
{
    (void)state;
    for (enum trust t = TRUST_GOOD; t < TRUST_KINDS; t++) {
        const char *words = trust_words(t);

        assert_int_equal(words != NULL, t > TRUST_CHECK);
        if (words)
            assert_int_equal(strstr(words, "--accept-ledger") != NULL, trust_may_accept(t));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),    cmocka_unit_test(test_content),
        cmocka_unit_test(test_restore), cmocka_unit_test(test_results),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
