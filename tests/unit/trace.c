/* trace: what one run leaves in a folder, the next finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "adapters/trace.h"
#include "fixture.h"

static struct trace trace_of(const char *name, const char *ledger, int64_t seq)
{
    struct trace t = {.seq = seq, .run = 3, .at_ms = 1700000000000};

    assert_int_equal(trace_target("claim", "https://x", name, t.target), 0);
    snprintf(t.ledger, sizeof(t.ledger), "%s", ledger);
    snprintf(t.path, sizeof(t.path), "/data/my ledger.db");
    return t;
}

static void put(const struct trace *traces, size_t n)
{
    struct err e = ERR_INIT;

    if (trace_put(".", traces, n, &e) != 0)
        fail_msg("%s", e.text);
}

static struct trace find(const char *name)
{
    struct trace t = trace_of(name, "ffffffffffffffff", -1);
    struct err e = ERR_INIT;

    if (trace_find(".", &t, 1, &e) != 0)
        fail_msg("%s", e.text);
    return t;
}

static void test_targets_differ(void **state)
{
    char a[TRACE_TARGET_SIZE], b[TRACE_TARGET_SIZE];

    (void)state;
    trace_target("claim", "x", "yz", a);
    trace_target("claim", "xy", "z", b);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), TRACE_TARGET_SIZE - 1);
}

static void test_put_and_find(void **state)
{
    const struct trace first[] = {trace_of("a", "00000000000000aa", 5),
                                  trace_of("b", "00000000000000aa", 6)};
    const struct trace again = trace_of("a", "00000000000000bb", 123456789);
    struct stat st;

    (void)state;
    assert_string_equal(find("a").ledger, "");
    put(first, 2);
    assert_int_equal(stat(TRACE_FILE, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(find("a").seq, 5);
    assert_int_equal(find("b").seq, 6);
    assert_string_equal(find("b").path, "/data/my ledger.db");
    assert_string_equal(find("c").ledger, "");
    put(&again, 1);
    assert_string_equal(find("a").ledger, "00000000000000bb");
    assert_int_equal(find("a").seq, 123456789);
    assert_int_equal(find("b").seq, 6);
}

/* A line that is damaged counts for nothing, and the others stay. */
static void test_damage(void **state)
{
    const struct trace first[] = {trace_of("a", "00000000000000aa", 5),
                                  trace_of("b", "00000000000000aa", 6)};
    char bytes[1024] = "";
    FILE *f;
    size_t n;

    (void)state;
    put(first, 2);
    f = fopen(TRACE_FILE, "r");
    n = fread(bytes, 1, sizeof(bytes) - 1, f);
    fclose(f);
    for (size_t i = 0; i < strcspn(bytes, "\n"); i++) {
        struct trace a;

        bytes[i] ^= 1;
        put_bytes(TRACE_FILE, bytes, n);
        a = find("a");
        assert_true(a.ledger[0] == '\0');
        assert_int_equal(find("b").seq, 6);
        bytes[i] ^= 1;
    }
    put_file(TRACE_FILE, "no line end");
    assert_string_equal(find("a").ledger, "");
}

static void test_errors(void **state)
{
    const struct trace t = trace_of("a", "00000000000000aa", 5);
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(trace_put("none", &t, 1, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "none/" TRACE_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_targets_differ),
        IN_FOLDER(test_put_and_find),
        IN_FOLDER(test_damage),
        IN_FOLDER(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
