/*
 * approval: a plan that was checked and may be carried out, as long as all is as it was then.
 *
 *   check --save -> the facts of that moment, kept -> run --plan: the facts now are compared with them
 *
 * Facts are digests (SHA-256, in hex): of what is read, of what the ledger knows of the targets, and of the rows that
 * would be acted for.  No secret is among them, nor in any digest.  Pure; nothing is owned.
 */
#ifndef CLAIMPIPE_POLICY_APPROVAL_H
#define CLAIMPIPE_POLICY_APPROVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APPROVAL_HEX_SIZE 65 /* a digest with its NUL */

struct text;

/* An option, as it was said; value NULL: it takes none. */
struct approval_setting {
    const char *name, *value;
};

struct approval_facts {
    char input[APPROVAL_HEX_SIZE];   /* its bytes */
    char job[APPROVAL_HEX_SIZE];     /* the job file's; "": there is none */
    char lists[APPROVAL_HEX_SIZE];   /* the lookup, tables of routes, lists of codes, letters */
    char targets[APPROVAL_HEX_SIZE]; /* their actions, services and names */
    char ledger[APPROVAL_HEX_SIZE];  /* what it knows of the targets, */
    int64_t known;                   /* items */
    char rows
        [APPROVAL_HEX_SIZE]; /* those that would be acted for: line, recipient, target, code's number */
    int64_t act;             /* so many steps of them */
};

struct approval {
    const char *program; /* its version */
    char made_at[32];    /* UTC, RFC 3339 */
    const char *command; /* "claim", … */
    const char *job;     /* the job file's path, or NULL */
    const char *input;   /* its path; NULL: a URL that must not be written down */
    struct approval_setting *settings;
    size_t n_settings;
    struct approval_facts facts;
    int64_t duplicate, invalid, skipped, requests;

    /* Of one that is carried out: its file, and the command that checks it again and keeps it there, as a person can type
     * it. */
    const char *path, *check;
};

/* What a job is told of plans. */
struct approval_wishes {
    int64_t preview;             /* check: show of so many rows what would be sent */
    const char *save;            /* check: where it is kept as a plan, or NULL */
    const struct approval *said; /* … and how the command was said */
    const struct approval
        *approved; /* run: nothing is done unless all is as it was then; or NULL */
};

/* Do the facts of now differ?  Appends what does, in words, with commas between: "the input, the ledger (it knew 3
 * items of these targets, now 4)". */
bool approval_differs(const struct approval_facts *then, const struct approval_facts *now,
                      struct text *words);

#endif
