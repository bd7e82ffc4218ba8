/*
 * listing: judges one reading of a claim's list of attempts.
 *
 * The list may be old, and may lack what was just accepted.  So the absence of an attempt counts only where the list shows,
 * by its floors and its numbers, that nothing can be missing; whatever is not proved stays unknown.
 */
#include "policy/listing.h"

#include "base/crashpoint.h"

#include <string.h>

/* By the numbers something was left out, above the floors that have not shown or are open. */
static void tear(struct listing *l)
{
    for (size_t i = 0; i < l->n_rows; i++)
        l->rows[i]->torn = l->rows[i]->torn || !l->rows[i]->floor_seen || l->rows[i]->floor_open;
}

static void close_floors(struct listing *l)
{
    for (size_t i = 0; i < l->n_rows; i++) {
        l->n_floored += l->rows[i]->floor_open;
        l->rows[i]->floor_open = false;
    }
}

/* A page may begin with what the page before has shown: the list has grown meanwhile. */
static void note_number(struct listing *l, int64_t number)
{
    l->odd = l->odd || (l->numbered && !l->page_begins && number >= l->number);
    if (l->numbered && number < l->number - 1)
        tear(l);
    l->numbered = true;
    l->number = number;
    l->page_begins = false;
    close_floors(l);
}

/* Between the last number and this floor one page has ended: the next number tells what is missing there. */
static void reach_floor(struct listing *l, struct reconcile_lookup *row)
{
    row->floor_seen = true;
    row->floor_open = l->numbered && l->page_begins;
    l->n_floored += !row->floor_open;
}

static bool is_floor(const struct reconcile_lookup *row, struct slice id)
{
    if (row->floor[0])
        return slice_equal(id, slice_of(row->floor));
    return row->baseline && baseline_age(row->baseline, id, BASELINE_NO_STAMP) == BASELINE_OLDER;
}

static bool is_fence(const struct listing *l, struct slice id)
{
    return id.len && slice_equal(id, slice_of(l->fence));
}

void listing_add(struct listing *l, const struct listing_attempt *a)
{
    if (l->see)
        l->see(l->context, a);
    if (l->over)
        return;
    if (a->success && a->number != LISTING_NO_NUMBER)
        note_number(l, a->number);
    l->fence_seen = l->fence_seen || is_fence(l, a->id);
    for (size_t i = 0; i < l->n_rows; i++) {
        struct reconcile_lookup *row = l->rows[i];

        if (is_floor(row, a->id)) {
            if (!row->floor_seen)
                reach_floor(l, row);
        } else if (strcmp(row->recipient, a->address) == 0) {
            /* Below the floor as well: hosts whose clocks differ stamp what is of the same time. */
            reconcile_add(row, a->id, a->at_ms, a->success, false);
        } else if (!row->floor_seen) {
            row->veiled = row->veiled || (!a->address[0] && !is_fence(l, a->id));
        }
    }
}

/* All that the claim has ever shown is above the end of its list, if that goes down to the first success,
 * whose number is 0. */
static void reach_end(struct listing *l)
{
    if (l->numbered && l->number > 0 && !l->odd)
        return;
    close_floors(l);
    for (size_t i = 0; i < l->n_rows; i++) {
        struct reconcile_lookup *row = l->rows[i];

        if (!row->floor_seen && !row->floor[0] && (!row->baseline || !row->baseline->ids[0])) {
            row->floor_seen = true;
            l->n_floored++;
        }
    }
}

static bool is_floored(const struct listing *l)
{
    return l->n_floored == l->n_rows || crashpoint_breaks("stretch");
}

void listing_turn(struct listing *l, bool last)
{
    l->ended = last;
    if (l->over)
        return;
    l->pages++;
    l->page_begins = true;
    if (last)
        reach_end(l);
    l->over = last || (l->fence_seen && is_floored(l)) ||
              l->pages == (l->fence_seen ? LISTING_PAGES_MAX : LISTING_FENCE_PAGES_MAX);
}

void listing_deny(struct listing *l)
{
    l->over = l->ended = l->denied = true;
    l->fence_seen = false;
}

void listing_close(const struct listing *l)
{
    for (size_t i = 0; i < l->n_rows; i++) {
        struct reconcile_lookup *row = l->rows[i];
        bool torn = (row->floor_open || row->torn) && !l->odd;

        row->fence_seen = l->fence_seen;
        row->unbroken = (row->floor_seen && !torn && !row->veiled) || crashpoint_breaks("stretch");
    }
}
