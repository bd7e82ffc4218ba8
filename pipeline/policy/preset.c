#include "policy/preset.h"

#include <strings.h>

static bool has_any(const struct columns *header, const struct preset_names *names)
{
    size_t first = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (columns_count(header, slice_of(names->names[i]), &first) > 0)
            return true;
    }
    return false;
}

bool preset_fits(const struct preset *p, const struct columns *header)
{
    for (size_t i = 0; i < p->n_header; i++) {
        if (!has_any(header, &p->header[i]))
            return false;
    }
    return p->n_header > 0 && !has_any(header, &p->without);
}

static bool begins(struct slice cell, const char *name)
{
    struct slice start = slice_trim(slice_of(name));
    return start.len > 0 && cell.len >= start.len &&
           strncasecmp(cell.ptr, start.ptr, start.len) == 0;
}

bool preset_begins(const struct preset_names *names, const struct slice *cells, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (slice_trim(cells[i]).len > 0)
            return false;
    }
    for (size_t i = 0; n > 0 && i < names->n; i++) {
        if (begins(slice_trim(cells[0]), names->names[i]))
            return true;
    }
    return false;
}

size_t preset_column(const struct preset_names *names, const struct columns *header)
{
    for (size_t i = 0; i < names->n; i++) {
        size_t first = COLUMNS_NONE;
        size_t n = columns_count(header, slice_of(names->names[i]), &first);
        if (n > 0)
            return n == 1 ? first : COLUMNS_NONE;
    }
    return COLUMNS_NONE;
}
