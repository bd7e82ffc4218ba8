/*
 * bounces_internal: what the files of bounces share: bounces.c (the command) and bounces_read.c (a message -> what it says,
 * and of which of ours).
 */
#ifndef CLAIMPIPE_COMMANDS_BOUNCES_INTERNAL_H
#define CLAIMPIPE_COMMANDS_BOUNCES_INTERNAL_H

#include "adapters/mimeread.h"
#include "base/arena.h"
#include "ledger/ledger_bounces.h"
#include "policy/bounce.h"

#define BOUNCES_GROUPS_MAX 32 /* recipients of a report that are looked at */

/* Fields of a recipient in a report; NULL: there is none. */
struct bounces_group {
    const char *recipient, *original, *action, *status, *diagnostic;
};

/* Texts live in the message and the arena. */
struct bounces_message {
    struct bounce_facts facts; /* but those of a group */
    struct bounces_group groups[BOUNCES_GROUPS_MAX];
    size_t n_groups;
    const char *date;                /* its Date, or NULL */
    char address[BOUNCE_TOKEN_MAX];  /* the token of the address that it came to; "": none */
    char original[BOUNCE_TOKEN_MAX]; /* … of the Message-ID of what came back, … */
    char domain[BOUNCE_DOMAIN_MAX];
    bool other;                        /* … which has one, and that is none of ours */
    uint8_t report[LEDGER_BOUNCES_ID]; /* its name: the same wherever it is read again */
};

/* 0, or -1: no memory. */
int bounces_read(const struct mimeread *m, struct arena *a, struct bounces_message *out,
                 struct err *e) MUST_CHECK;
/* Its own Message-ID, if it is one of ours. */
bool bounces_own_id(const struct mimeread *m, char token[BOUNCE_TOKEN_MAX],
                    char domain[BOUNCE_DOMAIN_MAX]);

#endif
