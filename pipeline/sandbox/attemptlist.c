/* attemptlist: makes the pages of a claim's list of attempts, also as odd as a service may show them. */
#include "sandbox/attemptlist.h"

#include "base/number.h"
#include "policy/identity.h"
#include "sandbox/addresses.h"
#include "sandbox/attempts.h"
#include "sandbox/world.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTLIST_SIZE_MAX 100000
#define ATTEMPTLIST_PRELOAD_MAX 1000000
#define ATTEMPTLIST_MARK_MAX 64
#define ATTEMPTLIST_FIRST_MS                                                                       \
    INT64_C(1788739200000) /* made-up attempts: one each second from here */

void attemptlist_init(struct attemptlist *l)
{
    *l = (struct attemptlist){.size = ATTEMPTLIST_SIZE};
}

void attemptlist_release(struct attemptlist *l)
{
    table_release(&l->without, free);
}

int attemptlist_configure(struct attemptlist *l, const struct fields *f)
{
    static const char *const known[] = {"size",        "end",     "total", "errors",
                                        "attemptedAt", "without", NULL};
    static const char *const ends[] = {"empty", "absent", "repeated", NULL};
    static const char *const errors[] = {"session", "on request", "always", NULL};
    static const char *const forms[] = {"string", "number", NULL};
    struct fields in;
    json_t *config = json_object_get(f->object, "attemptsPage");
    int end = (int)l->end, errs = (int)l->errors, form = (int)l->numbers;
    bool total = false;
    if (!config)
        return 0;
    if (fields_open(&in, config, known, f->e, "%s.attemptsPage", f->path) != 0 ||
        fields_int(&in, "size", 1, ATTEMPTLIST_SIZE_MAX, &l->size) != 0 ||
        fields_choice(&in, "end", ends, &end) != 0 || fields_bool(&in, "total", &total) != 0 ||
        fields_choice(&in, "errors", errors, &errs) != 0 ||
        fields_choice(&in, "attemptedAt", forms, &form) != 0 ||
        addresses_read(&l->without, &in, "without") != 0)
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
        snprintf(hex, sizeof(hex), "0x%040llx", (unsigned long long)k);
        if (identity_canonical(slice_of(hex), address))
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
    if (identity_canonical(slice_of(given), address))
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
    if (list && !json_is_array(list))
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
    snprintf(at, sizeof(at), "%lld", (long long)a->at_ms);
    json_t *when = numbers ? json_integer(a->at_ms) : json_string(at);
    return json_pack("{s:b,s:o,s:s,s:s,s:s,s:I,s:s*}", "success", (int)success, "attemptedAt", when,
                     "claimId", a->claim->id, "bitbadgesAddress", a->person->address,
                     "claimAttemptId", a->id, "claimNumber", (json_int_t)a->number, "error",
                     success ? NULL : a->error);
}

/* ---- bookmarks ---- */

static void attemptlist_mark(uint64_t skip, char out[ATTEMPTLIST_MARK_MAX])
{
    char text[32];
    int n = snprintf(text, sizeof(text), "{\"skip\":%llu}", (unsigned long long)skip);
    EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, n);
    for (char *c = out; *c != '\0'; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    out[strcspn(out, "=")] = '\0';
}

/* How many to skip: 0 for what is no bookmark. */
static uint64_t attemptlist_unmark(const char *mark)
{
    static const char begin[] = "{\"skip\":";
    char padded[ATTEMPTLIST_MARK_MAX], text[ATTEMPTLIST_MARK_MAX];
    size_t n = strlen(mark);
    int64_t skip = 0;
    if (n + 4 > sizeof(padded))
        return 0;
    snprintf(padded, sizeof(padded), "%s%.*s", mark, (int)((4 - n % 4) % 4), "===");
    for (char *c = padded; *c != '\0'; c++)
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    int len =
        EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)padded, (int)strlen(padded));
    text[len < 0 ? 0 : len] = '\0';
    if (strncmp(text, begin, sizeof(begin) - 1) != 0)
        return 0;
    text[strcspn(text, "}")] = '\0';
    return number_int(text + sizeof(begin) - 1, 0, INT64_MAX, &skip) == 0 ? (uint64_t)skip : 0;
}

/* ---- pages ---- */

/* A way through the settled attempts of a claim, or of one of its people. */
struct walk {
    const struct attempt *at; /* NULL: at the end */
    bool of_person, errors;
    int64_t until_ns; /* later ones are not shown */
    uint64_t total;   /* that are shown */
    uint64_t skipped; /* of those, before this page */
};

static const struct attempt *walk_older(const struct walk *k, const struct attempt *a)
{
    return k->of_person ? a->older_of_person : a->older;
}

/* Of those that are shown at all: is it there by now? */
static bool walk_counts(const struct walk *k, const struct attempt *a)
{
    return a->settled_ns <= k->until_ns && !table_get(&a->claim->list.without, a->person->address);
}

static bool walk_shows(const struct walk *k, const struct attempt *a)
{
    return walk_counts(k, a) && (a->state != ATTEMPT_FAILED || k->errors);
}

/* Passes over what is not shown. */
static void walk_settle(struct walk *k)
{
    while (k->at && !walk_shows(k, k->at))
        k->at = walk_older(k, k->at);
}

static void walk_on(struct walk *k)
{
    if (!k->at)
        return;
    k->at = walk_older(k, k->at);
    walk_settle(k);
}

static struct walk walk_begin(const struct world *w, const struct claim *c, const char *address,
                              bool errors)
{
    static const struct person nobody = {.newest = NULL};
    int64_t until_ns = world_read_until(w);
    struct walk k = {c->newest, false, errors, until_ns, c->succeeded + (errors ? c->failed : 0),
                     0};
    if (address) {
        const struct person *p = claims_person(c, address);
        if (!p)
            p = &nobody;
        k = (struct walk){
            p->newest, true, errors, until_ns, p->succeeded + (errors ? p->failed : 0), 0};
    }
    bool all = until_ns == INT64_MAX && c->list.without.len == 0;
    for (const struct attempt *a = all ? NULL : k.at; a; a = walk_older(&k, a))
        k.total -= !walk_counts(&k, a) && (a->state != ATTEMPT_FAILED || errors);
    walk_settle(&k);
    return k;
}

static void walk_skip(struct walk *k, uint64_t n)
{
    for (; n > 0 && k->at; n--)
        walk_on(k);
}

/* To where the page after the bookmark begins. */
static void walk_to(struct walk *k, const struct world *w, const struct attemptlist *l,
                    const char *bookmark)
{
    const struct walk first = *k;
    uint64_t size = (uint64_t)l->size;
    if (!bookmark || *bookmark == '\0')
        return;
    if (w->behaviour == BEHAVIOUR_S26) {
        k->skipped = attemptlist_unmark(bookmark);
        walk_skip(k, k->skipped);
    } else {
        k->at = attempts_find(w, bookmark);
        walk_on(k);
    }
    if (k->at || l->end != END_REPEATED || k->total == 0)
        return;
    *k = first;
    k->skipped = (k->total - 1) / size * size;
    walk_skip(k, k->skipped);
}

/* Of an on-demand claim nothing is listed. */
static json_t *attemptlist_nothing(void)
{
    char mark[ATTEMPTLIST_MARK_MAX];
    attemptlist_mark(ATTEMPTLIST_SIZE, mark);
    return json_pack("{s:[],s:s,s:i}", "docs", "bookmark", mark, "total", 0);
}

json_t *attemptlist_page(const struct world *w, const struct claim *c, const char *bookmark,
                         const char *address, bool errors)
{
    const struct attemptlist *l = &c->list;
    char mark[ATTEMPTLIST_MARK_MAX];
    bool s26 = w->behaviour == BEHAVIOUR_S26;
    bool total = l->total == TOTAL_AUTO ? s26 : l->total == TOTAL_SHOWN;
    struct walk k = walk_begin(w, c, address, errors);
    if (claims_is_on_demand(c))
        return attemptlist_nothing();
    walk_to(&k, w, l, bookmark);
    json_t *docs = json_array();
    for (int64_t i = 0; k.at && i < l->size; i++) {
        json_array_append_new(docs, attemptlist_json(k.at, l->numbers));
        attemptlist_mark(k.skipped + (uint64_t)l->size, mark);
        bookmark = s26 ? mark : k.at->id;
        walk_on(&k);
    }
    if (!k.at && l->end == END_ABSENT)
        bookmark = NULL;
    json_t *page = json_pack("{s:o,s:s*}", "docs", docs, "bookmark", bookmark);
    if (total)
        json_object_set_new(page, "total", json_integer((json_int_t)k.total));
    return page;
}
