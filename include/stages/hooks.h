/*
 * hooks: tells webhooks and dead-man switches (policy/hook.h) how a run begins and ends.
 *
 * Never fails: what could not be told is said as a warning, with the host alone, for the URL is a key.  Nothing of it
 * counts as a request of the API.  At the start one try of each ping, of HOOKS_TRY_NS at most; at the end up to
 * HOOKS_TRIES tries of each, those after the first only within HOOKS_END_NS in all; after a signal one.  No redirect is
 * followed.  Blocks.  One thread.
 */
#ifndef CLAIMPIPE_STAGES_HOOKS_H
#define CLAIMPIPE_STAGES_HOOKS_H

#include "base/text.h"
#include "policy/hook.h"

#include <stdint.h>

#define HOOKS_TRIES 3
#define HOOKS_TRY_NS (INT64_C(5) * 1000000000)
#define HOOKS_END_NS (INT64_C(30) * 1000000000)

struct job;

struct hooks_say {
    void (*say)(void *context, const char *text); /* a warning */
    void *context;
    void (*slow)(void *context,
                 const char *text); /* that it takes a second, or longer: once of each; or NULL */
};

struct hooks_end {
    int exit_code;
    bool quiet; /* nothing that is worth a message: only switches are told */
    const char *text, *json;
};

void hooks_start(const struct job *j, const struct hooks_say *to);
void hooks_end(const struct job *j, const struct hooks_end *end, const struct hooks_say *to);
/* What is posted in a form; a text that is too long for it is cut between characters. */
void hooks_body(enum hook_form form, const char *text, const char *json, struct text *out);

#endif
