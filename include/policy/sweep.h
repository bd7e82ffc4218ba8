/*
 * sweep: when a claim's list of attempts is read to settle many at once, how far, and when that is not worth it.
 *
 * A page shows 25 attempts for one request; a question about one attempt costs a request as well.  Claims are done
 * one after the other, and the list begins with the newest: so a reading goes from the top down to where the last one
 * began (the mark).  What it has found since then tells how fast the queue moves, and so when the next four
 * pages are full; they are not waited for longer than SWEEP_GAP_BUSY_NS, nor one page longer than SWEEP_GAP_MAX_NS.
 * Where nothing was found the time between readings grows with the wait, as between single questions
 * (stages/settle.h).
 *
 * The list shows successes only, mostly.  So what has not shown is asked about by itself when something that was
 * sent after it has; and the oldest, when a reading has found nothing.
 *
 * It is given up for the rest of the run where it costs more than single questions: where others claim so much more
 * that pages are full of theirs, or where the list does not show what was learned otherwise.  Pure; times are
 * monotonic, in nanoseconds.
 */
#ifndef CLAIMPIPE_POLICY_SWEEP_H
#define CLAIMPIPE_POLICY_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWEEP_PAGE 25
#define SWEEP_WANTED 100 /* four pages */
#define SWEEP_GAP_MIN_NS INT64_C(500000000)
#define SWEEP_GAP_BUSY_NS INT64_C(2000000000)
#define SWEEP_GAP_MAX_NS INT64_C(20000000000)
#define SWEEP_GAP_IDLE_MAX_NS INT64_C(60000000000)
/* Fewer are asked about one by one. */
#define SWEEP_LEAST 3
/* Pages in a row without one that is looked for, before a reading ends; besides as many pages as all of them would fill:
 * a run that was killed may have settled what is newer. */
#define SWEEP_BARREN_MAX 3
/* Of one reading. */
#define SWEEP_PAGES_MAX 500
/* So many requests more than single questions would have taken. */
#define SWEEP_LOSS_MAX 16
/* Savings that may be lost again. */
#define SWEEP_SAVED_MAX 64
/* A list may be so far behind; and readings in a row that do not show what was known to be there before that. */
#define SWEEP_LAG_MAX_NS INT64_C(10000000000)
#define SWEEP_BLIND_MAX 3

struct sweep {
    bool given_up;
    int64_t began_ns; /* the last reading; 0: none yet */
    int64_t gap_ns;   /* from then until the next */
    int64_t saved;    /* requests, of late: what was found, less the pages */
    unsigned blind;   /* readings in a row */
};

/* One reading, so far. */
struct sweep_reading {
    int64_t began_ns;
    int64_t oldest_ns;      /* when the oldest of those that are looked for was accepted */
    unsigned pages, barren; /* pages; the last ones without any that is looked for */
    size_t found;
    bool marked; /* it has come to where the last one began */
    bool others; /* before that it has shown attempts that are not looked for */
    bool unseen; /* there is a success that must show, and has not */
};

/* When a reading is due, if the oldest attempt was accepted at oldest_ns, and is worth a first question at first_ns. */
int64_t sweep_due(const struct sweep *s, int64_t oldest_ns, int64_t first_ns);
/* Is one worth its pages? */
bool sweep_pays(const struct sweep *s, size_t pending);
/* A page is over: is the next one read for this? */
bool sweep_goes_on(const struct sweep_reading *r, size_t left);
/* The reading is over, at now_ns; so many are left, or may come before the next one. */
void sweep_learn(struct sweep *s, const struct sweep_reading *r, size_t left, int64_t now_ns);
/* How many requests n attempts of one claim take to settle, about; and n of so many claims, at the most as a rule. */
int64_t sweep_cost(int64_t n);
int64_t sweep_cost_of(size_t n, size_t claims);

#endif
