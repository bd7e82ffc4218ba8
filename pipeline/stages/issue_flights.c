/* issue_flights: flights, the lists that they are in, and their moves in the ledger. */
#include "base/clock.h"
#include "base/mem.h"
#include "issue_internal.h"
#include "issue_sweep.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

void line_init(struct line *q)
{
    q->first = NULL;
    q->end = &q->first;
    q->n = 0;
}

void line_put(struct line *q, struct flight *f)
{
    f->queued = NULL;
    *q->end = f;
    q->end = &f->queued;
    q->n++;
}

struct flight *line_take(struct line *q)
{
    struct flight *f = q->first;

    q->first = f->queued;
    if (!q->first)
        q->end = &q->first;
    q->n--;
    return f;
}

/* ---- flights ---- */

struct flight *flight_new(struct issue *is, struct aim *aim, enum flight_state state)
{
    struct flight *f = mem_zero(1, sizeof(*f));

    if (!f)
        return NULL;
    f->aim = aim;
    f->state = state;
    exchange_init(&f->x, f);
    f->next = is->all;
    if (is->all)
        is->all->prev = f;
    is->all = f;
    is->alive++;
    aim->channel->alive++;
    return f;
}

struct loaded *issue_loaded(const struct issue *is, int64_t item)
{
    size_t low = 0, high = is->n_loaded;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (is->loaded[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < is->n_loaded && is->loaded[low].item == item ? &is->loaded[low] : NULL;
}

/* The steps of f are to be found in `to` (NULL: nowhere) from now on. */
static void reload(struct issue *is, const struct flight *f, struct flight *to)
{
    for (struct step *s = f->loaded ? f->steps : NULL; s; s = s->next) {
        struct loaded *l = issue_loaded(is, s->item);

        if (!l)
            continue;
        l->flight = to;
        if (!to)
            l->step = NULL;
    }
}

void flight_free(struct issue *is, struct flight *f)
{
    reload(is, f, NULL);
    issue_unsweep(is, f);
    issue_unprobe(f);
    if (f->prev)
        f->prev->next = f->next;
    else
        is->all = f->next;
    if (f->next)
        f->next->prev = f->prev;
    is->alive--;
    f->aim->channel->alive--;
    f->aim->channel->n_put_off -= f->put_off;
    is->aloft -= f->n;
    exchange_release(&f->x);
    for (struct step *s = f->steps, *next; s; s = next) {
        next = s->next;
        step_free(s);
    }
    free(f->lookup);
    free(f->baseline);
    free(f->recipient);
    if (f->fields)
        mem_forget(f->fields, strlen(f->fields)); /* as a step's */
    free(f);
}

void flight_add(struct issue *is, struct flight *f, struct step *s)
{
    struct step **end = &f->steps;

    while (*end)
        end = &(*end)->next;
    *end = s;
    for (; s; s = s->next) {
        f->n++;
        is->aloft++;
    }
}

struct flight *flight_split(struct issue *is, struct flight *f, size_t n)
{
    struct flight *other = flight_new(is, f->aim, f->state);
    struct step **cut = &f->steps;

    if (!other)
        return NULL;
    for (size_t i = 0; i < n; i++)
        cut = &(*cut)->next;
    is->aloft -= f->n - n;
    f->n = n;
    flight_add(is, other, *cut);
    *cut = NULL;
    other->doubtful = f->doubtful;
    other->accepted_ns = f->accepted_ns;
    other->asked = f->asked;
    other->loaded = f->loaded;
    reload(is, other, other);
    return other;
}

void step_rest(struct issue *is, struct step *s)
{
    is->tried += s->state == STATE_SUCCESS || s->state == STATE_FAILED;
    is->failed += s->state == STATE_FAILED;
    /* Its row may have another step. */
    if (is->supply != SUPPLY_BROKEN)
        is->supply = SUPPLY_LATER;
    is->d->rested(is->d->context, s);
}

void flight_rest(struct issue *is, struct flight *f)
{
    for (struct step *s = f->steps; s; s = s->next)
        step_rest(is, s);
    flight_free(is, f);
}

/* ---- the ledger, and time ---- */

int step_move(struct issue *is, struct step *s, struct ledger_move *m, struct err *e)
{
    m->tries = s->tries;
    m->now_ms = clock_wall_ms();
    if (ledger_move(is->o->ledger, s->item, m, e) != 0)
        return -1;
    s->state = m->to;
    return 0;
}

int flight_move(struct issue *is, struct flight *f, struct ledger_move *m, struct err *e)
{
    if (!m->http_status)
        m->http_status = f->x.answer.status;
    m->doubtful = f->doubtful;
    for (struct step *s = f->steps; s; s = s->next)
        if (step_move(is, s, m, e) != 0)
            return -1;
    return 0;
}

int flight_move_to(struct issue *is, struct flight *f, enum state to, const char *error,
                   struct err *e)
{
    struct ledger_move m = {.to = to, .error = error};

    return flight_move(is, f, &m, e);
}

int flight_wait(struct issue *is, struct flight *f, int64_t due_ns, struct err *e)
{
    return heap_push(&is->timers, due_ns, f) == 0 ? 0 : err_nomem(e);
}

/* ---- aims ---- */

static void take_turn(struct aim *aim)
{
    struct channel *c = aim->channel;

    if (aim->in_turn)
        return;
    aim->in_turn = true;
    aim->next = NULL;
    *c->turn_end = aim;
    c->turn_end = &aim->next;
    c->n_turn++;
}

void aim_put(struct issue *is, struct aim *aim, struct step *s)
{
    s->next = NULL;
    *aim->ready_end = s;
    aim->ready_end = &s->next;
    aim->n_ready++;
    is->n_ready++;
    take_turn(aim);
}

size_t aim_lost(const struct issue *is, const struct aim *aim)
{
    size_t n = 0;

    for (const struct flight *f = is->all; f; f = f->next)
        n += f->aim == aim && f->state == FLIGHT_LOST && f->what == RECONCILE_LOST ? f->n : 0;
    return n;
}

void flight_fill(struct issue *is, struct flight *f)
{
    struct aim *aim = f->aim;
    struct step **end = &f->steps;

    for (; aim->ready && f->n < aim->target->batch; f->n++) {
        *end = aim_take(is, aim);
        end = &(*end)->next;
        is->aloft++;
    }
}

struct step *aim_take(struct issue *is, struct aim *aim)
{
    struct step *s = aim->ready;

    aim->ready = s->next;
    if (!aim->ready)
        aim->ready_end = &aim->ready;
    s->next = NULL;
    aim->n_ready--;
    is->n_ready--;
    return s;
}

/* ---- channels ---- */

size_t issue_at_lanes(const struct issue *is)
{
    size_t n = 0;

    for (size_t i = 0; i < CHANNELS; i++)
        n += is->channels[i].at_lanes;
    return n;
}

const char *issue_server_name(const struct channel *c)
{
    return c->mails ? "mail server" : "server";
}

/* ---- stopping ---- */

void issue_go(struct issue *is, enum course to)
{
    if (is->course < to)
        is->course = to;
}

void issue_stop(struct issue *is, enum course to, const char *fmt, ...)
{
    va_list args;

    issue_go(is, to);
    if (is->end->stopped[0])
        return;
    va_start(args, fmt);
    vsnprintf(is->end->stopped, sizeof(is->end->stopped), fmt, args);
    va_end(args);
}
