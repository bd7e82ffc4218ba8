/*
 * doctor: the command `doctor`: looks at everything that a run stands on, and says what to do where it is not as it must be.
 *
 * What cannot be used is a finding here, not an error: so options.c hands over what it could not read.  Only harmless
 * questions (GET) are asked of the API, within the limit that is shared by the ledger: one for each claim, or one about
 * an attempt that nobody has made.  Nothing is remembered; the ledger is only read.
 * One thread.
 */
#ifndef CLAIMPIPE_COMMANDS_DOCTOR_H
#define CLAIMPIPE_COMMANDS_DOCTOR_H

#include "base/err.h"

#include <stddef.h>

struct job;

struct doctor_options {
    const struct job *job;  /* api_url, api_key and ledger are NULL where they can't be used */
    const char *key_source; /* env:NAME or file:PATH */
    const char *const *claims;
    size_t n_claims;
    const char *job_file; /* or NULL */
    /* Why that can't be used; "": it can. */
    const char *url_fault, *key_fault, *ledger_fault, *job_fault;
    /* Secrets of the job that can't be read: env:NAME or file:PATH, and why. */
    const char *const *sources, *const *unread;
    size_t n_unread;
};

/* The process's exit code: EXIT_ROWS if anything is bad.  If e is set, it says why not everything was looked at. */
int doctor_run(const struct doctor_options *o, struct err *e) MUST_CHECK;

#endif
