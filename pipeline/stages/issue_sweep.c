/*
 * issue_sweep: what was accepted is settled by pages of its claim's list, twenty-five at once (policy/sweep.h).
 *
 *   accepted -> swept -> shown by a reading (issue_listing.c): done
 *                 |
 *                 +----> asked about by itself (issue_answers.c): something that was sent after it has shown; its time
 *                        is over; the list is not worth reading; or it is the oldest, and shall tell how far the queue is
 *
 * Each is in its aim's line, in the order of their acceptance, and in a table by its attempt.  None is in the timers:
 * the aim's time stands for all of them.
 */
#include "issue_sweep.h"
#include "base/clock.h"
#include "base/fnv.h"
#include "base/mem.h"
#include "issue_internal.h"

#include <assert.h>
#include <string.h>

#define SLOTS ((size_t)1 << 14) /* as many as may be pending, mostly */
/* One that an earlier run has sent is taken for older only if it was so much earlier: the order in which requests of
 * the same time came to the server is not known. */
#define OLDER_MS 5000

/* ---- the table, and the line ---- */

static size_t slot_of(struct slice attempt)
{
    return (size_t)fnv_add(FNV_INIT, attempt.ptr, attempt.len) & (SLOTS - 1);
}

static struct flight **find(struct issue *is, struct slice attempt)
{
    struct flight **at = &is->swept[slot_of(attempt)];

    while (*at && !slice_equal(attempt, slice_of((*at)->steps->attempt)))
        at = &(*at)->same;
    return at;
}

bool issue_sweeps(const struct flight *f)
{
    const struct target *t = f->aim->target;

    return t->action->list && !t->facts.on_demand && !t->facts.vague && !f->aim->sweep.given_up;
}

/* One whose attempt is there already was told the attempt of another: it is asked about by itself. */
int issue_sweep(struct issue *is, struct flight *f, int64_t now, struct err *e)
{
    struct aim *aim = f->aim;
    struct flight **at;

    if (!is->swept && !(is->swept = mem_zero(SLOTS, sizeof(struct flight *))))
        return err_nomem(e);
    at = find(is, slice_of(f->steps->attempt));
    if (*at)
        return flight_wait(is, f, now, e);
    f->swept = true;
    f->same = NULL;
    *at = f;
    f->older = aim->swept.youngest;
    f->younger = NULL;
    *(f->older ? &f->older->younger : &aim->swept.oldest) = f;
    aim->swept.youngest = f;
    is->n_sweeping += aim->swept.n++ == 0;
    is->n_swept++;
    return aim->sweeping ? 0 : issue_set_time(is, aim, issue_sweep_due(is, aim), e);
}

void issue_unsweep(struct issue *is, struct flight *f)
{
    struct aim *aim = f->aim;
    struct flight **at;

    if (!f->swept)
        return;
    at = find(is, slice_of(f->steps->attempt));
    assert(*at == f);
    *at = f->same;
    *(f->older ? &f->older->younger : &aim->swept.oldest) = f->younger;
    *(f->younger ? &f->younger->older : &aim->swept.youngest) = f->older;
    is->n_sweeping -= --aim->swept.n == 0;
    is->n_swept--;
    f->swept = false;
}

/* ---- by itself ---- */

static void ask_alone(struct issue *is, struct flight *f)
{
    issue_unsweep(is, f);
    line_put(&f->aim->channel->questions, f);
}

static void probe(struct issue *is, struct aim *aim)
{
    struct flight *f = aim->swept.oldest;

    if (!f)
        return;
    f->probes = true;
    aim->swept.probes++;
    ask_alone(is, f);
}

void issue_unprobe(struct flight *f)
{
    f->aim->swept.probes -= f->probes;
    f->probes = false;
}

/* A success that no reading can have shown yet; later ones must, if the list is alive. */
static void bear_witness(struct aim *aim, const struct flight *f, int64_t now)
{
    if (f->asked > 1 || aim->sweeping || aim->witness[0])
        return;
    memcpy(aim->witness, f->steps->attempt, sizeof(aim->witness));
    aim->witness_ns = now;
}

/* Claims are done one after the other.  If the oldest has failed, which no list shows, the next ones may have as
 * well: each that has lets two follow, so that a queue in which all fail is soon told.  So do old ones, which the
 * list may no longer show. */
int issue_probed(struct issue *is, struct flight *f, bool success, int64_t now, struct err *e)
{
    struct aim *aim = f->aim;
    bool lags = aim->witness[0];

    if (!f->probes)
        return 0;
    issue_unprobe(f);
    if (success)
        bear_witness(aim, f, now);
    if (!success || f->turn == 0) {
        probe(is, aim);
        probe(is, aim);
    } else if (!lags && aim->sweep.gap_ns > SWEEP_GAP_MIN_NS) {
        aim->sweep.gap_ns = SWEEP_GAP_MIN_NS; /* the queue has moved */
    }
    return aim->sweeping ? 0 : issue_set_time(is, aim, issue_sweep_due(is, aim), e);
}

/* Was f certainly accepted before that was sent which the reading has shown? */
static bool is_passed(const struct flight *f, const struct sweeping *w)
{
    return (f->turn > 0 && f->accepted_ns < w->sent_ns) ||
           f->steps->intent_ms + OLDER_MS < w->intent_ms;
}

/* ---- when ---- */

static struct settle *clock_of(const struct issue *is, const struct aim *aim)
{
    return issue_settle_of(is, aim->swept.oldest);
}

int64_t issue_sweep_due(const struct issue *is, const struct aim *aim)
{
    int64_t oldest_ns, due, last;
    const struct settle *s;

    if (!aim->swept.n)
        return INT64_MAX;
    s = clock_of(is, aim);
    oldest_ns = aim->swept.oldest->accepted_ns;
    /* What an earlier run has sent may be done long since. */
    due =
        sweep_due(&aim->sweep, oldest_ns, oldest_ns + (aim->swept.oldest->turn ? s->first_ns : 0));
    last = settle_deadline(s, oldest_ns);
    return due < last ? due : last;
}

static void ask_all_alone(struct issue *is, struct aim *aim)
{
    while (aim->swept.oldest)
        ask_alone(is, aim->swept.oldest);
}

static void ask_overdue(struct issue *is, struct aim *aim, int64_t now)
{
    while (aim->swept.oldest && settle_over(clock_of(is, aim), aim->swept.oldest->accepted_ns, now))
        ask_alone(is, aim->swept.oldest);
}

bool issue_sweep_is_due(struct issue *is, struct aim *aim, int64_t now)
{
    ask_overdue(is, aim, now);
    if (issue_sweep_due(is, aim) > now)
        return false;
    if (sweep_pays(&aim->sweep, aim->swept.n))
        return true;
    ask_all_alone(is, aim);
    return false;
}

int issue_set_time(struct issue *is, struct aim *aim, int64_t due_ns, struct err *e)
{
    if (due_ns >= aim->time_ns)
        return 0;
    aim->time_ns = due_ns;
    return flight_wait(is, &aim->time, due_ns, e);
}

/* ---- a reading ---- */

void issue_sweep_begin(struct aim *aim, struct sweeping *w, int64_t now)
{
    const struct flight *oldest = aim->swept.oldest;

    w->r = (struct sweep_reading){.began_ns = now,
                                  .oldest_ns = oldest ? oldest->accepted_ns : now,
                                  .unseen =
                                      aim->witness[0] && now - aim->witness_ns >= SWEEP_LAG_MAX_NS};
}

static void keep_attempt(char out[STEP_ATTEMPT_MAX], struct slice id)
{
    size_t n = id.len < STEP_ATTEMPT_MAX ? id.len : 0;

    memcpy(out, id.ptr, n);
    out[n] = '\0';
}

static void find_ours(struct sweeping *w, const struct listing_attempt *a)
{
    struct flight *f = w->is->swept ? *find(w->is, a->id) : NULL;

    if (!f || f->aim != w->aim) {
        w->r.others = w->r.others || !w->r.marked;
        return;
    }
    issue_unsweep(w->is, f);
    /* What it says of somebody else's attempt, or of a failure, without its reason, is asked for by itself. */
    line_put(a->success && strcmp(a->address, f->steps->recipient) == 0 ? &w->found : &w->odd, f);
}

void issue_sweep_see(void *sweeping, const struct listing_attempt *a)
{
    struct sweeping *w = sweeping;
    struct aim *aim = w->aim;

    if (!a->id.len)
        return;
    if (!w->top[0])
        keep_attempt(w->top, a->id);
    w->r.marked = w->r.marked || slice_equal(a->id, slice_of(aim->mark));
    if (slice_equal(a->id, slice_of(aim->witness))) {
        aim->witness[0] = '\0';
        w->r.unseen = false;
    }
    find_ours(w, a);
}

int issue_sweep_turn(struct issue *is, struct sweeping *w, bool believed, int64_t now,
                     struct err *e)
{
    size_t found = w->found.n + w->odd.n;

    w->r.pages++;
    w->r.barren = found ? 0 : w->r.barren + 1;
    w->r.found += found;
    while (w->odd.n) {
        struct flight *f = line_take(&w->odd);

        line_put(&f->aim->channel->questions, f);
    }
    while (w->found.n) {
        struct flight *f = line_take(&w->found);

        if (!believed) {
            line_put(&f->aim->channel->questions, f);
            continue;
        }
        if (f->sent_ns > w->sent_ns)
            w->sent_ns = f->sent_ns;
        if (f->steps->intent_ms > w->intent_ms)
            w->intent_ms = f->steps->intent_ms;
        if (issue_shown(is, f, now, e) != 0)
            return -1;
    }
    return believed && sweep_goes_on(&w->r, w->aim->swept.n);
}

/* As many as are likely to be read of next time. */
static size_t count_left(const struct issue *is, const struct aim *aim)
{
    bool more = is->course == COURSE_SENDING && is->supply != SUPPLY_NONE && is->o->n_targets == 1;

    return more ? SIZE_MAX : aim->swept.n + aim->n_ready + aim->sending;
}

void issue_sweep_end(struct issue *is, struct sweeping *w, bool believed, int64_t now)
{
    struct aim *aim = w->aim;
    bool fresh = w->r.oldest_ns > aim->sweep.began_ns;
    struct flight *f, *next;

    memcpy(aim->mark, w->top, sizeof(aim->mark));
    for (f = w->intent_ms ? aim->swept.oldest : NULL; f; f = next) {
        next = f->younger;
        if (is_passed(f, w))
            ask_alone(is, f);
    }
    if (w->r.found)
        aim->witness[0] = '\0';
    sweep_learn(&aim->sweep, &w->r, count_left(is, aim), now);
    aim->sweep.given_up = aim->sweep.given_up || !believed;
    if (w->r.found == 0 && aim->swept.n) {
        if (fresh)
            settle_learn(clock_of(is, aim), aim->swept.oldest->accepted_ns, 1, false, now);
        if (!aim->swept.probes)
            probe(is, aim);
    }
    if (aim->sweep.given_up)
        ask_all_alone(is, aim);
}
