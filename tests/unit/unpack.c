/* unpack: what libarchive packs is unpacked again, and what is cut, damaged or too large is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/unpack.h"

#include "adapters/stop.h"
#include "fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALL_MAX 1000000
#define BOMB_SIZE (3u << 20)
#define SPACE (1u << 20)

static const char *const kinds[] = {"gzip", "zstd", "xz", "bzip2"};
static const char text[] = "Name,Mail\nJane,j@x\nJohn,k@x\n";
static char large[BOMB_SIZE]; /* of zeros */

/* bytes, packed by this kind into space of SPACE bytes: how many these are. */
static size_t pack(const char *kind, const void *bytes, size_t len, char *space)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    size_t used = 0;

    assert_int_equal(archive_write_add_filter_by_name(a, kind), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(a, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, space, SPACE, &used), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, bytes, len), len);
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return used;
}

/* A file in memory with these bytes. */
static int open_bytes(const void *bytes, size_t len)
{
    int fd = memfd_create("in", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    return fd; /* not at its beginning, as a copy that has just been written */
}

static int unpack_into(int to, const void *bytes, size_t len, int64_t max, struct err *e)
{
    int from = open_bytes(bytes, len);
    int rc = unpack_file(from, to, max, "in.csv", "/tmp", e);

    assert_int_equal(rc == 0 ? EXIT_DONE : EXIT_INPUT, e->code);
    close(from);
    return rc;
}

static int unpack(const void *bytes, size_t len, int64_t max, struct err *e)
{
    int to = open_bytes("", 0);
    int rc = unpack_into(to, bytes, len, max, e);

    close(to);
    return rc;
}

static void assert_unpacked(const void *bytes, size_t len, const char *want)
{
    char got[sizeof(text) * 3] = "";
    struct err e = ERR_INIT;
    int to = open_bytes("", 0);

    if (unpack_into(to, bytes, len, SMALL_MAX, &e))
        fail_msg("%s", e.text);
    assert_int_equal(pread(to, got, sizeof(got), 0), strlen(want));
    assert_string_equal(got, want);
    close(to);
}

static void assert_refused(const void *bytes, size_t len, const char *says)
{
    struct err e = ERR_INIT;

    if (unpack(bytes, len, SMALL_MAX, &e) != -1)
        fail_msg("%zu bytes are taken (%s)", len, says);
    assert_says(e.text, says);
}

static char *new_space(void)
{
    char *space = malloc(SPACE);
    assert_non_null(space);
    return space;
}

static void first_bytes_tell_the_kind(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *kind;
    } cases[] = {
#define CASE(bytes, kind) {(bytes), sizeof(bytes) - 1, kind}
        CASE("", NULL),
        CASE("a,b\n", NULL),
        CASE("\x1f\x8b", NULL),
        CASE("\x1f\x8b\x08", "gzip"),
        CASE("\x28\xb5\x2f\xfd\x20", "zstd"),
        CASE("\xfd"
             "7zXZ",
             NULL),
        CASE("\xfd"
             "7zXZ\0",
             "xz"),
        CASE("BZh", NULL),
        CASE("BZh9,more columns\n", NULL),
        CASE("BZh91AY&SY", "bzip2"),
        CASE("BZh0"
             "1AY&SY",
             NULL),
        CASE("BZh1\x17rE8P\x90", "bzip2"),
        CASE("PK\x03\x04", NULL),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *kind = unpack_kind((struct slice){cases[i].bytes, cases[i].len});
        if (cases[i].kind)
            assert_string_equal(kind, cases[i].kind);
        else
            assert_null(kind);
    }
}

static void what_is_packed_is_unpacked(void **state)
{
    (void)state;
    char *space = new_space();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t len = pack(kinds[i], text, sizeof(text) - 1, space);
        assert_string_equal(unpack_kind((struct slice){space, len}), kinds[i]);
        assert_unpacked(space, len, text);
        /* another member behind it */
        len += pack(kinds[i], "Rick,r@x\n", 9, space + len);
        assert_unpacked(space, len, "Name,Mail\nJane,j@x\nJohn,k@x\nRick,r@x\n");
    }
    free(space);
}

static void nothing_may_be_packed(void **state)
{
    (void)state;
    static const char gzip[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0";
    static const char zstd[] = "\x28\xb5\x2f\xfd\x20\0\x01\0";
    static const char xz[] = "\xfd\x37zXZ\0\0\x04\xe6\xd6\xb4\x46\0\0\0\0\x1c\xdf\x44\x21\x1f\xb6"
                             "\xf3\x7d\x01\0\0\0\0\x04YZ";
    static const char bzip2[] = "BZh9\x17rE8P\x90\0\0\0";
    assert_unpacked(gzip, sizeof(gzip), "");
    assert_unpacked(zstd, sizeof(zstd), "");
    assert_unpacked(xz, sizeof(xz) - 1, "");
    assert_unpacked(bzip2, sizeof(bzip2), "");
}

static void what_is_cut_anywhere_is_refused(void **state)
{
    (void)state;
    char *space = new_space();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t len = pack(kinds[i], text, sizeof(text) - 1, space);
        for (size_t cut = 10; cut < len; cut++) /* what tells the kind is whole */
            assert_refused(space, cut, "damaged or cut off (");
    }
    size_t whole = pack("gzip", text, sizeof(text) - 1, space);
    size_t len = whole + pack("gzip", text, sizeof(text) - 1, space + whole);
    for (size_t cut = whole + 1; cut < len; cut++)
        assert_refused(
            space, cut,
            "in.csv: its gzip is damaged or cut off (it ends too early): get it once more");
    free(space);
}

static void damage_is_refused(void **state)
{
    (void)state;
    char *space = new_space();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strcmp(kinds[i], "zstd") == 0)
            continue; /* libarchive writes no checksum; see below */
        size_t len = pack(kinds[i], text, sizeof(text) - 1, space);
        space[len / 2] ^= 1;
        assert_refused(space, len, "damaged or cut off (");
    }
    /* gzip's checksum and length */
    size_t len = pack("gzip", text, sizeof(text) - 1, space);
    space[len - 8] ^= 1;
    assert_refused(space, len, "in.csv: its gzip is damaged or cut off (incorrect data check)");
    space[len - 8] ^= 1;
    space[len - 4] ^= 1;
    assert_refused(space, len, "(incorrect length check): get it once more");
    space[len - 4] ^= 1;
    memcpy(space + len, "\0\0\0\0", 4); /* a tape's padding */
    assert_unpacked(space, len + 4, text);
    memcpy(space + len, "more", 4);
    assert_refused(space, len + 4, "(incorrect header check)");
    /* "a,b\n1,2\n3,4\n" with a checksum, and one bit of a cell turned over */
    static const char zstd[] = "\x28\xb5\x2f\xfd\x24\x0c\x61\0\0"
                               "a,b\n1,2\n3,5\n\xe1\xb3\xcb\x2e";
    assert_refused(zstd, sizeof(zstd) - 1, "match checksum): get it once more");
    free(space);
}

static void a_bomb_is_refused(void **state)
{
    (void)state;
    char *space = new_space();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t len = pack(kinds[i], large, sizeof(large), space);
        assert_true(len < sizeof(large) / 100);
        assert_refused(space, len,
                       "in.csv: holds more than 1000000 bytes when it is unpacked: split it");
        struct err e = ERR_INIT, too_large = ERR_INIT;
        assert_int_equal(unpack(space, len, sizeof(large), &e), 0);
        assert_int_equal(unpack(space, len, sizeof(large) - 1, &too_large), -1);
    }
    free(space);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    char *space = new_space();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct err e = ERR_INIT;
        size_t len = pack(kinds[i], text, sizeof(text) - 1, space);
        int full = open("/dev/full", O_WRONLY);
        assert_true(full >= 0);
        assert_int_equal(unpack_into(full, space, len, SMALL_MAX, &e), -1);
        assert_string_equal(e.text, "in.csv: cannot be unpacked in /tmp: No space left on device: "
                                    "set TMPDIR to a folder with room for it");
        close(full);
    }
    free(space);
}

static void what_is_not_packed_is_refused(void **state)
{
    (void)state;
    assert_refused(text, sizeof(text) - 1, "in.csv: is neither gzip, zstd, xz nor bzip2");
    assert_refused("", 0, "is neither");
    struct err e = ERR_INIT;
    assert_int_equal(unpack_file(-1, -1, SMALL_MAX, "in.csv", "/tmp", &e), -1);
    assert_int_equal(e.code, EXIT_INPUT);
    assert_string_equal(e.text, "in.csv: cannot be read: Bad file descriptor: run the same command "
                                "again when this is mended");
}

/* The last one, for the flag stays set. */
static void a_signal_ends_it(void **state)
{
    (void)state;
    static const char bytes[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0";
    int fd = open_bytes(bytes, sizeof(bytes));
    stop_install();
    assert_int_equal(raise(SIGINT), 0);
    struct err e = ERR_INIT;
    assert_int_equal(unpack_file(fd, fd, SMALL_MAX, "in.csv", "/tmp", &e), -1);
    assert_int_equal(e.code, EXIT_INTERRUPTED);
    assert_string_equal(e.text, "in.csv: interrupted while it was unpacked");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_bytes_tell_the_kind),
        cmocka_unit_test(what_is_packed_is_unpacked),
        cmocka_unit_test(nothing_may_be_packed),
        cmocka_unit_test(what_is_cut_anywhere_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(what_is_not_packed_is_refused),
        cmocka_unit_test(a_signal_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
