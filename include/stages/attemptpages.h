/*
 * attemptpages: a claim's list of attempts, page by page, newest first.
 *
 * The API has no hasMore: the list ends with an empty page, an absent or repeated bookmark, or when all that it counts
 * were seen.  A bookmark that comes again after several others would go on for ever: it is found by a landmark that is
 * set at the pages 1, 2, 4, 8 … (Brent's algorithm).  One thread.
 */
#ifndef CLAIMPIPE_STAGES_ATTEMPTPAGES_H
#define CLAIMPIPE_STAGES_ATTEMPTPAGES_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct ask;
struct json;

#define ATTEMPTPAGES_BOOKMARK_MAX 1024
#define ATTEMPTPAGES_ADDRESS_MAX 128
#define ATTEMPTPAGES_UNUSABLE "the server gives no usable answer: its list of attempts "

struct attemptpages {
    struct ask *ask;   /* borrowed, and nobody else's until the last page */
    const char *claim; /* borrowed: its id */
    struct text path;
    char bookmark[ATTEMPTPAGES_BOOKMARK_MAX]; /* of the page that is next; "": the first */
    char landmark[ATTEMPTPAGES_BOOKMARK_MAX]; /* an earlier one */
    uint64_t landmark_page;                   /* when the next is taken */
    uint64_t pages, attempts;                 /* that were handed out */
    bool ended;
};

void attemptpages_init(struct attemptpages *p, struct ask *ask, const char *claim);
void attemptpages_release(struct attemptpages *p);
/* 1 and *docs, the attempts of the next page (valid until the next question); 0: there are no more; -1 as ask.h has it,
 * or EXIT_STOPPED: no such claim, or no list. */
int attemptpages_next(struct attemptpages *p, const struct json **docs, struct err *e) MUST_CHECK;

/* Has somebody claimed by it? */
bool attemptpages_is_success(const struct json *attempt);
/* Who: their canonical address, or what is no address as we know them as it is, without control characters. */
void attemptpages_address(const struct json *attempt, char out[ATTEMPTPAGES_ADDRESS_MAX]);

#endif
