/*
 * spreadsheet_parts: the parts of a package by their names, their XML, and the way through it.  Private to spreadsheet.
 */
#ifndef CLAIMPIPE_STAGES_SPREADSHEET_PARTS_H
#define CLAIMPIPE_STAGES_SPREADSHEET_PARTS_H

#include "adapters/xml.h"
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPREADSHEET_PART_MAX ((int64_t)4 << 30)
#define SPREADSHEET_PATH_MAX 1024u

/* ---- the way through XML: which element within which leads where ---- */

struct spreadsheet_rule {
    unsigned char in; /* a place; 0: before the root */
    const char *name; /* NULL: any */
    unsigned char to; /* a place */
};
#define SPREADSHEET_ELSEWHERE 255 /* where no rule leads; no rule leads out of it */
struct spreadsheet_way {
    const struct spreadsheet_rule *rules; /* ends with one whose `to` is 0 */
    unsigned depth;
    unsigned char at[XML_DEPTH_MAX + 1]; /* the places of the open elements, from 1; at[0] is 0 */
};
/* The place of the element that begins; that of the one which ends. */
unsigned char spreadsheet_enter(struct spreadsheet_way *way, const char *name);
unsigned char spreadsheet_leave(struct spreadsheet_way *way);
static inline unsigned char spreadsheet_at(const struct spreadsheet_way *way)
{
    return way->at[way->depth];
}

/* ---- parts ---- */

struct spreadsheet_part {
    const char *path; /* with /, none in front */
    size_t number;
    bool locked;
};
struct spreadsheet_parts {
    int fd;
    const char *name; /* of the file */
    struct arena *arena;
    struct spreadsheet_part *all;
    size_t n, cap, bytes;
};
/* They live as long as the arena, but for `all`. */
int spreadsheet_parts_list(struct spreadsheet_parts *p, int fd, const char *name, struct arena *a,
                           struct err *e) MUST_CHECK;
void spreadsheet_parts_release(struct spreadsheet_parts *p);
/* Without regard to case; NULL: there is none.  The first of several, whom opening refuses. */
const struct spreadsheet_part *spreadsheet_parts_find(const struct spreadsheet_parts *p,
                                                      const char *path);
/* target, as it is seen from a part in this folder ("xl/", or ""): NULL, when memory runs out. */
char *spreadsheet_parts_resolve(struct arena *a, const char *folder, const char *target);
/* The first bytes of a part, at most size: how many; -1. */
ssize_t spreadsheet_parts_begin(const struct spreadsheet_parts *p, const char *path, char *buf,
                                size_t size, struct err *e) MUST_CHECK;

/* A part's XML, a piece at a time. */
struct spreadsheet_xml;
/* events, context: as xml_new's.  It is told if there is no such part. */
struct spreadsheet_xml *spreadsheet_xml_open(const struct spreadsheet_parts *p, const char *path,
                                             const struct xml_events *events, void *context,
                                             struct err *e) MUST_CHECK;
/* Reads on: SPREADSHEET_XML_MORE, XML_ENOUGH, or 0 at its end, which is whole then; -1. */
#define SPREADSHEET_XML_MORE 2
int spreadsheet_xml_step(struct spreadsheet_xml *x, struct err *e) MUST_CHECK;
void spreadsheet_xml_close(struct spreadsheet_xml *x); /* NULL is fine */
/* All of it, or until the events have enough: 0, XML_ENOUGH or -1. */
int spreadsheet_xml_all(const struct spreadsheet_parts *p, const char *path,
                        const struct xml_events *events, void *context, struct err *e) MUST_CHECK;

#endif
