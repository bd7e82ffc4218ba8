/*
 * gist: one sentence on how a run went, for whoever reads no further.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_GIST_H
#define CLAIMPIPE_POLICY_GIST_H

#include "base/records.h"

#include <stdbool.h>
#include <stdint.h>

struct text;

/* How good that is, at a glance. */
enum gist {
    GIST_DONE,   /* nothing is left to do */
    GIST_OPEN,   /* running the command again goes on with it */
    GIST_PERSON, /* rows need a person */
    GIST_STOPPED /* it stopped early */
};

struct gist_facts {
    const uint64_t *rows; /* STATUS_COUNT of them */
    bool simulated;
    bool running; /* it goes on, or its process died: these are the counts by now */
    bool stopped; /* early */
};

enum gist gist_of(const struct gist_facts *f);
/* `All 5,002 rows are done: 5,000 issued, 2 duplicates.` */
void gist_say(const struct gist_facts *f, struct text *out);

#endif
