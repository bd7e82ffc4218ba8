/*
 * xml: XML as it comes, in pieces; the sole user of expat.
 *
 * UTF-8 and UTF-16 (and what else expat knows) come out as UTF-8.  Names of elements are without their prefix; those of
 * attributes are whole, for in OpenDocument two that differ in it stand side by side.  Bounded: XML_DEPTH_MAX elements
 * in each other, XML_TAG_MAX bytes of one tag, XML_NAMES_MAX different names.  A document type is refused, and so are
 * the entities that it could declare: none is ever replaced by more than one character.
 *
 * Errors are EXIT_INPUT, with line and column.  One thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_XML_H
#define CLAIMPIPE_ADAPTERS_XML_H

#include "base/err.h"

#include <stddef.h>

#define XML_DEPTH_MAX 128u
#define XML_TAG_MAX (1u << 20)
#define XML_NAMES_MAX 4096u

/* Each returns 0; -1: it has set the struct err that xml_feed was given; XML_ENOUGH: nothing more is wanted. */
#define XML_ENOUGH 1
struct xml_events {
    /* name, value, name, value, …, NULL */
    int (*start)(void *context, const char *name, const char *const *attributes);
    int (*end)(void *context, const char *name);
    /* A part of a text: it may come in any number of them. */
    int (*text)(void *context, const char *bytes, size_t len);
};

struct xml;

/* where: whose XML it is, for messages, as "a.xlsx: its part xl/styles.xml" (borrowed); events: borrowed. */
struct xml *xml_new(const char *where, const struct xml_events *events, void *context,
                    struct err *e) MUST_CHECK;
/* 0, XML_ENOUGH or -1, each of the latter for ever after. */
int xml_feed(struct xml *x, const void *bytes, size_t len, struct err *e) MUST_CHECK;
/* After the last byte. */
int xml_finish(struct xml *x, struct err *e) MUST_CHECK;
void xml_free(struct xml *x); /* NULL is fine */

/* The value of an attribute of exactly this name, or NULL. */
const char *xml_attribute(const char *const *attributes, const char *name);
/* The same, whatever its prefix: the first of those that have one. */
const char *xml_prefixed(const char *const *attributes, const char *local);

#endif
