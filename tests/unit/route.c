/* route: exact values only, whatever their number; the rest is told, never guessed. */
#include "policy/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MANY 100000u
#define VALUE_MAX 16

static void fill(struct route *r, const char *const *values, size_t n)
{
    route_init(r);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(route_add(r, slice_of(values[i]), i), 0);
}

static void a_value_finds_its_own_target_only(void **state)
{
    static const char *const values[] = {"Rust", " Go 101\xc2\xa0",  "Go", "Go 10", "4711",
                                         "C++",  "\xc3\x89t\xc3\xa9"};
    static const struct {
        const char *value;
        size_t target;
    } cases[] = {
        {"Rust", 0},          {"Go 101", 1},
        {"  Go 101\r\n", 1},  {"Go", 2},
        {"Go 10", 3},         {"4711", 4},
        {"C++", 5},           {"\xc3\x89t\xc3\xa9", 6},
        {"rust", ROUTE_NONE}, {"Go 1", ROUTE_NONE},
        {"", ROUTE_NONE},     {" ", ROUTE_NONE},
        {"C", ROUTE_NONE},    {"Go  101", ROUTE_NONE},
        {"zz", ROUTE_NONE},
    };
    struct route r;

    (void)state;
    fill(&r, values, COUNT(values));
    assert_int_equal(route_seal(&r), ROUTE_NONE);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (route_find(&r, slice_of(cases[i].value)) != cases[i].target)
            fail_msg("\"%s\"", cases[i].value);
    route_release(&r);
}

static void without_routes_nothing_is_found(void **state)
{
    struct route r;

    (void)state;
    route_init(&r);
    assert_int_equal(route_seal(&r), ROUTE_NONE);
    assert_int_equal(route_find(&r, slice_of("x")), ROUTE_NONE);
    assert_null(route_nearest(&r, slice_of("x")).ptr);
    route_release(&r);
}

static void an_empty_value_may_have_a_route(void **state)
{
    struct route r;

    (void)state;
    fill(&r, (const char *const[]){"x", " "}, 2);
    assert_int_equal(route_seal(&r), ROUTE_NONE);
    assert_int_equal(route_find(&r, (struct slice){NULL, 0}), 1);
    route_release(&r);
}

static void bytes_are_compared_not_strings(void **state)
{
    struct route r;

    (void)state;
    route_init(&r);
    assert_int_equal(route_add(&r, (struct slice){"a\0b", 3}, 1), 0);
    assert_int_equal(route_add(&r, (struct slice){"a\0c", 3}, 2), 0);
    assert_int_equal(route_add(&r, (struct slice){"a", 1}, 3), 0);
    assert_int_equal(route_seal(&r), ROUTE_NONE);
    assert_int_equal(route_find(&r, (struct slice){"a\0c", 3}), 2);
    assert_int_equal(route_find(&r, (struct slice){"a", 1}), 3);
    route_release(&r);
}

static void what_stands_twice_is_told(void **state)
{
    static const char *const values[] = {"b", "c", "a", " b ", "d"};
    struct route r;
    size_t twice = 0;

    (void)state;
    fill(&r, values, COUNT(values));
    twice = route_seal(&r);
    assert_true(twice < r.n);
    assert_true(slice_equal(r.entries[twice].value, slice_of("b")));
    assert_int_equal(r.entries[twice].target, 3); /* the later one */
    route_release(&r);
}

static void the_most_alike_is_named(void **state)
{
    static const char *const values[] = {"Beekeeping for Beginners", "Beekeeping II", "Rust 101",
                                         "Rust 102"};
    static const struct {
        const char *value, *nearest;
    } cases[] = {
        {"Beekeping for Beginners", "Beekeeping for Beginners"},
        {"beekeeping for beginners", "Beekeeping for Beginners"},
        {"Beekeeping 2", "Beekeeping II"},
        {"Rust101", "Rust 101"},
        {"Rust 120", "Rust 102"},
        {"Cooking", NULL},
        {"", NULL},
        {"#", NULL},
    };
    struct route r;

    (void)state;
    fill(&r, values, COUNT(values));
    assert_int_equal(route_seal(&r), ROUTE_NONE);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice found = route_nearest(&r, slice_of(cases[i].value));
        const char *want = cases[i].nearest;

        if ((found.ptr == NULL) != (want == NULL) ||
            (want != NULL && !slice_equal(found, slice_of(want))))
            fail_msg("\"%s\": \"%.*s\"", cases[i].value, (int)found.len, found.ptr);
    }
    route_release(&r);
}

static void entries_are_grouped_by_target(void **state)
{
    static const struct {
        const char *value;
        size_t target;
    } routes[] = {{"d", 0}, {"a", 2}, {"c", 0}, {"b", 2}, {"e", 0}};
    static const char *const want[] = {"cde", "", "ab"};
    size_t first[COUNT(want)], next[COUNT(routes)];
    struct route r;

    (void)state;
    route_init(&r);
    route_group(&r, COUNT(want), first, next);
    assert_int_equal(first[2], ROUTE_NONE);
    for (size_t i = 0; i < COUNT(routes); i++)
        assert_int_equal(route_add(&r, slice_of(routes[i].value), routes[i].target), 0);
    assert_int_equal(route_seal(&r), ROUTE_NONE);
    route_group(&r, COUNT(want), first, next);
    for (size_t t = 0; t < COUNT(want); t++) {
        size_t n = 0;

        for (size_t i = first[t]; i != ROUTE_NONE; i = next[i], n++)
            assert_int_equal(*r.entries[i].value.ptr, want[t][n]);
        assert_int_equal(n, strlen(want[t]));
    }
    route_release(&r);
}

static void many_routes_are_all_found(void **state)
{
    static char values[MANY][VALUE_MAX];
    struct route r;

    (void)state;
    route_init(&r);
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(values[i], VALUE_MAX, "%zu", i * 7919 % MANY);
        assert_int_equal(route_add(&r, slice_of(values[i]), i), 0);
    }
    assert_int_equal(route_seal(&r), ROUTE_NONE);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(route_find(&r, slice_of(values[i])), i);
    assert_int_equal(route_find(&r, slice_of("100000")), ROUTE_NONE);
    assert_null(route_nearest(&r, slice_of("100000")).ptr);
    route_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_finds_its_own_target_only),
        cmocka_unit_test(without_routes_nothing_is_found),
        cmocka_unit_test(an_empty_value_may_have_a_route),
        cmocka_unit_test(bytes_are_compared_not_strings),
        cmocka_unit_test(what_stands_twice_is_told),
        cmocka_unit_test(the_most_alike_is_named),
        cmocka_unit_test(entries_are_grouped_by_target),
        cmocka_unit_test(many_routes_are_all_found),
    };

    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
