/*
 * fields: a JSON object read by name, with complaints that say where.
 *
 * Open an object with the names it may hold, then read field by field.  A field that is absent
 * leaves *out untouched, which is how defaults and merges work.  Every function returns 0, or -1
 * with EXIT_USAGE and a text such as `$.claims[0].version: must be a whole number, 0 .. 100`. What
 * is read is borrowed from the JSON.
 */
#ifndef CLAIMPIPE_SANDBOX_FIELDS_H
#define CLAIMPIPE_SANDBOX_FIELDS_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIELDS_PATH_MAX 256

struct fields {
    json_t *object;
    char path[FIELDS_PATH_MAX];
    struct err *e;
};

/* A length of time chosen at random from min_ms .. max_ms. */
struct span {
    int64_t min_ms, max_ms;
};

/* known: the allowed names, ending in NULL.  path_fmt gives the object's place. */
__attribute__((format(printf, 5, 6))) int fields_open(struct fields *f, json_t *value,
                                                      const char *const *known, struct err *e,
                                                      const char *path_fmt, ...);
/* A complaint about the field called key; always -1. */
__attribute__((format(printf, 3, 4))) int fields_wrong(const struct fields *f, const char *key,
                                                       const char *fmt, ...);
bool fields_has(const struct fields *f, const char *key);

int fields_int(const struct fields *f, const char *key, int64_t min, int64_t max, int64_t *out);
int fields_real(const struct fields *f, const char *key, double min, double max, double *out);
int fields_bool(const struct fields *f, const char *key, bool *out);
int fields_string(const struct fields *f, const char *key, const char **out);
/* As fields_string, but the field must be there and must not be empty. */
int fields_name(const struct fields *f, const char *key, const char **out);
/* The index of the string in names (which ends in NULL). */
int fields_choice(const struct fields *f, const char *key, const char *const *names, int *out);
int fields_array(const struct fields *f, const char *key, json_t **out);
/* [min, max] in milliseconds. */
int fields_span(const struct fields *f, const char *key, struct span *out);

#endif
