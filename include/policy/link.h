/*
 * link: what a recipient is sent to, as a template such as
 * `https://bitbadges.io/claims/{{target}}?code={{code}}`.
 *
 * {{target}} is a claim's id, {{claim}} the claim that a code is for, {{code}} the code; each is
 * percent-encoded.  The forms are those of the vendor's pages; none is confirmed live, so users may give
 * their own.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_LINK_H
#define CLAIMPIPE_POLICY_LINK_H

#include "base/err.h"
#include "base/text.h"

#define LINK_CLAIM "https://bitbadges.io/claims/{{target}}"
#define LINK_CODE_OF_CLAIM "https://bitbadges.io/claims/{{claim}}?code={{code}}"
#define LINK_CODE "https://bitbadges.io/saveforlater?value={{code}}"

struct link_values {
    const char *target, *claim, *code; /* NULL: not known */
};

/* -1 with EXIT_USAGE: `{{` without `}}`, a name other than the three, or one whose value is not known in
 * `known` (where any text means that it will be).  asked_by is the option, for messages. */
int link_check(const char *link, const struct link_values *known, const char *asked_by,
               struct err *e);

/* Append the link.  A value that is not known stays as its {{name}}, to be filled in later. */
void link_append(struct text *out, const char *link, const struct link_values *v);

#endif
