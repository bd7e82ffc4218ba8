/* added: names beside an input's own, and how a results CSV is recognised. */
#include "policy/added.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COLUMNS_MAX 32

struct header {
    struct slice names[COLUMNS_MAX];
    struct columns columns;
};

static void header_of(struct header *h, const char *const *own, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h->names[i] = slice_of(own[i]);
    h->columns = (struct columns){h->names, n, "in.csv", 1};
}

/* An input with these columns, and the results of its results. */
static void check(const char *const *own, size_t n, size_t added, const char *want)
{
    struct header h;
    struct text names[ADDED_COUNT];

    header_of(&h, own, n);
    assert_int_equal(added_at(&h.columns), n);
    for (size_t i = 0; i < ADDED_COUNT; i++) {
        text_init(&names[i]);
        added_append_name(&h.columns, n, i, &names[i]);
        h.names[n + i] = (struct slice){names[i].ptr, names[i].len};
    }
    assert_string_equal(names[added].ptr, want);
    h.columns.n = n + ADDED_COUNT;
    assert_int_equal(added_at(&h.columns), n);
    h.columns.n--; /* one is missing: then it is no results CSV */
    assert_int_equal(added_at(&h.columns), h.columns.n);
    for (size_t i = 0; i < ADDED_COUNT; i++)
        text_release(&names[i]);
}

static void names_that_are_free_are_taken(void **state)
{
    (void)state;
    check((const char *const[]){"Name", "Wallet"}, 2, ADDED_STATUS, "status");
}

static void names_that_are_taken_get_a_prefix(void **state)
{
    (void)state;
    check((const char *const[]){"Name", "status", "code"}, 3, ADDED_STATUS, "claimpipe_status");
    check((const char *const[]){"Name", "status", "code"}, 3, ADDED_CODE, "claimpipe_code");
    check((const char *const[]){"Name", "status", "code"}, 3, ADDED_ERROR, "error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_free_are_taken),
        cmocka_unit_test(names_that_are_taken_get_a_prefix),
    };

    return cmocka_run_group_tests_name("added", tests, NULL, NULL);
}
