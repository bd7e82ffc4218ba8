/*
 * who_internal: what the files of who share: who.c (who it is, and what was done) and who_say.c (how that is told).
 */
#ifndef CLAIMPIPE_COMMANDS_WHO_INTERNAL_H
#define CLAIMPIPE_COMMANDS_WHO_INTERNAL_H

#include "adapters/codebook.h"
#include "adapters/jsonout.h"
#include "commands/who.h"
#include "ledger/ledger_people.h"
#include "policy/bounce.h"
#include "policy/identity.h"
#include "stages/bookshelf.h"

#define WHO_FLUSH_BYTES 65536

struct who_name {
    enum identity_kind kind;
    char text[IDENTITY_VALUE_MAX]; /* "": it can't be one of this kind … */
    const char *why;               /* … and why */
    char why_text[IDENTITY_VALUE_MAX];
};

/* One thing that was done for them, as it is told. */
struct who_done {
    const struct ledger_people_item *from;
    const char *status;         /* as in results */
    const char *note;           /* what else is to be said of it; "" */
    char back[BOUNCE_NOTE_MAX]; /* what came back of it; "" */
    bool reserved;              /* a success that its recipient has still to sign */
    int64_t kept; /* the run in which it failed, if a later one has not tried it again; or 0 */
    char code[CODEBOOK_CODE_MAX]; /* "": none, or it can't be made */
    const char *link;             /* "" */
};

struct who {
    const struct who_options *o;
    struct who_name names[IDENTITY_KINDS];
    struct ledger *ledger;
    struct bookshelf books;
    int64_t found;
    struct text out;
    struct jsonout json;
    /* Of the one that is being told: */
    const struct who_done *done;
    uint64_t rows;        /* further ones of it */
    struct text last_row; /* the last that was not told */
};

/* What the row's step is, or was. */
const char *who_row_status(const struct ledger_people_item *item, int64_t run,
                           const struct ledger_row *row);
/* Each appends to w->out. */
void who_say_begin(struct who *w);
int who_say_done(struct who *w, const struct who_done *d, struct err *e) MUST_CHECK;
int who_say_end(struct who *w, struct err *e) MUST_CHECK;
/* Nothing is known. */
int who_say_nobody(struct who *w, const struct ledger_people_kinds *kinds,
                   struct err *e) MUST_CHECK;

#endif
