/*
 * budget: carries what limit says to the ledger, and what the ledger says to limit.
 *
 * Between two words to the others what was answered counts as held: for them requests count longer, never shorter.
 */
#include "stages/budget.h"

#include "base/clock.h"
#include "ledger/ledger.h"
#include "ledger/ledger_spent.h"

#include <string.h>

#define SAID_NS (2 * CLOCK_NS_PER_S)
/* Word is given so often within the shortest window, */
#define TELLS 50
/* but no more and no less often than this. */
#define TELL_MIN_NS (20 * CLOCK_NS_PER_MS)
#define TELL_MAX_NS CLOCK_NS_PER_S
/* So often in that time one looks whether others have given something back. */
#define LOOKS 4

static int hear(void *context, const struct ledger_spent *s, struct err *e)
{
    struct budget *b = context;
    int64_t now_ns = clock_now_ns(), age_ms = clock_wall_ms() - s->at_ms;
    int64_t age_ns = age_ms > 0 ? age_ms * CLOCK_NS_PER_MS : 0;

    (void)e;
    b->heard = s->id;
    /* The wall clock may be set: it is no younger than now, and no older than what was heard before. */
    if (b->heard_ns > 0 && age_ns > now_ns - b->heard_ns)
        age_ns = now_ns - b->heard_ns;
    limit_heard(&b->limit, (struct limit_sent){s->answered, s->lost}, age_ns, now_ns);
    return 0;
}

/* What others have told since, and hold now. */
static int listen(struct budget *b, struct err *e)
{
    int64_t holds;

    if (ledger_spent_others(b->ledger, b->sender, clock_wall_ms(), &holds, e) != 0 ||
        ledger_spent_each(b->ledger, b->sender, b->heard, hear, b, e) != 0)
        return -1;
    b->heard_ns = clock_now_ns();
    b->is_written = b->is_written || ledger_is_writing(b->ledger); /* one has died */
    limit_others(&b->limit, holds);
    return 0;
}

static int hear_own(void *context, const struct ledger_spent *s, struct err *e)
{
    struct budget *b = context;

    (void)e;
    b->heard = s->id;
    return 0;
}

/* The transaction has begun, and what others told before was heard, or does not matter any more. */
static int tell(struct budget *b, int64_t now_ns, struct err *e)
{
    struct limit_sent sent = limit_report(&b->limit);
    const struct ledger_spent s = {.at_ms = clock_wall_ms() + 1, /* rounded up */
                                   .answered = sent.answered,
                                   .lost = sent.lost};

    b->told_ns = now_ns;
    b->holds = b->limit.open + b->limit.reserved;
    b->is_written = true;
    return ledger_spent_tell(b->ledger, b->sender, b->holds, &s, e) == 0
               ? ledger_spent_each(b->ledger, b->sender, b->heard, hear_own, b, e)
               : -1;
}

/* The shortest window of ours says how soon others want to know. */
static int64_t tell_due(const struct rate_policy *own, size_t n)
{
    int64_t due = TELL_MAX_NS;

    for (size_t i = 0; i < n; i++)
        if (own[i].window_ns / TELLS < due)
            due = own[i].window_ns / TELLS;
    return due > TELL_MIN_NS ? due : TELL_MIN_NS;
}

int budget_open(struct budget *b, struct ledger *ledger, const char *api_url,
                const struct rate_policy *own, size_t n, int64_t burst, struct err *e)
{
    int64_t now_ns = clock_now_ns();

    memset(b, 0, sizeof(*b));
    limit_init(&b->limit, own, n, burst, now_ns);
    if (!ledger)
        return 0;
    b->due_ns = tell_due(own, n);
    b->told_ns = now_ns;
    b->limit.shared = true;
    b->ledger = ledger;
    if (ledger_spent_tidy(ledger, clock_wall_ms(), e) == 0 &&
        ledger_spent_join(ledger, api_url, &b->sender, e) == 0 && listen(b, e) == 0 &&
        ledger_commit(ledger, e) == 0)
        return 0;
    b->ledger = NULL;
    return -1;
}

int64_t budget_wait_s(const struct budget *b, int64_t now_ns)
{
    int64_t wait_ns = limit_wait(&b->limit, now_ns);

    return wait_ns > SAID_NS ? wait_ns / CLOCK_NS_PER_S : 0;
}

static int reserve(struct budget *b, int64_t now_ns, struct err *e)
{
    if (ledger_begin(b->ledger, e) != 0 || listen(b, e) != 0)
        return -1;
    limit_reserve(&b->limit, now_ns);
    return tell(b, now_ns, e);
}

int budget_take(struct budget *b, int64_t now_ns, int64_t *wait_ns, struct err *e)
{
    if (limit_must_reserve(&b->limit, now_ns)) {
        *wait_ns = b->again_ns - now_ns;
        if (*wait_ns > 0)
            return 0;
        /* Where others had it all one looks first, and without a transaction, for which they would have to wait. */
        if (b->again_ns > 0 && listen(b, e) != 0)
            return -1;
        if (limit_wait(&b->limit, now_ns) == 0 && reserve(b, now_ns, e) != 0)
            return -1;
        b->again_ns = b->limit.reserved > 0 ? 0 : now_ns + b->due_ns / LOOKS;
    }
    *wait_ns = limit_take(&b->limit, now_ns);
    if (*wait_ns == 0)
        b->taken_ns = now_ns;
    return 0;
}

void budget_done(struct budget *b, enum fate fate, int64_t now_ns)
{
    limit_done(&b->limit, fate, now_ns);
}

static bool has_news(const struct budget *b)
{
    return b->limit.untold.answered + b->limit.untold.lost > 0 ||
           b->limit.open + b->limit.reserved != b->holds;
}

int budget_tell(struct budget *b, int64_t now_ns, struct err *e)
{
    if (!b->ledger || now_ns - b->told_ns < b->due_ns)
        return 0;
    if (now_ns - b->taken_ns >= b->due_ns)
        b->limit.reserved = 0;
    if (!has_news(b))
        return 0;
    return ledger_begin(b->ledger, e) == 0 && listen(b, e) == 0 ? tell(b, now_ns, e) : -1;
}

int budget_rest(struct budget *b, struct err *e)
{
    if (!b->ledger)
        return 0;
    b->limit.reserved = 0;
    return ledger_begin(b->ledger, e) == 0 && listen(b, e) == 0 && tell(b, clock_now_ns(), e) == 0
               ? budget_commit(b, e)
               : -1;
}

int budget_commit(struct budget *b, struct err *e)
{
    if (!b->is_written)
        return 0;
    b->is_written = false;
    return ledger_commit(b->ledger, e);
}

int budget_close(struct budget *b, bool whole, struct err *e)
{
    struct ledger *l = b->ledger;

    /* What is held by one that goes without a word is lost to the others: so is what could not be told. */
    if (!l || !whole || b->limit.open > 0 || budget_rest(b, e) != 0) {
        b->ledger = NULL;
        return 0;
    }
    b->ledger = NULL;
    ledger_spent_leave(l, b->sender, e);
    return ledger_commit(l, e);
}
