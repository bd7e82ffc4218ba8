/*
 * jobsteps: a step is read (its own target, then the routes, which begin as copies of it), then checked; all
 * steps are read, then checked together.
 */
#include "settings/jobsteps.h"

#include "actions/action.h"
#include "adapters/json.h"
#include "base/mem.h"
#include "base/site.h"
#include "base/text.h"
#include "policy/link.h"
#include "policy/segment.h"
#include "settings/jobfields.h"
#include "settings/jobroutes.h"
#include "settings/jobsettings.h"
#include "settings/jobtexts.h"
#include "stages/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

/* Removes those of the first n settings that a later one names, too. */
static void drop_replaced(struct job_target *t, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->n_settings; i++) {
        const struct plan_setting *old = &t->settings[i];
        bool replaced = false;

        for (size_t k = n; i < n && k < t->n_settings; k++) {
            const struct plan_setting *new = &t->settings[k];

            replaced = replaced || (strcmp(old->field, new->field) == 0 &&
                                    (!old->instance || strcmp(old->instance, new->instance) == 0));
        }
        if (!replaced)
            t->settings[kept++] = *old;
    }
    t->n_settings = kept;
}

/* ---- what a target needs ---- */

/* Is `name` a {{stepK.code}}, and not of an earlier step that gives codes? */
static int check_reference(struct jobfields *r, struct slice name)
{
    for (size_t k = 1; k <= JOB_STEPS_MAX; k++) {
        char reference[JOBFIELDS_SHOWN_MAX];

        snprintf(reference, sizeof(reference), "step%zu.code", k);
        if (!slice_equal(name, slice_of(reference)))
            continue;
        if (k < r->number && action_find(r->job->steps[k - 1].action)->local)
            return 0;
        return jobfields_refuse(r, "{{%s}}: is no earlier step with \"action\": \"code\"",
                                reference);
    }
    return 0;
}

static int check_references(struct jobfields *r, const struct job_target *t)
{
    for (size_t i = 0; i < t->n_settings; i++) {
        const char *at = t->settings[i].literal ? NULL : strstr(t->settings[i].value, "{{");

        while (at) {
            const char *name = at + 2, *end = strstr(name, "}}");

            if (!end) /* plan says what is wrong */
                break;
            if (check_reference(r, slice_trim((struct slice){name, (size_t)(end - name)})) != 0)
                return -1;
            at = strstr(end, "{{");
        }
    }
    return 0;
}

static int check_target(struct jobfields *r, const struct job_target *t)
{
    const struct link_values of_code = {.claim = t->id, .code = ""};
    const struct link_values of_claim = {
        .target = t->id, .claim = t->id, .collection = "", .approval = ""};
    const char *fault;

    if (!r->action->local && !t->id)
        return jobfields_refuse(r, "the %s is missing%s", r->action->of,
                                r->action == &action_claim ? ": " SITE_CLAIM_ID : "");
    fault = t->id && !r->action->mails ? segment_fault(slice_of(t->id)) : NULL;
    if (fault)
        return jobfields_refuse(r, "the %s %s", r->action->of, fault);
    if (r->action->local && (t->seed != NULL) == (t->codes != NULL))
        return jobfields_refuse(r, t->seed ? "has seed_from and codes: give one of them"
                                           : "has no codes: give seed_from or codes");
    if (r->step->link &&
        link_check(r->step->link, r->action->local ? &of_code : &of_claim, r->place, r->e) != 0)
        return -1;
    return check_references(r, t);
}

/* ---- steps ---- */

static int take_routes(struct jobfields *r, const struct jobfield *m, const struct json *v);

static int take_otherwise(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = jobfields_text(r, v);
    bool *out = jobfields_at(r, m);

    if (!text)
        return -1;
    *out = strcmp(text, "skip") == 0;
    return *out || strcmp(text, "invalid") == 0
               ? 0
               : jobfields_refuse(r, "\"%s\": give \"invalid\" or \"skip\"", text);
}

static bool is_of_claims(const struct jobfields *r)
{
    return strcmp(r->action->name, "store") != 0 && !r->action->mails;
}

#define STEP(member) offsetof(struct job_step, member)

/* What is no setting. */
static const struct jobfield own_members[] = {
    {"action", NULL, JOBFIELD_OF_STEP, jobfields_take_ignored, 0, 0, 0},
    {"route", NULL, JOBFIELD_OF_STEP, jobfields_take_text, STEP(route), 0, 0},
    {"otherwise", NULL, JOBFIELD_OF_STEP, take_otherwise, STEP(skip_unrouted), 0, 0},
    {"routes", NULL, JOBFIELD_OF_STEP, take_routes, 0, 0, 0},
};

/* parts: of a step and its target, or of a route's target. */
static int read_members(struct jobfields *r, unsigned parts, const struct json *object)
{
    return jobsettings_read(r, "steps", own_members, sizeof(own_members) / sizeof(*own_members),
                            parts, object);
}

/* A route that says more than an id: a target of its own. */
static const struct job_target *read_target(struct jobfields *r, const struct json *object)
{
    const struct job_target *common = r->target;
    struct job_target *own = jobtexts_zero(r->t, 1, sizeof(*own), r->e);
    int rc;

    if (!own)
        return NULL;
    *own = *common;
    if (json_get(object, "credential")) /* which has an id of its own */
        own->id = NULL;
    if (json_get(object, "seed_from") || json_get(object, "codes"))
        own->seed = own->codes = NULL;
    r->target = own;
    rc = read_members(r, JOBFIELD_OF_TARGET, object);
    r->target = (struct job_target *)common;
    drop_replaced(own, common->n_settings);
    return rc == 0 && check_target(r, own) == 0 ? own : NULL;
}

struct routing {
    struct jobfields *r;
    struct jobroutes *routes;
};

static int read_route_id(struct jobfields *r, const struct json *v, const char **out)
{
    const char *text = jobfields_text(r, v), *fault = NULL;

    if (r->action->mails)
        *out = text ? jobfields_keep_path(r, "", text) : NULL;
    else
        *out = text ? jobtexts_copy(r->t, text, strlen(text), r->e) : NULL;
    if (!*out)
        return -1;
    if (r->action->mails)
        return 0;
    if (!is_of_claims(r))
        fault = segment_fault(slice_of(*out));
    else if (jobtexts_claim(r->t, out, &fault, r->e) != 0)
        return -1;
    return fault ? jobfields_refuse(r, "the %s %s", r->action->of, fault) : 0;
}

static int read_route(struct routing *in, struct slice value, const struct json *v)
{
    struct jobfields *r = in->r;
    struct jobroute route = {.value = NULL};

    if (slice_trim(value).len == 0)
        return jobfields_refuse(r, "the value is empty");
    if (json_holds_object(v))
        route.own = read_target(r, v);
    else if (!json_text(v).ptr)
        return jobfields_refuse_kind(r, "a target's id or an object", v);
    else if (read_route_id(r, v, &route.id) != 0)
        return -1;
    if (!route.id && !route.own)
        return -1;
    route.value = jobtexts_copy(r->t, value.ptr, value.len, r->e);
    return route.value ? jobroutes_add(in->routes, &route, r->place, r->e) : -1;
}

static int take_route(void *context, struct slice value, const struct json *v)
{
    struct routing *in = context;
    size_t mark = jobfields_enter(in->r, value);
    int rc = read_route(in, value, v);

    jobfields_leave(in->r, mark);
    return rc;
}

/* Routes in the job file, or the path of a CSV. */
static int take_routes(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    struct jobroutes routes;
    struct routing in = {r, &routes};
    const char *path = json_text(v).ptr ? jobfields_text(r, v) : NULL;
    int rc = -1;

    (void)m;
    jobroutes_init(&routes, r->t);
    routes.of_claims = is_of_claims(r);
    routes.of_files = r->action->mails;
    routes.folder = r->folder;
    if (path)
        path = jobfields_keep_path(r, "", path);
    if (path)
        rc = jobroutes_read_csv(&routes, path, r->e);
    else if (json_holds_object(v))
        rc = json_each(v, take_route, &in);
    else if (!json_text(v).ptr)
        jobfields_refuse_kind(r, "an object of values and targets, or the path of a CSV", v);
    if (rc == 0 && routes.n == 0)
        rc = jobfields_refuse(r, "there are no routes");
    if (rc == 0)
        rc = jobroutes_build(&routes, r->step, path ? path : r->place, r->e);
    jobroutes_release(&routes);
    return rc;
}

static int check_step(struct jobfields *r, const struct json *object)
{
    const struct job_step *s = r->step;
    bool routed = s->routes.n > 0;

    if (routed && !s->route)
        return jobfields_refuse(r,
                                "has routes, but no route: name the column whose value they go by");
    if (!routed && (s->route || json_get(object, "otherwise")))
        return jobfields_refuse(r, "has no routes, which \"route\" and \"otherwise\" are about");
    if (routed && json_get(object, "credential"))
        return jobfields_refuse(r, "a credential is for one claim: give each route its own");
    if (s->otherwise && strcmp(s->action, "claim") == 0)
        return jobfields_refuse(r, "a claim needs an address, and these rows have none");
    if (strcmp(s->action, "claim") == 0 && r->job->kind != IDENTITY_ADDRESS)
        return jobfields_refuse(
            r, "a claim needs addresses: name their column as \"address\" in \"input\"; or if "
               "another file has them, name it as \"lookup\" there, and as \"on\" the column by "
               "which it knows people");
    for (size_t i = 0; i < s->n_targets; i++)
        if (check_target(r, &s->targets[i]) != 0)
            return -1;
    return 0;
}

static const struct action *read_action(struct jobfields *r, const struct json *object)
{
    size_t mark;
    struct slice known[JOBFIELDS_KNOWN_MAX];
    const struct action *a = NULL;
    const char *name;
    size_t n = 0;

    if (!json_holds_object(object)) {
        jobfields_refuse_kind(r, "an object", object);
        return NULL;
    }
    mark = jobfields_enter(r, slice_of("action"));
    name = jobfields_text(r, json_get(object, "action"));
    if (name)
        a = action_find(name);
    for (; n < JOBFIELDS_KNOWN_MAX && action_at(n); n++)
        known[n] = slice_of(action_at(n)->name);
    if (name && !a)
        jobfields_refuse_unknown(r, slice_of(name), known, n);
    jobfields_leave(r, mark);
    return a;
}

static int read_step(struct jobfields *r, const struct json *object)
{
    r->action = read_action(r, object);
    if (!r->action)
        return -1;
    r->target = jobtexts_zero(r->t, 1, sizeof(*r->target), r->e);
    if (!r->target)
        return -1;
    r->step = &r->job->steps[r->job->n_steps];
    job_step_init(r->step, r->action->name, r->target);
    r->step->otherwise = r->otherwise;
    r->job->n_steps++;
    if (read_members(r, JOBFIELD_OF_STEP | JOBFIELD_OF_TARGET, object) != 0)
        return -1;
    return check_step(r, object);
}

/* ---- over all steps ---- */

struct aim {
    const struct job_step *step;
    const char *identity;
};

static int by_aim(const void *a, const void *b)
{
    const struct aim *x = a, *y = b;
    int order = strcmp(x->step->action, y->step->action);

    if (order == 0)
        order = x->step->remove - y->step->remove;
    if (order == 0)
        order = strcmp(x->identity, y->identity);
    return order ? order : (x->step > y->step) - (x->step < y->step);
}

/* The ledger knows a row by its target: a second step with the same one would find it done. */
static int check_aims(struct jobfields *r)
{
    const struct job *j = r->job;
    struct aim *aims;
    size_t n = 0, k = 0;
    int rc = 0;

    for (size_t i = 0; i < j->n_steps; i++)
        n += j->steps[i].n_targets;
    aims = mem_zero(n, sizeof(*aims));
    if (!aims)
        return err_nomem(r->e);
    for (size_t i = 0; i < j->n_steps; i++)
        for (size_t t = 0; t < j->steps[i].n_targets; t++)
            aims[k++] = (struct aim){&j->steps[i], jobroutes_identity(&j->steps[i].targets[t])};
    qsort(aims, n, sizeof(*aims), by_aim);
    for (size_t i = 1; i < n && rc == 0; i++) {
        const struct job_step *a = aims[i - 1].step, *b = aims[i].step;

        if (a != b && strcmp(a->action, b->action) == 0 && a->remove == b->remove &&
            strcmp(aims[i - 1].identity, aims[i].identity) == 0)
            rc = jobfields_refuse(
                r, "steps %zu and %zu have the same target: each row would get it once only",
                (size_t)(a - j->steps) + 1, (size_t)(b - j->steps) + 1);
    }
    free(aims);
    return rc;
}

/* One more step, by the name that users know it by: step1, not steps[0]. */
static int add_step(struct jobfields *r, const struct json *v)
{
    char name[JOBFIELDS_SHOWN_MAX];
    size_t number = r->job->n_steps + 1;

    jobfields_leave(r, r->file_len);
    if (number > JOB_STEPS_MAX)
        return jobfields_refuse(r, "there are more than %d steps in all, with those of otherwise",
                                JOB_STEPS_MAX);
    snprintf(name, sizeof(name), "step%zu", number);
    jobfields_enter(r, slice_of(name));
    r->number = number;
    return read_step(r, v);
}

static void enter_again(struct jobfields *r, const char *name)
{
    jobfields_leave(r, r->file_len);
    jobfields_enter(r, slice_of(name));
}

int jobsteps_take(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    size_t n = json_count(v);

    (void)m;
    if (n < 1 || n > JOB_STEPS_MAX)
        return jobfields_refuse(r, "must be a list of 1 to %d steps", JOB_STEPS_MAX);
    r->job->steps = jobtexts_zero(r->t, JOB_STEPS_MAX, sizeof(*r->job->steps), r->e);
    if (!r->job->steps)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (add_step(r, json_at(v, i)) != 0)
            return -1;
    enter_again(r, "steps");
    return check_aims(r);
}

static int add_otherwise(struct jobfields *r, const struct json *v)
{
    r->otherwise = true;
    return add_step(r, v);
}

/* "invalid", "skip", a step, or a list of steps. */
int jobsteps_take_otherwise(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *word = json_text(v).ptr;
    int rc = 0;

    (void)m;
    if (!r->job->steps)
        return 0; /* that there are none is said later */
    if (word) {
        r->job->skip_otherwise = strcmp(word, "skip") == 0;
        return r->job->skip_otherwise || strcmp(word, "invalid") == 0
                   ? 0
                   : jobfields_refuse(r,
                                      "must be \"invalid\", \"skip\", a step or a list of steps");
    }
    if (json_holds_object(v))
        rc = add_otherwise(r, v);
    else if (json_count(v) == 0)
        return jobfields_refuse(r, "must be \"invalid\", \"skip\", a step or a list of steps");
    for (size_t i = 0; i < json_count(v) && rc == 0; i++)
        rc = add_otherwise(r, json_at(v, i));
    if (rc != 0)
        return -1;
    enter_again(r, "otherwise");
    return check_aims(r);
}
