/*
 * select: which records are triggers, for whom, and what makes them the same trigger again.
 *
 * Pure.  A struct select is filled once and then only read: any number of threads may use it.
 */
#ifndef CLAIMPIPE_STAGES_SELECT_H
#define CLAIMPIPE_STAGES_SELECT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/row.h"
#include "policy/columns.h"
#include "policy/filter.h"
#include "policy/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECT_KEY_MAX 16

/* Records that are none of the table's, and why. */
struct select_drop {
    const struct filter *filter;
    const char *why;
};

struct select {
    const struct columns *columns;
    enum identity_kind kind;
    size_t recipient;           /* the recipient's column */
    size_t key[SELECT_KEY_MAX]; /* the columns of the key; none: the recipient is the key */
    size_t n_key;
    int64_t again;
    bool key_given; /* each row says its key, in the column `given`, as hex digits */
    size_t given;
    const struct wholes *wholes; /* of each column, or NULL */
    bool allow_burn;             /* an address that is nobody's is taken */
    bool looked_up;              /* the recipient is not what stands in its column */
    const struct filter *filter; /* what the caller puts there, or NULL */
    const struct select_drop *drops;
    size_t n_drops;
    int64_t now_ms; /* for the filters */
};

/* recipient: their column.  key: COLUMN,... or NULL.  again: the n-th issue of the same triggers, which have
 * other keys than the first.  -1 with EXIT_USAGE. */
int select_init(struct select *s, const struct columns *c, enum identity_kind kind,
                size_t recipient, const char *key, int64_t again, struct err *e) MUST_CHECK;

/* Functions return -1 when memory runs out; texts are in a.  First: is the record taken whole, and one of the
 * table's (else it is over)? */
int select_record(const struct select *s, const struct record *r, struct arena *a, struct row *out);
/* Then: does it pass the filter?  group: what the filter's aggregates say of its group. */
int select_pass(const struct select *s, const struct record *r, const enum filter_verdict *group,
                struct arena *a, struct row *out);
/* Then: its recipient, as kind and column say, and its key; else it is over. */
int select_recipient(const struct select *s, const struct record *r, struct arena *a,
                     struct row *out);
/* Or the recipient is known, and in a: its key. */
int select_known(const struct select *s, const struct record *r, const char *recipient,
                 struct arena *a, struct row *out);

/* The key of a recipient for which no column says another: 0, or -1. */
int select_person(const char *recipient, int64_t again, uint8_t key[KEY_SIZE]);

/* The key that 0.1 made of a trigger whose recipient was spelled so (NULL: as in its record): 1 if it is another
 * one than today's, 0, -1. */
int select_former(const struct select *s, const struct row *t, const char *spelling,
                  uint8_t key[KEY_SIZE]);

/* What makes a cell the same as another, as a part of a key: an e-mail address in its canonical form, all else as
 * it stands, but that texts which look the same are one (policy/unicode.h), without outer blanks and quotes. */
struct slice select_same(struct slice cell, char buf[IDENTITY_VALUE_MAX]);

/* Why a cell can't be a part of a key, nor name a group ("": it is empty), or NULL. */
const char *select_no_part(struct slice value);

/* The cell as an id is read from it: policy/wholes.h. */
struct slice select_cell(const struct select *s, const struct record *r, size_t column);

/* `column "Wallet": "0x12" is not an address …`, or without a value `column "Wallet" is empty…`; NULL: no
 * memory. */
const char *select_say(const struct columns *c, size_t column, struct slice value, const char *why,
                       struct arena *a);

#endif
