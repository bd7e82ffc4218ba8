/* listing: see the header for what a reading rests on. */
#include "policy/listing.h"

#include "base/crashpoint.h"

#include <string.h>

/* A page may begin with what the page before has shown: the list has grown meanwhile. */
static void note_number(struct listing *l, int64_t number)
{
    if (l->numbered && l->page_begins)
        l->gap_at_bookmark = l->gap_at_bookmark || number < l->number - 1;
    else if (l->numbered)
        l->gap_on_page = l->gap_on_page || number != l->number - 1;
    l->numbered = true;
    l->number = number;
    l->page_begins = false;
}

static bool is_floor(const struct reconcile_lookup *row, struct slice id)
{
    if (row->floor[0])
        return slice_equal(id, slice_of(row->floor));
    return row->baseline && baseline_age(row->baseline, id, BASELINE_NO_STAMP) == BASELINE_OLDER;
}

void listing_add(struct listing *l, const struct listing_attempt *a)
{
    if (a->success && a->number != LISTING_NO_NUMBER)
        note_number(l, a->number);
    l->fence_seen = l->fence_seen || slice_equal(a->id, slice_of(l->fence));
    for (size_t i = 0; i < l->n_rows; i++) {
        struct reconcile_lookup *row = l->rows[i];

        if (row->floor_seen)
            continue;
        row->floor_seen = is_floor(row, a->id);
        l->n_floored += row->floor_seen;
        if (!row->floor_seen && strcmp(row->recipient, a->address) == 0)
            reconcile_add(row, a->id, a->at_ms, a->success, false);
    }
}

/* All that the claim has ever shown is above the end of its list, if that goes down to the first success. */
static void reach_end(struct listing *l)
{
    if (l->numbered && l->number > 1 && !l->gap_on_page)
        return;
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
    l->pages++;
    l->page_begins = true;
    if (last)
        reach_end(l);
    l->over = last || (l->fence_seen && is_floored(l)) ||
              l->pages == (l->fence_seen ? LISTING_PAGES_MAX : LISTING_FENCE_PAGES_MAX);
}

void listing_deny(struct listing *l)
{
    l->over = true;
    l->fence_seen = false;
}

void listing_close(const struct listing *l)
{
    /* Numbers that do not count down on one page tell nothing of what stands between two. */
    bool torn = l->gap_at_bookmark && !l->gap_on_page;

    for (size_t i = 0; i < l->n_rows; i++) {
        struct reconcile_lookup *row = l->rows[i];

        row->fence_seen = l->fence_seen;
        row->unbroken = (row->floor_seen && !torn) || crashpoint_breaks("stretch");
    }
}
