/*
 * doctor: one look after the other; each gathers facts and has policy/doctor.h say what they mean.
 *
 * The order is that in which things go wrong for a newcomer: program, environment, key, service, claims, then what is on
 * this machine.  A look that fails is a finding, and the next one is made all the same.
 */
#include "commands/doctor.h"

#include "actions/action.h"
#include "actions/claimfacts.h"
#include "actions/claimplugins.h"
#include "adapters/db.h"
#include "adapters/diskspace.h"
#include "adapters/environment.h"
#include "adapters/exchange.h"
#include "adapters/http.h"
#include "adapters/json.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/smtp.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/mem.h"
#include "doctor_internal.h"
#include "ledger/ledger.h"
#include "ledger/ledger_probe.h"
#include "policy/ratefields.h"
#include "policy/smtpreply.h"
#include "settings/settings.h"
#include "stages/ask.h"
#include "stages/budget.h"
#include "stages/job.h"
#include "stages/sender.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLES_MAX 40
/* Of a simulation, which leaves no attempt: nobody has made it (contract: Status). */
#define NO_ATTEMPT "/api/v0/claims/status/00000000000000000000000000000000"

struct doctor {
    const struct doctor_options *o;
    const struct job *job;
    bool here; /* the API is on this machine */
    struct doctor_findings found;
    struct ledger *ledger; /* a copy, by which the limit is shared; or NULL */
    struct budget budget;
    struct ask_options ask_options;
    struct ask *ask;
    bool told; /* what any answer tells of the service was told */
};

static int add(struct doctor *d, const struct doctor_finding *f, struct err *e)
{
    struct doctor_finding *list = mem_resize(d->found.list, d->found.n + 1, sizeof(*list));

    if (!list)
        return err_nomem(e);
    d->found.list = list;
    list[d->found.n++] = *f;
    return 0;
}

/* What could not be used, in the words of whoever could not. */
static int add_fault(struct doctor *d, const char *about, const char *text, const char *advice,
                     struct err *e)
{
    struct doctor_finding f = {.level = *advice ? DOCTOR_BAD : DOCTOR_OK, .about = about};

    snprintf(f.text, sizeof(f.text), "%s", text);
    snprintf(f.advice, sizeof(f.advice), "%s", advice);
    return add(d, &f, e);
}

/* ---- this program, and its environment ---- */

static int look_at_program(struct doctor *d, struct err *e)
{
    struct text t;
    int rc;

    text_init(&t);
    text_puts(&t, "claimpipe " CLAIMPIPE_VERSION ", ");
    http_library(&t);
    text_printf(&t, ", SQLite %s", db_library());
    rc = text_ok(&t) ? add_fault(d, "program", t.ptr, "", e) : err_nomem(e);
    text_release(&t);
    return rc;
}

struct environment_look {
    struct doctor *d;
    struct doctor_variable known[VARIABLES_MAX];
    size_t n;
    int rc;
    struct err *e;
};

static void see_variable(void *context, const char *name, const char *value)
{
    struct environment_look *l = context;
    struct doctor_finding f;

    if (l->rc == 0 &&
        (doctor_spelling(name, l->known, l->n, &f) || doctor_proxy(name, value, l->d->here, &f)))
        l->rc = add(l->d, &f, l->e);
}

static int look_at_environment(struct doctor *d, struct err *e)
{
    struct environment_look l = {.d = d, .e = e};
    const struct setting *s;

    for (size_t i = 0; (s = settings_at(i)) && l.n < VARIABLES_MAX; i++)
        if (s->variable)
            l.known[l.n++] = (struct doctor_variable){s->variable, getenv(s->variable) != NULL};
    for (size_t i = 0; i < d->o->n_unread && l.n < VARIABLES_MAX; i++)
        if (strncmp(d->o->sources[i], "env:", 4) == 0)
            l.known[l.n++] = (struct doctor_variable){d->o->sources[i] + 4, false};
    environment_each(see_variable, &l);
    return l.rc;
}

static int look_at_key(struct doctor *d, struct err *e)
{
    const char *source = d->o->key_source;
    bool of_environment = strncmp(source, "env:", 4) == 0;
    struct doctor_finding f;

    doctor_key(of_environment ? source + 4 : source,
               of_environment ? getenv(source + 4) : d->job->api_key, d->o->key_fault, d->here, &f);
    return add(d, &f, e);
}

/* ---- the service ---- */

static void say(void *context, const char *text)
{
    const struct doctor *d = context;
    struct log log;

    log_init(&log, d->job->observer, d->job->quiet, d->job->json_log);
    log_say(&log, LOG_WARNING, "notice", text, NULL, 0);
}

/* The ledger is a copy: what is asked here is not told to others, but theirs is known.  Without one that can be read
 * there is nobody to share with. */
static int begin_asking(struct doctor *d, struct err *e)
{
    const struct job *j = d->job;
    struct err ignored = ERR_INIT;

    if (j->ledger)
        d->ledger = ledger_open_copy(j->ledger, true, &ignored);
    if (budget_open(&d->budget, d->ledger, j->api_url, j->rates.list, j->rates.n, j->burst, e) != 0)
        return -1;
    d->ask_options =
        (struct ask_options){.api_url = j->api_url,
                             .api_key = j->api_key,
                             .cacert = j->cacert,
                             .connect_timeout_ns = j->connect_timeout_ns,
                             .timeout_ns = j->timeout_ns,
                             .budget = &d->budget,
                             .tries_max = 1, /* what it finds at first is the finding */
                             .seed = (uint64_t)clock_wall_ms(),
                             .say = say,
                             .context = d};
    d->ask = ask_new(&d->ask_options, e);
    return d->ask ? 0 : -1;
}

/* What any answer, or its absence, tells of the service; once. */
static int tell_service(struct doctor *d, const struct doctor_answer *a, int64_t asked_ms,
                        struct err *e)
{
    const struct answer *last = a->last;
    struct slice head = {last->head.ptr, last->head.len};
    struct rate_facts rates = RATE_FACTS_NONE;
    struct doctor_finding f;

    if (d->told)
        return 0;
    d->told = true;
    doctor_reach(a, &f);
    if (add(d, &f, e) != 0 || (doctor_tls(a, &f) && add(d, &f, e) != 0) ||
        (!*d->o->key_fault && doctor_accepted(a, &f) && add(d, &f, e) != 0))
        return -1;
    if (last->fate != FATE_ANSWERED)
        return 0;
    ratefields_read_head(&rates, head, last->wall_ms);
    doctor_clock(ratefields_date(head), asked_ms, last->wall_ms, &f);
    if (add(d, &f, e) != 0)
        return -1;
    doctor_limit(&rates, &f);
    return add(d, &f, e);
}

/* 1: *out is the answer; 0: there is none, and so there would be to any other question; -1. */
static int put_question(struct doctor *d, const char *path, struct ask_answer *out, struct err *e)
{
    int64_t asked_ms = clock_wall_ms();
    struct err failed = ERR_INIT;
    int rc = ask_get(d->ask, path, out, &failed);
    struct doctor_answer a = {.url = d->job->api_url,
                              .authorities = d->job->cacert,
                              .last = ask_last(d->ask),
                              .said = rc == 0 ? out->refusal : failed.text,
                              .of_api = rc == 0 && out->of_api,
                              .with_key = d->job->api_key != NULL,
                              .usual = strcmp(d->job->api_url, JOB_USUAL_API) == 0};

    if (rc != 0 && failed.code != EXIT_STOPPED)
        return err_set(e, failed.code, "%s", failed.text);
    return tell_service(d, &a, asked_ms, e) == 0 ? rc == 0 && a.of_api : -1;
}

/* ---- claims ---- */

/* Like check_ask.c, where what is to be sent is known, too. */
static int ask_claim(struct doctor *d, struct doctor_claim *c, struct err *e)
{
    struct target alone = TARGET_INIT;
    struct request r = {.post = false};
    struct ask_answer answer = {.doc = NULL};
    struct doctor_finding f;
    int rc;

    alone.action = &action_claim;
    alone.id = c->id;
    text_init(&r.path);
    text_init(&r.body);
    action_claim.ask(&alone, &r);
    rc = text_ok(&r.path) ? put_question(d, r.path.ptr, &answer, e) : err_nomem(e);
    text_release(&r.path);
    text_release(&r.body);
    if (rc <= 0)
        return rc;
    c->version = -1;
    if (answer.status == 200) {
        const struct json *claim = json_get(answer.doc, "claim");

        claimplugins_read(claim, &c->fit);
        claimfacts_read(claim, &c->facts);
        json_int(json_get(claim, "version"), &c->version);
    } else {
        c->refusal = answer.refusal;
    }
    doctor_claim(c, clock_wall_ms(), &f);
    return add(d, &f, e) == 0 ? 1 : -1;
}

static bool completes(const struct job_step *s)
{
    return strcmp(s->action, action_claim.name) == 0;
}

/* Does a step complete this claim? */
static bool is_completed(const struct job *j, const char *id)
{
    for (size_t i = 0; i < j->n_steps; i++)
        for (size_t t = 0; t < j->steps[i].n_targets; t++)
            if (completes(&j->steps[i]) && strcmp(j->steps[i].targets[t].id, id) == 0)
                return true;
    return false;
}

/* Each claim once: a code may say which one it is for, and a later step complete it with the code. */
static bool is_asked(const struct job *j, const struct job_step *s, const struct job_target *t)
{
    return completes(s) ||
           (t->id && strcmp(s->action, action_code.name) == 0 && !is_completed(j, t->id));
}

static int ask_target(struct doctor *d, const struct job_step *s, const struct job_target *t,
                      struct err *e)
{
    struct claimfit_given given[JOB_SETTINGS_MAX];
    struct doctor_claim c = {.id = t->id,
                             /* Unread secrets may be settings, too. */
                             .judged = completes(s) && d->o->n_unread == 0,
                             .given = given,
                             .n_given = t->n_settings,
                             .shared = s->n_targets > 1};

    for (size_t i = 0; i < t->n_settings; i++)
        given[i] = (struct claimfit_given){t->settings[i].instance, t->settings[i].field};
    return ask_claim(d, &c, e);
}

static int ask_job(struct doctor *d, size_t *asked, struct err *e)
{
    const struct job *j = d->job;
    int rc = 1;

    for (size_t i = 0; i < j->n_steps && !*d->o->job_fault; i++)
        for (size_t t = 0; t < j->steps[i].n_targets && rc > 0; t++)
            if (is_asked(j, &j->steps[i], &j->steps[i].targets[t])) {
                rc = ask_target(d, &j->steps[i], &j->steps[i].targets[t], e);
                ++*asked;
            }
    return rc;
}

static int look_at_service(struct doctor *d, struct err *e)
{
    struct ask_answer ignored = {.doc = NULL};
    size_t asked = 0;
    int rc = 1;

    if (*d->o->url_fault)
        return add_fault(d, "api", d->o->url_fault,
                         "set BITBADGES_API_URL to the API's URL, or unset it", e);
    if (begin_asking(d, e) != 0)
        return -1;
    for (; asked < d->o->n_claims && rc > 0; asked++)
        rc = ask_claim(d, &(struct doctor_claim){.id = d->o->claims[asked]}, e);
    if (rc > 0)
        rc = ask_job(d, &asked, e);
    if (rc > 0 && asked == 0)
        rc = put_question(d, NO_ATTEMPT, &ignored, e);
    return rc < 0 ? -1 : 0;
}

/* ---- the mail server ---- */

static int add_mail(struct doctor *d, const char *url, const char *words, bool bad, struct err *e)
{
    char text[DOCTOR_TEXT_MAX];

    snprintf(text, sizeof(text), "%s: %s", url, words);
    return add_fault(d, "mail", text,
                     bad ? "mend that: no message can be handed over until then" : "", e);
}

static bool mails(const struct job *j)
{
    for (size_t i = 0; i < j->n_steps; i++) {
        const struct action *action = action_find(j->steps[i].action);

        if (action && action->mails)
            return j->mail.url && !j->mail.outbox;
    }
    return false;
}

/* As far as the login, without a word of a message. */
static int look_at_mail(struct doctor *d, struct err *e)
{
    struct smtp_options o;
    struct exchange x;
    struct text words;
    bool bad;
    int rc;

    if (*d->o->job_fault || d->o->n_unread > 0 || !mails(d->job))
        return 0;
    o = sender_smtp(d->job);
    exchange_init(&x, NULL);
    text_init(&words);
    rc = smtp_probe(&o, &x, e);
    bad = rc == 0 && (x.answer.fate != FATE_ANSWERED || x.answer.status >= 400);
    if (bad)
        smtpreply_read(&x.answer, &words);
    else
        text_printf(&words, "can be reached%s", o.user ? ", and takes the login" : "");
    if (rc == 0)
        rc = add_mail(d, o.url, words.ptr, bad, e);
    text_release(&words);
    exchange_release(&x);
    return rc;
}

/* ---- this machine ---- */

static int look_at_disk(struct doctor *d, const char *what, const char *path, bool made,
                        struct err *e)
{
    struct diskspace space;
    struct doctor_disk disk = {.what = what, .path = path, .made = made};
    struct doctor_finding f;

    diskspace_look(path, &space);
    disk.folder = space.folder;
    disk.there = space.there;
    disk.blocked = space.blocked;
    disk.writable = space.writable;
    disk.free_bytes = space.free_bytes;
    doctor_disk(&disk, &f);
    return add(d, &f, e);
}

/* "a/b" -> "a", "a" -> ".", "/a" -> "/". */
static void folder_of(const char *path, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');

    snprintf(out, PATH_MAX, "%.*s",
             slash == path ? 1
             : slash       ? (int)(slash - path)
                           : 1,
             slash ? path : ".");
}

static int look_at_ledger(struct doctor *d, struct err *e)
{
    const char *path = d->job->ledger;
    struct ledger_probe p;
    struct doctor_finding f;
    char folder[PATH_MAX];

    if (*d->o->ledger_fault)
        return add_fault(d, "ledger", d->o->ledger_fault, "export HOME, or give --ledger FILE", e);
    ledger_probe(path, &p);
    doctor_ledger(&(struct doctor_ledger){.path = path,
                                          .there = p.there,
                                          .writable = diskspace_may_write(path),
                                          .size = p.size,
                                          .version = p.version,
                                          .ours = p.ours,
                                          .why = p.why},
                  &f);
    if (add(d, &f, e) != 0 || (doctor_holder(path, p.holder, &f) && add(d, &f, e) != 0))
        return -1;
    folder_of(path, folder);
    return look_at_disk(d, "the ledger", folder, true, e);
}

static int look_at_folders(struct doctor *d, struct err *e)
{
    const char *temporary = getenv("TMPDIR");
    char here[PATH_MAX];

    if (!getcwd(here, sizeof(here)))
        snprintf(here, sizeof(here), ".");
    return look_at_disk(d, "results", here, false, e) == 0 &&
                   look_at_disk(d, "temporary files",
                                temporary && *temporary ? temporary : "/var/tmp", false, e) == 0
               ? 0
               : -1;
}

/* ---- the job ---- */

static int look_at_job(struct doctor *d, struct err *e)
{
    const struct doctor_options *o = d->o;
    char text[DOCTOR_TEXT_MAX];

    if (!o->job_file)
        return 0;
    for (size_t i = 0; i < o->n_unread; i++)
        if (add_fault(d, "job", o->unread[i], "mend that: without it the job can't be run", e) != 0)
            return -1;
    if (*o->job_fault)
        return add_fault(d, "job", o->job_fault, "mend the job file, then run this again", e);
    snprintf(text, sizeof(text), "%s: %zu step%s%s", o->job_file, d->job->n_steps,
             d->job->n_steps == 1 ? "" : "s", o->n_unread ? "" : ", and its secrets can be read");
    return add_fault(d, "job", text, "", e);
}

/* ---- all of it ---- */

static int look(struct doctor *d, struct err *e)
{
    if (look_at_program(d, e) != 0 || look_at_environment(d, e) != 0 || look_at_key(d, e) != 0 ||
        look_at_service(d, e) != 0 || look_at_mail(d, e) != 0)
        return -1;
    return look_at_ledger(d, e) == 0 && look_at_folders(d, e) == 0 ? look_at_job(d, e) : -1;
}

static int answer(const struct doctor *d, struct err *e)
{
    const struct observer *o = d->job->observer;
    struct text out;
    int rc = 0;

    text_init(&out);
    (d->job->json ? doctor_say_json : doctor_say_text)(&d->found, &out);
    if (!o || !o->answer)
        rc = outfile_print(&out, e);
    else if (!text_ok(&out))
        rc = err_nomem(e);
    else
        o->answer(o->answer_context, out.ptr, out.len);
    text_release(&out);
    return rc;
}

int doctor_run(const struct doctor_options *o, struct err *e)
{
    struct doctor *d = mem_zero(1, sizeof(*d));
    size_t bad;
    int rc;

    if (!d) {
        err_nomem(e);
        return (int)e->code;
    }
    d->o = o;
    d->job = o->job;
    d->here = o->job->api_url && http_stays_here(o->job->api_url);
    rc = look(d, e) == 0 ? answer(d, e) : -1;
    bad = doctor_count(&d->found, DOCTOR_BAD);
    ask_free(d->ask);
    ledger_close(d->ledger);
    free(d->found.list);
    free(d);
    if (rc == 0)
        return bad ? EXIT_ROWS : EXIT_DONE;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
