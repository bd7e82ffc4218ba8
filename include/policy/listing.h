/*
 * listing: one reading of the list of all attempts of a claim, for all rows of it that are being looked for.
 *
 * The list is read newest first, page by page, until for each of these rows its floor shows: something that
 * is known to be older than the row's request.  A claim's list has one order, so an attempt that the row has
 * made stands above its floor: what was read is the whole stretch in which it can be.  That stretch proves
 * something if it also shows the fence (policy/reconcile.h), for then the list is as young as that; and if
 * nothing of it was left out: a page that came from a host that is behind, or an attempt that its index does
 * not have yet.  This is seen by the numbers that the claim gives to its successes: where they count down,
 * each that is missing may be ours.  And an attempt that does not say whose it is may be ours.
 *
 * The floor is the success that was known when the row was first sent, kept with its intent; or else what its baseline holds; or the
 * list's end, where the baseline was empty.  What is read below it may be the row's as well, where hosts whose
 * clocks differ stamp the attempts.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_LISTING_H
#define CLAIMPIPE_POLICY_LISTING_H

#include "policy/reconcile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTING_FENCE_PAGES_MAX 4 /* within so many pages the fence must show */
#define LISTING_PAGES_MAX 1000
#define LISTING_NO_NUMBER INT64_MIN

struct listing_attempt;

/* Zeroed at the beginning, but for fence, rows and n_rows, which live on elsewhere; and for see. */
struct listing {
    /* Is told of each attempt (NULL: nobody is), whatever it is to the rows. */
    void (*see)(void *context, const struct listing_attempt *a);
    void *context;
    char fence[RECONCILE_ATTEMPT_MAX]; /* the attempt that must show */
    struct reconcile_lookup **rows;
    size_t n_rows;

    size_t n_floored; /* rows whose floor has shown */
    bool fence_seen;
    unsigned pages;
    char bookmark[RECONCILE_BOOKMARK_MAX]; /* of the next page */
    bool over;                             /* the rows need no further page */
    bool ended;                            /* there is none */
    bool denied;

    bool numbered;    /* a success had a number, … */
    int64_t number;   /* … the last of them this one, … */
    bool page_begins; /* … which stands on a page before the present one */
    bool odd;         /* on one page they do not count down: then they tell nothing */
};

struct listing_attempt {
    struct slice id;
    const char *address; /* canonical; "": none can be read */
    int64_t at_ms;       /* BASELINE_NO_STAMP: none can be read */
    int64_t number;      /* of a success; LISTING_NO_NUMBER: it has none */
    bool success;
};

/* The next attempt of the present page. */
void listing_add(struct listing *l, const struct listing_attempt *a);
/* The page is over.  last: nothing follows; else `bookmark` is the next one's. */
void listing_turn(struct listing *l, bool last);
/* The list can't be had, or not be believed: it proves nothing. */
void listing_deny(struct listing *l);
/* Tells each row what the reading has proved. */
void listing_close(const struct listing *l);

#endif
