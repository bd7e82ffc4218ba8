/*
 * link: what a recipient is sent to, as a template such as
 * `https://example.org/claims/{{claim}}?code={{code}}`.
 *
 * {{claim}} and {{target}} are the id of the claim that is completed or that a code is for, {{code}} the
 * code, {{collection}} and {{approval}} where an on-chain claim's tokens come from; each is percent-encoded.
 * The default is the newest form of the vendor's pages for which all is known.  None is confirmed live, so
 * users may give their own.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_LINK_H
#define CLAIMPIPE_POLICY_LINK_H

#include "base/err.h"
#include "base/text.h"

#define LINK_CLAIM                                                                                 \
    "https://bitbadges.io/collections/{{collection}}?claimId={{target}}&approvalId={{approval}}"
#define LINK_CODE "https://bitbadges.io/saveforlater?value={{code}}"

struct link_values {
    const char *target, *claim, *code, *collection, *approval; /* NULL: not known */
};

/* The default for the recipients of a claim (LINK_CLAIM, or what of it can be filled in) and of a code. */
const char *link_of_claim(const struct link_values *known);
const char *link_of_code(const struct link_values *known);

/* -1 with EXIT_USAGE: `{{` without `}}`, a name that is not one of these, or one whose value is not known in
 * `known` (where any text means that it will be).  asked_by is the option, for messages. */
int link_check(const char *link, const struct link_values *known, const char *asked_by,
               struct err *e) MUST_CHECK;

/* Append the link.  A value that is not known stays as its {{name}}, to be filled in later. */
void link_append(struct text *out, const char *link, const struct link_values *v);

#endif
