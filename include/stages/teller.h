/*
 * teller: tells a person, or an observer, how far a command is while issue works for it, and what else it has to say.
 *
 *   made -> begun (the clock runs) -> ticked, often -> ended
 *
 * The caller counts what is done in `progress`, as it comes to rest.  One thread.
 */
#ifndef CLAIMPIPE_STAGES_TELLER_H
#define CLAIMPIPE_STAGES_TELLER_H

#include "adapters/log.h"
#include "base/text.h"
#include "stages/progress.h"

#include <stddef.h>
#include <stdint.h>

struct issue;
struct job;
struct limit;
struct observer;

struct teller {
    const struct observer *observer; /* or NULL; borrowed, from the job */
    struct log log;
    struct progress progress;
    int64_t told_ns; /* when the observer was told of it */
    struct text line;
};

void teller_init(struct teller *t, const struct job *j);
void teller_release(struct teller *t);
void teller_begin(struct teller *t);
/* For struct issue_driver: 0, or the signal that ends the run. */
int teller_tick(struct teller *t, const struct issue *is, const struct limit *l, size_t waiting,
                int64_t now_ns);
/* What the last tick has seen may be done since. */
void teller_end(struct teller *t);
/* Something that a person may want to know. */
void teller_say(struct teller *t, const char *text);

#endif
