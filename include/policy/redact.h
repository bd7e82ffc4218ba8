/*
 * redact: takes secrets out of text that others wrote (a server may echo what it was sent).
 *
 * Borrows the secrets.  Values shorter than REDACT_MIN bytes are not looked for: they would be found
 * in innocent words.  Pure; any number of threads may use one struct redact.
 */
#ifndef CLAIMPIPE_POLICY_REDACT_H
#define CLAIMPIPE_POLICY_REDACT_H

#include <stddef.h>

#define REDACT_MIN 4
#define REDACT_SECRETS_MAX 1024

struct redact {
    const char *secrets[REDACT_SECRETS_MAX];
    size_t n;
};

/* -1 if there are too many. */
int redact_add(struct redact *r, const char *secret);
/* Every secret in text becomes asterisks, in place. */
void redact_apply(const struct redact *r, char *text);

#endif
