/* attemptlist: see the header. */
#include "sandbox/attemptlist.h"

#include "policy/identity.h"
#include "sandbox/attempts.h"
#include "sandbox/world.h"

#include <stdio.h>
#include <string.h>

#define ATTEMPTLIST_SIZE_MAX 100000
#define ATTEMPTLIST_PRELOAD_MAX 1000000
#define ATTEMPTLIST_FIRST_MS                                                                       \
    INT64_C(1788739200000) /* made-up attempts: one each second from here */

void attemptlist_init(struct attemptlist *l)
{
    *l = (struct attemptlist){.size = ATTEMPTLIST_SIZE};
}

int attemptlist_configure(struct attemptlist *l, const struct fields *f)
{
    static const char *const known[] = {"size", "end", "total", "errors", "attemptedAt", NULL};
    static const char *const ends[] = {"empty", "absent", "repeated", NULL};
    static const char *const errors[] = {"session", "on request", "always", NULL};
    static const char *const forms[] = {"string", "number", NULL};
    struct fields in;
    json_t *config = json_object_get(f->object, "attemptsPage");
    int end = (int)l->end, errs = (int)l->errors, form = (int)l->numbers;
    bool total = false;
    if (config == NULL)
        return 0;
    if (fields_open(&in, config, known, f->e, "%s.attemptsPage", f->path) != 0 ||
        fields_int(&in, "size", 1, ATTEMPTLIST_SIZE_MAX, &l->size) != 0 ||
        fields_choice(&in, "end", ends, &end) != 0 || fields_bool(&in, "total", &total) != 0 ||
        fields_choice(&in, "errors", errors, &errs) != 0 ||
        fields_choice(&in, "attemptedAt", forms, &form) != 0)
        return -1;
    l->end = (enum attemptlist_end)end;
    l->errors = (enum attemptlist_errors)errs;
    l->numbers = form == 1;
    if (fields_has(&in, "total"))
        l->total = total ? TOTAL_SHOWN : TOTAL_ABSENT;
    return 0;
}

static int attemptlist_make_up(struct world *w, struct claim *c, const struct fields *f, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        char hex[43], address[IDENTITY_TEXT_MAX];
        int64_t k = ++c->list.made_up;
        snprintf(hex, sizeof hex, "0x%040llx", (unsigned long long)k);
        if (identity_canonical(slice_of(hex), address) != NULL)
            return fields_wrong(f, "attempts", "too many");
        if (attempts_add_settled(w, c, address, ATTEMPTLIST_FIRST_MS + k * 1000, c->next_number,
                                 NULL) != 0)
            return err_nomem(f->e);
    }
    return 0;
}

static int attemptlist_read_one(struct world *w, struct claim *c, const struct fields *f)
{
    const char *given = NULL, *error = NULL;
    char address[IDENTITY_TEXT_MAX];
    int64_t at_ms = ATTEMPTLIST_FIRST_MS, number = c->next_number;
    if (fields_name(f, "address", &given) != 0 || fields_string(f, "error", &error) != 0 ||
        fields_int(f, "attemptedAt", 0, INT64_MAX, &at_ms) != 0 ||
        fields_int(f, "claimNumber", 0, INT64_MAX - 1, &number) != 0)
        return -1;
    if (identity_canonical(slice_of(given), address) != NULL)
        return fields_wrong(f, "address", "is not an address");
    return attempts_add_settled(w, c, address, at_ms, number, error) == 0 ? 0 : err_nomem(f->e);
}

int attemptlist_preload(struct world *w, struct claim *c, const struct fields *f)
{
    static const char *const known[] = {"address", "attemptedAt", "claimNumber", "error", NULL};
    json_t *v, *list = json_object_get(f->object, "attempts");
    size_t i;
    if (json_is_integer(list)) {
        int64_t n = 0;
        if (fields_int(f, "attempts", 0, ATTEMPTLIST_PRELOAD_MAX, &n) != 0)
            return -1;
        return attemptlist_make_up(w, c, f, n);
    }
    if (list != NULL && !json_is_array(list))
        return fields_wrong(f, "attempts", "must be a count or an array");
    json_array_foreach (list, i, v) {
        struct fields in;
        if (fields_open(&in, v, known, f->e, "%s.attempts[%zu]", f->path, i) != 0 ||
            attemptlist_read_one(w, c, &in) != 0)
            return -1;
    }
    return 0;
}

static json_t *attemptlist_json(const struct attempt *a, bool numbers)
{
    char at[32];
    bool success = a->state == ATTEMPT_COMPLETED;
    snprintf(at, sizeof at, "%lld", (long long)a->at_ms);
    json_t *when = numbers ? json_integer(a->at_ms) : json_string(at);
    return json_pack("{s:b,s:o,s:s,s:s,s:s,s:I,s:s*}", "success", (int)success, "attemptedAt", when,
                     "claimId", a->claim->id, "bitbadgesAddress", a->person->address,
                     "claimAttemptId", a->id, "claimNumber", (json_int_t)a->number, "error",
                     success ? NULL : a->error);
}

/* A way through the settled attempts of a claim, or of one of its people. */
struct walk {
    const struct attempt *at; /* NULL: at the end */
    bool of_person, errors;
    int64_t until_ns; /* later ones are not shown */
    uint64_t total;   /* that are shown */
};

static const struct attempt *walk_older(const struct walk *k, const struct attempt *a)
{
    return k->of_person ? a->older_of_person : a->older;
}

static bool walk_shows(const struct walk *k, const struct attempt *a)
{
    return a->settled_ns <= k->until_ns && (a->state != ATTEMPT_FAILED || k->errors);
}

/* Passes over what is not shown. */
static void walk_settle(struct walk *k)
{
    while (k->at != NULL && !walk_shows(k, k->at))
        k->at = walk_older(k, k->at);
}

static void walk_on(struct walk *k)
{
    if (k->at == NULL)
        return;
    k->at = walk_older(k, k->at);
    walk_settle(k);
}

static struct walk walk_begin(const struct world *w, const struct claim *c, const char *address,
                              bool errors)
{
    static const struct person nobody = {.newest = NULL};
    int64_t until_ns = world_read_until(w);
    struct walk k = {c->newest, false, errors, until_ns, c->succeeded + (errors ? c->failed : 0)};
    if (address != NULL) {
        const struct person *p = claims_person(c, address);
        if (p == NULL)
            p = &nobody;
        k = (struct walk){p->newest, true, errors, until_ns,
                          p->succeeded + (errors ? p->failed : 0)};
    }
    for (const struct attempt *a = until_ns == INT64_MAX ? NULL : k.at; a; a = walk_older(&k, a))
        k.total -= a->settled_ns > until_ns && (a->state != ATTEMPT_FAILED || errors);
    walk_settle(&k);
    return k;
}

/* To where the page after the bookmark begins, which is the id of a page's last attempt. */
static void walk_to(struct walk *k, const struct world *w, const struct attemptlist *l,
                    const char *bookmark)
{
    const struct walk first = *k;
    uint64_t size = (uint64_t)l->size;
    if (bookmark == NULL || *bookmark == '\0')
        return;
    k->at = attempts_find(w, bookmark);
    walk_on(k);
    if (k->at != NULL || l->end != END_REPEATED || k->total == 0)
        return;
    *k = first;
    for (uint64_t i = (k->total - 1) / size * size; i > 0; i--)
        walk_on(k);
}

json_t *attemptlist_page(const struct world *w, const struct claim *c, const char *bookmark,
                         const char *address, bool errors)
{
    const struct attemptlist *l = &c->list;
    bool total = l->total == TOTAL_AUTO ? w->behaviour == BEHAVIOUR_S26 : l->total == TOTAL_SHOWN;
    struct walk k = walk_begin(w, c, address, errors);
    walk_to(&k, w, l, bookmark);
    json_t *docs = json_array();
    for (int64_t i = 0; k.at != NULL && i < l->size; i++) {
        json_array_append_new(docs, attemptlist_json(k.at, l->numbers));
        bookmark = k.at->id;
        walk_on(&k);
    }
    if (k.at == NULL && l->end == END_ABSENT)
        bookmark = NULL;
    json_t *page = json_pack("{s:o,s:s*}", "docs", docs, "bookmark", bookmark);
    if (total)
        json_object_set_new(page, "total", json_integer((json_int_t)k.total));
    return page;
}
