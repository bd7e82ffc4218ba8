/* outbox: each message is a file, whole or not there, whatever lies in its place or in its way. */
#include "adapters/outbox.h"

#include "base/answer.h"
#include "base/request.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fixture.h"

#define NOBODY 65534

/* The answer's words, in `words`. */
static struct answer write_message(const char *folder, const char *id, const char *body,
                                   const struct request_file *file, struct text *words)
{
    struct request r = {
        .mail = {.to = "a@example.org", .id = id, .files = file, .n_files = file ? 1 : 0}};
    struct answer a = {.problem = ""};

    text_init(&r.body);
    text_puts(&r.body, body);
    text_init(&a.body);
    outbox_write(folder, &r, &a);
    text_clear(words);
    text_puts(words, a.fate == FATE_ANSWERED ? a.body.ptr : a.problem);
    text_release(&r.body);
    text_release(&a.body);
    return a;
}

static void assert_content(const char *path, const char *want)
{
    char got[1024];
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(got, 1, sizeof got - 1, f);
    got[n] = '\0';
    fclose(f);
    assert_string_equal(got, want);
}

/* Hidden ones too. */
static int entries(const char *folder)
{
    DIR *d = opendir(folder);
    int n = -2;

    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void test_open(void **state)
{
    struct err e = ERR_INIT, none = ERR_INIT, missing = ERR_INIT;

    (void)state;
    assert_int_equal(outbox_open("o", &e), 0);
    assert_int_equal(outbox_open("o", &e), 0);
    assert_int_equal(symlink("o", "link"), 0);
    assert_int_equal(outbox_open("link", &e), 0);
    put_file("file", "kept");
    assert_int_equal(outbox_open("file", &none), -1);
    assert_int_equal(none.code, EXIT_OUTPUT);
    assert_says(none.text, "--outbox file: is no folder");
    assert_int_equal(outbox_open("no/where", &missing), -1);
    assert_says(missing.text, "--outbox no/where: No such file");
}

static void test_message(void **state)
{
    struct request_file file = {6, "attached"};
    struct text words;
    struct answer a;
    struct stat st;

    (void)state;
    assert_int_equal(mkdir("o", 0700), 0);
    put_file("attached", "A");
    text_init(&words);
    a = write_message("o", "aa-1@example.org", "S: x\r\n\r\n", &file, &words);
    assert_int_equal(a.fate, FATE_ANSWERED);
    assert_int_equal(a.status, 250);
    assert_int_equal(a.stage, MAIL_END);
    assert_string_equal(words.ptr, "250 written to o/aa-1.eml");
    assert_content("o/aa-1.eml", "S: x\r\nQQ==\r\n\r\n");
    assert_int_equal(stat("o/aa-1.eml", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* the same again takes its place */
    a = write_message("o", "aa-1@example.org", "S: y\r\n\r\n", NULL, &words);
    assert_int_equal(a.fate, FATE_ANSWERED);
    assert_content("o/aa-1.eml", "S: y\r\n\r\n");
    assert_int_equal(entries("o"), 1);
    text_release(&words);
}

static void test_link_is_not_followed(void **state)
{
    struct text words;
    struct stat st;

    (void)state;
    assert_int_equal(mkdir("o", 0700), 0);
    put_file("precious", "kept");
    assert_int_equal(symlink("../precious", "o/aa.eml"), 0);
    text_init(&words);
    assert_int_equal(write_message("o", "aa@x", "S: x\r\n", NULL, &words).fate, FATE_ANSWERED);
    assert_content("precious", "kept");
    assert_content("o/aa.eml", "S: x\r\n");
    assert_int_equal(lstat("o/aa.eml", &st), 0);
    assert_true(S_ISREG(st.st_mode));
    text_release(&words);
}

static void test_ids_that_make_no_name(void **state)
{
    static const char *const ids[] = {NULL,      "",      "@x",    ".hidden@x",
                                      "../up@x", "a/b@x", "a b@x", "a\n@x"};
    struct text words;

    (void)state;
    assert_int_equal(mkdir("o", 0700), 0);
    text_init(&words);
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct answer a = write_message("o", ids[i], "S: x\r\n", NULL, &words);

        assert_int_equal(a.fate, FATE_NOT_SENT);
        assert_int_equal(a.trouble, TROUBLE_MESSAGE);
        assert_says(words.ptr, "Message-ID");
    }
    assert_int_equal(entries("o"), 0);
    text_release(&words);
}

/* Nothing is left of what could not be written, and what was there before stays. */
static void test_failures(void **state)
{
    const struct rlimit little = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
    struct request_file missing = {0, "missing"};
    char body[512];
    struct rlimit before;
    struct text words;
    struct answer a;

    (void)state;
    assert_int_equal(mkdir("o", 0700), 0);
    put_file("o/aa.eml", "old");
    text_init(&words);
    /* the message's own fault */
    a = write_message("o", "aa@x", "S: x\r\n", &missing, &words);
    assert_int_equal(a.fate, FATE_NOT_SENT);
    assert_int_equal(a.trouble, TROUBLE_MESSAGE);
    a = write_message("o", "aa@x", "S: x\n", NULL, &words);
    assert_int_equal(a.trouble, TROUBLE_MESSAGE);
    /* the folder's: it takes no file, is gone, is full */
    a = write_message("gone", "aa@x", "S: x\r\n", NULL, &words);
    assert_int_equal(a.trouble, TROUBLE_OUTBOX);
    assert_says(words.ptr, "gone/aa.eml can't be written: No such file");
    a = write_message("/proc", "aa@x", "S: x\r\n", NULL, &words);
    assert_int_equal(a.fate, FATE_NOT_SENT);
    assert_int_equal(a.trouble, TROUBLE_OUTBOX);
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    a = write_message("o", "aa@x", body, NULL, &words);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(a.fate, FATE_NOT_SENT);
    assert_int_equal(a.trouble, TROUBLE_OUTBOX);
    assert_says(words.ptr, "o/aa.eml can't be written: File too large");
    assert_content("o/aa.eml", "old");
    assert_int_equal(entries("o"), 1);
    /* something else has the name */
    assert_int_equal(mkdir("o/bb.eml", 0700), 0);
    a = write_message("o", "bb@x", "S: x\r\n", NULL, &words);
    assert_int_equal(a.trouble, TROUBLE_OUTBOX);
    assert_int_equal(entries("o"), 2);
    text_release(&words);
}

/* Root may write anywhere: it becomes somebody else meanwhile. */
static void test_no_permission(void **state)
{
    struct text words;
    struct answer a;

    (void)state;
    assert_int_equal(mkdir("o", 0555), 0);
    assert_int_equal(chmod(".", 0755), 0);
    text_init(&words);
    if (getuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    a = write_message("o", "aa@x", "S: x\r\n", NULL, &words);
    assert_int_equal(seteuid(getuid()), 0);
    assert_int_equal(a.trouble, TROUBLE_OUTBOX);
    assert_says(words.ptr, "o/aa.eml can't be written: Permission denied");
    text_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_open),
        IN_FOLDER(test_message),
        IN_FOLDER(test_link_is_not_followed),
        IN_FOLDER(test_ids_that_make_no_name),
        IN_FOLDER(test_failures),
        IN_FOLDER(test_no_permission),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
