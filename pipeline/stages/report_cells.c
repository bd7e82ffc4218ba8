/*
 * report_cells: the cells of a row are begun -> what the ledger knows of its steps is taken -> ended.
 *
 * This is done for every row of every report, so it neither allocates but from the row's arena, nor
 * formats what seldom changes.
 */
#include "report_internal.h"

#include "base/visible.h"
#include "ledger/ledger_bounces.h"
#include "policy/admission.h"
#include "policy/bounce.h"
#include "policy/overall.h"
#include "stages/aimlink.h"

#include <stdio.h>
#include <string.h>

#define ERROR_MAX 640
#define NO_SECOND INT64_MIN

_Static_assert((int)BOUNCE_DELAYED - (int)BOUNCE_FAILED == (int)LEDGER_BOUNCE_DELAYED &&
                   (int)BOUNCE_DELIVERED - (int)BOUNCE_FAILED == (int)LEDGER_BOUNCE_DELIVERED,
               "they are the same, in this order");

void report_judge_init(struct report_judge *j, const struct report_options *o,
                       const struct report_aims *aims)
{
    const struct report_cells empty = {.status = STATUS_UNSENT,
                                       .error = "",
                                       .note = "",
                                       .action = "",
                                       .target = "",
                                       .recipient = "",
                                       .attempt = "",
                                       .link = "",
                                       .why = "",
                                       .code = -1};

    *j = (struct report_judge){.o = o, .aims = aims, .second = NO_SECOND};
    for (size_t i = 0; i <= ADDED_STEPS_MAX; i++) {
        j->blanks[i] = empty;
        j->actions[i] = "";
    }
    for (size_t i = 0; i < aims->n; i++)
        j->actions[aims->list[i].step] = aims->list[i].action;
    if (aims->steps > 1)
        return;
    /* What can't be anything else is said of every row. */
    j->blanks[0].action = j->blanks[1].action = j->actions[1];
    if (aims->n == 1)
        j->blanks[0].target = j->blanks[1].target = aims->list[0].name;
}

void report_judge_begin(const struct report_judge *j, struct report_cells *cells)
{
    for (size_t i = 0; i <= j->aims->steps; i++)
        cells[i] = j->blanks[i];
}

/* ---- texts ---- */

/* "" needs no copy, and is what nearly every error and attempt is. */
static const char *keep(struct arena *a, const char *s, struct err *e)
{
    const char *copy = *s ? arena_copy(a, s, strlen(s)) : "";

    if (!copy)
        err_nomem(e);
    return copy;
}

/* One line, cut where it is too long. */
static const char *keep_line(struct arena *a, const char *s, struct err *e)
{
    char line[ERROR_MAX];

    return s && *s ? keep(a, visible_line(slice_of(s), line, sizeof(line)), e) : "";
}

/* Appends s at `at` in a text that has room for it; the new end. */
static char *put(char *at, const char *s)
{
    size_t len = strlen(s);

    memcpy(at, s, len + 1);
    return at + len;
}

static char *put_number(char *at, uint64_t n)
{
    char digits[24], *first = digits + sizeof(digits) - 1;

    *first = '\0';
    do
        *--first = (char)('0' + n % 10);
    while (n /= 10);
    return put(at, first);
}

static const char *when(struct report_judge *j, int64_t ms)
{
    int64_t second = ms / 1000;

    if (second != j->second || ms < 0) {
        clock_rfc3339(ms, j->text);
        j->second = second;
    }
    return j->text;
}

/* ---- steps ---- */

static int say_duplicate(struct report_judge *j, const struct ledger_result *l,
                         const struct report_aim *aim, struct arena *a, struct report_cells *c,
                         struct err *e)
{
    char text[192], *at; /* aim->same is below 100 bytes */

    c->status = STATUS_DUPLICATE;
    if (l->row.of_run == j->o->run) {
        at = put(text, aim ? aim->same : "same recipient");
        put_number(put(at, " as line "), l->row.of_line);
    } else {
        at = put_number(put(text, "done in run "), (uint64_t)l->row.of_run);
        at = put_number(put(at, " (line "), l->row.of_line);
        put(put(at, ") at "), when(j, l->item.changed_ms));
    }
    c->error = keep(a, text, e);
    return c->error ? 0 : -1;
}

static void say_unsettled(const struct ledger_result *l, struct report_cells *c)
{
    if (l->item.state == STATE_SENDING)
        c->error = "sent, and no answer is known";
    if (l->item.state == STATE_SENDING || l->item.state == STATE_ACCEPTED)
        c->note = "run the same command again to find out";
    if (l->item.state == STATE_UNKNOWN)
        c->note = "run again to ask once more; --resend-unknown sends it again, perhaps twice";
}

/* A mail server's yes is no delivery; and nobody can be asked what became of a message. */
static int say_mailed(const struct ledger_result *l, const struct report_aim *aim, struct arena *a,
                      struct report_cells *c, struct err *e)
{
    const char *folder = aim ? strstr(aim->name, " > ") : NULL;
    struct text t;

    if (!aim || strcmp(aim->action, "mail") != 0)
        return 0;
    if (l->item.state == STATE_UNKNOWN || l->item.state == STATE_SENDING)
        c->note = "it may be in the archive (claimpipe bounces --archive); --resend-unknown sends "
                  "it again, perhaps twice";
    if (l->item.state != STATE_SUCCESS)
        return 0;
    c->note = "handed over to the mail server";
    if (!folder)
        return 0;
    text_init(&t);
    text_printf(&t, "written into %s", folder + strlen(" > "));
    c->note = text_ok(&t) ? keep(a, t.ptr, e) : NULL;
    text_release(&t);
    return c->note ? 0 : err_nomem(e);
}

/* Of an on-chain claim, which the claim itself tells; or once the attempt's status did. */
static void say_reserved(const struct report_judge *j, const struct ledger_result *l,
                         const struct report_aim *aim, struct report_cells *c)
{
    bool done = l->item.state == STATE_SUCCESS && !j->o->simulated;

    if (!done || !(l->reserved || (aim && aim->reserves)))
        return;
    c->note = AIMLINK_RESERVED;
    c->link = aim ? aim->link : "";
}

/* A report changes nothing of what is known: the mail was handed over. */
static int say_back(const struct ledger_result *l, struct arena *a, struct report_cells *c,
                    struct err *e)
{
    char note[BOUNCE_NOTE_MAX];

    if (!l->back || (l->item.state != STATE_SUCCESS && l->item.state != STATE_UNKNOWN))
        return 0;
    bounce_note((enum bounce)(BOUNCE_FAILED + (int)l->back->kind), l->back->at_ms, l->back->status,
                l->back->words, note);
    c->note = keep_line(a, note, e);
    c->back = l->back->kind == LEDGER_BOUNCE_FAILED;
    return c->note ? 0 : -1;
}

/* What failed in an earlier run must not look as if it had failed now. */
static int say_kept(const struct report_judge *j, const struct ledger_result *l, struct arena *a,
                    struct report_cells *c, struct err *e)
{
    int64_t failed = l->item.failed_run;
    char text[ERROR_MAX + 64], *at;

    if (c->status != STATUS_FAILED || !admission_was_kept(failed, j->o->run))
        return 0;
    c->kept = failed;
    c->why = c->error;
    at = put_number(put(text, "failed in run "), (uint64_t)failed);
    put(put(at, *c->why ? ", not tried again: " : ", not tried again"), c->why);
    c->error = keep(a, text, e);
    return c->error ? 0 : -1;
}

/* Of a row that another run has taken the item from, for the opposite, the item tells nothing any more. */
static int say_left(struct report_judge *j, const struct ledger_result *l, struct arena *a,
                    struct report_cells *c, struct err *e)
{
    const struct ledger_left *left = &l->row.left;
    char text[64];

    put(put_number(put(text, "run "), (uint64_t)left->to_run),
        left->removed ? " adds it again" : " removes it again");
    c->status = state_status(left->state);
    c->error = keep_line(a, l->row.error, e);
    c->note = keep(a, text, e);
    if (!c->error || !c->note)
        return -1;
    c->tries = left->tries;
    c->http_status = left->http_status;
    if (left->state == STATE_SUCCESS || left->state == STATE_FAILED) {
        memcpy(c->finished, when(j, left->changed_ms), sizeof(c->finished));
        c->finished_ms = left->changed_ms;
    }
    return 0;
}

/* A row that owns an item shows the item's state. */
static int say_owner(struct report_judge *j, const struct ledger_result *l,
                     const struct report_aim *aim, struct arena *a, struct report_cells *c,
                     struct err *e)
{
    if (l->row.left.to_run)
        return say_left(j, l, a, c, e);
    c->status = state_status(l->item.state);
    c->error = keep_line(a, l->item_error, e);
    c->attempt = keep(a, l->item.attempt, e);
    if (!c->error || !c->attempt || say_kept(j, l, a, c, e) != 0)
        return -1;
    c->tries = l->item.tries;
    c->http_status = l->http_status;
    if (l->item.state == STATE_SUCCESS || l->item.state == STATE_FAILED) {
        memcpy(c->finished, when(j, l->item.changed_ms), sizeof(c->finished));
        c->finished_ms = c->kept ? 0 : l->item.changed_ms;
    }
    say_unsettled(l, c);
    say_reserved(j, l, aim, c);
    if (say_mailed(l, aim, a, c, e) != 0)
        return -1;
    if (l->item.state == STATE_SUCCESS && *c->error) { /* how it is known */
        c->note = c->error;
        c->error = "";
    }
    return say_back(l, a, c, e);
}

/* The code that its item was given, whichever row owns it. */
static int give_code(const struct report_judge *j, const struct ledger_result *l,
                     const struct report_aim *aim, struct report_cells *c, struct err *e)
{
    if (l->item.code < 0 || j->o->simulated || j->o->no_codes)
        return 0;
    if (!aim) {
        c->note = "its code was given by a step that the job has no more";
        return 0;
    }
    if (!aim->book)
        return report_aims_lack(j->o, e);
    c->gives = aim;
    c->link = aim->link;
    c->code = l->item.code;
    memcpy(c->mark, l->mark, sizeof(c->mark));
    return 0;
}

static int take_item(struct report_judge *j, const struct ledger_result *l, struct arena *a,
                     struct report_cells *c, struct err *e)
{
    const struct report_aim *aim = report_aims_find(j->aims, l->row.step, l->item.target);
    int rc;

    c->target = aim ? aim->name : "";
    c->recipient = keep(a, l->item.recipient, e);
    if (!c->recipient)
        return -1;
    rc = l->row.kind == LEDGER_ROW_DUPLICATE ? say_duplicate(j, l, aim, a, c, e)
                                             : say_owner(j, l, aim, a, c, e);
    return rc == 0 ? give_code(j, l, aim, c, e) : -1;
}

int report_judge_take(struct report_judge *j, const struct ledger_result *l, struct arena *a,
                      struct report_cells *cells, struct err *e)
{
    struct report_cells *c;

    if (l->row.step > j->aims->steps) /* the job had more of them once */
        return 0;
    c = &cells[l->row.step];
    c->known = true;
    if (l->row.step > 0)
        c->action = j->actions[l->row.step];
    if (l->row.kind == LEDGER_ROW_OWNER || l->row.kind == LEDGER_ROW_DUPLICATE)
        return take_item(j, l, a, c, e);
    c->status = l->row.kind == LEDGER_ROW_INVALID ? STATUS_INVALID : STATUS_SKIPPED;
    if (l->row.step > 0 && l->row.kind == LEDGER_ROW_SKIPPED) /* there was no route to a target */
        c->target = "";
    c->error = keep_line(a, l->row.error, e);
    return c->error ? 0 : -1;
}

void report_judge_pass_over(struct report_cells *cells, const char *why)
{
    cells->known = true;
    cells->status = STATUS_SKIPPED;
    cells->error = why;
}

/* ---- the whole row ---- */

/* `step 2: …` */
static const char *of_step(struct arena *a, size_t step, const char *error, struct err *e)
{
    char text[ERROR_MAX + 96];

    put(put(put_number(put(text, "step "), step), ": "), error);
    return keep(a, text, e);
}

/* What a whole row has of several steps, not of the one that decides. */
static void gather_steps(struct report_cells *whole, const struct report_cells *steps, size_t n)
{
    whole->tries = 0;
    for (size_t i = 0; i < n; i++) {
        whole->tries += steps[i].tries;
        if (steps[i].back && !whole->back) {
            whole->back = true;
            whole->note = *whole->note ? whole->note : steps[i].note;
        }
        if (*steps[i].recipient)
            whole->recipient = steps[i].recipient;
        if (*steps[i].link)
            whole->link = steps[i].link;
        if (steps[i].gives) {
            whole->gives = steps[i].gives;
            whole->code = steps[i].code;
            memcpy(whole->mark, steps[i].mark, sizeof(whole->mark));
        }
    }
}

int report_judge_end(const struct report_judge *j, struct arena *a, struct report_cells *cells,
                     struct err *e)
{
    struct overall_step steps[ADDED_STEPS_MAX] = {{false, STATUS_UNSENT}};
    struct report_cells *whole = &cells[0];
    const struct overall_step as_whole = {whole->known, whole->status};
    size_t n = j->aims->steps, decides;
    enum status status;

    for (size_t i = 0; i < n; i++)
        steps[i] = (struct overall_step){cells[i + 1].known, cells[i + 1].status};
    status = overall_row(&as_whole, steps, n, &decides);
    if (decides == n)
        return 0;
    *whole = cells[decides + 1];
    whole->status = status;
    whole->known = false;
    if (n == 1)
        return 0;
    if ((*whole->error && !(whole->error = of_step(a, decides + 1, whole->error, e))) ||
        (*whole->why && !(whole->why = of_step(a, decides + 1, whole->why, e))))
        return -1;
    gather_steps(whole, cells + 1, n);
    return 0;
}
