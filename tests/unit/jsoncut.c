/* jsoncut: whatever the pieces are, the members and the rest are those of the whole document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/jsoncut.h"

#include "fixture.h"

static const char *const object_path[] = {"a", "b", "*", "c", NULL};
static const char *const list_path[] = {"p", "*", NULL};

/* `name=kind;` of each member, into a text. */
static int note(void *context, struct slice name, const struct json *value)
{
    struct text *t = context;
    int64_t n = 0;

    if (name.ptr)
        text_append(t, name.ptr, name.len);
    if (json_int(value, &n) == 0)
        text_printf(t, "=%d;", (int)n);
    else
        text_printf(t, "=%s;", json_kind(value));
    return name.ptr && name.len == 4 && memcmp(name.ptr, "fail", 4) == 0;
}

static int feed(struct jsoncut *c, const char *doc, size_t piece)
{
    size_t len = strlen(doc);
    int rc = 0;

    for (size_t at = 0; at < len && rc == 0; at += piece)
        rc = jsoncut_feed(c, (struct slice){doc + at, len - at < piece ? len - at : piece});
    return rc;
}

static void test_documents(void **state)
{
    static const struct {
        const char *const *path;
        size_t rest_depth;
        const char *doc;
        const char *members; /* NULL: the document is of no use */
        size_t kept;         /* members of the rest's top */
    } cases[] = {
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":1,\"y\":[2]}}]}}", "x=1;y=a list;", 1},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":1}},{\"d\":0,\"c\":{\"y\":2}}]},\"z\":0}",
         "x=1;y=2;", 2},
        {object_path, 0, " { \"a\" : { \"b\" : [ { \"c\" : { \"x\" : 1 , \"y\":2 } } ] } } ",
         "x=1;y=2;", 1},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{}}]}}", "", 1},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":[1,2]},{\"c\":3},{\"c\":\"{\"}]}}", "", 1},
        {object_path, 0, "{\"a\":{\"b\":[[{\"c\":{\"x\":1}}]]}}", "", 1},
        {object_path, 0, "{\"a\":{\"b\":{\"q\":{\"c\":{\"x\":1}}}}}", "", 1},
        {object_path, 0, "{\"a\":{\"q\":[{\"c\":{\"x\":1}}]}}", "", 1},
        {object_path, 0, "{\"b\":[{\"c\":{\"x\":1}}],\"c\":{\"x\":1}}", "", 2},
        {object_path, 0, "{\"q\":\"a\",\"r\":{\"b\":[{\"c\":{\"x\":1}}]}}", "", 2},
        {object_path, 0, "{\"q\":{\"a\":{\"b\":[{\"c\":{\"x\":1}}]}}}", "", 1},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"q\":{\"a\":{\"b\":[{\"c\":{\"x\":1}}]}}}}]}}",
         "q=an object;", 1},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x}\":\"]}\\\"\",\"y\\\\\":1}}]}}",
         "x}=a text;y\\=1;", 1},
        {object_path, 0, "[{\"a\":{\"b\":[{\"c\":{\"x\":1}}]}}]", "", 0},
        {object_path, 0, "7", "", 0},
        {object_path, 1, "{\"a\":{\"b\":[{\"c\":{\"x\":1}}]},\"n\":[[1,{]", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":1,}}]}}", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":}}]}}", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":1]}]}}", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{x:1}}]}}", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":1}}]}", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":1", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"x\":1}}]}}}", NULL, 0},
        {object_path, 0, "{\"a\":{\"b\":[{\"c\":{\"fail\":1}}]}}", NULL, 0},
        {object_path, 0, "", NULL, 0},
        {object_path, 0, "]]]", NULL, 0},
        {list_path, 0, "{\"p\":[1,[2],\"x\",{\"p\":[3]}],\"q\":[4]}",
         "=1;=a list;=a text;=an object;", 2},
        {list_path, 0, "{\"p\":[],\"q\":0}", "", 2},
        {list_path, 0, "{\"p\":{\"x\":1}}", "", 1},
        {list_path, 0, "{\"p\":[1}}", NULL, 0},
        {list_path, 1, "{\"q\":[1,{\"p\":[2]}],\"p\":[3],\"r\":{\"s\":\"}\"}}", "=3;", 3},
    };
    struct text got;

    (void)state;
    text_init(&got);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t piece = 1; piece <= strlen(cases[i].doc) + 1; piece++) {
            struct jsoncut *c = jsoncut_new(cases[i].path, cases[i].rest_depth, note, &got);
            struct json *rest;
            size_t kept = 0;

            text_clear(&got);
            assert_int_equal(feed(c, cases[i].doc, piece), 0);
            rest = jsoncut_end(c);
            if ((rest != NULL) != (cases[i].members != NULL) ||
                (rest && strcmp(got.ptr, cases[i].members) != 0))
                fail_msg("%s in pieces of %zu: %s", cases[i].doc, piece, got.ptr);
            for (const char *name = "abcnpqrz"; rest && *name; name++) {
                const char one[] = {*name, '\0'};

                kept += json_get(rest, one) != NULL;
            }
            if (kept != cases[i].kept)
                fail_msg("%s: %zu members are left", cases[i].doc, kept);
            json_free(rest);
            jsoncut_free(c);
        }
    text_release(&got);
}

/* What is cut out is empty in the rest, and what lies too deep as well. */
static void test_rest(void **state)
{
    struct text got;
    struct jsoncut *c;
    struct json *rest;

    (void)state;
    text_init(&got);
    c = jsoncut_new(list_path, 1, note, &got);
    assert_int_equal(feed(c, "{\"p\":[1,2],\"q\":{\"r\":[1]},\"s\":\"t\"}", 5), 0);
    rest = jsoncut_end(c);
    assert_true(json_holds_array(json_get(rest, "p")));
    assert_int_equal(json_count(json_get(rest, "p")), 0);
    assert_true(json_holds_object(json_get(rest, "q")));
    assert_null(json_get(json_get(rest, "q"), "r"));
    assert_true(slice_equal(json_text(json_get(rest, "s")), slice_of("t")));
    json_free(rest);
    jsoncut_free(c);
    text_release(&got);
}

static int count(void *context, struct slice name, const struct json *value)
{
    (void)name;
    (void)value;
    ++*(size_t *)context;
    return 0;
}

/* So many items, each of so many bytes; the rest is so long. */
static struct jsoncut *of_size(size_t items, size_t item, size_t rest, size_t *n, int *rc)
{
    struct jsoncut *c = jsoncut_new(list_path, 0, count, n);
    struct text t;

    *n = 0;
    text_init(&t);
    text_puts(&t, "\"");
    for (size_t i = 2; i < item; i++)
        text_puts(&t, "x");
    text_puts(&t, "\"");
    *rc = feed(c, "{\"p\":[", 100);
    for (size_t i = 0; i < items && *rc == 0; i++) {
        *rc = i > 0 ? feed(c, ",", 1) : 0;
        *rc = *rc == 0 ? feed(c, t.ptr, 4096) : *rc;
    }
    if (*rc == 0)
        *rc = feed(c, "],\"q\":\"", 100);
    for (size_t i = 0; i < rest && *rc == 0; i++)
        *rc = feed(c, "y", 1);
    if (*rc == 0)
        *rc = feed(c, "\"}", 100);
    text_release(&t);
    return c;
}

static void test_limits(void **state)
{
    static const struct {
        size_t items, item, rest;
        int rc;
    } cases[] = {
        {200000, 10, 10, 0},
        {10, JSONCUT_MEMBER_MAX, 10, 0},
        {10, JSONCUT_MEMBER_MAX + 1, 10, -1},
        {1, 10, JSONCUT_REST_MAX - 15, 0},
        {1, 10, JSONCUT_REST_MAX - 14, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *rest;
        size_t n;
        int rc;
        struct jsoncut *c = of_size(cases[i].items, cases[i].item, cases[i].rest, &n, &rc);

        if (rc != cases[i].rc || (rc == 0 && n != cases[i].items))
            fail_msg("case %zu: %d, %zu items", i, rc, n);
        rest = jsoncut_end(c);
        assert_int_equal(rest != NULL, rc == 0);
        if (rc != 0) /* for good */
            assert_int_equal(feed(c, "]", 1), -1);
        json_free(rest);
        jsoncut_free(c);
    }
    jsoncut_free(NULL);
}

/* A member of more values than a document may hold is none. */
static void test_nodes(void **state)
{
    struct jsoncut *c;
    size_t n = 0;

    (void)state;
    for (size_t more = 0; more < 2; more++) {
        c = jsoncut_new(list_path, 0, count, &n);
        assert_int_equal(feed(c, "{\"p\":[[0", 100), 0);
        for (size_t i = 0; i < JSON_NODES_MAX - 3 + more; i++)
            assert_int_equal(feed(c, ",0", 2), 0);
        assert_int_equal(feed(c, "]]}", 100), 0);
        struct json *rest = jsoncut_end(c);
        assert_int_equal(rest != NULL, more == 0);
        json_free(rest);
        jsoncut_free(c);
    }
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_nodes),
    };

    return cmocka_run_group_tests_name("jsoncut", tests, NULL, NULL);
}
