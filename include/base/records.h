/*
 * records: the words in which the stages speak to each other.
 *
 *   read -> struct record -> select -> struct trigger -> plan -> struct step -> issue, settle
 *
 * Records and triggers live in the arena of their batch and die with it.  A step is one allocation of
 * its own, for it outlives the batch: it goes when its row has come to rest in the ledger.
 */
#ifndef CLAIMPIPE_BASE_RECORDS_H
#define CLAIMPIPE_BASE_RECORDS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* What became of a row: the `status` column. */
enum status {
    STATUS_SUCCESS,
    STATUS_FAILED,
    STATUS_PENDING,
    STATUS_UNKNOWN,
    STATUS_DUPLICATE,
    STATUS_SKIPPED,
    STATUS_INVALID,
    STATUS_UNSENT,
    STATUS_COUNT
};
const char *status_name(enum status s);

/* One CSV row as read.  Row and line count from 1; the header row is no record. */
struct record {
    uint64_t row;
    uint64_t line; /* the line on which it begins */
    struct slice *fields;
    size_t nfields;
    const char *fault; /* why the reader could not take it whole, or NULL */
};

#define KEY_SIZE 16 /* SHA-256 of what makes the trigger the same again, cut to 16 bytes */

/* One record after selection.  why != NULL: the row is invalid, and that is the reason. */
struct trigger {
    const struct record *record;
    const char *recipient; /* canonical address */
    uint8_t key[KEY_SIZE];
    const char *why;
};

#endif
