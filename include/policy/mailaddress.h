/*
 * mailaddress: an e-mail address as mail servers take it (RFC 5321, 4.1.2; RFC 6531), and one with a name before it.
 *
 * policy/identity.h says who an address is, in whatever way people write it; here is what can stand in an envelope:
 * stricter, and its letters stay in their case.  What is said of a fault completes `"VALUE" …`.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_MAILADDRESS_H
#define CLAIMPIPE_POLICY_MAILADDRESS_H

#include "base/text.h"

#include <stdbool.h>

#define MAILADDRESS_MAX 254 /* bytes (RFC 5321, erratum 1690) */
#define MAILADDRESS_LOCAL_MAX 64

/* NULL, and into canonical (cleared first) the form for the envelope: no blanks around it, the domain in lower case
 * and in ASCII (policy/domain.h), letters before the @ in NFC.  Or what is wrong.  Check text_ok(canonical) as
 * well. */
const char *mailaddress_check(struct slice address, struct text *canonical);

/* Can it be given to a server without SMTPUTF8? */
bool mailaddress_is_ascii(struct slice canonical);

/* What stands after the last @; empty if there is none. */
struct slice mailaddress_domain(struct slice address);

/* `Ann Lee <ann@example.org>`, `"Lee, Ann" <…>` or an address alone: NULL, the name without its quotes into name
 * (cleared first; empty: none), and the address, which is borrowed of field and not checked.  Or what is wrong.
 * Check text_ok(name) as well. */
const char *mailaddress_split(struct slice field, struct text *name, struct slice *address);

/* The next of addresses with commas between them (not in quotes, and not in <>), which it takes off *rest; empty ones are
 * passed over.  false: there are no more. */
bool mailaddress_next(struct slice *rest, struct slice *one);

#endif
