/*
 * xml: fed -> [enough | failed] -> finished.
 *
 * What expat keeps grows with the depth, the longest tag, and the different names, and with nothing else: each is
 * bounded here.  A tag that is not whole yet is looked at from its beginning with every piece that comes, so that the
 * bound on its length is one on time as well.
 */
#include "adapters/xml.h"

#include "base/fnv.h"
#include "base/mem.h"

#include <expat.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (64u << 10)
#define SLOTS (2 * XML_NAMES_MAX) /* a power of two */

struct xml {
    XML_Parser parser;
    const char *where;
    const struct xml_events *events;
    void *context;
    int outcome;         /* of the callbacks: 0, or what ended it */
    const char *refused; /* NULL, or why it was ended here */
    unsigned depth;
    size_t quiet; /* bytes since something was handed out */
    size_t n_names;
    uint64_t names[SLOTS]; /* their hashes; 0: none */
};

static void stop(struct xml *x, int outcome, const char *refused)
{
    if (x->outcome != 0)
        return;
    x->outcome = outcome;
    x->refused = refused;
    XML_StopParser(x->parser, XML_FALSE);
}

/* ---- names ---- */

static const char *local_of(const char *name)
{
    const char *colon = strchr(name, ':');

    return colon ? colon + 1 : name;
}

/* expat keeps each different name to the end.  Those of one byte can't be many. */
static void note_name(struct xml *x, const char *name)
{
    uint64_t hash = FNV_INIT;
    size_t at;

    if (name[0] == '\0' || name[1] == '\0')
        return;
    hash = fnv_add(hash, name, strlen(name));
    hash |= hash == 0;
    for (at = hash & (SLOTS - 1); x->names[at] != 0; at = (at + 1) & (SLOTS - 1))
        if (x->names[at] == hash)
            return;
    if (++x->n_names > XML_NAMES_MAX)
        stop(x, -1, "it has too many different names");
    else
        x->names[at] = hash;
}

const char *xml_attribute(const char *const *attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

const char *xml_prefixed(const char *const *attributes, const char *local)
{
    for (; *attributes; attributes += 2)
        if (strchr(attributes[0], ':') && strcmp(local_of(attributes[0]), local) == 0)
            return attributes[1];
    return NULL;
}

/* ---- what expat calls ---- */

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct xml *x = context;

    x->quiet = 0;
    if (x->outcome != 0)
        return;
    if (++x->depth > XML_DEPTH_MAX) {
        stop(x, -1, "its elements are nested too deep");
        return;
    }
    note_name(x, name);
    for (const XML_Char **a = attributes; *a; a += 2)
        note_name(x, *a);
    if (x->outcome != 0)
        return;
    int rc = x->events->start(x->context, local_of(name), (const char *const *)attributes);
    if (rc != 0)
        stop(x, rc, NULL);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct xml *x = context;

    x->quiet = 0;
    if (x->outcome != 0)
        return;
    x->depth--;
    int rc = x->events->end(x->context, local_of(name));
    if (rc != 0)
        stop(x, rc, NULL);
}

static void XMLCALL on_text(void *context, const XML_Char *bytes, int len)
{
    struct xml *x = context;

    x->quiet = 0;
    if (x->outcome != 0 || !x->events->text)
        return;
    int rc = x->events->text(x->context, bytes, (size_t)len);
    if (rc != 0)
        stop(x, rc, NULL);
}

/* Comments and the like. */
static void XMLCALL on_other(void *context, const XML_Char *bytes, int len)
{
    struct xml *x = context;

    (void)bytes, (void)len;
    x->quiet = 0;
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(context, -1, "it holds a document type, which no workbook has");
}

/* ---- feeding ---- */

struct xml *xml_new(const char *where, const struct xml_events *events, void *context,
                    struct err *e)
{
    struct xml *x = mem_zero(1, sizeof(*x));

    if (x) {
        x->parser = XML_ParserCreate(NULL);
        x->where = where;
        x->events = events;
        x->context = context;
    }
    if (!x || !x->parser) {
        err_nomem(e);
        free(x);
        return NULL;
    }
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetDefaultHandler(x->parser, on_other);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    return x;
}

void xml_free(struct xml *x)
{
    if (!x)
        return;
    XML_ParserFree(x->parser);
    free(x);
}

static int fail(struct xml *x, const char *why, struct err *e)
{
    x->outcome = -1;
    return err_set(e, EXIT_INPUT, "%s is damaged on line %lu, column %lu (%s): save it again",
                   x->where, (unsigned long)XML_GetCurrentLineNumber(x->parser),
                   (unsigned long)XML_GetCurrentColumnNumber(x->parser) + 1, why);
}

static int feed(struct xml *x, const char *bytes, size_t len, bool last, struct err *e)
{
    enum XML_Status status = XML_STATUS_OK;

    if (x->outcome != 0)
        return x->outcome;
    x->quiet += len;
    status = XML_Parse(x->parser, bytes, (int)len, last);
    if (x->refused)
        return fail(x, x->refused, e);
    if (x->outcome != 0)
        return x->outcome;
    enum XML_Error why = XML_GetErrorCode(x->parser);
    if (status != XML_STATUS_OK && why == XML_ERROR_NO_MEMORY) {
        x->outcome = -1;
        return err_nomem(e);
    }
    if (status != XML_STATUS_OK)
        return fail(x, XML_ErrorString(why), e);
    return x->quiet > XML_TAG_MAX ? fail(x, "a tag is too long", e) : 0;
}

int xml_feed(struct xml *x, const void *bytes, size_t len, struct err *e)
{
    int rc = x->outcome;

    for (const char *p = bytes; len > 0 && rc == 0;) {
        size_t n = len < PIECE ? len : PIECE;
        rc = feed(x, p, n, false, e);
        p += n;
        len -= n;
    }
    return rc;
}

int xml_finish(struct xml *x, struct err *e)
{
    return feed(x, "", 0, true, e);
}
