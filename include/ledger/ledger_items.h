/*
 * ledger_items: what was sent for which key, and what each row of a run is.  Errors, threads, transactions: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_ITEMS_H
#define CLAIMPIPE_LEDGER_LEDGER_ITEMS_H

#include "base/err.h"
#include "base/records.h"
#include "base/state.h"
#include "ledger/ledger_left.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_bounce;
struct ledger_run;

struct ledger_item {
    int64_t id, target, run, pass;
    uint64_t row, line; /* of the row that owns it */
    enum state state;
    unsigned tries;
    int64_t intent_ms, changed_ms;
    int64_t floor;      /* the item of a success known before it was first sent; 0: none */
    int64_t code;       /* the index of the code that it was given; -1: none */
    bool removed;       /* of a store: the last thing was to remove it, not to add it */
    int64_t failed_run; /* in which it has failed last; 0: in none */
    bool doubtful; /* what was sent of it before may have been taken, whatever was answered since */
    const char *recipient, *attempt; /* valid until the next call; attempt is "" if there is none */
};
/* The item of key: 1 and *out (without its texts), or 0 if there is none. */
int ledger_find(struct ledger *l, int64_t target, const uint8_t key[KEY_SIZE],
                struct ledger_item *out, struct err *e) MUST_CHECK;
/* The item of that id, with its texts, is handed to the callback: 1; 0 if there is none. */
typedef int ledger_item_callback(void *context, const struct ledger_item *item, struct err *e);
int ledger_get(struct ledger *l, int64_t item, ledger_item_callback *callback, void *context,
               struct err *e) MUST_CHECK;
/* Why it is what it is, "" if nothing says so: 1, into out of `size` bytes; 0 if there is no such item. */
int ledger_error(struct ledger *l, int64_t item, char *out, size_t size, struct err *e) MUST_CHECK;
/* 1 with its recipient, in a; 0 if there is no such item. */
int ledger_recipient(struct ledger *l, int64_t item, struct arena *a, const char **out,
                     struct err *e) MUST_CHECK;
/* Of whom a lookup names by a key of their own: the item that was begun for them, at whatever address.
 * ledger_person: 1 with the item's key, 0, -1. */
int ledger_put_person(struct ledger *l, int64_t target, const uint8_t person[KEY_SIZE],
                      int64_t item, struct err *e) MUST_CHECK;
int ledger_person(struct ledger *l, int64_t target, const uint8_t person[KEY_SIZE],
                  uint8_t key[KEY_SIZE], struct err *e) MUST_CHECK;
/* The item is owned by this row of this run and pass from now on. */
int ledger_take(struct ledger *l, const struct ledger_run *run, int64_t item, uint64_t row,
                uint64_t line, struct err *e) MUST_CHECK;
/* What is sent next for the item goes to this recipient, which its key says is the same. */
int ledger_readdress(struct ledger *l, int64_t item, const char *recipient,
                     struct err *e) MUST_CHECK;
/* From now on the item is about removing (or adding), whatever it was about; it is planned. */
int ledger_turn(struct ledger *l, int64_t item, bool remove, struct err *e) MUST_CHECK;
struct ledger_move {
    enum state to;
    const char *attempt; /* NULL: as it was */
    const char *error;   /* NULL: none */
    bool reserved;
    bool doubtful;   /* as in ledger_item */
    int http_status; /* 0: as it was */
    unsigned tries;
    int64_t intent_ms; /* 0: as it was */
    int64_t baseline;  /* from ledger_put_baseline; 0, or it has one already: as it was */
    int64_t floor;     /* likewise */
    int64_t now_ms;
};
/* One transition; one that base/state.h does not allow is an error, and changes nothing. */
int ledger_move(struct ledger *l, int64_t item, const struct ledger_move *m,
                struct err *e) MUST_CHECK;

/* The items of a target that are under way (sending, accepted, unknown), by id. */
int ledger_under_way(struct ledger *l, int64_t target, ledger_item_callback *callback,
                     void *context, struct err *e) MUST_CHECK;

/* ---- codes ---- */

#define LEDGER_MARK_SIZE 16

/* The next free index of a target that gives codes: of all runs, files and processes, for the transaction for writing
 * has begun and lasts until ledger_commit. */
int ledger_next_code(struct ledger *l, int64_t target, int64_t *index, struct err *e) MUST_CHECK;
/* 1 if a code of that mark was given, by whatever target; 0 if not. */
int ledger_has_mark(struct ledger *l, const uint8_t mark[LEDGER_MARK_SIZE],
                    struct err *e) MUST_CHECK;
int ledger_marks_any(struct ledger *l, struct err *e) MUST_CHECK; /* 1: there are some */
/* 1 with the run of the row that was given the code of that mark, by whatever target; 0 if none was. */
int ledger_mark_run(struct ledger *l, const uint8_t mark[LEDGER_MARK_SIZE], int64_t *run,
                    struct err *e) MUST_CHECK;
/* The indexes and marks of the listed codes that a target has given. */
typedef int ledger_mark_callback(void *context, int64_t index, const uint8_t mark[LEDGER_MARK_SIZE],
                                 struct err *e);
int ledger_marks(struct ledger *l, int64_t target, ledger_mark_callback *callback, void *context,
                 struct err *e) MUST_CHECK;
/* The item is given the code of that index, in the same transaction: planned or failed becomes success.
 * mark: of a code from a list, or NULL. */
int ledger_give_code(struct ledger *l, int64_t item, int64_t index, const uint8_t *mark,
                     struct err *e) MUST_CHECK;

/* ---- rows ---- */
enum ledger_row_kind { /* the numbers stand in ledgers */
                       LEDGER_ROW_OWNER = 0,
                       LEDGER_ROW_DUPLICATE = 1,
                       LEDGER_ROW_INVALID = 2,
                       LEDGER_ROW_SKIPPED = 3,
                       LEDGER_ROW_KINDS
};
struct ledger_row {
    enum ledger_row_kind kind;
    unsigned step; /* of the job, from 1; 0: this is of the row as a whole (INVALID, SKIPPED) */
    uint64_t row, line;
    int64_t item;   /* OWNER, DUPLICATE; else 0 */
    int64_t of_run; /* DUPLICATE: whose item it was when the row came along */
    uint64_t of_line;
    struct ledger_left left; /* OWNER */
    const char *error;       /* INVALID, SKIPPED, and what was left: why */
};

/* What became of a row's step. */
struct ledger_result {
    struct ledger_row row;
    struct ledger_item item; /* OWNER and DUPLICATE */
    const char *item_error;  /* "" if none */
    bool reserved;
    int http_status;
    uint8_t mark[LEDGER_MARK_SIZE];   /* of the code, if it is from a list; else zeros */
    const struct ledger_bounce *back; /* what came back of its mail, or NULL */
};
struct ledger_cursor;
/* The rows of a run, by row and step.  One cursor at a time; the ledger must not be written meanwhile. */
struct ledger_cursor *ledger_cursor_open(struct ledger *l, int64_t run, struct err *e) MUST_CHECK;
/* 1 and *out (valid until the next call), 0 at the end, -1. */
int ledger_cursor_next(struct ledger_cursor *c, struct ledger_result *out,
                       struct err *e) MUST_CHECK;
void ledger_cursor_close(struct ledger_cursor *c);

#endif
