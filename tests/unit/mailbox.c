/* mailbox: the same messages come out of an mbox, a Maildir, and files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/mailbox.h"

#include "fixture.h"

#include <sys/stat.h>

#define FROM "From MAILER-DAEMON Mon Nov 30 12:00:00 2026\n"

/* All of them, each behind a '|'. */
static void assert_messages(const char *path, const char *want)
{
    struct err e = ERR_INIT;
    struct mailbox *m = mailbox_open(path, &e);
    char got[4096] = "";
    struct slice s;
    int found;

    if (!m)
        fail_msg("%s", e.text);
    while ((found = mailbox_next(m, &s, &e)) == 1)
        snprintf(got + strlen(got), sizeof got - strlen(got), "|%.*s", (int)s.len, s.ptr);
    assert_int_equal(found, 0);
    assert_int_equal(mailbox_next(m, &s, &e), 0);
    mailbox_close(m);
    assert_string_equal(got, want);
}

static void test_files(void **state)
{
    static const struct {
        const char *file, *want;
    } table[] = {
        {"", ""},
        {"Subject: a\n\ntext\n", "|Subject: a\n\ntext\n"},
        {"Subject: a", "|Subject: a"},
        {FROM, ""},
        {FROM "A: 1\n\nx\n", "|A: 1\n\nx\n"},
        {FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny\n", "|A: 1\n\nx\n\n|B: 2\n\ny\n"},
        {FROM "A: 1\n\n>From here\n>>From there\n> From\n",
         "|A: 1\n\nFrom here\n>From there\n> From\n"},
        {FROM "A: 1\n\nFrom now on\n\nFrom here at last\n",
         "|A: 1\n\nFrom now on\n\nFrom here at last\n"},
        {FROM "A: 1\n\nx\n" FROM "y\n", "|A: 1\n\nx\n" FROM "y\n"}, /* no empty line before it */
        {"From a Mon Nov 30 12:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Mon Nov 30 12:00:01 "
         "2026\r\nB: 2\r\n",
         "|A: 1\r\n\r\nx\r\n\r\n|B: 2\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        put_file("in", table[i].file);
        assert_messages("in", table[i].want);
    }
}

static void test_folders(void **state)
{
    (void)state;
    assert_int_equal(mkdir("box", 0700), 0);
    put_file("box/b.eml", "B: 1\n");
    put_file("box/a.eml", FROM "A: 1\n");
    put_file("box/.hidden", "C: 1\n");
    assert_messages("box", "|" FROM "A: 1\n|B: 1\n");
    assert_int_equal(mkdir("box/new", 0700), 0);
    assert_int_equal(mkdir("box/cur", 0700), 0);
    assert_int_equal(mkdir("box/tmp", 0700), 0);
    put_file("box/new/2", "N: 2\n");
    put_file("box/cur/1:2,S", "N: 1\n\n" FROM "x\n");
    put_file("box/tmp/3", "N: 3\n");
    assert_messages("box", "|N: 1\n\n" FROM "x\n|N: 2\n");
}

static void test_not_there(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_null(mailbox_open("nowhere", &e));
    assert_int_equal(e.code, EXIT_INPUT);
    assert_says(e.text, "nowhere: can't be read");
}

/* One line without an end that is longer than any message may be, and one behind it. */
static void test_long(void **state)
{
    size_t n = MAILBOX_MESSAGE_MAX + 100000;
    struct err e = ERR_INIT;
    struct mailbox *m;
    struct slice s;
    FILE *f = fopen("in", "w");

    (void)state;
    assert_non_null(f);
    fputs(FROM, f);
    for (size_t i = 0; i < n; i++)
        fputc('x', f);
    fputs("\n\n" FROM "B: 2\n", f);
    assert_int_equal(fclose(f), 0);
    m = mailbox_open("in", &e);
    assert_non_null(m);
    assert_int_equal(mailbox_next(m, &s, &e), 1);
    assert_int_equal(s.len, MAILBOX_MESSAGE_MAX);
    assert_int_equal(mailbox_next(m, &s, &e), 1);
    assert_int_equal(s.len, 5);
    assert_int_equal(mailbox_next(m, &s, &e), 0);
    mailbox_close(m);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {IN_FOLDER(test_files), IN_FOLDER(test_folders),
                                              IN_FOLDER(test_not_there), IN_FOLDER(test_long)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
