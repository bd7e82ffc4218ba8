/*
 * fields: reads a configuration's members by name, and refuses those that nobody knows: a typing error in a test would
 * else pass it.
 */
#include "sandbox/fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIELDS_DELAY_MAX_MS INT64_C(3600000)

int fields_wrong(const struct fields *f, const char *key, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    return err_set(f->e, EXIT_USAGE, "%s.%s: %s", f->path, key, what);
}

static bool fields_knows(const char *const *known, const char *key)
{
    for (; *known; known++)
        if (strcmp(*known, key) == 0)
            return true;
    return false;
}

int fields_open(struct fields *f, json_t *value, const char *const *known, struct err *e,
                const char *path_fmt, ...)
{
    va_list ap;
    va_start(ap, path_fmt);
    vsnprintf(f->path, sizeof(f->path), path_fmt, ap);
    va_end(ap);
    f->object = value;
    f->e = e;
    if (!json_is_object(value))
        return err_set(e, EXIT_USAGE, "%s: must be an object", f->path);
    const char *key;
    json_t *unused;
    json_object_foreach (value, key, unused)
        if (!fields_knows(known, key))
            return fields_wrong(f, key, "unknown key");
    return 0;
}

bool fields_has(const struct fields *f, const char *key)
{
    return json_object_get(f->object, key) != NULL;
}

int fields_int(const struct fields *f, const char *key, int64_t min, int64_t max, int64_t *out)
{
    json_t *v = json_object_get(f->object, key);
    if (!v)
        return 0;
    if (!json_is_integer(v) || json_integer_value(v) < min || json_integer_value(v) > max)
        return fields_wrong(f, key, "must be a whole number, %lld .. %lld", (long long)min,
                            (long long)max);
    *out = json_integer_value(v);
    return 0;
}

int fields_real(const struct fields *f, const char *key, double min, double max, double *out)
{
    json_t *v = json_object_get(f->object, key);
    if (!v)
        return 0;
    if (!json_is_number(v) || json_number_value(v) < min || json_number_value(v) > max)
        return fields_wrong(f, key, "must be a number, %g .. %g", min, max);
    *out = json_number_value(v);
    return 0;
}

int fields_bool(const struct fields *f, const char *key, bool *out)
{
    json_t *v = json_object_get(f->object, key);
    if (!v)
        return 0;
    if (!json_is_boolean(v))
        return fields_wrong(f, key, "must be true or false");
    *out = json_is_true(v);
    return 0;
}

int fields_string(const struct fields *f, const char *key, const char **out)
{
    json_t *v = json_object_get(f->object, key);
    if (!v)
        return 0;
    if (!json_is_string(v))
        return fields_wrong(f, key, "must be a string");
    *out = json_string_value(v);
    return 0;
}

int fields_name(const struct fields *f, const char *key, const char **out)
{
    if (!fields_has(f, key))
        return fields_wrong(f, key, "is missing");
    if (fields_string(f, key, out) != 0)
        return -1;
    return **out == '\0' ? fields_wrong(f, key, "is empty") : 0;
}

int fields_choice(const struct fields *f, const char *key, const char *const *names, int *out)
{
    const char *s = NULL;
    if (fields_string(f, key, &s) != 0)
        return -1;
    if (!s)
        return 0;
    char list[FIELDS_PATH_MAX] = "";
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], s) == 0) {
            *out = i;
            return 0;
        }
        size_t len = strlen(list);
        snprintf(list + len, sizeof(list) - len, "%s\"%s\"", i == 0 ? "" : ", ", names[i]);
    }
    return fields_wrong(f, key, "\"%.64s\" is none of %s", s, list);
}

int fields_array(const struct fields *f, const char *key, json_t **out)
{
    json_t *v = json_object_get(f->object, key);
    if (!v)
        return 0;
    if (!json_is_array(v))
        return fields_wrong(f, key, "must be an array");
    *out = v;
    return 0;
}

int fields_span(const struct fields *f, const char *key, struct span *out)
{
    json_t *v = json_object_get(f->object, key);
    if (!v)
        return 0;
    json_t *a = json_array_get(v, 0), *b = json_array_get(v, 1);
    if (json_array_size(v) != 2 || !json_is_integer(a) || !json_is_integer(b) ||
        json_integer_value(a) < 0 || json_integer_value(b) < json_integer_value(a) ||
        json_integer_value(b) > FIELDS_DELAY_MAX_MS)
        return fields_wrong(f, key, "must be [min, max] in milliseconds, at most %lld",
                            (long long)FIELDS_DELAY_MAX_MS);
    *out = (struct span){json_integer_value(a), json_integer_value(b)};
    return 0;
}
