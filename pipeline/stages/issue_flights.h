/*
 * issue_flights: flights, the lines that they are in, and their moves in the ledger.  Parts of issue, as
 * issue_internal.h.
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_FLIGHTS_H
#define CLAIMPIPE_STAGES_ISSUE_FLIGHTS_H

#include "base/err.h"
#include "issue_flight.h"
#include "ledger/ledger.h"

struct issue;
struct loaded;

void line_init(struct line *q);
void line_put(struct line *q, struct flight *f);
struct flight *line_take(struct line *q);

struct flight *flight_new(struct issue *is, struct aim *aim, enum flight_state state);
void flight_free(struct issue *is, struct flight *f);
void flight_add(struct issue *is, struct flight *f, struct step *s);
/* All behind the first n steps of f go into another one, which is NULL when memory runs out. */
struct flight *flight_split(struct issue *is, struct flight *f, size_t n);
/* What was loaded of an item, or NULL. */
struct loaded *issue_loaded(const struct issue *is, int64_t item);
/* The flight is over for this run. */
void flight_rest(struct issue *is, struct flight *f);
void step_rest(struct issue *is, struct step *s);

int step_move(struct issue *is, struct step *s, struct ledger_move *m, struct err *e) MUST_CHECK;
/* All steps of a flight; http_status 0: that of its answer. */
int flight_move(struct issue *is, struct flight *f, struct ledger_move *m,
                struct err *e) MUST_CHECK;
int flight_move_to(struct issue *is, struct flight *f, enum state to, const char *error,
                   struct err *e) MUST_CHECK;
int flight_wait(struct issue *is, struct flight *f, int64_t due_ns, struct err *e) MUST_CHECK;

/* A step waits in the line of its target. */
void aim_put(struct issue *is, struct aim *aim, struct step *s);
struct step *aim_take(struct issue *is, struct aim *aim);
/* How many of its steps are lost: all flights are gone through. */
size_t aim_lost(const struct issue *is, const struct aim *aim);
/* As many of them as one request may carry go into a flight that is empty. */
void flight_fill(struct issue *is, struct flight *f);

#endif
