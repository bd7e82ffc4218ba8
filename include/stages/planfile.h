/*
 * planfile: a plan (policy/approval.h) as a file: JSON, as samples/plan.schema.json has it.
 *
 * Its last member is a digest of all others, so that a file that was edited is refused.  That keeps from mistakes, not
 * from somebody who makes a plan of their own: what counts are the facts in it.  One thread.
 */
#ifndef CLAIMPIPE_STAGES_PLANFILE_H
#define CLAIMPIPE_STAGES_PLANFILE_H

#include "base/err.h"
#include "policy/approval.h"

#include <stddef.h>

#define PLANFILE_VERSION 1
#define PLANFILE_BEGINS "{\n  \"claimpipe_plan\"" /* so each does, to the byte */
#define PLANFILE_MAX ((size_t)1 << 20)            /* bytes */

struct json;

struct planfile {
    struct approval plan; /* its texts live as long as this */
    struct json *doc;
};

/* Whole, or not at all (adapters/outfile.h). */
int planfile_write(const char *path, const struct approval *a, struct err *e) MUST_CHECK;
/* EXIT_USAGE: it can't be read, is none, a newer claimpipe's, or was changed.  Call planfile_release in any case. */
int planfile_read(struct planfile *f, const char *path, struct err *e) MUST_CHECK;
void planfile_release(struct planfile *f);

#endif
