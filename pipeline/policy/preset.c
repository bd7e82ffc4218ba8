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

static bool has_within(const struct columns *header, const struct preset_names *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        for (size_t c = 0; c < header->n; c++) {
            if (contains(header->names[c], parts->names[i]))
                return true;
        }
    }
    return false;
}

static bool has_like(const struct preset *p, const struct columns *header)
{
    return p->like.n == 0 || has_within(header, &p->like);
}

bool preset_fits(const struct preset *p, const struct columns *header)
{
    for (size_t i = 0; i < p->n_header; i++) {
        if (!preset_has(header, &p->header[i]))
            return false;
    }
    return p->n_header > 0 && has_like(p, header) && !preset_has(header, &p->without);
}

bool preset_stands_alone(const struct preset *p, const struct columns *header)
{
    return p->alone.n == 0 || preset_has(header, &p->alone);
}

/* ---- nearly ---- */

/* In lower case, letters and digits only, in the order of their bytes: what stands in everybody's tables. */
static const char *const common_names[] = {
    "action",      "amount",       "company",      "completed",   "completedat", "completiondate",
    "contactid",   "count",        "country",      "course",      "courseid",    "coursename",
    "coursetitle", "createdat",    "currency",     "customerid",  "date",        "datecompleted",
    "description", "email",        "emailaddress", "endtime",     "event",       "eventname",
    "externalid",  "firstname",    "fullname",     "grade",       "group",       "id",
    "lastname",    "learneremail", "login",        "memberid",    "name",        "notes",
    "order",       "orderdate",    "orderid",      "ordernumber", "phone",       "phonenumber",
    "price",       "product",      "progress",     "quantity",    "role",        "score",
    "section",     "starttime",    "state",        "status",      "student",     "studentemail",
    "studentid",   "surname",      "tags",         "team",        "ticket",      "time",
    "timestamp",   "title",        "total",        "type",        "useremail",   "userid",
    "username",
};

static bool is_common(const char *name)
{
    for (size_t i = 0; i < sizeof(common_names) / sizeof(common_names[0]); i++) {
        const struct slice common = slice_of(common_names[i]);
        const struct columns one = {.names = &common, .n = 1, .origin = ""};
        size_t first = 0;
        if (columns_count(&one, slice_of(name), &first) > 0)
            return true;
    }
    return false;
}

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

bool preset_is_near(const struct preset *p, const struct columns *header)
{
    size_t there = 0, telling = p->like.n > 0 && has_like(p, header) ? 2 : 0;
    if (p->by_name_only)
        return false;
    for (size_t i = 0; i < p->n_header; i++) {
        const char *name = name_of(header, &p->header[i]);
        there += name != NULL;
        telling += name != NULL && !is_common(name);
    }
    size_t missing = p->n_header - there;
    bool sure = has_within(header, &p->hints); /* in another language */
    bool fits = preset_fits(p, header) && preset_stands_alone(p, header);
    return (sure || (telling >= 2 && there >= 2 * missing)) && !fits;
}

static void put_quoted(struct text *out, const char *name)
{
    text_printf(out, "\"%s\"", name);
}

/* Its alternatives are one column in several languages: two are enough to know which is meant. */
static void put_missing(struct text *out, const struct preset_names *names)
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
        put_missing(out, &p->header[i]);
    }
    if (!has_like(p, header)) {
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
