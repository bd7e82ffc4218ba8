/*
 * report_next: what a person can do when a run has ended: try again, put right what stopped it, settle what is pending.
 *
 * Decided by the summary alone, and how the run was started; nothing is read, and nothing fails but out, which says so
 * itself (text_ok).  Strings are borrowed.
 */
#ifndef CLAIMPIPE_STAGES_REPORT_NEXT_H
#define CLAIMPIPE_STAGES_REPORT_NEXT_H

#include <stdbool.h>

struct report_summary;
struct text;

/* What whoever started the run can do now; all zero: nobody knows how it was started. */
struct report_next {
    const char *command, *retry; /* the same again, and with --retry-failed; or NULL */
    const char *planned;         /* what was planned, without the plan; NULL: there was none */
    const char *results;         /* where the results are, or NULL */
    bool usage;                  /* it stopped for what the user has set */
    bool mend;                   /* … for what has to be put right first */
    bool no_settle;
    bool claims;       /* claimpipe settle can end what is pending */
    bool needs_server; /* … and not only a list of codes */
    bool needs_mail;
};

/* What can be done now: a line each, which a line end begins. */
void report_next_words(const struct report_summary *s, const struct report_next *next,
                       struct text *out);

#endif
