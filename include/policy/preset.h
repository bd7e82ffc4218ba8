/*
 * preset: what is known of the exports of a platform.
 *
 * Names of columns are found as policy/columns.h does; where several may stand for one, the first that the
 * header has.  Filled by settings/presets.h from JSON, then only read.  Pure.
 *
 * Which headers are nearly a preset's says policy/nearness.h.
 */
#ifndef CLAIMPIPE_POLICY_PRESET_H
#define CLAIMPIPE_POLICY_PRESET_H

#include "base/records.h"
#include "base/text.h"
#include "policy/columns.h"
#include "policy/identity.h"
#include "policy/when.h"

#include <stdbool.h>
#include <stddef.h>

/* Alternatives. */
struct preset_names {
    const char *const *names;
    size_t n;
};

/* Which rows are none of the table's, and why. */
struct preset_drop {
    const char *where; /* policy/filter.h */
    const char *why;
    struct preset_names with; /* only where the header has one of these, or none */
};

struct preset {
    const char *name;  /* "zoom-webinar" */
    const char *title; /* "Zoom webinar: attendee report" */
    const char *path;  /* of its file */
    bool
        by_name_only; /* its header is too common to be known by: only where the user says its name */
    struct preset_names *header; /* columns that a header of it has */
    size_t n_header;
    struct preset_names like; /* one of its columns has one of these within its name, or none */
    struct preset_names
        hints; /* within a name: a header that does not fit is one all the same, but other */
    struct preset_names also;    /* further ones that many of its headers have */
    struct preset_names without; /* and those that it has not: another table's */
    struct preset_names
        after; /* the header is the first record after one that begins with one of these */
    struct preset_names alone; /* without such a line it has one of these as well */
    struct preset_names
        end; /* a record that begins so, or with nothing else in it, ends the table */
    struct preset_names recipient[IDENTITY_KINDS]; /* who the row is about */
    struct preset_names or_else; /* who it is about where the recipient's own cell is empty */
    struct preset_names hashed;  /* their cells begin with a # that is none of theirs */
    const char *person;          /* what recipients are, such as "buyer", or NULL */
    struct preset_names trigger, completed, date;
    const char *where; /* what means "completed", or NULL */
    bool needs_filter; /* nothing does: the user has to say it */
    struct preset_drop *drops;
    size_t n_drops;
    enum when_order date_order;
    char decimal_mark;             /* or 0 */
    const char *group;             /* the column whose rows are one trigger, or NULL */
    bool per_recipient;            /* but all groups of a recipient are one trigger again */
    struct preset_names fill_down; /* all of those, blank where they repeat */
    const char *refuse;            /* why there is nobody in it, or NULL */
    const char *note;              /* what its users should know, or NULL */
};

/* Is this the preset's header?  A preset without any column fits none. */
bool preset_fits(const struct preset *p, const struct columns *header);
/* May it stand without a line above that `after` names? */
bool preset_stands_alone(const struct preset *p, const struct columns *header);
/* What the header lacks for it, or has too many: `has no column "Attendee Status"`. */
void preset_say_misfit(const struct preset *p, const struct columns *header, struct text *out);
/* Which rows count, with the columns' own names in the place of @completed and the like. */
void preset_put_where(const struct preset *p, const struct columns *header, struct text *out);
/* The names as words; they are one column by other names or in other languages: two are enough to know which. */
void preset_put_names(const struct preset_names *names, struct text *out);
/* Has one of the columns one of the parts within its name (ASCII letters without case)? */
bool preset_has_within(const struct columns *header, const struct preset_names *parts);
/* Has one of them one of those that `like` names, or are there none? */
bool preset_has_like(const struct preset *p, const struct columns *header);
/* Has the header any of the names? */
bool preset_has(const struct columns *header, const struct preset_names *names);
/* Does the record begin with one of these (its first cell, without outer blanks and case, begins so and no
 * other cell has anything in it)? */
bool preset_begins(const struct preset_names *names, const struct slice *cells, size_t n);
/* The column of the first of the names that the header has, or COLUMNS_NONE: it has none of them, or several
 * columns of that name. */
size_t preset_column(const struct preset_names *names, const struct columns *header);

#endif
