/*
 * lookup: a second CSV that says which address stands for an e-mail address or an id: `--lookup`.
 *
 * Of any dialect, as an INPUT (stages/read.h), and of any size: it is kept on disk.  E-mail addresses match
 * in their canonical form (policy/identity.h), all else as it stands without outer blanks and what a
 * spreadsheet wraps around it (policy/cell.h).  One thread.
 *
 * A person may stand there more than once, if no two rows have different addresses; an empty one says
 * nothing.  A damaged row says nothing of anybody but that it is there: whom it names has no sure address.
 * It names its cell in the column of names, and if its cells may have shifted (their number is wrong), each
 * e-mail address in it.
 */
#ifndef CLAIMPIPE_STAGES_LOOKUP_H
#define CLAIMPIPE_STAGES_LOOKUP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "policy/identity.h"

#include <stdbool.h>
#include <stdint.h>

struct lookup;
struct read_wishes;

struct lookup_options {
    const char *path;
    const char *on;      /* the column there that names people; NULL: what `like` says */
    const char *like;    /* what the column of the input is called: so or, if it is a usual name of
                            e-mail addresses, ids or usernames, by another of these */
    bool emails;         /* which is known to hold e-mail addresses, whatever it is called */
    const char *address; /* the column with addresses; NULL: found by its usual names */
    bool allow_burn;     /* an address that is nobody's is taken */
    bool allow_rounded;  /* numbers that a spreadsheet has rounded name people */
};

/* EXIT_INPUT: it can't be read; EXIT_USAGE: it lacks a column; EXIT_INTERRUPTED.  Borrows nothing.  w: how to
 * read it, or NULL. */
struct lookup *lookup_open(const struct lookup_options *o, const struct read_wishes *w,
                           struct err *e) MUST_CHECK;
void lookup_free(struct lookup *l);

enum lookup_answer {
    LOOKUP_FOUND,
    LOOKUP_NONE, /* not there, empty there, there twice with different addresses, or nobody to look for:
                    no address is known */
    LOOKUP_BAD, /* there with an address that is none, or on a damaged row; or what is looked for
                    can't be a name (`a@b@c`, 1.23E+11) */
    LOOKUP_FAULT = -1
};

/* value: the cell.  FOUND: *out is the canonical address, in a.  NONE and BAD: *why completes `column
 * "Email": "jo@example.org" …` or `column "Email" …`: `is not in people.csv: …`, `stands twice in people.csv
 * (lines 3 and 9), with different addresses: …`, `has no address in people.csv (line 7): …`. */
enum lookup_answer lookup_find(struct lookup *l, struct slice value, struct arena *a,
                               const char **out, const char **why, struct err *e) MUST_CHECK;
/* What a cell that names somebody is taken for: an e-mail address or an id. */
enum identity_kind lookup_kind(struct slice cell);
/* As it may be shown. */
const char *lookup_name(const struct lookup *l);
/* Of its file's content (INPUT_HASH_SIZE bytes). */
const uint8_t *lookup_hash(const struct lookup *l);
/* How many people it has, for `check`. */
uint64_t lookup_rows(const struct lookup *l);
/* What was guessed as it was read, and which rows were passed over, a line each; "". */
const char *lookup_notices(const struct lookup *l);

#endif
