/*
 * admit_way: which steps a row has, for whom, and what each of them would send.
 *
 * A way is the address that a lookup knows of somebody, or the steps for those of whom it knows none.  Whoever was given
 * something goes the way that was gone for them, whatever the lookup says by now: once is enough.
 */
#include "adapters/codebook.h"
#include "admit_internal.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/ledger_block.h"
#include "stages/aimlink.h"
#include "stages/former_keys.h"
#include "stages/job.h"

#include <string.h>

/* ---- routes ---- */

/* `step 2: …` where there are several. */
static const char *of_step(struct admit *ad, size_t step, const char *why)
{
    if (ad->p->n_steps == 1)
        return why;
    text_clear(&ad->code);
    text_printf(&ad->code, "step %zu: %s", step + 1, why);
    return text_ok(&ad->code) ? arena_copy(&ad->arena, ad->code.ptr, ad->code.len) : NULL;
}

static int64_t ledger_id(const struct admit *ad, const struct row *r, size_t step)
{
    return ad->p->targets[r->steps[step].target].ledger_id;
}

/* The target of each step; *why: there is none for one. */
static int find_routes(struct admit *ad, struct row *r, const char **why, struct err *e)
{
    const struct prepared *p = ad->p;

    r->steps = arena_alloc(&ad->arena, p->n_steps * sizeof(*r->steps));
    if (!r->steps)
        return err_nomem(e);
    for (size_t i = 0; i < p->n_steps; i++)
        r->steps[i] = (struct row_step){.target = ROUTE_NONE, .code = -1};
    for (size_t i = 0; i < p->n_steps; i++) {
        if (prepared_route(p, i, r->record, r->otherwise, &ad->arena, &r->steps[i].target, why) ==
            0)
            continue;
        *why = *why ? of_step(ad, i, *why) : NULL;
        return *why ? 0 : err_nomem(e);
    }
    return 0;
}

/* ---- former keys ---- */

bool admit_settles_late(const struct admit *ad)
{
    return ad->has_former && ad->p->selection.select.looked_up;
}

static int settle(struct admit *ad, const struct row *r, int64_t target, struct err *e)
{
    return former_keys_settle(ad->ledger, &ad->p->selection, r, target, &ad->arena, e);
}

/* The row's items have its key, if they have had a former one. */
static int settle_late(struct admit *ad, const struct row *r, int64_t target, struct err *e)
{
    if (!admit_settles_late(ad))
        return 0;
    ledger_block_forget(ad->known);
    return settle(ad, r, target, e);
}

/* So have those of its steps; *why: nobody can tell whose they are. */
static int settle_steps(struct admit *ad, const struct row *r, const char **why, struct err *e)
{
    for (size_t i = 0; admit_settles_late(ad) && i < ad->p->n_steps; i++)
        if (r->steps[i].target != ROUTE_NONE &&
            (settle_late(ad, r, ledger_id(ad, r, i), e) != 0 ||
             former_keys_refuse(ad->ledger, &ad->p->selection, r, ledger_id(ad, r, i), &ad->arena,
                                why, e) != 0))
            return -1;
    return 0;
}

/* ---- what is sent ---- */

/* The row's fields, and behind them the codes of the steps before this one, in ad->fields.  A code that is
 * not there yet, as before the row's first step, is a dash: it is only looked whether all can be had. */
static int fill_fields(struct admit *ad, const struct row *r, size_t step, size_t *n, struct err *e)
{
    size_t own = admit_own_fields(ad);
    char code[CODEBOOK_CODE_MAX];

    memcpy(ad->fields, r->record->fields, own * sizeof(*ad->fields));
    for (size_t i = 0; i < step; i++) {
        const struct row_step *s = &r->steps[i];
        const struct codebook *book = s->target == ROUTE_NONE ? NULL : ad->p->with[s->target].book;
        struct slice *field = &ad->fields[own + i];

        *field = (struct slice){"-", book ? 1 : 0};
        if (!book || s->code < 0)
            continue;
        if (codebook_code(book, s->code, code) != 0)
            return err_nomem(e);
        *field = (struct slice){arena_copy(&ad->row_arena, code, strlen(code)), strlen(code)};
        explicit_bzero(code, sizeof(code));
        if (!field->ptr)
            return err_nomem(e);
    }
    *n = own + step;
    return 0;
}

static int put_link(struct admit *ad, const struct target *t, struct slice code, struct slice *out,
                    struct err *e)
{
    char *link = aimlink_of(t->action->name, t->id, ad->p->with[t->number].link, &t->facts, code);

    if (!link)
        return err_nomem(e);
    *out = (struct slice){arena_copy(&ad->row_arena, link, strlen(link)), strlen(link)};
    mem_forget(link, strlen(link));
    return out->ptr ? 0 : err_nomem(e);
}

/* What the last step before this one that gave something gave the row: its code, and its link. */
static int fill_gift(struct admit *ad, const struct row *r, size_t step, struct mailing_gift *out,
                     struct err *e)
{
    *out = (struct mailing_gift){{NULL, 0}, {NULL, 0}};
    for (size_t i = step; i-- > 0;) {
        struct slice code = {NULL, 0};
        const struct target *t;

        if (r->steps[i].target == ROUTE_NONE)
            continue;
        t = &ad->p->targets[r->steps[i].target];
        if (t->action->local)
            code = ad->fields[admit_own_fields(ad) + i];
        if (!out->code.len)
            out->code = code;
        if (!out->link.len && (t->action->local || t->action->link) &&
            put_link(ad, t, code, &out->link, e) != 0)
            return -1;
    }
    return 0;
}

static int render_letter(struct admit *ad, const struct row *r, size_t step, const char **why,
                         struct err *e)
{
    const struct mailing *m = &ad->p->with[r->steps[step].target].mailing;
    struct mailing_row row = {.recipient = r->recipient,
                              .key = r->key,
                              .salt = ledger_trust(ad->ledger)->id,
                              .now_ms = clock_wall_ms()};

    if (fill_gift(ad, r, step, &row.gift, e) != 0)
        return -1;
    *why = mailing_render(m, &row, ad->fields, &ad->arena, &ad->body);
    return 0;
}

int admit_render(struct admit *ad, const struct row *r, size_t step, const char **why,
                 struct err *e)
{
    const struct prepared_target *with = &ad->p->with[r->steps[step].target];
    size_t n = 0;

    if (fill_fields(ad, r, step, &n, e) != 0)
        return -1;
    if (!with->plan) {
        if (render_letter(ad, r, step, why, e) != 0)
            return -1;
    } else {
        *why = plan_row(with->plan, r->recipient, ad->fields, n, &ad->arena, &ad->body);
    }
    return text_ok(&ad->body) ? 0 : err_nomem(e);
}

/* What a step would lack.  From the last to the first, whose body is wanted at once. */
static int find_lacks(struct admit *ad, const struct row *r, const char **why, struct err *e)
{
    int was_done = 0;

    for (size_t i = ad->p->n_steps; i-- > 0 && !*why;) {
        if (r->steps[i].target == ROUTE_NONE)
            continue;
        if (admit_render(ad, r, i, why, e) != 0)
            return -1;
        if (!*why)
            continue;
        was_done = admit_is_done(ad, r, i, e);
        if (was_done < 0)
            return -1;
        *why = was_done ? NULL : of_step(ad, i, *why);
        if (!was_done && !*why)
            return err_nomem(e);
    }
    return 0;
}

/* ---- ways ---- */

/* Has the key got what it gets, or is it about to? */
static bool is_taken(const struct admit *ad, const struct ledger_known *known)
{
    bool now = known->run == ad->run->id && known->pass == ad->run->pass;

    return known->state == STATE_PLANNED ? now : known->state != STATE_FAILED;
}

/* Was a step taken on that way, for the key, or for the person with a key of its own, which is then put
 * into key?  1 with the item, 0, -1. */
static int find_taken(struct admit *ad, const struct row *r, const struct row *named,
                      bool otherwise, bool person, uint8_t key[KEY_SIZE],
                      struct ledger_known **known, struct err *e)
{
    const struct prepared *p = ad->p;
    const char *ignored;
    size_t target;

    for (size_t i = 0; i < p->n_steps; i++) {
        int64_t id;
        int found = 1;

        if (prepared_route(p, i, r->record, otherwise, &ad->row_arena, &target, &ignored) != 0 ||
            target == ROUTE_NONE)
            continue;
        id = p->targets[target].ledger_id;
        if (settle_late(ad, named, id, e) != 0)
            return -1;
        if (person)
            found = ledger_block_person(ad->known, id, r->person, key, e);
        if (found == 1)
            found = ledger_block_find(ad->known, id, key, known, e) == 0 ? (*known)->id != 0 : -1;
        if (found < 0 || (found == 1 && is_taken(ad, *known)))
            return found;
    }
    return 0;
}

/* The row goes this way, as this item went. */
static int go(struct admit *ad, struct row *r, bool otherwise, const struct ledger_known *known,
              struct err *e)
{
    r->otherwise = otherwise;
    memcpy(r->key, known->key, KEY_SIZE);
    if (known->recipient) { /* of an item that the ledger does not have yet */
        r->recipient = known->recipient;
        return 0;
    }
    return ledger_recipient(ad->ledger, known->id, &ad->arena, &r->recipient, e) < 0 ? -1 : 0;
}

/* Once is enough for whomever a lookup knows, or the input with or without an address: who was given something at
 * another address, or when there was none, or got an address while they have something without one, goes the way that
 * was gone for them. */
static int keep_way(struct admit *ad, struct row *r, struct err *e)
{
    const struct selection *s = &ad->p->selection;
    struct ledger_known *known;
    struct row named;
    uint8_t key[KEY_SIZE];
    int found = s->select.looked_up ? selection_otherwise(s, r->record, &ad->arena, &named, e) : 0;

    if (found != 1)
        return found;
    r->has_person = s->select.n_key == 0; /* else their key is the same, whatever the address */
    memcpy(r->person, named.key, KEY_SIZE);
    memcpy(key, named.key, KEY_SIZE);
    found = find_taken(ad, r, &named, false, r->has_person, key, &known, e);
    if (found == 1)
        return go(ad, r, false, known, e);
    memcpy(key, named.key, KEY_SIZE);
    if (found == 0 && s->has_otherwise)
        found = find_taken(ad, r, &named, true, false, key, &known, e);
    return found == 1 ? go(ad, r, true, known, e) : found;
}

int admit_find_way(struct admit *ad, struct row *r, const char **why, struct err *e)
{
    *why = NULL;
    if (keep_way(ad, r, e) != 0 || find_routes(ad, r, why, e) != 0)
        return -1;
    if (!*why && settle_steps(ad, r, why, e) != 0)
        return -1;
    return *why ? 0 : find_lacks(ad, r, why, e);
}

/* ---- seeking ---- */

/* Of a row that is new.  named: as it is on that way. */
static int seek_way(struct admit *ad, const struct row *named, const uint8_t key[KEY_SIZE],
                    bool otherwise, bool person, struct err *e)
{
    const struct prepared *p = ad->p;
    const char *ignored;
    size_t target;

    for (size_t i = 0; i < p->n_steps; i++) {
        int64_t id;

        if (prepared_route(p, i, named->record, otherwise, &ad->row_arena, &target, &ignored) !=
                0 ||
            target == ROUTE_NONE)
            continue;
        id = p->targets[target].ledger_id;
        if (ad->has_former && settle(ad, named, id, e) != 0)
            return -1;
        if ((person ? ledger_block_seek_person : ledger_block_seek)(ad->known, id, key, e) != 0)
            return -1;
    }
    return 0;
}

int admit_seek(struct admit *ad, struct row *r, struct err *e)
{
    const struct selection *s = &ad->p->selection;
    struct row named;
    int found = 0;

    if (r->fate == ROW_OVER || r->dropped || admit_settles_late(ad))
        return 0;
    if (r->steps) {
        for (size_t i = r->at; i < ad->p->n_steps; i++)
            if (r->steps[i].target != ROUTE_NONE &&
                ledger_block_seek(ad->known, ledger_id(ad, r, i), r->key, e) != 0)
                return -1;
        return 0;
    }
    if (seek_way(ad, r, r->key, r->otherwise, false, e) != 0)
        return -1;
    if (s->select.looked_up)
        found = selection_otherwise(s, r->record, &ad->row_arena, &named, e);
    if (found != 1)
        return found;
    return seek_way(ad, &named, named.key, false, s->select.n_key == 0, e) == 0 &&
                   (!s->has_otherwise || seek_way(ad, &named, named.key, true, false, e) == 0)
               ? 0
               : -1;
}
