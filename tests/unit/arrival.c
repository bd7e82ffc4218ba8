/* arrival: names, looks and ends, in tables; no clock and no folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "fixture.h"
#include "policy/arrival.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000000)
#define NOW (INT64_C(1000) * S)

static void test_ignored(void **state)
{
    static const char *const ignored[] = {"a.csv.part",
                                          "a.partial",
                                          "a.tmp",
                                          "a.TMP",
                                          "Unconfirmed 1.crdownload",
                                          "a.csv.download",
                                          "a.filepart",
                                          "a.opdownload",
                                          "a.csv~",
                                          ".a.csv.swp",
                                          "a.csv.swp",
                                          "~$book.xlsx",
                                          ".~lock.book.xlsx#",
                                          ".hidden.csv",
                                          ".claimpipe-Ab12Cd",
                                          ".",
                                          "..",
                                          ".working",
                                          "drop1.results.csv",
                                          "drop1.results.results.csv",
                                          "drop1.Results.CSV",
                                          "book.results.xlsx",
                                          "drop1.simulated.csv",
                                          "drop1.csv.why.txt",
                                          "Thumbs.db",
                                          "desktop.ini",
                                          ".part",
                                          "~"};
    static const char *const taken[] = {
        "a.csv",  "A.CSV",   "book.xlsx", "a.csv.gz", "party", "results.csv", "a.parts",
        "-a.csv", "a b.csv", "a\nb.csv",  "\xff.csv", "tmp",   "x",           "a.results.csv.gz",
        "~a.csv", "$a.csv"};

    (void)state;
    for (size_t i = 0; i < COUNT(ignored); i++)
        if (!arrival_ignores(ignored[i]))
            fail_msg("%s is taken", ignored[i]);
    for (size_t i = 0; i < COUNT(taken); i++)
        if (arrival_ignores(taken[i]))
            fail_msg("%s is ignored", taken[i]);
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        unsigned n;
        const char *want;
    } cases[] = {
        {"a.csv", 1, "a.csv"},         {"a.csv", 2, "a-2.csv"},     {"a.csv", 365, "a-365.csv"},
        {"a.csv.gz", 2, "a-2.csv.gz"}, {"a.b.csv", 2, "a.b-2.csv"}, {"a", 2, "a-2"},
        {"a.gz", 2, "a-2.gz"},         {"-a.csv", 2, "-a-2.csv"},   {"\xff.csv", 2, "\xff-2.csv"},
        {"a-2.csv", 2, "a-2-2.csv"},
    };
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&t);
        arrival_name(cases[i].name, cases[i].n, &t);
        assert_string_equal(t.ptr, cases[i].want);
    }
    text_release(&t);
}

static void test_siblings(void **state)
{
    static const struct {
        const char *path, *want, *second; /* NULL: it has no number of watch's */
    } cases[] = {
        {"/in/.working/a-2.csv", "/in/.working/a.csv", "/in/.working/a-2.csv"},
        {"/in/.working/a-365.csv.gz", "/in/.working/a.csv.gz", "/in/.working/a-2.csv.gz"},
        {"/in/.working/a-2-3", "/in/.working/a-2", "/in/.working/a-2-2"},
        {"/in/.working/a-10.csv", "/in/.working/a.csv", "/in/.working/a-2.csv"},
        {"/in/a-2.csv", NULL, NULL},
        {"/in/x.working/a-2.csv", NULL, NULL},
        {"/in/.working/b/a-2.csv", NULL, NULL},
        {"/in/.working/a-1.csv", NULL, NULL},
        {"/in/.working/a-02.csv", NULL, NULL},
        {"/in/.working/a2.csv", NULL, NULL},
        {"/in/.working/a-.csv", NULL, NULL},
        {"/in/.working/-2.csv", NULL, NULL},
        {"/in/.working/2", NULL, NULL},
        {"/in/.working/", NULL, NULL},
        {"-", NULL, NULL},
    };
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *want = cases[i].want ? cases[i].want : "";
        const char *second = cases[i].want ? cases[i].second : "";

        text_clear(&t);
        assert_int_equal(arrival_sibling(cases[i].path, 0, &t), *want != 0);
        assert_string_equal(t.len ? t.ptr : "", want);
        text_clear(&t);
        assert_int_equal(arrival_sibling(cases[i].path, 2, &t), *want != 0);
        assert_string_equal(t.len ? t.ptr : "", second);
    }
    text_release(&t);
}

/* 255 bytes are a name, but leave no room for the ending of results. */
static void test_long_names(void **state)
{
    char name[256];
    struct text t;

    (void)state;
    text_init(&t);
    memset(name, 'x', 251);
    memcpy(name + 251, ".csv", 5);
    arrival_name(name, 1, &t);
    assert_int_equal(t.len, ARRIVAL_NAME_MAX);
    assert_string_equal(t.ptr + t.len - 5, "x.csv");
    for (size_t i = 0; i < 250; i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    memcpy(name + 250, "y.csv", 5);
    text_clear(&t);
    arrival_name(name + 1, 1,
                 &t); /* the first byte is half a character, and so is none cut later */
    assert_true(t.len <= ARRIVAL_NAME_MAX && t.len > ARRIVAL_NAME_MAX - 4);
    assert_true(slice_is_utf8((struct slice){t.ptr + 1, t.len - 1}));
    name[0] = '.';
    memset(name + 1, 'x', 254);
    name[255] = '\0';
    text_clear(&t);
    arrival_name(name, 1, &t);
    assert_int_equal(t.len, ARRIVAL_NAME_MAX);
    text_release(&t);
}

/* A file is seen again and again: when, how large, of what time, with an event or not; and how long it is waited for. */
static void test_wait(void **state)
{
    static const struct {
        const char *what;
        int64_t stable_ns;
        struct {
            int64_t at_ns, size, mtime;
            bool landed;
            int64_t want_ns; /* -1: the end */
        } seen[5];
    } cases[] = {
        {"no event: the whole time",
         5 * S,
         {{0, 9, 1, false, 5 * S},
          {2 * S, 9, 1, false, 3 * S},
          {5 * S, 9, 1, false, 0},
          {.want_ns = -1}}},
        {"it grows",
         5 * S,
         {{0, 9, 1, false, 5 * S},
          {4 * S, 10, 2, false, 5 * S},
          {9 * S, 10, 2, false, 0},
          {.want_ns = -1}}},
        {"written over in place, as long as before",
         5 * S,
         {{0, 9, 1, false, 5 * S}, {4 * S, 9, 2, false, 5 * S}, {.want_ns = -1}}},
        {"closed: a second",
         5 * S,
         {{0, 9, 1, true, S}, {S / 2, 9, 1, false, S / 2}, {S, 9, 1, false, 0}, {.want_ns = -1}}},
        {"closed later: from when it has looked so",
         5 * S,
         {{0, 9, 1, false, 5 * S}, {3 * S, 9, 1, true, 0}, {.want_ns = -1}}},
        {"closed, opened and written again",
         5 * S,
         {{0, 9, 1, true, S},
          {S / 2, 20, 2, false, 5 * S},
          {2 * S, 20, 2, false, 7 * S / 2},
          {3 * S, 30, 3, true, S},
          {.want_ns = -1}}},
        {"empty and closed: its content is still to come",
         5 * S,
         {{0, 0, 1, true, 5 * S},
          {S, 0, 1, false, 4 * S},
          {2 * S, 9, 2, true, S},
          {.want_ns = -1}}},
        {"stable 0s: at once", 0, {{0, 9, 1, false, 0}, {.want_ns = -1}}},
        {"a stable time under a second is kept", S / 2, {{0, 9, 1, true, S / 2}, {.want_ns = -1}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arrival a;

        for (size_t k = 0; k < COUNT(cases[i].seen) && cases[i].seen[k].want_ns >= 0; k++) {
            struct arrival_look look = {
                .inode = 7, .size = cases[i].seen[k].size, .mtime_ns = cases[i].seen[k].mtime};
            int64_t now = NOW + cases[i].seen[k].at_ns, got;

            a = arrival_see(k ? &a : NULL, &look, cases[i].seen[k].landed, now);
            got = arrival_wait_ns(&a, cases[i].stable_ns, now);
            if (got != cases[i].seen[k].want_ns)
                fail_msg("%s: look %zu: %lld ns", cases[i].what, k, (long long)got);
        }
    }
}

/* Another file of the same name, size and time is another. */
static void test_replaced(void **state)
{
    const struct arrival_look one = {.inode = 1, .size = 5, .mtime_ns = 5}, other = {2, 5, 5};
    struct arrival a = arrival_see(NULL, &one, false, NOW);

    (void)state;
    a = arrival_see(&a, &other, false, NOW + 4 * S);
    assert_int_equal(arrival_wait_ns(&a, 5 * S, NOW + 4 * S), 5 * S);
    assert_false(arrival_same(&one, &other));
    assert_true(arrival_same(&one, &one));
}

static void test_ends(void **state)
{
    static const struct {
        int code, signal;
        bool job_fault, changed;
        enum arrival_end want;
    } cases[] = {
        {0, 0, false, false, ARRIVAL_DONE},         {1, 0, false, false, ARRIVAL_DONE},
        {2, 0, false, false, ARRIVAL_FAILED},       {2, 0, true, false, ARRIVAL_AGAIN},
        {3, 0, false, false, ARRIVAL_FAILED},       {3, 0, true, false, ARRIVAL_FAILED},
        {3, 0, false, true, ARRIVAL_AGAIN},         {0, 0, false, true, ARRIVAL_AGAIN},
        {4, 0, false, false, ARRIVAL_AGAIN},        {5, 0, false, false, ARRIVAL_AGAIN},
        {130, 0, false, false, ARRIVAL_AGAIN},      {143, 0, false, false, ARRIVAL_AGAIN},
        {127, 0, false, false, ARRIVAL_FAILED},     {99, 0, false, false, ARRIVAL_FAILED},
        {0, SIGSEGV, false, false, ARRIVAL_FAILED}, {0, SIGABRT, false, true, ARRIVAL_FAILED},
        {0, SIGKILL, false, false, ARRIVAL_AGAIN},  {0, SIGTERM, false, false, ARRIVAL_AGAIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (arrival_end(cases[i].code, cases[i].signal, cases[i].job_fault, cases[i].changed) !=
            cases[i].want)
            fail_msg("code %d, signal %d", cases[i].code, cases[i].signal);
}

static void test_again(void **state)
{
    static const int64_t minutes[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};

    (void)state;
    for (unsigned i = 0; i < COUNT(minutes); i++)
        assert_int_equal(arrival_again_ns(i + 1), minutes[i] * 60 * S);
    assert_int_equal(arrival_again_ns(4000000000u), 3600 * S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ignored),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_long_names), cmocka_unit_test(test_wait),
        cmocka_unit_test(test_replaced),   cmocka_unit_test(test_ends),
        cmocka_unit_test(test_again),      cmocka_unit_test(test_siblings),
    };

    return cmocka_run_group_tests_name("arrival", tests, NULL, NULL);
}
