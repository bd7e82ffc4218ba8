/*
 * who: a person's names -> what is sought -> found -> told, one thing after the other.
 *
 * A code is shown only where the ledger's own name for its seed or list (codebook_name), and of a list the code's mark,
 * say that it is this one: another seed would make another code of the same number.
 */
#include "commands/who.h"

#include "adapters/outfile.h"
#include "base/mem.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_bounces.h"
#include "policy/admission.h"
#include "policy/link.h"
#include "stages/aimlink.h"
#include "stages/select.h"
#include "who_internal.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 128

/* ---- who it is ---- */

/* EXIT_USAGE: it can be nobody. */
static int read_names(struct who *w, struct err *e)
{
    char shown[SHOWN_MAX];
    bool any = false;

    for (int k = 0; k < IDENTITY_KINDS; k++) {
        struct who_name *n = &w->names[k];

        n->kind = (enum identity_kind)k;
        n->why = identity_read(n->kind, slice_of(w->o->person), n->text);
        if (n->why) {
            visible_line(slice_of(n->why), n->why_text, sizeof(n->why_text));
            n->why = n->why_text;
            n->text[0] = '\0';
        }
        any = any || n->text[0];
    }
    return any ? 0
               : err_set(e, EXIT_USAGE, "who \"%s\": %s",
                         visible_line(slice_of(w->o->person), shown, sizeof(shown)),
                         w->names[IDENTITY_ID].why);
}

/* A lookup that knew them by one of the names may have given an address. */
static int seek_keys(void *context, int64_t again, struct err *e)
{
    struct who *w = context;
    uint8_t key[KEY_SIZE];

    for (int k = 0; k < IDENTITY_KINDS; k++) {
        if (!w->names[k].text[0])
            continue;
        if (select_person(w->names[k].text, again, key) != 0)
            return err_nomem(e);
        if (ledger_people_seek_key(w->ledger, key, e) != 0)
            return -1;
    }
    return 0;
}

static int seek(struct who *w, struct err *e)
{
    if (ledger_people_begin(w->ledger, e) != 0)
        return -1;
    for (int k = 0; k < IDENTITY_KINDS; k++)
        if (w->names[k].text[0] && ledger_people_seek(w->ledger, w->names[k].text, e) != 0)
            return -1;
    return seek_keys(w, 1, e) == 0 ? ledger_people_agains(w->ledger, seek_keys, w, e) : -1;
}

/* As identities are compared today. */
static bool is_theirs(void *context, const char *recipient)
{
    const struct who *w = context;
    char same[IDENTITY_VALUE_MAX];

    for (int k = 0; k < IDENTITY_KINDS; k++)
        if (w->names[k].text[0] && !identity_read(w->names[k].kind, slice_of(recipient), same) &&
            strcmp(same, w->names[k].text) == 0)
            return true;
    return false;
}

/* ---- codes and links ---- */

static int open_books(struct who *w, struct err *e)
{
    const struct who_options *o = w->o;

    return bookshelf_open(&w->books, o->seeds, o->n_seeds, o->codes, o->n_codes, e);
}

static int make_code(const struct who *w, struct who_done *d, struct err *e)
{
    const struct ledger_people_item *from = d->from;
    const struct codebook *book = bookshelf_find(&w->books, from->target);

    if (from->item.code < 0)
        return 0;
    if (!book) {
        d->note = w->books.n > 0 ? "what was given is another seed or list than that of the code"
                                 : "to see the code give its seed (--seed-from) or list (--codes)";
        return 0;
    }
    if (codebook_verify(book, from->item.code, from->mark, e) != 0)
        return -1;
    return codebook_code(book, from->item.code, d->code) == 0 ? 0 : err_nomem(e);
}

/* As results have it: of a code that is known, and of what is reserved on the chain. */
static int make_link(const struct who *w, const struct who_done *d, struct text *out, struct err *e)
{
    const struct ledger_people_item *from = d->from;
    const struct link_values known = {.code = d->code[0] ? d->code : NULL};
    char *link;
    int rc = aimlink_find(w->ledger, from->item.run, from->item.target, &link, e);

    if (rc == 0 && link)
        link_append(out, link, &known);
    if (rc == 0 && !text_ok(out))
        rc = err_nomem(e);
    free(link);
    return rc;
}

/* ---- what was done ---- */

/* Of what is not at rest: how to find out. */
static const char *say_open(const struct ledger_people_item *from)
{
    bool claim = strcmp(from->action, "claim") == 0;

    switch (from->item.state) {
    case STATE_SENDING:
        return claim ? "sent, and no answer is known: claimpipe settle asks what became of it"
                     : "sent, and no answer is known: the same command sends it again";
    case STATE_ACCEPTED:
        return claim ? "accepted, and not settled yet: claimpipe settle asks what became of it"
                     : "accepted, and not settled yet: the same command asks what became of it";
    case STATE_PLANNED:
        return from->item.removed ? "its removal was not sent: it is as it was before" : "";
    case STATE_UNKNOWN:
        return claim ? "claimpipe settle asks once more" : "";
    default:
        return "";
    }
}

static void judge(struct who_done *d)
{
    const struct ledger_people_item *from = d->from;
    const struct ledger_item *item = &from->item;

    d->status = status_name(state_status(item->state));
    d->note = say_open(from);
    d->link = "";
    if (item->state == STATE_SUCCESS && *from->error)
        d->note = from->error; /* how it is known */
    if (item->state == STATE_FAILED && admission_was_kept(item->failed_run, item->run))
        d->kept = item->failed_run;
    d->reserved = item->state == STATE_SUCCESS && (from->reserved || from->facts.on_chain);
    if (d->reserved)
        d->note = AIMLINK_RESERVED;
}

static int find_back(const struct who *w, struct who_done *d, struct err *e)
{
    struct ledger_bounce back;
    struct arena a;
    int found;

    arena_init(&a);
    found = ledger_bounces_shown(w->ledger, d->from->item.id, &a, &back, e);
    if (found == 1)
        bounce_note((enum bounce)(BOUNCE_FAILED + (int)back.kind), back.at_ms, back.status,
                    back.words, d->back);
    arena_release(&a);
    return found < 0 ? -1 : 0;
}

static int tell(void *context, const struct ledger_people_item *from, struct err *e)
{
    struct who *w = context;
    struct who_done *d = mem_zero(1, sizeof(*d));
    struct text link;
    int rc = -1;

    if (!d)
        return err_nomem(e);
    text_init(&link);
    d->from = from;
    judge(d);
    if (make_code(w, d, e) != 0 || find_back(w, d, e) != 0)
        goto done;
    if (d->code[0] || d->reserved) {
        if (make_link(w, d, &link, e) != 0)
            goto done;
        d->link = link.ptr;
    }
    rc = who_say_done(w, d, e);
done:
    text_release(&link);
    explicit_bzero(d->code, sizeof(d->code));
    free(d);
    return rc;
}

static int tell_all(struct who *w, struct err *e)
{
    struct ledger_people_kinds kinds;

    if (w->found == 0) {
        memset(&kinds, 0, sizeof(kinds));
        return !w->ledger || ledger_people_kinds(w->ledger, &kinds, e) == 0
                   ? who_say_nobody(w, &kinds, e)
                   : -1;
    }
    who_say_begin(w);
    return ledger_people_each(w->ledger, tell, w, e) == 0 ? who_say_end(w, e) : -1;
}

/* ---- the command ---- */

/* 1: there is none yet. */
static int open_ledger(struct who *w, struct err *e)
{
    int none = w->o->usual_ledger ? ledger_is_none(w->o->ledger, e) : 0;

    if (none != 0)
        return none;
    w->ledger = ledger_open_look(w->o->ledger, e);
    return w->ledger ? 0 : -1;
}

static int look(struct who *w, struct err *e)
{
    int none = read_names(w, e) == 0 && open_books(w, e) == 0 ? open_ledger(w, e) : -1;

    if (none < 0)
        return -1;
    if (!none &&
        (seek(w, e) != 0 || ledger_people_find(w->ledger, is_theirs, w, &w->found, e) != 0))
        return -1;
    return tell_all(w, e);
}

int who(const struct who_options *o, struct err *e)
{
    struct who *w = mem_zero(1, sizeof(*w));
    int code;

    if (!w) {
        err_nomem(e);
        return (int)e->code;
    }
    w->o = o;
    text_init(&w->out);
    text_init(&w->last_row);
    code = look(w, e) != 0 ? (int)e->code : w->found > 0 ? EXIT_DONE : EXIT_ROWS;
    ledger_close(w->ledger);
    bookshelf_close(&w->books);
    text_release(&w->last_row);
    text_release(&w->out);
    free(w);
    return code;
}
