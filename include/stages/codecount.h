/*
 * codecount: how many codes there are to give.
 *
 * A seed makes codes without end, of which a claim takes the first N only: N is said (--count), or the claim is
 * asked.  A list has as many as it has.  codecount_check (nothing is asked yet) -> codecount_ask (before
 * the run is in the ledger) -> codecount_tell (before the first code is given).
 */
#ifndef CLAIMPIPE_STAGES_CODECOUNT_H
#define CLAIMPIPE_STAGES_CODECOUNT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct budget;
struct job;
struct job_step;
struct job_target;
struct ledger;
struct ledger_run;
struct prepared;

/* Something that a person may want to know. */
struct codecount_say {
    void (*say)(void *context, const char *text);
    void *context;
};

/* -1 with EXIT_USAGE: nobody says how many codes a seed of the job has, and there is nobody to be asked. */
int codecount_check(const struct job *j, struct err *e) MUST_CHECK;
/* Is there a claim that codecount_ask asks? */
bool codecount_asks(const struct prepared *p);
/* Each claim whose number nobody has said is asked for it, once.  -1 as stages/ask.h has it, or EXIT_USAGE: the claim does not tell. */
int codecount_ask(struct prepared *p, struct budget *budget, const struct codecount_say *to,
                  struct err *e) MUST_CHECK;
/* What the ledger says to it: codes that were given beyond the last, and rows that may be too many. */
int codecount_tell(const struct prepared *p, struct ledger *l, const struct ledger_run *run,
                   const struct codecount_say *to, struct err *e) MUST_CHECK;

#endif
