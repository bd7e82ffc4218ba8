/*
 * reconcile: which question comes next; what a look proves, with every fact at its borders; and that no
 * combination of facts lets a lost request be sent again without the proof of the header.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/reconcile.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define S INT64_C(1000000000)
#define DELAY (60 * S)
#define NEVER INT64_MAX

static const char *const words[] = {[RECONCILED_ABSENT] = "absent",
                                    [RECONCILED_SUCCESS] = "success",
                                    [RECONCILED_LATER] = "later",
                                    [RECONCILED_UNKNOWN] = "unknown"};

/* ---- the questions ---- */

static void test_questions(void **state)
{
    static const struct {
        const char *what;
        enum reconcile_case kind;
        bool pages_done, pages_denied, count_done, count_denied;
        enum reconcile_question want;
    } cases[] = {
        {"lost", RECONCILE_LOST, 0, 0, 0, 0, RECONCILE_ASK_PAGE},
        {"pages read", RECONCILE_LOST, 1, 0, 0, 0, RECONCILE_ASK_COUNT},
        {"count told", RECONCILE_LOST, 1, 0, 1, 0, RECONCILE_ASK_NOTHING},
        {"count denied", RECONCILE_LOST, 1, 0, 0, 1, RECONCILE_ASK_NOTHING},
        {"pages denied: the count tells of a success", RECONCILE_LOST, 0, 1, 0, 0,
         RECONCILE_ASK_COUNT},
        {"… also half way", RECONCILE_LOST, 1, 1, 0, 0, RECONCILE_ASK_COUNT},
        {"both denied", RECONCILE_LOST, 0, 1, 0, 1, RECONCILE_ASK_NOTHING},
        {"resent", RECONCILE_RESENT, 0, 0, 0, 0, RECONCILE_ASK_PAGE},
        {"resent, pages read", RECONCILE_RESENT, 1, 0, 0, 0, RECONCILE_ASK_COUNT},
        {"count before the pages", RECONCILE_LOST, 0, 0, 1, 0, RECONCILE_ASK_PAGE},
        {"refused", RECONCILE_REFUSED, 0, 0, 0, 0, RECONCILE_ASK_PAGE},
        {"refused, pages read", RECONCILE_REFUSED, 1, 0, 0, 0, RECONCILE_ASK_COUNT},
        {"refused, pages denied: the count tells of a success", RECONCILE_REFUSED, 0, 1, 0, 0,
         RECONCILE_ASK_COUNT},
        {"refused, both denied", RECONCILE_REFUSED, 0, 1, 0, 1, RECONCILE_ASK_NOTHING},
        {"refused, all told", RECONCILE_REFUSED, 1, 0, 1, 0, RECONCILE_ASK_NOTHING},
        {"forgotten", RECONCILE_FORGOTTEN, 0, 0, 0, 0, RECONCILE_ASK_PAGE},
        {"forgotten, pages read", RECONCILE_FORGOTTEN, 1, 0, 0, 0, RECONCILE_ASK_COUNT},
        {"forgotten, pages denied", RECONCILE_FORGOTTEN, 0, 1, 0, 0, RECONCILE_ASK_COUNT},
        {"forgotten, count told", RECONCILE_FORGOTTEN, 0, 1, 1, 0, RECONCILE_ASK_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_lookup l = {.what = cases[i].kind,
                                     .pages_done = cases[i].pages_done,
                                     .pages_denied = cases[i].pages_denied,
                                     .count_done = cases[i].count_done,
                                     .count_denied = cases[i].count_denied};

        if (reconcile_next(&l) != cases[i].want)
            fail_msg("%s", cases[i].what);
    }
}

/* ---- candidates ---- */

static void test_candidates(void **state)
{
    static char long_id[RECONCILE_ATTEMPT_MAX + 1];
    struct reconcile_lookup l = {.what = RECONCILE_LOST};

    (void)state;
    reconcile_add_candidate(&l, slice_of("a"), false);
    reconcile_add_candidate(&l, slice_of("b"), true);
    reconcile_add_candidate(&l, slice_of("a"), true); /* told twice: one, and done */
    reconcile_add_candidate(&l, slice_of("b"), false);
    assert_int_equal(l.n_candidates, 2);
    assert_string_equal(l.candidates[0].attempt, "a");
    assert_true(l.candidates[0].success);
    assert_true(l.candidates[1].success);
    assert_false(l.pages_denied);
    memset(long_id, 'x', sizeof long_id - 2);
    reconcile_add_candidate(&l, slice_of(long_id), true); /* the longest */
    assert_int_equal(l.n_candidates, 3);
    assert_string_equal(l.candidates[2].attempt, long_id);
    assert_false(l.pages_denied);
    long_id[sizeof long_id - 2] = 'x';
    reconcile_add_candidate(&l, slice_of(long_id), true); /* cut it would be another */
    assert_int_equal(l.n_candidates, 3);
    assert_true(l.pages_denied);
    assert_string_equal(l.text, "an attempt id of 129 bytes");
    l = (struct reconcile_lookup){.what = RECONCILE_LOST};
    reconcile_add_candidate(&l, (struct slice){NULL, 0}, true);
    assert_int_equal(l.n_candidates, 0);
    assert_true(l.pages_denied);
}

static void test_more_candidates_than_fit(void **state)
{
    struct reconcile_lookup l = {.what = RECONCILE_LOST};

    (void)state;
    for (int i = 0; i < RECONCILE_CANDIDATES_MAX; i++) {
        char id[16];

        snprintf(id, sizeof id, "%d", i);
        reconcile_add_candidate(&l, slice_of(id), false);
    }
    assert_false(l.pages_denied);
    reconcile_add_candidate(&l, slice_of("0"), true); /* it is there */
    assert_false(l.pages_denied);
    reconcile_add_candidate(&l, slice_of("one more"), true);
    assert_true(l.pages_denied);
    assert_int_equal(l.n_candidates, RECONCILE_CANDIDATES_MAX);
    assert_string_equal(l.text, "more than 8 new attempts of this address");
}

/* ---- lost ---- */

/* A look that was asked to its end, found nothing of ours, and proves it by a later fence. */
static struct reconcile_lookup proving(void)
{
    return (struct reconcile_lookup){.what = RECONCILE_LOST,
                                     .fenced = true,
                                     .fence_seen = true,
                                     .unbroken = true,
                                     .pages_done = true,
                                     .count_done = true};
}

static struct reconcile_facts later_fence(void)
{
    return (struct reconcile_facts){.fence_after_ns = DELAY,
                                    .since_loss_ns = DELAY + S,
                                    .quiet_ns = 0,
                                    .lag_ns = S,
                                    .delay_ns = DELAY};
}

static void expect(const char *what, const struct reconcile_lookup *l,
                   const struct reconcile_facts *f, enum reconciled want)
{
    enum reconciled got = reconcile_decide(l, f);

    if (got != want)
        fail_msg("%s: %s, not %s", what, words[got], words[want]);
    assert_true(reconcile_wait_ns(l, f) >= 0);
}

/* By a fence that was sent so late after the loss that nothing can have come behind it. */
static void test_lost_and_a_later_fence(void **state)
{
    static const struct {
        const char *what;
        bool seen;
        int64_t after, since_loss, lag;
        enum reconciled want;
    } cases[] = {
        {"sent when the queue's delay had passed", true, DELAY, DELAY + S, S, RECONCILED_ABSENT},
        {"sent long after it", true, 100 * DELAY, 101 * DELAY, DELAY, RECONCILED_ABSENT},
        {"whatever the list's lag", true, DELAY, DELAY + S, NEVER, RECONCILED_ABSENT},
        {"not quite", true, DELAY - 1, 10 * DELAY, NEVER, RECONCILED_LATER},
        {"a queue that moves, and a fence that is not quite", true, DELAY - 1, 10 * DELAY, S,
         RECONCILED_LATER},
        {"sent as the loss was known", true, 0, 10 * DELAY, S, RECONCILED_LATER},
        {"just lost", true, -S, 0, S, RECONCILED_LATER},
        {"the fence does not show", false, DELAY, DELAY + S, S, RECONCILED_LATER},
        {"… for long", false, 90 * DELAY, 100 * DELAY, S, RECONCILED_LATER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_lookup l = proving();
        struct reconcile_facts f = later_fence();

        l.fence_seen = cases[i].seen;
        f.fence_after_ns = cases[i].after;
        f.since_loss_ns = cases[i].since_loss;
        f.lag_ns = cases[i].lag;
        expect(cases[i].what, &l, &f, cases[i].want);
    }
}

/* By one that was sent earlier: the queue stands still, and how far the list is behind is known. */
static void test_lost_and_an_earlier_fence(void **state)
{
    static const struct {
        const char *what;
        bool seen;
        int64_t quiet, since_loss, lag;
        enum reconciled want;
    } cases[] = {
        {"still for the delay, and the list is of the present", true, DELAY, DELAY, 0,
         RECONCILED_ABSENT},
        {"not quite still", true, DELAY - 1, DELAY, 0, RECONCILED_LATER},
        {"not quite so long ago", true, DELAY, DELAY - 1, 0, RECONCILED_LATER},
        {"a list that is behind by a nanosecond", true, DELAY, DELAY, 1, RECONCILED_LATER},
        {"… and shows it now", true, DELAY, DELAY + 1, 1, RECONCILED_ABSENT},
        {"behind by more than the delay", true, 10 * DELAY, 2 * DELAY, 100 * S, RECONCILED_LATER},
        {"… and shows it now", true, 10 * DELAY, DELAY + 100 * S, 100 * S, RECONCILED_ABSENT},
        {"no fence has ever shown how far it is behind", true, 10 * DELAY, 10 * DELAY, NEVER,
         RECONCILED_LATER},
        {"the fence does not show now", false, 10 * DELAY, 10 * DELAY, 0, RECONCILED_LATER},
        {"the queue has not stood still at all", true, 0, 10 * DELAY, 0, RECONCILED_LATER},
    };
    static const int64_t afters[] = {INT64_MIN / 2, -100 * DELAY, -1, 0, 1, DELAY - 1};

    (void)state;
    for (size_t i = 0; i < COUNT(cases) * COUNT(afters); i++) {
        size_t k = i % COUNT(cases);
        struct reconcile_lookup l = proving();
        struct reconcile_facts f = later_fence();

        f.fence_after_ns = afters[i / COUNT(cases)];
        l.fence_seen = cases[k].seen;
        f.quiet_ns = cases[k].quiet;
        f.since_loss_ns = cases[k].since_loss;
        f.lag_ns = cases[k].lag;
        expect(cases[k].what, &l, &f, cases[k].want);
    }
}

/* Without a fence nothing proves anything, however long it is waited. */
static void test_lost_and_no_fence(void **state)
{
    static const struct {
        const char *what;
        int64_t since_loss, quiet;
        bool idle;
        enum reconciled want;
    } cases[] = {
        {"just lost", 0, 0, true, RECONCILED_LATER},
        {"the queue is not yet still", DELAY, DELAY - 1, true, RECONCILED_LATER},
        {"the delay is not over", DELAY - 1, DELAY, true, RECONCILED_LATER},
        {"nothing more comes that could become one", DELAY, DELAY, true, RECONCILED_UNKNOWN},
        {"something does", DELAY, DELAY, false, RECONCILED_LATER},
        {"… for ever", NEVER, NEVER, false, RECONCILED_LATER},
        {"long ago", NEVER, NEVER, true, RECONCILED_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_lookup l = proving();
        struct reconcile_facts f = later_fence();

        l.fenced = l.fence_seen = l.unbroken = false;
        f.lag_ns = NEVER;
        f.since_loss_ns = cases[i].since_loss;
        f.quiet_ns = cases[i].quiet;
        f.idle = cases[i].idle;
        expect(cases[i].what, &l, &f, cases[i].want);
    }
}

/* What the pages and the count have to say, with the fence seen or not, and with time or not. */
static void test_lost_and_what_is_told(void **state)
{
    static const struct {
        const char *what;
        bool pages_done, pages_denied, count_done, count_denied;
        int64_t older, count, foreign;
        bool agree;
    } cases[] = {
        {"no attempts, no success", 1, 0, 1, 0, 0, 0, 0, true},
        {"attempts denied", 0, 1, 0, 0, 0, 0, 0, false},
        {"attempts denied half way", 1, 1, 1, 0, 0, 0, 0, false},
        {"attempts denied, count told", 0, 1, 1, 0, 0, 0, 0, false},
        {"count denied (the claim hides its state)", 1, 0, 0, 1, 0, 0, 0, false},
        {"count not asked", 1, 0, 0, 0, 0, 0, 0, false},
        {"pages not read", 0, 0, 1, 0, 0, 0, 0, false},
        {"nothing was asked", 0, 0, 0, 0, 0, 0, 0, false},
        {"a success that the attempts do not show", 1, 0, 1, 0, 0, 1, 0, false},
        {"earlier successes account for the count", 1, 0, 1, 0, 2, 2, 0, true},
        {"one more than the earlier ones", 1, 0, 1, 0, 2, 3, 0, false},
        {"other items' successes account for it", 1, 0, 1, 0, 1, 3, 2, true},
        {"one more than those", 1, 0, 1, 0, 1, 4, 2, false},
        {"fewer than the attempts show", 1, 0, 1, 0, 2, 1, 0, false},
        {"fewer than the other items'", 1, 0, 1, 0, 0, 0, 1, false},
        {"a count below zero", 1, 0, 1, 0, 0, -1, 0, false},
        {"a count beyond all", 1, 0, 1, 0, 0, NEVER, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_lookup l = proving();
        struct reconcile_facts f = later_fence();

        l.pages_done = cases[i].pages_done;
        l.pages_denied = cases[i].pages_denied;
        l.count_done = cases[i].count_done;
        l.count_denied = cases[i].count_denied;
        l.older = cases[i].older;
        l.count = cases[i].count;
        f.foreign = cases[i].foreign;
        expect(cases[i].what, &l, &f, cases[i].agree ? RECONCILED_ABSENT : RECONCILED_UNKNOWN);
        f.fence_after_ns = DELAY - 1; /* what can't be told now may come to light */
        expect(cases[i].what, &l, &f, RECONCILED_LATER);
        f = later_fence();
        f.foreign = cases[i].foreign;
        f.fence_after_ns = -S;
        f.quiet_ns = DELAY;
        expect(cases[i].what, &l, &f, cases[i].agree ? RECONCILED_ABSENT : RECONCILED_UNKNOWN);
        /* never absent; what does not agree is not waited for */
        l.unbroken = false;
        expect(cases[i].what, &l, &f, cases[i].agree ? RECONCILED_LATER : RECONCILED_UNKNOWN);
        l.fence_seen = false;
        expect(cases[i].what, &l, &f, cases[i].agree ? RECONCILED_LATER : RECONCILED_UNKNOWN);
        f.quiet_ns = DELAY - 1;
        expect(cases[i].what, &l, &f, RECONCILED_LATER);
    }
}

/* ---- forgotten and refused ---- */

static void test_forgotten_and_refused(void **state)
{
    static const struct {
        const char *what;
        bool pages_done, pages_denied, count_done, count_denied;
        int64_t older, count, foreign;
        bool more;
    } cases[] = {
        {"nothing is shown", 1, 0, 1, 0, 0, 0, 0, false},
        {"a success that the attempts do not show", 1, 0, 1, 0, 0, 1, 0, true},
        {"it is an earlier one", 1, 0, 1, 0, 1, 1, 0, false},
        {"it is another item's", 1, 0, 1, 0, 0, 1, 1, false},
        {"one earlier, one another's, one more", 1, 0, 1, 0, 1, 3, 1, true},
        {"one earlier, one another's", 1, 0, 1, 0, 1, 2, 1, false},
        {"fewer than are known", 1, 0, 1, 0, 2, 1, 1, false},
        {"the attempts are hidden", 0, 1, 1, 0, 0, 1, 0, true},
        {"the attempts are hidden, and the ledger knows it", 0, 1, 1, 0, 0, 1, 1, false},
        {"the count is hidden", 1, 0, 0, 1, 0, 0, 0, false},
        {"a count that was not told is none", 1, 0, 0, 1, 0, 7, 0, false},
        {"all is hidden", 0, 1, 0, 1, 0, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_facts f = {.foreign = cases[i].foreign, .lag_ns = NEVER};
        struct reconcile_lookup l = {.pages_done = cases[i].pages_done,
                                     .pages_denied = cases[i].pages_denied,
                                     .count_done = cases[i].count_done,
                                     .count_denied = cases[i].count_denied,
                                     .older = cases[i].older,
                                     .count = cases[i].count};

        l.what = RECONCILE_FORGOTTEN; /* it was accepted: never absent */
        expect(cases[i].what, &l, &f, cases[i].more ? RECONCILED_SUCCESS : RECONCILED_UNKNOWN);
        l.what = RECONCILE_RESENT; /* and so was this, perhaps */
        expect(cases[i].what, &l, &f, cases[i].more ? RECONCILED_SUCCESS : RECONCILED_UNKNOWN);
        l.what = RECONCILE_REFUSED; /* nothing is sent when nothing was told */
        expect(cases[i].what, &l, &f,
               cases[i].more                                    ? RECONCILED_SUCCESS
               : cases[i].pages_denied && cases[i].count_denied ? RECONCILED_UNKNOWN
                                                                : RECONCILED_ABSENT);
        l.ageless = true; /* a success that only seems older */
        expect(cases[i].what, &l, &f, cases[i].more ? RECONCILED_SUCCESS : RECONCILED_UNKNOWN);
    }
}

/* A success that only seems older by its stamp may be ours. */
static void test_ageless(void **state)
{
    struct reconcile_lookup l = proving();
    struct reconcile_facts f = later_fence();

    (void)state;
    expect("without it", &l, &f, RECONCILED_ABSENT);
    l.ageless = true;
    expect("with it", &l, &f, RECONCILED_UNKNOWN);
}

/* ---- how long to wait ---- */

static void test_waits(void **state)
{
    static const struct {
        const char *what;
        bool seen, idle;
        int64_t after, since_loss, quiet, lag, want;
    } cases[] = {
        {"a fence is seen: until it was still for long enough", true, true, -10 * S, 80 * S, 20 * S,
         S, 40 * S},
        {"… or until the list shows it", true, true, -10 * S, 70 * S, 70 * S, 25 * S, 15 * S},
        {"… whichever is later", true, true, -10 * S, 30 * S, 20 * S, 50 * S, 80 * S},
        {"… but the next fence may prove it sooner", true, false, 50 * S, 30 * S, 20 * S, 50 * S,
         10 * S},
        {"… though it is not asked for all the time", true, false, 59 * S, 60 * S, 0, 50 * S,
         15 * S},
        {"… and later than by itself it is not", true, false, -90 * S, 80 * S, 20 * S, S, 40 * S},
        {"none seen: the rest of the delay", false, true, 0, 20 * S, 20 * S, NEVER, 40 * S},
        {"none seen: the queue has moved", false, true, 0, 90 * S, 0, NEVER, 60 * S},
        {"none seen: less and less often", false, true, 0, 400 * S, 400 * S, NEVER, 100 * S},
        {"seen, but nobody knows how far it is behind", true, true, 0, 100 * S, 100 * S, NEVER,
         25 * S},
        {"the proof holds: as when there is none", true, true, DELAY, 100 * S, 100 * S, 0, 25 * S},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_lookup l = proving();
        struct reconcile_facts f = {.fence_after_ns = cases[i].after,
                                    .since_loss_ns = cases[i].since_loss,
                                    .quiet_ns = cases[i].quiet,
                                    .lag_ns = cases[i].lag,
                                    .idle = cases[i].idle,
                                    .delay_ns = DELAY};
        int64_t got;

        l.fence_seen = cases[i].seen;
        got = reconcile_wait_ns(&l, &f);
        if (got != cases[i].want)
            fail_msg("%s: %lld s", cases[i].what, (long long)(got / S));
    }
}

/* A look at the moment that was waited for proves it, in a queue that stands still. */
static void test_a_wait_is_enough(void **state)
{
    static const int64_t lags[] = {0, 1, 5 * S, DELAY, 3 * DELAY};

    (void)state;
    for (size_t i = 0; i < COUNT(lags); i++) {
        struct reconcile_lookup l = proving();
        struct reconcile_facts f = {.fence_after_ns = -S,
                                    .since_loss_ns = S,
                                    .quiet_ns = S,
                                    .lag_ns = lags[i],
                                    .idle = true,
                                    .delay_ns = DELAY};
        int64_t wait_ns = reconcile_wait_ns(&l, &f);

        assert_true(wait_ns > 0);
        f.since_loss_ns += wait_ns - 1;
        f.quiet_ns += wait_ns - 1;
        expect("a nanosecond too early", &l, &f, RECONCILED_LATER);
        f.since_loss_ns++;
        f.quiet_ns++;
        expect("in time", &l, &f, RECONCILED_ABSENT);
    }
}

/* ---- words ---- */

static void test_why(void **state)
{
    static const struct {
        const char *what;
        enum reconcile_case kind;
        const char *text;
        bool fenced, seen, count_done;
        int64_t count, older, foreign;
        const char *want;
    } cases[] = {
        {"what was said", RECONCILE_LOST, "HTTP 403", 1, 0, 1, 9, 0, 0, "HTTP 403"},
        {"they do not agree", RECONCILE_LOST, "", 1, 0, 1, 1, 0, 0,
         "its count of successes and its list of attempts do not agree"},
        {"the fence does not show", RECONCILE_LOST, "", 1, 0, 1, 3, 2, 1,
         "its list does not show what was accepted, so it proves nothing"},
        {"it shows, and the floor does not", RECONCILE_LOST, "", 1, 1, 1, 3, 2, 1,
         "its list has gaps, or does not reach back to when it was sent"},
        {"no fence", RECONCILE_LOST, "", 0, 0, 1, 0, 0, 0,
         "nothing that was sent later shows that its list can be believed"},
        {"forgotten", RECONCILE_FORGOTTEN, "", 0, 0, 1, 0, 0, 0, ""},
        {"forgotten, and not told", RECONCILE_FORGOTTEN, "", 0, 0, 0, 5, 0, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reconcile_facts f = {.foreign = cases[i].foreign};
        struct reconcile_lookup l = {.what = cases[i].kind,
                                     .fenced = cases[i].fenced,
                                     .fence_seen = cases[i].seen,
                                     .count_done = cases[i].count_done,
                                     .count = cases[i].count,
                                     .older = cases[i].older};

        snprintf(l.text, sizeof l.text, "%s", cases[i].text);
        assert_string_equal(reconcile_why(&l, &f), cases[i].want);
    }
}

/* ---- whatever the facts ---- */

/* The proof of the header, in its own words. */
static bool is_proved(const struct reconcile_lookup *l, const struct reconcile_facts *f)
{
    bool told = l->pages_done && !l->pages_denied && l->count_done && !l->count_denied &&
                l->count == l->older + f->foreign;

    if (!told || !l->fence_seen || !l->unbroken)
        return false;
    if (f->fence_after_ns >= f->delay_ns)
        return true;
    return f->lag_ns != NEVER && f->quiet_ns >= f->delay_ns &&
           f->since_loss_ns - f->lag_ns >= f->delay_ns;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int64_t some_span(uint64_t *seed)
{
    static const int64_t spans[] = {0,         1,         S,         DELAY - 1,     DELAY,
                                    DELAY + 1, DELAY + S, 2 * DELAY, 2 * DELAY + S, 400 * S};

    return spans[next_random(seed) % COUNT(spans)];
}

/* Absent is said of what was lost exactly if it is proved; and success never. */
static void test_absent_is_proved(void **state)
{
    uint64_t seed = 1;
    unsigned absent = 0, rounds = 300000;

    (void)state;
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t bits = next_random(&seed);
        struct reconcile_lookup l = {.what = RECONCILE_LOST,
                                     .unbroken = (bits & 6) != 0,
                                     .fence_seen = (bits >> 26 & 7) != 0,
                                     .pages_done = (bits & 24) != 0,
                                     .pages_denied = (bits & 224) == 0,
                                     .count_done = (bits & 768) != 0,
                                     .count_denied = (bits & 7168) == 0,
                                     .older = (int64_t)(bits >> 16 & 1),
                                     .count = (int64_t)(bits >> 17 & 1)};
        struct reconcile_facts f = {.foreign = (int64_t)(bits >> 18 & 1),
                                    .fence_after_ns =
                                        some_span(&seed) - 2 * DELAY * (int64_t)(bits >> 19 & 1),
                                    .idle = bits >> 20 & 1,
                                    .since_loss_ns = some_span(&seed),
                                    .quiet_ns = some_span(&seed),
                                    .lag_ns = bits >> 21 & 3 ? some_span(&seed) : NEVER,
                                    .delay_ns = bits >> 23 & 7 ? DELAY : 0};
        enum reconciled got;

        l.fenced = l.fence_seen || bits & 1;
        got = reconcile_decide(&l, &f);
        if ((got == RECONCILED_ABSENT) != is_proved(&l, &f))
            fail_msg("round %u: %s", i, words[got]);
        assert_true(got != RECONCILED_SUCCESS);
        assert_true(reconcile_wait_ns(&l, &f) >= 0);
        absent += got == RECONCILED_ABSENT;
    }
    assert_true(absent > rounds / 100 && absent < rounds / 2); /* both were seen often */
}

/* Time alone makes nobody absent, and takes no proof back. */
static void test_time_proves_nothing(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct reconcile_lookup l = proving();
        struct reconcile_facts f = later_fence();
        bool was_absent = false;

        l.fence_seen = next_random(&seed) % 2;
        f.fence_after_ns = next_random(&seed) % 2 ? DELAY : -S;
        f.lag_ns = next_random(&seed) % 3 ? some_span(&seed) : NEVER;
        f.since_loss_ns = f.quiet_ns = 0;
        for (int step = 0; step < 12; step++) {
            bool absent = reconcile_decide(&l, &f) == RECONCILED_ABSENT;

            assert_true(l.fence_seen || !absent);
            assert_true(absent || !was_absent);
            was_absent = absent;
            f.since_loss_ns += 20 * S;
            f.quiet_ns += 20 * S;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_more_candidates_than_fit),
        cmocka_unit_test(test_lost_and_a_later_fence),
        cmocka_unit_test(test_lost_and_an_earlier_fence),
        cmocka_unit_test(test_lost_and_no_fence),
        cmocka_unit_test(test_lost_and_what_is_told),
        cmocka_unit_test(test_forgotten_and_refused),
        cmocka_unit_test(test_ageless),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_a_wait_is_enough),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_absent_is_proved),
        cmocka_unit_test(test_time_proves_nothing),
    };

    return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}
