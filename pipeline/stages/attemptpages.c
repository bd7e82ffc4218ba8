/* attemptpages: one question a page, and when to ask no further. */
#include "stages/attemptpages.h"

#include "adapters/json.h"
#include "base/percent.h"
#include "base/visible.h"
#include "policy/identity.h"
#include "stages/ask.h"

#include <string.h>

void attemptpages_init(struct attemptpages *p, struct ask *ask, const char *claim)
{
    *p = (struct attemptpages){.ask = ask, .claim = claim, .landmark_page = 1};
    text_init(&p->path);
}

void attemptpages_release(struct attemptpages *p)
{
    text_release(&p->path);
}

static int ask_page(struct attemptpages *p, struct ask_answer *answer, struct err *e)
{
    text_clear(&p->path);
    text_puts(&p->path, "/api/v0/claims/");
    percent_append(&p->path, slice_of(p->claim));
    text_puts(&p->path, "/attempts");
    if (p->bookmark[0]) {
        text_puts(&p->path, "?bookmark=");
        percent_append(&p->path, slice_of(p->bookmark));
    }
    if (!text_ok(&p->path))
        return err_nomem(e);
    if (ask_get(p->ask, p->path.ptr, answer, e) != 0)
        return -1;
    if (answer->status == 200)
        return 0;
    return err_set(e, EXIT_STOPPED, "claim %s: %s: check its id", p->claim, answer->refusal);
}

/* Is there a page behind this bookmark that we have not seen? */
static int turn(struct attemptpages *p, struct slice bookmark, struct err *e)
{
    p->ended = bookmark.len == 0 || slice_equal(bookmark, slice_of(p->bookmark)) ||
               slice_equal(bookmark, slice_of(p->landmark));
    if (p->ended)
        return 0;
    if (bookmark.len >= sizeof(p->bookmark) || memchr(bookmark.ptr, '\0', bookmark.len))
        return err_set(e, EXIT_STOPPED, ATTEMPTPAGES_UNUSABLE "has a bookmark of %zu bytes",
                       bookmark.len);
    memcpy(p->bookmark, bookmark.ptr, bookmark.len);
    p->bookmark[bookmark.len] = '\0';
    if (p->pages == p->landmark_page) {
        memcpy(p->landmark, p->bookmark, sizeof(p->landmark));
        p->landmark_page *= 2;
    }
    return 0;
}

int attemptpages_next(struct attemptpages *p, const struct json **docs, struct err *e)
{
    struct ask_answer answer = {.doc = NULL};
    int64_t total;

    if (p->ended)
        return 0;
    if (ask_page(p, &answer, e) != 0)
        return -1;
    *docs = json_get(answer.doc, "docs");
    if (!json_holds_array(*docs))
        return err_set(e, EXIT_STOPPED, ATTEMPTPAGES_UNUSABLE "has no docs");
    p->pages++;
    p->attempts += json_count(*docs);
    if (json_count(*docs) == 0 || (json_int(json_get(answer.doc, "total"), &total) == 0 &&
                                   total >= 0 && p->attempts >= (uint64_t)total))
        p->ended = true;
    else if (turn(p, json_text(json_get(answer.doc, "bookmark")), e) != 0)
        return -1;
    return 1;
}

bool attemptpages_is_success(const struct json *attempt)
{
    int64_t number;

    return json_holds_true(json_get(attempt, "success")) &&
           (json_int(json_get(attempt, "claimNumber"), &number) != 0 || number >= 0);
}

void attemptpages_address(const struct json *attempt, char out[ATTEMPTPAGES_ADDRESS_MAX])
{
    struct slice s = json_text(json_get(attempt, "bitbadgesAddress"));
    char canonical[IDENTITY_TEXT_MAX];

    if (s.ptr && !identity_canonical(s, canonical))
        s = slice_of(canonical);
    visible_line(s, out, ATTEMPTPAGES_ADDRESS_MAX);
}
