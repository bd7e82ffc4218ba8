/*
 * mailwords: the fields of a message's head, as all mail programs read them: ASCII, folded.
 *
 * What is not ASCII becomes encoded words (RFC 2047), and in parameters RFC 2231.  No value may hold CR, LF or NUL, which
 * would begin a field of its own (mailwords_fault); values are UTF-8.  Lines end with CR LF and have 78 bytes at the most,
 * unless a URL, token or address is longer.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_MAILWORDS_H
#define CLAIMPIPE_POLICY_MAILWORDS_H

#include "base/slice.h"
#include "base/text.h"

/* NULL, or why the value can't stand in a field, in words that go on from its name. */
const char *mailwords_fault(struct slice value);

/* `Name: value`, of a field that is text. */
void mailwords_text(struct text *out, const char *name, struct slice value);
/* `Name: value` as it is, of tokens, URLs and addresses in ASCII. */
void mailwords_plain(struct text *out, const char *name, struct slice value);
/* `Name: Display <address>`, or the address alone; address is ASCII (or of a server with SMTPUTF8). */
void mailwords_address(struct text *out, const char *name, struct slice display,
                       struct slice address);
/* `Name: One <a@…>, b@…`, of addresses with commas between them that are all right (mailaddress_next, _split). */
void mailwords_addresses(struct text *out, const char *name, struct slice list);
/* `;` and the parameter on a line of its own, of a field whose line is open: name="value", or name*=UTF-8''…, and not both:
 * programs take whichever comes first. */
void mailwords_param(struct text *out, const char *name, struct slice value);

/* The bytes in base64, in one line without an end. */
void mailwords_base64(struct text *out, struct slice bytes);

#endif
