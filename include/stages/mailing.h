/*
 * mailing: a step's letter for one input: its columns, its name in the ledger, and what is sent for a row.
 *
 * The letter sees the input's columns, stepN.code, and behind them `code` and `link`: what the last of the steps before it
 * gave the row.  Where such a step can give them, columns of the input that are called so are hidden.
 * Immutable once open: any number of threads may render.
 */
#ifndef CLAIMPIPE_STAGES_MAILING_H
#define CLAIMPIPE_STAGES_MAILING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/records.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct job_target;
struct jobmail;
struct letter;

struct mailing {
    struct letter *letter;
    struct slice *names; /* of the letter's columns */
    size_t n;            /* … without `code` and `link` */
    char *name;          /* of the letter, in the ledger; with the outbox that it goes into */
};

/* What a row's steps have given it; empty: nothing. */
struct mailing_gift {
    struct slice code, link;
};

/* c: the input's columns and stepN.code.  gives_code, gives_link: a step before it may.  -1 with EXIT_USAGE; to be
 * closed in any case. */
int mailing_open(struct mailing *m, const struct jobmail *server, const struct job_target *t,
                 const struct columns *c, bool gives_code, bool gives_link,
                 struct err *e) MUST_CHECK;
void mailing_close(struct mailing *m);

/* What is sent, as struct step has it, into out (cleared first): NULL, or why it can't be, in a.  fields has room for two
 * more than m->n.  salt: the ledger's id.  Check text_ok(out). */
struct mailing_row {
    const char *recipient;
    const uint8_t *key;
    const char *salt;
    int64_t now_ms;
    struct mailing_gift gift;
};
const char *mailing_render(const struct mailing *m, const struct mailing_row *row,
                           struct slice *fields, struct arena *a, struct text *out);

#endif
