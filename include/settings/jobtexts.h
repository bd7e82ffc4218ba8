/*
 * jobtexts: the texts that a job borrows, and how its settings are read: what the command line and job
 * files have in common.
 *
 * Owns every text that it gives out; secrets among them are known to job->secrets; all are overwritten
 * when released.  NULL and -1 come with EXIT_USAGE (or no memory), and no message shows a secret's value.
 * asked_by is what asked for it, with which messages begin: "--set", "job.json: steps[0].set".
 */
#ifndef CLAIMPIPE_SETTINGS_JOBTEXTS_H
#define CLAIMPIPE_SETTINGS_JOBTEXTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct job;
struct job_target;
struct jobtexts_piece;

struct jobtexts {
    struct job *job;
    struct jobtexts_piece *pieces;
    size_t n, cap;
    const char *
        *files; /* read for the job: seeds, lists, routes …; no output may take their place */
    size_t n_files, files_cap;
    /* Is told of each secret that can't be read, which is "" then; NULL: that is an error. */
    void (*unread)(void *context, const char *source, const char *why);
    void *unread_context;
};

void jobtexts_init(struct jobtexts *t, struct job *job);
/* Also releases the routes of job's steps, and leaves it without steps. */
void jobtexts_release(struct jobtexts *t);

/* Zeroed memory, for steps and targets. */
void *jobtexts_zero(struct jobtexts *t, size_t count, size_t size, struct err *e);
/* Takes text over, also when it fails (NULL: no memory). */
const char *jobtexts_keep(struct jobtexts *t, char *text, struct err *e) MUST_CHECK;
const char *jobtexts_copy(struct jobtexts *t, const char *s, size_t len, struct err *e) MUST_CHECK;
/* The secret that source (env:NAME, file:PATH) names. */
const char *jobtexts_secret(struct jobtexts *t, const char *source, const char *asked_by,
                            struct err *e) MUST_CHECK;

/* One more URL of a webhook or switch: given as it is, or named by env:NAME or file:PATH. */
struct jobtell_hooks;
int jobtexts_hook(struct jobtexts *t, struct jobtell_hooks *hooks, const char *source,
                  const char *asked_by, struct err *e) MUST_CHECK;

/* The file at path is read for the job.  path is borrowed, and as long-lived as the job; NULL: there is none. */
int jobtexts_reads(struct jobtexts *t, const char *path, struct err *e) MUST_CHECK;

/* A setting of what is sent: name is INSTANCE.FIELD, or bare: FIELD (its instance is NULL then).  A value
 * env:… or file:… is a secret's, and that of a field which sounds like a secret must be (or come from a
 * column alone).  Borrows value. */
int jobtexts_setting(struct jobtexts *t, struct job_target *target, bool bare, const char *name,
                     const char *value, const char *asked_by, struct err *e) MUST_CHECK;
/* What was given for a claim, its id or a link to its page (policy/claimlink.h), becomes the id.  *fault is why
 * it is none, in words that go on from "the claim id", or NULL. */
int jobtexts_claim(struct jobtexts *t, const char **id, const char **fault,
                   struct err *e) MUST_CHECK;
/* claimId-passwordInstanceId-password: sets target->id (or must fit it, if it is set) and the password.
 * An instance ID ends at its first '-', a claim id, too, unless target->id holds it; a password may have
 * any. */
int jobtexts_credential(struct jobtexts *t, struct job_target *target, const char *source,
                        const char *asked_by, struct err *e) MUST_CHECK;

#endif
