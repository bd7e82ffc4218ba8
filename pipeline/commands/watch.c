/*
 * watch: the driver.
 *
 *   opened (inbox locked, what an earlier watch has left is claimed) -> a file after the other, or waiting -> closed
 *
 * A file of ours, from when it is claimed:
 *
 *   due -> under way -> done | failed (moved there, and forgotten) | due again, later
 *
 * Nothing is kept in memory that the folders do not show, but for how often a file was tried: after kill -9 the next
 * watch goes on as if it had been this one.
 */
#include "commands/watch.h"

#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "adapters/watchfolder.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/visible.h"
#include "policy/arrival.h"
#include "stages/job.h"
#include "watch_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_NS                                                                                    \
    (5 * CLOCK_NS_PER_S) /* without events; with them this finds what they did not tell */
#define BUSY_LOOK_NS CLOCK_NS_PER_S /* while there is enough to do */
#define WHY ".why.txt"              /* behind the name of one that failed */
#define NAMES_MAX 1000000u          /* of files with the same name */

struct claimed {
    char *name; /* in .working */
    bool left;  /* it may have had its run, and only not have been moved */
    unsigned tries;
    int64_t due_ns;
};

struct watch {
    const struct watch_options *o;
    struct log log;
    struct watchfolder *folder;
    struct watch_inbox inbox;
    struct claimed *claimed;
    size_t n, cap;
    int64_t looked_ns;
    bool poked; /* something has happened since */
    int worst;  /* exit code of any file */
};

/* ---- telling ---- */

static void say(struct watch *w, enum log_level level, const char *event, struct text *t,
                const struct log_field *fields, size_t n)
{
    if (text_ok(t))
        log_say(&w->log, level, event, t->ptr, fields, n);
    text_release(t);
}

static void say_waiting(void *context, const char *text)
{
    struct watch *w = context;

    log_say(&w->log, LOG_WARNING, "watch", text, NULL, 0);
}

static void say_beginning(struct watch *w)
{
    struct text t, inbox, outbox;

    text_init(&t);
    text_init(&inbox);
    text_init(&outbox);
    watchfolder_path(w->folder, WATCHFOLDER_INBOX, "", &inbox);
    watchfolder_path(w->folder, WATCHFOLDER_OUTBOX, "", &outbox);
    text_puts(&t, w->o->once ? "looking into " : "watching ");
    visible_puts(&t, inbox.ptr);
    text_puts(&t, "; results go to ");
    visible_puts(&t, outbox.ptr);
    if (!watchfolder_hears(w->folder))
        text_puts(&t, "; the system gives no events for it, so it is looked at every 5 s");
    text_release(&inbox);
    text_release(&outbox);
    say(w, LOG_INFO, "watch", &t, NULL, 0);
}

static void say_of(struct watch *w, enum log_level level, const char *name, const char *what)
{
    struct text t;

    text_init(&t);
    visible_puts(&t, name);
    text_printf(&t, ": %s", what);
    say(w, level, "file", &t, NULL, 0);
}

/* ---- claimed files ---- */

/* Takes the name. */
static int add_claimed(struct watch *w, char *name, struct err *e)
{
    if (name && w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 16;
        struct claimed *grown = mem_resize(w->claimed, cap, sizeof(*grown));

        if (!grown) {
            free(name);
            return err_nomem(e);
        }
        w->claimed = grown;
        w->cap = cap;
    }
    if (!name)
        return err_nomem(e);
    w->claimed[w->n++] = (struct claimed){.name = name};
    return 0;
}

static void drop_claimed(struct watch *w, struct claimed *c)
{
    size_t at = (size_t)(c - w->claimed);

    free(c->name);
    memmove(c, c + 1, (w->n - at - 1) * sizeof(*c));
    w->n--;
}

static int see_left(void *context, const struct watchfolder_file *file, struct err *e)
{
    struct watch *w = context;

    if (file->name[0] == '.') /* the lock */
        return 0;
    return add_claimed(w, mem_copy(file->name, strlen(file->name)), e);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct claimed *)a)->name, ((const struct claimed *)b)->name);
}

static int find_left(struct watch *w, struct err *e)
{
    if (watchfolder_list(w->folder, WATCHFOLDER_WORKING, see_left, w, e) != 0)
        return -1;
    if (w->n)
        qsort(w->claimed, w->n, sizeof(*w->claimed), by_name);
    for (size_t i = 0; i < w->n; i++) {
        w->claimed[i].left = true;
        say_of(w, LOG_WARNING, w->claimed[i].name,
               "was claimed by an earlier watch, which did not finish it: going on with it");
    }
    return 0;
}

/* The one that is due, or NULL; *wait_ns: how long until one is.  once: it had its turn, and is left. */
static struct claimed *next_claimed(struct watch *w, int64_t now_ns, int64_t *wait_ns)
{
    *wait_ns = INT64_MAX;
    for (size_t i = 0; i < w->n; i++) {
        int64_t wait = w->claimed[i].due_ns - now_ns;

        if (w->o->once && w->claimed[i].tries > 0)
            continue;
        if (wait <= 0)
            return &w->claimed[i];
        if (wait < *wait_ns)
            *wait_ns = wait;
    }
    return NULL;
}

/* Where its results go. */
static void results_path(const struct watch *w, const char *name, struct text *out)
{
    struct text results;

    text_init(&results);
    watch_results_name(name, &results);
    watchfolder_path(w->folder, WATCHFOLDER_OUTBOX, results.ptr, out);
    out->failed = out->failed || results.failed;
    text_release(&results);
}

/* Has one that is claimed its results there?  It may have none yet: a.xlsx and a.ods share a name. */
static bool is_anothers(const struct watch *w, const char *results)
{
    struct text other;
    bool same = false;

    text_init(&other);
    for (size_t i = 0; !same && i < w->n; i++) {
        text_clear(&other);
        results_path(w, w->claimed[i].name, &other);
        same = strcmp(other.ptr, results) == 0;
    }
    text_release(&other);
    return same;
}

/* Does nothing lie where a file of this name would come to, or its results? */
static bool is_free(struct watch *w, const char *name)
{
    struct text results;
    const char *slash;
    bool taken = watchfolder_has(w->folder, WATCHFOLDER_WORKING, name) ||
                 watchfolder_has(w->folder, WATCHFOLDER_DONE, name) ||
                 watchfolder_has(w->folder, WATCHFOLDER_FAILED, name);

    text_init(&results);
    results_path(w, name, &results);
    slash = strrchr(results.ptr, '/');
    taken = taken || !slash || watchfolder_has(w->folder, WATCHFOLDER_OUTBOX, slash + 1) ||
            is_anothers(w, results.ptr);
    text_release(&results);
    return !taken;
}

/* Moves a file to the first name that is free.  0, or 1: it is gone, or -1. */
static int move(struct watch *w, enum watchfolder_place from, const char *name,
                enum watchfolder_place to, bool anew, struct text *as, struct err *e)
{
    for (unsigned i = 1; i < NAMES_MAX; i++) {
        int rc;

        text_clear(as);
        arrival_name(name, i, as);
        if (!text_ok(as))
            return err_nomem(e);
        if (anew && !is_free(w, as->ptr))
            continue;
        rc = watchfolder_move(w->folder, from, name, to, as->ptr, e);
        if (rc != 2)
            return rc;
    }
    return err_set(e, EXIT_OUTPUT, "there are too many files of this name");
}

/* It has changed since it was looked at, or is gone: then it is as if that had just been seen. */
static bool has_changed(struct watch *w, struct watch_arrival *a)
{
    struct watchfolder_file file;
    struct arrival_look look;

    if (watchfolder_look(w->folder, WATCHFOLDER_INBOX, a->name, &file) != 0) {
        watch_inbox_drop(&w->inbox, a);
        return true;
    }
    look = (struct arrival_look){file.inode, file.size, file.mtime_ns};
    if (arrival_same(&a->arrival.look, &look))
        return false;
    a->arrival = arrival_see(&a->arrival, &look, false, clock_now_ns());
    a->late = w->o->once;
    return true;
}

/* One that can't be claimed is said once, and is no matter for the others. */
static int claim(struct watch *w, struct watch_arrival *a, struct err *e)
{
    struct err why = ERR_INIT;
    struct text as;
    int rc;

    if (has_changed(w, a))
        return 0;
    text_init(&as);
    rc = move(w, WATCHFOLDER_INBOX, a->name, WATCHFOLDER_WORKING, true, &as, &why);
    if (rc < 0 && why.code == EXIT_INPUT) { /* the inbox is gone */
        rc = err_set(e, why.code, "%s", why.text);
    } else if (rc < 0) {
        say_of(w, LOG_ERROR, a->name, why.text);
        w->worst = w->worst > EXIT_OUTPUT ? w->worst : EXIT_OUTPUT;
        a->refused = true;
        rc = 0;
    } else {
        rc = rc > 0 ? 0 : add_claimed(w, mem_copy(as.ptr, as.len), e);
        watch_inbox_drop(&w->inbox, a);
    }
    text_release(&as);
    return rc;
}

/* ---- what becomes of a file ---- */

/* Why it failed, beside it: nobody may read the log in whose inbox it is. */
static void write_why(struct watch *w, const char *name, const char *why)
{
    struct err e = ERR_INIT;
    struct outfile *f;
    struct text path, t, named;
    char when[CLOCK_RFC3339_MAX];

    text_init(&path);
    text_init(&t);
    text_init(&named);
    text_printf(&named, "%s" WHY, name);
    watchfolder_path(w->folder, WATCHFOLDER_FAILED, named.ptr, &path);
    visible_puts(&t, name);
    text_printf(&t, "\n%s\n\n", clock_rfc3339(clock_wall_ms(), when));
    visible_append(&t, slice_of(why), "\n");
    text_puts(&t,
              strstr(why, JOB_IS_RESULTS)
                  ? "\n\nRows that failed are tried again from a file of --failed-to, which may "
                    "be moved into the inbox.\n"
                  : "\n\nWhen this is mended, move the file back into the inbox.  Nobody gets "
                    "anything twice: what was done is known.\n");
    f = text_ok(&path) && text_ok(&named) && text_ok(&t) ? outfile_open(path.ptr, &e) : NULL;
    if (f)
        err_ignore(outfile_close(f, outfile_write(f, t.ptr, t.len, &e) == 0, &e));
    if (e.code != EXIT_DONE)
        log_say(&w->log, LOG_WARNING, "file", e.text, NULL, 0);
    else
        watchfolder_share(w->folder, WATCHFOLDER_FAILED, named.ptr);
    text_release(&named);
    text_release(&path);
    text_release(&t);
}

/* It failed before, and was mended: what is said of it there is over. */
static void drop_why(struct watch *w, const char *name)
{
    struct text named;

    text_init(&named);
    text_printf(&named, "%s" WHY, name);
    if (text_ok(&named) && !watchfolder_has(w->folder, WATCHFOLDER_FAILED, name))
        watchfolder_remove(w->folder, WATCHFOLDER_FAILED, named.ptr);
    text_release(&named);
}

/* "NAME: WHAT: ", its errors, its counts, and where its results are. */
static void say_end(struct watch *w, enum log_level level, const char *name, const char *what,
                    const char *results, const struct watch_outcome *out)
{
    struct log_field fields[WATCH_FIELDS_MAX + 1];
    size_t n = out->n_fields, counts = strcspn(out->summary.ptr, "\n");
    struct text t;

    if (n)
        memcpy(fields, out->fields, n * sizeof(*fields));
    fields[n++] = (struct log_field){"exit_code", out->signal ? 128 + out->signal : out->code};
    text_init(&t);
    visible_puts(&t, name);
    text_printf(&t, ": %s", what);
    if (out->why.len > 0) {
        text_puts(&t, ": ");
        visible_append(&t, slice_of(out->why.ptr), "\n");
    }
    if (out->summary.len > 0) {
        text_puts(&t, out->why.len > 0 ? "\n" : ": ");
        visible_append(&t, (struct slice){out->summary.ptr, counts}, "");
    }
    if (results) {
        text_puts(&t, "; results in ");
        visible_puts(&t, results);
    }
    visible_append(&t, slice_of(out->summary.ptr + counts), "\n"); /* reasons, a line each */
    say(w, level, "file", &t, fields, n);
}

/* What is said of a run without a word of its own. */
static void fill_why(struct watch_outcome *out)
{
    if (out->signal)
        text_printf(&out->why, "%sits run died of signal %d (%s)", out->why.len ? "\n" : "",
                    out->signal, strsignal(out->signal));
    else if (out->why.len == 0 && out->code > EXIT_ROWS)
        text_printf(&out->why, "its run ended with exit code %d", out->code);
}

/* Out of .working; 0 or -1: it stays. */
static int put_away(struct watch *w, struct claimed *c, enum watchfolder_place to, struct text *as,
                    struct err *e)
{
    struct err why = ERR_INIT;
    int rc = move(w, WATCHFOLDER_WORKING, c->name, to, false, as, &why);

    if (rc < 0 && why.code == EXIT_INPUT)
        return err_set(e, why.code, "%s", why.text);
    if (rc > 0)
        say_of(w, LOG_WARNING, c->name, "was taken out of .working by somebody else");
    if (rc < 0)
        say_of(w, LOG_ERROR, c->name, why.text);
    return rc;
}

static void try_later(struct watch *w, struct claimed *c, const struct watch_outcome *out,
                      bool changed)
{
    int64_t wait = arrival_again_ns(++c->tries);
    char what[160];

    c->due_ns = clock_now_ns() + wait;
    if (stop_signal())
        snprintf(what, sizeof(what), "interrupted; it stays in .working for the next watch");
    else if (w->o->once)
        snprintf(what, sizeof(what), "%s; it stays in .working, and is tried again the next time",
                 changed ? "was still being written" : "not finished");
    else
        snprintf(what, sizeof(what), "%s; it stays in .working, and is tried again in %lld min",
                 changed ? "was still being written" : "not finished",
                 (long long)(wait / (60 * CLOCK_NS_PER_S)));
    say_end(w, stop_signal() || changed ? LOG_WARNING : LOG_ERROR, c->name, what, NULL, out);
}

/* What --once comes to with this file. */
static int code_of(enum arrival_end end, int code)
{
    if (end == ARRIVAL_DONE)
        return code;
    if (end == ARRIVAL_FAILED)
        return code == EXIT_USAGE ? EXIT_USAGE : EXIT_INPUT;
    return code == EXIT_OUTPUT ? EXIT_OUTPUT : EXIT_STOPPED;
}

/* What is told of one that is put away.  as: its name there, "": somebody else took it. */
static void say_put_away(struct watch *w, const struct claimed *c, enum arrival_end end,
                         const char *as, const char *results, const struct watch_outcome *out)
{
    if (end == ARRIVAL_DONE) {
        say_end(w, out->code == EXIT_DONE ? LOG_INFO : LOG_WARNING, c->name,
                out->code == EXIT_DONE ? "done" : "done, and some rows need a person", results,
                out);
        drop_why(w, c->name);
    } else {
        say_end(w, LOG_ERROR, c->name, "failed, and moved to failed/", NULL, out);
        if (*as)
            write_why(w, as, out->why.ptr);
    }
}

/* The file has had its run.  Here all is known of it: its name, its place, its results and its counts. */
static int conclude(struct watch *w, struct claimed *c, const char *results, bool changed,
                    struct watch_outcome *out, struct err *e)
{
    bool job_fault = out->code == EXIT_USAGE && !out->signal && !w->o->usable(w->o->context);
    enum arrival_end end = arrival_end(out->code, out->signal, job_fault, changed);
    int code = code_of(end, out->code);
    struct text as;
    int rc = 0;

    w->worst = code > w->worst ? code : w->worst;
    fill_why(out);
    text_init(&as);
    if (end != ARRIVAL_AGAIN)
        rc = put_away(w, c, end == ARRIVAL_DONE ? WATCHFOLDER_DONE : WATCHFOLDER_FAILED, &as, e);
    if (rc < 0) {
        w->worst = w->worst > EXIT_OUTPUT ? w->worst : EXIT_OUTPUT;
        c->left = true;
    }
    if (end == ARRIVAL_AGAIN || rc < 0) {
        try_later(w, c, out, changed);
        rc = e->code == EXIT_DONE ? 0 : -1;
    } else {
        say_put_away(w, c, end, rc == 0 ? as.ptr : "", results, out);
        drop_claimed(w, c);
        rc = 0;
    }
    text_release(&as);
    return rc;
}

static bool looks_other(struct watch *w, const char *name, const struct watchfolder_file *before)
{
    struct watchfolder_file now;

    return watchfolder_look(w->folder, WATCHFOLDER_WORKING, name, &now) == 0 &&
           (now.size != before->size || now.mtime_ns != before->mtime_ns);
}

/* That it can't be written is no matter for the files. */
static void write_index(struct watch *w)
{
    struct err e = ERR_INIT;

    if (watch_index(w->folder, w->o, &e) != 0 && e.code != EXIT_INPUT) /* gone: told at once */
        log_say(&w->log, LOG_WARNING, "index", e.text, NULL, 0);
}

/* Its run has ended, and the results are where that has put them. */
static bool was_run(struct watch *w, const struct claimed *c, const char *path,
                    struct watch_outcome *out)
{
    struct text results;
    bool there;

    if (!c->left)
        return false;
    text_init(&results);
    watch_results_name(c->name, &results);
    there = text_ok(&results) && watchfolder_has(w->folder, WATCHFOLDER_OUTBOX, results.ptr);
    text_release(&results);
    return there && watch_left_ended(w->o->ledger, path, out);
}

static int run_one(struct watch *w, struct claimed *c, struct err *e)
{
    struct watchfolder_file before;
    struct watch_outcome out;
    struct text path, results;
    int rc;

    if (watchfolder_look(w->folder, WATCHFOLDER_WORKING, c->name, &before) != 0) {
        say_of(w, LOG_WARNING, c->name, "was taken out of .working by somebody else");
        drop_claimed(w, c);
        return 0;
    }
    text_init(&path);
    text_init(&results);
    watchfolder_path(w->folder, WATCHFOLDER_WORKING, c->name, &path);
    results_path(w, c->name, &results);
    if (!text_ok(&path) || !text_ok(&results)) {
        rc = err_nomem(e);
    } else {
        watch_outcome_init(&out);
        if (!was_run(w, c, path.ptr, &out)) {
            say_of(w, LOG_INFO, c->name, "begins");
            watch_file_run(w->o, &w->log, path.ptr, results.ptr, watchfolder_lock(w->folder), &out);
        }
        rc = conclude(w, c, results.ptr, looks_other(w, c->name, &before), &out, e);
        write_index(w);
        watch_outcome_release(&out);
    }
    text_release(&path);
    text_release(&results);
    return rc;
}

/* ---- the loop ---- */

static void landed(void *context, const char *name)
{
    struct watch *w = context;

    watch_inbox_land(&w->inbox, name);
}

static int listen(struct watch *w, int64_t ns, struct err *e)
{
    int rc = watchfolder_wait(w->folder, ns, landed, w, e);

    w->poked = w->poked || rc > 0;
    return rc < 0 ? -1 : 0;
}

static int look(struct watch *w, int64_t now_ns, struct err *e)
{
    w->poked = false;
    w->looked_ns = now_ns;
    return watch_inbox_look(&w->inbox, w->folder, w->o->once, now_ns, e);
}

/* One step: 1: there may be more to do at once; 0: nothing for so long; -1. */
static int step(struct watch *w, int64_t *wait_ns, struct err *e)
{
    int64_t now_ns = clock_now_ns(), claimed_ns, inbox_ns, age_ns = now_ns - w->looked_ns;
    struct claimed *c = next_claimed(w, now_ns, &claimed_ns);
    struct watch_arrival *a;

    if (c)
        return run_one(w, c, e) == 0 ? 1 : -1;
    if (listen(w, 0, e) != 0)
        return -1;
    a = watch_inbox_next(&w->inbox, w->o->stable_ns, now_ns, &inbox_ns);
    if (!w->inbox.seen || age_ns >= LOOK_NS || (w->poked && (!a || age_ns >= BUSY_LOOK_NS))) {
        if (look(w, now_ns, e) != 0)
            return -1;
        a = watch_inbox_next(&w->inbox, w->o->stable_ns, now_ns, &inbox_ns);
    }
    if (a)
        return claim(w, a, e) == 0 ? 1 : -1;
    *wait_ns = claimed_ns < inbox_ns ? claimed_ns : inbox_ns;
    return 0;
}

static int loop(struct watch *w, struct err *e)
{
    while (!stop_signal()) {
        int64_t wait_ns = INT64_MAX;
        int rc = step(w, &wait_ns, e);

        if (rc < 0)
            return -1;
        if (rc > 0)
            continue;
        if (w->o->once && wait_ns == INT64_MAX)
            return 0;
        if (listen(w, wait_ns, e) != 0)
            return -1;
    }
    return 0;
}

/* ---- the command ---- */

static int open_all(struct watch *w, struct err *e)
{
    if (!w->o->program)
        return err_set(e, EXIT_USAGE,
                       "watch: runs each file with the program claimpipe, and this program has not "
                       "said where that is (claimpipe_program)");
    w->folder = watchfolder_open(w->o->inbox, say_waiting, w, e);
    if (!w->folder || watchfolder_outbox(w->folder, w->o->outbox, e) != 0)
        return -1;
    for (size_t i = 0; i < WATCH_SIDES; i++)
        if (w->o->sides[i].path &&
            watchfolder_refuse(w->folder, w->o->sides[i].option, w->o->sides[i].path, e) != 0)
            return -1;
    say_beginning(w);
    return find_left(w, e);
}

/* What --once leaves: files that changed while it looked, or that came later. */
static void say_late(struct watch *w)
{
    struct text t;
    size_t n = 0;

    for (size_t i = 0; i < w->inbox.n; i++)
        n += w->inbox.list[i].late;
    if (n == 0)
        return;
    text_init(&t);
    text_printf(&t, "%zu %s still being written, or came meanwhile: left for the next time", n,
                n == 1 ? "file is" : "files are");
    say(w, LOG_INFO, "watch", &t, NULL, 0);
}

static void close_all(struct watch *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->claimed[i].name);
    free(w->claimed);
    watch_inbox_release(&w->inbox);
    watchfolder_close(w->folder);
}

int watch_run(const struct watch_options *o, struct err *e)
{
    struct watch w = {.o = o};
    int rc;

    log_init(&w.log, o->observer, o->quiet, o->json_log);
    rc = open_all(&w, e);
    if (rc == 0) {
        write_index(&w);
        rc = loop(&w, e);
    }
    if (rc == 0 && o->once)
        say_late(&w);
    close_all(&w);
    if (stop_signal())
        return 128 + stop_signal();
    return rc == 0 ? w.worst : (int)e->code;
}
