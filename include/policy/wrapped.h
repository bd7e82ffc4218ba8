/*
 * wrapped: a recipient beneath what mail programs, wallets and exports put around one.
 *
 *   all        quotes around the whole ("00123", 'jo', „jo“, ‹jo›, 「jo」), whether they match or not
 *   accounts   a ; or , behind it
 *   e-mail     mailto:jo@x.org?subject=…   SMTP:jo@x.org (Exchange)   Lee, Jo <jo@x.org>   <jo@x.org>
 *   addresses  eth:0x… (EIP-3770), ethereum:0x…@1 (EIP-681), eip155:1:0x… (CAIP-10), Jo <0x…>,
 *              https://etherscan.io/address/0x…
 *
 * What stands before an address may hold no other one.  Nothing else is taken off, for then it would be guessed
 * which part is meant.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_WRAPPED_H
#define CLAIMPIPE_POLICY_WRAPPED_H

#include "base/text.h"

#include <stdbool.h>

/* A part of s. */
struct slice wrapped_text(struct slice s);
struct slice wrapped_email(struct slice s);
struct slice wrapped_address(struct slice s);
/* The length of the quote that s begins with, of any kind, or 0. */
size_t wrapped_quote(struct slice s);
/* Does it begin with a quote and end with one?  Of what the others have left: quotes that stand in
 * quotes, of which nobody can tell what they belong to. */
bool wrapped_in_quotes(struct slice s);

#endif
