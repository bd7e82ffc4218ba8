/* mailbody: a message's bytes with its files at their places, read with room for much and for little; and which are none. */
#include "../../pipeline/adapters/mailbody.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fixture.h"

#define ROOM 8192
#define LINE "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n"

static void put_letters(const char *path, size_t n)
{
    char *bytes = malloc(n + 1);

    assert_non_null(bytes);
    memset(bytes, 'A', n);
    put_bytes(path, bytes, n);
    free(bytes);
}

static void request_init(struct request *r, const char *body, const struct request_file *files,
                         size_t n)
{
    *r = (struct request){.mail = {.to = "a@example.org", .files = files, .n_files = n}};
    text_init(&r->body);
    text_puts(&r->body, body);
    assert_true(text_ok(&r->body));
}

/* All of it, with so much room each time; its size is what was said. */
static void read_all(const struct request *r, size_t room, struct text *out)
{
    struct answer a = {.problem = ""};
    struct mailbody b;
    char bytes[ROOM];
    ssize_t n;

    text_clear(out);
    assert_int_equal(mailbody_open(&b, r, &a), 0);
    while ((n = mailbody_read(&b, bytes, room, &a)) > 0) {
        assert_true((size_t)n <= room);
        text_append(out, bytes, (size_t)n);
    }
    if (n < 0)
        fail_msg("%s", a.problem);
    assert_int_equal(b.size, out->len);
    mailbody_close(&b);
}

static void test_files_at_their_places(void **state)
{
    static const struct {
        size_t first, second; /* where two files stand */
        const char *want;
    } cases[] = {
        {0, 0, LINE "QQ==\r\na\r\nb\r\n"},
        {3, 3, "a\r\n" LINE "QQ==\r\nb\r\n"},
        {3, 6, "a\r\n" LINE "b\r\nQQ==\r\n"},
        {6, 6, "a\r\nb\r\n" LINE "QQ==\r\n"},
    };
    static const size_t rooms[] = {MAILBODY_ROOM_MIN, 79, 155, 156, 1000, ROOM};
    struct text got;

    (void)state;
    put_letters("57", 57);
    put_letters("1", 1);
    put_letters("0", 0);
    text_init(&got);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(rooms); k++) {
            struct request_file files[] = {
                {cases[i].first, "0"}, {cases[i].first, "57"}, {cases[i].second, "1"}};
            struct request r;

            request_init(&r, "a\r\nb\r\n", files, COUNT(files));
            read_all(&r, rooms[k], &got);
            assert_string_equal(got.ptr, cases[i].want);
            text_release(&r.body);
        }
    text_release(&got);
}

/* What Python makes of it is asked in mail_test.py; here the lengths, at the edges of a line and of what is read at once. */
static void test_sizes(void **state)
{
    static const size_t sizes[] = {2, 3, 56, 58, 114, 3647, 3648, 3649, 100000};
    struct text got;

    (void)state;
    text_init(&got);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct request_file file = {2, "f"};
        struct request r;

        put_letters("f", sizes[i]);
        request_init(&r, "\r\n", &file, 1);
        for (size_t room = MAILBODY_ROOM_MIN; room <= ROOM; room += 1001) {
            read_all(&r, room, &got);
            for (const char *line = got.ptr + 2; *line; line = strchr(line, '\n') + 1)
                assert_in_range(strcspn(line, "\r"), 1, 76);
        }
        text_release(&r.body);
    }
    text_release(&got);
}

static void test_wide(void **state)
{
    static const struct {
        const char *body;
        bool wide, head;
    } cases[] = {
        {"S: a\r\n\r\nb\r\n", false, false},
        {"S: a\r\n\r\n\xc3\xbc\r\n", true, false},
        {"S: \xc3\xbc\r\n\r\nb\r\n", true, true},
        {"S: \xc3\xbc", true, true},
        {"", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = {.problem = ""};
        struct mailbody b;
        struct request r;

        request_init(&r, cases[i].body, NULL, 0);
        assert_int_equal(mailbody_open(&b, &r, &a), 0);
        assert_int_equal(b.wide, cases[i].wide);
        assert_int_equal(b.wide_head, cases[i].head);
        mailbody_close(&b);
        text_release(&r.body);
    }
}

/* A line end that is none would let content be taken for commands. */
static void test_line_ends(void **state)
{
    static const struct {
        const char *body;
        size_t len;
    } refused[] = {{"a\nb", 3},    {"\n", 1},   {"a\rb", 3},  {"a\r", 2},
                   {"a\r\r\n", 4}, {"a\0b", 3}, {"\n\r\n", 3}};

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct answer a = {.problem = ""};
        struct mailbody b;
        struct request r;

        request_init(&r, "", NULL, 0);
        text_append(&r.body, refused[i].body, refused[i].len);
        assert_int_equal(mailbody_open(&b, &r, &a), -1);
        assert_int_equal(a.trouble, TROUBLE_MESSAGE);
        assert_says(a.problem, "a line end that is not CR LF");
        text_release(&r.body);
    }
}

static void test_files_that_are_none(void **state)
{
    static const struct {
        const char *path, *says;
    } refused[] = {
        {"missing.pdf", "missing.pdf can't be read: No such file"},
        {"folder", "folder is no file"},
        {"pipe", "pipe is no file"}, /* and is not waited for */
        {"/dev/null", "/dev/null is no file"},
        {"a\x1b.pdf", "a\\x1b.pdf can't be read"},
    };

    (void)state;
    put_file("good", "x");
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct request_file files[] = {{0, "good"}, {0, refused[i].path}};
        struct answer a = {.problem = ""};
        struct mailbody b;
        struct request r;

        request_init(&r, "\r\n", files, COUNT(files));
        assert_int_equal(mailbody_open(&b, &r, &a), -1);
        assert_int_equal(a.trouble, TROUBLE_MESSAGE);
        assert_says(a.problem, refused[i].says);
        text_release(&r.body);
    }
}

/* Longer, shorter or of another time than it was: half of it has left, and the rest does not. */
static void test_files_that_change(void **state)
{
    static const size_t sizes[] = {10000, 100, 9999, 10001};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        const struct timespec times[] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
        struct request_file file = {0, "f"};
        struct answer a = {.problem = ""};
        char bytes[ROOM];
        struct mailbody b;
        struct request r;
        ssize_t n;

        put_letters("f", 10000);
        assert_int_equal(utimensat(AT_FDCWD, "f", times, 0), 0);
        request_init(&r, "\r\n", &file, 1);
        assert_int_equal(mailbody_open(&b, &r, &a), 0);
        assert_true(mailbody_read(&b, bytes, sizeof bytes, &a) > 0);
        put_letters("f", sizes[i]);
        while ((n = mailbody_read(&b, bytes, sizeof bytes, &a)) > 0)
            ;
        assert_int_equal(n, -1);
        assert_int_equal(a.trouble, TROUBLE_MESSAGE);
        assert_says(a.problem, "f has changed while it was sent");
        mailbody_close(&b);
        text_release(&r.body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_files_at_their_places), IN_FOLDER(test_sizes),
        cmocka_unit_test(test_wide),           cmocka_unit_test(test_line_ends),
        IN_FOLDER(test_files_that_are_none),   IN_FOLDER(test_files_that_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
