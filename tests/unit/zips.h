/* zips: containers that tests make, in memory.  Include it after cmocka and fixture.h. */
#ifndef CLAIMPIPE_TESTS_UNIT_ZIPS_H
#define CLAIMPIPE_TESTS_UNIT_ZIPS_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ZIPS_SPACE (8u << 20)

struct zips_part {
    const char *path, *text; /* path NULL: the last one; text NULL: it is a folder */
};

/* A file in memory with these bytes, whose offset is not at its beginning. */
static inline int zips_file(const void *bytes, size_t len)
{
    int fd = memfd_create("in", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    return fd;
}

static inline void zips_add(struct archive *a, const char *path, const char *text, size_t len)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, text ? AE_IFREG : AE_IFDIR);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    if (len > 0)
        assert_int_equal(archive_write_data(a, text, len), len);
    archive_entry_free(entry);
}

/* options: of libarchive's writer, or NULL.  How many bytes of `space`. */
static inline size_t zips_pack(const char *format, const char *options,
                               const struct zips_part *parts, char *space)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); /* for names */
    locale_t was = uselocale(utf8);
    struct archive *a = archive_write_new();
    size_t used = 0;

    assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
    if (options)
        assert_int_equal(archive_write_set_options(a, options), ARCHIVE_OK);
    if (options && strstr(options, "encryption"))
        assert_int_equal(archive_write_set_passphrase(a, "secret"), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(a, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, space, ZIPS_SPACE, &used), ARCHIVE_OK);
    for (; parts->path; parts++)
        zips_add(a, parts->path, parts->text, parts->text ? strlen(parts->text) : 0);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    uselocale(was);
    freelocale(utf8);
    return used;
}

static inline int zips_open(const char *format, const char *options, const struct zips_part *parts)
{
    char *space = malloc(ZIPS_SPACE);

    assert_non_null(space);
    int fd = zips_file(space, zips_pack(format, options, parts, space));
    free(space);
    return fd;
}

#endif
