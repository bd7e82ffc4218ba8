/* attempts: the way through the queue; the states are in the header. */
#include "sandbox/attempts.h"

#include "base/clock.h"
#include "base/mem.h"
#include "policy/identity.h"
#include "sandbox/chance.h"
#include "sandbox/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void attempts_free(void *thing)
{
    struct attempt *a = thing;
    if (a)
        free(a->error);
    free(a);
}

struct attempt *attempts_find(const struct world *w, const char *id)
{
    return table_get(&w->attempts, id);
}

/* Its final state; error: NULL if it succeeded. */
static void attempts_finish(struct attempt *a, int64_t number, const char *error)
{
    struct claim *c = a->claim;
    struct person *p = a->person;
    a->older = c->newest;
    c->newest = a;
    a->older_of_person = p->newest;
    p->newest = a;
    if (error) {
        a->state = ATTEMPT_FAILED;
        a->error = mem_copy(error, strlen(error));
        c->failed++;
        p->failed++;
        return;
    }
    a->state = ATTEMPT_COMPLETED;
    a->number = number;
    c->succeeded++;
    p->succeeded++;
}

static void attempts_settle(struct attempt *a, int64_t number, const char *error)
{
    struct stats *s = &a->world->stats;
    a->settled_ns = clock_now_ns();
    if (!error && claims_number(a->claim, a->person, number, a->settled_ns) != 0)
        error = "Out of memory";
    attempts_finish(a, number, error);
    if (error) {
        s->failed_in_queue++;
        return;
    }
    a->person->completed++;
    s->completed++;
    claims_use_code(a->claim, a->code);
}

/* Why the attempt fails now that its turn has come, or NULL. */
static const char *attempts_verdict(const struct attempt *a)
{
    const struct claim *c = a->claim;
    if (c->fail_every > 0 && a->nth % (uint64_t)c->fail_every == 0)
        return c->fail_error;
    if (table_get(&c->fail_addresses, a->person->address))
        return c->fail_error;
    return claims_judge_queued(c, a->person, a->code).why;
}

static void attempts_fire(struct event *ev, bool cancelled)
{
    struct attempt *a = (struct attempt *)ev;
    struct journal *j = &a->world->journal;
    if (cancelled)
        return;
    const char *error = attempts_verdict(a);
    int64_t number = error ? -1 : a->claim->next_number;
    if (journal_kept(j))
        journal_write(j, json_pack("{s:s,s:s,s:I,s:s*}", "event", "settled", "id", a->id, "number",
                                   (json_int_t)number, "error", error));
    attempts_settle(a, number, error);
}

/* The attempt takes its turn after those of its collection that are queued already. */
static int attempts_queue(struct attempt *a)
{
    struct world *w = a->world;
    struct collection *k = a->claim->collection;
    uint64_t bits = chance_bits((uint64_t)w->seed, CHANCE_DELAY, w->attempts.len);
    int64_t delay_ms = chance_between(bits, a->claim->delay.min_ms, a->claim->delay.max_ms);
    int64_t now = clock_now_ns();
    int64_t due = (k->busy_until_ns > now ? k->busy_until_ns : now) + delay_ms * CLOCK_NS_PER_MS;
    if (queue_add(&w->queue, due, &a->event) != 0)
        return -1;
    k->busy_until_ns = due;
    return 0;
}

static struct attempt *attempts_new(struct world *w, struct claim *c, const char *address)
{
    struct attempt *a = mem_zero(1, sizeof(*a));
    if (!a)
        return NULL;
    a->event.fire = attempts_fire;
    a->world = w;
    a->claim = c;
    a->number = -1;
    a->person = claims_meet(c, address);
    if (!a->person) {
        free(a);
        return NULL;
    }
    return a;
}

/* Attempts of a configuration are the same each time that it is started with it; others never. */
static void attempts_name(struct attempt *a, bool configured)
{
    const struct world *w = a->world;
    uint64_t seed = (uint64_t)w->seed + (configured ? 0 : w->start), n = w->attempts.len;
    snprintf(a->id, sizeof(a->id), "%016" PRIx64 "%016" PRIx64,
             chance_bits(seed, CHANCE_ID_HIGH, n), chance_bits(seed, CHANCE_ID_LOW, n));
}

static void attempts_count(struct attempt *a)
{
    a->nth = ++a->claim->accepted;
    a->person->accepted++;
    a->world->stats.accepted++;
}

static json_t *attempts_line(const struct attempt *a)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "event", "accepted", "id", a->id, "claim",
                     a->claim->id, "address", a->person->address, "at", (json_int_t)a->at_ms,
                     "code", (json_int_t)a->code);
}

struct attempt *attempts_submit(struct world *w, struct claim *c, const char *address, int64_t code)
{
    struct attempt *a = attempts_new(w, c, address);
    if (!a)
        return NULL;
    a->at_ms = clock_wall_ms() + w->attempts_clock_ms;
    a->code = code;
    attempts_name(a, false);
    if (journal_kept(&w->journal) && journal_write(&w->journal, attempts_line(a)) != 0)
        goto err0;
    if (table_put(&w->attempts, a->id, a) != 0)
        goto err0;
    attempts_count(a);
    /* without memory for its turn it stays queued for good: accepted, as it has been journalled */
    (void)attempts_queue(a);
    return a;
err0:
    attempts_free(a);
    return NULL;
}

int attempts_add_settled(struct world *w, struct claim *c, const char *address, int64_t at_ms,
                         int64_t number, const char *error)
{
    struct attempt *a = attempts_new(w, c, address);
    if (!a)
        return -1;
    a->at_ms = at_ms;
    a->code = -1;
    attempts_name(a, true);
    if ((!error && claims_number(c, a->person, number, 0) != 0) ||
        table_put(&w->attempts, a->id, a) != 0) {
        attempts_free(a);
        return -1;
    }
    attempts_finish(a, number, error);
    return 0;
}

int attempts_replay_accepted(struct world *w, json_t *line, struct err *e)
{
    const char *id, *claim, *address;
    json_int_t at, code;
    json_error_t je;
    if (json_unpack_ex(line, &je, 0, "{s:s,s:s,s:s,s:I,s:I}", "id", &id, "claim", &claim, "address",
                       &address, "at", &at, "code", &code) != 0)
        return err_set(e, EXIT_INPUT, "the journal's accepted line: %s", je.text);
    struct claim *c = table_get(&w->claims, claim);
    if (!c || strlen(id) >= ATTEMPTS_ID_SIZE || strlen(address) >= CLAIMS_ADDRESS_SIZE ||
        attempts_find(w, id))
        return err_set(e, EXIT_INPUT, "the journal and the configuration do not fit: attempt %s",
                       id);
    struct attempt *a = attempts_new(w, c, address);
    if (!a)
        return err_nomem(e);
    snprintf(a->id, sizeof(a->id), "%s", id);
    a->at_ms = at;
    a->code = code;
    if (table_put(&w->attempts, a->id, a) != 0) {
        attempts_free(a);
        return err_nomem(e);
    }
    attempts_count(a);
    return 0;
}

int attempts_replay_settled(struct world *w, json_t *line, struct err *e)
{
    const char *id, *error = NULL;
    json_int_t number;
    json_error_t je;
    if (json_unpack_ex(line, &je, 0, "{s:s,s:I,s?s}", "id", &id, "number", &number, "error",
                       &error) != 0)
        return err_set(e, EXIT_INPUT, "the journal's settled line: %s", je.text);
    struct attempt *a = attempts_find(w, id);
    if (!a || a->state != ATTEMPT_QUEUED)
        return err_set(e, EXIT_INPUT, "the journal settles attempt %s, which is not open", id);
    attempts_settle(a, number, error);
    return 0;
}

int attempts_resume(struct world *w, struct err *e)
{
    for (size_t i = 0; i < w->attempts.len; i++) {
        struct attempt *a = w->attempts.entries[i].value;
        if (a->state == ATTEMPT_QUEUED && attempts_queue(a) != 0)
            return err_nomem(e);
    }
    return 0;
}
