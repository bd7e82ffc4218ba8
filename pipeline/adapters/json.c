/*
 * json: struct json is jansson's json_t under another name, so that no header needs jansson's.
 *
 * jansson 2.14 does not look whether the buffer of the token at hand could grow: without memory a text
 * lacks bytes, and nobody is told, or it lacks its closing quote, and jansson runs over its end.  So
 * while a document is parsed, jansson's memory is watched.  From the first time that there is none the
 * document comes to an early end; a quote that was just being read gets its room from `spare`; and
 * what was made of it is thrown away.
 */
#include "adapters/json.h"

#include "base/number.h"
#include "base/visible.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT_OF(n) #n
#define NUMBER_TEXT(n) NUMBER_TEXT_OF(n)

static const json_t *value_of(const struct json *j)
{
    return (const json_t *)j;
}

static const struct json *json_of(const json_t *value)
{
    return (const struct json *)value;
}

struct parse {
    struct slice bytes;
    size_t at;
    void *spare;
    size_t spare_size;
    bool spare_taken, starved;
};

static _Thread_local struct parse *parse; /* the one that is going on in this thread, or NULL */
static pthread_once_t watching = PTHREAD_ONCE_INIT;
static json_malloc_t plain_malloc;
static json_free_t plain_free;

static void *watched_malloc(size_t size)
{
    void *p = plain_malloc(size);

    if (p || !parse)
        return p;
    parse->starved = true;
    if (parse->spare_taken || size > parse->spare_size)
        return NULL;
    parse->spare_taken = true;
    return parse->spare;
}

/* A document may hold a password: what was to be sent, or what the server says of it.  How much a host's own allocator
 * has given nobody tells. */
static void watched_free(void *p)
{
    if (!p || (parse && p == parse->spare))
        return;
    if (plain_free == free)
        explicit_bzero(p, malloc_usable_size(p));
    plain_free(p);
}

static void watch(void)
{
    json_get_alloc_funcs(&plain_malloc, &plain_free);
    json_set_alloc_funcs(watched_malloc, watched_free);
}

/* A byte at a time, so that nothing is read any more once memory has run out. */
static size_t next_byte(void *out, size_t size, void *context)
{
    struct parse *p = context;

    if (p->starved || p->at == p->bytes.len || size == 0)
        return 0;
    *(char *)out = p->bytes.ptr[p->at++];
    return 1;
}

/* ---- what a document would take, before any of it is taken in ---- */

/* jansson's tree takes 20 to 80 times the text of small values. */
struct extent {
    size_t token; /* no token is longer */
    size_t nodes; /* values and names */
    size_t depth;
    const char *over; /* what there is too much of, or NULL */
    size_t at;        /* where, or the end */
};

/* Behind the string that begins at p[at]. */
static size_t string_end(struct slice s, size_t at)
{
    for (at++; at < s.len && s.ptr[at] != '"'; at++)
        at += s.ptr[at] == '\\';
    return at < s.len ? at + 1 : s.len;
}

static size_t token_end(struct slice s, size_t at)
{
    if (s.ptr[at] == '"')
        return string_end(s, at);
    for (at++; at < s.len && !strchr("{}[],:\" \t\r\n", s.ptr[at]);)
        at++;
    return at;
}

static const char *over_of(const struct extent *x)
{
    if (x->depth > JSON_DEPTH_MAX)
        return "goes deeper than " NUMBER_TEXT(JSON_DEPTH_MAX) " levels";
    return x->nodes > JSON_NODES_MAX ? "holds more than " NUMBER_TEXT(JSON_NODES_MAX) " values"
                                     : NULL;
}

/* Whatever is no JSON in it is found out later. */
static struct extent measure(struct slice s)
{
    struct extent x = {.token = 0};
    size_t depth = 0, end;

    for (; x.at < s.len && !x.over; x.over = over_of(&x)) {
        char c = s.ptr[x.at];

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':') {
            x.at++;
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
            x.at++;
        } else if (c == '{' || c == '[') {
            x.depth = ++depth > x.depth ? depth : x.depth;
            x.nodes++;
            x.at++;
        } else {
            end = token_end(s, x.at);
            x.token = end - x.at > x.token ? end - x.at : x.token;
            x.nodes++;
            x.at = end;
        }
    }
    return x;
}

static int line_of(struct slice s, size_t at)
{
    int line = 1;

    for (size_t i = 0; i < at && i < s.len; i++)
        line += s.ptr[i] == '\n';
    return line;
}

/* ---- parsing ---- */

/* NULL with error->line 0: memory ran out. */
static struct json *load(struct slice bytes, size_t flags, json_error_t *error)
{
    struct parse p = {.bytes = bytes};
    struct extent x;
    json_t *doc;

    *error = (json_error_t){.line = 0};
    pthread_once(&watching, watch);
    if (!bytes.ptr)
        return NULL;
    x = measure(bytes);
    if (x.over) {
        error->line = line_of(bytes, x.at);
        snprintf(error->text, sizeof(error->text), "%s", x.over);
        return NULL;
    }
    p.spare_size = 2 * (x.token + 1); /* jansson doubles a buffer that is full */
    p.spare = plain_malloc(p.spare_size);
    if (!p.spare)
        return NULL;
    parse = &p;
    doc = json_load_callback(next_byte, &p, JSON_DECODE_ANY | flags, error);
    if (p.starved) {
        json_decref(doc);
        doc = NULL;
        error->line = 0;
    }
    parse = NULL;
    explicit_bzero(p.spare, p.spare_size);
    plain_free(p.spare);
    return (struct json *)doc;
}

struct json *json_parse(struct slice bytes)
{
    json_error_t ignored;

    return load(bytes, JSON_ALLOW_NUL, &ignored);
}

/* jansson goes on with ` near '…'`, which may be a secret. */
static void put_fault(const char *text, struct json_fault *f)
{
    const char *shown = strstr(text, " near ");
    size_t len = shown ? (size_t)(shown - text) : strlen(text);

    visible_line((struct slice){text, len}, f->text, sizeof(f->text));
}

struct json *json_parse_strict(struct slice bytes, struct json_fault *f)
{
    json_error_t error;
    struct json *doc = load(bytes, JSON_REJECT_DUPLICATES, &error);

    if (doc)
        return doc;
    *f = (struct json_fault){.line = error.line, .column = error.column > 0 ? error.column : 1};
    if (error.line > 0 && json_error_code(&error) == json_error_null_character)
        put_fault("\\u0000 can't stand in a text", f);
    else if (error.line > 0)
        put_fault(error.text, f);
    return NULL;
}

void json_free(struct json *j)
{
    json_decref((json_t *)j);
}

const struct json *json_get(const struct json *object, const char *key)
{
    return json_of(json_object_get(value_of(object), key));
}

const struct json *json_at(const struct json *array, size_t i)
{
    return json_of(json_array_get(value_of(array), i));
}

size_t json_count(const struct json *array)
{
    return json_array_size(value_of(array));
}

bool json_holds_object(const struct json *j)
{
    return json_is_object(value_of(j));
}

bool json_holds_array(const struct json *j)
{
    return json_is_array(value_of(j));
}

const char *json_kind(const struct json *j)
{
    static const char *const kinds[] = {
        [JSON_OBJECT] = "an object",    [JSON_ARRAY] = "a list",  [JSON_STRING] = "a text",
        [JSON_INTEGER] = "a number",    [JSON_REAL] = "a number", [JSON_TRUE] = "true or false",
        [JSON_FALSE] = "true or false", [JSON_NULL] = "null",
    };

    return j ? kinds[json_typeof(value_of(j))] : "nothing";
}

struct slice json_text(const struct json *j)
{
    const json_t *v = value_of(j);

    return (struct slice){json_string_value(v), json_string_length(v)};
}

bool json_holds_true(const struct json *j)
{
    return json_is_true(value_of(j));
}

bool json_holds_bool(const struct json *j)
{
    return json_is_boolean(value_of(j));
}

int json_int(const struct json *j, int64_t *out)
{
    const json_t *v = value_of(j);

    if (json_is_integer(v)) {
        *out = json_integer_value(v);
        return 0;
    }
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return -1;
    return number_int(json_string_value(v), INT64_MIN, INT64_MAX, out);
}

int json_each(const struct json *object, json_member_callback *callback, void *context)
{
    json_t *o =
        (json_t *)(uintptr_t)object; /* jansson's iterators take no const, and change nothing */
    int rc = 0;

    for (void *i = json_object_iter(o); i && rc == 0; i = json_object_iter_next(o, i)) {
        const char *key = json_object_iter_key(i);

        rc = callback(context, slice_of(key), json_of(json_object_iter_value(i)));
    }
    return rc;
}

static int append_bytes(const char *bytes, size_t len, void *out)
{
    text_append(out, bytes, len);
    return 0;
}

int json_quote(struct text *out, struct slice s)
{
    json_t *v;

    if (!slice_is_utf8(s))
        return -1;
    v = json_stringn_nocheck(s.ptr ? s.ptr : "", s.len);
    if (!v || json_dump_callback(v, append_bytes, out, JSON_ENCODE_ANY) != 0)
        out->failed = true;
    json_decref(v);
    return 0;
}
