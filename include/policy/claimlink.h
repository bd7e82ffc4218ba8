/*
 * claimlink: the claim that a link to its page names, for people paste what they see in their browser.
 *
 *   https://bitbadges.io/collections/COLLECTION?claimId=ID&approvalId=APPROVAL   today's form
 *   https://bitbadges.io/claims/ID                                               of older sources
 *
 * The host may be any.  A link with a code or a password in its query is not taken: it is one recipient's, and
 * what is ignored of it would be missed.  Source: as policy/link.h.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_CLAIMLINK_H
#define CLAIMPIPE_POLICY_CLAIMLINK_H

#include "base/text.h"
#include "policy/segment.h"

#include <stdbool.h>

#define CLAIMLINK_ID_SIZE (SEGMENT_MAX + 1)

/* Is it a link, and no id: with http(s):// or the vendor's host in front? */
bool claimlink_is(struct slice text);
/* The id goes into out, as a C string.  NULL; or why there is none, in words that go on from the id ("is ..."). */
const char *claimlink_read(struct slice link, char out[CLAIMLINK_ID_SIZE]);

#endif
