/*
 * jobfields: members of a job file's objects to members of structs, by tables.
 *
 * A table has a row for each member that an object may have.  Members that no row knows are errors, with the
 * nearest that one does.  Rows are read in their order, not in the file's, so that what another needs stands
 * before it.  Functions return 0 or -1 (NULL), with EXIT_USAGE and the place: `job.json: step2.set: …`.
 * Texts that they keep belong to t.  One thread.
 */
#ifndef CLAIMPIPE_SETTINGS_JOBFIELDS_H
#define CLAIMPIPE_SETTINGS_JOBFIELDS_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOBFIELDS_PLACE_MAX 512
#define JOBFIELDS_SHOWN_MAX 64 /* bytes of a name in a message */
#define JOBFIELDS_KNOWN_MAX 32 /* rows of a table */

struct action;
struct job;
struct job_step;
struct job_target;
struct json;
struct jobtexts;
struct setting;

struct jobfields {
    struct jobtexts *t;
    struct job *job;
    struct slice folder;             /* of the job file, with its '/'; or empty */
    char place[JOBFIELDS_PLACE_MAX]; /* what is being read */
    size_t file_len, place_len;      /* the file's part of place, and all of it */
    size_t number;                   /* of the step, from 1 */
    bool otherwise;                  /* it is for rows of which no address is known */
    const struct action *action;     /* of the step */
    struct job_step *step;
    struct job_target *target;
    void *other; /* that is no job: see presets.c */
    struct err *e;
};

enum jobfield_part {
    JOBFIELD_OF_JOB = 1,
    JOBFIELD_OF_STEP = 2,
    JOBFIELD_OF_TARGET = 4,
    JOBFIELD_OF_OTHER = 8
};

struct jobfield;
/* Reads v into where it goes. */
typedef int jobfields_take(struct jobfields *r, const struct jobfield *m, const struct json *v);

struct jobfield {
    const char *name;
    const struct setting
        *setting;          /* which says what actions have it; NULL: it is none, and all do */
    enum jobfield_part of; /* what offset is in */
    jobfields_take *take;
    size_t offset;
    int64_t min, max;
};

/* The members of object that are of these parts (bits). */
int jobfields_read(struct jobfields *r, const struct jobfield *table, size_t n, unsigned parts,
                   const struct json *object);
void *jobfields_at(const struct jobfields *r, const struct jobfield *m); /* where it goes */

/* What can be read as it is: NULL, or v's text (borrowed, neither empty nor blank). */
const char *jobfields_text(struct jobfields *r, const struct json *v);
int jobfields_number(struct jobfields *r, const struct json *v, int64_t min, int64_t max,
                     int64_t *out);
int jobfields_keep_text(struct jobfields *r, const struct jobfield *m, const char *text);
/* prefix, and path as it is seen from the job file. */
const char *jobfields_keep_path(struct jobfields *r, const char *prefix, const char *path);
/* A text as it is, but for a file:…, whose path is seen from the job file. */
const char *jobfields_keep_source(struct jobfields *r, const char *text);

jobfields_take jobfields_take_text, jobfields_take_path, jobfields_take_bool;
jobfields_take jobfields_take_ignored; /* a text that says nothing to us */
/* At least m->min nanoseconds. */
jobfields_take jobfields_take_time;

/* The file that messages begin with. */
void jobfields_begin(struct jobfields *r, const char *path);
/* Into a member, in messages; it returns what to give to jobfields_leave. */
size_t jobfields_enter(struct jobfields *r, struct slice name);
void jobfields_leave(struct jobfields *r, size_t mark);
__attribute__((format(printf, 2, 3))) int jobfields_refuse(struct jobfields *r, const char *fmt,
                                                           ...);
int jobfields_refuse_kind(struct jobfields *r, const char *wanted, const struct json *v);
int jobfields_refuse_unknown(struct jobfields *r, struct slice name, const struct slice *known,
                             size_t n);

#endif
