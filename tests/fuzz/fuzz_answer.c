/*
 * fuzz_answer: what a server may answer, to each question of each action.
 *
 * An input is a byte for the action and its question, one for the status, one for the fate and the step's state,
 * the fields of the head to the first empty line, and the body.  Whatever comes: the verdict is one that this
 * question may have, its texts end, and of a limit nobody waits for ever; the same answer gives the same
 * verdict.
 */
#include "fuzz.h"

#include "actions/action.h"
#include "adapters/http.h"
#include "base/mem.h"
#include "base/step.h"
#include "policy/claimed.h"
#include "policy/limit.h"
#include "policy/ratefields.h"
#include "policy/reconcile.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ALICE "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"
#define NOW_NS INT64_C(1000000000000)
#define HEAD 3 /* bytes before it */

enum question { ASK, SEND, POLL, LOOKUP, QUESTIONS };

static const unsigned may[QUESTIONS] = {
    [ASK] = 1u << VERDICT_DONE | 1u << VERDICT_AGAIN | 1u << VERDICT_LIMITED | 1u << VERDICT_STOP |
            1u << VERDICT_REFUSED,
    [SEND] = ~0u,
    [POLL] = ~0u,
    [LOOKUP] =
        1u << VERDICT_AGAIN | 1u << VERDICT_LIMITED | 1u << VERDICT_STOP | 1u << VERDICT_PENDING,
};
static const int statuses[] = {200, 201, 204, 301, 400, 401, 402, 403, 404, 409, 413,
                               422, 429, 500, 502, 503, 504, 302, 100, 0,   599};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return 0;
}

static struct step *make_steps(struct target *t, unsigned n)
{
    struct step *all = NULL;

    for (unsigned i = 0; i < n; i++) {
        struct step *s = step_new(t, ALICE, "\"a-1\":{\"x\":\"y\"}");

        MUST(s);
        snprintf(s->attempt, sizeof(s->attempt), "%s", "attempt");
        s->intent_ms = NOW_NS / 1000000;
        s->next = all;
        all = s;
    }
    return all;
}

static void free_steps(struct step *s)
{
    for (struct step *next; s; s = next) {
        next = s->next;
        step_free(s);
    }
}

static void check_request(const struct request *r)
{
    MUST(text_ok(&r->path) && text_ok(&r->body) && r->path.ptr[0] == '/');
    MUST(!strpbrk(r->path.ptr, " \r\n"));
}

/* The next questions of a lookup, by what it has learnt. */
static void follow_lookup(const struct action *a, const struct step *s,
                          const struct reconcile_lookup *l)
{
    struct exchange x;

    exchange_init(&x, NULL);
    if (a->lookup(s, l, &x.request))
        check_request(&x.request);
    exchange_release(&x);
    reconcile_decide(l, &(struct reconcile_facts){.lag_ns = INT64_MAX});
}

static void read_once(const struct action *a, enum question q, const struct answer *answer,
                      unsigned n_steps, struct verdict *v)
{
    struct reconcile_lookup l = {.fenced = true, .asked = 1};
    struct target t = TARGET_INIT;
    struct claimed claimed;
    struct step *steps;

    claimed_init(&claimed);
    t.action = a;
    t.id = "target";
    t.secret = "secret";
    t.batch = a->batch_max;
    t.claimed = &claimed;
    steps = make_steps(&t, a->batch_max > 1 ? n_steps : 1);
    if (q == ASK)
        a->read_ask(&t, answer, v);
    else if (q == SEND)
        a->read_send(&t, answer, v);
    else if (q == POLL)
        a->read_poll(&t, steps, answer, v);
    else
        a->read_lookup(steps, &l, answer, v);
    if (q == LOOKUP)
        follow_lookup(a, steps, &l);
    MUST(memchr(l.bookmark, '\0', sizeof(l.bookmark)) && memchr(l.text, '\0', sizeof(l.text)));
    MUST(l.n_candidates <= RECONCILE_CANDIDATES_MAX);
    free_steps(steps);
    claimed_release(&claimed);
}

static void check_limit(const struct answer *a)
{
    struct rate_facts rate = RATE_FACTS_NONE;
    struct limit *l = mem_zero(1, sizeof(*l));

    MUST(l);
    limit_init(l, &(struct rate_policy){100, 1000000000}, 1, 10, NOW_NS);
    ratefields_read_head(&rate, (struct slice){a->head.ptr, a->head.len}, a->wall_ms);
    limit_observe(l, &rate, false, 1, NOW_NS);
    MUST(limit_wait(l, NOW_NS) >= 0 && limit_wait(l, NOW_NS) <= 3 * RATEFIELDS_MAX_NS);
    limit_observe(l, &rate, true, 1, NOW_NS);
    MUST(l->windows[0].window_ns == 1000000000); /* ours stays */
    for (size_t i = 0; i < l->n_windows; i++)
        MUST(l->windows[i].count >= 1 && l->windows[i].window_ns >= 1);
    MUST(l->n_windows >= 1 && l->n_windows <= LIMIT_WINDOWS_MAX && l->interval_ns > 0);
    ratefields_date((struct slice){a->head.ptr, a->head.len});
    free(l);
}

static void check_answer(const struct action *a, enum question q, const struct answer *answer,
                         unsigned n_steps)
{
    struct verdict first, second;

    if ((q == ASK && !a->read_ask) || (q == POLL && !a->read_poll) ||
        (q == LOOKUP && !a->read_lookup) || a->local)
        return;
    memset(&first, 0xAA, sizeof(first));
    memset(&second, 0x55, sizeof(second));
    read_once(a, q, answer, n_steps, &first);
    read_once(a, q, answer, n_steps, &second);
    MUST(first.kind == second.kind && first.kind <= VERDICT_STOP && may[q] >> first.kind & 1);
    MUST(memchr(first.text, '\0', sizeof(first.text)) && strcmp(first.text, second.text) == 0);
    MUST(!strpbrk(first.text, "\r\n"));
    if (first.kind == VERDICT_ACCEPTED)
        MUST(memchr(first.attempt, '\0', sizeof(first.attempt)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *head = (const char *)data + HEAD, *body;
    struct answer answer = {.fate = FATE_ANSWERED, .wall_ms = NOW_NS / 1000000};
    const struct action *a;
    size_t n_actions = 0;

    if (size < HEAD)
        return 0;
    while (action_at(n_actions))
        n_actions++;
    a = action_at(data[0] / QUESTIONS % n_actions);
    body = memmem(head, size - HEAD, "\n\n", 2);
    answer.status = statuses[data[1] % COUNT(statuses)];
    answer.fate = (enum fate)(data[2] % 8 < 3 ? data[2] % 8 : 0);
    answer.stage = (enum mail_stage)(data[2] / 8 % (MAIL_END + 1));
    text_init(&answer.head);
    text_init(&answer.body);
    text_append(&answer.head, head, body ? (size_t)(body - head) : 0);
    head = body ? body + 2 : head;
    text_append(&answer.body, head, size - (size_t)(head - (const char *)data));
    MUST(text_ok(&answer.head) && text_ok(&answer.body));
    check_limit(&answer);
    check_answer(a, (enum question)(data[0] % QUESTIONS), &answer, 1 + data[2] / 8 % 3);
    text_release(&answer.body);
    text_release(&answer.head);
    return 0;
}
