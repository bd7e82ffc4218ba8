/* newfile: whole under its name, and never over another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "adapters/newfile.h"
#include "fixture.h"

static void open_as(const char *path, char temporary[PATH_MAX], const char *content)
{
    struct err e = ERR_INIT;

    if (newfile_open(path, temporary, &e) != 0)
        fail_msg("%s", e.text);
    put_file(temporary, content);
}

static void assert_content(const char *path, const char *want)
{
    char got[64] = "";
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    assert_int_equal(fread(got, 1, sizeof(got) - 1, f), strlen(want));
    fclose(f);
    assert_string_equal(got, want);
}

static void test_place(void **state)
{
    char first[PATH_MAX], second[PATH_MAX];
    struct err e = ERR_INIT;
    struct stat st;

    (void)state;
    open_as("a", first, "first");
    open_as("a", second, "second");
    assert_string_not_equal(first, second);
    assert_int_not_equal(access("a", F_OK), 0);
    assert_int_equal(newfile_place(first, "a", &e), 0);
    assert_int_equal(newfile_place(second, "a", &e), 1);
    assert_content("a", "first");
    assert_int_not_equal(access(second, F_OK), 0);
    assert_int_equal(stat("a", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_nlink, 1);
    open_as("a", second, "second");
    assert_int_equal(newfile_replace(second, "a", &e), 0);
    assert_content("a", "second");
}

static void test_drop(void **state)
{
    char temporary[PATH_MAX], wal[PATH_MAX + 4];

    (void)state;
    open_as("a", temporary, "x");
    snprintf(wal, sizeof(wal), "%s-wal", temporary);
    put_file(wal, "y");
    newfile_drop(temporary);
    assert_int_not_equal(access(temporary, F_OK), 0);
    assert_int_not_equal(access(wal, F_OK), 0);
}

static void test_errors(void **state)
{
    char temporary[PATH_MAX];
    struct err open = ERR_INIT, place = ERR_INIT;

    (void)state;
    assert_int_equal(newfile_open("none/a", temporary, &open), -1);
    assert_int_equal(open.code, EXIT_OUTPUT);
    assert_says(open.text, "none/a");
    assert_int_equal(newfile_place("none", "a", &place), -1);
    assert_says(place.text, "a: cannot be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_place),
        IN_FOLDER(test_drop),
        IN_FOLDER(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
