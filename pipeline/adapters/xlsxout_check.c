/*
 * xlsxout_check: reads a finished workbook once more, for parts that are cut off or have a hole.
 *
 * A part is XML: it must end with the end of its root.  Of a sheet it is known how many bytes of rows there must be
 * between <sheetData> and </sheetData>.  The ZIP is walked by its local headers, which minizip writes with no data
 * descriptors (APPNOTE.TXT 6.3.10, 4.3.7).
 */
#include "xlsxout_internal.h"

#include "adapters/unpack.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_SIZE 30
#define END_SIZE 22 /* of the end of the directory, without a comment */
#define NAME_SIZE 128
#define EDGE_MAX 4096 /* bytes at the beginning of a part within which its root begins */
#define TAIL_MAX 64
#define SHEETS "xl/worksheets/sheet" /* and one digit */
#define ROWS_BEGIN "<sheetData>"
#define ROWS_END "</sheetData>"

/* A part, while it is read. */
struct part {
    char first[EDGE_MAX + 1]; /* its beginning */
    char last[TAIL_MAX + 1];  /* and end */
    size_t n_last;
    off_t size;
    off_t rows;       /* bytes of rows that a sheet must have; -1: it is no sheet */
    size_t matched;   /* of ROWS_BEGIN, and then of ROWS_END */
    off_t rows_begin; /* behind ROWS_BEGIN; 0: not seen yet */
};

static void keep_edges(struct part *p, const char *bytes, size_t n)
{
    size_t left = p->size < EDGE_MAX ? EDGE_MAX - (size_t)p->size : 0, kept;

    if (left > 0)
        memcpy(p->first + p->size, bytes, n < left ? n : left);
    if (n > TAIL_MAX) {
        bytes += n - TAIL_MAX;
        n = TAIL_MAX;
    }
    kept = p->n_last + n > TAIL_MAX ? TAIL_MAX - n : p->n_last;
    memmove(p->last, p->last + p->n_last - kept, kept);
    memcpy(p->last + kept, bytes, n);
    p->n_last = kept + n;
}

/* No text of a cell can look like it, for < is &lt; there. */
static void find_begin(struct part *p, const char *bytes, size_t n)
{
    static const char begin[] = ROWS_BEGIN;

    for (size_t i = 0; i < n && !p->rows_begin; i++) {
        p->matched = bytes[i] == begin[p->matched] ? p->matched + 1 : bytes[i] == '<';
        if (begin[p->matched] == '\0') {
            p->rows_begin = p->size + (off_t)i + 1;
            p->matched = 0;
        }
    }
}

/* Is ROWS_END where the rows must end? */
static void find_end(struct part *p, const char *bytes, size_t n)
{
    static const char end[] = ROWS_END;
    off_t want = p->rows_begin + p->rows + (off_t)p->matched;

    if (!p->rows_begin || want < p->size || want >= p->size + (off_t)n)
        return;
    for (size_t i = (size_t)(want - p->size); i < n && end[p->matched] == bytes[i]; i++)
        if (end[++p->matched] == '\0')
            return;
}

static int take(void *context, const void *bytes, size_t n)
{
    struct part *p = context;

    keep_edges(p, bytes, n);
    if (p->rows >= 0) {
        find_begin(p, bytes, n);
        find_end(p, bytes, n);
    }
    p->size += (off_t)n;
    return 0;
}

/* <?xml …?> and then <root …> … </root>, or <root …/>. */
static bool is_whole(struct part *p)
{
    const char *root = strstr(p->first, "?>");
    size_t len;

    while (p->n_last > 0 && p->last[p->n_last - 1] == '\n')
        p->n_last--;
    p->last[p->n_last] = '\0';
    root = root ? strchr(root, '<') : NULL;
    if (!root)
        return false;
    len = strcspn(++root, " />");
    if (p->n_last > len + 2 && p->last[p->n_last - 1] == '>' &&
        memcmp(p->last + p->n_last - len - 1, root, len) == 0 &&
        memcmp(p->last + p->n_last - len - 3, "</", 2) == 0)
        return true;
    return p->size < EDGE_MAX && !strchr(root, '<') && p->n_last > 2 &&
           strcmp(p->last + p->n_last - 2, "/>") == 0;
}

static bool has_rows(const struct part *p)
{
    return p->rows < 0 || (p->rows_begin > 0 && p->matched == sizeof(ROWS_END) - 1);
}

static unsigned get_number(const unsigned char *bytes, size_t n)
{
    unsigned value = 0;

    while (n-- > 0)
        value = value << 8 | bytes[n];
    return value;
}

/* The part that begins at *at, which is then behind it; *sheet: is it one? */
static int check_part(int fd, const unsigned char *header, off_t *at, const off_t *sheets, size_t n,
                      bool *sheet)
{
    char name[NAME_SIZE] = "";
    struct part *p = mem_zero(1, sizeof(*p));
    size_t len = get_number(header + 26, 2);
    unsigned number = 0;
    uint32_t crc = 0;
    bool whole = false;

    *sheet = false;
    if (!p || len >= sizeof(name) || pread(fd, name, len, *at + HEADER_SIZE) != (ssize_t)len)
        goto done;
    if (strncmp(name, SHEETS, sizeof(SHEETS) - 1) == 0)
        number = (unsigned)(name[sizeof(SHEETS) - 1] - '0');
    *sheet = number >= 1 && number <= n;
    p->rows = *sheet ? sheets[number - 1] : -1;
    *at += HEADER_SIZE + (off_t)len + (off_t)get_number(header + 28, 2);
    whole = unpack_deflated(fd, at, take, p, &crc) == 0 && crc == get_number(header + 14, 4) &&
            is_whole(p) && has_rows(p);
done:
    free(p);
    return whole ? 0 : -1;
}

int xlsxout_check(int fd, const off_t *sheets, size_t n)
{
    unsigned char header[HEADER_SIZE];
    off_t at = 0;
    size_t found = 0;
    bool sheet;

    while (pread(fd, header, sizeof(header), at) == HEADER_SIZE &&
           memcmp(header, "PK\3\4", 4) == 0) {
        if (check_part(fd, header, &at, sheets, n, &sheet) != 0)
            return -1;
        found += sheet;
    }
    if (found != n || memcmp(header, "PK\1\2", 4) != 0) /* the directory */
        return -1;
    at = lseek(fd, 0, SEEK_END) - END_SIZE;
    return at > 0 && pread(fd, header, END_SIZE, at) == END_SIZE && memcmp(header, "PK\5\6", 4) == 0
               ? 0
               : -1;
}
