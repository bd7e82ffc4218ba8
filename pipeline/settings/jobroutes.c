/* jobroutes: filled -> sorted by target -> grouped into targets -> sealed as struct route. */
#include "settings/jobroutes.h"

#include "adapters/plainfile.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/visible.h"
#include "policy/claimlink.h"
#include "policy/segment.h"
#include "settings/jobtexts.h"
#include "stages/job.h"
#include "stages/read.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES_FIRST 64
#define SHOWN_MAX 64 /* bytes of a value in a message */

void jobroutes_init(struct jobroutes *r, struct jobtexts *t)
{
    *r = (struct jobroutes){.t = t};
}

void jobroutes_release(struct jobroutes *r)
{
    free(r->list);
    *r = (struct jobroutes){.t = r->t};
}

int jobroutes_add(struct jobroutes *r, const struct jobroute *route, const char *asked_by,
                  struct err *e)
{
    if (r->n == JOBROUTES_MAX)
        return err_set(e, EXIT_USAGE, "%s: more than %d routes", asked_by, JOBROUTES_MAX);
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : ROUTES_FIRST;
        struct jobroute *list = mem_resize(r->list, cap, sizeof(*list));

        if (!list)
            return err_nomem(e);
        r->list = list;
        r->cap = cap;
    }
    r->list[r->n++] = *route;
    return 0;
}

/* ---- from a CSV ---- */

static int refuse(const char *path, uint64_t line, const char *why, struct err *e)
{
    return err_set(e, EXIT_USAGE, "%s:%" PRIu64 ": %s", path, line, why);
}

static const char *fault_of(const struct record *record)
{
    if (record->fault)
        return record->fault;
    if (slice_trim(record->fields[0]).len == 0)
        return "the value is empty: write the one that the rows have";
    return NULL;
}

static const char *keep_field(struct jobroutes *r, struct slice field, struct err *e)
{
    struct slice s = slice_trim(field);

    return jobtexts_copy(r->t, s.ptr, s.len, e);
}

/* As it is seen from the job file. */
static const char *keep_path(struct jobroutes *r, struct slice path, struct err *e)
{
    const char *kept = NULL;
    struct text t;

    text_init(&t);
    if (*path.ptr != '/')
        text_append(&t, r->folder.ptr, r->folder.len);
    text_append(&t, path.ptr, path.len);
    if (text_ok(&t))
        kept = jobtexts_copy(r->t, t.ptr, t.len, e);
    else
        err_nomem(e);
    text_release(&t);
    return kept;
}

/* *fault: NULL, or what goes on from "the target". */
static int read_id(struct jobroutes *r, const struct record *record, const char **out,
                   const char **fault, struct err *e)
{
    struct slice id = slice_trim(record->fields[1]);
    bool link = r->of_claims && claimlink_is(id);

    if (id.len == 0)
        *fault = "is empty: write its id, or remove the line";
    else
        *fault = link || r->of_files ? NULL : segment_fault(id);
    if (*fault)
        return 0;
    *out = r->of_files ? keep_path(r, id, e) : keep_field(r, id, e);
    if (!*out)
        return -1;
    return link ? jobtexts_claim(r->t, out, fault, e) : 0;
}

static int add_record(struct jobroutes *r, const char *path, const struct record *record,
                      struct err *e)
{
    struct jobroute route = {.line = record->line};
    const char *fault;

    if (record->aside)
        return 0;
    fault = fault_of(record);
    if (fault)
        return refuse(path, record->line, fault, e);
    if (read_id(r, record, &route.id, &fault, e) != 0)
        return -1;
    if (fault)
        return err_set(e, EXIT_USAGE, "%s:%" PRIu64 ": the target %s", path, record->line, fault);
    route.value = keep_field(r, record->fields[0], e);
    return route.value ? jobroutes_add(r, &route, path, e) : -1;
}

static int add_records(struct jobroutes *r, const char *path, struct input *in, struct err *e)
{
    const struct columns *header = &read_facts(in)->header;
    struct batch b;
    int rc;

    if (read_facts(in)->hidden_rows > 0)
        return err_set(e, EXIT_USAGE,
                       "%s: %" PRIu64 " of its rows are hidden: show them, or take them out", path,
                       read_facts(in)->hidden_rows);
    if (header->n != 2)
        return refuse(path, header->line,
                      header->n < 2 ? "there is but one column: routes are two, value and target, "
                                      "divided by a comma"
                                    : "there are more than two columns: a value or target with a "
                                      "comma needs quotes",
                      e);
    batch_init(&b);
    rc = read_rewind(in, e);
    do {
        rc = rc == 0 ? read_batch(in, &b, e) : rc;
        for (size_t i = 0; rc == 0 && i < b.n; i++)
            rc = add_record(r, path, &b.records[i], e);
    } while (rc == 0 && b.n > 0);
    batch_release(&b);
    return rc;
}

int jobroutes_read_csv(struct jobroutes *r, const char *path, struct err *e)
{
    const struct read_wishes w = {.header_line = 0};
    struct err why = ERR_INIT; /* it is no INPUT */
    struct input *in =
        plainfile_check(path, "table of routes", &why) == 0 ? read_open(path, &w, &why) : NULL;
    int rc = in ? add_records(r, path, in, &why) : -1;

    read_close(in);
    if (jobtexts_reads(r->t, path, e) != 0)
        return -1;
    if (rc != 0)
        return err_set(e, why.code == EXIT_INPUT ? EXIT_USAGE : why.code, "%s", why.text);
    if (r->n == 0)
        return err_set(
            e, EXIT_USAGE,
            "%s: has no routes: it needs a header, and a value and a target on each line", path);
    return 0;
}

/* ---- to targets ---- */

const char *jobroutes_identity(const struct job_target *target)
{
    if (target->seed)
        return target->seed;
    return target->codes ? target->codes : target->id;
}

static void fill_target(const struct jobroute *route, const struct job_target *common,
                        struct job_target *out)
{
    *out = route->own ? *route->own : *common;
    if (!route->own)
        out->id = route->id;
}

static const char *identity_of(const struct jobroute *route, const struct job_target *common)
{
    if (route->own)
        return jobroutes_identity(route->own);
    return common->seed || common->codes ? jobroutes_identity(common) : route->id;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_letter(const struct letter_wishes *a, const struct letter_wishes *b)
{
    bool same = same_text(a->name, b->name) && same_text(a->to, b->to) &&
                same_text(a->from, b->from) && same_text(a->reply_to, b->reply_to) &&
                same_text(a->subject, b->subject) && same_text(a->bounces_to, b->bounces_to) &&
                same_text(a->copy, b->copy) && same_text(a->unsubscribe, b->unsubscribe) &&
                a->one_click == b->one_click && a->files.n == b->files.n;

    for (size_t i = 0; same && i < a->files.n; i++)
        same = same_text(a->files.paths[i], b->files.paths[i]);
    return same;
}

static bool same_target(const struct job_target *a, const struct job_target *b)
{
    if (!same_text(a->id, b->id) || a->version != b->version || !same_text(a->secret, b->secret) ||
        !same_text(a->seed, b->seed) || !same_text(a->codes, b->codes) ||
        a->n_settings != b->n_settings || !same_letter(&a->letter, &b->letter))
        return false;
    for (size_t i = 0; i < a->n_settings; i++) {
        const struct plan_setting *x = &a->settings[i], *y = &b->settings[i];

        if (!same_text(x->instance, y->instance) || !same_text(x->field, y->field) ||
            !same_text(x->value, y->value) || x->literal != y->literal)
            return false;
    }
    return true;
}

static bool same_aim(const struct jobroute *a, const struct jobroute *b,
                     const struct job_target *common)
{
    struct job_target x, y;

    if (!a->own && !b->own)
        return strcmp(a->id, b->id) == 0;
    fill_target(a, common, &x);
    fill_target(b, common, &y);
    return same_target(&x, &y);
}

struct place {
    const char *identity;
    size_t at;     /* in the list */
    size_t leader; /* the first of the list with this identity */
    size_t target;
};

static int by_identity(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->identity, y->identity);

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int by_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

static int refuse_pair(const char *asked_by, const struct jobroute *a, const struct jobroute *b,
                       const struct job_target *common, struct err *e)
{
    char first[SHOWN_MAX], second[SHOWN_MAX];
    struct job_target t;

    fill_target(a, common, &t);
    visible_line(slice_of(a->value), first, sizeof(first));
    visible_line(slice_of(b->value), second, sizeof(second));
    return err_set(e, EXIT_USAGE, "%s: \"%s\" and \"%s\" %s", asked_by, first, second,
                   t.seed || t.codes
                       ? "share a seed or list of codes: each claim has one of its own"
                       : "have the same target, but not the same settings for it");
}

/* Gives each place its leader; how many there are, or 0. */
static size_t group(const struct jobroutes *r, const struct job_target *common,
                    struct place *places, const char *asked_by, struct err *e)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        places[i] = (struct place){.identity = identity_of(&r->list[i], common), .at = i};
    qsort(places, r->n, sizeof(*places), by_identity);
    for (size_t i = 0; i < r->n; i++) {
        struct place *p = &places[i];

        p->leader = p->at;
        if (i > 0 && strcmp(p->identity, places[i - 1].identity) == 0)
            p->leader = places[i - 1].leader;
        else
            n++;
        if (p->leader != p->at && !same_aim(&r->list[p->leader], &r->list[p->at], common)) {
            refuse_pair(asked_by, &r->list[p->leader], &r->list[p->at], common, e);
            return 0;
        }
    }
    qsort(places, r->n, sizeof(*places), by_order);
    return n;
}

/* The value stands there twice: says where. */
static int refuse_repeat(const struct jobroutes *r, struct slice value, const char *asked_by,
                         struct err *e)
{
    const struct jobroute *found[2] = {NULL, NULL};
    char shown[SHOWN_MAX];

    for (size_t i = 0, n = 0; i < r->n && n < 2; i++)
        if (slice_equal(slice_trim(slice_of(r->list[i].value)), value))
            found[n++] = &r->list[i];
    visible_line(value, shown, sizeof(shown));
    if (found[1] && found[1]->line)
        return err_set(e, EXIT_USAGE,
                       "%s:%" PRIu64 ": \"%s\" stands on line %" PRIu64 " already: remove one of "
                       "them",
                       asked_by, found[1]->line, shown, found[0]->line);
    return err_set(e, EXIT_USAGE, "%s: \"%s\" stands there twice", asked_by, shown);
}

static int fill_step(struct jobroutes *r, struct job_step *step, struct place *places,
                     struct err *e)
{
    const struct job_target *common = &step->targets[0];
    struct job_target *targets = jobtexts_zero(r->t, step->n_targets, sizeof(*targets), e);

    if (!targets)
        return -1;
    for (size_t i = 0, n = 0; i < r->n; i++) {
        struct place *p = &places[i];

        p->target = p->leader == i ? n++ : places[p->leader].target;
        if (p->leader == i)
            fill_target(&r->list[i], common, &targets[p->target]);
        if (route_add(&step->routes, slice_of(r->list[i].value), p->target) != 0)
            return err_nomem(e);
    }
    step->targets = targets;
    return 0;
}

int jobroutes_build(struct jobroutes *r, struct job_step *step, const char *asked_by, struct err *e)
{
    struct place *places = mem_zero(r->n ? r->n : 1, sizeof(*places));
    size_t n, repeated = ROUTE_NONE;
    int rc = -1;

    if (!places)
        return err_nomem(e);
    n = group(r, &step->targets[0], places, asked_by, e);
    if (n > 0) {
        step->n_targets = n;
        rc = fill_step(r, step, places, e);
    }
    if (rc == 0)
        repeated = route_seal(&step->routes);
    if (repeated != ROUTE_NONE)
        rc = refuse_repeat(r, step->routes.entries[repeated].value, asked_by, e);
    free(places);
    return rc;
}
