/*
 * admit_internal: what the files of admit share: admit.c (which rows are admitted when, and what becomes of them
 * afterwards), admit_way.c (which steps a row has, and what is sent for them), admit_step.c (what the ledger says to a
 * step), admit_rows.c (rows that outlive their block).
 */
#ifndef CLAIMPIPE_STAGES_ADMIT_INTERNAL_H
#define CLAIMPIPE_STAGES_ADMIT_INTERNAL_H

#include "stages/admit.h"

struct ledger_known;

/* ---- admit_rows.c ---- */

/* A copy of the row that outlives its block, or the row itself if it is one; NULL: no memory.  Only a row that has
 * further steps keeps its texts.  sent: bytes that are sent for its step. */
struct row *admit_keep(struct admit *ad, struct row *r, size_t sent);
void admit_free(struct admit *ad, struct row *r);
/* Its next step may begin. */
void admit_ready(struct admit *ad, struct row *r);
/* Columns of the input; behind them are the codes of steps. */
size_t admit_own_fields(const struct admit *ad);

/* It is over, with its status: it is counted, and told. */
void admit_over(struct admit *ad, struct row *r);
void admit_count(struct admit *ad, enum status status);

/* ---- admit_way.c ---- */

/* The ledger has items with former keys, and which of them are a row's is found out only with the row: then rows are
 * admitted one by one. */
bool admit_settles_late(const struct admit *ad);
/* The keys by which the row may be known will be asked for. */
int admit_seek(struct admit *ad, struct row *r, struct err *e) MUST_CHECK;
/* Which way it goes, and what each of its steps would lack: *why, it is invalid as a whole, for nothing is begun
 * that can't be brought to its end.  What its present step sends is then in ad->body. */
int admit_find_way(struct admit *ad, struct row *r, const char **why, struct err *e) MUST_CHECK;
/* What is sent for the row's step, into ad->body; *why: it can't be. */
int admit_render(struct admit *ad, const struct row *r, size_t step, const char **why,
                 struct err *e) MUST_CHECK;

/* ---- admit_step.c ---- */

/* What the ledger says to the step that the row is at, which has a target: 1: it is done, on to the next; 0: the row
 * rests here (r->fate says how); -1. */
int admit_step(struct admit *ad, struct row *r, struct err *e) MUST_CHECK;
/* The row that it repeats has failed: its further steps are not begun for it. */
int admit_drop(struct admit *ad, const struct row *r, struct err *e) MUST_CHECK;
/* Is the step done already, and would not be done again? */
int admit_is_done(struct admit *ad, const struct row *r, size_t step, struct err *e) MUST_CHECK;
/* item NULL: the row has none. */
int admit_put_row(struct admit *ad, const struct row *r, enum ledger_row_kind kind, unsigned step,
                  const struct ledger_known *item, const char *error, struct err *e) MUST_CHECK;

#endif
