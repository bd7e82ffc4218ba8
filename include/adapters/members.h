/*
 * members: the files in a ZIP or a tar; the sole user of libarchive, whose filters it has for adapters/unpack.h.
 *
 * A ZIP is read by its directory, at its end: one that was cut off has none, and is damaged.  So is a tar that does not
 * end with zeros.  A member is found by its number, from 1, in the order in which they lie in the file.  The file's own
 * offset is left alone.  Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_MEMBERS_H
#define CLAIMPIPE_ADAPTERS_MEMBERS_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A container has so many members at most; more are EXIT_INPUT, as whatever else can't be read. */
#define MEMBERS_MAX 100000
/* A member of more than MEMBERS_RATIO_FROM bytes is refused if it was packed to less than 1 in MEMBERS_RATIO of its
 * size: such are made to fill disks. */
#define MEMBERS_RATIO 500
#define MEMBERS_RATIO_FROM ((int64_t)64 << 20)

enum members_kind { MEMBERS_NONE, MEMBERS_ZIP, MEMBERS_TAR };

/* By the first bytes of a file (512 are enough). */
enum members_kind members_kind(struct slice first);

struct member {
    size_t number;
    const char *path; /* UTF-8 as far as can be told; valid during the callback */
    int64_t size;     /* unpacked; -1: unsaid */
    bool is_file;     /* neither a folder nor a link */
    bool locked;      /* it is encrypted */
};

/* Each member, until the callback returns other than 0, which is then returned. */
typedef int members_each(void *context, const struct member *m);
int members_list(int fd, const char *name, members_each *each, void *context,
                 struct err *e) MUST_CHECK;

/* One that is read from its beginning, at most max bytes. */
struct member_reader;
struct member_reader *member_open(int fd, const char *name, size_t number, int64_t max,
                                  struct err *e) MUST_CHECK;
/* How many bytes, 0 at its end; -1 with EXIT_INPUT: damaged (its checksum, too), encrypted, over max, packed too
 * densely; EXIT_INTERRUPTED: a signal came. */
ssize_t member_read(struct member_reader *r, void *buf, size_t size, struct err *e) MUST_CHECK;
void member_close(struct member_reader *r); /* NULL is fine */

/* A stream that is packed as "zstd", "xz" or "bzip2"; several, one after the other, are one. */
struct members_stream {
    void *context;
    /* The next packed bytes: how many, 0 at the end; -1: it keeps its own error. */
    ssize_t (*next)(void *context, const void **bytes);
    /* 0; -1: it keeps its own error. */
    int (*put)(void *context, const void *bytes, size_t len);
};
/* -1: next or put has failed, and e says nothing that matters; or EXIT_INPUT, whose text says only how it is damaged. */
int members_unpack(const char *kind, const struct members_stream *stream, struct err *e) MUST_CHECK;

#endif
