/* jobfields: rows of tables, read in their order; the place is kept as text, for nearly all that uses it are
 * messages. */
#include "settings/jobfields.h"

#include "actions/action.h"
#include "adapters/json.h"
#include "base/number.h"
#include "base/visible.h"
#include "policy/columns.h"
#include "settings/jobtexts.h"
#include "settings/settings.h"
#include "stages/job.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FILE_SHOWN_MAX 200

/* ---- messages ---- */

__attribute__((format(printf, 2, 3))) int jobfields_refuse(struct jobfields *r, const char *fmt,
                                                           ...)
{
    char what[ERR_TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    return err_set(r->e, EXIT_USAGE, "%s: %s", r->place, what);
}

int jobfields_refuse_kind(struct jobfields *r, const char *wanted, const struct json *v)
{
    return jobfields_refuse(r, "must be %s, not %s", wanted, json_kind(v));
}

void jobfields_begin(struct jobfields *r, const char *path)
{
    char shown[FILE_SHOWN_MAX];

    r->place_len = (size_t)snprintf(r->place, sizeof(r->place), "%s",
                                    visible_line(slice_of(path), shown, sizeof(shown)));
    r->file_len = r->place_len;
}

size_t jobfields_enter(struct jobfields *r, struct slice name)
{
    size_t mark = r->place_len;
    char shown[JOBFIELDS_SHOWN_MAX];
    int len = snprintf(r->place + mark, sizeof(r->place) - mark, "%s%s",
                       mark > r->file_len ? "." : ": ", visible_line(name, shown, sizeof(shown)));

    r->place_len += (size_t)len;
    if (r->place_len >= sizeof(r->place))
        r->place_len = sizeof(r->place) - 1;
    return mark;
}

void jobfields_leave(struct jobfields *r, size_t mark)
{
    r->place_len = mark;
    r->place[mark] = '\0';
}

/* ---- members by a table ---- */

/* Do the objects have it in which only these parts are said? */
static bool is_known(const struct jobfields *r, const struct jobfield *m, unsigned parts)
{
    return (m->of & parts) &&
           (!m->setting || !r->action || settings_is_of(m->setting, r->action->name));
}

int jobfields_refuse_unknown(struct jobfields *r, struct slice name, const struct slice *known,
                             size_t n)
{
    size_t nearest = columns_nearest(name, known, n);
    char shown[JOBFIELDS_SHOWN_MAX];
    struct text all;
    int rc;

    visible_line(name, shown, sizeof(shown));
    if (nearest != COLUMNS_NONE)
        return jobfields_refuse(r, "\"%s\" is unknown: nearest is \"%.*s\"", shown,
                                (int)known[nearest].len, known[nearest].ptr);
    text_init(&all);
    for (size_t i = 0; i < n; i++)
        text_printf(&all, "%s%.*s", i > 0 ? ", " : "", (int)known[i].len, known[i].ptr);
    rc = text_ok(&all) ? jobfields_refuse(r, "\"%s\" is unknown: there are %s", shown, all.ptr)
                       : err_nomem(r->e);
    text_release(&all);
    return rc;
}

struct knowing {
    struct jobfields *r;
    const struct jobfield *table;
    size_t n;
    unsigned parts;
};

static int check_name(void *context, struct slice name, const struct json *v)
{
    const struct knowing *k = context;
    struct slice known[JOBFIELDS_KNOWN_MAX];
    size_t n = 0;

    (void)v;
    for (size_t i = 0; i < k->n; i++) {
        const struct jobfield *m = &k->table[i];

        if (is_known(k->r, m, k->parts)) {
            if (slice_equal(name, slice_of(m->name)))
                return 0;
            known[n++] = slice_of(m->name);
        } else if (slice_equal(name, slice_of(m->name))) {
            return jobfields_refuse(k->r, "\"%s\" does not go %s", m->name,
                                    m->of & k->parts ? "with this action" : "into a route");
        }
    }
    return jobfields_refuse_unknown(k->r, name, known, n);
}

int jobfields_read(struct jobfields *r, const struct jobfield *table, size_t n, unsigned parts,
                   const struct json *object)
{
    struct knowing k = {r, table, n, parts};

    if (!json_holds_object(object))
        return jobfields_refuse_kind(r, "an object", object);
    if (json_each(object, check_name, &k) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct json *v = json_get(object, table[i].name);
        size_t mark;
        int rc;

        if (!v || !is_known(r, &table[i], parts))
            continue;
        mark = jobfields_enter(r, slice_of(table[i].name));
        rc = table[i].take(r, &table[i], v);
        jobfields_leave(r, mark);
        if (rc != 0)
            return -1;
    }
    return 0;
}

void *jobfields_at(const struct jobfields *r, const struct jobfield *m)
{
    char *whole = m->of == JOBFIELD_OF_JOB      ? (char *)r->job
                  : m->of == JOBFIELD_OF_STEP   ? (char *)r->step
                  : m->of == JOBFIELD_OF_TARGET ? (char *)r->target
                                                : (char *)r->other;

    return whole + m->offset;
}

/* ---- values ---- */

/* The text of v, with a NUL behind it; NULL if it is none, or blank. */
const char *jobfields_text(struct jobfields *r, const struct json *v)
{
    struct slice s = json_text(v);

    if (!s.ptr)
        jobfields_refuse_kind(r, "a text", v);
    else if (slice_trim(s).len == 0)
        jobfields_refuse(r, "is empty");
    else
        return s.ptr;
    return NULL;
}

int jobfields_keep_text(struct jobfields *r, const struct jobfield *m, const char *text)
{
    const char **out = jobfields_at(r, m);

    *out = jobtexts_copy(r->t, text, strlen(text), r->e);
    return *out ? 0 : -1;
}

int jobfields_take_text(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = jobfields_text(r, v);

    return text ? jobfields_keep_text(r, m, text) : -1;
}

/* What says nothing to us, or was read before. */
int jobfields_take_ignored(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return jobfields_text(r, v) ? 0 : -1;
}

/* prefix, then path as it is seen from the job file. */
const char *jobfields_keep_path(struct jobfields *r, const char *prefix, const char *path)
{
    struct text t;
    const char *kept = NULL;

    text_init(&t);
    text_puts(&t, prefix);
    if (*path != '/')
        text_append(&t, r->folder.ptr, r->folder.len);
    text_puts(&t, path);
    if (text_ok(&t))
        kept = jobtexts_copy(r->t, t.ptr, t.len, r->e);
    else
        err_nomem(r->e);
    text_release(&t);
    return kept;
}

int jobfields_take_path(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *path = jobfields_text(r, v), **out = jobfields_at(r, m);

    if (path)
        *out = jobfields_keep_path(r, "", path);
    return path && *out ? 0 : -1;
}

int jobfields_number(struct jobfields *r, const struct json *v, int64_t min, int64_t max,
                     int64_t *out)
{
    if (!json_text(v).ptr && json_int(v, out) == 0 && *out >= min && *out <= max)
        return 0;
    if (strcmp(json_kind(v), "a number") != 0)
        return jobfields_refuse_kind(r, "a number", v);
    if (max == INT64_MAX)
        return jobfields_refuse(r, "must be a whole number, and at least %lld", (long long)min);
    return jobfields_refuse(r, "must be a whole number from %lld to %lld", (long long)min,
                            (long long)max);
}

int jobfields_take_bool(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    bool *out = jobfields_at(r, m);

    if (!json_holds_bool(v))
        return jobfields_refuse_kind(r, "true or false", v);
    *out = json_holds_true(v);
    return 0;
}

/* At least m->min nanoseconds. */
int jobfields_take_time(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = jobfields_text(r, v);

    if (!text)
        return -1;
    if (number_duration(text, jobfields_at(r, m)) != 0)
        return jobfields_refuse(r, "\"%s\": give a time such as \"30s\", \"5m\" or \"250ms\"",
                                text);
    if (*(int64_t *)jobfields_at(r, m) < m->min)
        return jobfields_refuse(r, "\"%s\": is no time at all", text);
    return 0;
}

/* A text as it is, but for the path of a file:…, which is seen from the job file. */
const char *jobfields_keep_source(struct jobfields *r, const char *text)
{
    static const char file[] = "file:";
    size_t len = sizeof(file) - 1;

    if (strncmp(text, file, len) == 0)
        return jobfields_keep_path(r, file, text + len);
    return jobtexts_copy(r->t, text, strlen(text), r->e);
}
