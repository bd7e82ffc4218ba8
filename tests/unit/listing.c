/* listing: what a reading of a claim's list proves of a row: how far it must go, and what tears it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NONE LISTING_NO_NUMBER

/* The row's baseline: it was refused, empty, or had "base". */
enum base { REFUSED, EMPTY, FULL };

struct read {
    struct reconcile_lookup row, *rows[1];
    struct baseline base;
    struct listing l;
};

static struct read *begin(enum base base, const char *floor)
{
    struct read *r = calloc(1, sizeof *r);

    r->rows[0] = &r->row;
    r->row.recipient = "me";
    snprintf(r->row.floor, sizeof r->row.floor, "%s", floor);
    baseline_init(&r->base);
    if (base == FULL)
        baseline_add(&r->base, slice_of("base"), BASELINE_NO_STAMP);
    r->row.baseline = base == REFUSED ? NULL : &r->base;
    r->l = (struct listing){.fence = "fence", .rows = r->rows, .n_rows = 1};
    return r;
}

/* An attempt is ID, ID*ADDRESS, each perhaps with =NUMBER; "ID*" is nobody's; "|" is the end of a page. */
static void add(struct read *r, char *word)
{
    char *number = strchr(word, '='), *address = strchr(word, '*');
    struct listing_attempt a = {.address = "somebody", .at_ms = BASELINE_NO_STAMP, .success = true};

    if (number)
        *number++ = '\0';
    if (address)
        *address++ = '\0';
    a.id = slice_of(word);
    a.number = number ? strtoll(number, NULL, 10) : NONE;
    a.success = a.number != -1;
    if (address)
        a.address = address;
    listing_add(&r->l, &a);
}

/* Reads pages until it is over: those that are left are not asked for. */
static void tell(struct read *r, const char *pages)
{
    char copy[1024], *rest = copy, *page;

    snprintf(copy, sizeof copy, "%s", pages);
    while (!r->l.over && (page = strsep(&rest, "|"))) {
        for (char *word; (word = strsep(&page, " "));)
            if (*word)
                add(r, word);
        listing_turn(&r->l, !rest);
    }
    listing_close(&r->l);
}

static void test_stretches(void **state)
{
    static const struct {
        const char *what;
        enum base base;
        const char *floor, *pages;
        unsigned read, found;
        bool seen, unbroken;
    } cases[] = {
        {"down to the floor", FULL, "floor", "a fence b floor c|d", 1, 0, true, true},
        {"the floor on a later page", FULL, "floor", "fence|a|floor|b", 3, 0, true, true},
        {"the fence beneath the floor: they were not done in their order", FULL, "floor",
         "floor a|fence|b", 2, 0, true, true},
        {"the fence is the floor", FULL, "fence", "a|b fence|c", 2, 0, true, true},
        {"down to the baseline", FULL, "", "fence a|b base|c", 2, 0, true, true},
        {"a floor counts, and the baseline does not", FULL, "floor", "fence base|a", 2, 0, true,
         false},
        {"the end, and the baseline was empty", EMPTY, "", "fence a|b", 2, 0, true, true},
        {"the end, and there was no baseline", REFUSED, "", "fence a|b", 2, 0, true, true},
        {"the end, and the baseline has not shown", FULL, "", "fence a|b", 2, 0, true, false},
        {"the end, and the floor has not shown", EMPTY, "floor", "fence a|b", 2, 0, true, false},
        {"the end, and it is not that of the first success", EMPTY, "", "fence=4 a=3|b=2", 2, 0,
         true, false},
        {"the end with the first success", EMPTY, "", "fence=2 a=1|b=0", 2, 0, true, true},
        {"the end, and the first success has not shown", EMPTY, "", "fence=3 a=2|b=1", 2, 0, true,
         false},
        {"the end, and numbers drawn by lot", EMPTY, "", "fence=3 a=7 b=2", 1, 0, true, true},
        {"no fence", FULL, "floor", "a floor|b", 2, 0, false, true},
        {"nothing at all", EMPTY, "", "", 1, 0, false, true},
        {"ours above the fence", FULL, "floor", "x*me fence floor", 1, 1, true, true},
        {"ours below it", FULL, "floor", "fence x*me|floor", 2, 1, true, true},
        {"below the floor: by another clock it may be ours", FULL, "floor", "fence|floor x*me", 2,
         1, true, true},
        {"what the baseline has is older", FULL, "", "fence base*me", 1, 0, true, true},
        {"ours twice, for the list has grown", FULL, "floor", "fence x*me|x*me floor", 2, 1, true,
         true},
        {"somebody else's", FULL, "floor", "fence x*you y*m z*mee floor", 1, 0, true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct read *r = begin(cases[i].base, cases[i].floor);

        tell(r, cases[i].pages);
        if (r->l.pages != cases[i].read || r->row.n_candidates != cases[i].found ||
            r->row.fence_seen != cases[i].seen || r->row.unbroken != cases[i].unbroken)
            fail_msg("%s: %u pages, %u found, fence %d, unbroken %d", cases[i].what, r->l.pages,
                     r->row.n_candidates, r->row.fence_seen, r->row.unbroken);
        free(r);
    }
}

/* Between two pages of different hosts something may be missing: the numbers of the successes tell. */
static void test_numbers(void **state)
{
    static const struct {
        const char *what, *pages;
        bool unbroken;
    } cases[] = {
        {"one by one", "fence=9 a=8|b=7 floor=6", true},
        {"one is missing between the pages", "fence=9 a=8|b=6 floor=5", false},
        {"the list has grown meanwhile", "fence=9 a=8|a=8 b=7|b=7 floor=6", true},
        {"… by more than a page", "fence=9 a=8|x=10 fence=9|a=8 b=7 floor=6", true},
        {"failures have none", "fence=9 x=-1 a=8|y=-1 b=7 floor=6", true},
        {"one is missing on a page", "fence=9 a=7|b=6 floor=5", false},
        {"… beside the fence", "fence=9 floor=7", false},
        {"… at the floor", "fence=9 a=8 b=7 floor=5", false},
        {"… and it shows on the next", "fence=9 a=7|a=7 b=8 floor=5", true},
        {"… above the fence", "x=11 fence=9 floor=8", false},
        {"below the floor nothing matters", "fence=9 floor=8 a=4|b=1", true},
        {"drawn by lot", "fence=4 a=9|b=1 floor=6", true},
        {"… and none of it by steps of one", "fence=4 a=9|b=30 floor=6", true},
        {"no numbers", "fence a|b floor", true},
        {"on one page only", "fence a|b=2 floor=1", true},
        {"a page of failures between", "fence=9 a=8|x=-1|b=6 floor=5", false},
        {"the floor is a failure on another page", "fence=9 a=8|floor=-1 b=6", false},
        {"… and joins what was before", "fence=9 a=8|floor=-1 b=7", true},
        {"… and the next success is a page further", "fence=9 a=8|floor=-1|b=6|c=5", false},
        {"… and joins", "fence=9 a=8|floor=-1|b=7|c=3", true},
        {"… and nothing more is there", "fence=9 a=8|floor=-1|x=-1", false},
        {"… for there is nothing more", "fence=2 a=1 b=0|floor=-1|x=-1", true},
        {"… but the first success", "fence=2 a=1|floor=-1|x=-1", false},
        {"the floor is a failure on the same page", "fence=9 a=8 floor=-1", true},
        {"an attempt is nobody's", "fence=9 a*=8 floor=7", false},
        {"… above the fence", "a*=10 fence=9 floor=8", false},
        {"… but the fence or the floor", "fence*=9 floor*=8", true},
        {"… but below the floor", "fence=9 floor=8 a*=7", true},
        {"… and has no number", "fence a*|floor", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct read *r = begin(FULL, "floor");

        tell(r, cases[i].pages);
        assert_true(r->row.fence_seen);
        if (r->row.unbroken != cases[i].unbroken)
            fail_msg("%s", cases[i].what);
        free(r);
    }
}

/* Pages without end, and without the fence, or without the floor. */
static void test_bounds(void **state)
{
    for (int seen = 0; seen < 2; seen++) {
        struct read *r = begin(FULL, "floor");
        char word[] = "fence";

        (void)state;
        if (seen)
            add(r, word);
        while (!r->l.over)
            listing_turn(&r->l, false);
        listing_close(&r->l);
        assert_int_equal(r->l.pages, seen ? LISTING_PAGES_MAX : LISTING_FENCE_PAGES_MAX);
        assert_int_equal(r->row.fence_seen, seen);
        assert_false(r->row.unbroken);
        free(r);
    }
}

static void test_denied(void **state)
{
    struct read *r = begin(FULL, "floor");
    char fence[] = "fence";

    (void)state;
    add(r, fence);
    listing_deny(&r->l);
    listing_close(&r->l);
    assert_true(r->l.over);
    assert_false(r->row.fence_seen || r->row.unbroken);
    free(r);
}

/* Each row has a floor of its own; the reading goes down to the last of them. */
static void test_several_rows(void **state)
{
    static const char *const who[] = {"me", "you", "they"}, *const floors[] = {"f1", "f2", ""};
    struct reconcile_lookup rows[3], *all[3];
    struct baseline base;
    struct read r = {.l = {.fence = "fence", .rows = all, .n_rows = 3}};

    (void)state;
    baseline_init(&base);
    baseline_add(&base, slice_of("base"), BASELINE_NO_STAMP);
    for (size_t i = 0; i < 3; i++) {
        rows[i] = (struct reconcile_lookup){.recipient = who[i], .baseline = &base};
        snprintf(rows[i].floor, sizeof rows[i].floor, "%s", floors[i]);
        all[i] = &rows[i];
    }
    tell(&r, "a*they fence b*me|f1 c*me d*you|f2 e*you f*they|base g*they|h");
    assert_int_equal(r.l.pages, 4);
    for (size_t i = 0; i < 3; i++)
        assert_true(rows[i].fence_seen && rows[i].unbroken);
    assert_int_equal(rows[0].n_candidates, 2);
    assert_int_equal(rows[1].n_candidates, 2);
    assert_string_equal(rows[1].candidates[0].attempt, "d");
    assert_int_equal(rows[2].n_candidates, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stretches),    cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_bounds),       cmocka_unit_test(test_denied),
        cmocka_unit_test(test_several_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
