/* ledger_seal: what was written is read, whatever place is lost. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "ledger/ledger_seal.h"

#define DB "ledger.db"

static struct ledger_seal seal_of(const char *id, int64_t seq, bool closed)
{
    struct ledger_seal s = {.state = {.there = true, .seq = seq, .closed = closed}, .size = 4096};

    snprintf(s.state.id, sizeof(s.state.id), "%s", id);
    return s;
}

static struct ledger_seal read_seal(void)
{
    struct err e = ERR_INIT;
    struct ledger_seal s;

    if (ledger_seal_read(DB, &s, &e) != 0)
        fail_msg("%s", e.text);
    return s;
}

static void write_seal(const char *id, int64_t seq, bool closed)
{
    const struct ledger_seal s = seal_of(id, seq, closed);
    struct err e = ERR_INIT;

    if (ledger_seal_write(DB, &s, &e) != 0)
        fail_msg("%s", e.text);
}

static void mark(int *fd, const char *id, int64_t seq)
{
    const struct ledger_seal s = seal_of(id, seq, false);
    struct err e = ERR_INIT;

    if (ledger_seal_mark(DB, fd, &s, &e) != 0)
        fail_msg("%s", e.text);
}

static void assert_seal(const char *id, int64_t seq, bool closed)
{
    struct ledger_seal s = read_seal();

    assert_true(s.state.there);
    assert_string_equal(s.state.id, id);
    assert_int_equal(s.state.seq, seq);
    assert_int_equal(s.state.closed, closed);
}

static void test_none(void **state)
{
    (void)state;
    assert_false(read_seal().state.there);
    put_file(DB "-seal", "");
    assert_false(read_seal().state.there);
    put_file(DB "-seal", "nonsense\n");
    assert_false(read_seal().state.there);
}

static void test_life(void **state)
{
    int fd = -1;

    (void)state;
    write_seal("00000000000000aa", 1, false);
    assert_seal("00000000000000aa", 1, false);
    for (int64_t seq = 2; seq < 9; seq++) {
        mark(&fd, "00000000000000aa", seq);
        assert_seal("00000000000000aa", seq, false);
        if (seq % 3 == 0)
            write_seal("00000000000000aa", seq, false);
    }
    mark(&fd, "00000000000000aa", 9);
    write_seal("00000000000000aa", 9, true);
    assert_seal("00000000000000aa", 9, true);
    write_seal("00000000000000aa", 9, false);
    assert_seal("00000000000000aa", 9, false);
    close(fd);
}

/* A power cut takes what was not synced, and a sector that is being written. */
static void test_power_cut(void **state)
{
    static const char zeros[SEAL_PLACE];
    int fd = -1, file;

    (void)state;
    write_seal("00000000000000aa", 1, false);
    write_seal("00000000000000aa", 2, false);
    mark(&fd, "00000000000000aa", 5);
    for (int place = 0; place < 3; place++) {
        char kept[SEAL_PLACE];

        file = open(DB "-seal", O_RDWR);
        assert_int_equal(pread(file, kept, SEAL_PLACE, (off_t)place * SEAL_PLACE), SEAL_PLACE);
        assert_int_equal(pwrite(file, zeros, SEAL_PLACE, (off_t)place * SEAL_PLACE), SEAL_PLACE);
        assert_seal("00000000000000aa", place == 2 ? 2 : 5, false);
        assert_int_equal(pwrite(file, kept, SEAL_PLACE, (off_t)place * SEAL_PLACE), SEAL_PLACE);
        close(file);
    }
    close(fd);
}

/* Whatever byte is another, that place does not count; no lie is read. */
static void test_damage(void **state)
{
    char whole[3 * SEAL_PLACE];
    int file;

    (void)state;
    write_seal("00000000000000aa", 7, true);
    file = open(DB "-seal", O_RDWR);
    assert_int_equal(pread(file, whole, sizeof(whole), 0), sizeof(whole));
    for (int at = 0; at < SEAL_PLACE - 1; at++) {
        struct ledger_seal s;
        char other = (char)(whole[at] ^ 1);

        assert_int_equal(pwrite(file, &other, 1, at), 1);
        s = read_seal();
        assert_true(s.state.there && s.state.seq == 7 && s.state.closed);
        assert_int_equal(pwrite(file, &whole[at], 1, at), 1);
    }
    close(file);
}

/* A ledger that the user has accepted is sealed, though the seal said otherwise. */
static void test_another(void **state)
{
    int fd = -1;

    (void)state;
    write_seal("00000000000000aa", 50, false);
    mark(&fd, "00000000000000aa", 60);
    close(fd);
    write_seal("00000000000000aa", 7, false);
    assert_seal("00000000000000aa", 7, false);
    write_seal("00000000000000bb", 3, true);
    assert_seal("00000000000000bb", 3, true);
}

static void test_measure(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_seal s = {.size = 0};
    int fd;

    (void)state;
    put_file(DB, "abc");
    fd = open(DB, O_RDONLY);
    assert_int_equal(ledger_seal_measure(DB, fd, &s, &e), 0);
    assert_int_equal(s.size, 3);
    assert_string_equal(s.digest, /* FIPS 180-4's example */
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    close(fd);
}

static void test_errors(void **state)
{
    struct err e = ERR_INIT;
    struct ledger_seal s = seal_of("00000000000000aa", 1, false);

    (void)state;
    assert_int_equal(ledger_seal_write("none/" DB, &s, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "none/" DB "-seal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_none),   IN_FOLDER(test_life),    IN_FOLDER(test_power_cut),
        IN_FOLDER(test_damage), IN_FOLDER(test_another), IN_FOLDER(test_measure),
        IN_FOLDER(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
