/*
 * letter: a letter as a person writes it, and what is sent of it for a row.
 *
 *   x.eml          as mail programs save a message: its fields, text and HTML
 *   x.txt, x.html  either; the other one beside it is taken, too.  Either may begin with fields such as `Subject: …` and an
 *                  empty line
 *
 * {{Column}} in fields, text, HTML and names of files is the row's cell (policy/template.h); {{qr}} a picture of the link as
 * a QR code, and in text the link.  Cells are escaped in HTML.  No cell may break a field in two.
 *
 * Immutable once open: any number of threads may render.
 */
#ifndef CLAIMPIPE_STAGES_LETTER_H
#define CLAIMPIPE_STAGES_LETTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/records.h"
#include "base/text.h"
#include "stages/letterwish.h"

#include <stddef.h>
#include <stdint.h>

#define LETTER_MAX ((size_t)4 << 20) /* bytes of a file */
#define LETTER_DOMAIN "claimpipe.invalid"

struct letter;

/* c: the input's columns and, behind them, what earlier steps give; its names must outlive the letter.  NULL with
 * EXIT_USAGE and the file: it can't be read, has no sender, a column that is not there (with the nearest) … */
struct letter *letter_open(const struct letter_wishes *w, const struct columns *c,
                           struct err *e) MUST_CHECK;
void letter_close(struct letter *l);
/* By which the ledger knows it. */
const char *letter_name(const struct letter *l);
/* The same, before it is open: as the wishes say, or of its file. */
struct slice letter_known_as(const struct letter_wishes *w);
/* Of what its file says, by which a plan knows whether it has changed: DIGEST_SIZE bytes. */
const uint8_t *letter_hash(const struct letter *l);
/* What a person should know of it, or NULL. */
const char *letter_notice(const struct letter *l);

struct letter_row {
    const char *recipient;
    const uint8_t *key; /* KEY_SIZE bytes */
    const char *salt;   /* the ledger's id, so that nobody can guess who has which message */
    int64_t now_ms;
};
/* The members of step->fields (actions/mail.c) into out (cleared first): NULL, or why the row can't be mailed, in a.  Check
 * text_ok(out). */
const char *letter_render(const struct letter *l, const struct letter_row *r,
                          const struct slice *fields, size_t nfields, struct arena *a,
                          struct text *out);

/* Such members for a person: the fields and the text, wrapped between words to 79 columns, nothing of it unseen. */
void letter_show(struct slice members, struct text *out);

#endif
