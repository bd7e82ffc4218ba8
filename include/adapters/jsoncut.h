/*
 * jsoncut: a JSON document, as it comes in pieces, of which one long object or list is cut out: its members
 * are handed on some at a time, and then forgotten.  The rest is a document like any other, in which it is
 * empty.  So the answer of a route that lists a million of something takes the memory of its rest.
 *
 * jansson has no such reader, and those that have one (yajl) bound neither a text nor a want of memory.  This
 * one only finds where a member ends; what is JSON is still for jansson to say (adapters/json.h).
 *
 * It is told by its path, from the top: the names of the members that lead to it, "*" for any item of a list;
 * and "*" at the end if it is a list itself.  A name counts as it is mostly written, without escapes; in
 * another form it is a part of the rest.  Where the path is met more than once, each time is one.  A reader
 * belongs to one thread at a time.
 */
#ifndef CLAIMPIPE_ADAPTERS_JSONCUT_H
#define CLAIMPIPE_ADAPTERS_JSONCUT_H

#include "adapters/json.h"
#include "base/text.h"

#include <stddef.h>

#define JSONCUT_PATH_MAX 8
#define JSONCUT_NAME_MAX 64
/* Bytes of the rest, and of one member. */
#define JSONCUT_REST_MAX ((size_t)4 << 20)
#define JSONCUT_MEMBER_MAX ((size_t)2 << 20)

struct jsoncut;

/* path ends with NULL; it, and context, are borrowed; the callback is told no name of a list's items.
 * rest_depth: objects and lists of the rest that lie deeper are empty there, too; 0: none are.  NULL: no
 * memory. */
struct jsoncut *jsoncut_new(const char *const *path, size_t rest_depth,
                            json_member_callback *callback, void *context);
void jsoncut_free(struct jsoncut *c);

/* 0; or -1, from then on: a member, or the rest, is longer than is taken. */
int jsoncut_feed(struct jsoncut *c, struct slice bytes);
/* After the last byte: the rest, which is the caller's; or NULL: it is too long, no JSON as json_parse takes it,
 * the callback has not taken a member, or there is no memory. */
struct json *jsoncut_end(struct jsoncut *c);

#endif
