/*
 * added: the columns that results have behind those of their input.
 *
 * First those of the row as a whole, then, if its job has several steps, for each of them from 1 to at
 * most ADDED_STEPS_MAX the same ones again but for the recipient, as `step1_status`, `step1_error`, …
 *
 * A file of the rows that need a person has one more behind them, `retry`: `yes` in the rows that have failed.  Fed back
 * as input it asks for these to be tried again, and whoever edits it can take that out of a row.
 *
 * A name that the input has already, in any case, takes the prefix `claimpipe_` (twice, if it has that as well).  A results CSV that is read as
 * input is recognised by its last columns.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ADDED_H
#define CLAIMPIPE_POLICY_ADDED_H

#include "base/text.h"
#include "policy/columns.h"

#include <stddef.h>

enum added {
    ADDED_STATUS,
    ADDED_ERROR,
    ADDED_NOTE,
    ADDED_ACTION,
    ADDED_TARGET,
    ADDED_RECIPIENT,
    ADDED_ATTEMPT,
    ADDED_CODE,
    ADDED_LINK,
    ADDED_TRIES,
    ADDED_HTTP_STATUS,
    ADDED_FINISHED,
    ADDED_COUNT,
    ADDED_RETRY = ADDED_COUNT /* beyond those: see above */
};

#define ADDED_STEP_COUNT (ADDED_COUNT - 1)
#define ADDED_STEPS_MAX 8
#define ADDED_RETRY_YES "yes"

/* A results workbook has a second sheet of this name.  Whoever reads such a workbook back knows by it that the sheet is
 * no table. */
#define ADDED_SUMMARY_SHEET "claimpipe summary"

/* The column of the whole row that the i-th of a step repeats; i < ADDED_STEP_COUNT. */
enum added added_of_step(size_t i);

/* How many columns of a header are the input's own: all, but for the added ones of a results CSV.  Columns without a
 * name may stand behind these: a remark beside a row, or a row that is longer, makes a whole sheet wider. */
size_t added_at(const struct columns *header);
/* How many columns it has without those; all, if it is no results CSV's. */
size_t added_end(const struct columns *header);

/* The column `retry` of a file of rows that need a person, or COLUMNS_NONE. */
size_t added_retry(const struct columns *header);

/* The name of an added column beside the first `own` columns of header. */
void added_append_name(const struct columns *header, size_t own, size_t added, struct text *out);
/* The same of a step, from 1. */
void added_append_step_name(const struct columns *header, size_t own, size_t step, size_t added,
                            struct text *out);

#endif
