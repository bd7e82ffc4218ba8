/* json: struct json is jansson's json_t under another name, so that no header needs jansson's. */
#include "adapters/json.h"

#include "base/number.h"

#include <jansson.h>
#include <string.h>

static const json_t *value_of(const struct json *j)
{
    return (const json_t *)j;
}

static const struct json *json_of(const json_t *value)
{
    return (const struct json *)value;
}

struct json *json_parse(struct slice bytes)
{
    /* Depth is bounded by jansson itself (JSON_PARSER_MAX_DEPTH). */
    if (!bytes.ptr)
        return NULL;
    return (struct json *)json_loadb(bytes.ptr, bytes.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
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

struct slice json_text(const struct json *j)
{
    const json_t *v = value_of(j);

    return (struct slice){json_string_value(v), json_string_length(v)};
}

bool json_holds_true(const struct json *j)
{
    return json_is_true(value_of(j));
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
