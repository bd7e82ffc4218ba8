/* added: names beside an input's own, and how a results CSV is recognised. */
#include "policy/added.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OWN_MAX 8
#define NEW_MAX (ADDED_COUNT + ADDED_STEPS_MAX * ADDED_STEP_COUNT + 2)

/* The header of an input, then that of its results. */
struct header {
    struct slice names[OWN_MAX + NEW_MAX];
    struct text texts[NEW_MAX];
    struct columns columns;
    size_t own;
};

/* own ends with NULL. */
static void header_init(struct header *h, const char *const *own)
{
    for (h->own = 0; own[h->own] != NULL; h->own++)
        h->names[h->own] = slice_of(own[h->own]);
    h->columns = (struct columns){.names = h->names, .n = h->own, .origin = "in.csv", .line = 1};
    for (size_t i = 0; i < NEW_MAX; i++)
        text_init(&h->texts[i]);
}

static void header_release(struct header *h)
{
    for (size_t i = 0; i < NEW_MAX; i++)
        text_release(&h->texts[i]);
}

static void add(struct header *h, size_t steps)
{
    struct text *t = h->texts;
    size_t n = h->own;

    for (size_t step = 0; step <= steps; step++)
        for (size_t i = 0; i < (step > 0 ? ADDED_STEP_COUNT : ADDED_COUNT); i++, t++) {
            if (step > 0)
                added_append_step_name(&h->columns, h->own, step, added_of_step(i), t);
            else
                added_append_name(&h->columns, h->own, i, t);
            h->names[n++] = (struct slice){t->ptr, t->len};
        }
    h->columns.n = n;
}

static const char *const owns[][OWN_MAX] = {
    {NULL},
    {"Name", "Wallet", NULL},
    {"Name", "status", "code", NULL},
    {"Name", "step1_status", "step2_code", "error", NULL},
    {"Name", "finished_at", NULL},
    {"status", "error", "note", NULL},
    {"STATUS", " Code ", "Attempt_Id", NULL},
    {"status", "claimpipe_Status", NULL},
};

static void results_are_recognised_by_their_last_columns(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(owns); k++)
        for (size_t steps = 0; steps <= ADDED_STEPS_MAX; steps++) {
            struct header h;

            header_init(&h, owns[k]);
            assert_int_equal(added_at(&h.columns), h.own);
            add(&h, steps);
            assert_int_equal(h.columns.n, h.own + ADDED_COUNT + steps * ADDED_STEP_COUNT);
            assert_int_equal(added_at(&h.columns), h.own);
            /* one is missing: then it is no results CSV, or one of fewer steps is not at its end */
            h.columns.n--;
            assert_int_equal(added_at(&h.columns), h.columns.n);
            header_release(&h);
        }
}

static void other_columns_are_an_inputs_own(void **state)
{
    (void)state;
    for (size_t wrong = 0; wrong < ADDED_COUNT + ADDED_STEP_COUNT; wrong++) {
        struct header h;

        header_init(&h, owns[1]);
        add(&h, 1);
        h.names[h.own + wrong] = slice_of("other");
        assert_int_equal(added_at(&h.columns), h.columns.n);
        header_release(&h);
    }
}

static void names_that_are_taken_get_a_prefix(void **state)
{
    static const struct {
        size_t own; /* of owns */
        size_t step;
        enum added added;
        const char *name;
    } cases[] = {
        {1, 0, ADDED_STATUS, "status"},
        {2, 0, ADDED_STATUS, "claimpipe_status"},
        {2, 0, ADDED_CODE, "claimpipe_code"},
        {2, 0, ADDED_ERROR, "error"},
        {2, 1, ADDED_STATUS, "step1_status"},
        {3, 1, ADDED_STATUS, "claimpipe_step1_status"},
        {3, 2, ADDED_STATUS, "step2_status"},
        {3, 2, ADDED_CODE, "claimpipe_step2_code"},
        {3, 0, ADDED_CODE, "code"},
        {6, 0, ADDED_STATUS, "claimpipe_status"},
        {6, 0, ADDED_CODE, "claimpipe_code"},
        {6, 0, ADDED_ATTEMPT, "claimpipe_attempt_id"},
        {6, 0, ADDED_LINK, "link"},
        {7, 0, ADDED_STATUS, "claimpipe_claimpipe_status"},
        {1, 8, ADDED_ATTEMPT, "step8_attempt_id"},
        {1, 8, ADDED_HTTP_STATUS, "step8_http_status"},
        {1, 8, ADDED_FINISHED, "step8_finished_at"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h;
        struct text *out = h.texts;

        header_init(&h, owns[cases[i].own]);
        if (cases[i].step > 0)
            added_append_step_name(&h.columns, h.own, cases[i].step, cases[i].added, out);
        else
            added_append_name(&h.columns, h.own, cases[i].added, out);
        assert_string_equal(out->ptr, cases[i].name);
        header_release(&h);
    }
}

static void a_step_has_all_columns_but_the_recipient(void **state)
{
    size_t i = 0;

    (void)state;
    for (size_t added = 0; added < ADDED_COUNT; added++)
        if (added != ADDED_RECIPIENT)
            assert_int_equal(added_of_step(i++), added);
    assert_int_equal(i, ADDED_STEP_COUNT);
}

/* A file of rows that need a person has one column more, behind all others. */
static void retry_stands_behind_all_others(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(owns); k++)
        for (size_t steps = 0; steps <= ADDED_STEPS_MAX; steps++) {
            struct header h;
            struct text *name;

            header_init(&h, owns[k]);
            add(&h, steps);
            assert_true(added_retry(&h.columns) == COLUMNS_NONE);
            name = &h.texts[NEW_MAX - 1];
            added_append_name(&h.columns, h.own, ADDED_RETRY, name);
            h.names[h.columns.n++] = (struct slice){name->ptr, name->len};
            assert_int_equal(added_at(&h.columns), h.own);
            assert_int_equal(added_end(&h.columns), h.columns.n);
            assert_int_equal(added_retry(&h.columns), h.columns.n - 1);
            /* a remark beside a row makes a sheet wider */
            h.names[h.columns.n++] = slice_of(" ");
            assert_int_equal(added_at(&h.columns), h.own);
            assert_int_equal(added_end(&h.columns), h.columns.n - 1);
            assert_int_equal(added_retry(&h.columns), h.columns.n - 2);
            header_release(&h);
        }
}

static void retry_of_an_input_is_its_own(void **state)
{
    static const char *const own[] = {"Name", "retry", NULL};
    struct header h;

    (void)state;
    header_init(&h, own);
    assert_int_equal(added_at(&h.columns), 2);
    assert_true(added_retry(&h.columns) == COLUMNS_NONE);
    added_append_name(&h.columns, h.own, ADDED_RETRY, h.texts);
    assert_string_equal(h.texts[0].ptr, "claimpipe_retry");
    header_release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_recognised_by_their_last_columns),
        cmocka_unit_test(other_columns_are_an_inputs_own),
        cmocka_unit_test(names_that_are_taken_get_a_prefix),
        cmocka_unit_test(a_step_has_all_columns_but_the_recipient),
        cmocka_unit_test(retry_stands_behind_all_others),
        cmocka_unit_test(retry_of_an_input_is_its_own),
    };

    return cmocka_run_group_tests_name("added", tests, NULL, NULL);
}
