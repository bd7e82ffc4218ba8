/* report_aims: a run's aims are few but for jobs with many routes, so they are kept sorted. */
#include "report_internal.h"

#include "actions/action.h"
#include "adapters/codebook.h"
#include "base/mem.h"
#include "base/visible.h"
#include "ledger/ledger_targets.h"
#include "policy/identity.h"
#include "stages/aimlink.h"

#include <stdlib.h>
#include <string.h>

#define AIMS_FIRST 16
#define KEY_SHOWN_MAX 80

struct loading {
    struct report_aims *aims;
    const struct report_options *o;
    const struct codebook **books; /* by name */
    size_t n_books;
};

static int by_book_name(const void *a, const void *b)
{
    const struct codebook *const *x = a, *const *y = b;

    return strcmp(codebook_name(*x), codebook_name(*y));
}

static int is_book(const void *name, const void *book)
{
    const struct codebook *const *b = book;

    return strcmp(name, codebook_name(*b));
}

/* Those that were given, by name, in an array of their own; NULL: no memory. */
static const struct codebook **sort_books(const struct report_options *o, size_t *n)
{
    const struct codebook **books = mem_zero(o->n_books + 1, sizeof(*books));

    *n = 0;
    for (size_t i = 0; books && i < o->n_books; i++)
        if (o->books[i])
            books[(*n)++] = o->books[i];
    if (books)
        qsort(books, *n, sizeof(*books), by_book_name);
    return books;
}

static const struct codebook *find_book(const struct loading *l, const char *name)
{
    const struct codebook *const *found =
        bsearch(name, l->books, l->n_books, sizeof(*l->books), is_book);

    return found ? *found : NULL;
}

/* ---- what makes duplicates ---- */

/* "recipient", or one of the kinds of them. */
static bool is_kind(struct slice words)
{
    bool is = slice_equal(words, slice_of("recipient"));

    for (size_t k = 0; k < IDENTITY_KINDS && !is; k++)
        is = slice_equal(words, slice_of(identity_kind_name((enum identity_kind)k)));
    return is;
}

/* `@recipient=Email (email)`: does a kind stand at its end? */
static bool ends_with_kind(const char *key)
{
    const char *at = strrchr(key, '(');
    size_t n = at ? strlen(at + 1) : 0;

    return n > 0 && at[n] == ')' && is_kind((struct slice){at + 1, n - 1});
}

static char *say_same(const char *key)
{
    bool alias = *key == '@' || *key == '#';
    const char *column = alias ? strchr(key, '=') : NULL;
    char shown[KEY_SHOWN_MAX], *copy;
    struct text t;

    text_init(&t);
    if (!*key || is_kind(slice_of(key)) || (alias && !strchr(key, ',') && ends_with_kind(key)))
        text_puts(&t, "same recipient");
    else if (strchr(key, ','))
        text_printf(&t, "same key (%s)", visible_line(slice_of(key), shown, sizeof(shown)));
    else
        text_printf(&t, "same %s",
                    visible_line(slice_of(column ? column + 1 : key), shown, sizeof(shown)));
    copy = text_ok(&t) ? mem_copy(t.ptr, t.len) : NULL;
    text_release(&t);
    return copy;
}

static int load_sames(struct report_aims *a, struct ledger *l, struct err *e)
{
    struct text key;
    int rc = 0;

    text_init(&key);
    for (size_t i = 0; i < a->n && rc == 0; i++) {
        text_clear(&key);
        rc = ledger_targets_key(l, a->list[i].target, &key, e);
        if (rc == 0 && (!text_ok(&key) || !(a->list[i].same = say_same(key.ptr))))
            rc = err_nomem(e);
    }
    text_release(&key);
    return rc;
}

/* ---- all of them ---- */

static int grow(struct report_aims *a)
{
    size_t cap = a->cap ? 2 * a->cap : AIMS_FIRST;
    struct report_aim *list = mem_resize(a->list, cap, sizeof(*list));

    if (!list)
        return -1;
    a->list = list;
    a->cap = cap;
    return 0;
}

/* They come by step and target, as they are kept. */
static int keep_aim(void *context, const struct ledger_aim *from, struct err *e)
{
    struct loading *loading = context;
    struct report_aims *a = loading->aims;
    struct report_aim *aim;

    if (from->step < 1 || from->step > ADDED_STEPS_MAX)
        return err_set(e, EXIT_OUTPUT, "run %lld has a step %u: see claimpipe ledger check",
                       (long long)loading->o->run, from->step);
    if (a->n == a->cap && grow(a) != 0)
        return err_nomem(e);
    aim = &a->list[a->n++];
    *aim = (struct report_aim){.step = from->step,
                               .target = from->target,
                               .book = find_book(loading, from->name),
                               .action = mem_copy(from->action, strlen(from->action)),
                               .name = mem_copy(from->name, strlen(from->name)),
                               .reserves = from->facts->on_chain,
                               .link = aimlink_fill(from)};
    if (a->steps < from->step)
        a->steps = from->step;
    return aim->action && aim->name && aim->link ? 0 : err_nomem(e);
}

int report_aims_lack(const struct report_options *o, struct err *e)
{
    return err_set(e, EXIT_USAGE,
                   "run %lld gave out codes, which the ledger does not keep: give the seed or list "
                   "again (--seed-from, --codes)%s",
                   (long long)o->run,
                   o->n_books > 0 ? ": what was given is another, or not all of them" : "");
}

/* Was a code given that can't be made again?  Only this tells it before all else is written. */
static int look_for_codes(const struct report_aims *a, struct ledger *l,
                          const struct report_options *o, struct err *e)
{
    struct ledger_cursor *cursor = ledger_cursor_open(l, o->run, e);
    struct ledger_result known;
    int have = -1;

    while (cursor && (have = ledger_cursor_next(cursor, &known, e)) == 1) {
        const struct report_aim *aim = known.row.item && known.item.code >= 0
                                           ? report_aims_find(a, known.row.step, known.item.target)
                                           : NULL;

        if (aim && !aim->book) {
            have = report_aims_lack(o, e);
            break;
        }
    }
    ledger_cursor_close(cursor);
    return have;
}

int report_aims_load(struct report_aims *a, struct ledger *l, const struct report_options *o,
                     struct err *e)
{
    struct loading loading = {.aims = a, .o = o};
    int rc;

    *a = (struct report_aims){.steps = 1};
    loading.books = sort_books(o, &loading.n_books);
    rc = loading.books ? ledger_run_aims(l, o->run, keep_aim, &loading, e) : err_nomem(e);
    free(loading.books);
    if (rc != 0 || load_sames(a, l, e) != 0)
        return -1;
    for (size_t i = 0; i < a->n && !o->simulated && !o->no_codes; i++) {
        const struct action *action = action_find(a->list[i].action);

        if (action && action->local && !a->list[i].book)
            return look_for_codes(a, l, o, e);
    }
    return 0;
}

void report_aims_release(struct report_aims *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->list[i].same);
        free(a->list[i].link);
        free(a->list[i].name);
        free(a->list[i].action);
    }
    free(a->list);
}

static int by_step(const void *x, const void *y)
{
    const struct report_aim *a = x, *b = y;

    if (a->step != b->step)
        return a->step < b->step ? -1 : 1;
    return a->target == b->target ? 0 : a->target < b->target ? -1 : 1;
}

const struct report_aim *report_aims_find(const struct report_aims *a, unsigned step,
                                          int64_t target)
{
    const struct report_aim wanted = {.step = step, .target = target};

    return a->n > 0 ? bsearch(&wanted, a->list, a->n, sizeof(wanted), by_step) : NULL;
}
