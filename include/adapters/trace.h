/*
 * trace: the file .claimpipe.trace in a folder where results are written: which ledger was worked with
 * last there for each target, so that results tell when their ledger is gone, or is older than they are.
 *
 * A line for each target: `TARGET LEDGER SEQ RUN TIME CHECKSUM PATH`, the target hashed, so that nothing is
 * shown that the results do not.  Lines that are damaged, or of a later version, are passed over.
 */
#ifndef CLAIMPIPE_ADAPTERS_TRACE_H
#define CLAIMPIPE_ADAPTERS_TRACE_H

#include "base/err.h"
#include "base/trust.h"

#include <stddef.h>
#include <stdint.h>

#define TRACE_FILE ".claimpipe.trace"
#define TRACE_TARGET_SIZE 17
#define TRACE_PATH_MAX 512 /* a longer one is cut: it is only shown */

struct trace {
    char target[TRACE_TARGET_SIZE]; /* trace_target */
    char ledger[TRUST_ID_SIZE];
    int64_t seq, run, at_ms;
    char path[TRACE_PATH_MAX]; /* of the ledger */
};

/* -1: out of memory. */
int trace_target(const char *action, const char *url, const char *name,
                 char out[TRACE_TARGET_SIZE]);
/* Which of these targets are known in the folder: their ledger and so on is filled in, of others ledger is
 * "".  No file: none. */
int trace_find(const char *folder, struct trace *traces, size_t n, struct err *e) MUST_CHECK;
/* They are known from now on, on the disk.  -1 with EXIT_OUTPUT. */
int trace_put(const char *folder, const struct trace *traces, size_t n, struct err *e) MUST_CHECK;

#endif
