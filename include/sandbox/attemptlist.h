/*
 * attemptlist: the list of a claim's attempts, page by page, and what it holds from the start.
 *
 *   "attempts"      N, or [{"address", "attemptedAt", "claimNumber", "error"}, ...], oldest first:
 *                   settled before this server was asked anything; N: by 0x…01, 0x…02 and so on
 *   "attemptsPage"  how the list is shown: {"size", "end", "total", "errors", "attemptedAt",
 *                   "without"}
 *
 * A bookmark is base64url of {"skip": N} and is given with the last page, too; of the server of 2024 it is
 * the id of the page's last attempt.  Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_ATTEMPTLIST_H
#define CLAIMPIPE_SANDBOX_ATTEMPTLIST_H

#include "sandbox/fields.h"
#include "sandbox/table.h"

#define ATTEMPTLIST_SIZE 25

struct claim;
struct world;

struct attemptlist {
    int64_t size;                                                     /* of a page */
    enum attemptlist_end { END_EMPTY, END_ABSENT, END_REPEATED } end; /* how the last page shows */
    enum attemptlist_total { TOTAL_AUTO, TOTAL_SHOWN, TOTAL_ABSENT } total; /* AUTO: S26 only */
    enum attemptlist_errors { ERRORS_SESSION, ERRORS_ON_REQUEST, ERRORS_ALWAYS } errors;
    bool numbers;         /* attemptedAt is a number */
    struct table without; /* addresses whose attempts it leaves out */
    int64_t made_up;      /* attempts of addresses that count on from 1 */
};

void attemptlist_init(struct attemptlist *l);
void attemptlist_release(struct attemptlist *l);
/* "attemptsPage" of f, if it is there. */
int attemptlist_configure(struct attemptlist *l, const struct fields *f);
/* Adds "attempts" of f, if it is there, to a claim that the world knows. */
int attemptlist_preload(struct world *w, struct claim *c, const struct fields *f);

/* {"docs", "bookmark", "total"}: settled ones, newest first; those that failed only with errors.
 * bookmark, address: NULL or a filter; NULL when memory runs out. */
json_t *attemptlist_page(const struct world *w, const struct claim *c, const char *bookmark,
                         const char *address, bool errors);

#endif
