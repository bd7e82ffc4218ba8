/* members: what is in a ZIP or a tar is listed and read, and what is cut, damaged, locked or made to fill disks is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/members.h"

#include "adapters/stop.h"
#include "fixture.h"
#include "zips.h"

#include <signal.h>

#define MAX 1000000
#define LISTING_MAX 1000

static const struct zips_part parts[] = {
    {"a.csv", "Name,Mail\nJane,j@x\n"},
    {"folder/", NULL},
    {"folder/b.csv", ""},
    {"../../etc/passwd", "up"},
    {"/absolute", "from the root"},
    {"K\xc3\xb6ln.csv", "umlaut"},
    {"a.csv", "another of the same name"},
    {NULL, NULL},
};
static const struct {
    const char *format, *options;
} formats[] = {
    {"zip", NULL},          {"zip", "zip:compression=store"},
    {"zip", "zip:zip64=1"}, {"ustar", NULL},
    {"gnutar", NULL},       {"pax", NULL},
};

static int note(void *context, const struct member *m)
{
    char *to = context;
    size_t len = strlen(to);

    snprintf(to + len, LISTING_MAX - len, "%zu %s%s %ld%s\n", m->number, m->path,
             m->is_file ? "" : " (no file)", (long)m->size, m->locked ? " locked" : "");
    return 0;
}

static int stop_at_two(void *context, const struct member *m)
{
    (void)context;
    return m->number == 2 ? 17 : 0;
}

/* All of it, n bytes at a time: its length, or -1. */
static ssize_t read_member(int fd, size_t number, int64_t max, size_t n, char *to, size_t size,
                           struct err *e)
{
    struct member_reader *r = member_open(fd, "in.zip", number, max, e);
    size_t len = 0;
    ssize_t got = r ? 1 : -1;

    while (got > 0) {
        assert_true(len + n <= size);
        got = member_read(r, to + len, n, e);
        len += got > 0 ? (size_t)got : 0;
    }
    assert_int_equal(got < 0, e->code != EXIT_DONE);
    member_close(r);
    return got < 0 ? -1 : (ssize_t)len;
}

static void kinds_are_told(void **state)
{
    (void)state;
    char *space = malloc(ZIPS_SPACE);
    struct slice first = {space, 512};

    assert_non_null(space);
    for (size_t i = 0; i < COUNT(formats); i++) {
        zips_pack(formats[i].format, formats[i].options, parts, space);
        assert_int_equal(members_kind(first),
                         strcmp(formats[i].format, "zip") == 0 ? MEMBERS_ZIP : MEMBERS_TAR);
    }
    space[0]++;
    assert_int_equal(members_kind(first), MEMBERS_NONE);
    first.len = 511;
    space[0]--;
    assert_int_equal(members_kind(first), MEMBERS_NONE);
    memset(space, 0, 512);
    first.len = 512;
    assert_int_equal(members_kind(first), MEMBERS_NONE);
    memset(space, 'a', 512);
    assert_int_equal(members_kind(first), MEMBERS_NONE);
    assert_int_equal(members_kind(slice_of("")), MEMBERS_NONE);
    assert_int_equal(members_kind(slice_of("PK")), MEMBERS_NONE);
    assert_int_equal(members_kind((struct slice){"PK\5\6\0", 5}), MEMBERS_ZIP);
    free(space);
}

static void members_are_listed_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        char listing[LISTING_MAX] = "", got[256];
        struct err e = ERR_INIT;
        int fd = zips_open(formats[i].format, formats[i].options, parts);
        off_t before = lseek(fd, 7, SEEK_SET);
        if (members_list(fd, "in.zip", note, listing, &e) != 0)
            fail_msg("%s: %s", formats[i].format, e.text);
        assert_string_equal(listing, "1 a.csv 19\n2 folder/ (no file) 0\n3 folder/b.csv 0\n"
                                     "4 ../../etc/passwd 2\n5 /absolute 13\n6 K\xc3\xb6ln.csv 6\n"
                                     "7 a.csv 24\n");
        assert_int_equal(members_list(fd, "in.zip", stop_at_two, NULL, &e), 17);
        for (size_t k = 0; parts[k].path; k++) {
            size_t len = parts[k].text ? strlen(parts[k].text) : 0;
            for (size_t n = 1; n < 30 && parts[k].text; n += 7) {
                assert_int_equal(read_member(fd, k + 1, MAX, n, got, sizeof(got), &e), len);
                assert_memory_equal(got, parts[k].text, len);
            }
        }
        assert_int_equal(read_member(fd, 8, MAX, 10, got, sizeof(got), &e), -1);
        assert_says(e.text, "in.zip: has no member 8");
        assert_int_equal(lseek(fd, 0, SEEK_CUR), before);
        close(fd);
    }
}

static void a_member_is_bounded(void **state)
{
    (void)state;
    static const struct zips_part ten[] = {{"ten", "0123456789"}, {NULL, NULL}};
    char got[64];
    int fd = zips_open("zip", NULL, ten);

    struct err e = ERR_INIT;
    assert_int_equal(read_member(fd, 1, 10, 3, got, sizeof(got), &e), 10);
    assert_int_equal(read_member(fd, 1, 9, 3, got, sizeof(got), &e), -1);
    assert_says(e.text, "in.zip: its member ten holds more than 9 bytes: split it");
    close(fd);
}

static void what_is_cut_or_damaged_is_refused(void **state)
{
    (void)state;
    char *space = malloc(ZIPS_SPACE), got[256], listing[LISTING_MAX];

    assert_non_null(space);
    for (size_t i = 0; i < COUNT(formats); i++) {
        size_t len = zips_pack(formats[i].format, formats[i].options, parts, space);
        bool is_zip = strcmp(formats[i].format, "zip") == 0;
        for (size_t cut = 600; cut < len; cut += is_zip ? 1 : 512) {
            struct err e = ERR_INIT;
            /* a tar's last blocks of zeros may be fewer */
            if (!is_zip && cut > len - 10240 + 4096)
                break;
            if (is_zip && cut < 30)
                continue;
            int fd = zips_file(space, cut);
            bool zero = true;
            for (size_t k = cut - 512; k < cut; k++)
                zero = zero && space[k] == 0;
            listing[0] = '\0';
            if (!zero && members_list(fd, "in.zip", note, listing, &e) != -1)
                fail_msg("%s cut to %zu is taken:\n%s", formats[i].format, cut, listing);
            if (!zero)
                assert_int_equal(e.code, EXIT_INPUT);
            close(fd);
        }
    }
    size_t len = zips_pack("zip", "zip:compression=store", parts, space);
    char *jane = memmem(space, len, "Jane", 4);
    assert_non_null(jane);
    jane[0] = 'K';
    int fd = zips_file(space, len);
    struct err e = ERR_INIT;
    assert_int_equal(read_member(fd, 1, MAX, 50, got, sizeof(got), &e), -1);
    assert_says(e.text, "in.zip: its member a.csv is damaged (");
    assert_says(e.text, "download or copy it again");
    close(fd);
    free(space);
}

static void what_is_locked_is_told(void **state)
{
    (void)state;
    char listing[LISTING_MAX] = "", got[64];
    struct err e = ERR_INIT;
    int fd = zips_open("zip", "zip:encryption=zipcrypt", parts);

    assert_int_equal(members_list(fd, "in.zip", note, listing, &e), 0);
    assert_says(listing, "1 a.csv 19 locked\n");
    assert_int_equal(read_member(fd, 1, MAX, 5, got, sizeof(got), &e), -1);
    assert_says(e.text, "its member a.csv is protected with a password");
    close(fd);
}

/* xz packs zeros to less than 1 in 6000; a ZIP's deflate never does. */
static void what_is_made_to_fill_disks_is_refused(void **state)
{
    (void)state;
    static char zeros[1 << 20];
    char *space = malloc(ZIPS_SPACE);
    size_t used = 0;
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    assert_non_null(space);
    assert_int_equal(archive_write_set_format_pax(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, space, ZIPS_SPACE, &used), ARCHIVE_OK);
    /* a sparse file of a gigabyte, of which a byte is there */
    archive_entry_set_pathname(entry, "sparse");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, 1 << 30);
    archive_entry_sparse_add_entry(entry, 0, 1);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, "x", 1), 1);
    archive_entry_free(entry);
    archive_write_close(a);
    archive_write_free(a);
    int fd = zips_file(space, used);
    struct err e = ERR_INIT;
    struct member_reader *r = member_open(fd, "in.tar", 1, INT64_MAX, &e);
    ssize_t n = 1;
    int64_t total = 0;
    assert_non_null(r);
    while (n > 0) {
        n = member_read(r, zeros, sizeof(zeros), &e);
        total += n;
    }
    assert_int_equal(n, -1);
    assert_says(e.text, "in.tar: its member sparse is packed to less than 1 in 500 of its size");
    assert_true(total >= MEMBERS_RATIO_FROM - (int64_t)sizeof(zeros) - 1 && total < (256 << 20));
    member_close(r);
    close(fd);
    free(space);
}

static void a_signal_ends_it(void **state)
{
    (void)state;
    char listing[LISTING_MAX] = "", got[8];
    struct err e = ERR_INIT;
    int fd = zips_open("zip", NULL, parts);

    struct member_reader *r = member_open(fd, "in.zip", 1, MAX, &e);
    assert_non_null(r);
    assert_true(stop_begin());
    stop_ask(SIGINT);
    assert_int_equal(member_read(r, got, sizeof(got), &e), -1);
    assert_int_equal(e.code, EXIT_INTERRUPTED);
    e = (struct err)ERR_INIT;
    assert_int_equal(members_list(fd, "in.zip", note, listing, &e), -1);
    assert_int_equal(e.code, EXIT_INTERRUPTED);
    stop_end();
    member_close(r);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_told),
        cmocka_unit_test(members_are_listed_and_read),
        cmocka_unit_test(a_member_is_bounded),
        cmocka_unit_test(what_is_cut_or_damaged_is_refused),
        cmocka_unit_test(what_is_locked_is_told),
        cmocka_unit_test(what_is_made_to_fill_disks_is_refused),
        cmocka_unit_test(a_signal_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
