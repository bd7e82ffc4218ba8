/* plainfile: every kind of thing that a path can name, none of which may be waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/plainfile.h"

#include "fixture.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
}

static void test_kinds(void **state)
{
    static const struct {
        const char *path, *why;
    } cases[] = {
        {"file", NULL},
        {"to-file", NULL},
        {"fifo", "fifo: is a named pipe: a job file is an ordinary file: name that"},
        {"to-fifo", "to-fifo: is a named pipe"},
        {"socket", "socket: is a socket"},
        {".", ".: is a folder"},
        {"/dev/zero", "/dev/zero: is a device"},
        {"/dev/null", "/dev/null: is a device"},
    };

    (void)state;
    assert_int_equal(close(open("file", O_CREAT | O_WRONLY, 0600)), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    make_socket("socket");
    assert_int_equal(symlink("file", "to-file"), 0);
    assert_int_equal(symlink("fifo", "to-fifo"), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err opened = ERR_INIT, checked = ERR_INIT;
        int fd = plainfile_open(cases[i].path, "job file", &opened);

        assert_int_equal(plainfile_check(cases[i].path, "job file", &checked),
                         cases[i].why ? -1 : 0);
        assert_int_equal(fd < 0, cases[i].why != NULL);
        assert_string_equal(opened.text, checked.text);
        if (cases[i].why)
            assert_non_null(strstr(opened.text, cases[i].why));
        assert_int_equal(opened.code, cases[i].why ? EXIT_USAGE : EXIT_DONE);
        if (fd >= 0)
            close(fd);
    }
}

static void test_absent(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(plainfile_check("nothing", "preset", &e), 0);
    assert_int_equal(plainfile_open("nothing", "preset", &e), -1);
    assert_string_equal(e.text, "nothing: the preset cannot be read: No such file or directory");
    assert_int_equal(e.code, EXIT_USAGE);
}

/* As the shell gives it; and it is waited for what comes late. */
static void test_pipe_given(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct err e = ERR_INIT;
        char path[64], got;
        int ends[2], fd;

        assert_int_equal(pipe(ends), 0);
        if (i == 0)
            snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
        else
            snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
        fd = plainfile_open(path, "lookup", &e);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        assert_int_equal(write(ends[1], "x", 1), 1);
        assert_int_equal(read(fd, &got, 1), 1);
        assert_int_equal(got, 'x');
        close(fd);
        close(ends[0]);
        close(ends[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_kinds),
        IN_FOLDER(test_absent),
        IN_FOLDER(test_pipe_given),
    };

    return cmocka_run_group_tests_name("plainfile", tests, NULL, NULL);
}
