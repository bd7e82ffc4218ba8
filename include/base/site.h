/*
 * site: where a person finds on bitbadges.io what claimpipe asks for, in the words that the site uses.
 *
 * Sources: the vendor's OpenAPI of SDK 0.42.0 ("Developer Portal"; "Click the info circle button > JSON tab") and the
 * topUpUrl of its 402 (the tab apiKeys).  One place, so that all messages send people to the same one.
 */
#ifndef CLAIMPIPE_BASE_SITE_H
#define CLAIMPIPE_BASE_SITE_H

#include "base/err.h"

#define SITE_KEY "the BitBadges Developer Portal has it: https://bitbadges.io/developer?tab=apiKeys"
/* Of a claim, on its page. */
#define SITE_CLAIM_ID "its page on bitbadges.io shows it: info circle button > JSON tab, claimId"
#define SITE_INSTANCE_ID                                                                           \
    "the claim's page on bitbadges.io shows it: info circle button > JSON tab, instanceId of the " \
    "plugin"

_Static_assert(sizeof(SITE_KEY SITE_CLAIM_ID SITE_INSTANCE_ID) < ERR_TEXT_MAX / 2,
               "a message has room for more than these");

#endif
