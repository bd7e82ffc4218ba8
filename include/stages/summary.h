/*
 * summary: how a run ended, in the forms in which it is told: words, JSON (samples/summary.schema.json) and the text
 * format of Prometheus (the textfile collector's).
 *
 * Filled by the command, as far as it came; borrows everything.  No secret is in it: what may hold one was left out or
 * hidden before.  Texts fail like any struct text.  Pure but for the program's own facts.
 */
#ifndef CLAIMPIPE_STAGES_SUMMARY_H
#define CLAIMPIPE_STAGES_SUMMARY_H

#include "base/text.h"

#include <stdint.h>

struct input_facts;
struct job;
struct report_summary;

struct summary {
    const struct job *job;
    const struct input_facts *input;   /* NULL: it could not be read */
    const struct report_summary *rows; /* NULL: no results were written */
    int64_t run;                       /* 0: none has begun */
    int64_t started_ms, ended_ms;
    double seconds;
    uint64_t requests, messages; /* to the API; to the mail server */
    int exit_code;
    const char *stopped; /* why it stopped early; "" */
    const char *error;   /* why it could not go on; "" */
};

/* What an exit code means, in words. */
const char *summary_meaning(int exit_code);
/* Some lines for a person: what ran, how it ended, the counts and reasons. */
void summary_text(const struct summary *s, struct text *out);
/* One object, without a line end. */
void summary_json(const struct summary *s, struct text *out);
/* before: what the file held until now, from which the last success is taken if this run is none; may be empty. */
void summary_metrics(const struct summary *s, struct slice before, struct text *out);

#endif
