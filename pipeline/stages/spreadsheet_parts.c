/* spreadsheet_parts: names as the package has them, whatever the case and the slashes of who wrote it. */
#include "spreadsheet_parts.h"

#include "adapters/members.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAMES_MAX ((size_t)8 << 20) /* bytes of all names */
#define PIECE ((size_t)64 << 10)

struct spreadsheet_xml {
    struct member_reader *member;
    struct xml *xml;
    char where[ERR_TEXT_MAX / 2];
    char piece[PIECE];
};

/* ---- names ---- */

static int keep_part(void *context, const struct member *m)
{
    struct spreadsheet_parts *p = context;
    const char *path = m->path;

    while (*path == '/' || *path == '\\')
        path++;
    size_t len = strlen(path);
    p->bytes += len + sizeof(struct spreadsheet_part);
    if (len > SPREADSHEET_PATH_MAX || p->bytes > NAMES_MAX)
        return 2;
    if (!m->is_file)
        return 0;
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 64;
        struct spreadsheet_part *all = mem_resize(p->all, cap, sizeof(*all));
        if (!all)
            return 1;
        p->all = all;
        p->cap = cap;
    }
    char *copy = arena_copy(p->arena, path, len);
    if (!copy)
        return 1;
    for (char *c = copy; *c; c++)
        if (*c == '\\')
            *c = '/';
    p->all[p->n++] = (struct spreadsheet_part){copy, m->number, m->locked};
    return 0;
}

int spreadsheet_parts_list(struct spreadsheet_parts *p, int fd, const char *name, struct arena *a,
                           struct err *e)
{
    *p = (struct spreadsheet_parts){.fd = fd, .name = name, .arena = a};
    int rc = members_list(fd, name, keep_part, p, e);

    if (rc == 1)
        return err_nomem(e);
    if (rc == 2)
        return err_set(e, EXIT_INPUT, "%s: has too many parts for a workbook, or too long names",
                       name);
    return rc;
}

void spreadsheet_parts_release(struct spreadsheet_parts *p)
{
    free(p->all);
    p->all = NULL;
    p->n = p->cap = 0;
}

static const struct spreadsheet_part *find_from(const struct spreadsheet_parts *p, size_t from,
                                                const char *path)
{
    for (size_t i = from; i < p->n; i++)
        if (strcasecmp(p->all[i].path, path) == 0)
            return &p->all[i];
    return NULL;
}

const struct spreadsheet_part *spreadsheet_parts_find(const struct spreadsheet_parts *p,
                                                      const char *path)
{
    return find_from(p, 0, path);
}

/* Adds a step of a path to out, which ends with a slash, or is empty. */
static size_t add_step(char *out, size_t len, struct slice step)
{
    if (step.len == 0 || slice_is(step, "."))
        return len;
    if (slice_is(step, "..")) {
        while (len > 0 && out[len - 1] == '/')
            len--;
        while (len > 0 && out[len - 1] != '/')
            len--;
        return len;
    }
    memcpy(out + len, step.ptr, step.len);
    out[len + step.len] = '/';
    return len + step.len + 1;
}

char *spreadsheet_parts_resolve(struct arena *a, const char *folder, const char *target)
{
    bool absolute = *target == '/' || *target == '\\';
    char *out = arena_alloc(a, strlen(folder) + strlen(target) + 2);
    size_t len = absolute ? 0 : strlen(folder);

    if (!out)
        return NULL;
    memcpy(out, folder, len);
    while (*target) {
        size_t n = strcspn(target, "/\\");
        len = add_step(out, len, (struct slice){target, n});
        target += n + (target[n] != '\0');
    }
    out[len > 0 ? len - 1 : 0] = '\0';
    return out;
}

/* ---- bytes ---- */

static struct member_reader *open_part(const struct spreadsheet_parts *p, const char *path,
                                       struct err *e)
{
    const struct spreadsheet_part *part = spreadsheet_parts_find(p, path);

    if (!part) {
        err_set(e, EXIT_INPUT, "%s: lacks its part %.200s: save it again, or copy it again",
                p->name, path);
        return NULL;
    }
    if (find_from(p, (size_t)(part - p->all) + 1, path)) {
        err_set(e, EXIT_INPUT,
                "%s: has its part %.200s twice, and which one counts can't be known: save it "
                "again",
                p->name, path);
        return NULL;
    }
    if (part->locked) {
        err_set(e, EXIT_INPUT,
                "%s: is protected with a password: unpack it, and pack it without one", p->name);
        return NULL;
    }
    return member_open(p->fd, p->name, part->number, SPREADSHEET_PART_MAX, e);
}

ssize_t spreadsheet_parts_begin(const struct spreadsheet_parts *p, const char *path, char *buf,
                                size_t size, struct err *e)
{
    struct member_reader *m = open_part(p, path, e);
    size_t len = 0;
    ssize_t n = m ? 1 : -1;

    while (n > 0 && len < size) {
        n = member_read(m, buf + len, size - len, e);
        len += n > 0 ? (size_t)n : 0;
    }
    member_close(m);
    return n < 0 ? -1 : (ssize_t)len;
}

/* ---- XML ---- */

struct spreadsheet_xml *spreadsheet_xml_open(const struct spreadsheet_parts *p, const char *path,
                                             const struct xml_events *events, void *context,
                                             struct err *e)
{
    struct spreadsheet_xml *x = mem_zero(1, sizeof(*x));

    if (!x) {
        err_nomem(e);
        return NULL;
    }
    snprintf(x->where, sizeof(x->where), "%.250s: its part %.200s", p->name, path);
    x->member = open_part(p, path, e);
    if (x->member)
        x->xml = xml_new(x->where, events, context, e);
    if (x->xml)
        return x;
    spreadsheet_xml_close(x);
    return NULL;
}

int spreadsheet_xml_step(struct spreadsheet_xml *x, struct err *e)
{
    ssize_t n = member_read(x->member, x->piece, sizeof(x->piece), e);

    if (n < 0)
        return -1;
    if (n == 0)
        return xml_finish(x->xml, e);
    int rc = xml_feed(x->xml, x->piece, (size_t)n, e);
    return rc == 0 ? SPREADSHEET_XML_MORE : rc;
}

void spreadsheet_xml_close(struct spreadsheet_xml *x)
{
    if (!x)
        return;
    xml_free(x->xml);
    member_close(x->member);
    free(x);
}

int spreadsheet_xml_all(const struct spreadsheet_parts *p, const char *path,
                        const struct xml_events *events, void *context, struct err *e)
{
    struct spreadsheet_xml *x = spreadsheet_xml_open(p, path, events, context, e);
    int rc = x ? SPREADSHEET_XML_MORE : -1;

    while (rc == SPREADSHEET_XML_MORE)
        rc = spreadsheet_xml_step(x, e);
    spreadsheet_xml_close(x);
    return rc;
}

/* ---- the way ---- */

unsigned char spreadsheet_enter(struct spreadsheet_way *way, const char *name)
{
    unsigned char in = way->at[way->depth], to = SPREADSHEET_ELSEWHERE;

    for (const struct spreadsheet_rule *r = way->rules; r->to != 0; r++) {
        if (r->in == in && (!r->name || strcmp(r->name, name) == 0)) {
            to = r->to;
            break;
        }
    }
    way->at[++way->depth] = to;
    return to;
}

unsigned char spreadsheet_leave(struct spreadsheet_way *way)
{
    return way->at[way->depth--];
}
