#include "policy/redact.h"

#include <string.h>

int redact_add(struct redact *r, const char *secret)
{
    size_t at = r->n;

    if (r->n == REDACT_SECRETS_MAX)
        return -1;
    r->n++;
    /* The longest first: one may be part of another. */
    for (; at > 0 && strlen(r->secrets[at - 1]) < strlen(secret); at--)
        r->secrets[at] = r->secrets[at - 1];
    r->secrets[at] = secret;
    return 0;
}

void redact_apply(const struct redact *r, char *text)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t len = strlen(r->secrets[i]);

        if (len < REDACT_MIN)
            continue;
        for (char *at = text; (at = strstr(at, r->secrets[i])); at += len)
            memset(at, '*', len);
    }
}
