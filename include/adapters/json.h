/*
 * json: reading answers and writing bodies; the sole user of jansson.
 *
 * A struct json is one value of a parsed document.  What json_parse gives is owned by the caller;
 * everything reached from it is borrowed and dies with it.  All readers take NULL and values of
 * another type, and then say "not there", so that a path can be followed without checks between.
 * A document is for one thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_JSON_H
#define CLAIMPIPE_ADAPTERS_JSON_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* A document of more values and names than this, or deeper, is taken for none, before memory is spent on it:
 * its tree would be 20 to 80 times its text.  So it takes 24 MiB and its text, at most. */
#define JSON_NODES_MAX 100000
#define JSON_DEPTH_MAX 64

/* NULL if the bytes are not one JSON value (any type), are more than is taken, or memory runs out. */
struct json *json_parse(struct slice bytes);
/* The same for what people write: nothing may stand twice in an object, no text holds a NUL, and f says
 * where it goes wrong.  f->line is 0 if memory ran out. */
#define JSON_FAULT_MAX 160
struct json_fault {
    int line, column;          /* from 1; a column is a character */
    char text[JSON_FAULT_MAX]; /* nothing of the document is in it */
};
struct json *json_parse_strict(struct slice bytes, struct json_fault *f);
void json_free(struct json *j);

/* What it is, in words: "an object", "a list", "a text", "a number", "true or false", "null". */
const char *json_kind(const struct json *j);

const struct json *json_get(const struct json *object, const char *key);
const struct json *json_at(const struct json *array, size_t i);
size_t json_count(const struct json *array);
bool json_holds_object(const struct json *j);
bool json_holds_array(const struct json *j);

/* The string, or a slice with ptr NULL if it is none. */
struct slice json_text(const struct json *j);
bool json_holds_true(const struct json *j);
bool json_holds_bool(const struct json *j);
/* An integer, or a string that holds one (the API writes its numbers either way): 0 or -1. */
int json_int(const struct json *j, int64_t *out);

/* Calls back for each member of an object (key borrowed), until one returns other than 0, which is then
 * returned.  Nothing to do for what is no object: 0. */
typedef int json_member_callback(void *context, struct slice key, const struct json *value);
int json_each(const struct json *object, json_member_callback *callback, void *context);

/* Append s as a JSON string with its quotes.  -1 if s is not UTF-8; out fails when memory runs out. */
int json_quote(struct text *out, struct slice s) MUST_CHECK;

#endif
