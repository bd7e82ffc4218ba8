/* preset: compares a header with what a preset knows. */
#include "policy/preset.h"

#include <string.h>
#include <strings.h>

bool preset_has(const struct columns *header, const struct preset_names *names)
{
    size_t first = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (columns_count(header, slice_of(names->names[i]), &first) > 0)
            return true;
    }
    return false;
}

/* ASCII letters without case. */
static bool contains(struct slice name, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= name.len; i++) {
        if (strncasecmp(name.ptr + i, part, len) == 0)
            return true;
    }
    return false;
}

bool preset_has_within(const struct columns *header, const struct preset_names *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        for (size_t c = 0; c < header->n; c++) {
            if (contains(header->names[c], parts->names[i]))
                return true;
        }
    }
    return false;
}

bool preset_has_like(const struct preset *p, const struct columns *header)
{
    return p->like.n == 0 || preset_has_within(header, &p->like);
}

bool preset_fits(const struct preset *p, const struct columns *header)
{
    for (size_t i = 0; i < p->n_header; i++) {
        if (!preset_has(header, &p->header[i]))
            return false;
    }
    return p->n_header > 0 && preset_has_like(p, header) && !preset_has(header, &p->without);
}

bool preset_stands_alone(const struct preset *p, const struct columns *header)
{
    return p->alone.n == 0 || preset_has(header, &p->alone);
}

/* ---- what differs ---- */

/* The name by which the header has it, or NULL. */
static const char *name_of(const struct columns *header, const struct preset_names *names)
{
    size_t first = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (columns_count(header, slice_of(names->names[i]), &first) > 0)
            return names->names[i];
    }
    return NULL;
}

static void put_quoted(struct text *out, const char *name)
{
    text_printf(out, "\"%s\"", name);
}

void preset_put_names(const struct preset_names *names, struct text *out)
{
    put_quoted(out, names->names[0]);
    if (names->n > 1) {
        text_puts(out, " or ");
        put_quoted(out, names->names[1]);
    }
    if (names->n > 2)
        text_puts(out, " or the like");
}

void preset_say_misfit(const struct preset *p, const struct columns *header, struct text *out)
{
    size_t said = 0;
    for (size_t i = 0; i < p->n_header; i++) {
        if (preset_has(header, &p->header[i]))
            continue;
        text_puts(out, said++ == 0 ? "has no column " : ", none ");
        preset_put_names(&p->header[i], out);
    }
    if (!preset_has_like(p, header)) {
        text_puts(out, said++ == 0 ? "has no column with " : ", none with ");
        put_quoted(out, p->like.names[0]);
        text_puts(out, " in its name");
    }
    if (preset_has(header, &p->without)) {
        text_puts(out, said++ == 0 ? "has a column " : ", but a column ");
        put_quoted(out, name_of(header, &p->without));
    }
    if (!preset_stands_alone(p, header)) {
        text_puts(out, said == 0 ? "has no line " : ", no line ");
        put_quoted(out, p->after.n > 0 ? p->after.names[0] : "");
        text_puts(out, " above it");
    }
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

/* A name as filters have it: in brackets, if it is not one plain word. */
static void put_column_of(const struct columns *header, size_t column, struct text *out)
{
    static const char plain_letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    struct slice name = slice_trim(header->names[column]);
    bool plain = name.len > 0;

    for (size_t i = 0; i < name.len; i++)
        plain = plain && strchr(plain_letters, name.ptr[i]);
    text_puts(out, plain ? "" : "[");
    text_append(out, name.ptr, name.len);
    text_puts(out, plain ? "" : "]");
}

void preset_put_where(const struct preset *p, const struct columns *header, struct text *out)
{
    const struct {
        const char *alias;
        const struct preset_names *names;
    } known[] = {{"@completed", &p->completed}, {"@trigger", &p->trigger}, {"@date", &p->date}};

    for (const char *left = p->where; *left;) {
        size_t len = 1, column = COLUMNS_NONE;

        for (size_t i = 0; *left == '@' && i < sizeof(known) / sizeof(known[0]); i++)
            if (slice_begins(slice_of(left), known[i].alias)) {
                column = preset_column(known[i].names, header);
                len = strlen(known[i].alias);
            }
        if (column != COLUMNS_NONE)
            put_column_of(header, column, out);
        else
            text_append(out, left, len);
        left += len;
    }
}
