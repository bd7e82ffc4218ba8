/* rowlike: looks in a record of many lines for the delimiters and values that rows would have. */
#include "policy/rowlike.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define COLUMNS_MAX 64 /* whose values are looked at */

struct scan {
    size_t columns;
    size_t piece;    /* of the line, from 0 */
    size_t lines;    /* ended so far */
    uint64_t values; /* pieces of this line that are values, as bits */
    uint64_t common; /* of all lines before it */
};

static bool begins(struct slice s, const char *prefix)
{
    size_t len = strlen(prefix);

    return s.len > len && strncasecmp(s.ptr, prefix, len) == 0;
}

static bool is_value(struct slice s)
{
    size_t digits = 0;

    s = slice_trim(s);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == ' ')
            return false;
        digits += s.ptr[i] >= '0' && s.ptr[i] <= '9';
    }
    return s.len > 0 &&
           (digits == s.len || memchr(s.ptr, '@', s.len) || begins(s, "0x") || begins(s, "bb1"));
}

static void end_piece(struct scan *scan, struct slice piece)
{
    if (scan->piece < COLUMNS_MAX && is_value(piece))
        scan->values |= UINT64_C(1) << scan->piece;
}

/* Had the line as many pieces as a row? */
static bool end_line(struct scan *scan)
{
    bool whole = scan->piece + 1 == scan->columns;

    scan->common &= scan->values;
    scan->values = 0;
    scan->piece = 0;
    scan->lines++;
    return whole;
}

/* A field, to its end but for its last piece's. */
static bool scan_field(struct scan *scan, struct slice field, char delimiter)
{
    const char *from = field.ptr, *end = field.ptr + field.len;

    for (const char *at = from; at < end; at++) {
        if (*at != delimiter && *at != '\n' && *at != '\r')
            continue;
        end_piece(scan, (struct slice){from, (size_t)(at - from)});
        if (*at == '\r' && at + 1 < end && at[1] == '\n')
            at++;
        from = at + 1;
        if (*at == delimiter)
            scan->piece++;
        else if (!end_line(scan))
            return false;
    }
    end_piece(scan, (struct slice){from, (size_t)(end - from)});
    return true;
}

bool rowlike(const struct slice *fields, size_t n, char delimiter, size_t columns)
{
    struct scan scan = {.columns = columns, .common = UINT64_MAX};

    for (size_t i = 0; i < n; i++) {
        scan.piece += i > 0;
        if (!scan_field(&scan, fields[i], delimiter))
            return false;
    }
    return columns > 1 && end_line(&scan) && scan.lines >= (columns == 2 ? 3 : 2) && scan.common;
}
