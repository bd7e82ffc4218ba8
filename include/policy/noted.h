/*
 * noted: the one account that stands in a cell among words about it.
 *
 *   addresses  0x… (MetaMask)   ETH: 0x…   wallet = 0x…   0x… - main
 *   e-mail     b@x.org (home)   Email: b@x.org   b@x.org - work
 *
 * An address has its length, so that any words may stand beside it.  An e-mail address has not, and a blank in it may
 * be a slip (ann lee@x.org is not lee@x.org): only brackets, a label with a colon and a dash between blanks divide.
 * Whatever else may be meant keeps the cell as it is, to be refused: a second account, a URL, a name of ENS, more
 * digits of something, and all words but a few (main, work, wallet, MetaMask …): a name may be a word, such as Alt.
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_NOTED_H
#define CLAIMPIPE_POLICY_NOTED_H

#include "base/text.h"

/* A part of s, or s. */
struct slice noted_address(struct slice s);
struct slice noted_email(struct slice s);

#endif
