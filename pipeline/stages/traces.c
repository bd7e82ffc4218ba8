/*
 * traces: looks for the traces of earlier results before anything is done, and leaves its own before and after:
 * a ledger that is gone meanwhile is missed.
 */
#include "stages/traces.h"

#include "adapters/fetch.h"
#include "adapters/folders.h"
#include "adapters/trace.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "stages/job.h"
#include "stages/prepared.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The folder of a file; false: it has none.  NULL: a check writes no results. */
static bool folder_of(const char *file, char out[PATH_MAX])
{
    char *slash;

    if (!file || strcmp(file, "-") == 0 || fetch_is_url(file) || strlen(file) >= PATH_MAX)
        return false;
    folders_find(file, out);
    slash = strrchr(out, '/');
    if (!slash)
        memcpy(out, ".", 2);
    else
        slash[slash == out] = '\0';
    return strncmp(out, "/dev", 4) != 0 && strncmp(out, "/proc", 5) != 0;
}

/* Where the trace of the job is: false, nowhere.  *own: it is the results' folder. */
static bool find_folder(const struct job *j, char out[PATH_MAX], bool *own)
{
    *own = folder_of(j->results, out);
    return *own || folder_of(j->input, out);
}

static struct trace *list_targets(const struct prepared *p, struct err *e)
{
    struct trace *traces = mem_zero(p->n_targets, sizeof(*traces));

    for (size_t i = 0; traces && i < p->n_targets; i++) {
        struct ledger_target t = prepared_target(p, i);

        if (trace_target(t.action, t.url, t.name, traces[i].target) != 0) {
            free(traces);
            traces = NULL;
        }
    }
    if (!traces)
        err_nomem(e);
    return traces;
}

static int refuse(const struct prepared *p, struct ledger *l, const char *folder, size_t target,
                  const struct trace *t, enum trust trust, struct err *e)
{
    const char *action = p->targets[target].action->name;
    char when[CLOCK_RFC3339_MAX];

    clock_rfc3339(t->at_ms, when);
    if (trust == TRUST_OLDER)
        return err_set(
            e, EXIT_OUTPUT,
            "ledger %s: is older than the results in %s: an old copy was put in its "
            "place, and it does not know what was issued after it until %s (run %lld): "
            "put a newer one back with claimpipe ledger restore FILE, or go on with "
            "--accept-ledger (what it does not know is issued again: look at the results "
            "first)",
            ledger_name(l), folder, when, (long long)t->run);
    return err_set(
        e, EXIT_OUTPUT,
        "ledger %s: knows nothing of the results in %s: for the same %s another ledger "
        "was used there, %s (run %lld, %s): name that with --ledger, or put a copy of it "
        "back with claimpipe ledger restore FILE; or go on with --accept-ledger (what "
        "was issued is issued again: look at the results first)",
        ledger_name(l), folder, action, t->path, (long long)t->run, when);
}

/* It takes the place of one that lay here, beside the results, and of which nothing is left. */
static bool is_begun_anew(const struct ledger *l, const char *folder, const struct trace *t)
{
    size_t len = strlen(folder);
    char path[PATH_MAX];

    folders_find(ledger_name(l), path);
    return ledger_is_fresh(l) && strcmp(path, t->path) == 0 && strncmp(path, folder, len) == 0 &&
           path[len] == '/' && !strchr(path + len + 1, '/');
}

static void say_anew(const struct ledger *l, const char *folder, const struct trace *t,
                     char out[ERR_TEXT_MAX])
{
    char when[CLOCK_RFC3339_MAX];

    clock_rfc3339(t->at_ms, when);
    snprintf(
        out, ERR_TEXT_MAX,
        "ledger %.128s: is new, and the one before it is gone (run %lld, %s), with which results "
        "were made in %.128s: what it had issued is issued again",
        ledger_name(l), (long long)t->run, when, folder);
}

int traces_refuse(const struct prepared *p, struct ledger *l, char anew[ERR_TEXT_MAX],
                  struct err *e)
{
    char folder[PATH_MAX];
    struct trust_state now;
    struct trace *traces;
    bool own;
    int rc = 0;

    anew[0] = '\0';
    if (p->job->accept_ledger || !find_folder(p->job, folder, &own))
        return 0;
    traces = list_targets(p, e);
    if (!traces)
        return -1;
    rc = trace_find(folder, traces, p->n_targets, e);
    /* After the traces were read: a process beside this one may have left them since the ledger was opened. */
    if (rc == 0)
        rc = ledger_trust_now(l, &now, e);
    for (size_t i = 0; rc == 0 && i < p->n_targets; i++) {
        struct trust_state known = {.there = traces[i].ledger[0] != '\0', .seq = traces[i].seq};
        enum trust trust;

        memcpy(known.id, traces[i].ledger, sizeof(known.id));
        trust = trust_results(&known, &now);
        if (trust == TRUST_OTHER && is_begun_anew(l, folder, &traces[i]))
            say_anew(l, folder, &traces[i], anew);
        else if (trust != TRUST_GOOD)
            rc = refuse(p, l, folder, i, &traces[i], trust, e);
    }
    free(traces);
    return rc;
}

int traces_leave(const struct prepared *p, struct ledger *l, const struct ledger_run *run,
                 struct err *e)
{
    const struct trust_state *now = ledger_trust(l);
    struct err ignored = ERR_INIT;
    char folder[PATH_MAX], path[PATH_MAX];
    struct trace *traces;
    bool own;
    int rc;

    if (!find_folder(p->job, folder, &own))
        return 0;
    traces = list_targets(p, e);
    if (!traces)
        return -1;
    folders_find(ledger_name(l), path);
    for (size_t i = 0; i < p->n_targets; i++) {
        struct trace *t = &traces[i];

        memcpy(t->ledger, now->id, sizeof(t->ledger));
        t->seq = now->seq;
        t->run = run->id;
        t->at_ms = clock_wall_ms();
        snprintf(t->path, sizeof(t->path), "%.*s", (int)sizeof(t->path) - 1, path);
    }
    rc = trace_put(folder, traces, p->n_targets, own ? e : &ignored);
    free(traces);
    return own ? rc : 0;
}
