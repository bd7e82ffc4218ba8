/*
 * answers: answers as a server gives them and requests as an action makes them, for the tests of the
 * actions.  To be included after <cmocka.h>.
 */
#ifndef CLAIMPIPE_TESTS_ANSWERS_H
#define CLAIMPIPE_TESTS_ANSWERS_H

#include "actions/action.h"

#include "fixture.h"

#define HTML "<!DOCTYPE html><html><body><pre>SyntaxError: Unexpected token</pre></body></html>"
#define UNSATISFIED "One or more of the challenges were not satisfied "
#define WALL_MS INT64_C(1788739200000) /* Mon, 07 Sep 2026 00:00:00 GMT */

static const char *const kinds[] = {
    [VERDICT_ACCEPTED] = "accepted", [VERDICT_DONE] = "done",   [VERDICT_REFUSED] = "refused",
    [VERDICT_PENDING] = "pending",   [VERDICT_AGAIN] = "again", [VERDICT_LIMITED] = "limited",
    [VERDICT_LOST] = "lost",         [VERDICT_SPLIT] = "split", [VERDICT_STOP] = "stop"};

/* An answer as http makes it, which borrows body and head. */
static inline struct answer answer_of(enum fate fate, int status, struct slice body,
                                      const char *head)
{
    struct answer a = {.fate = fate, .status = status, .wall_ms = WALL_MS};

    a.body = (struct text){.ptr = (char *)(uintptr_t)body.ptr, .len = body.len};
    a.head = (struct text){.ptr = (char *)(uintptr_t)head, .len = strlen(head)};
    if (fate != FATE_ANSWERED)
        snprintf(a.problem, sizeof a.problem, "the wire broke");
    return a;
}

static inline struct answer answered(int status, const char *body)
{
    return answer_of(FATE_ANSWERED, status, slice_of(body), "");
}

static inline struct request empty_request(void)
{
    struct request r = {.post = false};

    text_init(&r.path);
    text_init(&r.body);
    return r;
}

static inline void request_release(struct request *r)
{
    if (r->taker)
        r->taker->free(r->taker);
    text_release(&r->path);
    text_release(&r->body);
}

/* Releases it as well. */
static inline void assert_request(struct request *r, bool post, const char *path, const char *body)
{
    assert_int_equal(r->post, post);
    assert_true(text_ok(&r->path) && text_ok(&r->body));
    assert_string_equal(r->path.ptr, path);
    assert_string_equal(r->body.ptr, body);
    request_release(r);
}

/* The answer's body goes to whom the request has for it, as http hands it on, some bytes at a time. */
static inline void hand_on(const struct request *r, struct answer *a, size_t piece)
{
    struct slice left = {a->body.ptr, a->body.len};

    if (!r->taker || a->fate != FATE_ANSWERED || a->status != 200)
        return;
    a->taken = r->taker;
    a->body = (struct text){.ptr = (char *)(uintptr_t) ""}; /* nobody keeps it */
    for (size_t n; left.len > 0; left = (struct slice){left.ptr + n, left.len - n}) {
        n = left.len < piece ? left.len : piece;
        if (r->taker->take(r->taker, (struct slice){left.ptr, n}) == 0)
            continue;
        a->fate = FATE_LOST;
        a->too_large = true;
        a->taken = NULL;
        return;
    }
}

/* What an answer means. */
struct case_of {
    const char *what;
    int status;
    const char *body;
    enum verdict_kind want;
    const char *text; /* is said; NULL: anything */
};

static inline void expect(const struct case_of *c, const struct verdict *v)
{
    if (v->kind != c->want)
        fail_msg("%s: %s, not %s (\"%s\")", c->what, kinds[v->kind], kinds[c->want], v->text);
    if (c->text && strcmp(v->text, c->text) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", c->what, v->text, c->text);
}

#endif
