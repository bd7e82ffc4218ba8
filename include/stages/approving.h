/*
 * approving: the facts of a plan (policy/approval.h), gathered as its rows pass over a copy of the ledger.
 *
 *   begin (the targets have their places in the copy) -> row after row -> end
 *
 * One thread.  Nothing is sent, and nothing is remembered.
 */
#ifndef CLAIMPIPE_STAGES_APPROVING_H
#define CLAIMPIPE_STAGES_APPROVING_H

#include "base/err.h"
#include "policy/approval.h"

struct admit;
struct digest;
struct job;
struct ledger;
struct prepared;
struct row;

struct approving {
    const struct prepared *p;
    struct digest *rows;
    struct approval_facts facts;
};

/* Borrows p.  Call approving_release in any case. */
int approving_begin(struct approving *a, const struct prepared *p, struct ledger *copy,
                    struct err *e) MUST_CHECK;
/* A row that is over. */
void approving_row(struct approving *a, const struct row *r);
/* The facts are whole. */
int approving_end(struct approving *a, struct err *e) MUST_CHECK;
void approving_release(struct approving *a);

/* All rows pass, as a check lets them: EXIT_INTERRUPTED, and what reading them gives. */
int approving_pass(struct admit *admit, struct err *e) MUST_CHECK;

/* The job is about to be carried out by j->approved, on the input that p has open, and its targets are locked: is all as
 * it was when that was checked?  EXIT_USAGE: this has changed, and how to check again. */
int approving_verify(const struct job *j, const struct prepared *p, struct err *e) MUST_CHECK;

#endif
