/*
 * watch_index: OUTBOX/index.html, the page that lists what has become of the files.
 *
 * It is made of the ledger alone (runs whose input lay in .working, where each name was given once) and of what lies in
 * failed/, so that it is whole after a restart, too.
 */
#include "watch_internal.h"

#include "adapters/outfile.h"
#include "adapters/watchfolder.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/ledger_counts.h"
#include "policy/runwords.h"
#include "stages/page.h"
#include "stages/page_index.h"

#include <stdlib.h>
#include <string.h>

/* The newest runs, in a ring. */
struct index {
    struct watchfolder *folder;
    struct ledger *ledger; /* NULL: there is none yet */
    struct text working;   /* the folder, with its slash */
    struct arena arena;
    struct page_run *ring;
    size_t n;
};

static const char *keep(struct index *x, const char *s)
{
    return arena_copy(&x->arena, s, strlen(s));
}

/* The name that a file of OUTBOX has, if it is there. */
static const char *keep_output(struct index *x, const struct text *name)
{
    return text_ok(name) && watchfolder_has(x->folder, WATCHFOLDER_OUTBOX, name->ptr)
               ? keep(x, name->ptr)
               : NULL;
}

static void find_outputs(struct index *x, struct page_run *run)
{
    struct text name;

    text_init(&name);
    watch_results_name(run->name, &name);
    run->results = keep_output(x, &name);
    text_clear(&name);
    watch_page_name(run->name, &name);
    run->page = keep_output(x, &name);
    text_release(&name);
}

/* Room for one more, in the place of the oldest. */
static struct page_run *add(struct index *x)
{
    struct page_run *run = &x->ring[x->n++ % PAGE_INDEX_MAX];

    *run = (struct page_run){.name = ""};
    return run;
}

static int add_run(void *context, const struct ledger_past *past, struct err *e)
{
    const struct runwords words = {.ended = past->ended_ms != 0,
                                   .finished = past->finished,
                                   .pruned = past->pruned,
                                   .exit_code = past->exit_code};
    struct index *x = context;
    struct page_run *run;

    if (strncmp(past->input, x->working.ptr, x->working.len) != 0)
        return 0;
    run = add(x);
    run->name = keep(x, past->input + x->working.len);
    run->run = past->id;
    run->started_ms = past->started_ms;
    run->ended_ms = past->ended_ms;
    run->stopped = past->ended_ms && past->exit_code > EXIT_ROWS ? runwords_exit(&words) : NULL;
    if (!run->name)
        return err_nomem(e);
    find_outputs(x, run);
    return ledger_counts_get(x->ledger, past, run->rows, e);
}

static int add_failed(void *context, const struct watchfolder_file *file, struct err *e)
{
    static const char why[] = ".why.txt";
    struct index *x = context;
    struct page_run *run;

    if (slice_ends(slice_of(file->name), why))
        return 0;
    run = add(x);
    run->name = keep(x, file->name);
    run->started_ms = run->ended_ms = file->mtime_ns / CLOCK_NS_PER_MS;
    run->stopped = "it could not be run: why stands beside it, in failed/";
    return run->name ? 0 : err_nomem(e);
}

static int by_time(const void *a, const void *b)
{
    const struct page_run *x = a, *y = b;

    return x->started_ms > y->started_ms ? -1 : x->started_ms < y->started_ms;
}

static int collect(struct index *x, const char *ledger, struct err *e)
{
    int none;

    if (!x->ring)
        return err_nomem(e);
    watchfolder_path(x->folder, WATCHFOLDER_WORKING, "", &x->working);
    if (!text_ok(&x->working))
        return err_nomem(e);
    if (x->working.ptr[x->working.len - 1] != '/')
        text_puts(&x->working, "/");
    if (!text_ok(&x->working))
        return err_nomem(e);
    none = ledger_is_none(ledger, e);
    if (none == 0) {
        x->ledger = ledger_open_look(ledger, e);
        if (!x->ledger || ledger_run_list(x->ledger, add_run, x, e) != 0)
            return -1;
    }
    if (none < 0)
        return -1;
    return watchfolder_list(x->folder, WATCHFOLDER_FAILED, add_failed, x, e);
}

static int write_index(struct index *x, const char *title, struct err *e)
{
    size_t n = x->n < PAGE_INDEX_MAX ? x->n : PAGE_INDEX_MAX;
    struct text path;
    int rc;

    qsort(x->ring, n, sizeof(*x->ring), by_time);
    text_init(&path);
    watchfolder_path(x->folder, WATCHFOLDER_OUTBOX, "index.html", &path);
    rc = text_ok(&path) ? outfile_refuse_other(path.ptr, PAGE_FIRST_LINE, NULL, false, e)
                        : err_nomem(e);
    if (rc == 0)
        rc = page_index_write(path.ptr, title, x->ring, n, e);
    if (rc == 0)
        watchfolder_share(x->folder, WATCHFOLDER_OUTBOX, "index.html");
    text_release(&path);
    return rc;
}

int watch_index(struct watchfolder *folder, const struct watch_options *o, struct err *e)
{
    struct index x = {.folder = folder, .ring = mem_zero(PAGE_INDEX_MAX, sizeof(*x.ring))};
    int rc;

    text_init(&x.working);
    arena_init(&x.arena);
    rc = collect(&x, o->ledger, e) == 0 ? write_index(&x, o->inbox, e) : -1;
    ledger_close(x.ledger);
    arena_release(&x.arena);
    text_release(&x.working);
    free(x.ring);
    return rc;
}
