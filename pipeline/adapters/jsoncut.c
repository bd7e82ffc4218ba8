/*
 * jsoncut: of the containers that are open, the first `matched` are those of the path (the first is the
 * document itself).  Names are only looked at directly in the last of them.
 */
#include "adapters/jsoncut.h"

#include "base/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Members are parsed together, for each parse has its price. */
#define MEMBERS_BYTES ((size_t)16 << 10)

struct jsoncut {
    const char *const *path;
    size_t n;  /* its names, and "*" but for the last */
    bool list; /* what is cut out is one */
    size_t rest_depth;
    json_member_callback *callback;
    void *context;
    bool over; /* more than is taken */
    bool bad;  /* no JSON, or not taken by the callback: the rest of it is passed over */

    size_t depth, matched;
    bool in_text, escaped;
    bool name_next, in_name; /* directly in an object of the path */
    char name[JSONCUT_NAME_MAX];
    size_t name_len; /* JSONCUT_NAME_MAX: too long to be one of the path's */

    struct text rest, members;
    size_t member_at; /* where the last of the members begins */
};

struct jsoncut *jsoncut_new(const char *const *path, size_t rest_depth,
                            json_member_callback *callback, void *context)
{
    struct jsoncut *c = mem_zero(1, sizeof(*c));

    if (!c)
        return NULL;
    c->path = path;
    while (path[c->n])
        c->n++;
    assert(c->n > 0 && c->n <= JSONCUT_PATH_MAX);
    c->list = strcmp(path[c->n - 1], "*") == 0;
    c->n -= c->list;
    c->rest_depth = rest_depth ? rest_depth : SIZE_MAX;
    c->callback = callback;
    c->context = context;
    text_init(&c->rest);
    text_init(&c->members);
    return c;
}

void jsoncut_free(struct jsoncut *c)
{
    if (!c)
        return;
    text_release(&c->members);
    text_release(&c->rest);
    free(c);
}

/* Is the object that is cut out open? */
static bool is_inside(const struct jsoncut *c)
{
    return c->matched == c->n + 1;
}

/* ---- members ---- */

static void begin_members(struct jsoncut *c)
{
    text_reset(&c->members);
    text_append(&c->members, c->list ? "[" : "{", 1);
    c->member_at = c->members.len;
}

static int each(const struct jsoncut *c, const struct json *members)
{
    int rc = 0;

    if (!c->list)
        return json_each(members, c->callback, c->context);
    for (size_t i = 0; i < json_count(members) && rc == 0; i++)
        rc = c->callback(c->context, (struct slice){NULL, 0}, json_at(members, i));
    return rc;
}

/* Those at hand go to the callback. */
static void hand_on(struct jsoncut *c)
{
    struct json *members;

    text_append(&c->members, c->list ? "]" : "}", 1);
    members =
        text_ok(&c->members) ? json_parse((struct slice){c->members.ptr, c->members.len}) : NULL;
    if (!members || each(c, members) != 0)
        c->bad = true;
    json_free(members);
    begin_members(c);
}

/* A comma between two of them. */
static void end_member(struct jsoncut *c)
{
    if (c->members.len >= MEMBERS_BYTES)
        hand_on(c);
    else
        text_append(&c->members, ",", 1);
    c->member_at = c->members.len;
}

static void put_byte(struct jsoncut *c, char byte)
{
    struct text *to = is_inside(c) ? &c->members : &c->rest;

    if (!is_inside(c) && c->depth > c->rest_depth)
        return;
    text_append(to, &byte, 1);
    c->bad = c->bad || !text_ok(to);
    c->over = c->rest.len > JSONCUT_REST_MAX || c->members.len - c->member_at > JSONCUT_MEMBER_MAX;
}

/* ---- the path ---- */

/* The k-th container of the path is what its name says: what holds "*" is a list, all else an object. */
static char bracket_of(const struct jsoncut *c, size_t k)
{
    bool list = k < c->n ? strcmp(c->path[k], "*") == 0 : c->list;

    return list ? '[' : '{';
}

/* Does the value that begins with this bracket lie on the path? */
static bool is_next(const struct jsoncut *c, char bracket)
{
    const char *name;

    if (c->depth != c->matched || is_inside(c) || bracket != bracket_of(c, c->matched))
        return false;
    if (c->matched == 0)
        return true;
    name = c->path[c->matched - 1];
    return strcmp(name, "*") == 0 ||
           slice_equal(slice_of(name), (struct slice){c->name, c->name_len});
}

/* Are names looked at where the reader stands? */
static bool is_on_path(const struct jsoncut *c)
{
    return c->depth == c->matched && c->matched > 0 && !is_inside(c) &&
           bracket_of(c, c->matched - 1) == '{';
}

static void open_container(struct jsoncut *c, char bracket)
{
    bool next = is_next(c, bracket);

    put_byte(c, bracket);
    c->depth++;
    c->matched += next;
    c->name_next = next;
    c->name_len = 0;
    if (next && is_inside(c))
        begin_members(c);
}

static void close_container(struct jsoncut *c, char bracket)
{
    if (is_inside(c) && c->depth == c->matched) {
        hand_on(c);
        c->bad = c->bad || bracket != (c->list ? ']' : '}');
    }
    if (c->depth > 0 && c->depth-- == c->matched)
        c->matched--;
    put_byte(c, bracket);
}

/* ---- bytes ---- */

static void begin_text(struct jsoncut *c)
{
    c->in_text = true;
    c->in_name = c->name_next && is_on_path(c);
    if (c->in_name)
        c->name_len = 0;
    put_byte(c, '"');
}

static void take_in_text(struct jsoncut *c, char byte)
{
    bool ends = byte == '"' && !c->escaped;

    if (c->in_name && !ends && c->name_len < JSONCUT_NAME_MAX)
        c->name[c->name_len++] = byte;
    c->escaped = byte == '\\' && !c->escaped;
    c->in_text = !ends;
    put_byte(c, byte);
}

static void take_mark(struct jsoncut *c, char byte)
{
    bool direct = c->depth == c->matched;

    if (byte == ',' && direct && is_inside(c)) {
        end_member(c);
        return;
    }
    if (direct) {
        c->name_next = byte == ',';
        c->name_len = byte == ',' ? 0 : c->name_len;
    }
    put_byte(c, byte);
}

static void take(struct jsoncut *c, char byte)
{
    switch (byte) {
    case '"':
        begin_text(c);
        break;
    case '{':
    case '[':
        open_container(c, byte);
        break;
    case '}':
    case ']':
        close_container(c, byte);
        break;
    case ',':
    case ':':
        take_mark(c, byte);
        break;
    default:
        put_byte(c, byte);
    }
}

int jsoncut_feed(struct jsoncut *c, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len && !c->over && !c->bad; i++) {
        if (c->in_text)
            take_in_text(c, bytes.ptr[i]);
        else
            take(c, bytes.ptr[i]);
    }
    return c->over ? -1 : 0;
}

struct json *jsoncut_end(struct jsoncut *c)
{
    return c->over || c->bad ? NULL : json_parse((struct slice){c->rest.ptr, c->rest.len});
}
