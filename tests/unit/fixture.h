/*
 * fixture: what several unit tests share: an empty folder to run in, files, and texts that must say
 * something.  To be included after <cmocka.h>.
 */
#ifndef CLAIMPIPE_TESTS_FIXTURE_H
#define CLAIMPIPE_TESTS_FIXTURE_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ALICE "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"
#define ALICE_HEX "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"
#define BOB "bb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqzs36cqcu0"
#define CAROL "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"

/* A test's setup and teardown: an empty folder, which is the current one meanwhile. */
static inline int enter_folder(void **state)
{
    static char folder[PATH_MAX];
    const char *tmp = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/claimpipe-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static inline int leave_folder(void **state)
{
    char command[PATH_MAX + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", (const char *)*state);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

static inline void put_bytes(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static inline void put_file(const char *path, const char *content)
{
    put_bytes(path, content, strlen(content));
}

static inline void assert_says(const char *text, const char *want)
{
    if (!strstr(text, want))
        fail_msg("\"%s\" does not say \"%s\"", text, want);
}

static inline void assert_silent(const char *text, const char *secret)
{
    if (strstr(text, secret))
        fail_msg("\"%s\" tells the secret \"%s\"", text, secret);
}

#endif
