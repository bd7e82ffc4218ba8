/*
 * redact: takes secrets out of text that others wrote (a server may echo what it was sent).
 *
 * The text is taken as it came, and is cut and made one line only afterwards: a secret that is cut first is
 * not found any more.  It is found
 * - as it is, and spelt otherwise, also twice over: with \ (JSON, C), % (URLs, also + for a blank) and &
 *   (HTML); in base64 (either alphabet, at any place in what was encoded) and in hexadecimal digits;
 * - whatever blanks, control characters, escape sequences of terminals, bidi and zero-width characters stand
 *   in it, or have been taken out of it or put in place of one another;
 * - from its beginning, REDACT_MIN bytes of it or more, where the text is cut: at its end (closing quotes and
 *   brackets passed over) and before `…`, `..` or `[truncated`.
 * A code made from a seed is found by its form as well: 64 hexadecimal digits, `-` and a number.
 *
 * Each becomes REDACT_MARK, of which no length can be read.  Values of fewer than REDACT_MIN bytes besides
 * blanks and the like would be found in innocent words: they are hidden where they stand alone, and are not
 * taken for secrets in the first place (redact_is_short).
 *
 * Of a text no more than REDACT_SCANNED_MAX bytes are looked at, and shown.  Borrows the secrets.  Pure; any
 * number of threads may use one struct redact, a struct redaction belongs to one.
 */
#ifndef CLAIMPIPE_POLICY_REDACT_H
#define CLAIMPIPE_POLICY_REDACT_H

#include "base/text.h"
#include "base/visible.h"

#include <stdbool.h>
#include <stddef.h>

#define REDACT_MIN 4
#define REDACT_SECRETS_MAX 1024
#define REDACT_SCANNED_MAX 16384
#define REDACT_MARK "****"

struct redact {
    const char *secrets[REDACT_SECRETS_MAX];
    size_t n;
};

/* -1 if there are too many. */
int redact_add(struct redact *r, const char *secret);
/* Is it too short to be kept out of texts? */
bool redact_is_short(const char *secret);
/* Does a field of that name hold a secret (password, code, token, …)? */
bool redact_is_secret_name(const char *name);

/* One text, on its way to be shown. */
struct redaction;
/* Borrows s.  NULL: no memory, which the other functions take. */
struct redaction *redaction_new(struct slice s);
void redaction_hide(struct redaction *x, struct slice secret);
void redaction_hide_all(struct redaction *x, const struct redact *r);
/* What is left, as visible_line makes it; frees x.  Without memory nothing is shown but that.  Returns out. */
char *redaction_end(struct redaction *x, char *out, size_t size);

/* The same for a line that is complete, in place: it grows no longer. */
void redact_apply(const struct redact *r, char *text);

#endif
