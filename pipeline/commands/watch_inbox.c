/* watch_inbox: each look makes a new list, sorted by name, in which what was known before is found again. */
#include "watch_internal.h"

#include "adapters/watchfolder.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

static void release_list(struct watch_arrival *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i].name);
    free(list);
}

static void forget_landed(struct watch_inbox *in)
{
    for (size_t i = 0; i < in->n_landed; i++)
        free(in->landed[i]);
    in->n_landed = 0;
}

void watch_inbox_release(struct watch_inbox *in)
{
    forget_landed(in);
    free(in->landed);
    release_list(in->list, in->n);
    *in = (struct watch_inbox){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct watch_arrival *)a)->name, ((const struct watch_arrival *)b)->name);
}

static int by_word(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* An event for which there is no memory is one that was not heard: the file is waited for longer. */
void watch_inbox_land(struct watch_inbox *in, const char *name)
{
    char *kept;

    if (arrival_ignores(name))
        return;
    if (in->n_landed == in->landed_cap) {
        size_t cap = in->landed_cap ? 2 * in->landed_cap : 16;
        char **grown = mem_resize(in->landed, cap, sizeof(*grown));

        if (!grown)
            return;
        in->landed = grown;
        in->landed_cap = cap;
    }
    kept = mem_copy(name, strlen(name));
    if (kept)
        in->landed[in->n_landed++] = kept;
}

/* ---- looking ---- */

struct looking {
    const struct watch_inbox *former;
    struct watch_inbox now;
    bool once;
    int64_t now_ns;
};

static const struct watch_arrival *find(const struct watch_inbox *in, const char *name)
{
    struct watch_arrival key = {.name = (char *)(uintptr_t)name};

    return in->n ? bsearch(&key, in->list, in->n, sizeof(key), by_name) : NULL;
}

static bool has_landed(const struct watch_inbox *in, const char *name)
{
    return in->n_landed && bsearch(&name, in->landed, in->n_landed, sizeof(*in->landed), by_word);
}

static struct watch_arrival *add(struct watch_inbox *in)
{
    if (in->n == in->cap) {
        size_t cap = in->cap ? 2 * in->cap : 64;
        struct watch_arrival *grown = mem_resize(in->list, cap, sizeof(*grown));

        if (!grown)
            return NULL;
        in->list = grown;
        in->cap = cap;
    }
    return &in->list[in->n];
}

static int see(void *context, const struct watchfolder_file *file, struct err *e)
{
    struct looking *l = context;
    const struct arrival_look look = {file->inode, file->size, file->mtime_ns};
    const struct watch_arrival *former;
    struct watch_arrival *a;
    bool same;

    if (arrival_ignores(file->name))
        return 0;
    a = add(&l->now);
    if (!a)
        return err_nomem(e);
    former = find(l->former, file->name);
    same = former && arrival_same(&former->arrival.look, &look);
    *a =
        (struct watch_arrival){.name = mem_copy(file->name, strlen(file->name)),
                               .arrival = arrival_see(former ? &former->arrival : NULL, &look,
                                                      has_landed(l->former, file->name), l->now_ns),
                               .refused = same && former->refused,
                               .late = l->once && l->former->seen && (!same || former->late)};
    if (!a->name)
        return err_nomem(e);
    l->now.n++;
    return 0;
}

int watch_inbox_look(struct watch_inbox *in, struct watchfolder *w, bool once, int64_t now_ns,
                     struct err *e)
{
    struct looking l = {.former = in, .once = once, .now_ns = now_ns};

    if (in->n_landed)
        qsort(in->landed, in->n_landed, sizeof(*in->landed), by_word);
    if (watchfolder_list(w, WATCHFOLDER_INBOX, see, &l, e) != 0) {
        release_list(l.now.list, l.now.n);
        return -1;
    }
    if (l.now.n)
        qsort(l.now.list, l.now.n, sizeof(*l.now.list), by_name);
    release_list(in->list, in->n);
    forget_landed(in);
    in->list = l.now.list;
    in->n = l.now.n;
    in->cap = l.now.cap;
    in->seen = true;
    return 0;
}

/* ---- choosing ---- */

struct watch_arrival *watch_inbox_next(struct watch_inbox *in, int64_t stable_ns, int64_t now_ns,
                                       int64_t *wait_ns)
{
    struct watch_arrival *next = NULL;

    *wait_ns = INT64_MAX;
    for (size_t i = 0; i < in->n; i++) {
        struct watch_arrival *a = &in->list[i];
        int64_t wait;

        if (a->refused || a->late)
            continue;
        wait = arrival_wait_ns(&a->arrival, stable_ns, now_ns);
        if (wait < *wait_ns)
            *wait_ns = wait;
        if (wait == 0 && (!next || a->arrival.look.mtime_ns < next->arrival.look.mtime_ns))
            next = a;
    }
    return next;
}

void watch_inbox_drop(struct watch_inbox *in, struct watch_arrival *a)
{
    size_t at = (size_t)(a - in->list);

    free(a->name);
    memmove(a, a + 1, (in->n - at - 1) * sizeof(*a));
    in->n--;
}
